//! What others ask within sessions, and whose word counts (X18). `messages` has what is told of them to all devices.

use minidom::Element;

use super::super::stanza::{self, ns};
use super::boundary::JingleEvent;
use super::description::{Direction, Transport};
use super::desk::{Desk, Trust};
use super::digits::{self, Refused};
use super::invite::LONGEST_SID;
use super::read::{self, ReadError, read_transport};
use super::reason::Condition;
use super::session::{Change, MOST_CHANGES, Session, State, Step};
use super::write;
use crate::model::{CallId, EndedBy, FullJid, Now};

/// XEP-0166 section 6.8: nothing that we know of.
const UNSUPPORTED: Refused = ("feature-not-implemented", Some("unsupported-info"));

impl Desk {
    /// A `<jingle/>` in a request. Every request is answered.
    pub fn handle_request(&mut self, iq: &Element, jingle: &Element, from: &FullJid, trust: Trust, now: Now) {
        self.time_crossings(now);
        let peer = from.bare();
        let sid = jingle.attr("sid").filter(|sid| !sid.is_empty() && sid.len() <= LONGEST_SID);
        let known = sid.and_then(|sid| self.find(sid, &peer));
        let theirs =
            known.filter(|call| self.sessions.get(call).is_some_and(|session| session.full.as_ref() == Some(from)));
        // Who may not know that we are here gets what a server answers for somebody who is not (X14), unless we called them.
        if theirs.is_none() && !(trust.contact && self.rules.allow(&peer)) {
            return self.refuse(iq, "service-unavailable", None);
        }
        let (Some(sid), Some(action)) = (sid, jingle.attr("action")) else {
            return self.refuse(iq, "bad-request", None);
        };
        if action == "session-initiate" {
            return self.handle_initiate(iq, jingle, from, sid, known, now);
        }
        let Some(call) = theirs else {
            return self.refuse(iq, "item-not-found", Some("unknown-session"));
        };
        match action {
            "session-accept" => self.handle_accept(iq, jingle, call),
            "session-terminate" => {
                self.acknowledge(iq);
                let why = Condition::read(jingle).unwrap_or(Condition::Success);
                self.finish_message(call, why, None);
                self.end(call, why, EndedBy::Remote, false);
            }
            "session-info" => self.handle_info(iq, jingle, call),
            "transport-info" => self.handle_transport(iq, jingle, call),
            "content-modify" => self.handle_modify(iq, jingle, call),
            // More than sound is nothing for us.
            "content-add" => {
                self.acknowledge(iq);
                let names =
                    jingle.children().filter_map(|content| content.attr("name").and_then(read::name_of)).take(8);
                let refused: Vec<Element> = names.map(|name| write::part(&name, None)).collect();
                self.request(call, Step::Within, "content-reject", refused);
            }
            "content-remove" => {
                self.acknowledge(iq);
                let name = self.sessions.get(&call).map(|session| session.content().to_owned());
                if jingle.children().any(|content| content.attr("name").map(str::to_owned) == name) {
                    self.end_by_user(call, Condition::UnsupportedApplications);
                }
            }
            "content-reject" | "content-accept" | "description-info" | "security-info" => self.acknowledge(iq),
            "transport-replace" => {
                self.acknowledge(iq);
                let name = self.sessions.get(&call).map(|session| session.content().to_owned()).unwrap_or_default();
                self.request(call, Step::Within, "transport-reject", vec![write::part(&name, None)]);
            }
            _ => self.refuse(iq, "feature-not-implemented", None),
        }
    }

    fn acknowledge(&mut self, iq: &Element) {
        self.send(stanza::iq_result(iq, None));
    }

