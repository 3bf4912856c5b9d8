//! All paths of one call's stream: gathering, checks, relays, and where a packet goes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::gather::Query;
use super::{Agent, AgentOutput, Carrier, Chosen, Local, MOST_SERVERS, Reports, Server, Way, Wish};
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
/// Datagrams of a handshake that wait for the first way: a flight. When full, the oldest goes, and is repeated anyway.
const MOST_HELD: usize = 8;
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
        /// No server is waited for any more.
        complete: bool,
    },
    /// Candidates of ours that were found after the others were told (RFC 8838).
    Later(Arc<[Candidate]>),
    /// Packets go through from here on: on a pair that a check has proven, or, where checks found nothing, as the peer's
    /// description says.
    Usable {
        /// A check has proven it.
        checked: bool,
    },
    /// A pair was chosen for good.
    Nominated(Nominated),
    /// The checks found no way.
    NoPath,
    /// The peer no longer says that it wants our packets; a restart may find another way (RFC 7675 section 5.1).
    Lost,
}

/// The pair that both sides settled on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nominated {
    /// Our end, as the peer sees it.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
    /// The choice was ours.
    pub controlling: bool,
}

// Addresses are personal (style habit 12).
impl std::fmt::Debug for Nominated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Nominated(controlling {})", self.controlling)
    }
}

/// A packet of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// Whose it is: the address of the description where a check has shown that it is the peer's.
    pub from: SocketAddr,
    /// As on the wire.
    pub bytes: Vec<u8>,
}

pub(super) struct Relay {
    pub(super) client: Client,
    pub(super) server: Server,
    /// The socket, where it is spoken to by datagrams.
    pub(super) socket: Option<u8>,
    pub(super) mapped: Option<SocketAddr>,
    pub(super) failure: Option<turn::Failure>,
}

/// The machine.
pub struct Paths {
    pub(super) component: u16,
    pub(super) sockets: Vec<SocketAddr>,
    pub(super) only_relays: bool,
    pub(super) queries: Vec<Query>,
    pub(super) relays: Vec<Relay>,
    pub(super) deadline: Option<BootTime>,
    /// No server is waited for any more.
    pub(super) complete: bool,
    pub(super) locals: Vec<Local>,
    pub(super) agent: Option<Agent>,
    /// The address in the peer's description.
    named: Option<SocketAddr>,
    early: VecDeque<(Way, SocketAddr, Vec<u8>)>,
    /// Datagrams of a handshake, as long as there is no way for them.
    held: VecDeque<Vec<u8>>,
    /// [`Output::Usable`] was said.
    usable: bool,
    random: StdRng,
    pub(super) outputs: VecDeque<Output>,
}

