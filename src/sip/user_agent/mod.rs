//! The user agent: registration, transactions and calls composed into one machine.
//!
//! Everything goes out and comes in over the registration's flow, as RFC 5626 intends: the proxy behind it is the only
//! neighbour that is believed (S01, S03), and NATs and firewalls see one connection.

mod call;
mod calls;
mod failover;
mod hosting;
mod incoming;
mod large;
mod late;
mod messages;
mod names;
mod probe;
mod purpose;
mod redial;
mod refer;
mod subscriptions;

#[cfg(test)]
mod tests;

pub use messages::sender as message_sender;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use self::purpose::Purpose;
use super::boundary::{Command, Config, Event};
use super::locate::{Locator, Question, Target};
use super::registration::{self, FlowProtection, OpenError, Registration};
use super::stack::{self, ClientId, Flow, FlowId, Malformed, Message, Request, ServerId, Transactions};
use super::subscription::{Input as SubscriptionInput, Subscription, SubscriptionId};
use super::usage::{CallInput, CallMachine};
use crate::model::{BootTime, CallId, Now, Transport};
use call::Call;

/// How many other ports of the proxy are remembered on a UDP flow.
const MAX_SIDE_FLOWS: usize = 8;
/// Names of side flows begin here: far above those of the registration.
const SIDE_FLOWS: u64 = 1 << 48;
/// Calls at a time (F28); an INVITE beyond them is answered with 486 (S30). One that is over and only lingers does not count.
pub const MAX_CALLS: usize = 100;
/// Calls that ring here at a time: nobody can have as many of these by anybody else's will. When full: as with [`MAX_CALLS`].
pub const MAX_RINGING: usize = 16;
/// Calls at a time with those that linger for what may still cross. When full: as with [`MAX_CALLS`].
pub const MAX_MACHINES: usize = 160;
/// How we call ourselves.
const USER_AGENT: &str = concat!("Tandem/", env!("CARGO_PKG_VERSION"));

/// What the machine wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Tell `account`.
    Event(Event),
    /// Ask DNS; answer with [`UserAgent::handle_answer`].
    Lookup(Question),
    /// Open a flow; answer with [`FlowInput::Opened`] or [`FlowInput::Failed`].
    Open {
        /// Its name.
        flow: FlowId,
        /// Where.
        target: Target,
    },
    /// Close a flow; nothing more is said about it.
    Close(FlowId),
    /// Find the address from which the system would reach the other end of a flow now; answer with [`FlowInput::Route`].
    Route {
        /// The flow.
        flow: FlowId,
        /// Its other end.
        remote: SocketAddr,
    },
    /// Send bytes.
    Transmit {
        /// On which flow.
        flow: FlowId,
        /// To where; over TCP and TLS the flow's own other end.
        remote: SocketAddr,
        /// What.
        bytes: Bytes,
    },
}

/// What happens on a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowInput {
    /// It is open.
    Opened {
        /// Our address on it.
        local: SocketAddr,
        /// The other end.
        remote: SocketAddr,
        /// The transport.
        transport: Transport,
        /// Its protection.
        protection: FlowProtection,
    },
    /// It did not open, or it ended.
    Failed(OpenError),
    /// A message came over a connection.
    StreamMessage(Result<Box<Message>, Malformed>),
    /// A datagram came.
    Message {
        /// From where.
        remote: SocketAddr,
        /// The message, or what is owed for it.
        message: Result<Box<Message>, Malformed>,
    },
    /// The peer's framing is broken: answer if there is something to answer, and close (S23).
    Broken(Option<Box<stack::Response>>),
    /// A double CRLF: answer with a single one.
    Ping,
    /// A single CRLF.
    Pong,
    /// The address that leads to its other end now; `None`: no route leads there.
    Route(Option<std::net::IpAddr>),
}

/// The machine.
pub struct UserAgent<M> {
    config: Config,
    registration: Registration,
    transactions: Transactions,
    locator: Option<Locator>,
    calls: BTreeMap<CallId, Call<M>>,
    purposes: HashMap<ClientId, Purpose>,
    /// Which call has a request to answer.
    servers: HashMap<ServerId, CallId>,
    /// Other ports of our proxy, seen on the UDP flow.
    side_flows: Vec<(FlowId, Flow)>,
    next_side_flow: u64,
    /// The connection for requests that are too large for UDP.
    large: large::LargeFlow,
    /// BYEs that wait for a registration.
    late: Vec<late::Late>,
    /// INVITEs that wait for another server.
    diverted: Vec<failover::Diverted>,
    /// INVITEs whose answers find no way back to us.
    adrift: Vec<redial::Adrift>,
    messages: messages::Messages,
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    hosting: super::hosting::Hosting,
    /// The question whether we are reached, while it is on its way.
    probe: Option<probe::Probe>,
    random: StdRng,
    outputs: VecDeque<Output>,
}

