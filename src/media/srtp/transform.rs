//! The arithmetic of SRTP and SRTCP: keys of a session, packets sealed and opened at an index that the caller names
//! (RFC 3711, RFC 6188, RFC 7714).
//!
//! The primitives are the library's; which index a packet has, and whether it was seen before, is decided one level up.
//! Nothing here remembers anything of a packet.

use rtc_srtp::crypto::{
    AeadAlgorithm, AeadCipher, HmacAlgorithm, Mac, RTCCrypto, StreamCipher, StreamCipherAlgorithm, constant_time_eq,
};

use super::SrtpError;
use crate::sdp::{CryptoSuite, MasterKey};

/// The encryption flag and the index of an SRTCP packet (RFC 3711 section 3.4).
const ESRTCP: usize = 4;
/// The part of an RTCP packet that stays readable.
const RTCP_HEADER: usize = 8;
/// The tag of AES-GCM (RFC 7714 section 13.2).
const AEAD_TAG: usize = 16;
/// The tag of SRTCP, also beside the short one of SRTP (RFC 4568 section 6.2.2, RFC 6188 section 4).
const SRTCP_TAG: usize = 10;
/// The highest index of SRTCP (RFC 3711 section 3.4).
pub const LAST_SRTCP_INDEX: u32 = 0x7fff_ffff;

/// One of the six keys that a master key gives (RFC 3711 section 4.3.1).
#[derive(Clone, Copy)]
enum Label {
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
}

/// SRTP's labels are 0 to 2, SRTCP's 3 to 5.
#[derive(Clone, Copy)]
enum Protocol {
    Srtp = 0,
    Srtcp = 3,
}

enum Cipher {
    /// AES in counter mode with HMAC-SHA1.
    Counter { stream: Box<dyn StreamCipher>, mac: Box<dyn Mac>, tag: usize },
    /// AES-GCM.
    Aead(Box<dyn AeadCipher>),
}

/// What SRTP or SRTCP works with.
struct Half {
    cipher: Cipher,
    /// The session salt, at the place where the counter block or the nonce has it.
    salt: Vec<u8>,
}

/// The session keys of one master key.
pub struct Transform {
    rtp: Half,
    rtcp: Half,
}

/// The AES-CM pseudo-random function (RFC 3711 section 4.3.3; with 256 bits RFC 6188 section 3), at a derivation rate of 0.
fn derive(
    crypto: &dyn RTCCrypto,
    suite: CryptoSuite,
    master: &[u8],
    salt: &[u8],
    label: u8,
    length: usize,
) -> Option<Vec<u8>> {
    let algorithm = stream_algorithm(suite);
    let mut block = [0; 16];
    // RFC 7714 section 11: a salt of twelve bytes is filled up with zeros on the right.
    block.iter_mut().zip(salt).for_each(|(out, byte)| *out = *byte);
    *block.get_mut(7)? ^= label;
    let mut key = vec![0; length];
    crypto.new_stream_cipher(algorithm, master).ok()?.apply_keystream(&block, &mut key).ok()?;
    Some(key)
}

fn stream_algorithm(suite: CryptoSuite) -> StreamCipherAlgorithm {
    match suite {
        CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm128HmacSha1_32 | CryptoSuite::AeadAes128Gcm => {
            StreamCipherAlgorithm::Aes128Ctr
        }
        CryptoSuite::AesCm256HmacSha1_80 | CryptoSuite::AesCm256HmacSha1_32 | CryptoSuite::AeadAes256Gcm => {
            StreamCipherAlgorithm::Aes256Ctr
        }
    }
}

