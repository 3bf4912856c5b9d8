//! What the window remembers, what can happen to it, and what it asks of the outside.
//!
//! Shared truth is only in the snapshot. [`App`] holds what would vanish with the window: drafts, scroll positions,
//! the filter, which page is open. `App::update` is pure: it returns [`Effect`]s, which `run` turns into iced's tasks.

use std::collections::HashMap;
use std::sync::Arc;

use super::arrange::Unkept;
use super::card::CardPage;
use super::chat::Chat;
use super::desktop::Options;
use super::people::People;
use super::theme::{self, Colors, measure};
use crate::account::{CallTo, Phase, Refusal, Request, Snapshot};
use crate::config::Theme;
use crate::model::{AccountId, BootTime, Call, CallId, CallState, Direction, Finding, Jid, Meters, Now, Stats};
use crate::store::CallRecord;
use iced::Size;
use iced::widget::{image, text_editor};

/// Widgets that are found by name.
pub mod name {
    /// The search and dial field.
    pub const SEARCH: &str = "search";
    /// The list of people, a focus stop.
    pub const PEOPLE: &str = "people";
    /// The list's scrolled part.
    pub const PEOPLE_SCROLL: &str = "people-scroll";
    /// The message field.
    pub const COMPOSER: &str = "composer";
    /// The messages.
    pub const TIMELINE: &str = "timeline";
    /// The messages, a focus stop.
    pub const MESSAGES: &str = "messages";
    /// The call history, a focus stop.
    pub const HISTORY: &str = "history-list";
    /// Its scrolled part.
    pub const HISTORY_SCROLL: &str = "history-scroll";
    /// The first thing that can be done with a message.
    pub const MESSAGE_MENU: &str = "message-menu";
    /// The field that searches emoji.
    pub const EMOJI_SEARCH: &str = "emoji-search";
    /// The edge between the list and the conversation.
    pub const LIST_EDGE: &str = "list-edge";
    /// The first field of a sheet.
    pub const SHEET_FIELD: &str = "sheet-field";
    /// The address in the setup.
    pub const SETUP_ADDRESS: &str = "setup-address";
    /// The password in the setup.
    pub const SETUP_PASSWORD: &str = "setup-password";
}

/// A page of the main window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// People and conversations.
    Chat,
    /// The call history.
    Calls,
    /// How the connections are doing.
    Connections,
    /// Devices and the user's status.
    Settings,
}

/// What lies over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// F1.
    Shortcuts,
    /// A new password for an account.
    Password(AccountId, String),
    /// Both connections side by side.
    Security,
    /// A person of the address book.
    Person,
    /// About a person of the list.
    Contact(super::contacts::Sheet),
    /// About a room.
    Room(super::rooms::Sheet),
    /// Which file to send, or a picture that is looked at.
    File(super::files::Sheet),
    /// About a message.
    Talk(super::talk::Sheet),
    /// The search through messages.
    Find,
    /// An account: a new one, or taking one out.
    Account(super::accounts::Sheet),
    /// What other programs have.
    Others,
    /// How a call sounds.
    Quality(CallId),
    /// The devices are tried out.
    TestSetup,
    /// To whom a call is handed over.
    Transfer(CallId),
    /// Whom to call into a conference.
    Invite(crate::model::ConferenceId),
    /// Status, do not disturb and forwarding.
    Answering,
    /// A call that needs a choice or a confirmation.
    Choose(CallTo, Refusal),
}

/// Fields of the setup screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `alice@example.com`.
    Address,
    /// The password.
    Password,
    /// Another chat server.
    ChatServer,
    /// Another voice server.
    VoiceServer,
}

/// What the setup screen holds.
#[derive(Clone, Debug, Default)]
pub struct SetUpForm {
    /// `alice@example.com`.
    pub address: String,
    /// The password.
    pub password: String,
    /// Another chat server.
    pub chat_server: String,
    /// Another voice server.
    pub voice_server: String,
    /// The servers' fields are shown.
    pub advanced: bool,
}

/// A step in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing to do with it; a refusal is shown.
    Tell,
    /// Nothing to do with it, and a refusal is no news.
    Quiet,
    /// A call was asked for.
    Call(CallTo),
    /// The newest messages of a conversation, at this revision.
    Newest(Jid, u64),
    /// Older messages.
    Older(Jid),
    /// Finished calls with this person.
    CallsWith(Jid),
    /// A message: on refusal it goes back to the field.
    Sent(Jid, Arc<str>),
    /// The newest calls, of everybody.
    History,
    /// The newest calls of those that are looked for: the turn of the search, and how many were asked for.
    Past(u64, u32),
    /// Older ones of them.
    MorePast(u64),
    /// How the sound of a call is doing.
    Stats(CallId),
    /// Something about the own card; of which account it was edited by the form.
    Card(Option<AccountId>),
    /// Where the user is.
    Place,
    /// About the address book.
    Book(super::address_book::Purpose),
    /// The sheet of an account.
    Account,
    /// About files of other programs.
    Others(super::others::Purpose),
    /// About messages that are there.
    Talk(super::talk::Purpose),
    /// About files and pictures.
    File(super::files::Purpose),
    /// About the list of people.
    Contact(super::contacts::Purpose),
    /// About rooms.
    Room(super::rooms::Purpose),
    /// What becomes of a number.
    Explained,
    /// A report for whoever helps.
    Report,
    /// What a call would cost.
    Quote(CallTo),
    /// What each connection carries towards somebody.
    Features(Jid),
    /// The program's end.
    Quit,
}

