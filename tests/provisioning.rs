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
