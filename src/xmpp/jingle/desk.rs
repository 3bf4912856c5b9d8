//! All sessions of an account: commands, stanzas and time in; stanzas and events out. `obey` has the commands, `hear` what
//! others say.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use minidom::Element;
use rand::RngCore;
use rand::rngs::StdRng;

use super::super::iq::random_id;
use super::super::stanza::{self, With, ns};
use super::boundary::{JingleEvent, JingleRules};
use super::invite::Invite;
use super::messages::Kept;
use super::reason::Condition;
use super::session::{Session, State, Step};
use super::write;
use crate::model::{BootTime, CallId, EndedBy, FullJid, Jid, Now};

/// Sessions that may live at once. When full: further calls are told that we are busy.
const MOST_SESSIONS: usize = 32;
/// How long a caller may take from our answer to its description (XEP-0353 section 3.5).
pub(super) const INITIATE_WITHIN: Duration = Duration::from_secs(30);
/// How long it is remembered that a call of ours gave way to one of theirs that has not come yet.
const CROSSING: Duration = Duration::from_secs(10);
/// People whose crossing calls are waited for. When full: the oldest is forgotten, and their call rings.
const MOST_CROSSING: usize = 8;

/// What is to be done.
#[derive(Debug)]
pub enum Output {
    /// Send this request to a connection; its answer goes to [`Desk::handle_answer`].
    Request {
        /// To whom.
        to: FullJid,
        /// What.
        payload: Element,
        /// Of which session.
        call: CallId,
        /// Which request.
        step: Step,
    },
    /// Send this stanza.
    Send(Element),
    /// Tell `account`.
    Event(JingleEvent),
}

/// What the account knows of a sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A contact who sees our presence, so that an answer tells nothing new (X14, X18).
    pub contact: bool,
    /// The user's own account, another device.
    pub own: bool,
}

/// All sessions of an account.
#[derive(Debug)]
pub struct Desk {
    /// The bound address.
    pub(super) own: Option<FullJid>,
    pub(super) rules: JingleRules,
    pub(super) sessions: BTreeMap<CallId, Session>,
    pub(super) outputs: VecDeque<Output>,
    /// Whose calls cross ours, and until when that counts.
    pub(super) crossing: VecDeque<(Jid, BootTime)>,
    /// Wishes that the server kept for us, whose end is not known yet.
    pub(super) kept: VecDeque<Kept>,
    pub(super) rng: StdRng,
}

impl Desk {
    /// Without sessions, and nobody may call.
    #[must_use]
    pub fn new(rng: StdRng) -> Self {
        Self {
            own: None,
            rules: JingleRules::default(),
            sessions: BTreeMap::new(),
            outputs: VecDeque::new(),
            crossing: VecDeque::new(),
            kept: VecDeque::new(),
            rng,
        }
    }

    /// With whom calls are on.
    #[must_use]
    pub fn rules(&self) -> &JingleRules {
        &self.rules
    }

    /// A resource is bound. Sessions of another one are over: nobody can speak for it any more.
    pub fn handle_bound(&mut self, own: &FullJid) {
        if self.own.as_ref().is_some_and(|known| known != own) {
            let all: Vec<CallId> = self.sessions.keys().copied().collect();
            for call in all {
                self.end(call, Condition::ConnectivityError, EndedBy::Network, false);
            }
        }
        self.own = Some(own.clone());
    }

    /// The answer to a request; `None`: none came in time.
    pub fn handle_answer(&mut self, call: CallId, step: Step, answer: Option<&Element>, now: Now) {
        let failed = answer.is_none_or(|iq| iq.attr("type") == Some("error"));
        if step == Step::Digit {
            self.digit_answered(call, !failed, now);
        }
        let Some(session) = self.sessions.get(&call) else { return };
        if !failed {
            return;
        }
        let error = answer.and_then(|iq| iq.get_child("error", ns::CLIENT));
        let has = |name: &str, namespace: &str| error.is_some_and(|error| error.has_child(name, namespace));
        let (why, by) = match (step, answer) {
            (Step::Initiate | Step::Accept, None) => (Condition::Timeout, EndedBy::Network),
            // XEP-0166 section 7.2.16: theirs goes on, and is there already or on its way.
            (Step::Initiate, Some(_)) if has("tie-break", ns::JINGLE_ERRORS) => {
                let peer = session.peer.clone();
                self.note_crossing(peer);
                (Condition::AlternativeSession, EndedBy::Remote)
            }
            (Step::Initiate | Step::Accept, Some(_)) => (Condition::Unavailable, EndedBy::Remote),
            // XEP-0166 section 7.5: they know nothing of it any more.
            (Step::Within | Step::Digit, Some(_)) if has("item-not-found", ns::STANZA_ERROR) => {
                (Condition::Gone, EndedBy::Remote)
            }
            (Step::Within | Step::Digit | Step::Terminate, _) => return,
        };
        self.end(call, why, by, false);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        self.crossing.retain(|(_, until)| now.boot < *until);
        let late = |session: &&Session| matches!(session.state, State::Proceeding(until) if until <= now.boot);
        let due: Vec<_> = self.sessions.values().filter(late).map(|session| (session.call, session.rival)).collect();
        for (call, rival) in due {
            match rival {
                // The caller took the other one at its word.
                Some(why) => self.end(call, why, EndedBy::Local, true),
                None => {
                    self.finish_message(call, Condition::Timeout, None);
                    self.end(call, Condition::Timeout, EndedBy::Network, false);
                }
            }
        }
        let pressed = |session: &&Session| session.digits.due().is_some_and(|due| due <= now.boot);
        let due: Vec<CallId> = self.sessions.values().filter(pressed).map(|session| session.call).collect();
        for call in due {
            self.next_digit(call, now);
        }
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let sessions = self.sessions.values().filter_map(|session| match session.state {
            State::Proceeding(until) => Some(until),
            State::Proposed | State::Initiated | State::Invited | State::Offered | State::Active => {
                session.digits.due()
            }
        });
        sessions.chain(self.crossing.iter().map(|(_, until)| *until)).min()
    }

