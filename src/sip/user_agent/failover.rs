//! An INVITE that a server cannot take goes to the next one (RFC 3263 section 4.3, RFC 3261 section 21.5.4).
//!
//! Requests go out over the registration's flow, so it is the registration that moves, and the INVITE follows it: the same one,
//! with the same Call-ID, tag and CSeq, so that whoever got it twice answers once (RFC 3261 section 8.2.2.2). It never follows
//! when somebody may be ringing already: after any word of a server where the flow broke, after a 180 where it refused.

use std::net::IpAddr;
use std::time::Duration;

use super::UserAgent;
use crate::model::{BootTime, CallId, Now};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientFailure, ClientId, Method, Request, Response};
use crate::sip::trust::{self, Source};
use crate::sip::usage::{CallInput, CallMachine, RequestKey};

/// A server that has not said a word to an INVITE for this long is asked whether it is there, where there is another one.
const DOUBT: Duration = Duration::from_secs(6);
/// How long an INVITE waits for the registration with another server.
const PATIENCE: Duration = Duration::from_secs(20);
/// To how many further servers one goes.
const MAX_TRIES: u8 = 4;
/// How many wait. When full: a further one fails as it would without another server.
const MAX_DIVERTED: usize = 16;

/// What a server has said to an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    Nothing,
    /// That it has it: it may be on its way to somebody.
    Trying,
    /// That somebody knows of it.
    Ringing,
}

/// The INVITE that begins a call of ours.
#[derive(Debug)]
pub(super) struct First {
    key: RequestKey,
    heard: Heard,
    doubt_at: Option<BootTime>,
    tries: u8,
    /// As it was sent last, and our address then.
    sent: Option<(Request, IpAddr)>,
}

/// An INVITE that waits for another server.
pub(super) struct Diverted {
    call: CallId,
    key: RequestKey,
    request: Request,
    /// Why it has to.
    refusal: Option<Response>,
    until: BootTime,
}

fn begins_a_call(request: &Request) -> bool {
    request.method == Method::Invite && request.headers.to_tag().is_none()
}

impl<M: CallMachine> UserAgent<M> {
    /// A request of a call went out.
    pub(super) fn note_sent(&mut self, call: CallId, key: RequestKey, client: ClientId, now: Now) {
        let Some(request) = self.transactions.client_request(client).filter(|request| begins_a_call(request)) else {
            return;
        };
        let sent = self.transactions.client_flow(client).map(|flow| (request.clone(), flow.local.ip()));
        let Some(call) = self.calls.get_mut(&call).filter(|call| call.ours) else { return };
        let tries = call.first.as_ref().map_or(0, |first| first.tries);
        call.first = Some(First { key, heard: Heard::Nothing, doubt_at: Some(now.boot + DOUBT), tries, sent });
    }

    /// The INVITE that begins a call as it was sent last, and our address then.
    pub(super) fn first_sent(&mut self, call: CallId, key: RequestKey) -> Option<(Request, IpAddr)> {
        self.first_of(call, key)?.sent.clone()
    }

    /// A server answered a request of a call. True: it goes to another one, and its call hears nothing of the answer.
    pub(super) fn divert_refused(&mut self, call: CallId, key: RequestKey, response: &Response, now: Now) -> bool {
        let others = self.calls.iter().any(|(id, other)| *id != call && !other.machine.is_over());
        let Some(first) = self.first_of(call, key) else { return false };
        first.doubt_at = None;
        if response.is_provisional() {
            first.heard = first.heard.max(if response.code == 100 { Heard::Trying } else { Heard::Ringing });
            return false;
        }
        let retry_after = response.headers.seconds("Retry-After");
        // RFC 3261 section 21.5.4: without Retry-After it is this request that the server cannot take, which is no reason to
        // take other calls along.
        let worth_it = response.code == 503 && (retry_after.is_some() || !others);
        let may = worth_it && first.heard != Heard::Ringing && first.tries < MAX_TRIES;
        let request = self.request_of(call, key).filter(|_| may && self.diverted.len() < MAX_DIVERTED);
        match request {
            Some(request) if self.registration.handle_overload(retry_after, now) => {
                self.divert(call, key, request, Some(response.clone()), now);
                true
            }
            Some(_) | None => {
                if let Some(call) = self.calls.get_mut(&call) {
                    call.first = None;
                }
                false
            }
        }
    }

