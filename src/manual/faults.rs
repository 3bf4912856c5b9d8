//! Faults, and what happens to messages and calls.
//!
//! A fault is what nobody intended: a dead server, a cut cable, a full disk. Every row has tests; a fault without a row has none
//! yet and nothing is promised for it. Tests whose fault has no place in a scripted world run against real servers (`tests/interop`).
//!
//! The oracle is the same everywhere: what was sent, what arrived and what is stored are the same messages, each once, and the
//! window says what is the case.
//!
//! | id | the fault | what happens | tests |
//! | --- | --- | --- | --- |
//! | F01 | the chat server dies and comes back | the first try comes within three seconds, later ones spread up to thirty; messages wait in the outbox and go out once | `the_first_try_comes_within_three_seconds_and_later_ones_spread_up_to_thirty`, `a_stream_that_dies_at_once_does_not_reset_the_waiting`, `two_clients_see_each_other_and_talk_through_a_restart_of_the_server`, `a_conversation_survives_the_death_of_the_server_and_of_the_program`, `the_chat_server_dies_during_a_chat_and_nothing_is_lost` |
//! | F02 | the call server dies, idle or during a call | the voices go on; the next registration follows when it is back, and behind it the BYEs that found no way out (for three minutes) | `a_server_that_dies_and_comes_back_is_found_again`, `a_dead_or_busy_target_leads_to_the_next_and_then_to_a_pause`, `the_call_server_dies_during_a_call_and_the_voices_go_on`, `a_bye_while_the_connection_is_rebuilt_is_sent_after_the_next_registration`, `a_bye_that_the_dying_connection_swallowed_is_sent_again`, `a_bye_waits_for_three_minutes_and_no_longer`, `a_call_that_is_ended_while_the_call_server_is_away_ends_for_the_other_side_too` |
//! | F03 | one of the two services is gone | the other works on; each recovers alone, and the window says which one is missing | `the_chat_server_dies_during_a_call_and_the_call_goes_on`, `the_call_server_dies_during_a_chat_and_both_recover_alone`, `each_degraded_state_reads_differently` |
//! | F04 | the chat connection is silent without an end | dead after 45 seconds, after 10 when the user sent something | `f04_a_silent_link_is_dead_after_45_seconds_and_after_10_when_the_user_sent`, `the_link_is_declared_dead_and_made_again` |
//! | F05 | the voice connection is silent without an end | dead when pongs that used to come stay away; a new flow registers and the old contact is removed | `a_stream_without_pongs_is_dead_only_for_a_server_that_used_to_send_them`, `a_lost_connection_is_replaced_with_a_fresh_contact_and_the_old_one_removed` |
//! | F06 | the network is away for a while | the chat stream is resumed (XEP-0198): nothing lost, nothing doubled | `a_cut_cable_is_mended_by_resumption_and_nothing_is_lost_or_doubled`, `who_was_there_before_a_resumption_is_told_again` |
//! | F07 | the address of this machine changes | voice registers anew at once and the other side of a call is told the new contact | `another_network_means_another_flow_at_once`, `a_moved_contact_is_told_to_the_peer`, `several_changes_become_one_notice_a_second_after_the_last`, `a_restless_network_is_reported_after_five_seconds` |
//! | F08 | only one address family works, DNS is dead, a message is too large for UDP | both families are tried with a head start; the servers of the last time are tried; TCP carries what UDP cannot | `families_alternate_and_ipv6_begins`, `a_dead_address_only_costs_its_head_start`, `when_dns_is_dead_the_servers_of_the_last_time_are_tried`, `an_invite_that_is_too_large_for_udp_goes_over_tcp_and_over_udp_where_there_is_none` |
//! | F10 | the stream is cut after any element, resumption included | nothing lost, nothing doubled, also when the server refuses to resume | `f10_a_cut_after_every_element_loses_and_doubles_nothing`, `f10_a_cut_and_a_refused_resumption_after_every_element_lose_and_double_nothing`, `counts_wrap_at_two_to_the_32` |
//! | F12 | the clocks of two devices or two ends differ | the difference is absorbed without clicks and without growing delay | `clocks_that_differ_by_200_ppm_never_run_the_ring_dry_for_three_hours`, `a_drifting_clock_is_absorbed_without_growth_of_delay`, `a_drifting_microphone_is_heard_without_a_click_and_without_delay_growing`, `a_drifting_loudspeaker_plays_without_a_click_and_without_delay_growing` |
//! | F14 | signalling under loss, delay, reordering and repetition | calls are answered and ended; both ends agree | `a_call_is_answered_and_ended_in_every_weather`, `hold_reaches_the_other_side_in_foul_weather` |
//! | F15 | sound under loss and jitter | loss is concealed; the buffer follows jitter and leaves it behind within ten seconds; Opus carries the packet before | `loss_is_concealed_without_clicks_and_adds_no_delay`, `jitter_is_followed_and_left_behind_within_ten_seconds`, `opus_recovers_most_isolated_losses_from_the_next_packet`, `opus_carries_the_packet_before_when_the_peer_loses_some`, `a_bad_network_is_survived_and_shown` |
//! | F16 | no packets arrive | told after five seconds, and so is the end of it; hold is no such case | `f16_five_seconds_without_a_packet_are_told_and_so_is_their_end`, `hold_stops_what_it_should_and_is_no_timeout` |
//! | F18 | the program is killed at any moment | what was shown as stored is there; what the server did not acknowledge is sent again once | `f18_what_was_told_as_stored_is_there_after_a_kill`, `f18_a_kill_after_every_element_loses_and_doubles_nothing`, `f18_a_kill_and_a_refused_resumption_lose_and_double_nothing`, `what_was_stored_is_there_after_a_kill` |
//! | F19 | the disk is full or stands still | nothing that is not stored is acknowledged to the server; the user is told once; reading goes on; it recovers by itself | `f19_readers_and_the_end_do_not_wait_behind_a_full_batch_that_cannot_be_written`, `f19_a_full_disk_stores_nothing_of_a_batch_and_reading_goes_on`, `f19_a_disk_that_cannot_be_written_is_told_once_and_nothing_is_committed_until_it_can`, `f19_while_the_store_stands_still_nothing_unstored_is_acknowledged_and_the_network_is_not_read_for_ever` |
//! | F20 | a second instance, a newer or a damaged database | one instance a profile; a newer file is refused with a sentence; a damaged one is kept beside a new one | `f20_a_second_instance_a_newer_file_and_a_damaged_file`, `f20_two_instances_do_not_share_a_profile` |
//! | F22 | the machine slept | connections are tested for five seconds before they count as dead; sleep is seen because boot time runs ahead | `f22_after_sleep_the_link_is_tested_for_five_seconds_before_it_is_called_dead`, `boot_time_that_runs_ahead_means_sleep` |
//! | F23 | a sound device is unplugged, stalls, cannot be opened | silence instead of a lost microphone, never another one; the default loudspeaker until the chosen one returns | `a_lost_microphone_becomes_silence_and_a_lost_loudspeaker_the_default_until_the_headset_returns`, `a_callback_that_stands_still_for_two_seconds_is_a_loss`, `a_microphone_that_cannot_be_opened_is_told_once_and_silence_is_sent` |
//! | F24 | ten thousand contacts | read in linear time; only rows near the screen are built; cards are fetched slowly | `f24_ten_thousand_contacts_and_their_presences_are_read_in_linear_time`, `ten_thousand_contacts_are_there_and_the_program_answers_meanwhile`, `only_rows_near_the_screen_are_built`, `scrolling_10_000_contacts_stays_under_a_frame`, `the_rest_is_fetched_slowly_and_four_at_a_time` |
//! | F29 | whoever should read does not | the network is not read either, so the server waits and memory does not grow | `a_flood_waits_at_the_server_while_nobody_takes_the_events`, `while_reading_is_held_back_writing_goes_on` |
//! | F32 | the server refuses: another device with the same name, stanzas that break every stream | another device is not fought; a stanza that breaks every resumed stream does not keep us out | `somebody_who_signs_in_with_the_same_resource_is_not_fought`, `a_stanza_that_breaks_every_resumed_stream_does_not_keep_us_out_for_ever` |
//!
//! # How messages survive
//!
//! 1. A message that the user writes is in the database before it is sent. It leaves the outbox when the server acknowledges it
//!    (XEP-0198); the mark in the window changes from a clock to "sent".
//! 2. A message that arrives is in the database before it is acknowledged to the server: `only_what_is_stored_counts_as_handled`,
//!    `a_receipt_is_sent_when_the_message_is_stored_and_not_before`.
//! 3. What belongs together is committed together: the message and the place in the stream ("checkpoint"). After a kill the stream is
//!    resumed from there: `what_is_on_its_way_to_the_store_is_not_handed_over_again_after_a_resumption`,
//!    `checkpoints_of_an_old_stream_say_nothing_about_the_new_one`.
//! 4. The store keeps each message once: `a_message_is_stored_once_and_different_ones_are_all_stored`.
//!
//! Not there yet: an archive on the server is not read (XEP-0313). What arrived while the stream could not be resumed comes only as
//! the offline messages that the server kept.
