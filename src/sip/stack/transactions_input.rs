//! Messages into [`Transactions`], and what the kernel's machines want done.

use std::net::IpAddr;

use sipx_sip::transaction::{Dispatch, Timer, TransactionKey, TuEvent};

use super::message::{Message, Method, Request, Response};
use super::parse::to_kernel;
use super::transactions::{
    ClientFailure, ClientId, Entry, Flow, MAX_SERVER_TRANSACTIONS, Output, RESERVED_FOR_CALLS, ServerId, Transactions,
    abandon_at, reliability,
};
use crate::model::{Now, Transport};

impl Transactions {
    /// Takes a message that came on `flow`.
    pub fn handle_message(&mut self, message: Message, flow: Flow, now: Now) {
        match message {
            Message::Request(request) => self.handle_request(request, flow, now),
            Message::Response(response) => self.handle_response(response, flow, now),
        }
    }

    fn handle_response(&mut self, response: Response, flow: Flow, now: Now) {
        let message = Message::Response(response);
        let Some(sipx_sip::Message::Response(kernel)) = to_kernel(&message) else { return };
        let Message::Response(response) = message else { return };
        // RFC 3261 section 18.1.2: a response with more than our own Via went astray.
        if response.headers.list("Via").count() != 1 {
            return;
        }
        let known = TransactionKey::from_response(&kernel).and_then(|key| self.client_keys.get(&key).copied());
        let Some(id) = known else {
            if response.is_success() && response.headers.cseq().is_some_and(|cseq| cseq.method == Method::Invite) {
                self.outputs.push_back(Output::StrayResponse { response, flow: flow.id });
            }
            return;
        };
        // S13: branch and method match, and so must the flow that the request went out on.
        if self.clients.get(&id).is_none_or(|entry| entry.flow.id != flow.id) {
            return;
        }
        if let Dispatch::Matched { outputs, .. } =
            self.layer.receive(sipx_sip::Message::Response(kernel), reliability(flow.transport))
        {
            self.perform_client(id, outputs, now);
        }
    }

    fn handle_request(&mut self, mut request: Request, flow: Flow, now: Now) {
        note_source(&mut request, &flow);
        let message = Message::Request(request);
        let Some(sipx_sip::Message::Request(kernel)) = to_kernel(&message) else { return };
        let Message::Request(request) = message else { return };
        let Some(key) = TransactionKey::from_request(&kernel) else { return };
        if let Some(&id) = self.server_keys.get(&key) {
            if self.servers.get(&id).is_some_and(|entry| entry.flow.id == flow.id)
                && let Dispatch::Matched { outputs, .. } =
                    self.layer.receive(sipx_sip::Message::Request(kernel), reliability(flow.transport))
            {
                self.perform_server(id, outputs, now);
            }
            return;
        }
        if request.method == Method::Ack {
            self.outputs.push_back(Output::Ack { request, flow: flow.id });
            return;
        }
        if let Some(code) = self.refuse_at_the_door(&request) {
            let mut response = Response::to(&request, code, Some("busy"));
            if code == 503 {
                response.headers.push("Retry-After", "5");
            }
            self.outputs.push_back(Output::Send { flow: flow.id, bytes: response.to_bytes() });
            return;
        }
        let cancelled = TransactionKey::for_cancelled_invite(&kernel);
        let (key, outputs) = match self.layer.receive(sipx_sip::Message::Request(kernel), reliability(flow.transport)) {
            Dispatch::Created { key, outputs } => (key, outputs),
            Dispatch::Matched { .. } | Dispatch::Unmatched(_) => return,
        };
        let id = self.next_id();
        let abandon_at = abandon_at(&request, now);
        self.server_keys.insert(key.clone(), id);
        let is_cancel = request.method == Method::Cancel;
        self.servers.insert(id, Entry::new(key, flow, request.clone(), abandon_at));
        self.perform_server(id, outputs, now);
        if is_cancel {
            self.answer_cancel(id, cancelled, request, flow, now);
        }
    }

    /// RFC 3261 section 9.2: 200 when the INVITE is there and came the same way, else 481.
    fn answer_cancel(&mut self, id: u64, invite: Option<TransactionKey>, request: Request, flow: Flow, now: Now) {
        let target = invite
            .and_then(|key| self.server_keys.get(&key).copied())
            .filter(|id| self.servers.get(id).is_some_and(|entry| entry.flow.id == flow.id));
        let code = if target.is_some() { 200 } else { 481 };
        self.respond(ServerId(id), Response::to(&request, code, Some("cancel")), now);
        if let Some(invite) = target {
            self.outputs.push_back(Output::Cancelled { server: ServerId(invite), request });
        }
    }

    /// 503 when there are too many, 482 for a request that came by another way already (RFC 3261 section 8.2.2.2).
    fn refuse_at_the_door(&mut self, request: &Request) -> Option<u16> {
        let of_a_call = request.headers.to_tag().is_some() || request.method == Method::Cancel;
        let reserved = if of_a_call && request.method != Method::Invite { RESERVED_FOR_CALLS } else { 0 };
        if self.servers.len() >= MAX_SERVER_TRANSACTIONS + reserved && !self.make_room() {
            return Some(503);
        }
        if of_a_call {
            return None;
        }
        let merged = self.servers.values().any(|entry| {
            let other = &entry.request;
            other.method == request.method
                && other.headers.call_id() == request.headers.call_id()
                && other.headers.cseq() == request.headers.cseq()
                && other.headers.from_tag() == request.headers.from_tag()
        });
        merged.then_some(482)
    }

