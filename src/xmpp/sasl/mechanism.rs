//! The mechanism policy: the strongest that both sides have, never weaker than before, ANONYMOUS never.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Hash, SaslError};

/// A mechanism that we speak, the weakest first: a channel binding outweighs a stronger hash, because it is what
/// notices a stranger in between even when his certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// The password itself (RFC 4616); only inside TLS and only when the user allows it.
    Plain,
    /// RFC 5802 and RFC 7677 without channel binding.
    Scram(Hash),
    /// With channel binding.
    ScramPlus(Hash),
    /// Our certificate in the TLS handshake (RFC 4422 appendix A, XEP-0178): no password at all, and bound to the
    /// connection by its nature.
    External,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("PLAIN"),
            Self::Scram(hash) => write!(f, "SCRAM-{hash}"),
            Self::ScramPlus(hash) => write!(f, "SCRAM-{hash}-PLUS"),
            Self::External => f.write_str("EXTERNAL"),
        }
    }
}

impl FromStr for Mechanism {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        if name == "PLAIN" {
            return Ok(Self::Plain);
        }
        if name == "EXTERNAL" {
            return Ok(Self::External);
        }
        let rest = name.strip_prefix("SCRAM-").ok_or(())?;
        match rest.strip_suffix("-PLUS") {
            Some(hash) => Ok(Self::ScramPlus(hash.parse()?)),
            None => Ok(Self::Scram(rest.parse()?)),
        }
    }
}

/// The channel bindings that this TLS connection has.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChannelBindings {
    /// `tls-exporter` (RFC 9266), with TLS 1.3.
    pub exporter: Option<Vec<u8>>,
    /// `tls-server-end-point` (RFC 5929).
    pub end_point: Option<Vec<u8>>,
}

// Not secret, but it belongs to one connection and to no log.
impl fmt::Debug for ChannelBindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelBindings")
            .field("exporter", &self.exporter.is_some())
            .field("end_point", &self.end_point.is_some())
            .finish()
    }
}

impl ChannelBindings {
    /// The binding to use: the strongest that the server lists (XEP-0440).
    ///
    /// Without a list only `tls-exporter` is safe to assume: with TLS 1.2 such servers mean `tls-unique`, which rustls
    /// does not have and RFC 9266 section 1 warns of.
    fn usable(&self, listed: Option<&BTreeSet<String>>) -> Option<(&'static str, &[u8])> {
        let have = [("tls-exporter", &self.exporter), ("tls-server-end-point", &self.end_point)];
        let mut mine = have.into_iter().filter_map(|(name, data)| Some((name, data.as_deref()?)));
        match listed {
            Some(listed) => mine.find(|(name, _)| listed.contains(*name)),
            None => mine.find(|(name, _)| *name == "tls-exporter"),
        }
    }

    fn any(&self) -> bool {
        self.exporter.is_some() || self.end_point.is_some()
    }
}

/// What SCRAM says about channel binding (RFC 5802 section 6, "gs2-cbind-flag").
#[derive(Clone, PartialEq, Eq)]
pub enum Binding {
    /// `n`: we have none that fits.
    Unsupported,
    /// `y`: we could, but the server seems unable; a server that *is* able notices that its offer was cut.
    NotOffered,
    /// `p=…`: bound to this.
    To {
        /// The type.
        name: &'static str,
        /// The data.
        data: Vec<u8>,
    },
}

/// What the server offered, in the forms that XEP-0474 hashes.
///
/// None when a name has characters that no SASL mechanism has (RFC 4422 section 3.1): whoever changes the offer could
/// join two names into one unknown one with a delimiter of version 0.3, and it would hash alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer(Vec<String>);

impl Offer {
    /// Of the names as the server wrote them (XEP-0474 section 4.1).
    pub fn new(mechanisms: &[String], bindings: Option<&BTreeSet<String>>) -> Self {
        // The order of `str` and of BTreeSet is the collation "i;octet".
        let mut sorted: Vec<&str> = mechanisms.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let bindings: Option<Vec<&str>> = bindings.map(|types| types.iter().map(String::as_str).collect());
        let mut names = sorted.iter().chain(bindings.iter().flatten());
        if !names.all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))) {
            return Self::default();
        }
        let join = |within: &str, between: &str| {
            let tail = bindings.as_ref().map(|types| format!("{between}{}", types.join(within))).unwrap_or_default();
            sorted.join(within) + &tail
        };
        // Version 0.4 and later; version 0.3, which servers still run.
        Self(vec![join("\u{1e}", "\u{1f}"), join(",", "|")])
    }

    /// Whether `hashed` (base64) is what an honest server says of this offer.
    pub(super) fn is(&self, hashed: &str, hash: Hash) -> bool {
        self.0.iter().any(|text| BASE64.encode(hash.digest(text.as_bytes())) == hashed)
    }
}

/// What to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// What goes into the GS2 header.
    pub binding: Binding,
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Choice({})", self.mechanism)
    }
}

/// Chooses among `offered` (names as the server wrote them; unknown ones and duplicates do not matter).
///
/// `external`: the TLS handshake showed a certificate of ours. `listed` is the server's list of channel binding types (XEP-0440), `weakest` the mechanism of the last success.
pub fn choose(
    offered: &[String],
    listed: Option<&BTreeSet<String>>,
    bindings: &ChannelBindings,
    allow_plain: bool,
    external: bool,
    weakest: Option<Mechanism>,
) -> Result<Choice, SaslError> {
    let offered: BTreeSet<Mechanism> = offered.iter().filter_map(|name| name.parse().ok()).collect();
    let usable_binding = bindings.usable(listed);
    let strongest = offered
        .iter()
        .rev()
        .find(|mechanism| match mechanism {
            Mechanism::Plain => allow_plain,
            Mechanism::Scram(_) => true,
            Mechanism::External => external,
            Mechanism::ScramPlus(_) => usable_binding.is_some(),
        })
        .copied();
    match (strongest, weakest) {
        (Some(strongest), Some(weakest)) if strongest < weakest => return Err(SaslError::Weaker),
        (None, Some(_)) => return Err(SaslError::Weaker),
        (None, None) => return Err(SaslError::NoMechanism),
        (Some(_), _) => {}
    }
    let mechanism = strongest.ok_or(SaslError::NoMechanism)?;
    let plus_offered = offered.iter().any(|mechanism| matches!(mechanism, Mechanism::ScramPlus(_)));
    let binding = match (mechanism, usable_binding) {
        (Mechanism::ScramPlus(_), Some((name, data))) => Binding::To { name, data: data.to_vec() },
        // The server would refuse `y` when it does offer -PLUS (RFC 5802 section 6).
        _ if plus_offered || !bindings.any() => Binding::Unsupported,
        _ => Binding::NotOffered,
    };
    Ok(Choice { mechanism, binding })
}
