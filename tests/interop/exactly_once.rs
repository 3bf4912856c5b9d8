//! Numbered messages each way between two of our programs through kills of the programs, cuts of their streams after any
//! byte, and restarts of the server: what was sent, what arrived and what is stored are the same, each once and in order.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::real::stored::{Row, stored};
use crate::real::{DOMAIN, Relay, Tandem, World, eventually};

/// How hard it is made.
#[derive(Clone, Copy)]
struct Story {
    seed: u64,
    /// Messages each way.
    messages: usize,
    /// Faults of each side: cuts and kills.
    faults: usize,
    /// Restarts of the server.
    restarts: usize,
    /// How long everything may take after the last message was written.
    patience: Duration,
}

/// One of the two who write.
struct Side {
    user: &'static str,
    other: &'static str,
    relay: Relay,
    folder: PathBuf,
    tandem: Tandem,
    written: Vec<String>,
}

impl Side {
    fn start(world: &World, user: &'static str, other: &'static str) -> Self {
        let relay = Relay::start(world.chat.starttls);
        let folder = Tandem::write_through(world, user, relay.port);
        let tandem = Tandem::run(folder.clone(), &["--headless"], &[]);
        tandem.wait_state("chat", "online");
        Self { user, other, relay, folder, tandem, written: Vec::new() }
    }

    fn write(&mut self, body: String) {
        // An answer may be lost where the message was not: its name keeps it from being said twice.
        let id = format!("{body}-said-once");
        let request = json!({ "to": format!("{}@{DOMAIN}", self.other), "body": body, "id": id });
        eventually("a message is taken", Duration::from_secs(60), || {
            self.tandem.ask("send", request.clone()).filter(|reply| reply["id"] == id).map(drop)
        });
        self.written.push(body);
    }

