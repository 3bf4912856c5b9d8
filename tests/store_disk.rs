//! The store's thread, and what is left when its process is killed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tandem::model::{AddressSource, Delivery, Jid, Message, MessageDirection, MessageId, Subscription, WallTime};
use tandem::store::{self, Command, Event, StoreError, io};
use tandem::xmpp::{Card, CardField, Checkpoint, InboundMessage, RosterItem, RosterUpdate};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);

fn jid(text: &str) -> Jid {
    Jid::parse(text).unwrap()
}

fn outgoing(id: &str) -> Command {
    Command::AppendOutgoing(Message {
        id: MessageId(id.into()),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: WallTime::from_unix_ms(1000),
        body: id.into(),
        delivery: Delivery::Pending,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    })
}

fn incoming(checkpoint: u64) -> Command {
    Command::AppendIncoming {
        account: jid("alice@example.com"),
        message: InboundMessage::new(jid("bob@example.com"), "hi", WallTime::from_unix_ms(1000)),
        checkpoint: Checkpoint(checkpoint),
    }
}

fn next(events: &mut mpsc::Receiver<Event>) -> Event {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match events.try_recv() {
            Ok(event) => return event,
            Err(_) => assert!(Instant::now() < deadline, "no event came"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn f19_a_disk_that_cannot_be_written_is_told_once_and_nothing_is_committed_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tandem.db");
    let (sender, mut events) = mpsc::channel(64);
    let (handle, _) = io::spawn(&path, sender).unwrap();
    handle.send(outgoing("a")).unwrap();
    assert!(matches!(next(&mut events), Event::Outgoing(_)));
    // Another program holds the write lock: every write fails, as on a full disk.
    let blocker = Connection::open(&path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    handle.send(incoming(1)).unwrap();
    handle.send(Command::Barrier(Checkpoint(2))).unwrap();
    assert!(matches!(next(&mut events), Event::Failed(StoreError::Unwritable(_))));
    let page = Command::Messages { request: 7, with: jid("bob@example.com"), limit: 10, before: None };
    handle.send(page).unwrap();
    let Event::Messages { messages, .. } = next(&mut events) else {
        panic!("reading goes on, and nothing else is told")
    };
    assert_eq!(messages.len(), 1);
    blocker.execute_batch("ROLLBACK").unwrap();
    assert_eq!(next(&mut events), Event::Recovered);
    assert!(matches!(next(&mut events), Event::Incoming { message: Some(_), checkpoint: Checkpoint(1) }));
    assert_eq!(next(&mut events), Event::Committed(Checkpoint(2)));
    handle.send(Command::Close).unwrap();
    assert_eq!(next(&mut events), Event::Closed);
}

#[test]
fn f19_readers_and_the_end_do_not_wait_behind_a_full_batch_that_cannot_be_written() {
    for close in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tandem.db");
        let (sender, mut events) = mpsc::channel(64);
        let (handle, _) = io::spawn(&path, sender).unwrap();
        let blocker = Connection::open(&path).unwrap();
        blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
        for n in 0..512 {
            handle.send(outgoing(&format!("m{n}"))).unwrap();
        }
        assert!(matches!(next(&mut events), Event::Failed(_)));
        handle.send(Command::Messages { request: 7, with: jid("bob@example.com"), limit: 10, before: None }).unwrap();
        assert_eq!(next(&mut events), Event::Messages { request: 7, messages: Vec::new() });
        if close {
            handle.send(Command::Close).unwrap();
            assert_eq!(next(&mut events), Event::Closed);
            continue;
        }
        for n in 512..515 {
            handle.send(outgoing(&format!("m{n}"))).unwrap();
        }
        blocker.execute_batch("ROLLBACK").unwrap();
        assert_eq!(next(&mut events), Event::Recovered);
        for n in 0..515 {
            let Event::Outgoing(message) = next(&mut events) else { panic!("every writer is answered, in order") };
            assert_eq!(&*message.id.0, format!("m{n}"));
        }
    }
}

#[test]
fn f20_two_instances_do_not_share_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tandem.db");
    let (sender, mut events) = mpsc::channel(8);
    let (handle, _) = io::spawn(&path, sender.clone()).unwrap();
    assert!(matches!(io::spawn(&path, sender.clone()), Err(StoreError::InUse)));
    handle.send(Command::Close).unwrap();
    assert_eq!(next(&mut events), Event::Closed);
    let deadline = Instant::now() + PATIENCE;
    while io::spawn(&path, sender.clone()).is_err() {
        assert!(Instant::now() < deadline, "the lock goes with the thread");
    }
}

/// Not a test of its own: the process that `f18_…` kills. It writes without end and says what is stored.
#[test]
fn child_that_is_killed() {
    let Ok(path) = std::env::var("TANDEM_STORE_CHILD") else { return };
    let (sender, mut events) = mpsc::channel(1024);
    let (handle, loaded) = io::spawn(Path::new(&path), sender).unwrap();
    let mut out = std::io::stdout();
    let first = loaded.outbox.len();
    for n in 0.. {
        handle.send(outgoing(&format!("m{}", first + n))).unwrap();
        if n % 5 == 4 {
            for _ in 0..5 {
                if let Event::Outgoing(message) = next(&mut events) {
                    writeln!(out, "stored {}", message.id.0).unwrap();
                }
            }
            out.flush().unwrap();
        }
    }
}

#[test]
fn f18_what_was_told_as_stored_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tandem.db");
    let mut told: Vec<String> = Vec::new();
    // Seeded: how many lines are read before the kill.
    for lines in [1, 7, 23, 3, 64, 11, 2, 40] {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_is_killed", "--nocapture"])
            .env("TANDEM_STORE_CHILD", &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut read = 0;
        for line in output.lines() {
            let line = line.unwrap();
            // The first line may follow the harness's own words.
            if let Some((_, id)) = line.split_once("stored ") {
                told.push(id.to_owned());
                read += 1;
                if read == lines {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        let (store, loaded) = store::open(&path).unwrap();
        drop(store);
        assert_eq!(loaded.damaged, None);
        let there: std::collections::HashSet<&str> = loaded.outbox.iter().map(|message| &*message.id.0).collect();
        for id in &told {
            assert!(there.contains(id.as_str()), "{id} was told as stored");
        }
        let check = Connection::open(&path).unwrap();
        let verdict: String = check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
    assert!(told.len() >= 151, "{}", told.len());
}

#[test]
fn ten_thousand_cards_are_loaded_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tandem.db");
    let (mut store, _) = store::open(&path).unwrap();
    let people: Vec<Jid> = (0..10_000).map(|n| jid(&format!("user{n}@example.com"))).collect();
    let items = people.iter().map(|jid| RosterItem {
        jid: jid.clone(),
        name: Some("A Name".into()),
        groups: vec!["Colleagues".into()],
        subscription: Subscription::Both,
        asked: false,
    });
    let update = RosterUpdate::Replace(items.collect());
    let account = jid("alice@example.com");
    let mut batch = vec![Command::Roster { account, update, version: Some("1".into()), checkpoint: Checkpoint(1) }];
    batch.extend(people.iter().enumerate().map(|(n, jid)| {
        Command::Card {
            jid: jid.clone(),
            card: Some(Card {
                full_name: Some(format!("User Number {n}")),
                nickname: None,
                phones: ["work", "cell"]
                    .iter()
                    .map(|kind| CardField {
                        value: format!("tel:+1303555{n:04}"),
                        types: vec![Arc::from(*kind), "voice".into()],
                        source: AddressSource::Vcard4,
                    })
                    .collect(),
                photo: Some(vec![n as u8; 2000].into()),
                photo_hash: Some("0123456789012345678901234567890123456789".into()),
            }),
            fetched: WallTime::from_unix_ms(1),
        }
    }));
    let began = Instant::now();
    store.execute(&batch).unwrap();
    let stored = began.elapsed();
    drop(store);
    let began = Instant::now();
    let (_store, loaded) = store::open(&path).unwrap();
    let took = began.elapsed();
    assert_eq!((loaded.chats[&jid("alice@example.com")].roster.len(), loaded.cards.len()), (10_000, 10_000));
    println!("10,000 contacts with cards: stored in {stored:?}, loaded in {took:?}");
    // The target is 100 ms; this is what a loaded machine must keep.
    assert!(took < Duration::from_secs(2), "{took:?}");
}
