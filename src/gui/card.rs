//! Editing the own card, and saying where one is: what the forms hold until they are sent.

use std::sync::Arc;

use super::app::{App, Effect, Purpose};
use super::text;
use super::update::ask_for;
use crate::account::{CardChange, CardRequest, MyCard, Refusal, Reply, Request};
use crate::model::{AccountId, CardPhone, ReachAddress};

/// Entries that the form takes.
const MOST_ENTRIES: usize = 32;

/// An entry that is being edited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhoneDraft {
    /// The number or address.
    pub value: String,
    /// Its types.
    pub types: Vec<Arc<str>>,
    /// The one to be used first.
    pub preferred: bool,
}

/// The card while it is edited.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Whose.
    pub account: AccountId,
    /// Which revision the user sees.
    pub base: u64,
    /// The name.
    pub name: String,
    /// The nickname.
    pub nickname: String,
    /// The organisation, where the card has one.
    pub organisation: Option<String>,
    /// The entries in order.
    pub phones: Vec<PhoneDraft>,
    /// As the card was when the form was filled: name, nickname, organisation, entries.
    seen: (String, String, Option<String>, Vec<PhoneDraft>),
    /// Why the last try was refused.
    pub refused: Option<Arc<str>>,
    /// It is on its way.
    pub saving: bool,
}

/// What the settings hold about the card.
#[derive(Clone, Debug, Default)]
pub struct CardPage {
    /// The card while it is edited.
    pub draft: Option<Draft>,
    /// Where the user is: number or address.
    pub place: String,
    /// Where that is, in words.
    pub words: String,
    /// Why that was refused.
    pub place_refused: Option<Arc<str>>,
    /// The path of a picture that is typed, where the desktop has no dialog, and for which account.
    pub picture_path: Option<(AccountId, String)>,
}

/// What can happen to the card's forms.
#[derive(Clone, Debug)]
pub enum CardMessage {
    /// Begin to edit the card of this account.
    Edit(AccountId),
    /// The name was typed.
    Name(String),
    /// The nickname was typed.
    Nickname(String),
    /// The organisation was typed.
    Organisation(String),
    /// An entry was typed.
    Value(usize, String),
    /// A type of an entry was switched.
    Type(usize, &'static str),
    /// An entry is the preferred one, or not any more.
    Prefer(usize),
    /// An entry goes up.
    Up(usize),
    /// An entry goes down.
    Down(usize),
    /// An entry goes.
    Remove(usize),
    /// An entry more.
    Add,
    /// Send it.
    Save,
    /// Leave it as it was.
    Cancel,
    /// Ask something about the card of this account.
    Ask(AccountId, CardRequest),
    /// Where the user is was typed.
    Place(String),
    /// Where that is was typed.
    Words(String),
    /// Publish where the user is.
    PlaceSet(AccountId),
    /// The own picture.
    Picture(super::own_picture::Message),
}

impl App {
    /// One event of the card's forms.
    pub(super) fn update_card(&mut self, message: CardMessage) -> Vec<Effect> {
        let page = &mut self.card;
        match message {
            CardMessage::Edit(account) => {
                let card = self.snapshot.cards.iter().find(|card| card.account == account);
                page.draft = card.and_then(draft);
            }
            CardMessage::Cancel => page.draft = None,
            CardMessage::Picture(message) => return self.update_own_picture(message),
            CardMessage::Save => return self.save_card(),
            CardMessage::Ask(account, request) => {
                return ask_for(Request::Card(Some(account), request), Purpose::Card(None));
            }
            CardMessage::Place(typed) => page.place = typed,
            CardMessage::Words(typed) => page.words = typed,
            CardMessage::PlaceSet(account) => {
                page.place_refused = None;
                let description = Some(page.words.trim()).filter(|words| !words.is_empty()).map(Arc::from);
                let here = ReachAddress { uri: page.place.trim().into(), description };
                let request = CardRequest::SetReach(vec![here]);
                return ask_for(Request::Card(Some(account), request), Purpose::Place);
            }
            CardMessage::Name(_)
            | CardMessage::Nickname(_)
            | CardMessage::Organisation(_)
            | CardMessage::Value(..)
            | CardMessage::Type(..)
            | CardMessage::Prefer(_)
            | CardMessage::Up(_)
            | CardMessage::Down(_)
            | CardMessage::Remove(_)
            | CardMessage::Add => {
                if let Some(draft) = &mut page.draft {
                    change(draft, message);
                }
            }
        }
        Vec::new()
    }

    fn save_card(&mut self) -> Vec<Effect> {
        let Some(draft) = &mut self.card.draft else { return Vec::new() };
        draft.refused = None;
        draft.saving = true;
        // A row that was added and left empty is none.
        let filled = draft.phones.iter().filter(|phone| !phone.value.trim().is_empty());
        let phones = filled.map(|phone| CardPhone {
            value: phone.value.trim().into(),
            types: phone.types.clone(),
            preferred: phone.preferred,
        });
        let change = CardChange {
            base: Some(draft.base),
            full_name: Some(draft.name.trim().into()),
            nickname: Some(draft.nickname.trim().into()),
            organisation: draft.organisation.as_ref().map(|name| name.trim().into()),
            phones: Some(phones.collect()),
        };
        let account = draft.account.clone();
        ask_for(Request::Card(Some(account.clone()), CardRequest::Change(change)), Purpose::Card(Some(account)))
    }