    fn handle_initiate(
        &mut self,
        iq: &Element,
        jingle: &Element,
        from: &FullJid,
        sid: &str,
        known: Option<CallId>,
        now: Now,
    ) {
        let awaited = known.filter(|call| {
            self.sessions.get(call).is_some_and(|session| {
                matches!(session.state, State::Proceeding(_)) && session.full.as_ref() == Some(from)
            })
        });
        if known.is_some() && awaited.is_none() {
            return self.refuse(iq, "unexpected-request", Some("out-of-order"));
        }
        let peer = from.bare();
        let crossed = if awaited.is_none() {
            let Ok(crossed) = self.settle_tie(iq, from, sid) else { return };
            if self.is_full() {
                return self.refuse(iq, "resource-constraint", None);
            }
            crossed || self.crosses(&peer)
        } else {
            false
        };
        let (remote, others) = match read::content(jingle, true) {
            Ok(found) => found,
            Err(ReadError::Malformed) => return self.refuse(iq, "bad-request", None),
            Err(error) => return self.handle_unusable(iq, from, sid, awaited, error),
        };
        self.acknowledge(iq);
        let offer = remote.to_sdp().into();
        let call = awaited.unwrap_or_else(|| self.name_incoming(now));
        let session = self
            .sessions
            .entry(call)
            .or_insert_with(|| Session::new(call, sid.to_owned(), peer, false, State::Offered));
        session.full = Some(from.clone());
        session.state = State::Offered;
        session.remote = Some(remote);
        session.others = others;
        self.event(match awaited {
            Some(call) => JingleEvent::Offer { call, offer },
            None => JingleEvent::Incoming { call, from: from.clone(), offer: Some(offer), crossed, moved: None },
        });
    }

    /// XEP-0166 section 6.3.3: it is taken, and ended at once with the reason.
    fn handle_unusable(&mut self, iq: &Element, from: &FullJid, sid: &str, awaited: Option<CallId>, why: ReadError) {
        self.acknowledge(iq);
        let why = match why {
            ReadError::NoTransport => Condition::UnsupportedTransports,
            ReadError::NoAudio | ReadError::Malformed => Condition::UnsupportedApplications,
        };
        match awaited {
            Some(call) => self.end_by_user(call, why),
            None => {
                let payload = write::jingle("session-terminate", sid, [why.write()]);
                // Nobody waits for the answer: there is no such session.
                let id = super::super::iq::random_id(&mut self.rng);
                self.send(stanza::iq("set", &id, Some(from.as_str()), Some(payload)));
            }
        }
    }

    /// Both began at once (XEP-0166 section 7.2.16): the lower name overrules. `Ok(true)`: ours gives way; an error: theirs
    /// was refused.
    fn settle_tie(&mut self, iq: &Element, from: &FullJid, sid: &str) -> Result<bool, ()> {
        let own = self
            .sessions
            .values()
            .find(|session| session.ours && session.state == State::Initiated && session.full.as_ref() == Some(from));
        let Some((call, ours)) = own.map(|session| (session.call, session.sid.clone())) else { return Ok(false) };
        if ours.as_str() < sid {
            self.refuse(iq, "conflict", Some("tie-break"));
            return Err(());
        }
        self.end(call, Condition::AlternativeSession, EndedBy::Remote, false);
        Ok(true)
    }

    fn handle_accept(&mut self, iq: &Element, jingle: &Element, call: CallId) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        if session.state != State::Initiated {
            return self.refuse(iq, "unexpected-request", Some("out-of-order"));
        }
        let remote = match read::content(jingle, false) {
            // The content is the one that we offered.
            Ok((remote, _)) if remote.name == session.content() => remote,
            Ok(_) | Err(_) => {
                self.acknowledge(iq);
                return self.end_by_user(call, Condition::FailedApplication);
            }
        };
        session.state = State::Active;
        let answer = remote.to_sdp().into();
        session.remote = Some(remote);
        let early = session.take_early();
        self.acknowledge(iq);
        self.event(JingleEvent::Accepted { call, answer });
        if let Some(fragment) = early {
            self.event(JingleEvent::Candidates { call, fragment: fragment.into() });
        }
    }

    fn handle_info(&mut self, iq: &Element, jingle: &Element, call: CallId) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let mut events = Vec::new();
        for info in jingle.children() {
            match informed(session, info) {
                Ok(said) => events.extend(said),
                Err((condition, special)) => return self.refuse(iq, condition, special),
            }
        }
        self.acknowledge(iq);
        events.into_iter().for_each(|event| self.event(event));
    }

    fn handle_transport(&mut self, iq: &Element, jingle: &Element, call: CallId) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let content = jingle.children().find(|child| child.is("content", ns::JINGLE));
        let named = content.filter(|content| content.attr("name") == Some(session.content()));
        let Some(transport) = named.and_then(|content| content.get_child("transport", ns::JINGLE_ICE)) else {
            // Of a content that we did not take: nothing to do.
            return if content.is_some() { self.acknowledge(iq) } else { self.refuse(iq, "bad-request", None) };
        };
        let transport = read_transport(transport);
        let event = told(session, transport);
        self.acknowledge(iq);
        if let Some(event) = event {
            self.event(event);
        }
    }

    /// XEP-0166 section 7.2.3: who sends in a content is how some programs hold.
    fn handle_modify(&mut self, iq: &Element, jingle: &Element, call: CallId) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let content = jingle.children().find(|child| child.attr("name") == Some(session.content()));
        let senders = content.map(|content| Direction::of_senders(content.attr("senders"), !session.ours));
        let Some(Some(direction)) = senders else { return self.refuse(iq, "bad-request", None) };
        let held = !direction.flows().1;
        let event = if session.state == State::Active && session.held_there != held {
            theirs_changed(session, Change::Hold(held))
        } else {
            None
        };
        self.acknowledge(iq);
        if let Some(event) = event {
            self.event(event);
        }
    }
}

