//! The dial pad, voicemail and lamps.

use std::sync::Arc;

use super::app::{App, Effect, Place, Purpose};
use super::people::dialable;
use super::update::{ask, ask_for};
use crate::account::{CallTo, EventsRequest, Request};
use crate::model::{AccountId, Call, Contact, Question, QuestionKind};

/// Suggestions under the number that is typed.
const SUGGESTIONS: usize = 5;
/// The longest text that the field takes.
const LONGEST: usize = 256;

/// What a narrow window shows of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Who called and was called.
    #[default]
    History,
    /// The keys.
    Pad,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// The number or name in the pad changed: typed or pasted.
    Number(String),
    /// A key of the pad.
    Key(char),
    /// A key of the pad was held: 0 is a plus, 1 is the voicemail.
    Held(char),
    /// Take the last sign away.
    Erase,
    /// Call what stands in the pad.
    Dial,
    /// A key of the keyboard is held: as a key of the pad that is held.
    Repeat(char),
    /// The address of a phone that is to be watched changed.
    LampTyped(String),
    /// Watch the phone at that address.
    AddLamp,
    /// Watch the phone at this address, or no longer.
    Watch(Arc<str>, Option<AccountId>, bool),
    /// In a narrow window: show this.
    Show(Part),
    /// Call whom was called last.
    Redial,
    /// Call the voicemail of an account.
    Voicemail(Option<AccountId>),
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    pub(super) number: String,
    pub(super) part: Part,
    /// The address of a phone that is to be watched, while it is typed.
    pub(super) lamp: String,
    /// The key of the keyboard that is held has done its work.
    held: bool,
}

/// Somebody whom the typed digits or letters may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The name.
    pub name: String,
    /// The number or address.
    pub detail: String,
    /// Whom to call.
    pub to: CallTo,
}

