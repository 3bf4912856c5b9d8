//! What was better the last time (X39, X42): the strongest protection that an account ever had, and what is missing now.

use std::fmt;
use std::sync::Arc;

use super::parity::{LoginStrength, login_strength};
use crate::model::{Aspect, Certificate, Security, TlsVersion, Transport};

/// The strongest protection that was seen of one account's server, kept over restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strongest {
    /// The best transport.
    pub transport: Transport,
    /// The newest version of TLS.
    pub tls: Option<TlsVersion>,
    /// A cipher suite with authenticated encryption.
    pub aead: bool,
    /// The login of the last time.
    pub auth: Arc<str>,
    /// The authority of the last verified certificate.
    pub issuer: Option<[u8; 32]>,
}

/// One thing that was better before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downgrade {
    /// What.
    pub aspect: Aspect,
    /// A sentence: what it was, what it is.
    pub text: String,
    /// The login is bound to this very connection, so nobody is in between: to be told, and nothing to decide.
    pub proven: bool,
}

fn aead(security: &Security) -> bool {
    security.cipher.as_deref().is_some_and(|name| ["_GCM", "_CCM", "POLY1305"].iter().any(|mode| name.contains(mode)))
}

/// Only a certificate that was verified by its authority says something about the authority.
fn issuer(security: &Security) -> Option<[u8; 32]> {
    security.issuer.filter(|_| security.certificate == Certificate::Verified)
}

/// Whether whoever is at the other end of TLS is also who knows the password (RFC 5802 section 6).
fn is_bound(security: &Security) -> bool {
    security.auth.ends_with("-PLUS") || &*security.auth == "external"
}

impl Strongest {
    /// From the first connection.
    pub fn of(security: &Security) -> Self {
        Self {
            transport: security.transport,
            tls: security.tls,
            aead: aead(security),
            auth: security.auth.clone(),
            issuer: issuer(security),
        }
    }

    /// What was better before than it is now.
    pub fn missing(&self, now: &Security) -> Vec<Downgrade> {
        let mut found = Vec::new();
        let mut miss = |aspect, text: &str, proven| found.push(Downgrade { aspect, text: text.to_owned(), proven });
        if self.transport == Transport::Tls && now.transport != Transport::Tls {
            miss(Aspect::Transport, "The connection was encrypted before and is not any more.", false);
            return found;
        }
        if let (Some(before), Some(after)) = (self.tls, now.tls)
            && after < before
        {
            miss(Aspect::Tls, "The server spoke TLS 1.3 before and now speaks only TLS 1.2.", is_bound(now));
        }
        if self.aead && now.tls.is_some() && !aead(now) {
            miss(Aspect::Cipher, "The server took a stronger cipher before than it does now.", is_bound(now));
        }
        if let (Some(before), Some(after)) = (self.issuer, issuer(now))
            && before != after
        {
            let text = "The server's certificate is valid, but another authority than before has issued it.";
            miss(Aspect::Certificate, text, is_bound(now));
        }
        if login_strength(&now.auth) < login_strength(&self.auth) {
            miss(Aspect::Login, "The server asked for a stronger login before than it does now.", false);
        }
        found
    }

    /// What is to be remembered after a connection: the better of both, and what the user accepted as it is now.
    #[must_use]
    pub fn after(&self, now: &Security, accepted: &[Aspect]) -> Self {
        let fresh = Self::of(now);
        let new = |aspect| accepted.contains(&aspect);
        let stronger_login = login_strength(&fresh.auth) >= login_strength(&self.auth);
        let another_issuer = fresh.issuer.is_some() && self.issuer.is_some() && fresh.issuer != self.issuer;
        Self {
            transport: if new(Aspect::Transport) { fresh.transport } else { self.transport.max(fresh.transport) },
            tls: if new(Aspect::Tls) { fresh.tls } else { self.tls.max(fresh.tls) },
            aead: if new(Aspect::Cipher) { fresh.aead } else { self.aead || fresh.aead },
            auth: if new(Aspect::Login) || stronger_login { fresh.auth } else { self.auth.clone() },
            issuer: if another_issuer && !new(Aspect::Certificate) {
                self.issuer
            } else {
                fresh.issuer.or(self.issuer)
            },
        }
    }

    /// The login was so good that MD5 would be a step back.
    pub fn forbids_md5(&self) -> bool {
        login_strength(&self.auth) == LoginStrength::Strong
    }

    /// Forgets what was known of one aspect: the next connection counts as the first.
    pub fn forget(&mut self, aspect: Aspect) {
        match aspect {
            Aspect::Transport => self.transport = Transport::Udp,
            Aspect::Tls => self.tls = None,
            Aspect::Cipher => self.aead = false,
            Aspect::Certificate => self.issuer = None,
            Aspect::Login => self.auth = "none".into(),
            Aspect::Binding | Aspect::Media => {}
        }
    }

