//! Our side of ICE in an offer/answer exchange (RFC 8839 section 4): what is offered, answered, and when it begins anew.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::description::Description;
use super::{Candidate, CandidateKind, Credentials, IceDescription, IcePlan, MasterKey, Negotiation};

/// What the next description says of ICE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Say {
    /// Nothing.
    #[default]
    Nothing,
    /// Ours.
    Ours,
    /// The address that we were told is none of the candidates (RFC 8839 section 4.2.5).
    Mismatch,
}

/// Our paths in the offer/answer exchanges of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    local: Option<IceDescription>,
    /// Counts restarts; every one has credentials of its own.
    generation: u32,
    remote: Option<Credentials>,
    controlling: bool,
    say: Say,
    /// Reports may need a component of their own.
    reports: bool,
    /// An offer is written.
    offering: bool,
    /// The pair that both sides settled on, ours first; and whether the choice was ours.
    settled: Option<(SocketAddr, SocketAddr, bool)>,
}

impl Negotiation {
    /// Our candidates, with fresh credentials: to a peer that knows others it is a restart (RFC 8445 section 9). `complete`: there
    /// will be no others.
    pub fn set_candidates(&mut self, candidates: Vec<Candidate>, complete: bool) {
        let key = self.local.key.clone();
        self.paths.renew(&key, candidates, complete);
    }

    /// Further candidates of ours. The answer is what the peer is told of them, where it takes that (RFC 8840 section 4.3).
    pub fn add_candidates(&mut self, further: &[Candidate]) -> Option<String> {
        let ice = self.current.as_ref().and_then(|current| current.ice.as_ref());
        let trickles = ice.is_some_and(|ice| ice.remote.trickle);
        let mid = self.mid();
        let local = self.paths.local.as_mut()?;
        local.candidates.extend_from_slice(further);
        trickles.then(|| local.fragment(further, &mid))
    }

    /// Both sides settled on this pair: from here on descriptions name it (RFC 8839 section 4.4.1.2.2). True: the choice was ours,
    /// and a peer that works by the older RFC 5245 waits for an offer that says so, because it differs from what descriptions
    /// named before (RFC 5245 section 9.2.2.2).
    pub fn settle(&mut self, local: SocketAddr, remote: SocketAddr, controlling: bool) -> bool {
        let Some(current) = &self.current else { return false };
        let Some(ice) = &current.ice else { return false };
        self.paths.settled = Some((local, remote, controlling));
        let told = (self.local.address, self.local.port) == (local.ip(), local.port()) && current.remote_rtp == remote;
        controlling && !ice.remote.ice2 && !told
    }
}

impl Paths {
    fn renew(&mut self, secret: &MasterKey, candidates: Vec<Candidate>, complete: bool) {
        self.generation += 1;
        let credentials = credentials(secret, self.generation);
        self.local = Some(IceDescription { credentials, complete, candidates, ..Default::default() });
        self.remote = None;
        self.settled = None;
    }

    /// There are candidates of ours.
    pub(super) fn are_told(&self) -> bool {
        self.local.is_some()
    }

    /// An offer is written: whoever offers, controls (RFC 8445 section 6.1.1).
    pub(super) fn begin_offer(&mut self) {
        self.say = if self.local.is_some() { Say::Ours } else { Say::Nothing };
        (self.offering, self.reports) = (true, true);
    }

    pub(super) fn begin_accepting(&mut self) {
        self.controlling = true;
    }

    /// An offer is answered. With credentials that we do not know it is a restart, and ours are renewed as well.
    pub(super) fn begin_answer(&mut self, offer: &Description, secret: &MasterKey) {
        self.controlling = false;
        self.say = Say::Nothing;
        (self.offering, self.reports) = (false, !offer.media.iter().any(|media| media.rtcp_mux));
        let there = offer.ice.are_there() || offer.media.iter().any(|media| media.ice.are_there());
        let Some(local) = self.local.as_ref().filter(|_| there) else { return };
        let default = |media: &super::description::Media| match (offer.connection_of(media), media.port) {
            (Some(super::description::Connection::Address(ip)), Some(port)) => Some((ip, port).into()),
            (_, _) => None,
        };
        let described = offer.media.iter().find_map(|media| media.ice.describe(&offer.ice, default(media)?));
        let Some(described) = described else {
            self.say = Say::Mismatch;
            return;
        };
        if self.remote.as_ref().is_some_and(|known| *known != described.credentials) {
            let (candidates, complete) = (local.candidates.clone(), local.complete);
            self.renew(secret, candidates, complete);
        }
        self.remote = Some(described.credentials);
        self.say = Say::Ours;
    }

