//! A model server, a model of `account` with the real store, and a link that can be cut after any element.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use tandem::model::{
    BootTime, Certificate, Delivery, Jid, Message, MessageDirection, MessageId, Now, Reason, Security, TlsVersion,
    Transport, WallTime,
};
use tandem::store::{self, Store};
use tandem::xmpp::session::{Connected, Disconnected, Output, SessionMachine};
use tandem::xmpp::{Command, Config, Event, TlsMode};

pub use super::model_server::Server;

pub const ALICE: &str = "alice@example.com";
pub const BOB: &str = "bob@example.com";

pub fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

pub fn element(text: &str) -> Element {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn start() -> Now {
    Now {
        boot: BootTime::from_duration(Duration::from_secs(1000)),
        wall: WallTime::parse_rfc3339("2026-11-22T10:00:00Z").expect("valid"),
    }
}

pub fn config() -> Config {
    Config {
        jid: jid(ALICE),
        resource: Some("desk".into()),
        server: None,
        tls: TlsMode::Auto,
        allow_plain: false,
        external: false,
        strongest_mechanism: None,
        roster_version: None,
        roster: Vec::new(),
        cards: Vec::new(),
        session: None,
    }
}

pub fn connected(features: &str) -> Connected {
    Connected {
        features: element(&format!("<features xmlns='http://etherx.jabber.org/streams'>{features}</features>")),
        security: Security {
            transport: Transport::Tls,
            tls: Some(TlsVersion::V13),
            cipher: None,
            certificate: Certificate::Verified,
            auth: "SCRAM-SHA-256-PLUS".into(),
            issuer: None,
        },
        mechanism: "SCRAM-SHA-256-PLUS".into(),
    }
}

pub const SM: &str = "<sm xmlns='urn:xmpp:sm:3'/>";
/// The client's process: machine, account and store; what is on the disk survives it.
pub struct World {
    pub now: Now,
    pub machine: SessionMachine,
    pub server: Server,
    pub events: Vec<Event>,
    store: Option<Store>,
    folder: tempfile::TempDir,
    to_store: Vec<store::Command>,
    to_server: VecDeque<Element>,
    connected: bool,
    runs: u8,
    /// Elements delivered so far, in both directions.
    pub delivered: usize,
    /// The store works only in every so many steps.
    pub store_every: usize,
    /// How far back the archive is read.
    pub since: Option<WallTime>,
    /// What the user writes goes the way of answers and files.
    pub says: bool,
    /// The stream's state is not found after a crash.
    pub forgets_session: bool,
    steps: usize,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut world = Self {
            now: start(),
            machine: SessionMachine::new(config(), [0; 32], start()),
            server: Server::default(),
            events: Vec::new(),
            store: None,
            folder,
            to_store: Vec::new(),
            to_server: VecDeque::new(),
            connected: false,
            runs: 0,
            delivered: 0,
            store_every: 1,
            since: None,
            says: false,
            forgets_session: false,
            steps: 0,
        };
        world.boot();
        world
    }

    /// Starts the client from what is on the disk.
    fn boot(&mut self) {
        self.runs += 1;
        let (store, mut loaded) = tandem::store::open(&self.folder.path().join("db")).expect("opens");
        self.store = Some(store);
        let cards = loaded.known_cards();
        let config = config();
        let chat = loaded.chats.remove(&config.jid).unwrap_or_default();
        let config =
            Config { roster_version: chat.roster_version, roster: chat.roster, cards, session: chat.session, ..config };
        let config = if self.forgets_session { Config { session: None, ..config } } else { config };
        self.machine = SessionMachine::new(config, [self.runs; 32], self.now);
        self.machine.handle_command(Command::Connect, self.now);
        for message in loaded.outbox {
            self.send_to_machine(message);
        }
    }

    /// `kill -9`, and a new start: what was not on the disk is gone.
    pub fn crash(&mut self) {
        self.cut();
        self.to_store.clear();
        self.store = None;
        self.boot();
    }

    /// The connection breaks; everything on its way in both directions is lost.
    pub fn cut(&mut self) {
        while self.machine.poll_output().is_some_and(|output| {
            // What the machine told before is told.
            if let Output::Event(event) = output {
                self.handle_event(event);
            }
            true
        }) {}
        self.to_server.clear();
        self.server.disconnect();
        self.connected = false;
        self.machine.handle_disconnected(Disconnected::Lost(Reason::new("lost", "cut")), self.now);
    }

    /// The user writes.
    pub fn write(&mut self, body: &str) {
        let message = Message {
            id: MessageId(format!("id-{body}").into()),
            with: jid(BOB),
            from: jid(ALICE),
            direction: MessageDirection::Out,
            time: self.now.wall,
            body: body.into(),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        };
        self.to_store.push(store::Command::AppendOutgoing(message));
    }

    /// Bob writes.
    pub fn bob_writes(&mut self, body: &str) {
        // No id: only counting right keeps it from being stored twice.
        self.server.send(element(&format!(
            "<message xmlns='jabber:client' from='{BOB}/phone' to='{ALICE}' type='chat'><body>{body}</body></message>"
        )));
    }

    fn send_to_machine(&mut self, message: Message) {
        let Message { id, with: to, body, time: written, .. } = message;
        let command = match self.says {
            true => Command::Say { id, to, what: tandem::xmpp::Outbound::text(body), written },
            false => Command::Send { id, to, body, written },
        };
        self.machine.handle_command(command, self.now);
    }

    fn handle_event(&mut self, event: Event) {
        self.events.push(event.clone());
        let account = jid(ALICE);
        let delivery = |id, with, delivery, checkpoint| store::Command::SetDelivery { id, with, delivery, checkpoint };
        let command = match event {
            Event::Message(message, checkpoint) => store::Command::AppendIncoming { account, message, checkpoint },
            Event::Roster { update, version, checkpoint } => {
                store::Command::Roster { account, update, version, checkpoint }
            }
            Event::Session(session) => store::Command::Session { account, session },
            Event::Acknowledged(id) => delivery(id, None, Delivery::Sent, None),
            Event::Delivered(id, with, checkpoint) => delivery(id, Some(with), Delivery::Delivered, Some(checkpoint)),
            Event::Displayed(id, with, checkpoint) => delivery(id, Some(with), Delivery::Displayed, Some(checkpoint)),
            Event::MessageRefused { id, with, checkpoint, .. } => {
                delivery(id, Some(with), Delivery::Failed, Some(checkpoint))
            }
            Event::Online { resumed: false, .. } => store::Command::ArchiveBegin { archive: account.clone(), account },
            Event::Archive { available: true } => {
                store::Command::ArchiveNext { archive: account.clone(), account, since: self.since }
            }
            Event::Archive { available: false } => store::Command::ArchiveNone { account },
            Event::ArchivePage(page) => store::Command::ArchivePage { account, page, since: self.since },
            Event::Read { id, with, checkpoint } => store::Command::ReadElsewhere {
                account,
                with,
                upto: store::ReadUpTo::Stanza(id),
                checkpoint: Some(checkpoint),
            },
            Event::DisplayedElsewhere { with, by, id } => store::Command::ReadElsewhere {
                account,
                with,
                upto: store::ReadUpTo::Archived(tandem::model::ArchiveId { by, id }),
                checkpoint: None,
            },
            Event::Change { with, change, checkpoint } => {
                store::Command::Change { account, with, change, checkpoint: Some(checkpoint) }
            }
            Event::Card { jid, card } => store::Command::Card { jid, card, fetched: self.now.wall },
            Event::Connecting
            | Event::Online { .. }
            | Event::Offline { .. }
            | Event::Failed(_)
            | Event::Presence { .. }
            | Event::PresencesCleared
            | Event::ChatState(..)
            | Event::CardUnavailable(_)
            | Event::OwnCard(_)
            | Event::Reach { .. }
            | Event::ReachPublished(_)
            | Event::Settings(_)
            | Event::Room(..)
            | Event::Contact(_)
            | Event::Services(_)
            | Event::LocalAddress(_)
            | Event::Jingle(_)
            | Event::MediaVouched(..)
            | Event::People(_)
            | Event::CallWord { .. }
            | Event::OwnCalls(_)
            | Event::Slot(..)
            | Event::ArchivePrefs(..)
            | Event::SubscriptionRequest { .. } => return,
        };
        self.to_store.push(command);
    }

    /// Lets the store work on what waits.
    pub fn run_store(&mut self) {
        let batch = std::mem::take(&mut self.to_store);
        let events = self.store.as_mut().expect("open").execute(&batch).expect("the disk works");
        for event in events {
            let command = match event {
                store::Event::Outgoing(message) => {
                    self.send_to_machine(message);
                    continue;
                }
                store::Event::Incoming { checkpoint, .. } | store::Event::Committed(checkpoint) => {
                    Command::Committed(checkpoint)
                }
                store::Event::Delivery { checkpoint: Some(checkpoint), .. }
                | store::Event::Read { checkpoint: Some(checkpoint), .. } => Command::Committed(checkpoint),
                store::Event::SessionStored(revision) => Command::SessionStored(revision),
                store::Event::ArchiveNext { query: Some(query), .. } => Command::ReadArchive(query),
                store::Event::ArchiveNext { query: None, .. } => {
                    Command::ArchiveStored { arrived: Vec::new(), settled: true }
                }
                store::Event::ArchiveStored(stored) => {
                    let store::ArchiveStored { arrived, settled, next, .. } = *stored;
                    self.machine.handle_command(Command::ArchiveStored { arrived, settled }, self.now);
                    let Some(next) = next else { continue };
                    Command::ReadArchive(next)
                }
                _ => continue,
            };
            self.machine.handle_command(command, self.now);
        }
    }

    /// Drains the machine.
    pub fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Connect => {
                    self.connected = true;
                    self.machine.handle_connected(connected(SM), self.now);
                }
                Output::Send(element) => self.to_server.push_back(element),
                Output::Close => {
                    self.connected = false;
                    self.to_server.clear();
                    self.server.disconnect();
                }
                Output::Event(event) => self.handle_event(event),
            }
        }
    }

    /// One step: one element each way at most. False: nothing is going on.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        self.drain();
        if self.connected
            && let Some(element) = self.to_server.pop_front()
        {
            self.delivered += 1;
            self.server.handle(element);
            return true;
        }
        if self.connected
            && self.machine.wants_input()
            && let Some(element) = self.server.out.pop_front()
        {
            self.delivered += 1;
            self.machine.handle_stanza(element, self.now);
            self.drain();
            if self.steps.is_multiple_of(self.store_every) {
                self.run_store();
            }
            return true;
        }
        if !self.to_store.is_empty() {
            self.run_store();
            return true;
        }
        false
    }

    /// Lets time pass to the machine's next timer, at most by `limit`.
    pub fn pass(&mut self, limit: Duration) {
        let end = self.now.boot + limit;
        let due = self.machine.poll_timeout().map_or(end, |due| due.min(end));
        self.now = self.now.after(due.saturating_since(self.now.boot));
        self.machine.handle_timeout(self.now);
    }

    /// Runs until nothing goes on for `quiet`.
    pub fn settle(&mut self, quiet: Duration) {
        let mut calm_since = self.now.boot;
        for _ in 0..200_000 {
            if self.step() {
                calm_since = self.now.boot;
            } else if self.now.boot.saturating_since(calm_since) >= quiet {
                return;
            } else {
                self.pass(quiet);
            }
        }
        panic!("it never becomes quiet");
    }

    /// What the store holds of the conversation with Bob: bodies in, bodies out with their state.
    pub fn stored(&mut self) -> (Vec<String>, Vec<(String, Delivery)>) {
        self.run_store();
        let page = store::Command::Messages { request: 1, with: jid(BOB), limit: 1000, before: None };
        let events = self.store.as_mut().expect("open").execute(&[page]).expect("reads");
        let Some(store::Event::Messages { messages, .. }) = events.into_iter().next_back() else { panic!() };
        let text = |body: &Arc<str>| body.to_string();
        let (out, incoming): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.direction == MessageDirection::Out);
        (
            incoming.iter().map(|message| text(&message.body)).collect(),
            out.iter().map(|message| (text(&message.body), message.delivery)).collect(),
        )
    }

    /// The conversation with Bob as it is shown.
    pub fn conversation(&mut self) -> Vec<String> {
        self.run_store();
        let page = store::Command::Messages { request: 1, with: jid(BOB), limit: 1000, before: None };
        let events = self.store.as_mut().expect("open").execute(&[page]).expect("reads");
        let Some(store::Event::Messages { messages, .. }) = events.into_iter().next_back() else { panic!() };
        messages.iter().map(|message| message.body.to_string()).collect()
    }

    /// How many messages of a conversation are unread.
    pub fn unread(&mut self, with: &str) -> u32 {
        self.run_store();
        // A name that nothing has marks nothing.
        let upto = store::ReadUpTo::Stanza(MessageId("none".into()));
        let ask = store::Command::ReadElsewhere { account: jid(ALICE), with: jid(with), upto, checkpoint: None };
        let events = self.store.as_mut().expect("open").execute(&[ask]).expect("reads");
        let Some(store::Event::Read { unread, .. }) = events.into_iter().next_back() else { panic!() };
        unread
    }
}
