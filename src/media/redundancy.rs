//! Copies of earlier packets behind each packet (RFC 2198): what is lost comes again with one of the next ones.
//!
//! Both ends of ours agree on it in SDP; it costs rate, so copies are sent only while the peer reports loss.

use std::collections::VecDeque;

/// Earlier packets that are kept, the farthest distance of a copy.
const FARTHEST: usize = 4;

/// Blocks of one packet that are looked at; the rest of a longer one is not needed by anybody.
const MOST_BLOCKS: usize = 8;

/// The longest block, by its ten bits of length.
const LONGEST_BLOCK: usize = 1_023;

/// The farthest timestamp, by its fourteen bits.
const FARTHEST_TIME: u32 = (1 << 14) - 1;

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
        let copies = || {
            distances(level).iter().rev().filter_map(|distance| self.sent.get(distance - 1)).filter(|(then, copy)| {
                timestamp.wrapping_sub(*then) <= FARTHEST_TIME && (1..=LONGEST_BLOCK).contains(&copy.len())
            })
        };
        let mut whole = Vec::with_capacity(payload.len() + 1 + copies().map(|(_, copy)| copy.len() + 4).sum::<usize>());
        for (then, copy) in copies() {
            // RFC 2198 section 3: follows (1 bit), payload type (7), timestamp offset (14), length (10).
            let word = (1 << 31)
                | u32::from(payload_type) << 24
                | timestamp.wrapping_sub(*then) << 10
                | (copy.len() as u32 & 0x3ff);
            whole.extend_from_slice(&word.to_be_bytes());
        }
        whole.push(payload_type & 0x7f);
        for (_, copy) in copies() {
            whole.extend_from_slice(copy);
        }
        whole.extend_from_slice(payload);
        whole
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
    let mut heads = [(0, 0, 0); MOST_BLOCKS];
    let (mut count, mut rest) = (0, packet);
    let primary = loop {
        let (first, after) = rest.split_first()?;
        if first & 0x80 == 0 {
            rest = after;
            break *first;
        }
        let (head, after) = rest.split_first_chunk::<4>()?;
        let word = u32::from_be_bytes(*head);
        // More blocks than anybody needs: the packet is refused whole.
        *heads.get_mut(count)? = (*first & 0x7f, word >> 10 & FARTHEST_TIME, (word & 0x3ff) as usize);
        count += 1;
        rest = after;
    };
    let mut copies = [Copy::default(); MOST_BLOCKS];
    for ((kind, older, length), copy) in heads.iter().take(count).zip(&mut copies) {
        let (payload, after) = rest.split_at_checked(*length)?;
        rest = after;
        if *kind == payload_type {
            *copy = Copy { older: *older, payload };
        }
    }
    (primary == payload_type && !rest.is_empty()).then_some((copies, rest))
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
    fn m12_lies_about_blocks_are_refused_without_reading_past_the_end() {
        let word = |length: u32| (1_u32 << 31 | 96 << 24 | 960 << 10 | length).to_be_bytes();
        for (name, packet) in [
            ("empty", Vec::new()),
            ("only a head", word(4).to_vec()),
            ("a block longer than the packet", [&word(40)[..], &[96, 1, 2]].concat()),
            ("nothing of its own", vec![96]),
            ("another primary", vec![0, 1, 2]),
            ("heads without end", word(0).repeat(300)),
            ("half a head", vec![0xe0, 1]),
        ] {
            assert!(read(&packet, 96).is_none(), "{name}");
        }
    }
}
