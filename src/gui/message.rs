//! Everything that can happen to the window.

use std::sync::Arc;

use iced::widget::text_editor;
use iced::{Size, keyboard};

use super::app::{Field, Overlay, Place, Purpose, Step};
use super::card::CardMessage;
use super::settings::SettingMessage;
use crate::account::{CallTo, Notice, Refusal, Reply, Request, Snapshot};
use crate::model::{CallId, Jid, MessageId, Meters, Now};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// The manager published.
    Snapshot(Arc<Snapshot>),
    /// A level changed visibly.
    Meters(Meters),
    /// News.
    Notice(Box<Notice>),
    /// The manager answered.
    Answered(Purpose, Result<Reply, Refusal>),
    /// A second went by.
    Tick(Now),
    /// The window has this size.
    Resized(Size),
    /// The window has the focus, or lost it.
    Focused(bool),
    /// The user closed the window.
    CloseRequested,
    /// The program does not answer: end anyway.
    EndNow,
    /// The system is dark, or light.
    SystemDark(bool),
    /// A key, and whether a widget has already used it.
    Key(keyboard::Key, keyboard::Modifiers, bool),
    /// Open a page.
    Go(Place),
    /// From the conversation back to the list, in a narrow window.
    Back,
    /// The search field changed.
    Query(String),
    /// Enter in the search field.
    QuerySubmit,
    /// A key in the list.
    Step(Step),
    /// Enter in the list.
    OpenCursor,
    /// Letters typed in the list.
    Typed(String),
    /// The list was scrolled: offset and height.
    PeopleScrolled(f32, f32),
    /// The list's thumb was moved: the wished offset.
    PeopleDragged(f32),
    /// Open a conversation.
    Open(Jid),
    /// The timeline was scrolled: distances to its end and its beginning, and height.
    TimelineScrolled(f32, f32, f32),
    /// The message field changed.
    Edit(text_editor::Action),
    /// Enter in the message field.
    SendDraft,
    /// Show or hide the details.
    ToggleDetails,
    /// Ask something of the manager.
    Do(Request),
    /// The own card's forms.
    Card(CardMessage),
    /// Place a call.
    Call(CallTo),
    /// What can be done with messages.
    Talk(super::talk::Message),
    /// A conversation's file.
    Export(super::export::Message),
    /// The search through messages.
    Find(super::find::Message),
    /// The page of calls.
    Telephone(super::telephone::Message),
    /// The calls that were.
    History(super::history::Message),
    /// Handing calls over.
    Transfer(super::transfer::Message),
    /// Writing in a call.
    CallText(super::call_text::Message),
    /// Do not disturb and forwarding.
    Answering(super::answering::Message),
    /// Starting with the session.
    Login(super::login::Message),
    /// The topics of the settings.
    Topics(super::topics::Message),
    /// What the desktop tells.
    Desktop(super::desktop::Message),
    /// The icon in the tray.
    Tray(super::tray::Message),
    /// What the user did with a notification.
    Notes(super::notes::Message),
    /// Hang up the first call, and answer the second.
    AnswerInstead(CallId, CallId),
    /// Accounts, numbers and cost.
    Numbers(super::numbers::Message),
    /// The sound of calls and the devices.
    Sound(super::sound::Message),
    /// Show a call in full.
    OpenCall(CallId),
    /// Back to the bar.
    CloseCall,
    /// Show or hide the keypad of a call.
    Keypad(CallId),
    /// Lay something over the page, or take it away.
    Lay(Option<Overlay>),
    /// The password in the sheet changed.
    PasswordTyped(String),
    /// Use the password in the sheet.
    PasswordSubmit,
    /// A field of the setup changed.
    SetUp(Field, String),
    /// Show the servers' fields.
    Advanced(bool),
    /// Sign in; `true`: without the settings that cannot be used.
    SignIn(bool),
    /// A file was dropped onto the window.
    Dropped(String),
    /// One screen up or down the messages.
    PageTimeline(bool),
    /// Show a long message whole.
    ShowWhole(MessageId),
    /// Copy a message.
    Copy(Arc<str>),
    /// A setting was typed.
    Setting(SettingMessage),
    /// A key in the messages.
    Choose(Step),
    /// The arrangement of the window.
    Arrange(super::arrange::Message),
    /// Hide the quiet line about protection, until something else differs.
    HideFindings,
    /// Meetings.
    Meeting(super::meeting::Message),
    /// Conferences and recordings.
    Conference(super::conference::Message),
    /// The list of people is changed.
    Contact(super::contacts::Message),
    /// Files.
    File(super::files::Message),
    /// Rooms.
    Room(super::rooms::Message),
    /// Accounts that come and go.
    OwnAccounts(super::accounts::Message),
    /// Files of other programs.
    Others(super::others::Message),
    /// Something about the address book.
    Book(super::address_book::Message),
    /// Make a rule about what a connection carries, or remove it.
    SetFeature(crate::model::Feature, crate::model::FeatureScope, Option<bool>),
    /// Get a report for whoever helps: to a file, or to the clipboard.
    Report(bool),
    /// Something that the user should know.
    Said(Arc<str>),
    /// Take the toast away.
    ToastSeen,
}
