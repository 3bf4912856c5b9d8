//! What people complain about in other telephones and chat programs, and which test shows that it does not happen here.
//!
//! The complaints come from public threads about Linphone, Jitsi, Dino, baresip, Twinkle, Telephone, GOnnect and others, in
//! our own words. The numbers are ours; `tests/manual.rs` checks that every test exists, that every number has its row, and
//! that a test that bears a number (`complaint_…`) is named in its row. A row without a test says what is missing.
//!
//! # Connections
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 1 | after sleep all looks well, but what one writes is never sent | `f22_after_sleep_the_link_is_tested_for_five_seconds_before_it_is_called_dead`, `f04_a_silent_link_is_dead_after_45_seconds_and_after_10_when_the_user_sent` |
//! | 2 | after the server was restarted nothing works until the account is switched off and on | `two_clients_see_each_other_and_talk_through_a_restart_of_the_server`, `a_server_that_dies_and_comes_back_is_found_again` |
//! | 3 | catching up with an archive breaks the connection again and again | `f11_a_cut_or_a_kill_after_every_element_of_catching_up_leaves_no_hole_and_no_double`, `f06_a_cut_that_is_mended_by_resumption_does_not_stop_the_reading`, `a_roster_that_takes_minutes_to_arrive_is_waited_for_as_long_as_bytes_come_and_people_see_us_after_it` |
//! | 4 | after sleep every registration times out until the program is started again | `after_a_night_of_sleep_registering_works_at_the_first_try_over_a_new_connection` |
//! | 5 | at wake-up one has to wait for the next refresh before one can be called | `after_a_night_of_sleep_registering_works_at_the_first_try_over_a_new_connection`, `boot_time_that_runs_ahead_means_sleep` |
//! | 6 | no new registration when the machine changes between cable and wireless | `from_cable_to_wireless_and_back_it_registers_each_time` |
//! | 7 | each flicker of the network tears connections down | `a_network_that_flickers_for_three_seconds_is_one_change`, `several_changes_become_one_notice_half_a_second_after_the_last` |
//! | 8 | nothing tells that the telephone cannot be reached | `complaint_08_the_icon_in_the_tray_tells_the_truth_about_both_connections`, `complaint_08_a_panel_shows_the_truth_about_both_connections_and_the_menu_works`, `each_degraded_state_reads_differently`, `a_lost_connection_counts_down_in_the_users_words` |
//! | 9 | a change of the network crashes the program or ends the call | `a_storm_of_changes_of_the_network_ends_no_call_and_ends_at_the_last_address`, `f07_another_address_while_a_call_rings_means_that_it_is_placed_again_and_can_be_answered`, `f07_a_call_that_rings_here_can_be_answered_after_another_address`, `a_restless_network_is_reported_after_five_seconds` |
//!
//! # One hears nothing, or the call ends
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 10 | after a change of address in an encrypted call one side hears nothing some minutes later | `the_rollover_counter_survives_a_change_of_address`, `f07_another_address_in_the_middle_of_a_protected_call_is_followed_by_the_sound` |
//! | 11 | a refreshed session makes encrypted sound stop half an hour into the call | `a_refreshed_session_keeps_its_rollover_counter` |
//! | 12 | after a long hold one side hears nothing | `a_peer_behind_a_translator_is_heard_again_after_a_silent_hold`, `m05_replayed_packets_are_dropped_also_after_the_sequence_wraps` |
//! | 13 | nothing is sent during hold, and the router forgets the way | `a_hold_goes_on_sending_so_that_the_way_through_the_router_stays_open`, `complaint_13_after_five_minutes_on_hold_the_way_through_the_router_is_still_open`, `complaint_13_whoever_is_held_keeps_the_way_open_and_is_heard_again_afterwards` |
//! | 14 | the call ends after a quarter of an hour because a confirmation got lost | `s31_every_repeated_200_gets_its_ack`, `s39_a_session_lives_on_its_refreshes_and_dies_with_the_link`, `complaint_14_a_refresh_whose_acknowledgement_is_lost_does_not_end_the_call` |
//! | 15 | both sides refresh the session and the call dies of it | `a_hold_that_crossed_theirs_is_tried_again_and_a_refused_one_is_not`, `s39_we_refresh_by_update_and_end_only_what_was_not_refreshed`, `complaint_15_both_sides_refresh_the_session_timer_and_the_call_lives` |
//! | 16 | after early sound the session is never refreshed | `a_session_dies_before_its_end_and_is_refreshed_at_its_half`, `complaint_16_the_session_is_refreshed_in_the_call_that_followed_an_early_one` |
//!
//! # Which line, and who is it
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 17 | one cannot choose the account for one call | `c28_the_account_is_chosen_by_a_click_and_kept_on_request`, `c28_several_equal_accounts_are_a_question_with_cost_and_protection` |
//! | 18 | an incoming call is logged under another account | `complaint_18_an_incoming_call_is_logged_under_the_account_it_came_in_on` |
//! | 19 | one does not see which account is called | `which_account_is_called_is_seen_and_kept` |
//! | 20 | the account to dial with is fixed | `c28_a_choice_is_remembered_for_the_contact_or_the_beginning_and_can_be_taken_back` |
//! | 21 | a caller who is a contact is shown as a number | `an_incoming_call_is_answered_and_the_caller_is_confirmed_by_his_card`, `a_caller_is_named_from_the_cache_while_chat_is_away` |
//! | 22 | numbers do not match because they are written in different forms | `c29_a_caller_is_found_by_the_number_in_twelve_forms_and_by_nothing_near_it` |
//! | 23 | a chat contact with a number has no button to call | `the_call_button_calls_the_contact`, `call_is_offered_by_the_card_and_greyed_with_the_reason` |
//! | 24 | it takes half an hour to find out how to call | `the_keyboard_alone_opens_a_person_and_calls` |
//!
//! # Numbers
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 25 | links with `tel:` stop working, the plus is ignored | `every_command_of_the_manual_is_understood`, `c01_links_with_escapes_and_contexts_are_numbers` |
//! | 26 | numbers from a directory cannot be rewritten by a rule | `a_dial_plan_reads_and_dials_as_its_keys_say` |
//! | 27 | spaces in a number become `%20` and the provider refuses it | `every_written_form_becomes_the_same_value` |
//! | 28 | domestic calls become invalid international ones | `c19_domestic_numbers_are_not_made_international_wrongly` |
//! | 29 | prefixes of countries and telephone systems, and the Italian zero | `c19_each_country_keeps_its_own_zeros_and_prefixes`, `c19_the_telephone_systems_prefix_is_taken_off_where_a_number_is_left` |
//!
//! # Provisioning
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 30 | provisioning is silently broken by an update | `a_changed_document_counts_without_a_restart_and_a_withdrawn_account_goes_but_its_history_stays` |
//! | 31 | provisioned settings are ignored | `a_dial_plan_reads_and_dials_as_its_keys_say`, `c15_a_locked_setting_is_set_by_the_administrator_and_cannot_be_changed` |
//! | 32 | the old account stays beside the new one | `a_withdrawn_account_goes_by_the_schedule_itself_and_what_was_said_over_it_stays` |
//! | 33 | there is no list of settings | `every_commented_line_of_the_example_is_valid_and_states_the_default` |
//!
//! # Devices
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 34 | the headset is lost at the start, another device records, the ring is in the headset only | `the_order_of_devices_survives_unplugging_and_a_restart`, `every_loudspeaker_can_ring`, `a_call_rings_on_every_loudspeaker_at_once` |
//! | 35 | the others hear themselves | `the_other_side_does_not_hear_its_echo_whatever_the_room_and_the_delay` |
//! | 36 | plugging in and out ends the sound, then the program | `complaint_36_whatever_is_plugged_in_and_out_the_sound_comes_back_and_nothing_ends`, `f23_an_unplugged_headset_becomes_silence_and_the_default_speaker_and_is_used_again_when_it_is_back` |
//! | 37 | neither PulseAudio nor PipeWire is supported | `complaint_37_pipewire_that_stands_for_pulseaudio_is_understood`, `a_call_through_the_sound_server_is_heard_both_ways` |
//! | 38 | devices jump and have to be chosen again to get sound | `one_key_switches_between_headset_and_speaker_and_back`, `f23_a_call_survives_the_restart_of_the_sound_server_with_the_same_devices` |
//! | 39 | the headset's buttons do nothing, or end the call that they answered | `the_button_of_a_headset_answers_and_hangs_up_through_the_desktop`, `a_headset_that_tells_of_its_hook_twice_does_not_end_the_call_that_it_answered` |
//!
//! # What comes in
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 40 | an incoming call takes the keyboard from who is writing | `complaint_40_a_call_is_answered_or_declined_from_its_notification_without_taking_the_focus`, `complaint_40_a_call_that_comes_in_while_one_writes_takes_neither_the_keyboard_nor_an_answer`, `an_incoming_call_asks_for_attention_once_and_takes_no_focus` |
//! | 41 | the notice comes seconds after the ring | `complaint_41_an_incoming_call_is_told_and_rings_at_once_whatever_else_is_waited_for` |
//! | 42 | a missed call leaves no trace | `complaint_42_a_missed_call_is_counted_until_the_history_was_looked_at` |
//! | 43 | the program cannot be started minimised | `complaint_43_the_window_begins_minimised_where_that_is_asked_for`, `complaint_43_a_window_that_is_to_begin_minimised_does` |
//! | 44 | a call can only be rejected, not silenced | `complaint_44_a_call_whose_ringing_is_silenced_disturbs_nobody_and_is_told_of_when_it_was_missed`, `a_call_that_is_silenced_goes_on_ringing_there_and_is_not_rejected`, `a_second_call_is_a_line_with_what_answering_does_to_the_first` |
//!
//! # History and archives
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 45 | incoming calls are missing from the history | `complaint_45_every_incoming_call_is_in_the_history_however_it_ends`, `complaint_45_what_another_device_answered_is_no_missed_call_and_says_so`, `filters_and_words_look_in_the_whole_store_and_not_only_in_what_was_loaded` |
//! | 46 | the archive is not read, or read again and again | `f11_a_message_that_the_archive_lost_does_not_stop_the_reading`, `what_came_while_nobody_was_here_is_fetched_newest_first_and_stored_once`, `what_came_while_nobody_was_here_is_there_once_in_order_and_the_newest_first` |
//!
//! # The window
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 47 | everything is too small or too large on a screen of high density | `a_larger_scale_does_not_open_a_larger_window`, `a_narrow_window_shows_the_list_or_the_conversation` |
//! | 48 | echo, noise, and too many clicks until one talks | `complaint_48_a_number_is_called_in_two_steps_with_its_cost_shown_before` |
//!
//! # Telephony
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 49 | digits never arrive | `complaint_49_digits_reach_whoever_takes_them_in_any_of_the_three_ways`, `digits_arrive_once_each_also_over_a_bad_network`, `complaint_49_a_phone_gets_our_digits_by_info` |
//! | 50 | a free line and one that is not registered look alike | `complaint_50_idle_and_not_registered_are_not_the_same_lamp`, `complaint_50_a_phone_that_is_not_there_and_one_that_refuses_are_not_idle` |
//! | 51 | do-not-disturb does nothing | `do_not_disturb_does_something_and_says_what`, `complaint_51_do_not_disturb_is_seen_on_every_page_and_switched_by_one_key`, `complaint_51_do_not_disturb_refuses_with_the_answer_of_the_settings` |
//! | 52 | a call cannot be handed over after asking | `attended_transfer_works_with_the_second_call_on_top_and_connects_both_sides`, `complaint_52_a_call_is_transferred_to_somebody_found_by_name_with_what_happens_said_before`, `complaint_52_who_is_asked_first_is_connected_by_one_click_or_one_key`, `complaint_52_an_attended_transfer_connects_both_others_and_all_three_programs_know` |
//!
//! # Memory and crashes
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 53 | a quarter of a gigabyte becomes two in a working day | `complaint_53_a_working_day_of_calls_does_not_let_the_program_grow` |
//! | 54 | memory grows with every attempt | `complaint_54_calls_that_nobody_takes_leave_nothing_behind` |
//! | 55 | the window that is open all day grows | `complaint_55_the_window_open_all_day_sees_no_more_than_what_is_there` |
//! | 56 | it crashes on a ring, on the second call, on dialling | `complaint_56_a_second_call_a_call_while_dialling_and_a_ring_while_talking_crash_nothing` |
//!
//! # Signing in
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 57 | it fails when the first challenge is SHA-256 | `s04_the_strongest_of_several_is_answered_whatever_their_order`, `voice_registers_with_a_digest_of_sha_256` |
//! | 58 | the certificate is held against the host of a record instead of the domain | `s15_sip_identities_follow_rfc_5922` |
//! | 59 | certificates with a star are in use, and refused without a word | `s15_sip_identities_follow_rfc_5922`, `a_refused_certificate_is_the_users_to_decide` |
//! | 60 | the certificate is held against the address instead of the name | `x43_an_address_is_no_name_and_a_name_no_address` |
//! | 61 | the server is not told which name is meant (SNI) | `prosody_lets_us_in_by_starttls_and_by_direct_tls` |
//!
//! # For everybody, and for nobody else
//!
//! | no. | the complaint | tests |
//! | --- | --- | --- |
//! | 62 | nothing can be done without a mouse | `tab_reaches_every_control_in_reading_order_and_enter_presses_it`; a screen reader sees nothing yet (see [`super::architecture`]) |
//! | 63 | the program calls its maker without need | `complaint_63_nobody_but_the_accounts_own_services_is_asked_for_anything_all_day` |
