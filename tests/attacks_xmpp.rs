//! Attacks on the login and the reader, each against a scripted server over real sockets; named by their ids.

#[path = "attacks_xmpp/running.rs"]
mod running;
#[path = "support/xmpp_server.rs"]
mod xmpp_server;

use std::future::Future;
use std::time::{Duration, Instant};

use rcgen::{DnType, SanType};
use tandem::model::{Certificate, Security, TlsVersion};
use tandem::net::dns::Resolver;
use tandem::net::tls::Trust;
use tandem::platform::Secret;
use tandem::xmpp::io::probe;
use tandem::xmpp::{Config, Failure, TlsMode};
use xmpp_server::*;

/// Runs one login of `config` against `script`.
async fn meet(config: Config, trust: Trust, script: impl Future<Output = ()>) -> Result<Security, Failure> {
    let resolver = Resolver::new(Some(([127, 0, 0, 1], 9).into()));
    let (result, ()) = tokio::join!(probe(&config, Secret::new(PASSWORD), resolver, trust), script);
    result
}

/// One login against a SCRAM script inside TLS.
async fn scram(stage: &Stage, config: Config, script: Script) -> Result<Security, Failure> {
    meet(config, stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        // A client that goes away in the middle of a bad script is what most tests want.
        let whole = tokio::time::timeout(Duration::from_secs(5), async {
            peer.authenticate(&script).await;
            peer.greet(BIND).await;
            peer.rest().await;
        });
        let _ = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(whole)).await;
    })
    .await
}

fn code(result: Result<Security, Failure>) -> (String, bool) {
    let failure = result.expect_err("the login must fail");
    (failure.reason.code.to_string(), failure.security)
}

#[tokio::test]
async fn an_honest_server_is_signed_in_to() {
    let stage = Stage::new().await;
    let security = scram(&stage, stage.config(), Script::default()).await.expect("signed in");
    assert_eq!((security.tls, security.certificate), (Some(TlsVersion::V13), Certificate::Verified));
    assert_eq!(&*security.auth, "SCRAM-SHA-256");
}

#[tokio::test]
async fn a_channel_binding_is_used_where_it_is_offered() {
    let stage = Stage::new().await;
    let offer = mechanisms(&["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN"])
        + "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>";
    let script = Script { mechanism: "SCRAM-SHA-1-PLUS", offer, ..Script::default() };
    let security = scram(&stage, stage.config(), script).await.expect("signed in");
    assert_eq!(&*security.auth, "SCRAM-SHA-1-PLUS");
}

#[tokio::test]
async fn direct_tls_needs_no_starttls() {
    let stage = Stage::new().await;
    let config = Config { tls: TlsMode::Direct, ..stage.config() };
    let result = meet(config, stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.secure().await;
        peer.authenticate(&Script::default()).await;
        peer.greet(BIND).await;
        peer.rest().await;
    });
    result.await.expect("signed in");
}

/// What becomes of a login when the server says `bytes` instead of the features inside TLS.
async fn hostile_features(bytes: impl AsRef<[u8]>) -> (String, bool) {
    let stage = Stage::new().await;
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        peer.expect("<stream:stream").await;
        peer.send(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
        )
        .await;
        peer.send(bytes).await;
        assert!(!peer.rest().await.contains("<auth"), "no credentials");
    })
    .await;
    code(result)
}

#[tokio::test]
async fn x30_a_dtd_ends_the_connection() {
    let lol = "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;'>]><stream:features>&lol2;";
    assert_eq!(hostile_features(lol).await, ("broken".to_owned(), false));
}

#[tokio::test]
async fn x31_a_million_levels_of_nesting_leave_the_process_alive() {
    assert_eq!(hostile_features("<a>".repeat(1_000_000)).await, ("broken".to_owned(), false));
}

