//! Tandem: one service of two protocols (RFC 7081, "CUSAX"). XMPP carries contacts, presence and chat; SIP carries calls.
//!
//! # Layers
//!
//! Every concern is a folder; every folder is pure except its `io`. An arrow means "may name":
//!
//! ```text
//! gui, control -> account (commands, snapshots, the handle) -> cusax, call, config, store, xmpp, sip, media, audio -> model
//! xmpp and sip never name each other: the joining is decided in `cusax` and executed in `account`.
//! every `io` -> net, platform
//! ```
//!
//! `tests/layering.rs` holds the table and fails the build's tests when a file crosses it.
//!
//! # The one machine shape
//!
//! Every stateful pure part has the same verbs: `new(config, seed, now)`, `handle_<what>(what, now)`,
//! `handle_timeout(now)`, `poll_output() -> Option<Output>`, `poll_timeout() -> Option<BootTime>`.
//! The law: *handle once, drain, then wait for the earliest timeout or the next input.* No clock and no randomness
//! inside: time is an argument ([`model::Now`]), a seeded generator comes in at construction.
//!
//! # More
//!
//! [`manual`] says why: [`manual::architecture`], [`manual::threads`], [`manual::cusax`] (RFC 7081, practice by practice),
//! [`manual::security`] (attacks), [`manual::discovery`] (finding the document), [`manual::faults`], [`manual::testing`].

pub mod account;
pub mod audio;
pub mod call;
pub mod config;
pub mod control;
pub mod cusax;
#[cfg(feature = "gui")]
pub mod gui;
pub mod manual;
pub mod media;
pub mod model;
pub mod net;
pub mod phone;
pub mod platform;
pub mod provisioning;
pub mod sdp;
pub mod sip;
pub mod store;
pub mod xmpp;
