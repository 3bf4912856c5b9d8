//! Trust anchors: the system's and those of the configured files.

use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

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

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut text).map_err(|error| error.to_string())?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| "this is not a PEM file".to_owned())?;
        roots.add(certificate).map_err(|_| format!("certificate {} cannot be read", found + 1))?;
        found += 1;
    }
    if found == 0 { Err("there is no certificate in it".to_owned()) } else { Ok(()) }
}
