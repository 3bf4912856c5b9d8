//! Files as the programs write them, and files that nobody wrote for us.

use super::*;

const GAJIM: &str = "version = 1.1.2\naccounts.work.name = alice\naccounts.work.hostname = example.com\n\
    accounts.work.password = secret\naccounts.my.home.name = al\naccounts.my.home.hostname = home.example\n\
    accounts.my.home.use_custom_host = True\naccounts.my.home.custom_host = xmpp.home.example\n\
    accounts.my.home.custom_port = 5223\naccounts.my.home.custom_type = DIRECT TLS\n\
    accounts.Local.is_zeroconf = True\naccounts.guest.hostname = anon.example\naccounts.guest.anonymous_auth = True\n";

const LINPHONE: &str = "[sip]\ndefault_proxy=0\n\n[proxy_0]\nreg_proxy=<sip:pbx.example.com:5071;transport=tls>\n\
    reg_identity=\"Alice Adams\" <sip:1001@example.com>\nreg_expires=3600\n\n[auth_info_0]\nusername=1001\nuserid=alice-login\n\
    ha1=0123456789abcdef0123456789abcdef\nrealm=example.com\ndomain=example.com\n\n[proxy_1]\nreg_proxy=sip:sip.example.org\n\
    reg_identity=sip:al@sip.example.org\n\n[friend_0]\nurl=\"Bob Baker\" <sip:bob@example.com>\npol=accept\n\n\
    [friend_1]\nurl=sip:carol@example.org;transport=tcp\n\n[friend_2]\nurl=nonsense\n";

fn told(file: &OtherFile) -> Vec<String> {
    let account = |account: &OtherAccount| match account {
        OtherAccount::Chat { address, server, tls } => format!("chat {address} {server:?} {tls:?}"),
        OtherAccount::Voice { address, display_name, auth_user, outbound_proxy, transport } => format!(
            "voice {address} {display_name:?} {auth_user:?} {} {transport:?}",
            outbound_proxy.as_ref().map_or("-".to_owned(), ToString::to_string)
        ),
    };
    let person = |person: &ReadPerson| format!("{}: {}", person.name, person.numbers[0].value);
    file.accounts.iter().map(account).chain(file.people.people.iter().map(person)).collect()
}

#[test]
fn gajims_accounts_come_over_with_their_servers_and_without_their_passwords() {
    let file = read_other(Brought::Bytes(GAJIM.as_bytes())).expect("known");
    assert_eq!(file.program, OtherProgram::Gajim);
    assert_eq!(
        told(&file),
        ["chat al@home.example Some(\"xmpp.home.example:5223\") Direct", "chat alice@example.com None Auto"]
    );
    let skipped: Vec<&str> = file.people.skipped.iter().map(|(_, why)| &**why).collect();
    assert_eq!(skipped, ["The account \"guest\" was left out: it signs in without a name."]);
    assert!(!format!("{file:?}").contains("secret") && !format!("{file:?}").contains("alice"));
}

