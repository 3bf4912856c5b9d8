//! Calls against a scripted peer, and two calls over a simulated link.

mod alive;
mod complaints;
mod focus;
mod incoming;
mod link;
mod outgoing;
mod stories;
mod transfer;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{Jid, SipUri};
use crate::sip::boundary::{Anonymity, Callee, Incoming, NameAddress};
use crate::sip::referral::Referral;
use crate::sip::stack::NameAddr;

const OFFER: &str = "v=0\r\noffer\r\n";
const ANSWER: &str = "v=0\r\nanswer\r\n";
const CALL: CallId = CallId(1);

fn start() -> Now {
    Now::default().after(Duration::from_secs(1_000))
}

fn party(name: &str) -> LocalParty {
    LocalParty {
        address: NameAddr::new(&format!("sip:{name}@example.com")),
        contact: NameAddr::new(&format!("sip:{name}-token@192.0.2.1:5070")),
    }
}

fn nobody() -> CallIdentity {
    let from = NameAddress { display: None, uri: "sip:x@example.com".into() };
    CallIdentity { from, asserted: Vec::new(), from_own_domain: false, anonymous: false, call_info: None }
}

fn invitation(anonymity: Anonymity) -> OutgoingInvite {
    OutgoingInvite {
        call: CALL,
        to: Callee { uri: SipUri::parse("sip:bob@example.com").unwrap(), display: None },
        offer: OFFER.into(),
        call_info: Some(Jid::parse("al?ice@example.com").unwrap()),
        anonymity,
        referral: None,
    }
}

/// A call and the peer that scripts write, in virtual time.
struct Script {
    session: Session,
    now: Now,
    sent: Vec<(RequestKey, Request)>,
    acks: Vec<Request>,
    cancels: Vec<RequestKey>,
    responses: Vec<(ServerId, Response)>,
    events: Vec<Event>,
    asked: Vec<(ServerId, Request)>,
    told: Vec<u16>,
    finished: bool,
    next_server: u64,
    cseq: u32,
}

impl Script {
    fn outgoing() -> Self {
        Self::with(Session::outgoing(invitation(Anonymity::Named), party("alice"), [1; 32], start()))
    }

    fn with(session: Session) -> Self {
        let mut script = Self {
            session,
            now: start(),
            sent: Vec::new(),
            acks: Vec::new(),
            cancels: Vec::new(),
            responses: Vec::new(),
            events: Vec::new(),
            asked: Vec::new(),
            told: Vec::new(),
            finished: false,
            next_server: 100,
            cseq: 100,
        };
        script.drain();
        script
    }

    /// Their INVITE with extra headers.
    fn incoming(headers: &[(&str, &str)]) -> Self {
        let request = their_invite(headers);
        let invite = IncomingInvite { call: CALL, server: ServerId(1), request, identity: nobody(), replaces: None };
        Self::with(Session::incoming(invite, party("alice"), [2; 32], start()))
    }

