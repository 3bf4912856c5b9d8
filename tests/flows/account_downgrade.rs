//! Protection that becomes less than it was, and devices that were never seen before.

use tandem::account::{Effect, Request};
use tandem::model::{Aspect, ConditionKind, ConnectionState, MediaEncryption, Security, Service};
use tandem::store::{self, Loaded};
use tandem::{sip, xmpp};

use super::account_security::*;
use super::world::*;

#[test]
fn x39_a_weaker_chat_login_than_before_waits_for_the_users_word() {
    let mut first = World::new(config(), Loaded::default());
    first.chat_online(tls("SCRAM-SHA-256-PLUS"));
    let mut world = first.next_run(config());
    world.chat(xmpp::Event::Failed(xmpp::Failure {
        reason: reason("weaker-login"),
        certificate: None,
        security: true,
    }));
    assert_eq!(world.account(Service::Chat).state, ConnectionState::Failed);
    world.effects.clear();
    world.answer_security("refuse");
    assert_eq!(world.starts(), 0);
    assert_eq!(world.account(Service::Chat).state, ConnectionState::Failed);

    world.done(Request::Retry(chat_id()));
    world.chat(xmpp::Event::Failed(xmpp::Failure {
        reason: reason("weaker-login"),
        certificate: None,
        security: true,
    }));
    world.effects.clear();
    world.answer_security("accept");
    let weakest = world.effects.iter().find_map(|effect| match effect {
        Effect::StartChat { config, .. } => Some(config.strongest_mechanism.clone()),
        _ => None,
    });
    assert_eq!(weakest, Some(Some(String::new())), "any login will do, once");
    world.chat_online(tls("SCRAM-SHA-256"));
    assert!(world.shown().questions.is_empty());
    // From now on this one counts.
    let name = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::SetMemo { key, value } if key.starts_with("mechanism") => value,
        _ => None,
    });
    assert_eq!(name.as_deref(), Some("SCRAM-SHA-256"));
}

#[test]
fn x42_md5_after_sha_256_and_no_tls_after_tls_are_refused_until_accepted() {
    let mut first = World::new(config(), Loaded::default());
    first.voice_online(tls("digest-SHA-256"));
    let mut world = first.next_run(config());
    let start = world.voice_start();
    assert!(!start.allow_md5 && start.only_tls, "nothing weaker is even answered");
    world.voice_fails("weaker-transport");
    world.answer_security("accept");
    assert!(!world.voice_start().only_tls && !world.voice_start().allow_md5, "only that was accepted");
    world.voice_fails("md5-forbidden");
    world.answer_security("accept");
    assert!(world.voice_start().allow_md5);
    world.voice_online(udp("digest-MD5"));
    assert!(world.shown().questions.is_empty());
    assert_eq!(world.account(Service::Voice).state, ConnectionState::Online);
}

#[test]
fn x42_another_authority_is_asked_about_unless_the_login_proves_the_server() {
    let mut first = World::new(config(), Loaded::default());
    first.chat_online(tls("SCRAM-SHA-256"));
    let other = |auth| Security { issuer: Some([2; 32]), ..tls(auth) };
    let mut world = first.next_run(config());
    world.chat_online(other("SCRAM-SHA-256"));
    let question = world.shown().questions[0].clone();
    assert!(question.text.contains("another authority"), "{}", question.text);
    world.effects.clear();
    world.answer_security("refuse");
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Stop(id) if *id == chat_id())));
    // It is asked again, until it is accepted.
    let mut again = world.next_run(config());
    again.chat_online(tls("SCRAM-SHA-256"));
    let mut again = first.next_run(config());
    again.chat_online(other("SCRAM-SHA-256"));
    again.answer_security("accept");
    assert_eq!(again.account(Service::Chat).state, ConnectionState::Online);
    let mut later = again.next_run(config());
    later.chat_online(other("SCRAM-SHA-256"));
    assert!(later.shown().questions.is_empty());

    let mut bound = World::new(config(), Loaded::default());
    bound.chat_online(tls("SCRAM-SHA-256-PLUS"));
    bound.chat_online(other("SCRAM-SHA-256-PLUS"));
    let shown = bound.shown();
    assert!(shown.questions.is_empty());
    assert!(shown.conditions[0].text.contains("it is your server"), "told all the same: {:?}", shown.conditions);
}

#[test]
fn c_47_a_call_in_the_clear_where_earlier_ones_were_not_is_told_once() {
    let mut first = World::online();
    let call = first.talking();
    assert_eq!(first.view(call).media.expect("sound").encryption, MediaEncryption::None);
    assert!(first.shown().conditions.is_empty(), "nothing better was known");
    let loaded = Loaded { memos: vec![("srtp:sip:bob@example.com".to_owned(), "1".to_owned())], ..Loaded::default() };
    let mut world = World::new(config(), loaded);
    world.sign_in();
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Roster {
        update: xmpp::RosterUpdate::Replace(vec![item("bob@example.com", tandem::model::Subscription::Both)]),
        version: None,
        checkpoint,
    });
    world.card("bob@example.com", &["sip:bob@example.com"]);
    let call = world.talking();
    let told =
        |world: &mut World| world.shown().conditions.iter().filter(|one| one.kind == ConditionKind::Security).count();
    assert_eq!(told(&mut world), 1);
    world.done(Request::DismissCondition(0));
    world.done(Request::Mute(call, true));
    assert_eq!(told(&mut world), 0, "dismissed is dismissed");
    let row = world.shown().protection.pairs[0].rows.last().cloned().expect("the line of the sound");
    assert_eq!((row.aspect, row.weaker), (Aspect::Media, Some(Service::Voice)), "what the living call really has");
}

#[test]
fn s14_a_device_that_was_never_seen_before_is_told() {
    let devices = |names: &[&str]| sip::Event::OtherDevices(names.iter().map(|name| (*name).to_owned()).collect());
    let mut first = World::new(config(), Loaded::default());
    first.voice(devices(&["desk"]));
    assert!(first.shown().conditions.is_empty(), "the first look tells nothing");
    let mut world = first.next_run(config());
    world.voice(devices(&["desk"]));
    world.voice(devices(&[]));
    assert!(world.shown().conditions.is_empty());
    world.voice(devices(&["desk", "stranger"]));
    let condition = world.shown().conditions[0].clone();
    assert!(condition.kind == ConditionKind::Security && condition.text.contains("another device"), "{condition:?}");
}
