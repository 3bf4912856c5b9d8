//! The chat service by itself against a real Prosody: the whole way from names to presence, without a window or a manager.

use std::time::{Duration, Instant};

use tandem::model::{Certificate, Jid, MessageId, Show, TlsVersion, WallTime};
use tandem::net::dns::Resolver;
use tandem::net::tls::Trust;
use tandem::platform::Secret;
use tandem::xmpp::io::{probe, spawn};
use tandem::xmpp::{Command, Config, Event, TlsMode};
use tempfile::TempDir;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::real::authority::Authority;
use crate::real::prosody::{Prosody, RosterItem};
use crate::real::{DOMAIN, password};

struct Server {
    folder: TempDir,
    authority: Authority,
    prosody: Prosody,
}

/// A cable between a client and the server, which can be cut.
struct Cable {
    address: std::net::SocketAddr,
    cut: tokio::sync::watch::Sender<u32>,
}

impl Cable {
    async fn to(port: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, cuts) = tokio::sync::watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self { address, cut }
    }

    /// Cuts every connection; new ones may be made.
    fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

/// A client and what it tells.
struct Client {
    commands: Sender<Command>,
    events: Receiver<Event>,
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::new(folder.path());
        let roster = ["alice", "bob"].map(|user| RosterItem::new(user, user, "Friends"));
        let prosody = Prosody::start(&folder.path().join("prosody"), &authority, &["alice", "bob"], &roster);
        Self { folder, authority, prosody }
    }

    fn config(&self, user: &str, tls: TlsMode) -> Config {
        let port = if tls == TlsMode::Direct { self.prosody.direct_tls } else { self.prosody.starttls };
        Config {
            jid: Jid::parse(&format!("{user}@{DOMAIN}")).unwrap(),
            resource: None,
            server: Some(format!("127.0.0.1:{port}")),
            tls,
            allow_plain: false,
            external: false,
            strongest_mechanism: None,
            roster_version: None,
            roster: Vec::new(),
            cards: Vec::new(),
            session: None,
        }
    }

    /// Starts it again with another configuration.
    fn reconfigure(&mut self, old: &str, new: &str) {
        let file = self.folder.path().join("prosody/prosody.cfg.lua");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{text}");
        std::fs::write(file, text.replace(old, new)).unwrap();
        self.prosody.restart();
    }

    fn trust(&self) -> Trust {
        Trust { ca_files: vec![self.authority.ca_file.clone()], ..Trust::default() }
    }

    fn client(&self, user: &str, seed: u8) -> Client {
        self.client_at(self.config(user, TlsMode::StartTls), user, seed)
    }

    fn client_at(&self, config: Config, user: &str, seed: u8) -> Client {
        let (commands, events) =
            spawn(config, Secret::new(password(user)), Resolver::new(None), self.trust(), [seed; 32]);
        commands.try_send(Command::Connect).unwrap();
        Client { commands, events }
    }
}

impl Client {
    /// The next event that `wanted` accepts; everything before it is committed as a store would.
    async fn until<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the task runs");
                let found = wanted(&event);
                match event {
                    Event::Message(_, checkpoint)
                    | Event::Roster { checkpoint, .. }
                    | Event::Delivered(_, _, checkpoint) => {
                        self.commands.send(Command::Committed(checkpoint)).await.unwrap()
                    }
                    Event::Session(Some(session)) => {
                        self.commands.send(Command::SessionStored(session.revision)).await.unwrap();
                    }
                    _ => {}
                }
                if let Some(found) = found {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), search).await.expect("the event comes")
    }

    async fn online(&mut self) -> bool {
        self.until(|event| match event {
            Event::Online { resumed, .. } => Some(*resumed),
            _ => None,
        })
        .await
    }
}

#[tokio::test]
async fn prosody_lets_us_in_by_starttls_and_by_direct_tls() {
    let server = Server::start();
    for mode in [TlsMode::StartTls, TlsMode::Direct, TlsMode::Auto] {
        let started = Instant::now();
        let security =
            probe(&server.config("alice", mode), Secret::new(password("alice")), Resolver::new(None), server.trust())
                .await
                .expect("signed in");
        eprintln!("{mode:?}: {:?} {security:?}", started.elapsed());
        assert_eq!((security.tls, security.certificate), (Some(TlsVersion::V13), Certificate::Verified));
        assert_eq!(&*security.auth, "SCRAM-SHA-256");
    }
}

