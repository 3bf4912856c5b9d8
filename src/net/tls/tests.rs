use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use time::{Duration as Days, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use super::identity::Presented;
use super::*;

fn xmpp(domain: &str) -> Identity {
    Identity::Xmpp { domain: domain.to_owned() }
}

fn sip(domain: &str) -> Identity {
    Identity::Sip { domain: domain.to_owned() }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn x43_xmpp_identities_follow_rfc_9525() {
    let rows: &[(&str, &[&str], &[&str], bool)] = &[
        // domain, DNS-IDs, SRV-IDs, accepted
        ("example.org", &["example.org"], &[], true),
        ("example.org", &["EXAMPLE.org."], &[], true),
        ("example.org", &["xmpp.example.net"], &[], false),
        ("example.org", &["*.example.org"], &[], false),
        ("chat.example.org", &["*.example.org"], &[], true),
        ("a.chat.example.org", &["*.example.org"], &[], false),
        ("chat.example.org", &["c*.example.org"], &[], false),
        ("chat.example.org", &["chat.*.org"], &[], false),
        ("chat.example.org", &["*.*.org"], &[], false),
        ("example.org", &["*.org"], &[], false),
        ("example.org", &["*"], &[], false),
        ("example.org", &[], &["_xmpp-client.example.org"], true),
        ("example.org", &[], &["_XMPP-Client.Example.org"], true),
        ("example.org", &[], &["_xmpp-server.example.org"], false),
        ("example.org", &[], &["_xmpp-client.*.org"], false),
        ("chat.example.org", &[], &["_xmpp-client.*.example.org"], false),
        ("bücher.example", &["xn--bcher-kva.example"], &[], true),
        ("bücher.example", &["bücher.example"], &[], false),
        ("", &[""], &[], false),
    ];
    for (domain, dns, srv, accepted) in rows {
        let names = Presented { dns: texts(dns), srv: texts(srv), ..Presented::default() };
        assert_eq!(names.is_for(&xmpp(domain)), *accepted, "{domain} {dns:?} {srv:?}");
    }
}

#[test]
fn x43_an_address_is_no_name_and_a_name_no_address() {
    let names = Presented { ip: vec![[127, 0, 0, 1].into()], ..Presented::default() };
    assert!(!names.is_for(&xmpp("example.org")));
    assert!(names.is_for(&xmpp("127.0.0.1")));
    let named = Presented { dns: texts(&["127.0.0.1"]), ..Presented::default() };
    assert!(!named.is_for(&xmpp("127.0.0.1")));
}

#[test]
fn s15_sip_identities_follow_rfc_5922() {
    let rows: &[(&[&str], &[&str], bool)] = &[
        // URI-SANs, DNS-SANs, accepted for example.org
        (&["sip:example.org"], &[], true),
        (&["SIP:Example.ORG"], &[], true),
        (&["sip:example.org:5061"], &[], true),
        (&["sips:example.org"], &[], false),
        (&["sip:alice@example.org"], &[], false),
        (&["sip:alice@example.org"], &["example.org"], false),
        (&["sip:other.org"], &["example.org"], false),
        (&["https://example.net/"], &["example.org"], true),
        (&[], &["example.org"], true),
        (&[], &["*.org"], false),
        (&[], &["sip.example.org"], false),
    ];
    for (uri, dns, accepted) in rows {
        let names = Presented { uri: texts(uri), dns: texts(dns), ..Presented::default() };
        assert_eq!(names.is_for(&sip("example.org")), *accepted, "{uri:?} {dns:?}");
    }
    let wildcard = Presented { dns: texts(&["*.example.org"]), ..Presented::default() };
    assert!(!wildcard.is_for(&sip("chat.example.org")));
}

/// A private authority.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Names of their own: two authorities of one name are told apart only by a wrong signature.
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        params.distinguished_name.push(DnType::CommonName, format!("authority {number}"));
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root");
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), issuer.pem()).expect("written");
        Self { issuer, file }
    }

    fn trust(&self) -> Trust {
        Trust { ca_files: vec![self.file.path().to_owned()], ..Trust::default() }
    }

    fn server(
        &self,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (Vec<CertificateDerOwned>, PrivateKeyDer<'static>) {
        let mut params = CertificateParams::new(vec!["example.org".to_owned()]).expect("a name");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"))
    }
}

