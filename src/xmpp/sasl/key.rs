//! What is computed from the password, away from the machine.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

/// The hash of a SCRAM mechanism, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// RFC 5802.
    Sha1,
    /// RFC 7677.
    Sha256,
    /// draft-melnikov-scram-sha-512, as servers offer it.
    Sha512,
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl FromStr for Hash {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "SHA-1" => Ok(Self::Sha1),
            "SHA-256" => Ok(Self::Sha256),
            "SHA-512" => Ok(Self::Sha512),
            _ => Err(()),
        }
    }
}

impl Hash {
    pub(super) fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    pub(in crate::xmpp) fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        fn with<M: Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
            let mut mac = <M as Mac>::new_from_slice(key).expect("HMAC takes keys of every length");
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha1 => with::<Hmac<Sha1>>(key, data),
            Self::Sha256 => with::<Hmac<Sha256>>(key, data),
            Self::Sha512 => with::<Hmac<Sha512>>(key, data),
        }
    }

    fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
        let length = match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        };
        let mut salted = Zeroizing::new(vec![0; length]);
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut salted),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut salted),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut salted),
        }
        salted
    }
}

/// What must be computed from the password. Equal jobs give equal keys, so the last key may be kept in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyJob {
    /// `SaltedPassword` (RFC 5802 section 3): up to a million iterations, so off the reactor.
    Salted {
        /// The hash.
        hash: Hash,
        /// The server's salt, not empty.
        salt: Vec<u8>,
        /// 4,096 to 1,000,000.
        iterations: u32,
    },
    /// The password itself, for PLAIN.
    Password,
}

/// What a [`KeyJob`] gives. Zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) Zeroizing<Vec<u8>>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl KeyJob {
    /// Computes it; takes about a second for a million iterations.
    pub fn run(&self, password: &str) -> Key {
        match self {
            Self::Salted { hash, salt, iterations } => {
                Key(hash.salted(prepare(password).as_bytes(), salt, *iterations))
            }
            // RFC 4616 section 2: prepared too.
            Self::Password => Key(Zeroizing::new(prepare(password).as_bytes().to_vec())),
        }
    }
}

/// SASLprep (RFC 4013). Text that it refuses (an emoji is newer than its Unicode) goes as it is: servers that accept such
/// a password at all do the same.
pub(super) fn prepare(text: &str) -> Zeroizing<String> {
    Zeroizing::new(stringprep::saslprep(text).map_or_else(|_| text.to_owned(), |prepared| prepared.into_owned()))
}
