//! A packet of several blocks (RFC 2198): earlier ones first, the packet's own last. Sound and text share it.

/// Earlier blocks of one packet that are read; a packet with more is one that nobody sends.
pub const MOST_BLOCKS: usize = 8;
/// The longest earlier block, by its ten bits of length, bytes.
const LONGEST_BLOCK: usize = (1 << 10) - 1;
/// The farthest an earlier block can be back, by its fourteen bits, in units of the clock.
const FARTHEST_TIME: u32 = (1 << 14) - 1;

/// A block of an earlier packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block<'p> {
    /// Of what kind it is.
    pub payload_type: u8,
    /// How much older than the packet, in units of the clock.
    pub older: u32,
    /// What it carries.
    pub payload: &'p [u8],
}

/// Whether a head can describe such a block.
pub fn fits(older: u32, payload: &[u8]) -> bool {
    older <= FARTHEST_TIME && payload.len() <= LONGEST_BLOCK
}

/// Writes earlier blocks, the oldest first, and the packet's own, all of one kind. Only blocks that [`fits`] lets pass can be
/// told.
pub fn write<'c>(payload_type: u8, earlier: impl Iterator<Item = (u32, &'c [u8])> + Clone, own: &[u8]) -> Vec<u8> {
    let kind = payload_type & 0x7f;
    let length = earlier.clone().map(|(_, block)| block.len() + 4).sum::<usize>() + 1 + own.len();
    let mut whole = Vec::with_capacity(length);
    for (older, block) in earlier.clone() {
        // RFC 2198 section 3: follows (1 bit), payload type (7), timestamp offset (14), length (10).
        let word =
            (1 << 31) | u32::from(kind) << 24 | (older & FARTHEST_TIME) << 10 | (block.len() & LONGEST_BLOCK) as u32;
        whole.extend_from_slice(&word.to_be_bytes());
    }
    whole.push(kind);
    for (_, block) in earlier {
        whole.extend_from_slice(block);
    }
    whole.extend_from_slice(own);
    whole
}

/// What a packet holds.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'p> {
    earlier: [Block<'p>; MOST_BLOCKS],
    count: usize,
    /// The packet's own: the kind.
    pub payload_type: u8,
    /// The packet's own: what it carries.
    pub payload: &'p [u8],
}

impl<'p> Blocks<'p> {
    /// The earlier ones, the oldest first.
    pub fn earlier(&self) -> &[Block<'p>] {
        self.earlier.get(..self.count).unwrap_or_default()
    }
}

/// Takes a packet apart; none when it lies about its lengths or has more than [`MOST_BLOCKS`].
pub fn read(packet: &[u8]) -> Option<Blocks<'_>> {
    let mut heads = [(0, 0, 0); MOST_BLOCKS];
    let (mut count, mut rest) = (0, packet);
    let payload_type = loop {
        let (first, after) = rest.split_first()?;
        if first & 0x80 == 0 {
            rest = after;
            break *first;
        }
        let (head, after) = rest.split_first_chunk::<4>()?;
        let word = u32::from_be_bytes(*head);
        *heads.get_mut(count)? = (*first & 0x7f, word >> 10 & FARTHEST_TIME, word as usize & LONGEST_BLOCK);
        count += 1;
        rest = after;
    };
    let mut earlier = [Block::default(); MOST_BLOCKS];
    for ((payload_type, older, length), block) in heads.into_iter().take(count).zip(&mut earlier) {
        let (payload, after) = rest.split_at_checked(length)?;
        *block = Block { payload_type, older, payload };
        rest = after;
    }
    Some(Blocks { earlier, count, payload_type, payload: rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_out_as_they_went_in() {
        let earlier: [(u32, &[u8]); 2] = [(600, b"a"), (300, b"")];
        let packet = write(98, earlier.into_iter(), b"bc");
        let read = read(&packet).unwrap();
        let found: Vec<(u8, u32, &[u8])> =
            read.earlier().iter().map(|block| (block.payload_type, block.older, block.payload)).collect();
        assert_eq!(found, [(98, 600, &b"a"[..]), (98, 300, b"")]);
        assert_eq!((read.payload_type, read.payload), (98, &b"bc"[..]));
    }

    #[test]
    fn what_a_head_cannot_tell_does_not_fit() {
        assert!(fits(16_383, &[0; 1_023]));
        assert!(!fits(16_384, &[]));
        assert!(!fits(0, &[0; 1_024]));
    }

    #[test]
    fn m12_lies_about_blocks_are_refused_without_reading_past_the_end() {
        let word = |length: u32| (1_u32 << 31 | 96 << 24 | 960 << 10 | length).to_be_bytes();
        for (name, packet) in [
            ("empty", Vec::new()),
            ("only a head", word(4).to_vec()),
            ("a block longer than the packet", [&word(40)[..], &[96, 1, 2]].concat()),
            ("heads without end", word(0).repeat(300)),
            ("half a head", vec![0xe0, 1]),
        ] {
            assert!(read(&packet).is_none(), "{name}");
        }
    }
}
