//! The order of conversations whose halves come live, late, from the outbox and from an archive, for many seeds.

use std::collections::VecDeque;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};
use crate::xmpp::{ArchivePage, ArchiveQuery, Archived, Arrival, Before, Checkpoint, Inbound, InboundMessage};

const ALICE: &str = "alice@example.com";
const OTHERS: [&str; 2] = ["bob@example.com", "carol@example.com"];
/// Messages of a page, and of the first one.
const PAGE: usize = 5;
const FIRST_PAGE: usize = 3;

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

/// What the server keeps.
#[derive(Clone)]
struct Kept {
    own: bool,
    with: usize,
    body: String,
    /// Whole seconds, as many servers stamp.
    stamp: WallTime,
}

/// What is on its way from the server.
enum Line {
    /// A message by its number in the archive, and whether it is sent again after a resumption.
    Message(usize, bool),
    /// A message of Alice's was taken.
    Taken(String),
    Page(Box<ArchivePage>),
}

/// How bad it is.
#[derive(Clone, Copy)]
struct Weather {
    /// The server's clock is apart from ours by up to so many seconds.
    clock_s: i64,
    /// Out of a hundred moments in which nothing that is on its way comes.
    slow: u32,
    /// Messages that others write at once while a stream begins.
    burst: usize,
}

/// Alice's store, the server's archive, and what is on its way between them.
struct World {
    random: StdRng,
    weather: Weather,
    store: Store,
    _folder: tempfile::TempDir,
    now_ms: i64,
    clock_ms: i64,
    archive: Vec<Kept>,
    online: bool,
    line: VecDeque<Line>,
    /// Handed over on a stream that may be resumed, and not come.
    unseen: Vec<usize>,
    /// Own messages that no answer came for, and how many of them are on the stream.
    outbox: Vec<(usize, String)>,
    sent: usize,
    /// So many of those on the stream the server has.
    taken: usize,
    /// They wait until the archive has said what of them it has.
    doubt: bool,
    query: Option<ArchiveQuery>,
    wrote: [Vec<String>; 2],
    got: [Vec<String>; 2],
}

impl World {
    fn new(seed: u64, weather: Weather) -> Self {
        // In memory where the system has such a place: nothing here is about the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let store = open(&folder.path().join("db")).expect("opens").0;
        let mut random = StdRng::seed_from_u64(seed);
        let clock_ms = random.random_range(-weather.clock_s..=weather.clock_s) * 1_000;
        Self {
            random,
            weather,
            store,
            _folder: folder,
            now_ms: 1_700_000_000_000,
            clock_ms,
            archive: Vec::new(),
            online: false,
            line: VecDeque::new(),
            unseen: Vec::new(),
            outbox: Vec::new(),
            sent: 0,
            taken: 0,
            doubt: false,
            query: None,
            wrote: Default::default(),
            got: Default::default(),
        }
    }

    fn run(&mut self, command: Command) -> Vec<Event> {
        self.store.execute(&[command]).expect("stored")
    }

    /// The server takes a message, and hands it over where it is for Alice.
    fn keep(&mut self, own: bool, with: usize, body: &str) {
        let stamp = WallTime::from_unix_ms((self.now_ms + self.clock_ms) / 1_000 * 1_000);
        self.archive.push(Kept { own, with, body: body.to_owned(), stamp });
        let at = self.archive.len() - 1;
        match self.online {
            _ if own => {}
            true => self.line.push_back(Line::Message(at, false)),
            // It waits for the stream to be resumed.
            false => self.unseen.push(at),
        }
    }

    fn inbound(&self, at: usize, arrival: Arrival) -> InboundMessage {
        let kept = &self.archive[at];
        let other = jid(OTHERS[kept.with]);
        InboundMessage {
            stanza_id: Some(kept.body.clone()),
            archive_id: Some(format!("ar{at}")),
            direction: if kept.own { MessageDirection::Out } else { MessageDirection::In },
            from: if kept.own { jid(ALICE) } else { other.clone() },
            arrival,
            ..InboundMessage::new(other, &kept.body, kept.stamp)
        }
    }

    fn they_write(&mut self) {
        let who = self.random.random_range(0..OTHERS.len());
        let body = format!("a-random-id-of-{who}-{:04}", self.got[who].len());
        self.got[who].push(body.clone());
        self.keep(false, who, &body);
    }

    /// Their program does not know what of the last ones arrived, and sends them again.
    fn they_write_again(&mut self) {
        let who = self.random.random_range(0..OTHERS.len());
        let last = self.random.random_range(1..7);
        let again: Vec<String> = self.got[who].iter().rev().take(last).rev().cloned().collect();
        again.iter().for_each(|body| self.keep(false, who, body));
    }

