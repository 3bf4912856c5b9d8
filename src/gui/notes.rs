//! What the desktop is to show while the window is elsewhere: messages, calls that ring, calls that were missed.
//!
//! It is a state, not a stream of events: after each event it is worked out what is to be seen, and what changed is handed to
//! the desktop whole. A conversation has one notification, whatever is written in it; a storm of messages makes no storm there
//! (F26). What was answered, read or seen, here or on another device, is withdrawn.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::app::{App, Effect, Place};
use super::text::notes as words;
use super::update::ask;
use crate::account::{CallTo, Conversation, NumbersRequest, Request, Snapshot};
use crate::model::{
    AccountId, Call, CallId, CallState, ConversationKind, Direction, Jid, MessageDirection, MessageId, QuestionId,
    QuestionKind, RoomNotify, RoomState, Show,
};
use crate::platform::{Heard, Note, Notes, Urgency};

/// Notifications at a time. When full, the oldest goes: what it told of is in the window.
const MOST: usize = 12;

/// Pressed on the notification itself.
const DEFAULT: &str = "default";
const READ: &str = "read";
const ANSWER: &str = "answer";
const DECLINE: &str = "decline";
const CALL_BACK: &str = "call-back";

/// The user did something with a notification.
#[derive(Clone, Debug)]
pub struct Message(pub Heard);

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// What is unread of a conversation.
    Talk(Jid),
    /// A call that rings.
    Ringing(CallId),
    /// Somebody wants to be a contact.
    Asked(QuestionId),
    /// Somebody asks into a room.
    Invited(u64),
    /// Calls of somebody that nobody took.
    Missed { uri: Arc<str>, jid: Option<Jid>, account: AccountId, times: u32 },
}

/// What is unread of a conversation.
struct Unread {
    /// How much.
    count: u32,
    /// How often it names the user.
    named: u32,
    /// The newest message.
    last: MessageId,
}

/// What the desktop shows, and what it was worked out from.
#[derive(Default)]
pub(super) struct State {
    /// The oldest first.
    shown: Vec<(u64, Subject, Note)>,
    /// The name of the next notification.
    next: u64,
    /// Conversations with something unread.
    unread: HashMap<Jid, Unread>,
    /// Calls that ring here, and those that did and have not ended yet.
    rang: HashSet<CallId>,
    /// Calls whose notification the user has dealt with.
    done: HashSet<CallId>,
    /// Requests and invitations that have been told, or were there at the start.
    told: Vec<Subject>,
    /// Missed calls that the user has not seen.
    missed: u32,
    /// What was looked at last.
    seen: Option<Arc<Snapshot>>,
    focused: bool,
}

impl State {
    fn put(&mut self, subject: Subject, mut note: Note) {
        let same = |known: &Subject| match (known, &subject) {
            (Subject::Missed { uri: known, .. }, Subject::Missed { uri, .. }) => known == uri,
            (known, subject) => known == subject,
        };
        if let Some(at) = self.shown.iter().position(|(_, known, _)| same(known)) {
            let (tag, _, old) = self.shown.remove(at);
            note.mark = old.mark + 1;
            self.shown.push((tag, subject, note));
            return;
        }
        if self.shown.len() >= MOST {
            let rings = |(_, known, _): &(u64, Subject, Note)| matches!(known, Subject::Ringing(_));
            let oldest = self.shown.iter().position(|known| !rings(known)).unwrap_or_default();
            self.shown.remove(oldest);
        }
        self.shown.push((self.next, subject, note));
        self.next += 1;
    }

    fn wanted(&self) -> Notes {
        let notes: BTreeMap<u64, Note> = self.shown.iter().map(|(tag, _, note)| (*tag, note.clone())).collect();
        Arc::new(notes)
    }
}

impl App {
    /// What is unread at the start is no news.
    pub(super) fn begin_notes(&mut self) {
        let snapshot = self.snapshot.clone();
        self.notes.unread = unread(&snapshot);
        self.notes.rang = ringing(&snapshot).map(|call| call.id).collect();
        self.notes.told = requests(&snapshot).map(|(subject, _)| subject).collect();
        self.notes.missed = snapshot.events.missed;
        self.notes.focused = self.focused;
        self.notes.seen = Some(snapshot);
    }

    /// What the desktop is to show now, where that changed.
    pub(super) fn notify(&mut self) -> Vec<Effect> {
        let snapshot = self.snapshot.clone();
        let before = self.notes.wanted();
        let last = self.notes.seen.replace(snapshot.clone());
        let same = last.is_some_and(|last| Arc::ptr_eq(&last, &snapshot));
        let focus = std::mem::replace(&mut self.notes.focused, self.focused) != self.focused;
        if same && !focus && before.is_empty() {
            return Vec::new();
        }
        let mut notes = std::mem::take(&mut self.notes);
        self.note_talks(&mut notes, &snapshot);
        self.note_requests(&mut notes, &snapshot);
        self.note_calls(&mut notes, &snapshot);
        let wanted = notes.wanted();
        self.notes = notes;
        if wanted == before { Vec::new() } else { vec![Effect::Notify(wanted)] }
    }

