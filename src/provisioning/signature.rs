//! The detached signature of a document: Ed25519 (RFC 8032) over the bytes as they were fetched.
//!
//! A key counts only from the user's configuration or from a link that somebody handed over. It is never learned from a
//! document: whoever could replace the document could replace the key with it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};

/// A public key that documents have to be signed with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PinnedKey([u8; 32]);

/// What is known of a document's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureState {
    /// No key is pinned, so nothing was checked.
    Unchecked,
    /// Made with the pinned key.
    Good,
}

/// Why a document does not count although it was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A key is pinned and there is no signature.
    #[error("it is not signed, and the configuration names a key")]
    Missing,
    /// What should be a signature is none.
    #[error("its signature cannot be read")]
    Unreadable,
    /// Not made with this key over these bytes.
    #[error("its signature was not made with the key that the configuration names")]
    Wrong,
}

impl PinnedKey {
    /// Reads a key: 32 bytes in base64, with or without padding.
    pub fn parse(text: &str) -> Option<Self> {
        bytes(text).and_then(|bytes| bytes.try_into().ok()).map(Self)
    }

    /// The key of a configuration.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As a configuration keeps it.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Checks a signature (64 bytes in base64) over a document's bytes.
    pub fn verify(&self, document: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        let signature = signature.ok_or(SignatureError::Missing)?;
        let signature = bytes(signature).filter(|bytes| bytes.len() == 64).ok_or(SignatureError::Unreadable)?;
        UnparsedPublicKey::new(&ED25519, &self.0).verify(document, &signature).map_err(|_| SignatureError::Wrong)
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    // 64 bytes take 88 characters.
    (text.len() <= 96).then(|| STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()).flatten()
}

impl fmt::Display for PinnedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PinnedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinnedKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn only_the_pinned_key_over_the_very_bytes_counts() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
        let key = PinnedKey::parse(&STANDARD.encode(pair.public_key())).expect("a key");
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).expect("a key");
        let sign = |pair: &Ed25519KeyPair| STANDARD.encode(pair.sign(b"{}"));
        assert_eq!(key.verify(b"{}", Some(&sign(&pair))), Ok(()));
        assert_eq!(key.verify(b"{}", Some(&format!(" {}\n", sign(&pair)))), Ok(()), "as a file holds it");
        assert_eq!(key.verify(b"{} ", Some(&sign(&pair))), Err(SignatureError::Wrong));
        assert_eq!(key.verify(b"{}", Some(&sign(&other))), Err(SignatureError::Wrong));
        assert_eq!(key.verify(b"{}", None), Err(SignatureError::Missing));
        for nonsense in ["", "abc", "!!!!", &"A".repeat(10_000)] {
            assert_eq!(key.verify(b"{}", Some(nonsense)), Err(SignatureError::Unreadable), "{nonsense:.20}");
        }
    }

    #[test]
    fn the_first_test_of_rfc_8032_holds() {
        let key = PinnedKey::parse("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("section 7.1, TEST 1");
        let signature = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
        assert_eq!(key.verify(b"", Some(signature)), Ok(()));
    }
}
