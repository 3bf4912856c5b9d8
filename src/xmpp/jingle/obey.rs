//! What the user, or `account` for the user, wants of the sessions.

use minidom::Element;

use super::super::iq::random_id;
use super::boundary::{JingleCommand, JingleEvent};
use super::description::{Description, Transport};
use super::desk::{Desk, INITIATE_WITHIN, Output};
use super::invite::Invite;
use super::reason::Condition;
use super::session::{Change, Session, State, Step};
use super::write;
use crate::model::{CallId, EndedBy, FullJid, Jid, Now};

/// What our content is called.
const CONTENT: &str = "audio";

impl Desk {
    /// Does what is asked. `direct`: the one connection of the called person that takes calls, where none of theirs takes
    /// messages about them; for digits the connection of the call, where it takes them beside the stream.
    pub fn handle_command(&mut self, command: JingleCommand, direct: Option<FullJid>, now: Now) {
        match command {
            JingleCommand::Rules(rules) => self.rules = rules,
            JingleCommand::Call { call, to, offer } => self.call(call, to, &offer, direct),
            JingleCommand::Ring { call } => self.ring(call),
            JingleCommand::Proceed { call } => self.proceed(call, now),
            JingleCommand::Accept { call, answer } => self.accept(call, &answer),
            JingleCommand::End { call, why } => self.end_by_user(call, why),
            JingleCommand::Offer { call, offer } => self.offer(call, &offer),
            JingleCommand::AnswerOffer { call, answer } => self.answer_offer(call, answer.as_deref()),
            JingleCommand::Digits { call, digits } => self.send_digits(call, &digits, direct.is_some(), now),
            JingleCommand::Candidates { call, fragment } => self.tell_candidates(call, &fragment),
            JingleCommand::Mute { call, muted } => {
                let name = if muted { "mute" } else { "unmute" };
                if let Some(session) = self.active(call) {
                    let info = write::info(name, Some(session.content()));
                    self.request(call, Step::Within, "session-info", vec![info]);
                }
            }
        }
    }

    fn active(&mut self, call: CallId) -> Option<&mut Session> {
        self.sessions.get_mut(&call).filter(|session| session.state == State::Active)
    }

    fn call(&mut self, call: CallId, to: Jid, offer: &str, direct: Option<FullJid>) {
        let over = |why| JingleEvent::Ended { call, why, by: EndedBy::Local, elsewhere: false };
        let Some(local) = Description::of_sdp(offer, CONTENT) else {
            return self.event(over(Condition::IncompatibleParameters));
        };
        if self.is_full() || self.own.is_none() {
            return self.event(over(Condition::GeneralError));
        }
        let sid = random_id(&mut self.rng);
        let mut session = Session::new(call, sid.clone(), to.clone(), true, State::Proposed);
        session.local = Some(local);
        session.told = direct.is_none();
        session.full = direct.clone();
        self.sessions.insert(call, session);
        match direct {
            Some(_) => self.initiate(call),
            None => self.tell(to.as_str(), &sid, &Invite::Propose { audio: true }),
        }
    }

    /// Describes our sound to the connection that is going to take the call.
    pub(super) fn initiate(&mut self, call: CallId) {
        let (Some(own), Some(session)) = (self.own.clone(), self.sessions.get_mut(&call)) else { return };
        let (Some(local), Some(to)) = (&session.local, session.full.clone()) else { return };
        let payload =
            write::opening("session-initiate", &session.sid, "initiator", &own, write::content(local, true, true));
        session.state = State::Initiated;
        self.outputs.push_back(Output::Request { to, payload, call, step: Step::Initiate });
    }

    fn ring(&mut self, call: CallId) {
        let Some(session) = self.sessions.get(&call) else { return };
        let (to, sid) = (session.address().to_owned(), session.sid.clone());
        match session.state {
            State::Invited => self.tell(&to, &sid, &Invite::Ringing),
            State::Offered => {
                self.request(call, Step::Within, "session-info", vec![write::info("ringing", None)]);
            }
            State::Proposed | State::Initiated | State::Proceeding(_) | State::Active => {}
        }
    }

    fn proceed(&mut self, call: CallId, now: Now) {
        let Some(session) = self.sessions.get_mut(&call).filter(|session| session.state == State::Invited) else {
            return;
        };
        session.state = State::Proceeding(now.boot + INITIATE_WITHIN);
        let (to, sid) = (session.address().to_owned(), session.sid.clone());
        self.tell(&to, &sid, &Invite::Proceed);
    }

