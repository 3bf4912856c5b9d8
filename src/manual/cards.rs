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
//! A card is kept for a day, and asked for again when the picture announced in presence (XEP-0153) changes, or when its
//! owner's node tells of another vCard4 (`urn:xmpp:vcard4+notify` among our capabilities): only the owner's bare address
//! speaks for a node. At sign-in a server tells the vCard4 of every contact unasked; the first word of a run is verified in
//! the background, ten cards a second; a later one that differs is fetched a second later, and then with growing pauses
//! (`x26_a_changed_card_is_fetched_at_once_and_a_flood_of_changes_is_not`).
//!
//! # The own card
//!
//! `xmpp::own_card` reads both forms, changes what it understands (names, organisation, telephone entries with the types work,
//! home, cell, voice, video, fax, and which one is preferred) and leaves every other element, property, parameter, type and
//! group as it was. A SIP address is a URI in the vCard4 and plain text in the vcard-temp (P-2).
//!
//! | step | why | test |
//! | --- | --- | --- |
//! | read both forms again before a change; if they differ from what the user saw, tell and write nothing | another program may have changed the card | `a_change_made_elsewhere_meanwhile_is_told_and_not_overwritten` |
//! | a form that cannot be read for a passing reason is not written | what is in it would be lost | `a_card_that_cannot_be_read_is_not_written_and_a_lost_connection_is_told` |
//! | what is not understood survives | it is the user's | `s_08_everything_of_a_vcard_temp_that_is_not_understood_survives_a_change`, `s_08_everything_of_a_vcard4_that_is_not_understood_survives_a_change` |
//! | the vCard4 goes first, and both forms are read back | a server that keeps one card has both right with one write, and keeps what its conversion from the older form drops | `p2_a_server_that_makes_one_form_of_the_other_is_not_asked_to_damage_it` |
//! | the vcard-temp follows where it did not follow by itself | a server may keep two cards | `s_08_a_server_with_two_cards_gets_both_forms_and_keeps_what_nobody_understands` |
//! | a vCard4 that this damaged is published once more, and read back | converters write `tel:sip:…` and drop types | `p2_a_vcard4_that_a_write_of_the_older_form_damaged_is_published_again` |
//! | what is still missing is told, form by form, and the server's refusal in its words | S-09 | `s_09_a_directory_that_refuses_is_told_in_its_words_and_the_other_form_is_written`, `s_09_what_the_server_made_of_a_card_is_said_in_its_words` |
//!
//! Between the second reading and the write another program has some milliseconds; the last one to write wins then, and the
//! reading back shows it.
//!
//! # Temporary addresses
//!
//! XEP-0152: in presence they hold for one connection until its next presence without them; from the node until it says
//! something else. At most eight of 1 KiB each; descriptions are cut to 120 characters and lose what turns the direction of
//! writing (`addresses_and_descriptions_of_a_flood_are_bounded_and_hide_nothing`). They are claims, are called when the user
//! says so, and name nobody. Our own go to the node, are taken back by the user or when Tandem ends, and after a crash at the
//! next sign-in.
