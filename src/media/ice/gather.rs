//! What our router made of us: one question to a STUN server (RFC 8489 section 6.2.1), and the candidates that come of all
//! answers (RFC 8445 section 5.1).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::{Local, Server, Way};
use crate::media::stun::{Class, Message, Method, TransactionId, Writer, attribute};
use crate::model::BootTime;
use crate::sdp::{Candidate, CandidateKind};

/// The first wait for an answer.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Questions at most.
const SENDS: u8 = 4;

/// A question that is out, or was answered.
pub struct Query {
    /// From which socket.
    pub socket: u8,
    /// Whom.
    pub server: SocketAddr,
    /// Its name.
    pub name: Arc<str>,
    id: TransactionId,
    next: Option<BootTime>,
    sends: u8,
    /// The answer.
    pub mapped: Option<SocketAddr>,
}

impl Query {
    pub fn new(socket: u8, server: &Server, id: TransactionId, now: BootTime) -> Self {
        Self { socket, server: server.address, name: server.name.clone(), id, next: Some(now), sends: 0, mapped: None }
    }

    /// What is to be sent now.
    pub fn handle_timeout(&mut self, now: BootTime) -> Option<Vec<u8>> {
        self.next.filter(|due| *due <= now)?;
        if self.sends >= SENDS {
            self.next = None;
            return None;
        }
        self.next = Some(now + FIRST_WAIT * 2_u32.pow(self.sends.into()));
        self.sends += 1;
        Some(Writer::new(Method::Binding, Class::Request, self.id).with_fingerprint())
    }

    /// Whether this was the answer.
    pub fn handle_answer(&mut self, from: SocketAddr, message: &Message<'_>) -> bool {
        let ours = message.transaction == self.id && from == self.server && message.method == Method::Binding;
        if ours && matches!(message.class, Class::Success | Class::Error) {
            self.next = None;
            self.mapped = message.address(attribute::XOR_MAPPED_ADDRESS).filter(|_| message.class == Class::Success);
        }
        ours
    }

    pub fn is_open(&self) -> bool {
        self.next.is_some()
    }

    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.next
    }
}

/// Our candidates of one component. `sockets` are our own addresses, `mapped` what was seen of them (socket, address), `relayed`
/// the relays (number, address); with `only_relays` nothing else is named, not even as where they come from.
pub fn candidates(
    component: u16,
    sockets: &[SocketAddr],
    mapped: &[(u8, SocketAddr)],
    relayed: &[(u8, SocketAddr)],
    only_relays: bool,
) -> Vec<Local> {
    let mut locals: Vec<Local> = Vec::new();
    let mut add = |kind: CandidateKind, address: SocketAddr, way: Way, related, number: u8| {
        // Not worth a line: no router in between changed anything.
        if locals.iter().any(|local| local.candidate.address == address) {
            return;
        }
        let name = match kind {
            CandidateKind::Host => 'H',
            CandidateKind::PeerReflexive => 'P',
            CandidateKind::ServerReflexive => 'S',
            CandidateKind::Relayed => 'R',
        };
        // RFC 8421 section 4: version 6 before version 4 of the same kind.
        let preference = if address.is_ipv6() { 65_535 } else { 65_000 } - u32::from(number);
        let candidate = Candidate {
            foundation: format!("{name}{number}{}", if address.is_ipv6() { 6 } else { 4 }),
            component,
            priority: (kind.preference() << 24) | (preference << 8) | (256 - u32::from(component)),
            address,
            kind,
            related,
        };
        locals.push(Local { candidate, way });
    };
    if !only_relays {
        for (number, address) in (0..).zip(sockets) {
            add(CandidateKind::Host, *address, Way::Socket(number), None, number);
        }
        for (number, address) in mapped {
            let related = sockets.get(usize::from(*number)).copied();
            add(CandidateKind::ServerReflexive, *address, Way::Socket(*number), related, *number);
        }
    }
    for (number, address) in relayed {
        // RFC 8839 section 5.1: where the base is nobody's business, an unspecified one stands there.
        let nobody: IpAddr =
            if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        add(CandidateKind::Relayed, *address, Way::Relay(*number), Some(SocketAddr::new(nobody, 9)), *number);
    }
    locals
}