impl<M: CallMachine> UserAgent<M> {
    /// Unregistered. `seed` must not be guessable outside of tests: tags, branches and tokens are drawn from it.
    pub fn new(config: Config, password: &str, seed: [u8; 32], _now: Now) -> Self {
        let mut random = StdRng::from_seed(seed);
        Self {
            registration: Registration::new(&config, password, random.random()),
            transactions: Transactions::new(random.random()),
            config,
            locator: None,
            calls: BTreeMap::new(),
            purposes: HashMap::new(),
            servers: HashMap::new(),
            side_flows: Vec::new(),
            next_side_flow: SIDE_FLOWS,
            large: large::LargeFlow::default(),
            late: Vec::new(),
            diverted: Vec::new(),
            adrift: Vec::new(),
            messages: messages::Messages::default(),
            subscriptions: BTreeMap::new(),
            hosting: Default::default(),
            probe: None,
            random,
            outputs: VecDeque::new(),
        }
    }

    /// A wish of `account`. One that names a call that is over changes nothing.
    pub fn handle_command(&mut self, command: Command, now: Now) {
        if let Command::Hangup { call } = command {
            self.stop_diverting(call, now);
            self.stop_waiting_adrift(call, now);
        }
        match command {
            Command::Register => self.registration.handle_register(now),
            Command::Unregister => self.registration.handle_unregister(now),
            Command::NetworkChanged => self.registration.handle_network_changed(now),
            Command::Woke => self.registration.handle_woke(now),
            Command::Probe { id, to } => self.start_probe(id, &to, now),
            Command::Invite { call, to, offer, call_info, anonymity, referral } => {
                let invite = super::usage::OutgoingInvite { call, to, offer, call_info, anonymity, referral };
                self.place_call(invite, now);
            }
            Command::Subscribe { id, wish } => self.subscribe(id, wish, now),
            Command::RefreshSubscription { id } => self.tell_subscription(id, SubscriptionInput::Refresh, now),
            Command::Unsubscribe { id } => self.tell_subscription(id, SubscriptionInput::End, now),
            Command::Message { id, to, body } => self.send_message(id, &to, &body, now),
            Command::AnswerMessage { token, code } => self.answer_message(token, code, now),
            Command::Host(hosted) => self.hosting.host(*hosted, now),
            Command::EndHosting(id) => self.hosting.end(id, now),
            Command::Transfer { call, to } => self.transfer(call, &to, now),
            Command::AnswerRefer { call, .. }
            | Command::ReportRefer { call, .. }
            | Command::Redirect { call, .. }
            | Command::Focus { call, .. }
            | Command::Watch { call, .. }
            | Command::Ring { call, .. }
            | Command::Answer { call, .. }
            | Command::Reject { call, .. }
            | Command::Hangup { call }
            | Command::Offer { call, .. }
            | Command::Digits { call, .. }
            | Command::AskPeer { call }
            | Command::Candidates { call, .. }
            | Command::AnswerOffer { call, .. }
            | Command::AcknowledgeWithAnswer { call, .. } => self.tell(call, CallInput::Command(command), now),
        }
        self.settle(now);
    }

    /// Something happened on a flow.
    pub fn handle_flow(&mut self, flow: FlowId, input: FlowInput, now: Now) {
        match input {
            FlowInput::Opened { local, remote, transport, .. } if self.is_large_flow(flow) => {
                self.handle_large_opened(Flow { id: flow, transport, local, remote }, now);
            }
            FlowInput::Opened { local, remote, transport, protection } => {
                self.registration.handle_opened(Flow { id: flow, transport, local, remote }, protection, now);
            }
            FlowInput::Failed(error) => self.handle_flow_failed(flow, &error, now),
            FlowInput::StreamMessage(message) => {
                if let Some(remote) = self.own_flow(flow).map(|flow| flow.remote) {
                    self.handle_message(flow, remote, message, now);
                }
            }
            FlowInput::Message { remote, message } => self.handle_message(flow, remote, message, now),
            FlowInput::Broken(reply) => {
                if let (Some(reply), Some(remote)) = (reply, self.own_flow(flow).map(|flow| flow.remote)) {
                    self.outputs.push_back(Output::Transmit { flow, remote, bytes: reply.to_bytes() });
                }
                self.outputs.push_back(Output::Close(flow));
                self.handle_flow_failed(flow, &OpenError::Closed, now);
            }
            FlowInput::Ping => {
                self.registration.handle_sign_of_life(flow, true);
                if let Some(remote) = self.own_flow(flow).map(|flow| flow.remote) {
                    self.outputs.push_back(Output::Transmit { flow, remote, bytes: Bytes::from_static(b"\r\n") });
                }
            }
            FlowInput::Pong => self.registration.handle_sign_of_life(flow, true),
            FlowInput::Route(local) => self.registration.handle_route(flow, local, now),
        }
        self.settle(now);
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.registration.handle_timeout(now);
        self.transactions.handle_timeout(now);
        self.large_timeout(now);
        self.give_up_late(now);
        self.failover_timeout(now);
        self.adrift_timeout(now);
        self.probe_timeout(now);
        self.subscriptions_timeout(now);
        self.hosting.handle_timeout(now);
        for call in self.calls.values_mut() {
            if call.machine.poll_timeout().is_some_and(|at| at <= now.boot) {
                call.machine.handle_timeout(now);
            }
        }
        self.settle(now);
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let calls = self.calls.values().filter_map(|call| call.machine.poll_timeout());
        let own = [
            self.registration.poll_timeout(),
            self.transactions.poll_timeout(),
            self.large_deadline(),
            self.late_deadline(),
            self.failover_deadline(),
            self.adrift_deadline(),
            self.probe_deadline(),
            self.events_deadline(),
        ];
        calls.chain(own.into_iter().flatten()).min()
    }

