//! TLS with the ring provider and our own verifier: identities by RFC 9525 (XMPP) and RFC 5922 (SIP), private roots,
//! pins, exceptions; what was negotiated is told to the security comparison.
//!
//! rustls' own verifier does not fit: it knows neither SRV-ID nor URI-SAN, and matches wildcards that RFC 5922 forbids.

mod identity;
mod roots;
#[cfg(test)]
mod tests;
mod verifier;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::verifier::Verifier;
use super::dns::ascii_domain;
use crate::model::{Certificate, TlsVersion};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The label of the channel binding (RFC 9266 section 2).
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// The ALPN name of XMPP over direct TLS (XEP-0368 section 3).
pub const ALPN_XMPP: &[u8] = b"xmpp-client";

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
    /// A web server: DNS-ID with wildcards, or the address itself (RFC 9110 section 4.3.4, RFC 9525).
    Https {
        /// The host of the address, or the domain that was asked for where an SRV record only says where it is.
        host: String,
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
    /// The oldest version of TLS that is spoken; 1.2 where absent (RFC 9325 section 3.1.1).
    pub minimum: Option<TlsVersion>,
    /// PEM files with our own certificate (its chain behind it) and its key, shown to servers that ask for one.
    pub client: Option<(PathBuf, PathBuf)>,
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
    /// Names the authority that issued the certificate: SHA-256 of its name and key identifier.
    pub issuer: [u8; 32],
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
    /// The server speaks only older versions of TLS than the settings allow.
    #[error("the server speaks only a version of TLS that is older than the settings allow")]
    TooOld,
    /// The roots, or our own certificate, could not be read.
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

impl Identity {
    /// The domain as the configuration writes it.
    pub fn domain(&self) -> &str {
        match self {
            Self::Xmpp { domain } | Self::Sip { domain } | Self::Https { host: domain } => domain,
        }
    }
}

/// Makes client handshakes. Cheap to clone: the roots are shared.
#[derive(Clone)]
pub struct Connector {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    trust: Arc<Trust>,
    /// Our own certificate, where there is one.
    client: Option<Arc<CertifiedKey>>,
}

impl Connector {
    /// Reads the roots: blocks on the disk for some milliseconds, so keep the result.
    ///
    /// Fails with [`TlsError::Roots`] when a file of `trust` cannot be read or holds no certificate.
    pub fn new(trust: Trust) -> Result<Self, TlsError> {
        let roots = Arc::new(roots::load(&trust)?);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = match &trust.client {
            Some((certificate, key)) => Some(Arc::new(roots::own(certificate, key, &provider)?)),
            None => None,
        };
        Ok(Self { provider, roots, trust: Arc::new(trust), client })
    }

    /// A TLS handshake over `stream` with the server that is to be `identity`, within 10 s.
    ///
    /// SNI is the domain of the identity, never an SRV target (RFC 6120 section 5.4.2.1). `alpn` may be empty.
    /// TLS 1.2 or 1.3 (RFC 9325). Signatures of the handshake are verified even for pins and exceptions.
    pub async fn handshake<S>(
        &self,
        stream: S,
        identity: &Identity,
        alpn: &[&[u8]],
    ) -> Result<(TlsStream<S>, Negotiated), TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = server_name(identity.domain())
            .ok_or_else(|| TlsError::Protocol("the domain is not a name that a certificate can have".to_owned()))?;
        let verifier = Arc::new(Verifier::new(&self.provider, &self.roots, &self.trust, identity));
        let versions: &[_] = match self.trust.minimum {
            Some(TlsVersion::V13) => &[&rustls::version::TLS13],
            Some(TlsVersion::V12) | None => &[&rustls::version::TLS13, &rustls::version::TLS12],
        };
        let config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| TlsError::Protocol(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let mut config = match &self.client {
            Some(own) => config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.clone()))),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        // A resumed session would skip the verifier, and with it a changed list of pins.
        config.resumption = Resumption::disabled();
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
            Ok(Ok(stream)) => {
                let negotiated = negotiated(&stream, &verifier)?;
                Ok((stream, negotiated))
            }
            Ok(Err(error)) => Err(verifier.refusal().unwrap_or_else(|| {
                if self.trust.minimum == Some(TlsVersion::V13) && is_about_version(&error) {
                    TlsError::TooOld
                } else {
                    TlsError::Protocol(error.to_string())
                }
            })),
            Err(_elapsed) => Err(TlsError::Timeout),
        }
    }
}

/// Whether a handshake ended because the two sides have no version of TLS in common: the server says so (RFC 8446
/// section 6.2), or goes on with an older one as if it had been offered.
fn is_about_version(error: &std::io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(
        cause,
        Some(
            rustls::Error::AlertReceived(
                rustls::AlertDescription::ProtocolVersion | rustls::AlertDescription::HandshakeFailure
            ) | rustls::Error::PeerIncompatible(_)
        )
    )
}

fn server_name(domain: &str) -> Option<ServerName<'static>> {
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(domain);
    if let Ok(address) = literal.parse::<std::net::IpAddr>() {
        return Some(ServerName::IpAddress(address.into()));
    }
    ServerName::try_from(ascii_domain(domain)?).ok()
}

fn negotiated<S>(stream: &TlsStream<S>, verifier: &Verifier) -> Result<Negotiated, TlsError> {
    let (_, connection) = stream.get_ref();
    let unfinished = || TlsError::Protocol("the handshake ended without a result".to_owned());
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => TlsVersion::V13,
        Some(ProtocolVersion::TLSv1_2) => TlsVersion::V12,
        _ => return Err(unfinished()),
    };
    let suite = connection.negotiated_cipher_suite().ok_or_else(unfinished)?;
    // rustls writes TLS 1.3 suites as TLS13_AES_…; the IANA registry says TLS_AES_….
    let cipher = format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1);
    let exporter = match version {
        // RFC 9266 section 4.2: with TLS 1.2 only under conditions that rustls does not report.
        TlsVersion::V12 => None,
        TlsVersion::V13 => connection.export_keying_material([0; 32], EXPORTER_LABEL, Some(&[])).ok(),
    };
    let accepted = verifier.accepted().ok_or_else(unfinished)?;
    let end_entity = connection.peer_certificates().and_then(|chain| chain.first()).ok_or_else(unfinished)?;
    Ok(Negotiated {
        version,
        cipher: cipher.into(),
        certificate: accepted,
        fingerprint: verifier::fingerprint(end_entity),
        exporter,
        end_point: identity::end_point_hash(end_entity),
        issuer: identity::issuer(end_entity),
    })
}