    fn alice_writes(&mut self) {
        let with = self.random.random_range(0..OTHERS.len());
        let body = format!("a-random-id-of-alice-{with}-{:04}", self.wrote[with].len());
        self.wrote[with].push(body.clone());
        self.run(Command::AppendOutgoing(Message {
            id: MessageId(body.as_str().into()),
            with: jid(OTHERS[with]),
            from: jid(ALICE),
            direction: MessageDirection::Out,
            time: WallTime::from_unix_ms(self.now_ms),
            body: body.as_str().into(),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        }));
        self.outbox.push((with, body));
        self.send();
    }

    fn send(&mut self) {
        if self.online && !self.doubt {
            self.sent = self.outbox.len();
        }
    }

    fn server_takes(&mut self) {
        if self.taken < self.sent {
            let (with, body) = self.outbox[self.taken].clone();
            self.taken += 1;
            self.keep(true, with, &body);
            self.line.push_back(Line::Taken(body));
        }
    }

    fn comes(&mut self) {
        match self.line.pop_front() {
            Some(Line::Message(at, late)) => {
                let message = match late {
                    true => self.inbound(at, Arrival::Late),
                    false => {
                        InboundMessage { time: WallTime::from_unix_ms(self.now_ms), ..self.inbound(at, Arrival::Live) }
                    }
                };
                self.run(Command::AppendIncoming { account: jid(ALICE), message, checkpoint: Checkpoint(1) });
            }
            Some(Line::Taken(body)) => self.acknowledged(&body),
            Some(Line::Page(page)) => self.stores(page),
            None => {}
        }
    }

    fn acknowledged(&mut self, body: &str) {
        if let Some(at) = self.outbox.iter().position(|(_, waits)| waits == body) {
            self.outbox.remove(at);
            self.sent = self.sent.saturating_sub(usize::from(at < self.sent));
            self.taken = self.taken.saturating_sub(usize::from(at < self.taken));
        }
    }

    /// A stream: the old one again, where the server still has it, or another one.
    fn comes_online(&mut self, resumes: bool) {
        self.online = true;
        if resumes {
            let unseen = std::mem::take(&mut self.unseen);
            self.line.extend(unseen.into_iter().map(|at| Line::Message(at, true)));
            // The server says what it has.
            self.outbox.drain(..self.taken);
        } else {
            self.doubt = self.sent > 0 || self.random.random_bool(0.5);
            self.unseen.clear();
            self.run(Command::ArchiveBegin { account: jid(ALICE), archive: jid(ALICE) });
        }
        (self.sent, self.taken) = (0, 0);
        for _ in 0..self.random.random_range(0..=self.weather.burst) {
            self.they_write();
        }
        let next = Command::ArchiveNext { account: jid(ALICE), archive: jid(ALICE), since: None };
        self.query = match self.run(next).pop() {
            Some(Event::ArchiveNext { query, .. }) => query,
            other => panic!("{other:?}"),
        };
        if self.query.is_none() {
            self.doubt = false;
        }
        self.send();
    }

    /// The stream is gone, or the program was killed: what was on its way is not.
    fn goes_offline(&mut self) {
        (self.online, self.query) = (false, None);
        // What did not come before the last stream ended is handed over before what came after.
        for line in std::mem::take(&mut self.line) {
            if let Line::Message(at, _) = line {
                self.unseen.push(at);
            }
        }
    }

    fn asks_for_a_page(&mut self) {
        let Some(query) = self.query.take() else { return };
        let end = match &query.before {
            Before::Now => self.archive.len(),
            Before::Id(id) => id.strip_prefix("ar").expect("ours").parse().expect("a number"),
            Before::Time(time) => self.archive.iter().filter(|kept| kept.stamp < *time).count(),
        };
        let begin = end.saturating_sub(if query.before == Before::Now { FIRST_PAGE } else { PAGE });
        let items = (begin..end).map(|at| Archived {
            id: format!("ar{at}"),
            time: self.archive[at].stamp,
            what: Some(Inbound::Message(Box::new(self.inbound(at, Arrival::Archive)))),
        });
        let page = ArchivePage { query, items: items.collect(), complete: begin == 0, problem: None };
        self.line.push_back(Line::Page(Box::new(page)));
    }

