//! The client of one relay (TURN, RFC 8656) as a machine: allocation, permissions, channels, refreshes, credentials.
//!
//! Bytes go to and come from one server, over datagrams or a stream; the shell knows which.

mod frames;

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use frames::frame_length;
use frames::{channel_data, read_channel_data};

use super::stun::{Class, Message, Method, TransactionId, Writer, attribute, long_term_key};
use crate::model::{BootTime, Now};

/// What we ask for, in seconds (RFC 8656 section 7.2: the default).
const LIFETIME: u32 = 600;
/// A permission lives five minutes (RFC 8656 section 9).
const PERMISSION: Duration = Duration::from_secs(240);
/// A channel lives ten minutes (RFC 8656 section 12).
const CHANNEL: Duration = Duration::from_secs(480);
/// The first wait for an answer over datagrams.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Requests of one transaction over datagrams (RFC 8489 section 6.2.1).
const SENDS: u8 = 7;
/// How long an answer over a stream may take (RFC 8489 section 6.2.2: Ti).
const STREAM_WAIT: Duration = Duration::from_secs(39);
/// Peers of one allocation. When full, no further peer is reached through it.
const MOST_PEERS: usize = 64;
/// Datagrams that wait for a permission. When full, the oldest is dropped.
const MOST_WAITING: usize = 16;
/// How often one request meets a new nonce or a first challenge before it has failed.
const MOST_CHALLENGES: u8 = 3;
/// Version 6 in REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY (RFC 8656 section 18.9).
const VERSION_SIX: [u8; 4] = [2, 0, 0, 0];
/// The first channel number (RFC 8656 section 12).
const FIRST_CHANNEL: u16 = 0x4000;

/// What the client wants or has to say.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Bytes for the server.
    Send(Vec<u8>),
    /// There is a relay, see [`Client::relayed`].
    Allocated {
        /// What our router made of us.
        mapped: Option<SocketAddr>,
    },
    /// There is none, or none any more.
    Failed(Failure),
}

/// Why there is no relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing came back.
    #[error("the relay does not answer: check its address, port and transport")]
    Silent,
    /// The name or the password is wrong.
    #[error("the relay does not accept the name and password")]
    Unauthorized,
    /// 403, 437, 442, 486, 508, ...
    #[error("the relay refused with {0}")]
    Refused(u16),
    /// An answer without what it must hold.
    #[error("the relay answers something that is not TURN")]
    Nonsense,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Allocate,
    Refresh,
    Release,
    Permission(IpAddr),
    Channel(SocketAddr, u16),
}

struct Transaction {
    id: TransactionId,
    kind: Kind,
    bytes: Vec<u8>,
    next: BootTime,
    sends: u8,
    challenges: u8,
}

/// An address that the relay may exchange packets with.
struct Peer {
    ip: IpAddr,
    /// Granted, and when that is to be renewed.
    granted: Option<BootTime>,
}

struct Channel {
    peer: SocketAddr,
    number: u16,
    bound: Option<BootTime>,
}

/// The machine.
pub struct Client {
    user: Arc<str>,
    password: Arc<str>,
    stream: bool,
    random: StdRng,
    realm: String,
    nonce: String,
    key: Vec<u8>,
    /// The relay's addresses, one of each version at most.
    relayed: Vec<SocketAddr>,
    /// The server has nothing of version 4: version 6 alone is asked for.
    only_six: bool,
    refresh: Option<BootTime>,
    transactions: Vec<Transaction>,
    peers: Vec<Peer>,
    channels: Vec<Channel>,
    waiting: VecDeque<(SocketAddr, Vec<u8>)>,
    over: bool,
    outputs: VecDeque<Output>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "turn::Client(allocated {}, over {})", !self.relayed.is_empty(), self.over)
    }
}

impl Client {
    /// Asks for a relay.
    pub fn new(user: Arc<str>, password: Arc<str>, stream: bool, seed: [u8; 32], now: Now) -> Self {
        let mut client = Self {
            user,
            password,
            stream,
            random: StdRng::from_seed(seed),
            realm: String::new(),
            nonce: String::new(),
            key: Vec::new(),
            relayed: Vec::new(),
            only_six: false,
            refresh: None,
            transactions: Vec::new(),
            peers: Vec::new(),
            channels: Vec::new(),
            waiting: VecDeque::new(),
            over: false,
            outputs: VecDeque::new(),
        };
        client.begin(Kind::Allocate, 0, now);
        client
    }

