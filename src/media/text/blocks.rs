//! The blocks of a packet of text: one by itself, or with copies of the ones before it (RFC 4103 section 4).

use crate::media::blocks;
pub use crate::media::blocks::MOST_BLOCKS as MOST_GENERATIONS;

/// Writes copies, the oldest first, each with its age in milliseconds, and the packet's own text. A copy that its head cannot
/// describe is left empty: the place of each tells which packet it belongs to.
pub fn write<'c>(payload_type: u8, copies: impl Iterator<Item = (u32, &'c [u8])> + Clone, own: &[u8]) -> Vec<u8> {
    let told = |(age, copy)| if blocks::fits(age, copy) { (age, copy) } else { (0, &[][..]) };
    blocks::write(payload_type, copies.map(told), own)
}

/// The blocks of a packet with copies, the oldest first and its own last; none when the packet lies about its lengths. A block
/// that is not text is empty, so that the others keep their places.
pub fn read(payload: &[u8], payload_type: u8) -> Option<Vec<&[u8]>> {
    let blocks = blocks::read(payload)?;
    let earlier = blocks.earlier().iter().map(|block| (block.payload_type, block.payload));
    let all = earlier.chain([(blocks.payload_type, blocks.payload)]);
    Some(all.map(|(kind, block)| if kind == payload_type { block } else { &[][..] }).collect())
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
}