    /// Reads what `Display` wrote; what it does not know makes it `None`, as if nothing was known.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let transport = match words.next()? {
            "tls" => Transport::Tls,
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            _ => return None,
        };
        let tls = match words.next()? {
            "1.3" => Some(TlsVersion::V13),
            "1.2" => Some(TlsVersion::V12),
            "-" => None,
            _ => return None,
        };
        let aead = words.next()? == "aead";
        let auth = words.next()?.into();
        let issuer = match words.next()? {
            "-" => None,
            hex if hex.len() == 64 && hex.is_ascii() => {
                let mut bytes = [0; 32];
                for (at, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
                }
                Some(bytes)
            }
            _ => return None,
        };
        words.next().is_none().then_some(Self { transport, tls, aead, auth, issuer })
    }
}

impl fmt::Display for Strongest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Tls => "tls",
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        let tls = match self.tls {
            Some(TlsVersion::V13) => "1.3",
            Some(TlsVersion::V12) => "1.2",
            None => "-",
        };
        let auth = if self.auth.is_empty() { "none" } else { &self.auth };
        write!(f, "{transport} {tls} {} {auth} ", if self.aead { "aead" } else { "other" })?;
        match self.issuer {
            None => f.write_str("-"),
            Some(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secured(auth: &str) -> Security {
        Security {
            transport: Transport::Tls,
            tls: Some(TlsVersion::V13),
            cipher: Some("TLS_AES_128_GCM_SHA256".into()),
            certificate: Certificate::Verified,
            auth: auth.into(),
            issuer: Some([1; 32]),
        }
    }

    fn aspects(found: &[Downgrade]) -> Vec<Aspect> {
        found.iter().map(|one| one.aspect).collect()
    }

    #[test]
    fn x42_whatever_was_better_before_is_noticed() {
        let before = Strongest::of(&secured("digest-SHA-256"));
        let open = Security {
            transport: Transport::Udp,
            tls: None,
            cipher: None,
            certificate: Certificate::None,
            issuer: None,
            ..secured("digest-SHA-256")
        };
        let table: &[(Security, &[Aspect], &str)] = &[
            (secured("digest-SHA-256"), &[], "as before"),
            (Security { tls: Some(TlsVersion::V12), ..secured("digest-SHA-256") }, &[Aspect::Tls], "an older TLS"),
            (
                Security { cipher: Some("TLS_RSA_WITH_AES_128_CBC_SHA".into()), ..secured("digest-SHA-256") },
                &[Aspect::Cipher],
                "an older cipher",
            ),
            (
                Security { issuer: Some([2; 32]), ..secured("digest-SHA-256") },
                &[Aspect::Certificate],
                "a new authority",
            ),
            (
                Security { certificate: Certificate::Pinned, issuer: Some([2; 32]), ..secured("digest-SHA-256") },
                &[],
                "pinned: the authority does not matter",
            ),
            (secured("digest-MD5"), &[Aspect::Login], "a weaker digest"),
            (open, &[Aspect::Transport], "no TLS: the rest follows from it"),
        ];
        for (now, expected, why) in table {
            assert_eq!(aspects(&before.missing(now)), *expected, "{why}");
            // It stays noticed until the user accepts it, and is then forgotten.
            let kept = before.after(now, &[]);
            assert_eq!(aspects(&kept.missing(now)), *expected, "{why}: still known");
            assert!(before.after(now, expected).missing(now).is_empty(), "{why}: accepted");
            let mut forgotten = before.clone();
            expected.iter().for_each(|aspect| forgotten.forget(*aspect));
            assert!(forgotten.missing(now).is_empty(), "{why}: forgotten");
        }
    }

    #[test]
    fn x42_a_login_bound_to_the_connection_proves_the_server_whoever_issued_its_certificate() {
        let before = Strongest::of(&secured("SCRAM-SHA-256-PLUS"));
        let renewed = Security { issuer: Some([2; 32]), ..secured("SCRAM-SHA-256-PLUS") };
        assert!(before.missing(&renewed).iter().all(|one| one.proven));
        let unbound = Security { issuer: Some([2; 32]), ..secured("SCRAM-SHA-256") };
        assert!(before.missing(&unbound).iter().all(|one| !one.proven));
    }

    #[test]
    fn what_is_remembered_is_read_back() {
        for strongest in [
            Strongest::of(&secured("SCRAM-SHA-256-PLUS")),
            Strongest { issuer: None, tls: None, aead: false, ..Strongest::of(&secured("")) },
        ] {
            let text = strongest.to_string();
            let read = Strongest::parse(&text).expect("its own text");
            assert_eq!(read.to_string(), text);
        }
        for damaged in ["", "tls", "tls 1.3 aead x zz", "tls 1.4 aead x -", "tls 1.3 aead x - more"] {
            assert_eq!(Strongest::parse(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn an_improvement_is_remembered_at_once() {
        let old = Security { tls: Some(TlsVersion::V12), ..secured("digest-MD5") };
        let now = Strongest::of(&old).after(&secured("digest-SHA-256"), &[]);
        assert_eq!(now, Strongest::of(&secured("digest-SHA-256")));
        assert!(now.forbids_md5());
    }
}
