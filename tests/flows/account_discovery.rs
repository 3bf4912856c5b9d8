//! Documents that are found: the first start by address and password alone, by a link, and the schedule of a running program.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{
    Effect, Input, Phase, Purpose, RefusalKind, Reply, Request, SecretRef, SetUp, SetUpState, changes,
};
use tandem::config::{Config, DocumentSource, Network, Provisioning, SecretSource, effective};
use tandem::model::{AccountId, HttpsUrl, WebError};
use tandem::platform::Secret;
use tandem::provisioning::{Brought, Method, Outcome, PinnedKey, SignatureState, Source, Step};
use tandem::store::Loaded;

use super::world::*;

const DOCUMENT: &str = r#"{"version": 1, "serial": 5, "title": "Example Ltd",
  "chat": [{"id": "work", "address": "alice@example.com", "server": "chat.example.com"}],
  "voice": [{"id": "phone", "address": "sip:1001@pbx.example.com", "token": "made-for-tandem"}],
  "relation": [{"chat": "work", "voice": "phone"}],
  "calls": {"region": "DE"}, "locked": ["calls.region"]}"#;
/// The same for everybody.
const FOR_ALL: &str = r#"{"version": 1, "title": "Example Ltd",
  "chat": [{"id": "work", "address": "{address}"}], "voice": [{"id": "phone", "address": "sip:{user}@{domain}"}]}"#;

fn brought(text: &str) -> Outcome {
    Outcome::Brought(Box::new(Brought {
        text: text.into(),
        name: "https://example.com/d".into(),
        method: Method::WebFinger,
        url: Some(HttpsUrl::parse("https://example.com/d").expect("an address")),
        etag: Some("\"1\"".to_owned()),
        signature: SignatureState::Unchecked,
        key: None,
        token: None,
    }))
}

fn set_up(address: &str, password: &str) -> SetUp {
    SetUp {
        address: address.into(),
        password: Secret::new(password),
        chat_server: "".into(),
        voice_server: "".into(),
        without_document: false,
    }
}

fn first_start() -> World {
    World::start(Err(Vec::new()), Loaded::default())
}

fn state(world: &mut World) -> SetUpState {
    match &world.shown().phase {
        Phase::SetUp(state) => state.clone(),
        other => panic!("the setup is over: {other:?}"),
    }
}

/// The accounts that were started, with where their password is.
fn started(world: &World) -> Vec<(AccountId, SecretRef)> {
    let start = |effect: &Effect| match effect {
        Effect::StartChat { id, secret, .. } | Effect::StartVoice { id, secret, .. } => {
            Some((id.clone(), secret.clone()))
        }
        _ => None,
    };
    world.effects.iter().filter_map(start).collect()
}

#[test]
fn c04_s02_address_and_password_alone_bring_both_accounts_their_relation_and_the_rest() {
    let mut world = first_start();
    world.done(Request::SetUp(set_up("alice@example.com", "secret")));
    let search = world.searches().remove(0);
    assert!(matches!(&search.source, Source::Address(address) if address.as_str() == "alice@example.com"));
    assert!(matches!(search.password, Some((_, SecretRef::Given(_)))), "told only to a server of our own that asks");
    assert!(state(&mut world).busy);
    world.put(Input::SearchStep(search.purpose, Step::new("example.com says where the settings are.", true)));
    assert_eq!(state(&mut world).details.len(), 1);
    world.searched(brought(DOCUMENT));
    let started = started(&world);
    assert_eq!(started[0], (AccountId::new("work"), SecretRef::Given(Secret::new("secret"))));
    let token = SecretRef::Configured(SecretSource::Inline(Secret::new("made-for-tandem")));
    assert_eq!(started[1], (AccountId::new("phone"), token), "the token is the account's own password");
    let shown = state(&mut world);
    assert_eq!(&*shown.steps[0].text, "Your settings come from Example Ltd.");
    world.put(Input::Chat(AccountId::new("work"), online()));
    world.put(Input::Voice(AccountId::new("phone"), registered()));
    assert!(state(&mut world).ready_to_save);
    world.done(Request::SaveSetUp { keyring: true });
    let found = world.effects.iter().find_map(|effect| match effect {
        Effect::WriteConfig { accounts, .. } => accounts.provisioned.clone(),
        _ => None,
    });
    let found = found.expect("only where it comes from is written");
    assert_eq!(found.settings.source, Some(DocumentSource::Address(jid("alice@example.com"))));
    world.put(Input::ConfigWritten(Ok(SecretSource::Keyring)));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Provision(_))), "the document is kept");
    assert_eq!(world.shown().phase, Phase::Running);
}

