//! What crosses between the store and `account` about archives and other devices.

use crate::model::{ArchiveId, Jid, Message, MessageId};
use crate::xmpp::ArchiveQuery;

/// Up to where something was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadUpTo {
    /// The message that its sender calls so.
    Stanza(MessageId),
    /// The message that an archive calls so.
    Archived(ArchiveId),
}

/// What a page of an archive changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArchiveStored {
    /// The account's own address.
    pub account: Option<Jid>,
    /// The conversation that was read further back.
    pub with: Option<Jid>,
    /// Messages of ours that the archive has.
    pub arrived: Vec<MessageId>,
    /// The archive has no further word about what was sent on earlier streams.
    pub settled: bool,
    /// New messages of others that are unread, the newest first; the newest of them where there are many.
    pub fresh: Vec<Message>,
    /// Stored messages that are others now.
    pub changed: Vec<Message>,
    /// Conversations with something new: their newest message, and how many are unread.
    pub conversations: Vec<(Message, u32)>,
    /// What is to be read next.
    pub next: Option<ArchiveQuery>,
}