/// What the window asks of the outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask the manager.
    Ask(Request, Purpose),
    /// Give a widget the keyboard.
    Focus(&'static str),
    /// The next focus stop.
    FocusNext,
    /// The previous focus stop.
    FocusPrevious,
    /// Scroll a part to this offset.
    ScrollTo(&'static str, f32),
    /// Scroll the messages to the newest.
    TimelineEnd,
    /// Put text on the clipboard.
    Copy(Arc<str>),
    /// Something for files that only the desktop can do.
    File(super::files::Wanted),
    /// Something for the own picture that only the desktop can do.
    Picture(super::own_picture::Wanted),
    /// Open a link with the desktop's program for it.
    OpenLink(Arc<str>),
    /// Bring the window to the front: the user asked for it somewhere else.
    Raise,
    /// Open the window: there is none.
    OpenWindow,
    /// Close the window; the program goes on.
    CloseWindow,
    /// What the icon in the tray is to show now.
    Tray(Arc<crate::platform::Tray>),
    /// Put the window away, to the system's list of windows.
    Minimize,
    /// Ask for attention, without taking the focus.
    Attention,
    /// Start with the session, or no more.
    StartAtLogin(crate::platform::AtLogin),
    /// What the desktop is to show now.
    Notify(crate::platform::Notes),
    /// Come back in a while to remember what changed.
    KeepLater,
    /// End the window.
    Exit,
    /// End the window although nothing answers.
    ExitLater,
}

/// The window's state.
pub struct App {
    pub(super) options: Options,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) meters: Meters,
    pub(super) now: Now,
    pub(super) size: Size,
    pub(super) focused: bool,
    pub(super) system_dark: bool,
    pub(super) place: Place,
    pub(super) open: Option<Jid>,
    /// In a narrow window: the conversation is shown instead of the list.
    pub(super) showing_conversation: bool,
    pub(super) details: bool,
    pub(super) people: People,
    pub(super) chats: HashMap<Jid, Chat>,
    pub(super) history: Option<Vec<CallRecord>>,
    pub(super) overlay: Option<Overlay>,
    /// The differences of protection whose quiet line the user hid.
    pub(super) hidden_findings: Vec<Finding>,
    pub(super) call_view: Option<CallId>,
    pub(super) conference: super::conference::State,
    pub(super) keypad: Option<CallId>,
    pub(super) numbers: super::numbers::Numbers,
    /// The page of calls.
    pub(super) telephone: super::telephone::State,
    pub(super) past: super::history::State,
    pub(super) transfer: super::transfer::State,
    pub(super) call_text: super::call_text::State,
    pub(super) answering: super::answering::State,
    pub(super) rooms: super::rooms::State,
    pub(super) contacts: super::contacts::State,
    pub(super) sound: super::sound::State,
    pub(super) notes: super::notes::State,
    pub(super) topics: super::topics::State,
    pub(super) tray: super::tray::State,
    pub(super) desktop: super::desktop::State,
    /// What happens when the user signs in to the computer; nothing where that cannot be chosen.
    pub(super) at_login: Option<crate::platform::AtLogin>,
    pub(super) toast: Option<(Arc<str>, Now)>,
    /// What each connection carries towards the person in the details.
    pub(super) features: Option<(Jid, Vec<crate::account::FeatureView>)>,
    /// How the sound of the call in the full view is doing.
    pub(super) stats: Option<(CallId, Stats)>,
    /// When that was asked.
    pub(super) asked_stats: Option<BootTime>,
    pub(super) card: CardPage,
    pub(super) form: SetUpForm,
    /// A setting that is being typed, by its key.
    pub(super) typed_setting: Option<(Arc<str>, String)>,
    pub(super) book: super::address_book::State,
    pub(super) own_accounts: super::accounts::State,
    pub(super) others: super::others::State,
    pub(super) talk: super::talk::State,
    pub(super) files: super::files::State,
    pub(super) find: super::find::State,
    pub(super) pictures: HashMap<Arc<str>, image::Handle>,
    /// Visible rows whose cards have been asked for.
    pub(super) asked_visible: Vec<Jid>,
    pub(super) composer_idle: text_editor::Content,
    /// The width that the user gave the list.
    pub(super) wished_list: f32,
    pub(super) unkept: Unkept,
}

