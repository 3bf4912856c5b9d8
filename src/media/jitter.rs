//! The jitter buffer: packets put in as they come, taken out in order.

use std::collections::BTreeMap;

use super::rtp::{extend_sequence, extend_timestamp};
use crate::model::BootTime;

/// Packets that wait at most: more than the deepest buffer of the shortest packets holds.
const MOST_PACKETS: usize = 96;

/// A jump of the sequence beyond this is not loss (RFC 3550 appendix A.1, `MAX_DROPOUT`).
const LONGEST_JUMP: u64 = 3_000;

/// A jump of the timestamp beyond this is not silence, in seconds.
const LONGEST_GAP_SECONDS: u64 = 30;

/// A packet that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Unwrapped.
    pub sequence: u64,
    /// Unwrapped, in units of the clock.
    pub timestamp: u64,
    /// When it came.
    pub arrived: BootTime,
    /// What it carries.
    pub payload: Vec<u8>,
    /// It describes a pause (RFC 3389) instead of carrying sound.
    pub noise: bool,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It waits; its unwrapped timestamp.
    Kept(u64),
    /// Its time had passed; its unwrapped timestamp.
    Late(u64),
    /// It is there already.
    Duplicate,
    /// Far from everything before it: dropped, and believed when the next one follows it.
    Strange,
    /// The stream starts anew from here: everything older was dropped.
    Restarted(u64),
}

/// Packets in the order of their sequence.
pub struct JitterBuffer {
    clock_hz: u32,
    packets: BTreeMap<u64, Waiting>,
    /// The highest sequence so far with its timestamp.
    highest: Option<(u64, u64)>,
    /// Which of the last packets were seen: bit `n` is the highest sequence less `n`.
    seen: u64,
    /// What was taken out last; older ones are late.
    taken: Option<u64>,
    /// What must follow for a strange packet to be believed.
    strange: Option<u16>,
}

impl JitterBuffer {
    /// An empty buffer.
    pub fn new(clock_hz: u32) -> Self {
        Self { clock_hz, packets: BTreeMap::new(), highest: None, seen: 0, taken: None, strange: None }
    }

    /// Puts a packet of sound in.
    pub fn put(&mut self, sequence: u16, timestamp: u32, payload: &[u8], arrived: BootTime) -> Put {
        self.put_either(sequence, timestamp, (payload, false), arrived)
    }

    /// Puts in the description of a pause.
    pub fn put_noise(&mut self, sequence: u16, timestamp: u32, payload: &[u8], arrived: BootTime) -> Put {
        self.put_either(sequence, timestamp, (payload, true), arrived)
    }

    fn put_either(&mut self, sequence: u16, timestamp: u32, payload: (&[u8], bool), arrived: BootTime) -> Put {
        let Some((highest, its_timestamp)) = self.highest else {
            return self.restart(sequence, timestamp, payload, arrived);
        };
        let extended = extend_sequence(highest, sequence);
        let extended_timestamp = extend_timestamp(its_timestamp, timestamp);
        let gap = extended_timestamp.abs_diff(its_timestamp);
        // Sequence forward and time backward: another source took over under the same SSRC, as some gateways do it.
        let backward = extended > highest && extended_timestamp < its_timestamp;
        let far = extended.abs_diff(highest) > LONGEST_JUMP || gap > LONGEST_GAP_SECONDS * u64::from(self.clock_hz);
        if far || backward {
            if self.strange == Some(sequence) {
                return self.restart(sequence, timestamp, payload, arrived);
            }
            self.strange = Some(sequence.wrapping_add(1));
            return Put::Strange;
        }
        self.strange = None;
        if extended > highest {
            self.highest = Some((extended, extended_timestamp));
            self.seen = u32::try_from(extended - highest).ok().and_then(|by| self.seen.checked_shl(by)).unwrap_or(0);
        }
        self.place(extended, extended_timestamp, payload, arrived)
    }

    /// Puts in what another packet carried about an earlier one, `older` packets before the highest. Never the start of
    /// anything, and nothing when that packet was there itself.
    pub fn put_copy(&mut self, sequence: u16, timestamp: u32, payload: &[u8], arrived: BootTime) -> Put {
        let Some((highest, its_timestamp)) = self.highest else { return Put::Strange };
        let extended = extend_sequence(highest, sequence);
        let extended_timestamp = extend_timestamp(its_timestamp, timestamp);
        if extended >= highest || highest - extended >= 64 || extended_timestamp >= its_timestamp {
            return Put::Strange;
        }
        self.place(extended, extended_timestamp, (payload, false), arrived)
    }

    /// Whether a packet came, itself or as a copy.
    pub fn was_seen(&self, sequence: u64) -> bool {
        self.highest.is_some_and(|(highest, _)| {
            highest.checked_sub(sequence).is_some_and(|back| back < 64 && self.seen >> back & 1 == 1)
        })
    }

    /// The highest sequence so far.
    pub fn highest(&self) -> Option<u64> {
        self.highest.map(|(sequence, _)| sequence)
    }

