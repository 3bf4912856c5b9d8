//! What the answers to our REGISTERs mean.

use std::time::Duration;

use rand::Rng;

use super::{ANSWER_WITHIN, FlowState, Output, Registration, Sent, State, WISH, sentence};
use crate::model::{Now, Reason};
use crate::sip::boundary::Event;
use crate::sip::digest::Refusal;
use crate::sip::stack::Response;

/// How often 423 or 439 may make us repeat one REGISTER.
const MAX_REPEATS: u8 = 2;

impl Registration {
    /// A final response to the REGISTER `serial`. An answer to one that is no longer waited for is ignored.
    pub fn handle_response(&mut self, serial: u64, response: &Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        let (flow, sent) = match std::mem::replace(&mut self.state, State::Idle) {
            State::Registering { flow, sent } if sent.serial == serial => (flow, sent),
            State::Registered { flow, sent: Some(sent), .. } if sent.serial == serial => (flow, sent),
            State::Removing { flow, sent } if sent.serial == serial => {
                self.handle_farewell(flow, sent, response);
                return;
            }
            other => {
                self.state = other;
                return;
            }
        };
        let address_changed = self.binding.learn_address(response);
        match response.code {
            200..=299 => self.handle_success(flow, &sent, response, address_changed, now),
            401 | 407 => self.handle_challenge(flow, sent, response, now),
            423 => self.handle_too_brief(flow, &sent, response, now),
            // RFC 5626 section 6: the first hop lacks outbound support.
            439 if sent.repeats < MAX_REPEATS => {
                self.binding.outbound = false;
                self.repeat(flow, sent.repeats + 1, now);
            }
            403 => self.refuse(flow, Reason::new("forbidden", "The server refuses this account (403).")),
            404 => self.refuse(flow, Reason::new("unknown-address", "The server does not know this address (404).")),
            code => self.handle_trouble(flow, code, response, now),
        }
    }

    /// The REGISTER `serial` got no answer.
    pub fn handle_no_response(&mut self, serial: u64, now: Now) {
        let waited_for = match &self.state {
            State::Registering { sent, .. } | State::Removing { sent, .. } => sent.serial == serial,
            State::Registered { sent, .. } => sent.as_ref().is_some_and(|sent| sent.serial == serial),
            State::Idle | State::Locating { .. } | State::Opening { .. } | State::Waiting { .. } | State::Failed => {
                false
            }
        };
        if waited_for {
            self.handle_silence(now);
        }
    }

    /// The server does not answer.
    pub(super) fn handle_silence(&mut self, now: Now) {
        let reason = Reason::new("timeout", "The server does not answer.");
        match self.state {
            State::Removing { .. } => self.gone(),
            State::Registering { .. } => self.next_target(reason, now),
            State::Registered { ref flow, ref sent, .. } => match sent.as_ref().and_then(|sent| sent.tests) {
                Some(test) => {
                    let (id, remote) = (flow.flow.id, flow.flow.remote);
                    self.handle_test_failed(test, id, remote, now);
                }
                None => self.pause(reason, None, now),
            },
            State::Idle | State::Locating { .. } | State::Opening { .. } | State::Waiting { .. } | State::Failed => {}
        }
    }

    fn handle_success(&mut self, flow: FlowState, sent: &Sent, response: &Response, address_changed: bool, now: Now) {
        let first = !self.was_registered(&flow);
        if let Some(realm) = &sent.realm {
            self.authenticator.accept_realm(realm, flow.protection.is_verified());
        }
        self.failures = 0;
        let granted = self.binding.accept(response, self.wish, &flow);
        let others = self.binding.others(response);
        if others != self.others {
            self.others.clone_from(&others);
            self.outputs.push_back(Output::Event(Event::OtherDevices(others)));
        }
        if address_changed && sent.repeats < MAX_REPEATS {
            // The registrar knows an address of us that nobody can reach: correct it at once (RFC 3581 section 9).
            self.repeat(flow, sent.repeats + 1, now);
            return;
        }
        // Between half and nine tenths, so that many clients do not come together.
        let share = self.random.random_range(500..=900_u64);
        let refresh_at = now.boot + Duration::from_millis(u64::from(granted) * share);
        if first {
            let security = flow.security(sent.auth.clone());
            let event = Event::Registered { security, local: flow.flow.local, realm: sent.realm.clone() };
            self.announced = Some(flow.flow.id);
            self.outputs.push_back(Output::Event(event));
        }
        let contact = self.binding.contact();
        if self.announced_contact.as_ref() != Some(&contact) {
            self.announced_contact = Some(contact.clone());
            self.outputs.push_back(Output::ContactChanged(contact));
        }
        self.state = State::Registered { flow, sent: None, refresh_at };
    }

