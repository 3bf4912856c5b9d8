//! A user agent in virtual time, between a scripted server and calls that do as they are told.

mod days;
mod failover;
mod hostile;
mod hosting;
mod late;
mod loops;
mod messages;
mod network;
mod probing;
mod refreshing;
mod registering;
mod requests;
mod sequences;
mod subscribing;
mod weather;

use std::time::Duration;

use super::*;
use crate::model::{SipUri, Transport};
use crate::sip::boundary::{Anonymity, Callee, TransportChoice};
use crate::sip::locate::Answer;
use crate::sip::stack::{Method, NameAddr, Response, parse_datagram};
use crate::sip::usage::{CallOutput, IncomingInvite, LocalParty, OutgoingInvite, RequestKey};

/// A call that does what its commands say and remembers what it is told.
struct Double {
    call_id: String,
    told: Vec<CallInput>,
    outputs: VecDeque<CallOutput>,
    local: LocalParty,
    over: bool,
    ringing: bool,
}

impl CallMachine for Double {
    fn outgoing(invite: OutgoingInvite, local: LocalParty, _: [u8; 32], _: Now) -> Self {
        let call_id = format!("call-{}", invite.call.0);
        let request = Request::new(Method::Invite, &invite.to.uri.to_string())
            .with("From", local.address.clone().with_tag("ours").to_string())
            .with("To", NameAddr::new(&invite.to.uri.to_string()).to_string())
            .with("Call-ID", call_id.clone())
            .with("CSeq", "1 INVITE")
            .with("Contact", local.contact.to_string())
            .with_body("application/sdp", invite.offer.as_bytes().to_vec());
        let outputs = VecDeque::from([CallOutput::Send { key: RequestKey(1), request }]);
        Self { call_id, told: Vec::new(), outputs, local, over: false, ringing: false }
    }

    fn incoming(invite: IncomingInvite, local: LocalParty, _: [u8; 32], _: Now) -> Self {
        let call_id = invite.request.headers.call_id().unwrap_or_default().to_owned();
        let ringing = Response::to(&invite.request, 180, Some("ours"));
        let about = crate::sip::About { replaces: invite.replaces, ..Default::default() };
        let incoming = crate::sip::boundary::Incoming {
            call: invite.call,
            identity: invite.identity,
            offer: None,
            note: None,
            about,
        };
        let outputs = VecDeque::from([
            CallOutput::Event(Event::Incoming(Box::new(incoming))),
            CallOutput::Respond { server: invite.server, response: ringing },
        ]);
        Self { call_id, told: Vec::new(), outputs, local, over: false, ringing: true }
    }

