//! One person with several addresses: joined by the user's word only, one row and one timeline, and taken apart again.

use tandem::account::{ContactRequest, Effect, RefusalKind, Reply, Request};
use tandem::model::{Jid, Subscription};
use tandem::store::{Command, Loaded, Page, TalkCommand};
use tandem::xmpp::{self, InboundMessage, RosterUpdate};

use super::world::*;

fn bob() -> Jid {
    jid("bob@example.com")
}

fn robert() -> Jid {
    jid("bob@home.example")
}

/// Bob is in the list with two addresses, under the same name.
fn with_both() -> World {
    let mut world = World::online();
    let named = |address: &str| xmpp::RosterItem { name: Some("Bob".to_owned()), ..item(address, Subscription::Both) };
    let checkpoint = world.checkpoint();
    let items =
        vec![named("bob@example.com"), named("bob@home.example"), item("carol@other.example", Subscription::Both)];
    world.chat(xmpp::Event::Roster { update: RosterUpdate::Replace(items), version: None, checkpoint });
    world
}

fn says(world: &mut World, from: Jid, body: &str) {
    let checkpoint = world.checkpoint();
    world.now.wall = tandem::model::WallTime::from_unix_ms(world.now.wall.unix_ms() + 1_000);
    let message = InboundMessage::new(from, body, world.now.wall);
    world.chat(xmpp::Event::Message(message, checkpoint));
}

fn same(first: Jid, second: Jid) -> Request {
    Request::Contact(ContactRequest::SamePerson(first, second))
}

/// Each conversation with its newest text and how many are unread.
fn talks(world: &mut World) -> Vec<(String, String, u32)> {
    let shown = world.shown();
    let talk = |talk: &tandem::account::Conversation| (talk.with.to_string(), talk.last.body.to_string(), talk.unread);
    shown.conversations.iter().map(talk).collect()
}

#[test]
fn two_contacts_of_the_same_name_are_two_people_until_the_user_says_otherwise() {
    let mut world = with_both();
    says(&mut world, bob(), "at work");
    says(&mut world, robert(), "at home");
    assert!(world.shown().same_persons.is_empty(), "a name proves nothing");
    assert_eq!(talks(&mut world).len(), 2);
    world.done(same(bob(), robert()));
    assert_eq!(talks(&mut world), [("bob@example.com".into(), "at home".into(), 2)]);
    assert_eq!(world.shown().same_persons[0].to_vec(), [bob(), robert()]);
    says(&mut world, bob(), "back at work");
    assert_eq!(talks(&mut world), [("bob@example.com".into(), "back at work".into(), 3)]);
    // What is seen is seen at every address.
    world.effects.clear();
    world.done(Request::MarkRead(bob()));
    let read = |effect: &Effect| match effect {
        Effect::Store(Command::MarkRead { with }) => Some(with.clone()),
        _ => None,
    };
    assert_eq!(world.effects.iter().filter_map(read).collect::<Vec<_>>(), [bob(), robert()]);
    assert_eq!(talks(&mut world)[0].2, 0);
    world.done(Request::Contact(ContactRequest::AnotherPerson(robert())));
    assert_eq!(talks(&mut world).len(), 2, "and taken apart again, nothing is lost");
    let twice = world.ask(Request::Contact(ContactRequest::AnotherPerson(robert()))).expect("at once");
    assert_eq!(twice.expect_err("two people").kind, RefusalKind::NotFound);
}

#[test]
fn the_timeline_of_a_person_is_read_from_all_addresses_whichever_is_named() {
    let mut world = with_both();
    world.done(same(bob(), robert()));
    for with in [bob(), robert()] {
        world.effects.clear();
        drop(world.ask(Request::Messages { with, limit: 30, before: None }));
        let asked = world.effects.iter().find_map(|effect| match effect {
            Effect::Store(Command::Talk(TalkCommand::Together { with, limit, page, .. })) => {
                Some((with.clone(), *limit, page.clone()))
            }
            _ => None,
        });
        assert_eq!(asked, Some((vec![bob(), robert()], 30, Page::Newest)));
    }
    world.effects.clear();
    drop(world.ask(Request::Messages { with: jid("carol@other.example"), limit: 30, before: None }));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Store(Command::Messages { .. }))), "alone");
}

#[test]
fn who_is_one_person_is_remembered_over_a_restart() {
    let mut world = with_both();
    world.done(same(bob(), robert()));
    world.done(same(robert(), jid("carol@other.example")));
    let memo = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Store(Command::SetMemo { key, value: Some(value) }) if key == "same-person" => Some(value.clone()),
        _ => None,
    });
    let loaded = Loaded { memos: vec![("same-person".to_owned(), memo.expect("remembered"))], ..Loaded::default() };
    let mut again = World::new(config(), loaded);
    assert_eq!(again.shown().same_persons[0].len(), 3);
    // What is broken costs nothing.
    let loaded =
        Loaded { memos: vec![("same-person".to_owned(), "a@b.example\n\u{0} x".to_owned())], ..Loaded::default() };
    assert!(World::new(config(), loaded).shown().same_persons.is_empty());
}

#[test]
fn only_people_are_the_same_person() {
    let mut world = with_both();
    let own = jid("alice@example.com");
    for (first, second) in [(bob(), bob()), (bob(), own.clone()), (own, bob())] {
        let refused = world.ask(same(first, second)).expect("at once");
        assert_eq!(refused.map(|_: Reply| ()).expect_err("not people").kind, RefusalKind::Invalid);
    }
}
