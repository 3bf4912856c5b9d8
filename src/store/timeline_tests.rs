//! Stories of messages in the store: order, identity, changes.

use super::*;
use crate::model::{
    ArchiveId, ChangeKind, ConversationKind, Delivery, Jid, Message, MessageChange, MessageDirection, MessageId,
    WallTime,
};
use crate::xmpp::{Arrival, Checkpoint, InboundMessage};

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

fn at(minute: i64) -> WallTime {
    WallTime::from_unix_ms(1_700_000_000_000 + minute * 60_000)
}

fn open_in(folder: &tempfile::TempDir) -> Store {
    open(&folder.path().join("db")).expect("opens").0
}

fn said(id: &str, body: &str, minute: i64) -> InboundMessage {
    InboundMessage { stanza_id: Some(id.to_owned()), ..InboundMessage::new(jid("bob@example.com"), body, at(minute)) }
}

fn put(store: &mut Store, message: InboundMessage) -> Option<Message> {
    let command = Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: Checkpoint(1) };
    match store.execute(&[command]).expect("stored").pop() {
        Some(Event::Incoming { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn change(store: &mut Store, with: &str, change: MessageChange) -> Option<Message> {
    let command = Command::Change {
        account: jid("alice@example.com"),
        with: jid(with),
        change: Box::new(change),
        checkpoint: None,
    };
    match store.execute(&[command]).expect("stored").pop() {
        Some(Event::Delivery { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn by_bob(kind: ChangeKind, target: &str, text: &str, minute: i64) -> MessageChange {
    MessageChange {
        kind,
        target: target.into(),
        from: jid("bob@example.com"),
        nick: None,
        occupant: None,
        time: at(minute),
        text: text.into(),
    }
}

fn page(store: &mut Store, with: &str) -> Vec<Message> {
    let page = Command::Messages { request: 1, with: jid(with), limit: 100, before: None };
    match store.execute(&[page]).expect("read").pop() {
        Some(Event::Messages { messages, .. }) => messages,
        other => panic!("{other:?}"),
    }
}

fn bodies(store: &mut Store) -> Vec<String> {
    page(store, "bob@example.com").iter().map(|message| message.body.to_string()).collect()
}

#[test]
fn what_comes_late_stands_where_it_belongs_and_what_comes_now_stands_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    put(&mut store, said("1", "first", 0));
    put(&mut store, said("2", "third", 20));
    put(&mut store, InboundMessage { arrival: Arrival::Late, ..said("3", "second", 10) });
    // Our clock was put back by an hour.
    put(&mut store, said("4", "fourth", -60));
    assert_eq!(bodies(&mut store), ["first", "second", "third", "fourth"]);
    let all = page(&mut store, "bob@example.com");
    let before =
        Command::Messages { request: 1, with: jid("bob@example.com"), limit: 2, before: Some(all[3].id.clone()) };
    let Some(Event::Messages { messages, .. }) = store.execute(&[before]).expect("read").pop() else { panic!() };
    assert_eq!(messages, all[1..3]);
}

#[test]
fn a_copy_of_what_another_device_sent_is_ours_and_stored_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    let copy = InboundMessage {
        direction: MessageDirection::Out,
        from: jid("alice@example.com"),
        arrival: Arrival::Copy,
        archive_id: Some("ar1".into()),
        ..said("0123456789abcdef", "hello", 0)
    };
    let stored = put(&mut store, copy.clone()).expect("new");
    assert_eq!((stored.direction, stored.delivery), (MessageDirection::Out, Delivery::Sent));
    assert_eq!(put(&mut store, copy), None);
    let command = Command::SetDelivery {
        id: MessageId("0123456789abcdef".into()),
        with: Some(jid("bob@example.com")),
        delivery: Delivery::Displayed,
        checkpoint: None,
    };
    let Some(Event::Delivery { message: Some(message), .. }) = store.execute(&[command]).expect("stored").pop() else {
        panic!("a marker for what another device sent")
    };
    assert_eq!(message.delivery, Delivery::Displayed);
}

#[test]
fn x12_a_forged_archive_name_neither_hides_a_later_message_nor_keeps_the_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    let mallory = InboundMessage {
        archive_id: Some("ar1".into()),
        ..InboundMessage::new(jid("mallory@evil.example"), "x", at(0))
    };
    assert!(put(&mut store, mallory).is_some());
    let live = InboundMessage { archive_id: Some("ar1".into()), ..said("1", "the real one", 1) };
    assert!(put(&mut store, live).is_some(), "another's message with the same name is stored");
    let told = InboundMessage { archive_id: Some("ar1".into()), arrival: Arrival::Archive, ..said("2", "another", 2) };
    let stored = put(&mut store, told).expect("stored");
    let expected = ArchiveId { by: jid("alice@example.com"), id: "ar1".into() };
    assert_eq!(stored.details.archive, Some(expected), "the archive's own word counts");
    assert_eq!(page(&mut store, "mallory@evil.example")[0].details.archive, None);
}

#[test]
fn a_change_holds_whichever_comes_first() {
    let changes = [
        by_bob(ChangeKind::Correction, "m", "better", 1),
        by_bob(ChangeKind::Correction, "m", "best", 2),
        by_bob(ChangeKind::Reactions, "m", "👍", 3),
        by_bob(ChangeKind::Reactions, "m", "👍 🎉", 4),
    ];
    let mut results = Vec::new();
    // Every rotation and its reverse, with the message at every place.
    for order in 0..8 {
        for place in 0..=changes.len() {
            let folder = tempfile::tempdir().expect("a folder");
            let mut store = open_in(&folder);
            let mut turn: Vec<_> = changes.to_vec();
            turn.rotate_left(order % 4);
            if order >= 4 {
                turn.reverse();
            }
            for (n, said_later) in turn.into_iter().enumerate() {
                if n == place {
                    put(&mut store, said("m", "good", 0));
                }
                change(&mut store, "bob@example.com", said_later);
            }
            if place == changes.len() {
                put(&mut store, said("m", "good", 0));
            }
            let message = page(&mut store, "bob@example.com").remove(0);
            assert_eq!(message.details.first_text.as_deref(), Some("good"));
            results.push((message.body.to_string(), message.corrected, message.details.changes));
        }
    }
    let (body, corrected, kept) = &results[0];
    assert_eq!(
        (body.as_str(), *corrected, kept.len()),
        ("best", true, 3),
        "two versions, and one person's reactions once"
    );
    assert!(results.iter().all(|result| result == &results[0]));
}

#[test]
fn what_was_taken_back_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    put(&mut store, said("m", "secret", 0));
    change(&mut store, "bob@example.com", by_bob(ChangeKind::Correction, "m", "secret too", 1));
    let message = change(&mut store, "bob@example.com", by_bob(ChangeKind::Retraction, "m", "", 2)).expect("changed");
    assert!(message.details.retracted && message.body.is_empty() && message.details.first_text.is_none());
    assert_eq!(change(&mut store, "bob@example.com", by_bob(ChangeKind::Correction, "m", "again", 3)), None);
    let found: i64 = store
        .database()
        .query_row("SELECT count(*) FROM message_text WHERE message_text MATCH 'secret'", [], |row| row.get(0))
        .expect("counts");
    assert_eq!(found, 0, "the index forgets it too");
    let texts: i64 = store
        .database()
        .query_row("SELECT count(*) FROM change WHERE text LIKE '%secret%'", [], |row| row.get(0))
        .expect("counts");
    assert_eq!(texts, 0);
}

#[test]
fn x10_x11_only_the_author_changes_a_message_and_only_a_room_moderates() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    put(&mut store, said("m", "mine", 0));
    for kind in [ChangeKind::Correction, ChangeKind::Retraction, ChangeKind::Moderation] {
        let forged = MessageChange { from: jid("mallory@evil.example"), ..by_bob(kind, "m", "forged", 1) };
        assert_eq!(change(&mut store, "bob@example.com", forged.clone()), None);
        assert_eq!(change(&mut store, "mallory@evil.example", forged), None, "nor in another conversation");
    }
    assert_eq!(bodies(&mut store), ["mine"]);
    let room = "garden@rooms.example.com";
    let occupant = |id: &str| Some(std::sync::Arc::from(id));
    let spoken = InboundMessage {
        kind: ConversationKind::Room,
        nick: occupant("Bob"),
        occupant: occupant("o1"),
        archive: Some(jid(room)),
        archive_id: Some("r1".into()),
        ..InboundMessage { stanza_id: Some("m".into()), ..InboundMessage::new(jid(room), "spoken", at(0)) }
    };
    put(&mut store, spoken);
    let by = |kind, id: &str, who: Option<&str>, nick: Option<&str>| MessageChange {
        from: jid(room),
        occupant: who.map(Into::into),
        nick: nick.map(Into::into),
        ..by_bob(kind, id, "changed", 1)
    };
    // Somebody took the nickname; somebody without a lasting name; a member who moderates.
    let refused = [
        by(ChangeKind::Correction, "m", Some("o2"), Some("Bob")),
        by(ChangeKind::Retraction, "m", None, Some("Bob")),
        by(ChangeKind::Moderation, "r1", Some("o2"), Some("Eve")),
    ];
    for forged in refused {
        assert_eq!(change(&mut store, room, forged), None);
    }
    let corrected = change(&mut store, room, by(ChangeKind::Correction, "m", Some("o1"), Some("Robert"))).expect("own");
    assert_eq!(&*corrected.body, "changed");
    let moderated = change(&mut store, room, by(ChangeKind::Moderation, "r1", None, None)).expect("by the room");
    assert!(moderated.details.retracted);
}

#[test]
fn changes_that_wait_for_ever_are_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    let commands: Vec<Command> = (0..2_500)
        .map(|n| Command::Change {
            account: jid("alice@example.com"),
            with: jid("bob@example.com"),
            change: Box::new(by_bob(ChangeKind::Reactions, &format!("never-{n}"), "👍", n)),
            checkpoint: None,
        })
        .collect();
    store.execute(&commands).expect("stored");
    let waiting: i64 = store.database().query_row("SELECT count(*) FROM change", [], |row| row.get(0)).expect("counts");
    assert_eq!(waiting, 2_000);
    put(&mut store, said("never-2499", "came", 0));
    assert_eq!(page(&mut store, "bob@example.com")[0].details.changes.len(), 1);
}

#[test]
fn what_is_older_than_it_should_be_kept_is_removed_with_all_that_was_said_about_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    put(&mut store, said("old", "long ago", 0));
    change(&mut store, "bob@example.com", by_bob(ChangeKind::Reactions, "old", "👍", 1));
    put(&mut store, said("new", "just now", 100));
    let prune = |store: &mut Store, before| {
        let events = store.execute(&[Command::Prune { before }]).expect("removed");
        let Some(Event::Pruned { more: false, conversations }) = events.into_iter().next() else { panic!("pruned") };
        conversations.into_iter().map(|(left, with)| (left.map(|(last, unread)| (last.body, unread)), with)).collect()
    };
    let left: Vec<_> = prune(&mut store, at(50));
    assert_eq!(left, [(Some(("just now".into(), 1)), jid("bob@example.com"))]);
    assert_eq!(bodies(&mut store), ["just now"]);
    let left: i64 = store
        .database()
        .query_row(
            "SELECT (SELECT count(*) FROM change) +
                 (SELECT count(*) FROM message_text WHERE message_text MATCH 'ago')",
            [],
            |row| row.get(0),
        )
        .expect("counts");
    assert_eq!(left, 0);
    // The list of conversations is told when nothing is left of one.
    let left: Vec<_> = prune(&mut store, at(200));
    assert_eq!(left, [(None, jid("bob@example.com"))]);
}

