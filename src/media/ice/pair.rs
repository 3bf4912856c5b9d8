//! A pair of addresses and what its checks have shown (RFC 8445 section 6.1.2).

use std::net::SocketAddr;
use std::time::Duration;

use super::Way;
use crate::media::stun::TransactionId;
use crate::model::BootTime;
use crate::sdp::CandidateKind;

/// The first wait for an answer (RFC 8445 section 14.3).
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait between two requests of one check.
const LONGEST_WAIT: Duration = Duration::from_millis(1_600);
/// Requests of one check.
const SENDS: u8 = 7;

/// How far a pair is. `Frozen` is not needed with a single stream of a single component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Yet to be checked.
    Waiting,
    /// A request is out.
    InProgress,
    /// It works.
    Succeeded,
    /// It does not.
    Failed,
}

/// A request that is out.
#[derive(Clone, Debug)]
pub struct Check {
    pub id: TransactionId,
    pub nominates: bool,
    pub first: BootTime,
    pub next: BootTime,
    pub sends: u8,
}

impl Check {
    pub fn new(id: TransactionId, nominates: bool, now: BootTime) -> Self {
        Self { id, nominates, first: now, next: now + FIRST_WAIT, sends: 1 }
    }

    /// The next request is due; false when there were enough.
    pub fn again(&mut self, now: BootTime) -> bool {
        if self.sends >= SENDS {
            return false;
        }
        self.next = now + (FIRST_WAIT * 2_u32.pow(u32::from(self.sends).min(4))).min(LONGEST_WAIT);
        self.sends += 1;
        true
    }
}

/// A pair.
#[derive(Clone, Debug)]
pub struct Pair {
    pub way: Way,
    pub remote: SocketAddr,
    pub local_kind: CandidateKind,
    /// What our side would be to the peer: the priority of a peer-reflexive candidate (RFC 8445 section 7.1.1).
    pub reflexive_priority: u32,
    pub remote_kind: CandidateKind,
    pub priority: u64,
    pub state: State,
    pub check: Option<Check>,
    /// The peer has sent an authentic check over it.
    pub heard: bool,
    /// The peer chose it before we knew whether it works.
    pub chosen: bool,
    /// Our end as the peer saw it (RFC 8445 section 7.2.5.3.1).
    pub mapped: Option<SocketAddr>,
    pub round_trip: Option<Duration>,
}

/// RFC 8445 section 6.1.2.3.
pub fn priority(controlling: u32, controlled: u32) -> u64 {
    let (g, d) = (u64::from(controlling), u64::from(controlled));
    (g.min(d) << 32) + 2 * g.max(d) + u64::from(g > d)
}
