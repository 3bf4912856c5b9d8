//! What the window and the control interface may ask, and what they get.

use std::sync::Arc;

use super::card::{CardRequest, MyCard};
use super::{BookReply, BookRequest};
use crate::media::DeviceRole;
use crate::model::{
    AccountId, Aspect, Call, CallId, Contact, Feature, FeatureScope, Jid, Message, MessageId, Parity, QuestionId,
    RaiseStep, Show, Stats,
};
use crate::platform::Secret;
use crate::store::CallRecord;

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallTo {
    /// A contact, by the policy's choice of an address.
    Contact(Jid),
    /// What was typed, pasted or handed over: a JID, a URI or a number in any written form.
    Text(Arc<str>),
    /// One address of a contact, as its card lists it.
    Address(Jid, Arc<str>),
}

/// What a call would cost and over which account it would go, without placing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// In one of three words.
    pub cost: crate::model::Cost,
    /// In words: "Phone network, may be charged: mobile number, 0.19 EUR a minute".
    pub text: Arc<str>,
    /// Help is called.
    pub emergency: bool,
    /// The address of the account that would carry it; absent where the user is asked.
    pub account: Option<Arc<str>>,
    /// The rule that decides, a sentence.
    pub rule: Option<Arc<str>>,
    /// It is asked about before it is placed.
    pub asks: bool,
}

/// The setup screen's input.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// `alice@example.com`, for both services; or a link or a file with settings.
    pub address: Arc<str>,
    /// For both services.
    pub password: Secret,
    /// Another server for chat, `host` or `host:port`; empty: ask DNS.
    pub chat_server: Arc<str>,
    /// Another server for calls, `host`, `host:port` or a SIP URI; empty: ask DNS.
    pub voice_server: Arc<str>,
    /// Do not look for a document.
    pub without_document: bool,
}