    /// The answer to a change of the card (`edited`: by the form), or to a question about it.
    pub(super) fn card_answered(&mut self, edited: bool, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        match (answer, edited) {
            (Ok(_), true) => {
                self.card.draft = None;
                self.say(text::card::SAVED.into())
            }
            (Ok(_), false) => Vec::new(),
            (Err(refusal), true) => {
                if let Some(known) = &mut self.card.draft {
                    known.saving = false;
                    known.refused = Some(refusal.text);
                    let now = self.snapshot.cards.iter().find(|card| card.account == known.account).and_then(draft);
                    // Who was told of the change elsewhere, and saves again, means it: with what was changed elsewhere.
                    if let Some(now) = now.filter(|now| now.base != known.base) {
                        known.take_in(now);
                    }
                }
                Vec::new()
            }
            (Err(refusal), false) => self.say(refusal.text),
        }
    }

    /// The answer to "I am here now".
    pub(super) fn place_answered(&mut self, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        match answer {
            Ok(_) => {
                self.card.place.clear();
                self.card.words.clear();
                self.say(text::card::PLACE_SAVED.into())
            }
            Err(refusal) => {
                self.card.place_refused = Some(refusal.text);
                Vec::new()
            }
        }
    }

    /// The settings are opened: the card is read, if nobody has read it yet.
    pub(super) fn read_card(&self) -> Vec<Effect> {
        if self.snapshot.reachable.chat && self.snapshot.cards.iter().all(|card| card.card.is_none()) {
            return ask_for(Request::Card(None, CardRequest::Read), Purpose::Quiet);
        }
        Vec::new()
    }
}

impl Draft {
    /// The card was changed elsewhere while it was edited here: what was not touched here is as it is there, entries that
    /// came there come here too, and untouched ones that went there go.
    fn take_in(&mut self, now: Draft) {
        let (name, nickname, organisation, phones) = &self.seen;
        if self.name == *name {
            self.name = now.name;
        }
        if self.nickname == *nickname {
            self.nickname = now.nickname;
        }
        if self.organisation == *organisation {
            self.organisation = now.organisation;
        }
        self.phones.retain(|phone| !phones.contains(phone) || now.phones.iter().any(|new| new.value == phone.value));
        for new in now.phones {
            let known = |list: &[PhoneDraft]| list.iter().any(|phone| phone.value == new.value);
            if !known(phones) && !known(&self.phones) && self.phones.len() < MOST_ENTRIES {
                self.phones.push(new);
            }
        }
        (self.seen, self.base) = (now.seen, now.base);
    }
}

fn draft(card: &MyCard) -> Option<Draft> {
    let known = card.card.as_ref()?;
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let entry = |phone: &CardPhone| PhoneDraft {
        value: phone.value.to_string(),
        types: phone.types.clone(),
        preferred: phone.preferred,
    };
    let phones: Vec<PhoneDraft> = known.phones.iter().map(entry).collect();
    let (name, nickname) = (text(&known.full_name), text(&known.nickname));
    let organisation = known.organisation.as_deref().map(str::to_owned);
    Some(Draft {
        account: card.account.clone(),
        base: known.revision,
        seen: (name.clone(), nickname.clone(), organisation.clone(), phones.clone()),
        name,
        nickname,
        organisation,
        phones,
        refused: None,
        saving: false,
    })
}

fn change(draft: &mut Draft, message: CardMessage) {
    match message {
        CardMessage::Name(typed) => draft.name = typed,
        CardMessage::Nickname(typed) => draft.nickname = typed,
        CardMessage::Organisation(typed) => draft.organisation = Some(typed),
        CardMessage::Value(at, typed) => {
            if let Some(phone) = draft.phones.get_mut(at) {
                phone.value = typed;
            }
        }
        CardMessage::Type(at, kind) => {
            let Some(phone) = draft.phones.get_mut(at) else { return };
            match phone.types.iter().position(|known| &**known == kind) {
                Some(place) => drop(phone.types.remove(place)),
                None => phone.types.push(kind.into()),
            }
        }
        CardMessage::Prefer(at) => {
            for (place, phone) in draft.phones.iter_mut().enumerate() {
                phone.preferred = place == at && !phone.preferred;
            }
        }
        CardMessage::Up(at) if at > 0 && at < draft.phones.len() => draft.phones.swap(at - 1, at),
        CardMessage::Down(at) if at + 1 < draft.phones.len() => draft.phones.swap(at, at + 1),
        CardMessage::Remove(at) if at < draft.phones.len() => drop(draft.phones.remove(at)),
        CardMessage::Add if draft.phones.len() < MOST_ENTRIES => {
            draft.phones.push(PhoneDraft { types: vec!["work".into(), "voice".into()], ..PhoneDraft::default() })
        }
        _ => {}
    }
}
