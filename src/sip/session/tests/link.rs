//! Two calls with their transactions over a link that loses, delays, repeats and reorders, in virtual time.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use rand::{Rng, SeedableRng};

use super::*;
use crate::model::Transport;
use crate::sip::stack::{ClientId, Flow, FlowId, Message, Output, Transactions, parse_datagram};

/// How the link behaves.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Percent that never arrive.
    pub loss: u32,
    /// Percent that arrive twice.
    pub twice: u32,
    /// Percent of which a byte is changed on the way.
    pub corrupt: u32,
    /// Milliseconds on the way, at least.
    pub least: u64,
    /// Milliseconds on the way, at most: what is sent later may arrive earlier.
    pub delay: u64,
}

/// One end: the call, its transactions, and what it was told.
pub struct End {
    transactions: Transactions,
    pub session: Option<Session>,
    clients: HashMap<ClientId, RequestKey>,
    flow: Flow,
    pub events: Vec<Event>,
    pub finished: bool,
    /// Answers each offer of the peer.
    pub obliging: bool,
}

/// Both ends and the link.
pub struct Link {
    pub now: Now,
    pub ends: [End; 2],
    travelling: BTreeMap<(BootTime, u64), (usize, Bytes)>,
    random: StdRng,
    weather: Weather,
    sent: u64,
}

impl Link {
    pub fn new(weather: Weather, seed: u64) -> Self {
        let end = |byte: u8| End {
            transactions: Transactions::new([byte; 32]),
            session: None,
            clients: HashMap::new(),
            flow: Flow {
                id: FlowId(1),
                transport: Transport::Udp,
                local: ([192, 0, 2, byte], 5060).into(),
                remote: ([192, 0, 2, 3 - byte], 5060).into(),
            },
            events: Vec::new(),
            finished: false,
            obliging: true,
        };
        let random = StdRng::seed_from_u64(seed);
        Self { now: start(), ends: [end(1), end(2)], travelling: BTreeMap::new(), random, weather, sent: 0 }
    }

    /// Alice, end 0, calls.
    pub fn call(&mut self) {
        self.ends[0].session = Some(Session::outgoing(invitation(Anonymity::Named), party("alice"), [7; 32], self.now));
        self.settle(0);
    }

    pub fn command(&mut self, end: usize, command: Command) {
        self.tell(end, CallInput::Command(command));
        self.settle(end);
    }

    /// From now on nothing arrives.
    pub fn blackout(&mut self) {
        self.weather.loss = 100;
    }

    /// Runs until `done` or for `limit`; whether it was done.
    pub fn run_until(&mut self, limit: Duration, done: impl Fn(&[End; 2]) -> bool) -> bool {
        let last = self.now.after(limit);
        for _ in 0..100_000 {
            if done(&self.ends) {
                return true;
            }
            let arrival = self.travelling.keys().next().map(|(at, _)| *at);
            let timers = self.ends.iter().flat_map(|end| {
                [end.transactions.poll_timeout(), end.session.as_ref().and_then(Session::poll_timeout)]
            });
            let Some(at) = timers.chain([arrival]).flatten().min().filter(|at| *at <= last.boot) else {
                self.now = last;
                return done(&self.ends);
            };
            self.now = self.now.after(at.saturating_since(self.now.boot));
            if arrival == Some(at)
                && let Some((_, (end, bytes))) = self.travelling.pop_first()
            {
                let corrupts = self.weather.corrupt > 0;
                let message = match parse_datagram(bytes) {
                    Ok(message) => message,
                    Err(_) if corrupts => continue,
                    Err(_) => panic!("what we write is valid"),
                };
                let flow = self.ends[end].flow;
                self.ends[end].transactions.handle_message(message, flow, self.now);
                self.settle(end);
                continue;
            }
            for end in 0..2 {
                self.ends[end].transactions.handle_timeout(self.now);
                if let Some(session) = &mut self.ends[end].session {
                    session.handle_timeout(self.now);
                }
                self.settle(end);
            }
        }
        panic!("the ends never rest");
    }

    fn tell(&mut self, end: usize, input: CallInput) {
        if let Some(session) = &mut self.ends[end].session {
            session.handle_input(input, self.now);
        }
    }

    fn settle(&mut self, end: usize) {
        loop {
            if let Some(output) = self.ends[end].transactions.poll_output() {
                self.handle_transaction(end, output);
            } else if let Some(output) = self.ends[end].session.as_mut().and_then(Session::poll_output) {
                self.handle_call(end, output);
            } else {
                return;
            }
        }
    }

