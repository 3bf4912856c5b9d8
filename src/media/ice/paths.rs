//! All paths of one call's stream: gathering, checks, relays, and where a packet goes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::gather::{Query, candidates};
use super::{Agent, AgentOutput, Carrier, Chosen, HelpOutcome, Helped, Local, MOST_SERVERS, Server, Way, Wish};
use crate::media::demux::{self, Kind};
use crate::media::stun::{Message, Method};
use crate::media::turn::{self, Client};
use crate::model::{BootTime, Now};
use crate::sdp::{Candidate, CandidateKind, Negotiated};

/// How long servers are waited for before a call goes on without them.
const GATHERING: Duration = Duration::from_secs(1);
/// The same where nothing else may be told.
const GATHERING_RELAYS: Duration = Duration::from_secs(5);
/// Checks of the peer that came before its answer and wait for it (RFC 8445 section 7.3). When full, the oldest goes.
const MOST_EARLY: usize = 8;
/// Outputs that wait at most; the shell drains them after every input.
const MOST_OUTPUTS: usize = 256;

/// What the paths want.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// A datagram leaves from a socket.
    Transmit {
        /// Which.
        socket: u8,
        /// Where to.
        to: SocketAddr,
        /// As on the wire.
        bytes: Vec<u8>,
    },
    /// A stream to a relay's server is needed.
    OpenStream {
        /// Which relay.
        relay: u8,
        /// Whom.
        server: Server,
    },
    /// Bytes for such a stream.
    Stream {
        /// Which relay.
        relay: u8,
        /// As on the wire.
        bytes: Vec<u8>,
    },
    /// Our candidates, and the one that a peer without ICE is told; none means that no relay is to be had where only relays
    /// may be told.
    Gathered {
        /// All.
        candidates: Arc<[Candidate]>,
        /// For `c=` and `m=`.
        default: Option<SocketAddr>,
        /// Why there is none.
        failure: Option<turn::Failure>,
    },
    /// The checks found no way.
    NoPath,
    /// The peer no longer says that it wants our packets; a restart may find another way (RFC 7675 section 5.1).
    Lost,
}

/// A packet of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// Whose it is: the address of the description where a check has shown that it is the peer's.
    pub from: SocketAddr,
    /// As on the wire.
    pub bytes: Vec<u8>,
}

struct Relay {
    client: Client,
    server: Server,
    /// The socket, where it is spoken to by datagrams.
    socket: Option<u8>,
    mapped: Option<SocketAddr>,
    failure: Option<turn::Failure>,
}

/// The machine.
pub struct Paths {
    sockets: Vec<SocketAddr>,
    only_relays: bool,
    queries: Vec<Query>,
    relays: Vec<Relay>,
    deadline: Option<BootTime>,
    locals: Vec<Local>,
    agent: Option<Agent>,
    /// The address in the peer's description.
    named: Option<SocketAddr>,
    early: VecDeque<(Way, SocketAddr, Vec<u8>)>,
    random: StdRng,
    outputs: VecDeque<Output>,
}

impl Paths {
    /// Begins to gather. `sockets` are our addresses, the first one towards the phone service.
    pub fn new(sockets: Vec<SocketAddr>, wish: &Wish, seed: [u8; 32], now: Now) -> Self {
        let mut random = StdRng::from_seed(seed);
        let socket_of = |server: &Server| {
            (0..).zip(&sockets).find(|(_, own)| own.is_ipv4() == server.address.is_ipv4()).map(|(number, _)| number)
        };
        let (mut queries, mut relays, mut outputs) = (Vec::new(), Vec::new(), VecDeque::new());
        for server in wish.servers.iter().take(MOST_SERVERS) {
            let socket = socket_of(server).filter(|_| server.carrier == Carrier::Udp);
            match &server.login {
                Some((user, password)) if socket.is_some() || server.carrier != Carrier::Udp => {
                    let stream = server.carrier != Carrier::Udp;
                    let client = Client::new(user.clone(), password.clone(), stream, random.random(), now);
                    if stream {
                        let relay = u8::try_from(relays.len()).unwrap_or(u8::MAX);
                        outputs.push_back(Output::OpenStream { relay, server: server.clone() });
                    }
                    relays.push(Relay { client, server: server.clone(), socket, mapped: None, failure: None });
                }
                None if !wish.only_relays => {
                    queries.extend(socket.map(|socket| Query::new(socket, server, random.random(), now.boot)));
                }
                // No socket of that family, or nothing that may be told.
                Some(_) | None => {}
            }
        }
        let patience = if wish.only_relays { GATHERING_RELAYS } else { GATHERING };
        let mut paths = Self {
            sockets,
            only_relays: wish.only_relays,
            queries,
            relays,
            deadline: Some(now.boot + patience),
            locals: Vec::new(),
            agent: None,
            named: None,
            early: VecDeque::new(),
            random,
            outputs,
        };
        paths.handle_timeout(now);
        paths
    }

