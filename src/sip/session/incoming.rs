//! Their INVITE: ringing, reliable provisionals, the 2xx until its ACK, CANCEL (RFC 3261 sections 9.2 and 13.3, RFC 3262).

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;

use super::dialog::Dialog;
use super::timer::{Asked, Interval, MIN_SE, asked};
use super::{Established, NO_ANSWER, PATIENCE, Phase, SDP, Session, T1, T2, Timer, Unacked, reason_text};
use crate::model::{EndedBy, Now};
use crate::sip::boundary::{Ended, Event, Incoming};
use crate::sip::referral::About;
use crate::sip::stack::{Request, Response, ServerId, session_description};
use crate::sip::usage::IncomingInvite;

/// Their INVITE, unanswered.
pub(super) struct Ringing {
    pub(super) server: ServerId,
    pub(super) request: Request,
    pub(super) dialog: Dialog,
    /// The reliable provisional that has no PRACK yet.
    reliable: Option<Reliable>,
    next_rseq: u32,
    /// The user has answered, but the PRACK is missing (RFC 3262 section 3).
    answer: Option<Arc<str>>,
    interval: Option<Interval>,
    offerless: bool,
}

/// A reliable provisional without PRACK.
struct Reliable {
    rseq: u32,
    response: Response,
    interval: Duration,
}

/// Why a request's body cannot be taken as SDP: a status, or `None` when it can or there is none.
pub(super) fn unusable_body(request: &Request) -> Option<u16> {
    if request.body.is_empty() || session_description(&request.headers, &request.body).is_some() {
        return None;
    }
    match request.headers.content_type() {
        // It says that it is SDP, and it is not even text.
        Some(kind) if kind.name == SDP => Some(400),
        Some(_) | None => Some(415),
    }
}

impl Session {
    /// Takes the INVITE, or refuses it and is over.
    pub(super) fn take(&mut self, invite: IncomingInvite, now: Now) {
        let IncomingInvite { server, request, identity, replaces, .. } = invite;
        let tag = format!("{:016x}", self.random.random::<u64>());
        let first = self.random.random_range(1..1 << 16);
        let interval = asked(&request.headers);
        let refusal = if request.headers.value("Replaces").is_some() && replaces.is_none() {
            // S10: RFC 3891 section 3: it names no dialog that may be replaced.
            Some(481)
        } else if let Some(code) = unusable_body(&request) {
            Some(code)
        } else {
            (interval == Asked::TooSmall).then_some(422)
        };
        let dialog = Dialog::from_request(&request, &tag, first);
        let (None, Some(dialog)) = (refusal, dialog) else {
            self.respond(server, refused(&request, refusal.unwrap_or(400), &tag));
            // Nobody has heard of this call: no event either.
            (self.ended, self.phase) = (true, Phase::Over);
            return;
        };
        let offer = session_description(&request.headers, &request.body);
        // RFC 3261 section 13.3.1: the caller may say how long it waits.
        let expires = request.headers.seconds("Expires").filter(|seconds| *seconds > 0);
        let patience = expires.map_or(NO_ANSWER, |seconds| Duration::from_secs(seconds.into()).min(NO_ANSWER));
        self.set(Timer::NoAnswer, patience, now);
        let about = About { replaces, ..About::read(&request.headers) };
        let headers = request.headers.clone();
        self.phase = Phase::Ringing(Box::new(Ringing {
            server,
            dialog,
            reliable: None,
            next_rseq: self.random.random_range(1..1 << 31),
            answer: None,
            interval: if let Asked::Interval(interval) = interval { Some(interval) } else { None },
            offerless: offer.is_none(),
            request,
        }));
        // S07: Alert-Info and Call-Info are never fetched, and nothing in the request answers the call by itself.
        self.say(Event::Incoming(Box::new(Incoming { call: self.call, identity, offer, note: None, about })));
        self.note_focus(&headers);
    }

