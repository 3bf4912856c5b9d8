//! Where one synchronisation source stands: its packets' indices, and which of them were heard (RFC 3711 section 3.3).

use crate::model::BootTime;

/// Packets that are remembered as heard, counted back from the highest (RFC 3711 section 3.3.2 asks for at least 64).
pub const REPLAY_WINDOW: u64 = 128;

/// Which indices were heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// Bit n: the highest index less n was heard.
    heard: u128,
}

impl Window {
    /// Whether this index is new, seen from the highest one so far.
    fn is_new(self, index: u64, highest: u64) -> bool {
        match highest.checked_sub(index) {
            None => true,
            Some(back) => back < REPLAY_WINDOW && self.heard & (1 << back) == 0,
        }
    }

    fn mark(&mut self, index: u64, highest: u64) {
        match highest.checked_sub(index) {
            Some(back) if back < REPLAY_WINDOW => self.heard |= 1 << back,
            Some(_) => {}
            None => {
                let forward = u32::try_from(index - highest).unwrap_or(u32::MAX);
                self.heard = self.heard.checked_shl(forward).unwrap_or(0) | 1;
            }
        }
    }
}

/// One source that proved that it has the key.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The highest index of RTP that was heard, once one was.
    rtp: Option<(u64, Window)>,
    /// The same for RTCP.
    rtcp: Option<(u64, Window)>,
    /// When the last authentic packet came.
    pub heard: BootTime,
}

impl Stream {
    /// A source of which nothing was heard.
    pub fn new(now: BootTime) -> Self {
        Self { rtp: None, rtcp: None, heard: now }
    }

    /// The highest index of RTP so far.
    pub fn highest(&self) -> Option<u64> {
        self.rtp.map(|(highest, _)| highest)
    }

    /// Whether an RTP packet with this index was never heard.
    pub fn is_new(&self, index: u64) -> bool {
        self.rtp.is_none_or(|(highest, window)| window.is_new(index, highest))
    }

    /// An authentic RTP packet.
    pub fn note(&mut self, index: u64, now: BootTime) {
        note(&mut self.rtp, index);
        self.heard = now;
    }

    /// Whether an RTCP packet with this index was never heard.
    pub fn is_new_report(&self, index: u32) -> bool {
        self.rtcp.is_none_or(|(highest, window)| window.is_new(index.into(), highest))
    }

    /// An authentic RTCP packet.
    pub fn note_report(&mut self, index: u32) {
        note(&mut self.rtcp, index.into());
    }
}

fn note(state: &mut Option<(u64, Window)>, index: u64) {
    let (highest, window) = state.get_or_insert((index, Window::default()));
    window.mark(index, *highest);
    *highest = index.max(*highest);
}

/// The index that a sequence number means, nearest to the highest one so far (RFC 3711 section 3.3.1 and appendix A).
pub fn nearest(highest: u64, sequence: u16) -> u64 {
    let rollovers = highest >> 16;
    let last = highest as u16;
    let guess = if last < 0x8000 && sequence > last && sequence - last > 0x8000 {
        rollovers.checked_sub(1).unwrap_or(rollovers)
    } else if last >= 0x8000 && last - 0x8000 > sequence {
        rollovers + 1
    } else {
        rollovers
    };
    at(guess, sequence)
}

/// The index of a sequence number after so many rollovers; 48 bits.
pub fn at(rollovers: u64, sequence: u16) -> u64 {
    (rollovers & 0xffff_ffff) << 16 | u64::from(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_means_the_nearest_index() {
        let rows: &[(u64, u16, u64)] = &[
            (5, 6, 6),
            (5, 4, 4),
            (5, 65_535, 65_535),
            (65_535, 0, 65_536),
            (65_536, 65_535, 65_535),
            (65_536 + 5, 65_000, 65_000),
            (65_536 + 5, 30_000, 65_536 + 30_000),
            (65_536 + 40_000, 10, 2 * 65_536 + 10),
            (65_536 + 40_000, 20_000, 65_536 + 20_000),
            (0xffff_ffff_ffff, 0, 0),
        ];
        for (highest, sequence, index) in rows {
            assert_eq!(nearest(*highest, *sequence), *index, "{highest} {sequence}");
        }
    }

    #[test]
    fn what_was_heard_or_is_too_old_is_not_new() {
        let mut stream = Stream::new(BootTime::default());
        for index in [1_000, 1_002, 1_001, 1_200] {
            assert!(stream.is_new(index), "{index}");
            stream.note(index, BootTime::default());
            assert!(!stream.is_new(index), "{index}");
        }
        assert!(!stream.is_new(1_200 - REPLAY_WINDOW) && stream.is_new(1_201 - REPLAY_WINDOW));
        stream.note(1 << 40, BootTime::default());
        assert!(!stream.is_new(1_200) && stream.is_new((1 << 40) - 1));
    }
}
