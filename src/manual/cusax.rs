//! RFC 7081, practice by practice: what it asks, where the code is, which test shows it, where the user sees it.
//!
//! The ids are ours: C-nn is what the RFC says about a client, S-nn about a service. Rows are only what is done; below stands what
//! is not there yet.
//!
//! # Done
//!
//! | id | what it asks | where | tests | where the user sees it |
//! | --- | --- | --- | --- | --- |
//! | C-01 | any number or SIP address can be called, even when the two services know nothing of each other | `cusax::target_of_text`, `cusax::dial_uri` | `numbers_are_dialled_through_the_voice_accounts_domain`, `a_typed_number_is_called_by_enter_and_by_its_row` | the field "Search or dial" |
//! | C-02 | chat and voice accounts can be set up by hand, separately | `config`, `account::SetUp` | `signing_in_needs_both_fields_and_ignores_hidden_ones`, `a_set_up_without_a_keyring_leaves_two_private_files_that_load` | the first start; `config.toml` |
//! | C-06 | with both services, calls over XMPP and messages over SIP are off | `xmpp::disco`, `sip::session` | `c_06_calls_over_xmpp_are_not_announced`, `c_06_a_call_over_xmpp_is_refused_even_from_a_contact`, `s08_s11_s12_other_requests_are_refused_properly` | calls go one way, chat the other |
//! | C-09 | each service is signed in to, kept and repaired by itself | `xmpp::io`, `sip::io`, `account` | `the_chat_server_dies_during_a_call_and_the_call_goes_on`, `the_call_server_dies_during_a_chat_and_both_recover_alone` | two lines at the foot of the list; Settings, Connections |
//! | C-10 | states are shown as "Chat" and "Voice", not as protocol names | `cusax::reachable`, `gui::text` | `each_degraded_state_reads_differently`, `a_lost_connection_counts_down_in_the_users_words` | the same places |
//! | C-11 | a policy that connects both or neither, with a grace period | `account::connection_policy` (`policy = "joint"`) | `c11_a_short_loss_changes_nothing_and_a_long_one_takes_the_other_along`, `c11_a_refusal_takes_the_other_along_at_once`, `c11_voice_waits_for_chat_but_not_while_somebody_talks`, `c11_two_that_come_back_in_turns_find_each_other`, `c11_under_joint_a_refusal_takes_chat_offline_with_a_sentence_and_success_brings_it_back`, `c11_under_joint_nobody_sees_the_user_before_both_are_there` | Settings, Connections: "Waiting", and what for |
//! | C-12 | a policy that connects chat after voice; by default both at once, and presence tells the truth | `account::connection_policy` (`policy = "voice-first"`, `"truthful"`), `cusax::published` | `c12_chat_waits_for_voice_but_not_for_ever`, `c12_voice_first_means_no_chat_connection_before_the_registration`, `c12_voice_first_falls_through_to_chat_alone_and_says_so`, `c12_by_default_both_connect_at_once_and_presence_tells_the_truth_about_calls`, `c12_presence_says_when_calls_do_not_arrive_and_keeps_the_users_words` | the same page; "No calls at the moment" beside the user's name, as others see it |
//! | C-13 | the roster is fetched after sign-in; the stored one is shown at once | `xmpp::roster`, `account` | `signing_in_binds_gets_the_roster_and_then_shows_presence`, `roster_cards_and_presence_arrive` | the list of people |
//! | C-14 | XMPP for everything with a contact except calls, SIP for calls | `account` | `messages_go_both_ways_and_say_what_became_of_them`, `the_call_button_calls_the_contact` | one conversation with messages and calls |
//! | C-16 | an address for calls need not look like the address for chat | `cusax::addresses` | `a_card_that_the_server_damaged_still_gives_the_address`, `p10_the_domain_is_part_of_the_comparison` | details of a person |
//! | C-18 | whoever has a number in the card can be called; a grey button says why | `cusax::actions` | `call_is_offered_by_the_card_and_greyed_with_the_reason`, `a_call_that_cannot_be_placed_shows_its_reason_and_does_nothing` | "Call", and its reason |
//! | C-19 | a number that was learned in any way can be dialled | `cusax::target_of_text`, `phone::read` | `every_written_form_becomes_the_same_value`, `headers_in_a_pasted_address_are_not_dialled` | "Search or dial", `tandem` with a `tel:` or `sip:` link |
//! | C-25 | with one voice account a call is placed without a question | `cusax::route` | `the_rule_that_decides_is_the_first_that_applies` | no question; the call says which rule chose |
//! | C-26 | which chat and voice account belong together is stated | `config` (`[[relation]]`), set by the first start when both work | `a_set_up_over_an_existing_file_keeps_comments_and_other_sections` | the configuration file |
//! | C-29 | a caller is found by the numbers in the contacts' cards, offline too | `cusax::CallerIndex`, `cusax::identify` | `an_asserted_address_that_one_card_lists_names_the_contact`, `an_incoming_call_is_answered_and_the_caller_is_confirmed_by_his_card` | the incoming call |
//! | C-30 | a chat address in the call is a hint where to look | `sip::trust`, `cusax::identify` | `the_hint_is_found_wherever_and_however_it_is_written` | a line of evidence |
//! | C-31 | our chat address goes with a call where the policy allows | `cusax::call_info` | `the_chat_address_goes_only_where_the_policy_says`, `an_invite_says_who_we_are_or_nothing_at_all` | `send-chat-address` in the configuration |
//! | C-32 | that hint must be confirmed by a card before a name is shown | `cusax::identify` | `s06_call_info_alone_names_nobody`, `a_caller_whom_no_card_confirms_is_not_named_as_a_contact` | "Claims to be …, not confirmed." |
//! | C-35 | anonymous callers are not looked up, and say nothing | `sip::trust`, `cusax::identify`, `cusax::call_info` | `an_anonymous_caller_is_anonymous_whatever_else_it_sends`, `every_form_of_anonymity_is_seen_and_hides_the_hint` | "Anonymous" |
//! | C-43 | a refused call is explained | `call::end` | `each_refusal_reads_as_a_sentence_with_the_providers_words`, `a_call_that_is_refused_says_so` | the end of the call |
//! | P-9 | presence follows calls, and never replaces what was set by hand | `cusax::published`, `account::on_connection`, `xmpp::activity` | `p09_a_call_is_told_as_configured_and_never_over_the_users_own_words`, `p09_what_is_chosen_during_a_call_wins`, `p09_a_call_is_told_when_it_is_answered_and_taken_back_when_it_ends`, `p09_call_presence_can_be_do_not_disturb_or_nothing_at_all`, `p09_presence_comes_back_after_the_last_of_several_calls`, `p09_what_the_user_sets_during_a_call_wins_and_stays`, `p09_a_call_that_ends_while_chat_is_away_is_taken_back_all_the_same`, `p09_a_restart_during_a_call_takes_back_what_the_earlier_run_said`, `p09_a_call_over_an_account_that_does_not_belong_to_chat_is_told_to_nobody`, `p09_who_is_invisible_is_not_given_away_by_a_call`, `p09_on_the_phone_is_published_and_taken_back_once_each`, `p09_a_server_without_personal_eventing_is_asked_once`, `p09_what_changes_while_the_stream_is_away_is_said_when_it_is_resumed` | what colleagues see beside the user's name; `call-presence` in the configuration |
//! | C-44 | the two services may have different passwords and mechanisms | a secret and a certificate for each account; EXTERNAL where the chat server takes one (`xmpp::login`, `net::tls`) | `chat_signs_in_by_starttls`, `voice_registers_with_a_digest_of_sha_256`, `a_chat_account_starts_as_its_keys_say` | `password…`, `client-certificate` in the configuration; the line "Login" of the security sheet |
//! | C-45 | one strong policy for both services | `model::Floor` (`security.minimum`), demanded before connecting and checked afterwards in `account` | `c_45_every_difference_of_the_connections_is_found_on_the_weaker_side`, `c_45_a_floor_is_read_part_by_part_and_written_as_it_was`, `c_45_an_account_starts_with_what_the_floor_demands_and_its_user_accepts`, `c_45_an_account_below_the_floor_is_not_used_and_says_why`, `c_45_a_certificate_that_does_not_verify_is_not_asked_about_below_the_floor`, `c_45_sound_below_the_floor_is_refused_in_both_directions` | an account that is not used says why, and what would be needed |
//! | C-46 | the user is told of a difference and can remove it | `cusax::compare`, `account` (raising: one change, tried, kept or taken back), `config::write_edits` | `c_46_voice_over_udp_beside_chat_over_tls_is_told_and_raised`, `c_46_what_the_server_cannot_is_taken_back_and_told_and_accepted_only_by_word`, `c_46_an_accepted_certificate_is_taken_back_only_for_one_that_verifies`, `c_46_a_change_leaves_comments_and_everything_else_alone` | a quiet line; the security sheet with "Raise"; `raise-security` |
//! | C-47 | sound and writing are compared too | `cusax::compare` (the line of the sound), a memory of whose calls were encrypted | `c_47_what_is_said_is_compared_with_what_is_written`, `c_47_a_call_in_the_clear_where_earlier_ones_were_not_is_told_once` | the line "Sound" of the security sheet; a notice during the call |
//!
//! # Done in part
//!
//! | id | what it asks | what there is | tests | what is missing |
//! | --- | --- | --- | --- | --- |
//! | C-17 | other directories count like cards | vcard-temp and vCard4 are read alike | `a_vcard4_carries_uris_and_texts_with_types_preference_and_extension` | LDAP, CardDAV |
//! | C-20 | the type "video" decides about a video button | types are read and kept; the action says that there is no video | `types_that_a_converter_dropped_come_from_the_vcard_temp` | video |
//! | C-27 | the related account carries calls to that roster's contacts | `cusax::route` prefers it and never replaces it silently | `the_rule_that_decides_is_the_first_that_applies` | several voice accounts in the window; calling back by the account of the call |
//! | C-28 | several accounts without a rule: the user chooses | the request answers "choose" with the accounts | the same | Jingle as one of the choices, remembering |
//! | C-33 | a confirmed hint spares the search | the index answers at once, so every caller is looked up | `an_asserted_address_that_one_card_lists_names_the_contact` | nothing to gain |
//! | C-34 | calls of strangers are a matter of policy | they ring, and say who vouches; a ring can be silenced | `an_incoming_call_is_answered_declined_and_silenced_by_click_and_by_key` | a setting for all strangers |
//! | C-41 | a cue before a call that may cost | the class of cost stands beside every way to call | `the_own_domain_is_free_numbers_are_not_and_the_rest_is_unknown`, `details_name_grade_evidence_and_cost_of_every_way` | a question before the call, tariffs |
//! | C-42 | the provider's words reach the user | sound before the answer is played; the words of a refusal follow the sentence | `each_refusal_reads_as_a_sentence_with_the_providers_words` | text and warnings of provisional answers |
//! | C-08 | those defaults are not for an account that stands alone | a voice account can be told to accept messages (`sip::Config`) | `requests_outside_of_any_call_get_the_answers_of_the_rfc` | nothing sets it: messages over SIP are always off, and there are no calls over XMPP |
//!
//! # What services are asked, and what Tandem does about it
//!
//! | id | what it asks of the service | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | S-04 | every contact's card has an address for calls | reads it in every form; says "Their card has no phone number or call address." where there is none | `sip_addresses_come_first_and_machines_are_left_out` |
//! | S-06 | no limits on how a number is written | `phone::read` accepts national and international forms, extensions, internal numbers, SIP addresses | `every_written_form_becomes_the_same_value`, `an_internal_number_does_not_become_a_strangers` |
//! | S-13 | calls may carry the chat address | accepted from either end, as a hint | `the_hint_is_found_wherever_and_however_it_is_written` |
//!
//! # Whom we believe
//!
//! The rule that the code calls *confirmed* is docs/identity.md's: an identity that the own call server asserts, and exactly one
//! contact, whom we see, whose own card lists exactly that address. Everything else is a claim, and is shown as one.
//!
//! # Not there yet
//!
//! * Online provisioning and finding it: C-03, C-04, C-05, C-15, S-01, S-02, S-03, S-12.
//! * Exceptions to the defaults by domain, contact and device: C-07.
//! * Reachability addresses and their proof, an own address book: C-21, C-22, C-23, C-24.
//! * Conferences and rooms: C-36 to C-40, S-14, S-15.
//! * End-to-end protection of chat itself (how it compares is C-47). A report for whoever helps: C-48, S-10.
//! * Publishing the own card: S-05, S-08, S-09.