    /// What both sides agreed on, also later.
    pub fn handle_plan(&mut self, plan: &Negotiated, now: Now) {
        self.named = Some(plan.remote_rtp);
        let Some(ice) = &plan.ice else {
            self.agent = None;
            return;
        };
        let (new, old) = (ice, self.agent.as_ref().map(Agent::plan));
        let same = old.is_some_and(|old| {
            old.remote.credentials == new.remote.credentials && old.local.credentials == new.local.credentials
        });
        match &mut self.agent {
            Some(agent) if same => new.remote.candidates.iter().for_each(|candidate| agent.add_remote(candidate)),
            // RFC 8445 section 9: other credentials are a restart.
            Some(_) | None => {
                self.agent = Some(Agent::new(ice.clone(), self.locals.clone(), self.random.random(), now));
                for (way, from, bytes) in std::mem::take(&mut self.early) {
                    self.inbound(way, from, &bytes, now);
                }
            }
        }
        self.settle(now);
    }

    /// A candidate of the peer that came later (RFC 8838).
    pub fn handle_candidate(&mut self, candidate: &Candidate, now: Now) {
        if let Some(agent) = &mut self.agent {
            agent.add_remote(candidate);
        }
        self.settle(now);
    }

    /// Whether packets go by what was found here, and not simply from the first socket to the address that was named.
    #[must_use]
    pub fn carries(&self) -> bool {
        self.agent.is_some() || self.only_relays
    }

    /// A packet of ours. Without a path that works it is dropped: nobody has agreed to receive it.
    pub fn send(&mut self, to: SocketAddr, packet: &[u8], now: Now) {
        let target = match &self.agent {
            Some(agent) => agent.target(),
            None => self.default_way().map(|way| (way, to)),
        };
        if let Some((way, to)) = target {
            self.transmit(way, to, packet, now);
        }
        self.settle(now);
    }

    fn default_way(&self) -> Option<Way> {
        if !self.only_relays {
            return Some(Way::Socket(0));
        }
        self.locals.first().map(|local| local.way)
    }

    /// A datagram on one of our sockets.
    pub fn handle_datagram(&mut self, socket: u8, from: SocketAddr, bytes: &[u8], now: Now) -> Option<Inbound> {
        let relay = self.relays.iter().position(|relay| relay.socket == Some(socket) && relay.server.address == from);
        let inbound = match relay {
            Some(relay) => self.handle_relay_bytes(relay, bytes, now),
            None => self.inbound(Way::Socket(socket), from, bytes, now),
        };
        self.settle(now);
        inbound
    }

    /// A whole frame on the stream to a relay.
    pub fn handle_frame(&mut self, relay: u8, bytes: &[u8], now: Now) -> Option<Inbound> {
        let inbound = self.handle_relay_bytes(relay.into(), bytes, now);
        self.settle(now);
        inbound
    }

    /// The stream to a relay broke, or could not be made.
    pub fn handle_broken(&mut self, relay: u8, now: Now) {
        if let Some(relay) = self.relays.get_mut(usize::from(relay)) {
            relay.client.handle_broken();
        }
        self.settle(now);
    }

    fn handle_relay_bytes(&mut self, at: usize, bytes: &[u8], now: Now) -> Option<Inbound> {
        let (peer, data) = self.relays.get_mut(at)?.client.handle_bytes(bytes, now)?;
        self.inbound(Way::Relay(u8::try_from(at).ok()?), peer, &data, now)
    }

