//! What comes in: who may say it, and who gets it.

use std::net::SocketAddr;

use rand::Rng;

use super::{Call, MAX_SIDE_FLOWS, Output, UserAgent};
use crate::model::{CallId, Now, Transport};
use crate::sip::stack::{Flow, FlowId, Malformed, Message, Method, Params, Request, Response, ServerId};
use crate::sip::subscription::Input as SubscriptionInput;
use crate::sip::trust::{self, Source};
use crate::sip::usage::{ALLOW, CallInput, CallMachine, IncomingInvite, SUPPORTED};

/// The bodies that we read.
const ACCEPT: &str = "application/sdp, multipart/mixed, multipart/alternative";

impl<M: CallMachine> UserAgent<M> {
    pub(super) fn handle_message(
        &mut self,
        id: FlowId,
        remote: SocketAddr,
        message: Result<Box<Message>, Malformed>,
        now: Now,
    ) {
        // S01: from anywhere but our proxy there is not even a refusal.
        let Some(flow) = self.trusted_flow(id, remote) else { return };
        self.registration.handle_sign_of_life(id, false);
        match message {
            Ok(message) => self.transactions.handle_message(*message, flow, now),
            Err(Malformed { reply: Some(reply), .. }) => {
                self.outputs.push_back(Output::Transmit { flow: id, remote, bytes: reply.to_bytes() });
            }
            Err(Malformed { reply: None, .. }) => {}
        }
    }

    /// The flow that a message came on: the registration's own, or another port of our proxy over UDP.
    fn trusted_flow(&mut self, id: FlowId, remote: SocketAddr) -> Option<Flow> {
        let own = self.own_flow(id)?;
        if own.remote == remote || own.transport != Transport::Udp {
            return Some(own);
        }
        if !self.registration.is_proxy(remote.ip()) {
            return None;
        }
        if let Some((_, side)) = self.side_flows.iter().find(|(parent, side)| *parent == id && side.remote == remote) {
            return Some(*side);
        }
        if self.side_flows.len() >= MAX_SIDE_FLOWS {
            return None;
        }
        self.next_side_flow += 1;
        let side = Flow { id: FlowId(self.next_side_flow), remote, ..own };
        self.side_flows.push((id, side));
        Some(side)
    }

    pub(super) fn handle_request(&mut self, server: ServerId, request: Request, flow: FlowId, now: Now) {
        if let Some(id) = self.subscription_of(&request.headers) {
            self.tell_subscription(id, SubscriptionInput::Request(server, request), now);
            return;
        }
        if request.headers.to_tag().is_some() {
            if self.take_host_request(server, &request, now) {
                return;
            }
            match self.call_of(&request.headers) {
                Some(call) => {
                    self.note_server(server, call);
                    self.tell(call, CallInput::Request { server, request }, now);
                }
                // RFC 3261 section 12.2.2; a NOTIFY for no subscription too (S11).
                None => self.refuse(server, &request, 481, now),
            }
            return;
        }
        if let Some(code) = self.refusal(&request) {
            self.refuse(server, &request, code, now);
            return;
        }
        match request.method {
            Method::Invite => self.take_call(server, request, flow, now),
            Method::Options => {
                let tag = self.tag();
                let response = Response::to(&request, 200, Some(&tag))
                    .with("Allow", self.allow())
                    .with("Supported", SUPPORTED.join(", "))
                    .with("Accept", ACCEPT);
                self.transactions.respond(server, response, now);
                self.note_probe(&request, now);
            }
            Method::Notify => self.take_unsolicited(server, &request, flow, now),
            // These need a dialog.
            Method::Bye | Method::Prack | Method::Update | Method::Info => {
                self.refuse(server, &request, 481, now);
            }
            // S08: nobody makes us dial.
            Method::Refer => self.refuse(server, &request, 403, now),
            Method::Message if self.config.messages.takes_any() => self.take_message(server, request, flow, now),
            Method::Subscribe => self.take_subscribe(server, &request, flow, now),
            Method::Message | Method::Publish | Method::Register | Method::Ack | Method::Cancel => {
                self.refuse(server, &request, 405, now);
            }
            Method::Other(_) => self.refuse(server, &request, 501, now),
        }
    }

