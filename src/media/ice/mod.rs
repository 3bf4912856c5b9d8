//! ICE (RFC 8445) for one stream: RTP with RTCP on the same port (RFC 5761), or each as a component of its own.
//!
//! [`Paths`] is the whole of it for one component as a machine: it gathers our candidates (STUN, TURN), makes the checks
//! ([`Agent`]), keeps the peer's consent (RFC 7675), and says where packets go. The shell gives it datagrams and carries out
//! what it wants.
//!
//! Why the checks are our own and not `rtc-ice`'s: that agent sends a check on every pair at every turn, five times a second,
//! without the pacing that RFC 8445 section 14 demands, keeps every candidate that it is told, and measures time itself in
//! `Instant`, which stands still while the machine sleeps. All three are what M02 and the machines' law forbid.

mod agent;
mod filter;
mod gather;
mod gathering;
mod pair;
mod paths;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

pub use agent::{Agent, Output as AgentOutput};
pub use paths::{Inbound, Nominated, Output, Paths};

use crate::sdp::{Candidate, CandidateKind};

/// How a datagram leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From one of our sockets, by its number.
    Socket(u8),
    /// Through one of our relays, by its number.
    Relay(u8),
}

/// A candidate of ours and how it is sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// As it is told to the peer.
    pub candidate: Candidate,
    /// What its packets take.
    pub way: Way,
}

/// What became of a server that was asked while paths were gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helped {
    /// Its name.
    pub server: Arc<str>,
    /// It relays; else it only tells our address.
    pub relay: bool,
    /// What it said.
    pub outcome: HelpOutcome,
}

/// What a server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpOutcome {
    /// It sees our own address: no router in between changes it.
    SameAddress,
    /// It sees another address, that of a router.
    OtherAddress,
    /// There is a relay for us.
    Relay,
    /// It did not answer in time, or nothing that could be used.
    Silent,
    /// It gives no relay.
    Failed(super::turn::Failure),
}

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS, with the server's certificate verified.
    Tls,
}

/// A server that helps to find paths, its name looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// Its name: what its certificate must say.
    pub name: Arc<str>,
    /// How it is spoken to.
    pub carrier: Carrier,
    /// Name and password for a relay; a server without only tells our address (STUN).
    pub login: Option<(Arc<str>, Arc<str>)>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({:?}, relay {})", self.carrier, self.login.is_some())
    }
}

/// What a call wants of its paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Servers, at most [`MOST_SERVERS`] are used.
    pub servers: Arc<[Server]>,
    /// Neither our own nor our router's address is told: only a relay's.
    pub only_relays: bool,
    /// What reports need.
    pub reports: Reports,
}

/// Whether RTCP needs a path of its own: a second component (RFC 8445 section 2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reports {
    /// It goes with RTP (RFC 5761).
    #[default]
    Shared,
    /// It is offered to go with RTP; who does not take that finds candidates for it, but no second relay is asked for.
    Offered,
    /// The other side wants it apart.
    Apart,
}

/// Servers that one call asks; further ones are not used.
pub const MOST_SERVERS: usize = 4;

/// The path that packets take now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Our end.
    pub local: CandidateKind,
    /// The peer's.
    pub remote: CandidateKind,
    /// Which relay of ours it leads through, as its server's number in the wish.
    pub relay: Option<u8>,
    /// The last round trip of a check.
    pub round_trip: Option<std::time::Duration>,
}
