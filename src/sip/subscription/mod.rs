//! Subscriptions to what happens elsewhere (RFC 6665): one machine for any event package, and the documents of the packages
//! that are understood.
//!
//! ```text
//! machine          one subscription: inputs, timers, how it ends    asking   SUBSCRIBE, refresh, the answers
//! hearing          NOTIFY, forks, the reasons of an end             state    the Subscription-State header
//! message_summary  RFC 3842: how many messages wait            dialog_info  RFC 4235: who is on the phone
//! xml              a small tree out of hostile bytes
//! ```
//!
//! The machine never looks into a document: whoever subscribed reads it, so a further package (RFC 4575, say) needs a line in
//! [`EventPackage`] and a reader of its own.

mod asking;
pub mod dialog_info;
mod hearing;
mod machine;
pub mod message_summary;
mod state;
pub mod xml;

#[cfg(test)]
mod tests;

pub(super) use machine::{Input, Output, Subscription};
pub(super) use state::{State, Terminated, read as subscription_state};

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::model::SipUri;

/// The name of a subscription, chosen by who asks for it and unique within one user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// What may be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventPackage {
    /// Waiting messages (RFC 3842).
    MessageSummary,
    /// The dialogs of somebody: whether they are on the phone (RFC 4235).
    Dialog,
    /// Who takes part in a conference (RFC 4575).
    Conference,
}

impl EventPackage {
    /// The token of the Event header.
    pub fn token(self) -> &'static str {
        match self {
            Self::MessageSummary => "message-summary",
            Self::Dialog => "dialog",
            Self::Conference => "conference",
        }
    }

    /// The one kind of document that is read, for Accept.
    pub fn accept(self) -> &'static str {
        match self {
            Self::MessageSummary => "application/simple-message-summary",
            Self::Dialog => "application/dialog-info+xml",
            Self::Conference => "application/conference-info+xml",
        }
    }

    /// How many answerers of a forked SUBSCRIBE are listened to. RFC 3842 section 4.9 and RFC 4575 section 3.9 allow one;
    /// under RFC 4235 section 3.9 each device of a person speaks for itself. When full: a further one is answered with 481.
    pub fn forks(self) -> usize {
        match self {
            Self::MessageSummary | Self::Conference => 1,
            Self::Dialog => 8,
        }
    }
}

/// What is wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of whom.
    pub resource: SipUri,
    /// What.
    pub package: EventPackage,
    /// For how long each time, in seconds, 60 to 86400.
    pub expires: u32,
}

/// Where a subscription stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Asked for, and no word yet.
    Asking,
    /// The owner has to agree first (RFC 6665 section 4.1.3): nothing is known until then.
    Pending,
    /// What comes is true.
    Active,
    /// Nothing is known: it broke, and is tried again. The reason is a sentence.
    Lost(Arc<str>),
    /// The other side does not give it; it is asked again only seldom. The reason is a sentence.
    Refused(Arc<str>),
}

/// One answerer of a forked SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Notifier(pub u32);

/// A document as it came. It is personal: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(pub Bytes);

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.0.len())
    }
}

/// What a subscription has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It stands otherwise than before.
    Standing(Standing),
    /// A document came.
    Document {
        /// From which answerer.
        from: Notifier,
        /// The document.
        document: Document,
    },
    /// An answerer ended its part, or is not heard any more: what it said holds no longer.
    Gone(Notifier),
}