    fn handle_challenge(&mut self, flow: FlowState, mut sent: Box<Sent>, response: &Response, now: Now) {
        let mut request = sent.request.clone();
        match self.authenticator.answer(&mut request, response, &mut sent.rounds, true) {
            Ok(answered) => {
                request.headers.set("Contact", self.current_contact(&request));
                request.set_cseq(self.binding.next_cseq());
                sent.request = request;
                sent.serial = self.serial();
                sent.give_up_at = now.boot + ANSWER_WITHIN;
                sent.auth = format!("digest-{}", answered.algorithm.as_str()).into();
                sent.realm = Some(answered.realm);
                self.send(&sent, flow.flow.id);
                self.resume(flow, sent);
            }
            Err(refusal) => {
                let code = match refusal {
                    Refusal::WrongPassword => "wrong-password",
                    Refusal::ForeignRealm => "foreign-realm",
                    Refusal::Md5Forbidden => "md5-forbidden",
                    Refusal::Unsupported => "login-unsupported",
                };
                self.outputs.push_back(Output::Close(flow.flow.id));
                self.fail(Reason::new(code, &sentence(&refusal)), None, refusal == Refusal::ForeignRealm);
            }
        }
    }

    /// The Contact of a repeated REGISTER, with what the challenge taught about our address.
    fn current_contact(&self, request: &crate::sip::stack::Request) -> String {
        let old = request.headers.value("Contact").unwrap_or_default();
        match old.split_once('>') {
            Some((_, params)) => format!("<{}>{params}", self.binding.contact().uri),
            None => old.to_owned(),
        }
    }

    /// 423: longer, as the server wants it, but within reason (S14).
    fn handle_too_brief(&mut self, flow: FlowState, sent: &Sent, response: &Response, now: Now) {
        let least = response.headers.seconds("Min-Expires").unwrap_or_default();
        if sent.repeats >= MAX_REPEATS || least <= self.wish || !WISH.contains(&least) {
            self.outputs.push_back(Output::Close(flow.flow.id));
            let text = "The server wants a registration of a length that makes no sense (423).";
            self.pause(Reason::new("interval", text), None, now);
            return;
        }
        self.wish = least;
        self.repeat(flow, sent.repeats + 1, now);
    }

    /// Every other refusal: another target may do better; a 3xx is not followed (S13: it could lead anywhere).
    fn handle_trouble(&mut self, flow: FlowState, code: u16, response: &Response, now: Now) {
        self.outputs.push_back(Output::Close(flow.flow.id));
        let text = format!("The server answers with {code} ({}).", crate::sip::stack::reason_phrase(code));
        let reason = Reason::new("refused", &text);
        let retry_after = response.headers.seconds("Retry-After");
        if let (503, Some(seconds)) = (code, retry_after) {
            self.leave_alone(flow.flow.remote, seconds, now);
        }
        if self.targets.is_empty() {
            self.pause(reason, retry_after, now);
        } else {
            self.next_target(reason, now);
        }
    }

    fn handle_farewell(&mut self, flow: FlowState, mut sent: Box<Sent>, response: &Response) {
        let mut request = sent.request.clone();
        let challenged = matches!(response.code, 401 | 407)
            && self.authenticator.answer(&mut request, response, &mut sent.rounds, true).is_ok();
        if challenged {
            request.set_cseq(self.binding.next_cseq());
            sent.request = request;
            sent.serial = self.serial();
            self.send(&sent, flow.flow.id);
        }
        let over = !challenged;
        self.state = State::Removing { flow, sent };
        if over {
            self.gone();
        }
    }

    fn refuse(&mut self, flow: FlowState, reason: Reason) {
        self.outputs.push_back(Output::Close(flow.flow.id));
        self.fail(reason, None, false);
    }

    fn repeat(&mut self, flow: FlowState, repeats: u8, now: Now) {
        let request = self.binding.register(self.wish);
        let mut sent = self.sent(request, now.boot + ANSWER_WITHIN);
        sent.repeats = repeats;
        self.send(&sent, flow.flow.id);
        self.resume(flow, sent);
    }

    fn was_registered(&self, flow: &FlowState) -> bool {
        self.announced == Some(flow.flow.id)
    }

    /// Back to waiting for an answer: as a refresh when this flow is registered, else as the first one.
    fn resume(&mut self, flow: FlowState, sent: Box<Sent>) {
        if self.was_registered(&flow) {
            let refresh_at = sent.give_up_at;
            self.state = State::Registered { flow, sent: Some(sent), refresh_at };
        } else {
            self.state = State::Registering { flow, sent };
        }
    }
}
