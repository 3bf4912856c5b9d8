//! The blocks of a packet of text: one by itself, or with copies of the ones before it (RFC 4103 section 4, RFC 2198).

/// Generations of copies that are read; further ones make a packet that nobody sends.
pub const MOST_GENERATIONS: usize = 8;
/// The farthest timestamp that a block's head can tell, milliseconds.
const FARTHEST: u32 = (1 << 14) - 1;
/// The longest copy that a block's head can tell, bytes.
pub const LONGEST: usize = (1 << 10) - 1;

/// Writes copies, the oldest first, each with its age in milliseconds, and the packet's own text. A copy that its head cannot
/// describe is left empty: the place of each tells which packet it belongs to.
pub fn write<'c>(payload_type: u8, copies: impl Iterator<Item = (u32, &'c [u8])> + Clone, own: &[u8]) -> Vec<u8> {
    let fitting = copies.map(|(age, copy)| {
        let fits = age <= FARTHEST && copy.len() <= LONGEST;
        if fits { (age, copy) } else { (0, &[][..]) }
    });
    let mut whole = Vec::new();
    for (age, copy) in fitting.clone() {
        // RFC 2198 section 3: follows (1 bit), payload type (7), timestamp offset (14), length (10).
        let word = (1 << 31) | u32::from(payload_type & 0x7f) << 24 | age << 10 | copy.len() as u32;
        whole.extend_from_slice(&word.to_be_bytes());
    }
    whole.push(payload_type & 0x7f);
    for (_, copy) in fitting {
        whole.extend_from_slice(copy);
    }
    whole.extend_from_slice(own);
    whole
}

/// The blocks of a packet with copies, the oldest first and its own last; none when the packet lies about its lengths. A block
/// that is not text is empty, so that the others keep their places.
pub fn read(payload: &[u8], payload_type: u8) -> Option<Vec<&[u8]>> {
    let mut heads = Vec::new();
    let mut rest = payload;
    let own = loop {
        let (first, after) = rest.split_first()?;
        if first & 0x80 == 0 {
            rest = after;
            break *first;
        }
        let (head, after) = rest.split_first_chunk::<4>()?;
        if heads.len() == MOST_GENERATIONS {
            return None;
        }
        heads.push((*first & 0x7f, (u32::from_be_bytes(*head) & 0x3ff) as usize));
        rest = after;
    };
    let text = |kind: u8, block| if kind == payload_type { block } else { &[][..] };
    let mut blocks = Vec::with_capacity(heads.len() + 1);
    for (kind, length) in heads {
        let (block, after) = rest.split_at_checked(length)?;
        rest = after;
        blocks.push(text(kind, block));
    }
    blocks.push(text(own, rest));
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_come_out_in_their_places_as_they_went_in() {
        let copies: [(u32, &[u8]); 2] = [(600, b"a"), (300, b"")];
        let packet = write(98, copies.into_iter(), b"bc");
        assert_eq!(read(&packet, 98).unwrap(), [&b"a"[..], b"", b"bc"]);
        let too_old: [(u32, &[u8]); 1] = [(20_000, b"a")];
        assert_eq!(read(&write(98, too_old.into_iter(), b"b"), 98).unwrap(), [&b""[..], b"b"], "a place is kept");
        assert_eq!(read(&[98], 98).unwrap(), [&b""[..]], "a packet that only keeps the way open");
        assert_eq!(read(&[99, b'x'], 98).unwrap(), [&b""[..]], "something else");
    }

    #[test]
    fn m12_lies_about_the_blocks_of_a_text_are_refused_without_reading_past_the_end() {
        let word = |length: u32| (1_u32 << 31 | 98 << 24 | 300 << 10 | length).to_be_bytes();
        for (name, packet) in [
            ("empty", Vec::new()),
            ("only a head", word(4).to_vec()),
            ("a block longer than the packet", [&word(40)[..], &[98, 1, 2]].concat()),
            ("heads without end", word(0).repeat(300)),
            ("half a head", vec![0xe2, 1]),
        ] {
            assert!(read(&packet, 98).is_none(), "{name}");
        }
    }
}
