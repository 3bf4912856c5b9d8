//! Decides about the server's certificate: pins first, then path and identity, then what the user accepted.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::identity::Presented;
use super::{Certificate, Identity, TlsError, Trust};

/// Intermediate certificates that a server may send; honest chains have three at most.
const MOST_INTERMEDIATES: usize = 16;

/// The verifier of one handshake; it remembers its decision.
#[derive(Debug)]
pub(super) struct Verifier {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    trust: Arc<Trust>,
    identity: Identity,
    decision: Mutex<Option<Result<Certificate, TlsError>>>,
}

impl Verifier {
    pub(super) fn new(
        provider: &Arc<CryptoProvider>,
        roots: &Arc<RootCertStore>,
        trust: &Arc<Trust>,
        identity: &Identity,
    ) -> Self {
        Self {
            provider: provider.clone(),
            roots: roots.clone(),
            trust: trust.clone(),
            identity: identity.clone(),
            decision: Mutex::new(None),
        }
    }

    /// How the certificate was accepted.
    pub(super) fn accepted(&self) -> Option<Certificate> {
        self.decision.lock().unwrap_or_else(PoisonError::into_inner).clone()?.ok()
    }

    /// Why the certificate was refused.
    pub(super) fn refusal(&self) -> Option<TlsError> {
        self.decision.lock().unwrap_or_else(PoisonError::into_inner).clone()?.err()
    }

    fn decide(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Certificate, TlsError> {
        let fingerprint = fingerprint(end_entity);
        let names = Presented::of(end_entity);
        let refuse = |reason: &str| {
            let names = names.as_ref().map(Presented::to_list).unwrap_or_default();
            TlsError::Certificate { reason: reason.to_owned(), fingerprint, names }
        };
        if !self.trust.pins.is_empty() {
            // The administrator named the only acceptable certificates: no exception of the user overrides that.
            return if self.trust.pins.contains(&fingerprint) {
                Ok(Certificate::Pinned)
            } else {
                Err(refuse("It is not the certificate that the configuration names."))
            };
        }
        let path = self.verify_path(end_entity, intermediates, now);
        let verdict = path.map_err(|reason| refuse(&reason)).and_then(|()| match &names {
            Some(presented) if presented.is_for(&self.identity) => Ok(Certificate::Verified),
            Some(_) | None => Err(refuse("It is for another name.")),
        });
        if verdict.is_err() && self.trust.exceptions.contains(&fingerprint) {
            return Ok(Certificate::Exception);
        }
        verdict
    }

    fn verify_path(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), String> {
        if intermediates.len() > MOST_INTERMEDIATES {
            return Err("It comes with too many other certificates.".to_owned());
        }
        let certificate = ParsedCertificate::try_from(end_entity).map_err(|error| sentence(&error))?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, algorithms)
            .map_err(|error| sentence(&error))
    }
}

/// SHA-256 of a certificate.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest.as_ref());
    fingerprint
}

fn sentence(error: &Error) -> String {
    let Error::InvalidCertificate(cause) = error else { return format!("It could not be checked: {error}.") };
    match cause {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "It has expired.".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "It is not valid yet.".to_owned()
        }
        CertificateError::UnknownIssuer => "It was issued by an unknown authority, or by itself.".to_owned(),
        CertificateError::BadSignature => "Its signature is wrong.".to_owned(),
        CertificateError::BadEncoding => "It cannot be read.".to_owned(),
        CertificateError::Revoked => "It was revoked.".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "It is not meant for servers.".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "Its authority may not vouch for this name.".to_owned()
        }
        // rustls has no word of its own for it; people make such certificates for themselves.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "It is an authority's certificate, not a server's.".to_owned()
        }
        other => format!("It could not be verified ({other})."),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let decision = self.decide(end_entity, intermediates, now);
        let accepted = decision.is_ok();
        *self.decision.lock().unwrap_or_else(PoisonError::into_inner) = Some(decision);
        if accepted {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
