//! Which way a call goes where chat is one of the ways: the choice, the way back, what it may cost, who was missed.

use tandem::account::{CallTo, Effect, RefusalKind, Reply, Request};
use tandem::config::Config;
use tandem::model::{AccountId, CallId, CallState, Cost, EndedBy, Feature, FeatureScope, Via};
use tandem::store;
use tandem::xmpp;
use tandem::xmpp::jingle::{Condition, JingleCommand, JingleEvent};

use super::account_jingle::{BOB, Jingle, alone};
use super::world::{World, chat_id, config, jid};

/// A chat account and a voice account that do not belong together.
fn beside() -> Config {
    Config { relations: Vec::new(), ..config() }
}

#[test]
fn c28_without_a_relation_a_call_over_chat_is_one_of_the_choices_where_the_peer_takes_it() {
    let mut world = World::start_with(beside(), &[]);
    world.card(BOB, &["sip:bob@example.com"]);
    let call = |via| Request::Call {
        to: CallTo::Contact(jid(BOB)),
        account: None,
        via,
        confirm: false,
        video: false,
        anonymous: None,
    };
    // Bob's program says nothing of calls: the voice account it is, without a question.
    assert!(matches!(world.ask(call(None)), Some(Ok(Reply::Call(_)))));
    let refused = world.ask(call(Some(Via::Jingle))).expect("an answer").expect_err("nobody there takes it");
    assert_eq!(refused.kind, RefusalKind::NoTarget);
    world.callable(BOB, false);
    let refused = world.ask(call(None)).expect("an answer").expect_err("a question");
    assert_eq!(refused.kind, RefusalKind::Choose);
    let offered: Vec<&str> = refused.details.iter().map(|(id, _)| &**id).collect();
    assert_eq!(offered, ["voice", "chat"]);
    let question = world.shown().questions.iter().find(|one| Some(one.id) == refused.question).cloned().expect("shown");
    let chat = question.choices.iter().find(|choice| &*choice.id == "use:chat").expect("offered");
    assert!(chat.detail.as_deref().is_some_and(|detail| detail.contains("always encrypted")), "{chat:?}");
    let answered = world.ask(Request::Answered { question: question.id, choice: "use:chat".into() });
    assert!(matches!(answered, Some(Ok(Reply::Call(_)))), "{answered:?}");
    let placed = world.shown().calls.iter().find(|call| call.via == Via::Jingle).cloned().expect("placed");
    assert_eq!(placed.account, chat_id());
    // Each by name, without a question.
    for (via, account) in [(Via::Jingle, "chat"), (Via::Sip, "voice")] {
        let Some(Ok(Reply::Call(id))) = world.ask(call(Some(via))) else { panic!("{via:?}") };
        assert_eq!((world.view(id).via, world.view(id).account), (via, AccountId::new(account)));
    }
}

#[test]
fn a_call_that_came_while_nobody_was_connected_stands_in_the_history_as_missed() {
    let mut world = World::start_with(alone(), &[]);
    let at = tandem::model::WallTime::parse_rfc3339("2026-11-22T03:04:05Z").expect("valid");
    let missed = || JingleEvent::Missed { call: CallId(9_001), from: jid(BOB), at };
    world.jingle(missed());
    world.jingle(missed());
    let call = world.view(CallId(9_001));
    assert_eq!((call.state, call.started, call.is_missed(), call.via), (CallState::Ended, at, true, Via::Jingle));
    let stored = |effect: &Effect| matches!(effect, Effect::Store(store::Command::Call(call)) if call.started == at);
    assert_eq!(world.effects.iter().filter(|effect| stored(effect)).count(), 1, "once");
    assert!(!world.commands().iter().any(|command| matches!(command, JingleCommand::Ring { .. })));
}

#[test]
fn c27_a_missed_call_over_chat_is_called_back_over_chat() {
    let mut world = World::start_with(beside(), &[]);
    world.card(BOB, &["sip:bob@example.com"]);
    world.callable(BOB, false);
    let missed = CallId(9_001);
    world.ring(missed, None);
    let given_up = JingleEvent::Ended { call: missed, why: Condition::Cancel, by: EndedBy::Remote, elsewhere: false };
    world.jingle(given_up);
    assert!(world.view(missed).is_missed());
    let (to, account) = (CallTo::Contact(jid(BOB)), world.view(missed).account);
    let back = Request::Numbers(tandem::account::NumbersRequest::CallBack { to, account });
    let Some(Ok(Reply::Call(id))) = world.ask(back) else { panic!("without a question") };
    assert_eq!((world.view(id).via, world.view(id).account), (Via::Jingle, chat_id()));
}

#[test]
fn c27_with_a_relation_the_voice_account_is_preferred_even_where_chat_is_switched_on() {
    let mut world = World::start_with(config(), &[]);
    world.card(BOB, &["sip:bob@example.com"]);
    let scope = FeatureScope::Device;
    world.done(Request::SetFeature { feature: Feature::CallsOverChat, scope, on: Some(true) });
    world.callable(BOB, false);
    let id = world.call(CallTo::Contact(jid(BOB))).expect("no question");
    assert_eq!(world.view(id).via, Via::Sip);
}

#[test]
fn c41_a_gateway_to_the_telephone_network_asks_before_it_costs() {
    let gate = "+4930901820@gateway.example";
    let other = "front-door@sip.gateway.example";
    let mut world = World::start_with(alone(), &[gate, other]);
    for address in [gate, other] {
        world.callable(address, address == other);
        let request = Request::Call {
            to: CallTo::Contact(jid(address)),
            account: None,
            via: None,
            confirm: false,
            video: false,
            anonymous: None,
        };
        let refused = world.ask(request).expect("an answer").expect_err("a question");
        assert_eq!(refused.kind, RefusalKind::Confirm, "{address}");
        let contact = world.shown().contacts.iter().find(|one| one.jid == jid(address)).cloned().expect("listed");
        assert_eq!(contact.addresses[0].cost, Cost::PhoneNetwork, "{address}");
        let id = world.call(CallTo::Contact(jid(address))).expect("accepted");
        assert!(world.view(id).charge.is_some(), "{address}");
    }
}

#[test]
fn a_person_is_callable_by_chat_alone_and_no_more_when_they_leave() {
    let mut world = World::start_with(alone(), &[]);
    let action = |world: &mut World| {
        world.shown().contacts.iter().find(|one| one.jid == jid(BOB)).expect("Bob").actions.call.clone()
    };
    assert!(!action(&mut world).available);
    world.callable(BOB, false);
    assert!(action(&mut world).available);
    world.chat(xmpp::Event::PresencesCleared);
    assert!(!action(&mut world).available);
}
