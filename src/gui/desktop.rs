//! The window's life on the desktop: put away into the tray, opened again, where it stood.

use iced::widget::text_editor;
use std::path::PathBuf;
use std::time::Duration;

use iced::{Point, Size};
use time::UtcOffset;

use super::app::{App, Effect, Purpose, name};
use super::theme::measure;
use super::update::{ask, ask_for};
use crate::account::{OwnRequest, Request};
use crate::model::Jid;
use crate::model::Language;

/// Shorter than this nobody is away: the shortest that can be set is a minute.
const SOON: Duration = Duration::from_secs(30);

/// Given by `main`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The local time's distance to UTC; read it before any thread is started.
    pub offset: UtcOffset,
    /// The window begins put away.
    pub minimized: bool,
    /// Starting with the session can be chosen: for the profile that is started without being named.
    pub at_login: bool,
    /// The language of the system.
    pub language: Language,
    /// Where files are proposed to be written; empty: nowhere in particular.
    pub downloads: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        // Fails where other threads already run and the platform cannot read it safely; UTC is then shown.
        let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
        Self {
            offset,
            minimized: false,
            at_login: false,
            language: crate::platform::language(),
            downloads: PathBuf::new(),
        }
    }
}

impl App {
    /// The language that is chosen in the settings, else that of the system.
    pub fn language(&self) -> Language {
        self.snapshot.appearance.language.unwrap_or(self.options.language)
    }
}

/// What the desktop tells.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another program keeps the screen on, or none does.
    Presenting(bool),
    /// Nobody has touched keyboard or mouse for so long.
    Idle(Duration),
    /// Keys that work while another window is in front.
    Key(Key),
}

/// What happened to the keys that the desktop lends out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The name of each, and what it is in the desktop's words; nothing: the desktop lends none out.
    Lent(Option<Vec<(String, String)>>),
    /// A key went down, or up.
    Pressed(String, bool),
}

/// Takes the call that rings.
pub const ANSWER: &str = "answer";
/// Ends the call, or declines the one that rings.
pub const HANG_UP: &str = "hang-up";
/// Switches the microphone off and on.
pub const MICROPHONE: &str = "microphone";
/// The microphone is on while it is held.
pub const TALK: &str = "talk";
/// Shows the window.
pub const SHOW: &str = "show";

/// Whether there is a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Presence {
    /// There is one.
    #[default]
    Open,
    /// There is none: the icon in the tray opens one.
    InTray,
    /// There is none yet: nobody has said whether there is a tray.
    Undecided,
}

/// What is known of the window and of the tray.
#[derive(Debug, Default)]
pub(super) struct State {
    presence: Presence,
    /// Somebody shows the icon.
    tray: bool,
    /// Another program keeps the screen on.
    presenting: bool,
    /// Nobody was there when it was last told.
    idle: bool,
    /// What is known of the keys.
    keys: Option<Vec<(String, String)>>,
    /// The window's upper left corner, once the window system has told it.
    place: Option<Point>,
}

