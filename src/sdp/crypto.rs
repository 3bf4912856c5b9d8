//! SDES keys: the `a=crypto` attribute (RFC 4568, RFC 6188, RFC 7714).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{CryptoSuite, MasterKey, Mki, SrtpKeys};

/// Every suite, the strongest first: this is the order of our offers and of our choice. Short tags come last whatever the
/// cipher: a forged packet passes them once in 2^32.
pub const SUITES: [CryptoSuite; 6] = [
    CryptoSuite::AeadAes256Gcm,
    CryptoSuite::AesCm256HmacSha1_80,
    CryptoSuite::AeadAes128Gcm,
    CryptoSuite::AesCm128HmacSha1_80,
    CryptoSuite::AesCm256HmacSha1_32,
    CryptoSuite::AesCm128HmacSha1_32,
];

/// Keys of one line that are looked at; more make the line unusable.
const MOST_KEYS: usize = 4;

/// The longest MKI (RFC 4568 section 6.1).
const LONGEST_MKI: usize = 128;

/// The longest lifetime (RFC 3711 section 9.2).
const LONGEST_LIFETIME: u64 = 1 << 48;

impl CryptoSuite {
    /// The name in `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// The length of the master key and of the master salt behind it, in bytes.
    pub fn key_and_salt(self) -> (usize, usize) {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => (16, 14),
            Self::AesCm256HmacSha1_80 | Self::AesCm256HmacSha1_32 => (32, 14),
            Self::AeadAes128Gcm => (16, 12),
            Self::AeadAes256Gcm => (32, 12),
        }
    }

    /// The length of what follows `inline:`, decoded, in bytes.
    pub fn inline_len(self) -> usize {
        let (key, salt) = self.key_and_salt();
        key + salt
    }

    /// Whether it is strong enough where protection is required: a 32-bit tag is not (M08).
    pub(super) fn is_strong(self) -> bool {
        !matches!(self, Self::AesCm128HmacSha1_32 | Self::AesCm256HmacSha1_32)
    }

    fn parse(name: &str) -> Option<Self> {
        SUITES.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }
}

/// A usable `a=crypto` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// Its tag, 1 to 9 digits.
    pub tag: u32,
    /// Its suite.
    pub suite: CryptoSuite,
    /// Key and salt.
    pub key: MasterKey,
    /// The name of the key in the packets; empty where there is none.
    pub mki: Vec<u8>,
    /// Further keys that the sender may change to, by their names.
    pub others: Vec<(Vec<u8>, MasterKey)>,
    /// Packets that a key protects at most, where the line says so.
    pub lifetime: Option<u64>,
}

impl Crypto {
    /// Reads the value of an `a=crypto` attribute; `None` for a line that we cannot use, as one with unknown or weakening
    /// session parameters (RFC 4568 section 6.3.7).
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        let tag = fields.next().filter(|tag| tag.len() <= 9 && tag.bytes().all(|byte| byte.is_ascii_digit()))?;
        let suite = CryptoSuite::parse(fields.next()?)?;
        let parameters = fields.next()?;
        // WSH is a hint for the replay window only; everything else weakens or is unknown.
        if fields.any(|parameter| !parameter.starts_with("WSH=")) {
            return None;
        }
        let keys: Vec<Key> =
            parameters.split(';').take(MOST_KEYS + 1).map(|text| Key::parse(text, suite)).collect::<Option<_>>()?;
        let (first, others) = keys.split_first()?;
        // RFC 4568 section 6.1: with several keys each has an MKI, all of one length.
        let fit = others.iter().all(|key| !key.mki.is_empty() && key.mki.len() == first.mki.len());
        if others.len() >= MOST_KEYS || !fit {
            return None;
        }
        Some(Self {
            tag: tag.parse().unwrap_or_default(),
            suite,
            key: first.material.clone(),
            mki: first.mki.clone(),
            others: others.iter().map(|key| (key.mki.clone(), key.material.clone())).collect(),
            lifetime: keys.iter().filter_map(|key| key.lifetime).min(),
        })
    }

    /// A line of ours.
    pub fn own(tag: u32, suite: CryptoSuite, key: MasterKey) -> Self {
        Self { tag, suite, key, mki: Vec::new(), others: Vec::new(), lifetime: None }
    }

    /// Our answer to this line of theirs.
    pub fn answered(&self, key: MasterKey) -> Self {
        // Who names keys in packets expects that of both directions: the name is ours to choose, the length theirs.
        let mut mki = vec![0; self.mki.len()];
        if let Some(last) = mki.last_mut() {
            *last = 1;
        }
        Self { mki, ..Self::own(self.tag, self.suite, key) }
    }

    /// The keys of both directions, after this line of ours and theirs fit.
    pub fn with_remote(&self, remote: &Self) -> SrtpKeys {
        SrtpKeys {
            suite: self.suite,
            local: self.key.clone(),
            remote: remote.key.clone(),
            mki: Mki { local: self.mki.clone(), remote: remote.mki.clone(), others: remote.others.clone() },
            lifetime: remote.lifetime.unwrap_or(SrtpKeys::LIFETIME).min(SrtpKeys::LIFETIME),
        }
    }

    /// The attribute line.
    pub fn write(&self) -> String {
        let key = STANDARD.encode(&self.key.0);
        // Ours are small numbers.
        let mki = match self.mki.last() {
            Some(value) => format!("|{value}:{}", self.mki.len()),
            None => String::new(),
        };
        format!("a=crypto:{} {} inline:{key}{mki}\r\n", self.tag, self.suite.name())
    }
}

/// One `inline:` part.
struct Key {
    material: MasterKey,
    mki: Vec<u8>,
    lifetime: Option<u64>,
}

