//! RTP packets (RFC 3550 section 5.1): reading what the network claims, writing what we send.

/// The longest datagram that is looked at; nothing that we negotiate comes near it.
pub const LARGEST_PACKET: usize = 1_500;

/// The fixed part of an RTP header.
const FIXED_HEADER: usize = 12;

/// Why a datagram is not RTP. All of these are the sender's fault, and the datagram is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than its own header says.
    #[error("the packet is shorter than its header says")]
    Truncated,
    /// Not version 2.
    #[error("the packet is not of RTP version 2")]
    Version,
    /// The padding is longer than the payload, or zero.
    #[error("the padding does not fit in the packet")]
    Padding,
    /// Longer than anything negotiated.
    #[error("the packet is too long")]
    TooLong,
}

/// What an RTP header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Padding follows the payload; its length is readable only once the packet is decrypted.
    pub padding: bool,
    /// The start of a talk spurt (RFC 3551 section 4.1), or of an event.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Wraps at 65536.
    pub sequence: u16,
    /// In units of the payload type's clock.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// Bytes before the payload: fixed header, contributing sources and extension.
    pub length: usize,
}

impl Header {
    /// Reads a header. Contributing sources and extensions are measured, not interpreted.
    pub fn parse(packet: &[u8]) -> Result<Self, Malformed> {
        if packet.len() > LARGEST_PACKET {
            return Err(Malformed::TooLong);
        }
        let fixed: &[u8; FIXED_HEADER] = packet.first_chunk().ok_or(Malformed::Truncated)?;
        let [first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *fixed;
        if first >> 6 != 2 {
            return Err(Malformed::Version);
        }
        let mut length = FIXED_HEADER + usize::from(first & 0x0f) * 4;
        if first & 0x10 != 0 {
            // RFC 3550 section 5.3.1: sixteen bits for the profile, sixteen for the length in words.
            let words = packet.get(length + 2..length + 4).ok_or(Malformed::Truncated)?;
            let &[high, low] = words else { return Err(Malformed::Truncated) };
            length += 4 + usize::from(u16::from_be_bytes([high, low])) * 4;
        }
        if packet.len() < length {
            return Err(Malformed::Truncated);
        }
        Ok(Self {
            padding: first & 0x20 != 0,
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
            length,
        })
    }

    /// The payload of a decrypted packet, without its padding.
    pub fn payload<'p>(&self, packet: &'p [u8]) -> Result<&'p [u8], Malformed> {
        let payload = packet.get(self.length..).ok_or(Malformed::Truncated)?;
        if !self.padding {
            return Ok(payload);
        }
        let padding = usize::from(*payload.last().ok_or(Malformed::Padding)?);
        if padding == 0 {
            return Err(Malformed::Padding);
        }
        let kept = payload.len().checked_sub(padding).ok_or(Malformed::Padding)?;
        payload.get(..kept).ok_or(Malformed::Padding)
    }

    /// Writes a packet with this header; `padding` and `length` are not looked at.
    pub fn write(&self, payload: &[u8]) -> Vec<u8> {
        let mut packet = Vec::with_capacity(FIXED_HEADER + payload.len() + 32);
        packet.push(0x80);
        packet.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        packet.extend_from_slice(payload);
        packet
    }
}

/// Whether a datagram on a shared port is RTCP (RFC 5761 section 4): packet types 192 to 223 do not collide with
/// the payload types that we negotiate.
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// Unwraps a counter: the value nearest to `reference` whose low sixteen bits are `value`.
pub fn extend_sequence(reference: u64, value: u16) -> u64 {
    let step = value.wrapping_sub(reference as u16) as i16;
    reference.saturating_add_signed(i64::from(step))
}

/// Unwraps a timestamp: the value nearest to `reference` whose low 32 bits are `value`.
pub fn extend_timestamp(reference: u64, value: u32) -> u64 {
    let step = value.wrapping_sub(reference as u32) as i32;
    reference.saturating_add_signed(i64::from(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header { padding: false, marker: true, payload_type: 96, sequence: 65_535, timestamp: 7, ssrc: 9, length: 12 }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let packet = header().write(&[1, 2, 3]);
        let read = Header::parse(&packet).unwrap();
        assert_eq!(read, header());
        assert_eq!(read.payload(&packet).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn m12_lies_about_lengths_are_refused_without_reading_past_the_end() {
        let plain = header().write(&[1, 2, 3]);
        let with = |first: u8, tail: &[u8]| {
            let mut packet = plain.clone();
            packet[0] = first;
            packet.extend_from_slice(tail);
            packet
        };
        for length in 0..12 {
            assert_eq!(Header::parse(&plain[..length]), Err(Malformed::Truncated));
        }
        assert_eq!(Header::parse(&with(0x40, &[])), Err(Malformed::Version));
        assert_eq!(Header::parse(&with(0x8f, &[0; 56])), Err(Malformed::Truncated), "15 contributing sources");
        assert_eq!(Header::parse(&with(0x90, &[0; 10])).map(|h| h.length), Err(Malformed::Truncated));
        let mut extended = header().write(&[0xbe, 0xde, 0xff, 0xff, 0, 0, 0, 0]);
        extended[0] = 0x90;
        assert_eq!(Header::parse(&extended), Err(Malformed::Truncated), "an extension of 65535 words");
        for (padding, kept) in [(0, None), (4, Some(3)), (7, Some(0)), (8, None), (255, None)] {
            let packet = with(0xa0, &[0, 0, 0, padding]);
            let read = Header::parse(&packet).unwrap();
            assert_eq!(read.payload(&packet).ok().map(<[u8]>::len), kept, "padding of {padding}");
        }
        assert_eq!(Header::parse(&vec![0x80; 1_501]), Err(Malformed::TooLong));
    }

    #[test]
    fn counters_unwrap_to_the_nearest_value() {
        assert_eq!(extend_sequence(65_535, 0), 65_536);
        assert_eq!(extend_sequence(65_536, 65_535), 65_535);
        assert_eq!(extend_timestamp(u64::from(u32::MAX), 4), u64::from(u32::MAX) + 5);
        assert_eq!(extend_sequence(0, 65_535), 0, "never below zero");
    }

    #[test]
    fn rtcp_is_told_from_rtp_on_one_port() {
        assert!(is_rtcp(&[0x80, 200, 0, 1]) && is_rtcp(&[0x81, 201]));
        assert!(!is_rtcp(&header().write(&[])) && !is_rtcp(&[]));
    }
}