impl Paths {
    /// Begins to gather for a component: 1 is RTP, 2 is RTCP. `sockets` are our addresses, the first one towards the phone
    /// service.
    pub fn new(sockets: Vec<SocketAddr>, wish: &Wish, component: u16, seed: [u8; 32], now: Now) -> Self {
        let mut random = StdRng::from_seed(seed);
        let takes_relays = component == 1 || wish.only_relays || wish.reports == Reports::Apart;
        let socket_of = |server: &Server| {
            (0..).zip(&sockets).find(|(_, own)| own.is_ipv4() == server.address.is_ipv4()).map(|(number, _)| number)
        };
        let (mut queries, mut relays, mut outputs) = (Vec::new(), Vec::new(), VecDeque::new());
        for server in wish.servers.iter().take(MOST_SERVERS) {
            let socket = socket_of(server).filter(|_| server.carrier == Carrier::Udp);
            match &server.login {
                Some((user, password)) if takes_relays && (socket.is_some() || server.carrier != Carrier::Udp) => {
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
                // No socket of that family, or nothing that may be told or is worth it.
                Some(_) | None => {}
            }
        }
        let patience = if wish.only_relays { GATHERING_RELAYS } else { GATHERING };
        let mut paths = Self {
            component,
            sockets,
            only_relays: wish.only_relays,
            queries,
            relays,
            deadline: Some(now.boot + patience),
            complete: false,
            locals: Vec::new(),
            agent: None,
            named: None,
            early: VecDeque::new(),
            held: VecDeque::new(),
            usable: false,
            random,
            outputs,
        };
        paths.handle_timeout(now);
        paths
    }

    /// What both sides agreed on, also later.
    pub fn handle_plan(&mut self, plan: &Negotiated, now: Now) {
        self.named = Some(if self.component == 1 { plan.remote_rtp } else { plan.remote_rtcp });
        let Some(mut ice) = plan.ice.clone() else {
            self.agent = None;
            return;
        };
        ice.remote.candidates.retain(|candidate| candidate.component == self.component);
        let (new, old) = (&ice, self.agent.as_ref().map(Agent::plan));
        let same = old.is_some_and(|old| {
            old.remote.credentials == new.remote.credentials && old.local.credentials == new.local.credentials
        });
        match &mut self.agent {
            Some(agent) if same => new.remote.candidates.iter().for_each(|candidate| agent.add_remote(candidate)),
            // RFC 8445 section 9: other credentials are a restart.
            Some(_) | None => {
                let components = if plan.rtcp_mux { 1 } else { 2 };
                self.agent = Some(Agent::new(ice, self.locals.clone(), components, self.random.random(), now));
                self.usable = false;
                for (way, from, bytes) in std::mem::take(&mut self.early) {
                    self.inbound(way, from, &bytes, now);
                }
            }
        }
        self.settle(now);
    }

    /// A candidate of the peer that came later (RFC 8838).
    pub fn handle_candidate(&mut self, candidate: &Candidate, now: Now) {
        if let Some(agent) = self.agent.as_mut().filter(|_| candidate.component == self.component) {
            agent.add_remote(candidate);
        }
        self.settle(now);
    }

    /// Whether packets go by what was found here, and not simply from the first socket to the address that was named.
    #[must_use]
    pub fn carries(&self) -> bool {
        self.agent.is_some() || self.only_relays
    }

    /// A packet of ours. Without a path that works it is dropped: nobody has agreed to receive it. A handshake's waits for the
    /// first one, so that keys are there a round trip after it and not a repetition later.
    pub fn send(&mut self, to: SocketAddr, packet: &[u8], now: Now) {
        let target = match &self.agent {
            Some(agent) => agent.target(),
            None => self.default_way().map(|way| (way, to)),
        };
        match target {
            Some((way, to)) => self.transmit(way, to, packet, now),
            None if demux::kind(packet) == Some(Kind::Dtls) => {
                self.held.retain(|held| held != packet);
                if self.held.len() >= MOST_HELD {
                    self.held.pop_front();
                }
                self.held.push_back(packet.to_vec());
            }
            None => {}
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
                AgentOutput::Selected(way, to) => {
                    if let Way::Relay(number) = way
                        && let Some(relay) = self.relays.get_mut(usize::from(number))
                    {
                        relay.client.bind(to, now);
                    }
                    if let Some((local, remote, controlling)) = self.agent.as_ref().and_then(Agent::nominated) {
                        self.outputs.push_back(Output::Nominated(Nominated { local, remote, controlling }));
                    }
                }
                AgentOutput::Failed => self.fail(),
                AgentOutput::ConsentLost => {
                    tracing::warn!("the other side no longer says that it wants our packets");
                    self.outputs.push_back(Output::Lost);
                }
            }
        }
        self.release(now);
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

    /// Lets go what waited for the first way.
    fn release(&mut self, now: Now) {
        let target = match &self.agent {
            Some(agent) => agent.target(),
            None => self.default_way().zip(self.named),
        };
        let (false, Some((way, to)), Some(_)) = (self.usable, target, self.named) else { return };
        self.usable = true;
        self.outputs.push_back(Output::Usable { checked: self.agent.is_some() });
        for packet in std::mem::take(&mut self.held) {
            self.transmit(way, to, &packet, now);
        }
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

    /// How long ago the peer last confirmed that our packets reach it; `None` where no pair was chosen by checks.
    #[must_use]
    pub fn consent_age(&self, now: Now) -> Option<std::time::Duration> {
        self.agent.as_ref().and_then(|agent| agent.consent_age(now))
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