    /// The user looks at this conversation.
    fn in_front(&self, jid: &Jid) -> bool {
        let page =
            self.place == Place::Chat && self.call_view.is_none() && (!self.narrow() || self.showing_conversation);
        self.focused && page && self.open.as_ref() == Some(jid)
    }

    fn note_talks(&self, notes: &mut State, snapshot: &Snapshot) {
        let now = unread(snapshot);
        let told = std::mem::take(&mut notes.unread);
        let settings = snapshot.notifications;
        notes.shown.retain(|(_, subject, _)| match subject {
            Subject::Talk(jid) => settings.messages && now.contains_key(jid) && !self.in_front(jid),
            Subject::Ringing(_) | Subject::Missed { .. } | Subject::Asked(_) | Subject::Invited(_) => true,
        });
        // The oldest news first, so that the newest is the last to go.
        for talk in snapshot.conversations.iter().rev().filter(|talk| talk.unread > 0) {
            let Some(unread) = now.get(&talk.with) else { continue };
            let (counted, was_named) = told.get(&talk.with).map_or((0, 0), |told| (told.count, told.named));
            let same = told.get(&talk.with).is_some_and(|told| told.last == unread.last);
            let note = || self.talk_note(snapshot, talk);
            let there = notes.shown.iter().position(|(_, subject, _)| *subject == Subject::Talk(talk.with.clone()));
            let heard = talk.last.direction == MessageDirection::In
                && match self.heard(snapshot, talk) {
                    RoomNotify::All => unread.count > counted,
                    RoomNotify::Mentions => unread.named > was_named,
                    RoomNotify::None => false,
                };
            let kept_from = quiet(snapshot) || self.is_presenting() || snapshot.blocked.contains(&talk.with);
            if heard && settings.messages && !kept_from && !self.in_front(&talk.with) {
                notes.put(Subject::Talk(talk.with.clone()), note());
            } else if let Some(at) = there.filter(|_| same) {
                // What was written was changed or deleted since, or is not to be seen any more: it does not stay there.
                let (_, _, old) = &mut notes.shown[at];
                let new = note();
                if new.body != old.body {
                    *old = Note { mark: old.mark + 1, ..new };
                }
            }
        }
        notes.unread = now;
    }

    /// Which messages of a conversation make themselves heard.
    fn heard(&self, snapshot: &Snapshot, talk: &Conversation) -> RoomNotify {
        match talk.last.details.kind {
            ConversationKind::Person | ConversationKind::Occupant => RoomNotify::All,
            ConversationKind::Room => snapshot.room(&talk.with).map_or(RoomNotify::None, |room| room.notify),
        }
    }

    fn talk_note(&self, snapshot: &Snapshot, talk: &Conversation) -> Note {
        let room = snapshot.room(&talk.with);
        let name = room.map_or_else(|| self.name_of(&talk.with), |room| super::text::plain(&room.name).into_owned());
        let who = room.map(|_| self.called(&talk.last));
        let body = match snapshot.notifications.show_text {
            true => words::written(&talk.last, who.as_deref()),
            false => words::hidden(talk.unread),
        };
        Note {
            title: words::wrote(&name, talk.unread),
            body,
            actions: vec![(DEFAULT, words::OPEN.text()), (READ, words::MARK_READ.text())],
            reply: (!self.is_held_back(&talk.with)).then_some(words::REPLY.text()),
            urgency: Urgency::Normal,
            category: "im.received",
            mark: 0,
        }
    }

    /// Who wants to be a contact, and who asks into a room: told once, until it is answered or the window is looked at.
    fn note_requests(&self, notes: &mut State, snapshot: &Snapshot) {
        let now: Vec<(Subject, (String, String))> = requests(snapshot).collect();
        let there = |subject: &Subject| now.iter().any(|(known, _)| known == subject);
        let is_request = |subject: &Subject| matches!(subject, Subject::Asked(_) | Subject::Invited(_));
        let shown = snapshot.notifications.requests && !self.focused;
        notes.shown.retain(|(_, subject, _)| !is_request(subject) || (shown && there(subject)));
        notes.told.retain(there);
        for (subject, (title, body)) in now {
            if notes.told.contains(&subject) {
                continue;
            }
            notes.told.push(subject.clone());
            if !shown || quiet(snapshot) || self.is_presenting() {
                continue;
            }
            let (actions, category) = (vec![(DEFAULT, words::OPEN.text())], "presence");
            notes.put(subject, Note { title, body, actions, reply: None, urgency: Urgency::Normal, category, mark: 0 });
        }
    }

