//! The voice service: a user agent of machines over messages of our own types, and the shell that owns the sockets.
//!
//! What crosses to `account` is [`Command`] and [`Event`]. SDP crosses as text: this folder does not read it.
//!
//! ```text
//! io            sockets, TLS, DNS: one task owns the user agent
//! user_agent    composes the machines below; decides who is heard (S01, S02) and who gets credentials (S03)
//! registration  REGISTER, one flow, keep-alives, failover     locate  RFC 3263     digest  RFC 7616     trust  RFC 3325
//! subscription  what happens elsewhere: RFC 6665         conference  who takes part in a conference: RFC 4575
//! hosting       who takes part in the calls that we join, told to them
//! usage         the seam to the machine of one call
//! stack         messages, framing, transactions: the only place that names the SIP library
//! ```

mod boundary;
pub mod conference;
mod digest;
#[cfg(test)]
mod fuzz_tests;
mod hosting;
mod identity;
pub mod io;
mod locate;
#[cfg(test)]
mod locate_tests;
mod message_policy;
mod referral;
mod registration;
mod session;
pub mod stack;
pub mod subscription;
mod trust;
mod usage;
pub mod user_agent;

pub use boundary::{
    Anonymity, CallIdentity, Callee, Command, Config, Ended, Event, Failure, ForkId, Incoming, NameAddress, Probed,
    ReceivedMessage, TransportChoice,
};
pub use hosting::{Hosted, HostedStatus, HostedUser};
pub use message_policy::MessagePolicy;
pub use referral::{About, DiversionReason, Outcome, Refer, ReferTo, Referral, Replaces, TransferEvent};
pub use session::Session;
pub use usage::{
    CallInput, CallMachine, CallOutput, IncomingInvite, LocalParty, OutgoingInvite, RequestKey, Standing, ToReplace,
};
pub use user_agent::message_sender;
