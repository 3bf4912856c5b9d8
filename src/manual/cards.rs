//! How addresses are read from people's cards.
//!
//! A person's card comes in two forms, and both are asked for: vcard-temp (XEP-0054) by an `iq`, vCard4 (XEP-0292) as the
//! newest item of the PEP node `urn:xmpp:vcard4`. Servers convert between them, and damage what they do not understand.
//! `xmpp` reads and repairs; what a value *means* (a number, an extension, a SIP address) is for `phone` and `cusax`.
//!
//! | rule | why | test in `xmpp::vcard_tests` |
//! | --- | --- | --- |
//! | Only `NUMBER` counts in a vcard-temp; an empty one is none; a SIP address stands there as plain text | XEP-0054 has no better place | `a_vcard_temp_carries_sip_addresses_and_numbers_as_text_preferred_first` |
//! | Types stand in any order, may be unknown or missing; none means voice | directories write what they have | `types_may_come_in_any_order_be_unknown_or_missing_and_text_outside_number_is_nothing` |
//! | `fax`, `pager`, `modem`, `bbs` are kept with their types | they are not callable, which `cusax` decides | the same |
//! | In a vCard4 the value is a `uri` or a `text`, with or without scheme; several types may share one text; `pref` orders | RFC 6350 section 6.4.1, RFC 6351 | `a_vcard4_carries_uris_and_texts_with_types_preference_and_extension` |
//! | `tel:` before `sip:`, `sips:`, `xmpp:`, `tel:`, before an address with `@` or text with blanks is taken away, escapes undone | converters write `tel:` before whatever was there | `what_a_converter_put_tel_before_is_found_again` |
//! | A vCard4 whose types say only `home` or `work` is completed from the vcard-temp | converters keep only these two, so that a fax would look callable | `types_that_a_converter_dropped_come_from_the_vcard_temp` |
//! | A vCard4 that says what kind of line it is counts as it stands | it is what its owner wrote last with a tool that knows types | `types_of_a_vcard4_that_says_what_kind_of_line_it_is_count` |
//! | A missing `video` means unknown, never "no video" | it is lost in either conversion | (nothing here concludes from a missing type) |
//! | Both forms of one number are one entry: `tel:` and visual separators apart | RFC 3966 section 5.1.1 | the two above |
//! | At most 64 entries, 256 characters, pictures of 256 KiB | a card is somebody else's text | `x26_huge_and_broken_cards_are_cut_to_size` |
//!
//! A card is kept for a day, and asked for again when the picture announced in presence (XEP-0153) changes. Notifications of
//! the PEP node are not subscribed to: at each sign-in the server would send the whole card of every contact.
