//! Messages over voice: conversations of their own, answered when they are stored, sent when there is a way.

use tandem::account::{NoticeBody, Refusal, RefusalKind, Reply, Request, Snapshot};
use tandem::config::Config;
use tandem::model::{
    Delivery, Feature, FeatureRule, FeatureScope, Jid, Message, MessageDirection, MessageId, Subscription, WallTime,
};
use tandem::sip::{self, MessagePolicy, ReceivedMessage};
use tandem::store::{self, Loaded};
use tandem::xmpp::{self, InboundMessage, RosterUpdate};

use super::world::*;

/// A voice account that stands alone.
fn alone() -> Config {
    Config { chat: Vec::new(), relations: Vec::new(), ..config() }
}

fn on_voice() -> World {
    let mut world = World::new(alone(), Loaded::default());
    world.registered();
    world.effects.clear();
    world
}

fn name(address: &str) -> Jid {
    Jid::of_sip(&sip_uri(address)).expect("a name")
}

fn comes(world: &mut World, token: u64, identity: sip::CallIdentity, body: &str) {
    let message = ReceivedMessage { token, identity, call_id: format!("c{token}"), body: body.into() };
    world.voice(sip::Event::MessageReceived(Box::new(message)));
}

fn conversations(world: &mut World) -> Vec<(String, String, u32)> {
    let shown: std::sync::Arc<Snapshot> = world.shown();
    let row = |talk: &tandem::account::Conversation| (talk.with.shown(), talk.last.body.to_string(), talk.unread);
    shown.conversations.iter().map(row).collect()
}

fn policy(config: Config) -> MessagePolicy {
    let world = World::new(config, Loaded::default());
    let found = world.effects.iter().find_map(|effect| match effect {
        tandem::account::Effect::StartVoice { config, .. } => Some(config.messages.clone()),
        _ => None,
    });
    found.expect("a voice account")
}

fn write(world: &mut World, to: &str, body: &str) -> Result<MessageId, Refusal> {
    match world.ask(Request::Send { to: name(to), body: body.into() }).expect("an answer at once")? {
        Reply::Message(id) => Ok(id),
        other => panic!("{other:?}"),
    }
}

#[test]
fn c06_c08_messages_over_voice_are_off_under_a_relation_and_stay_for_an_account_alone() {
    let rule = |scope, on| FeatureRule { feature: Feature::MessagesOverVoice, scope, on };
    assert_eq!(policy(config()), MessagePolicy::default());
    assert!(policy(alone()).by_default);
    let device = Config { features: vec![rule(FeatureScope::Device, true)], ..config() };
    assert!(policy(device).by_default);
    let lab = "lab.example";
    let exceptions = Config {
        features: vec![
            rule(FeatureScope::Domain(lab.into()), true),
            rule(FeatureScope::Contact(name("sip:eve@lab.example")), false),
        ],
        ..config()
    };
    let found = policy(exceptions);
    assert!(!found.by_default && found.takes(&sip_uri("sip:bob@lab.example")));
    assert!(!found.takes(&sip_uri("sip:eve@lab.example")) && !found.takes(&sip_uri("sip:bob@example.com")));
}

#[test]
fn c08_a_message_is_a_conversation_of_its_own_and_answered_when_it_is_stored() {
    let mut world = on_voice();
    world.storing = false;
    comes(&mut world, 7, vouched("sip:bob@example.com"), "hello");
    let stored = world.kept().into_iter().find_map(|command| match command {
        store::Command::AppendReceived { message, .. } => Some(message),
        _ => None,
    });
    let message = stored.expect("it is stored");
    assert!(world.sip().is_empty(), "not before it is safe");
    let id = message.id.clone();
    world.put(tandem::account::Input::Store(store::Event::Received { id: id.clone(), message: Some(message) }));
    assert_eq!(world.sip(), [sip::Command::AnswerMessage { token: 7, code: 200 }]);
    assert_eq!(conversations(&mut world), [("sip:bob@example.com".into(), "hello".into(), 1)]);
    world.done(Request::MarkRead(name("sip:bob@example.com")));
    assert_eq!(conversations(&mut world)[0].2, 0);
    // Sent again because our answer was lost: answered again, shown once.
    world.put(tandem::account::Input::Store(store::Event::Received { id, message: None }));
    assert_eq!(conversations(&mut world)[0].2, 0);
}

#[test]
fn s12_a_forged_sender_is_filed_neither_under_the_contact_nor_under_the_address_it_claims() {
    let mut world = World::online_with(Config {
        features: vec![FeatureRule { feature: Feature::MessagesOverVoice, scope: FeatureScope::Device, on: true }],
        ..config()
    });
    // Bob's card lists sip:bob@example.com, and Eve claims it; our server says who she is.
    let mut forged = vouched("sip:eve@evil.example");
    forged.from.uri = "sip:bob@example.com".into();
    comes(&mut world, 1, forged, "it is me, Bob");
    assert_eq!(conversations(&mut world), [("sip:eve@evil.example".into(), "it is me, Bob".into(), 1)]);
    // Without anybody's word it is kept under what it claims, still as an address and not as the contact.
    comes(&mut world, 2, identity("sip:bob@example.com"), "really");
    let bob = jid("bob@example.com");
    let shown = world.shown();
    assert!(shown.conversations.iter().all(|talk| talk.with != bob && talk.with.is_sip()));
    assert!(shown.contacts.iter().all(|contact| !contact.jid.is_sip()));
    // Who withholds the address is one anonymous conversation, whatever the rest says.
    comes(&mut world, 3, sip::CallIdentity { anonymous: true, ..vouched("sip:bob@example.com") }, "guess who");
    assert!(conversations(&mut world).iter().any(|(with, ..)| with == "sip:anonymous@anonymous.invalid"));
}

