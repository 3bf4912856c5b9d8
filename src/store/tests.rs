use std::path::Path;

use super::*;
use crate::model::{
    AccountId, Call, CallEnd, CallId, CallState, CallText, Delivery, Direction, EndedBy, FullJid, Jid, Message,
    MessageDirection, MessageId, Peer, PeerGrade, Route, Subscription, WallTime, Writer,
};
use crate::xmpp::{Checkpoint, InboundMessage, RosterItem, RosterUpdate, Session};

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

fn outgoing(id: &str) -> Message {
    Message {
        id: MessageId(id.into()),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: WallTime::from_unix_ms(1000),
        body: "hi".into(),
        delivery: Delivery::Pending,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    }
}

fn inbound(stanza_id: Option<&str>, archive_id: Option<&str>, body: &str) -> InboundMessage {
    InboundMessage {
        stanza_id: stanza_id.map(str::to_owned),
        archive_id: archive_id.map(str::to_owned),
        resource: Some("desk".into()),
        ..InboundMessage::new(jid("bob@example.com"), body, WallTime::from_unix_ms(2000))
    }
}

fn incoming(message: InboundMessage, checkpoint: u64) -> Command {
    Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: Checkpoint(checkpoint) }
}

fn session(handled: u32) -> Session {
    Session {
        id: "s".into(),
        bound: FullJid::parse("alice@example.com/desk").expect("valid"),
        location: None,
        handled,
        acknowledged: 3,
        unacknowledged: vec![(4, MessageId("a".into()))],
        copies: true,
        archive: true,
        revision: 9,
    }
}

fn set_delivery(id: &str, with: Option<&str>, delivery: Delivery) -> Command {
    Command::SetDelivery { id: MessageId(id.into()), with: with.map(jid), delivery, checkpoint: None }
}

fn delivery(store: &mut Store, command: Command) -> Option<Delivery> {
    match store.execute(&[command]).expect("stored").pop() {
        Some(Event::Delivery { message, .. }) => message.map(|message| message.delivery),
        other => panic!("{other:?}"),
    }
}

fn is_new(store: &mut Store, message: InboundMessage) -> bool {
    match store.execute(&[incoming(message, 1)]).expect("stored").pop() {
        Some(Event::Incoming { message, .. }) => message.is_some(),
        other => panic!("{other:?}"),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open_in(folder: &Path) -> (Store, Loaded) {
    open(&folder.join("tandem.db")).expect("opens")
}

#[test]
fn what_was_stored_is_there_after_a_crash() {
    let folder = folder();
    let (mut store, loaded) = open_in(folder.path());
    assert_eq!(loaded, Loaded::default());
    let alice = jid("alice@example.com");
    let item = RosterItem {
        jid: jid("bob@example.com"),
        name: Some("Bob".into()),
        groups: vec!["Work".into(), "Friends".into()],
        subscription: Subscription::Both,
        asked: true,
    };
    let commands = [
        Command::Session { account: alice.clone(), session: Some(session(5)) },
        Command::AppendOutgoing(outgoing("a")),
        incoming(inbound(None, None, "hello"), 7),
        Command::Roster {
            account: alice.clone(),
            update: RosterUpdate::Replace(vec![item.clone()]),
            version: Some("v".into()),
            checkpoint: Checkpoint(8),
        },
        Command::SetMemo { key: "realm".into(), value: Some("example".into()) },
    ];
    let events = store.execute(&commands).expect("stored");
    assert_eq!(events[0], Event::SessionStored(9));
    assert_eq!(events.last(), Some(&Event::Committed(Checkpoint(8))));
    // No `Close`: the file is left as a crash leaves it.
    drop(store);
    let (_store, loaded) = open_in(folder.path());
    let chat = loaded.chats.get(&alice).expect("her account").clone();
    assert_eq!(chat.roster, [item]);
    assert_eq!(chat.roster_version.as_deref(), Some("v"));
    assert_eq!(loaded.outbox, [outgoing("a")]);
    let stored = chat.session.expect("a session");
    assert_eq!(stored.handled, 8, "the count is stored with what it counts");
    assert_eq!(stored.unacknowledged, [(4, MessageId("a".into()))]);
    assert_eq!(loaded.memos, [("realm".to_owned(), "example".to_owned())]);
    assert_eq!(loaded.conversations.len(), 1);
    let (last, unread) = &loaded.conversations[0];
    assert_eq!((&*last.body, *unread), ("hello", 1));
}

fn handled(loaded: &Loaded) -> Option<u32> {
    Some(loaded.chats.get(&jid("alice@example.com"))?.session.as_ref()?.handled)
}

#[test]
fn the_count_of_a_stream_never_goes_back_and_wraps() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    let put = |handled| Command::Session { account: jid("alice@example.com"), session: Some(session(handled)) };
    let message = || inbound(None, None, "hi");
    store.execute(&[put(u32::MAX - 1), incoming(message(), (1 << 32) + 1), put(u32::MAX)]).expect("stored");
    let other =
        Command::AppendIncoming { account: jid("other@example.com"), message: message(), checkpoint: Checkpoint(99) };
    store.execute(&[other]).expect("stored, and says nothing about this account's stream");
    drop(store);
    let (mut store, loaded) = open_in(folder.path());
    assert_eq!(handled(&loaded), Some(1));
    store.execute(&[Command::Session { account: jid("alice@example.com"), session: None }]).expect("stored");
    store.execute(&[incoming(message(), 77)]).expect("stored");
    drop(store);
    assert_eq!(handled(&open_in(folder.path()).1), None);
}

#[test]
fn a_message_is_stored_once_and_different_ones_are_all_stored() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    assert!(is_new(&mut store, inbound(None, Some("ar1"), "x")));
    assert!(!is_new(&mut store, inbound(Some("whatever"), Some("ar1"), "x")), "the archive's id decides");
    assert!(is_new(&mut store, inbound(None, None, "y")));
    assert!(is_new(&mut store, inbound(None, None, "y")), "without ids nobody can say that it is the same");
    assert!(is_new(&mut store, inbound(Some("1"), None, "z")));
    assert!(!is_new(&mut store, inbound(Some("1"), None, "z")));
    assert!(is_new(&mut store, inbound(Some("1"), None, "other")), "x12: an id alone suppresses nothing");
    let mut later = inbound(Some("1"), None, "z");
    later.time = WallTime::from_unix_ms(2000 + 3_600_000);
    assert!(is_new(&mut store, later), "a counter that began anew");
    let long = Some("0123456789abcdef");
    assert!(is_new(&mut store, inbound(long, Some("ar2"), "z")));
    let mut again = inbound(long, Some("ar3"), "z");
    again.resource = Some("new".into());
    assert!(!is_new(&mut store, again), "their client sent it twice, after a reconnection");
}

