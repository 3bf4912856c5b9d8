//! Messages outside of any call (RFC 3428, pager mode): text out, text in, and bounds on both.

use std::collections::BTreeMap;

use rand::Rng;

use super::large::Waiting;
use super::{Output, Purpose, UserAgent};
use crate::model::{BootTime, MessageId, Now, SipUri, Transport};
use crate::sip::boundary::{CallIdentity, Event, ReceivedMessage};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientId, FlowId, Method, NameAddr, Request, Response, ServerId};
use crate::sip::trust::{self, Source};
use crate::sip::usage::CallMachine;

/// The only kind of content that is read.
pub(super) const TEXT: &str = "text/plain";
/// The largest MESSAGE where the way may be UDP (RFC 3428 section 8), bytes, all of it.
const LARGEST_OVER_UDP: usize = 1_300;
/// The Via and Content-Length that are still to come, bytes.
const VIA: usize = 140;
/// The longest text over a connection, and the longest that is taken, bytes.
const LONGEST: usize = 16 * 1024;
/// Messages that wait for the store at a time. When full, the sender is told to try later.
const MAX_WAITING: usize = 32;
/// Messages that may come at once; then one a second. When full, the sender is told to try later.
const BURST: u32 = 20;

/// What is known of messages under way.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) waiting: BTreeMap<u64, (ServerId, Request)>,
    next: u64,
    /// How many of the burst are used up, and when that was counted.
    pub(super) used: u32,
    counted: Option<BootTime>,
}

impl Messages {
    /// Whether one more may come now.
    fn admits(&mut self, now: BootTime) -> bool {
        let counted = *self.counted.get_or_insert(now);
        let seconds = now.saturating_since(counted).as_secs();
        if seconds > 0 {
            self.used = self.used.saturating_sub(u32::try_from(seconds).unwrap_or(u32::MAX));
            self.counted = Some(now);
        }
        if self.used >= BURST {
            return false;
        }
        self.used += 1;
        true
    }
}

impl<M: CallMachine> UserAgent<M> {
    pub(super) fn send_message(&mut self, id: MessageId, to: &SipUri, body: &str, now: Now) {
        if self.registration.flow().is_none() || !self.registration.is_registered() {
            return self.message_answered(id, 0, None);
        }
        if body.len() > LONGEST {
            return self.message_answered(id, 513, None);
        }
        let mut request = self.message(&id, to, body);
        self.complete(&mut request);
        for route in self.registration.preloaded_route() {
            request.headers.push("Route", route);
        }
        self.send_message_request(id, Rounds::default(), request, now);
    }

    /// RFC 3428 section 4: no Contact, no dialog.
    fn message(&mut self, id: &MessageId, to: &SipUri, body: &str) -> Request {
        let uri = to.to_string();
        let tag = format!("{:016x}", self.random.random::<u64>());
        let mut from = NameAddr::new(&self.config.aor.address_of_record().to_string());
        from.display.clone_from(&self.config.display_name);
        let call_id: String = id.0.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut request = Request::new(Method::Message, &uri)
            .with("From", from.with_tag(&tag).to_string())
            .with("To", NameAddr::new(&uri).to_string())
            .with("Call-ID", call_id)
            .with_body("text/plain;charset=UTF-8", body.as_bytes().to_vec());
        request.set_cseq(1);
        request
    }

    pub(super) fn send_message_request(&mut self, id: MessageId, rounds: Rounds, request: Request, now: Now) {
        let Some(own) = self.registration.flow().map(|state| state.flow) else {
            return self.message_answered(id, 0, None);
        };
        // What is too large for UDP goes over TCP (RFC 3261 section 18.1.1), or not at all.
        let Some((flow, Waiting::Message(id, request, rounds))) =
            self.flow_for(own, Waiting::Message(id, request, rounds), now)
        else {
            return;
        };
        if flow.transport == Transport::Udp && request.to_bytes().len() + VIA > LARGEST_OVER_UDP {
            return self.message_answered(id, 513, None);
        }
        match self.transactions.send_request(request.clone(), flow, now) {
            Some(client) => drop(self.purposes.insert(client, Purpose::Message { id, rounds, request })),
            None => self.message_answered(id, 0, None),
        }
    }