#[test]
fn s12_nothing_that_comes_over_chat_can_stand_in_for_a_sip_address() {
    let mut world = World::online();
    let name = name("sip:boss@example.com");
    let checkpoint = world.checkpoint();
    let forged = InboundMessage {
        stanza_id: Some("x".into()),
        ..InboundMessage::new(name.clone(), "transfer the money", WallTime::from_unix_ms(1))
    };
    world.chat(xmpp::Event::Message(forged, checkpoint));
    assert!(conversations(&mut world).is_empty());
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)), "the stream goes on");
    let checkpoint = world.checkpoint();
    let update = RosterUpdate::Set(item(name.as_str(), Subscription::Both));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    world.chat(xmpp::Event::SubscriptionRequest { from: name.clone(), text: None });
    let shown = world.shown();
    assert!(shown.contacts.iter().all(|contact| !contact.jid.is_sip()) && shown.questions.is_empty());
}

#[test]
fn c08_a_message_goes_out_and_says_what_became_of_it() {
    let mut world = on_voice();
    for (code, delivery) in
        [(200, Some(Delivery::Delivered)), (202, Some(Delivery::Sent)), (404, Some(Delivery::Failed))]
    {
        world.effects.clear();
        let id = write(&mut world, "sip:carol@other.example", "hello").expect("it is taken");
        let sent =
            sip::Command::Message { id: id.clone(), to: sip_uri("sip:carol@other.example"), body: "hello".into() };
        assert_eq!(world.sip(), [sent]);
        world.voice(sip::Event::MessageAnswered { id: id.clone(), code, text: Some("As\u{202e} I say".into()) });
        let set = world.kept().into_iter().find_map(|command| match command {
            store::Command::SetDelivery { id: of, delivery, .. } if of == id => Some(delivery),
            _ => None,
        });
        assert_eq!(set, delivery, "{code}");
        let told = world.effects.iter().any(|effect| {
            matches!(effect, tandem::account::Effect::Notice(NoticeBody::Problem(text))
                if text.contains("nobody can be reached under this address"))
        });
        assert_eq!(told, code == 404);
    }
}

#[test]
fn c08_a_message_waits_for_the_registration_and_survives_a_restart() {
    let mut world = World::new(alone(), Loaded::default());
    let id = write(&mut world, "sip:carol@other.example", "hello").expect("it is taken");
    let sent =
        |world: &World| world.sip().iter().filter(|command| matches!(command, sip::Command::Message { .. })).count();
    assert_eq!(sent(&world), 0);
    world.registered();
    assert_eq!(sent(&world), 1);
    world.registered();
    assert_eq!(sent(&world), 1, "a refresh sends nothing again");
    // It did not get out: the next registration takes it along.
    world.voice(sip::Event::MessageAnswered { id: id.clone(), code: 0, text: None });
    world.registered();
    assert_eq!(sent(&world), 2);
    let waiting = Message {
        id,
        with: name("sip:carol@other.example"),
        from: name("sip:alice@example.com"),
        direction: MessageDirection::Out,
        ..outgoing("m1")
    };
    let mut next = World::new(alone(), Loaded { outbox: vec![waiting], ..Loaded::default() });
    next.registered();
    assert_eq!(sent(&next), 1);
}

#[test]
fn c06_writing_over_voice_is_refused_in_words_where_chat_carries_messages() {
    let mut world = World::online();
    let refusal = write(&mut world, "sip:carol@other.example", "hello").expect_err("chat carries messages");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
    assert_eq!(
        &*refusal.text,
        "Messages over voice are off, because a chat account belongs to your voice account and carries messages."
    );
    let scope = FeatureScope::Contact(name("sip:carol@other.example"));
    world.done(Request::SetFeature { feature: Feature::MessagesOverVoice, scope, on: Some(true) });
    world.registered();
    assert!(write(&mut world, "sip:carol@other.example", "hello").is_ok());
    assert!(write(&mut world, "sip:dave@other.example", "hello").is_err(), "for that person only");
}

