//! What crosses between `store` and `account`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::synced::{ArchiveStored, ReadUpTo};
use crate::model::{
    AccountId, AddressSource, ArchiveId, BookEntry, BookId, Call, CallId, Delivery, Direction, Jid, Message,
    MessageChange, MessageId, Statement, WallTime,
};
use crate::xmpp::{ArchivePage, ArchiveQuery, Card, Checkpoint, InboundMessage, KnownCard, RosterUpdate, Session};

/// What `account` asks of the store. Commands are executed in order; each answers with one event where it says so.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Store an outgoing message as pending. Answers `Outgoing`.
    AppendOutgoing(Message),
    /// Store an incoming message, exactly once, and the stream's counters with it. Answers `Incoming`.
    AppendIncoming {
        /// The account's own address.
        account: Jid,
        /// The message.
        message: InboundMessage,
        /// To be committed to the session afterwards.
        checkpoint: Checkpoint,
    },
    /// Store a message that came over voice, once. Answers `Received`.
    AppendReceived {
        /// The message; its conversation is named after a SIP address.
        message: Message,
        /// The request's Call-ID: the same again from the same sender with the same text is the same message.
        call_id: String,
    },
    /// Change the delivery state; it never goes backwards. Answers `Delivery`.
    SetDelivery {
        /// Which.
        id: MessageId,
        /// The conversation, which must match (a receipt counts only from the one it was sent to).
        with: Option<Jid>,
        /// The new state.
        delivery: Delivery,
        /// To be committed to the session afterwards.
        checkpoint: Option<Checkpoint>,
    },
    /// Store what somebody says about a message: a correction, a reaction, ... Answers `Delivery` with the message as it is
    /// then; without one where nothing changed, or where the message has not come yet.
    Change {
        /// The account's own address.
        account: Jid,
        /// The conversation.
        with: Jid,
        /// What.
        change: Box<MessageChange>,
        /// To be committed to the session afterwards.
        checkpoint: Option<Checkpoint>,
    },
    /// Store a roster change. Answers `Committed`.
    Roster {
        /// The account's own address.
        account: Jid,
        /// The change.
        update: RosterUpdate,
        /// The new version.
        version: Option<String>,
        /// To be committed to the session afterwards.
        checkpoint: Checkpoint,
    },
    /// Store a card (or that there is none), with the time it was fetched.
    Card {
        /// Whose.
        jid: Jid,
        /// The card.
        card: Option<Card>,
        /// When.
        fetched: WallTime,
    },
    /// Load the stored picture of a contact. Answers `Photo`.
    Photo {
        /// Whose.
        jid: Jid,
    },
    /// Store the state of the stream, or forget it. A state answers `SessionStored`.
    Session {
        /// The account's own address.
        account: Jid,
        /// The state.
        session: Option<Session>,
    },
    /// Nothing to store: answer `Committed` when everything before is stored.
    Barrier(Checkpoint),
    /// Remove messages that are older, some at a time. Answers `Pruned`.
    Prune {
        /// Than this.
        before: WallTime,
    },
    /// Everything in a conversation is read. Answers `Read`.
    MarkRead {
        /// The conversation.
        with: Jid,
    },
    /// Another device of ours has read a conversation up to a message. Answers `Read`.
    ReadElsewhere {
        /// The account's own address.
        account: Jid,
        /// The conversation.
        with: Jid,
        /// Which message.
        upto: ReadUpTo,
        /// To be committed to the session afterwards.
        checkpoint: Option<Checkpoint>,
    },
    /// A stream began that is not the old one: what the archive has since the newest known message is missing.
    ArchiveBegin {
        /// The account's own address.
        account: Jid,
        /// Whose archive: the account's, or a room's.
        archive: Jid,
    },
    /// The account has no archive.
    ArchiveNone {
        /// The account's own address.
        account: Jid,
    },
    /// What is to be read next. Answers `ArchiveNext`.
    ArchiveNext {
        /// The account's own address.
        account: Jid,
        /// Whose archive: the account's, or a room's.
        archive: Jid,
        /// What lies before everything known is read in the background only as far back; absent: all of it.
        since: Option<WallTime>,
    },
    /// What is to be read so that a conversation goes further back. Answers `ArchiveNext`.
    ArchiveOlder {
        /// The account's own address.
        account: Jid,
        /// The conversation.
        with: Jid,
    },
    /// Store a page of an archive, and what is missing after it. Answers `ArchiveStored`.
    ArchivePage {
        /// The account's own address.
        account: Jid,
        /// The page.
        page: Box<ArchivePage>,
        /// As in `ArchiveNext`.
        since: Option<WallTime>,
    },
    /// A page of messages, newest last. Answers `Messages`.
    Messages {
        /// Comes back in the answer.
        request: u64,
        /// The conversation.
        with: Jid,
        /// At most.
        limit: u32,
        /// Only older than this one.
        before: Option<MessageId>,
    },
    /// Something about messages that are there.
    Talk(super::TalkCommand),
    /// Messages that hold these words, the best first. Answers `Messages`.
    Search {
        /// Comes back in the answer.
        request: u64,
        /// What is searched.
        search: MessageSearch,
    },
    /// Store a call when it is over (and once when it starts, so that a crash leaves a trace).
    Call(Box<Call>),
    /// Take calls of other devices of the user into the history, each once. Answers `SharedCalls`.
    SharedCalls(Vec<Call>),
    /// Forget a call of the history.
    DeleteCall(CallId),
    /// A page of the call history, newest first. Answers `Calls`.
    Calls {
        /// Comes back in the answer.
        request: u64,
        /// At most.
        limit: u32,
        /// Only older than this one.
        before: Option<CallId>,
        /// Only these.
        filter: CallFilter,
    },
    /// A small setting of the program (not the user's choice): window position, learned realm, strongest mechanism.
    SetMemo {
        /// Its name.
        key: String,
        /// Its value; `None` removes it.
        value: Option<String>,
    },
    /// Store people of the address book or of a directory, each with the vCard it came with (`None`: as it was).
    BookSet(Vec<(BookEntry, Option<Arc<str>>)>),
    /// Forget people of the address book.
    BookRemove(Vec<BookId>),
    /// The vCards that people of the address book came with. Answers `BookCards`.
    BookCards {
        /// Comes back in the answer.
        request: u64,
    },
    /// Somebody says something else about a person's addresses.
    Said(Box<SaidChange>),
    /// Who said what about a person's addresses. Answers `Statements`.
    Statements {
        /// Comes back in the answer.
        request: u64,
        /// Whose.
        person: Jid,
    },
    /// Flush and close. Answers `Closed`.
    Close,
}