    fn inbound(&mut self, way: Way, from: SocketAddr, bytes: &[u8], now: Now) -> Option<Inbound> {
        if demux::kind(bytes) == Some(Kind::Stun) {
            self.handle_stun(way, from, bytes, now);
            return None;
        }
        let from = match &self.agent {
            // M03: only what a check has shown to be the peer's.
            Some(agent) => self.named.filter(|_| agent.knows(way, from))?,
            None => from,
        };
        Some(Inbound { from, bytes: bytes.to_vec() })
    }

    fn handle_stun(&mut self, way: Way, from: SocketAddr, bytes: &[u8], now: Now) {
        let Some(message) = Message::read(bytes) else { return };
        if let Way::Socket(socket) = way
            && self.queries.iter_mut().any(|query| query.socket == socket && query.handle_answer(from, &message))
        {
            return;
        }
        match &mut self.agent {
            Some(agent) => agent.handle_message(way, from, &message, now),
            None if message.method == Method::Binding && self.named.is_none() => {
                if self.early.len() >= MOST_EARLY {
                    self.early.pop_front();
                }
                self.early.push_back((way, from, bytes.to_vec()));
            }
            None => {}
        }
    }

    /// Sends and repeats what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        for query in &mut self.queries {
            if let Some(bytes) = query.handle_timeout(now.boot) {
                let (socket, to) = (query.socket, query.server);
                self.outputs.push_back(Output::Transmit { socket, to, bytes });
            }
        }
        for relay in &mut self.relays {
            relay.client.handle_timeout(now);
        }
        if let Some(agent) = &mut self.agent {
            agent.handle_timeout(now);
        }
        self.settle(now);
    }

    /// Carries what one part wants to the others.
    fn settle(&mut self, now: Now) {
        while let Some(output) = self.agent.as_mut().and_then(Agent::poll_output) {
            match output {
                AgentOutput::Transmit { way, to, bytes } => self.transmit(way, to, &bytes, now),
                AgentOutput::Selected(Way::Relay(number), to) => {
                    if let Some(relay) = self.relays.get_mut(usize::from(number)) {
                        relay.client.bind(to, now);
                    }
                }
                AgentOutput::Selected(Way::Socket(_), _) => {}
                AgentOutput::Failed => self.fail(),
                AgentOutput::ConsentLost => {
                    tracing::warn!("the other side no longer says that it wants our packets");
                    self.outputs.push_back(Output::Lost);
                }
            }
        }
        for at in 0..self.relays.len() {
            self.settle_relay(at);
        }
        self.finish_gathering(now);
        while self.outputs.len() > MOST_OUTPUTS {
            self.outputs.pop_front();
        }
    }

    /// No check came through. A peer whose ICE does not work is spoken to as one that has none, where our own address may be
    /// told: its description says where it listens.
    fn fail(&mut self) {
        tracing::warn!("no path was found by checks");
        if !self.only_relays {
            self.agent = None;
        }
        self.outputs.push_back(Output::NoPath);
    }

    fn settle_relay(&mut self, at: usize) {
        let Some(relay) = self.relays.get_mut(at) else { return };
        let number = u8::try_from(at).unwrap_or(u8::MAX);
        while let Some(output) = relay.client.poll_output() {
            match (output, relay.socket) {
                (turn::Output::Send(bytes), Some(socket)) => {
                    self.outputs.push_back(Output::Transmit { socket, to: relay.server.address, bytes });
                }
                (turn::Output::Send(bytes), None) => self.outputs.push_back(Output::Stream { relay: number, bytes }),
                (turn::Output::Allocated { mapped, .. }, _) => relay.mapped = mapped,
                (turn::Output::Failed(failure), _) => {
                    tracing::warn!(%failure, "a relay cannot be used");
                    relay.failure = Some(failure);
                }
            }
        }
    }

    fn finish_gathering(&mut self, now: Now) {
        let Some(deadline) = self.deadline else { return };
        let open = self.queries.iter().any(Query::is_open)
            || self.relays.iter().any(|relay| relay.failure.is_none() && relay.client.relayed().is_none());
        let enough = self.only_relays && self.relays.iter().any(|relay| relay.client.relayed().is_some());
        if open && !enough && now.boot < deadline {
            return;
        }
        self.deadline = None;
        let asked = self.queries.iter().filter_map(|query| query.mapped.map(|mapped| (query.socket, mapped)));
        // Only what was seen of datagrams: a stream's address is of no use for them.
        let seen = self.relays.iter().filter_map(|relay| Some((relay.socket?, relay.mapped?)));
        let mapped: Vec<(u8, SocketAddr)> = asked.chain(seen).collect();
        let relays = (0..).zip(&self.relays);
        let relayed: Vec<(u8, SocketAddr)> =
            relays.filter_map(|(number, relay)| Some((number, relay.client.relayed()?))).collect();
        self.locals = candidates(&self.sockets, &mapped, &relayed, self.only_relays);
        let default = if self.only_relays {
            self.locals.first().map(|local| local.candidate.address)
        } else {
            self.sockets.first().copied()
        };
        self.outputs.push_back(Output::Gathered {
            candidates: self.locals.iter().map(|local| local.candidate.clone()).collect(),
            default,
            failure: self.relays.iter().find_map(|relay| relay.failure),
        });
    }

    fn transmit(&mut self, way: Way, to: SocketAddr, bytes: &[u8], now: Now) {
        match way {
            Way::Socket(socket) => self.outputs.push_back(Output::Transmit { socket, to, bytes: bytes.to_vec() }),
            Way::Relay(number) => {
                if let Some(relay) = self.relays.get_mut(usize::from(number)) {
                    if self.agent.is_none() {
                        relay.client.bind(to, now);
                    }
                    relay.client.send(to, bytes, now);
                }
            }
        }
    }

    /// The path that packets take, and the name of the relay's server.
    #[must_use]
    pub fn chosen(&self) -> Option<(Chosen, Option<Arc<str>>)> {
        let chosen = match &self.agent {
            Some(agent) => agent.chosen()?,
            None => {
                let relay = match self.default_way()? {
                    Way::Relay(number) => Some(number),
                    Way::Socket(_) => None,
                };
                let local = if relay.is_some() { CandidateKind::Relayed } else { CandidateKind::Host };
                Chosen { local, remote: CandidateKind::Host, relay, round_trip: None }
            }
        };
        let server = chosen.relay.and_then(|number| self.relays.get(usize::from(number)));
        Some((chosen, server.map(|relay| relay.server.name.clone())))
    }

    /// What became of the servers that were asked, for whoever tests the setup.
    #[must_use]
    pub fn helped(&self) -> Vec<Helped> {
        let asked = self.queries.iter().map(|query| {
            let own = self.sockets.get(usize::from(query.socket));
            let outcome = match query.mapped {
                Some(mapped) if Some(&mapped) == own => HelpOutcome::SameAddress,
                Some(_) => HelpOutcome::OtherAddress,
                None => HelpOutcome::Silent,
            };
            Helped { server: query.name.clone(), relay: false, outcome }
        });
        let relays = self.relays.iter().map(|relay| {
            let outcome = match (relay.failure, relay.client.relayed()) {
                (Some(failure), _) => HelpOutcome::Failed(failure),
                (None, Some(_)) => HelpOutcome::Relay,
                (None, None) => HelpOutcome::Silent,
            };
            Helped { server: relay.server.name.clone(), relay: true, outcome }
        });
        asked.chain(relays).collect()
    }

    /// Gives the relays back.
    pub fn close(&mut self, now: Now) {
        for relay in &mut self.relays {
            relay.client.close(now);
        }
        self.settle(now);
    }

    /// What is to be done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let queries = self.queries.iter().filter_map(Query::poll_timeout);
        let relays = self.relays.iter().filter_map(|relay| relay.client.poll_timeout());
        let checks = self.agent.as_ref().and_then(Agent::poll_timeout);
        queries.chain(relays).chain(checks).chain(self.deadline).min()
    }
}
