//! The order of a conversation whose halves come live, late, from the outbox and from an archive, for many seeds.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};
use crate::xmpp::{ArchivePage, ArchiveQuery, Archived, Arrival, Before, Checkpoint, Inbound, InboundMessage};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
/// Messages of a page.
const PAGE: usize = 5;

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

/// What the server keeps.
struct Kept {
    own: bool,
    body: String,
    /// Whole seconds, as many servers stamp.
    stamp: WallTime,
}

/// Alice's store, the server's archive, and what is on its way between them.
struct World {
    random: StdRng,
    store: Store,
    _folder: tempfile::TempDir,
    now_ms: i64,
    archive: Vec<Kept>,
    online: bool,
    /// Own messages that the server does not have.
    outbox: Vec<String>,
    /// They wait until the archive has said what of them it has.
    doubt: bool,
    query: Option<ArchiveQuery>,
    wrote: Vec<String>,
    got: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        // In memory where the system has such a place: nothing here is about the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let store = open(&folder.path().join("db")).expect("opens").0;
        Self {
            random: StdRng::seed_from_u64(seed),
            store,
            _folder: folder,
            now_ms: 1_700_000_000_000,
            archive: Vec::new(),
            online: false,
            outbox: Vec::new(),
            doubt: false,
            query: None,
            wrote: Vec::new(),
            got: Vec::new(),
        }
    }

    fn run(&mut self, command: Command) -> Vec<Event> {
        self.store.execute(&[command]).expect("stored")
    }

    /// The server takes a message; whether it is Alice's.
    fn keep(&mut self, own: bool, body: &str) -> String {
        let stamp = WallTime::from_unix_ms(self.now_ms / 1_000 * 1_000);
        self.archive.push(Kept { own, body: body.to_owned(), stamp });
        format!("ar{}", self.archive.len() - 1)
    }

    fn inbound(&self, at: usize, arrival: Arrival) -> InboundMessage {
        let kept = &self.archive[at];
        InboundMessage {
            stanza_id: Some(kept.body.clone()),
            archive_id: Some(format!("ar{at}")),
            direction: if kept.own { MessageDirection::Out } else { MessageDirection::In },
            from: jid(if kept.own { ALICE } else { BOB }),
            arrival,
            ..InboundMessage::new(jid(BOB), &kept.body, kept.stamp)
        }
    }

    fn bob_writes(&mut self) {
        let body = format!("bob-{:03}", self.got.len());
        self.got.push(body.clone());
        self.keep(false, &body);
        if self.online {
            let live = InboundMessage {
                time: WallTime::from_unix_ms(self.now_ms),
                ..self.inbound(self.archive.len() - 1, Arrival::Live)
            };
            self.run(Command::AppendIncoming { account: jid(ALICE), message: live, checkpoint: Checkpoint(1) });
        }
    }

    fn alice_writes(&mut self) {
        let body = format!("alice-{:03}", self.wrote.len());
        self.wrote.push(body.clone());
        self.run(Command::AppendOutgoing(Message {
            id: MessageId(body.as_str().into()),
            with: jid(BOB),
            from: jid(ALICE),
            direction: MessageDirection::Out,
            time: WallTime::from_unix_ms(self.now_ms),
            body: body.as_str().into(),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        }));
        self.outbox.push(body);
        self.send();
    }

    fn send(&mut self) {
        if self.online && !self.doubt {
            for body in std::mem::take(&mut self.outbox) {
                self.keep(true, &body);
            }
        }
    }

    /// A stream that is not the old one.
    fn comes_online(&mut self) {
        self.online = true;
        self.doubt = self.random.random_bool(0.5);
        self.run(Command::ArchiveBegin { account: jid(ALICE), archive: jid(ALICE) });
        let next = Command::ArchiveNext { account: jid(ALICE), archive: jid(ALICE), since: None };
        self.query = match self.run(next).pop() {
            Some(Event::ArchiveNext { query, .. }) => query,
            other => panic!("{other:?}"),
        };
        self.send();
    }

    fn goes_offline(&mut self) {
        (self.online, self.query) = (false, None);
    }

    fn reads_a_page(&mut self) {
        let Some(query) = self.query.take() else { return };
        let end = match &query.before {
            Before::Now => self.archive.len(),
            Before::Id(id) => id.strip_prefix("ar").expect("ours").parse().expect("a number"),
            Before::Time(time) => self.archive.iter().filter(|kept| kept.stamp < *time).count(),
        };
        let begin = end.saturating_sub(PAGE);
        let items = (begin..end).map(|at| Archived {
            id: format!("ar{at}"),
            time: self.archive[at].stamp,
            what: Some(Inbound::Message(Box::new(self.inbound(at, Arrival::Archive)))),
        });
        let page = ArchivePage { query, items: items.collect(), complete: begin == 0, problem: None };
        let Some(Event::ArchiveStored(stored)) =
            self.run(Command::ArchivePage { account: jid(ALICE), page: Box::new(page), since: None }).pop()
        else {
            panic!("no answer")
        };
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
                0..30 => self.bob_writes(),
                30..60 => self.alice_writes(),
                60..75 if self.online => self.goes_offline(),
                60..75 => self.comes_online(),
                _ => self.reads_a_page(),
            }
        }
    }

    /// Everybody is online, and the archive has been read.
    fn settles(&mut self) {
        for _ in 0..2 {
            if !self.online {
                self.comes_online();
            }
            while self.query.is_some() {
                self.reads_a_page();
            }
            self.goes_offline();
        }
    }

    fn stored(&mut self, prefix: &str) -> Vec<String> {
        let page = Command::Messages { request: 1, with: jid(BOB), limit: 1_000, before: None };
        let Some(Event::Messages { messages, .. }) = self.run(page).pop() else { panic!("no messages") };
        let bodies = messages.iter().map(|message| message.body.to_string());
        bodies.filter(|body| body.starts_with(prefix)).collect()
    }
}

#[test]
fn f10_whatever_comes_live_late_or_from_the_archive_stands_in_the_order_in_which_each_side_wrote_it() {
    for seed in 0..150 {
        let mut world = World::new(seed);
        world.lives(120);
        world.settles();
        let (wrote, got) = (world.stored("alice"), world.stored("bob"));
        assert_eq!(wrote, world.wrote, "own messages, seed {seed}");
        assert_eq!(got, world.got, "their messages, seed {seed}");
    }
}
