//! STUN messages (RFC 8489): what checks of ICE (RFC 8445), reflexive addresses and relays (RFC 8656) are written in.
//!
//! Read with limits and without panics; nothing is kept of a message that is not well formed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hmac::{Hmac, Mac};
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// The fixed value in every header (RFC 8489 section 5).
const COOKIE: u32 = 0x2112_a442;
/// Bytes of a header.
const HEADER: usize = 20;
/// What the fingerprint's checksum is combined with (RFC 8489 section 14.7).
const FINGERPRINT_MASK: u32 = 0x5354_554e;
/// Attributes that are looked at; a message with more is dropped.
const MOST_ATTRIBUTES: usize = 32;
/// The longest message that is looked at, in bytes.
const LONGEST: usize = 2_048;

/// A transaction's number.
pub type TransactionId = [u8; 12];

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// RFC 8489.
    Binding,
    /// RFC 8656 section 7.
    Allocate,
    /// RFC 8656 section 8.
    Refresh,
    /// RFC 8656 section 11: to a peer.
    Send,
    /// RFC 8656 section 11: from a peer.
    Data,
    /// RFC 8656 section 10.
    CreatePermission,
    /// RFC 8656 section 12.
    ChannelBind,
}

impl Method {
    const ALL: [(Self, u16); 7] = [
        (Self::Binding, 0x001),
        (Self::Allocate, 0x003),
        (Self::Refresh, 0x004),
        (Self::Send, 0x006),
        (Self::Data, 0x007),
        (Self::CreatePermission, 0x008),
        (Self::ChannelBind, 0x009),
    ];

    fn number(self) -> u16 {
        Self::ALL.iter().find(|(method, _)| *method == self).map_or(0, |(_, number)| *number)
    }
}

/// Which part of an exchange a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Wants an answer.
    Request,
    /// Wants none.
    Indication,
    /// Granted.
    Success,
    /// Refused.
    Error,
}

/// Attribute types (RFC 8489 section 18.3, RFC 8445 section 16.1, RFC 8656 section 18).
pub mod attribute {
    #![allow(missing_docs)] // The names are those of the registry.
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const CHANNEL_NUMBER: u16 = 0x000c;
    pub const LIFETIME: u16 = 0x000d;
    pub const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub const DATA: u16 = 0x0013;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const PRIORITY: u16 = 0x0024;
    pub const USE_CANDIDATE: u16 = 0x0025;
    pub const ADDITIONAL_ADDRESS_FAMILY: u16 = 0x8000;
    pub const FINGERPRINT: u16 = 0x8028;
    pub const ICE_CONTROLLED: u16 = 0x8029;
    pub const ICE_CONTROLLING: u16 = 0x802a;
}

/// A message that was read.
pub struct Message<'a> {
    /// What it asks for.
    pub method: Method,
    /// Which part of the exchange.
    pub class: Class,
    /// Which exchange.
    pub transaction: TransactionId,
    bytes: &'a [u8],
    /// Type, where the value begins, its length.
    attributes: Vec<(u16, usize, usize)>,
}