/// A search for messages.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageSearch {
    /// Words that must all be there; a text in quotes as it stands; the last word may be a beginning.
    pub text: Arc<str>,
    /// Only in this conversation.
    pub with: Option<Jid>,
    /// Only from this time on.
    pub since: Option<WallTime>,
    /// Only before this time.
    pub until: Option<WallTime>,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many: the next page begins where the last one ended. An empty page is the end.
    pub skip: u32,
}

// What people look for is personal (style habit 12).
impl std::fmt::Debug for MessageSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageSearch").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Whose address, which, who says so, and since when.
pub type SaidOf = (Jid, Arc<str>, AddressSource, WallTime);

/// What is said about a person's addresses from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidChange {
    /// Whose.
    pub person: Jid,
    /// What is new, and since when it holds.
    pub said: Vec<(Arc<str>, AddressSource, WallTime)>,
    /// What is not said any more.
    pub withdrawn: Vec<(Arc<str>, AddressSource)>,
    /// When.
    pub at: WallTime,
}

/// Which calls of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Over this account.
    pub account: Option<AccountId>,
    /// With this contact, or one of its addresses.
    pub with: Option<(Option<Jid>, Vec<String>)>,
    /// Missed ones.
    pub missed: bool,
    /// That came in, or went out.
    pub direction: Option<Direction>,
    /// In whose name or address this occurs.
    pub text: Option<Arc<str>>,
}

/// One line of the call history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call at its end.
    pub call: Call,
    /// It came in and nobody answered it here or elsewhere.
    pub missed: bool,
}

