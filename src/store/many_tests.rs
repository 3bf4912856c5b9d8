//! What many messages cost: the same as few (F25). The figures for a million are those of `tests/bench/stored_messages.rs`.

use std::time::{Duration, Instant};

use super::*;
use crate::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};

/// Conversations.
const PEOPLE: usize = 20;
/// Messages of one transaction.
const BATCH: usize = 1_000;
/// How often each thing is done; the fastest counts, because the machine does other things too.
const TIMES: u64 = 15;

fn jid(n: usize) -> Jid {
    Jid::parse(&format!("person{}@example.com", n % PEOPLE)).expect("valid")
}

fn message(n: usize) -> Command {
    Command::AppendOutgoing(Message {
        id: MessageId(format!("m{n}").into()),
        with: jid(n * 7919),
        from: Jid::parse("alice@example.com").expect("valid"),
        direction: MessageDirection::Out,
        time: WallTime::from_unix_ms(1_700_000_000_000 + n as i64 * 60_000),
        body: format!("word{} word{} number{n}", n % 97, n % 89).into(),
        delivery: Delivery::Sent,
        corrected: false,
        encrypted: false,
        details: Default::default(),
    })
}

fn filled(folder: &tempfile::TempDir, count: usize) -> Store {
    let mut store = open(&folder.path().join("db")).expect("opens").0;
    for begun in (0..count).step_by(BATCH) {
        let batch: Vec<Command> = (begun..(begun + BATCH).min(count)).map(message).collect();
        store.execute(&batch).expect("stored");
    }
    store
}

/// The fastest of several runs, and how many messages each found.
fn fastest(store: &mut Store, command: &dyn Fn(u64) -> Command) -> (Duration, usize) {
    let mut best = Duration::MAX;
    let mut found = 0;
    for request in 0..TIMES {
        let begun = Instant::now();
        let events = store.execute(&[command(request)]).expect("answered");
        best = best.min(begun.elapsed());
        found = match events.first() {
            Some(Event::Messages { messages, .. }) => messages.len(),
            other => panic!("{other:?}"),
        };
    }
    (best, found)
}

#[test]
fn f25_thirty_times_the_messages_open_and_search_as_fast() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let (mut few, mut many) = (filled(&folders[0], 1_000), filled(&folders[1], 30_000));
    let page = |request| Command::Messages { request, with: jid(3), limit: 50, before: None };
    let search = |request| Command::Search {
        request,
        search: MessageSearch { text: "number777".into(), with: None, since: None, until: None, limit: 50, skip: 0 },
    };
    /// What is done, how, and how much it finds.
    type Doing<'a> = (&'a str, &'a dyn Fn(u64) -> Command, usize);
    let doing: [Doing<'_>; 2] = [("a chat opens", &page, 50), ("a search", &search, 1)];
    for (what, command, least) in doing {
        let ((small, of_few), (large, of_many)) = (fastest(&mut few, command), fastest(&mut many, command));
        assert!(of_few >= least && of_many >= least, "{what}: {of_few}, {of_many} found");
        assert!(large <= small * 8 + Duration::from_millis(5), "{what}: {small:?} of few, {large:?} of many");
    }
    // The start reads the conversations and not what was said in them.
    drop(many);
    let begun = Instant::now();
    let (_, loaded) = open(&folders[1].path().join("db")).expect("opens");
    assert_eq!(loaded.conversations.len(), PEOPLE);
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}
