//! Messages about sessions, which reach all devices of a person (XEP-0353).

use std::time::Duration;

use minidom::Element;

use super::boundary::JingleEvent;
use super::desk::{Desk, Trust};
use super::invite::Invite;
use super::reason::Condition;
use super::session::{Session, State, Step};
use crate::model::{CallId, EndedBy, FullJid, Jid, Now, WallTime};

/// How long the caller's description may take where another device of ours answered at the same moment: the caller takes the
/// first, and says nothing to the other.
const RIVALRY: Duration = Duration::from_secs(5);

/// Wishes of callers that the server kept for us. When full: the oldest is forgotten, and stands in no history.
const MOST_KEPT: usize = 16;

/// The wish of a caller who called while nobody of us was there.
#[derive(Debug)]
pub(super) struct Kept {
    from: Jid,
    sid: String,
    at: WallTime,
}

impl Desk {
    /// A message that the server kept while we were away. It rings nothing: but who called and gave up was missed. `at`: when it
    /// was sent.
    pub fn handle_kept(&mut self, message: &Element, from: &Jid, trust: Trust, at: WallTime) {
        match Invite::read(message) {
            Some((sid, Invite::Propose { audio: true })) if trust.contact && self.rules.allow(from) => {
                if self.kept.len() >= MOST_KEPT {
                    self.kept.pop_front();
                }
                self.kept.push_back(Kept { from: from.clone(), sid, at });
            }
            Some((sid, Invite::Retract { .. } | Invite::Finish { .. })) => self.was_given_up(&sid, from),
            Some(_) | None => {}
        }
    }

    /// The caller of a wish that was kept gave up.
    fn was_given_up(&mut self, sid: &str, from: &Jid) {
        let Some(place) = self.kept.iter().position(|kept| kept.sid == sid && kept.from == *from) else { return };
        let Some(Kept { from, sid, at }) = self.kept.remove(place) else { return };
        // FNV-1a: the same name whenever the same words come again, so that it stands in the history once.
        let chance = sid.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        self.event(JingleEvent::Missed { call: CallId::incoming(at, chance), from, at });
    }

    /// A message about a session (XEP-0353). `sent`: another device of ours sent it.
    #[allow(clippy::too_many_arguments)]
    pub fn handle_message(
        &mut self,
        message: &Element,
        from: &Jid,
        resource: Option<&str>,
        to: &Jid,
        sent: bool,
        trust: Trust,
        now: Now,
    ) {
        self.time_crossings(now);
        if message.attr("type") == Some("error") {
            let bounced = message.attr("id").and_then(|id| self.find(id, from));
            let state = bounced.and_then(|call| self.sessions.get(&call)).map(|session| session.state);
            if let (Some(call), Some(State::Proposed)) = (bounced, state) {
                self.end(call, Condition::Unavailable, EndedBy::Network, false);
            }
            return;
        }
        let Some((sid, invite)) = Invite::read(message) else { return };
        if sent || trust.own {
            return self.handle_own(&sid, &invite, to, now);
        }
        let full = resource.and_then(|resource| from.with_resource(resource).ok());
        let known = self.find(&sid, from);
        match (invite, known, full) {
            (Invite::Propose { audio }, None, Some(full)) => {
                if trust.contact && audio && self.rules.allow(from) {
                    self.handle_proposal(&sid, &full, now);
                }
            }
            // It rang before we were there.
            (Invite::Retract { .. }, None, _) => self.was_given_up(&sid, from),
            (Invite::Propose { .. }, _, _) | (_, None, _) => {}
            (invite, Some(call), full) => self.handle_word(call, invite, full),
        }
    }

    /// Another device of ours dealt with it.
    fn handle_own(&mut self, sid: &str, invite: &Invite, to: &Jid, now: Now) {
        let own = self.is_own(to);
        let about = |session: &&mut Session| session.sid == sid && (session.peer == *to || own);
        let Some(session) = self.sessions.values_mut().find(about) else { return };
        let why = match invite {
            Invite::Proceed | Invite::Accept => Condition::Success,
            Invite::Reject { why, .. } | Invite::Finish { why, .. } => *why,
            Invite::Propose { .. } | Invite::Ringing | Invite::Retract { .. } => return,
        };
        match session.state {
            State::Invited => {
                let call = session.call;
                self.end(call, why, EndedBy::Local, true);
            }
            // Both answered: whose word came first is decided by whom the caller describes the sound to.
            State::Proceeding(until) => {
                session.rival = Some(why);
                session.state = State::Proceeding(until.min(now.boot + RIVALRY));
            }
            State::Proposed | State::Initiated | State::Offered | State::Active => {}
        }
    }

