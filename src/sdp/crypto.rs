//! SDES keys: the `a=crypto` attribute (RFC 4568, RFC 6188, RFC 7714).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{CryptoSuite, MasterKey};

/// Every suite, the strongest first: this is the order of our offers and of our choice.
pub const SUITES: [CryptoSuite; 5] = [
    CryptoSuite::AeadAes256Gcm,
    CryptoSuite::AesCm256HmacSha1_80,
    CryptoSuite::AeadAes128Gcm,
    CryptoSuite::AesCm128HmacSha1_80,
    CryptoSuite::AesCm128HmacSha1_32,
];

impl CryptoSuite {
    /// The name in `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// The length of the master key and of the master salt behind it, in bytes.
    pub fn key_and_salt(self) -> (usize, usize) {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => (16, 14),
            Self::AesCm256HmacSha1_80 => (32, 14),
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
        self != Self::AesCm128HmacSha1_32
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
}

impl Crypto {
    /// Reads the value of an `a=crypto` attribute; `None` for a line that we cannot use.
    ///
    /// A lifetime is tolerated (2^31 packets outlast any call). A key with an MKI, or several keys, would need MKIs in
    /// the packets: such a line is skipped, like one with unknown or weakening session parameters (RFC 4568 6.3.7).
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        let tag = fields.next().filter(|tag| tag.len() <= 9 && tag.bytes().all(|byte| byte.is_ascii_digit()))?;
        let suite = CryptoSuite::parse(fields.next()?)?;
        let key = fields.next()?.strip_prefix("inline:").filter(|key| !key.contains(';'))?;
        // WSH is a hint for the replay window only; everything else weakens or is unknown.
        if fields.any(|parameter| !parameter.starts_with("WSH=")) {
            return None;
        }
        let mut parts = key.split('|');
        let material = parts.next()?;
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        // Some senders leave the padding away.
        let key = STANDARD.decode(material).or_else(|_| STANDARD_NO_PAD.decode(material)).ok()?;
        (key.len() == suite.inline_len()).then(|| Self {
            tag: tag.parse().unwrap_or_default(),
            suite,
            key: MasterKey(key),
        })
    }

    /// The attribute line.
    pub fn write(&self) -> String {
        format!("a=crypto:{} {} inline:{}\r\n", self.tag, self.suite.name(), STANDARD.encode(&self.key.0))
    }
}

/// Our key for one suite, derived from the call's secret.
///
/// RFC 4568 section 6.1 wants every master key to be unique in the whole message, so the suites of one offer must not
/// share bytes: each gets HMAC-SHA-256 of its own name and of a counter under the secret.
pub fn suite_key(secret: &MasterKey, suite: CryptoSuite) -> MasterKey {
    let mut key = Vec::with_capacity(suite.inline_len());
    for block in 0_u8..2 {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { break };
        mac.update(suite.name().as_bytes());
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
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^20|1:4", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{}|1:4", false),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:{};inline:{}", false),
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
    fn every_suite_has_a_key_of_its_own_with_its_own_length() {
        let secret = MasterKey(vec![1; 46]);
        let keys: Vec<_> = SUITES.into_iter().map(|suite| (suite, suite_key(&secret, suite))).collect();
        for (suite, key) in &keys {
            assert_eq!(key.0.len(), suite.inline_len());
            for (other_suite, other) in &keys {
                assert!(suite == other_suite || key.0.get(..16) != other.0.get(..16), "{suite:?} {other_suite:?}");
            }
        }
    }
}
