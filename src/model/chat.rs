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
    /// What only some messages have.
    pub details: MessageDetails,
}

/// What kind of conversation a message belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConversationKind {
    /// With one person.
    #[default]
    Person,
    /// A room; its name is the room's address (XEP-0045).
    Room,
    /// With one person in a room, through the room (XEP-0045 section 7.5); its name is [`Jid::of_occupant`].
    Occupant,
}

/// The name that an archive gave a message (XEP-0359 `stanza-id`, XEP-0313).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ArchiveId {
    /// Whose archive: the own account's, or a room's. Only what that archive itself says counts (X12).
    pub by: Jid,
    /// The name in it; opaque.
    pub id: Arc<str>,
}

/// What only some messages have.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct MessageDetails {
    /// Of which kind the conversation is.
    pub kind: ConversationKind,
    /// The author's nickname in a room, when it was written.
    pub nick: Option<Arc<str>>,
    /// The author's lasting name in a room (XEP-0421), which a nickname is not.
    pub occupant: Option<Arc<str>>,
    /// The id of the stanza as its sender chose it; absent for messages of ours, whose name it is.
    pub stanza_id: Option<Arc<str>>,
    /// The sender's `origin-id` (XEP-0359), where it differs from the id of the stanza.
    pub origin_id: Option<Arc<str>>,
    /// What the archive calls it.
    pub archive: Option<ArchiveId>,
    /// It was taken back (XEP-0424) or removed by a moderator (XEP-0425); its text is empty.
    pub retracted: bool,
    /// The text as it first came, where it was corrected; the later ones are in [`Self::changes`].
    pub first_text: Option<Arc<str>>,
    /// What was said about it since, oldest first.
    pub changes: Vec<MessageChange>,
    /// The message that it answers (XEP-0461).
    pub reply: Option<super::Reply>,
    /// Its text is the address of a file (XEP-0363, XEP-0066).
    pub file: bool,
    /// Its sender wants no styles in it (XEP-0393 section 6).
    pub unstyled: bool,
    /// Its sender wants to know when it was seen (XEP-0333).
    pub markable: bool,
    /// Why it was not sent, a sentence; only where [`Delivery::Failed`].
    pub failure: Option<Arc<str>>,
}

/// What can be said about a message that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Another text instead (XEP-0308).
    Correction,
    /// Its author takes it back (XEP-0424).
    Retraction,
    /// A room's moderator removes it (XEP-0425).
    Moderation,
    /// The reactions of one person, all of them (XEP-0444).
    Reactions,
    /// One person's client has it (XEP-0184).
    Delivered,
    /// One person saw it (XEP-0333).
    Displayed,
}

/// Something that was said about a message. It may come before its message does.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MessageChange {
    /// What.
    pub kind: ChangeKind,
    /// The id by which it names the message: the sender's id, in a room for reactions and moderation the room's.
    pub target: Arc<str>,
    /// Who says so; the room's address for somebody in it.
    pub from: Jid,
    /// Who of the room says so.
    pub nick: Option<Arc<str>>,
    /// Who of the room says so, lastingly (XEP-0421).
    pub occupant: Option<Arc<str>>,
    /// When.
    pub time: WallTime,
    /// The new text; the reactions, separated by spaces; a moderator's reason.
    pub text: Arc<str>,
}

impl fmt::Debug for MessageChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageChange").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for MessageDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageDetails")
            .field("kind", &self.kind)
            .field("changes", &self.changes.len())
            .finish_non_exhaustive()
    }
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
