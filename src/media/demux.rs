//! What a datagram on a media port is, by its first byte (RFC 7983 section 7).

/// Who understands a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// STUN (RFC 8489), of ICE or of a relay.
    Stun,
    /// DTLS (RFC 5764 section 5.1.2).
    Dtls,
    /// TURN channel data (RFC 8656 section 12.4).
    Channel,
    /// RTP or RTCP, protected or not.
    Rtp,
}

/// The kind of a datagram; `None` for what nobody understands, which is dropped.
#[must_use]
pub fn kind(datagram: &[u8]) -> Option<Kind> {
    match datagram.first()? {
        0..=3 => Some(Kind::Stun),
        20..=63 => Some(Kind::Dtls),
        64..=79 => Some(Kind::Channel),
        128..=191 => Some(Kind::Rtp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    #[test]
    fn the_first_byte_tells_who_understands_a_datagram() {
        let rows: &[(&[u8], Option<Kind>)] = &[
            (&[0, 1], Some(Kind::Stun)),
            (&[3], Some(Kind::Stun)),
            (&[4], None),
            (&[19], None),
            (&[20], Some(Kind::Dtls)),
            (&[63], Some(Kind::Dtls)),
            (&[64], Some(Kind::Channel)),
            (&[79], Some(Kind::Channel)),
            (&[80], None),
            (&[127], None),
            (&[128], Some(Kind::Rtp)),
            (&[191], Some(Kind::Rtp)),
            (&[192], None),
            (&[255], None),
            (&[], None),
        ];
        for (datagram, expected) in rows {
            assert_eq!(kind(datagram), *expected, "{datagram:?}");
        }
    }
}