/// What may be asked of the manager. Everything has an answer; a caller that does not need it drops it.
#[derive(Clone, Debug)]
pub enum Request {
    /// Place a call.
    Call {
        /// Whom.
        to: CallTo,
        /// With this account instead of the policy's choice.
        account: Option<AccountId>,
        /// `sip` or `jingle`.
        via: Option<crate::model::Via>,
        /// Cost and security questions are answered with yes.
        confirm: bool,
        /// With video: refused with a reason until video exists.
        video: bool,
        /// Without saying who calls, or saying it; `None`: as configured.
        anonymous: Option<bool>,
    },
    /// What concerns accounts, numbers and cost.
    Numbers(NumbersRequest),
    /// How the user is seen and kept.
    Own(super::OwnRequest),
    /// All calls: the living, or with `all` also the ended ones of this run.
    Calls {
        /// Also ended ones.
        all: bool,
    },
    /// Answer an incoming call.
    Answer(CallId),
    /// Decline an incoming call.
    Decline(CallId),
    /// Stop the ringing of an incoming call without declining it.
    Silence(CallId),
    /// End a call.
    Hangup(CallId),
    /// Hold a call.
    Hold(CallId),
    /// Take a held call back; whoever is being talked to is held first.
    Resume(CallId),
    /// Swap or hand over calls.
    Transfer(TransferRequest),
    /// Microphone off or on, for one call.
    Mute(CallId, bool),
    /// Send digits.
    Dtmf(CallId, Arc<str>),
    /// Type in a call: characters, `\n`, U+0008 to take the last one back; nothing only asks the other side for text.
    Write(CallId, Arc<str>),
    /// About conferences: calls that are joined.
    Conference(super::ConferenceRequest),
    /// About meetings: conferences and the rooms that belong to them.
    Meeting(super::MeetingRequest),
    /// About a recording.
    Record(crate::model::Recorded, super::RecordRequest),
    /// Statistics of a call.
    Stats(CallId),
    /// Forget an ended call that is still shown.
    Dismiss(CallId),
    /// Send a message.
    Send {
        /// To whom.
        to: Jid,
        /// The text.
        body: Arc<str>,
    },
    /// A page of messages, oldest first.
    Messages {
        /// With whom.
        with: Jid,
        /// At most.
        limit: u32,
        /// Only older than this one.
        before: Option<MessageId>,
    },
    /// Something about messages that are there, or are being written.
    Talk(super::TalkRequest),
    /// Write a conversation into a file.
    Export(super::ExportRequest),
    /// Messages that hold these words, the best first.
    Search(crate::store::MessageSearch),
    /// The conversation is on the screen: mark it read.
    MarkRead(Jid),
    /// A page of the call history, newest first.
    History {
        /// At most.
        limit: u32,
        /// Only older than this one.
        before: Option<CallId>,
        /// Only these.
        filter: super::HistoryFilter,
    },
    /// Contacts by name.
    Contacts {
        /// Only this one.
        with: Option<Jid>,
        /// At most.
        limit: u32,
        /// Only after this one.
        after: Option<Jid>,
    },
    /// These rows are visible: fetch their cards and pictures first.
    Visible(Vec<Jid>),
    /// Set the user's presence.
    Presence {
        /// Availability.
        show: Show,
        /// The status text.
        status: Option<Arc<str>>,
    },
    /// What each connection carries towards somebody, or for everybody (C-07).
    Features(Option<Jid>),
    /// Every rule about that.
    FeatureExceptions,
    /// Make a rule about that, or remove the one that was made here.
    SetFeature {
        /// About what.
        feature: Feature,
        /// For whom.
        scope: FeatureScope,
        /// On, off, or as without this rule.
        on: Option<bool>,
    },
    /// Something about the own card and temporary addresses, of this chat account or the first one.
    Card(Option<AccountId>, CardRequest),
    /// Write a report for whoever helps (C-48).
    Diagnose {
        /// Also to a file beside the configuration.
        save: bool,
    },
    /// Answer a question.
    Answered {
        /// Which.
        question: QuestionId,
        /// The choice's id.
        choice: Arc<str>,
    },
    /// Use a device.
    SetDevice {
        /// For what.
        role: DeviceRole,
        /// Its name.
        name: Arc<str>,
    },
    /// Something else about devices.
    Devices(super::DevicesRequest),
    /// Try to connect now (after a failure, or instead of waiting).
    Retry(AccountId),
    /// A new password for an account; kept where the old one was kept, if that can be written.
    Password {
        /// Which.
        account: AccountId,
        /// The password.
        password: Secret,
    },
    /// Try this address and password on both services.
    SetUp(SetUp),
    /// Write the configuration that the setup found.
    SaveSetUp {
        /// The password goes to the keyring; otherwise to a file that only the user can read.
        keyring: bool,
    },
    /// Every setting as it counts now: a snapshot may be some milliseconds older.
    Settings,
    /// Change a setting in the user's file, and apply it.
    ChangeSetting {
        /// `table.key`.
        key: Arc<str>,
        /// The value; `None`: what the administrator or Tandem itself says.
        value: Option<crate::config::Given>,
    },
    /// Raise the weaker side of every pair of accounts (C-46); with `dry_run` only say what would be changed. Answered
    /// when the outcome is known.
    RaiseSecurity {
        /// Change nothing.
        dry_run: bool,
    },
    /// Find a provisioning document, check it, and use it.
    Provision {
        /// An address, an https link, or a file.
        from: Arc<str>,
        /// Only tell what would change.
        dry_run: bool,
    },
    /// Take back the consent to weaker protection of an account.
    WithdrawConsent {
        /// Which account.
        account: AccountId,
        /// In what.
        aspect: Aspect,
    },
    /// Close a problem.
    DismissCondition(usize),
    /// A link was opened: `tel:`, `sip:`, `sips:` ask before they dial, `xmpp:` opens the conversation.
    OpenUri(Arc<str>),
    /// Show the window, with this conversation if one is named.
    Raise(Option<Jid>),
    /// Remember over restarts how the window is and what is being written in it.
    Remember(super::Remember),
    /// Lamps, voicemail, the history's counter.
    Events(super::EventsRequest),
    /// Add and remove accounts, and look into files of other programs.
    Accounts(super::AccountsRequest),
    /// Something about the address book.
    Book(BookRequest),
    /// Change the list of people, or who is blocked.
    Contact(super::ContactRequest),
    /// Something about rooms.
    Room(super::RoomRequest),
    /// Something about files.
    File(super::FileRequest),
    /// End the program.
    Quit,
}

/// What may be asked about calls that wait or change hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferRequest {
    /// Hold the one that is being talked to, and take the held one back.
    Swap,
    /// Send the other side to somebody else.
    Blind {
        /// Which call.
        call: CallId,
        /// To whom.
        to: CallTo,
    },
    /// Connect the other sides of two calls with each other.
    Attended {
        /// The call whose other side is sent.
        call: CallId,
        /// The call with the one whom it is sent to.
        with: CallId,
    },
}

/// What may be asked about accounts, numbers and cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumbersRequest {
    /// Call back over the account on which a call came in, unless that is gone.
    CallBack {
        /// Whom.
        to: CallTo,
        /// The account of that call.
        account: AccountId,
    },
    /// What a call would cost, and over which account.
    Quote(CallTo),
    /// Every step of reading, matching and dialling a number.
    ExplainNumber(Arc<str>),
    /// This voice account belongs to this chat account; `None`: none does.
    Relate {
        /// The chat account.
        chat: AccountId,
        /// The voice account.
        voice: Option<AccountId>,
    },
    /// Take back what was remembered for calls, by its key in the snapshot.
    Forget(Arc<str>),
}

