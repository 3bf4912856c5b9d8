//! The handshake of a stream on its way: whose datagrams are read, and where ours go.
//!
//! Before a path is selected (by ICE), datagrams count from the address in SDP. A peer behind a translator comes from another
//! one: it is latched when the announced address stays silent and the same other address comes again and again. The
//! fingerprint decides whether that was the peer; a stranger can delay the call, not listen to it, and when the announced
//! address speaks, it takes its place back (M06).

use std::net::SocketAddr;
use std::sync::Arc;

use super::dtls::{Dtls, DtlsError, Identity};
use crate::model::BootTime;
use crate::sdp::{DtlsPlan, SrtpKeys};

/// Datagrams of another address before it is latched: a first flight and its repetitions.
const PROBATION: u8 = 3;

/// One association and its way.
pub struct Securing {
    dtls: Dtls,
    /// A further handshake of the same association, while the keys of the last one hold.
    again: Option<Dtls>,
    identity: Arc<Identity>,
    plan: DtlsPlan,
    named: SocketAddr,
    /// The path that was selected; nothing else counts then.
    selected: Option<SocketAddr>,
    latched: Option<SocketAddr>,
    candidate: Option<(SocketAddr, u8)>,
    named_spoke: bool,
    told: bool,
}

impl Securing {
    /// Begins towards the address in SDP.
    pub fn new(identity: Arc<Identity>, plan: DtlsPlan, named: SocketAddr, now: BootTime) -> Self {
        Self {
            dtls: Dtls::new(identity.clone(), plan.clone(), now),
            again: None,
            identity,
            plan,
            named,
            selected: None,
            latched: None,
            candidate: None,
            named_spoke: false,
            told: false,
        }
    }

    /// Which association it is.
    pub fn association(&self) -> u32 {
        self.plan.association
    }

    /// The plan of the same association, perhaps with another address: a peer that does not name associations may handshake again
    /// then (RFC 8842 section 4), and many do not. The keys that there are hold until it did.
    pub fn set_plan(&mut self, plan: &DtlsPlan, now: BootTime) {
        if self.plan.renewal != plan.renewal && self.keys().is_some() {
            self.again = Some(Dtls::new(self.identity.clone(), plan.clone(), now));
        }
        self.plan = plan.clone();
    }

    /// The peer's address in SDP changed; the association goes on there.
    pub fn set_named(&mut self, named: SocketAddr) {
        if self.named != named {
            (self.named, self.latched, self.candidate, self.named_spoke) = (named, None, None, false);
        }
    }

    /// A path was selected: only its other end counts from here on.
    pub fn select(&mut self, path: Option<SocketAddr>) {
        self.selected = path;
    }

    /// There was no way for the handshake before: its time begins now.
    pub fn handle_path(&mut self, now: BootTime) {
        self.dtls.postpone(now);
    }

    /// A datagram that looks like DTLS.
    pub fn handle_packet(&mut self, from: SocketAddr, packet: &[u8], now: BootTime) {
        if self.listens_to(from, now) {
            self.again.as_mut().unwrap_or(&mut self.dtls).handle_packet(packet, now);
        }
    }

    fn listens_to(&mut self, from: SocketAddr, now: BootTime) -> bool {
        if let Some(selected) = self.selected {
            return from == selected;
        }
        if from == self.named {
            if self.latched.take().is_some() && self.dtls.outcome().is_none() {
                // Whoever was latched was not the announced one: the handshake with it is forgotten.
                self.dtls = Dtls::new(self.identity.clone(), self.plan.clone(), now);
            }
            self.named_spoke = true;
            return true;
        }
        if let Some(latched) = self.latched {
            return latched == from;
        }
        if self.named_spoke {
            return false;
        }
        let count = match self.candidate {
            Some((address, count)) if address == from => count + 1,
            Some(_) | None => 1,
        };
        self.candidate = Some((from, count));
        if count >= PROBATION {
            self.latched = Some(from);
        }
        self.latched.is_some()
    }

    /// Repetitions and the deadline.
    pub fn handle_timeout(&mut self, now: BootTime) {
        self.dtls.handle_timeout(now);
        if let Some(again) = &mut self.again {
            again.handle_timeout(now);
        }
    }

    /// The next datagram, and where it goes.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        let to = self.selected.or(self.latched).unwrap_or(self.named);
        let again = self.again.as_mut().and_then(Dtls::poll_transmit);
        again.or_else(|| self.dtls.poll_transmit()).map(|packet| (to, packet))
    }

    /// The outcome, once.
    #[must_use]
    pub fn poll_outcome(&mut self) -> Option<Result<(), DtlsError>> {
        match self.again.as_ref().and_then(Dtls::outcome) {
            None => {}
            // M07: whoever handshakes now is somebody else.
            Some(Err(DtlsError::Fingerprint)) => {
                self.again = None;
                return Some(Err(DtlsError::Fingerprint));
            }
            // The peer meant no new handshake.
            Some(Err(DtlsError::Profile | DtlsError::Timeout | DtlsError::SetUp)) => self.again = None,
            Some(Ok(_)) => {
                if let Some(again) = self.again.take() {
                    (self.dtls, self.told) = (again, false);
                }
            }
        }
        let outcome = self.dtls.outcome().filter(|_| !self.told)?;
        let outcome = outcome.map(|_| ());
        self.told = true;
        Some(outcome)
    }

    /// The keys, once there are some.
    pub fn keys(&self) -> Option<&SrtpKeys> {
        self.dtls.outcome()?.ok()
    }
}

#[cfg(test)]
#[path = "securing_tests.rs"]
mod tests;
