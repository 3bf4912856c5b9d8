//! Facts about the protocols in the field that the code leans on, and where it does.
//!
//! The ids P-nn stand in comments and in names of tests. [`super::cards`] has the whole of P-2.
//!
//! | id | the fact | what follows, and where | tests |
//! | --- | --- | --- | --- |
//! | P-1 | A chat address in a call is `Call-Info: <xmpp:user@host>;purpose=impp` (RFC 6993). The value is an XMPP URI (RFC 5122): it may have a query, a fragment, a resource and percent escapes, may stand among other values in one header, and the purpose may be written in any case. Few clients send it. | `sip::trust` finds it anywhere and keeps only the bare address; it is a hint, never proof | `the_hint_is_found_wherever_and_however_it_is_written` |
//! | P-2 | Numbers in cards come in every form, and servers damage them when they convert one kind of card to the other: `tel:` before a SIP address, types lost | [`super::cards`], `phone::read`, `cusax::addresses` | `what_a_converter_put_tel_before_is_found_again`, `every_written_form_becomes_the_same_value` |
//! | P-7 | P-Asserted-Identity (RFC 3325) is what a proxy vouches for; From is what a caller wrote. Anonymity has several forms: `Privacy: id`, `user` or `header`, a From in `anonymous.invalid`, and user parts that gateways write | only our own proxy's assertion counts; any form of anonymity ends every search | `s05_an_asserted_identity_counts_only_from_our_own_proxy`, `every_form_of_anonymity_is_seen_and_hides_the_hint` |
//! | P-10 | An earlier client of this kind matched callers by a part of the number and ignored the domain, so that a short number in one card matched half the world, and a stranger in another domain was named after a contact | addresses are compared whole, after normalisation, with their domain | `p10_a_number_in_a_foreign_domain_is_not_the_telephone_networks_number`, `p10_a_short_or_empty_card_number_matches_nobody_else`, `p10_the_domain_is_part_of_the_comparison` |