impl App {
    /// The state at the start.
    pub fn new(snapshot: Arc<Snapshot>, options: Options, now: Now) -> Self {
        let mut app = Self {
            options,
            snapshot: Arc::new(Snapshot::empty()),
            meters: Meters::default(),
            now,
            size: Size::new(measure::WINDOW.0, measure::WINDOW.1),
            focused: true,
            system_dark: false,
            place: Place::Chat,
            open: None,
            showing_conversation: false,
            details: false,
            people: People::default(),
            chats: HashMap::new(),
            history: None,
            overlay: None,
            hidden_findings: Vec::new(),
            call_view: None,
            conference: super::conference::State::default(),
            keypad: None,
            numbers: super::numbers::Numbers::default(),
            telephone: super::telephone::State::default(),
            past: super::history::State::default(),
            transfer: super::transfer::State::default(),
            call_text: super::call_text::State::default(),
            answering: super::answering::State::default(),
            rooms: super::rooms::State::default(),
            contacts: super::contacts::State::default(),
            sound: super::sound::State::default(),
            notes: super::notes::State::default(),
            topics: super::topics::State::default(),
            tray: super::tray::State::default(),
            desktop: super::desktop::State::default(),
            at_login: None,
            toast: None,
            features: None,
            stats: None,
            asked_stats: None,
            card: CardPage::default(),
            form: SetUpForm::default(),
            typed_setting: None,
            book: super::address_book::State::default(),
            own_accounts: super::accounts::State::default(),
            others: super::others::State::default(),
            talk: super::talk::State::default(),
            files: super::files::State::default(),
            find: super::find::State::default(),
            pictures: HashMap::new(),
            asked_visible: Vec::new(),
            composer_idle: text_editor::Content::new(),
            wished_list: measure::LIST,
            unkept: Unkept::default(),
        };
        // What the first snapshot asks for (visible rows) is asked again by the next one.
        drop(app.take_snapshot(snapshot));
        app.asked_visible.clear();
        app.begin_window();
        app.begin_notes();
        app.take_remembered();
        app
    }

    /// The colours in use.
    pub fn colors(&self) -> &'static Colors {
        let dark = match self.snapshot.appearance.theme {
            Theme::Light => false,
            Theme::Dark => true,
            Theme::System => self.system_dark,
        };
        if dark { &theme::DARK } else { &theme::LIGHT }
    }

    /// iced's theme, for what iced draws by itself.
    pub fn iced_theme(&self) -> iced::Theme {
        let c = self.colors();
        iced::Theme::custom(
            "Tandem",
            iced::theme::Palette {
                background: c.surface,
                text: c.text,
                primary: c.accent,
                success: c.positive,
                warning: c.warning,
                danger: c.negative,
            },
        )
    }

    /// The scale of everything.
    pub fn scale(&self) -> f32 {
        match self.snapshot.appearance.scale_percent {
            0 => 1.0,
            percent => f32::from(percent.clamp(50, 400)) / 100.0,
        }
    }

    /// Whether something on the screen counts seconds.
    pub fn counts_seconds(&self) -> bool {
        let calls = self.snapshot.calls.iter().any(|call| call.end.is_none() && call.answered_boot.is_some());
        let retries = self.snapshot.accounts.iter().any(|account| account.retry_at.is_some());
        calls || retries || self.toast.is_some()
    }

    /// The window's title: the number of unread messages, so that the task bar shows it.
    pub fn title(&self) -> String {
        let unread: u32 = self.snapshot.conversations.iter().map(|conversation| conversation.unread).sum();
        if unread == 0 { super::text::APP.to_owned() } else { format!("({unread}) {}", super::text::APP) }
    }

    /// The call that rings here, oldest first.
    pub(super) fn incoming(&self) -> Option<&Call> {
        self.snapshot
            .calls
            .iter()
            .find(|call| call.direction == Direction::Incoming && call.state == CallState::Ringing)
    }

    /// The calls that the bar shows: all but those that still ring here.
    pub(super) fn bar_calls(&self) -> impl Iterator<Item = &Call> {
        self.snapshot
            .calls
            .iter()
            .filter(|call| !(call.direction == Direction::Incoming && call.state == CallState::Ringing))
    }

    /// The call that shortcuts act on: the one being talked in, else any living one.
    pub(super) fn current_call(&self) -> Option<&Call> {
        let living = || self.bar_calls().filter(|call| call.end.is_none());
        living().find(|call| call.state == CallState::Active).or_else(|| living().next())
    }

    pub(super) fn call(&self, id: CallId) -> Option<&Call> {
        self.snapshot.calls.iter().find(|call| call.id == id)
    }

    /// How the sound of a call is doing, once known and while it flows.
    pub(super) fn stats_of(&self, call: &Call) -> Option<&Stats> {
        let (of, stats) = self.stats.as_ref()?;
        let flows = call.state == CallState::Active && !call.held_by_peer;
        (*of == call.id && flows).then_some(stats)
    }

    /// One side is less protected than the other, and the user has not accepted that.
    pub(super) fn uneven(&self) -> bool {
        let rows = self.snapshot.protection.pairs.iter().flat_map(|pair| &pair.rows);
        rows.into_iter().any(|row| row.weaker.is_some() && !row.accepted)
    }

    pub(super) fn narrow(&self) -> bool {
        self.size.width < measure::NARROW
    }

    pub(super) fn tiny(&self) -> bool {
        self.size.width < measure::TINY
    }

    pub(super) fn running(&self) -> bool {
        matches!(self.snapshot.phase, Phase::Running)
    }
}
