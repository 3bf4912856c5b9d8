//! The paths of a call, carried out: more sockets, streams to relays, and what is told to `account`.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::StdRng;

use super::sockets::{Sockets, udp};
use super::streams::{Opener, Streams};
use crate::media::Event;
use crate::media::ice::{Chosen, Inbound, Output, Paths, Reports, Wish};
use crate::media::session::Channel;
use crate::model::{BootTime, CallId, Now, PathKind, PathStats};
use crate::net::monitor;
use crate::sdp::{Candidate, CandidateKind, Negotiated};

/// Sockets beside the call's own: one for each further address of this machine.
const MOST_EXTRA: usize = 3;
/// Tries for a free port.
const TRIES: usize = 20;

/// The paths of one call.
pub struct Ways {
    /// What is wanted of them, for when the address changes.
    pub wish: Wish,
    paths: Paths,
    extra: Vec<UdpSocket>,
    streams: Streams,
    /// Those of reports, as long as they may need their own.
    reports: Option<Beside>,
    /// What was gathered, until both have.
    found: Option<Output>,
}

/// The paths of reports, from their own socket.
struct Beside {
    paths: Paths,
    streams: Streams,
    /// What was gathered.
    found: Option<(Arc<[Candidate]>, bool)>,
}

impl Ways {
    /// Begins to gather beside the call's own sockets.
    pub fn new(
        wish: Wish,
        sockets: &Sockets,
        ports: &RangeInclusive<u16>,
        opener: Opener,
        random: &mut StdRng,
        now: Now,
    ) -> Self {
        let first = sockets.address();
        let mut extra = Vec::new();
        // A call within this machine has nothing to gain from its other addresses.
        if !first.ip().is_loopback() && !wish.only_relays {
            let others =
                monitor::addresses().into_iter().filter(|address| *address != first.ip() && !address.is_loopback());
            extra.extend(others.take(MOST_EXTRA).filter_map(|address| bind(address, ports, random).ok()));
        }
        let addresses: Vec<SocketAddr> =
            [first].into_iter().chain(extra.iter().filter_map(|socket| socket.local_addr().ok())).collect();
        let paths = Paths::new(addresses, &wish, 1, random.random(), now);
        let reports = (wish.reports != Reports::Shared).then(|| {
            let next = SocketAddr::new(first.ip(), first.port().saturating_add(1));
            let paths = Paths::new(vec![next], &wish, 2, random.random(), now);
            Beside { paths, streams: Streams::new(opener.clone()), found: None }
        });
        Self { wish, paths, extra, streams: Streams::new(opener), reports, found: None }
    }

    /// The sockets beside the call's own, numbered from 1.
    pub fn extra(&self) -> &[UdpSocket] {
        &self.extra
    }

    /// Whether packets go by these paths.
    pub fn carries(&self) -> bool {
        self.paths.carries()
    }

    /// What both sides agreed on.
    pub fn handle_plan(&mut self, plan: &Negotiated, now: Now) {
        self.paths.handle_plan(plan, now);
        if let Some(reports) = &mut self.reports {
            if plan.rtcp_mux {
                // They go with the sound.
                reports.paths.close(now);
            } else {
                reports.paths.handle_plan(plan, now);
            }
        }
    }

    /// More addresses of the peer.
    pub fn handle_candidates(&mut self, candidates: &[Candidate], now: Now) {
        for candidate in candidates {
            self.paths.handle_candidate(candidate, now);
            if let Some(reports) = &mut self.reports {
                reports.paths.handle_candidate(candidate, now);
            }
        }
    }

    /// A packet of ours.
    pub fn send(&mut self, to: SocketAddr, packet: &[u8], now: Now) {
        self.paths.send(to, packet, now);
    }

    /// A report of ours. Without a path of its own it is dropped: nobody has agreed to receive it.
    pub fn send_report(&mut self, to: SocketAddr, packet: &[u8], now: Now) {
        if let Some(reports) = self.reports.as_mut().filter(|reports| reports.paths.carries()) {
            reports.paths.send(to, packet, now);
        }
    }

    /// A datagram on the socket for reports.
    pub fn receive_report(&mut self, from: SocketAddr, datagram: &[u8], now: Now) -> Option<Inbound> {
        match &mut self.reports {
            Some(reports) => reports.paths.handle_datagram(0, from, datagram, now),
            None => Some(Inbound { from, bytes: datagram.to_vec() }),
        }
    }

    /// A datagram on a socket; 0 is the call's own.
    pub fn receive(&mut self, socket: u8, from: SocketAddr, datagram: &[u8], now: Now) -> Option<Inbound> {
        self.paths.handle_datagram(socket, from, datagram, now)
    }

    /// What has come over streams.
    pub fn arrivals(&mut self, now: Now) -> Vec<(Channel, Inbound)> {
        let mut inbound = Vec::new();
        let reports = self.reports.iter_mut().map(|reports| (Channel::Rtcp, &mut reports.paths, &reports.streams));
        for (channel, paths, streams) in [(Channel::Rtp, &mut self.paths, &self.streams)].into_iter().chain(reports) {
            while let Some((relay, bytes)) = streams.arrival() {
                match bytes {
                    Some(bytes) => inbound.extend(paths.handle_frame(relay, &bytes, now).map(|data| (channel, data))),
                    None => paths.handle_broken(relay, now),
                }
            }
        }
        inbound
    }

