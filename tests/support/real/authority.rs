//! A certificate authority for one test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};

/// Signs certificates; its own is at `ca_file`.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
    /// The authority's certificate, PEM.
    pub ca_file: PathBuf,
}

/// A server's certificate and key, PEM, apart and in one file.
pub struct Certified {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Both in one file, as baresip wants them.
    pub both: PathBuf,
}

impl Authority {
    /// A fresh one, which keeps its files in `folder`.
    pub fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Tandem tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let ca_file = folder.join("ca.pem");
        fs::write(&ca_file, issuer.pem()).unwrap();
        Self { issuer, folder: folder.to_owned(), ca_file }
    }

    /// A certificate for host names; a name with a scheme (`sip:example.com`) becomes a URI name (RFC 5922 section 7.1).
    pub fn certify(&self, file: &str, names: &[&str]) -> Certified {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names
            .iter()
            .map(|name| {
                let text = (*name).try_into().unwrap();
                if name.contains(':') { SanType::URI(text) } else { SanType::DnsName(text) }
            })
            .collect();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |ending: &str| self.folder.join(format!("{file}.{ending}"));
        let made = Certified { certificate: path("pem"), key: path("key"), both: path("both.pem") };
        fs::write(&made.certificate, certificate.pem()).unwrap();
        fs::write(&made.key, key.serialize_pem()).unwrap();
        fs::write(&made.both, format!("{}{}", key.serialize_pem(), certificate.pem())).unwrap();
        made
    }
}
