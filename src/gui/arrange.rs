//! How the window is arranged, and what of it is remembered over restarts.

use std::collections::BTreeSet;

use iced::widget::text_editor;
use iced::{Point, Size};

use super::app::{App, Effect, Purpose};
use super::chat::Chat;
use super::theme::measure;
use crate::account::{Remember, Remembered, Request};
use crate::model::Jid;

/// What happened to the arrangement.
#[derive(Clone, Debug)]
pub enum Message {
    /// The window was moved to this place, in points of the window.
    Moved(Point),
    /// The edge of the list was moved: the wished width.
    ListWidth(f32),
    /// A while has passed since something changed.
    Keep,
}

/// What changed since it was last told to the manager.
#[derive(Debug, Default)]
pub struct Unkept {
    size: bool,
    place: bool,
    list: bool,
    drafts: BTreeSet<Jid>,
    /// [`Message::Keep`] is on its way.
    waiting: bool,
}

/// The size of the window at the start: the remembered one, else the usual; as large on the screen whatever the scale
/// of what is in it, so that it fits.
pub fn first_size(remembered: &Remembered, scale: f32) -> Size {
    use measure::{WINDOW, WINDOW_MIN};
    let scale = scale.max(0.1);
    let (width, height) = match remembered.size {
        Some((width, height)) => (f32::from(width) / scale, f32::from(height) / scale),
        None => (WINDOW.0 / scale.max(1.0), WINDOW.1 / scale.max(1.0)),
    };
    Size::new(width.max(WINDOW_MIN.0), height.max(WINDOW_MIN.1))
}

impl App {
    /// Takes up what the last run left.
    pub(super) fn take_remembered(&mut self) {
        let remembered = self.snapshot.remembered.clone();
        self.wished_list = remembered.list_width.map_or(measure::LIST, f32::from);
        for (jid, text) in &remembered.drafts {
            let chat = Chat { draft: text_editor::Content::with_text(text), ..Chat::default() };
            self.chats.insert(jid.clone(), chat);
        }
    }

    /// The width of the list beside a conversation: as wished, as far as both have room.
    pub(super) fn list_width(&self) -> f32 {
        let room = (self.size.width - measure::RAIL) * measure::LIST_SHARE;
        self.wished_list.clamp(measure::LIST_MIN, measure::LIST_MAX.min(room).max(measure::LIST_MIN))
    }

    pub(super) fn arrange(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Moved(to) => {
                if !self.window_moved(to) {
                    return Vec::new();
                }
                self.unkept.place = true;
                self.keep_later()
            }
            Message::ListWidth(width) => {
                let before = self.wished_list;
                self.wished_list = width.clamp(measure::LIST_MIN, measure::LIST_MAX).round();
                if (before - self.wished_list).abs() < 0.5 {
                    return Vec::new();
                }
                self.unkept.list = true;
                self.keep_later()
            }
            Message::Keep => {
                self.unkept.waiting = false;
                self.keep()
            }
        }
    }

    pub(super) fn size_changed(&mut self) -> Vec<Effect> {
        self.unkept.size = true;
        self.keep_later()
    }

    pub(super) fn draft_changed(&mut self, jid: Jid) -> Vec<Effect> {
        self.unkept.drafts.insert(jid);
        self.keep_later()
    }

    /// Once for many changes: the store is not asked with every letter.
    fn keep_later(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.unkept.waiting, true) { Vec::new() } else { vec![Effect::KeepLater] }
    }

    /// Tells the manager what changed.
    pub(super) fn keep(&mut self) -> Vec<Effect> {
        let mut wishes = Vec::new();
        if std::mem::take(&mut self.unkept.size) {
            let side = |length: f32| (length * self.scale()).round() as u16;
            wishes.push(Remember::Size(side(self.size.width), side(self.size.height)));
        }
        if let Some((x, y)) = self.window_place().filter(|_| std::mem::take(&mut self.unkept.place)) {
            wishes.push(Remember::Place(x, y));
        }
        if std::mem::take(&mut self.unkept.list) {
            wishes.push(Remember::ListWidth(self.wished_list as u16));
        }
        for with in std::mem::take(&mut self.unkept.drafts) {
            let text = self.chats.get(&with).map(Chat::unfinished).unwrap_or_default();
            wishes.push(Remember::Draft { with, text: text.trim_end().into() });
        }
        wishes.into_iter().map(|wish| Effect::Ask(Request::Remember(wish), Purpose::Quiet)).collect()
    }

    /// The program is to end: what was not kept yet is kept.
    pub(super) fn end(&mut self) -> Vec<Effect> {
        let mut effects = self.keep();
        effects.extend([Effect::Ask(Request::Quit, Purpose::Quit), Effect::ExitLater]);
        effects
    }

    /// What is being written to somebody whose conversation is not open.
    pub(super) fn waiting_draft(&self, jid: &Jid) -> Option<String> {
        if self.open.as_ref() == Some(jid) {
            return None;
        }
        let text = self.chats.get(jid)?.unfinished();
        (!text.trim().is_empty()).then_some(text)
    }
}