#[test]
fn gajims_database_says_the_same_in_json() {
    let rows = [
        ("work", r#"{"account": {"name": "alice", "hostname": "example.com"}, "contact": {}}"#),
        (
            "new",
            r#"{"account": {"address": "al@home.example", "use_custom_host": true, "custom_host": "h.example",
            "custom_port": 5222, "custom_type": "PLAIN"}}"#,
        ),
        ("broken", "{"),
        ("nobody", r#"{"account": {"hostname": "example.com"}}"#),
        ("odd", r#"[1, 2]"#),
    ];
    let rows = rows.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect();
    let file = read_other(Brought::GajimRows(rows)).expect("known");
    assert_eq!(
        told(&file),
        ["chat alice@example.com None Auto", "chat al@home.example Some(\"h.example:5222\") StartTls"],
        "never without encryption"
    );
    assert_eq!(file.people.skipped.len(), 4, "{:?}", file.people.skipped);
}

#[test]
fn linphones_accounts_and_friends_come_over() {
    let file = read_other(Brought::Bytes(LINPHONE.as_bytes())).expect("known");
    assert_eq!(file.program, OtherProgram::Linphone);
    assert_eq!(
        told(&file),
        [
            "voice sip:1001@example.com Some(\"Alice Adams\") Some(\"alice-login\") sip:pbx.example.com:5071 Tls",
            "voice sip:al@sip.example.org None None - Auto",
            "Bob Baker: sip:bob@example.com",
            "carol: sip:carol@example.org",
        ]
    );
    assert_eq!(file.people.skipped.len(), 1);
    let card = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dana\r\nIMPP:sip:dana@example.org\r\nEND:VCARD\r\n";
    let rows = vec![("".to_owned(), card.to_owned()), ("\"Erik\" <sip:erik@example.org>".to_owned(), "".to_owned())];
    let file = read_other(Brought::LinphoneRows(rows)).expect("known");
    assert_eq!(told(&file), ["Dana: sip:dana@example.org", "Erik: sip:erik@example.org"]);
}

#[test]
fn cards_are_known_whatever_the_file_is_called_and_nonsense_is_refused_in_words() {
    let card = "BEGIN:VCARD\nFN:Bob\nTEL:+49301\nEND:VCARD\n";
    let file = read_other(Brought::Bytes(card.as_bytes())).expect("known");
    assert_eq!((file.program, file.people.people.len(), file.accounts.len()), (OtherProgram::Cards, 1, 0));
    let wide: Vec<u8> =
        "\u{feff}BEGIN:VCARD\r\nFN:Ünal\r\nTEL:1\r\nEND:VCARD\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_other(Brought::Bytes(&wide)).expect("known").people.people.len(), 1);
    for nonsense in
        [&b""[..], b"\x7fELF", b"[sip]\nport=5060\n", b"\xff\xfe\x00", b"accounts", b"root:x:0:0::/root:/bin/sh\n"]
    {
        assert_eq!(read_other(Brought::Bytes(nonsense)), Err(UnknownFile), "{nonsense:?}");
    }
}

#[test]
fn a_file_with_thousands_of_accounts_is_read_within_its_bounds() {
    let many: String = (0..1000).map(|n| format!("[proxy_{n}]\nreg_identity=sip:a{n}@example.com\n")).collect();
    let file = read_other(Brought::Bytes(many.as_bytes())).expect("known");
    assert_eq!(file.accounts.len(), 32);
    let many: String =
        (0..1000).map(|n| format!("accounts.{n}.name = a{n}\naccounts.{n}.hostname = example.com\n")).collect();
    let file = read_other(Brought::Bytes(many.as_bytes())).expect("known");
    assert_eq!(file.accounts.len(), 32);
    let friends: String = (0..20_100).map(|n| format!("[friend_{n}]\nurl=sip:a{n}@example.com\n")).collect();
    let file = read_other(Brought::Bytes(friends.as_bytes())).expect("known");
    assert!(file.people.people.len() <= 20_000 && !file.people.skipped.is_empty());
}

/// Good files with a seed of changes: bytes turned, cut out and doubled.
#[test]
fn a_hundred_thousand_mutated_files_of_other_programs_break_nothing() {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};
    let mut rng = StdRng::seed_from_u64(17);
    let good: [&[u8]; 3] =
        [GAJIM.as_bytes(), LINPHONE.as_bytes(), b"BEGIN:VCARD\r\nFN:Bob\r\nTEL:+49301\r\nEND:VCARD\r\n"];
    for round in 0..100_000 {
        let mut bytes = good[round % good.len()].to_vec();
        for _ in 0..rng.random_range(1..8) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => drop(bytes.drain(at..(at + rng.random_range(1..20)).min(bytes.len()))),
                2 => bytes.insert(at, b"<>[]\"=.@\n\0"[rng.random_range(0..10)]),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                bytes.push(b'[');
            }
            bytes.truncate(4096);
        }
        if let Ok(file) = read_other(Brought::Bytes(&bytes)) {
            assert!(file.accounts.len() <= 32);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = read_other(Brought::GajimRows(vec![("x".to_owned(), text.clone())]));
            let _ = read_other(Brought::LinphoneRows(vec![(text.clone(), text)]));
        }
    }
}
