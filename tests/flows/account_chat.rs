//! Messages: kept first, sent then, and acknowledged only when they are safe.

use tandem::account::{Effect, Input, NoticeBody, RefusalKind, Reply, Request};
use tandem::model::{AccountId, Delivery, Message, MessageId, WallTime};
use tandem::store::Loaded;
use tandem::{store, xmpp};

use super::world::*;

fn send(body: &str) -> Request {
    Request::Send { to: jid("bob@example.com"), body: body.into() }
}

fn inbound(id: &str) -> xmpp::InboundMessage {
    xmpp::InboundMessage {
        stanza_id: Some(id.to_owned()),
        ..xmpp::InboundMessage::new(jid("bob@example.com"), "hi", WallTime::from_unix_ms(5))
    }
}

fn last_delivery(world: &World) -> Option<Delivery> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Notice(NoticeBody::Message(message)) => Some(message.delivery),
        _ => None,
    })
}

#[test]
fn a_message_is_stored_then_answered_then_sent() {
    let mut world = World::online();
    let id = match world.ask(send("hello")) {
        Some(Ok(Reply::Message(id))) => id,
        other => panic!("{other:?}"),
    };
    let at = |found: &dyn Fn(&Effect) -> bool| world.effects.iter().position(found).expect("it happened");
    let stored = at(&|effect| matches!(effect, Effect::Store(store::Command::AppendOutgoing(_))));
    let answered = at(&|effect| matches!(effect, Effect::Answer(_, Ok(Reply::Message(_)))));
    let sent = at(&|effect| matches!(effect, Effect::Chat(_, xmpp::Command::Send { .. })));
    assert!(stored < answered && answered < sent);
    world.chat(xmpp::Event::Acknowledged(id.clone()));
    assert_eq!(last_delivery(&world), Some(Delivery::Sent));
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Delivered(id, jid("bob@example.com"), checkpoint));
    assert_eq!(last_delivery(&world), Some(Delivery::Delivered));
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
}

#[test]
fn nothing_is_sent_before_the_store_has_it() {
    let mut world = World::online();
    world.storing = false;
    assert!(world.ask(send("hello")).is_none(), "no answer yet");
    assert!(!world.xmpp().iter().any(|command| matches!(command, xmpp::Command::Send { .. })));
}

#[test]
fn messages_that_cannot_be_sent_are_refused_with_a_sentence() {
    let mut world = World::online();
    for body in ["  \n", &"x".repeat(200_000)] {
        let refusal = world.ask(send(body)).expect("an answer").expect_err("a refusal");
        assert_eq!(refusal.kind, RefusalKind::Invalid);
    }
    let mut alone = config();
    alone.chat.clear();
    alone.relations.clear();
    let mut world = World::new(alone, Loaded::default());
    let refusal = world.ask(send("hello")).expect("an answer").expect_err("a refusal");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
}

#[test]
fn written_while_offline_is_handed_over_for_the_next_connection() {
    let mut world = World::new(config(), Loaded::default());
    assert!(matches!(world.ask(send("hello")), Some(Ok(Reply::Message(_)))));
    assert_eq!(last_delivery(&world), Some(Delivery::Pending));
    assert!(world.xmpp().iter().any(|command| matches!(command, xmpp::Command::Send { .. })));
}

