//! Our side of ICE in an offer/answer exchange (RFC 8839 section 4): what is offered, answered, and when it begins anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::description::Description;
use super::{Candidate, Credentials, IceDescription, IcePlan, MasterKey, Negotiation};

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
}

impl Negotiation {
    /// Our candidates, with fresh credentials: to a peer that knows others it is a restart (RFC 8445 section 9).
    pub fn set_candidates(&mut self, candidates: Vec<Candidate>) {
        let key = self.local.key.clone();
        self.paths.renew(&key, candidates);
    }
}

impl Paths {
    fn renew(&mut self, secret: &MasterKey, candidates: Vec<Candidate>) {
        self.generation += 1;
        let credentials = credentials(secret, self.generation);
        self.local = Some(IceDescription { credentials, lite: false, trickle: false, candidates });
        self.remote = None;
    }

    /// An offer is written: whoever offers, controls (RFC 8445 section 6.1.1).
    pub(super) fn begin_offer(&mut self) {
        self.say = if self.local.is_some() { Say::Ours } else { Say::Nothing };
    }

    pub(super) fn begin_accepting(&mut self) {
        self.controlling = true;
    }

    /// An offer is answered. With credentials that we do not know it is a restart, and ours are renewed as well.
    pub(super) fn begin_answer(&mut self, offer: &Description, secret: &MasterKey) {
        self.controlling = false;
        self.say = Say::Nothing;
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
            let candidates = local.candidates.clone();
            self.renew(secret, candidates);
        }
        self.remote = Some(described.credentials);
        self.say = Say::Ours;
    }

    /// What both sides say together.
    pub(super) fn agree(&self, remote: Option<IceDescription>, rtcp_mux: bool) -> Option<IcePlan> {
        let _ = rtcp_mux;
        let local = self.local.clone()?;
        Some(IcePlan { local, remote: remote?, controlling: self.controlling })
    }

    /// The attributes of the stream.
    pub(super) fn write(&self) -> String {
        match (self.say, &self.local) {
            (Say::Ours, Some(local)) => local.write(),
            (Say::Mismatch, _) => "a=ice-mismatch\r\n".to_owned(),
            (Say::Ours, None) | (Say::Nothing, _) => String::new(),
        }
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