    /// Sends 180, or 183 with early SDP.
    pub(super) fn ring(&mut self, answer: Option<Arc<str>>, now: Now) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        let headers = &ringing.request.headers;
        let required = headers.has_token("Require", "100rel");
        let reliable = required || (answer.is_some() && headers.has_token("Supported", "100rel"));
        // RFC 3262 section 5: the first reliable response to an INVITE without offer would have to bring ours.
        let silent = reliable && ringing.offerless && answer.is_none();
        if silent || (reliable && ringing.reliable.is_some()) {
            return;
        }
        let code = if answer.is_some() { 183 } else { 180 };
        let mut response = Response::to(&ringing.request, code, Some(ringing.dialog.local_tag()));
        let (server, rseq) = (ringing.server, ringing.next_rseq);
        if reliable {
            ringing.next_rseq += 1;
            response = response.with("Require", "100rel").with("RSeq", rseq.to_string());
        }
        self.introduce(&mut response.headers);
        if let Some(sdp) = answer {
            response = response.with_body(SDP, sdp.as_bytes().to_vec());
        }
        if let (true, Phase::Ringing(ringing)) = (reliable, &mut self.phase) {
            ringing.reliable = Some(Reliable { rseq, response: response.clone(), interval: T1 });
            self.set(Timer::Reliable, T1, now);
            self.set(Timer::ReliableGiveUp, PATIENCE, now);
        }
        self.respond(server, response);
    }

    /// RFC 3262 section 3: T1, doubled without a ceiling.
    pub(super) fn repeat_reliable(&mut self, now: Now) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        let server = ringing.server;
        let Some(reliable) = &mut ringing.reliable else { return };
        reliable.interval *= 2;
        let (interval, response) = (reliable.interval, reliable.response.clone());
        self.set(Timer::Reliable, interval, now);
        self.respond(server, response);
    }

    /// A PRACK: 200 when it names what waits for one, else 481 (RFC 3262 section 3).
    pub(super) fn handle_prack(&mut self, server: ServerId, request: &Request, now: Now) {
        let code = self.match_prack(request);
        self.refuse(server, request, code);
        if code == 481 {
            return;
        }
        self.clear(Timer::Reliable);
        self.clear(Timer::ReliableGiveUp);
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        ringing.reliable = None;
        if let Some(sdp) = ringing.answer.take() {
            self.answer(sdp, now);
        }
    }

    fn match_prack(&self, request: &Request) -> u16 {
        let Phase::Ringing(ringing) = &self.phase else { return 481 };
        let Some(reliable) = &ringing.reliable else { return 481 };
        let Some(cseq) = ringing.request.headers.cseq() else { return 481 };
        let rack = request.headers.value("RAck").unwrap_or_default();
        let named =
            rack.split_ascii_whitespace().eq([&*reliable.rseq.to_string(), &*cseq.number.to_string(), "INVITE"]);
        match (named, request.body.is_empty()) {
            (false, _) => 481,
            (true, true) => 200,
            // An offer in a PRACK is not taken; the provisional is acknowledged all the same.
            (true, false) => 488,
        }
    }

    /// Answers with 200 and repeats it until its ACK comes (RFC 3261 section 13.3.1.4).
    pub(super) fn answer(&mut self, sdp: Arc<str>, now: Now) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        if ringing.reliable.is_some() {
            ringing.answer = Some(sdp);
            return;
        }
        let (server, interval, offerless) = (ringing.server, ringing.interval, ringing.offerless);
        let (request, dialog) = (ringing.request.clone(), ringing.dialog.clone());
        let mut response = Response::to(&request, 200, Some(dialog.local_tag()));
        self.introduce(&mut response.headers);
        timers_in_response(&mut response, &request, interval);
        let response = response.with_body(SDP, sdp.as_bytes().to_vec());
        self.phase = Phase::Established(Box::new(Established {
            dialog,
            unacked: None,
            change: None,
            delayed: None,
            interval,
            peer_updates: request.headers.has_token("Allow", "UPDATE"),
            peer_info: request.headers.has_token("Allow", "INFO"),
            last_sdp: Some(sdp),
            bye_wanted: false,
            ours: false,
        }));
        self.timers.clear();
        self.start_interval(interval, now);
        self.send_success(server, &request, response, offerless, true, now);
    }

    /// Sends a 2xx to an INVITE, the first one or a later one.
    pub(super) fn send_success(
        &mut self,
        server: ServerId,
        request: &Request,
        response: Response,
        offered: bool,
        initial: bool,
        now: Now,
    ) {
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if let Phase::Established(established) = &mut self.phase {
            let response = response.clone();
            established.unacked = Some(Unacked { server, response, cseq, interval: T1, offered, initial });
        }
        self.set(Timer::Resend, T1, now);
        self.set(Timer::GiveUp, PATIENCE, now);
        self.respond(server, response);
    }

    /// RFC 3261 section 13.3.1.4: T1, doubled up to T2, over every transport.
    pub(super) fn resend(&mut self, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        let Some(unacked) = &mut established.unacked else { return };
        unacked.interval = (unacked.interval * 2).min(T2);
        let (interval, server, response) = (unacked.interval, unacked.server, unacked.response.clone());
        self.set(Timer::Resend, interval, now);
        self.respond(server, response);
    }

    pub(super) fn handle_ack(&mut self, request: &Request, now: Now) {
        let Phase::Established(established) = &mut self.phase else { return };
        let cseq = request.headers.cseq().map(|cseq| cseq.number);
        if !established.dialog.owns_request(&request.headers) {
            return;
        }
        let Some(unacked) = established.unacked.take_if(|unacked| Some(unacked.cseq) == cseq) else { return };
        let bye_wanted = established.bye_wanted;
        self.clear(Timer::Resend);
        self.clear(Timer::GiveUp);
        if bye_wanted {
            self.send_bye();
            self.end(Ended { code: 0, text: None, by: EndedBy::Local, elsewhere: false, retry_after: None }, now);
            return;
        }
        let call = self.call;
        let sdp = session_description(&request.headers, &request.body).filter(|_| unacked.offered);
        if unacked.initial {
            self.say(Event::Confirmed { call, sdp });
        } else if let Some(sdp) = sdp {
            self.say(Event::OfferAnswered { call, sdp });
        }
    }

    /// Refuses the call.
    pub(super) fn reject(&mut self, code: u16, now: Now) {
        let Phase::Ringing(ringing) = &self.phase else { return };
        // A refusal is a final status and no redirection.
        let code = if (400..=699).contains(&code) { code } else { 480 };
        let (server, response) = (ringing.server, refused(&ringing.request, code, ringing.dialog.local_tag()));
        self.respond(server, response);
        self.end(Ended { code, text: None, by: EndedBy::Local, elsewhere: false, retry_after: None }, now);
    }

    /// RFC 3261 section 9.2: 487, unless the final answer is on its way already.
    pub(super) fn handle_cancelled(&mut self, server: ServerId, cancel: &Request, now: Now) {
        match &self.phase {
            Phase::Ringing(ringing) if ringing.server == server => {
                let response = refused(&ringing.request, 487, ringing.dialog.local_tag());
                self.respond(server, response);
                // RFC 3326 section 3.2: answered on another device.
                let elsewhere = cancel
                    .headers
                    .reasons()
                    .iter()
                    .any(|(protocol, params)| protocol == "SIP" && params.value("cause") == Some("200"));
                let text = reason_text(&cancel.headers);
                self.end(Ended { code: 487, text, by: EndedBy::Remote, elsewhere, retry_after: None }, now);
            }
            Phase::Established(_) | Phase::Ringing(_) | Phase::Calling | Phase::Over => {
                // A re-INVITE of theirs that waits for `account`.
                if let Some((waiting, request)) = self.their_offer.take_if(|(waiting, _)| *waiting == server) {
                    self.clear(Timer::Overdue);
                    self.refuse(waiting, &request, 487);
                }
            }
        }
    }
}

/// Session-Expires in a 2xx of ours (RFC 4028 section 9).
pub(super) fn timers_in_response(response: &mut Response, request: &Request, interval: Option<Interval>) {
    let Some(interval) = interval else { return };
    response.headers.push("Session-Expires", interval.in_response());
    if request.headers.has_token("Supported", "timer") && !interval.ours {
        response.headers.push("Require", "timer");
    }
}

/// A refusal with what its status owes the sender.
pub(super) fn refused(request: &Request, code: u16, tag: &str) -> Response {
    let mut response = Response::to(request, code, Some(tag));
    match code {
        405 | 501 => response.headers.push("Allow", super::ALLOW),
        415 => response.headers.push("Accept", SDP),
        422 => response.headers.push("Min-SE", MIN_SE.to_string()),
        _ => {}
    }
    response
}