impl<'a> Message<'a> {
    /// Reads a message; `None` for whatever is not one, is too long, or says a fingerprint that is wrong.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER || bytes.len() > LONGEST {
            return None;
        }
        let kind = u16_at(bytes, 0)?;
        let length = usize::from(u16_at(bytes, 2)?);
        if kind & 0xc000 != 0 || length % 4 != 0 || length + HEADER != bytes.len() || u32_at(bytes, 4)? != COOKIE {
            return None;
        }
        // RFC 8489 section 5: the class lies in bits 4 and 8, the method around them.
        let class = match (kind & 0x0100 != 0, kind & 0x0010 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, false) => Class::Success,
            (true, true) => Class::Error,
        };
        let number = (kind & 0x000f) | ((kind & 0x00e0) >> 1) | ((kind & 0x3e00) >> 2);
        let method = Method::ALL.iter().find(|(_, known)| *known == number)?.0;
        let transaction = bytes.get(8..HEADER)?.try_into().ok()?;
        let mut attributes = Vec::new();
        let mut at = HEADER;
        while at < bytes.len() {
            let (kind, length) = (u16_at(bytes, at)?, usize::from(u16_at(bytes, at + 2)?));
            if at + 4 + length > bytes.len() || attributes.len() == MOST_ATTRIBUTES {
                return None;
            }
            attributes.push((kind, at + 4, length));
            at += 4 + length.next_multiple_of(4);
        }
        let message = Self { method, class, transaction, bytes, attributes };
        message.fingerprint_fits().then_some(message)
    }

    /// The values of the attributes of a type. What follows the message's integrity, other than the fingerprint, was not
    /// protected and is not seen (RFC 8489 section 14.5).
    fn all(&self, kind: u16) -> impl Iterator<Item = &'a [u8]> {
        let end = self.attributes.iter().position(|(other, ..)| *other == attribute::MESSAGE_INTEGRITY);
        let seen = end.map_or(self.attributes.len(), |end| end + 1);
        let fit = self.attributes.iter().take(seen).filter(move |(other, ..)| *other == kind);
        fit.filter_map(|(_, at, length)| self.bytes.get(*at..at + length))
    }

    /// The value of the first attribute of a type.
    #[must_use]
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.all(kind).next()
    }

    /// An attribute that is a text of at most 763 bytes (RFC 8489 section 14.3).
    #[must_use]
    pub fn text(&self, kind: u16) -> Option<&'a str> {
        std::str::from_utf8(self.get(kind)?).ok().filter(|text| text.len() <= 763)
    }

    /// An attribute of 32 bits.
    #[must_use]
    pub fn number(&self, kind: u16) -> Option<u32> {
        self.get(kind).and_then(|value| Some(u32::from_be_bytes(value.try_into().ok()?)))
    }

    /// An attribute of 64 bits.
    #[must_use]
    pub fn long(&self, kind: u16) -> Option<u64> {
        self.get(kind).and_then(|value| Some(u64::from_be_bytes(value.try_into().ok()?)))
    }

    /// An attribute that is an address, combined with the header (RFC 8489 section 14.2).
    #[must_use]
    pub fn address(&self, kind: u16) -> Option<SocketAddr> {
        self.addresses(kind).next()
    }

    /// All addresses of this type.
    pub fn addresses(&self, kind: u16) -> impl Iterator<Item = SocketAddr> {
        self.all(kind).filter_map(|value| self.uncover(value))
    }

    fn uncover(&self, value: &[u8]) -> Option<SocketAddr> {
        let port = u16_at(value, 2)? ^ (COOKIE >> 16) as u16;
        let mask = self.bytes.get(4..HEADER)?;
        let plain: Vec<u8> = value.get(4..)?.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        let ip: IpAddr = match (value.get(1)?, value.len()) {
            (1, 8) => Ipv4Addr::from(<[u8; 4]>::try_from(plain).ok()?).into(),
            (2, 20) => Ipv6Addr::from(<[u8; 16]>::try_from(plain).ok()?).into(),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// The code of an error, 300 to 699.
    #[must_use]
    pub fn error(&self) -> Option<u16> {
        let value = self.get(attribute::ERROR_CODE)?;
        let (class, number) = (u16::from(*value.get(2)? & 7), u16::from(*value.get(3)?));
        ((3..=6).contains(&class) && number < 100).then_some(class * 100 + number)
    }

    /// Whether whoever wrote it knows the key. False without the attribute.
    #[must_use]
    pub fn is_authentic(&self, key: &[u8]) -> bool {
        let Some((_, at, 20)) =
            self.attributes.iter().find(|(kind, ..)| *kind == attribute::MESSAGE_INTEGRITY).copied()
        else {
            return false;
        };
        // RFC 8489 section 14.5: the length counts up to and with this attribute.
        let Some(mac) = keyed(key, self.bytes, at - 4, at + 20 - HEADER) else { return false };
        self.bytes.get(at..at + 20).is_some_and(|given| mac.verify_slice(given).is_ok())
    }

    /// Whether it carries a fingerprint; [`Self::read`] refused a wrong one.
    #[must_use]
    pub fn has_fingerprint(&self) -> bool {
        self.attributes.last().is_some_and(|(kind, ..)| *kind == attribute::FINGERPRINT)
    }

    fn fingerprint_fits(&self) -> bool {
        match self.attributes.iter().find(|(kind, ..)| *kind == attribute::FINGERPRINT) {
            None => true,
            Some((_, at, 4)) if at + 4 == self.bytes.len() => {
                let covered = self.bytes.get(..at - 4).map(crc32);
                u32_at(self.bytes, *at) == covered.map(|sum| sum ^ FINGERPRINT_MASK)
            }
            Some(_) => false,
        }
    }
}

/// Writes a message.
#[derive(Clone)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty message.
    #[must_use]
    pub fn new(method: Method, class: Class, transaction: TransactionId) -> Self {
        let number = method.number();
        let class = match class {
            Class::Request => 0,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        };
        let kind = (number & 0x000f) | ((number & 0x0070) << 1) | ((number & 0x0f80) << 2) | class;
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&COOKIE.to_be_bytes());
        bytes.extend_from_slice(&transaction);
        Self { bytes }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, kind: u16, value: &[u8]) -> Self {
        // A value that does not fit in 16 bits is never written: the longest is a packet of sound.
        let length = u16::try_from(value.len()).unwrap_or(0);
        self.bytes.extend_from_slice(&kind.to_be_bytes());
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(value.get(..usize::from(length)).unwrap_or_default());
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let all = self.bytes.len() - HEADER;
        self.set_length(all);
        self
    }

    /// Adds an address, combined with the header.
    #[must_use]
    pub fn with_address(self, kind: u16, address: SocketAddr) -> Self {
        let mask = self.bytes.get(4..HEADER).unwrap_or_default().to_vec();
        let (family, plain) = match address.ip() {
            IpAddr::V4(ip) => (1, ip.octets().to_vec()),
            IpAddr::V6(ip) => (2, ip.octets().to_vec()),
        };
        let mut value = vec![0, family];
        value.extend_from_slice(&(address.port() ^ (COOKIE >> 16) as u16).to_be_bytes());
        value.extend(plain.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        self.with(kind, &value)
    }

    /// Adds an error.
    #[must_use]
    pub fn with_error(self, code: u16, reason: &str) -> Self {
        let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
        value.extend_from_slice(reason.as_bytes());
        self.with(attribute::ERROR_CODE, &value)
    }

    /// Adds the proof that we know the key.
    #[must_use]
    pub fn with_integrity(mut self, key: &[u8]) -> Self {
        let before = self.bytes.len();
        let all = before + 24 - HEADER;
        let proof = keyed(key, &self.bytes, before, all).map(|mac| mac.finalize().into_bytes());
        self = self.with(attribute::MESSAGE_INTEGRITY, proof.as_deref().unwrap_or(&[0; 20]));
        self
    }

    /// Ends it with a fingerprint.
    #[must_use]
    pub fn with_fingerprint(mut self) -> Vec<u8> {
        let all = self.bytes.len() + 8 - HEADER;
        self.set_length(all);
        let sum = crc32(&self.bytes) ^ FINGERPRINT_MASK;
        self.with(attribute::FINGERPRINT, &sum.to_be_bytes()).bytes
    }

    /// Ends it.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn set_length(&mut self, length: usize) {
        if let Some(field) = self.bytes.get_mut(2..4) {
            field.copy_from_slice(&u16::try_from(length).unwrap_or_default().to_be_bytes());
        }
    }
}

