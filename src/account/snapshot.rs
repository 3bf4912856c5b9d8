//! Everything that a screen may show, whole, shared and cheap to clone.

use std::sync::Arc;

use serde::Serialize;

use super::BookState;

use super::MyCard;
use crate::model::{
    AccountId, AccountState, Call, Condition, Conference, Contact, Devices, Jid, Message, Parity, ParityLevel,
    Presence, Protection, Question,
};

/// Where the program stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No usable configuration: the setup screen.
    SetUp(SetUpState),
    /// Configured, and trying to be or being signed in.
    Running,
    /// Ending.
    Quitting,
}

/// What the setup screen shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetUpState {
    /// The configuration file is broken: `FILE:LINE: what is wrong`, one each.
    pub problems: Vec<Arc<str>>,
    /// Where the configuration is or will be.
    pub config_path: Arc<str>,
    /// What has been tried, in order: found servers, logins, failures, in plain words.
    pub steps: Vec<SetUpStep>,
    /// A try is going on.
    pub busy: bool,
    /// Both services (or the one that exists) are signed in: the configuration may be written.
    pub ready_to_save: bool,
    /// What the search for settings came to, step by step.
    pub details: Vec<Arc<str>>,
    /// Settings were found that cannot be used: the user may sign in without them.
    pub without_document: bool,
    /// No keyring service runs: the password would have to go to a file.
    pub no_keyring: bool,
}

/// One line of the setup's progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUpStep {
    /// What was tried or found.
    pub text: Arc<str>,
    /// `None`: going on; else whether it went well.
    pub ok: Option<bool>,
}

/// A chat account and the voice account that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// The chat account.
    pub chat: AccountId,
    /// The voice account.
    pub voice: AccountId,
    /// Who says so.
    pub origin: RelationOrigin,
}

/// Who says that two accounts belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationOrigin {
    /// The configuration file.
    Config,
    /// A provisioning document.
    Provisioned,
    /// The user.
    User,
}

/// Whether others can reach the user now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reachable {
    /// By chat.
    pub chat: bool,
    /// By calls.
    pub calls: bool,
    /// In a sentence: "You can be called: no (…)".
    pub text: Arc<str>,
}

/// A row of the list of conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub with: Jid,
    /// The newest message.
    pub last: Message,
    /// How many the user has not seen.
    pub unread: u32,
    /// Changes whenever a message of this conversation does: a screen asks again for its window of the timeline.
    pub revision: u64,
}

/// Two accounts that look like one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The chat account.
    pub chat: AccountId,
    /// The voice account.
    pub voice: AccountId,
    /// What speaks for it, a sentence.
    pub why: Arc<str>,
}

/// Something that the user asked to be remembered for calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptChoice {
    /// What takes it back.
    pub key: Arc<str>,
    /// What it says: "Calls to +49 … always over sip:alice@work.example".
    pub text: Arc<str>,
}

/// Which accounts may belong together, and what is remembered for calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumbersView {
    /// Accounts that look like one service.
    pub candidates: Vec<Candidate>,
    /// What is remembered.
    pub remembered: Vec<KeptChoice>,
    /// Every rule about what the connections carry.
    pub exceptions: Vec<super::FeatureException>,
}

