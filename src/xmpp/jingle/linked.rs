//! Calls over chat on the account's stream: what goes to the desk, and what the desk wants done.

use minidom::Element;

use super::super::boundary::Event;
use super::super::chat;
use super::super::iq::Purpose;
use super::super::session::{Link, SessionMachine};
use super::super::stanza::{Sender, ns};
use super::boundary::{JingleCommand, JingleEvent};
use super::caps::Question;
use super::desk::{Output, Trust};
use super::invite::Invite;
use crate::model::{CallId, EndedBy, FullJid, Jid, Now};

impl SessionMachine {
    /// What `account` wants.
    pub(in crate::xmpp) fn jingle_command(&mut self, command: JingleCommand, now: Now) {
        if let JingleCommand::Rules(rules) = command {
            return self.jingle_rules(rules, now);
        }
        if let (JingleCommand::Call { call, .. }, false) = (&command, self.link == Link::Online) {
            let why = super::Condition::Unavailable;
            let over = JingleEvent::Ended { call: *call, why, by: EndedBy::Network, elsewhere: false };
            return self.event(Event::Jingle(over));
        }
        let direct = match &command {
            JingleCommand::Call { to, .. } => self.peer_caps.direct(to),
            JingleCommand::Digits { call, .. } => {
                self.jingle.connection(*call).filter(|full| self.peer_caps.takes_digits(full)).cloned()
            }
            _ => None,
        };
        self.jingle.handle_command(command, direct, now);
        self.pump_jingle(now);
    }

    /// Other rules: our presence says what we can do from now on (C-06).
    fn jingle_rules(&mut self, rules: super::JingleRules, now: Now) {
        let before = self.jingle.rules().announced();
        self.jingle.handle_command(JingleCommand::Rules(rules), None, now);
        let announced = self.jingle.rules().announced();
        if before != announced && self.link == Link::Online && !self.presence_owed {
            self.send_own_presence();
        }
        self.ask_caps(now);
    }

    /// A resource is bound, or a stream resumed.
    pub(in crate::xmpp) fn jingle_bound(&mut self, bound: &FullJid, now: Now) {
        self.jingle.handle_bound(bound);
        self.pump_jingle(now);
    }

    /// A request to us; `true`: it was about a call, and is answered.
    pub(in crate::xmpp) fn jingle_request(&mut self, iq: &Element, from: &Sender, now: Now) -> bool {
        let Some(jingle) = iq.get_child("jingle", ns::JINGLE) else { return false };
        let Sender::Address(jid, Some(resource)) = from else { return false };
        let Ok(full) = jid.with_resource(resource) else { return false };
        let trust = self.jingle_trust(jid);
        self.jingle.handle_request(iq, jingle, &full, trust, now);
        self.pump_jingle(now);
        true
    }

    fn jingle_trust(&self, jid: &Jid) -> Trust {
        Trust { contact: self.contacts.sees_us(jid) && !self.blocks(jid), own: *jid == self.own }
    }

    /// A message; `true`: it was about a call. What was kept for us rings nothing any more.
    pub(in crate::xmpp) fn jingle_message(
        &mut self,
        message: &Element,
        from: &Jid,
        resource: Option<&str>,
        sent: bool,
        now: Now,
    ) -> bool {
        let about = Invite::read(message).is_some();
        let bounced =
            message.attr("type") == Some("error") && message.children().any(|child| child.has_ns(ns::JINGLE_MESSAGE));
        if !about && !bounced {
            return false;
        }
        let late = message.get_child("delay", ns::DELAY).is_some();
        let ours = *from == self.own && resource == self.bound.as_ref().map(FullJid::resource);
        if late && !ours && !bounced && *from != self.own {
            let at = chat::time(message, &self.own, now.wall);
            let trust = self.jingle_trust(from);
            self.jingle.handle_kept(message, from, trust, at);
            self.pump_jingle(now);
        }
        if late || ours {
            return true;
        }
        let to = message.attr("to").and_then(|to| Jid::parse_dropping_resource(to).ok());
        let to = to.unwrap_or_else(|| self.own.clone());
        let trust = self.jingle_trust(from);
        self.jingle.handle_message(message, from, resource, &to, sent, trust, now);
        self.pump_jingle(now);
        true
    }

    /// Answers to what we asked.
    pub(in crate::xmpp) fn jingle_answered(
        &mut self,
        call: CallId,
        step: super::Step,
        answer: Option<&Element>,
        now: Now,
    ) {
        self.jingle.handle_answer(call, step, answer, now);
        self.pump_jingle(now);
    }

    /// Time has passed.
    pub(in crate::xmpp) fn jingle_timeout(&mut self, now: Now) {
        self.jingle.handle_timeout(now);
        self.pump_jingle(now);
    }

    fn pump_jingle(&mut self, now: Now) {
        while let Some(output) = self.jingle.poll_output() {
            match output {
                Output::Send(stanza) => {
                    if self.link == Link::Online {
                        self.send_repeatable(stanza);
                    }
                }
                Output::Event(event) => self.event(Event::Jingle(event)),
                Output::Request { to, payload, call, step } => {
                    let open = self.link == Link::Online
                        && self.request_full("set", &to, Purpose::Jingle(call, step), payload, now);
                    if !open {
                        // As if nobody had answered.
                        self.jingle.handle_answer(call, step, None, now);
                    }
                }
            }
        }
    }

    /// A contact's presence says what their program can do.
    pub(in crate::xmpp) fn note_caps(&mut self, jid: &Jid, resource: Option<&str>, stanza: &Element, now: Now) {
        if self.peer_caps.handle_presence(jid, resource, stanza) {
            self.tell_callable(jid);
        }
        self.ask_caps(now);
    }

    /// Nobody is asked what their program can do where calls over chat are off.
    fn ask_caps(&mut self, now: Now) {
        if !self.jingle.rules().announced() || self.link != Link::Online {
            return;
        }
        while let Some(question) = self.peer_caps.next_question() {
            let (to, query) = (question.to.clone(), question.query());
            if !self.request_full("get", &to, Purpose::Caps(Box::new(question.clone())), query, now) {
                self.peer_caps.handle_answer(&question, None);
                break;
            }
        }
    }

    /// The answer to such a question.
    pub(in crate::xmpp) fn caps_answered(&mut self, question: &Question, answer: Option<&Element>, now: Now) {
        for jid in self.peer_caps.handle_answer(question, answer) {
            self.tell_callable(&jid);
        }
        if answer.is_some() {
            self.ask_caps(now);
        }
    }

    /// The stream was resumed: who cleared what they knew of the contacts is told again.
    pub(in crate::xmpp) fn tell_all_callable(&mut self) {
        let all: Vec<Jid> = self.peer_caps.callable_people().cloned().collect();
        all.iter().for_each(|jid| self.tell_callable(jid));
    }

    fn tell_callable(&mut self, jid: &Jid) {
        let (callable, gateway) = self.peer_caps.callable(jid);
        self.event(Event::Jingle(JingleEvent::Callable { jid: jid.clone(), callable, gateway }));
    }
}