fn online() -> tandem::xmpp::Event {
    tandem::xmpp::Event::Online {
        bound: tandem::model::FullJid::parse("alice@example.com/x").expect("valid"),
        resumed: false,
        security: security(),
        mechanism: "SCRAM-SHA-256".to_owned(),
    }
}

fn registered() -> tandem::sip::Event {
    let local = "192.0.2.1:5060".parse().expect("valid");
    tandem::sip::Event::Registered { security: security(), local, realm: None }
}

#[test]
fn c02_without_a_document_the_usual_servers_are_tried_and_named_servers_are_not_asked_about() {
    let mut world = first_start();
    world.done(Request::SetUp(set_up("alice@example.com", "secret")));
    world.searched(Outcome::NotOffered);
    assert_eq!(world.starts(), 2);
    assert_eq!(state(&mut world).steps.len(), 3);
    for skip in [
        SetUp { chat_server: "chat.example.com".into(), ..set_up("alice@example.com", "secret") },
        SetUp { without_document: true, ..set_up("alice@example.com", "secret") },
    ] {
        let mut world = first_start();
        world.done(Request::SetUp(skip));
        assert!(world.searches().is_empty(), "the user's word");
        assert_eq!(world.starts(), 2);
    }
}

#[test]
fn a_document_that_cannot_be_used_starts_nothing_says_where_and_offers_to_go_on_without() {
    for (outcome, words) in [
        (brought(r#"{"version": 1, "title": "E", "chat": [{"id": "a", "address": 5}]}"#), "https://example.com/d:1:"),
        (brought("<html>"), "https://example.com/d:1:"),
        (brought(r#"{"version": 1, "title": "E"}"#), "no account"),
        (Outcome::Gone, "no settings at the place"),
        (Outcome::Unreachable(WebError::Timeout), "could not be fetched"),
        (Outcome::Refused("It is not signed.".into()), "It is not signed."),
    ] {
        let mut world = first_start();
        world.done(Request::SetUp(set_up("alice@example.com", "secret")));
        world.searched(outcome.clone());
        assert_eq!(world.starts(), 0, "{outcome:?}");
        let state = state(&mut world);
        assert!(state.without_document && !state.busy && !state.ready_to_save);
        let told: String =
            state.steps.iter().map(|step| &*step.text).chain(state.details.iter().map(|text| &**text)).collect();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn c03_a_link_for_everybody_waits_for_an_address_and_one_for_alice_for_her_password() {
    let mut world = first_start();
    world.done(Request::SetUp(set_up("https://example.com/d", "")));
    world.searched(brought(FOR_ALL));
    assert!(state(&mut world).steps[0].text.contains("Now write your own address"), "{:?}", state(&mut world));
    world.done(Request::SetUp(set_up("alice@example.com", "secret")));
    assert_eq!(world.searches().len(), 1, "the document is there already");
    assert_eq!(world.starts(), 2);

    let mut world = first_start();
    world.done(Request::SetUp(set_up("https://example.com/d", "")));
    world.searched(brought(DOCUMENT));
    assert!(state(&mut world).steps[0].text.contains("Now enter your password"), "{:?}", state(&mut world));
    assert_eq!(world.starts(), 0);
    world.done(Request::SetUp(set_up("https://example.com/d", "secret")));
    world.searched(brought(DOCUMENT));
    assert_eq!(world.starts(), 2);
}

#[test]
fn an_answer_to_an_earlier_try_is_not_taken_for_the_present_one() {
    let mut world = first_start();
    world.done(Request::SetUp(set_up("alice@example.com", "secret")));
    let first = world.searches()[0].purpose;
    world.done(Request::SetUp(set_up("bob@example.com", "secret")));
    let late = tandem::account::Searched { outcome: brought(DOCUMENT), preview: None };
    world.put(Input::Searched(first, Box::new(late)));
    assert_eq!(world.starts(), 0);
    assert!(state(&mut world).busy);
}

/// Signed in, with a document that is fetched.
fn provisioned(settings: Provisioning) -> World {
    let mut world = World::new(Config { provisioning: settings, ..config() }, Loaded::default());
    world.sign_in();
    world
}

fn by_address() -> Provisioning {
    let address = jid("alice@example.com");
    Provisioning {
        source: Some(DocumentSource::Address(address.clone())),
        address: Some(address),
        ..Provisioning::default()
    }
}

fn provisions(world: &World) -> usize {
    world.effects.iter().filter(|effect| matches!(effect, Effect::Provision(_))).count()
}

#[test]
fn the_configured_source_is_asked_at_the_start_and_again_as_often_as_configured() {
    let mut world = provisioned(by_address());
    world.wait(Duration::from_secs(6));
    assert_eq!(world.searches().len(), 1);
    assert!(matches!(&world.searches()[0].source, Source::Address(address) if address.as_str() == "alice@example.com"));
    world.searched(brought(DOCUMENT));
    assert_eq!(provisions(&world), 1);
    world.wait(Duration::from_secs(100_000));
    assert_eq!(world.searches().len(), 2, "a day later");
    assert_eq!(world.searches()[1].known.as_ref().map(|(_, etag)| &**etag), Some("\"1\""));
    world.searched(Outcome::NotModified);
    assert_eq!(provisions(&world), 1);

    let hourly = Provisioning { refresh: Some(Duration::from_secs(3600)), ..by_address() };
    let mut world = provisioned(hourly);
    world.wait(Duration::from_secs(6));
    world.searched(brought(DOCUMENT));
    world.wait(Duration::from_secs(4000));
    assert_eq!(world.searches().len(), 2, "the user's own word how often");
    assert!(provisioned(Provisioning::default()).searches().is_empty());
}

#[test]
fn the_configured_key_has_to_sign_the_document() {
    let link = HttpsUrl::parse("https://example.com/d").expect("an address");
    let settings = Provisioning { source: Some(DocumentSource::Link(link)), key: Some([7; 32]), ..by_address() };
    let mut world = provisioned(settings);
    world.wait(Duration::from_secs(6));
    assert_eq!(world.searches()[0].key, Some(PinnedKey::new([7; 32])));
    world.searched(Outcome::Refused("It is not signed, and the configuration names a key.".into()));
    assert_eq!(provisions(&world), 0);
    assert!(world.shown().conditions.iter().any(|condition| condition.text.contains("not signed")));
    assert_eq!(world.shown().accounts.len(), 2, "nothing is lost");
}

#[test]
fn failures_are_quiet_and_lose_no_account_and_the_servers_own_word_is_told() {
    let mut world = provisioned(by_address());
    for outage in 0..2 {
        world.wait(Duration::from_secs(3600));
        assert!(world.searches().len() > outage);
        world.searched(Outcome::Unreachable(WebError::Unreachable));
        assert!(world.shown().conditions.is_empty(), "a tunnel is no news");
    }
    world.wait(Duration::from_secs(100_000));
    world.searched(Outcome::Gone);
    world.wait(Duration::from_secs(100_000));
    world.searched(Outcome::Gone);
    assert!(world.shown().conditions.iter().any(|condition| condition.text.contains("does not publish settings")));
    assert_eq!(world.shown().accounts.len(), 2);
    world.wait(Duration::from_secs(100_000));
    world.searched(Outcome::NotModified);
    assert!(world.shown().conditions.is_empty(), "what does not hold any more is taken back");
}

#[test]
fn x46_a_document_with_mistakes_or_an_older_one_changes_nothing_and_says_where() {
    let mut world = provisioned(by_address());
    let document = tandem::provisioning::read(DOCUMENT, "d").expect("right");
    let file = "[provisioning]\nsource = \"alice@example.com\"\n";
    let effective = effective(file, "config.toml", document.layer().as_ref(), &Network::default()).expect("right");
    let new = tandem::account::Reconfigured { effective, document: Some(document) };
    world.put(Input::Reconfigured(None, Ok(Box::new(new))));
    world.wait(Duration::from_secs(6));
    for (text, words) in [
        ("{\"version\": 1,\n\"title\": \"Example Ltd\", \"calls\": {\"region\": 7}}", "https://example.com/d:2:"),
        ("{\"version\": 1, \"serial\": 4, \"title\": \"Example Ltd\"}", "older (serial 4)"),
    ] {
        let before = provisions(&world);
        world.searched(brought(text));
        assert_eq!(provisions(&world), before);
        let shown = world.shown();
        assert!(shown.conditions.iter().any(|condition| condition.text.contains(words)), "{:?}", shown.conditions);
        world.wait(Duration::from_secs(100_000));
    }
}

#[test]
fn a_request_shows_the_difference_and_changes_nothing_in_a_dry_run() {
    let mut world = provisioned(Provisioning::default());
    let layers = |text: &str| {
        let document = tandem::provisioning::read(text, "d").expect("right");
        effective("", "c", document.layer().as_ref(), &Network::default()).expect("right").settings
    };
    for dry_run in [true, false] {
        world.effects.clear();
        assert!(
            world.ask(Request::Provision { from: "alice@example.com".into(), dry_run }).is_none(),
            "it takes a while"
        );
        world.searched_with(brought(DOCUMENT), Some(Ok(layers(DOCUMENT))));
        let report = world.effects.iter().find_map(|effect| match effect {
            Effect::Answer(_, Ok(Reply::Provisioned(report))) => Some((**report).clone()),
            _ => None,
        });
        let report = report.expect("an answer");
        let region = report.changes.iter().find(|change| &*change.key == "calls.region").expect("a change");
        assert_eq!((region.new.as_deref(), region.origin, region.locked), (Some("DE"), "provisioned", true));
        assert_eq!(report.applied, !dry_run);
        assert_eq!(world.effects.iter().any(|effect| matches!(effect, Effect::Adopt(_))), !dry_run);
    }
    let refused = world.ask(Request::Provision { from: "http://example.com".into(), dry_run: true });
    assert_eq!(refused.expect("at once").expect_err("not https").kind, RefusalKind::Invalid);
    world.ask(Request::Provision { from: "alice@example.com".into(), dry_run: false });
    world.searched(brought("{}"));
    let mistakes = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Err(refusal)) => Some(refusal.clone()),
        _ => None,
    });
    assert!(mistakes.expect("refused").details.iter().any(|(_, text)| text.contains("https://example.com/d:1:")));
}

#[test]
fn only_what_differs_is_a_change() {
    let settings = |text: &str| {
        let document = tandem::provisioning::read(text, "d").expect("right");
        effective("", "c", document.layer().as_ref(), &Network::default()).expect("right").settings
    };
    let (old, new) = (settings(DOCUMENT), settings(&DOCUMENT.replace("\"DE\"", "\"AT\"")));
    assert!(changes(&old, &old).is_empty());
    let changed: Vec<Arc<str>> = changes(&old, &new).into_iter().map(|change| change.key).collect();
    assert_eq!(changed, ["calls.region".into()]);
    assert_eq!(Purpose::SetUp(1), Purpose::SetUp(1));
}

#[test]
fn the_tag_of_the_document_that_counts_is_remembered_over_a_restart() {
    let compose = |world: &mut World, text: &str| {
        let document = tandem::provisioning::read(text, "d").expect("right");
        let file = "[provisioning]\nsource = \"alice@example.com\"\n";
        let effective = effective(file, "config.toml", document.layer().as_ref(), &Network::default()).expect("right");
        let new = tandem::account::Reconfigured { effective, document: Some(document) };
        world.put(Input::Reconfigured(None, Ok(Box::new(new))));
    };
    let mut world = provisioned(by_address());
    world.wait(Duration::from_secs(6));
    world.searched(brought(DOCUMENT));
    compose(&mut world, DOCUMENT);
    let memos: Vec<(String, String)> = world
        .kept()
        .into_iter()
        .filter_map(|command| match command {
            tandem::store::Command::SetMemo { key, value: Some(value) } => Some((key, value)),
            _ => None,
        })
        .collect();
    // The same document is there at the next start, or another one was put in its place.
    let other = DOCUMENT.replace("\"DE\"", "\"AT\"");
    for (there, known) in [(DOCUMENT, Some("\"1\"")), (other.as_str(), None)] {
        let loaded = Loaded { memos: memos.clone(), ..Loaded::default() };
        let mut world = World::new(Config { provisioning: by_address(), ..config() }, loaded);
        compose(&mut world, there);
        world.wait(Duration::from_secs(6));
        let search = world.searches().pop().expect("asked at the start");
        assert_eq!(search.known.as_ref().map(|(_, tag)| &**tag), known);
    }
}