    fn fault(&mut self, random: &mut StdRng) {
        match random.random_range(0..5) {
            0 => self.relay.cut(),
            1 | 2 => self.relay.cut_after(random.random_range(1..9_000)),
            _ => {
                self.tandem.kill();
                self.tandem = Tandem::run(self.folder.clone(), &["--headless"], &[]);
            }
        }
        if random.random_bool(0.4) {
            // What follows meets a stream that has only begun.
            let until = Instant::now() + Duration::from_secs(10);
            while self.tandem.account("chat")["state"] != "online" && Instant::now() < until {
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Writes everything, with a fault now and then.
    fn run(mut self, story: Story, written: &AtomicUsize) -> Self {
        let mut random = StdRng::seed_from_u64(story.seed ^ u64::from(self.user.as_bytes()[0]));
        let mut faults: Vec<usize> = (0..story.faults).map(|_| random.random_range(1..story.messages)).collect();
        faults.sort_unstable();
        for n in 0..story.messages {
            while faults.first() == Some(&n) {
                faults.remove(0);
                self.fault(&mut random);
            }
            self.write(format!("{}-{n:05}", self.user));
            written.fetch_add(1, Ordering::SeqCst);
        }
        self.relay.spare();
        self
    }

    /// The whole conversation as scripts and the window get it, page by page.
    fn shown(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut before: Option<Value> = None;
        loop {
            let with = format!("{}@{DOMAIN}", self.other);
            let page = match &before {
                None => self.tandem.ask("messages", json!({ "with": with, "limit": 500 })),
                Some(before) => self.tandem.ask("messages", json!({ "with": with, "limit": 500, "before": before })),
            };
            let page = page.and_then(|page| page.as_array().cloned()).expect("a page");
            let Some(oldest) = page.first() else { return all };
            before = Some(oldest["id"].clone());
            let bodies = page.iter().map(|message| message["body"].as_str().expect("a text").to_owned());
            all = bodies.chain(all).collect();
        }
    }
}

fn bodies(rows: &[Row], own: bool) -> Vec<String> {
    rows.iter().filter(|row| row.own == own).map(|row| row.body.clone()).collect()
}

fn difference(found: &[String], expected: &[String]) -> String {
    let lost: Vec<_> = expected.iter().filter(|body| !found.contains(body)).take(10).collect();
    let at = found.iter().zip(expected).position(|(found, expected)| found != expected);
    let around = at.map(|at| &found[at.saturating_sub(2)..found.len().min(at + 8)]);
    format!("{} instead of {}, lost {lost:?}, the first difference at {at:?}: {around:?}", found.len(), expected.len())
}

fn tell(story: Story) {
    let mut world = World::start();
    world.chat.extend("", "storage_archive_item_limit = 1000000");
    let sides = [Side::start(&world, "alice", "bob"), Side::start(&world, "bob", "alice")];
    let written = AtomicUsize::new(0);
    let sides = thread::scope(|scope| {
        let both = sides.map(|side| scope.spawn(|| side.run(story, &written)));
        for restart in 1..=story.restarts {
            let due = 2 * story.messages * restart / (story.restarts + 1);
            while written.load(Ordering::SeqCst) < due && both.iter().any(|side| !side.is_finished()) {
                thread::sleep(Duration::from_millis(5));
            }
            world.chat.stop();
            world.chat.restart();
        }
        both.map(|side| side.join().unwrap())
    });
    // What a thread started ends with it: one more kill.
    let sides = sides.map(|mut side| {
        side.tandem.kill();
        let tandem = Tandem::run(side.folder.clone(), &["--headless"], &[]);
        Side { tandem, ..side }
    });
    let began = Instant::now();
    let expected = [sides[1].written.clone(), sides[0].written.clone()];
    let deadline = Instant::now() + story.patience;
    for (side, theirs) in sides.iter().zip(&expected) {
        // Nothing is too early to be shown: what stands in the wrong place is moved when the archive has told its order.
        let wrong = || -> Vec<String> {
            let rows = stored(&side.folder, side.other);
            let pending = rows.iter().filter(|row| row.pending).count();
            let both = [("got", bodies(&rows, false), theirs), ("wrote", bodies(&rows, true), &side.written)];
            let wrong = both.into_iter().filter(|(_, found, expected)| found != *expected);
            let wrong = wrong.map(|(what, found, expected)| {
                format!("{} {what} {}, {pending} wait", side.user, difference(&found, expected))
            });
            wrong.chain((pending > 0).then(|| format!("{pending} of {} wait to be sent", side.user))).collect()
        };
        while !wrong().is_empty() {
            assert!(Instant::now() < deadline, "{:#?}", wrong());
            thread::sleep(Duration::from_millis(100));
        }
        let all = || stored(&side.folder, side.other).into_iter().map(|row| row.body).collect::<Vec<_>>();
        // The archive may still say how the two sides' messages stand between each other.
        while side.shown() != all() {
            assert!(Instant::now() < deadline, "{} sees {}", side.user, difference(&side.shown(), &all()));
            thread::sleep(Duration::from_millis(100));
        }
    }
    eprintln!(
        "{} messages each way, {} and {} cuts; whole {:?} after the last was written",
        story.messages,
        sides[0].relay.cuts(),
        sides[1].relay.cuts(),
        began.elapsed()
    );
}

#[test]
fn f10_f18_hundreds_of_messages_each_way_through_kills_and_cuts_are_each_there_once() {
    tell(Story { seed: 7, messages: 300, faults: 12, restarts: 1, patience: Duration::from_secs(120) });
}

/// The whole number: `cargo test --features gui-test --test interop ten_thousand -- --ignored --nocapture`; with another one,
/// and as many faults for each thousand, in the variable `MESSAGES`.
#[test]
#[ignore = "takes many minutes: by name"]
fn f10_f18_ten_thousand_messages_each_way_through_kills_and_cuts_are_each_there_once() {
    let messages = std::env::var("MESSAGES").ok().and_then(|number| number.parse().ok()).unwrap_or(10_000);
    let (faults, restarts) = (messages * 12 / 1_000, (messages * 6 / 10_000).max(1));
    tell(Story { seed: 11, messages, faults, restarts, patience: Duration::from_secs(1_800) });
}
