//! What the peer asks inside of a dialog (RFC 3261 sections 12.2.2, 14.2 and 15.1.2, RFC 3311, RFC 6086).

use std::sync::Arc;

use rand::Rng;

use super::dialog::Dialog;
use super::incoming::{refused, timers_in_response, unusable_body};
use super::timer::{Asked, asked};
use super::{ALLOW, OVERDUE, Phase, SDP, SUPPORTED, Session, Timer, reason_text};
use crate::model::{EndedBy, Now, SipUri};
use crate::sip::boundary::{CallIdentity, Ended, Event};
use crate::sip::stack::{Method, Request, Response, ServerId, session_description};
use crate::sip::trust::{self, Source};

impl Session {
    /// The dialog that a request names.
    fn dialog_of(&mut self, request: &Request) -> Option<&mut Dialog> {
        let headers = &request.headers;
        let forks =
            self.placed.as_mut().map(|placed| &mut placed.forks).into_iter().flatten().map(|fork| &mut fork.dialog);
        match &mut self.phase {
            Phase::Calling | Phase::Over => forks.into_iter().find(|dialog| dialog.owns_request(headers)),
            Phase::Ringing(ringing) => Some(&mut ringing.dialog).filter(|dialog| dialog.owns_request(headers)),
            Phase::Established(established) => {
                Some(&mut established.dialog).filter(|dialog| dialog.owns_request(headers))
            }
        }
    }

    pub(super) fn handle_request(&mut self, server: ServerId, request: Request, now: Now) {
        let over = matches!(self.phase, Phase::Over);
        let Some(dialog) = self.dialog_of(&request) else {
            // Two BYEs that cross end the same call: theirs is no mistake.
            let code = if over && request.method == Method::Bye { 200 } else { 481 };
            self.refuse(server, &request, code);
            return;
        };
        let Some(cseq) = request.headers.cseq() else {
            self.refuse(server, &request, 400);
            return;
        };
        // S09, RFC 3261 section 12.2.2: what comes out of order is refused.
        if !dialog.accept_remote_cseq(cseq.number) {
            self.refuse(server, &request, 500);
            return;
        }
        let unknown: Vec<String> = request
            .headers
            .tokens("Require")
            .into_iter()
            .filter(|tag| !super::SUPPORTED.split(", ").any(|known| tag.eq_ignore_ascii_case(known)))
            .take(16)
            .collect();
        if !unknown.is_empty() {
            self.respond(server, Response::to(&request, 420, None).with("Unsupported", unknown.join(", ")));
            return;
        }
        match request.method {
            Method::Bye => self.handle_bye(server, &request, now),
            Method::Invite | Method::Update => self.handle_offer_request(server, request, now),
            Method::Prack => self.handle_prack(server, &request, now),
            Method::Info => self.handle_info(server, &request),
            Method::Options => {
                let response = Response::to(&request, 200, None)
                    .with("Allow", ALLOW)
                    .with("Supported", SUPPORTED)
                    .with("Accept", SDP);
                self.respond(server, response);
            }
            Method::Notify => {
                self.note_focus(&request.headers);
                if !self.handle_watch_notify(server, &request, now) {
                    self.handle_notify(server, &request, now);
                }
            }
            Method::Refer => self.handle_refer(server, request, now),
            Method::Subscribe => self.handle_subscribe(server, request),
            Method::Message | Method::Publish | Method::Register | Method::Ack | Method::Cancel => {
                self.respond(server, refused(&request, 405, ""));
            }
            Method::Other(_) => self.respond(server, refused(&request, 501, "")),
        }
    }

    fn handle_bye(&mut self, server: ServerId, request: &Request, now: Now) {
        self.refuse(server, request, 200);
        let end = Ended {
            code: 0,
            text: reason_text(&request.headers),
            by: EndedBy::Remote,
            elsewhere: false,
            retry_after: None,
        };
        match &self.phase {
            // One branch gave up; the others and the INVITE itself go on.
            Phase::Calling | Phase::Over => {}
            Phase::Ringing(ringing) => {
                let (waiting, response) = (ringing.server, refused(&ringing.request, 487, ringing.dialog.local_tag()));
                self.respond(waiting, response);
                self.end(end, now);
            }
            Phase::Established(_) => {
                // RFC 3261 section 15.1.2: what still waits is answered with 487.
                if let Some((waiting, request)) = self.their_offer.take() {
                    self.refuse(waiting, &request, 487);
                }
                self.end(end, now);
            }
        }
    }

