use std::collections::BTreeSet;

use super::mechanism::{Binding, Choice};
use super::*;

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const FINAL: &str =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SIGNATURE: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn scram() -> (Scram, Vec<u8>) {
    Scram::new(Hash::Sha256, "user", NONCE, &Binding::Unsupported, Offer::default())
}

/// After a good challenge and the right password.
fn answered() -> Scram {
    let (mut scram, _) = scram();
    let Ok(Step::Derive(job)) = scram.handle_challenge(FIRST.as_bytes()) else { panic!("a good challenge") };
    let response = scram.handle_key(&job.run("pencil")).expect("in turn");
    assert_eq!(String::from_utf8_lossy(&response), FINAL);
    scram
}

#[test]
fn the_example_of_rfc_7677_comes_out_letter_by_letter() {
    let (_, first) = scram();
    assert_eq!(first, format!("n,,n=user,r={NONCE}").into_bytes());
    assert_eq!(answered().handle_success(Some(SIGNATURE.as_bytes())), Ok(()));
}

#[test]
fn the_example_of_rfc_5802_comes_out_letter_by_letter() {
    let nonce = "fyko+d2lbbFgONRv9qkxdawL";
    let (mut scram, _) = Scram::new(Hash::Sha1, "user", nonce, &Binding::Unsupported, Offer::default());
    let challenge = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
    let Ok(Step::Derive(job)) = scram.handle_challenge(challenge) else { panic!("a good challenge") };
    let response = scram.handle_key(&job.run("pencil")).expect("in turn");
    let expected = "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
    assert_eq!(String::from_utf8_lossy(&response), expected);
    assert_eq!(scram.handle_success(Some(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")), Ok(()));
}

#[test]
fn the_signature_may_come_in_a_challenge_before_an_empty_success() {
    let mut scram = answered();
    assert_eq!(scram.handle_challenge(SIGNATURE.as_bytes()), Ok(Step::Respond(Vec::new())));
    assert_eq!(scram.handle_success(None), Ok(()));
}

#[test]
fn x40_bad_challenges_are_refused_before_any_hashing() {
    let huge = format!("{},x={}", FIRST, "a".repeat(1 << 20));
    let rows = [
        FIRST.replace("i=4096", "i=1"),
        FIRST.replace("i=4096", "i=4095"),
        FIRST.replace("i=4096", "i=0"),
        FIRST.replace("i=4096", "i=-1"),
        FIRST.replace("i=4096", "i=+4096"),
        FIRST.replace("i=4096", "i=1000001"),
        FIRST.replace("i=4096", "i=4294967295"),
        FIRST.replace("i=4096", "i=99999999999999999999"),
        FIRST.replace("i=4096", "i="),
        FIRST.replace(",i=4096", ""),
        FIRST.replace("s=W22ZaJ0SNY7soEsUEjb6gQ==", "s="),
        FIRST.replace("s=W22ZaJ0SNY7soEsUEjb6gQ==", "s=!!!!"),
        FIRST.replace("rOprNGfwEbeRWgbNEkqO%", "aaaaaaaaaaaaaaaaaaaa%"),
        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".to_owned(),
        "r=,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".to_owned(),
        format!("m=must,{FIRST}"),
        huge,
        String::new(),
        "\u{1f600}".to_owned(),
    ];
    for row in &rows {
        let result = scram().0.handle_challenge(row.as_bytes());
        assert!(matches!(result, Err(SaslError::Misbehaved(_))), "{row}: {result:?}");
    }
    assert!(matches!(scram().0.handle_challenge(b"\xff\xfe"), Err(SaslError::Misbehaved(_))));
    // Unknown optional extensions at the end are no offence (RFC 5802 section 5.1).
    assert!(scram().0.handle_challenge(format!("{FIRST},x=1").as_bytes()).is_ok());
}

#[test]
fn x40_a_server_that_does_not_know_the_password_is_a_security_error() {
    let rows: [Option<&[u8]>; 6] = [
        None,
        Some(b""),
        Some(b"v="),
        Some(b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        Some(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4"),
        Some(b"\xff"),
    ];
    for row in rows {
        assert_eq!(answered().handle_success(row), Err(SaslError::ServerUnproven), "{row:?}");
    }
    assert_eq!(scram().0.handle_success(None), Err(SaslError::ServerUnproven), "before the challenge");
    assert_eq!(scram().0.handle_success(Some(SIGNATURE.as_bytes())), Err(SaslError::ServerUnproven));
    assert_eq!(answered().handle_challenge(b"v=AAAA"), Err(SaslError::ServerUnproven));
    assert_eq!(
        answered().handle_success(Some(b"e=invalid-proof")),
        Err(SaslError::Refused("invalid-proof".to_owned()))
    );
}

#[test]
fn x40_a_second_challenge_is_out_of_turn() {
    let (mut scram, _) = scram();
    scram.handle_challenge(FIRST.as_bytes()).expect("the first is good");
    assert!(matches!(scram.handle_challenge(FIRST.as_bytes()), Err(SaslError::Misbehaved(_))));
}

#[test]
fn x41_user_names_are_escaped_and_prepared() {
    for (user, written) in
        [("a=b,c", "a=3Db=2Cc"), ("=2C", "=3D2C"), ("I\u{ad}X", "IX"), ("\u{2168}", "IX"), ("\u{1f600}", "\u{1f600}")]
    {
        let (_, first) = Scram::new(Hash::Sha1, user, "n", &Binding::NotOffered, Offer::default());
        assert_eq!(String::from_utf8_lossy(&first), format!("y,,n={written},r=n"), "{user}");
    }
    let one = KeyJob::Password.run("\u{2168}\u{a0}x");
    assert_eq!(one.expose(), b"IX x", "passwords are prepared too");
}

#[test]
fn the_channel_binding_is_in_the_header_and_in_the_proof() {
    let binding = Binding::To { name: "tls-exporter", data: vec![0xff; 3] };
    let (mut scram, first) = Scram::new(Hash::Sha256, "user", NONCE, &binding, Offer::default());
    assert!(first.starts_with(b"p=tls-exporter,,n=user"));
    let Ok(Step::Derive(job)) = scram.handle_challenge(FIRST.as_bytes()) else { panic!("a good challenge") };
    let response = scram.handle_key(&job.run("pencil")).expect("in turn");
    // base64 of "p=tls-exporter,," and three bytes of data
    assert!(response.starts_with(b"c=cD10bHMtZXhwb3J0ZXIsLP///w"), "{}", String::from_utf8_lossy(&response));
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn tls_13() -> ChannelBindings {
    ChannelBindings { exporter: Some(vec![1]), end_point: Some(vec![2]) }
}

fn flag(choice: &Choice) -> &'static str {
    match &choice.binding {
        Binding::Unsupported => "n",
        Binding::NotOffered => "y",
        Binding::To { name, .. } => name,
    }
}

#[test]
fn x39_the_strongest_mechanism_wins_and_the_flag_tells_the_truth() {
    let tls_12 = ChannelBindings { exporter: None, end_point: Some(vec![2]) };
    let all =
        &["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "X-NEW", "ANONYMOUS"];
    let both = Some(&["tls-server-end-point", "tls-exporter"] as &[&str]);
    type Row<'a> = (&'a [&'a str], Option<&'a [&'a str]>, &'a ChannelBindings, &'a str, &'a str);
    let rows: &[Row] = &[
        (all, both, &tls_13(), "SCRAM-SHA-256-PLUS", "tls-exporter"),
        (all, Some(&["tls-server-end-point"]), &tls_13(), "SCRAM-SHA-256-PLUS", "tls-server-end-point"),
        (all, Some(&["tls-unique"]), &tls_13(), "SCRAM-SHA-256", "n"),
        (all, None, &tls_13(), "SCRAM-SHA-256-PLUS", "tls-exporter"),
        (all, both, &tls_12, "SCRAM-SHA-256-PLUS", "tls-server-end-point"),
        (all, None, &tls_12, "SCRAM-SHA-256", "n"),
        (&["SCRAM-SHA-1", "PLAIN", "SCRAM-SHA-1"], None, &tls_13(), "SCRAM-SHA-1", "y"),
        (&["SCRAM-SHA-1"], None, &ChannelBindings::default(), "SCRAM-SHA-1", "n"),
        (&["SCRAM-SHA-512", "SCRAM-SHA-256"], None, &tls_13(), "SCRAM-SHA-512", "y"),
        (&["SCRAM-SHA-512", "SCRAM-SHA-1-PLUS"], None, &tls_13(), "SCRAM-SHA-1-PLUS", "tls-exporter"),
    ];
    for (offered, listed, bindings, mechanism, expected) in rows {
        let listed: Option<BTreeSet<String>> = listed.map(|list| names(list).into_iter().collect());
        let choice = choose(&names(offered), listed.as_ref(), bindings, false, false, None).expect("something fits");
        assert_eq!((choice.mechanism.to_string().as_str(), flag(&choice)), (*mechanism, *expected), "{offered:?}");
    }
}

#[test]
fn x39_nothing_weaker_than_before_and_never_anonymous() {
    type Row<'a> = (&'a [&'a str], bool, Option<&'a str>, Result<&'a str, SaslError>);
    let rows: &[Row] = &[
        // offered, PLAIN allowed, the last success
        (&["PLAIN"], false, None, Err(SaslError::NoMechanism)),
        (&["PLAIN"], true, None, Ok("PLAIN")),
        (&["PLAIN"], true, Some("SCRAM-SHA-1"), Err(SaslError::Weaker)),
        (&["ANONYMOUS"], true, None, Err(SaslError::NoMechanism)),
        (&["ANONYMOUS", "EXTERNAL", "DIGEST-MD5"], true, Some("PLAIN"), Err(SaslError::Weaker)),
        (&[], true, None, Err(SaslError::NoMechanism)),
        (&["SCRAM-SHA-256"], false, Some("SCRAM-SHA-1-PLUS"), Err(SaslError::Weaker)),
        (&["SCRAM-SHA-1", "PLAIN"], true, Some("SCRAM-SHA-256"), Err(SaslError::Weaker)),
        (&["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1"], false, Some("SCRAM-SHA-256"), Ok("SCRAM-SHA-256-PLUS")),
        (&["SCRAM-SHA-1"], false, Some("SCRAM-SHA-1"), Ok("SCRAM-SHA-1")),
        (&["scram-sha-1", "SCRAM-MD5", "SCRAM-", "SCRAM--PLUS"], false, None, Err(SaslError::NoMechanism)),
    ];
    for (offered, plain, before, expected) in rows {
        let before = before.map(|name| name.parse().expect("a mechanism"));
        let choice = choose(&names(offered), None, &tls_13(), *plain, false, before);
        let choice = choice.map(|choice| choice.mechanism.to_string());
        assert_eq!(choice, expected.clone().map(str::to_owned), "{offered:?}");
    }
}

#[test]
fn x39_a_server_that_repeats_its_offer_unmasks_whoever_cut_it() {
    let offered = names(&["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]);
    let bindings: BTreeSet<String> = names(&["tls-server-end-point", "tls-exporter"]).into_iter().collect();
    // The example of XEP-0474 section 4.3, and the form of its version 0.3.
    let whole = Offer::new(&offered, Some(&bindings));
    let older = "SCRAM-SHA-1,SCRAM-SHA-1-PLUS|tls-exporter,tls-server-end-point";
    let older = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, Hash::Sha1.digest(older.as_bytes()));
    let cut = Offer::new(&offered[1..], None);
    // Two names in one: in the older form it would hash alike.
    let joined = Offer::new(&names(&["SCRAM-SHA-1,SCRAM-SHA-1-PLUS|tls-exporter,tls-server-end-point"]), None);
    for (offer, hashed, expected) in [
        (&whole, "G6k/rBLDqgOhRRaCuuatSDFkJ08=", Ok(())),
        (&whole, &older, Ok(())),
        (&cut, "G6k/rBLDqgOhRRaCuuatSDFkJ08=", Err(SaslError::OfferChanged)),
        (&joined, &older, Err(SaslError::OfferChanged)),
        (&whole, "", Err(SaslError::OfferChanged)),
    ] {
        let (mut scram, _) = Scram::new(Hash::Sha1, "user", "n", &Binding::Unsupported, offer.clone());
        let challenge = format!("r=nx,s=QSXCR+Q6sek8bf92,i=4096,h={hashed}");
        assert_eq!(scram.handle_challenge(challenge.as_bytes()).map(|_| ()), expected, "{hashed}");
    }
}

#[test]
fn x40_mutated_challenges_never_panic() {
    use rand::{Rng, SeedableRng};
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    for _ in 0..20_000 {
        let mut bytes = FIRST.as_bytes().to_vec();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        let _ = scram().0.handle_challenge(&bytes);
    }
}

#[test]
fn a_certificate_of_ours_outweighs_every_password_and_only_where_it_was_shown() {
    let offered = names(&["PLAIN", "SCRAM-SHA-256", "EXTERNAL"]);
    let chosen = |external| {
        choose(&offered, None, &tls_13(), false, external, None).expect("something fits").mechanism.to_string()
    };
    assert_eq!((chosen(true), chosen(false)), ("EXTERNAL".to_owned(), "SCRAM-SHA-256".to_owned()));
    let weaker = choose(&offered, None, &tls_13(), true, false, "EXTERNAL".parse().ok());
    assert_eq!(weaker.map(|choice| choice.mechanism), Err(SaslError::Weaker), "the certificate worked the last time");
}
