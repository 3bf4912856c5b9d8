//! How a call ends: CANCEL, BYE, and what lingers after them.

use super::{
    CallOutput, ClientFailure, Ended, Event, Method, Now, PATIENCE, Phase, RequestKey, Response, Session, Timer,
};
use crate::model::{BootTime, EndedBy};
use crate::sip::stack::Headers;

impl Session {
    /// A 2xx whose transaction is gone: its ACK once more.
    pub(super) fn handle_late_success(&mut self, response: &Response) {
        let Some(cseq) = response.headers.cseq() else { return };
        let tag = response.headers.to_tag();
        let ack = self.acks.iter().find(|(_, known, ack)| {
            Some(known) == tag.as_ref() && ack.headers.cseq().is_some_and(|ours| ours.number == cseq.number)
        });
        if let Some((invite, _, request)) = ack.cloned() {
            self.outputs.push_back(CallOutput::Ack { invite, request });
        }
    }

    /// A request ended without a final response.
    pub(super) fn handle_failed(&mut self, key: RequestKey, why: ClientFailure, now: Now) {
        let code = match why {
            ClientFailure::Timeout => 408,
            ClientFailure::Transport => 503,
        };
        if self.placed.as_ref().is_some_and(|placed| placed.key == key) {
            self.handle_invite_failed(code);
        } else if self.change_key() == Some(key) {
            self.handle_change_refused(code, now);
        } else if self.handle_transfer_failed(key, code) || self.handle_conference_failed(key, code, now) {
            return;
        }
        self.digit_failed(key);
        self.peer_unanswered(key);
        self.note_bye_answered(key, now);
    }

    /// A BYE waits for a connection: as long as it does, and for its answer, the call lingers.
    pub(super) fn handle_put_off(&mut self, key: RequestKey, until: BootTime) {
        if self.byes.contains(&key) && matches!(self.phase, Phase::Over) {
            self.clear(Timer::Linger);
            self.timers.push((Timer::Linger, until + PATIENCE));
        }
    }

    pub(super) fn note_bye_answered(&mut self, key: RequestKey, now: Now) {
        let before = self.byes.len();
        self.byes.retain(|bye| *bye != key);
        if before == 0 || !self.byes.is_empty() || !matches!(self.phase, Phase::Over) {
            return;
        }
        self.clear(Timer::Linger);
        // A call of ours lingers for what its forks may still send.
        let forks_until = self.ended_at.map(|at| at + PATIENCE).filter(|until| *until > now.boot);
        if let Some(until) = forks_until.filter(|_| self.placed.is_some()) {
            self.timers.push((Timer::Linger, until));
        }
    }

    /// Ends the call as its state allows.
    pub(super) fn hang_up(&mut self, now: Now) {
        let local = |code| Ended { code, text: None, by: EndedBy::Local, elsewhere: false, retry_after: None };
        if self.end_declined(now) {
            return;
        }
        match &mut self.phase {
            Phase::Calling => {
                self.cancel();
                self.end(local(487), now);
            }
            Phase::Ringing(_) => self.reject(603, now),
            Phase::Established(established) => {
                // RFC 3261 section 15: the callee waits for the ACK of its 2xx.
                if established.unacked.as_ref().is_some_and(|unacked| unacked.initial) {
                    established.bye_wanted = true;
                    self.say(Event::Ended { call: self.call, end: local(0) });
                } else {
                    self.send_bye();
                    self.end(local(0), now);
                }
            }
            Phase::Over => {}
        }
    }

    /// Sends a BYE in the confirmed dialog, and refuses what waits in it.
    pub(super) fn send_bye(&mut self) {
        if let Some((server, request)) = self.their_offer.take() {
            self.refuse(server, &request, 487);
        }
        let Phase::Established(established) = &mut self.phase else { return };
        if let Some((invite, cseq)) = established.delayed.take() {
            // RFC 3261 section 13.2.2.4: even an unwanted 2xx gets its ACK.
            let (tag, ack) = (established.dialog.remote_tag().to_owned(), established.dialog.ack(cseq));
            self.acknowledge(invite, tag, ack);
        }
        let Phase::Established(established) = &mut self.phase else { return };
        let bye = established.dialog.request(Method::Bye);
        let key = self.send(bye);
        self.byes.push(key);
    }

    /// Says that the call is over and lingers.
    pub(super) fn end(&mut self, end: Ended, now: Now) {
        self.say(Event::Ended { call: self.call, end });
        self.end_transfers();
        self.phase = Phase::Over;
        self.ended_at = Some(now.boot);
        self.their_offer = None;
        self.timers.clear();
        // The forks of an INVITE may answer for 64 * T1 after the first one did (RFC 3261 section 13.2.2.4).
        if self.placed.as_ref().and_then(|placed| placed.answered).is_some_and(|at| at + PATIENCE <= now.boot) {
            self.placed = None;
        }
        if self.placed.is_some() || !self.byes.is_empty() {
            self.set(Timer::Linger, PATIENCE, now);
        }
    }
}

/// The text of a Reason (RFC 3326) or Warning header, as far as it is worth showing.
pub(super) fn reason_text(headers: &Headers) -> Option<std::sync::Arc<str>> {
    let reason = headers.reasons().into_iter().find_map(|(_, params)| params.value("text").map(str::to_owned));
    let warning = || headers.value("Warning").and_then(|value| value.split('"').nth(1)).map(str::to_owned);
    let text: String = reason.or_else(warning)?.chars().filter(|c| !c.is_control()).take(200).collect();
    (!text.trim().is_empty()).then(|| text.trim().into())
}