    fn stores(&mut self, page: Box<ArchivePage>) {
        let Some(Event::ArchiveStored(stored)) =
            self.run(Command::ArchivePage { account: jid(ALICE), page, since: None }).pop()
        else {
            panic!("no answer")
        };
        stored.arrived.iter().for_each(|id| self.acknowledged(&id.0));
        self.query = stored.next;
        if stored.settled {
            self.doubt = false;
            self.send();
        }
    }

    fn lives(&mut self, steps: usize) {
        for _ in 0..steps {
            self.now_ms += self.random.random_range(1..400);
            match self.random.random_range(0..100) {
                0..20 => self.they_write(),
                20..23 => self.they_write_again(),
                23..43 => self.alice_writes(),
                43..52 if self.online => self.goes_offline(),
                43..48 => self.comes_online(false),
                48..52 => {
                    // The first stream of all is no old one.
                    let resumes = !self.archive.is_empty();
                    self.comes_online(resumes && self.now_ms > 1_700_000_010_000);
                }
                // The archive keeps us waiting too long.
                52..53 if self.online => {
                    self.doubt = false;
                    self.send();
                }
                53..65 if self.online => self.asks_for_a_page(),
                65..80 if self.online => self.server_takes(),
                _ if self.online && self.random.random_range(0..100) >= self.weather.slow => self.comes(),
                _ => {}
            }
        }
    }

    /// Everybody is online, and the archive has been read.
    fn settles(&mut self) {
        for _ in 0..3 {
            self.goes_offline();
            self.comes_online(false);
            loop {
                self.now_ms += 1;
                self.asks_for_a_page();
                self.server_takes();
                if self.line.is_empty() && self.query.is_none() && self.taken == self.sent {
                    break;
                }
                self.comes();
            }
        }
    }

    fn stored(&mut self, with: usize, own: bool) -> Vec<String> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let before = all.first().map(|message| message.id.clone());
            let page = Command::Messages { request: 1, with: jid(OTHERS[with]), limit: 1_000, before };
            let Some(Event::Messages { messages, .. }) = self.run(page).pop() else { panic!("no messages") };
            if messages.is_empty() {
                break;
            }
            all.splice(0..0, messages);
        }
        let own = |message: &&Message| (message.direction == MessageDirection::Out) == own;
        all.iter().filter(own).map(|message| message.body.to_string()).collect()
    }

    fn checks(&mut self, what: &str) {
        for with in 0..OTHERS.len() {
            let (wrote, got) = (self.stored(with, true), self.stored(with, false));
            same(&wrote, &self.wrote[with], &format!("own messages, {what}, {with}"));
            same(&got, &self.got[with], &format!("their messages, {what}, {with}"));
        }
    }
}

fn same(found: &[String], expected: &[String], what: &str) {
    let at = found.iter().zip(expected).position(|(found, expected)| found != expected);
    let around = at.map(|at| &found[at.saturating_sub(3)..found.len().min(at + 8)]);
    assert!(found == expected, "{what}: {} instead of {}, {around:#?}", found.len(), expected.len());
}

fn tell(seeds: std::ops::Range<u64>, steps: usize, weather: Weather) {
    for seed in seeds {
        let mut world = World::new(seed, weather);
        world.lives(steps);
        world.settles();
        world.checks(&format!("seed {seed}"));
    }
}

#[test]
fn f10_whatever_comes_live_late_or_from_the_archive_stands_in_the_order_in_which_each_side_wrote_it() {
    tell(0..50, 300, Weather { clock_s: 0, slow: 20, burst: 2 });
}

#[test]
fn f10_on_a_slow_machine_what_comes_long_after_its_stamp_stands_in_order_too() {
    tell(1_000..1_020, 500, Weather { clock_s: 0, slow: 70, burst: 25 });
}

#[test]
fn f10_f21_with_clocks_that_are_apart_everything_stands_in_order() {
    tell(2_000..2_030, 400, Weather { clock_s: 40, slow: 40, burst: 12 });
}

/// A live message stands right after what was known, and a long gap is between them.
#[test]
fn f11_however_many_pages_are_missing_before_a_message_that_came_meanwhile_they_have_room() {
    let mut world = World::new(1, Weather { clock_s: 0, slow: 0, burst: 0 });
    // Our clock is an hour ahead at first.
    world.now_ms += 3_600_000;
    world.comes_online(false);
    for _ in 0..3 {
        world.they_write();
    }
    while !world.line.is_empty() {
        world.comes();
    }
    world.goes_offline();
    world.now_ms -= 3_600_000;
    for _ in 0..3_000 {
        world.now_ms += 7;
        world.they_write();
    }
    world.comes_online(false);
    world.they_write();
    world.comes();
    world.settles();
    world.checks("a long gap");
}