    fn handle_transaction(&mut self, end: usize, output: Output) {
        let input = match output {
            Output::Send { bytes, .. } => return self.travel(1 - end, &bytes),
            Output::Request { server, request, .. } => {
                if self.ends[end].session.is_none() && request.method == Method::Invite {
                    let invite =
                        IncomingInvite { call: CallId(2), server, request, identity: nobody(), replaces: None };
                    self.ends[end].session = Some(Session::incoming(invite, party("bob"), [9; 32], self.now));
                    return;
                }
                if self.ends[end].finished {
                    let response = Response::to(&request, 481, Some("gone"));
                    return self.ends[end].transactions.respond(server, response, self.now);
                }
                CallInput::Request { server, request }
            }
            Output::Ack { request, .. } => CallInput::Ack(request),
            Output::Cancelled { server, request } => CallInput::Cancelled { server, request },
            Output::Response { client, response } => {
                let Some(key) = self.ends[end].clients.get(&client).copied() else { return };
                CallInput::Response { key, response, identity: Box::new(nobody()) }
            }
            Output::StrayResponse { response, .. } => CallInput::LateSuccess(response),
            Output::Failed { client, why } => {
                let Some(key) = self.ends[end].clients.get(&client).copied() else { return };
                CallInput::Failed { key, why }
            }
            Output::ResponseFailed { server } => CallInput::ResponseFailed { server },
        };
        self.tell(end, input);
    }

    fn handle_call(&mut self, end: usize, output: CallOutput) {
        let now = self.now;
        let End { transactions, clients, flow, events, finished, session, obliging } = &mut self.ends[end];
        match output {
            CallOutput::Send { key, request } => {
                let client = transactions.send_request(request.with("Max-Forwards", "70"), *flow, now);
                clients.insert(client.expect("few requests"), key);
            }
            CallOutput::Cancel { invite, reason } => {
                let client = clients.iter().find(|(_, key)| **key == invite).map(|(client, _)| *client);
                let _ = transactions.send_cancel(client.expect("an INVITE was sent"), reason.as_deref(), now);
            }
            CallOutput::Ack { request, .. } => transactions.send_ack(request.with("Max-Forwards", "70"), *flow),
            CallOutput::Respond { server, response } => transactions.respond(server, response, now),
            CallOutput::Event(event) => {
                if let (Event::OfferReceived { call, .. }, true, Some(session)) = (&event, *obliging, session) {
                    let command = Command::AnswerOffer { call: *call, result: Ok(sdp(ANSWER)) };
                    session.handle_input(CallInput::Command(command), now);
                }
                events.push(event);
            }
            CallOutput::Asked { .. } | CallOutput::Told(_) => panic!("nobody hosts a conference here"),
            CallOutput::Finished => *finished = true,
        }
    }

    fn travel(&mut self, to: usize, bytes: &Bytes) {
        let copies = 1 + u32::from(self.random.random_range(0..100) < self.weather.twice);
        for _ in 0..copies {
            if self.random.random_range(0..100) < self.weather.loss {
                continue;
            }
            self.sent += 1;
            let delay = Duration::from_millis(self.random.random_range(self.weather.least..=self.weather.delay));
            let mut bytes = bytes.to_vec();
            if self.random.random_range(0..100) < self.weather.corrupt {
                let at = self.random.random_range(0..bytes.len());
                bytes[at] = self.random.random();
            }
            self.travelling.insert((self.now.boot + delay, self.sent), (to, bytes.into()));
        }
    }
}

impl End {
    pub fn has(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(wanted)
    }

    /// The digits that came by INFO.
    pub fn digits(&self) -> String {
        let digit = |event: &Event| match event {
            Event::Digit { digit, .. } => Some(*digit),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    pub fn ends(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Ended { .. })).count()
    }
}

/// What the parser takes must be what the writer wrote, so a message is never dropped by the link itself.
#[test]
fn the_link_carries_messages_whole() {
    let request =
        Script::outgoing().last().clone().with("Max-Forwards", "70").with("Via", "SIP/2.0/UDP a;branch=z9hG4bKx");
    let Ok(Message::Request(read)) = parse_datagram(request.to_bytes()) else { panic!("a request") };
    assert_eq!((read.method, read.body), (request.method, request.body));
}
