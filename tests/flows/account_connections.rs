//! Signing in, being refused, trusting, setting up, and leaving.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{Effect, Input, NoticeBody, Phase, RefusalKind, Request, SecretRef, SetUp};
use tandem::config::SecretSource;
use tandem::model::{
    AccountId, BootTime, ConditionKind, ConnectionState, QuestionKind, Remedy, ServerSettings, Service, Subscription,
};
use tandem::platform::Secret;
use tandem::store::Loaded;
use tandem::{config, sip, store, xmpp};

use super::world::*;

fn refused(code: &str, certificate: Option<[u8; 32]>) -> xmpp::Event {
    xmpp::Event::Failed(xmpp::Failure { reason: reason(code), certificate, security: false })
}

#[test]
fn both_accounts_start_at_once_and_the_cached_roster_is_shown_before_any_server_answers() {
    let loaded = Loaded {
        cards: vec![(jid("bob@example.com"), Some(card(&["sip:bob@example.com"])), Default::default())],
        ..remembering("alice@example.com", vec![item("bob@example.com", Subscription::Both)])
    };
    let mut world = World::new(config(), loaded);
    assert_eq!(world.starts(), 2);
    assert!(world.xmpp().contains(&xmpp::Command::Connect));
    assert_eq!(world.sip(), [sip::Command::Register]);
    let shown = world.shown();
    assert_eq!(shown.phase, Phase::Running);
    assert!(shown.roster_known);
    assert_eq!(shown.contacts[0].addresses.len(), 1);
    assert_eq!(shown.contacts[0].actions.call.reason.as_deref(), Some("Voice is not connected."));
}

#[test]
fn every_chat_account_has_its_own_roster_and_stream_back_at_the_start() {
    let club =
        config::Chat { id: AccountId::new("club"), address: jid("alice@club.example"), ..config().chat[0].clone() };
    let mut two = config();
    two.chat.push(club);
    let stream = xmpp::Session {
        id: "s-2".into(),
        bound: tandem::model::FullJid::parse("alice@club.example/x").expect("an address"),
        location: None,
        handled: 7,
        acknowledged: 0,
        unacknowledged: Vec::new(),
        copies: false,
        archive: false,
        revision: 0,
    };
    let mut loaded = remembering("alice@example.com", vec![item("bob@example.com", Subscription::Both)]);
    let club = remembering("alice@club.example", vec![item("eve@club.example", Subscription::Both)]);
    loaded.chats.extend(club.chats);
    let remembered = loaded.chats.get_mut(&jid("alice@club.example")).expect("there");
    remembered.session = Some(stream.clone());
    remembered.roster_version = Some("4".into());
    let mut world = World::new(two, loaded);
    let shown = world.shown();
    let names: Vec<&str> = shown.contacts.iter().map(|contact| contact.jid.as_str()).collect();
    assert_eq!(names, ["bob@example.com", "eve@club.example"]);
    let started = world.effects.iter().find_map(|effect| match effect {
        Effect::StartChat { id, config, .. } if id.as_str() == "club" => Some(config.clone()),
        _ => None,
    });
    let started = started.expect("the second account starts");
    assert_eq!((started.session.as_ref(), started.roster_version.as_deref()), (Some(&stream), Some("4")));
    assert_eq!(started.roster.len(), 1);
}

#[test]
fn a_wrong_password_asks_for_another_and_leaves_the_other_service_alone() {
    let mut world = World::online();
    world.chat(refused("wrong-password", None));
    let shown = world.shown();
    let condition = &shown.conditions[0];
    assert_eq!(condition.kind, ConditionKind::Connection(Service::Chat));
    assert_eq!(condition.remedy, Remedy::EnterPassword(chat_id()));
    assert!(!shown.reachable.chat && shown.reachable.calls);
    assert!(world.call(tandem::account::CallTo::Text("1001".into())).is_ok());
}