    /// Whether nothing is registered and nothing is being tried: after `Unregister`, or given up.
    pub fn is_over(&self) -> bool {
        self.registration.is_over()
    }

    fn handle_flow_failed(&mut self, flow: FlowId, error: &OpenError, now: Now) {
        self.transactions_lose(flow, now);
        self.handle_large_failed(flow, now);
        self.registration.handle_flow_failed(flow, error, now);
    }

    /// Carries what the parts want to each other until they are quiet.
    fn settle(&mut self, now: Now) {
        loop {
            if let Some(output) = self.registration.poll_output() {
                self.perform_registration(output, now);
            } else if let Some(output) = self.transactions.poll_output() {
                self.perform_transaction(output, now);
            } else if let Some((call, output)) =
                self.calls.iter_mut().find_map(|(id, call)| call.machine.poll_output().map(|output| (*id, output)))
            {
                self.perform_call(call, output, now);
            } else if let Some((id, output)) = self.next_subscription_output() {
                self.perform_subscription(id, output, now);
            } else if self.perform_hosting(now)
                || (self.registration.is_over() && self.transactions.forget_stranded(now))
            {
            } else if self.registration.is_over() && self.waits_for_a_registration() {
                self.give_up_late(now);
                self.adrift_timeout(now);
                self.failover_timeout(now);
            } else {
                return;
            }
        }
    }

    fn perform_registration(&mut self, output: registration::Output, now: Now) {
        match output {
            registration::Output::Locate => {
                let uri = self.config.outbound_proxy.as_ref().unwrap_or(&self.config.aor);
                let seed = self.random.random();
                self.locator = Some(Locator::new(uri, self.config.transport, self.config.only_tls, seed));
                self.ask(now);
            }
            registration::Output::Open { flow, target } => self.outputs.push_back(Output::Open { flow, target }),
            registration::Output::Route(flow) => {
                if let Some(remote) = self.own_flow(flow).map(|flow| flow.remote) {
                    self.outputs.push_back(Output::Route { flow, remote });
                }
            }
            registration::Output::Close(flow) => {
                self.outputs.push_back(Output::Close(flow));
                // The calls go on: their requests find the next flow.
                self.transactions_lose(flow, now);
                self.close_large(now);
            }
            registration::Output::Send { serial, flow, mut request } => {
                self.complete(&mut request);
                let Some(flow) = self.own_flow(flow) else { return };
                match self.transactions.send_request(request, flow, now) {
                    Some(client) => drop(self.purposes.insert(client, Purpose::Register(serial))),
                    None => self.registration.handle_no_response(serial, now),
                }
            }
            registration::Output::KeepAlive { flow, bytes } => {
                if let Some(remote) = self.own_flow(flow).map(|flow| flow.remote) {
                    self.outputs.push_back(Output::Transmit { flow, remote, bytes: Bytes::from_static(bytes) });
                }
            }
            registration::Output::ContactChanged(contact) => {
                for call in self.calls.values_mut() {
                    call.machine.handle_input(CallInput::ContactChanged(contact.clone()), now);
                }
                self.tell_subscriptions(&SubscriptionInput::ContactChanged(contact), now);
            }
            registration::Output::Event(event) => {
                let registered = matches!(event, Event::Registered { .. });
                self.outputs.push_back(Output::Event(event));
                if registered {
                    self.retrieve_flow();
                    self.send_late(now);
                    self.send_diverted(now);
                    self.retrieve_adrift(now);
                    let local = self.local_party();
                    self.tell_subscriptions(&SubscriptionInput::Connected(local), now);
                }
            }
        }
    }

