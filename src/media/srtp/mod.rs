//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) with keys from SDP (RFC 4568) or from DTLS (RFC 5764).
//!
//! Which rollover counter a packet has is ours to decide, because that is where calls die after a change of keys or of
//! address: [`Inbound`] keeps the counter of each source over a change of keys (RFC 3711 section 3.3.1), takes a peer that
//! begins anew at zero (RFC 4568 section 7.1.4), and finds a source again that was silent for longer than half a round of
//! sequence numbers. Only authenticated packets leave anything behind, so a flood of forged ones costs time but no memory.

mod stream;
mod transform;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use rtc_srtp::crypto::{self, RTCCryptoProvider};

use super::rtp::Header;
use crate::model::BootTime;
use crate::sdp::{CryptoSuite, MasterKey, SrtpKeys};
use stream::{Stream, at, nearest};
use transform::{LAST_SRTCP_INDEX, Transform};

/// Sources that are received at once (M11).
pub const MOST_SOURCES: usize = 4;

/// Authentic sources that were heard and dropped since; they are never believed again, so that their packets cannot be
/// replayed on a fresh state. A peer that opens more than this in one call is broken or hostile.
const MOST_RETIRED: usize = 256;

/// After this silence a source may have counted on without being heard (it was held, or sent somewhere else): at 200
/// packets a second half a round of sequence numbers, beyond which the nearest index is the wrong one, takes 163 s.
const LONG_SILENCE: Duration = Duration::from_secs(60);

/// Packets a second at most, for how far a silent source can have counted.
const MOST_PACKETS_PER_SECOND: u64 = 200;

/// Rounds of sequence numbers that are tried after a long silence: nine more checks for a packet are bearable, and at 50
/// packets a second nine rounds take over three hours.
const MOST_ROUNDS: u64 = 8;

/// A first sequence number below this may follow packets from before a rollover that were lost.
const JUST_ROLLED: u16 = 0x1000;

/// From this index on a change of address may meet the end of the first round: half a minute at 200 packets a second.
const NEARLY_ROLLED: u64 = 0x1_0000 - 30 * MOST_PACKETS_PER_SECOND;

/// How long packets under the last keys are still taken after a change: those under way.
const OLD_KEYS: Duration = Duration::from_secs(3);

/// The last index of SRTP (RFC 3711 section 9.2).
const LAST_INDEX: u64 = (1 << 48) - 1;

/// New keys are asked for when this much of the lifetime is left: a sixteenth, so that the other side has minutes to
/// answer.
const LIFETIME_MARGIN: u64 = 16;

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

fn provider() -> Result<Arc<dyn RTCCryptoProvider>, SrtpError> {
    crypto::default_provider().map_err(|_| SrtpError::Keys)
}

fn transform(suite: CryptoSuite, master: &MasterKey) -> Result<Transform, SrtpError> {
    Transform::new(suite, master, provider()?.crypto())
}

/// Whether keys are usable in both directions.
pub fn check(keys: &SrtpKeys) -> Result<(), SrtpError> {
    Outbound::new(keys)?;
    Inbound::new(keys).map(|_| ())
}

/// Protects what we send, one source at a time.
pub struct Outbound {
    transform: Transform,
    mki: Vec<u8>,
    /// The source, and the index of its last packet.
    source: Option<(u32, u64)>,
    /// Sources that were sent under this key before; none of them begins again (M05, RFC 3711 section 9.1).
    spent: Vec<u32>,
    reports: u32,
    packets: u64,
    lifetime: u64,
}

