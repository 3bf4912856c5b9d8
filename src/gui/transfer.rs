//! Handing a call over, as the window keeps it: whom to, whether that one is asked first, and what waits meanwhile.

use std::sync::Arc;

use super::app::{App, Effect, Overlay, name};
use super::telephone::Suggestion;
use super::update::ask;
use crate::account::{CallTo, ConferenceRequest, Request, TransferRequest};
use crate::model::{Call, CallId, CallState, ConferenceId, Direction};

/// The longest text that is looked for.
const LONGEST: usize = 256;

/// To whom a call is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The other side of another call.
    Call(CallId),
    /// Somebody who is not in a call.
    Person(Suggestion),
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// Hand this call over: to whom?
    Open(CallId),
    /// Call somebody into a conference: whom?
    Invite(ConferenceId),
    /// What is looked for changed.
    Typed(String),
    /// To this one.
    Pick(Target),
    /// Enter in the field: the first that was found.
    First,
    /// To somebody else.
    Unpick,
    /// At once.
    Blind,
    /// After talking to them.
    AskFirst,
    /// The other sides of two calls talk to each other.
    Connect(CallId, CallId),
    /// Not to this one: the first call goes on.
    TakeBack(CallId, CallId),
    /// All three talk.
    Together(CallId, CallId),
    /// The conversation waits, and the one that waits goes on.
    Swap,
}

/// Somebody is asked first: this call waits for the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The call that is to be handed over.
    pub call: CallId,
    /// The call to the one who is asked, once there is one.
    pub with: Option<CallId>,
    /// The first call was on hold since.
    held: bool,
    /// The calls before it.
    known: Vec<CallId>,
}

/// Somebody is called into a conference: the calls before that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inviting {
    conference: ConferenceId,
    known: Vec<CallId>,
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    pub(super) typed: String,
    pub(super) picked: Option<Target>,
    pub(super) asking: Option<Asking>,
    inviting: Option<Inviting>,
}