impl Half {
    fn new(suite: CryptoSuite, master: (&[u8], &[u8]), protocol: Protocol, crypto: &dyn RTCCrypto) -> Option<Self> {
        let (key, salt) = master;
        let derived = |label: Label, length| derive(crypto, suite, key, salt, protocol as u8 + label as u8, length);
        let secret = derived(Label::Encryption, key.len())?;
        let counter = |tag| -> Option<Cipher> {
            let tag = match protocol {
                Protocol::Srtp => tag,
                Protocol::Srtcp => SRTCP_TAG,
            };
            Some(Cipher::Counter {
                stream: crypto.new_stream_cipher(stream_algorithm(suite), &secret).ok()?,
                mac: crypto.new_hmac(HmacAlgorithm::Sha1, &derived(Label::Authentication, 20)?).ok()?,
                tag,
            })
        };
        let aead = |algorithm| crypto.new_aead(algorithm, &secret).ok().map(Cipher::Aead);
        let cipher = match suite {
            CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm256HmacSha1_80 => counter(10)?,
            CryptoSuite::AesCm128HmacSha1_32 | CryptoSuite::AesCm256HmacSha1_32 => counter(4)?,
            CryptoSuite::AeadAes128Gcm => aead(AeadAlgorithm::Aes128Gcm)?,
            CryptoSuite::AeadAes256Gcm => aead(AeadAlgorithm::Aes256Gcm)?,
        };
        Some(Self { cipher, salt: derived(Label::Salt, salt.len())? })
    }

    /// RFC 3711 section 4.1.1: salt, source and index, xored at their places.
    fn counter_block(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut block = [0; 16];
        block.iter_mut().zip(&self.salt).for_each(|(out, byte)| *out = *byte);
        block.iter_mut().skip(4).zip(ssrc.to_be_bytes()).for_each(|(out, byte)| *out ^= byte);
        // The index has 48 bits; below it stand the 16 of the block counter.
        block.iter_mut().skip(8).zip(index.to_be_bytes().into_iter().skip(2)).for_each(|(out, byte)| *out ^= byte);
        block
    }

    /// RFC 7714 sections 8.1 and 9.1: source and index, xored with the salt.
    fn nonce(&self, ssrc: u32, index: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.iter_mut().skip(2).zip(ssrc.to_be_bytes()).for_each(|(out, byte)| *out = byte);
        nonce.iter_mut().skip(6).zip(index.to_be_bytes().into_iter().skip(2)).for_each(|(out, byte)| *out = byte);
        nonce.iter_mut().zip(&self.salt).for_each(|(out, byte)| *out ^= byte);
        nonce
    }

    /// How many bytes stand behind the place of the MKI: the HMAC's tag; the tag of AES-GCM stands before it
    /// (RFC 3711 figure 1, RFC 7714 section 5.3).
    fn behind_mki(&self) -> usize {
        match &self.cipher {
            Cipher::Counter { tag, .. } => *tag,
            Cipher::Aead(_) => 0,
        }
    }
}

impl Transform {
    /// The session keys of a master key with its salt behind it.
    ///
    /// # Errors
    /// [`SrtpError::Keys`] when the key has another length than the suite's.
    pub fn new(suite: CryptoSuite, master: &MasterKey, crypto: &dyn RTCCrypto) -> Result<Self, SrtpError> {
        let (key_length, salt_length) = suite.key_and_salt();
        if master.0.len() != key_length + salt_length {
            return Err(SrtpError::Keys);
        }
        let master = master.0.split_at(key_length);
        let half = |protocol| Half::new(suite, master, protocol, crypto).ok_or(SrtpError::Keys);
        Ok(Self { rtp: half(Protocol::Srtp)?, rtcp: half(Protocol::Srtcp)? })
    }

    /// Bytes of an RTP packet behind the place of an MKI.
    pub fn behind_mki(&self) -> usize {
        self.rtp.behind_mki()
    }

    /// Bytes of an RTCP packet behind the place of an MKI.
    pub fn behind_mki_of_report(&self) -> usize {
        self.rtcp.behind_mki()
    }