impl Outbound {
    /// With our key.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        Ok(Self {
            transform: transform(keys.suite, &keys.local)?,
            mki: keys.mki.local.clone(),
            source: None,
            spent: Vec::new(),
            reports: 0,
            packets: 0,
            lifetime: keys.lifetime,
        })
    }

    /// An RTP packet of ours, with sequence numbers one after the other.
    pub fn rtp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let header = Header::parse(packet).map_err(|_| SrtpError::Protect)?;
        let index = match self.source {
            Some((ssrc, last)) if ssrc == header.ssrc => nearest(last, header.sequence),
            // A source that was used before would repeat its key stream.
            _ if self.spent.contains(&header.ssrc) || self.spent.len() >= MOST_RETIRED => {
                return Err(SrtpError::Protect);
            }
            _ => at(0, header.sequence),
        };
        let repeated = self.source.is_some_and(|(ssrc, last)| ssrc == header.ssrc && index <= last);
        if repeated || self.packets >= LAST_INDEX {
            return Err(SrtpError::Protect);
        }
        let mut sealed = self.transform.seal(packet, header.length, header.ssrc, index).ok_or(SrtpError::Protect)?;
        if self.source.is_none_or(|(ssrc, _)| ssrc != header.ssrc) {
            self.spent.push(header.ssrc);
        }
        self.source = Some((header.ssrc, index));
        self.packets += 1;
        insert(&mut sealed, self.transform.behind_mki(), &self.mki);
        Ok(sealed)
    }

    /// An RTCP packet. The index counts over all sources of the key, which is never wrong.
    pub fn rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
        let ssrc = report_source(packet).ok_or(SrtpError::Protect)?;
        if self.reports >= LAST_SRTCP_INDEX {
            return Err(SrtpError::Protect);
        }
        self.reports += 1;
        let mut sealed = self.transform.seal_report(packet, ssrc, self.reports).ok_or(SrtpError::Protect)?;
        insert(&mut sealed, self.transform.behind_mki_of_report(), &self.mki);
        Ok(sealed)
    }

    /// The sequence numbers are in their second round, or nearly.
    pub fn has_turned(&self) -> bool {
        self.source.is_some_and(|(_, index)| index >= NEARLY_ROLLED)
    }

    /// The key has protected nearly as many packets as it may (RFC 3711 section 9.2, RFC 4568 section 6.1).
    pub fn is_nearly_used_up(&self) -> bool {
        let limit = |most: u64| most - most / LIFETIME_MARGIN;
        self.packets >= limit(self.lifetime.min(LAST_INDEX))
            || u64::from(self.reports) >= limit(self.lifetime.min(LAST_SRTCP_INDEX.into()))
    }
}

/// Puts an MKI where it belongs.
fn insert(sealed: &mut Vec<u8>, behind: usize, mki: &[u8]) {
    let place = sealed.len().saturating_sub(behind);
    sealed.splice(place..place, mki.iter().copied());
}

/// The packet without its MKI, and the MKI.
fn without_mki(packet: &[u8], behind: usize, length: usize) -> Option<(Vec<u8>, &[u8])> {
    let (front, tag) = packet.split_at_checked(packet.len().checked_sub(behind)?)?;
    let (body, mki) = front.split_at_checked(front.len().checked_sub(length)?)?;
    Some(([body, tag].concat(), mki))
}

fn report_source(packet: &[u8]) -> Option<u32> {
    packet.get(4..8)?.try_into().ok().map(u32::from_be_bytes)
}

/// Checks and opens what the peer sends.
pub struct Inbound {
    /// The peer's keys, each with its MKI; without MKIs there is one.
    keys: Vec<(Vec<u8>, Transform)>,
    /// Proven sources, the one heard longest ago first.
    streams: Vec<(u32, Stream)>,
    retired: Vec<u32>,
    /// The highest index of each source under the keys before these.
    known: Vec<(u32, u64)>,
    /// The keys before these, for packets that are under way, and until when.
    previous: Option<(Box<Inbound>, BootTime)>,
    packets: u64,
    lifetime: u64,
}

impl Inbound {
    /// With the peer's key.
    pub fn new(keys: &SrtpKeys) -> Result<Self, SrtpError> {
        let mut all = vec![(keys.mki.remote.clone(), transform(keys.suite, &keys.remote)?)];
        for (mki, key) in &keys.mki.others {
            all.push((mki.clone(), transform(keys.suite, key)?));
        }
        Ok(Self {
            keys: all,
            streams: Vec::new(),
            retired: Vec::new(),
            known: Vec::new(),
            previous: None,
            packets: 0,
            lifetime: keys.lifetime,
        })
    }

    /// After a change of the peer's keys: the counters are remembered, and packets under way are still taken.
    pub fn after(mut self, mut old: Self, now: BootTime) -> Self {
        // Keys before the last ones are gone, however fast they change.
        old.previous = None;
        let heard = old.streams.iter().filter_map(|(ssrc, stream)| Some((*ssrc, stream.highest()?)));
        self.known = heard.collect();
        self.previous = Some((Box::new(old), now + OLD_KEYS));
        self
    }

    /// The plain packet, header included.
    pub fn rtp(&mut self, header: &Header, packet: &[u8], now: BootTime) -> Result<Vec<u8>, SrtpError> {
        if let Some(plain) = self.open(header, packet, now) {
            self.packets += 1;
            return Ok(plain);
        }
        match &mut self.previous {
            Some((old, until)) if now <= *until => old.rtp(header, packet, now),
            Some(_) | None => {
                self.previous = None;
                Err(SrtpError::NotAuthentic)
            }
        }
    }

