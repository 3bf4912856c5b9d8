//! What the keyboard does beyond the focused widget: the shortcuts of the sheet that F1 shows.

use iced::keyboard;

use super::app::{App, Effect, Overlay, Place, Step, name};
use super::message::Message;
use super::telephone::Message as Telephone;
use super::transfer::Message as Transfer;
use super::update::ask;
use crate::account::{CallTo, Request};
use crate::model::{CallState, Jid};

impl App {
    pub(super) fn key(&mut self, key: &keyboard::Key, modifiers: keyboard::Modifiers, used: bool) -> Vec<Effect> {
        use keyboard::key::Named;
        let plain = !modifiers.control() && !modifiers.alt();
        match key {
            key if super::sound::is_talk_key(key) => self.update(Message::Sound(super::sound::Message::Talk(true))),
            keyboard::Key::Named(Named::Escape) => self.escape(),
            keyboard::Key::Named(Named::F1) => self.lay(Some(Overlay::Shortcuts)),
            keyboard::Key::Named(Named::Tab) if plain && !used => {
                vec![if modifiers.shift() { Effect::FocusPrevious } else { Effect::FocusNext }]
            }
            keyboard::Key::Named(Named::Enter) if modifiers.control() && modifiers.shift() => match self.chosen() {
                Some(jid) => self.place_call(CallTo::Contact(jid)),
                None => Vec::new(),
            },
            keyboard::Key::Named(arrow @ (Named::ArrowUp | Named::ArrowDown))
                if self.overlay == Some(Overlay::Find) =>
            {
                let step = if *arrow == Named::ArrowDown { Step::Down } else { Step::Up };
                self.update_find(super::find::Message::Step(step))
            }
            keyboard::Key::Named(arrow @ (Named::ArrowUp | Named::ArrowDown)) if modifiers.alt() => {
                self.next_conversation(*arrow == Named::ArrowDown, modifiers.shift())
            }
            keyboard::Key::Named(Named::ContextMenu) if !used => self.copy_chosen(),
            keyboard::Key::Named(Named::F10) if modifiers.shift() && !used => self.copy_chosen(),
            keyboard::Key::Named(Named::Enter) if plain && !used && self.takes_pad_keys() => {
                self.update(Message::Telephone(Telephone::Dial))
            }
            keyboard::Key::Named(Named::Backspace) if plain && !used && self.takes_pad_keys() => {
                self.update(Message::Telephone(Telephone::Erase))
            }
            keyboard::Key::Named(named) if plain && !used && self.lists_keys() => match named {
                Named::ArrowUp => self.step(Step::Up),
                Named::ArrowDown => self.step(Step::Down),
                Named::PageUp => self.step(Step::PageUp),
                Named::PageDown => self.step(Step::PageDown),
                _ => Vec::new(),
            },
            keyboard::Key::Character(tone) if plain && !used => match self.keypad {
                Some(id) if matches!(tone.as_bytes(), [b'0'..=b'9' | b'*' | b'#']) => {
                    ask(Request::Dtmf(id, tone.as_str().into()))
                }
                None if self.takes_pad_keys() => self.pad_key(tone),
                _ => Vec::new(),
            },
            keyboard::Key::Character(letter)
                if modifiers.control() && !modifiers.shift() && !used && letter.eq_ignore_ascii_case("c") =>
            {
                self.copy_chosen()
            }
            keyboard::Key::Character(letter) if modifiers.control() => self.chord(letter, modifiers.shift()),
            _ => Vec::new(),
        }
    }

    fn lists_keys(&self) -> bool {
        self.running() && self.place == Place::Chat && self.overlay.is_none() && self.call_view.is_none()
    }

    fn chosen(&self) -> Option<Jid> {
        if self.people.query.is_empty() && self.open.is_some() {
            return self.open.clone();
        }
        let row = self.people.cursor.and_then(|at| self.people.rows.get(at))?;
        self.people.jid(row, &self.snapshot).or_else(|| self.open.clone())
    }