/// Everything that a screen may show.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Counts up with every published snapshot.
    pub revision: u64,
    /// Where the program stands.
    pub phase: Phase,
    /// All accounts.
    pub accounts: Arc<[AccountState]>,
    /// Which accounts belong together.
    pub relations: Arc<[Relation]>,
    /// The user's own presence, as set by the user.
    pub presence: Presence,
    /// Whether others can reach the user now.
    pub reachable: Reachable,
    /// What happened to each connection in this run.
    pub traces: super::Traces,
    /// How the two connections compare.
    pub parity: Arc<Parity>,
    /// The same line by line, and what is being done about it.
    pub protection: Arc<Protection>,
    /// The roster by name.
    pub contacts: Arc<[Arc<Contact>]>,
    /// The roster has been loaded (from the cache or the server).
    pub roster_known: bool,
    /// Conversations, the newest first.
    pub conversations: Arc<[Conversation]>,
    /// Who is writing to the user just now.
    pub typing: Arc<[Jid]>,
    /// Living calls, and ended ones for the few seconds that the screen shows how they ended.
    pub calls: Arc<[Call]>,
    /// What is wrong with living calls.
    pub health: Arc<[(crate::model::CallId, crate::model::CallHealth)]>,
    /// Calls that are joined.
    pub conferences: Arc<[Conference]>,
    /// Meetings: calls with conferences, the calls that are joined here, and rooms that offer a call.
    pub meetings: Arc<[Arc<crate::model::MeetingView>]>,
    /// Calls that "Join calls" makes one conference of; empty where there is nothing to be joined.
    pub joinable: Arc<[crate::model::CallId]>,
    /// What the user is reminded to say while a call is recorded.
    pub recording_sentence: Arc<str>,
    /// What waits for an answer.
    pub questions: Arc<[Question]>,
    /// Problems that the user can act on.
    pub conditions: Arc<[Condition]>,
    /// What happens to calls that come in.
    pub answering: Arc<super::AnsweringView>,
    /// How numbers in texts are read.
    pub dialling: Arc<super::Dialling>,
    /// The own cards of the chat accounts, as far as they are known.
    pub cards: Arc<[MyCard]>,
    /// What the archives of the chat accounts keep, as far as that was asked.
    pub archives: Arc<[super::ArchiveView]>,
    /// Whether anybody is at this machine is of interest.
    pub watch_idle: bool,
    /// The devices of each role in the user's order.
    pub device_plan: Arc<super::DevicePlan>,
    /// What rings for whom.
    pub ringtones: Arc<super::Ringtones>,
    /// The test of the setup.
    pub setup_test: Arc<super::SetupTest>,
    /// Sound devices.
    pub devices: Arc<Devices>,
    /// Every setting, and where its value comes from.
    pub settings: Arc<super::Settings>,
    /// The address book and who may ring.
    pub book: Arc<BookState>,
    /// The configured appearance.
    pub appearance: crate::config::Appearance,
    /// How the program lives on the desktop.
    pub desktop: crate::config::Desktop,
    /// What the desktop is told.
    pub notifications: crate::config::Notifications,
    /// What the window of the last run left, as it was when the program started.
    pub remembered: Arc<super::Remembered>,
    /// Which accounts may belong together, and what is remembered for calls.
    pub numbers: Arc<NumbersView>,
    /// Rooms, by name.
    pub rooms: Arc<[Arc<crate::model::RoomView>]>,
    /// Who asks the user into which room.
    pub invitations: Arc<[crate::model::RoomInvitation]>,
    /// Who is blocked, and what can be done about people.
    pub blocked: Arc<super::BlockedView>,
    /// Files on their way, and those that arrived in this run.
    pub files: Arc<[crate::model::FileTransfer]>,
    /// People with several addresses, each with the one first under which they stand in the list.
    pub same_persons: super::SamePersons,
    /// Voice messages that are spoken and played.
    pub notes: Arc<crate::model::NotesView>,
    /// Pictures of messages that are on the screen.
    pub pictures: Arc<[crate::model::MessagePicture]>,
    /// Lamps, voicemail, missed calls.
    pub events: Arc<crate::model::EventsView>,
}

impl Snapshot {
    /// What is shown before anything is known.
    pub fn empty() -> Self {
        Self {
            revision: 0,
            phase: Phase::Running,
            accounts: Arc::from([]),
            relations: Arc::from([]),
            presence: Presence::default(),
            reachable: Reachable::default(),
            traces: super::Traces::default(),
            parity: Arc::new(Parity { level: ParityLevel::Unknown, findings: Vec::new() }),
            protection: Arc::new(Protection::default()),
            contacts: Arc::from([]),
            roster_known: false,
            conversations: Arc::from([]),
            typing: Arc::from([]),
            calls: Arc::from([]),
            health: Arc::from([]),
            conferences: Arc::from([]),
            meetings: Arc::from([]),
            joinable: Arc::from([]),
            recording_sentence: "".into(),
            questions: Arc::from([]),
            conditions: Arc::from([]),
            dialling: Arc::default(),
            cards: Arc::from([]),
            archives: Arc::from([]),
            watch_idle: false,
            devices: Arc::new(Devices::default()),
            device_plan: Arc::default(),
            ringtones: Arc::default(),
            setup_test: Arc::default(),
            settings: Arc::default(),
            book: Arc::new(BookState::default()),
            appearance: crate::config::Appearance::default(),
            desktop: crate::config::Desktop::default(),
            notifications: crate::config::Notifications::default(),
            remembered: Arc::default(),
            numbers: Arc::default(),
            rooms: Arc::from([]),
            invitations: Arc::from([]),
            files: Arc::from([]),
            pictures: Arc::from([]),
            notes: Arc::default(),
            same_persons: Arc::from([]),
            events: Arc::default(),
            blocked: Arc::default(),
            answering: Arc::default(),
        }
    }

    /// The room with this address.
    pub fn room(&self, jid: &Jid) -> Option<&Arc<crate::model::RoomView>> {
        self.rooms.iter().find(|room| room.jid == *jid)
    }

    /// The contact with this address.
    pub fn contact(&self, jid: &Jid) -> Option<&Arc<Contact>> {
        self.contacts.iter().find(|contact| contact.jid == *jid)
    }
}
