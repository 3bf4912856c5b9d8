//! How the program is built, and where that departs from the usual.
//!
//! # Layers
//!
//! ```text
//!                  main
//!                   |
//!            gui    control                       (ask the handle, show the snapshot)
//!               \   /
//!              account  -- effects --> the io of xmpp, sip, media, audio, store, config
//!               /   |                        \     |     /
//!          cusax   call                       net    platform
//!           /  \    |  \
//!        xmpp  sip  |  media, audio           (pure halves; xmpp and sip do not know each other)
//!           \   |  sdp  /                      (xmpp names sdp: a call over chat is described in its types)
//!            phone, model
//! ```
//!
//! Every concern is a folder. A folder is pure except its `io`: no clock, no socket, no file, no thread. `tests/layering.rs` holds
//! the table of who may name whom (`every_folder_names_only_what_lies_below_it`), forbids the names of clocks, sockets and
//! threads outside the shells (`only_shells_do_io_or_read_clocks`), and refuses a file over 500 lines
//! (`no_source_file_is_longer_than_500_lines`).
//!
//! | folder | what it is |
//! | --- | --- |
//! | `model` | plain values that cross boundaries: addresses, contacts, calls, messages, security, time |
//! | `phone` | reading numbers and addresses as people write them |
//! | `cusax` | RFC 7081 as functions from data to data: what a contact offers, where a call goes, who is calling, what it may cost |
//! | `xmpp` | the chat service: framing, login, session, roster, presence, messages, cards |
//! | `sip` | the voice service: registration, calls, whose word counts; `sip::stack` is the only place that names the SIP library |
//! | `sdp` | offer and answer for sound, with keys or the fingerprints of a handshake for them |
//! | `media` | packets to samples and back: RTP, RTCP, SRTP and its handshake, jitter buffer, codecs, digits, tones, real-time text |
//! | `audio` | sound devices: which one serves what, clocks, echo, level |
//! | `call` | one call of the user: signalling and media together |
//! | `store` | SQLite: messages, calls, roster, cards, where the stream stands |
//! | `provisioning` | the document for both accounts: finding it (`provisioning::Discovery`), fetching it, its signature |
//! | `config` | `config.toml`, read with file and line for every problem, and written; laid over the document, with the origin of each value |
//! | `account` | the core account manager: owns all state, turns inputs into effects |
//! | `control` | JSON-RPC over a private socket, and `tandem ctl` |
//! | `gui` | the window: a function of one snapshot |
//! | `net`, `platform` | TLS, DNS, changes of the network; folders, clock, keyring, log, notifications |
//!
//! `xmpp` never names `sip` and `sip` never names `xmpp`. What RFC 7081 joins is decided in `cusax` and carried out in `account`.
//!
//! # The one machine shape
//!
//! Every stateful pure part has the same verbs: `new(config, seed, now)`, `handle_<what>(what, now)`, `handle_timeout(now)`,
//! `poll_output()`, `poll_timeout()`. The law: *handle once, drain, then wait for the earliest timeout or the next input.*
//! Time comes in as `model::Now`: boot time, which goes on while the machine sleeps, for every timer; wall time only for what
//! people read. Random numbers come from a generator that is seeded from outside. So a test runs an hour in a moment and twice
//! the same way.
//!
//! States are enums whose variants carry what only that state has. What is not allowed in a state is an arm with a named
//! outcome, never a panic.
//!
//! # Who owns what
//!
//! * `account::Manager` owns accounts, contacts, calls, questions and problems. Nobody else changes them.
//! * The window and the control interface see an `Arc<Snapshot>`, always whole; parts that did not change are shared. Whatever
//!   waits for an answer (a question, a problem, a ringing call) is *state with an id* in it, not an event that could be missed.
//!   `Notice`s serve only sounds and attention; losing one loses nothing.
//! * Messages are not in the snapshot. The store owns them, and a conversation asks for a page.
//! * A message or a stanza that is not stored is not acknowledged to the server (see [`super::faults`]).
//!
//! # One call, followed
//!
//! 1. The user presses Call. `gui` sends `Request::Call`; it decides nothing.
//! 2. `Manager::place_call` asks `cusax::target_of_contact` for the address and `cusax::route` for the account, with the rule that
//!    decided. No account, or several equal ones: a refusal that says so.
//! 3. `call::UserCall::outgoing` asks the media thread for ports, writes an offer with `sdp::Negotiation`, and sends INVITE through
//!    `sip`. `cusax::call_info` says whether our chat address goes along.
//! 4. Ringing, sound before the answer, the answer: `sip` says, `UserCall` brings signalling and media together, and each change of
//!    its view becomes a new snapshot.
//! 5. The answer's keys and addresses start the stream. The padlock shows what was agreed, not what was wished.
//! 6. The end is a code for scripts and a sentence for people (`call::end`), and goes into the store.
//!
//! A call over chat (Jingle) is the same call: its machine speaks offer and answer, and `account::on_jingle` hands them to
//! `xmpp::jingle`, which turns SDP into contents and back. Two things differ (`call::Whom`, `UserCall::handle_description`): it is
//! placed to a chat address, and one that comes in may describe its sound only after the answer (XEP-0353).
//!
//! An incoming call goes the other way: `sip::trust` says what can be believed, `cusax::identify` names the caller, and the call
//! rings. Nothing of it is answered, fetched or shown on the caller's word alone.
//!
//! # Where we depart from the usual, and why
//!
//! **No tokio-xmpp and no xmpp-parsers.** Frames are cut by our own reader on `rxml`, and trees are built without recursion
//! (`xmpp::framing`). The limits must sit between the parser and the tree: joined, some thousand nested elements overflow the
//! stack before anybody can count them, and neither the size nor the age of a stanza can be asked for. Login and stream management
//! are our own machines for a second reason: a stanza may be acknowledged only when it is stored, an unsuccessful login must stop
//! at once, and every step must be testable without a network.
//!
//! **The SIP library is used for parsing, framing and transactions only.** It is pinned and named only in `sip::stack`. Dialogs,
//! registration, digest and trust are ours, because what may be answered with a password or believed is policy.
//!
//! **The software renderer.** The window is drawn by tiny-skia. It starts faster and takes less memory than a graphics library that
//! first has to find a device, and looks the same everywhere. There is no build with a graphics card yet.
//!
//! **No accessibility tree.** The toolkit (iced 0.14) has none, so screen readers see an empty window. Everything can be done by
//! keyboard, and contrasts are tested (`tab_reaches_every_control_in_reading_order_and_enter_presses_it`,
//! `every_text_can_be_read_on_every_ground_it_stands_on`), but that is no replacement.
//!
//! **MESSAGE is off under a relation.** Chat is XMPP's; a SIP MESSAGE is answered 405 and never shown, unless a rule says otherwise. A
//! voice account that stands alone takes plain text, in conversations named after SIP addresses (`model::correspondent`).
//!
//! **TLS is not undercut.** Where a domain publishes SIP over TLS, nothing weaker is tried: who blocks the port must not get the
//! password's digest in the clear (`srv_records_lead_to_hosts_and_published_tls_is_never_undercut`).
//!
//! **SDES and DTLS-SRTP.** Telephone systems speak SDES, devices that mean each other DTLS-SRTP. Both are offered beside RTP/AVP
//! (RFC 8643), and DTLS is taken where there is a choice; a line that demands protection can name only one, and names SDES unless
//! the user says otherwise (`sdp::KeyAgreement`). Keys of SDES go only through TLS signalling, and the window says "as far as the
//! servers". While a handshake is under way nothing flows and the padlock is open.
//!
//! **Text goes with the sound, or beside it.** Real-time text (RFC 4103, `media::text`) is offered bundled with the sound (RFC 9143), so that
//! path and keys are the sound's; a peer that does not bundle gets a port and SDES keys of its own. Text is never less protected than
//! the sound: beside a handshake of DTLS, a line for text without keys of its own is refused. No reports (RTCP) are sent about text, and
//! no text is mixed (RFC 9071): in a conference each call has its own.
//!
//! **SRTP's counters are ours.** The library of SRTP keeps a state for each source before a packet is proven, hides the rollover
//! counter, and takes reports in the clear for authentic. Calls die where counters are wrong after a change of keys or address, so
//! `media::srtp` uses the primitives only and decides itself which index a packet has.
//!
//! **ICE and TURN of our own.** The agent of `rtc-ice` checks every pair at every turn without the pacing of RFC 8445 section 14, takes any
//! number of candidates, and reads time as `Instant`, which stands still while the machine sleeps. The relay's client of `rtc-turn`
//! measures likewise. Limits (M02), virtual time and consent (RFC 7675) are why `media::ice`, `media::turn` and `media::stun` are ours.
//! Only one component is checked: RTP and RTCP share a port (RFC 5761), and a peer that does ICE but not that gets no reports.
