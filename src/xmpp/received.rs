//! What crosses to `account` of messages: those that come in, and pages of archives.

use std::fmt;
use std::sync::Arc;

use crate::model::{ConversationKind, Delivery, Jid, MessageChange, MessageDirection, MessageId, WallTime};

/// How a message reached us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// Sent to this connection.
    #[default]
    Live,
    /// Kept by the server while nobody was there (XEP-0160), or by a room as its history.
    Late,
    /// A copy of what another device of ours sent or got (XEP-0280).
    Copy,
    /// From an archive (XEP-0313).
    Archive,
}

/// A message that came in, or that another device of ours sent.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// The sender's stanza id, where there is one.
    pub stanza_id: Option<String>,
    /// The sender's `origin-id` (XEP-0359), where there is one.
    pub origin_id: Option<String>,
    /// The id that the archive gave (XEP-0359), where there is one: see [`Self::archive`].
    pub archive_id: Option<String>,
    /// Whose archive that is; absent: the own account's.
    pub archive: Option<Jid>,
    /// In which conversation.
    pub with: Jid,
    /// Of which kind that is.
    pub kind: ConversationKind,
    /// Who wrote it; the room's address for somebody in it.
    pub from: Jid,
    /// From which connection; absent for rooms.
    pub resource: Option<String>,
    /// Who of the room wrote it.
    pub nick: Option<Arc<str>>,
    /// Who of the room wrote it, lastingly (XEP-0421).
    pub occupant: Option<Arc<str>>,
    /// We did, on another device or (in a room) on this one.
    pub direction: MessageDirection,
    /// How it came.
    pub arrival: Arrival,
    /// The text.
    pub body: Arc<str>,
    /// The message that it answers (XEP-0461).
    pub reply: Option<super::ReplyTo>,
    /// It is the address of a file and nothing else (XEP-0066 section 3).
    pub file: bool,
    /// Its sender wants no styles in it (XEP-0393 section 6).
    pub unstyled: bool,
    /// Its sender wants to know when it was seen (XEP-0333).
    pub markable: bool,
    /// It came with a chat state: its sender understands them (XEP-0085 section 5.1).
    pub with_state: bool,
    /// When it was sent: now, or an honest delay stamp of our server.
    pub time: WallTime,
}

impl InboundMessage {
    /// A text that came live from somebody, without any id.
    pub fn new(from: Jid, body: &str, time: WallTime) -> Self {
        Self {
            stanza_id: None,
            origin_id: None,
            archive_id: None,
            archive: None,
            with: from.clone(),
            kind: ConversationKind::Person,
            from,
            resource: None,
            nick: None,
            occupant: None,
            direction: MessageDirection::In,
            arrival: Arrival::Live,
            body: body.into(),
            reply: None,
            file: false,
            unstyled: false,
            markable: false,
            with_state: false,
            time,
        }
    }
}

/// What a message says to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// Somebody wrote.
    Message(Box<InboundMessage>),
    /// A message of ours came so far.
    Delivery {
        /// Which.
        id: MessageId,
        /// The conversation.
        with: Jid,
        /// How far.
        delivery: Delivery,
    },
    /// Another device of ours showed a message of theirs (XEP-0333).
    Read {
        /// Their id of it.
        id: MessageId,
        /// The conversation.
        with: Jid,
    },
    /// Somebody says something about a message.
    Change {
        /// The conversation.
        with: Jid,
        /// What.
        change: Box<MessageChange>,
    },
}

/// A page of an archive to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveQuery {
    /// What is missing, by the store's name for it; comes back.
    pub gap: i64,
    /// Whose archive; absent: the own account's.
    pub archive: Option<Jid>,
    /// Only messages with this one.
    pub with: Option<Jid>,
    /// The newest messages before this.
    pub before: Before,
}

/// Where a page of an archive ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Now.
    Now,
    /// Before the message with this name.
    Id(String),
    /// At this time, its messages included.
    Time(WallTime),
}

/// One result of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Its name in the archive.
    pub id: String,
    /// When it was kept.
    pub time: WallTime,
    /// What it says, where it is of use.
    pub what: Option<Inbound>,
}

/// A page of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivePage {
    /// What was asked.
    pub query: ArchiveQuery,
    /// Its results, oldest first.
    pub items: Vec<Archived>,
    /// There is nothing older.
    pub complete: bool,
    /// Why there is no page.
    pub problem: Option<ArchiveProblem>,
}

/// Why a page could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveProblem {
    /// The archive does not know the message before which the page should end: it may have been removed.
    NotFound,
    /// It does not answer, or not so.
    Refused,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage").field("from", &self.from).finish_non_exhaustive()
    }
}