    /// Protects an RTP packet whose payload begins at `header`, as the one with this 48-bit index.
    pub fn seal(&mut self, packet: &[u8], header: usize, ssrc: u32, index: u64) -> Option<Vec<u8>> {
        let (block, nonce) = (self.rtp.counter_block(ssrc, index), self.rtp.nonce(ssrc, index));
        let mut sealed = Vec::with_capacity(packet.len() + AEAD_TAG);
        sealed.extend_from_slice(packet);
        let (clear, payload) = sealed.split_at_mut_checked(header)?;
        match &mut self.rtp.cipher {
            Cipher::Counter { stream, mac, tag } => {
                stream.apply_keystream(&block, payload).ok()?;
                let mut full = [0; 20];
                mac.sign(&[&sealed, &rollover(index)], &mut full).ok()?;
                sealed.extend_from_slice(full.get(..*tag)?);
            }
            Cipher::Aead(aead) => {
                let mut tag = [0; AEAD_TAG];
                aead.seal_in_place(&nonce, clear, payload, &mut tag).ok()?;
                sealed.extend_from_slice(&tag);
            }
        }
        Some(sealed)
    }

    /// Opens what [`Self::seal`] made, without its MKI; `None` when it is not authentic at this index.
    pub fn open(&mut self, packet: &[u8], header: usize, ssrc: u32, index: u64) -> Option<Vec<u8>> {
        let (block, nonce) = (self.rtp.counter_block(ssrc, index), self.rtp.nonce(ssrc, index));
        match &mut self.rtp.cipher {
            Cipher::Counter { stream, mac, tag } => {
                let (sealed, claimed) = packet.split_at_checked(packet.len().checked_sub(*tag)?)?;
                let mut full = [0; 20];
                mac.sign(&[sealed, &rollover(index)], &mut full).ok()?;
                if !constant_time_eq(claimed, full.get(..*tag)?) {
                    return None;
                }
                let mut plain = sealed.to_vec();
                stream.apply_keystream(&block, plain.get_mut(header..)?).ok()?;
                Some(plain)
            }
            Cipher::Aead(aead) => {
                let (sealed, tag) = packet.split_at_checked(packet.len().checked_sub(AEAD_TAG)?)?;
                let mut plain = sealed.to_vec();
                let (clear, payload) = plain.split_at_mut_checked(header)?;
                aead.open_in_place(&nonce, clear, payload, tag).ok()?;
                Some(plain)
            }
        }
    }

    /// Protects an RTCP packet as the one with this 31-bit index.
    pub fn seal_report(&mut self, packet: &[u8], ssrc: u32, index: u32) -> Option<Vec<u8>> {
        let (block, nonce) = (self.rtcp.counter_block(ssrc, index.into()), self.rtcp.nonce(ssrc, index.into()));
        let word = (index | !LAST_SRTCP_INDEX).to_be_bytes();
        let mut sealed = Vec::with_capacity(packet.len() + AEAD_TAG + ESRTCP);
        sealed.extend_from_slice(packet);
        let (clear, payload) = sealed.split_at_mut_checked(RTCP_HEADER)?;
        match &mut self.rtcp.cipher {
            Cipher::Counter { stream, mac, tag } => {
                stream.apply_keystream(&block, payload).ok()?;
                sealed.extend_from_slice(&word);
                let mut full = [0; 20];
                mac.sign(&[&sealed], &mut full).ok()?;
                sealed.extend_from_slice(full.get(..*tag)?);
            }
            Cipher::Aead(aead) => {
                let mut tag = [0; AEAD_TAG];
                let associated = [&*clear, &word].concat();
                aead.seal_in_place(&nonce, &associated, payload, &mut tag).ok()?;
                sealed.extend_from_slice(&tag);
                sealed.extend_from_slice(&word);
            }
        }
        Some(sealed)
    }