    fn is_own(&self, jid: &Jid) -> bool {
        self.own.as_ref().is_some_and(|own| own.bare() == *jid)
    }

    fn handle_proposal(&mut self, sid: &str, from: &FullJid, now: Now) {
        let peer = from.bare();
        let mine = self.sessions.values().find(|session| session.peer == peer && session.state == State::Proposed);
        let tie = mine.map(|session| (session.call, session.sid.clone()));
        let mut crossed = self.crosses(&peer);
        let goes_on = self.sessions.values().find(|one| one.peer == peer && one.state == State::Active);
        let moved = goes_on.map(|one| one.call);
        if let Some((call, ours)) = tie {
            // XEP-0353 section 4.1: the lower name overrules.
            if ours.as_str() < sid {
                return self.tell(from.as_str(), sid, &Invite::Reject { why: Condition::Expired, tie: true });
            }
            self.tell(peer.as_str(), &ours, &Invite::Retract { why: Condition::Expired, tie: true });
            self.end(call, Condition::AlternativeSession, EndedBy::Remote, false);
            crossed = true;
        }
        let rings = self.sessions.values().any(|session| session.peer == peer && session.state == State::Invited);
        if self.is_full() || rings {
            return self.tell(from.as_str(), sid, &Invite::Reject { why: Condition::Busy, tie: false });
        }
        let call = self.name_incoming(now);
        let mut session = Session::new(call, sid.to_owned(), peer, false, State::Invited);
        session.told = true;
        session.full = Some(from.clone());
        self.sessions.insert(call, session);
        self.event(JingleEvent::Incoming { call, from: from.clone(), offer: None, crossed, moved });
        if let Some(old) = moved {
            self.give_way(old, sid);
        }
    }

    /// Section 4.2: who is in a session with us proposes another one, from another device or after they lost the first. That one
    /// is its continuation.
    fn give_way(&mut self, old: CallId, to: &str) {
        let why = Condition::Migrated;
        self.finish_message(old, why, Some(to));
        self.request(old, Step::Terminate, "session-terminate", vec![why.write()]);
        self.end(old, why, EndedBy::Remote, false);
    }

    /// A word of the other side about a session that both know.
    fn handle_word(&mut self, call: CallId, invite: Invite, full: Option<FullJid>) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let same = full.is_some() && session.full == full;
        match (invite, session.state) {
            (Invite::Ringing, State::Proposed) => self.event(JingleEvent::Ringing { call }),
            (Invite::Proceed, State::Proposed) => {
                // The first device that answers has it; later ones find it taken.
                if full.is_some() {
                    session.full = full;
                    self.initiate(call);
                }
            }
            (Invite::Reject { tie: true, .. }, State::Proposed) => {
                let peer = session.peer.clone();
                self.note_crossing(peer);
                self.end(call, Condition::AlternativeSession, EndedBy::Remote, false);
            }
            (Invite::Reject { why, .. }, State::Proposed) => self.end(call, why, EndedBy::Remote, false),
            (Invite::Retract { why, .. }, State::Invited | State::Proceeding(_)) if same => {
                self.end(call, why, EndedBy::Remote, false);
            }
            // Section 4.2: another device of ours took the call over, and the other side went along.
            (Invite::Finish { migrated: Some(_), .. }, State::Active) if same => {
                self.end(call, Condition::Migrated, EndedBy::Local, true);
            }
            (
                Invite::Finish { why, .. },
                State::Invited | State::Proceeding(_) | State::Offered | State::Initiated | State::Active,
            ) if same => self.end(call, why, EndedBy::Remote, false),
            // Out of order, or of a device that the session is not with: it changes nothing.
            (_, _) => {}
        }
    }
}
