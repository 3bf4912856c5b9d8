//! What every event does: state in, effects out.

use std::sync::Arc;

use iced::widget::text_editor;

use super::app::{App, Effect, Overlay, Place, Purpose, SetUpForm, name};
use super::message::Message;
use super::text;
use crate::account::{CallTo, NoticeBody, Phase, Request, Snapshot};
use crate::model::{CallId, CallState, Direction, MessageDirection, Now};

/// How long a toast stays, seconds.
const TOAST: u64 = 8;
/// The longest message that the field takes, in bytes: what the server's stanza limit leaves.
const LONGEST_MESSAGE: usize = 100_000;

impl App {
    /// One event.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        super::words::speak(self.language());
        let moved = matches!(
            message,
            Message::Snapshot(_) | Message::Answered(..) | Message::TimelineScrolled(..) | Message::Open(_)
        );
        let mut effects = self.happen(message);
        if moved {
            effects.extend(self.ask_pictures());
        }
        effects.extend(self.notify());
        effects.extend(self.follow_tray());
        effects
    }

    fn happen(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Snapshot(snapshot) => self.take_snapshot(snapshot),
            Message::Meters(meters) => {
                self.meters = meters;
                Vec::new()
            }
            Message::Notice(notice) => self.noticed(notice.body),
            Message::Answered(purpose, answer) => self.answered(purpose, answer),
            Message::Tick(now) => self.tick(now),
            Message::Resized(size) => {
                let (narrow, tiny) = (self.narrow(), self.tiny());
                self.size = size;
                let mut effects = self.size_changed();
                let rebuilt = (narrow, tiny) != (self.narrow(), self.tiny());
                // The other arrangement is made of new widgets: who was writing goes on writing.
                let writes = self.place == Place::Chat && self.showing_conversation && self.people.query.is_empty();
                if rebuilt && writes && self.overlay.is_none() {
                    effects.push(Effect::Focus(name::COMPOSER));
                }
                effects
            }
            Message::Focused(focused) => {
                self.focused = focused;
                let mut effects = if focused { Vec::new() } else { self.let_go_of_talk_key() };
                effects.extend(self.mark_read());
                effects
            }
            Message::SystemDark(dark) => {
                self.system_dark = dark;
                Vec::new()
            }
            Message::CloseRequested => self.close(),
            Message::EndNow => vec![Effect::Exit],
            Message::Key(key, modifiers, used) => self.key(&key, modifiers, used),
            Message::HideFindings => {
                self.hidden_findings.clone_from(&self.snapshot.parity.findings);
                Vec::new()
            }
            Message::ToastSeen => {
                self.toast = None;
                Vec::new()
            }
            Message::Lay(overlay) => {
                let declined = overlay.is_none() && matches!(self.overlay, Some(Overlay::Choose(..)));
                let mut effects = self.lay(overlay);
                effects.extend(if declined { self.not_asked() } else { Vec::new() });
                effects
            }
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
            Message::SignIn(without) => self.sign_in(without),
            Message::Dropped(path) => self.dropped(path),
            Message::Setting(message) => self.setting(message),
            Message::Do(request) => self.run(request),
            Message::Call(to) => self.place_call(to),
            Message::OpenCall(id) => {
                self.call_view = Some(id);
                self.conference.view = None;
                self.asked_stats = None;
                self.ask_stats()
            }
            Message::CloseCall => {
                self.call_view = None;
                self.keypad = None;
                Vec::new()
            }
            Message::Conference(message) => self.update_conference(message),
            Message::Meeting(message) => self.update_meeting(message),
            Message::Arrange(message) => self.arrange(message),
            Message::Sound(message) => self.update_sound(message),
            Message::Transfer(message) => self.update_transfer(message),
            Message::CallText(message) => self.update_call_text(message),
            Message::Answering(message) => self.update_answering(message),
            Message::AnswerInstead(old, new) => {
                let mut effects = ask(Request::Hangup(old));
                effects.extend(ask(Request::Answer(new)));
                effects
            }
            Message::Choose(step) => self.choose(step),
            Message::Talk(message) => self.update_talk(message),
            Message::Find(message) => self.update_find(message),
            Message::Notes(message) => self.update_notes(message),
            Message::Topics(message) => self.update_topics(message),
            Message::Desktop(message) => self.update_desktop(message),
            Message::Tray(message) => self.update_tray(message),
            Message::Login(message) => self.update_login(message),
            Message::Said(text) => self.say(text),
            other => self.update_pages(other),
        }
    }

    /// The program tells something.
    fn noticed(&mut self, notice: NoticeBody) -> Vec<Effect> {
        match notice {
            // A banner says it already, and stays.
            NoticeBody::Problem(text) if self.snapshot.conditions.iter().any(|known| known.text == text) => Vec::new(),
            NoticeBody::Problem(text) => self.say(text),
            // Somebody else ended the program: what was written last is kept all the same.
            NoticeBody::Quit => {
                let mut effects = self.keep();
                effects.push(Effect::Exit);
                effects
            }
            NoticeBody::Attention(_) if !self.focused => vec![Effect::Attention],
            NoticeBody::Write(jid, text) => self.write_from_link(jid, &text),
            NoticeBody::Raise(jid) => {
                let mut effects = self.raise();
                effects.extend(jid.map(|jid| self.open(jid)).unwrap_or_default());
                effects
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn update_pages(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Card(message) => self.update_card(message),
            Message::Go(place) => self.go(place),
            Message::Book(message) => self.update_book(message),
            Message::OwnAccounts(message) => self.update_accounts(message),
            Message::Others(message) => self.update_others(message),
            Message::Export(message) => self.update_export(message),
            Message::Room(message) => self.update_rooms(message),
            Message::File(message) => self.update_files(message),
            Message::Contact(message) => self.update_contacts(message),
            Message::Keypad(id) => {
                self.keypad = if self.keypad == Some(id) { None } else { Some(id) };
                Vec::new()
            }
            Message::SetFeature(feature, scope, on) => self.set_feature(feature, scope, on),
            Message::Report(save) => ask_for(Request::Diagnose { save }, Purpose::Report),
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
                effects.extend(self.ask_quotes());
                effects
            }
            Message::Numbers(message) => self.update_numbers(message),
            Message::Telephone(message) => self.update_telephone(message),
            Message::History(message) => self.update_history(message),
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
                if from_start < height { self.ask_older(jid) } else { self.ask_newer(jid, from_end) }
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
                    chat.look(&self.snapshot.dialling, false);
                }
                Vec::new()
            }
            Message::Copy(words) => {
                let mut effects = self.say(text::COPIED.into());
                effects.push(Effect::Copy(words));
                effects
            }
            Message::Edit(action) => {
                let Some(jid) = self.open.clone() else { return Vec::new() };
                let chat = self.chats.entry(jid.clone()).or_default();
                chat.chosen = None;
                let grows = matches!(action, text_editor::Action::Edit(_));
                if !grows || chat.draft.text().len() < LONGEST_MESSAGE || shrinks(&action) {
                    chat.draft.perform(action);
                }
                if grows { self.draft_typed(jid) } else { Vec::new() }
            }
            Message::SendDraft => self.send_draft(),
            Message::ToggleDetails => {
                self.details = !self.details;
                let mut effects = self.ask_quotes();
                effects.extend(self.ask_features());
                effects
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn take_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        let old = std::mem::replace(&mut self.snapshot, snapshot);
        let language = old.appearance.language != self.snapshot.appearance.language;
        super::words::speak(self.language());
        let contacts = !Arc::ptr_eq(&old.contacts, &self.snapshot.contacts);
        let talks = !Arc::ptr_eq(&old.conversations, &self.snapshot.conversations);
        if contacts {
            self.people.learn_contacts(&self.snapshot.contacts);
        }
        if talks {
            self.people.learn_conversations(&self.snapshot.conversations);
        }
        let same = old.same_persons != self.snapshot.same_persons;
        if same {
            self.people.learn_same(&self.snapshot.same_persons);
            // Who is one person now, or two again, is read anew.
            self.chats.values_mut().for_each(super::chat::Chat::begin_anew);
            self.open = self.open.as_ref().map(|jid| self.first_of(jid));
        }
        let rooms = !Arc::ptr_eq(&old.rooms, &self.snapshot.rooms) || old.invitations != self.snapshot.invitations;
        if contacts || talks || rooms || language || same {
            self.refill_list();
        }
        if rooms {
            self.learn_rooms();
        }
        if !Arc::ptr_eq(&old.dialling, &self.snapshot.dialling) {
            for chat in self.chats.values_mut() {
                chat.look(&self.snapshot.dialling, true);
            }
        }
        if !Arc::ptr_eq(&old.pictures, &self.snapshot.pictures) {
            self.learn_message_pictures();
            self.learn_own_pictures();
        }
        let mut effects = if rooms { self.room_changed() } else { Vec::new() };
        if old.accounts != self.snapshot.accounts || old.relations != self.snapshot.relations {
            self.forget_quotes();
        }
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
        // A caller whom the setting silences asks for no attention either.
        if self.incoming().is_some_and(|call| !rings(&old, call.id) && !call.silenced) {
            effects.push(Effect::Attention);
        }
        let over = |snapshot: &Snapshot| snapshot.calls.iter().filter(|call| call.end.is_some()).count();
        let ended = old.calls.len() != self.snapshot.calls.len() || over(&old) != over(&self.snapshot);
        if ended && (self.place == Place::Calls || self.open.is_some()) {
            effects.extend(self.ask_history());
            effects.extend(self.refresh_past());
        }
        self.follow_transfer();
        self.call_view = self.call_view.filter(|id| self.call(*id).is_some());
        self.keypad = self.keypad.filter(|id| self.call(*id).is_some_and(|call| call.end.is_none()));
        effects.extend(self.follow_desktop());
        effects.extend(self.ask_newest());
        effects.extend(self.mark_read());
        effects.extend(self.see_calls());
        effects.extend(self.follow_invitation());
        effects.extend(self.ask_quotes());
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

    pub(super) fn go(&mut self, place: Place) -> Vec<Effect> {
        let mut effects = if place == self.place { Vec::new() } else { self.hold_voice_note() };
        effects.extend(self.go_to(place));
        effects
    }

    fn go_to(&mut self, place: Place) -> Vec<Effect> {
        self.place = place;
        self.call_view = None;
        self.conference.view = None;
        if self.overlay == Some(Overlay::Answering) {
            self.overlay = None;
        }
        match place {
            Place::Calls => {
                let mut effects = self.ask_history();
                effects.extend(self.refresh_past());
                effects.extend(self.see_calls());
                effects
            }
            Place::Chat => {
                let mut effects = self.mark_read();
                effects.push(Effect::ScrollTo(name::PEOPLE_SCROLL, self.people.offset));
                effects
            }
            Place::Settings => {
                let mut effects = self.read_card();
                effects.extend(self.read_archives());
                effects
            }
            Place::Connections => Vec::new(),
        }
    }

    pub(super) fn place_call(&mut self, to: CallTo) -> Vec<Effect> {
        let anonymous = self.book.anonymous.take();
        let request =
            Request::Call { to: to.clone(), account: None, via: None, confirm: false, video: false, anonymous };
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
