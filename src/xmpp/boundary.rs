//! What crosses between `xmpp` and `account`.

use std::fmt;
use std::sync::Arc;

use super::own_card::OwnCardEvent;
use super::received::{ArchivePage, ArchiveQuery, InboundMessage};
use crate::model::{
    AddressSource, ArchiveKeeps, ArchivePreferences, BootTime, CardEdit, ExternalService, FullJid, Jid, MessageChange,
    MessageId, ReachAddress, Reason, Security, ServerSettings, Show, Subscription, WallTime,
};

/// What the session needs to know. The password comes separately, so that this can be compared and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The account.
    pub jid: Jid,
    /// The resource to ask for; the server's choice where absent.
    pub resource: Option<String>,
    /// Connect there instead of asking DNS: `host:port`.
    pub server: Option<String>,
    /// Direct TLS, STARTTLS or whatever DNS offers first.
    pub tls: TlsMode,
    /// PLAIN is acceptable inside TLS.
    pub allow_plain: bool,
    /// We have a certificate of our own: EXTERNAL is better than any password (XEP-0178).
    pub external: bool,
    /// The weakest SASL mechanism that was accepted before; weaker ones are refused (XEP-0388, 0474 section security).
    pub strongest_mechanism: Option<String>,
    /// The version of the cached roster (RFC 6121 section 2.6); absent: none is cached.
    pub roster_version: Option<String>,
    /// The cached roster: who counts as a contact before the server confirms it.
    pub roster: Vec<RosterItem>,
    /// Which cards are cached: only older or changed ones are fetched again.
    pub cards: Vec<KnownCard>,
    /// A stream that may be resumed (XEP-0198).
    pub session: Option<Session>,
}

/// How TLS starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// By SRV, XEP-0368: both kinds mixed by priority.
    #[default]
    Auto,
    /// TLS from the first byte.
    Direct,
    /// TCP, then STARTTLS; never without.
    StartTls,
}

/// A stream that may be resumed after a restart: stored with every checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id that the server gave (`<enabled id=…>`).
    pub id: String,
    /// The full JID that was bound.
    pub bound: FullJid,
    /// Where the server wants the resumption, if it said.
    pub location: Option<String>,
    /// Stanzas that we handled *and committed*.
    pub handled: u32,
    /// Stanzas that the server acknowledged of ours.
    pub acknowledged: u32,
    /// Ids of the message stanzas sent (or about to be) and not acknowledged, in order, with their sequence numbers on
    /// the stream.
    pub unacknowledged: Vec<(u32, MessageId)>,
    /// The server copies to this stream what other devices send and get (XEP-0280).
    pub copies: bool,
    /// The server keeps an archive (XEP-0313), so that only it gives messages names in its own name (XEP-0359).
    pub archive: bool,
    /// Counts the versions of this state within one run: comes back in [`Command::SessionStored`].
    pub revision: u64,
}

/// A card that the cache holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCard {
    /// Whose.
    pub jid: Jid,
    /// When it was fetched.
    pub fetched: WallTime,
    /// [`Card::photo_hash`].
    pub photo_hash: Option<Arc<str>>,
}

/// A point up to which inbound stanzas have been handed over; `account` answers with [`Command::Committed`]
/// when everything before it is in the store, and only then does the session count them as handled.
///
/// The lower 32 bits are the stream's `h` (XEP-0198 section 4) once everything up to here is handled: the store keeps
/// them in the same transaction as a message or the roster, so that a crash can neither lose a stanza nor show it twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint(pub u64);

