//! Blocks of text in their order, each once, with a mark where some are lost for good (RFC 4103 section 5).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::media::rtp::extend_sequence;
use crate::model::BootTime;

/// How long a missing block is waited for: packets may come out of order (RFC 4103 section 5.4).
pub const PATIENCE: Duration = Duration::from_secs(1);
/// Packets ahead of the one that is waited for; a sender that is farther ahead was silent to us, and begins anew.
const WINDOW: u64 = 64;
/// Packets in sequence from far behind before the sender is believed to have begun anew.
const BEGUN_ANEW: u8 = 3;

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next block.
    Block(Vec<u8>),
    /// One or more blocks are lost.
    Lost,
}

/// The order of the blocks of one source.
#[derive(Debug, Default)]
pub struct Receiving {
    /// The number of the block that comes next; none before the first packet.
    next: Option<u64>,
    /// Blocks behind a missing one; at most [`WINDOW`], since only numbers within it are kept.
    held: BTreeMap<u64, Vec<u8>>,
    /// When a missing block is given up.
    deadline: Option<BootTime>,
    /// A packet from far behind, and how many followed it.
    behind: (u64, u8),
}

impl Receiving {
    /// A packet with its blocks, the oldest first and its own last; answers what can be read now.
    pub fn handle_packet(&mut self, sequence: u16, blocks: &[&[u8]], now: BootTime) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let copies = blocks.len().saturating_sub(1) as u64;
        let number = match self.next {
            Some(next) => extend_sequence(next, sequence),
            // A round of numbers above zero, so that what came earlier has a number as well.
            None => u64::from(sequence) + (1 << 16),
        };
        let next = match self.next {
            None => number.saturating_sub(copies),
            Some(next) if number + WINDOW < next => {
                if !self.has_begun_anew(number) {
                    return pieces;
                }
                self.give_up(&mut pieces);
                number
            }
            Some(next) if number > next + WINDOW => {
                self.give_up(&mut pieces);
                pieces.push(Piece::Lost);
                number.saturating_sub(copies).max(self.next.unwrap_or(next))
            }
            Some(next) => next,
        };
        self.next = Some(next);
        for (block, back) in blocks.iter().zip((0..=copies).rev()) {
            // A copy of what was read, or of what is held already, says nothing new.
            if let Some(number) = number.checked_sub(back).filter(|number| *number >= next) {
                self.held.entry(number).or_insert_with(|| block.to_vec());
            }
        }
        self.read_on(&mut pieces);
        self.deadline = if self.held.is_empty() { None } else { self.deadline.or(Some(now + PATIENCE)) };
        pieces
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.deadline
    }

    /// A missing block has been waited for long enough: what stands behind it is read.
    pub fn handle_timeout(&mut self, now: BootTime) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.deadline.is_some_and(|due| due <= now) {
            if let Some(first) = self.held.keys().next() {
                pieces.push(Piece::Lost);
                self.next = Some(*first);
            }
            self.read_on(&mut pieces);
            self.deadline = (!self.held.is_empty()).then(|| now + PATIENCE);
        }
        pieces
    }

    /// All that is held, with its gaps.
    fn give_up(&mut self, pieces: &mut Vec<Piece>) {
        while let Some(first) = self.held.keys().next() {
            pieces.push(Piece::Lost);
            self.next = Some(*first);
            self.read_on(pieces);
        }
        self.deadline = None;
    }

    fn read_on(&mut self, pieces: &mut Vec<Piece>) {
        let Some(next) = &mut self.next else { return };
        while let Some(block) = self.held.remove(next) {
            *next += 1;
            self.deadline = None;
            if !block.is_empty() {
                pieces.push(Piece::Block(block));
            }
        }
    }

    fn has_begun_anew(&mut self, number: u64) -> bool {
        let (last, count) = self.behind;
        let count = if last + 1 == number { count.saturating_add(1) } else { 1 };
        self.behind = (number, count);
        count >= BEGUN_ANEW
    }

    /// Blocks that wait, for the tests of limits.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> BootTime {
        BootTime::from_duration(Duration::from_millis(ms))
    }

    /// Packets with two generations of copies, one letter each, as they arrive: (number, time in ms). What is read at the end.
    fn read(arrivals: &[(u16, u64)]) -> String {
        let mut receiving = Receiving::default();
        let mut pieces = Vec::new();
        let letter = |number: u16| vec![b'a' + u8::try_from(number % 26).unwrap()];
        for (number, time) in arrivals {
            if receiving.poll_timeout().is_some_and(|due| due <= at(*time)) {
                pieces.extend(receiving.handle_timeout(at(*time)));
            }
            let blocks: Vec<Vec<u8>> = (0..3).rev().map(|back| letter(number.wrapping_sub(back))).collect();
            let blocks: Vec<&[u8]> = blocks.iter().map(Vec::as_slice).collect();
            pieces.extend(receiving.handle_packet(*number, &blocks, at(*time)));
        }
        pieces.extend(receiving.handle_timeout(at(1_000_000)));
        let shown = pieces.into_iter().map(|piece| match piece {
            Piece::Block(block) => String::from_utf8(block).unwrap(),
            Piece::Lost => "-".to_owned(),
        });
        shown.collect()
    }

    #[test]
    fn text_is_read_in_order_and_once_whatever_the_network_does() {
        type Row = (&'static str, &'static [(u16, u64)], &'static str);
        let rows: &[Row] = &[
            ("nothing happens", &[(2, 0), (3, 300), (4, 600)], "abcde"),
            ("one is lost", &[(2, 0), (4, 600)], "abcde"),
            ("two in a row are lost", &[(2, 0), (5, 900)], "abcdef"),
            ("three in a row are lost", &[(2, 0), (6, 1_200)], "abc-efg"),
            ("the third came late, within a second", &[(2, 0), (6, 1_200), (3, 1_900), (7, 2_000)], "abcdefgh"),
            ("the third came too late", &[(2, 0), (6, 1_200), (7, 2_300), (3, 2_400)], "abc-efgh"),
            ("out of order", &[(2, 0), (4, 600), (3, 610), (5, 900)], "abcdef"),
            ("each twice", &[(2, 0), (2, 1), (3, 300), (3, 301), (2, 302)], "abcd"),
            ("the numbers begin anew at zero", &[(65_535, 0), (0, 300), (1, 600)], "nopab"),
        ];
        for (name, arrivals, expected) in rows {
            assert_eq!(read(arrivals), *expected, "{name}");
        }
    }

    #[test]
    fn a_long_outage_is_one_mark_and_a_sender_that_begins_anew_is_read() {
        let mut receiving = Receiving::default();
        let one: &[&[u8]] = &[b"x"];
        let two: &[&[u8]] = &[b"y"];
        assert_eq!(receiving.handle_packet(100, one, at(0)), [Piece::Block(b"x".to_vec())]);
        assert_eq!(receiving.handle_packet(5_000, two, at(9_000)), [Piece::Lost, Piece::Block(b"y".to_vec())]);
        assert_eq!(receiving.handle_packet(10, one, at(9_100)), [], "old, perhaps");
        assert_eq!(receiving.handle_packet(11, one, at(9_400)), []);
        assert_eq!(receiving.handle_packet(12, one, at(9_700)), [Piece::Block(b"x".to_vec())]);
        assert_eq!(receiving.handle_packet(13, two, at(9_900)), [Piece::Block(b"y".to_vec())]);
    }
}