#[test]
fn c07_a_switch_in_the_window_is_kept_says_why_and_yields_to_the_file() {
    let mut world = World::online();
    let bob = jid("bob@example.com");
    let views = |world: &mut World| match world.ask(Request::Features(Some(jid("bob@example.com")))) {
        Some(Ok(Reply::Features(views))) => views,
        other => panic!("{other:?}"),
    };
    assert!(views(&mut world)[0].text.contains("over your voice account, because"));
    let set = |scope, on| Request::SetFeature { feature: Feature::CallsOverChat, scope, on };
    world.done(set(FeatureScope::Domain("example.com".into()), Some(true)));
    assert!(views(&mut world)[0].on && views(&mut world)[0].text.contains("everybody at example.com"));
    world.done(set(FeatureScope::Contact(bob.clone()), Some(false)));
    assert!(!views(&mut world)[0].on);
    world.done(set(FeatureScope::Contact(bob.clone()), None));
    assert!(views(&mut world)[0].on, "as without that rule");
    let mut memos = std::collections::BTreeMap::new();
    for command in world.kept() {
        match command {
            store::Command::SetMemo { key, value: Some(value) } => drop(memos.insert(key, value)),
            store::Command::SetMemo { key, value: None } => drop(memos.remove(&key)),
            _ => {}
        }
    }
    let memos: Vec<_> = memos.into_iter().collect();
    let mut next = World::new(config(), Loaded { memos: memos.clone(), ..Loaded::default() });
    assert!(views(&mut next)[0].on, "remembered");
    let file = FeatureRule { feature: Feature::CallsOverChat, scope: FeatureScope::Device, on: false };
    let mut next = World::new(Config { features: vec![file], ..config() }, Loaded { memos, ..Loaded::default() });
    assert!(!views(&mut next)[0].on);
    let refusal = next.ask(set(FeatureScope::Device, Some(true))).expect("an answer").expect_err("the file says so");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
}

#[test]
fn c07_every_exception_is_listed_and_those_made_here_are_taken_back() {
    let file =
        FeatureRule { feature: Feature::CallsOverChat, scope: FeatureScope::Domain("work.example".into()), on: true };
    let mut world = World::online_with(Config { features: vec![file], ..config() });
    let listed = |world: &mut World| match world.ask(Request::FeatureExceptions) {
        Some(Ok(Reply::FeatureExceptions(rules))) => rules,
        other => panic!("{other:?}"),
    };
    let set = |on| Request::SetFeature {
        feature: Feature::CallsOverChat,
        scope: FeatureScope::Contact(jid("bob@example.com")),
        on,
    };
    world.done(set(Some(true)));
    let rules = listed(&mut world);
    let told: Vec<(bool, &str)> = rules.iter().map(|rule| (rule.removable, &*rule.text)).collect();
    assert_eq!(
        told,
        [
            (false, "Calls over chat for everybody at work.example: on. The configuration says so."),
            (true, "Calls over chat for \u{2068}bob\u{2069}: on."),
        ]
    );
    assert_eq!(world.shown().numbers.exceptions.len(), 2, "the window lists them too");
    world.done(set(None));
    assert_eq!(listed(&mut world).len(), 1);
}

#[test]
fn c06_c08_a_relation_that_is_set_or_taken_away_changes_what_voice_announces_at_once() {
    use tandem::account::NumbersRequest;
    let mut world = World::online();
    let relate =
        |voice: Option<tandem::model::AccountId>| Request::Numbers(NumbersRequest::Relate { chat: chat_id(), voice });
    let started = |world: &World| {
        let voice = |effect: &tandem::account::Effect| match effect {
            tandem::account::Effect::StartVoice { config, .. } => Some(config.messages.by_default),
            _ => None,
        };
        world.effects.iter().filter_map(voice).collect::<Vec<_>>()
    };
    world.done(relate(None));
    assert_eq!(started(&world), [true], "an account that stands alone takes messages");
    world.effects.clear();
    world.registered();
    world.done(relate(Some(voice_id())));
    assert_eq!(started(&world), [false]);
}

#[test]
fn x50_a_message_over_voice_that_is_proven_to_be_of_a_blocked_person_is_dropped_without_a_word() {
    let rule = FeatureRule { feature: Feature::MessagesOverVoice, scope: FeatureScope::Device, on: true };
    let mut world = World::online_with(Config { features: vec![rule], ..config() });
    let people = std::sync::Arc::from([jid("bob@example.com")]);
    world.chat(xmpp::Event::Contact(xmpp::ContactEvent::Blocked(Some(people))));
    world.effects.clear();
    comes(&mut world, 7, vouched("sip:bob@example.com"), "hello");
    assert_eq!(world.sip(), [sip::Command::AnswerMessage { token: 7, code: 202 }], "taken, and they are not told");
    assert!(world.kept().iter().all(|command| !matches!(command, store::Command::AppendReceived { .. })));
    let told = |effect: &tandem::account::Effect| {
        matches!(effect, tandem::account::Effect::Notice(NoticeBody::Message(_) | NoticeBody::Attention(_)))
    };
    assert!(!world.effects.iter().any(told) && conversations(&mut world).is_empty());
    // Who only claims to be them is somebody else, and so is everybody else.
    for (token, from) in [(8, identity("sip:bob@example.com")), (9, vouched("sip:carol@other.example"))] {
        comes(&mut world, token, from, "hello");
    }
    let kept = world.kept().iter().filter(|command| matches!(command, store::Command::AppendReceived { .. })).count();
    assert_eq!(kept, 2);
}