#[test]
fn a_delivery_state_never_goes_back_and_counts_only_from_the_right_person() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    store.execute(&["a", "b"].map(|id| Command::AppendOutgoing(outgoing(id)))).expect("stored");
    assert_eq!(delivery(&mut store, set_delivery("b", Some("mallory@evil.example"), Delivery::Delivered)), None);
    assert_eq!(delivery(&mut store, set_delivery("a", None, Delivery::Sent)), Some(Delivery::Sent));
    assert_eq!(
        delivery(&mut store, set_delivery("b", Some("bob@example.com"), Delivery::Delivered)),
        Some(Delivery::Delivered)
    );
    assert_eq!(delivery(&mut store, set_delivery("b", None, Delivery::Sent)), None);
    assert_eq!(delivery(&mut store, set_delivery("b", None, Delivery::Failed)), None);
    assert_eq!(delivery(&mut store, set_delivery("nobody", None, Delivery::Sent)), None);
    let events = store.execute(&[set_delivery("b", Some("bob@example.com"), Delivery::Displayed)]).expect("stored");
    assert_eq!(events.len(), 2, "a marker covers what came before");
    assert_eq!(open_pending(&mut store), 0);
}

fn open_pending(store: &mut Store) -> i64 {
    store.database().query_row("SELECT count(*) FROM message WHERE delivery = 0", [], |row| row.get(0)).expect("counts")
}