#[test]
fn a_new_password_restarts_the_account_and_hands_pending_messages_over_again() {
    let loaded = Loaded { outbox: vec![outgoing("m1")], ..Loaded::default() };
    let mut world = World::new(config(), loaded);
    let sends =
        |world: &World| world.xmpp().iter().filter(|command| matches!(command, xmpp::Command::Send { .. })).count();
    assert_eq!(sends(&world), 1);
    world.chat(refused("wrong-password", None));
    world.effects.clear();
    world.done(Request::Password { account: chat_id(), password: Secret::new("new") });
    assert_eq!(world.starts(), 1);
    assert_eq!(sends(&world), 1);
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::KeepPassword { .. })));
    assert!(world.shown().conditions.is_empty());
    // However keeping it went, this run knows it.
    world.put(Input::PasswordKept(chat_id(), Err("the keyring is locked".into())));
    world.chat(refused("unreachable", None));
    world.effects.clear();
    world.done(Request::Retry(chat_id()));
    let secret = world.effects.iter().find_map(|effect| match effect {
        Effect::StartChat { secret, .. } => Some(secret.clone()),
        _ => None,
    });
    assert_eq!(secret, Some(SecretRef::Given(Secret::new("new"))));
}

#[test]
fn what_the_store_confirms_late_is_not_told_to_the_connection_that_followed() {
    let mut world = World::online();
    world.storing = false;
    let checkpoint = world.checkpoint();
    let update = xmpp::RosterUpdate::Set(item("dave@example.com", Subscription::Both));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    assert!(!world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
    world.chat(refused("wrong-password", None));
    world.done(Request::Password { account: chat_id(), password: Secret::new("new") });
    world.put(Input::Store(store::Event::Committed(checkpoint)));
    assert!(!world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
    // The new one's own is.
    world.storing = true;
    world.chat(xmpp::Event::Roster { update: xmpp::RosterUpdate::Unchanged, version: None, checkpoint });
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
}

#[test]
fn a_certificate_is_asked_about_and_trusted_once_and_for_all() {
    let mut world = World::new(config(), Loaded::default());
    world.chat(refused("certificate", Some([9; 32])));
    world.chat(refused("certificate", Some([9; 32])));
    let questions = world.shown().questions.clone();
    assert_eq!(questions.len(), 1);
    assert_eq!(questions[0].kind, QuestionKind::Certificate);
    assert_eq!(&*questions[0].choices[0].id, "refuse", "the safe answer comes first");
    world.effects.clear();
    let none = world.ask(Request::Answered { question: questions[0].id, choice: "perhaps".into() });
    assert_eq!(none.expect("an answer").expect_err("no such choice").kind, RefusalKind::NotFound);
    world.done(Request::Answered { question: questions[0].id, choice: "trust".into() });
    let exceptions = world.effects.iter().find_map(|effect| match effect {
        Effect::StartChat { certificates, .. } => Some(certificates.exceptions.clone()),
        _ => None,
    });
    assert_eq!(exceptions, Some(vec![[9; 32]]));
    let memo = world.kept().into_iter().find_map(|command| match command {
        store::Command::SetMemo { key, value: Some(value) } if key.starts_with("exception") => Some((key, value)),
        _ => None,
    });
    // The next run trusts it without asking.
    let loaded = Loaded { memos: vec![memo.expect("a memo")], ..Loaded::default() };
    let next = World::new(config(), loaded);
    assert!(next.effects.iter().any(
        |effect| matches!(effect, Effect::StartChat { certificates, .. } if certificates.exceptions == [[9; 32]])
    ));
}

#[test]
fn a_certificate_that_is_refused_leaves_a_way_to_try_again() {
    let mut world = World::new(config(), Loaded::default());
    world.voice(sip::Event::Failed(sip::Failure {
        reason: reason("certificate"),
        certificate: Some([9; 32]),
        security: false,
    }));
    let question = world.shown().questions[0].id;
    world.effects.clear();
    world.done(Request::Answered { question, choice: "refuse".into() });
    assert_eq!(world.starts(), 0);
    assert_eq!(world.shown().conditions[0].remedy, Remedy::Retry(voice_id()));
}

#[test]
fn a_subscription_request_waits_for_an_answer_and_hides_nothing() {
    let mut world = World::online();
    let text = Some("hi\u{202e}olleh \u{2069}there".into());
    world.chat(xmpp::Event::SubscriptionRequest { from: jid("eve@example.net"), text });
    let question = world.shown().questions[0].clone();
    assert_eq!(question.kind, QuestionKind::Subscription);
    assert!(!question.text.contains('\u{202e}'));
    assert_eq!(question.text.matches('\u{2069}').count(), 1, "what a stranger writes cannot leave its isolation");
    world.done(Request::Answered { question: question.id, choice: "approve".into() });
    let answer = xmpp::Command::AnswerSubscription { jid: jid("eve@example.net"), approve: true };
    assert!(world.xmpp().contains(&answer));
    assert!(world.shown().questions.is_empty());
}

#[test]
fn each_service_comes_and_goes_by_itself() {
    let mut world = World::online();
    let retry_at = Some(BootTime::from_duration(Duration::from_secs(108)));
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at });
    let shown = world.shown();
    let voice = shown.accounts.iter().find(|account| account.service == Service::Voice).expect("a voice account");
    assert_eq!((voice.state, voice.retry_at), (ConnectionState::Offline, retry_at));
    assert!(shown.reachable.chat && !shown.reachable.calls);
    world.registered();
    assert!(world.shown().reachable.calls);
}