    fn perform_transaction(&mut self, output: stack::Output, now: Now) {
        match output {
            stack::Output::Send { flow, bytes } => {
                if let Some((flow, remote)) = self.route(flow) {
                    self.outputs.push_back(Output::Transmit { flow, remote, bytes });
                }
            }
            stack::Output::Request { server, request, flow } => self.handle_request(server, request, flow, now),
            stack::Output::Ack { request, .. } => {
                if let Some(call) = self.call_of(&request.headers) {
                    self.tell(call, CallInput::Ack(request), now);
                }
            }
            stack::Output::Cancelled { server, request } => {
                if let Some(call) = self.servers.get(&server).copied() {
                    self.tell(call, CallInput::Cancelled { server, request }, now);
                }
            }
            stack::Output::Response { client, response } => self.handle_response(client, response, now),
            stack::Output::StrayResponse { response, .. } => {
                if let Some(call) = self.call_of(&response.headers) {
                    self.tell(call, CallInput::LateSuccess(response), now);
                }
            }
            stack::Output::Failed { client, why } => match self.purposes.remove(&client) {
                Some(Purpose::Register(serial)) => self.registration.handle_no_response(serial, now),
                Some(Purpose::Call { call, key, request, .. }) => {
                    let cut = why == stack::ClientFailure::Transport || !self.registration.is_registered();
                    let waits = cut && self.put_off(call, key, &request, now);
                    if !waits && !self.divert_lost(call, key, &request, why, now) {
                        self.tell(call, CallInput::Failed { key, why }, now);
                    }
                    if why == stack::ClientFailure::Timeout {
                        self.registration.handle_suspicion(now);
                    }
                }
                Some(Purpose::Message { id, .. }) => {
                    let code = match why {
                        stack::ClientFailure::Timeout => 408,
                        stack::ClientFailure::Transport => 0,
                    };
                    self.message_answered(id, code, None);
                    if why == stack::ClientFailure::Timeout {
                        self.registration.handle_suspicion(now);
                    }
                }
                Some(Purpose::Subscription { id, key, .. }) => {
                    self.tell_subscription(id, SubscriptionInput::Failed(key, why), now);
                }
                Some(Purpose::Probe) => self.probe_failed(),
                Some(Purpose::Hosting(id)) => self.host_answered(id, 408, now),
                Some(Purpose::Cancel) | None => {}
            },
            stack::Output::ResponseFailed { server } => {
                if let Some(call) = self.servers.get(&server).copied() {
                    self.tell(call, CallInput::ResponseFailed { server }, now);
                }
            }
        }
    }

    /// The registration's flow or the connection beside it, when that is its name.
    fn own_flow(&self, id: FlowId) -> Option<Flow> {
        match &self.large {
            large::LargeFlow::Open(flow) if flow.id == id => Some(*flow),
            _ => self.registration.flow().map(|state| state.flow).filter(|flow| flow.id == id),
        }
    }

    /// The driver's flow and the address behind a flow of the transactions.
    fn route(&self, id: FlowId) -> Option<(FlowId, SocketAddr)> {
        let side = self.side_flows.iter().find(|(_, flow)| flow.id == id).map(|(parent, flow)| (*parent, flow.remote));
        side.or_else(|| self.own_flow(id).map(|flow| (flow.id, flow.remote)))
    }

    /// Adds what every request of ours has.
    fn complete(&self, request: &mut Request) {
        if request.headers.value("Max-Forwards").is_none() {
            request.headers.push("Max-Forwards", "70");
        }
        if request.headers.value("User-Agent").is_none() {
            request.headers.push("User-Agent", USER_AGENT);
        }
    }

    fn tell(&mut self, call: CallId, input: CallInput, now: Now) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.machine.handle_input(input, now);
        }
    }

    /// Whether there are as many calls as anybody can have.
    fn is_busy(&self) -> bool {
        self.calls.len() >= MAX_MACHINES
            || self.calls.values().filter(|call| !call.machine.is_over()).count() >= MAX_CALLS
    }

    /// Whether one more call may come in.
    fn takes_no_more(&self) -> bool {
        self.is_busy() || self.calls.values().filter(|call| call.machine.is_ringing()).count() >= MAX_RINGING
    }

    /// The call that a message belongs to, by Call-ID.
    fn call_of(&self, headers: &stack::Headers) -> Option<CallId> {
        let wanted = headers.call_id()?;
        self.calls.iter().find(|(_, call)| call.machine.call_id() == wanted).map(|(id, _)| *id)
    }
}
