//! Two ends, a network in between in virtual time, and a relay that is as RFC 8656 says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::media::stun::{Class, Message, Method, Writer, attribute, long_term_key};
use crate::media::testing;
use crate::model::{BootTime, Now, WallTime};
use crate::sdp::{Codec, Credentials, IceDescription, IcePlan, Negotiated};

pub const DELAY: Duration = Duration::from_millis(20);

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn at(boot: Duration) -> Now {
    Now { wall: WallTime::from_unix_ms(0), boot: BootTime::from_duration(boot) }
}

pub fn credentials(name: &str) -> Credentials {
    Credentials { fragment: format!("{name}frag"), password: format!("{name}-password-of-22-chars").replace('-', "+") }
}

/// Of a client: its address, the relayed port, the granted addresses, the channels.
pub type Allocation = (SocketAddr, u16, Vec<std::net::IpAddr>, Vec<(u16, SocketAddr)>);

/// A relay's server with one name and one password.
#[derive(Default)]
pub struct Relay {
    /// The allocations.
    pub clients: Vec<Allocation>,
    /// Requests that are answered with 438 first.
    pub stale: u32,
    pub forwarded: u32,
}

pub const RELAY: &str = "203.0.113.9:3478";

pub fn relayed(port: u16) -> SocketAddr {
    SocketAddr::new(address(RELAY).ip(), port)
}

impl Relay {
    /// What comes to the server or to one of its relayed addresses; the answers are (from, to, bytes).
    pub fn handle(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) -> Vec<(SocketAddr, SocketAddr, Vec<u8>)> {
        let server = address(RELAY);
        if to != server {
            let Some((client, _, granted, channels)) = self.clients.iter().find(|(_, port, ..)| *port == to.port())
            else {
                return Vec::new();
            };
            if !granted.contains(&from.ip()) {
                return Vec::new();
            }
            self.forwarded += 1;
            let channel = channels.iter().find(|(_, peer)| *peer == from);
            let frame = match channel {
                Some((number, _)) => {
                    let mut frame = number.to_be_bytes().to_vec();
                    frame.extend_from_slice(&u16::try_from(bytes.len()).unwrap().to_be_bytes());
                    frame.extend_from_slice(bytes);
                    frame
                }
                None => Writer::new(Method::Data, Class::Indication, [9; 12])
                    .with_address(attribute::XOR_PEER_ADDRESS, from)
                    .with(attribute::DATA, bytes)
                    .finish(),
            };
            return vec![(server, *client, frame)];
        }
        if bytes[0] >= 0x40 {
            let Some((_, port, _, channels)) = self.clients.iter().find(|(client, ..)| *client == from) else {
                return Vec::new();
            };
            let number = u16::from_be_bytes([bytes[0], bytes[1]]);
            let peer = channels.iter().find(|(known, _)| *known == number).expect("a bound channel").1;
            return vec![(relayed(*port), peer, bytes[4..].to_vec())];
        }
        let message = Message::read(bytes).expect("a message");
        self.answer(from, &message)
    }