/// What `account` asks of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Connect and stay connected, with this password.
    Connect,
    /// Close the stream politely and stay away.
    Disconnect,
    /// The network changed or the machine woke: test the stream now, or retry now.
    NetworkChanged,
    /// Publish this presence, now and after every reconnection.
    Presence {
        /// Availability; `Offline` sends unavailable presence and stays connected.
        show: Show,
        /// The status text.
        status: Option<Arc<str>>,
    },
    /// Publish the activity "talking, on the phone", or that there is none (XEP-0108), now and after every reconnection
    /// that needs it. The first of these is always published: an earlier run may have left something behind.
    OnThePhone(bool),
    /// Send a message that is already in the store.
    Send {
        /// The stanza id, also the name in the store.
        id: MessageId,
        /// To whom.
        to: Jid,
        /// The text.
        body: Arc<str>,
        /// When the user wrote it, for a delay stamp (XEP-0203) when it leaves much later.
        written: WallTime,
    },
    /// Send what the user says about a message, already in the store; with the same promises as [`Command::Send`].
    Say {
        /// The stanza id.
        id: MessageId,
        /// To whom.
        to: Jid,
        /// What.
        what: super::Outbound,
        /// When the user said it.
        written: WallTime,
    },
    /// Tell somebody what the user is doing with the conversation (XEP-0085); lost where nobody is connected.
    ChatState {
        /// Whom.
        to: Jid,
        /// What.
        state: super::ChatState,
    },
    /// Tell somebody that a message of theirs, and all before it, were seen (XEP-0333).
    Displayed {
        /// Whom.
        to: Jid,
        /// The id that they gave the message.
        id: MessageId,
    },
    /// Fetch both cards of a contact; `urgent` ones (visible, calling) before all others.
    FetchCard {
        /// Whose.
        jid: Jid,
        /// Before the background ones.
        urgent: bool,
    },
    /// Answer a subscription request; approving also asks for theirs.
    AnswerSubscription {
        /// Whose.
        jid: Jid,
        /// Yes or no.
        approve: bool,
    },
    /// Read the own card from the server; comes back as [`Event::OwnCard`].
    ReadOwnCard,
    /// Change the own card, if it is still what the edit is based on; comes back as [`Event::OwnCard`].
    WriteOwnCard(Box<CardEdit>),
    /// Publish where the user can be reached for now (XEP-0152), in order of preference; none: nowhere else any more.
    /// Comes back as [`Event::ReachPublished`].
    PublishReach(Vec<ReachAddress>),
    /// Ask the server for settings that it keeps for this account; comes back as [`Event::Settings`].
    AskSettings,
    /// Ask the server which servers help calls (XEP-0215); where it says any, they come back as [`Event::Services`].
    AskServices,
    /// Change who is on the roster, or who is blocked.
    Contact(super::ContactCommand),
    /// Ask the server for a place for a file (XEP-0363); comes back as [`Event::Slot`].
    AskSlot(super::SlotWish),
    /// Tell a contact which certificates a call with them has, over whatever protocol it goes.
    VouchMedia {
        /// Whom.
        to: Jid,
        /// Ours and theirs.
        keys: super::Vouched,
    },
    /// Something about people beside their cards.
    People(super::PeopleCommand),
    /// Tell a contact something about a call that either side invited to (XEP-0482); lost where nobody is connected.
    CallWord(Jid, super::room::CallWord),
    /// Something for the history of the user's other devices.
    OwnCalls(super::OwnCallsCommand),
    /// Something about calls over chat.
    Jingle(super::jingle::JingleCommand),
    /// Something about this room, or about rooms.
    Room(Jid, super::room::RoomCommand),
    /// Read a page of an archive; comes back as [`Event::ArchivePage`].
    ReadArchive(ArchiveQuery),
    /// Read what the archive keeps by itself, or change it; comes back as [`Event::ArchivePrefs`] with the number.
    ArchivePrefs(u64, Option<ArchiveKeeps>),
    /// A page is stored.
    ArchiveStored {
        /// Messages of ours that the archive has, so that the server has them.
        arrived: Vec<MessageId>,
        /// The archive has no further word about messages of ours that may have arrived.
        settled: bool,
    },
    /// Tell the other devices that everything up to this message was read here (XEP-0490).
    PublishDisplayed {
        /// The conversation.
        with: Jid,
        /// Whose archive names it.
        by: Jid,
        /// Its name there.
        id: Arc<str>,
    },
    /// Everything up to this checkpoint is stored.
    Committed(Checkpoint),
    /// The state of the stream with this [`Session::revision`] is stored: messages announced in it may leave and
    /// its count may be acknowledged.
    SessionStored(u64),
}