    fn note_calls(&self, notes: &mut State, snapshot: &Snapshot) {
        let settings = snapshot.notifications;
        // The window in front shows the call itself.
        let rings = |call: &&Call| settings.calls && !self.focused && !call.silenced && !notes.done.contains(&call.id);
        let ringing: Vec<&Call> = ringing(snapshot).filter(rings).collect();
        notes.shown.retain(|(_, subject, _)| match subject {
            Subject::Ringing(id) => ringing.iter().any(|call| call.id == *id),
            Subject::Missed { .. } => settings.calls && !(notes.missed > 0 && snapshot.events.missed == 0),
            Subject::Talk(_) | Subject::Asked(_) | Subject::Invited(_) => true,
        });
        notes.missed = snapshot.events.missed;
        for call in ringing {
            let account = snapshot.accounts.iter().find(|account| account.id == call.account);
            let note = Note {
                title: words::calls(call),
                body: words::on_whose_word(call, account.map(|account| &*account.address)),
                actions: vec![
                    (ANSWER, words::ANSWER.text()),
                    (DECLINE, words::DECLINE.text()),
                    (DEFAULT, words::OPEN.text()),
                ],
                reply: None,
                urgency: Urgency::Critical,
                category: "call.incoming",
                mark: 0,
            };
            let subject = Subject::Ringing(call.id);
            let known = notes.shown.iter().find(|(_, known, _)| *known == subject);
            // Who it is may become known while it rings.
            if known.is_none_or(|(_, _, known)| known.body != note.body || known.title != note.title) {
                notes.put(subject, note);
            }
        }
        self.note_missed(notes, snapshot);
    }

    fn note_missed(&self, notes: &mut State, snapshot: &Snapshot) {
        let there = |id: &CallId| snapshot.calls.iter().any(|call| call.id == *id);
        notes.rang.extend(ringing(snapshot).map(|call| call.id));
        notes.rang.retain(there);
        notes.done.retain(there);
        for call in snapshot.calls.iter().filter(|call| call.end.is_some()) {
            if !notes.rang.remove(&call.id) || !call.is_missed() {
                continue;
            }
            let front = call.peer.jid.as_ref().is_some_and(|jid| self.in_front(jid));
            if !snapshot.notifications.calls || quiet(snapshot) || front {
                continue;
            }
            let before = notes.shown.iter().find_map(|(_, subject, _)| match subject {
                Subject::Missed { uri, times, .. } if *uri == call.peer.uri => Some(*times),
                _ => None,
            });
            let times = before.unwrap_or_default() + 1;
            let mut actions = vec![(DEFAULT, words::OPEN.text())];
            if !call.peer.uri.is_empty() {
                actions.push((CALL_BACK, words::CALL_BACK.text()));
            }
            let note = Note {
                title: words::missed(&call.peer.display, times),
                body: words::on_whose_word(call, None),
                actions,
                reply: None,
                urgency: Urgency::Normal,
                category: "call.unanswered",
                mark: 0,
            };
            let (uri, jid, account) = (call.peer.uri.clone(), call.peer.jid.clone(), call.account.clone());
            notes.put(Subject::Missed { uri, jid, account, times }, note);
        }
    }

    /// The user did something with a notification.
    pub(super) fn update_notes(&mut self, message: Message) -> Vec<Effect> {
        let (tag, action) = match message.0 {
            Heard::Pressed(tag, action) => (tag, action),
            Heard::Replied(tag, text) => return self.reply_from_note(tag, &text),
            Heard::Closed(tag) => {
                self.dealt_with(tag);
                return vec![Effect::Notify(self.notes.wanted())];
            }
        };
        // Withdrawn meanwhile: nothing is answered or called on its word.
        let Some(at) = self.notes.shown.iter().position(|(known, _, _)| *known == tag) else { return Vec::new() };
        let (subject, actions) = (self.notes.shown[at].1.clone(), &self.notes.shown[at].2.actions);
        let Some((action, _)) = actions.iter().find(|(known, _)| **known == *action).copied() else {
            return Vec::new();
        };
        let mut effects = match (&subject, action) {
            (Subject::Talk(jid), READ) => ask(Request::MarkRead(jid.clone())),
            (Subject::Talk(jid), _) => self.come_to(Some(jid)),
            (Subject::Ringing(id), ANSWER) => ask(Request::Answer(*id)),
            (Subject::Ringing(id), DECLINE) => ask(Request::Decline(*id)),
            (Subject::Ringing(_), _) => self.raise(),
            (Subject::Missed { uri, jid, account, .. }, CALL_BACK) => {
                let contact = jid.as_ref().filter(|jid| self.people.contact(&self.snapshot, jid).is_some());
                let to = contact.map_or_else(|| CallTo::Text(uri.clone()), |jid| CallTo::Contact(jid.clone()));
                // A call that needs a word of the user's asks for it in the window.
                let back = Request::Numbers(NumbersRequest::CallBack { to, account: account.clone() });
                self.raise().into_iter().chain(self.run(back)).collect()
            }
            (Subject::Missed { jid, .. }, _) => self.come_to(jid.clone().as_ref()),
            (Subject::Asked(_) | Subject::Invited(_), _) => {
                let place = self.go(Place::Chat);
                self.raise().into_iter().chain(place).collect()
            }
        };
        self.dealt_with(tag);
        effects.push(Effect::Notify(self.notes.wanted()));
        effects
    }

