//! Calls over XMPP: Jingle (XEP-0166) with RTP (XEP-0167), ICE (XEP-0176), DTLS-SRTP (XEP-0320), and the messages that let
//! all devices of a person ring (XEP-0353).
//!
//! [`Description`] is what both sides say of the sound, in the types of `sdp`; `text` turns it into the description that
//! the call's negotiation reads and back, so that a call over chat is a call like any other. [`Desk`] is the machine of all
//! sessions of an account: stanzas and commands in, stanzas and events out. `linked` ties it to the account's stream, and
//! `caps` learns who can be called.
//!
//! Whose word counts (X18): a session belongs to the connection that it was made with, and nobody else can change it. Who
//! is no contact, or whom a rule excludes, gets the answer that somebody gets who asks for a person that is not there.

mod boundary;
mod caps;
mod description;
mod desk;
mod digits;
mod extras;
mod hear;
mod invite;
mod linked;
mod messages;
mod obey;
mod read;
mod reason;
mod session;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use boundary::{JingleCommand, JingleEvent, JingleRule, JingleRules};
pub use caps::{Caps, PeerCaps, Question};
pub use description::{Description, Format, Transport};
pub use desk::{Desk, Output, Trust};
pub use extras::{Extension, Extras, Feedback, FeedbackKind, Group, Parameter, Source, SourceGroup};
pub use invite::Invite;
pub use read::{ReadError, content, read_transport};
pub use reason::Condition;
pub use session::Step;

/// A generator of its own for the names of sessions, so that those of stanzas stay what they are.
pub(super) fn rng(seed: &[u8; 32]) -> rand::rngs::StdRng {
    rand::SeedableRng::from_seed(seed.map(|byte| byte ^ 0x6a))
}
