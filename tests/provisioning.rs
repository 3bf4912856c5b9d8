//! Provisioning documents: what is read, what is refused and where, and how they lie under the user's file.
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test, and says why")]

use tandem::config::{Effective, Network, Origin, effective};
use tandem::model::AccountId;
use tandem::provisioning::{Document, Problem, read};

const PLAIN: &str = r#"{
  "version": 1,
  "title": "Example Ltd",
  "chat": [{ "id": "work", "address": "{address}" }],
  "voice": [{ "id": "phone", "address": "sip:{user}@{domain}", "expires": 300 }],
  "relation": [{ "chat": "work", "voice": "phone" }],
  "calls": { "region": "DE", "ring-timeout": 60 },
  "locked": ["calls.region", "voice.transport"]
}"#;

fn document(text: &str) -> Document {
    read(text, "example.json").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn over(user: &str, text: &str) -> Result<Effective, Vec<Problem>> {
    effective(user, "config.toml", document(text).layer().as_ref(), &Network::default())
}

fn right(user: &str, text: &str) -> Effective {
    over(user, text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

const ALICE: &str = "[provisioning]\naddress = \"alice@example.com\"\n";

#[test]
fn the_address_fills_the_placeholders_of_the_document() {
    let config = right(ALICE, PLAIN).config;
    assert_eq!(config.chat[0].address.as_str(), "alice@example.com");
    assert_eq!(config.voice[0].address.to_string(), "sip:alice@example.com");
    let problems = over("", PLAIN).unwrap_err();
    assert!(said(&problems)[0].contains("sign in with your address"), "{problems:?}");
}

#[test]
fn the_user_beats_the_document_and_a_lock_beats_the_user() {
    let user = format!(
        "{ALICE}[calls]\nring-timeout = 30\nregion = \"FR\"\n[[voice]]\nid = \"phone\"\nexpires = 120\ntransport = \"udp\"\n"
    );
    let effective = right(&user, PLAIN);
    assert_eq!(effective.config.calls.ring_timeout.as_secs(), 30);
    assert_eq!(effective.config.calls.region.as_deref(), Some("DE"));
    assert_eq!(effective.config.voice[0].expires, 120);
    assert_eq!(effective.config.voice[0].transport, tandem::sip::TransportChoice::Auto);
    let origins = &effective.origins;
    assert_eq!(origins.of("calls.ring-timeout").origin, Origin::User);
    let region = origins.of("calls.region");
    assert!(region.locked && region.origin == Origin::Provisioned { title: "Example Ltd".into() });
    let phone = AccountId::new("phone");
    assert_eq!(origins.of_account("voice", &phone, "expires").origin, Origin::User);
    assert!(origins.of_account("voice", &phone, "transport").locked);
    assert_eq!(origins.of("audio.input").origin, Origin::BuiltIn);
    assert_eq!(effective.overruled.len(), 2, "{:?}", effective.overruled);
    assert!(effective.overruled.iter().any(|text| text.starts_with("config.toml:5: calls.region")));
}

#[test]
fn a_problem_names_the_layer_it_is_in() {
    let user = format!("{ALICE}[calls]\nring-timeout = 1\n");
    assert_eq!(
        said(&over(&user, PLAIN).unwrap_err()),
        ["config.toml:4: ring-timeout must be a whole number from 5 to 600"]
    );
    let text = PLAIN.replace("300", "3");
    assert_eq!(
        said(&read(&text, "example.json").unwrap_err()),
        ["example.json:5: (/voice/0/expires) expires must be a whole number from 60 to 3600"]
    );
}

/// Deterministic noise (xorshift64*), so that a failure can be repeated.
struct Noise(u64);

impl Noise {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below.max(1)
    }
}

/// A document with some pieces changed, doubled, exchanged or lost.
fn damaged(text: &str, noise: &mut Noise) -> String {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "-1",
        "1e999",
        "18446744073709551616",
        "0.5",
        "\\u0000",
        "\\ud800",
        "{user}",
        "{{{",
        "\u{202e}",
        "é",
        "\n",
        "\"\"",
        "[[[[",
        "\"id\":",
        "\"chat\"",
        "'",
        "#",
        "\\",
        "\"locked\":[\"*\"]",
        "\"version\":1,",
        "\"token\":\"\\n\"",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=noise.next(4) {
        let at = noise.next(chars.len());
        let piece: Vec<char> = PIECES[noise.next(PIECES.len())].chars().collect();
        match noise.next(5) {
            0 => drop(chars.splice(at..at, piece)),
            1 => {
                let end = (at + 1 + noise.next(6)).min(chars.len());
                drop(chars.splice(at..end, piece));
            }
            2 => chars.truncate(at.max(1)),
            3 => {
                let end = (at + noise.next(60)).min(chars.len());
                let copy = chars[at..end].to_vec();
                drop(chars.splice(at..at, copy));
            }
            _ => {
                let other = noise.next(chars.len());
                chars.swap(at, other);
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn no_damage_to_a_document_makes_reading_it_panic() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/provisioning");
    let text = std::fs::read_to_string(folder.join("good/everything.json")).unwrap();
    let mut noise = Noise(0x7_0081);
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..2500 {
        let text = damaged(&text, &mut noise);
        let lines = text.matches('\n').count() as u32 + 1;
        match read(&text, "example.json") {
            Ok(document) => {
                right += 1;
                let _ = effective(ALICE, "config.toml", document.layer().as_ref(), &Network::default());
            }
            Err(problems) => {
                wrong += 1;
                assert!(!problems.is_empty());
                for problem in problems {
                    assert!((1..=lines).contains(&problem.line), "{problem} of {lines} lines:\n{text}");
                    assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{problem}");
                }
            }
        }
    }
    assert!(right > 10 && wrong > 1000, "{right} {wrong}: both ways are tried");
}

#[test]
fn what_is_too_large_is_refused_whatever_is_in_it() {
    let wrong = |text: &str| said(&read(text, "x").unwrap_err())[0].clone();
    let title = |more: &str| format!("{{\"version\": 1, \"title\": \"Example Ltd\"{more}}}");
    let padded = format!("{}{}", title(""), " ".repeat(256 * 1024));
    assert_eq!(wrong(&padded), "x:1: this is larger than 256 KiB, and was not read");
    assert!(read(&padded[..256 * 1024], "x").is_ok(), "the last size that is read");
    // A parser that recurses would fall over this.
    let nested = title(&format!(", \"calls\": {}{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(wrong(&nested).contains("recursion limit"), "{}", wrong(&nested));
    let accounts = |count: usize| {
        let list: Vec<String> =
            (0..count).map(|n| format!("{{\"id\": \"a{n}\", \"address\": \"a{n}@example.com\"}}")).collect();
        title(&format!(", \"chat\": [{}]", list.join(",")))
    };
    assert!(read(&accounts(64), "x").is_ok());
    assert_eq!(wrong(&accounts(65)), "x:1: (/chat) there are more than 64 accounts");
    let rules = |count: usize| {
        let list = vec!["{\"match\": \"^8$\", \"replace\": \"1\"}"; count];
        title(&format!(", \"numbers\": {{\"rule\": [{}]}}", list.join(",")))
    };
    assert!(read(&rules(1000), "x").is_ok());
    assert!(wrong(&rules(1025)).contains("(/numbers/rule) this list has more than 1024 entries"));
    let values = title(&format!(", \"calls\": [{}]", vec!["[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"; 1000].join(",")));
    assert!(wrong(&values).contains("more than 16384 values"), "{}", wrong(&values));
    let key = title(&format!(", \"{}\": 1", "k".repeat(300)));
    assert_eq!(wrong(&key), "x:1: the name of a key is too long");
    // However much is wrong, what is said stays readable.
    let zeros = title(&format!(", \"audio\": {{\"codecs\": [{}]}}", vec!["null"; 1000].join(",")));
    assert_eq!(read(&zeros, "x").unwrap_err().len(), 100);
}

#[test]
fn s02_one_document_serves_everybody_with_an_address_and_a_password() {
    for n in (0..5000).step_by(500) {
        let config = right(&format!("[provisioning]\naddress = \"user{n}@example.com\"\n"), PLAIN).config;
        assert_eq!(config.chat[0].address.as_str(), format!("user{n}@example.com"));
        assert_eq!(config.voice[0].address.to_string(), format!("sip:user{n}@example.com"));
        assert_eq!(config.chat[0].secret, tandem::config::SecretSource::Keyring, "c04: nothing else is asked");
    }
    // What may stand in an XMPP address and not in a SIP address is escaped, and stays one address.
    let config = right("[provisioning]\naddress = \"al#ice%x@example.com\"\n", PLAIN).config;
    assert_eq!(config.voice[0].address.host().to_string(), "example.com");
    assert!(config.voice[0].address.to_string().starts_with("sip:al%23ice%25x@"), "{}", config.voice[0].address);
}

#[test]
fn s03_a_document_turns_calls_over_chat_off_and_keeps_it_so() {
    let text = PLAIN
        .replace("\"calls\":", "\"features\": { \"calls-over-chat\": \"off\" }, \"calls\":")
        .replace("\"calls.region\"", "\"features.*\"");
    let effective = right(&format!("{ALICE}[features]\ncalls-over-chat = \"on\"\n"), &text);
    let rules: Vec<bool> = effective.config.features.iter().map(|rule| rule.on).collect();
    assert_eq!(rules, [false]);
    assert!(effective.origins.of("features.calls-over-chat").locked);
    assert!(effective.overruled[0].contains("features.calls-over-chat does not count"), "{:?}", effective.overruled);
}

#[test]
fn c07_exceptions_of_the_document_and_of_the_user_add_to_each_other() {
    let text = PLAIN.replace(
        "\"calls\":",
        "\"domain-features\": [{ \"domain\": \"a.example\", \"calls-over-chat\": \"on\" },
                               { \"domain\": \"b.example\", \"calls-over-chat\": \"on\" }], \"calls\":",
    );
    let user = format!(
        "{ALICE}[[domain-features]]\ndomain = \"b.example\"\ncalls-over-chat = \"off\"\n\
         [[contact-features]]\ncontact = \"bob@a.example\"\ncalls-over-chat = \"off\"\n"
    );
    let effective = right(&user, &text);
    let mut rules: Vec<(String, bool)> =
        effective.config.features.iter().map(|rule| (format!("{:?}", rule.scope), rule.on)).collect();
    rules.sort();
    let on = |part: &str| rules.iter().find(|(scope, _)| scope.contains(part)).map(|(_, on)| *on);
    assert_eq!((rules.len(), on("Contact"), on("b.example")), (3, Some(false), Some(false)), "{rules:?}");
    let origin = |key: &str| effective.origins.of(key).origin.as_str();
    assert_eq!(origin("domain-features[a.example].calls-over-chat"), "provisioned");
    assert_eq!(origin("domain-features[b.example].calls-over-chat"), "user");
    assert_eq!(origin("contact-features[bob@a.example].calls-over-chat"), "user");
}

#[test]
fn s12_a_user_may_join_other_accounts_unless_the_relation_is_locked() {
    let own = format!("{ALICE}[[voice]]\nid = \"home\"\naddress = \"sip:a@home.example\"\npassword = \"x\"\n");
    let user = format!("{own}[[relation]]\nchat = \"work\"\nvoice = \"home\"\n");
    let voices = |effective: &Effective| -> Vec<String> {
        effective.config.relations.iter().map(|relation| relation.voice.as_str().to_owned()).collect()
    };
    let chosen = right(&user, PLAIN);
    assert_eq!(voices(&chosen), ["home"]);
    assert_eq!(chosen.origins.of_relation(&AccountId::new("work")).origin, Origin::User);
    let kept = right(&user, &PLAIN.replace("\"calls.region\"", "\"relation.*\""));
    assert_eq!(voices(&kept), ["phone"]);
    assert!(kept.origins.of_relation(&AccountId::new("work")).locked);
}

#[test]
fn a_token_is_the_password_and_is_shown_nowhere() {
    let text = PLAIN.replace("\"expires\": 300", "\"token\": \"kX3-v9fQ\"");
    let effective = right(ALICE, &text);
    let secret = &effective.config.voice[0].secret;
    let is_token = matches!(secret, tandem::config::SecretSource::Inline(secret) if secret.expose() == "kX3-v9fQ");
    assert!(is_token, "{secret:?}");
    let shown = format!("{:?} {:?} {:?}", document(&text), effective, document(&text).layer().is_some());
    assert!(!shown.contains("kX3"), "{shown}");
    assert!(effective.settings.iter().all(|setting| setting.value.as_deref() != Some("kX3-v9fQ")));
    // Whoever has another password for this account says so in the file.
    let own = right(&format!("{ALICE}[[voice]]\nid = \"phone\"\npassword-keyring = true\n"), &text);
    assert_eq!(own.config.voice[0].secret, tandem::config::SecretSource::Keyring);
}

#[test]
fn the_command_line_beats_the_file_for_this_run() {
    let given = Network { resolver: Some("192.0.2.7:53".parse().unwrap()), ..Network::default() };
    let user = format!("{ALICE}[network]\nresolver = \"192.0.2.1\"\n");
    let effective = effective(&user, "config.toml", document(PLAIN).layer().as_ref(), &given).unwrap();
    assert_eq!(effective.config.network.resolver, given.resolver);
    assert_eq!(effective.origins.of("network.resolver").origin, Origin::CommandLine);
}

#[test]
fn what_was_added_to_an_account_that_is_gone_is_no_mistake_of_the_users() {
    let user = format!(
        "{ALICE}[[chat]]\nid = \"old\"\nresource = \"desk\"\n[[relation]]\nchat = \"old\"\nvoice = \"phone\"\n"
    );
    let effective = right(&user, PLAIN);
    assert_eq!(effective.config.chat.len(), 1);
    assert_eq!(effective.overruled.len(), 2, "{:?}", effective.overruled);
    // Without provisioning it is one.
    let lonely = "[[chat]]\nid = \"old\"\nresource = \"desk\"\n";
    assert!(tandem::config::parse(lonely, "config.toml").is_err());
}
