//! Messages as they are stored and shown.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{Jid, WallTime};

/// The name of a message in the store and over the control interface; for sent ones also the stanza's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MessageId(pub Arc<str>);

/// Who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageDirection {
    /// They did.
    In,
    /// We did.
    Out,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Stored here, not yet acknowledged by the server.
    Pending,
    /// The server has it (XEP-0198 acknowledged it).
    Sent,
    /// Their client has it (XEP-0184).
    Delivered,
    /// They saw it (XEP-0333).
    Displayed,
    /// Refused; it will not be tried again.
    Failed,
    /// An incoming message.
    Received,
}

/// One message of a conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// The conversation.
    pub with: Jid,
    /// Who wrote it.
    pub from: Jid,
    /// In or out.
    pub direction: MessageDirection,
    /// When.
    pub time: WallTime,
    /// The text.
    pub body: Arc<str>,
    /// How far it has come.
    pub delivery: Delivery,
    /// A later correction replaced its text (XEP-0308).
    pub corrected: bool,
    /// It was end-to-end encrypted.
    pub encrypted: bool,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
