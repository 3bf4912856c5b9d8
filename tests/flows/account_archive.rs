//! The archive as the manager drives it: pages one after the other, older messages for whoever scrolls, what other devices
//! have read.

use std::time::Duration;

use tandem::account::{Effect, Input, NoticeBody, Reply, Request};
use tandem::config::parse;
use tandem::model::{ArchiveId, Delivery, Message, MessageDirection, MessageId, WallTime};
use tandem::store::{self, ArchiveStored};
use tandem::xmpp::{self, ArchivePage, ArchiveQuery, Before};

use super::world::*;

const BOB: &str = "bob@example.com";
const ALICE: &str = "alice@example.com";

fn query(gap: i64, with: Option<&str>) -> ArchiveQuery {
    ArchiveQuery { gap, archive: None, with: with.map(jid), before: Before::Now }
}

fn page(query: ArchiveQuery) -> xmpp::Event {
    xmpp::Event::ArchivePage(Box::new(ArchivePage { query, items: Vec::new(), complete: false, problem: None }))
}

fn said(id: &str, minute: i64) -> Message {
    Message {
        id: MessageId(id.into()),
        from: jid(BOB),
        direction: MessageDirection::In,
        delivery: Delivery::Received,
        time: WallTime::from_unix_ms(minute * 60_000),
        ..outgoing(id)
    }
}

fn stored(next: Option<ArchiveQuery>) -> ArchiveStored {
    ArchiveStored { account: Some(jid(ALICE)), next, ..ArchiveStored::default() }
}

fn with_archive() -> World {
    let mut world = World::online();
    world.chat(xmpp::Event::Archive { available: true });
    world
}

fn reads(world: &World) -> Vec<ArchiveQuery> {
    let read = |command| match command {
        xmpp::Command::ReadArchive(query) => Some(query),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(read).collect()
}

fn answers(world: &World) -> Vec<Vec<Message>> {
    let answered = |effect: &Effect| match effect {
        Effect::Answer(_, Ok(Reply::Messages(page))) => Some(page.clone()),
        _ => None,
    };
    world.effects.iter().filter_map(answered).collect()
}

#[test]
fn what_is_missing_is_read_page_by_page_and_each_is_stored_before_the_next_is_asked_for() {
    let mut world = with_archive();
    assert!(matches!(world.kept().last(), Some(store::Command::ArchiveNext { .. })));
    let next = |query| store::Event::ArchiveNext { account: jid(ALICE), with: None, query };
    world.put(Input::Store(next(Some(query(1, None)))));
    assert_eq!(reads(&world), [query(1, None)]);
    world.effects.clear();
    world.chat(page(query(1, None)));
    assert!(matches!(world.kept().last(), Some(store::Command::ArchivePage { .. })));
    assert!(reads(&world).is_empty(), "not before it is stored");
    let fresh = said("new", 9);
    let outcome = ArchiveStored {
        arrived: vec![MessageId("m1".into())],
        fresh: vec![fresh.clone()],
        conversations: vec![(fresh, 1)],
        ..stored(Some(query(2, None)))
    };
    world.put(Input::Store(store::Event::ArchiveStored(Box::new(outcome))));
    assert_eq!(reads(&world), [query(2, None)]);
    let told = xmpp::Command::ArchiveStored { arrived: vec![MessageId("m1".into())], settled: false };
    assert!(world.xmpp().contains(&told), "what the archive has is not sent again");
    assert_eq!(world.shown().conversations[0].unread, 1);
    let noticed =
        |effect: &Effect| matches!(effect, Effect::Notice(NoticeBody::Message(message)) if &*message.id.0 == "new");
    assert!(world.effects.iter().any(noticed), "what is unread is told");
}

#[test]
fn whoever_scrolls_beyond_what_is_here_gets_what_the_archive_has() {
    let mut world = with_archive();
    world.effects.clear();
    let older = || Request::Messages { with: jid(BOB), limit: 10, before: Some(MessageId("m9".into())) };
    assert!(world.ask(older()).is_none());
    let asked =
        |world: &World| match world.kept().into_iter().rev().find(|c| matches!(c, store::Command::Messages { .. })) {
            Some(store::Command::Messages { request, .. }) => request,
            other => panic!("{other:?}"),
        };
    world.put(Input::Store(store::Event::Messages { request: asked(&world), messages: vec![said("m8", 8)] }));
    assert!(answers(&world).is_empty(), "the archive is asked first");
    assert!(matches!(world.kept().last(), Some(store::Command::ArchiveOlder { .. })));
    let next = |query| store::Event::ArchiveNext { account: jid(ALICE), with: Some(jid(BOB)), query };
    world.put(Input::Store(next(Some(query(7, Some(BOB))))));
    assert_eq!(reads(&world), [query(7, Some(BOB))]);
    world.chat(page(query(7, Some(BOB))));
    let outcome = ArchiveStored { with: Some(jid(BOB)), ..stored(None) };
    world.put(Input::Store(store::Event::ArchiveStored(Box::new(outcome))));
    let found: Vec<Message> = (0..10).map(|n| said(&format!("m{n}"), n)).collect();
    world.put(Input::Store(store::Event::Messages { request: asked(&world), messages: found.clone() }));
    assert_eq!(answers(&world), [found]);
    // At the beginning of the archive, with what is here.
    world.effects.clear();
    assert!(world.ask(older()).is_none());
    world.put(Input::Store(store::Event::Messages { request: asked(&world), messages: vec![said("m0", 0)] }));
    world.put(Input::Store(next(None)));
    assert_eq!(answers(&world), [vec![said("m0", 0)]]);
}

#[test]
fn whoever_scrolls_does_not_wait_for_an_archive_that_is_silent_or_gone() {
    for lost in [false, true] {
        let mut world = with_archive();
        world.effects.clear();
        let older = Request::Messages { with: jid(BOB), limit: 10, before: Some(MessageId("m9".into())) };
        assert!(world.ask(older).is_none());
        let Some(store::Command::Messages { request, .. }) = world.kept().pop() else { panic!("no question") };
        world.put(Input::Store(store::Event::Messages { request, messages: vec![said("m8", 8)] }));
        assert!(answers(&world).is_empty());
        if lost {
            let reason = tandem::model::Reason::new("lost", "cut");
            world.chat(xmpp::Event::Offline { reason, retry_at: None });
        } else {
            world.wait(Duration::from_secs(10));
        }
        assert_eq!(answers(&world), [vec![said("m8", 8)]], "lost: {lost}");
    }
}

#[test]
fn what_was_read_on_either_device_is_read_on_both() {
    let mut world = World::online();
    let fresh = said("new", 9);
    let outcome = ArchiveStored { conversations: vec![(fresh, 3)], ..stored(None) };
    world.put(Input::Store(store::Event::ArchiveStored(Box::new(outcome))));
    assert_eq!(world.shown().conversations[0].unread, 3);
    world.chat(xmpp::Event::DisplayedElsewhere { with: jid(BOB), by: jid(ALICE), id: "ar-2".into() });
    assert!(matches!(world.kept().last(), Some(store::Command::ReadElsewhere { checkpoint: None, .. })));
    let read = |unread, displayed| store::Event::Read { with: jid(BOB), unread, displayed, checkpoint: None };
    world.put(Input::Store(read(1, None)));
    assert_eq!(world.shown().conversations[0].unread, 1);
    world.done(Request::MarkRead(jid(BOB)));
    let name = ArchiveId { by: jid(ALICE), id: "ar-3".into() };
    world.put(Input::Store(read(0, Some((jid(ALICE), name)))));
    let told = xmpp::Command::PublishDisplayed { with: jid(BOB), by: jid(ALICE), id: "ar-3".into() };
    assert!(world.xmpp().contains(&told));
    assert_eq!(world.shown().conversations[0].unread, 0);
    // A marker that another device sent is acknowledged when it is stored.
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Read { id: MessageId("7".into()), with: jid(BOB), checkpoint });
    let read = store::Event::Read { with: jid(BOB), unread: 0, displayed: None, checkpoint: Some(checkpoint) };
    world.put(Input::Store(read));
    assert!(world.xmpp().contains(&xmpp::Command::Committed(checkpoint)));
}

