//! A certificate for the handshakes of this run (RFC 5763): made at the start, never written anywhere.

use std::time::Instant;

use rtc_dtls::crypto::Certificate;

use crate::media::dtls::Identity;

/// A fresh key on P-256 with a certificate that names nobody.
///
/// # Errors
/// A sentence, when the system gives no randomness.
pub fn make() -> Result<Identity, String> {
    let provider = rtc_srtp::crypto::default_provider().map_err(|error| error.to_string())?;
    let certificate = Certificate::generate_self_signed_with_alg(
        Vec::<String>::new(),
        &rcgen::PKCS_ECDSA_P256_SHA256,
        provider.crypto(),
    )
    .map_err(|error| error.to_string())?;
    Identity::new(certificate, Instant::now()).ok_or_else(|| "the certificate is empty".to_owned())
}