#[tokio::test]
async fn the_older_hash_and_the_older_tls_do_too() {
    let mut server = Server::start();
    server.reconfigure("password_hash = \"SHA-256\"", "password_hash = \"SHA-1\"");
    // It offers SCRAM-SHA-1-PLUS with TLS 1.2, and means `tls-unique` by it.
    for (old, new, version) in [
        ("ssl = {", "ssl = {", TlsVersion::V13),
        ("ssl = { key", "ssl = { protocol = \"tlsv1_2\", key", TlsVersion::V12),
    ] {
        server.reconfigure(old, new);
        for mode in [TlsMode::StartTls, TlsMode::Direct] {
            let config = server.config("bob", mode);
            let result = probe(&config, Secret::new(password("bob")), Resolver::new(None), server.trust()).await;
            let security = result.expect("signed in");
            assert_eq!((security.tls, &*security.auth), (Some(version), "SCRAM-SHA-1"));
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_tried_once() {
    let server = Server::start();
    let config = server.config("alice", TlsMode::Auto);
    let refused = probe(&config, Secret::new("wrong"), Resolver::new(None), server.trust()).await;
    assert_eq!(&*refused.expect_err("refused").reason.code, "wrong-password");
    assert_eq!(server.prosody.refused_logins(), 1);
}

#[tokio::test]
async fn two_clients_see_each_other_and_talk_through_a_restart_of_the_server() {
    let mut server = Server::start();
    let (mut alice, mut bob) = (server.client("alice", 1), server.client("bob", 2));
    assert!(!alice.online().await);
    assert!(!bob.online().await);
    for client in [&alice, &bob] {
        client.commands.send(Command::Presence { show: Show::Available, status: None }).await.unwrap();
    }
    let bob_jid = Jid::parse(&format!("bob@{DOMAIN}")).unwrap();
    let expected = bob_jid.clone();
    alice
        .until(move |event| {
            matches!(event, Event::Presence { jid, show: Show::Available, .. } if *jid == expected).then_some(())
        })
        .await;
    for (round, text) in ["before", "after"].into_iter().enumerate() {
        let id = MessageId(format!("m{round}").into());
        let send = Command::Send {
            id: id.clone(),
            to: bob_jid.clone(),
            body: text.into(),
            written: WallTime::from_unix_ms(1_700_000_000_000),
        };
        alice.commands.send(send).await.unwrap();
        let body = bob.until(|event| match event {
            Event::Message(message, _) => Some(message.body.clone()),
            _ => None,
        });
        assert_eq!(&*body.await, text);
        alice
            .until(|event| matches!(event, Event::Acknowledged(acknowledged) if *acknowledged == id).then_some(()))
            .await;
        if round == 0 {
            server.prosody.restart();
            alice.online().await;
            bob.online().await;
        }
    }
}

#[tokio::test]
async fn a_cut_cable_is_mended_by_resumption_and_nothing_is_lost_or_doubled() {
    let server = Server::start();
    let cable = Cable::to(server.prosody.starttls).await;
    let through = Config { server: Some(cable.address.to_string()), ..server.config("alice", TlsMode::StartTls) };
    let (mut alice, mut bob) = (server.client_at(through, "alice", 1), server.client("bob", 2));
    for client in [&mut alice, &mut bob] {
        client.online().await;
        client.commands.send(Command::Presence { show: Show::Available, status: None }).await.unwrap();
    }
    // Only a stream that the server has given a name can be resumed.
    alice.until(|event| matches!(event, Event::Session(Some(_))).then_some(())).await;
    let bob_jid = Jid::parse(&format!("bob@{DOMAIN}")).unwrap();
    for round in 0..2 {
        for half in 0..5 {
            let number = round * 5 + half;
            let send = Command::Send {
                id: MessageId(format!("m{number}").into()),
                to: bob_jid.clone(),
                body: number.to_string().into(),
                written: WallTime::from_unix_ms(1_700_000_000_000),
            };
            alice.commands.send(send).await.unwrap();
            if half == 2 {
                cable.cut();
            }
        }
        assert!(alice.online().await, "the stream is resumed");
    }
    for number in 0..10 {
        let body = bob.until(|event| match event {
            Event::Message(message, _) => Some(message.body.clone()),
            _ => None,
        });
        assert_eq!(&*body.await, number.to_string());
    }
}
