//! What every event does: state in, effects out.

use std::sync::Arc;

use iced::widget::text_editor;

use super::app::{App, Effect, Field, Message, Overlay, Place, Purpose, SetUpForm, Step, name};
use super::chat::PAGE;
use super::people::Row;
use super::text;
use crate::account::{CallTo, NoticeBody, Phase, Request, SetUp, Snapshot};
use crate::model::{CallId, CallState, Direction, Jid, MessageDirection, Now};
use crate::platform::Secret;
use crate::store::CallRecord;

/// Rows of the call history that are asked for.
const HISTORY: u32 = 200;
/// How long a toast stays, seconds.
const TOAST: u64 = 8;
/// The longest message that the field takes, in bytes: what the server's stanza limit leaves.
const LONGEST_MESSAGE: usize = 100_000;

impl App {
    /// One event.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Snapshot(snapshot) => self.take_snapshot(snapshot),
            Message::Meters(meters) => {
                self.meters = meters;
                Vec::new()
            }
            Message::Notice(notice) => match notice.body {
                // A banner says it already, and stays.
                NoticeBody::Problem(text) if self.snapshot.conditions.iter().any(|known| known.text == text) => {
                    Vec::new()
                }
                NoticeBody::Problem(text) => self.say(text),
                NoticeBody::Quit => vec![Effect::Exit],
                NoticeBody::Raise(jid) => {
                    let mut effects = vec![Effect::Raise];
                    effects.extend(jid.map(|jid| self.open(jid)).unwrap_or_default());
                    effects
                }
                _ => Vec::new(),
            },
            Message::Answered(purpose, answer) => self.answered(purpose, answer),
            Message::Tick(now) => self.tick(now),
            Message::Resized(size) => {
                let (narrow, tiny) = (self.narrow(), self.tiny());
                self.size = size;
                let rebuilt = (narrow, tiny) != (self.narrow(), self.tiny());
                // The other arrangement is made of new widgets: who was writing goes on writing.
                let writes = self.place == Place::Chat && self.showing_conversation && self.people.query.is_empty();
                if rebuilt && writes && self.overlay.is_none() {
                    vec![Effect::Focus(name::COMPOSER)]
                } else {
                    Vec::new()
                }
            }
            Message::Focused(focused) => {
                self.focused = focused;
                self.mark_read()
            }
            Message::SystemDark(dark) => {
                self.system_dark = dark;
                Vec::new()
            }
            Message::CloseRequested => vec![Effect::Ask(Request::Quit, Purpose::Quit), Effect::ExitLater],
            Message::EndNow => vec![Effect::Exit],
            Message::Key(key, modifiers, used) => self.key(&key, modifiers, used),
            Message::ToastSeen => {
                self.toast = None;
                Vec::new()
            }
            Message::Lay(overlay) => self.lay(overlay),
            Message::PasswordTyped(typed) => {
                if let Some(Overlay::Password(_, password)) = &mut self.overlay {
                    *password = typed;
                }
                Vec::new()
            }
            Message::PasswordSubmit => self.password_submit(),
            Message::SetUp(field, text) => self.set_up_field(field, text),
            Message::Advanced(advanced) => {
                self.form.advanced = advanced;
                Vec::new()
            }
            Message::SignIn => self.sign_in(),
            Message::DeviceMenu(role) => {
                self.device_menu = if self.device_menu == Some(role) { None } else { Some(role) };
                Vec::new()
            }
            Message::Device(role, name) => {
                self.device_menu = None;
                ask(Request::SetDevice { role, name: name.into() })
            }
            Message::Do(request) => self.run(request),
            Message::Call(to) => self.place_call(to),
            Message::OpenCall(id) => {
                self.call_view = Some(id);
                self.asked_stats = None;
                self.ask_stats()
            }
            Message::CloseCall => {
                self.call_view = None;
                self.keypad = None;
                Vec::new()
            }
            Message::Keypad(id) => {
                self.keypad = if self.keypad == Some(id) { None } else { Some(id) };
                Vec::new()
            }
            other => self.update_pages(other),
        }
    }

    fn update_pages(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Go(place) => self.go(place),
            Message::Back => {
                self.showing_conversation = false;
                self.details = false;
                vec![Effect::Focus(name::PEOPLE), Effect::ScrollTo(name::PEOPLE_SCROLL, self.people.offset)]
            }
            Message::Query(query) => {
                self.people.query = query;
                self.refill_list();
                self.people.offset = 0.0;
                let mut effects = vec![Effect::ScrollTo(name::PEOPLE_SCROLL, 0.0)];
                effects.extend(self.ask_visible());
                effects
            }
            Message::QuerySubmit | Message::OpenCursor => self.open_cursor(),
            Message::Step(step) => self.step(step),
            Message::Typed(text) => {
                let query = format!("{}{text}", self.people.query);
                let mut effects = self.update_pages(Message::Query(query));
                effects.push(Effect::Focus(name::SEARCH));
                effects
            }
            Message::PeopleScrolled(offset, height) => {
                self.people.offset = offset;
                self.people.height = height;
                self.ask_visible()
            }
            Message::PeopleDragged(offset) => {
                self.people.offset = offset;
                let mut effects = vec![Effect::ScrollTo(name::PEOPLE_SCROLL, offset)];
                effects.extend(self.ask_visible());
                effects
            }
            Message::Open(jid) => self.open(jid),
            Message::TimelineScrolled(from_end, from_start, height) => {
                let Some(jid) = self.open.clone() else { return Vec::new() };
                let chat = self.chats.entry(jid.clone()).or_default();
                chat.from_end = from_end;
                chat.height = height;
                if from_start < height { self.ask_older(jid) } else { Vec::new() }
            }
            Message::PageTimeline(up) => {
                let Some(chat) = self.open.as_ref().and_then(|jid| self.chats.get(jid)) else { return Vec::new() };
                let by = chat.height * 0.85;
                let target = if up { chat.from_end + by } else { (chat.from_end - by).max(0.0) };
                vec![Effect::ScrollTo(name::TIMELINE, target)]
            }
            Message::ShowWhole(id) => {
                if let Some(chat) = self.open.as_ref().and_then(|jid| self.chats.get_mut(jid)) {
                    chat.whole.insert(id);
                }
                Vec::new()
            }
            Message::Copy(words) => {
                let mut effects = self.say(text::COPIED.into());
                effects.push(Effect::Copy(words));
                effects
            }
            Message::Edit(action) => {
                if let Some(jid) = self.open.clone() {
                    let chat = self.chats.entry(jid).or_default();
                    let grows = matches!(action, text_editor::Action::Edit(_));
                    if !grows || chat.draft.text().len() < LONGEST_MESSAGE || shrinks(&action) {
                        chat.draft.perform(action);
                    }
                }
                Vec::new()
            }
            Message::SendDraft => self.send_draft(),
            Message::ToggleDetails => {
                self.details = !self.details;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn take_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        let old = std::mem::replace(&mut self.snapshot, snapshot);
        let contacts = !Arc::ptr_eq(&old.contacts, &self.snapshot.contacts);
        let talks = !Arc::ptr_eq(&old.conversations, &self.snapshot.conversations);
        if contacts {
            self.people.learn_contacts(&self.snapshot.contacts);
        }
        if talks {
            self.people.learn_conversations(&self.snapshot.conversations);
        }
        if contacts || talks {
            self.refill_list();
        }
        let mut effects = Vec::new();
        if contacts {
            effects.extend(self.ask_visible());
            self.learn_shown_pictures();
        }
        if self.snapshot.phase == Phase::Running && old.phase != Phase::Running {
            // The password has done its work.
            self.form = SetUpForm::default();
        }
        if self.snapshot.phase == Phase::Quitting && old.phase != Phase::Quitting {
            effects.push(Effect::Exit);
        }
        let rings = |snapshot: &Snapshot, id: CallId| {
            snapshot
                .calls
                .iter()
                .any(|call| call.id == id && call.direction == Direction::Incoming && call.state == CallState::Ringing)
        };
        // The banner has come while the toast was there.
        let conditions = &self.snapshot.conditions;
        if self.toast.as_ref().is_some_and(|(said, _)| conditions.iter().any(|known| known.text == *said)) {
            self.toast = None;
        }
        if self.incoming().is_some_and(|call| !rings(&old, call.id)) {
            effects.push(Effect::Attention);
        }
        let ended: bool = old.calls.len() != self.snapshot.calls.len();
        if ended && (self.place == Place::Calls || self.open.is_some()) {
            effects.extend(self.ask_history());
        }
        self.call_view = self.call_view.filter(|id| self.call(*id).is_some());
        self.keypad = self.keypad.filter(|id| self.call(*id).is_some_and(|call| call.end.is_none()));
        effects.extend(self.ask_newest());
        effects.extend(self.mark_read());
        effects
    }

    pub(super) fn refill_list(&mut self) {
        let snapshot = self.snapshot.clone();
        self.people.rebuild(&snapshot);
    }

    fn learn_shown_pictures(&mut self) {
        let mut people = self.people.seen(&self.snapshot);
        people.extend(self.open.clone());
        people.extend(self.snapshot.calls.iter().filter_map(|call| call.peer.jid.clone()));
        self.learn_pictures(&people);
    }

    /// Tells the manager whose cards are wanted first, when that changed.
    fn ask_visible(&mut self) -> Vec<Effect> {
        let seen = self.people.seen(&self.snapshot);
        self.learn_pictures(&seen);
        if seen == self.asked_visible {
            return Vec::new();
        }
        self.asked_visible.clone_from(&seen);
        ask_for(Request::Visible(seen), Purpose::Quiet)
    }

    fn ask_newest(&mut self) -> Vec<Effect> {
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

    fn ask_older(&mut self, jid: Jid) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        if chat.complete || chat.asking_older || !chat.loaded {
            return Vec::new();
        }
        let Some(before) = chat.oldest() else { return Vec::new() };
        chat.asking_older = true;
        let request = Request::Messages { with: jid.clone(), limit: PAGE, before: Some(before) };
        ask_for(request, Purpose::Older(jid))
    }

    /// What is on the screen of a focused window has been read.
    fn mark_read(&mut self) -> Vec<Effect> {
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

    fn ask_history(&self) -> Vec<Effect> {
        ask_for(Request::History { limit: HISTORY, before: None }, Purpose::History)
    }

    /// Puts the finished calls with the person of the open conversation into it.
    pub(super) fn sort_calls(&mut self) {
        let (Some(jid), Some(history)) = (self.open.clone(), &self.history) else { return };
        let with = |record: &&CallRecord| record.call.peer.jid.as_ref() == Some(&jid);
        let calls = history.iter().filter(with).cloned().collect();
        self.chats.entry(jid).or_default().take_calls(calls);
    }

    pub(super) fn go(&mut self, place: Place) -> Vec<Effect> {
        self.place = place;
        self.call_view = None;
        match place {
            Place::Calls => self.ask_history(),
            Place::Chat => {
                let mut effects = self.mark_read();
                effects.push(Effect::ScrollTo(name::PEOPLE_SCROLL, self.people.offset));
                effects
            }
            Place::Connections | Place::Settings => Vec::new(),
        }
    }

    pub(super) fn open(&mut self, jid: Jid) -> Vec<Effect> {
        self.place = Place::Chat;
        self.call_view = None;
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
        let mut effects = vec![Effect::Focus(name::COMPOSER)];
        if changed {
            self.chats.entry(jid).or_default().from_end = 0.0;
            effects.push(Effect::TimelineEnd);
            effects.extend(self.step_into_view());
            match self.history {
                Some(_) => self.sort_calls(),
                None => effects.extend(self.ask_history()),
            }
        }
        effects.extend(self.ask_newest());
        effects.extend(self.mark_read());
        effects
    }

    fn open_cursor(&mut self) -> Vec<Effect> {
        let first = self.people.rows.iter().position(|row| !matches!(row, Row::Header(..)));
        let Some(row) = self.people.cursor.or(first).and_then(|at| self.people.rows.get(at)).cloned() else {
            return Vec::new();
        };
        match row {
            Row::Dial(text) => self.place_call(CallTo::Text(text.into())),
            Row::Header(..) => Vec::new(),
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

    fn send_draft(&mut self) -> Vec<Effect> {
        let Some(jid) = self.open.clone() else { return Vec::new() };
        let chat = self.chats.entry(jid.clone()).or_default();
        let text = chat.draft.text();
        let body: Arc<str> = text.trim_end().into();
        if body.trim().is_empty() {
            return Vec::new();
        }
        chat.draft = text_editor::Content::new();
        chat.from_end = 0.0;
        vec![
            Effect::Ask(Request::Send { to: jid.clone(), body: body.clone() }, Purpose::Sent(jid, body)),
            Effect::TimelineEnd,
            Effect::Focus(name::COMPOSER),
        ]
    }

    pub(super) fn place_call(&mut self, to: CallTo) -> Vec<Effect> {
        let request = Request::Call { to: to.clone(), account: None, via: None, confirm: false, video: false };
        ask_for(request, Purpose::Call(to))
    }

    pub(super) fn run(&mut self, request: Request) -> Vec<Effect> {
        if matches!(request, Request::Call { .. }) {
            self.overlay = None;
        }
        ask(request)
    }

    pub(super) fn lay(&mut self, overlay: Option<Overlay>) -> Vec<Effect> {
        self.overlay = overlay;
        match self.overlay {
            Some(Overlay::Password(..)) => vec![Effect::Focus(name::SHEET_FIELD)],
            _ => Vec::new(),
        }
    }

    fn password_submit(&mut self) -> Vec<Effect> {
        match self.overlay.take() {
            Some(Overlay::Password(account, password)) if !password.is_empty() => {
                ask(Request::Password { account, password: Secret::new(password) })
            }
            other => {
                self.overlay = other;
                Vec::new()
            }
        }
    }

    fn set_up_field(&mut self, field: Field, text: String) -> Vec<Effect> {
        *match field {
            Field::Address => &mut self.form.address,
            Field::Password => &mut self.form.password,
            Field::ChatServer => &mut self.form.chat_server,
            Field::VoiceServer => &mut self.form.voice_server,
        } = text;
        Vec::new()
    }

    fn sign_in(&mut self) -> Vec<Effect> {
        let form = &self.form;
        if form.address.trim().is_empty() {
            return vec![Effect::Focus(name::SETUP_ADDRESS)];
        }
        if form.password.is_empty() {
            return vec![Effect::Focus(name::SETUP_PASSWORD)];
        }
        // Hidden fields do not count: what is not on the screen must not steer the sign-in.
        let server = |text: &String| Arc::from(if form.advanced { text.trim() } else { "" });
        ask(Request::SetUp(SetUp {
            address: form.address.trim().into(),
            password: Secret::new(form.password.clone()),
            chat_server: server(&form.chat_server),
            voice_server: server(&form.voice_server),
        }))
    }

    pub(super) fn say(&mut self, text: Arc<str>) -> Vec<Effect> {
        self.toast = Some((text, self.now));
        Vec::new()
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        self.now = now;
        if self.toast.as_ref().is_some_and(|(_, since)| now.boot.saturating_since(since.boot).as_secs() >= TOAST) {
            self.toast = None;
        }
        self.ask_stats()
    }
}

fn shrinks(action: &text_editor::Action) -> bool {
    matches!(action, text_editor::Action::Edit(text_editor::Edit::Backspace | text_editor::Edit::Delete))
}

pub(super) fn ask(request: Request) -> Vec<Effect> {
    vec![Effect::Ask(request, Purpose::Tell)]
}

pub(super) fn ask_for(request: Request, purpose: Purpose) -> Vec<Effect> {
    vec![Effect::Ask(request, purpose)]
}

/// Whether the user wrote the message.
pub(super) fn is_own(direction: MessageDirection) -> bool {
    direction == MessageDirection::Out
}
