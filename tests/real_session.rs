//! The session, its shell and the store against a real Prosody: what is sent arrives once, whoever is killed.

#[path = "support/real/mod.rs"]
mod real;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use real::authority::Authority;
use real::prosody::{Prosody, RosterItem};
use real::{DOMAIN, password};
use tandem::model::{Delivery, Jid, Message, MessageDirection, MessageId, Show, WallTime};
use tandem::net::dns::Resolver;
use tandem::net::tls::Trust;
use tandem::platform::Secret;
use tandem::store::{self, Store};
use tandem::xmpp::{Command, Config, Event, RosterUpdate, TlsMode};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, Sender};

/// Nothing here takes longer on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Client {
    user: String,
    runtime: Option<Runtime>,
    commands: Sender<Command>,
    events: Receiver<Event>,
    store: Option<Store>,
    folder: PathBuf,
    port: u16,
    authority: PathBuf,
    seen: Vec<Event>,
    written: u32,
}

fn jid(user: &str) -> Jid {
    Jid::parse(&format!("{user}@{DOMAIN}")).unwrap()
}

impl Client {
    fn start(user: &str, folder: &Path, port: u16, authority: &Path) -> Self {
        let (store, mut loaded) = store::open(&folder.join(format!("{user}.db"))).unwrap();
        let chat = loaded.chats.remove(&jid(user)).unwrap_or_default();
        let config = Config {
            jid: jid(user),
            resource: Some("tandem".into()),
            server: Some(format!("127.0.0.1:{port}")),
            tls: TlsMode::StartTls,
            allow_plain: false,
            external: false,
            strongest_mechanism: None,
            roster_version: chat.roster_version,
            roster: chat.roster,
            cards: loaded.known_cards(),
            session: chat.session,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let trust = Trust { ca_files: vec![authority.to_owned()], system_roots: false, ..Trust::default() };
        let (commands, events) = {
            let _inside = runtime.enter();
            let mut seed = [user.as_bytes()[0]; 32];
            // The ids of two runs must differ.
            let now = tandem::platform::now().boot.as_duration().as_nanos().to_le_bytes();
            seed[..16].copy_from_slice(&now);
            tandem::xmpp::io::spawn(config, Secret::new(password(user)), Resolver::new(None), trust, seed)
        };
        let client = Self {
            user: user.to_owned(),
            runtime: Some(runtime),
            commands,
            events,
            store: Some(store),
            folder: folder.to_owned(),
            port,
            authority: authority.to_owned(),
            seen: Vec::new(),
            written: 0,
        };
        client.command(Command::Connect);
        for message in loaded.outbox {
            client.hand_over(message);
        }
        client
    }

    /// `kill -9` and a new start.
    fn crash(mut self) -> Self {
        self.runtime.take().unwrap().shutdown_background();
        self.store = None;
        let mut next = Self::start(&self.user, &self.folder, self.port, &self.authority);
        next.written = self.written;
        next
    }

    fn command(&self, command: Command) {
        self.commands.blocking_send(command).unwrap();
    }

    fn hand_over(&self, message: Message) {
        let Message { id, with, body, time, .. } = message;
        self.command(Command::Send { id, to: with, body, written: time });
    }

    fn write(&mut self, to: &str, body: &str) {
        self.written += 1;
        let message = Message {
            id: MessageId(format!("{}-{}-{body}", self.user, self.written).into()),
            with: jid(to),
            from: jid(&self.user),
            direction: MessageDirection::Out,
            time: WallTime::from_unix_ms(1_795_000_000_000),
            body: body.into(),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details: Default::default(),
        };
        self.execute(vec![store::Command::AppendOutgoing(message)]);
    }

    fn execute(&mut self, batch: Vec<store::Command>) {
        for event in self.store.as_mut().unwrap().execute(&batch).unwrap() {
            match event {
                store::Event::Outgoing(message) => self.hand_over(message),
                store::Event::Incoming { checkpoint, .. } | store::Event::Committed(checkpoint) => {
                    self.command(Command::Committed(checkpoint));
                }
                store::Event::Delivery { checkpoint: Some(checkpoint), .. } => {
                    self.command(Command::Committed(checkpoint));
                }
                store::Event::SessionStored(revision) => self.command(Command::SessionStored(revision)),
                _ => {}
            }
        }
    }

    /// Takes one event, if one comes soon.
    fn turn(&mut self, wait: Duration) {
        let runtime = self.runtime.as_ref().unwrap();
        let events = &mut self.events;
        let Ok(Some(event)) = runtime.block_on(async { tokio::time::timeout(wait, events.recv()).await }) else {
            return;
        };
        self.seen.push(event.clone());
        let account = jid(&self.user);
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
            Event::Card { jid, card } => store::Command::Card { jid, card, fetched: WallTime::default() },
            _ => return,
        };
        self.execute(vec![command]);
    }