    /// Opens what [`Self::seal_report`] made, without its MKI: its index and the plain packet.
    ///
    /// A packet that says it is not encrypted is refused: `UNENCRYPTED_SRTCP` is never agreed (RFC 4568 section 6.3.2),
    /// so only somebody without the keys has a reason to send one.
    pub fn open_report(&mut self, packet: &[u8], ssrc: u32) -> Option<(u32, Vec<u8>)> {
        let behind = self.rtcp.behind_mki();
        let (body, claimed) = packet.split_at_checked(packet.len().checked_sub(behind)?)?;
        let (sealed, word) = body.split_at_checked(body.len().checked_sub(ESRTCP)?)?;
        let word: [u8; ESRTCP] = word.try_into().ok()?;
        let flagged = u32::from_be_bytes(word);
        let index = flagged & LAST_SRTCP_INDEX;
        if flagged == index {
            return None;
        }
        let (block, nonce) = (self.rtcp.counter_block(ssrc, index.into()), self.rtcp.nonce(ssrc, index.into()));
        match &mut self.rtcp.cipher {
            Cipher::Counter { stream, mac, tag } => {
                let mut full = [0; 20];
                mac.sign(&[body], &mut full).ok()?;
                if !constant_time_eq(claimed, full.get(..*tag)?) {
                    return None;
                }
                let mut plain = sealed.to_vec();
                stream.apply_keystream(&block, plain.get_mut(RTCP_HEADER..)?).ok()?;
                Some((index, plain))
            }
            Cipher::Aead(aead) => {
                let (sealed, tag) = sealed.split_at_checked(sealed.len().checked_sub(AEAD_TAG)?)?;
                let mut plain = sealed.to_vec();
                let (clear, payload) = plain.split_at_mut_checked(RTCP_HEADER)?;
                let associated = [&*clear, &word].concat();
                aead.open_in_place(&nonce, &associated, payload, tag).ok()?;
                Some((index, plain))
            }
        }
    }
}

/// The rollover counter of an index, as it is authenticated (RFC 3711 section 4.2).
fn rollover(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn the_session_keys_are_those_of_rfc_3711() {
        let provider = rtc_srtp::crypto::default_provider().unwrap();
        let (key, salt) = (hex("E1F97A0D3E018BE0D64FA32C06DE4139"), hex("0EC675AD498AFEEBB6960B3AABE6"));
        let derived = |label, length| {
            derive(provider.crypto(), CryptoSuite::AesCm128HmacSha1_80, &key, &salt, label, length).unwrap()
        };
        assert_eq!(derived(0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(derived(1, 20), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    /// RFC 6188 section 7.1 and 7.2.
    #[test]
    fn the_session_keys_of_256_bits_are_those_of_rfc_6188() {
        let provider = rtc_srtp::crypto::default_provider().unwrap();
        let key = hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
        let salt = hex("3b04803de51ee7c96423ab5b78d2");
        let derived = |label, length| {
            derive(provider.crypto(), CryptoSuite::AesCm256HmacSha1_80, &key, &salt, label, length).unwrap()
        };
        assert_eq!(derived(0, 32), hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
        assert_eq!(derived(2, 14), hex("fa31791685ca444a9e07c6c64e93"));
        assert_eq!(derived(1, 20), hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
    }

    /// RFC 7714 section 16.1.1 uses session keys directly, so this builds them in.
    #[test]
    fn a_packet_of_aes_gcm_is_the_one_of_rfc_7714() {
        let provider = rtc_srtp::crypto::default_provider().unwrap();
        let aead =
            provider.crypto().new_aead(AeadAlgorithm::Aes128Gcm, &hex("000102030405060708090a0b0c0d0e0f")).unwrap();
        let salt = hex("517569642070726f2071756f");
        let half = || Half {
            cipher: Cipher::Aead(provider.crypto().new_aead(AeadAlgorithm::Aes128Gcm, &[0; 16]).unwrap()),
            salt: vec![0; 12],
        };
        let mut transform = Transform { rtp: Half { cipher: Cipher::Aead(aead), salt }, rtcp: half() };
        let packet = hex(
            "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472
             6573",
        );
        let sealed = hex(
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
             8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        );
        assert_eq!(transform.seal(&packet, 12, 0x5501_a0b2, 0xf17b).unwrap(), sealed);
        assert_eq!(transform.open(&sealed, 12, 0x5501_a0b2, 0xf17b).unwrap(), packet);
        assert_eq!(transform.open(&sealed, 12, 0x5501_a0b2, 0x1_f17b), None);
    }
}