impl App {
    /// The desktop tells something.
    pub(super) fn update_desktop(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Presenting(presenting) => self.desktop.presenting = presenting,
            Message::Idle(idle) => {
                // Who is at work is no news.
                let away = idle >= SOON;
                if away || std::mem::replace(&mut self.desktop.idle, away) {
                    self.desktop.idle = away;
                    return ask_for(Request::Own(OwnRequest::Idle(idle)), Purpose::Quiet);
                }
            }
            Message::Key(Key::Lent(keys)) => self.desktop.keys = keys,
            Message::Key(Key::Pressed(name, down)) => return self.far_key(&name, down),
        }
        Vec::new()
    }

    /// A key of the desktop's: it does what the same thing in the window does, and takes no focus.
    fn far_key(&mut self, name: &str, down: bool) -> Vec<Effect> {
        let ringing = self.incoming().map(|call| call.id);
        let talking = self.current_call().map(|call| (call.id, call.muted));
        match (name, down) {
            (TALK, down) => self.update_sound(super::sound::Message::Talk(down)),
            (ANSWER, true) => ringing.map_or_else(Vec::new, |id| ask(Request::Answer(id))),
            (HANG_UP, true) => match (ringing, talking) {
                (Some(id), _) => ask(Request::Decline(id)),
                (None, Some((id, _))) => ask(Request::Hangup(id)),
                (None, None) => Vec::new(),
            },
            (MICROPHONE, true) => talking.map_or_else(Vec::new, |(id, muted)| ask(Request::Mute(id, !muted))),
            (SHOW, true) => self.raise(),
            _ => Vec::new(),
        }
    }

    /// The keys that the desktop lends out, in its words; nothing where it lends none.
    pub(super) fn far_keys(&self) -> Option<&[(String, String)]> {
        self.desktop.keys.as_deref()
    }

    /// Whether news but calls are held back because others may look at the screen.
    pub(super) fn is_presenting(&self) -> bool {
        self.desktop.presenting && !self.snapshot.notifications.while_presenting
    }

    /// Whether the window begins put away.
    fn begins_away(&self) -> bool {
        self.options.minimized || self.snapshot.desktop.start_minimized
    }

    /// Whether closing the window leaves the program in the tray, if there is one.
    fn goes_to_tray(&self) -> bool {
        self.wants_tray() && self.snapshot.desktop.close_to_tray
    }

    /// Whether there is to be an icon: only Linux has one yet.
    pub(super) fn wants_tray(&self) -> bool {
        cfg!(target_os = "linux") && self.snapshot.desktop.tray
    }

    /// There is to be an icon, and nobody shows it.
    pub(super) fn misses_tray(&self) -> bool {
        self.wants_tray() && !self.desktop.tray
    }

    /// How the window begins: at once, or not before it is known whether a tray takes it.
    pub(super) fn begin_window(&mut self) {
        let away = self.begins_away();
        self.focused = !away;
        self.desktop.presence = if away && self.goes_to_tray() { Presence::Undecided } else { Presence::Open };
        let (x, y) = self.snapshot.remembered.place.unwrap_or_default();
        self.desktop.place = self.snapshot.remembered.place.map(|_| Point::new(f32::from(x), f32::from(y)));
    }

    /// What is to be done at the start.
    pub fn first_effects(&self) -> Vec<Effect> {
        match (self.desktop.presence, self.begins_away()) {
            (Presence::Open, false) => vec![Effect::OpenWindow, Effect::Focus(name::SETUP_ADDRESS)],
            (Presence::Open, true) => vec![Effect::OpenWindow, Effect::Focus(name::SETUP_ADDRESS), Effect::Minimize],
            (Presence::InTray | Presence::Undecided, _) => Vec::new(),
        }
    }

    /// The size and the place of a window that is opened now.
    pub(super) fn window_frame(&self) -> (Size, Option<Point>) {
        use measure::WINDOW_MIN;
        let size = Size::new(self.size.width.max(WINDOW_MIN.0), self.size.height.max(WINDOW_MIN.1));
        (size, self.desktop.place)
    }

    /// The window was moved. The toolkit tells the place in points of the window, and takes it in points of the desktop.
    pub(super) fn window_moved(&mut self, to: Point) -> bool {
        let to = Point::new(to.x * self.scale(), to.y * self.scale());
        let moved = self.desktop.place.is_none_or(|place| (place.x - to.x).abs().max((place.y - to.y).abs()) >= 1.0);
        self.desktop.place = Some(to);
        moved
    }

    /// Where the window is, to be remembered; nothing where it cannot be.
    pub(super) fn window_place(&self) -> Option<(i16, i16)> {
        let whole = |side: f32| side.is_finite().then(|| side.round().clamp(-32_000.0, 32_000.0) as i16);
        self.desktop.place.and_then(|place| Some((whole(place.x)?, whole(place.y)?)))
    }

    /// The user closes the window.
    pub(super) fn close(&mut self) -> Vec<Effect> {
        if self.goes_to_tray() && self.desktop.tray && self.running() { self.put_away() } else { self.end() }
    }

    fn put_away(&mut self) -> Vec<Effect> {
        let mut effects = self.keep();
        effects.extend(self.let_go_of_talk_key());
        self.desktop.presence = Presence::InTray;
        self.focused = false;
        effects.push(Effect::CloseWindow);
        effects
    }

    /// Shows the window.
    pub(super) fn raise(&mut self) -> Vec<Effect> {
        match std::mem::take(&mut self.desktop.presence) {
            Presence::Open => vec![Effect::Raise],
            Presence::InTray | Presence::Undecided => vec![Effect::OpenWindow],
        }
    }

    /// A link has words for somebody: they stand in the field, and only the user sends them. What is being written there stays.
    pub(super) fn write_from_link(&mut self, jid: Jid, text: &str) -> Vec<Effect> {
        let mut effects = self.raise();
        effects.extend(self.open(jid.clone()));
        let chat = self.chats.entry(jid.clone()).or_default();
        if chat.draft.text().trim().is_empty() {
            chat.draft = text_editor::Content::with_text(text);
            effects.extend(self.draft_changed(jid));
        }
        effects
    }

    /// The icon was pressed: the window comes, or goes where it is in front already.
    pub(super) fn icon_pressed(&mut self) -> Vec<Effect> {
        if self.focused && self.desktop.presence == Presence::Open && self.goes_to_tray() {
            self.put_away()
        } else {
            self.raise()
        }
    }

    /// Somebody shows the icon, or nobody does any more: a window that only the icon could open must not be lost.
    pub(super) fn tray_is_shown(&mut self, shown: bool) -> Vec<Effect> {
        self.desktop.tray = shown;
        match (self.desktop.presence, shown) {
            (Presence::Undecided, true) => {
                self.desktop.presence = Presence::InTray;
                Vec::new()
            }
            (Presence::Undecided | Presence::InTray, false) => self.open_put_away(),
            (Presence::Open, _) | (Presence::InTray, true) => Vec::new(),
        }
    }

    /// The settings may have taken the icon away.
    pub(super) fn follow_desktop(&mut self) -> Vec<Effect> {
        if self.desktop.presence == Presence::Open || self.goes_to_tray() {
            return Vec::new();
        }
        self.open_put_away()
    }

    fn open_put_away(&mut self) -> Vec<Effect> {
        self.desktop.presence = Presence::Open;
        vec![Effect::OpenWindow, Effect::Minimize]
    }
}