#[tokio::test]
async fn x32_a_hundred_mebibytes_are_cut_off_at_the_limit() {
    let started = Instant::now();
    let huge = format!("<stream:features><x>{}", "x".repeat(100 << 20));
    assert_eq!(hostile_features(huge).await, ("broken".to_owned(), false));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn x35_malformed_bytes_end_the_connection() {
    for bytes in [&b"<stream:features>\xc0\xbc"[..], b"<stream:features>\xed\xa0\x80", b"<stream:features>\0"] {
        let whole = [bytes, b"</stream:features>"].concat();
        assert_eq!(hostile_features(whole).await, ("broken".to_owned(), false), "{bytes:?}");
    }
}

#[tokio::test]
async fn x34_compression_is_never_asked_for() {
    let stage = Stage::new().await;
    let zlib = "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>";
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        let before = peer.greet(&format!("{STARTTLS}{zlib}")).await + &peer.expect("<starttls").await;
        peer.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        peer.secure().await;
        let offer = format!("{}{zlib}", Script::default().offer);
        peer.authenticate(&Script { offer, ..Script::default() }).await;
        let after = peer.greet(&format!("{BIND}{zlib}")).await + &peer.rest().await;
        assert!(!before.contains("<compress") && !after.contains("<compress"), "{before} {after}");
    });
    result.await.expect("signed in");
}

#[tokio::test]
async fn x36_no_credentials_leave_without_tls() {
    for features in [String::new(), mechanisms(&["PLAIN", "SCRAM-SHA-1"]), BIND.to_owned()] {
        let stage = Stage::new().await;
        let config = Config { allow_plain: true, ..stage.config() };
        let result = meet(config, stage.trust(), async {
            let mut peer = stage.accept().await;
            let sent = peer.greet(&features).await + &peer.rest().await;
            assert!(!sent.contains("<auth") && !sent.contains("juliet"), "{sent}");
        });
        assert_eq!(code(result.await), ("no-encryption".to_owned(), true));
    }
}

#[tokio::test]
async fn x37_plaintext_behind_proceed_never_counts_as_protected() {
    let stage = Stage::new().await;
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.greet(STARTTLS).await;
        peer.expect("<starttls").await;
        let mechanisms = mechanisms(&["PLAIN"]);
        peer.send(format!(
            "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features>{mechanisms}</stream:features>"
        ))
        .await;
        assert!(!peer.rest().await.contains("<auth"));
    });
    assert_eq!(code(result.await), ("injection".to_owned(), true));
}

#[tokio::test]
async fn x38_a_failure_to_starttls_is_an_error_at_once() {
    let stage = Stage::new().await;
    let started = Instant::now();
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.greet(STARTTLS).await;
        peer.expect("<starttls").await;
        peer.send("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        peer.rest().await;
    });
    assert_eq!(code(result.await), ("starttls-refused".to_owned(), false));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn x39_weaker_offers_are_refused_without_credentials() {
    for (offered, before, plain, expected) in [
        (&["PLAIN"][..], None, false, ("no-mechanism", false)),
        (&["ANONYMOUS", "EXTERNAL", "X-OAUTH2"], None, true, ("no-mechanism", false)),
        (&["PLAIN"], Some("SCRAM-SHA-1"), true, ("weaker-login", true)),
        (&["SCRAM-SHA-1", "SCRAM-SHA-1"], Some("SCRAM-SHA-256"), false, ("weaker-login", true)),
        (&["SCRAM-SHA-256"], Some("SCRAM-SHA-256-PLUS"), false, ("weaker-login", true)),
        (&[], Some("SCRAM-SHA-256"), false, ("weaker-login", true)),
    ] {
        let stage = Stage::new().await;
        let strongest_mechanism = before.map(str::to_owned);
        let config = Config { allow_plain: plain, strongest_mechanism, ..stage.config() };
        let result = meet(config, stage.trust(), async {
            let mut peer = stage.accept().await;
            peer.starttls().await;
            peer.greet(&mechanisms(offered)).await;
            assert!(!peer.rest().await.contains("<auth"), "{offered:?}");
        });
        assert_eq!(code(result.await), (expected.0.to_owned(), expected.1), "{offered:?}");
    }
}