    /// A request of a call got no answer, or its flow broke. True: it waits for another server, or for the same one again.
    pub(super) fn divert_lost(
        &mut self,
        call: CallId,
        key: RequestKey,
        request: &Request,
        why: ClientFailure,
        now: Now,
    ) -> bool {
        let hopeless = self.registration.is_over() || self.registration.is_leaving();
        let Some(first) = self.first_of(call, key) else { return false };
        if first.heard != Heard::Nothing && why == ClientFailure::Transport {
            return self.set_adrift(call, key, now);
        }
        if first.heard != Heard::Nothing || first.tries >= MAX_TRIES || hopeless || self.diverted.len() >= MAX_DIVERTED
        {
            return false;
        }
        let comes = match why {
            // Who answers REGISTER and never this has had its chance: only another server can do better.
            ClientFailure::Timeout => self.registration.handle_overload(None, now),
            // The flow is gone, and the registration on its way to the next one.
            ClientFailure::Transport => !self.registration.is_registered(),
        };
        if !comes {
            return false;
        }
        self.divert(call, key, request.clone(), None, now);
        true
    }

    fn divert(&mut self, call: CallId, key: RequestKey, request: Request, refusal: Option<Response>, now: Now) {
        if let Some(first) = self.first_of(call, key) {
            first.tries = first.tries.saturating_add(1);
            first.doubt_at = None;
        }
        self.diverted.push(Diverted { call, key, request, refusal, until: now.boot + PATIENCE });
    }

    /// There is a registration: sends what waited for it.
    pub(super) fn send_diverted(&mut self, now: Now) {
        for mut diverted in std::mem::take(&mut self.diverted) {
            let headers = &mut diverted.request.headers;
            headers.set("Contact", self.registration.contact().to_string());
            headers.remove("Route");
            for route in self.registration.preloaded_route() {
                headers.push("Route", route);
            }
            self.send_for_call(diverted.call, diverted.key, diverted.request, Rounds::default(), now);
        }
    }

    /// The user does not want the call any more: it goes nowhere else.
    pub(super) fn stop_diverting(&mut self, call: CallId, now: Now) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.first = None;
        }
        let (gone, waiting) = std::mem::take(&mut self.diverted).into_iter().partition(|one| one.call == call);
        self.diverted = waiting;
        self.fail(gone, now);
    }

    /// Asks after silent servers, and gives up what has waited too long.
    pub(super) fn failover_timeout(&mut self, now: Now) {
        let mut doubtful = false;
        for first in self.calls.values_mut().filter_map(|call| call.first.as_mut()) {
            doubtful |= first.doubt_at.take_if(|at| *at <= now.boot).is_some();
        }
        if doubtful {
            self.registration.handle_doubt(now);
        }
        let hopeless = self.registration.is_over();
        let (gone, waiting) =
            std::mem::take(&mut self.diverted).into_iter().partition(|one| hopeless || one.until <= now.boot);
        self.diverted = waiting;
        self.fail(gone, now);
    }

    /// When [`Self::failover_timeout`] is due.
    pub(super) fn failover_deadline(&self) -> Option<BootTime> {
        let doubts = self.calls.values().filter_map(|call| call.first.as_ref()?.doubt_at);
        doubts.chain(self.diverted.iter().map(|one| one.until)).min()
    }

    /// Each call hears what it would have heard without another server.
    fn fail(&mut self, gone: Vec<Diverted>, now: Now) {
        for Diverted { call, key, refusal, .. } in gone {
            let input = match refusal {
                Some(response) => {
                    let identity = Box::new(trust::answerer(&response.headers, Source::Proxy, &self.config.aor));
                    CallInput::Response { key, response, identity }
                }
                None => CallInput::Failed { key, why: ClientFailure::Transport },
            };
            self.tell(call, input, now);
        }
    }

    fn first_of(&mut self, call: CallId, key: RequestKey) -> Option<&mut First> {
        self.calls.get_mut(&call)?.first.as_mut().filter(|first| first.key == key)
    }

    /// The request as it went out.
    fn request_of(&self, call: CallId, key: RequestKey) -> Option<Request> {
        let client = self.calls.get(&call)?.invites.get(&key)?.0;
        match self.purposes.get(&client) {
            Some(super::Purpose::Call { request, .. }) => Some(request.clone()),
            _ => None,
        }
    }
}