    fn open(&mut self, header: &Header, packet: &[u8], now: BootTime) -> Option<Vec<u8>> {
        let length = self.keys.first().map(|(mki, _)| mki.len())?;
        let stripped;
        let (packet, transform) = if length == 0 {
            (packet, self.keys.first_mut().map(|(_, transform)| transform)?)
        } else {
            let behind = self.keys.first().map(|(_, transform)| transform.behind_mki())?;
            let (without, mki) = without_mki(packet, behind, length)?;
            stripped = without;
            let key = self.keys.iter_mut().find(|(known, _)| known == mki);
            (&*stripped, key.map(|(_, transform)| transform)?)
        };
        let place = self.streams.iter().position(|(known, _)| *known == header.ssrc);
        let stream = place.and_then(|place| self.streams.get(place)).map(|(_, stream)| *stream);
        if stream.is_none() && (self.retired.contains(&header.ssrc) || self.retired.len() >= MOST_RETIRED) {
            return None;
        }
        let mut stream = stream.unwrap_or_else(|| Stream::new(now));
        let indices = match stream.highest() {
            Some(highest) => later_indices(highest, stream.heard, header.sequence, now),
            None => first_indices(&self.known, header),
        };
        let (index, plain) = indices
            .into_iter()
            .filter(|index| stream.is_new(*index))
            .find_map(|index| transform.open(packet, header.length, header.ssrc, index).map(|plain| (index, plain)))?;
        stream.note(index, now);
        // The source heard last stands last.
        if let Some(place) = place {
            self.streams.remove(place);
        }
        self.add(header.ssrc, stream);
        Some(plain)
    }

    /// The plain compound packet.
    pub fn rtcp(&mut self, packet: &[u8], now: BootTime) -> Result<Vec<u8>, SrtpError> {
        if let Some(plain) = self.open_report(packet, now) {
            return Ok(plain);
        }
        match &mut self.previous {
            Some((old, until)) if now <= *until => old.rtcp(packet, now),
            Some(_) | None => Err(SrtpError::NotAuthentic),
        }
    }

    fn open_report(&mut self, packet: &[u8], now: BootTime) -> Option<Vec<u8>> {
        let ssrc = report_source(packet)?;
        let length = self.keys.first().map(|(mki, _)| mki.len())?;
        let (index, plain) = if length == 0 {
            self.keys.first_mut()?.1.open_report(packet, ssrc)?
        } else {
            let behind = self.keys.first().map(|(_, transform)| transform.behind_mki_of_report())?;
            let (stripped, mki) = without_mki(packet, behind, length)?;
            self.keys.iter_mut().find(|(known, _)| known == mki)?.1.open_report(&stripped, ssrc)?
        };
        match self.streams.iter_mut().find(|(known, _)| *known == ssrc) {
            Some((_, stream)) if stream.is_new_report(index) => stream.note_report(index),
            Some(_) => return None,
            None if self.retired.contains(&ssrc) || self.retired.len() >= MOST_RETIRED => return None,
            None => {
                let mut stream = Stream::new(now);
                stream.note_report(index);
                self.add(ssrc, stream);
            }
        }
        Some(plain)
    }

    /// A source that proved itself; the one heard longest ago gives way.
    fn add(&mut self, ssrc: u32, stream: Stream) {
        if self.streams.len() >= MOST_SOURCES {
            let (oldest, _) = self.streams.remove(0);
            self.retired.push(oldest);
        }
        self.streams.push((ssrc, stream));
    }

    /// The peer's key has protected nearly as many packets as the peer said it may.
    pub fn is_nearly_used_up(&self) -> bool {
        let most = self.lifetime.min(LAST_INDEX);
        self.packets >= most - most / LIFETIME_MARGIN
    }
}

/// The indices that a packet of a known source may have: the nearest one, and after a long silence those that the source
/// may have reached meanwhile. All of them lie ahead, so no old packet is ever heard again.
fn later_indices(highest: u64, heard: BootTime, sequence: u16, now: BootTime) -> Vec<u64> {
    let silence = now.saturating_since(heard);
    let rounds = match silence >= LONG_SILENCE {
        true => (silence.as_secs() * MOST_PACKETS_PER_SECOND / 65_536).min(MOST_ROUNDS) + 1,
        false => 0,
    };
    let nearest = nearest(highest, sequence);
    (0..=rounds).map(|round| nearest.saturating_add(round << 16)).collect()
}

/// The indices that the first packet of a source may have under these keys.
///
/// RFC 3711 section 3.3.1 keeps the counter over a change of keys; RFC 4568 section 7.1.4 begins at zero when the address
/// changed as well, and many peers always do. First packets that were lost may have been the last before a rollover.
fn first_indices(known: &[(u32, u64)], header: &Header) -> Vec<u64> {
    let kept = known.iter().find(|(known, _)| *known == header.ssrc).map(|(_, highest)| *highest);
    let kept = kept.map(|highest| nearest(highest, header.sequence));
    let rolled = (header.sequence < JUST_ROLLED).then(|| at(1, header.sequence));
    kept.into_iter().chain([at(0, header.sequence)]).chain(rolled).collect()
}