#[tokio::test]
async fn x40_a_server_without_the_password_is_unmasked() {
    for signature in [
        (|_| Some("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned())) as fn(String) -> Option<String>,
        |_| None,
        |_| Some("v=".to_owned()),
        |honest| Some(honest.to_lowercase()),
    ] {
        let stage = Stage::new().await;
        let result = scram(&stage, stage.config(), Script { signature, ..Script::default() }).await;
        assert_eq!(code(result), ("server-unproven".to_owned(), true));
    }
}

#[tokio::test]
async fn x40_challenges_that_break_the_rules_are_refused_quickly() {
    let started = Instant::now();
    for challenge in [
        (|honest| honest.replace("i=4096", "i=1")) as fn(String) -> String,
        |honest| honest.replace("i=4096", "i=0"),
        |honest| honest.replace("i=4096", "i=-1"),
        |honest| honest.replace("i=4096", "i=4294967295"),
        |honest| format!("r=foreign{honest}"),
        |honest| honest.split("s=").next().unwrap_or_default().to_owned() + "s=,i=4096",
        |honest| format!("m=ext,{honest}"),
        |honest| honest + &"x".repeat(100_000),
    ] {
        let stage = Stage::new().await;
        let result = scram(&stage, stage.config(), Script { challenge, ..Script::default() }).await;
        assert_eq!(code(result), ("login-rules".to_owned(), true));
    }
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test]
async fn x40_success_before_the_challenge_is_no_success() {
    let stage = Stage::new().await;
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        peer.greet(&Script::default().offer).await;
        peer.expect("</auth").await;
        peer.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
        peer.rest().await;
    });
    assert_eq!(code(result.await), ("server-unproven".to_owned(), true));
}

#[tokio::test]
async fn x40_hashing_does_not_hold_up_the_other_tasks() {
    let stage = Stage::new().await;
    // One thread runs everything here: a hash on it would silence the ticks for as long as it takes.
    let hash = Instant::now();
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"pencil", b"salt", 1_000_000, &mut key);
    let hash = hash.elapsed();
    let script = Script { iterations: 1_000_000, ..Script::default() };
    let login = scram(&stage, stage.config(), script);
    tokio::pin!(login);
    let mut longest = Duration::ZERO;
    let result = loop {
        let before = Instant::now();
        tokio::select! {
            result = &mut login => break result,
            () = tokio::time::sleep(Duration::from_millis(10)) => longest = longest.max(before.elapsed()),
        }
    };
    result.expect("signed in");
    assert!(longest < hash / 2, "the longest pause was {longest:?}, a hash takes {hash:?}");
}

#[tokio::test]
async fn x41_the_user_name_is_escaped_on_the_wire() {
    let stage = Stage::new().await;
    let jid = tandem::model::Jid::parse("ju=li,et@example.org").expect("an address");
    let result = meet(Config { jid, ..stage.config() }, stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        let first = peer.authenticate(&Script::default()).await;
        assert!(first.contains("n=ju=3Dli=2Cet,r="), "{first}");
        peer.greet(BIND).await;
        peer.rest().await;
    });
    result.await.expect("signed in");
}

#[tokio::test]
async fn x43_the_certificate_must_name_the_domain_of_the_address() {
    type Change = fn(&mut rcgen::CertificateParams);
    let rows: &[(&str, Change)] = &[
        ("only the SRV target", |params| {
            params.subject_alt_names = vec![SanType::DnsName("xmpp.hosting.example".try_into().expect("ascii"))];
        }),
        ("a wildcard below it", |params| {
            params.subject_alt_names = vec![SanType::DnsName("*.example.org".try_into().expect("ascii"))];
        }),
        ("only the common name", |params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, DOMAIN);
        }),
        ("only the address", |params| {
            params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        }),
    ];
    for (what, change) in rows {
        let stage = Stage::with_certificate(change).await;
        let result = meet(stage.config(), stage.trust(), async {
            let mut peer = stage.accept().await;
            peer.starttls().await;
        });
        let failure = result.await.expect_err(what);
        assert_eq!(&*failure.reason.code, "certificate", "{what}");
        let fingerprint = failure.certificate.expect("the user may be asked");
        // What the user accepts is accepted, and said to be an exception.
        let accepted = Trust { exceptions: vec![fingerprint], ..stage.trust() };
        let result = meet(stage.config(), accepted, async {
            let mut peer = stage.accept().await;
            peer.login().await;
            peer.rest().await;
        });
        assert_eq!(result.await.expect("signed in").certificate, Certificate::Exception, "{what}");
    }
}