    fn call_id(&self) -> &str {
        &self.call_id
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn is_ringing(&self) -> bool {
        self.ringing && !self.over
    }

    fn handle_input(&mut self, input: CallInput, _: Now) {
        match &input {
            CallInput::Command(Command::Answer { .. }) => self.ringing = false,
            CallInput::Request { server, request } if request.method == Method::Subscribe => {
                self.outputs.push_back(CallOutput::Asked { server: *server, request: request.clone() });
            }
            CallInput::Notify(_) => self.outputs.push_back(CallOutput::Told(200)),
            CallInput::Command(Command::Hangup { .. }) => {
                self.over = true;
                let request = Request::new(Method::Bye, "sip:bob@192.0.2.77")
                    .with("From", self.local.address.clone().with_tag("ours").to_string())
                    .with("To", "<sip:bob@example.com>;tag=theirs")
                    .with("Call-ID", self.call_id.clone())
                    .with("CSeq", "9 BYE");
                self.outputs.push_back(CallOutput::Send { key: RequestKey(9), request });
            }
            CallInput::Response { key: RequestKey(1), response, .. } if response.is_success() => {
                let request = Request::new(Method::Ack, "sip:bob@192.0.2.77")
                    .with("From", self.local.address.clone().with_tag("ours").to_string())
                    .with("To", response.headers.value("To").unwrap_or_default())
                    .with("Call-ID", self.call_id.clone())
                    .with("CSeq", "2 ACK");
                self.outputs.push_back(CallOutput::Ack { invite: RequestKey(1), request });
            }
            _ => {}
        }
        self.told.push(input);
    }

    fn handle_timeout(&mut self, _: Now) {}

    fn poll_output(&mut self) -> Option<CallOutput> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<BootTime> {
        None
    }

    fn standing_of(&self, replaces: &crate::sip::Replaces) -> Option<crate::sip::Standing> {
        let names = replaces.call_id == self.call_id && replaces.to_tag == "ours" && replaces.from_tag == "theirs";
        names.then_some(crate::sip::Standing::Confirmed)
    }

    fn to_replace(&self) -> Option<crate::sip::ToReplace> {
        let replaces = crate::sip::Replaces::parse(&format!("{};to-tag=theirs;from-tag=ours", self.call_id))?;
        Some(crate::sip::ToReplace { uri: "sip:bob@example.com".to_owned(), replaces })
    }
}

const REALM: &str = "Digest realm=\"example.com\",nonce=\"n1\",algorithm=MD5,qop=\"auth\"";

fn config(transport: TransportChoice) -> Config {
    Config {
        aor: SipUri::parse("sip:alice@example.com").expect("valid"),
        auth_user: None,
        display_name: Some("Alice".to_owned()),
        outbound_proxy: None,
        transport,
        only_tls: false,
        realm: None,
        allow_md5: true,
        expires: 600,
        instance: "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned(),
        messages: Default::default(),
    }
}

/// A user agent, its clock, and the network that it sees.
struct World {
    agent: UserAgent<Double>,
    now: Now,
    events: Vec<Event>,
    /// Who else is registered, each time that was told.
    devices: Vec<Vec<String>>,
    sent: VecDeque<Message>,
    raw: Vec<Bytes>,
    /// The flow that was opened last, until something is said about it.
    opening: Option<(FlowId, Target)>,
    flow: FlowId,
    closed: Vec<FlowId>,
    hosts: Vec<&'static str>,
    /// Our address towards the server, as the system's routes say.
    way: Option<&'static str>,
}

const PROXY: &str = "192.0.2.1:5060";

impl World {
    fn new(config: Config) -> Self {
        let agent = UserAgent::new(config, "secret", [3; 32], Now::default());
        Self {
            agent,
            now: Now::default(),
            events: Vec::new(),
            devices: Vec::new(),
            sent: VecDeque::new(),
            raw: Vec::new(),
            opening: None,
            flow: FlowId(0),
            closed: Vec::new(),
            hosts: vec!["192.0.2.1"],
            way: Some("10.0.0.5"),
        }
    }

    fn command(&mut self, command: Command) {
        self.agent.handle_command(command, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Event(Event::OtherDevices(devices)) => self.devices.push(devices),
                Output::Event(event) => self.events.push(event),
                Output::Lookup(question) => {
                    let answer = match &question {
                        _ if self.hosts.is_empty() => Answer::Failed,
                        Question::Addresses(_) => {
                            Answer::Addresses(self.hosts.iter().map(|host| host.parse().expect("an address")).collect())
                        }
                        Question::Naptr(_) => Answer::Naptr(Vec::new()),
                        Question::Srv(_) => Answer::Srv(Vec::new()),
                    };
                    self.agent.handle_answer(&question, answer, self.now);
                }
                Output::Open { flow, target } => self.opening = Some((flow, target)),
                Output::Close(flow) => self.closed.push(flow),
                Output::Route { flow, .. } => {
                    let way = self.way.map(|way| way.parse().expect("an address"));
                    self.agent.handle_flow(flow, FlowInput::Route(way), self.now);
                }
                Output::Transmit { bytes, .. } => match parse_datagram(bytes.clone()) {
                    Ok(message) => self.sent.push_back(message),
                    Err(_) => self.raw.push(bytes),
                },
            }
        }
    }