    /// An established call of ours with one fork; the peer's tag is `b`.
    fn talking() -> Self {
        let mut script = Self::outgoing();
        script.respond_invite(200, "b", &[("Allow", "INVITE, BYE, UPDATE")], ANSWER);
        assert!(matches!(script.events.as_slice(), [Event::Answered { .. }]));
        script.events.clear();
        script
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                CallOutput::Send { key, request } => self.sent.push((key, request)),
                CallOutput::Cancel { invite, .. } => self.cancels.push(invite),
                CallOutput::Ack { request, .. } => self.acks.push(request),
                CallOutput::Respond { server, response } => self.responses.push((server, response)),
                CallOutput::Asked { server, request } => self.asked.push((server, request)),
                CallOutput::Told(code) => self.told.push(code),
                CallOutput::Event(event) => self.events.push(event),
                CallOutput::Finished => self.finished = true,
            }
        }
    }

    fn input(&mut self, input: CallInput) {
        self.session.handle_input(input, self.now);
        self.drain();
    }

    fn command(&mut self, command: Command) {
        self.input(CallInput::Command(command));
    }

    fn hang_up(&mut self) {
        self.command(Command::Hangup { call: CALL });
    }

    /// Lets time pass, timer by timer.
    fn wait(&mut self, duration: Duration) {
        let end = self.now.after(duration);
        for _ in 0..1_000 {
            let Some(at) = self.session.poll_timeout().filter(|at| *at <= end.boot) else { break };
            self.now = self.now.after(at.saturating_since(self.now.boot));
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// The last request that was sent.
    fn last(&self) -> &Request {
        &self.sent.last().unwrap().1
    }

    fn methods(&self) -> Vec<&str> {
        self.sent.iter().map(|(_, request)| request.method.as_str()).collect()
    }

    /// Answers the last INVITE that was sent.
    fn respond_invite(&mut self, code: u16, tag: &str, headers: &[(&str, &str)], body: &str) {
        let at = self.sent.iter().rposition(|(_, request)| request.method == Method::Invite).unwrap();
        self.respond_to(at, code, tag, headers, body);
    }

    fn respond_last(&mut self, code: u16, headers: &[(&str, &str)], body: &str) {
        self.respond_to(self.sent.len() - 1, code, "b", headers, body);
    }

    fn respond_to(&mut self, at: usize, code: u16, tag: &str, headers: &[(&str, &str)], body: &str) {
        let (key, request) = self.sent[at].clone();
        let mut response = Response::to(&request, code, Some(tag).filter(|tag| !tag.is_empty()));
        for (name, value) in headers {
            response.headers.push(name, *value);
        }
        if (101..300).contains(&code) && !headers.iter().any(|(name, _)| *name == "Contact") {
            response.headers.push("Contact", format!("<sip:bob-{tag}@192.0.2.9>"));
        }
        if !body.is_empty() {
            response = response.with_body(SDP, body.as_bytes().to_vec());
        }
        self.input(CallInput::Response { key, response, identity: Box::new(nobody()) });
    }

    /// A request of the peer inside of the dialog; returns the code of its answer, 0 while there is none.
    fn ask(&mut self, method: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        self.cseq += 1;
        self.ask_with(self.cseq, method, headers, body)
    }

    fn ask_with(&mut self, cseq: u32, method: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        self.next_server += 1;
        let server = ServerId(self.next_server);
        let mut request = self.peers_request(method, cseq);
        for (name, value) in headers {
            request.headers.push(name, *value);
        }
        if !body.is_empty() {
            if request.headers.value("Content-Type").is_none() {
                request.headers.push("Content-Type", SDP);
            }
            request.body = body.as_bytes().to_vec().into();
        }
        self.input(CallInput::Request { server, request });
        self.code_of(server)
    }

    fn code_of(&self, server: ServerId) -> u16 {
        self.responses.iter().rev().find(|(known, _)| *known == server).map_or(0, |(_, response)| response.code)
    }

    /// A request with the dialog's tags as the peer writes them.
    fn peers_request(&self, method: &str, cseq: u32) -> Request {
        let (from, to) = match self.sent.first() {
            Some((_, invite)) if invite.headers.to_tag().is_none() => (
                format!("{};tag=b", invite.headers.value("To").unwrap()),
                invite.headers.value("From").unwrap().to_owned(),
            ),
            _ => {
                let ours = &self.responses.first().unwrap().1.headers;
                (ours.value("From").unwrap().to_owned(), ours.value("To").unwrap().to_owned())
            }
        };
        let mut request = Request::new(Method::from_token(method), "sip:alice-token@192.0.2.1:5070")
            .with("From", from)
            .with("To", to)
            .with("Call-ID", self.session.call_id())
            .with("Contact", "<sip:moved@192.0.2.9>");
        request.set_cseq(cseq);
        request
    }

    fn ack(&mut self, cseq: u32, body: &str) {
        let mut request = self.peers_request("ACK", cseq);
        if !body.is_empty() {
            request = request.with_body(SDP, body.as_bytes().to_vec());
        }
        self.input(CallInput::Ack(request));
    }

    fn ended(&self) -> Option<&Ended> {
        let mut ends =
            self.events.iter().filter_map(|event| if let Event::Ended { end, .. } = event { Some(end) } else { None });
        let end = ends.next();
        assert!(ends.next().is_none(), "a call ends once");
        end
    }
}

fn their_invite(headers: &[(&str, &str)]) -> Request {
    let mut request = Request::new(Method::Invite, "sip:alice-token@192.0.2.1:5070")
        .with("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx")
        .with("From", "<sip:bob@example.com>;tag=b")
        .with("To", "<sip:alice@example.com>")
        .with("Call-ID", "theirs")
        .with("CSeq", "7 INVITE");
    if !headers.iter().any(|(name, _)| *name == "Contact") {
        request.headers.push("Contact", "<sip:bob-b@192.0.2.9>");
    }
    for (name, value) in headers.iter().filter(|(name, value)| *name != "Body" && !value.is_empty()) {
        request.headers.push(name, *value);
    }
    match headers.iter().find(|(name, _)| *name == "Body") {
        Some((_, "")) => request,
        Some((_, body)) => {
            request.body = body.as_bytes().to_vec().into();
            request
        }
        None => request.with_body(SDP, OFFER.as_bytes().to_vec()),
    }
}

fn sdp(text: &str) -> Arc<str> {
    text.into()
}
