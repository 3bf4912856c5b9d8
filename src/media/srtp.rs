//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) with keys from SDP (RFC 4568).
//!
//! The library keeps a state per SSRC *before* it has checked a packet, so a flood of forged packets would grow it
//! without end (M11). Here a context is kept per SSRC that has proven itself, at most [`MOST_SOURCES`], and unknown ones are
//! tried on a spare context that is thrown away after [`SPARE_TRIES`] failures.

use rtc_rtp::header::{Extension, Header as LibraryHeader};
use rtc_srtp::context::Context;
use rtc_srtp::crypto::{self, RTCCryptoProvider};
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use std::sync::Arc;

use super::rtp::Header;
use crate::sdp::{CryptoSuite, MasterKey, SrtpKeys};

/// Sources that are received at once (M11).
pub const MOST_SOURCES: usize = 4;

/// The replay window in packets (RFC 3711 section 3.3.2 asks for at least 64).
const REPLAY_WINDOW: usize = 64;

/// Authentic sources that were heard and dropped since; they are never believed again, so that their packets cannot be
/// replayed on a fresh context. A peer that opens more than this in one call is broken or hostile.
const MOST_RETIRED: usize = 256;

/// Forged packets after which the spare context is made anew.
const SPARE_TRIES: u32 = 64;

/// Why a packet was not protected or not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// The keys do not fit the suite: a fault of the negotiation.
    #[error("the SRTP keys do not fit their suite")]
    Keys,
    /// The packet is forged, replayed or damaged.
    #[error("the packet is not authentic")]
    NotAuthentic,
    /// Our own packet could not be protected.
    #[error("the packet could not be protected")]
    Protect,
}

fn profile(suite: CryptoSuite) -> ProtectionProfile {
    match suite {
        CryptoSuite::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
        CryptoSuite::AesCm128HmacSha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
        CryptoSuite::AesCm256HmacSha1_80 => ProtectionProfile::Aes256CmHmacSha1_80,
        CryptoSuite::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        CryptoSuite::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
    }
}

fn context(
    suite: CryptoSuite,
    master: &MasterKey,
    provider: &Arc<dyn RTCCryptoProvider>,
) -> Result<Context, SrtpError> {
    let profile = profile(suite);
    let (key, salt) = master.0.split_at_checked(profile.key_len()).ok_or(SrtpError::Keys)?;
    let salt = salt.get(..profile.salt_len()).ok_or(SrtpError::Keys)?;
    Context::new(
        key,
        salt,
        profile,
        Some(srtp_replay_protection(REPLAY_WINDOW)),
        Some(srtcp_replay_protection(REPLAY_WINDOW)),
        provider.crypto(),
    )
    .map_err(|_| SrtpError::Keys)
}

/// The header in the library's terms. Only its length, SSRC and sequence number matter there; the extension goes in as one
/// opaque block so that its length is the true one, whatever it claims inside.
fn library_header(header: &Header, packet: &[u8]) -> LibraryHeader {
    let sources = usize::from(packet.first().copied().unwrap_or_default() & 0x0f);
    let extended = packet.first().is_some_and(|first| first & 0x10 != 0);
    let extension = extended.then(|| packet.get(12 + sources * 4 + 4..header.length).unwrap_or_default());
    LibraryHeader {
        version: 2,
        padding: header.padding,
        extension: extended,
        marker: header.marker,
        payload_type: header.payload_type,
        sequence_number: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
        csrc: vec![0; sources],
        extension_profile: 0,
        extensions: extension.map(|bytes| Extension { id: 0, payload: bytes.to_vec().into() }).into_iter().collect(),
        extensions_padding: 0,
    }
}

/// Whether keys are usable in both directions.
pub fn check(keys: &SrtpKeys) -> Result<(), SrtpError> {
    Outbound::new(keys)?;
    Inbound::new(keys).map(|_| ())
}

/// Protects what we send.
pub struct Outbound(Context);

