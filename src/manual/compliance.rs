//! XEP-0479 (XMPP Compliance Suites 2023), client columns of Core, IM and Advanced IM: what shows each line. "(slixmpp)" stands
//! behind a test with a program that is not ours on the other side of a Prosody.
//!
//! # Core and Advanced Core
//!
//! | required | shown by |
//! | --- | --- |
//! | RFC 6120 | `signing_in_binds_gets_the_roster_and_then_shows_presence`, `prosody_lets_us_in_by_starttls_and_by_direct_tls` |
//! | RFC 7590 (TLS) | `the_older_hash_and_the_older_tls_do_too` |
//! | XEP-0368 | `prosody_lets_us_in_by_starttls_and_by_direct_tls` |
//! | XEP-0030, XEP-0115 | `c_06_a_call_over_xmpp_is_refused_even_from_a_contact` (what is announced, and its hash) |
//! | XEP-0163 | `what_a_contact_calls_themselves_is_told_cut_and_taken_back_and_strangers_are_not_heard`, `a_list_of_people_is_kept_with_another_program_asking_naming_blocking_and_leaving` (slixmpp) |
//!
//! # IM
//!
//! | required | shown by |
//! | --- | --- |
//! | RFC 6121 | `roster_cards_and_presence_arrive`, `a_list_of_people_is_kept_with_another_program_asking_naming_blocking_and_leaving` (slixmpp) |
//! | XEP-0245 (`/me`) | `what_somebody_does_begins_with_me_and_a_space` |
//! | XEP-0054 | `roster_cards_and_presence_arrive`, `s_09_a_card_is_edited_and_what_the_server_cannot_keep_is_told` |
//! | XEP-0280 | `what_another_device_writes_gets_and_reads_is_so_here_too` |
//! | XEP-0045, XEP-0249 | `in_a_room_subjects_whispers_roles_and_moderation_hold_between_two_kinds_of_programs` (slixmpp), `invitations_of_both_kinds_lead_into_rooms_and_a_bookmark_of_another_program_is_followed` (slixmpp) |
//! | XEP-0363 | `a_file_goes_from_one_of_ours_to_another_and_is_the_same_there` |
//!
//! # Advanced IM
//!
//! | required | shown by |
//! | --- | --- |
//! | XEP-0084 | `the_own_picture_is_seen_by_another_program_in_both_forms_and_on_the_own_devices_and_goes_again` (slixmpp), `of_an_announced_picture_only_that_one_is_taken_and_nothing_from_elsewhere` |
//! | XEP-0153, XEP-0398 | the same; `elsewhere_the_card_gets_the_picture_and_nothing_else_of_it_changes_and_presence_names_it` for a server that does not convert |
//! | XEP-0191 | `two_people_find_each_other_are_named_part_and_one_is_blocked`, `a_list_of_people_is_kept_with_another_program_asking_naming_blocking_and_leaving` (slixmpp) |
//! | XEP-0402 | `a_second_device_follows_bookmarks_and_a_restart_brings_everybody_back`, `invitations_of_both_kinds_lead_into_rooms_and_a_bookmark_of_another_program_is_followed` (slixmpp) |
//! | XEP-0410 | `a_room_that_forgot_us_is_noticed_and_entered_again` |
//! | XEP-0313, also of rooms | `what_came_while_nobody_was_here_is_there_once_in_order_and_the_newest_first`, `a_room_is_made_shared_talked_in_looked_after_and_survives_a_cut`, `what_the_server_keeps_is_chosen_and_the_server_does_it` |
//! | XEP-0223 | `n15_a_device_that_was_off_learns_of_calls_and_of_what_was_seen_and_nobody_else_reads_it` |
//! | XEP-0198 | `a_cut_cable_is_mended_by_resumption_and_nothing_is_lost_or_doubled` |
//! | XEP-0184, XEP-0085, XEP-0308 | `a_program_that_is_not_ours_understands_ours_and_is_understood` (slixmpp), in rooms `in_a_room_each_understands_what_the_other_corrects_answers_reacts_to_and_takes_back` (slixmpp) |
//! | XEP-0048, XEP-0049 | not by us: the server keeps the older bookmarks the same as those of XEP-0402 for programs that read them |
//! | XEP-0234, XEP-0261 | not done: files go by upload (XEP-0363), which works while the other side is away |
