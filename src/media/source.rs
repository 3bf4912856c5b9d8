//! Whose packets are believed: one address (M03) and one synchronisation source (M11) at a time.

use std::net::SocketAddr;

/// Packets in sequence from an address that SDP did not name, before it is believed (RFC 3550 appendix A.1 calls this
/// probation).
const PROBATION: u8 = 4;

/// New synchronisation sources that are watched at once; with the current one, four.
const MOST_CANDIDATES: usize = 3;

/// The address that RTP is accepted from.
///
/// The address from SDP is always right. Where the peer sits behind a translator, the first other address that sends a few
/// packets in sequence is pinned, once. An authenticated packet may move the pin, nothing else can, except that the
/// address of SDP takes its place back.
#[derive(Debug)]
pub struct Latch {
    named: SocketAddr,
    pinned: Option<SocketAddr>,
    candidate: Option<(SocketAddr, u16, u8)>,
}

impl Latch {
    /// Expects packets from the address in SDP.
    pub fn new(named: SocketAddr) -> Self {
        Self { named, pinned: None, candidate: None }
    }

    /// The address in SDP.
    pub fn named(&self) -> SocketAddr {
        self.named
    }

    /// Whether a packet is believed by where it comes from.
    pub fn accepts(&mut self, from: SocketAddr, sequence: u16, authenticated: bool) -> bool {
        if authenticated || from == self.named {
            self.pinned = Some(from);
            self.candidate = None;
            return true;
        }
        if let Some(pinned) = self.pinned {
            return pinned == from;
        }
        let count = match self.candidate {
            Some((address, next, count)) if address == from && next == sequence => count + 1,
            Some(_) | None => 1,
        };
        self.candidate = Some((from, sequence.wrapping_add(1), count));
        if count >= PROBATION {
            self.pinned = Some(from);
            self.candidate = None;
        }
        self.pinned.is_some()
    }

    /// Whether a report is believed by where it comes from: the port of RTCP may be another one.
    pub fn accepts_report(&self, from: SocketAddr, named: SocketAddr) -> bool {
        from == named || self.pinned.is_some_and(|pinned| pinned.ip() == from.ip())
    }

    /// Where an authenticated peer really is.
    pub fn pinned(&self) -> Option<SocketAddr> {
        self.pinned
    }
}

/// What a packet's SSRC means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The source that we listen to.
    Current,
    /// From here on this one is listened to.
    Changed,
    /// Not yet, or never.
    Ignored,
}

/// The synchronisation source that we listen to, and the few that may follow it.
#[derive(Debug, Default)]
pub struct Sources {
    current: Option<u32>,
    candidates: Vec<(u32, u16)>,
}

impl Sources {
    /// A packet of a believed address. A new source is listened to when its second packet follows its first.
    pub fn hear(&mut self, ssrc: u32, sequence: u16) -> Heard {
        match self.current {
            Some(current) if current == ssrc => return Heard::Current,
            None => {
                self.current = Some(ssrc);
                return Heard::Changed;
            }
            Some(_) => {}
        }
        let next = sequence.wrapping_add(1);
        match self.candidates.iter_mut().find(|(known, _)| *known == ssrc) {
            Some((_, expected)) if *expected == sequence => {
                self.current = Some(ssrc);
                self.candidates.clear();
                Heard::Changed
            }
            Some((_, expected)) => {
                *expected = next;
                Heard::Ignored
            }
            None => {
                if self.candidates.len() >= MOST_CANDIDATES {
                    self.candidates.remove(0);
                }
                self.candidates.push((ssrc, next));
                Heard::Ignored
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn m03_a_third_address_is_never_believed_once_the_peer_was_heard() {
        let (peer, other) = (address("192.0.2.1:4000"), address("198.51.100.9:4000"));
        let mut latch = Latch::new(peer);
        assert!(latch.accepts(peer, 1, false));
        assert!((2..1_000).all(|sequence| !latch.accepts(other, sequence, false)));
        assert!(!latch.accepts(address("192.0.2.1:4002"), 2, false), "not even another port");
        assert!(latch.accepts(peer, 2, false));
        assert!(!latch.accepts_report(other, address("192.0.2.1:4001")));
    }

    #[test]
    fn m03_a_few_packets_before_the_peer_pin_nothing() {
        let (peer, other) = (address("192.0.2.1:4000"), address("198.51.100.9:4000"));
        let mut latch = Latch::new(peer);
        assert!(![7, 8, 9, 11, 12, 13].iter().any(|sequence| latch.accepts(other, *sequence, false)));
        assert!(latch.accepts(peer, 1, false));
        assert!(!latch.accepts(other, 14, false));
    }

    #[test]
    fn a_peer_behind_a_translator_is_pinned_once() {
        let (outside, third) = (address("203.0.113.5:61000"), address("198.51.100.9:4000"));
        let mut latch = Latch::new(address("10.0.0.7:4000"));
        let believed: Vec<bool> = (10..15).map(|sequence| latch.accepts(outside, sequence, false)).collect();
        assert_eq!(believed, [false, false, false, true, true]);
        assert!((1..100).all(|sequence| !latch.accepts(third, sequence, false)));
        assert!(latch.accepts(third, 9, true), "authenticated, the peer may move");
        assert!(!latch.accepts(outside, 16, false));
    }

    #[test]
    fn m11_a_flood_of_sources_changes_nothing() {
        let mut sources = Sources::default();
        assert_eq!(sources.hear(1, 5), Heard::Changed);
        for ssrc in 2..10_000 {
            assert_eq!(sources.hear(ssrc, 5), Heard::Ignored);
            assert!(sources.candidates.len() <= MOST_CANDIDATES);
        }
        assert_eq!(sources.hear(1, 6), Heard::Current);
        assert_eq!(
            (sources.hear(7, 1), sources.hear(7, 2), sources.hear(1, 7)),
            (Heard::Ignored, Heard::Changed, Heard::Ignored)
        );
    }
}
