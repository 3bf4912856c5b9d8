use super::*;

/// A connection in one line: transport, version, cipher, certificate, login.
fn side(text: &str) -> Security {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [transport, tls, cipher, certificate, auth] = words[..] else { panic!("{text}") };
    Security {
        transport: match transport {
            "tls" => Transport::Tls,
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            other => panic!("{other}"),
        },
        tls: match tls {
            "1.3" => Some(TlsVersion::V13),
            "1.2" => Some(TlsVersion::V12),
            "-" => None,
            other => panic!("{other}"),
        },
        cipher: (cipher != "-").then(|| cipher.into()),
        certificate: match certificate {
            "verified" => Certificate::Verified,
            "pinned" => Certificate::Pinned,
            "exception" => Certificate::Exception,
            "-" => Certificate::None,
            other => panic!("{other}"),
        },
        auth: auth.into(),
        issuer: None,
    }
}

const AES: &str = "TLS_AES_256_GCM_SHA384";
const CBC: &str = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";

fn rows(chat: &str, voice: &str, sound: &Sound<'_>) -> Vec<ProtectionRow> {
    let fill = |text: &str| text.replace("AES", AES).replace("CBC", CBC).replace("CHA", "TLS_CHACHA20_POLY1305_SHA256");
    let (chat, voice) = (side(&fill(chat)), side(&fill(voice)));
    compare(Side { security: &chat, accepted: &[] }, Side { security: &voice, accepted: &[] }, sound)
}

const QUIET: Sound<'_> = Sound { policy: SoundPolicy::Offered, calls: &[], sealed_chat: false };

