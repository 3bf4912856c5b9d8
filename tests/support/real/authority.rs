//! A certificate authority for one test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, OtherNameValue, SanType,
};

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

    /// A certificate for a person's chat address (RFC 6120 section 13.7.1.4): `id-on-xmppAddr`.
    pub fn certify_person(&self, file: &str, address: &str) -> Certified {
        const XMPP_ADDRESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 8, 5];
        let mut params = CertificateParams::default();
        let name = OtherNameValue::Utf8String(address.to_owned());
        params.subject_alt_names = vec![SanType::OtherName((XMPP_ADDRESS.to_vec(), name))];
        params.distinguished_name.push(DnType::CommonName, address);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(file, &params)
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
        self.sign(file, &params)
    }

    /// The same, over since long ago.
    pub fn certify_expired(&self, file: &str, name: &str) -> Certified {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::DnsName(name.try_into().unwrap())];
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.sign(file, &params)
    }

    fn sign(&self, file: &str, params: &CertificateParams) -> Certified {
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