    fn place(&mut self, extended: u64, extended_timestamp: u64, payload: (&[u8], bool), arrived: BootTime) -> Put {
        if self.was_seen(extended) || self.packets.contains_key(&extended) || self.taken == Some(extended) {
            return Put::Duplicate;
        }
        if let Some((highest, _)) = self.highest
            && highest - extended < 64
        {
            self.seen |= 1 << (highest - extended);
        }
        if self.taken.is_some_and(|taken| extended <= taken) {
            return Put::Late(extended_timestamp);
        }
        self.insert(extended, extended_timestamp, payload, arrived);
        if self.packets.len() > MOST_PACKETS {
            // Nobody can want the oldest any more: the depth is bounded in time below this.
            self.take();
        }
        Put::Kept(extended_timestamp)
    }

    fn restart(&mut self, sequence: u16, timestamp: u32, payload: (&[u8], bool), arrived: BootTime) -> Put {
        self.packets.clear();
        self.taken = None;
        self.strange = None;
        // One cycle up, so that packets from before the first one do not fall below zero.
        let (sequence, timestamp) = (65_536 + u64::from(sequence), (1 << 32) + u64::from(timestamp));
        self.highest = Some((sequence, timestamp));
        self.seen = 1;
        self.insert(sequence, timestamp, payload, arrived);
        Put::Restarted(timestamp)
    }

    fn insert(&mut self, sequence: u64, timestamp: u64, (payload, noise): (&[u8], bool), arrived: BootTime) {
        self.packets.insert(sequence, Waiting { sequence, timestamp, arrived, payload: payload.to_vec(), noise });
    }

    /// The oldest packet.
    pub fn first(&self) -> Option<&Waiting> {
        self.packets.first_key_value().map(|(_, packet)| packet)
    }

    /// Takes the oldest packet out; what is older is late from here on.
    pub fn take(&mut self) -> Option<Waiting> {
        let (sequence, packet) = self.packets.pop_first()?;
        self.taken = Some(sequence);
        Some(packet)
    }

    /// The unwrapped sequence that was taken out last.
    pub fn last_taken(&self) -> Option<u64> {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(ms: u64) -> BootTime {
        BootTime::from_duration(Duration::from_millis(ms))
    }

    /// Rows of (sequence put, timestamp put, what became of it), and `Take` of what.
    enum Row {
        Put(u16, u32, &'static str),
        Take(Option<u16>),
    }
    use Row::{Put as P, Take as T};

    fn run(name: &str, rows: &[Row]) {
        let mut buffer = JitterBuffer::new(8_000);
        for (n, row) in rows.iter().enumerate() {
            match row {
                P(sequence, timestamp, became) => {
                    let put = match buffer.put(*sequence, *timestamp, &[0], at(0)) {
                        Put::Kept(_) => "kept",
                        Put::Late(_) => "late",
                        Put::Duplicate => "duplicate",
                        Put::Strange => "strange",
                        Put::Restarted(_) => "start",
                    };
                    assert_eq!(put, *became, "{name}, row {n}");
                }
                T(sequence) => {
                    let taken = buffer.take().map(|packet| packet.sequence as u16);
                    assert_eq!(taken, *sequence, "{name}, row {n}");
                }
            }
        }
    }

    #[test]
    fn packets_come_out_in_order_once() {
        run(
            "reordered",
            &[P(1, 160, "start"), P(3, 480, "kept"), P(2, 320, "kept"), T(Some(1)), T(Some(2)), T(Some(3)), T(None)],
        );
        run("twice", &[P(1, 160, "start"), P(1, 160, "duplicate"), T(Some(1)), P(1, 160, "duplicate"), T(None)]);
        run("late", &[P(1, 160, "start"), P(3, 480, "kept"), T(Some(1)), T(Some(3)), P(2, 320, "late"), T(None)]);
        run("before the first", &[P(5, 800, "start"), P(4, 640, "kept"), T(Some(4)), T(Some(5))]);
        run(
            "both counters wrap",
            &[
                P(65_534, u32::MAX - 200, "start"),
                P(0, 119, "kept"),
                P(65_535, u32::MAX - 40, "kept"),
                T(Some(65_534)),
                T(Some(65_535)),
                T(Some(0)),
            ],
        );
        run("wrap backwards", &[P(0, 100, "start"), P(65_535, u32::MAX - 59, "kept"), T(Some(65_535)), T(Some(0))]);
        run(
            "one strange packet changes nothing, two in a row do",
            &[
                P(1, 160, "start"),
                P(30_000, 320, "strange"),
                P(2, 320, "kept"),
                P(40_000, 9, "strange"),
                P(40_001, 169, "start"),
                T(Some(40_001)),
                T(None),
            ],
        );
        run(
            "the time starts again under the same numbers",
            &[P(1, 16_000, "start"), P(2, 160, "strange"), P(3, 320, "start"), T(Some(3)), T(None)],
        );
        run(
            "a strange timestamp",
            &[P(1, 160, "start"), P(2, 1 << 30, "strange"), P(3, 480, "kept"), T(Some(1)), T(Some(3))],
        );
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut buffer = JitterBuffer::new(8_000);
        for n in 0..10_000_u32 {
            buffer.put(n as u16, n * 160, &[0; 160], at(0));
            assert!(buffer.packets.len() <= MOST_PACKETS);
        }
        assert_eq!(buffer.first().unwrap().sequence, 65_536 + 10_000 - MOST_PACKETS as u64);
    }
}
