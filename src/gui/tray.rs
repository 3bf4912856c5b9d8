//! The icon in the tray: what it shows follows from one snapshot, and what is chosen there becomes what the same thing in the
//! window becomes.

use std::sync::Arc;

use super::app::{App, Effect};
use super::text;
use super::text::tray as words;
use super::tray_icon::{Face, Ring, pictures};
use super::update::ask;
use crate::account::{Request, Snapshot};
use crate::gui::words::told;
use crate::model::{ConnectionState, Service, Show};
use crate::platform::{Tray, TrayEntry, TrayHeard, TrayKind, TrayPicture};

/// What the user did with the icon, or whether there is one.
#[derive(Clone, Debug)]
pub struct Message(pub TrayHeard);

/// The numbers of the menu's lines.
pub mod line {
    /// Shows the window.
    pub const OPEN: i32 = 1;
    /// How much is unread.
    pub const UNREAD: i32 = 2;
    /// How many calls were missed.
    pub const MISSED: i32 = 3;
    /// Takes the call that rings.
    pub const ANSWER: i32 = 10;
    /// Declines it.
    pub const DECLINE: i32 = 11;
    /// The microphone of the call that is talked in.
    pub const MICROPHONE: i32 = 12;
    /// Ends it.
    pub const HANG_UP: i32 = 13;
    /// The status.
    pub const AVAILABLE: i32 = 20;
    /// The status.
    pub const AWAY: i32 = 21;
    /// The status.
    pub const BUSY: i32 = 22;
    /// No call rings.
    pub const DO_NOT_DISTURB: i32 = 23;
    /// Ends the program.
    pub const QUIT: i32 = 30;
    /// Lines between groups.
    pub const SEPARATOR: i32 = 40;
    /// The first connection; the others follow.
    pub const CONNECTION: i32 = 100;
}

/// Connections that the menu lists. When there are more, the window's page has them.
const MOST_CONNECTIONS: usize = 8;

/// What the icon shows, and what it was worked out from.
#[derive(Default)]
pub(super) struct State {
    shown: Arc<Tray>,
    seen: Option<Arc<Snapshot>>,
    /// The pictures of a face, which are drawn only when it changes.
    drawn: Option<(Face, Arc<[TrayPicture]>)>,
}

