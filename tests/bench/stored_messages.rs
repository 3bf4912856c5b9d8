//! What a million stored messages cost (F25): the start, opening a chat, searching.
//! `cargo bench --bench stored_messages`; in a debug build `cargo test --bench stored_messages`. The first argument is another
//! number of messages.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use tandem::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};
use tandem::store::{Command, Event, MessageSearch, Store, open};

/// Messages in the database.
const MESSAGES: usize = 1_000_000;
/// Conversations they belong to.
const PEOPLE: usize = 500;
/// Messages of one transaction.
const BATCH: usize = 5_000;
/// Words, the first ones in most messages, the last ones rare.
const WORDS: usize = 20_000;

fn jid(n: usize) -> Jid {
    Jid::parse(&format!("person{n}@example.com")).expect("a literal address")
}

/// A word by its number: letters that look like nothing in particular.
fn word(n: usize) -> String {
    let mut rest = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let letters = std::iter::repeat_with(|| {
        let letter = b'a' + (rest % 26) as u8;
        rest /= 26;
        char::from(letter)
    });
    letters.take(4 + n % 5).collect()
}

/// A message of nine words; the lower a word's number the more often it is said, as in real talk.
fn body(n: usize) -> String {
    let mut random = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut words = Vec::with_capacity(9);
    for _ in 0..9 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let part = (random >> 11) as f64 / (1_u64 << 53) as f64;
        words.push(word(((WORDS as f64).powf(part) - 1.0) as usize));
    }
    words.join(" ")
}

fn fill(store: &mut Store, messages: usize) {
    let alice = Jid::parse("alice@example.com").expect("a literal address");
    for begun in (0..messages).step_by(BATCH) {
        let batch: Vec<Command> = (begun..(begun + BATCH).min(messages))
            .map(|n| {
                Command::AppendOutgoing(Message {
                    id: MessageId(format!("m{n}").into()),
                    with: jid(n * 7919 % PEOPLE),
                    from: alice.clone(),
                    direction: MessageDirection::Out,
                    time: WallTime::from_unix_ms(1_700_000_000_000 + n as i64 * 60_000),
                    body: body(n).into(),
                    delivery: Delivery::Sent,
                    corrected: false,
                    encrypted: false,
                    details: Default::default(),
                })
            })
            .collect();
        store.execute(&batch).expect("stored");
    }
}

/// The median and the slowest of several runs of one command, and how many messages it found.
fn measure(store: &mut Store, commands: &[Command]) -> (Duration, Duration, usize) {
    let mut times = Vec::new();
    let mut found = 0;
    for command in commands {
        let begun = Instant::now();
        let events = store.execute(std::slice::from_ref(command)).expect("answered");
        times.push(begun.elapsed());
        if let Some(Event::Messages { messages, .. }) = events.first() {
            found += messages.len();
        }
    }
    times.sort();
    (times[times.len() / 2], times[times.len() - 1], found / commands.len())
}

fn start(path: &Path) -> (Store, Duration) {
    let begun = Instant::now();
    let (store, loaded) = open(path).expect("opened");
    assert!(loaded.conversations.len() <= PEOPLE);
    (store, begun.elapsed())
}

fn main() {
    let messages = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(MESSAGES);
    let mut out = std::io::stdout();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let (mut store, empty) = start(&path);
    let begun = Instant::now();
    fill(&mut store, messages);
    let filled = begun.elapsed();
    drop(store);
    let size = std::fs::metadata(&path).expect("the file").len() / 1_000_000;
    let (mut store, full) = start(&path);
    let mut line = |text: String| writeln!(out, "{text}").expect("written");
    line(format!("{messages} messages written in {:.1} s, {size} MB", filled.as_secs_f64()));
    line(format!("start: {:.1} ms empty, {:.1} ms full", empty.as_secs_f64() * 1e3, full.as_secs_f64() * 1e3));
    let pages: Vec<Command> = (0..50)
        .map(|n| Command::Messages { request: n, with: jid(n as usize * 9 % PEOPLE), limit: 50, before: None })
        .collect();
    let searches = |text: &dyn Fn(usize) -> String, with: Option<usize>| -> Vec<Command> {
        (0..20)
            .map(|n| Command::Search {
                request: 0,
                search: MessageSearch {
                    text: text(n).into(),
                    with: with.map(|with| jid(with + n)),
                    since: None,
                    until: None,
                    limit: 50,
                    skip: 0,
                },
            })
            .collect()
    };
    let rows = [
        ("a chat opens", pages),
        ("search, a common word", searches(&|n| word(n % 3), None)),
        ("search, a rare word", searches(&|n| word(WORDS / 2 + n), None)),
        ("search, two words", searches(&|n| format!("{} {}", word(n), word(40 + n)), None)),
        ("search, the beginning of a word", searches(&|n| word(n)[..2 + n % 2].to_owned(), None)),
        ("search, four letters that begin a common word", searches(&|n| word(n % 12)[..4].to_owned(), None)),
        (
            "search, a common word with a rare one",
            searches(&|n| format!("{} {}", word(n % 3), word(WORDS / 2 + n)), None),
        ),
        ("search, a rare word with one person", searches(&|n| word(400 + n), Some(3))),
        ("search, a common word with one person", searches(&|n| word(n % 3), Some(3))),
    ];
    for (name, commands) in rows {
        let (median, slowest, found) = measure(&mut store, &commands);
        line(format!(
            "{name}: {:.1} ms (slowest {:.1}), {found} found",
            median.as_secs_f64() * 1e3,
            slowest.as_secs_f64() * 1e3
        ));
    }
}
