//! Trust anchors: the system's and those of the configured files.

use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{TlsError, Trust};

/// The largest file of roots that is read; the whole system store is a quarter of it.
const LARGEST_FILE: u64 = 1 << 20;

/// Reads all roots that `trust` names. An unreadable certificate of the system is skipped, one of the user's is an error.
pub(super) fn load(trust: &Trust) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if trust.system_roots {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!(%error, "a system root cannot be read");
        }
        roots.add_parsable_certificates(system.certs);
    }
    for path in &trust.ca_files {
        add_file(&mut roots, path).map_err(|reason| TlsError::Roots { path: path.clone(), reason })?;
    }
    Ok(roots)
}

/// Reads our own certificate and its key.
pub(super) fn own(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &Path, reason: String| TlsError::Roots { path: path.to_owned(), reason };
    let text = read(certificate).map_err(|reason| wrong(certificate, reason))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|_| wrong(certificate, "this is not a PEM file".to_owned()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "there is no certificate in it".to_owned()));
    }
    let text = zeroize::Zeroizing::new(read(key).map_err(|reason| wrong(key, reason))?);
    let private =
        PrivateKeyDer::from_pem_slice(&text).map_err(|_| wrong(key, "there is no private key in it".to_owned()))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|_| wrong(key, "the key does not belong to the certificate, or is of an unknown kind".to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let text = read(path)?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| "this is not a PEM file".to_owned())?;
        roots.add(certificate).map_err(|_| format!("certificate {} cannot be read", found + 1))?;
        found += 1;
    }
    if found == 0 { Err("there is no certificate in it".to_owned()) } else { Ok(()) }
}