impl App {
    /// What the icon is to show now, where that changed.
    pub(super) fn follow_tray(&mut self) -> Vec<Effect> {
        let snapshot = self.snapshot.clone();
        if !snapshot.desktop.tray || self.tray.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &snapshot)) {
            return Vec::new();
        }
        self.tray.seen = Some(snapshot.clone());
        let face = face(&snapshot);
        let drawn = match self.tray.drawn.take().filter(|(drawn, _)| *drawn == face) {
            Some((_, drawn)) => drawn,
            None => pictures(face),
        };
        self.tray.drawn = Some((face, drawn.clone()));
        let tray = Tray {
            title: text::APP.to_owned(),
            tooltip: tooltip(&snapshot),
            attention: self.incoming().is_some_and(|call| !call.silenced),
            pictures: drawn,
            menu: self.tray_menu(&snapshot),
        };
        if tray == *self.tray.shown {
            return Vec::new();
        }
        self.tray.shown = Arc::new(tray);
        vec![Effect::Tray(self.tray.shown.clone())]
    }

    fn tray_menu(&self, snapshot: &Snapshot) -> Vec<TrayEntry> {
        let entry = |id, label: &str, kind| TrayEntry { id, label: label.to_owned(), kind };
        let separator = |which| entry(line::SEPARATOR + which, "", TrayKind::Separator);
        let mut menu = vec![entry(line::OPEN, words::OPEN.text(), TrayKind::Action), separator(0)];
        let facts = facts(snapshot);
        menu.extend(facts.into_iter().map(|(id, label)| entry(id, &label, TrayKind::Fact)));
        if let Some(call) = self.incoming() {
            let name = text::plain(&call.peer.display);
            menu.extend([
                separator(1),
                entry(line::ANSWER, &format!("{} {name}", text::ANSWER), TrayKind::Action),
                entry(line::DECLINE, &format!("{} {name}", text::DECLINE), TrayKind::Action),
            ]);
        }
        if let Some(call) = self.current_call() {
            menu.extend([
                separator(2),
                entry(line::MICROPHONE, words::MICROPHONE_OFF.text(), TrayKind::Switch(call.muted)),
                entry(line::HANG_UP, text::HANG_UP.text(), TrayKind::Action),
            ]);
        }
        let show = snapshot.presence.show;
        let is = |wanted: Show| show == wanted || (show == Show::Chat && wanted == Show::Available);
        menu.push(separator(3));
        for (id, status) in [(line::AVAILABLE, Show::Available), (line::AWAY, Show::Away), (line::BUSY, Show::Dnd)] {
            menu.push(entry(id, text::show(status).text(), TrayKind::Choice(is(status))));
        }
        menu.extend([
            entry(
                line::DO_NOT_DISTURB,
                words::DO_NOT_DISTURB.text(),
                TrayKind::Switch(snapshot.answering.do_not_disturb),
            ),
            separator(4),
            entry(line::QUIT, words::QUIT.text(), TrayKind::Action),
        ]);
        menu
    }

    /// Something happened to the icon.
    pub(super) fn update_tray(&mut self, message: Message) -> Vec<Effect> {
        let status = |app: &Self, show| ask(Request::Presence { show, status: app.snapshot.presence.status.clone() });
        let id = match message.0 {
            TrayHeard::Shown(shown) => return self.tray_is_shown(shown),
            TrayHeard::Activated => return self.icon_pressed(),
            TrayHeard::Chosen(id) => id,
        };
        match id {
            line::OPEN => self.raise(),
            line::ANSWER => self.incoming().map(|call| call.id).map_or_else(Vec::new, |id| ask(Request::Answer(id))),
            line::DECLINE => self.incoming().map(|call| call.id).map_or_else(Vec::new, |id| ask(Request::Decline(id))),
            line::MICROPHONE => {
                let call = self.current_call().map(|call| (call.id, call.muted));
                call.map_or_else(Vec::new, |(id, muted)| ask(Request::Mute(id, !muted)))
            }
            line::HANG_UP => {
                self.current_call().map(|call| call.id).map_or_else(Vec::new, |id| ask(Request::Hangup(id)))
            }
            line::AVAILABLE => status(self, Show::Available),
            line::AWAY => status(self, Show::Away),
            line::BUSY => status(self, Show::Dnd),
            // What follows from the status ends with it.
            line::DO_NOT_DISTURB if self.snapshot.answering.by_presence => status(self, Show::Available),
            line::DO_NOT_DISTURB => self.toggle_do_not_disturb(),
            line::QUIT => self.end(),
            // A line that is there no more.
            _ => Vec::new(),
        }
    }
}

/// What is so: each connection, and what waits.
fn facts(snapshot: &Snapshot) -> Vec<(i32, String)> {
    let several = |service| snapshot.accounts.iter().filter(|account| account.service == service).count() > 1;
    let ids = line::CONNECTION..;
    let connections = snapshot.accounts.iter().take(MOST_CONNECTIONS);
    let mut facts: Vec<(i32, String)> =
        ids.zip(connections.map(|account| words::connection(account, several(account.service)))).collect();
    let unread = unread(snapshot);
    if unread > 0 {
        facts.push((line::UNREAD, words::unread(unread)));
    }
    if snapshot.events.missed > 0 {
        facts.push((line::MISSED, words::missed(snapshot.events.missed)));
    }
    facts
}

fn tooltip(snapshot: &Snapshot) -> String {
    let mut lines: Vec<String> = facts(snapshot).into_iter().map(|(_, line)| line).collect();
    let reachable = told(&snapshot.reachable.text);
    let reachable = text::plain(&reachable);
    if !reachable.is_empty() {
        lines.push(reachable.into_owned());
    }
    lines.join("\n")
}

fn unread(snapshot: &Snapshot) -> u32 {
    snapshot.conversations.iter().fold(0, |sum: u32, talk| sum.saturating_add(talk.unread))
}

fn face(snapshot: &Snapshot) -> Face {
    // Several accounts of one service: the worst is what the user should know of.
    let ring = |service| {
        let of = snapshot.accounts.iter().filter(|account| account.service == service);
        of.map(|account| match account.state {
            ConnectionState::Online => Ring::Whole,
            ConnectionState::Connecting | ConnectionState::Held => Ring::Trying,
            ConnectionState::Offline | ConnectionState::Failed => Ring::Broken,
        })
        .min()
        .unwrap_or(Ring::Whole)
    };
    let unread = unread(snapshot) > 0 || snapshot.events.missed > 0;
    Face { chat: ring(Service::Chat), voice: ring(Service::Voice), unread }
}