impl App {
    pub(super) fn update_telephone(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Number(number) => {
                self.telephone.number = number.chars().filter(|sign| !sign.is_control()).take(LONGEST).collect();
                self.ask_quotes()
            }
            Message::Key(key) => {
                if self.telephone.number.chars().count() < LONGEST {
                    self.telephone.number.push(key);
                }
                self.ask_quotes()
            }
            Message::Held('0') => self.update_telephone(Message::Key('+')),
            Message::Held('1') => self.update_telephone(Message::Voicemail(None)),
            Message::Held(other) => self.update_telephone(Message::Key(other)),
            Message::Erase => {
                self.telephone.number.pop();
                self.ask_quotes()
            }
            Message::Dial => {
                // Letters on keys may mean somebody: the first that fits is called, as it stands first.
                let number = self.telephone.number.trim().to_owned();
                let to = match dialable(&number) {
                    true => Some(CallTo::Text(number.into())),
                    false => self.suggestions().into_iter().next().map(|found| found.to),
                };
                to.map_or_else(Vec::new, |to| self.place_call(to))
            }
            Message::Repeat(key) => self.pad_repeat(key),
            Message::LampTyped(typed) => {
                self.telephone.lamp = typed.chars().take(LONGEST).collect();
                Vec::new()
            }
            Message::AddLamp => {
                let to = std::mem::take(&mut self.telephone.lamp);
                if to.trim().is_empty() {
                    return Vec::new();
                }
                self.update_telephone(Message::Watch(to.trim().into(), None, true))
            }
            Message::Watch(to, account, on) => ask(Request::Events(EventsRequest::WatchLamp { to, account, on })),
            Message::Show(part) => {
                self.telephone.part = part;
                Vec::new()
            }
            Message::Redial => ask(Request::Events(EventsRequest::Redial)),
            Message::Voicemail(account) => ask(Request::Events(EventsRequest::CallVoicemail(account))),
        }
    }

    /// A key of the keyboard that no field took: digits go to the pad.
    pub(super) fn pad_key(&mut self, typed: &str) -> Vec<Effect> {
        self.telephone.held = false;
        match typed.as_bytes() {
            [key @ (b'0'..=b'9' | b'*' | b'#' | b'+')] => self.update_telephone(Message::Key(char::from(*key))),
            _ => Vec::new(),
        }
    }

    /// Keys that no field takes go to the pad.
    pub(super) fn takes_pad_keys(&self) -> bool {
        self.keypad.is_none() && self.place == Place::Calls && self.running() && self.overlay.is_none()
    }

    /// A key that is held repeats itself: the first time it means what holding the pad's key does, in place of what it typed
    /// when it went down; then nothing more.
    fn pad_repeat(&mut self, key: char) -> Vec<Effect> {
        let typed = self.takes_pad_keys() && self.telephone.number.ends_with(key);
        if !typed || !matches!(key, '0' | '1') || std::mem::replace(&mut self.telephone.held, true) {
            return Vec::new();
        }
        self.telephone.number.pop();
        self.update_telephone(Message::Held(key))
    }

    /// The question about digits that wait in a call.
    pub(super) fn digits_question(&self, call: &Call) -> Option<&Question> {
        call.digits_waiting.as_ref()?;
        let of_it = |question: &&Question| is_about_digits(question) && question.text.contains(&*call.peer.display);
        self.snapshot.questions.iter().find(of_it)
    }

    /// The question that the screen asks; what is asked about a call's digits stands under the call.
    pub(super) fn question(&self) -> Option<&Question> {
        let beside = |question: &&Question| {
            is_about_digits(question) && self.snapshot.calls.iter().any(|call| call.digits_waiting.is_some())
        };
        self.snapshot.questions.iter().find(|question| !beside(question))
    }

    /// The history is looked at: what was missed is seen.
    pub(super) fn see_calls(&self) -> Vec<Effect> {
        let looks = self.place == Place::Calls && self.focused && self.call_view.is_none();
        if looks && self.snapshot.events.missed > 0 {
            return ask_for(Request::Events(EventsRequest::SeenCalls), Purpose::Quiet);
        }
        Vec::new()
    }

    /// What stands in the pad, where it can be called: its cost is asked.
    pub(super) fn pad_target(&self) -> Option<CallTo> {
        let number = self.telephone.number.trim();
        (self.place == Place::Calls && dialable(number)).then(|| CallTo::Text(number.into()))
    }

    /// Whom the typed digits or letters may mean: people of the roster and the address book, then who called or was called.
    pub(super) fn suggestions(&self) -> Vec<Suggestion> {
        self.suggestions_for(&self.telephone.number)
    }

    /// The same for another field.
    pub(super) fn suggestions_for(&self, typed: &str) -> Vec<Suggestion> {
        let typed = typed.trim().to_lowercase();
        if typed.chars().count() < 2 {
            return Vec::new();
        }
        // Zeros for the country and the area stand in no address.
        let digits = digits_of(&typed).trim_start_matches('0').to_owned();
        // Digits with separators are digits; anything else is a name.
        let name = typed.chars().any(char::is_alphabetic);
        if !name && digits.is_empty() {
            return Vec::new();
        }
        let fits = |shown: &str, addresses: &[String]| {
            if name {
                return shown.to_lowercase().contains(&typed)
                    || addresses.iter().any(|uri| uri.to_lowercase().contains(&typed));
            }
            on_keys(shown).split(' ').any(|word| word.starts_with(&digits))
                || addresses.iter().any(|uri| digits_of(uri).contains(&digits))
        };
        let mut found: Vec<Suggestion> = Vec::new();
        let person = |contact: &Contact| -> Option<Suggestion> {
            let addresses: Vec<String> = contact.addresses.iter().map(|address| address.uri.to_string()).collect();
            if contact.addresses.is_empty() || !fits(&contact.name, &addresses) {
                return None;
            }
            let matching = addresses
                .iter()
                .find(|uri| if name { uri.to_lowercase().contains(&typed) } else { digits_of(uri).contains(&digits) });
            let to = match &matching {
                Some(uri) => CallTo::Address(contact.jid.clone(), uri.as_str().into()),
                None => CallTo::Contact(contact.jid.clone()),
            };
            let uri = matching.or_else(|| addresses.first())?;
            Some(Suggestion { name: contact.name.to_string(), detail: bare(uri), to })
        };
        found.extend(self.snapshot.contacts.iter().filter_map(|contact| person(contact)).take(SUGGESTIONS));
        for record in self.history.iter().flatten() {
            let peer = &record.call.peer;
            let known = peer.jid.is_some() || found.iter().any(|one| one.detail == bare(&peer.uri));
            if found.len() < SUGGESTIONS && !known && fits(&peer.display, &[peer.uri.to_string()]) {
                let to = CallTo::Text(peer.uri.clone());
                found.push(Suggestion { name: peer.display.to_string(), detail: bare(&peer.uri), to });
            }
        }
        found
    }
}

fn is_about_digits(question: &Question) -> bool {
    question.kind == QuestionKind::Choose && question.choices.iter().any(|choice| &*choice.id == "send")
}

/// An address without its scheme.
fn bare(uri: &str) -> String {
    uri.split_once(':').map_or(uri, |(_, rest)| rest).split(';').next().unwrap_or_default().to_owned()
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A name as it is typed on the keys of a telephone (ITU-T E.161): `Bob` is 262.
fn on_keys(name: &str) -> String {
    let key = |letter: char| match letter {
        'a'..='c' | 'ä' | 'à' | 'á' | 'â' | 'å' | 'ç' => '2',
        'd'..='f' | 'è' | 'é' | 'ê' | 'ë' => '3',
        'g'..='i' | 'í' | 'î' | 'ï' => '4',
        'j'..='l' => '5',
        'm'..='o' | 'ö' | 'ó' | 'ô' | 'ø' | 'ñ' => '6',
        'p'..='s' | 'ß' => '7',
        't'..='v' | 'ü' | 'ú' | 'û' => '8',
        'w'..='z' => '9',
        digit if digit.is_ascii_digit() => digit,
        _ => ' ',
    };
    name.to_lowercase().chars().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_the_letters_on_the_keys() {
        assert_eq!(on_keys("Bob"), "262");
        assert_eq!(on_keys("Jürgen Weiß"), "587436 9347");
        assert_eq!(on_keys("R2-D2"), "72 32");
        assert_eq!(digits_of("+49 (30) 90-1820"), "4930901820");
        assert_eq!(bare("sip:101@pbx.example;user=phone"), "101@pbx.example");
    }
}
