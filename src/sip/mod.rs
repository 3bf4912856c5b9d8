//! The voice service: a user agent of machines over messages of our own types, and the shell that owns the sockets.
//!
//! What crosses to `account` is [`Command`] and [`Event`]. SDP crosses as text: this folder does not read it.

mod boundary;
mod digest;
pub mod io;
mod locate;
#[cfg(test)]
mod locate_tests;
mod registration;
pub mod stack;
mod trust;
mod usage;
pub mod user_agent;

pub use boundary::{
    Anonymity, Callee, CallIdentity, Command, Config, Ended, Event, Failure, ForkId, Incoming, NameAddress, TransportChoice,
};
pub use usage::{CallInput, CallMachine, CallOutput, IncomingInvite, LocalParty, OutgoingInvite, RequestKey};
