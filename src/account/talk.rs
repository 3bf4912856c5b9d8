//! What may be asked about messages that are there: answering, correcting, reacting, taking back, finding their place.

use std::sync::Arc;

use crate::model::{Jid, MessageId};

/// What may be asked about messages that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TalkRequest {
    /// Send an answer to a message (XEP-0461).
    Answer {
        /// To whom.
        to: Jid,
        /// The message that is answered.
        answers: MessageId,
        /// The text.
        body: Arc<str>,
    },
    /// Send a message under a name that whoever asks gave it: asked again, it is not sent again.
    Once {
        /// The name; see [`may_name`].
        id: MessageId,
        /// To whom.
        to: Jid,
        /// The message that is answered.
        answers: Option<MessageId>,
        /// The text.
        body: Arc<str>,
    },
    /// Replace the text of a message of ours (XEP-0308).
    Correct {
        /// Which.
        id: MessageId,
        /// The new text.
        body: Arc<str>,
    },
    /// Add or take back one reaction to a message (XEP-0444).
    React {
        /// Which.
        id: MessageId,
        /// One emoji.
        reaction: Arc<str>,
        /// Add it; else take it back.
        on: bool,
    },
    /// Take a message of ours back (XEP-0424).
    Retract(MessageId),
    /// Send a message that was refused again, under a new name.
    SendAgain(MessageId),
    /// The user is writing to somebody, or has stopped (XEP-0085).
    Typing {
        /// To whom.
        with: Jid,
        /// There is something in the field.
        writing: bool,
    },
    /// Messages around one, oldest first; answered with [`super::Reply::Messages`].
    Around {
        /// The conversation.
        with: Jid,
        /// Which.
        id: MessageId,
        /// At most.
        limit: u32,
    },
    /// Messages newer than one, oldest first; answered with [`super::Reply::Messages`].
    After {
        /// The conversation.
        with: Jid,
        /// Which.
        id: MessageId,
        /// At most.
        limit: u32,
    },
}

/// Whether somebody else may give a message this name: long enough that nobody else takes the same one, and of characters
/// that mean nothing anywhere.
pub fn may_name(id: &str) -> bool {
    (16..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