#[tokio::test]
async fn x43_an_unknown_authority_is_refused() {
    let (stage, other) = (Stage::new().await, Stage::new().await);
    let result = meet(stage.config(), other.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
    });
    assert_eq!(code(result.await).0, "certificate");
}

#[tokio::test]
async fn tls_1_2_without_a_list_of_bindings_does_not_guess_one() {
    let mut stage = Stage::new().await;
    stage.downgrade_tls();
    let offer = mechanisms(&["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]);
    let script = Script { mechanism: "SCRAM-SHA-1", offer, ..Script::default() };
    let security = scram(&stage, stage.config(), script).await.expect("signed in");
    assert_eq!((security.tls, &*security.auth), (Some(TlsVersion::V12), "SCRAM-SHA-1"));
}

#[tokio::test]
async fn x44_the_next_place_is_tried_when_one_is_dead() {
    let stage = Stage::new().await;
    // With `Auto` the configured place is tried with STARTTLS first, then with direct TLS.
    let config = Config { tls: TlsMode::Auto, ..stage.config() };
    let result = meet(config, stage.trust(), async {
        drop(stage.accept().await);
        let mut peer = stage.accept().await;
        peer.secure().await;
        peer.authenticate(&Script::default()).await;
        peer.greet(BIND).await;
        peer.rest().await;
    });
    result.await.expect("signed in at the second place");
}

#[tokio::test]
async fn x44_srv_records_lead_past_a_dead_place_to_the_living_one() {
    let stage = Stage::new().await;
    let dead = Stage::new().await.address().port();
    let names = name_server(&[(5, 0), (20, stage.address().port()), (10, dead)]).await;
    let config = Config { server: None, ..stage.config() };
    let script = async {
        let mut peer = stage.accept().await;
        peer.login().await;
        peer.rest().await;
    };
    let (trust, resolver) = (stage.trust(), Resolver::new(Some(names)));
    let (result, ()) = tokio::join!(probe(&config, Secret::new(PASSWORD), resolver, trust), script);
    // The host is `localhost`, the certificate names the domain, and that is what counts.
    result.expect("signed in");
}

#[tokio::test]
async fn x33_a_server_that_trickles_its_greeting_is_left() {
    let stage = Stage::new().await;
    let started = Instant::now();
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.expect("<stream:stream").await;
        for byte in b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx" {
            peer.send([*byte]).await;
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    });
    assert_eq!(code(result.await).0, "timeout");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test]
async fn x45_a_redirection_is_not_followed_to_a_strange_host() {
    let (stage, elsewhere) = (Stage::new().await, Stage::new().await);
    let result = meet(stage.config(), stage.trust(), async {
        let mut peer = stage.accept().await;
        peer.starttls().await;
        peer.expect("<stream:stream").await;
        peer.send(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
        )
        .await;
        peer.send(format!(
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{}</see-other-host></stream:error>",
            elsewhere.address()
        ))
        .await;
        peer.rest().await;
        assert!(!elsewhere.is_called_within(Duration::from_millis(500)).await);
    });
    assert_eq!(code(result.await), ("stream-error".to_owned(), false));
}

#[tokio::test]
async fn x48_a_refused_password_is_final_and_asks_no_second_place() {
    for (condition, expected) in [("not-authorized", "wrong-password"), ("account-disabled", "account-disabled")] {
        let stage = Stage::new().await;
        let config = Config { tls: TlsMode::Auto, ..stage.config() };
        let result = meet(config, stage.trust(), async {
            let mut peer = stage.accept().await;
            peer.starttls().await;
            peer.greet(&Script::default().offer).await;
            peer.expect("</auth").await;
            peer.send(format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/></failure>")).await;
            peer.rest().await;
            assert!(!stage.is_called_within(Duration::from_millis(500)).await, "no second try");
        });
        assert_eq!(code(result.await), (expected.to_owned(), false));
    }
}
