//! What is compared about protection, and how little of it is enough.

use std::fmt;

use serde::Serialize;

use super::TlsVersion;

/// One line of the comparison of two connections (RFC 7081 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Encrypted on the way to the server or not.
    Transport,
    /// The version of TLS.
    Tls,
    /// The cipher suite's strength.
    Cipher,
    /// How the server proved who it is.
    Certificate,
    /// How the password was proven.
    Login,
    /// Whether the login is bound to the TLS connection (RFC 9266).
    Binding,
    /// Whether what is said is encrypted.
    Media,
}

impl Aspect {
    /// Every aspect, in the order of the sheet.
    pub const ALL: [Self; 7] =
        [Self::Transport, Self::Tls, Self::Cipher, Self::Certificate, Self::Login, Self::Binding, Self::Media];

    /// The word in `accept-weaker` and in scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Tls => "tls",
            Self::Cipher => "cipher",
            Self::Certificate => "certificate",
            Self::Login => "login",
            Self::Binding => "binding",
            Self::Media => "media",
        }
    }

    /// The aspect with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| aspect.word() == word)
    }
}

/// The least protection that an account may have to be used (C-45). Nothing is demanded by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Floor {
    /// TLS, at least of this version.
    pub tls: Option<TlsVersion>,
    /// A certificate that verifies or is pinned: no exception of the user counts.
    pub verify: bool,
    /// Sound is encrypted (SRTP).
    pub srtp: bool,
    /// A login that shows neither the password (PLAIN) nor what is as good as it (MD5).
    pub login: bool,
    /// A chat login that is bound to its TLS connection.
    pub binding: bool,
}

impl Floor {
    /// What the configuration may say, for messages.
    pub const WORDS: &'static str =
        "\"none\", or parts joined by +: tls1.2, tls1.3, verify, srtp, login, binding, as in \"tls1.2+verify+srtp\"";

    /// Reads `none`, or parts joined by `+`. A part that is there twice, or two versions of TLS, is an error.
    pub fn parse(text: &str) -> Option<Self> {
        let mut floor = Self::default();
        if text == "none" {
            return Some(floor);
        }
        for part in text.split('+') {
            let flag = match part.trim() {
                "tls1.2" | "tls1.3" if floor.tls.is_some() => return None,
                "tls1.2" => {
                    floor.tls = Some(TlsVersion::V12);
                    continue;
                }
                "tls1.3" => {
                    floor.tls = Some(TlsVersion::V13);
                    continue;
                }
                "verify" => &mut floor.verify,
                "srtp" => &mut floor.srtp,
                "login" => &mut floor.login,
                "binding" => &mut floor.binding,
                _ => return None,
            };
            if std::mem::replace(flag, true) {
                return None;
            }
        }
        Some(floor)
    }

    /// What is left of it for an account whose user accepted less in these aspects.
    #[must_use]
    pub fn without(mut self, accepted: &[Aspect]) -> Self {
        for aspect in accepted {
            match aspect {
                Aspect::Transport => self.tls = None,
                // An older version of TLS is still TLS.
                Aspect::Tls => self.tls = self.tls.map(|_| TlsVersion::V12),
                Aspect::Certificate => self.verify = false,
                Aspect::Login => self.login = false,
                Aspect::Binding => self.binding = false,
                Aspect::Media => self.srtp = false,
                Aspect::Cipher => {}
            }
        }
        self
    }

    /// Nothing is demanded.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = match self.tls {
            None => None,
            Some(TlsVersion::V12) => Some("tls1.2"),
            Some(TlsVersion::V13) => Some("tls1.3"),
        };
        let flags = [("verify", self.verify), ("srtp", self.srtp), ("login", self.login), ("binding", self.binding)];
        let parts: Vec<&str> =
            tls.into_iter().chain(flags.into_iter().filter(|(_, on)| *on).map(|(word, _)| word)).collect();
        if parts.is_empty() { f.write_str("none") } else { f.write_str(&parts.join("+")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_45_a_floor_is_read_part_by_part_and_written_as_it_was() {
        for text in ["none", "tls1.2", "tls1.3+verify", "tls1.2+verify+srtp", "verify+login+binding", "srtp"] {
            assert_eq!(Floor::parse(text).map(|floor| floor.to_string()).as_deref(), Some(text));
        }
        for wrong in ["", "tls", "tls1.1", "tls1.2+tls1.3", "verify+verify", "+", "none+srtp", "TLS1.2", "srtp+"] {
            assert_eq!(Floor::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_the_user_accepted_lowers_only_that() {
        let floor = Floor::parse("tls1.3+verify+srtp+login+binding").expect("a floor");
        let left = |word: &str| floor.without(&[Aspect::parse(word).expect("an aspect")]).to_string();
        assert_eq!(left("tls"), "tls1.2+verify+srtp+login+binding");
        assert_eq!(left("transport"), "verify+srtp+login+binding");
        assert_eq!(left("certificate"), "tls1.3+srtp+login+binding");
        assert_eq!(left("login"), "tls1.3+verify+srtp+binding");
        assert_eq!(left("binding"), "tls1.3+verify+srtp+login");
        assert_eq!(left("media"), "tls1.3+verify+login+binding");
        assert_eq!(left("cipher"), floor.to_string());
    }
}
