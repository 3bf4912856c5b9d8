//! Kinds of tests, where they are, and how to run one.
//!
//! | kind | where | needs |
//! | --- | --- | --- |
//! | a machine by itself, with its tables of rows | beside the code, or in a sibling `tests.rs` | nothing |
//! | stories in virtual time, one file a story | `tests/flows` | nothing |
//! | attacks, named after their id | beside what they attack, and `tests/attacks_xmpp.rs` over real sockets | nothing |
//! | the window without a window system | `tests/gui` | the feature `gui-test` |
//! | kills and full disks | `tests/store_disk.rs` | nothing |
//! | a scripted chat server that dies | `tests/real_session.rs` | Prosody |
//! | real servers, phones, sound and window | `tests/interop` | Prosody, Kamailio, baresip, SIPp, Xvfb, PulseAudio |
//! | the direction of dependencies, forbidden names, length of files | `tests/layering.rs` | nothing |
//! | dependencies from outside: licences, one TLS library | `tests/supply.rs` | nothing |
//! | this manual | `tests/manual.rs` | nothing |
//!
//! # Running
//!
//! ```text
//! make check                                                       all that needs no server, with lints
//! make test                                                        everything
//! cargo test --features gui-test --lib sip::                       one folder
//! cargo test --features gui-test --test flows_xmpp f10_            one fault
//! cargo test --features gui-test --test interop calls              one file with real servers
//! cargo test --features gui-test --test interop ten_thousand -- --ignored --nocapture
//!                                                                  10,000 messages each way through kills and cuts
//! cargo test --features gui-test --test flows_xmpp f27_ -- --nocapture
//!                                                                  5,000 people in a room: time and memory
//! ```
//!
//! Always with `--features gui-test`: without it everything is built a second time.
//!
//! # How tests are written
//!
//! * A name is a sentence. A test of an attack or a fault begins with its id: `x06_a_roster_push_from_anybody_else_changes_nothing`.
//! * Time is an argument. No test sleeps; a test against real programs waits for a condition with a deadline.
//! * A seed makes randomness repeatable.
//! * A property test shows that nothing hostile panics: `nothing_that_comes_in_makes_it_panic`,
//!   `mutated_streams_never_panic_and_never_pass_the_limits`, `mutated_certificates_never_panic`,
//!   `seeded_mutations_of_the_torture_messages_never_panic_and_always_round_trip`.
//! * Published examples are held to the letter: `the_example_of_rfc_5802_comes_out_letter_by_letter`,
//!   `the_example_of_rfc_7616_gives_its_published_digest`, `every_bit_is_that_of_another_implementation`.
//! * Our own two sides agreeing proves little, so others are asked: `prosody_lets_us_in_by_starttls_and_by_direct_tls`,
//!   `baresip_answers_our_offer_and_takes_our_hold`, `every_codec_is_heard_both_ways_over_udp`.
//! * What ordinary phones seldom do, SIPp does, step by step as a test writes it (`tests/support/real/script.rs`), and checks
//!   what it gets: `an_attended_transfer_names_the_dialog_to_be_replaced_after_the_hold_is_confirmed`.
//! * When `tests/interop/rig.rs` fails, the machine or its servers are at fault, not Tandem.
//!
//! # Mutations
//!
//! Good inputs (`tests/corpus`, and what the machines say themselves) are changed with a seed, 100,000 times each, in every
//! `make test`:
//!
//! | what comes in | test |
//! | --- | --- |
//! | the stream of XMPP, cut anywhere | `mutated_streams_never_panic_and_never_pass_the_limits` |
//! | stanzas of a session, through the stream | `a_hundred_thousand_mutated_stories_of_a_session_do_no_harm` |
//! | stanzas of a room | `a_hundred_thousand_mutated_stories_of_rooms_do_no_harm` |
//! | SIP in datagrams | `mutated_sip_datagrams_never_panic_and_what_is_read_is_what_is_written` |
//! | SIP in streams, cut anywhere | `mutated_sip_streams_are_cut_alike_in_any_chunks_and_as_datagrams` |
//! | SIP addresses | `mutated_sip_addresses_never_panic_and_keep_their_meaning` |
//! | orders of SIP messages | `mutated_sequences_of_good_messages_leave_nothing_behind` |
//! | summaries of voicemail, states of dialogs | `mutated_summaries_and_dialog_documents_never_panic_and_stay_bounded` |
//! | SDP | `s29_a_hundred_thousand_mutated_descriptions_break_nothing` |
//! | RTP, and what is decoded of it | `m12_a_hundred_thousand_mutated_packets_break_nothing` |
//! | RTCP | `m03_a_hundred_thousand_mutated_reports_break_nothing` |
//! | SRTP and SRTCP | `m04_of_a_hundred_thousand_mutated_protected_packets_only_untouched_ones_are_believed` |
//! | DTLS | `m06_a_hundred_thousand_mutated_records_of_handshakes_break_nothing` |
//! | STUN | `a_hundred_thousand_mutated_checks_break_nothing` |
//! | TURN, frames of channels too | `m12_a_hundred_thousand_mutated_words_of_a_relay_break_nothing_and_are_not_believed` |
//! | real-time text | `m12_a_hundred_thousand_mutated_packets_of_text_break_nothing` |
//! | the jitter buffer, by scripts | `m11_a_hundred_thousand_steps_of_mutated_scripts_leave_the_buffer_bounded` |