/// The key of long-term credentials (RFC 8489 section 9.2.2).
#[must_use]
pub fn long_term_key(user: &str, realm: &str, password: &str) -> Vec<u8> {
    Md5::digest(format!("{user}:{realm}:{password}")).to_vec()
}

/// The keyed hash over the first `covered` bytes, with another length in the header.
fn keyed(key: &[u8], bytes: &[u8], covered: usize, length: usize) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(bytes.get(..2)?);
    mac.update(&u16::try_from(length).ok()?.to_be_bytes());
    mac.update(bytes.get(4..covered)?);
    Some(mac)
}

/// The checksum of ISO/IEC 3309 (RFC 8489 section 14.7).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// The sample request of RFC 5769 section 2.1.
    const SAMPLE: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001\
                          ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5\
                          b2d3f249c1b571a280280004e57a3bcf";
    const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

    fn sample() -> Vec<u8> {
        (0..SAMPLE.len()).step_by(2).map(|at| u8::from_str_radix(&SAMPLE[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_sample_request_of_rfc_5769_is_read_letter_by_letter() {
        let bytes = sample();
        let message = Message::read(&bytes).expect("read");
        assert_eq!((message.method, message.class), (Method::Binding, Class::Request));
        assert_eq!(message.text(attribute::USERNAME), Some("evtj:h6vY"));
        assert_eq!(message.number(attribute::PRIORITY), Some(0x6e00_01ff));
        assert_eq!(message.long(attribute::ICE_CONTROLLED), Some(0x932f_f9b1_5126_3b36));
        assert!(message.is_authentic(PASSWORD) && !message.is_authentic(b"another") && message.has_fingerprint());
    }

    #[test]
    fn what_is_written_is_read_again() {
        for address in ["192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"] {
            let address: SocketAddr = address.parse().unwrap();
            let bytes = Writer::new(Method::Allocate, Class::Error, [7; 12])
                .with_error(438, "Stale Nonce")
                .with_address(attribute::XOR_MAPPED_ADDRESS, address)
                .with(attribute::REALM, b"abc")
                .with_integrity(b"key")
                .with_fingerprint();
            let message = Message::read(&bytes).expect("read");
            assert_eq!((message.method, message.class, message.transaction), (Method::Allocate, Class::Error, [7; 12]));
            assert_eq!(message.error(), Some(438));
            assert_eq!(message.address(attribute::XOR_MAPPED_ADDRESS), Some(address));
            assert_eq!(message.text(attribute::REALM), Some("abc"));
            assert!(message.is_authentic(b"key"));
        }
    }

    #[test]
    fn the_long_term_key_is_that_of_rfc_8489() {
        let key = long_term_key("user", "realm", "pass");
        assert_eq!(
            key,
            [0x84, 0x93, 0xfb, 0xc5, 0x3b, 0xa5, 0x82, 0xfb, 0x4c, 0x04, 0x4c, 0x45, 0x6b, 0xdc, 0x40, 0xeb]
        );
    }

    #[test]
    fn what_follows_the_proof_is_not_seen() {
        let bytes = Writer::new(Method::Binding, Class::Request, [1; 12])
            .with_integrity(b"key")
            .with(attribute::USE_CANDIDATE, &[])
            .finish();
        let message = Message::read(&bytes).expect("read");
        assert!(message.is_authentic(b"key") && message.get(attribute::USE_CANDIDATE).is_none());
    }

    #[test]
    fn a_changed_byte_is_noticed_and_mutations_never_panic() {
        let bytes = sample();
        // All but the fingerprint, which protects nothing and may be left away.
        for at in 0..bytes.len() - 8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Message::read(&changed).is_none_or(|message| !message.is_authentic(PASSWORD)), "byte {at}");
        }
        let mut random = StdRng::seed_from_u64(5);
        for _ in 0..20_000 {
            let mut changed = bytes.clone();
            for _ in 0..random.random_range(1..6) {
                let at = random.random_range(0..changed.len());
                changed[at] = random.random();
            }
            changed.truncate(random.random_range(0..=changed.len()));
            if let Some(message) = Message::read(&changed) {
                let _ = (message.error(), message.address(attribute::XOR_MAPPED_ADDRESS), message.is_authentic(b"x"));
            }
        }
    }
}