/// What the session tells `account`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection is being made.
    Connecting,
    /// Signed in.
    Online {
        /// The bound address.
        bound: FullJid,
        /// The old stream was resumed: presence and roster still hold; presences that are known follow again.
        resumed: bool,
        /// How it is protected and authenticated.
        security: Security,
        /// The SASL mechanism, to be remembered as the weakest acceptable one.
        mechanism: String,
    },
    /// Not connected; another try is due at `retry_at`.
    Offline {
        /// Why.
        reason: Reason,
        /// When the next try is due; absent after `Disconnect`.
        retry_at: Option<BootTime>,
    },
    /// Given up until the user acts.
    Failed(Failure),
    /// The whole roster, or changes to it.
    Roster {
        /// What changed.
        update: RosterUpdate,
        /// The new version, to be stored with it.
        version: Option<String>,
        /// Stored up to here when committed.
        checkpoint: Checkpoint,
    },
    /// A contact's presence changed. The best resource speaks.
    Presence {
        /// Whose.
        jid: Jid,
        /// Availability.
        show: Show,
        /// The status text.
        status: Option<Arc<str>>,
    },
    /// All presences are void (a new stream).
    PresencesCleared,
    /// A message for the store.
    Message(InboundMessage, Checkpoint),
    /// Another device of ours showed a message of theirs: everything up to there is read.
    Read {
        /// Their id of it.
        id: MessageId,
        /// The conversation.
        with: Jid,
        /// Stored up to here when committed.
        checkpoint: Checkpoint,
    },
    /// Somebody says something about a message of the conversation: it is stored, and may come before its message.
    Change {
        /// The conversation.
        with: Jid,
        /// What.
        change: Box<MessageChange>,
        /// To be committed when it is stored.
        checkpoint: Checkpoint,
    },
    /// Somebody says what they are doing with the conversation (XEP-0085), without a text.
    ChatState(Jid, super::ChatState),
    /// Whether the server keeps an archive for the account (XEP-0313).
    Archive {
        /// It does.
        available: bool,
    },
    /// What the archive keeps by itself, or why that is not known.
    ArchivePrefs(u64, Result<ArchivePreferences, Reason>),
    /// A page of an archive that was asked for.
    ArchivePage(Box<ArchivePage>),
    /// Another device of ours has read everything up to this message (XEP-0490).
    DisplayedElsewhere {
        /// The conversation.
        with: Jid,
        /// Whose archive names it.
        by: Jid,
        /// Its name there.
        id: Arc<str>,
    },
    /// The server acknowledged a message of ours.
    Acknowledged(MessageId),
    /// Their client has a message of ours (XEP-0184).
    Delivered(MessageId, Jid, Checkpoint),
    /// They saw a message of ours (XEP-0333).
    Displayed(MessageId, Jid, Checkpoint),
    /// A message of ours was refused.
    MessageRefused {
        /// Which.
        id: MessageId,
        /// The conversation.
        with: Jid,
        /// Why.
        reason: Reason,
        /// Stored up to here when committed.
        checkpoint: Checkpoint,
    },
    /// A card, or the news that there is none.
    Card {
        /// Whose.
        jid: Jid,
        /// Both forms merged as P-2 of the manual says; `None`: the contact has no card.
        card: Option<Card>,
    },
    /// A card could not be fetched now; it will be asked for again.
    CardUnavailable(Jid),
    /// About the own card.
    OwnCard(OwnCardEvent),
    /// Where a contact, or the own account, can be reached for now: all of it, in order of preference (XEP-0152).
    Reach {
        /// Whose.
        jid: Jid,
        /// The addresses; none any more where it is empty.
        addresses: Vec<ReachAddress>,
    },
    /// What became of [`Command::PublishReach`].
    ReachPublished(Outcome),
    /// What became of [`Command::AskSettings`].
    Settings(ServerSettings),
    /// Servers that help calls, all that the server names (XEP-0215).
    Services(Vec<ExternalService>),
    /// What became of the [`Command::AskSlot`] with this ticket.
    Slot(u64, Result<super::Slot, super::NoSlot>),
    /// Somebody wants to see our presence.
    SubscriptionRequest {
        /// Who.
        from: Jid,
        /// What they say.
        text: Option<Arc<str>>,
    },
    /// What became of a change of the people, or who is blocked.
    Contact(super::ContactEvent),
    /// The address of this machine towards the server, whenever a connection is made.
    LocalAddress(std::net::IpAddr),
    /// A contact's chat account says which certificates a call with them has.
    MediaVouched(Jid, super::Vouched),
    /// Something about people beside their cards.
    People(super::PeopleEvent),
    /// A contact, or we on another device, said something about a call (XEP-0482).
    CallWord {
        /// The contact.
        with: Jid,
        /// It was we.
        own: bool,
        /// What.
        word: super::room::CallWord,
        /// When.
        time: WallTime,
    },
    /// What another device of the user says about calls.
    OwnCalls(super::OwnCallsEvent),
    /// Something about calls over chat.
    Jingle(super::jingle::JingleEvent),
    /// Something about this room, or about rooms.
    Room(Jid, super::room::RoomEvent),
    /// The stream's state, to be stored so that it can be resumed; `None`: forget it. Answer a stored state with
    /// [`Command::SessionStored`].
    Session(Option<Session>),
}

