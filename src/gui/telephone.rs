//! The page of calls: the history with its filters, the dial pad, voicemail and lamps.

use super::app::{App, Effect, Place, Purpose};
use super::people::dialable;
use super::update::{ask, ask_for};
use crate::account::{CallTo, EventsRequest, Request};
use crate::model::{AccountId, Contact};
use crate::store::CallRecord;

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
    /// What is looked for in the history.
    Search(String),
    /// Only missed calls.
    Missed(bool),
    /// Only calls of this account.
    Account(Option<AccountId>),
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
    pub(super) query: String,
    pub(super) missed: bool,
    pub(super) account: Option<AccountId>,
    pub(super) part: Part,
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
            Message::Search(query) => {
                self.telephone.query = query.chars().take(LONGEST).collect();
                Vec::new()
            }
            Message::Missed(missed) => {
                self.telephone.missed = missed;
                Vec::new()
            }
            Message::Account(account) => {
                self.telephone.account = account;
                Vec::new()
            }
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
        match typed.as_bytes() {
            [key @ (b'0'..=b'9' | b'*' | b'#' | b'+')] => self.update_telephone(Message::Key(char::from(*key))),
            _ => Vec::new(),
        }
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

    /// The calls that the filters leave.
    pub(super) fn filtered_history(&self) -> Vec<&CallRecord> {
        let query = self.telephone.query.trim().to_lowercase();
        let digits = digits_of(&query);
        let wanted = |record: &&CallRecord| {
            let (call, page) = (&record.call, &self.telephone);
            let uri = call.peer.uri.to_lowercase();
            let found = query.is_empty()
                || call.peer.display.to_lowercase().contains(&query)
                || uri.contains(&query)
                || (digits.len() >= 3 && digits_of(&uri).contains(&digits));
            found && (!page.missed || record.missed) && page.account.as_ref().is_none_or(|one| call.account == *one)
        };
        self.history.iter().flatten().filter(wanted).collect()
    }

    /// Whom the typed digits or letters may mean: people of the roster and the address book, then who called or was called.
    pub(super) fn suggestions(&self) -> Vec<Suggestion> {
        let typed = self.telephone.number.trim().to_lowercase();
        if typed.chars().count() < 2 {
            return Vec::new();
        }
        let digits = digits_of(&typed);
        // Digits with separators are digits; anything else is a name.
        let name = typed.chars().any(char::is_alphabetic);
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