    pub fn answer(&mut self, from: SocketAddr, message: &Message<'_>) -> Vec<(SocketAddr, SocketAddr, Vec<u8>)> {
        let server = address(RELAY);
        let key = long_term_key("tandem", "relay", "secret");
        if message.method == Method::Send {
            let (_, port, granted, _) = self.clients.iter().find(|(client, ..)| *client == from).unwrap();
            let peer = message.address(attribute::XOR_PEER_ADDRESS).unwrap();
            assert!(granted.contains(&peer.ip()), "nothing is sent without a permission");
            return vec![(relayed(*port), peer, message.get(attribute::DATA).unwrap().to_vec())];
        }
        let refuse = |code| {
            let answer = Writer::new(message.method, Class::Error, message.transaction)
                .with_error(code, "no")
                .with(attribute::REALM, b"relay")
                .with(attribute::NONCE, b"nonce");
            vec![(server, from, answer.with_fingerprint())]
        };
        if message.method != Method::Binding && message.text(attribute::USERNAME) != Some("tandem") {
            return refuse(401);
        }
        if message.method != Method::Binding && !message.is_authentic(&key) {
            return refuse(401);
        }
        if self.stale > 0 {
            self.stale -= 1;
            return refuse(438);
        }
        let mut answer = Writer::new(message.method, Class::Success, message.transaction)
            .with_address(attribute::XOR_MAPPED_ADDRESS, from);
        let peer = message.address(attribute::XOR_PEER_ADDRESS);
        match message.method {
            Method::Allocate => {
                let port = 50_000 + u16::try_from(self.clients.len()).unwrap();
                self.clients.push((from, port, Vec::new(), Vec::new()));
                answer = answer
                    .with_address(attribute::XOR_RELAYED_ADDRESS, relayed(port))
                    .with(attribute::LIFETIME, &600_u32.to_be_bytes());
            }
            Method::CreatePermission | Method::ChannelBind => {
                let known = self.clients.iter_mut().find(|(client, ..)| *client == from).unwrap();
                known.2.push(peer.unwrap().ip());
                if let Some(channel) = message.get(attribute::CHANNEL_NUMBER) {
                    known.3.push((u16::from_be_bytes([channel[0], channel[1]]), peer.unwrap()));
                }
            }
            Method::Refresh if message.number(attribute::LIFETIME) == Some(0) => {
                self.clients.retain(|(client, ..)| *client != from);
            }
            _ => answer = answer.with(attribute::LIFETIME, &600_u32.to_be_bytes()),
        }
        vec![(server, from, answer.with_integrity(&key).with_fingerprint())]
    }
}

pub struct Side {
    pub paths: Paths,
    pub sockets: Vec<SocketAddr>,
    pub candidates: Vec<Candidate>,
    pub gathered: Option<Duration>,
    pub no_path: bool,
    pub usable: Option<Duration>,
    pub nominated: Option<Nominated>,
    pub heard: Vec<(SocketAddr, Vec<u8>)>,
    pub sent_to: Vec<(Duration, SocketAddr)>,
}

pub struct World {
    pub time: Duration,
    pub sides: Vec<Side>,
    pub relay: Relay,
    pub wire: VecDeque<(Duration, SocketAddr, SocketAddr, Vec<u8>)>,
    /// Whether a datagram gets through.
    pub open: fn(SocketAddr, SocketAddr) -> bool,
}

impl World {
    pub fn new(sides: &[(&[&str], Wish)], open: fn(SocketAddr, SocketAddr) -> bool) -> Self {
        let mut made = Vec::new();
        for (seed, (sockets, wish)) in (1..).zip(sides) {
            let sockets: Vec<_> = sockets.iter().map(|text| address(text)).collect();
            let paths = Paths::new(sockets.clone(), wish, 1, [seed; 32], at(Duration::ZERO));
            made.push(Side {
                paths,
                sockets,
                candidates: Vec::new(),
                gathered: None,
                no_path: false,
                usable: None,
                nominated: None,
                heard: Vec::new(),
                sent_to: Vec::new(),
            });
        }
        Self { time: Duration::ZERO, sides: made, relay: Relay::default(), wire: VecDeque::new(), open }
    }