impl Outbound {
    /// With our key.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        let provider = crypto::default_provider().map_err(|_| SrtpError::Keys)?;
        context(keys.suite, &keys.local, &provider).map(Self)
    }

    /// An RTP packet.
    pub fn rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.encrypt_rtp(packet).map(|bytes| bytes.to_vec()).map_err(|_| SrtpError::Protect)
    }

    /// An RTCP packet.
    pub fn rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        self.0.encrypt_rtcp(packet).map(|bytes| bytes.to_vec()).map_err(|_| SrtpError::Protect)
    }
}

/// Checks and opens what the peer sends.
pub struct Inbound {
    suite: CryptoSuite,
    key: MasterKey,
    provider: Arc<dyn RTCCryptoProvider>,
    /// Proven sources, the one heard longest ago first.
    proven: Vec<(u32, Context)>,
    retired: Vec<u32>,
    spare: Context,
    tries: u32,
}

impl Inbound {
    /// With the peer's key.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        let provider = crypto::default_provider().map_err(|_| SrtpError::Keys)?;
        let spare = context(keys.suite, &keys.remote, &provider)?;
        Ok(Self {
            suite: keys.suite,
            key: keys.remote.clone(),
            provider,
            proven: Vec::new(),
            retired: Vec::new(),
            spare,
            tries: 0,
        })
    }

    /// The plain packet, header included.
    pub fn rtp(&mut self, header: &Header, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let library = library_header(header, packet);
        self.open(header.ssrc, |context| {
            context.decrypt_rtp_with_header(packet, &library).ok().map(|bytes| bytes.to_vec())
        })
    }

    /// The plain compound packet.
    pub fn rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let &[_, _, _, _, a, b, c, d, ..] = packet else { return Err(SrtpError::NotAuthentic) };
        self.open(u32::from_be_bytes([a, b, c, d]), |context| {
            context.decrypt_rtcp(packet).ok().map(|bytes| bytes.to_vec())
        })
    }

    fn open(
        &mut self,
        ssrc: u32,
        mut decrypt: impl FnMut(&mut Context) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, SrtpError> {
        if let Some(at) = self.proven.iter().position(|(known, _)| *known == ssrc) {
            let plain = self.proven.get_mut(at).and_then(|(_, context)| decrypt(context));
            // The source heard last stands last.
            if plain.is_some() && at + 1 < self.proven.len() {
                let heard = self.proven.remove(at);
                self.proven.push(heard);
            }
            return plain.ok_or(SrtpError::NotAuthentic);
        }
        if self.retired.contains(&ssrc) || self.retired.len() >= MOST_RETIRED {
            return Err(SrtpError::NotAuthentic);
        }
        match decrypt(&mut self.spare) {
            Some(plain) => {
                if self.proven.len() >= MOST_SOURCES {
                    let (oldest, _) = self.proven.remove(0);
                    self.retired.push(oldest);
                }
                let fresh = context(self.suite, &self.key, &self.provider)?;
                self.proven.push((ssrc, std::mem::replace(&mut self.spare, fresh)));
                self.tries = 0;
                Ok(plain)
            }
            None => {
                self.tries += 1;
                if self.tries >= SPARE_TRIES {
                    self.spare = context(self.suite, &self.key, &self.provider)?;
                    self.tries = 0;
                }
                Err(SrtpError::NotAuthentic)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITES: [(CryptoSuite, usize); 5] = [
        (CryptoSuite::AesCm128HmacSha1_80, 30),
        (CryptoSuite::AesCm128HmacSha1_32, 30),
        (CryptoSuite::AesCm256HmacSha1_80, 46),
        (CryptoSuite::AeadAes128Gcm, 28),
        (CryptoSuite::AeadAes256Gcm, 44),
    ];

    fn keys(suite: CryptoSuite, length: usize) -> SrtpKeys {
        let key = |salt: u8| MasterKey((0..length as u8).map(|n| n.wrapping_mul(7) ^ salt).collect());
        SrtpKeys { suite, local: key(1), remote: key(1) }
    }

    fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
        Header { padding: false, marker: false, payload_type: 0, sequence, timestamp: 1, ssrc, length: 12 }
            .write(&[5; 160])
    }

    fn open(inbound: &mut Inbound, protected: &[u8]) -> Result<Vec<u8>, SrtpError> {
        inbound.rtp(&Header::parse(protected).unwrap(), protected)
    }

    #[test]
    fn every_suite_protects_and_opens_both_kinds() {
        for (suite, length) in SUITES {
            let keys = keys(suite, length);
            let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
            for sequence in [65_534, 65_535, 0, 1] {
                let protected = out.rtp(&packet(1, sequence)).unwrap();
                assert_ne!(protected[12..172], [5; 160]);
                assert_eq!(open(&mut inbound, &protected).unwrap(), packet(1, sequence), "{suite:?}");
            }
            let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
            let protected = out.rtcp(&report).unwrap();
            assert_eq!(inbound.rtcp(&protected).unwrap(), report);
            assert_eq!(inbound.rtcp(&protected), Err(SrtpError::NotAuthentic), "a replayed report");
        }
    }

    #[test]
    fn header_extensions_are_authenticated_whatever_they_claim_inside() {
        let (suite, length) = SUITES[3];
        let keys = keys(suite, length);
        let mut extended = packet(1, 1);
        extended[0] = 0x90;
        // One word of extension whose inner length points far beyond it.
        extended.splice(12..12, [0xbe, 0xde, 0, 1, 0x1f, 0, 0, 0]);
        let header = Header::parse(&extended).unwrap();
        let mut out = Outbound::new(&keys).unwrap();
        let protected = out.0.encrypt_rtp_with_header(&extended, &library_header(&header, &extended)).unwrap();
        assert_eq!(open(&mut Inbound::new(&keys).unwrap(), &protected).unwrap(), extended);
    }

    #[test]
    fn keys_of_the_wrong_length_are_refused() {
        assert_eq!(Outbound::new(&keys(CryptoSuite::AeadAes256Gcm, 30)).err(), Some(SrtpError::Keys));
    }

    #[test]
    fn m05_replayed_packets_are_dropped_also_after_the_sequence_wraps() {
        let keys = keys(SUITES[0].0, SUITES[0].1);
        let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
        let first = out.rtp(&packet(1, 100)).unwrap();
        open(&mut inbound, &first).unwrap();
        assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic));
        for sequence in (101..=65_535).chain(0..200) {
            let protected = out.rtp(&packet(1, sequence)).unwrap();
            assert!(open(&mut inbound, &protected).is_ok(), "{sequence}");
        }
        assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic), "from before the wrap");
    }

    #[test]
    fn m04_forged_packets_change_nothing() {
        let keys = keys(SUITES[0].0, SUITES[0].1);
        let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
        open(&mut inbound, &out.rtp(&packet(1, 1)).unwrap()).unwrap();
        for n in 0..10_000_u32 {
            let mut forged = packet(if n % 2 == 0 { 1 } else { n }, n as u16);
            forged.extend_from_slice(&[0; 10]);
            assert!(open(&mut inbound, &forged).is_err());
        }
        assert_eq!(inbound.proven.len(), 1);
        assert!(open(&mut inbound, &out.rtp(&packet(1, 2)).unwrap()).is_ok(), "the call goes on");
    }

    #[test]
    fn m11_authentic_sources_are_bounded_too() {
        let keys = keys(SUITES[3].0, SUITES[3].1);
        let (mut out, mut inbound) = (Outbound::new(&keys).unwrap(), Inbound::new(&keys).unwrap());
        let first = out.rtp(&packet(1, 1)).unwrap();
        open(&mut inbound, &first).unwrap();
        let mut opened = 0;
        for ssrc in 2..=10_000 {
            opened += usize::from(open(&mut inbound, &out.rtp(&packet(ssrc, 1)).unwrap()).is_ok());
            assert!(inbound.proven.len() <= MOST_SOURCES);
        }
        assert!((MOST_SOURCES..=MOST_SOURCES + MOST_RETIRED).contains(&opened));
        assert_eq!(open(&mut inbound, &first), Err(SrtpError::NotAuthentic), "a forgotten source is not replayed");
    }
}