    fn accept(&mut self, call: CallId, answer: &str) {
        let Some(own) = self.own.clone() else { return };
        let Some(session) = self.sessions.get_mut(&call).filter(|session| session.state == State::Offered) else {
            return;
        };
        let Some(local) = Description::of_sdp(answer, session.content()) else {
            return self.end_by_user(call, Condition::FailedApplication);
        };
        let grouped = session.remote.as_ref().is_some_and(|remote| remote.extras.is_bundled());
        let inside = write::content(&local, false, grouped);
        session.local = Some(local);
        session.state = State::Active;
        let (sid, full, early) = (session.sid.clone(), session.full.clone(), session.take_early());
        let others: Vec<Element> =
            std::mem::take(&mut session.others).iter().map(|name| write::part(name, None)).collect();
        if !others.is_empty() {
            // XEP-0166 section 7.2.3: what is nothing for us goes before the rest is accepted.
            self.request(call, Step::Within, "content-remove", others);
        }
        if let Some(to) = full {
            let payload = write::opening("session-accept", &sid, "responder", &own, inside);
            self.outputs.push_back(Output::Request { to, payload, call, step: Step::Accept });
        }
        if let Some(fragment) = early {
            self.event(JingleEvent::Candidates { call, fragment: fragment.into() });
        }
    }

    /// Ends a session in the way that its state asks for.
    pub(super) fn end_by_user(&mut self, call: CallId, why: Condition) {
        let Some(session) = self.sessions.get(&call) else { return };
        let (to, sid, told) = (session.address().to_owned(), session.sid.clone(), session.told);
        let terminate = |desk: &mut Self| desk.request(call, Step::Terminate, "session-terminate", vec![why.write()]);
        match session.state {
            State::Proposed => self.tell(&to, &sid, &Invite::Retract { why: Condition::Cancel, tie: false }),
            State::Invited => self.tell(&to, &sid, &Invite::Reject { why, tie: false }),
            State::Offered | State::Initiated | State::Active => {
                terminate(self);
                if told {
                    self.finish_message(call, why, None);
                }
            }
            State::Proceeding(_) => self.finish_message(call, why, None),
        }
        self.end(call, why, EndedBy::Local, false);
    }

    /// A change of ours. XEP-0167 section 9 tells of hold without a negotiation; other addresses are told as XEP-0176 section
    /// 5.5 restarts ICE.
    fn offer(&mut self, call: CallId, offer: &str) {
        let Some(session) = self.active(call) else { return };
        let Some(local) = Description::of_sdp(offer, session.content()) else { return };
        let known = session.local.as_ref().map(|local| &local.transport.credentials);
        let restarts = known != Some(&local.transport.credentials);
        let held = !local.direction.flows().1;
        let turned = held != session.held_here;
        session.held_here = held;
        session.restarting = restarts;
        let setup = session.local.as_ref().and_then(|before| before.transport.setup);
        let mut kept = local.clone();
        // Which role we have was settled at the beginning; a later offer may leave it open.
        kept.transport.setup = match local.transport.setup {
            Some("actpass") | None => setup,
            said => said,
        };
        session.local = Some(kept);
        let name = session.content().to_owned();
        let answer = session.their_answer();
        if turned {
            let info = write::info(if held { "hold" } else { "active" }, None);
            self.request(call, Step::Within, "session-info", vec![info]);
        }
        if restarts {
            let transport = write::transport(&Transport { fingerprints: Vec::new(), ..local.transport });
            self.request(call, Step::Within, "transport-info", vec![write::part(&name, [transport])]);
        } else if let Some(answer) = answer {
            // What only informs is agreed on at once.
            self.event(JingleEvent::Answered { call, answer: answer.into() });
        }
    }

    fn answer_offer(&mut self, call: CallId, answer: Option<&str>) {
        let Some(session) = self.active(call) else { return };
        let change = session.changes.pop_front();
        let (Some(Change::Restart(theirs)), Some(answer)) = (change, answer) else { return };
        let name = session.content().to_owned();
        let Some(local) = Description::of_sdp(answer, &name) else { return };
        if let Some(remote) = &mut session.remote {
            (remote.transport.credentials, remote.transport.candidates) = (theirs.credentials, theirs.candidates);
        }
        let transport = write::transport(&Transport { fingerprints: Vec::new(), ..local.transport.clone() });
        session.local = Some(local);
        self.request(call, Step::Within, "transport-info", vec![write::part(&name, [transport])]);
    }

    fn tell_candidates(&mut self, call: CallId, fragment: &str) {
        let Some(session) = self.sessions.get(&call) else { return };
        // What is told before the session is described would be told to nobody.
        if session.full.is_none() || session.local.is_none() {
            return;
        }
        let part = write::part(session.content(), [write::transport(&Transport::of_fragment(fragment))]);
        self.request(call, Step::Within, "transport-info", vec![part]);
    }
}