    fn input(&mut self, input: FlowInput) {
        self.agent.handle_flow(self.flow, input, self.now);
        self.drain();
    }

    fn open(&mut self) {
        let (flow, target) = self.opening.take().expect("a flow is being opened");
        self.flow = flow;
        let protection = match target.transport {
            Transport::Tls => {
                FlowProtection { certificate: crate::model::Certificate::Verified, ..FlowProtection::NONE }
            }
            Transport::Udp | Transport::Tcp => FlowProtection::NONE,
        };
        let local = format!("{}:40000", self.way.unwrap_or("10.0.0.5")).parse().expect("an address");
        self.input(FlowInput::Opened { local, remote: target.address, transport: target.transport, protection });
    }

    fn receive_from(&mut self, remote: &str, message: Message) {
        let remote = remote.parse().expect("an address");
        self.input(FlowInput::Message { remote, message: Ok(Box::new(message)) });
    }

    fn receive(&mut self, message: Message) {
        let remote =
            self.agent.registration.flow().map_or_else(|| PROXY.to_owned(), |state| state.flow.remote.to_string());
        self.receive_from(&remote, message);
    }

    fn next_request(&mut self) -> Request {
        match self.sent.pop_front() {
            Some(Message::Request(request)) => request,
            other => panic!("a request: {other:?}"),
        }
    }

    fn answer(&mut self, request: &Request, code: u16, fields: &[(&str, &str)]) {
        let mut response = Response::to(request, code, Some("registrar"));
        for (name, value) in fields {
            response.headers.push(name, *value);
        }
        self.receive(Message::Response(response));
    }

    /// 200 with the Contact as asked for.
    fn accept(&mut self, request: &Request, expires: u32) {
        let contact = request.headers.contact().expect("a Contact");
        let foreign = "<sip:evil@203.0.113.9>;expires=7";
        let own = format!("<{}>;expires={expires}", contact.uri);
        self.answer(request, 200, &[("Contact", foreign), ("Contact", &own)]);
    }

    /// Signs in with one challenge.
    fn sign_in(&mut self) {
        self.command(Command::Register);
        self.sign_in_on_open_flow();
    }

    fn sign_in_on_open_flow(&mut self) {
        self.open();
        let first = self.next_request();
        self.answer(&first, 401, &[("WWW-Authenticate", REALM)]);
        let second = self.next_request();
        self.accept(&second, 600);
        assert!(matches!(self.events.last(), Some(Event::Registered { .. })), "{:?}", self.events);
    }

    /// Fires timers one after the other until `after` has passed.
    fn pass(&mut self, after: Duration) {
        let end = self.now.boot + after;
        while let Some(at) = self.agent.poll_timeout().filter(|at| *at <= end) {
            self.now.boot = at.max(self.now.boot);
            self.agent.handle_timeout(self.now);
            self.drain();
        }
        self.now.boot = end;
    }

    fn incoming(&self, user: &str, branch: &str) -> Request {
        let contact = self.agent.registration.contact().uri;
        let host = contact.split_once('@').expect("a user").1;
        Request::new(Method::Invite, &format!("sip:{user}@{host}"))
            .with("Via", format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{branch}"))
            .with("From", "\"Bob\" <sip:bob@example.com>;tag=b")
            .with("To", "<sip:alice@example.com>")
            .with("Call-ID", format!("in-{branch}"))
            .with("CSeq", "1 INVITE")
            .with("Contact", "<sip:bob@192.0.2.50>")
            .with("P-Asserted-Identity", "<sip:bob@example.com>")
            .with("Max-Forwards", "70")
    }

    fn token(&self) -> String {
        let uri = SipUri::parse(&self.agent.registration.contact().uri).expect("valid");
        uri.user().expect("a token").to_owned()
    }

    fn last_code(&self) -> &str {
        match self.events.last() {
            Some(Event::Unregistered { reason, .. }) => &reason.code,
            Some(Event::Failed(failure)) => &failure.reason.code,
            other => panic!("{other:?}"),
        }
    }
}