    pub(super) fn handle_message_response(&mut self, client: ClientId, response: &Response, now: Now) {
        if response.is_provisional() {
            return;
        }
        let Some(Purpose::Message { id, mut rounds, mut request }) = self.purposes.remove(&client) else { return };
        if matches!(response.code, 401 | 407)
            && let Some(cseq) = request.headers.cseq().map(|cseq| cseq.number.saturating_add(1))
            && self.registration.authenticator.answer(&mut request, response, &mut rounds, false).is_ok()
        {
            request.set_cseq(cseq);
            return self.send_message_request(id, rounds, request, now);
        }
        let words = response.reason.trim();
        let text = (!response.is_success() && !words.is_empty()).then(|| words.chars().take(200).collect::<String>());
        self.message_answered(id, response.code, text);
    }

    pub(super) fn message_answered(&mut self, id: MessageId, code: u16, text: Option<String>) {
        let text = text.map(Into::into);
        self.outputs.push_back(Output::Event(Event::MessageAnswered { id, code, text }));
    }

    /// A MESSAGE that came: what cannot be read is refused here, the rest waits for the store.
    pub(super) fn take_message(&mut self, server: ServerId, request: Request, flow: FlowId, now: Now) {
        let source = if self.route(flow).is_some() { Source::Proxy } else { Source::Elsewhere };
        let identity = trust::caller(&request.headers, source, &self.config.aor);
        // By whose address it is kept, by that it is judged.
        if !sender(&identity).is_some_and(|from| self.config.messages.takes(&from)) {
            return self.refuse(server, &request, 405, now);
        }
        let body = match readable(&request) {
            Ok(body) => body,
            Err(code) => return self.refuse(server, &request, code, now),
        };
        let transactions = &self.transactions;
        self.messages.waiting.retain(|_, (server, _)| transactions.has_server(*server));
        if self.messages.waiting.len() >= MAX_WAITING || !self.messages.admits(now.boot) {
            return self.refuse(server, &request, 480, now);
        }
        self.messages.next += 1;
        let token = self.messages.next;
        let call_id = request.headers.call_id().unwrap_or_default().chars().take(200).collect();
        let received = ReceivedMessage { token, identity, call_id, body: body.into() };
        self.messages.waiting.insert(token, (server, request));
        self.outputs.push_back(Output::Event(Event::MessageReceived(Box::new(received))));
    }

    pub(super) fn answer_message(&mut self, token: u64, code: u16, now: Now) {
        if let Some((server, request)) = self.messages.waiting.remove(&token) {
            self.refuse(server, &request, code, now);
        }
    }
}

/// Whose conversation a message belongs to: the address that our proxy asserts, else the one that it claims; of a sender
/// that withholds it the one that RFC 3323 has for that.
pub fn sender(identity: &CallIdentity) -> Option<SipUri> {
    if identity.anonymous {
        return Some(crate::model::anonymous_sip());
    }
    let asserted = identity.asserted.iter().find_map(|known| SipUri::parse(&known.uri).ok());
    asserted.or_else(|| SipUri::parse(&identity.from.uri).ok()).filter(|uri| uri.user().is_some())
}

/// The text, or the status to refuse with (RFC 3428 section 7; S12).
fn readable(request: &Request) -> Result<String, u16> {
    if request.body.len() > LONGEST {
        return Err(413);
    }
    let headers = &request.headers;
    let kind = headers.content_type().ok_or(415_u16)?;
    let charset = kind.params.value("charset").map(|charset| charset.trim_matches('"').to_ascii_lowercase());
    let known = charset.is_none_or(|charset| matches!(charset.as_str(), "utf-8" | "us-ascii"));
    let encoded = headers.list("Content-Encoding").any(|encoding| !encoding.eq_ignore_ascii_case("identity"));
    if kind.name != TEXT || !known || encoded {
        return Err(415);
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| 400_u16)?;
    // XML and screens cannot carry other controls.
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if text.trim().is_empty() { Err(400) } else { Ok(text) }
}