impl Key {
    fn parse(text: &str, suite: CryptoSuite) -> Option<Self> {
        let mut parts = text.strip_prefix("inline:")?.split('|');
        let material = parts.next()?;
        // Some senders leave the padding away.
        let material = STANDARD.decode(material).or_else(|_| STANDARD_NO_PAD.decode(material)).ok()?;
        let (mut lifetime, mut mki) = (None, Vec::new());
        for (at, part) in parts.enumerate() {
            match part.split_once(':') {
                Some((value, length)) if mki.is_empty() => mki = identifier(value, length)?,
                None if at == 0 => lifetime = Some(packets(part)?),
                Some(_) | None => return None,
            }
        }
        (material.len() == suite.inline_len()).then_some(Self { material: MasterKey(material), mki, lifetime })
    }
}

/// `value:length` of an MKI: a number, written out in so many bytes.
fn identifier(value: &str, length: &str) -> Option<Vec<u8>> {
    let length = length.parse().ok().filter(|length| (1..=LONGEST_MKI).contains(length))?;
    let value = value.parse::<u128>().ok()?.to_be_bytes();
    let surplus = value.len().saturating_sub(length);
    let (cut, kept) = value.split_at(surplus);
    // A value that does not fit in its length names nothing.
    if cut.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut mki = vec![0; length - kept.len()];
    mki.extend_from_slice(kept);
    Some(mki)
}

/// A lifetime: a number, or `2^` and a power.
fn packets(text: &str) -> Option<u64> {
    let packets = match text.strip_prefix("2^") {
        Some(power) => 1_u64.checked_shl(power.parse().ok()?)?,
        None => text.parse().ok()?,
    };
    (1..=LONGEST_LIFETIME).contains(&packets).then_some(packets)
}

/// Our key for one suite, derived from the call's secret; each generation gives another one.
///
/// RFC 4568 section 6.1 wants every master key to be unique in the whole message, so the suites of one offer must not
/// share bytes: each gets HMAC-SHA-256 of its own name and of a counter under the secret.
pub fn suite_key(secret: &MasterKey, suite: CryptoSuite, generation: u32) -> MasterKey {
    let mut key = Vec::with_capacity(suite.inline_len());
    for block in 0_u8..2 {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { break };
        mac.update(suite.name().as_bytes());
        mac.update(&generation.to_be_bytes());
        mac.update(&[block]);
        key.extend_from_slice(&mac.finalize().into_bytes());
    }
    key.truncate(suite.inline_len());
    MasterKey(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_lines_are_read_or_skipped_as_rfc_4568_says() {
        let key = STANDARD.encode([7_u8; 30]);
        let rows: &[(&str, bool)] = &[
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}", true),
            ("007 AES_CM_128_HMAC_SHA1_32 inline:{}|2^20", true),
            ("1 aes_cm_128_hmac_sha1_80 inline:{}|1048576 WSH=64", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^20|1:4", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:128", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:129", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:0", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|256:1", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4|2^20", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4|1:4", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^48", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^49", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|0", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^64", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{};inline:{}", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4;inline:{}|2:4", true),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4;inline:{}|2:2", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:1;inline:{}|2:1;inline:{}|3:1;inline:{}|4:1;inline:{}|5:1", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{} UNENCRYPTED_SRTP", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{} KDR=1", false),
            ("1 AES_256_CM_HMAC_SHA1_80 inline:{}", false),
            ("1 F8_128_HMAC_SHA1_80 inline:{}", false),
            ("1 NULL_HMAC_SHA1_80 inline:{}", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:****", false),
            ("1 AES_CM_128_HMAC_SHA1_80 uri:{}", false),
            ("1234567890 AES_CM_128_HMAC_SHA1_80 inline:{}", false),
            ("-1 AES_CM_128_HMAC_SHA1_80 inline:{}", false),
            ("", false),
        ];
        for (line, usable) in rows {
            let line = line.replace("{}", &key);
            assert_eq!(Crypto::parse(&line).is_some(), *usable, "{line}");
        }
    }

    #[test]
    fn names_and_lifetimes_of_keys_are_read_and_mirrored() {
        let key = STANDARD.encode([7_u8; 30]);
        let line = format!("3 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|258:4;inline:{key}|2^19|7:4");
        let theirs = Crypto::parse(&line).unwrap();
        let ours = theirs.answered(MasterKey(vec![1; 30]));
        assert!(ours.write().ends_with("|1:4\r\n"), "{}", ours.write());
        let keys = ours.with_remote(&theirs);
        assert_eq!(keys.mki.local, [0, 0, 0, 1]);
        assert_eq!(keys.mki.remote, [0, 0, 1, 2]);
        assert_eq!(keys.mki.others, [(vec![0, 0, 0, 7], MasterKey(vec![7; 30]))]);
        assert_eq!(keys.lifetime, 1 << 19);
        assert_eq!(Crypto::parse(ours.write().trim_end().strip_prefix("a=crypto:").unwrap()), Some(ours));
    }

    #[test]
    fn every_suite_has_a_key_of_its_own_with_its_own_length() {
        let secret = MasterKey(vec![1; 46]);
        let keys: Vec<_> = SUITES.into_iter().map(|suite| (suite, suite_key(&secret, suite, 0))).collect();
        for (suite, key) in &keys {
            assert_eq!(key.0.len(), suite.inline_len());
            assert_ne!(*key, suite_key(&secret, *suite, 1), "the next generation is another key");
            for (other_suite, other) in &keys {
                assert!(suite == other_suite || key.0.get(..16) != other.0.get(..16), "{suite:?} {other_suite:?}");
            }
        }
    }
}