    /// The relay's addresses: none while there is no relay, else one of each version that it has.
    #[must_use]
    pub fn relayed(&self) -> &[SocketAddr] {
        if self.over { &[] } else { &self.relayed }
    }

    /// Whether the relay has an address of the version of this one.
    fn reaches(&self, peer: SocketAddr) -> bool {
        self.relayed().iter().any(|at| at.is_ipv4() == peer.is_ipv4())
    }

    /// Sends a datagram to a peer. The first one waits for the relay's permission.
    pub fn send(&mut self, to: SocketAddr, payload: &[u8], now: Now) {
        if !self.reaches(to) {
            return;
        }
        if let Some(channel) = self.channels.iter().find(|channel| channel.peer == to && channel.bound.is_some()) {
            let frame = channel_data(channel.number, payload, self.stream);
            self.outputs.push_back(Output::Send(frame));
            return;
        }
        match self.peers.iter().find(|peer| peer.ip == to.ip()) {
            Some(Peer { granted: Some(_), .. }) => {
                let frame = self.indication(to, payload);
                self.outputs.push_back(Output::Send(frame));
                return;
            }
            Some(Peer { granted: None, .. }) => {}
            None if self.peers.len() >= MOST_PEERS => return,
            None => {
                self.peers.push(Peer { ip: to.ip(), granted: None });
                self.begin(Kind::Permission(to.ip()), 0, now);
            }
        }
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((to, payload.to_vec()));
    }

    /// Binds a channel to the peer that the call's packets go to: four bytes a packet instead of thirty-six.
    pub fn bind(&mut self, peer: SocketAddr, now: Now) {
        if !self.reaches(peer) || self.channels.iter().any(|channel| channel.peer == peer) {
            return;
        }
        if self.channels.len() >= MOST_PEERS {
            return;
        }
        let number = FIRST_CHANNEL + self.channels.len() as u16;
        self.channels.push(Channel { peer, number, bound: None });
        self.begin(Kind::Channel(peer, number), 0, now);
    }

    /// Gives the relay back.
    pub fn close(&mut self, now: Now) {
        if !self.relayed().is_empty() {
            self.begin(Kind::Release, 0, now);
        }
        self.over = true;
        self.transactions.clear();
    }

