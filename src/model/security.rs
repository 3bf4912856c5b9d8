//! How a connection is protected, in comparable terms (RFC 7081 section 7).

use std::sync::Arc;

use serde::Serialize;

/// The transport of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// UDP, unprotected.
    Udp,
    /// TCP, unprotected.
    Tcp,
    /// TLS over TCP.
    Tls,
}

/// The TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V13,
}

/// What the server's certificate is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certificate {
    /// Verified against the roots and the identity that the configuration names.
    Verified,
    /// It has the fingerprint that the configuration names.
    Pinned,
    /// The user accepted it although it could not be verified.
    Exception,
    /// No TLS.
    None,
}

/// The protection of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Security {
    /// The transport.
    pub transport: Transport,
    /// The TLS version, absent without TLS.
    pub tls: Option<TlsVersion>,
    /// The cipher suite's IANA name, absent without TLS.
    pub cipher: Option<Arc<str>>,
    /// How the certificate was accepted.
    pub certificate: Certificate,
    /// How the user was authenticated: a SASL mechanism name, `digest-SHA-256`, `digest-MD5`, `external`, `none`.
    pub auth: Arc<str>,
    /// Names the authority that issued the server's certificate: SHA-256 of its name and key identifier. Absent without
    /// TLS. Only for noticing that it changed.
    #[serde(skip)]
    pub issuer: Option<[u8; 32]>,
}

/// How the two connections compare (C-45, C-46).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parity {
    /// The verdict.
    pub level: ParityLevel,
    /// What differs.
    pub findings: Vec<Finding>,
}

/// The verdict of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParityLevel {
    /// Both are protected alike.
    Equal,
    /// One is weaker.
    Mismatch,
    /// Not both are connected.
    Unknown,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, for scripts.
    pub code: Arc<str>,
    /// One sentence.
    pub text: Arc<str>,
    /// What could be done.
    pub remedy: Option<Arc<str>>,
}
