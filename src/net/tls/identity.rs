//! Which names a certificate has, and whether one of them is the server that we mean.

use std::net::IpAddr;

use ring::digest;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::Identity;
use crate::net::dns::ascii_domain;

/// Names of one certificate that are looked at; a certificate with more is no server's.
const MOST_NAMES: usize = 256;
/// id-on-dnsSRV (RFC 4985 section 2).
const ON_DNS_SRV: &str = "1.3.6.1.5.5.7.8.7";
/// The prefix of the SRV-ID of an XMPP client connection (RFC 6120 section 13.7.1.2.1).
const SRV_XMPP_CLIENT: &str = "_xmpp-client.";

/// The subject alternative names of a certificate, by kind. The common name is never one (RFC 9525 section 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Presented {
    pub(super) dns: Vec<String>,
    pub(super) srv: Vec<String>,
    pub(super) uri: Vec<String>,
    pub(super) ip: Vec<IpAddr>,
}

impl Presented {
    /// The names of `der`; `None` when it is not a certificate.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut names = Self::default();
        let Some(extension) = certificate.subject_alternative_name().ok()? else { return Some(names) };
        for name in extension.value.general_names.iter().take(MOST_NAMES) {
            match name {
                GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                GeneralName::URI(uri) => names.uri.push((*uri).to_owned()),
                GeneralName::IPAddress(bytes) => names.ip.extend(address(bytes)),
                GeneralName::OtherName(kind, value) if kind.to_id_string() == ON_DNS_SRV => {
                    names.srv.extend(explicit_string(value).map(str::to_owned));
                }
                _ => {}
            }
        }
        Some(names)
    }

    /// Whether one of the names is the server that we mean.
    pub(super) fn is_for(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Xmpp { domain } => self.is_for_xmpp(domain),
            Identity::Sip { domain } => self.is_for_sip(domain),
            Identity::Https { host } => self.is_for_https(host),
        }
    }

    /// For people: what the certificate is for.
    pub(super) fn to_list(&self) -> Vec<String> {
        let texts = self.dns.iter().chain(&self.srv).chain(&self.uri).cloned();
        texts.chain(self.ip.iter().map(ToString::to_string)).take(16).collect()
    }

    /// RFC 6120 section 13.7.2 with RFC 9525 section 6.
    fn is_for_xmpp(&self, domain: &str) -> bool {
        if let Ok(address) = domain.trim_matches(['[', ']']).parse::<IpAddr>() {
            return self.ip.contains(&address);
        }
        let Some(domain) = ascii_domain(domain) else { return false };
        let by_srv = self.srv.iter().any(|name| {
            let prefix = name.get(..SRV_XMPP_CLIENT.len()).unwrap_or_default();
            prefix.eq_ignore_ascii_case(SRV_XMPP_CLIENT)
                && name.get(SRV_XMPP_CLIENT.len()..).is_some_and(|rest| same_name(rest, &domain))
        });
        by_srv || self.dns.iter().any(|name| same_name(name, &domain) || wildcard_covers(name, &domain))
    }

    /// RFC 9110 section 4.3.4 with RFC 9525 section 6.
    fn is_for_https(&self, host: &str) -> bool {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return self.ip.contains(&address);
        }
        let Some(host) = ascii_domain(host) else { return false };
        self.dns.iter().any(|name| same_name(name, &host) || wildcard_covers(name, &host))
    }

    /// RFC 5922 sections 7.1 and 7.2: URI identities before DNS ones, whole names only.
    fn is_for_sip(&self, domain: &str) -> bool {
        if let Ok(address) = domain.trim_matches(['[', ']']).parse::<IpAddr>() {
            return self.ip.contains(&address);
        }
        let Some(domain) = ascii_domain(domain) else { return false };
        let mut sip_uris = self.uri.iter().filter_map(|uri| sip_rest(uri)).peekable();
        if sip_uris.peek().is_some() {
            // "A SIP URI with a user part identifies a user, not a domain": it is no domain identity.
            return sip_uris.any(|rest| sip_host(rest).is_some_and(|host| same_name(host, &domain)));
        }
        self.dns.iter().any(|name| same_name(name, &domain))
    }
}

/// What follows `sip:`; other schemes are no SIP domain identities (RFC 5922 section 7.1).
fn sip_rest(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    scheme.eq_ignore_ascii_case("sip").then_some(rest)
}

/// The host of `sip:host[:port][;parameters][?headers]`; none when there is a user part.
fn sip_host(rest: &str) -> Option<&str> {
    if rest.contains('@') {
        return None;
    }
    rest.split([':', ';', '?']).next()
}

/// `presented` is an A-label name in a certificate; anything else cannot be equal (RFC 9525 section 6.3).
fn same_name(presented: &str, wanted: &str) -> bool {
    presented.strip_suffix('.').unwrap_or(presented).eq_ignore_ascii_case(wanted)
}

/// `*` as the whole left-most label stands for exactly one label (RFC 9525 section 6.3); never right below the root.
fn wildcard_covers(presented: &str, wanted: &str) -> bool {
    let Some(parent) = presented.strip_prefix("*.") else { return false };
    let Some((label, rest)) = wanted.split_once('.') else { return false };
    !label.is_empty() && !parent.contains('*') && rest.contains('.') && same_name(parent, rest)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// The text in `[0] EXPLICIT IA5String` (or UTF8String, as some tools write it), lengths below 256.
fn explicit_string(der: &[u8]) -> Option<&str> {
    let (tag, inner) = element(der)?;
    let (string, text) = element(inner)?;
    (tag == 0xA0 && matches!(string, 0x16 | 0x0C)).then(|| std::str::from_utf8(text).ok()).flatten()
}

/// One DER element in short or one-byte long form, which must fill `der`.
fn element(der: &[u8]) -> Option<(u8, &[u8])> {
    match der {
        [tag, 0x81, length, value @ ..] if value.len() == usize::from(*length) => Some((*tag, value)),
        [tag, length @ 0..=0x7F, value @ ..] if value.len() == usize::from(*length) => Some((*tag, value)),
        _ => None,
    }
}

/// Names whoever issued a certificate: SHA-256 of the issuer's name and of its key identifier (RFC 5280 section 4.2.1.1).
/// Zero for what is no certificate, which never gets this far.
pub(super) fn issuer(der: &[u8]) -> [u8; 32] {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return [0; 32] };
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(certificate.issuer().as_raw());
    for extension in certificate.extensions() {
        if let ParsedExtension::AuthorityKeyIdentifier(identifier) = extension.parsed_extension()
            && let Some(key) = &identifier.key_identifier
        {
            context.update(key.0);
        }
    }
    let mut name = [0; 32];
    name.copy_from_slice(context.finish().as_ref());
    name
}

/// `tls-server-end-point` (RFC 5929 section 4.1): the certificate, hashed with the hash of its signature, where MD5 and
/// SHA-1 become SHA-256. `None` where the signature names no single hash (Ed25519, RSA-PSS).
pub(super) fn end_point_hash(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let algorithm = match certificate.signature_algorithm.algorithm.to_id_string().as_str() {
        // md5, sha1, sha256 with RSA; ecdsa with sha1, sha256
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => &digest::SHA256,
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => &digest::SHA384,
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, der).as_ref().to_vec())
}