    /// Something of the server. The answer is a datagram of a peer with where it came from.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Now) -> Option<(SocketAddr, Vec<u8>)> {
        if let Some((number, payload)) = read_channel_data(bytes) {
            let channel = self.channels.iter().find(|channel| channel.number == number && channel.bound.is_some())?;
            return Some((channel.peer, payload.to_vec()));
        }
        let message = Message::read(bytes)?;
        match (message.class, message.method) {
            (Class::Indication, Method::Data) => {
                let peer = message.address(attribute::XOR_PEER_ADDRESS)?;
                // RFC 8656 section 11.4: only of peers that we let through.
                self.peers.iter().find(|known| known.ip == peer.ip())?;
                Some((peer, message.get(attribute::DATA)?.to_vec()))
            }
            (Class::Success | Class::Error, _) => {
                self.handle_answer(&message, now);
                None
            }
            (Class::Request | Class::Indication, _) => None,
        }
    }

    fn handle_answer(&mut self, message: &Message<'_>, now: Now) {
        let Some(at) = self.transactions.iter().position(|known| known.id == message.transaction) else { return };
        if message.class == Class::Success {
            // RFC 8489 section 9.2.5: an answer that is not proven is as if it had not come.
            if self.key.is_empty() || !message.is_authentic(&self.key) {
                return;
            }
            let kind = self.transactions.remove(at).kind;
            self.handle_granted(kind, message, now);
            return;
        }
        let transaction = self.transactions.remove(at);
        let code = message.error().unwrap_or(500);
        let realm = message.text(attribute::REALM).map(str::to_owned);
        let nonce = message.text(attribute::NONCE).map(str::to_owned);
        match (code, nonce) {
            // 401 once for want of credentials; with them it means that they are wrong. 438: the nonce is too old.
            (401, Some(nonce)) if self.key.is_empty() => {
                self.realm = realm.unwrap_or_default();
                self.key = long_term_key(&self.user, &self.realm, &self.password);
                self.nonce = nonce;
                self.begin(transaction.kind, transaction.challenges + 1, now);
            }
            (438, Some(nonce)) if transaction.challenges < MOST_CHALLENGES => {
                self.nonce = nonce;
                self.begin(transaction.kind, transaction.challenges + 1, now);
            }
            // RFC 8656 section 7.4: nothing of version 4 is to be had there.
            (440, _) if transaction.kind == Kind::Allocate && !self.only_six => {
                self.only_six = true;
                self.begin(Kind::Allocate, transaction.challenges, now);
            }
            (401 | 438 | 441, _) => self.handle_refused(transaction.kind, Failure::Unauthorized),
            (code, _) => self.handle_refused(transaction.kind, Failure::Refused(code)),
        }
    }

    fn handle_granted(&mut self, kind: Kind, message: &Message<'_>, now: Now) {
        match kind {
            Kind::Allocate => {
                for version_four in [true, false] {
                    let mut all = message.addresses(attribute::XOR_RELAYED_ADDRESS);
                    self.relayed.extend(all.find(|at| at.is_ipv4() == version_four));
                }
                if self.relayed.is_empty() {
                    return self.fail(Failure::Nonsense);
                }
                self.note_lifetime(message, now);
                let mapped = message.address(attribute::XOR_MAPPED_ADDRESS);
                self.outputs.push_back(Output::Allocated { mapped });
            }
            Kind::Refresh => self.note_lifetime(message, now),
            Kind::Release => {}
            Kind::Permission(ip) => {
                for peer in self.peers.iter_mut().filter(|peer| peer.ip == ip) {
                    peer.granted = Some(now.boot + PERMISSION);
                }
                let waiting = std::mem::take(&mut self.waiting);
                let (ready, rest): (VecDeque<_>, VecDeque<_>) = waiting.into_iter().partition(|(to, _)| to.ip() == ip);
                self.waiting = rest;
                for (to, payload) in ready {
                    self.send(to, &payload, now);
                }
            }
            Kind::Channel(to, _) => {
                for channel in self.channels.iter_mut().filter(|channel| channel.peer == to) {
                    channel.bound = Some(now.boot + CHANNEL);
                }
                // RFC 8656 section 12: a channel is a permission too.
                for peer in self.peers.iter_mut().filter(|peer| peer.ip == to.ip()) {
                    peer.granted = Some(now.boot + PERMISSION);
                }
            }
        }
    }

    fn note_lifetime(&mut self, message: &Message<'_>, now: Now) {
        let seconds = message.number(attribute::LIFETIME).unwrap_or(LIFETIME).clamp(10, 3_600);
        // A minute before it ends, or after two thirds of a short life.
        let wait = seconds.saturating_sub(60).max(seconds * 2 / 3);
        self.refresh = Some(now.boot + Duration::from_secs(wait.into()));
    }

    fn handle_refused(&mut self, kind: Kind, failure: Failure) {
        match kind {
            Kind::Allocate | Kind::Refresh => self.fail(failure),
            Kind::Release => {}
            // 403: the relay does not go there. Others may still be reached.
            Kind::Permission(ip) => {
                self.waiting.retain(|(to, _)| to.ip() != ip);
                self.peers.retain(|peer| peer.ip != ip);
            }
            // Indications go on.
            Kind::Channel(peer, _) => {
                for channel in self.channels.iter_mut().filter(|channel| channel.peer == peer) {
                    channel.bound = None;
                }
            }
        }
    }

    fn fail(&mut self, failure: Failure) {
        if !self.over {
            self.over = true;
            self.transactions.clear();
            self.waiting.clear();
            self.outputs.push_back(Output::Failed(failure));
        }
    }

    /// The stream to the server broke, or could not be made.
    pub fn handle_broken(&mut self) {
        self.fail(Failure::Silent);
    }

    /// Repeats, renews, gives up.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.over {
            return;
        }
        let mut silent = Vec::new();
        for transaction in self.transactions.iter_mut().filter(|transaction| transaction.next <= now.boot) {
            if self.stream || transaction.sends >= SENDS {
                silent.push(transaction.kind);
                transaction.sends = u8::MAX;
                continue;
            }
            transaction.next = now.boot + FIRST_WAIT * 2_u32.pow(transaction.sends.into());
            transaction.sends += 1;
            self.outputs.push_back(Output::Send(transaction.bytes.clone()));
        }
        self.transactions.retain(|transaction| transaction.sends != u8::MAX);
        for kind in silent {
            self.handle_refused(kind, Failure::Silent);
        }
        if self.refresh.is_some_and(|due| due <= now.boot) {
            self.refresh = None;
            self.begin(Kind::Refresh, 0, now);
        }
        let due = |at: &mut Option<BootTime>, renewed: Duration| match at {
            Some(due) if *due <= now.boot => {
                *due = now.boot + renewed;
                true
            }
            Some(_) | None => false,
        };
        let mut renewed = Vec::new();
        for peer in &mut self.peers {
            if due(&mut peer.granted, PERMISSION) {
                renewed.push(Kind::Permission(peer.ip));
            }
        }
        for channel in &mut self.channels {
            if due(&mut channel.bound, CHANNEL) {
                renewed.push(Kind::Channel(channel.peer, channel.number));
            }
        }
        for kind in renewed {
            self.begin(kind, 0, now);
        }
    }

    /// When [`Self::handle_timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        if self.over {
            return None;
        }
        let repeats = self.transactions.iter().map(|transaction| transaction.next);
        let grants = self.peers.iter().filter_map(|peer| peer.granted);
        let channels = self.channels.iter().filter_map(|channel| channel.bound);
        repeats.chain(self.refresh).chain(grants).chain(channels).min()
    }

    /// What is to be done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn begin(&mut self, kind: Kind, challenges: u8, now: Now) {
        let id: TransactionId = self.random.random();
        let method = match kind {
            Kind::Allocate => Method::Allocate,
            Kind::Refresh | Kind::Release => Method::Refresh,
            Kind::Permission(_) => Method::CreatePermission,
            Kind::Channel(..) => Method::ChannelBind,
        };
        let mut message = Writer::new(method, Class::Request, id);
        message = match kind {
            // 17 is UDP: the only transport between relay and peer here.
            Kind::Allocate => {
                // RFC 8656 section 7.1: one relay of both versions where the server can; who does not know that leaves it out.
                let family = match self.only_six {
                    true => attribute::REQUESTED_ADDRESS_FAMILY,
                    false => attribute::ADDITIONAL_ADDRESS_FAMILY,
                };
                message
                    .with(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0])
                    .with(attribute::LIFETIME, &LIFETIME.to_be_bytes())
                    .with(family, &VERSION_SIX)
            }
            Kind::Refresh => message.with(attribute::LIFETIME, &LIFETIME.to_be_bytes()),
            Kind::Release => message.with(attribute::LIFETIME, &[0; 4]),
            Kind::Permission(ip) => message.with_address(attribute::XOR_PEER_ADDRESS, SocketAddr::new(ip, 0)),
            Kind::Channel(peer, number) => {
                let [high, low] = number.to_be_bytes();
                message
                    .with(attribute::CHANNEL_NUMBER, &[high, low, 0, 0])
                    .with_address(attribute::XOR_PEER_ADDRESS, peer)
            }
        };
        if !self.key.is_empty() {
            message = message
                .with(attribute::USERNAME, self.user.as_bytes())
                .with(attribute::REALM, self.realm.as_bytes())
                .with(attribute::NONCE, self.nonce.as_bytes())
                .with_integrity(&self.key);
        }
        let bytes = message.with_fingerprint();
        self.outputs.push_back(Output::Send(bytes.clone()));
        if kind != Kind::Release {
            let next = now.boot + if self.stream { STREAM_WAIT } else { FIRST_WAIT };
            self.transactions.push(Transaction { id, kind, bytes, next, sends: 1, challenges });
        }
    }

    fn indication(&mut self, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
        Writer::new(Method::Send, Class::Indication, self.random.random())
            .with_address(attribute::XOR_PEER_ADDRESS, to)
            .with(attribute::DATA, payload)
            .with_fingerprint()
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