/// The answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It is done or on its way.
    Done,
    /// The call's name.
    Call(CallId),
    /// The calls.
    Calls(Vec<Call>),
    /// What an archive keeps.
    Archive(Box<super::ArchiveView>),
    /// The conference's name.
    Conference(crate::model::ConferenceId),
    /// The conferences.
    Conferences(Arc<[crate::model::Conference]>),
    /// The meetings.
    Meetings(Arc<[Arc<crate::model::MeetingView>]>),
    /// The recording's file; none where nothing was recorded.
    Recorded(Option<Arc<str>>),
    /// The message's name.
    Message(MessageId),
    /// Messages, oldest first; of a search the best first.
    Messages(Vec<Message>),
    /// A conversation was written into a file.
    Exported {
        /// How many messages.
        messages: u64,
        /// Where.
        path: Arc<str>,
    },
    /// Calls, newest first.
    History(Vec<CallRecord>),
    /// Contacts by name.
    Contacts(Vec<Arc<Contact>>),
    /// What each connection carries.
    Features(Vec<super::FeatureView>),
    /// Every rule about what the connections carry.
    FeatureExceptions(Vec<super::FeatureException>),
    /// A report.
    Report {
        /// The report.
        text: Arc<str>,
        /// The run's name, the same in it and in the log.
        correlation: Arc<str>,
        /// The file that it was written to.
        saved: Option<Arc<str>>,
    },
    /// Statistics.
    Stats(Box<Stats>),
    /// Every setting.
    Settings(Arc<super::Settings>),
    /// The own card.
    Card(Box<MyCard>),
    /// What a call would cost.
    Quote(Box<Quote>),
    /// The steps from a written number to the call.
    Explained(Vec<crate::phone::Step>),
    /// What raising changed or would change.
    Raised(Box<RaiseReport>),
    /// What a document changes or would change.
    Provisioned(Box<super::ProvisionReport>),
    /// What the test of the setup found.
    SetupTested(Vec<super::SetupFinding>),
    /// About the address book.
    Book(BookReply),
    /// About files of other programs.
    Others(super::OthersReply),
    /// Who is blocked.
    Blocked(Arc<[Jid]>),
    /// A link that brings one person into the list.
    Invite(Box<super::InviteLink>),
    /// About rooms.
    Room(super::RoomReply),
    /// Files on their way.
    Files(Arc<[crate::model::FileTransfer]>),
    /// About the picture of a message.
    Picture(super::PictureReply),
    /// Voice messages.
    Notes(Arc<crate::model::NotesView>),
}

/// What raising changed or would change, and how the connections compare afterwards.
#[derive(Clone, Debug)]
pub struct RaiseReport {
    /// Each change with its outcome.
    pub steps: Vec<RaiseStep>,
    /// The comparison; unknown while an account is connecting again.
    pub parity: Parity,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// Stable, for scripts.
    pub kind: RefusalKind,
    /// A sentence.
    pub text: Arc<str>,
    /// For `Choose`: the choices as id and label. For `Confirm`: the reasons.
    pub details: Vec<(Arc<str>, Arc<str>)>,
    /// The question that asks the user about it.
    pub question: Option<QuestionId>,
}

/// The kinds of control.md's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// Several equal ways: say which.
    Choose,
    /// A cost or security question has to be accepted.
    Confirm,
    /// Nothing there to call or write to.
    NoTarget,
    /// The service is not connected.
    Offline,
    /// A policy or the state forbids it.
    NotAllowed,
    /// No such call, question, contact.
    NotFound,
    /// The parameters make no sense.
    Invalid,
}

impl RefusalKind {
    /// The word in `data.kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Choose => "choose",
            Self::Confirm => "confirm",
            Self::NoTarget => "no-target",
            Self::Offline => "offline",
            Self::NotAllowed => "not-allowed",
            Self::NotFound => "not-found",
            Self::Invalid => "invalid",
        }
    }
}

impl Refusal {
    /// A refusal without details.
    pub fn new(kind: RefusalKind, text: &str) -> Self {
        Self { kind, text: text.into(), details: Vec::new(), question: None }
    }
}

/// News for sounds, toasts and `watch`; losing one loses nothing.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Counts up by one.
    pub seq: u64,
    /// What happened.
    pub body: NoticeBody,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum NoticeBody {
    /// A call appeared or changed.
    Call(Box<Call>),
    /// A message came, was sent, or changed its delivery state.
    Message(Box<Message>),
    /// An account changed.
    Account(AccountId),
    /// What is known of an account's voice messages changed.
    Voicemail(AccountId),
    /// A lamp changed: which account's, and whose address.
    Lamp(AccountId, Arc<str>),
    /// A question waits.
    Question(QuestionId),
    /// Something the user should know, a sentence.
    Problem(Arc<str>),
    /// The window should show itself, with this conversation if one is named.
    Raise(Option<Jid>),
    /// The window should show this conversation, with this text ready to be sent.
    Write(Jid, Arc<str>),
    /// The user should be called to this conversation, or to an invitation into this room.
    Attention(Jid),
    /// The program ends.
    Quit,
}