#[test]
fn f30_a_connection_that_a_defect_ended_begins_anew_with_all_that_waits() {
    let mut world = World::online();
    let call = world.talking();
    assert!(matches!(world.ask(send("hello")), Some(Ok(Reply::Message(_)))));
    world.effects.clear();
    world.put(Input::Broke(AccountId::new("chat")));
    assert_eq!(world.starts(), 1, "chat alone");
    let sent = |command: &xmpp::Command| matches!(command, xmpp::Command::Send { .. });
    assert!(world.xmpp().iter().any(sent), "what the server has not acknowledged is sent again");
    assert!(world.shown().calls.iter().any(|shown| shown.id == call && shown.end.is_none()), "the call goes on");
    world.put(Input::Broke(AccountId::new("voice")));
    assert_eq!(world.starts(), 2);
    let shown = world.shown();
    assert!(
        shown.calls.iter().all(|shown| shown.id != call || shown.end.is_some()),
        "nothing knows its dialog any more"
    );
    let told: Vec<_> = shown.conditions.iter().filter(|condition| condition.text.contains("fault in Tandem")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn what_was_sent_is_not_handed_over_again() {
    let mut world = World::new(config(), Loaded { outbox: vec![outgoing("m1")], ..Loaded::default() });
    world.chat(xmpp::Event::Acknowledged(MessageId("m1".into())));
    world.effects.clear();
    world.done(Request::Retry(chat_id()));
    assert_eq!(world.starts(), 1);
    assert!(!world.xmpp().iter().any(|command| matches!(command, xmpp::Command::Send { .. })));
}

#[test]
fn an_incoming_message_is_committed_after_the_store_and_counted_until_read() {
    let mut world = World::online();
    world.storing = false;
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Message(inbound("a"), checkpoint));
    assert!(!world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
    assert!(world.shown().conversations.is_empty());
    let command = world.kept().pop().expect("a command");
    let event = stored(&command).expect("an answer");
    world.put(Input::Store(event));
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
    assert_eq!(world.shown().conversations[0].unread, 1);
    world.done(Request::MarkRead(jid("bob@example.com")));
    assert_eq!(world.shown().conversations[0].unread, 0);
    let marks = |world: &World| {
        world.kept().iter().filter(|command| matches!(command, store::Command::MarkRead { .. })).count()
    };
    world.done(Request::MarkRead(jid("bob@example.com")));
    assert_eq!(marks(&world), 1);
}

#[test]
fn a_message_that_came_twice_is_shown_once_and_acknowledged_twice() {
    let mut world = World::online();
    world.storing = false;
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Message(inbound("a"), checkpoint));
    world.put(Input::Store(store::Event::Incoming { message: None, checkpoint }));
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
    assert!(world.shown().conversations.is_empty());
}

#[test]
fn checkpoints_of_two_accounts_with_the_same_number_go_to_their_own() {
    let mut two = config();
    let secret = tandem::config::SecretSource::Keyring;
    let other = tandem::model::AccountId::new("other");
    two.chat.push(tandem::config::Chat::new(other.clone(), jid("alice@work.example"), secret));
    let mut world = World::new(two, Loaded::default());
    world.storing = false;
    let checkpoint = world.checkpoint();
    world.put(Input::Chat(other.clone(), xmpp::Event::Message(inbound("a"), checkpoint)));
    world.chat(xmpp::Event::Message(inbound("b"), checkpoint));
    let told = |world: &World| -> Vec<tandem::model::AccountId> {
        let committed = |effect: &Effect| match effect {
            Effect::Chat(id, xmpp::Command::Committed(_)) => Some(id.clone()),
            _ => None,
        };
        world.effects.iter().filter_map(committed).collect()
    };
    world.put(Input::Store(store::Event::Incoming { message: None, checkpoint }));
    assert_eq!(told(&world), std::slice::from_ref(&other));
    world.put(Input::Store(store::Event::Incoming { message: None, checkpoint }));
    assert_eq!(told(&world), [other, chat_id()]);
}

#[test]
fn a_full_disk_is_said_once_and_taken_back() {
    let mut world = World::online();
    for _ in 0..3 {
        world.put(Input::Store(store::Event::Failed(store::StoreError::DiskFull)));
    }
    assert_eq!(world.shown().conditions.len(), 1);
    world.put(Input::Store(store::Event::Recovered));
    assert!(world.shown().conditions.is_empty());
}

#[test]
fn a_page_of_messages_is_the_stores_answer() {
    let mut world = World::online();
    let page = Request::Messages { with: jid("bob@example.com"), limit: 1_000_000, before: None };
    assert!(world.ask(page).is_none());
    let Some(store::Command::Messages { request, limit, .. }) = world.kept().pop() else { panic!("no question") };
    assert!(limit <= 1000);
    let messages: Vec<Message> = vec![outgoing("m1")];
    world.put(Input::Store(store::Event::Messages { request, messages }));
    assert!(
        world
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Answer(_, Ok(Reply::Messages(page))) if page.len() == 1))
    );
}

#[test]
fn what_a_second_chat_account_has_not_sent_yet_survives_a_restart() {
    let mut two = config();
    let second = jid("alice@work.example");
    let secret = tandem::config::SecretSource::Keyring;
    two.chat.push(tandem::config::Chat::new(tandem::model::AccountId::new("work"), second.clone(), secret));
    let waiting = tandem::model::Message { from: second, ..outgoing("m2") };
    let stranger = tandem::model::Message { from: jid("somebody@else.example"), ..outgoing("m3") };
    let loaded = Loaded { outbox: vec![outgoing("m1"), waiting, stranger], ..Loaded::default() };
    let world = World::new(two, loaded);
    let sent: Vec<(String, String)> = world
        .effects
        .iter()
        .filter_map(|effect| match effect {
            tandem::account::Effect::Chat(id, xmpp::Command::Send { id: message, .. }) => {
                Some((id.as_str().to_owned(), message.0.to_string()))
            }
            _ => None,
        })
        .collect();
    let expected = [("chat", "m1"), ("work", "m2")].map(|(account, id)| (account.to_owned(), id.to_owned()));
    assert_eq!(sent, expected, "and nothing in the name of an account that is gone");
}