#[test]
fn pages_go_back_in_time_without_gap() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    let all: Vec<Command> = (0..25).map(|n| incoming(inbound(None, None, &n.to_string()), n)).collect();
    store.execute(&all).expect("stored");
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = Command::Messages { request: 1, with: jid("bob@example.com"), limit: 10, before: before.clone() };
        let Some(Event::Messages { messages, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
        let Some(first) = messages.first() else { break };
        before = Some(first.id.clone());
        seen.splice(0..0, messages.iter().map(|message| message.body.to_string()));
    }
    assert_eq!(seen, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
}

fn call(id: u64, direction: Direction) -> Call {
    Call::new(
        CallId(id),
        direction,
        CallState::Ringing,
        AccountId::new("work"),
        Peer {
            uri: "sip:bob@example.com".into(),
            display: "Bob".into(),
            jid: Some(jid("bob@example.com")),
            grade: PeerGrade::Confirmed,
            evidence: vec!["one".into(), "two".into()],
        },
        Route { rule: "the only one".into() },
        WallTime::from_unix_ms(5),
    )
}

#[test]
fn calls_come_back_as_they_were_and_a_crash_ends_them() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    let mut declined = call(1, Direction::Incoming);
    declined.state = CallState::Ended;
    declined.end = Some(CallEnd { code: "declined".into(), text: "You declined.".into(), by: EndedBy::Local });
    let lost = call(2, Direction::Incoming);
    store.execute(&[Command::Call(Box::new(declined.clone())), Command::Call(Box::new(lost))]).expect("stored");
    drop(store);
    let (mut store, loaded) = open_in(folder.path());
    assert_eq!(loaded.last_call, 2);
    let page = Command::Calls { request: 3, limit: 10, before: None, filter: CallFilter::default() };
    let Some(Event::Calls { calls, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
    assert!(calls[0].missed && calls[0].call.state == CallState::Ended && calls[0].call.end.is_some());
    assert_eq!((calls[1].missed, &calls[1].call), (false, &declined));
}

#[test]
fn the_history_is_found_by_person_account_and_text_and_missed_calls_are_counted_until_seen() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    let mut made = Vec::new();
    for (id, account, display, uri, code) in [
        (1, "a", "Bob", "sip:bob@example.com", "cancelled"),
        (3, "b", "Bob_100%", "sip:4930901820@example.com", "cancelled"),
        (5, "a", "Ana", "sip:ana@example.com", "elsewhere"),
        (7, "b", "Ana", "sip:ana@example.com", "no-answer"),
        (9, "a", "Ana", "sip:ana@example.com", "forwarded"),
        (10, "a", "Dan", "sip:dan@example.com", "busy"),
    ] {
        let direction = if id == 10 { Direction::Outgoing } else { Direction::Incoming };
        let mut call = call(id, direction);
        (call.account, call.state) = (AccountId::new(account), CallState::Ended);
        (call.peer.display, call.peer.uri, call.peer.jid) = (display.into(), uri.into(), None);
        call.end = Some(CallEnd { code: code.into(), text: "".into(), by: EndedBy::Remote });
        made.push(Command::Call(Box::new(call)));
    }
    store.execute(&made).expect("stored");
    let none = CallFilter::default;
    let with = |uri: &str| Some((None, vec![uri.to_owned()]));
    for (filter, found) in [
        (none(), vec![10, 9, 7, 5, 3, 1]),
        (CallFilter { direction: Some(Direction::Outgoing), ..none() }, vec![10]),
        (CallFilter { direction: Some(Direction::Incoming), missed: true, ..none() }, vec![7, 3, 1]),
        (CallFilter { account: Some(AccountId::new("b")), ..none() }, vec![7, 3]),
        (CallFilter { missed: true, ..none() }, vec![7, 3, 1]),
        (CallFilter { with: with("sip:ana@example.com"), ..none() }, vec![9, 7, 5]),
        (CallFilter { with: with("ana@example.com"), ..none() }, vec![]),
        (CallFilter { with: with("sip:ana@example.com"), missed: true, ..none() }, vec![7]),
        (CallFilter { text: Some("bob".into()), ..none() }, vec![3, 1]),
        (CallFilter { text: Some("b_1".into()), ..none() }, vec![3]),
        (CallFilter { text: Some("%".into()), ..none() }, vec![3]),
        (CallFilter { text: Some("4930".into()), account: Some(AccountId::new("a")), ..none() }, vec![]),
    ] {
        let page = Command::Calls { request: 1, limit: 10, before: None, filter: filter.clone() };
        let Some(Event::Calls { calls, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
        assert_eq!(calls.iter().map(|record| record.call.id.0).collect::<Vec<_>>(), found, "{filter:?}");
    }
    drop(store);
    let (mut store, loaded) = open_in(folder.path());
    assert_eq!(loaded.missed, 3);
    let seen = Command::SetMemo { key: SEEN_CALLS.to_owned(), value: Some("3".to_owned()) };
    store.execute(&[seen]).expect("stored");
    drop(store);
    let (mut store, loaded) = open_in(folder.path());
    assert_eq!(loaded.missed, 1);
    // Who is taken out of the history is not missed any more either.
    store.execute(&[Command::DeleteCall(CallId(7))]).expect("stored");
    drop(store);
    assert_eq!(open_in(folder.path()).1.missed, 0);
}

#[test]
fn f20_a_second_instance_a_newer_file_and_a_damaged_file() {
    let folder = folder();
    let path = folder.path().join("tandem.db");
    let (mut store, _) = open(&path).expect("opens");
    assert_eq!(open(&path).err(), Some(StoreError::InUse));
    store.execute(&[Command::AppendOutgoing(outgoing("a"))]).expect("stored");
    store.database().pragma_update(None, "user_version", 99).expect("set");
    drop(store);
    assert_eq!(open(&path).err(), Some(StoreError::Newer { found: 99, known: schema::VERSION }));
    std::fs::write(&path, b"this is no database, and longer than a header of one hundred bytes would be ".repeat(3))
        .expect("written");
    let (_store, loaded) = open(&path).expect("begins anew");
    let kept = loaded.damaged.expect("was damaged");
    assert!(Path::new(&*kept).exists());
    assert!(loaded.outbox.is_empty());
}

#[test]
fn f19_a_full_disk_stores_nothing_of_a_batch_and_reading_goes_on() {
    let folder = folder();
    let (mut store, _) = open_in(folder.path());
    store.execute(&[Command::AppendOutgoing(outgoing("a"))]).expect("stored");
    let pages: i64 = store.database().query_row("PRAGMA page_count", [], |row| row.get(0)).expect("counts");
    store.database().pragma_update(None, "max_page_count", pages).expect("set");
    let huge = "x".repeat(200_000);
    let batch = [Command::AppendOutgoing(outgoing("b")), incoming(inbound(None, None, &huge), 1)];
    assert_eq!(store.execute(&batch), Err(StoreError::DiskFull));
    let page = Command::Messages { request: 1, with: jid("bob@example.com"), limit: 10, before: None };
    let Some(Event::Messages { messages, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
    assert_eq!(messages.len(), 1, "nothing of the batch is there");
    store.database().pragma_update(None, "max_page_count", 1_000_000).expect("set");
    store.execute(&batch).expect("stored when there is room");
}

fn search(store: &mut Store, text: &str, with: Option<&str>, since: Option<i64>, until: Option<i64>) -> Vec<String> {
    let time = |ms: Option<i64>| ms.map(WallTime::from_unix_ms);
    let search = MessageSearch {
        text: text.into(),
        with: with.map(jid),
        since: time(since),
        until: time(until),
        limit: 10,
        skip: 0,
    };
    match store.execute(&[Command::Search { request: 1, search }]).expect("searched").pop() {
        Some(Event::Messages { messages, .. }) => messages.iter().map(|message| message.body.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_are_found_by_their_words_by_person_and_by_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open(&folder.path().join("db")).expect("opened");
    let said = [
        ("bob@example.com", "Lunch tomorrow at the Café?"),
        ("bob@example.com", "The lunch was good, thank you for the long and pleasant lunch talk"),
        ("carol@example.com", "Shall we have lunch? It is 100% \"free\" (really)"),
        ("bob@example.com.evil.example", "lunch with an impostor"),
        ("carol@example.com", "Mittagessen in der Straße"),
    ];
    for (at, (with, body)) in said.iter().enumerate() {
        let mut message = outgoing(&format!("m{at}"));
        message.with = jid(with);
        message.body = (*body).into();
        message.time = WallTime::from_unix_ms(1000 * at as i64);
        store.execute(&[Command::AppendOutgoing(message)]).expect("stored");
    }
    let bodies = |at: &[usize]| at.iter().filter_map(|at| said.get(*at)).map(|(_, body)| (*body).to_owned()).collect();
    let sorted = |mut found: Vec<String>| {
        found.sort();
        found
    };
    let expect = |at: &[usize]| sorted(bodies(at));
    assert_eq!(sorted(search(&mut store, "lunch", None, None, None)), expect(&[0, 1, 2, 3]));
    // Twice in a message that is not much longer weighs more.
    assert_eq!(search(&mut store, "the lunch", Some("bob@example.com"), None, None).len(), 2);
    // A conversation is the whole address, and case and accents do not matter.
    assert_eq!(sorted(search(&mut store, "LUNCH", Some("bob@example.com"), None, None)), expect(&[0, 1]));
    assert_eq!(search(&mut store, "cafe", None, None, None), bodies(&[0]));
    // The last word may be a beginning, others not; a text in quotes is whole.
    assert_eq!(search(&mut store, "mitt", None, None, None), bodies(&[4]));
    assert!(search(&mut store, "mitt in", None, None, None).is_empty());
    assert!(search(&mut store, "\"mitt\"", None, None, None).is_empty());
    assert_eq!(search(&mut store, "\"pleasant lunch\"", None, None, None), bodies(&[1]));
    // Time: from the first on, before the second.
    assert_eq!(search(&mut store, "lunch", None, Some(2000), Some(3000)), bodies(&[2]));
    // What looks like syntax is text.
    for text in ["lunch OR", "lunch NEAR(", "body:lunch AND", "\"", "*", "lunch\0", "100% \"free\"", "-lunch"] {
        search(&mut store, text, None, None, None);
    }
    assert_eq!(search(&mut store, "100% \"free\"", None, None, None), bodies(&[2]));
}

#[test]
fn more_than_two_thousand_matches_come_page_by_page_each_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open(&folder.path().join("db")).expect("opens");
    let append = |at: i64| {
        let text = format!("lunch {at}");
        let message =
            InboundMessage::new(jid("bob@example.com"), &text, WallTime::from_unix_ms(1_000_000 + at * 1_000));
        Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: Checkpoint(1) }
    };
    store.execute(&(0..4_321).map(append).collect::<Vec<_>>()).expect("stored");
    let mut page = |text: &str, skip: usize| -> Vec<String> {
        let (text, skip) = (text.into(), u32::try_from(skip).expect("small"));
        let search = MessageSearch { text, with: None, since: None, until: None, limit: 100, skip };
        match store.execute(&[Command::Search { request: 1, search }]).expect("searched").pop() {
            Some(Event::Messages { messages, .. }) => messages.iter().map(|message| message.body.to_string()).collect(),
            other => panic!("{other:?}"),
        }
    };
    for (text, count) in [("lunch", 4_321), ("\"lunch 43\"", 1), ("lunch 43", 32)] {
        let mut all: Vec<String> = Vec::new();
        loop {
            let found = page(text, all.len());
            if found.is_empty() {
                break;
            }
            all.extend(found);
        }
        assert_eq!(all.len(), count, "{text}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{text}: none twice");
    }
}

#[test]
fn messages_of_an_older_database_are_found_too_and_keep_their_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    {
        let mut db = rusqlite::Connection::open(&path).expect("opened");
        schema::migrate_to(&mut db, 3).expect("as it was before the index");
        // The clock went back between the second and the third.
        for (id, time, direction) in [("a", 1000, 0), ("b", 9000, 1), ("c", 2000, 0), ("d", 9000, 0)] {
            db.execute(
                "INSERT INTO message (id, account, peer, author, direction, time, body, delivery, archive_id)
                 VALUES (?1, ?4, 'bob@example.com', ?5, ?3, ?2, 'hi ' || ?1, 1, CASE ?3 WHEN 0 THEN 'ar-' || ?1 END)",
                rusqlite::params![
                    id,
                    time,
                    direction,
                    (direction == 0).then_some("alice@example.com"),
                    if direction == 0 { "bob@example.com" } else { "alice@example.com" }
                ],
            )
            .expect("stored");
        }
    }
    let (mut store, _) = open(&path).expect("opened");
    assert_eq!(search(&mut store, "hi", None, None, None).len(), 4);
    let page = Command::Messages { request: 1, with: jid("bob@example.com"), limit: 10, before: None };
    let Some(Event::Messages { messages, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
    let ids: Vec<&str> = messages.iter().map(|message| &*message.id.0).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    let archived = &messages[0].details.archive;
    assert_eq!(
        archived.as_ref().map(|archive| (archive.by.as_str(), &*archive.id)),
        Some(("alice@example.com", "ar-a"))
    );
    // What was received before is known when the archive tells of it.
    assert!(!is_new(&mut store, inbound(None, Some("ar-a"), "hi a")));
}

#[test]
fn what_was_written_in_a_call_is_kept_with_it_in_an_older_database_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    schema::migrate_to(&mut rusqlite::Connection::open(&path).expect("opened"), 10).expect("as it was before");
    let mut written = CallText::default();
    written.write(Writer::Me, "one\ntwo", WallTime::from_unix_ms(5));
    written.write(Writer::Peer, "\u{fffd}three > four", WallTime::from_unix_ms(6));
    written.close();
    let (silent, mut told) = (call(1, Direction::Incoming), call(2, Direction::Outgoing));
    told.text = Some(std::sync::Arc::new(written.clone()));
    let (mut store, _) = open(&path).expect("opened");
    store.execute(&[Command::Call(Box::new(silent)), Command::Call(Box::new(told))]).expect("stored");
    drop(store);
    let (mut store, _) = open(&path).expect("opened again");
    let page = Command::Calls { request: 1, limit: 10, before: None, filter: CallFilter::default() };
    let Some(Event::Calls { calls, .. }) = store.execute(&[page]).expect("read").pop() else { panic!() };
    let lines = |at: usize| calls[at].call.text.as_ref().map(|text| text.lines.clone());
    assert_eq!((lines(0), lines(1)), (Some(written.lines), None));
}
