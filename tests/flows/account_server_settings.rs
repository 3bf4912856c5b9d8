//! Settings that the chat server keeps: the last way to a document, after the web has none; and tokens in place of passwords.

use std::time::Duration;

use tandem::account::{Effect, Input, Phase, Reply, Request, Search, SecretRef, SetUp, SetUpState};
use tandem::config::{Config, DocumentSource, Provisioning, SecretSource};
use tandem::model::{AccountId, Certificate, HttpsUrl, PhoneAccount, Security, ServerSettings};
use tandem::platform::Secret;
use tandem::provisioning::{Brought, Method, Outcome, SignatureState, Source};
use tandem::store::Loaded;
use tandem::xmpp;

use super::world::*;

const DOCUMENT: &str = r#"{"version": 1, "title": "Example Ltd",
  "chat": [{"id": "chat", "address": "{address}"}],
  "voice": [{"id": "phone", "address": "sip:{user}@{domain}"}],
  "relation": [{"chat": "chat", "voice": "phone"}], "calls": {"region": "DE"}}"#;
const ELSEWHERE: &str = r#"{"version": 1, "title": "Example Ltd",
  "chat": [{"id": "chat", "address": "{address}"}], "voice": [{"id": "phone", "address": "sip:alice@evil.example"}]}"#;

fn document(text: &str) -> ServerSettings {
    ServerSettings::Document { text: text.into(), signature: None }
}

/// What the shell makes of a document that the chat server had.
fn checked(search: &Search) -> Outcome {
    let offered = search.offered.clone().expect("what the server had");
    Outcome::Brought(Box::new(Brought {
        text: offered.text,
        name: offered.name,
        method: Method::Server,
        url: None,
        etag: None,
        signature: SignatureState::Unchecked,
        key: None,
        token: None,
    }))
}

fn asked(world: &World) -> usize {
    world.xmpp().iter().filter(|command| matches!(command, xmpp::Command::AskSettings)).count()
}

fn state(world: &mut World) -> SetUpState {
    match &world.shown().phase {
        Phase::SetUp(state) => state.clone(),
        other => panic!("the setup is over: {other:?}"),
    }
}

fn online(certificate: Certificate) -> xmpp::Event {
    xmpp::Event::Online {
        bound: tandem::model::FullJid::parse("alice@example.com/x").expect("valid"),
        resumed: false,
        security: Security { certificate, ..security() },
        mechanism: "SCRAM-SHA-256".to_owned(),
    }
}

/// At the first start: the web has nothing, and chat lets us in.
fn signed_in_without_a_document() -> World {
    let mut world = World::start(Err(Vec::new()), Loaded::default());
    world.done(Request::SetUp(SetUp {
        address: "alice@example.com".into(),
        password: Secret::new("secret"),
        chat_server: "".into(),
        voice_server: "".into(),
        without_document: false,
    }));
    world.searched(Outcome::NotOffered);
    assert_eq!(asked(&world), 0, "not before chat is there");
    world.chat(online(Certificate::Verified));
    world
}

#[test]
fn c05_what_the_web_has_not_the_chat_server_may_have() {
    let mut world = signed_in_without_a_document();
    assert_eq!(asked(&world), 1);
    assert!(state(&mut world).busy, "nothing is kept before the answer");
    world.chat(xmpp::Event::Settings(document(DOCUMENT)));
    let search = world.searches().pop().expect("to be checked like every document");
    assert!(matches!(&search.source, Source::Address(address) if address.as_str() == "alice@example.com"));
    world.searched(checked(&search));
    let shown = state(&mut world);
    assert_eq!(&*shown.steps[0].text, "Your settings come from Example Ltd.");
    let phone = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::StartVoice { id, secret, .. } => Some((id.clone(), secret.clone())),
        _ => None,
    });
    assert_eq!(phone, Some((AccountId::new("phone"), SecretRef::Given(Secret::new("secret")))));
    world.chat(online(Certificate::Verified));
    assert_eq!(asked(&world), 1, "once");
    let local = "192.0.2.1:5060".parse().expect("valid");
    let registered = tandem::sip::Event::Registered { security: security(), local, realm: None };
    world.put(Input::Voice(AccountId::new("phone"), registered));
    assert!(state(&mut world).ready_to_save);
    world.done(Request::SaveSetUp { keyring: true });
    let found = world.effects.iter().find_map(|effect| match effect {
        Effect::WriteConfig { accounts, .. } => accounts.provisioned.clone(),
        _ => None,
    });
    let source = found.expect("the document is kept").settings.source;
    assert_eq!(source, Some(DocumentSource::Address(jid("alice@example.com"))));
}

#[test]
fn a_chat_server_that_has_nothing_leaves_the_usual_servers() {
    let mut world = signed_in_without_a_document();
    world.chat(xmpp::Event::Settings(ServerSettings::None));
    let shown = state(&mut world);
    assert!(shown.ready_to_save || shown.busy, "{shown:?}");
    world.registered();
    assert!(state(&mut world).ready_to_save);
    assert_eq!(world.searches().len(), 1);
}

#[test]
fn x46_what_the_chat_server_keeps_cannot_send_the_password_to_another_domain() {
    let mut world = signed_in_without_a_document();
    let before = world.starts();
    world.chat(xmpp::Event::Settings(document(ELSEWHERE)));
    let search = world.searches().pop().expect("a search");
    world.searched(checked(&search));
    assert_eq!(world.starts(), before, "no account of it is tried");
    let shown = state(&mut world);
    assert!(shown.steps[0].text.contains("would show your password to evil.example"), "{shown:?}");
    // The same while the program runs.
    let mut world = running();
    world.wait(Duration::from_secs(6));
    world.searched(Outcome::NotOffered);
    world.chat(xmpp::Event::Settings(document(ELSEWHERE)));
    let search = world.searches().pop().expect("a search");
    world.searched(checked(&search));
    assert_eq!(provisions(&world), 0);
    assert!(world.shown().conditions.iter().any(|condition| condition.text.contains("evil.example")));
}

