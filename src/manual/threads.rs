//! Threads, queues, and what happens when one is full.
//!
//! # Threads
//!
//! | thread | runs | rule |
//! | --- | --- | --- |
//! | main | the window (winit, iced); without a window it only waits for the end | never waits for network or disk |
//! | two workers of tokio | the manager's task, one task for each account, one for each SIP flow, DNS, the control socket | one owner for each state; nothing that blocks |
//! | tokio's blocking pool | hashing of passwords, certificates of the system, the keyring, pictures | may wait |
//! | `media` | RTP sockets of all calls, jitter buffers, codecs, SRTP | a tick every 10 ms; no disk, no DNS |
//! | `sound` | opens and closes sound devices | may wait for the system |
//! | `sound-file-in`, `sound-file-out` | WAV files as devices | may wait for the disk |
//! | callbacks of the sound system | capture and playback | ring push and pop and atomics only: no lock, no allocation, no log |
//! | `store` | SQLite | may wait for the disk, so that a slow disk delays no call |
//!
//! # From the network to the disk and back
//!
//! Each queue is bounded. When one is full, whoever writes into it waits, and in the end the peer's TCP window closes. Where
//! waiting would do harm (a tick of the media thread, a callback), the least important is left out, and counted.
//!
//! | queue | size | when full |
//! | --- | --- | --- |
//! | chat commands (`xmpp::io`) | 256 | the sender waits; the task takes commands before everything else |
//! | chat events (`xmpp::io`) | 256, and 256 more held back | the server is not read any more |
//! | bytes to one chat server | 4 MiB | the peer stopped reading: the connection counts as lost |
//! | stanzas that are not stored | 512 | the session stops reading the network |
//! | voice commands (`sip::io`) | 64 | the sender waits |
//! | voice events (`sip::io`) | 256, and 1,024 more held back | the machine takes nothing in until they are read |
//! | inputs of all SIP flows | 256 | reading from the network pauses |
//! | messages to one SIP flow | 64 | a connection counts as dead, a datagram as lost |
//! | media commands (`media::io`) | 256 | the sender is told; the thread empties it every 10 ms |
//! | media events (`media::io`) | 256 | levels and statistics are left out; the rest waits, up to 1,024 |
//! | datagrams taken from a socket at once | 64 | the rest waits for the next tick |
//! | orders to the sound thread | 64 | wishes are sent again at the next tick |
//! | a sound device's ring | one second | samples are lost: only a media thread that stands still causes that |
//! | commands to the store | 4,096 | the sender waits; up to 512 are committed together |
//! | events of the store | 256 | the store waits |
//! | inputs of the manager | 1,024 | each neighbour waits in turn |
//! | commands that wait for one account | 16,384 | the account is stuck: the command is left out, with a line in the log |
//! | requests of window and control | 256 | the asker waits |
//! | notices | 1,024 | the oldest are left out; the numbers show a gap |
//! | messages to the window | 16 | newer state replaces older |
//! | connections of the control socket | 32 | the next ones wait in the system |
//!
//! The constants stand beside the channels in each `io`, each with its line.
//!
//! # From the manager to the window
//!
//! The manager publishes at most one snapshot every 15 ms, so a storm of presences becomes a few. The window draws at most every
//! 32 ms, takes levels every 100 ms, and draws nothing when nothing visible changed (`nothing_ticks_while_nothing_counts`).
//!
//! # Memory on the media thread
//!
//! The library that cleans the microphone's sound allocates on the media thread: its echo canceller makes the spectra of each block
//! of 4 ms anew (`echo_remover` of sonora-aec3), its speech detector the features of each frame. Measured for one frame of 10 ms:
//!
//! | part | allocations | bytes together |
//! | --- | --- | --- |
//! | echo cancellation | 40.5 | 16,560 |
//! | noise suppression | 1 | 1,920 |
//! | gain control | 12 | 7,832 |
//! | all of them, the default | 51.5 | 22,472 |
//! | none of them | 0 | 0 |
//!
//! The largest has 2,092 bytes, and each is freed in the frame that made it, so nothing grows and nothing is fetched from the
//! system; a lock of the C library's allocator may be taken. Held by
//! `cleaning_the_microphone_allocates_no_more_than_is_written_down`.
//!
//! # Time
//!
//! Timers use boot time, which goes on during sleep. `net::monitor` looks every two seconds (four times a second while something
//! changes) for new addresses and for sleep, and says so once it is quiet for a second, after five at the latest.
//!
//! # The end
//!
//! `quit` ends calls, says goodbye to both servers and waits for them for a few seconds, then for the store. Nothing waits for ever.