    /// What both sides say together.
    pub(super) fn agree(&self, remote: Option<IceDescription>) -> Option<IcePlan> {
        let local = self.local.clone()?;
        Some(IcePlan { local, remote: remote?, controlling: self.controlling })
    }

    /// Our end of the pair that was settled on, where descriptions name it.
    pub(super) fn default_end(&self) -> Option<SocketAddr> {
        self.settled.filter(|_| self.say == Say::Ours).map(|(local, ..)| local)
    }

    /// Where our reports are told to come, where that is not one port above the sound: a relay gives any port.
    pub(super) fn reports_port(&self, sound: SocketAddr) -> Option<u16> {
        let local = self.local.as_ref().filter(|_| self.say == Say::Ours && self.reports)?;
        let mut beside = local.candidates.iter().filter(|candidate| candidate.component == 2);
        beside.find(|candidate| candidate.address.ip() == sound.ip()).map(|candidate| candidate.address.port())
    }

    /// The attributes of the stream.
    pub(super) fn write(&self) -> String {
        let mut text = match (self.say, &self.local) {
            (Say::Ours, Some(local)) => local.write(self.reports),
            (Say::Mismatch, _) => return "a=ice-mismatch\r\n".to_owned(),
            (Say::Ours, None) | (Say::Nothing, _) => return String::new(),
        };
        if let (Some((ours, theirs, controlling)), Some(local)) = (self.settled, &self.local) {
            if !local.candidates.iter().any(|candidate| candidate.address == ours) {
                // RFC 8839 section 4.4.1.2.2: the address in `m=` and `c=` is one of the candidates, also where only the peer
                // saw it.
                let seen = Candidate {
                    foundation: "P0".to_owned(),
                    component: 1,
                    priority: (CandidateKind::PeerReflexive.preference() << 24) | (65_000 << 8) | 255,
                    address: ours,
                    kind: CandidateKind::PeerReflexive,
                    related: Some((Ipv4Addr::UNSPECIFIED, 9).into()),
                };
                let _ = write!(text, "a=candidate:{}\r\n", seen.write());
            }
            if controlling && self.offering {
                let _ = write!(text, "a=remote-candidates:1 {} {}\r\n", theirs.ip(), theirs.port());
            }
        }
        text
    }
}

/// Name and password of one generation, derived from the call's secret: 48 and 144 bits that only its holder can know
/// (RFC 8445 section 5.3 asks for 24 and 128).
fn credentials(secret: &MasterKey, generation: u32) -> Credentials {
    let bytes = Hmac::<Sha256>::new_from_slice(&secret.0)
        .map(|mut mac| {
            mac.update(b"ice");
            mac.update(&generation.to_be_bytes());
            mac.finalize().into_bytes().to_vec()
        })
        .unwrap_or_default();
    let text = STANDARD_NO_PAD.encode(bytes);
    let (fragment, password) = text.split_at(text.len().min(8));
    Credentials { fragment: fragment.to_owned(), password: password.chars().take(24).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generation_has_credentials_of_its_own_that_are_long_enough() {
        let secret = MasterKey(vec![3; 46]);
        let made: Vec<Credentials> = (1..50).map(|generation| credentials(&secret, generation)).collect();
        for (at, one) in made.iter().enumerate() {
            assert!(one.are_usable());
            assert!(
                made.iter().skip(at + 1).all(|other| other.fragment != one.fragment && other.password != one.password)
            );
        }
        assert_ne!(credentials(&MasterKey(vec![4; 46]), 1), made[0]);
    }
}
