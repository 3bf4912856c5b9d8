//! Copies of earlier packets behind each packet (RFC 2198): what is lost comes again with one of the next ones.
//!
//! Both ends of ours agree on it in SDP; it costs rate, so copies are sent only while the peer reports loss.

use std::collections::VecDeque;

use super::blocks::{self, MOST_BLOCKS};

/// Earlier packets that are kept, the farthest distance of a copy.
const FARTHEST: usize = 4;

/// How many packets before the present one each copy stands. Not in a row: a burst that takes a packet takes its
/// neighbours as well.
pub fn distances(level: u8) -> &'static [usize] {
    match level {
        0 => &[],
        1 => &[1],
        2 => &[1, 3],
        _ => &[1, 2, 4],
    }
}

/// The sending end: remembers what was sent.
#[derive(Default)]
pub struct History {
    /// (timestamp, payload), the youngest first.
    sent: VecDeque<(u32, Vec<u8>)>,
}

impl History {
    /// Appends a packet's payload with the copies of `level` in front of it.
    pub fn write(&self, level: u8, payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let sent = |distance: &usize| self.sent.get(distance - 1);
        let copies = distances(level).iter().rev().filter_map(sent);
        let copies = copies.map(|(then, copy)| (timestamp.wrapping_sub(*then), copy.as_slice()));
        let copies = copies.filter(|(older, copy)| !copy.is_empty() && blocks::fits(*older, copy));
        blocks::write(payload_type, copies, payload)
    }

    /// Remembers what was sent.
    pub fn push(&mut self, timestamp: u32, payload: Vec<u8>) {
        self.sent.truncate(FARTHEST - 1);
        self.sent.push_front((timestamp, payload));
    }

    /// Something else was sent in between: distances would lie.
    pub fn clear(&mut self) {
        self.sent.clear();
    }
}

/// A copy in a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copy<'p> {
    /// How much older than the packet, in units of the clock.
    pub older: u32,
    /// Its payload.
    pub payload: &'p [u8],
}

/// The copies of one packet; unused places are empty.
pub type Copies<'p> = [Copy<'p>; MOST_BLOCKS];

/// The copies of a packet, the oldest first, and its own payload, all of `payload_type`; none when the packet lies about
/// its lengths. Copies of other types and empty ones are left out.
pub fn read(packet: &[u8], payload_type: u8) -> Option<(Copies<'_>, &[u8])> {
    let blocks = blocks::read(packet)?;
    let mut copies = [Copy::default(); MOST_BLOCKS];
    for (block, copy) in blocks.earlier().iter().zip(&mut copies) {
        if block.payload_type == payload_type {
            *copy = Copy { older: block.older, payload: block.payload };
        }
    }
    let sound = blocks.payload_type == payload_type && !blocks.payload.is_empty();
    sound.then_some((copies, blocks.payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_come_out_as_they_went_in() {
        let mut history = History::default();
        for n in 0..6_u8 {
            history.push(u32::from(n) * 960, vec![n; usize::from(n) + 1]);
        }
        let packet = history.write(2, 96, 6 * 960, &[9; 3]);
        let (copies, own) = read(&packet, 96).unwrap();
        assert_eq!(own, [9; 3]);
        let found: Vec<(u32, &[u8])> =
            copies.iter().filter(|copy| !copy.payload.is_empty()).map(|copy| (copy.older, copy.payload)).collect();
        assert_eq!(found, [(3 * 960, &[3; 4][..]), (960, &[5; 6][..])]);
        assert_eq!(history.write(0, 96, 6 * 960, &[9; 3]), [96, 9, 9, 9], "no copies, but still the one byte");
        history.clear();
        assert_eq!(history.write(3, 96, 6 * 960, &[9]), [96, 9], "after something else was sent");
    }

    #[test]
    fn m12_packets_without_sound_of_their_own_are_refused() {
        for (name, packet) in [("nothing of its own", vec![96]), ("another primary", vec![0, 1, 2])] {
            assert!(read(&packet, 96).is_none(), "{name}");
        }
    }
}
