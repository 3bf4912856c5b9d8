//! What is opened and read: conversations, their messages, the call history.

use std::sync::Arc;

use iced::widget::text_editor;

use super::app::{App, Effect, Place, Purpose, Step, name};
use super::chat::PAGE;
use super::message::Message;
use super::people::Row;
use super::update::ask_for;
use crate::account::{CallTo, HistoryFilter, Request};
use crate::model::Jid;

/// Rows of the call history that are asked for.
const HISTORY: u32 = 200;

impl App {
    pub(super) fn ask_newest(&mut self) -> Vec<Effect> {
        let Some(jid) = self.open.clone() else { return Vec::new() };
        let revision = self.people.conversation(&self.snapshot, &jid).map_or(0, |talk| talk.revision);
        let chat = self.chats.entry(jid.clone()).or_default();
        if chat.revision == Some(revision) {
            return Vec::new();
        }
        chat.revision = Some(revision);
        let limit = chat.newest_limit();
        ask_for(Request::Messages { with: jid.clone(), limit, before: None }, Purpose::Newest(jid, revision))
    }

    pub(super) fn ask_older(&mut self, jid: Jid) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        if chat.complete {
            return self.ask_calls_with(&jid, true);
        }
        if chat.asking_older || !chat.loaded {
            return Vec::new();
        }
        let Some(before) = chat.oldest() else { return Vec::new() };
        chat.asking_older = true;
        let request = Request::Messages { with: jid.clone(), limit: PAGE, before: Some(before) };
        ask_for(request, Purpose::Older(jid))
    }

    /// What is on the screen of a focused window has been read.
    pub(super) fn mark_read(&mut self) -> Vec<Effect> {
        let shown = self.place == Place::Chat && (!self.narrow() || self.showing_conversation);
        let Some(jid) = self.open.clone() else { return Vec::new() };
        let Some(talk) = self.people.conversation(&self.snapshot, &jid) else { return Vec::new() };
        let (unread, revision) = (talk.unread, talk.revision);
        let chat = self.chats.entry(jid.clone()).or_default();
        if !shown || !self.focused || unread == 0 || chat.read == Some(revision) {
            return Vec::new();
        }
        chat.read = Some(revision);
        ask_for(Request::MarkRead(jid), Purpose::Quiet)
    }

    pub(super) fn send_draft(&mut self) -> Vec<Effect> {
        let Some(jid) = self.open.clone() else { return Vec::new() };
        let chat = self.chats.entry(jid.clone()).or_default();
        let text = chat.draft.text();
        let body: Arc<str> = text.trim_end().into();
        if body.trim().is_empty() {
            return Vec::new();
        }
        let changes = matches!(chat.compose, super::talk::Compose::Edit(..));
        chat.draft = text_editor::Content::new();
        chat.first_unread = None;
        self.talk.picker = None;
        let mut effects = self.draft_changed(jid.clone());
        effects.push(self.send_as(&jid, &body));
        if !changes {
            effects.extend(self.show_newest(&jid));
        }
        effects.push(Effect::Focus(name::COMPOSER));
        effects
    }

    pub(super) fn open(&mut self, jid: Jid) -> Vec<Effect> {
        let jid = self.first_of(&jid);
        self.place = Place::Chat;
        self.call_view = None;
        self.conference.view = None;
        self.showing_conversation = true;
        let changed = self.open.as_ref() != Some(&jid);
        if !self.people.query.is_empty() {
            // Found: the list shows the person where they always are.
            self.people.query.clear();
            self.refill_list();
        }
        self.people.cursor = self.people.row_of(&jid, &self.snapshot);
        self.learn_pictures(std::slice::from_ref(&jid));
        self.open = Some(jid.clone());
        self.chats.entry(jid.clone()).or_default();
        self.learn_rooms();
        (self.rooms.chosen, self.rooms.offset) = (None, 0.0);
        let mut effects = vec![Effect::Focus(name::COMPOSER)];
        effects.extend(self.room_changed());
        effects.extend(self.ask_quotes());
        if changed {
            effects.extend(self.hold_voice_note());
            self.talk.picker = None;
            self.note_unread(&jid);
            effects.extend(self.show_newest(&jid));
            effects.extend(self.step_into_view());
            effects.extend(self.ask_features());
            match self.history {
                Some(_) => self.sort_calls(),
                None => effects.extend(self.ask_history()),
            }
            effects.extend(self.ask_calls_with(&jid, false));
        }
        effects.extend(self.ask_newest());
        effects.extend(self.mark_read());
        effects
    }

    /// Shows the newest messages.
    fn show_newest(&mut self, jid: &Jid) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        chat.from_end = 0.0;
        if !chat.at_end {
            chat.begin_anew();
        }
        let mut effects = vec![Effect::TimelineEnd];
        effects.extend(self.ask_newest());
        effects
    }

    /// Remembers where the user has not read yet, for the line there.
    fn note_unread(&mut self, jid: &Jid) {
        let unread = self.people.conversation(&self.snapshot, jid).map_or(0, |talk| talk.unread);
        let chat = self.chats.entry(jid.clone()).or_default();
        self.people.kept = (unread > 0).then(|| jid.clone());
        chat.unread_at_opening = unread;
        chat.first_unread = None;
        chat.menu = None;
        chat.hovered = None;
        if unread > 0 {
            // With the messages themselves.
            chat.revision = None;
        }
    }

    pub(super) fn open_cursor(&mut self) -> Vec<Effect> {
        let first =
            self.people.rows.iter().position(|row| !matches!(row, Row::Header(..) | Row::Rooms | Row::Invitation(_)));
        let Some(row) = self.people.cursor.or(first).and_then(|at| self.people.rows.get(at)).cloned() else {
            return Vec::new();
        };
        match row {
            Row::Dial(text) => self.place_call(CallTo::Text(text.into())),
            Row::Header(..) | Row::Rooms | Row::Invitation(_) => Vec::new(),
            Row::Find(words) => self.update_find(super::find::Message::Open(words)),
            row => match self.people.jid(&row, &self.snapshot) {
                Some(jid) => self.open(jid),
                None => Vec::new(),
            },
        }
    }

    pub(super) fn step(&mut self, step: Step) -> Vec<Effect> {
        let start = self.open.as_ref().and_then(|jid| self.people.row_of(jid, &self.snapshot));
        match self.people.step(step, start) {
            // The rows there are built at once, not when the scrolled part tells of it.
            Some(offset) => self.update_pages(Message::PeopleDragged(offset)),
            None => Vec::new(),
        }
    }

    pub(super) fn ask_history(&self) -> Vec<Effect> {
        ask_for(Request::History { limit: HISTORY, before: None, filter: HistoryFilter::default() }, Purpose::History)
    }
}