    /// A re-INVITE or an UPDATE.
    fn handle_offer_request(&mut self, server: ServerId, request: Request, now: Now) {
        let invite = request.method == Method::Invite;
        let has_offer = !request.body.is_empty();
        let refusal = match &self.phase {
            // RFC 3261 section 14.2: not before the first INVITE is through.
            Phase::Calling if invite => Some(491),
            Phase::Ringing(_) if invite => Some(500),
            Phase::Over => Some(481),
            // RFC 3311 section 5.2: while our own offer has no answer, theirs must wait.
            Phase::Ringing(_) if has_offer => Some(500),
            Phase::Established(established)
                if established.change.as_ref().is_some_and(|ours| ours.meets(invite, has_offer)) =>
            {
                Some(491)
            }
            Phase::Established(established) if established.delayed.is_some() => Some(491),
            Phase::Established(established) if established.unacked.is_some() && (invite || has_offer) => Some(500),
            Phase::Calling | Phase::Ringing(_) | Phase::Established(_) => self.their_offer.is_some().then_some(500),
        };
        let refusal = refusal.or(unusable_body(&request));
        let interval = asked(&request.headers);
        let refusal = refusal.or((interval == Asked::TooSmall).then_some(422));
        if let Some(code) = refusal {
            let mut response = refused(&request, code, "");
            if code == 500 {
                response.headers.push("Retry-After", self.random.random_range(0..=10_u32).to_string());
            }
            self.respond(server, response);
            return;
        }
        self.say_connected(&request);
        if !invite && !has_offer {
            // RFC 4028 section 7.4: a refresh, and perhaps a new Contact.
            self.accept_refresh(server, &request, None, now);
            return;
        }
        self.drop_waiting_change();
        let sdp = session_description(&request.headers, &request.body);
        self.their_offer = Some((server, request));
        self.set(Timer::Overdue, OVERDUE, now);
        self.say(Event::OfferReceived { call: self.call, sdp });
    }

    /// RFC 5876 section 3: a change of the call may say who is there now. Only what our own proxy asserts counts (S05): the
    /// From stays that of the dialog, and a chat address is the business of the first INVITE.
    fn say_connected(&mut self, request: &Request) {
        let Ok(aor) = SipUri::parse(&self.local.address.uri) else { return };
        let identity = trust::caller(&request.headers, Source::Proxy, &aor);
        if !identity.asserted.is_empty() && matches!(self.phase, Phase::Established(_)) {
            let identity = CallIdentity { from_own_domain: false, call_info: None, ..identity };
            self.say(Event::Connected { call: self.call, identity: Box::new(identity) });
        }
    }

    /// What `account` says to their offer.
    pub(super) fn answer_offer(&mut self, result: Result<Arc<str>, u16>, now: Now) {
        let Some((server, request)) = self.their_offer.take() else { return };
        self.clear(Timer::Overdue);
        match result {
            Ok(sdp) => {
                if let Phase::Established(established) = &mut self.phase {
                    established.last_sdp = Some(sdp.clone());
                }
                self.accept_refresh(server, &request, Some(&sdp), now);
            }
            Err(code) => {
                let code = if (400..=699).contains(&code) { code } else { 488 };
                self.respond(server, refused(&request, code, ""));
            }
        }
    }

    /// 200 to a re-INVITE or UPDATE: the target is refreshed and the session's timers start anew.
    fn accept_refresh(&mut self, server: ServerId, request: &Request, sdp: Option<&Arc<str>>, now: Now) {
        if let Some(dialog) = self.dialog_of(request) {
            dialog.refresh_target(&request.headers);
        }
        self.note_focus(&request.headers);
        let mut response = Response::to(request, 200, None);
        self.introduce(&mut response.headers);
        if let Phase::Established(_) = self.phase {
            let interval = if let Asked::Interval(interval) = asked(&request.headers) { Some(interval) } else { None };
            timers_in_response(&mut response, request, interval);
            self.start_interval(interval, now);
        }
        if let Some(sdp) = sdp {
            response = response.with_body(SDP, sdp.as_bytes().to_vec());
        }
        if request.method == Method::Invite {
            self.send_success(server, request, response, request.body.is_empty(), false, now);
        } else {
            self.respond(server, response);
        }
    }

    /// Digits by INFO, as many gateways send them.
    fn handle_info(&mut self, server: ServerId, request: &Request) {
        if let Some(package) = request.headers.value("Info-Package") {
            match candidates(package.trim(), request) {
                Some(fragment) => {
                    self.refuse(server, request, 200);
                    self.say(Event::Candidates { call: self.call, fragment });
                }
                // RFC 6086 section 4.2.2: no other package is known.
                None => self.refuse(server, request, 469),
            }
            return;
        }
        if request.body.is_empty() {
            self.refuse(server, request, 200);
            return;
        }
        match digit(request) {
            Some(digit) => {
                self.refuse(server, request, 200);
                self.say(Event::Digit { call: self.call, digit });
            }
            None => self.respond(
                server,
                Response::to(request, 415, None).with("Accept", "application/dtmf-relay, application/dtmf"),
            ),
        }
    }
}

/// The longest list of candidates that is looked at, in bytes.
const LONGEST_FRAGMENT: usize = 8 * 1024;

/// Candidates that come later (RFC 8840 section 4.3).
fn candidates(package: &str, request: &Request) -> Option<std::sync::Arc<str>> {
    let kind = request.headers.content_type()?.name;
    let ours = package.eq_ignore_ascii_case("trickle-ice") && kind == "application/trickle-ice-sdpfrag";
    let text = std::str::from_utf8(&request.body).ok().filter(|text| ours && text.len() <= LONGEST_FRAGMENT)?;
    Some(text.into())
}

/// The digit of an `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`) body.
fn digit(request: &Request) -> Option<char> {
    let text = std::str::from_utf8(&request.body).ok()?;
    let signal = match request.headers.content_type()?.name.as_str() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
        })?,
        "application/dtmf" => text.trim(),
        _ => return None,
    };
    // Some senders write the event's number of RFC 4733 for the two that are no digit.
    let signal = match signal {
        "10" => "*",
        "11" => "#",
        other => other,
    };
    let mut signs = signal.chars();
    let sign = signs.next()?.to_ascii_uppercase();
    (signs.next().is_none() && matches!(sign, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(sign)
}