    /// Forgets the oldest request that has its answer and only waits to repeat it (RFC 3261 section 17.2.2, timer J); should it
    /// come again, it is answered as a new one. An INVITE stays: its answer is not safe before its ACK.
    fn make_room(&mut self) -> bool {
        let answered = |entry: &Entry| entry.request.method != Method::Invite && entry.abandon_at.is_none();
        let oldest = self.servers.iter().filter(|(_, entry)| answered(entry)).map(|(id, _)| *id).min();
        let Some(entry) = oldest.and_then(|id| self.servers.remove(&id)) else { return false };
        self.layer.abandon(&entry.key);
        self.server_keys.remove(&entry.key);
        true
    }

    pub(super) fn perform_client(&mut self, id: u64, outputs: Vec<sipx_sip::Output>, now: Now) {
        for output in outputs {
            match output {
                sipx_sip::Output::Send(message) => self.send(id, true, &message),
                sipx_sip::Output::SetTimer { timer, after } => {
                    if let Some(entry) = self.clients.get_mut(&id) {
                        entry.set_timer(timer, Some(now.boot + after));
                    }
                }
                sipx_sip::Output::ClearTimer(timer) => {
                    if let Some(entry) = self.clients.get_mut(&id) {
                        entry.set_timer(timer, None);
                    }
                }
                sipx_sip::Output::ToTu(event) => {
                    let client = ClientId(id);
                    match *event {
                        TuEvent::Response(response) => {
                            let bytes = sipx_sip::Message::Response(*response).to_bytes();
                            if let Ok(Message::Response(response)) = super::parse_datagram(bytes) {
                                self.outputs.push_back(Output::Response { client, response });
                            }
                        }
                        TuEvent::Timeout => {
                            self.outputs.push_back(Output::Failed { client, why: ClientFailure::Timeout })
                        }
                        TuEvent::TransportError => {
                            self.outputs.push_back(Output::Failed { client, why: ClientFailure::Transport });
                        }
                        // A client transaction never has these.
                        _ => {}
                    }
                }
                sipx_sip::Output::Terminated(_) => {
                    if let Some(entry) = self.clients.remove(&id) {
                        self.client_keys.remove(&entry.key);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn perform_server(&mut self, id: u64, outputs: Vec<sipx_sip::Output>, now: Now) {
        for output in outputs {
            match output {
                sipx_sip::Output::Send(message) => self.send(id, false, &message),
                sipx_sip::Output::SetTimer { timer, after } => {
                    if let Some(entry) = self.servers.get_mut(&id) {
                        entry.set_timer(timer, Some(now.boot + after));
                    }
                }
                sipx_sip::Output::ClearTimer(timer) => {
                    if let Some(entry) = self.servers.get_mut(&id) {
                        entry.set_timer(timer, None);
                    }
                }
                sipx_sip::Output::ToTu(event) => self.tell_server_event(id, *event),
                sipx_sip::Output::Terminated(_) => {
                    if let Some(entry) = self.servers.remove(&id) {
                        self.server_keys.remove(&entry.key);
                    }
                }
                _ => {}
            }
        }
    }

    fn tell_server_event(&mut self, id: u64, event: TuEvent) {
        let Some(entry) = self.servers.get(&id) else { return };
        match event {
            // A CANCEL is answered here, not above.
            TuEvent::Request(_) if entry.request.method == Method::Cancel => {}
            TuEvent::Request(_) => {
                let (request, flow) = (entry.request.clone(), entry.flow.id);
                self.outputs.push_back(Output::Request { server: ServerId(id), request, flow });
            }
            TuEvent::Ack(ack) => {
                let flow = entry.flow.id;
                if let Ok(Message::Request(request)) =
                    super::parse_datagram(sipx_sip::Message::Request(*ack).to_bytes())
                {
                    self.outputs.push_back(Output::Ack { request, flow });
                }
            }
            TuEvent::Timeout | TuEvent::TransportError => {
                self.outputs.push_back(Output::ResponseFailed { server: ServerId(id) });
            }
            // A server transaction never has a response for us.
            _ => {}
        }
    }

    fn send(&mut self, id: u64, client: bool, message: &sipx_sip::Message) {
        let entries = if client { &mut self.clients } else { &mut self.servers };
        let Some(entry) = entries.get_mut(&id) else { return };
        match &mut entry.stranded {
            // The last word counts: a final answer stands for what was said before it.
            Some(unsent) => *unsent = Some(message.to_bytes()),
            None => self.outputs.push_back(Output::Send { flow: entry.flow.id, bytes: message.to_bytes() }),
        }
    }
}

impl Entry {
    fn set_timer(&mut self, timer: Timer, at: Option<crate::model::BootTime>) {
        self.timers.retain(|(old, _)| *old != timer);
        if let Some(at) = at {
            self.timers.push((timer, at));
        }
    }
}

/// Writes into the topmost Via where the request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
fn note_source(request: &mut Request, flow: &Flow) {
    let Some(mut via) = request.headers.top_via() else { return };
    let source = flow.remote.ip();
    let host = via.sent_by.rsplit_once(':').map_or(via.sent_by.as_str(), |(host, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) { host } else { &via.sent_by }
    });
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let asks = flow.transport == Transport::Udp && via.params.has("rport") && via.params.value("rport").is_none();
    if asks {
        via.params.set("rport", Some(&flow.remote.port().to_string()));
    }
    if asks || literal != Some(source) {
        via.params.set("received", Some(&source.to_string()));
        let first = request.headers.value("Via").unwrap_or_default();
        // Only the first of several values in one field is ours to change.
        let rest: Vec<&str> = super::split_list(first).skip(1).collect();
        let value = if rest.is_empty() { via.to_string() } else { format!("{via}, {}", rest.join(", ")) };
        request.headers.replace_first("Via", value);
    }
}