    /// What is due.
    pub fn handle_timeout(&mut self, now: Now) {
        for paths in [&mut self.paths].into_iter().chain(self.reports.iter_mut().map(|reports| &mut reports.paths)) {
            if paths.poll_timeout().is_some_and(|due| due <= now.boot) {
                paths.handle_timeout(now);
            }
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let reports = self.reports.as_ref().and_then(|reports| reports.paths.poll_timeout());
        self.paths.poll_timeout().into_iter().chain(reports).min()
    }

    /// Carries out what the paths want. Answers when packets get through for the first time: whether checks have proven it.
    pub fn drain(&mut self, call: CallId, sockets: &Sockets, events: &mut VecDeque<Event>, now: Now) -> Option<bool> {
        let mut usable = None;
        while let Some(output) = self.paths.poll_output() {
            match output {
                Output::Transmit { socket: 0, to, bytes } => sockets.send(Channel::Rtp, to, &bytes),
                Output::Transmit { socket, to, bytes } => {
                    if let Some(socket) = self.extra.get(usize::from(socket) - 1) {
                        let _ = socket.send_to(&bytes, to);
                    }
                }
                Output::OpenStream { relay, server } => {
                    if !self.streams.open(relay, server) {
                        self.paths.handle_broken(relay, now);
                    }
                }
                Output::Stream { relay, bytes } => self.streams.send(relay, bytes),
                Output::Gathered { .. } => self.found = Some(output),
                Output::Later(candidates) => events.push_back(Event::LaterCandidates { call, candidates }),
                Output::Usable { checked } => usable = Some(checked),
                Output::Nominated(nominated) => events.push_back(Event::Nominated { call, nominated }),
                Output::Lost => events.push_back(Event::PathLost { call }),
                Output::NoPath => tracing::warn!(%call, "no path to the other side is known to work"),
            }
        }
        if let Some(reports) = &mut self.reports {
            reports.drain(call, sockets, events, now);
        }
        self.tell(call, events);
        usable
    }

    /// Tells what was gathered, once that is all of it.
    fn tell(&mut self, call: CallId, events: &mut VecDeque<Event>) {
        let beside = match &self.reports {
            Some(Beside { found: Some((candidates, complete)), .. }) => (candidates.to_vec(), *complete),
            Some(Beside { found: None, .. }) => return,
            None => (Vec::new(), true),
        };
        if self.found.is_some() {
            events.push_back(Event::Helped { call, servers: self.paths.helped() });
        }
        match self.found.take() {
            Some(Output::Gathered { candidates, default: Some(rtp), complete, .. }) => {
                let candidates = candidates.iter().cloned().chain(beside.0).collect();
                events.push_back(Event::Candidates { call, candidates, complete: complete && beside.1 });
                events.push_back(Event::Opened { call, rtp });
            }
            Some(Output::Gathered { default: None, failure, .. }) => {
                let why = failure.map_or_else(|| "none is set up".to_owned(), |failure| failure.to_string());
                let reason = format!(
                    "Your settings tell nobody this machine's address, and there is no relay to stand for it: {why}."
                );
                events.push_back(Event::OpenFailed { call, reason: reason.into() });
            }
            Some(_) | None => {}
        }
    }

    /// How the packets travel now.
    pub fn stats(&self, now: Now) -> Option<PathStats> {
        let (Chosen { local, remote, relay, round_trip }, server) = self.paths.chosen()?;
        let kind = match (local, remote) {
            (CandidateKind::Relayed, _) | (_, CandidateKind::Relayed) => PathKind::Relayed,
            (CandidateKind::Host, CandidateKind::Host) => PathKind::Direct,
            (_, _) => PathKind::ThroughRouter,
        };
        Some(PathStats {
            kind,
            local: local.name(),
            remote: remote.name(),
            server: server.filter(|_| relay.is_some()),
            round_trip_ms: round_trip.map(|time| time.as_secs_f64() * 1_000.0),
            consent_age_ms: self.paths.consent_age(now).map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        })
    }

    /// Gives the relays back.
    pub fn close(&mut self, call: CallId, sockets: &Sockets, now: Now) {
        self.paths.close(now);
        if let Some(reports) = &mut self.reports {
            reports.paths.close(now);
        }
        // Nobody is told anything any more.
        self.drain(call, sockets, &mut VecDeque::new(), now);
    }
}

impl Beside {
    fn drain(&mut self, call: CallId, sockets: &Sockets, events: &mut VecDeque<Event>, now: Now) {
        while let Some(output) = self.paths.poll_output() {
            match output {
                Output::Transmit { to, bytes, .. } => sockets.send(Channel::Rtcp, to, &bytes),
                Output::OpenStream { relay, server } => {
                    if !self.streams.open(relay, server) {
                        self.paths.handle_broken(relay, now);
                    }
                }
                Output::Stream { relay, bytes } => self.streams.send(relay, bytes),
                Output::Gathered { candidates, complete, .. } => self.found = Some((candidates, complete)),
                Output::Later(candidates) => events.push_back(Event::LaterCandidates { call, candidates }),
                // What becomes of the sound decides; reports follow or are left out.
                Output::Usable { .. } | Output::Nominated(_) | Output::Lost | Output::NoPath => {}
            }
        }
    }
}

fn bind(address: IpAddr, ports: &RangeInclusive<u16>, random: &mut StdRng) -> io::Result<UdpSocket> {
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in 0..TRIES {
        match udp(SocketAddr::new(address, random.random_range(ports.clone()))) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}