    /// What is to be done; drain it after every input.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether another session finds no room.
    pub(super) fn is_full(&self) -> bool {
        self.sessions.len() >= MOST_SESSIONS
    }

    pub(super) fn event(&mut self, event: JingleEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(super) fn send(&mut self, stanza: Element) {
        self.outputs.push_back(Output::Send(stanza));
    }

    /// An error with a condition of Jingle in it (XEP-0166 section 10).
    pub(super) fn refuse(&mut self, iq: &Element, condition: &'static str, special: Option<&'static str>) {
        let special = special.map(|special| Element::bare(special, ns::JINGLE_ERRORS));
        let error = Element::builder("error", ns::CLIENT)
            .with("type", "cancel")
            .append(Element::bare(condition, ns::STANZA_ERROR))
            .append_all(special)
            .build();
        self.send(stanza::iq("error", iq.attr("id").unwrap_or_default(), iq.attr("from"), Some(error)));
    }

    /// A request within a session; nothing where its connection is not known yet.
    pub(super) fn request(&mut self, call: CallId, step: Step, action: &str, inside: Vec<Element>) {
        let Some((to, sid)) = self.sessions.get(&call).and_then(|one| Some((one.full.clone()?, one.sid.clone())))
        else {
            return;
        };
        let payload = write::jingle(action, &sid, inside);
        self.outputs.push_back(Output::Request { to, payload, call, step });
    }

    /// The connection that a session belongs to, once that is known.
    pub(in crate::xmpp) fn connection(&self, call: CallId) -> Option<&FullJid> {
        self.sessions.get(&call)?.full.as_ref()
    }

    /// A message about a session.
    pub(super) fn tell(&mut self, to: &str, sid: &str, what: &Invite) {
        let id = if matches!(what, Invite::Propose { .. }) { sid.to_owned() } else { random_id(&mut self.rng) };
        self.send(write::message(to, &id, what.write(sid)));
    }

    /// `finish`, where the session was told by messages (XEP-0353 section 3.6).
    pub(super) fn finish_message(&mut self, call: CallId, why: Condition, migrated: Option<&str>) {
        let Some(session) = self.sessions.get(&call).filter(|session| session.told) else { return };
        let (to, sid) = (session.address().to_owned(), session.sid.clone());
        self.tell(&to, &sid, &Invite::Finish { why, migrated: migrated.map(str::to_owned) });
    }

    /// Forgets a session and says how it ended.
    pub(super) fn end(&mut self, call: CallId, why: Condition, by: EndedBy, elsewhere: bool) {
        if self.sessions.remove(&call).is_some() {
            self.event(JingleEvent::Ended { call, why, by, elsewhere });
        }
    }

    /// The session with this name and this person; the name alone proves nothing.
    pub(super) fn find(&self, sid: &str, peer: &Jid) -> Option<CallId> {
        self.sessions.values().find(|one| one.sid == sid && one.peer == *peer).map(|one| one.call)
    }

    /// A call of ours gives way to one of theirs.
    pub(super) fn note_crossing(&mut self, peer: Jid) {
        self.crossing.retain(|(known, _)| *known != peer);
        if self.crossing.len() >= MOST_CROSSING {
            self.crossing.pop_front();
        }
        // Not yet timed: the next input that knows the time sets it.
        self.crossing.push_back((peer, BootTime::default()));
    }

    /// Gives crossings their time.
    pub(super) fn time_crossings(&mut self, now: Now) {
        for (_, until) in self.crossing.iter_mut().filter(|(_, until)| *until == BootTime::default()) {
            *until = now.boot + CROSSING;
        }
    }

    /// Whether a call of theirs goes on in place of one of ours.
    pub(super) fn crosses(&mut self, peer: &Jid) -> bool {
        let before = self.crossing.len();
        self.crossing.retain(|(known, _)| known != peer);
        self.crossing.len() != before
    }

    /// A name for a call that comes in.
    pub(super) fn name_incoming(&mut self, now: Now) -> CallId {
        loop {
            let call = CallId::incoming(now.wall, self.rng.next_u32());
            if !self.sessions.contains_key(&call) {
                return call;
            }
        }
    }
}