impl App {
    pub(super) fn update_transfer(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Open(call) => {
                self.transfer.typed.clear();
                self.transfer.picked = None;
                self.overlay = Some(Overlay::Transfer(call));
                vec![Effect::Focus(name::SHEET_FIELD)]
            }
            Message::Invite(conference) => {
                self.transfer.typed.clear();
                self.transfer.picked = None;
                self.overlay = Some(Overlay::Invite(conference));
                vec![Effect::Focus(name::SHEET_FIELD)]
            }
            Message::Typed(typed) => {
                self.transfer.typed = typed.chars().take(LONGEST).collect();
                self.transfer.picked = None;
                Vec::new()
            }
            Message::First => match self.transfer_targets().into_iter().next() {
                Some(target) => self.update_transfer(Message::Pick(target)),
                None => Vec::new(),
            },
            Message::Pick(Target::Person(person)) if matches!(self.overlay, Some(Overlay::Invite(_))) => {
                self.invite(person.to)
            }
            Message::Pick(target) => {
                // The keyboard goes on with what is most likely meant; Tab leads to the other way.
                let (mut effects, next) = match &target {
                    Target::Person(person) => (self.ask_quote(&person.to), super::text::transfer::NOW),
                    Target::Call(_) => (Vec::new(), super::text::transfer::CONNECT),
                };
                self.transfer.picked = Some(target);
                effects.push(Effect::Focus(next.text()));
                effects
            }
            Message::Unpick => {
                self.transfer.picked = None;
                vec![Effect::Focus(name::SHEET_FIELD)]
            }
            Message::Blind => match self.picked_person() {
                Some((call, to)) => {
                    self.overlay = None;
                    ask(Request::Transfer(TransferRequest::Blind { call, to }))
                }
                None => Vec::new(),
            },
            Message::AskFirst => self.ask_first(),
            Message::Connect(call, with) => {
                self.overlay = None;
                ask(Request::Transfer(TransferRequest::Attended { call, with }))
            }
            Message::TakeBack(call, with) => {
                self.transfer.asking = None;
                let mut effects = ask(Request::Hangup(with));
                effects.extend(ask(Request::Resume(call)));
                effects
            }
            Message::Together(call, with) => {
                self.transfer.asking = None;
                ask(Request::Conference(ConferenceRequest::Create(vec![call, with])))
            }
            Message::Swap => ask(Request::Transfer(TransferRequest::Swap)),
        }
    }

    fn picked_person(&self) -> Option<(CallId, CallTo)> {
        match (&self.overlay, &self.transfer.picked) {
            (Some(Overlay::Transfer(call)), Some(Target::Person(person))) => Some((*call, person.to.clone())),
            _ => None,
        }
    }

    /// The call waits on hold while the user talks to whom it is for.
    fn ask_first(&mut self) -> Vec<Effect> {
        let Some((call, to)) = self.picked_person() else { return Vec::new() };
        self.overlay = None;
        let known = self.snapshot.calls.iter().map(|call| call.id).collect();
        self.transfer.asking = Some(Asking { call, with: None, held: false, known });
        let talks = self.call(call).is_some_and(|call| call.state == CallState::Active);
        let mut effects = if talks { ask(Request::Hold(call)) } else { Vec::new() };
        effects.extend(self.place_call(to));
        effects
    }

    /// Whoever was to be asked first is not called: the first call goes on.
    pub(super) fn not_asked(&mut self) -> Vec<Effect> {
        match self.transfer.asking.take_if(|asking| asking.with.is_none()) {
            Some(asking) => ask(Request::Resume(asking.call)),
            None => Vec::new(),
        }
    }

    /// Calls somebody, to join the conference.
    fn invite(&mut self, to: CallTo) -> Vec<Effect> {
        let Some(Overlay::Invite(conference)) = self.overlay.take() else { return Vec::new() };
        let known = self.snapshot.calls.iter().map(|call| call.id).collect();
        self.transfer.inviting = Some(Inviting { conference, known });
        self.place_call(to)
    }

    /// A new snapshot: whoever was called into a conference joins it, ringing or not; placing the call has put it on hold.
    pub(super) fn follow_invitation(&mut self) -> Vec<Effect> {
        let Some(inviting) = self.transfer.inviting.take() else { return Vec::new() };
        if self.snapshot.conferences.iter().all(|conference| conference.id != inviting.conference) {
            return Vec::new();
        }
        let new = |call: &&Call| {
            call.direction == Direction::Outgoing && call.end.is_none() && !inviting.known.contains(&call.id)
        };
        let Some(call) = self.snapshot.calls.iter().find(new).map(|call| call.id) else {
            self.transfer.inviting = Some(inviting);
            return Vec::new();
        };
        let mut effects = ask(Request::Conference(ConferenceRequest::Join(inviting.conference, call)));
        effects.extend(ask(Request::Conference(ConferenceRequest::Hold(inviting.conference, false))));
        effects
    }

    /// A new snapshot: the call to whom is asked may be there, or one of the two over.
    pub(super) fn follow_transfer(&mut self) {
        if matches!(self.overlay, Some(Overlay::Transfer(id)) if self.call(id).is_none_or(|call| call.end.is_some())) {
            self.overlay = None;
        }
        let Some(mut asking) = self.transfer.asking.take() else { return };
        let lives = |id: CallId| self.call(id).is_some_and(|call| call.end.is_none() && call.conference.is_none());
        if asking.with.is_none() {
            let new = |call: &&Call| {
                call.direction == Direction::Outgoing && call.end.is_none() && !asking.known.contains(&call.id)
            };
            asking.with = self.snapshot.calls.iter().find(new).map(|call| call.id);
        }
        let state = self.call(asking.call).map(|call| call.state);
        asking.held |= state == Some(CallState::Held);
        // Taken back without anybody having been called: it was thought better of.
        let given_up = asking.with.is_none() && asking.held && state == Some(CallState::Active);
        if lives(asking.call) && asking.with.is_none_or(lives) && !given_up {
            self.transfer.asking = Some(asking);
        }
    }

    /// Whether a call can be handed over now.
    pub(super) fn can_transfer(&self, call: &Call) -> bool {
        let open = call.transfer.as_ref().is_some_and(crate::model::TransferView::is_open);
        matches!(call.state, CallState::Active | CallState::Held)
            && call.end.is_none()
            && call.conference.is_none()
            && !call.emergency
            && call.via == crate::model::Via::Sip
            && !open
    }

    /// To whom the call may go: the other calls first, then who fits what was typed, or who was talked to last.
    pub(super) fn transfer_targets(&self) -> Vec<Target> {
        let typed = self.transfer.typed.trim();
        let one = match self.overlay {
            Some(Overlay::Transfer(call)) => self.call(call),
            _ => None,
        };
        let lower = typed.to_lowercase();
        let others = self.snapshot.calls.iter().filter(|other| {
            self.can_transfer(other)
                && one.is_some_and(|one| one.id != other.id && one.account == other.account)
                && (lower.is_empty() || other.peer.display.to_lowercase().contains(&lower))
        });
        let mut found: Vec<Target> = others.map(|other| Target::Call(other.id)).collect();
        let person = |found: &Suggestion| one.is_none_or(|one| !is_same(found, one));
        if typed.is_empty() {
            found.extend(self.recent_people().into_iter().filter(person).map(Target::Person));
            return found;
        }
        let people = self.suggestions_for(typed);
        found.extend(people.into_iter().filter(person).map(Target::Person));
        if super::people::dialable(typed) {
            let to = CallTo::Text(typed.into());
            found.push(Target::Person(Suggestion { name: typed.to_owned(), detail: String::new(), to }));
        }
        found
    }

    /// Who was talked to last, each once.
    fn recent_people(&self) -> Vec<Suggestion> {
        let mut found: Vec<Suggestion> = Vec::new();
        for record in self.history.iter().flatten() {
            let peer = &record.call.peer;
            let contact = peer.jid.as_ref().filter(|jid| self.people.contact(&self.snapshot, jid).is_some());
            let to = contact.map_or_else(|| CallTo::Text(peer.uri.clone()), |jid| CallTo::Contact(jid.clone()));
            if found.len() < RECENT && found.iter().all(|known| known.to != to) {
                let detail = super::text::address_book::bare(&peer.uri);
                let same = super::text::telephone::is_same_number(detail, &peer.display);
                let detail = if same { String::new() } else { detail.to_owned() };
                found.push(Suggestion { name: peer.display.to_string(), detail, to });
            }
        }
        found
    }
}

/// People that are offered before anything is typed.
const RECENT: usize = 4;

/// Whether a suggestion is the other side of a call: nobody is connected with themselves.
fn is_same(found: &Suggestion, call: &Call) -> bool {
    let uri: &Arc<str> = &call.peer.uri;
    match &found.to {
        CallTo::Contact(jid) | CallTo::Address(jid, _) => call.peer.jid.as_ref() == Some(jid),
        CallTo::Text(text) => text == uri,
    }
}