#[test]
fn quitting_says_goodbye_closes_the_store_and_ends() {
    let mut world = World::online();
    let call = world.talking();
    world.done(Request::Quit);
    assert!(world.says_quit());
    assert!(world.xmpp().contains(&xmpp::Command::Disconnect));
    assert!(world.sip().contains(&sip::Command::Unregister));
    assert!(world.sip().contains(&sip::Command::Hangup { call }));
    assert!(!world.kept().contains(&store::Command::Close), "not before the goodbyes");
    world.ended(call, 0, tandem::model::EndedBy::Local);
    world.voice(sip::Event::Unregistered { reason: reason("goodbye"), retry_at: None });
    world.chat(xmpp::Event::Offline { reason: reason("goodbye"), retry_at: None });
    assert!(world.kept().contains(&store::Command::Close));
    world.wait(Duration::from_millis(1));
    assert!(world.has_quit());
    assert_eq!(world.shown().phase, Phase::Quitting);
}

#[test]
fn quitting_ends_although_nobody_answers_and_keeps_the_calls() {
    let mut world = World::online();
    let call = world.talking();
    world.storing = false;
    world.done(Request::Quit);
    world.wait(Duration::from_secs(2));
    let kept = world.kept();
    let at = kept.iter().position(|command| {
        matches!(command, store::Command::Call(kept) if kept.id == call && kept.end.is_some() && kept.duration.is_zero())
    });
    let close = kept.iter().position(|command| matches!(command, store::Command::Close));
    assert!(at.expect("the call is kept") < close.expect("the store is closed"));
    assert!(!world.has_quit());
    world.wait(Duration::from_secs(2));
    assert!(world.has_quit());
}

fn set_up(address: &str) -> Request {
    Request::SetUp(SetUp {
        address: address.into(),
        password: Secret::new("secret"),
        chat_server: "".into(),
        voice_server: "".into(),
        without_document: false,
    })
}

/// Signs in with an address for which nobody publishes settings.
fn sign_in_plainly(world: &mut World) {
    world.done(set_up("alice@example.com"));
    assert_eq!(world.starts(), 0, "settings are looked for first");
    world.searched(tandem::provisioning::Outcome::NotOffered);
}

#[test]
fn a_broken_configuration_shows_its_problems() {
    let problems: Vec<Arc<str>> = vec!["config.toml:3: unknown key".into()];
    let mut world = World::start(Err(problems.clone()), Loaded::default());
    match &world.shown().phase {
        Phase::SetUp(state) => assert_eq!(state.problems, problems),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.starts(), 0);
}