    /// The user wrote an answer into a notification: it goes where the notification came from, and what it told of has been read.
    fn reply_from_note(&mut self, tag: u64, text: &str) -> Vec<Effect> {
        let of = |(known, subject, note): &(u64, Subject, Note)| match subject {
            Subject::Talk(jid) if *known == tag && note.reply.is_some() => Some(jid.clone()),
            _ => None,
        };
        let body = text.trim_end();
        let Some(with) = self.notes.shown.iter().find_map(of).filter(|_| !body.trim().is_empty()) else {
            return Vec::new();
        };
        let mut effects = ask(Request::Send { to: with.clone(), body: body.into() });
        effects.extend(ask(Request::MarkRead(with)));
        self.dealt_with(tag);
        effects.push(Effect::Notify(self.notes.wanted()));
        effects
    }

    /// Whether nothing can be written there now.
    fn is_held_back(&self, with: &Jid) -> bool {
        self.snapshot.room(with).is_some_and(|room| room.state != RoomState::Joined)
    }

    /// A notification has done its work, although what it told of may go on.
    fn dealt_with(&mut self, tag: u64) {
        for (_, subject, _) in self.notes.shown.extract_if(.., |(known, _, _)| *known == tag) {
            if let Subject::Ringing(id) = subject {
                self.notes.done.insert(id);
            }
        }
    }

    /// Shows the window, with a conversation or with the calls.
    fn come_to(&mut self, jid: Option<&Jid>) -> Vec<Effect> {
        let opened = match jid {
            Some(jid) => self.open(jid.clone()),
            None => self.go(Place::Calls),
        };
        self.raise().into_iter().chain(opened).collect()
    }
}

/// Nobody is to be called away from what they do.
fn quiet(snapshot: &Snapshot) -> bool {
    snapshot.presence.show == Show::Dnd || snapshot.answering.do_not_disturb
}

/// What waits for an answer of those who want something: about what, and how it is told.
fn requests(snapshot: &Snapshot) -> impl Iterator<Item = (Subject, (String, String))> {
    let asked = snapshot.questions.iter().filter(|question| question.kind == QuestionKind::Subscription);
    let asked = asked.map(|question| {
        let body = super::text::plain(&question.text).into_owned();
        (Subject::Asked(question.id), (words::CONTACT_REQUEST.to_owned(), super::words::told(&body).into_owned()))
    });
    let invitations = snapshot.invitations.iter().filter(|one| !snapshot.blocked.contains(&one.from));
    asked.chain(invitations.map(|one| {
        let name = snapshot.contact(&one.from).map(|contact| contact.name.clone());
        let name = name.as_deref().filter(|_| one.known);
        let (room, who) = super::text::rooms::invited(one, name);
        let plain = |words: &str| super::text::plain(words).into_owned();
        (Subject::Invited(one.id), (words::invitation(&plain(&room)), plain(&who)))
    }))
}

fn unread(snapshot: &Snapshot) -> HashMap<Jid, Unread> {
    let some = snapshot.conversations.iter().filter(|talk| talk.unread > 0);
    let named = |talk: &Conversation| match talk.last.details.kind {
        ConversationKind::Room => snapshot.room(&talk.with).map_or(0, |room| room.mentions),
        ConversationKind::Person | ConversationKind::Occupant => 0,
    };
    let unread = |talk: &Conversation| Unread { count: talk.unread, named: named(talk), last: talk.last.id.clone() };
    some.map(|talk| (talk.with.clone(), unread(talk))).collect()
}

fn ringing(snapshot: &Snapshot) -> impl Iterator<Item = &Call> {
    snapshot.calls.iter().filter(|call| call.direction == Direction::Incoming && call.state == CallState::Ringing)
}