#[test]
fn messages_are_fetched_and_kept_as_long_as_configured() {
    const DAY: i64 = 24 * 3600 * 1000;
    for (lines, fetched, kept) in [
        ("", 30, None),
        ("fetch-days = 0", 0, None),
        ("fetch-days = 90", 90, None),
        ("fetch-days = 90\nkeep-days = 7", 7, Some(7)),
    ] {
        let text = format!("[[chat]]\nid = \"chat\"\naddress = \"{ALICE}\"\npassword = \"old\"\n[history]\n{lines}\n");
        let config = parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        let mut world = World::new(config, store::Loaded::default());
        let ago = |days: i64| WallTime::from_unix_ms(world.now.wall.unix_ms() - days * DAY);
        let pruned = |world: &World| {
            world.kept().into_iter().find_map(|command| match command {
                store::Command::Prune { before } => Some(before),
                _ => None,
            })
        };
        assert_eq!(pruned(&world), kept.map(ago), "{lines}");
        let expected = Some(ago(fetched));
        world.chat(xmpp::Event::Archive { available: true });
        let Some(store::Command::ArchiveNext { since, .. }) = world.kept().pop() else { panic!("no question") };
        assert_eq!(since, expected, "{lines}");
        world.effects.clear();
        world.put(Input::Store(store::Event::Pruned { more: true, conversations: Vec::new() }));
        assert_eq!(pruned(&world).is_some(), kept.is_some(), "on and on until all are gone");
    }
}

#[test]
fn a_conversation_of_which_nothing_is_kept_leaves_the_list_at_once() {
    let text =
        format!("[[chat]]\nid = \"chat\"\naddress = \"{ALICE}\"\npassword = \"old\"\n[history]\nkeep-days = 7\n");
    let config = parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
    let carol = "carol@example.com";
    let of_carol = Message { with: jid(carol), from: jid(carol), ..said("c1", 2) };
    let conversations = vec![(said("m1", 1), 2), (of_carol, 1)];
    let mut world = World::new(config, store::Loaded { conversations, ..store::Loaded::default() });
    let conversations = vec![(None, jid(carol)), (Some((said("m2", 3), 1)), jid(BOB))];
    world.put(Input::Store(store::Event::Pruned { more: false, conversations }));
    let shown: Vec<(String, u32)> =
        world.shown().conversations.iter().map(|shown| (shown.last.id.0.to_string(), shown.unread)).collect();
    assert_eq!(shown, [("m2".to_owned(), 1)]);
}
