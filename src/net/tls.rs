//! TLS with the ring provider and our own verifier: identities by RFC 9525 (XMPP) and RFC 5922 (SIP), private roots,
//! pins, exceptions; what was negotiated is told to the security comparison.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Certificate, TlsVersion};

/// Which rules name the server (they differ).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The JID's domain: DNS-ID with wildcards, or SRV-ID `_xmpp-client` (RFC 6120 section 13.7, RFC 9525).
    Xmpp {
        /// The domain of the user's address, not the SRV target.
        domain: String,
    },
    /// The SIP domain: URI-SAN `sip:domain` or DNS-SAN, no wildcard, no user part (RFC 5922 section 7).
    Sip {
        /// The domain of the user's address or of the configured proxy.
        domain: String,
    },
}

/// What the user or the administrator trusts beyond the system's roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// PEM files with more roots.
    pub ca_files: Vec<PathBuf>,
    /// Whether the system's roots count.
    pub system_roots: bool,
    /// SHA-256 of the only end-entity certificates that are accepted; empty: any that verifies.
    pub pins: Vec<[u8; 32]>,
    /// SHA-256 of end-entity certificates that the user accepted although they do not verify.
    pub exceptions: Vec<[u8; 32]>,
}

/// What a handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The version.
    pub version: TlsVersion,
    /// The IANA name of the cipher suite.
    pub cipher: Arc<str>,
    /// How the certificate was accepted.
    pub certificate: Certificate,
    /// SHA-256 of the end-entity certificate.
    pub fingerprint: [u8; 32],
    /// `tls-exporter` channel binding (RFC 9266), for TLS 1.3.
    pub exporter: Option<[u8; 32]>,
    /// `tls-server-end-point` channel binding (RFC 5929).
    pub end_point: Option<Vec<u8>>,
}

/// Why a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate was refused. The user may be asked, with the fingerprint.
    #[error("the server's certificate was refused: {reason}")]
    Certificate {
        /// One plain sentence: expired, unknown authority, another name, ...
        reason: String,
        /// SHA-256 of the end-entity certificate.
        fingerprint: [u8; 32],
        /// The names that it is for.
        names: Vec<String>,
    },
    /// Anything else.
    #[error("TLS failed: {0}")]
    Protocol(String),
    /// The roots could not be read.
    #[error("{path}: {reason}")]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No handshake within 10 s.
    #[error("no TLS handshake in time")]
    Timeout,
}