#[test]
fn x46_a_chat_server_that_did_not_prove_itself_is_not_asked() {
    let mut world = World::start(Err(Vec::new()), Loaded::default());
    world.done(Request::SetUp(SetUp {
        address: "alice@example.com".into(),
        password: Secret::new("secret"),
        chat_server: "".into(),
        voice_server: "".into(),
        without_document: false,
    }));
    world.searched(Outcome::NotOffered);
    world.chat(online(Certificate::Exception));
    assert_eq!(asked(&world), 0);
}

#[test]
fn what_others_could_have_written_is_told_and_not_taken() {
    let mut world = signed_in_without_a_document();
    world.chat(xmpp::Event::Settings(ServerSettings::Refused("Others can read or change them.".into())));
    assert!(state(&mut world).steps[0].text.contains("Others can read"), "{:?}", state(&mut world));
}

fn running() -> World {
    let address = jid("alice@example.com");
    let provisioning = Provisioning {
        source: Some(DocumentSource::Address(address.clone())),
        address: Some(address),
        ..Provisioning::default()
    };
    let mut world = World::new(Config { provisioning, ..config() }, Loaded::default());
    world.sign_in();
    world
}

fn provisions(world: &World) -> usize {
    world.effects.iter().filter(|effect| matches!(effect, Effect::Provision(_))).count()
}

#[test]
fn the_schedule_asks_the_chat_server_where_the_web_has_nothing_and_waits_until_it_is_there() {
    let mut world = running();
    world.wait(Duration::from_secs(6));
    world.chat(xmpp::Event::Offline { reason: reason("lost"), retry_at: None });
    world.searched(Outcome::NotOffered);
    assert_eq!(asked(&world), 0, "it is away");
    world.sign_in_chat();
    assert_eq!(asked(&world), 1);
    world.chat(xmpp::Event::Settings(document(DOCUMENT)));
    let search = world.searches().pop().expect("a search");
    world.searched(checked(&search));
    assert_eq!(provisions(&world), 1);
    assert_eq!(world.searches().len(), 2);
    world.wait(Duration::from_secs(100_000));
    assert_eq!(world.searches().len(), 3, "and again a day later");
}

#[test]
fn c05_an_account_for_calls_of_the_chat_server_becomes_a_document() {
    let mut world = running();
    assert!(world.ask(Request::Provision { from: "alice@example.com".into(), dry_run: true }).is_none());
    world.searched(Outcome::NotOffered);
    let phone = PhoneAccount {
        user: "1001".to_owned(),
        sign_in_as: None,
        password: Some("made-for-this".to_owned()),
        server: "hosted.example".to_owned(),
        proxy: None,
    };
    world.chat(xmpp::Event::Settings(ServerSettings::Phone(phone)));
    let search = world.searches().pop().expect("a search");
    world.searched_with(checked(&search), Some(Ok(std::sync::Arc::from([]))));
    let report = world.effects.iter().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::Provisioned(report))) => Some((**report).clone()),
        _ => None,
    });
    let report = report.expect("an account with a password of its own may be anywhere");
    assert_eq!(report.method, Method::Server);
    assert!(report.steps.iter().any(|step| step.found && step.text.contains("chat server")), "{:?}", report.steps);
}

#[test]
fn a_link_with_a_token_is_fetched_with_it_and_the_token_is_kept_apart_from_the_configuration() {
    let mut world = running();
    let link = "https://example.com/d#token=abc.def";
    assert!(world.ask(Request::Provision { from: link.into(), dry_run: false }).is_none());
    let search = world.searches().pop().expect("a search");
    assert!(matches!(&search.source, Source::Link { token: Some(token), .. } if token.expose() == "abc.def"));
    let brought = Outcome::Brought(Box::new(Brought {
        text: DOCUMENT.into(),
        name: "https://example.com/d".into(),
        method: Method::Link,
        url: Some(HttpsUrl::parse("https://example.com/d").expect("an address")),
        etag: None,
        signature: SignatureState::Unchecked,
        key: None,
        token: Some(Secret::new("abc.def")),
    }));
    world.searched_with(brought, Some(Ok(std::sync::Arc::from([]))));
    let adopted = world.effects.iter().find_map(|effect| match effect {
        Effect::Adopt(found) => Some(found.settings.clone()),
        _ => None,
    });
    assert_eq!(adopted.expect("adopted").token, Some(SecretSource::Inline(Secret::new("abc.def"))));
}

#[test]
fn the_configured_token_is_told_in_place_of_the_password() {
    let link = HttpsUrl::parse("https://example.com/d").expect("an address");
    let provisioning = Provisioning {
        source: Some(DocumentSource::Link(link)),
        token: Some(SecretSource::File("provisioning-token".into())),
        ..Provisioning::default()
    };
    let mut world = World::new(Config { provisioning, ..config() }, Loaded::default());
    world.sign_in();
    world.wait(Duration::from_secs(6));
    let search = world.searches().pop().expect("a search");
    assert_eq!(search.token, Some(SecretRef::Configured(SecretSource::File("provisioning-token".into()))));
}