    pub fn drain(&mut self) {
        for side in &mut self.sides {
            while let Some(output) = side.paths.poll_output() {
                match output {
                    Output::Transmit { socket, to, bytes } => {
                        let from = side.sockets[usize::from(socket)];
                        side.sent_to.push((self.time, to));
                        if (self.open)(from, to) {
                            self.wire.push_back((self.time + DELAY, from, to, bytes));
                        }
                    }
                    Output::Gathered { candidates, .. } => {
                        side.candidates = candidates.to_vec();
                        side.gathered = Some(self.time);
                    }
                    Output::NoPath | Output::Lost => side.no_path = true,
                    Output::Later(candidates) => side.candidates.extend(candidates.iter().cloned()),
                    Output::Usable { .. } => side.usable = Some(self.time),
                    Output::Nominated(nominated) => side.nominated = Some(nominated),
                    Output::OpenStream { .. } | Output::Stream { .. } => {}
                }
            }
        }
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.time + time;
        let mut steps = 0;
        loop {
            self.drain();
            let arrival = self.wire.front().map(|(due, ..)| *due);
            let timeouts = self.sides.iter().filter_map(|side| side.paths.poll_timeout().map(BootTime::as_duration));
            let Some(next) = timeouts.chain(arrival).min().filter(|due| *due <= end) else { break };
            steps += 1;
            assert!(steps < 50_000, "the machines come to rest");
            self.time = self.time.max(next);
            if arrival.is_some_and(|due| due <= self.time) {
                let (_, from, to, bytes) = self.wire.pop_front().unwrap();
                self.arrive(from, to, &bytes);
            } else {
                let now = at(self.time);
                for side in &mut self.sides {
                    if side.paths.poll_timeout().is_some_and(|due| due <= now.boot) {
                        side.paths.handle_timeout(now);
                    }
                }
            }
        }
        self.time = end;
    }

    pub fn arrive(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        if to.ip() == address(RELAY).ip() {
            for (from, to, bytes) in self.relay.handle(from, to, bytes) {
                self.wire.push_back((self.time + DELAY, from, to, bytes));
            }
            return;
        }
        let now = at(self.time);
        for side in &mut self.sides {
            if let Some(socket) = side.sockets.iter().position(|own| *own == to) {
                let inbound = side.paths.handle_datagram(u8::try_from(socket).unwrap(), from, bytes, now);
                side.heard.extend(inbound.map(|inbound| (inbound.from, inbound.bytes)));
            }
        }
    }

    pub fn description(&self, side: usize, lite: bool) -> IceDescription {
        let credentials = credentials(if side == 0 { "a" } else { "b" });
        IceDescription { credentials, lite, candidates: self.sides[side].candidates.clone(), ..Default::default() }
    }

    pub fn plan(&self, side: usize, controlling: bool) -> Negotiated {
        let (local, remote) = (self.description(side, false), self.description(1 - side, false));
        let named = remote.candidates.first().map_or(address("192.0.2.99:9"), |candidate| candidate.address);
        Negotiated {
            remote_rtp: named,
            ice: Some(IcePlan { local, remote, controlling }),
            ..testing::plan(Codec::Pcma)
        }
    }

    pub fn connect(&mut self) {
        for side in 0..2 {
            let plan = self.plan(side, side == 0);
            self.sides[side].paths.handle_plan(&plan, at(self.time));
        }
    }

    /// A packet of sound from a side.
    pub fn speak(&mut self, side: usize) {
        let to = self.sides[1 - side].candidates.first().map_or(address("192.0.2.99:9"), |candidate| candidate.address);
        self.sides[side].paths.send(to, &[0x80, 8, 0, 1], at(self.time));
        self.run(Duration::from_millis(200));
    }

    pub fn chosen(&self, side: usize) -> Option<Chosen> {
        self.sides[side].paths.chosen().map(|(chosen, _)| chosen)
    }
}

pub fn relay_wish(only_relays: bool) -> Wish {
    let login = Some(("tandem".into(), "secret".into()));
    let server = Server { address: address(RELAY), name: "relay.example".into(), carrier: Carrier::Udp, login };
    Wish { servers: Arc::from([server]), only_relays, ..Default::default() }
}

pub const ALICE: &[&str] = &["198.51.100.1:4000"];
pub const BOB: &[&str] = &["198.51.100.2:5000"];

pub fn both(open: fn(SocketAddr, SocketAddr) -> bool) -> World {
    let mut world = World::new(&[(ALICE, Wish::default()), (BOB, Wish::default())], open);
    world.run(Duration::from_secs(2));
    world
}
