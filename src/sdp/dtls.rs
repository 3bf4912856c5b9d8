//! What SDP says of DTLS-SRTP: fingerprints (RFC 8122), who begins (RFC 4145), which association (RFC 8842).

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{DtlsPlan, MasterKey};

/// Fingerprints of one description that are looked at.
const MOST_FINGERPRINTS: usize = 8;
/// The longest `tls-id` that is compared (RFC 8842 section 4 allows 255 characters).
const LONGEST_TLS_ID: usize = 255;

/// A hash function that a fingerprint may have. MD5 and SHA-1 are none (M07, RFC 8122 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn of(self, certificate: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(certificate).to_vec(),
            Self::Sha384 => Sha384::digest(certificate).to_vec(),
            Self::Sha512 => Sha512::digest(certificate).to_vec(),
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The fingerprint of a certificate, with a hash that nobody can forge.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    hash: Hash,
    digest: Vec<u8>,
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({}, …)", self.hash.name())
    }
}

impl Fingerprint {
    /// Of a certificate in DER, with SHA-256.
    pub fn of(certificate: &[u8]) -> Self {
        Self { hash: Hash::Sha256, digest: Hash::Sha256.of(certificate) }
    }

    /// Whether it is this certificate's.
    pub fn matches(&self, certificate: &[u8]) -> bool {
        self.hash.of(certificate) == self.digest
    }

    /// Reads the value of `a=fingerprint`; `None` for weak hashes, unknown ones and nonsense.
    pub fn parse(value: &str) -> Option<Self> {
        let (name, digest) = value.trim().split_once(' ')?;
        let hash = [Hash::Sha256, Hash::Sha384, Hash::Sha512]
            .into_iter()
            .find(|hash| hash.name().eq_ignore_ascii_case(name))?;
        let digest: Option<Vec<u8>> = digest
            .trim()
            .split(':')
            .take(hash.length() + 1)
            .map(|pair| {
                let digits = pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
                u8::from_str_radix(pair, 16).ok().filter(|_| digits)
            })
            .collect();
        digest.filter(|digest| digest.len() == hash.length()).map(|digest| Self { hash, digest })
    }

    /// As in `a=fingerprint`: `sha-256 AB:…`.
    pub fn value(&self) -> String {
        self.write().trim_end().trim_start_matches("a=fingerprint:").to_owned()
    }

    fn write(&self) -> String {
        let digest: Vec<String> = self.digest.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("a=fingerprint:{} {}\r\n", self.hash.name(), digest.join(":"))
    }
}

/// Who opens the association (RFC 4145 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setup {
    /// The one that says so.
    Active,
    /// The other one.
    Passive,
    /// The answerer chooses.
    ActPass,
    /// Nobody for the time being.
    HoldConn,
}

impl Setup {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "passive" => Some(Self::Passive),
            "actpass" => Some(Self::ActPass),
            "holdconn" => Some(Self::HoldConn),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        }
    }
}

/// What a session or a media line says of DTLS.
#[derive(Clone, Debug, Default)]
pub struct DtlsAttributes {
    /// There is an `a=fingerprint`, usable or not: DTLS is meant.
    pub has_fingerprint: bool,
    /// Those that can be used.
    pub(super) fingerprints: Vec<Fingerprint>,
    pub(super) setup: Option<Setup>,
    pub(super) tls_id: Option<String>,
}