/// What the store tells `account`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An outgoing message is safe: it may be shown and sent.
    Outgoing(Message),
    /// A message that came over voice is safe.
    Received {
        /// Its name in the command.
        id: MessageId,
        /// The stored message; `None`: it was there already.
        message: Option<Message>,
    },
    /// What other devices told is in the history.
    SharedCalls {
        /// Calls that were missed since the history was looked at last.
        missed: u32,
        /// Calls that are new or different.
        changed: Vec<Call>,
    },
    /// An incoming message is safe. `None`: it was there already.
    Incoming {
        /// The stored message.
        message: Option<Message>,
        /// To be committed to the session.
        checkpoint: Checkpoint,
    },
    /// A message that was stored is another now: its delivery state, its text, what is said about it. `None`: nothing
    /// changed.
    Delivery {
        /// The message as it is now.
        message: Option<Message>,
        /// To be committed to the session.
        checkpoint: Option<Checkpoint>,
    },
    /// About messages that are there.
    Talk(super::TalkEvent),
    /// Old messages were removed.
    Pruned {
        /// There may be more of them.
        more: bool,
        /// The conversations that lost some: the newest message that is left and how many are unread; absent: none is left.
        conversations: Vec<(Option<(Message, u32)>, Jid)>,
    },
    /// How many messages of a conversation are unread now.
    Read {
        /// The conversation.
        with: Jid,
        /// How many.
        unread: u32,
        /// Up to where it was read here: the account, and the archive's name of the message.
        displayed: Option<(Jid, ArchiveId)>,
        /// To be committed to the session.
        checkpoint: Option<Checkpoint>,
    },
    /// What is to be read next of an archive; `None`: nothing is missing.
    ArchiveNext {
        /// The account's own address.
        account: Jid,
        /// For which conversation it was asked.
        with: Option<Jid>,
        /// The page.
        query: Option<ArchiveQuery>,
    },
    /// A page of an archive is stored.
    ArchiveStored(Box<ArchiveStored>),
    /// Everything up to here is safe.
    Committed(Checkpoint),
    /// The state of the stream with this [`Session::revision`] is safe: hand it to the session.
    SessionStored(u64),
    /// A page of messages, or what a search found.
    Messages {
        /// Of the command.
        request: u64,
        /// Oldest first; of a search the best first.
        messages: Vec<Message>,
    },
    /// A stored picture, encoded.
    Photo {
        /// Whose.
        jid: Jid,
        /// `None`: there is none.
        photo: Option<Arc<[u8]>>,
    },
    /// A page of calls.
    Calls {
        /// Of the command.
        request: u64,
        /// Newest first.
        calls: Vec<CallRecord>,
    },
    /// The vCards that people of the address book came with.
    BookCards {
        /// Of the command.
        request: u64,
        /// By entry; those that were written by hand have none.
        cards: Vec<(BookId, Arc<str>)>,
    },
    /// Who said what about a person's addresses.
    Statements {
        /// Of the command.
        request: u64,
        /// The newest first.
        statements: Vec<Statement>,
    },
    /// A command failed; nothing of it is stored. It is tried again by the store until it succeeds, in order:
    /// checkpoints after it are not committed before.
    Failed(StoreError),
    /// The store works again after `Failed`.
    Recovered,
    /// Closed; nothing more comes.
    Closed,
}

/// Why the store cannot do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error("the disk is full: messages cannot be saved until there is room")]
    DiskFull,
    /// The file cannot be written.
    #[error("the database cannot be written: {0}")]
    Unwritable(Arc<str>),
    /// The file was made by a newer version.
    #[error("the database was made by a newer version of Tandem (schema {found}, this one knows {known})")]
    Newer {
        /// The schema of the file.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// The file is damaged; a copy was kept and a new one begun.
    #[error("the database was damaged; it was kept as {kept} and a new one was begun")]
    Damaged {
        /// Where the damaged file is now.
        kept: Arc<str>,
    },
    /// Another instance uses it.
    #[error("another Tandem uses this profile")]
    InUse,
}

/// The memo with the name of the newest call that the user has seen in the history.
pub const SEEN_CALLS: &str = "calls-seen";

/// What the store knew at the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The greatest name of a call so far; the next one is greater.
    pub last_call: u64,
    /// The roster and the stream of each chat account, by its address.
    pub chats: BTreeMap<Jid, LoadedChat>,
    /// Cards with the time they were fetched; `None`: known to have none. Without the pictures: they are large,
    /// and asked for with `Photo` when a row becomes visible.
    pub cards: Vec<(Jid, Option<Card>, WallTime)>,
    /// Messages not yet acknowledged by the server, in the order they were written.
    pub outbox: Vec<Message>,
    /// What was said about messages and is not yet acknowledged by the server, in the order in which it was said.
    pub sending: Vec<super::Sending>,
    /// The newest message of each conversation and the number of unread ones.
    pub conversations: Vec<(Message, u32)>,
    /// Memos.
    pub memos: Vec<(String, String)>,
    /// People of the address book and of directories.
    pub book: Vec<BookEntry>,
    /// The greatest name of an entry so far; the next one is greater.
    pub last_book: u64,
    /// What is said about whose address, by whom and since when.
    pub said: Vec<SaidOf>,
    /// Calls that were missed since the history was looked at last (the memo [`SEEN_CALLS`] says when that was).
    pub missed: u32,
    /// The database was damaged: it was kept under this name and a new one begun.
    pub damaged: Option<Arc<str>>,
}

/// What is remembered of one chat account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadedChat {
    /// The roster.
    pub roster: Vec<crate::xmpp::RosterItem>,
    /// Its version (RFC 6121 section 2.6).
    pub roster_version: Option<String>,
    /// The stream to resume.
    pub session: Option<Session>,
}

impl Loaded {
    /// What the session needs to know of the cached cards.
    pub fn known_cards(&self) -> Vec<KnownCard> {
        self.cards
            .iter()
            .map(|(jid, card, fetched)| KnownCard {
                jid: jid.clone(),
                fetched: *fetched,
                photo_hash: card.as_ref().and_then(|card| card.photo_hash.clone()),
            })
            .collect()
    }
}