type CertificateDerOwned = rustls_pki_types::CertificateDer<'static>;

/// A handshake in memory with a server that shows `chain`.
async fn meet(
    chain: Vec<CertificateDerOwned>,
    key: PrivateKeyDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
    trust: Trust,
    identity: &Identity,
) -> Result<(Negotiated, Option<[u8; 32]>), TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the pair fits");
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(async move {
        let stream = TlsAcceptor::from(Arc::new(config)).accept(theirs).await.ok()?;
        stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, Some(&[])).ok()
    });
    let (_stream, negotiated) = Connector::new(trust)?.handshake(ours, identity, &[ALPN_XMPP]).await?;
    Ok((negotiated, server.await.expect("no panic")))
}

const BOTH: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

#[tokio::test]
async fn a_private_authority_vouches_and_both_sides_export_the_same_binding() {
    let authority = Authority::new();
    let (chain, key) = authority.server(|_| {});
    let (agreed, theirs) = meet(chain, key, BOTH, authority.trust(), &xmpp("example.org")).await.expect("accepted");
    assert_eq!(agreed.version, TlsVersion::V13);
    assert!(agreed.cipher.starts_with("TLS_AES_") || agreed.cipher.starts_with("TLS_CHACHA"), "{}", agreed.cipher);
    assert_eq!(agreed.certificate, Certificate::Verified);
    assert!(theirs.is_some());
    assert_eq!(agreed.exporter, theirs);
    assert_eq!(agreed.end_point.map(|hash| hash.len()), Some(32));
}

#[tokio::test]
async fn tls_1_2_has_no_exporter_but_an_end_point() {
    let authority = Authority::new();
    let (chain, key) = authority.server(|_| {});
    let only = &[&rustls::version::TLS12];
    let (agreed, _) = meet(chain, key, only, authority.trust(), &xmpp("example.org")).await.expect("accepted");
    assert_eq!((agreed.version, agreed.exporter), (TlsVersion::V12, None));
    assert!(agreed.end_point.is_some());
    assert!(agreed.cipher.starts_with("TLS_ECDHE_"));
}