/// What is said beside the negotiation (XEP-0167 section 9, XEP-0181).
fn informed(session: &mut Session, info: &Element) -> Result<Vec<JingleEvent>, Refused> {
    let (call, active) = (session.call, session.state == State::Active);
    if info.is("dtmf", ns::JINGLE_DTMF) {
        return digits::heard(session, info).map(|said| said.into_iter().collect());
    }
    let mut said = Vec::new();
    let hold = |session: &mut Session, held: bool| {
        if active && session.held_there != held { theirs_changed(session, Change::Hold(held)) } else { None }
    };
    let mute = |session: &mut Session, muted: bool| {
        let changed = active && session.muted_there != muted;
        session.muted_there = muted && active;
        changed.then_some(JingleEvent::Muted { call, muted })
    };
    match info.name() {
        _ if !info.has_ns(ns::JINGLE_INFO) => return Err(UNSUPPORTED),
        "ringing" => {
            said.extend((session.ours && session.state == State::Initiated).then_some(JingleEvent::Ringing { call }));
        }
        "hold" => said.extend(hold(session, true)),
        "unhold" => said.extend(hold(session, false)),
        // Section 9.1: back from hold, or from being muted.
        "active" => {
            said.extend(hold(session, false));
            said.extend(mute(session, false));
        }
        "mute" | "unmute" => {
            if info.attr("name").is_none_or(|name| name == session.content()) {
                said.extend(mute(session, info.name() == "mute"));
            }
        }
        _ => return Err(UNSUPPORTED),
    }
    Ok(said)
}

/// Candidates, or new credentials of theirs, that came.
fn told(session: &mut Session, transport: Transport) -> Option<JingleEvent> {
    let call = session.call;
    let known = session.remote.as_ref().and_then(|remote| remote.transport.credentials.clone());
    let other = transport.credentials.is_some() && transport.credentials != known;
    match (session.state, known) {
        (State::Active, Some(known)) if !other => {
            let fragment = transport.to_fragment(&known);
            (!transport.candidates.is_empty()).then(|| JingleEvent::Candidates { call, fragment: fragment.into() })
        }
        // XEP-0176 section 5.5: other credentials begin ICE anew.
        (State::Active, Some(_)) if session.restarting => {
            session.restarting = false;
            let remote = session.remote.as_mut()?;
            remote.transport.credentials = transport.credentials;
            remote.transport.candidates = transport.candidates;
            session.their_answer().map(|answer| JingleEvent::Answered { call, answer: answer.into() })
        }
        (State::Active, Some(_)) => theirs_changed(session, Change::Restart(transport)),
        // Theirs before they said anything else, or before ours is the word: kept until the call is answered.
        (State::Initiated | State::Offered, _) => {
            session.keep(transport.candidates);
            None
        }
        (State::Active | State::Proposed | State::Invited | State::Proceeding(_), _) => None,
    }
}

/// A change of theirs goes to the negotiation as an offer.
fn theirs_changed(session: &mut Session, change: Change) -> Option<JingleEvent> {
    if session.changes.len() >= MOST_CHANGES {
        return None;
    }
    let offer = match &change {
        Change::Hold(held) => {
            session.held_there = *held;
            session.their_offer(None, *held)
        }
        Change::Restart(transport) => session.their_offer(Some(transport), session.held_there),
    }?;
    session.changes.push_back(change);
    Some(JingleEvent::Changed { call: session.call, offer: offer.into() })
}