/// Why the session gave up until the user acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason in words.
    pub reason: Reason,
    /// The certificate that the user may accept, where that is the cause.
    pub certificate: Option<[u8; 32]>,
    /// It may be an attack rather than a mistake (wrong server signature, weaker login than before).
    pub security: bool,
}

/// The end of a command with an answer.
pub type Outcome = Result<(), Reason>;

/// One roster entry.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterItem {
    /// Who.
    pub jid: Jid,
    /// The name the user gave.
    pub name: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// Who sees whom.
    pub subscription: Subscription,
    /// We asked and wait.
    pub asked: bool,
}

impl fmt::Debug for RosterItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RosterItem").field("jid", &self.jid).finish_non_exhaustive()
    }
}

/// A change of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterUpdate {
    /// The whole roster.
    Replace(Vec<RosterItem>),
    /// The cached roster is current.
    Unchanged,
    /// One entry is new or different.
    Set(RosterItem),
    /// One entry is gone.
    Remove(Jid),
}

/// What a person's cards say, both forms merged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The formatted name.
    pub full_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// Every telephone entry, as written, preferred first.
    pub phones: Vec<CardField>,
    /// The encoded picture, at most 256 KiB.
    pub photo: Option<Arc<[u8]>>,
    /// The SHA-1 of the encoded picture in lower-case hexadecimal, as XEP-0153 announces it.
    pub photo_hash: Option<Arc<str>>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("phones", &self.phones.len()).finish_non_exhaustive()
    }
}

/// A telephone entry of a card: the text is read by `phone`, not here.
#[derive(Clone, PartialEq, Eq)]
pub struct CardField {
    /// `sip:alice@example.com`, `tel:+1…`, `+1 303 …`, `1001`, ... after undoing conversion damage (P-2).
    pub value: String,
    /// Types in lower case; empty means voice.
    pub types: Vec<Arc<str>>,
    /// Which form says so.
    pub source: AddressSource,
}

impl fmt::Debug for CardField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardField").field("types", &self.types).finish_non_exhaustive()
    }
}