#[test]
fn the_setup_tries_both_services_and_saves_what_works() {
    let mut world = World::start(Err(Vec::new()), Loaded::default());
    let wrong = world.ask(set_up("alice")).expect("an answer").expect_err("no address");
    assert_eq!(&*wrong.text, "Write your address with an @, like alice@example.com.");
    sign_in_plainly(&mut world);
    assert_eq!(world.starts(), 2);
    let early = world.ask(Request::SaveSetUp { keyring: true }).expect("an answer");
    assert_eq!(early.expect_err("too early").kind, RefusalKind::NotAllowed);
    world.chat(xmpp::Event::Online {
        bound: tandem::model::FullJid::parse("alice@example.com/x").expect("valid"),
        resumed: false,
        security: security(),
        mechanism: "SCRAM-SHA-256".to_owned(),
    });
    world.chat(xmpp::Event::Settings(ServerSettings::None));
    world.voice(sip::Event::Failed(sip::Failure { reason: reason("not-found"), certificate: None, security: false }));
    let shown = world.shown();
    let Phase::SetUp(state) = &shown.phase else { panic!("the setup is over") };
    assert!(state.ready_to_save && !state.busy);
    assert_eq!(state.steps.iter().map(|step| step.ok).collect::<Vec<_>>(), [Some(true), Some(true), Some(false)]);
    world.done(Request::SaveSetUp { keyring: true });
    let written = world.effects.iter().any(|effect| {
        matches!(effect, Effect::WriteConfig { accounts, keyring: true, .. }
        if accounts.chat.len() == 1 && accounts.voice.is_empty() && accounts.relations.is_empty())
    });
    assert!(written);
    world.put(Input::ConfigWritten(Ok(SecretSource::Keyring)));
    let shown = world.shown();
    assert_eq!(shown.phase, Phase::Running);
    assert_eq!(shown.accounts.len(), 1, "what did not work is not in the file, and not here");
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Stop(id) if *id == voice_id())));
    let composed = world.effects.iter().any(|effect| matches!(effect, Effect::EditConfig(edits) if edits.is_empty()));
    assert!(composed, "the settings screen has the whole file before it");
}

#[test]
fn a_setup_that_cannot_be_saved_says_so() {
    let mut world = World::start(Err(Vec::new()), Loaded::default());
    sign_in_plainly(&mut world);
    world.sign_in();
    world.chat(xmpp::Event::Settings(ServerSettings::None));
    world.done(Request::SaveSetUp { keyring: true });
    world.put(Input::ConfigWritten(Err("no keyring service runs".into())));
    let shown = world.shown();
    let Phase::SetUp(state) = &shown.phase else { panic!("the setup is over") };
    assert!(state.no_keyring && state.ready_to_save);
}

#[test]
fn trusting_a_certificate_during_setup_tries_again() {
    let mut world = World::start(Err(Vec::new()), Loaded::default());
    sign_in_plainly(&mut world);
    world.registered();
    world.chat(refused("certificate", Some([9; 32])));
    let question = world.shown().questions[0].id;
    world.done(Request::Answered { question, choice: "trust".into() });
    let shown = world.shown();
    let Phase::SetUp(state) = &shown.phase else { panic!("the setup is over") };
    assert!(state.busy && !state.ready_to_save && state.steps[1].ok.is_none());
    world.sign_in();
    world.chat(xmpp::Event::Settings(ServerSettings::None));
    world.done(Request::SaveSetUp { keyring: false });
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::WriteConfig { accounts, .. }
        if accounts.chat.iter().any(|chat| chat.certificate_exceptions == [[9; 32]]))));
}

#[test]
fn restarting_the_voice_account_ends_the_calls_it_carried() {
    let mut world = World::online();
    let call = world.talking();
    world.voice(sip::Event::Failed(sip::Failure {
        reason: reason("wrong-password"),
        certificate: None,
        security: false,
    }));
    assert!(world.view(call).end.is_none(), "a lost registration leaves the call");
    world.done(Request::Password { account: voice_id(), password: Secret::new("new") });
    assert!(world.view(call).end.is_some());
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Notice(NoticeBody::Call(_)))));
}
