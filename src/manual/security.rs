//! Attacks, and what Tandem does about them.
//!
//! Every row is one attack: its id, what the attacker does, what Tandem does, and the tests that show it. Tests carry the id in
//! their names. Only what has a test stands here; an id that is missing is not claimed. `tests/manual.rs` checks that every test
//! named here exists and that every id in a test's name is explained.
//!
//! "Dropped" means: no change of state, nothing on the screen, and no answer that would tell a stranger that we are here.
//!
//! # XMPP: whose word counts
//!
//! | id | the attack | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | X01 | a copy of "your own" message ("carbon") that somebody else wrote | carbons are not switched on in this version, so none is believed | `x01_x02_x03_a_carbon_that_was_not_asked_for_is_nothing` |
//! | X02 | the same from another resource or an address that looks alike | the same | the same |
//! | X03 | a carbon before we asked for carbons | the same | the same |
//! | X06 | somebody else sends a change of the contact list | only the own account may; anything else is refused and changes nothing | `x06_a_roster_push_from_anybody_else_changes_nothing` |
//! | X12 | a forged archive id in a message, to suppress or to forge later ones | only the id that our own server set counts | `x12_only_the_own_servers_archive_id_counts` |
//! | X14 | a stranger asks for receipts, the version, the time of last use, capabilities, a ping | no answer that shows whether we are online | `x14_a_stranger_learns_nothing` |
//! | X15 | an answer to our question from somebody else, with the right id | dropped: sender and id must both fit | `x15_an_answer_from_somebody_else_is_dropped` |
//! | X16 | a time stamp in the year 9999, in the past, or from somebody who may not write one | only our server's stamp counts, and within reason | `x16_a_delay_stamp_counts_only_from_the_own_server_and_within_reason` |
//! | X26 | huge or broken cards and pictures | cut to size, pictures decoded apart with a limit on pixels and bytes; a card that breaks the stream is not asked for again and again | `x26_huge_and_broken_cards_are_cut_to_size`, `x26_a_card_on_which_the_stream_breaks_is_not_asked_for_for_ever`, `x26_pictures_that_are_too_large_damaged_or_empty_say_so`, `x26_noise_is_looked_at_without_harm`, `x26_a_changed_card_is_fetched_at_once_and_a_flood_of_changes_is_not` |
//! | X49 | ten thousand contact requests, presences of strangers | never accepted by itself, told once, memory bounded | `x49_a_flood_of_requests_and_presences_from_strangers_is_bounded`, `x49_resources_and_requests_of_a_flood_are_bounded` |
//!
//! # XMPP: the stream
//!
//! | id | the attack | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | X30 | a DTD, entities, processing instructions, comments | the stream ends; nothing is expanded | `x30_a_dtd_ends_the_connection`, `x30_dtds_instructions_and_comments_end_the_stream_without_expansion` |
//! | X31 | a million nested elements | refused at the 65th level; the process lives | `x31_a_million_levels_are_refused_at_the_sixty_fifth`, `x31_a_million_levels_of_nesting_leave_the_process_alive` |
//! | X32 | a stanza of a hundred mebibytes, or with very many attributes or children | cut off at the limit (256 KiB, a roster that we asked for may be larger), cheaply | `x32_huge_stanzas_are_refused_cheaply`, `x32_a_hundred_mebibytes_are_cut_off_at_the_limit`, `x32_a_stanza_at_the_limit_passes_and_the_next_counts_from_zero` |
//! | X33 | a stanza that comes one byte a second | one deadline for a whole stanza, and one for the greeting | `x33_a_stanza_that_trickles_in_is_cut_off_at_one_deadline`, `x33_many_stanzas_in_time_are_not_one_late_stanza`, `x33_a_server_that_trickles_its_greeting_is_left` |
//! | X34 | the server offers compression | never asked for | `x34_compression_is_never_asked_for` |
//! | X35 | bytes that two parsers would read differently: invalid UTF-8, forbidden characters, a stream inside a body | malformed bytes end the stream; an element called stream inside a stanza is only an element | `x35_malformed_bytes_end_the_stream`, `x35_malformed_bytes_end_the_connection`, `x35_a_stream_inside_a_body_is_an_element_and_not_a_stream` |
//! | X36 | the offer of TLS is cut out | no login without TLS, whatever is offered | `x36_without_starttls_nothing_is_sent_even_when_mechanisms_are_offered`, `x36_success_before_tls_is_out_of_turn`, `x36_no_credentials_leave_without_tls` |
//! | X37 | plaintext is pushed in behind `<proceed/>` | bytes there forbid the handshake; they never count as protected | `x37_bytes_behind_the_last_frame_forbid_the_handshake`, `x37_plaintext_behind_proceed_never_counts_as_protected` |
//! | X38 | the server refuses to start TLS | an error at once, not a wait | `x38_a_failure_to_starttls_ends_the_attempt_at_once`, `x38_a_failure_to_starttls_is_an_error_at_once` |
//! | X39 | stronger login mechanisms are cut out of the offer | nothing weaker than the last success, PLAIN only where the configuration allows it, never anonymous; the flag in SCRAM unmasks whoever cut the offer | `x39_nothing_weaker_than_before_and_never_anonymous`, `x39_the_strongest_mechanism_wins_and_the_flag_tells_the_truth`, `x39_a_server_that_repeats_its_offer_unmasks_whoever_cut_it`, `x39_a_weaker_offer_than_before_is_a_security_failure`, `x39_weaker_offers_are_refused_without_credentials`, `x39_a_password_goes_out_only_after_401_and_only_to_the_users_own_domain`, `x39_a_weaker_chat_login_than_before_waits_for_the_users_word` |
//! | X40 | broken or costly SCRAM challenges, success without proof | refused before hashing; hashing runs beside the other tasks; a server that does not prove to know the password is a security failure, and says so | `x40_bad_challenges_are_refused_before_any_hashing`, `x40_mutated_challenges_never_panic`, `x40_a_second_challenge_is_out_of_turn`, `x40_a_server_that_does_not_know_the_password_is_a_security_error`, `x40_a_wrong_or_missing_signature_is_a_security_failure`, `x40_a_message_that_is_no_base64_ends_the_login`, `x40_success_before_any_challenge_is_a_security_failure`, `x40_success_before_the_challenge_is_no_success`, `x40_a_server_without_the_password_is_unmasked`, `x40_challenges_that_break_the_rules_are_refused_quickly`, `x40_hashing_does_not_hold_up_the_other_tasks` |
//! | X41 | a user name with `=` or `,` changes the fields of SCRAM | escaped and prepared as RFC 5802 says | `x41_user_names_are_escaped_and_prepared`, `x41_the_user_name_is_escaped_on_the_wire` |
//! | X42 | somebody in between with a valid certificate for the right name | the login is bound to the TLS connection where the server can, and once it was, nothing else will do; another issuing authority, an older TLS or cipher, a weaker digest, TLS that is not offered any more: noticed by comparison with the last time, and the account waits for the user's word | `x42_whatever_was_better_before_is_noticed`, `x42_a_login_bound_to_the_connection_proves_the_server_whoever_issued_its_certificate`, `x42_another_authority_is_asked_about_unless_the_login_proves_the_server`, `x42_md5_after_sha_256_and_no_tls_after_tls_are_refused_until_accepted`, `x42_an_older_tls_than_the_last_time_is_asked_about_until_it_is_accepted`, `x42_md5_or_no_tls_after_better_is_refused_until_it_is_accepted`, `x42_where_tls_is_demanded_a_domain_without_it_is_told_apart_and_never_used`, `x42_a_server_that_sees_another_connection_ends_the_login_and_nothing_weaker_follows` |
//! | X43 | a certificate for another name, another kind of name, or with a hundred others behind it | it must name the domain of the address (never the host that SRV names); the common name never counts; the way to the root is bounded; the user may accept exactly one certificate, by its fingerprint | `x43_xmpp_identities_follow_rfc_9525`, `x43_an_srv_id_names_the_domain`, `x43_an_address_is_no_name_and_a_name_no_address`, `x43_certificates_that_do_not_fit_are_refused_with_a_sentence`, `x43_a_bomb_of_a_hundred_certificates_is_refused`, `x43_an_unknown_authority_is_refused_unless_the_user_accepted_exactly_this_certificate`, `x43_an_unknown_authority_is_refused`, `x43_the_certificate_must_name_the_domain_of_the_address`, `x43_a_certificate_of_another_name_or_authority_brings_nothing` |
//! | X44 | strange SRV records: none, the root, a thousand, absurd weights, silence | priorities and weights of RFC 2782, bounded in number and time; the root means "no service" | `x44_lower_priority_always_comes_first`, `x44_weights_share_the_first_place_in_proportion`, `x44_a_record_of_weight_zero_keeps_a_small_chance`, `x44_a_thousand_records_of_the_largest_weight_do_not_overflow`, `x44_no_such_name_is_an_empty_list_and_a_server_failure_is_an_error`, `x44_silence_ends_in_a_timeout_within_the_bound`, `x44_the_root_as_target_is_told_apart_from_a_host`, `x44_the_root_means_no_service_and_port_zero_is_no_place`, `x44_a_thousand_records_are_cut`, `x44_both_kinds_are_mixed_by_priority`, `x44_without_records_or_answers_the_domain_itself_is_tried`, `x44_srv_records_lead_past_a_dead_place_to_the_living_one`, `x44_the_next_place_is_tried_when_one_is_dead`, `x44_no_records_the_root_port_zero_and_dead_name_servers_end_the_search_with_words`, `x44_a_thousand_places_are_not_tried` |
//! | X45 | the server redirects to another host | not followed | `x45_a_redirection_is_not_followed`, `x45_a_redirection_is_not_followed_to_a_strange_host` |
//! | X46 | a web server that should say where the settings are says `http`, a private address, itself in circles, too much, something packed, or a weaker place first | https only, five redirects, no address of this machine or house, 256 KiB, nothing packed, only the kinds that were asked for; a weaker link before a good one is passed over | `x46_what_is_no_plain_https_address_is_refused_by_name`, `x46_only_names_that_others_know_too_are_public`, `x46_redirects_lead_nowhere_but_to_https_and_not_in_circles`, `x46_what_is_too_large_packed_or_of_another_kind_is_not_read`, `x46_a_weaker_link_before_a_good_one_is_not_taken`, `x46_an_xrd_is_read_without_a_tree`, `x46_hostile_descriptions_lead_nowhere`, `x46_a_document_with_mistakes_or_an_older_one_changes_nothing_and_says_where` |
//! | X47 | lies about what was acknowledged, strange answers to resumption, floods of requests | the stream ends; no message counts as sent that was not; few answers to a flood | `x47_a_count_too_high_or_backwards_acknowledges_nothing`, `x47_a_count_too_high_ends_the_stream_and_marks_nothing_as_sent`, `x47_strange_answers_to_enable_and_resume_do_no_harm`, `x47_a_flood_of_requests_for_acknowledgements_draws_few_answers` |
//! | X48 | the password is refused | one try, then it waits for the user: no locked account | `x48_the_refusals_that_another_try_cannot_cure_give_up`, `x48_a_refused_password_is_final_and_asks_no_second_place`, `x48_the_running_account_stops_after_one_refusal_until_the_user_acts` |
//!
//! # SIP: who may do what
//!
//! | id | the attack | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | S01 | calls and probes from the internet straight to our port | only the proxy that we registered with is heard; anybody else gets no answer at all | `s01_requests_from_elsewhere_are_dropped_without_a_word`, `s01_on_the_wire_only_the_proxy_is_answered` |
//! | S02 | the right user with a guessed contact address | the contact has a random part that changes; a wrong one is not found | `s02_the_right_name_with_a_guessed_contact_is_not_found` |
//! | S03 | the other side of a call asks for our password's digest | only the registrar's or proxy's own flow and our own realm get one; a challenged BYE ends the call without one | `s03_only_the_configured_or_the_accepted_realm_is_answered`, `s03_a_bye_and_a_foreign_realm_are_never_answered_with_a_digest`, `s03_a_challenged_bye_ends_the_call_without_credentials`, `s03_a_registrar_of_another_realm_does_not_get_the_digest` |
//! | S04 | weak, unknown or endless challenges | the strongest wins whatever the order; Basic never; two rounds at most | `s04_the_strongest_of_several_is_answered_whatever_their_order`, `s04_a_stale_nonce_is_answered_once_more_and_never_in_a_loop`, `s04_what_cannot_or_must_not_be_answered_is_no_challenge` |
//! | S05 | a forged From, display name or asserted identity | only what our own proxy asserts counts; a display name that nobody vouches for is not shown | `s05_an_asserted_identity_counts_only_from_our_own_proxy`, `s05_a_from_that_nobody_asserts_is_only_a_claim_and_its_display_name_is_not_shown`, `s05_a_caller_on_nobodys_word_is_not_named`, `s05_the_word_of_another_flow_or_realm_names_nobody`, `s05_s06_spoofed_callers_are_claimed_contradicted_or_anonymous_and_only_the_asserted_one_is_named` |
//! | S06 | a call names somebody's chat address | that alone names nobody; a card that does not list the address makes it a warning; the claim is shown with the contact and never called | `s06_call_info_alone_names_nobody`, `s06_a_chat_address_in_the_call_proves_nothing`, `s05_s06_spoofed_callers_are_claimed_contradicted_or_anonymous_and_only_the_asserted_one_is_named`, `s06_only_a_hint_from_an_asserted_address_is_remembered`, `s06_a_hint_is_remembered_shown_as_contradicted_and_never_called` |
//! | S07 | headers that ask to answer by itself, to fetch a picture or to play a remote ring | nothing answers or is fetched | `s07_nothing_in_a_call_answers_it_or_is_fetched` |
//! | S08 | REFER makes us call somewhere | refused: this version transfers nothing | `s08_s11_s12_other_requests_are_refused_properly` |
//! | S09 | requests in a call with guessed tags or old numbers | change nothing | `s09_a_guess_or_an_old_number_changes_nothing` |
//! | S11 | notifications that nobody subscribed to | refused | `s08_s11_s12_other_requests_are_refused_properly` |
//! | S12 | messages over SIP: forged senders, other content, floods | refused with 405 where chat carries messages; for an account that stands alone only plain text, at most 16 KiB, a burst of twenty and then one a second, kept under the address that our server asserts, never under a contact, and marked as unverified | `s08_s11_s12_other_requests_are_refused_properly`, `s12_what_is_not_plain_text_is_refused`, `s12_a_flood_of_messages_is_bounded`, `s12_messages_that_the_store_does_not_take_do_not_pile_up`, `s12_a_forged_sender_is_filed_neither_under_the_contact_nor_under_the_address_it_claims`, `s12_nothing_that_comes_over_chat_can_stand_in_for_a_sip_address` |
//! | S13 | forged responses | count only with branch, method and flow of the request | `s13_a_response_counts_only_with_branch_method_and_flow` |
//! | S14 | a registration's answer with absurd intervals, foreign contacts, or a route to somebody else | only our own contact is read, and lifetimes stay between 30 seconds and an hour; a Service-Route counts inside TLS, without it only where it leads to our own server; a device that was never seen before is told | `s14_absurd_intervals_are_not_followed_and_foreign_contacts_mean_nothing`, `s14_a_route_that_somebody_put_in_is_followed_only_inside_tls_or_where_it_leads_home`, `s14_other_devices_of_the_address_are_told_when_they_change_and_never_used`, `s14_a_device_that_was_never_seen_before_is_told` |
//! | S15 | a certificate for the host that SRV names, with a wildcard, for a user, for an address, or with the name only in the common name | refused: it must name the SIP domain, whole, as URI or DNS name (RFC 5922 section 7), by our own verifier; nothing weaker is tried instead | `s15_sip_identities_follow_rfc_5922`, `s15_a_certificate_of_the_wrong_kind_is_refused_for_voice` |
//! | S16 | `sips:` mixed with unprotected transports, in the address, the route or the contact | TLS or an error; a `sips:` address is not called over an unprotected connection; what route and contact say never moves a call off our connection | `s16_sips_means_tls_whatever_transport_stands_beside_it`, `s16_a_sips_address_is_called_over_tls_and_the_dialog_never_leaves_it` |
//! | S17 | secrets, or commands for a terminal, in the log | no password, digest, key or digit is logged at any level; control characters are written out | `s17_the_fullest_log_of_a_call_holds_no_password_key_digest_or_digit`, `s17_what_others_write_cannot_move_the_cursor_of_whoever_reads_the_log` |
//!
//! # SIP: parser and transactions
//!
//! | id | the attack | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | S20 | the messages of RFC 4475 | each taken or refused as the RFC says, over datagrams and streams; the next good request is answered | `s20_every_message_of_rfc_4475_is_taken_or_refused_as_it_must_be`, `s20_over_a_stream_the_same_decisions_are_made_in_chunks_of_any_size`, `s20_after_every_torture_message_the_next_good_request_is_answered` |
//! | S21 | the messages of RFC 5118 | all but the one with a bad address are taken | `s21_every_message_of_rfc_5118_is_taken_but_the_one_with_a_bad_reference` |
//! | S23 | lengths that are missing, double or wrong | on a stream: 400 and the end of the connection; a datagram is trimmed or refused | `s23_a_stream_without_one_good_content_length_is_answered_400_and_closed`, `s23_a_stream_without_content_length_is_answered_and_closed_and_built_anew`, `s23_a_good_message_before_a_bad_one_in_the_same_chunk_is_not_lost`, `s23_datagrams_are_trimmed_when_longer_and_refused_when_shorter_than_they_say` |
//! | S24 | headers hidden in odd line ends and control characters | one grammar reads and writes | `s24_one_grammar_decides_and_the_serializer_adds_no_line` |
//! | S25 | keep-alives in pieces and in floods | nothing loses its place | `s25_keep_alives_in_pieces_and_in_floods_desynchronise_nothing` |
//! | S26 | huge messages, thousands of headers | limits before the cost | `s26_sizes_and_counts_are_limited_before_they_cost` |
//! | S27 | broken addresses that crashed other clients | refused without panic | `s27_broken_addresses_are_refused_without_panic` |
//! | S28 | broken and nested multiparts | hold nothing and cost nothing | `s28_broken_multiparts_hold_nothing_and_cost_nothing` |
//! | S29 | bombs in SDP | bounded; the offer is refused or the line ignored | `s29_bombs_are_bounded` |
//! | S30 | floods of calls | merged ones get 482, too many 486 or 503; memory is bounded | `s30_merged_requests_get_482_and_a_flood_gets_503_without_memory`, `s30_more_calls_than_anybody_can_have_are_refused_as_busy` |
//! | S31 | lost and repeated answers | a 200 is repeated until its ACK or the call ends; each repeated 200 gets its ACK | `s31_a_200_is_repeated_until_its_ack_or_ends_with_bye`, `s31_every_repeated_200_gets_its_ack` |
//! | S32 | CANCEL and answer cross | acknowledged and ended; no call is left on either side | `s32_a_200_that_crosses_the_cancel_is_acknowledged_and_ended`, `s32_a_cancel_races_the_answer_and_no_call_is_left_on_either_side`, `s32_a_cancelled_call_ends_with_487_and_may_be_answered_elsewhere` |
//! | S33 | both sides change the call at once | 491, a random wait, three tries | `s33_an_offer_that_meets_ours_gets_491`, `s33_after_three_491_the_change_is_given_up`, `s33_two_changes_at_once_converge_within_ten_seconds` |
//! | S34 | a hundred forks answer | early dialogs are bounded; a second answer is ended; each fork may answer in its own way | `s34_early_dialogs_are_capped_and_a_second_answer_is_ended`, `s34_each_fork_may_answer_the_same_offer_in_its_own_way` |
//! | S35 | reliable provisional answers with gaps and repetitions | acknowledged in order and once; ours are repeated until acknowledged | `s35_reliable_provisionals_are_acknowledged_in_order_and_once`, `s35_a_reliable_ringing_is_repeated_until_its_prack` |
//! | S37 | a hundred routes | no dialog | `s37_a_hundred_routes_found_no_dialog` |
//! | S38 | DNS with a thousand targets, a denied service, loops | ends soon | `s38_a_thousand_targets_a_denied_service_and_loops_end_soon` |
//! | S39 | absurd session timers | followed within reason; only what was not refreshed is ended | `s39_intervals_are_chosen_row_by_row`, `s39_a_larger_interval_is_followed_within_reason`, `s39_we_refresh_by_update_and_end_only_what_was_not_refreshed`, `s39_a_session_lives_on_its_refreshes_and_dies_with_the_link` |
//! | S40 | content and extensions that we cannot read | refused with what we can read | `s40_calls_without_readable_content_are_refused_with_what_we_read` |
//! | S41 | a TLS handshake that stalls | ends at its deadline with its reason | `s41_a_handshake_that_stalls_and_a_port_where_nobody_listens_end_with_their_reasons` |
//!
//! # Media
//!
//! | id | the attack | what Tandem does | tests |
//! | --- | --- | --- | --- |
//! | M03 | packets from a third address | one address is pinned once; nothing is ever sent to an address that was only learned | `m03_a_few_packets_before_the_peer_pin_nothing`, `m03_a_third_address_is_never_believed_once_the_peer_was_heard`, `m03_injected_packets_are_never_heard_and_nothing_is_sent_to_a_learned_address`, `m03_short_and_lying_reports_are_dropped_without_reading_past_the_end` |
//! | M04 | a flood of packets with wrong tags | nothing changes and the call goes on | `m04_forged_packets_change_nothing`, `m04_a_flood_of_forged_packets_does_not_disturb_the_call` |
//! | M05 | replayed packets, reused keys | replays are dropped; new keys come with a new source | `m05_replayed_packets_are_dropped_also_after_the_sequence_wraps`, `m05_replayed_packets_are_dropped_and_new_keys_come_with_a_new_source` |
//! | M08 | encryption is negotiated away | "required" refuses; "optional" shows an open padlock; an answer may not weaken the offer | `m08_protection_follows_the_policy_row_by_row`, `m08_an_answer_must_not_weaken_the_offer` |
//! | M09 | keys read on the way | keys are offered only where signalling itself runs over TLS | `m09_no_keys_are_offered_over_open_signalling` |
//! | M11 | payloads that decode to too much, floods of sources | decoding is bounded, sources are bounded, broken payloads are bridged like loss | `m11_codec_bombs_are_refused_and_never_decoded`, `m11_random_bytes_never_give_more_than_120_ms`, `m11_any_bytes_decode_to_bounded_samples`, `m11_broken_payloads_are_bridged`, `m11_wild_timestamps_never_stop_the_ticks`, `m11_unknown_payload_types_and_floods_of_sources_are_dropped`, `m11_a_flood_of_sources_changes_nothing`, `m11_authentic_sources_are_bounded_too` |
//! | M12 | lengths, padding and extensions that lie | dropped without reading past the end | `m12_lies_about_lengths_are_refused_without_reading_past_the_end`, `m12_nonsense_is_dropped` |
//!
//! # Secrets
//!
//! Passwords live in `platform::Secret`, which shows nothing in `Debug` and is zeroed when dropped. Values that name people or
//! servers write themselves redacted (`debug_hides_the_person` for chat addresses).
//! There is one TLS library and one provider of cryptography (`there_is_one_tls_library_and_one_provider_of_cryptography`).
//!
//! # What is not protected
//!
//! * Chat has no end-to-end encryption: both servers can read it. There is no OMEMO.
//! * Encrypted sound (SDES) is protected between you and the servers, whose operators can know the keys. There is no DTLS-SRTP.
//! * `sips:` to the far end says what the proxies promise, not what can be checked here.