    fn chord(&mut self, letter: &str, shift: bool) -> Vec<Effect> {
        // A list of keys is not in the way of the keys.
        if self.overlay == Some(Overlay::Shortcuts) {
            self.overlay = None;
        }
        let living = self.current_call().map(|call| (call.id, call.muted, call.state));
        match (letter.to_lowercase().as_str(), shift) {
            ("k", false) => {
                self.place = Place::Chat;
                self.showing_conversation = false;
                self.call_view = None;
                self.conference.view = None;
                vec![Effect::Focus(name::SEARCH)]
            }
            ("n", false) if self.overlay.is_none() && self.question().is_none() => {
                self.update_contacts(super::contacts::Message::Show(super::contacts::Sheet::Add))
            }
            (",", _) => self.go(Place::Settings),
            ("f", false) if self.running() => self.update_find(super::find::Message::Open(String::new())),
            ("e", false) if self.place == Place::Chat && self.open.is_some() && self.overlay.is_none() => {
                self.update_talk(super::talk::Message::Picker(Some(super::talk::PickFor::Draft)))
            }
            ("a", true) => self.incoming().map(|call| call.id).map_or(Vec::new(), |id| ask(Request::Answer(id))),
            ("d", true) => match (self.incoming().map(|call| call.id), living) {
                (Some(id), _) => ask(Request::Decline(id)),
                (None, Some((id, ..))) => ask(Request::Hangup(id)),
                (None, None) => Vec::new(),
            },
            ("s", true) => ask(Request::Devices(crate::account::DevicesRequest::Switch)),
            ("m", true) => living.map_or(Vec::new(), |(id, muted, _)| ask(Request::Mute(id, !muted))),
            ("h", true) => match living {
                Some((id, _, CallState::Held)) => ask(Request::Resume(id)),
                Some((id, ..)) => ask(Request::Hold(id)),
                None => Vec::new(),
            },
            ("t", true) => self.open_transfer(),
            ("x", true) => self.swap(),
            ("j", true) if !self.snapshot.joinable.is_empty() => {
                self.update(Message::Conference(super::conference::Message::Join))
            }
            ("r", true) => self.update(Message::Telephone(Telephone::Redial)),
            ("v", true) => self.update(Message::Telephone(Telephone::Voicemail(None))),
            ("b", true) => self.toggle_do_not_disturb(),
            ("l", true) => self.go(Place::Calls),
            ("o", true) => living.map_or(Vec::new(), |(id, ..)| self.update(Message::OpenCall(id))),
            ("q", true) => {
                living.map_or(Vec::new(), |(id, ..)| self.update(Message::Sound(super::sound::Message::Quality(id))))
            }
            ("k", true) => living.map_or(Vec::new(), |(id, ..)| self.update(Message::Keypad(id))),
            _ => Vec::new(),
        }
    }

    /// The call that is talked in is handed over: whoever is asked first already is connected by the same key.
    fn open_transfer(&mut self) -> Vec<Effect> {
        if let Some((call, with)) = self.transfer.asking.as_ref().and_then(|asking| Some((asking.call, asking.with?)))
            && self.call(with).is_some_and(|call| self.can_transfer(call))
        {
            return self.update(Message::Transfer(Transfer::Connect(call, with)));
        }
        let call = self.current_call().filter(|call| self.can_transfer(call)).map(|call| call.id);
        call.map_or_else(Vec::new, |call| self.update(Message::Transfer(Transfer::Open(call))))
    }

    fn swap(&mut self) -> Vec<Effect> {
        if self.can_swap() { self.update(Message::Transfer(Transfer::Swap)) } else { Vec::new() }
    }

    /// One call waits while another goes on.
    pub(super) fn can_swap(&self) -> bool {
        let any = |state| self.bar_calls().any(|call| call.end.is_none() && call.state == state);
        any(CallState::Held) && any(CallState::Active)
    }

    /// Closes the topmost thing.
    fn escape(&mut self) -> Vec<Effect> {
        if self.overlay == Some(Overlay::TestSetup) {
            return self.update(Message::Sound(super::sound::Message::Test(false)));
        }
        if self.overlay.is_some() {
            return self.update(Message::Lay(None));
        }
        if self.toast.take().is_some()
            || self.keypad.take().is_some()
            || self.call_view.take().is_some()
            || self.conference.view.take().is_some()
        {
            return Vec::new();
        }
        if !self.people.query.is_empty() {
            return self.update(Message::Query(String::new()));
        }
        if self.place == Place::Chat && self.step_out_of_talk() {
            return vec![Effect::Focus(name::COMPOSER)];
        }
        if self.place == Place::Chat && self.unchoose() {
            return vec![Effect::Focus(name::COMPOSER)];
        }
        if self.details {
            self.details = false;
            return Vec::new();
        }
        if let Some(effects) = self.escape_past() {
            return effects;
        }
        if self.place != Place::Chat {
            return self.go(Place::Chat);
        }
        if self.narrow() && self.showing_conversation {
            return self.update(Message::Back);
        }
        Vec::new()
    }

    fn next_conversation(&mut self, down: bool, unread: bool) -> Vec<Effect> {
        let rows = self.people.rows.clone();
        let people: Vec<Jid> = rows
            .iter()
            .filter_map(|row| self.people.jid(row, &self.snapshot))
            .filter(|jid| !unread || self.people.conversation(&self.snapshot, jid).is_some_and(|talk| talk.unread > 0))
            .collect();
        let at = self.open.as_ref().and_then(|open| people.iter().position(|jid| jid == open));
        let next = match (at, down) {
            (None, _) => 0,
            (Some(at), true) => at + 1,
            (Some(at), false) => at.saturating_sub(1),
        };
        let Some(jid) = people.get(next).cloned() else { return Vec::new() };
        let mut effects = self.open(jid);
        effects.extend(self.step_into_view());
        effects
    }

    /// Brings the cursor's row onto the screen without moving it.
    pub(super) fn step_into_view(&mut self) -> Vec<Effect> {
        let Some(cursor) = self.people.cursor else { return Vec::new() };
        let (top, bottom) = (self.people.top(cursor), self.people.top(cursor + 1));
        let offset = if top < self.people.offset {
            top
        } else if self.people.height > 0.0 && bottom > self.people.offset + self.people.height {
            bottom - self.people.height
        } else {
            return Vec::new();
        };
        self.people.offset = offset;
        vec![Effect::ScrollTo(name::PEOPLE_SCROLL, offset)]
    }
}