    fn stored(&mut self, with: &str) -> Vec<(String, Delivery)> {
        let page = store::Command::Messages { request: 0, with: jid(with), limit: 1000, before: None };
        let events = self.store.as_mut().unwrap().execute(&[page]).unwrap();
        let Some(store::Event::Messages { messages, .. }) = events.into_iter().next() else { panic!() };
        messages.into_iter().map(|message| (message.body.to_string(), message.delivery)).collect()
    }
}

/// Runs both until a condition holds.
fn until(what: &str, clients: &mut [&mut Client], mut holds: impl FnMut(&mut [&mut Client]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds(clients) {
        assert!(
            Instant::now() < deadline,
            "{what}: {:#?}",
            clients.iter().map(|client| client.seen.iter().rev().take(12).collect::<Vec<_>>()).collect::<Vec<_>>()
        );
        for client in clients.iter_mut() {
            client.turn(Duration::from_millis(5));
        }
    }
}

fn is_online(client: &Client) -> bool {
    client
        .seen
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Online { .. } => Some(true),
            Event::Offline { .. } | Event::Failed(_) | Event::Connecting => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

fn last_stream(client: &Client) -> Option<String> {
    client.seen.iter().rev().find_map(|event| match event {
        Event::Session(session) => Some(session.as_ref().map(|session| session.id.clone())),
        _ => None,
    })?
}

fn sees(client: &Client, user: &str) -> bool {
    client.seen.iter().rev().find_map(|event| match event {
        Event::Presence { jid: who, show, .. } if *who == jid(user) => Some(*show != Show::Offline),
        Event::PresencesCleared => Some(false),
        _ => None,
    }) == Some(true)
}

fn delivered(client: &mut Client, with: &str, count: usize) -> bool {
    let stored = client.stored(with);
    stored.iter().filter(|(_, delivery)| *delivery == Delivery::Delivered).count() == count
}

#[test]
fn a_conversation_survives_the_death_of_the_server_and_of_the_program() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let people = ["alice", "bob"];
    let roster = people.map(|user| RosterItem::new(user, user, "Work"));
    let mut prosody = Prosody::start(&folder.path().join("prosody"), &authority, &people, &roster);
    let ca = authority.ca_file.clone();
    let mut alice = Client::start("alice", folder.path(), prosody.starttls, &ca);
    let mut bob = Client::start("bob", folder.path(), prosody.starttls, &ca);
    until("both see each other", &mut [&mut alice, &mut bob], |all| sees(all[0], "bob") && sees(all[1], "alice"));
    assert!(
        alice.seen.iter().any(
            |event| matches!(event, Event::Roster { update: RosterUpdate::Replace(items), .. } if items.len() == 1)
        )
    );

    alice.write("bob", "one");
    bob.write("alice", "two");
    until("both have receipts", &mut [&mut alice, &mut bob], |all| {
        delivered(all[0], "bob", 1) && delivered(all[1], "alice", 1)
    });

    // The program dies in the middle of sending.
    for n in 0..5 {
        alice.write("bob", &format!("burst-{n}"));
        bob.write("alice", &format!("back-{n}"));
        alice.turn(Duration::from_millis(2));
    }
    let stream = last_stream(&alice).expect("the server manages streams");
    let mut alice = alice.crash();
    until("alice is back", &mut [&mut alice, &mut bob], |all| is_online(all[0]) && sees(all[0], "bob"));
    until("everything arrived", &mut [&mut alice, &mut bob], |all| {
        delivered(all[0], "bob", 6) && delivered(all[1], "alice", 6)
    });

    assert_eq!(last_stream(&alice), Some(stream), "the stream was resumed by the new process");
    assert!(alice.seen.iter().any(|event| matches!(event, Event::Card { .. })), "cards were asked for");

    // The server dies while something is written.
    prosody.kill();
    until("the loss is noticed", &mut [&mut alice, &mut bob], |all| !is_online(all[0]) && !is_online(all[1]));
    alice.write("bob", "while away");
    prosody.restart();
    until("both are back", &mut [&mut alice, &mut bob], |all| {
        is_online(all[0]) && is_online(all[1]) && delivered(all[0], "bob", 7)
    });
    let mut bodies: Vec<String> = bob.stored("alice").into_iter().map(|(body, _)| body).collect();
    bodies.sort();
    assert_eq!(
        bodies,
        [
            "back-0",
            "back-1",
            "back-2",
            "back-3",
            "back-4",
            "burst-0",
            "burst-1",
            "burst-2",
            "burst-3",
            "burst-4",
            "one",
            "two",
            "while away"
        ]
    );
    let roster_after =
        alice.seen.iter().any(|event| matches!(event, Event::Roster { update: RosterUpdate::Unchanged, .. }));
    assert!(roster_after, "the cached roster is current");
}