/// What is expected to be weaker, as `service:aspect` in the order of the sheet.
fn weak(rows: &[ProtectionRow]) -> String {
    let text = |row: &ProtectionRow| {
        row.weaker.map(|service| format!("{}:{}", name(service).to_lowercase(), row.aspect.word()))
    };
    rows.iter().filter_map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn c_45_every_difference_of_the_connections_is_found_on_the_weaker_side() {
    let table: &[(&str, &str, &str, &str)] = &[
        // chat, voice, the weaker sides, why
        (
            "tls 1.3 AES verified SCRAM-SHA-256-PLUS",
            "tls 1.3 AES verified digest-SHA-256",
            "",
            "alike; SIP has no binding",
        ),
        ("tls 1.3 AES verified SCRAM-SHA-256", "tls 1.3 CHA verified digest-SHA-256", "", "both ciphers are sound"),
        ("tls 1.3 AES pinned SCRAM-SHA-256", "tls 1.3 AES verified digest-SHA-256", "", "both name the server"),
        (
            "tls 1.3 AES verified SCRAM-SHA-1",
            "tls 1.3 AES verified digest-SHA-256",
            "",
            "iterated, so guessing is costly",
        ),
        (
            "tls 1.3 AES verified external",
            "tls 1.3 AES verified digest-SHA-256",
            "",
            "no password against a good proof",
        ),
        ("tls 1.2 AES verified SCRAM-SHA-256", "tls 1.2 AES verified digest-SHA-256", "", "equally old"),
        ("tls 1.3 AES verified SCRAM-SHA-256", "tls 1.2 AES verified digest-SHA-256", "voice:tls", "an older version"),
        ("tls 1.2 AES verified SCRAM-SHA-256", "tls 1.3 AES verified digest-SHA-256", "chat:tls", "an older version"),
        (
            "tls 1.2 AES verified SCRAM-SHA-256",
            "tls 1.2 CBC verified digest-SHA-256",
            "voice:cipher",
            "CBC has a history",
        ),
        (
            "tls 1.2 CBC verified SCRAM-SHA-256",
            "tls 1.2 AES verified digest-SHA-256",
            "chat:cipher",
            "CBC has a history",
        ),
        (
            "tls 1.3 AES exception SCRAM-SHA-256",
            "tls 1.3 AES verified digest-SHA-256",
            "chat:certificate",
            "only accepted",
        ),
        (
            "tls 1.3 AES verified SCRAM-SHA-256",
            "tls 1.3 AES exception digest-SHA-256",
            "voice:certificate",
            "only accepted",
        ),
        ("tls 1.3 AES exception SCRAM-SHA-256", "tls 1.3 AES exception digest-SHA-256", "", "equally unproven"),
        (
            "tls 1.3 AES verified SCRAM-SHA-256",
            "tls 1.3 AES verified digest-MD5",
            "voice:login",
            "MD5 is guessed quickly",
        ),
        (
            "tls 1.3 AES verified PLAIN",
            "tls 1.3 AES verified digest-SHA-256",
            "chat:login",
            "the server sees the password",
        ),
        ("tls 1.3 AES verified PLAIN", "tls 1.3 AES verified digest-MD5", "chat:login", "worse than a digest"),
        ("tls 1.3 AES verified SCRAM-SHA-256", "tls 1.3 AES verified none", "voice:login", "nobody is asked"),
        (
            "tls 1.3 AES verified SCRAM-SHA-256",
            "udp - - - digest-SHA-256",
            "voice:transport voice:media",
            "all in the clear; TLS's own lines follow from the first",
        ),
        (
            "tls 1.3 AES verified SCRAM-SHA-256",
            "tcp - - - digest-MD5",
            "voice:transport voice:login voice:media",
            "worse",
        ),
        (
            "tls 1.3 AES verified PLAIN",
            "udp - - - digest-SHA-256",
            "voice:transport chat:login voice:media",
            "crosswise",
        ),
        ("tcp - - - SCRAM-SHA-256", "tls 1.3 AES verified digest-SHA-256", "chat:transport", "the other way round"),
        ("tcp - - - SCRAM-SHA-256", "udp - - - digest-SHA-256", "", "equally open"),
        (
            "tls 1.2 CBC exception PLAIN",
            "tls 1.3 AES verified digest-SHA-256",
            "chat:tls chat:cipher chat:certificate chat:login",
            "several at once, each on its line",
        ),
    ];
    for (chat, voice, expected, why) in table {
        let rows = rows(chat, voice, &QUIET);
        assert_eq!(weak(&rows), *expected, "{chat} | {voice}: {why}");
        assert_eq!(rows.iter().map(|row| row.aspect).collect::<Vec<_>>(), Aspect::ALL, "every line is there");
        let level = if expected.is_empty() { ParityLevel::Equal } else { ParityLevel::Mismatch };
        assert_eq!(super::level(&rows), level, "{why}");
        assert!(rows.iter().all(|row| !row.reason.is_empty() && !row.chat.is_empty() && !row.voice.is_empty()));
        assert_eq!(findings(&rows).len(), expected.split_whitespace().count());
    }
}

#[test]
fn c_47_what_is_said_is_compared_with_what_is_written() {
    use MediaEncryption::{Dtls, None as Clear, Sdes};
    use SoundPolicy::{Demanded, Offered, Open};
    const TLS: &str = "tls 1.3 AES verified digest-SHA-256";
    const UDP: &str = "udp - - - digest-SHA-256";
    type Row<'a> = (&'a str, SoundPolicy, &'a [MediaEncryption], bool, bool, &'a str);
    let table: &[Row<'_>] = &[
        // voice, policy, living calls, chat sealed from end to end, weaker, why
        (TLS, Offered, &[], false, false, "encrypted where it can be"),
        (TLS, Demanded, &[], false, false, "always encrypted"),
        (TLS, Open, &[], false, true, "never encrypted although chat is"),
        (TLS, Offered, &[Sdes], false, false, "as far as the servers, as chat is"),
        (TLS, Offered, &[Clear], false, true, "the living call is in the clear"),
        (TLS, Demanded, &[Sdes, Clear], false, true, "one open call is enough"),
        (UDP, Offered, &[], false, true, "keys would be readable, so there are none"),
        (TLS, Demanded, &[Sdes], true, true, "chat is sealed, SDES ends at the servers"),
        (TLS, Demanded, &[Clear], true, true, "chat is sealed, the call is open"),
        (TLS, Offered, &[Dtls], true, false, "both from end to end"),
        (TLS, Demanded, &[], true, true, "the next call will be SDES"),
    ];
    for (voice, policy, calls, sealed_chat, expected, why) in table {
        let sound = Sound { policy: *policy, calls, sealed_chat: *sealed_chat };
        let rows = rows("tls 1.3 AES verified SCRAM-SHA-256", voice, &sound);
        let media = rows.last().expect("the line of the sound");
        assert_eq!(media.weaker == Some(Service::Voice), *expected, "{why}: {media:?}");
        assert_eq!(media.remedy.is_some(), *expected, "{why}");
    }
}

#[test]
fn what_the_user_accepted_stays_in_sight() {
    let (chat, voice) = (side("tls 1.3 A_GCM verified SCRAM-SHA-256"), side("tls 1.3 A_GCM verified digest-MD5"));
    let accepted = [Aspect::Login];
    let rows = compare(Side { security: &chat, accepted: &[] }, Side { security: &voice, accepted: &accepted }, &QUIET);
    assert_eq!(level(&rows), ParityLevel::Mismatch);
    let found = findings(&rows);
    assert!(found[0].text.ends_with("You accepted this.") && found[0].remedy.is_none(), "{found:?}");
    // The other account's consent is nobody else's.
    let rows = compare(Side { security: &chat, accepted: &accepted }, Side { security: &voice, accepted: &[] }, &QUIET);
    assert!(rows.iter().all(|row| !row.accepted));
}

#[test]
fn one_side_alone_is_unknown() {
    assert_eq!(level(&[]), ParityLevel::Unknown);
    assert!(findings(&[]).is_empty());
}