    /// What every request outside of a dialog must pass (RFC 3261 section 8.2).
    fn refusal(&self, request: &Request) -> Option<u16> {
        let scheme = request.uri.split(':').next().unwrap_or_default();
        if !["sip", "sips"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Some(416);
        }
        // S02: who does not know the token was not sent by the registrar.
        if !self.registration.is_our_contact(&request.uri) {
            return Some(404);
        }
        if !unknown_extensions(request).is_empty() {
            return Some(420);
        }
        if request.method == Method::Invite { unusable_content(request) } else { None }
    }

    fn take_call(&mut self, server: ServerId, request: Request, flow: FlowId, now: Now) {
        if self.call_of(&request.headers).is_some() {
            // It went around and came back (RFC 3261 section 8.2.2.2).
            self.refuse(server, &request, 482, now);
            return;
        }
        if self.takes_no_more() && request.headers.value("Replaces").is_none() {
            self.refuse(server, &request, 486, now);
            return;
        }
        // The flow may have been replaced since the request came.
        let source = if self.route(flow).is_some() { Source::Proxy } else { Source::Elsewhere };
        let replaces = match self.replaced_by(&request, source) {
            Ok(replaces) => replaces,
            Err(code) => return self.refuse(server, &request, code, now),
        };
        let mut call = CallId::incoming(now.wall, self.random.random());
        // Ten bits tell apart what comes in the same millisecond: in a flood two would have one name.
        while self.calls.contains_key(&call) {
            call = CallId(call.0 + 2);
        }
        let identity = trust::caller(&request.headers, source, &self.config.aor);
        let local = self.local_party();
        let seed = self.random.random();
        let invite = IncomingInvite { call, server, request, identity, replaces };
        let machine = M::incoming(invite, local, seed, now);
        self.note_server(server, call);
        self.calls.insert(call, Call::new(machine, false));
    }

    /// The methods that are answered with more than an error; MESSAGE only where somebody's are taken (C-06).
    fn allow(&self) -> String {
        if self.config.messages.takes_any() { format!("{ALLOW}, MESSAGE") } else { ALLOW.to_owned() }
    }

    pub(super) fn refuse(&mut self, server: ServerId, request: &Request, code: u16, now: Now) {
        let tag = self.tag();
        let mut response = Response::to(request, code, Some(&tag));
        match code {
            405 | 501 => response.headers.push("Allow", self.allow()),
            415 if request.method == Method::Message => response.headers.push("Accept", super::messages::TEXT),
            406 | 415 => response.headers.push("Accept", ACCEPT),
            420 => response.headers.push("Unsupported", unknown_extensions(request).join(", ")),
            _ => {}
        }
        self.transactions.respond(server, response, now);
    }

    /// Remembers who answers a request.
    fn note_server(&mut self, server: ServerId, call: CallId) {
        let transactions = &self.transactions;
        self.servers.retain(|server, _| transactions.has_server(*server));
        self.servers.insert(server, call);
    }

    fn tag(&mut self) -> String {
        format!("{:016x}", self.random.random::<u64>())
    }
}

/// The option tags of Require that we do not know (RFC 3261 section 8.2.2.3).
fn unknown_extensions(request: &Request) -> Vec<String> {
    let known = |tag: &String| SUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(tag));
    request.headers.tokens("Require").into_iter().filter(|tag| !known(tag)).take(16).collect()
}

/// 415 for a body that is no session description (RFC 3261 section 8.2.3), 406 for a caller that reads none (S40).
fn unusable_content(request: &Request) -> Option<u16> {
    let headers = &request.headers;
    if !request.body.is_empty() {
        let kind = headers.content_type().map(|kind| kind.name).unwrap_or_default();
        let readable = kind == "application/sdp" || kind.starts_with("multipart/");
        // RFC 3261 section 20.11: what may be ignored is ignored.
        let optional = headers.value("Content-Disposition").is_some_and(|value| {
            Params::parse(value.split_once(';').map_or("", |(_, params)| params))
                .value("handling")
                .is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
        });
        let encoded = headers.list("Content-Encoding").any(|encoding| !encoding.eq_ignore_ascii_case("identity"));
        if (!readable || encoded) && !optional {
            return Some(415);
        }
    }
    let acceptable = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        ["application/sdp", "application/*", "*/*"].contains(&range.as_str())
    };
    let refuses = headers.value("Accept").is_some() && !headers.list("Accept").any(acceptable);
    refuses.then_some(406)
}