impl DtlsAttributes {
    /// Reads an attribute, if it is one of these.
    pub(super) fn read(&mut self, name: &str, value: &str) -> bool {
        match name {
            "fingerprint" => {
                self.has_fingerprint = true;
                if self.fingerprints.len() < MOST_FINGERPRINTS {
                    self.fingerprints.extend(Fingerprint::parse(value));
                }
            }
            "setup" => self.setup = Setup::parse(value),
            "tls-id" if value.len() <= LONGEST_TLS_ID => self.tls_id = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    /// These, and the session's where these say nothing.
    pub(super) fn or(&self, session: &Self) -> Self {
        let fingerprints = if self.has_fingerprint { self } else { session };
        Self {
            has_fingerprint: fingerprints.has_fingerprint,
            fingerprints: fingerprints.fingerprints.clone(),
            setup: self.setup.or(session.setup),
            tls_id: self.tls_id.clone().or_else(|| session.tls_id.clone()),
        }
    }
}

/// What we say of DTLS in an offer or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnDtls {
    pub(super) fingerprint: Fingerprint,
    pub(super) setup: Setup,
    /// Absent in an answer to a peer that has none (RFC 8842 section 5.3).
    pub(super) tls_id: Option<String>,
}

impl OwnDtls {
    /// The attribute lines.
    pub(super) fn write(&self) -> String {
        let tls_id = self.tls_id.as_ref().map_or_else(String::new, |id| format!("a=tls-id:{id}\r\n"));
        format!("{}a=setup:{}\r\n{tls_id}", self.fingerprint.write(), self.setup.name())
    }
}

/// Our name for the association, 32 characters from the call's secret.
pub(super) fn tls_id(secret: &MasterKey) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { return String::new() };
    mac.update(b"tls-id");
    mac.finalize().into_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The association that is in force, with the peer's name for it.
#[derive(Clone, Debug)]
pub(super) struct Association {
    plan: DtlsPlan,
    tls_id: Option<String>,
}

impl Association {
    /// What both sides agreed on. RFC 8842 section 4: a change of the fingerprints, of a `tls-id` or of who begins makes a new
    /// association. A peer without `tls-id` that only turns the roles round goes on with the old one: older programs answer
    /// "active" to whatever they are offered, and do not begin again. `moved`: an address changed that no checks of ICE have
    /// found; a peer without `tls-id` may mean a new handshake by it, or none.
    pub(super) fn next(current: Option<&Self>, client: bool, theirs: &DtlsAttributes, moved: bool) -> Self {
        let same = current.filter(|current| {
            current.tls_id == theirs.tls_id
                && current.plan.fingerprints == theirs.fingerprints
                && (current.plan.client == client || theirs.tls_id.is_none())
        });
        if let Some(same) = same {
            let mut same = same.clone();
            same.plan.renewal += u32::from(moved && theirs.tls_id.is_none());
            return same;
        }
        let association = current.map_or(1, |current| current.plan.association.saturating_add(1));
        let plan = DtlsPlan { client, fingerprints: theirs.fingerprints.clone(), association, renewal: 0 };
        Self { plan, tls_id: theirs.tls_id.clone() }
    }

    /// As the media engine wants it.
    pub(super) fn plan(&self) -> &DtlsPlan {
        &self.plan
    }

    /// Who begins, as we say it: in a later offer the role that is in force (RFC 8842 section 5.2).
    pub(super) fn setup(&self) -> Setup {
        if self.plan.client { Setup::Active } else { Setup::Passive }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m07_only_fingerprints_that_nobody_can_forge_are_read() {
        let good = Fingerprint::of(b"certificate").write();
        let value = good.trim_end().strip_prefix("a=fingerprint:").unwrap();
        assert!(Fingerprint::parse(value).is_some_and(|read| read.matches(b"certificate") && !read.matches(b"other")));
        assert!(Fingerprint::parse(&value.to_lowercase()).is_some(), "some write small letters");
        let digest = value.split_once(' ').unwrap().1;
        for bad in [
            format!("md5 {}", &digest[..47]),
            format!("sha-1 {}", &digest[..59]),
            format!("sha-256 {}", &digest[..59]),
            format!("sha-256 {digest}:00"),
            format!("sha-512 {digest}"),
            format!("sha-256 {}", digest.replace(':', "")),
            format!("sha-256 {}", digest.replacen(&digest[..2], "+1", 1)),
            "sha-256".to_owned(),
            String::new(),
        ] {
            assert_eq!(Fingerprint::parse(&bad), None, "{bad}");
        }
    }
}