#[test]
fn x12_a_client_that_gives_every_message_the_same_id_has_none_doubled_and_none_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    let kept = |n: i64, arrival| InboundMessage {
        archive_id: Some(format!("ar-{n}")),
        arrival,
        ..said("1", &format!("m{:02}", n / 2), n)
    };
    // Every text twice, since people say "ok" again.
    for n in 0..60 {
        put(&mut store, kept(n, Arrival::Live));
    }
    let first = bodies(&mut store);
    assert_eq!(first.len(), 60);
    // The archive tells all of it again, a clock apart.
    for n in 0..60 {
        assert_eq!(put(&mut store, InboundMessage { time: at(n + 1_000), ..kept(n, Arrival::Archive) }), None, "{n}");
    }
    // So does it of what came without its names.
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    for n in 0..60 {
        put(&mut store, InboundMessage { archive_id: None, ..said("1", &format!("m{n:02}"), n) });
    }
    for n in 0..60 {
        let again = InboundMessage { archive_id: Some(format!("ar-{n}")), ..said("1", &format!("m{n:02}"), n) };
        assert_eq!(put(&mut store, InboundMessage { arrival: Arrival::Archive, ..again }), None, "{n}");
    }
    assert_eq!(bodies(&mut store).len(), 60);
}

#[test]
fn what_was_kept_within_one_second_stays_in_order_although_we_wrote_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open_in(&folder);
    let ms = |ms: i64| WallTime::from_unix_ms(at(0).unix_ms() + ms);
    let now = |id: &str, body: &str, time| InboundMessage { time, ..said(id, body, 0) };
    put(&mut store, now("a-random-id-number-1", "one", ms(400)));
    let written = Message {
        id: MessageId("ours".into()),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: ms(1_300),
        body: "ours".into(),
        delivery: Delivery::Pending,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    };
    store.execute(&[Command::AppendOutgoing(written)]).expect("stored");
    // The server stamps whole seconds.
    for (id, body) in [("a-random-id-number-2", "two"), ("a-random-id-number-3", "three")] {
        put(&mut store, InboundMessage { arrival: Arrival::Late, ..now(id, body, ms(0)) });
    }
    assert_eq!(bodies(&mut store), ["one", "two", "three", "ours"]);
}