#[tokio::test]
async fn x43_certificates_that_do_not_fit_are_refused_with_a_sentence() {
    let authority = Authority::new();
    let now = OffsetDateTime::now_utc();
    type Change = fn(&mut CertificateParams, OffsetDateTime);
    let rows: &[(&str, Change)] = &[
        ("It has expired.", |params, now| params.not_after = now - Days::days(1)),
        ("It is not valid yet.", |params, now| params.not_before = now + Days::days(1)),
        ("It is for another name.", |params, _| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, "example.org");
        }),
        ("It is for another name.", |params, _| {
            params.subject_alt_names = vec![SanType::DnsName("*.example.org".try_into().expect("ascii"))];
        }),
        ("It is for another name.", |params, _| {
            params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        }),
        ("It is not meant for servers.", |params, _| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        }),
    ];
    for (sentence, change) in rows {
        let (chain, key) = authority.server(|params| change(params, now));
        let refused = meet(chain, key, BOTH, authority.trust(), &xmpp("example.org")).await;
        match refused {
            Err(TlsError::Certificate { reason, .. }) => assert_eq!(reason, *sentence),
            other => panic!("{sentence}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn x43_an_unknown_authority_is_refused_unless_the_user_accepted_exactly_this_certificate() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let (chain, key) = unknown.server(|_| {});
    let refused = meet(chain.clone(), key.clone_key(), BOTH, known.trust(), &xmpp("example.org")).await;
    let Err(TlsError::Certificate { reason, fingerprint, names }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "It was issued by an unknown authority, or by itself.");
    assert_eq!(names, ["example.org"]);

    let accepted = Trust { exceptions: vec![fingerprint], ..known.trust() };
    let (agreed, _) = meet(chain, key, BOTH, accepted.clone(), &xmpp("example.org")).await.expect("accepted");
    assert_eq!(agreed.certificate, Certificate::Exception);

    let (other, other_key) = unknown.server(|_| {});
    let refused = meet(other, other_key, BOTH, accepted, &xmpp("example.org")).await;
    assert!(matches!(refused, Err(TlsError::Certificate { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_pin_excludes_even_valid_certificates_and_exceptions() {
    let authority = Authority::new();
    let (chain, key) = authority.server(|_| {});
    let fingerprint = verifier::fingerprint(&chain[0]);
    let pinned = Trust { pins: vec![fingerprint], ..Trust::default() };
    let met = meet(chain.clone(), key.clone_key(), BOTH, pinned, &sip("example.org")).await;
    assert_eq!(met.expect("pinned").0.certificate, Certificate::Pinned);
    let other = Trust { pins: vec![[0; 32]], exceptions: vec![fingerprint], ..authority.trust() };
    let refused = meet(chain, key, BOTH, other, &sip("example.org")).await;
    assert!(matches!(refused, Err(TlsError::Certificate { .. })), "{refused:?}");
}

#[tokio::test]
async fn x43_an_srv_id_names_the_domain() {
    let authority = Authority::new();
    let (chain, key) = authority.server(|params| {
        let id = rcgen::OtherNameValue::Utf8String("_xmpp-client.example.org".to_owned());
        params.subject_alt_names = vec![SanType::OtherName((vec![1, 3, 6, 1, 5, 5, 7, 8, 7], id))];
    });
    meet(chain, key, BOTH, authority.trust(), &xmpp("example.org")).await.expect("accepted");
}

#[tokio::test]
async fn x43_a_bomb_of_a_hundred_certificates_is_refused() {
    let authority = Authority::new();
    let (mut chain, key) = authority.server(|_| {});
    let root = authority.issuer.der().clone();
    chain.extend(std::iter::repeat_n(root, 100));
    let refused = meet(chain, key, BOTH, authority.trust(), &xmpp("example.org")).await;
    assert!(refused.is_err());
}

#[test]
fn unreadable_roots_name_their_file() {
    let missing = Trust { ca_files: vec!["/nonexistent/ca.pem".into()], ..Trust::default() };
    assert!(matches!(Connector::new(missing), Err(TlsError::Roots { .. })));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let empty = Trust { ca_files: vec![file.path().to_owned()], ..Trust::default() };
    assert!(matches!(Connector::new(empty), Err(TlsError::Roots { .. })));
}

#[test]
fn mutated_certificates_never_panic() {
    use rand::{Rng, SeedableRng};
    let (chain, _) = Authority::new().server(|params| {
        let id = rcgen::OtherNameValue::Utf8String("_xmpp-client.example.org".to_owned());
        params.subject_alt_names.push(SanType::OtherName((vec![1, 3, 6, 1, 5, 5, 7, 8, 7], id)));
        params.subject_alt_names.push(SanType::URI("sip:example.org".try_into().expect("ascii")));
    });
    let whole = Presented::of(&chain[0]).expect("a certificate");
    assert_eq!((whole.dns.len(), whole.srv.len(), whole.uri.len()), (1, 1, 1));
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    for _ in 0..20_000 {
        let mut bytes = chain[0].to_vec();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        bytes.truncate(rng.random_range(0..=bytes.len() * 2));
        let _ = Presented::of(&bytes).map(|names| names.is_for(&xmpp("example.org")));
        let _ = identity::end_point_hash(&bytes);
    }
}

#[tokio::test]
async fn s15_a_certificate_of_the_wrong_kind_is_refused_for_voice() {
    type Change = fn(&mut CertificateParams);
    let authority = Authority::new();
    let rows: &[(&str, Change, bool)] = &[
        ("a DNS name", |_| {}, true),
        ("a URI", |params| params.subject_alt_names = vec![uri("sip:example.org")], true),
        (
            "only the common name",
            |params| {
                params.subject_alt_names.clear();
                params.distinguished_name.push(DnType::CommonName, "example.org");
            },
            false,
        ),
        ("the host that SRV names", |params| params.subject_alt_names = vec![dns("sip1.example.org")], false),
        ("a wildcard", |params| params.subject_alt_names = vec![dns("*.org")], false),
        ("a user", |params| params.subject_alt_names = vec![uri("sip:alice@example.org"), dns("example.org")], false),
        ("an address", |params| params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())], false),
    ];
    for (what, change, accepted) in rows {
        let (chain, key) = authority.server(change);
        let met = meet(chain, key, BOTH, authority.trust(), &sip("example.org")).await;
        assert_eq!(met.is_ok(), *accepted, "{what}: {met:?}");
        if !accepted {
            assert!(matches!(met, Err(TlsError::Certificate { .. })), "{what}: never over TCP instead");
        }
    }
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("ascii"))
}

fn uri(name: &str) -> SanType {
    SanType::URI(name.try_into().expect("ascii"))
}

#[tokio::test]
async fn a_floor_of_tls_1_3_meets_no_older_server() {
    let authority = Authority::new();
    let floor = || Trust { minimum: Some(TlsVersion::V13), ..authority.trust() };
    let (chain, key) = authority.server(|_| {});
    let (agreed, _) =
        meet(chain.clone(), key.clone_key(), BOTH, floor(), &sip("example.org")).await.expect("a server of today");
    assert_eq!(agreed.version, TlsVersion::V13);
    let old = meet(chain, key, &[&rustls::version::TLS12], floor(), &sip("example.org")).await;
    assert_eq!(old.err(), Some(TlsError::TooOld));
}

#[tokio::test]
async fn the_issuer_is_named_alike_for_all_its_certificates_and_otherwise_for_another_authority() {
    let (one, other) = (Authority::new(), Authority::new());
    let mut names = Vec::new();
    for authority in [&one, &one, &other] {
        let (chain, key) = authority.server(|params| params.use_authority_key_identifier_extension = true);
        let (agreed, _) = meet(chain, key, BOTH, authority.trust(), &sip("example.org")).await.expect("accepted");
        names.push(agreed.issuer);
    }
    assert_eq!(names[0], names[1]);
    assert_ne!(names[0], names[2]);
}

#[tokio::test]
async fn a_certificate_of_ours_is_shown_to_a_server_that_asks_for_one() {
    let authority = Authority::new();
    let (chain, key) = authority.server(|_| {});
    let mut roots = RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(BOTH)
        .expect("versions")
        .with_client_cert_verifier(clients.expect("a verifier"))
        .with_single_cert(chain, key)
        .expect("the pair fits");
    let config = Arc::new(config);
    let folder = tempfile::tempdir().expect("a folder");
    let own_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec!["alice".to_owned()]).expect("a name");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let own = params.signed_by(&own_key, &authority.issuer).expect("signed");
    let files = (folder.path().join("alice.pem"), folder.path().join("alice-key.pem"));
    std::fs::write(&files.0, own.pem()).expect("written");
    std::fs::write(&files.1, own_key.serialize_pem()).expect("written");
    for (client, welcome) in [(Some(files.clone()), true), (None, false)] {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let config = config.clone();
        let server = tokio::spawn(async move { TlsAcceptor::from(config).accept(theirs).await.is_ok() });
        let trust = Trust { client, ..authority.trust() };
        let _stream = Connector::new(trust).expect("readable").handshake(ours, &sip("example.org"), &[]).await;
        assert_eq!(server.await.expect("no panic"), welcome);
    }
    // A key that is another's, or no key, is told before anything is sent.
    std::fs::write(&files.1, KeyPair::generate().expect("a key").serialize_pem()).expect("written");
    let wrong = Connector::new(Trust { client: Some(files), ..authority.trust() });
    assert!(matches!(wrong, Err(TlsError::Roots { .. })));
}
