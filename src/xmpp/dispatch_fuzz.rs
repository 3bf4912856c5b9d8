//! Mutations of whole stories of a session, through the reader of the stream: nothing panics, nothing grows without bound, and
//! nobody speaks for somebody else.

use std::time::Duration;

use minidom::Element;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::boundary::{Command, Config, Event, RosterItem, TlsMode};
use super::framing::{Frame, Framer};
use super::session::{Connected, Disconnected, Output, SessionMachine};
use super::stanza::{Sender, sender};
use crate::model::mutation::{MUTATIONS, corpus, mutated};
use crate::model::{
    BootTime, Certificate, Jid, MessageDirection, Now, Reason, Security, Subscription, TlsVersion, Transport, WallTime,
};

const ALICE: &str = "alice@example.com";
const HEADER: &[u8] =
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

struct World {
    machine: SessionMachine,
    now: Now,
    /// The id of the newest open question.
    asked: String,
    events: u32,
}

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

impl World {
    fn new(seed: u8) -> Self {
        let now = Now {
            boot: BootTime::from_duration(Duration::from_secs(1_000)),
            wall: WallTime::parse_rfc3339("2026-11-22T10:00:00Z").expect("valid"),
        };
        let bob = RosterItem {
            jid: jid("bob@example.com"),
            name: None,
            groups: Vec::new(),
            subscription: Subscription::Both,
            asked: false,
        };
        let config = Config {
            jid: jid(ALICE),
            resource: None,
            server: None,
            tls: TlsMode::Auto,
            allow_plain: false,
            external: false,
            strongest_mechanism: None,
            roster_version: None,
            roster: vec![bob],
            cards: Vec::new(),
            session: None,
        };
        let mut machine = SessionMachine::new(config, [seed; 32], now);
        machine.handle_command(Command::Connect, now);
        let mut world = Self { machine, now, asked: String::new(), events: 0 };
        world.connect();
        world
    }

    fn connect(&mut self) {
        let features = "<features xmlns='http://etherx.jabber.org/streams'><sm xmlns='urn:xmpp:sm:3'/></features>";
        let connected = Connected {
            features: features.parse().expect("valid"),
            security: Security {
                transport: Transport::Tls,
                tls: Some(TlsVersion::V13),
                cipher: None,
                certificate: Certificate::Verified,
                auth: "SCRAM-SHA-256".into(),
                issuer: None,
            },
            mechanism: "SCRAM-SHA-256".to_owned(),
        };
        self.drain(None);
        self.machine.handle_connected(connected, self.now);
        self.drain(None);
        let bound = format!(
            "<iq xmlns='jabber:client' type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>{ALICE}/desk</jid></bind></iq>",
            self.asked
        );
        self.feed(bound.parse().expect("valid"));
    }

    /// Does what the machine wants, and looks whether what it tells was the sender's to say.
    fn drain(&mut self, about: Option<&Element>) {
        let mut outputs = 0;
        while let Some(output) = self.machine.poll_output() {
            outputs += 1;
            assert!(outputs < 10_000, "one stanza has no end of consequences");
            match output {
                Output::Send(stanza) => {
                    if let Some(id) = stanza.attr("id").filter(|_| stanza.name() == "iq") {
                        self.asked = id.to_owned();
                    }
                }
                Output::Event(event) => {
                    self.events += 1;
                    if let Some(about) = about {
                        check(about, &event);
                    }
                    self.answer(&event);
                }
                Output::Connect | Output::Close => {}
            }
        }
    }

    /// `account`, which stores everything at once.
    fn answer(&mut self, event: &Event) {
        let command = match event {
            Event::Session(Some(session)) => Command::SessionStored(session.revision),
            Event::Message(_, checkpoint)
            | Event::Change { checkpoint, .. }
            | Event::Read { checkpoint, .. }
            | Event::Roster { checkpoint, .. }
            | Event::Delivered(.., checkpoint)
            | Event::Displayed(.., checkpoint)
            | Event::MessageRefused { checkpoint, .. } => Command::Committed(*checkpoint),
            _ => return,
        };
        self.machine.handle_command(command, self.now);
    }

    fn feed(&mut self, stanza: Element) {
        self.machine.handle_stanza(stanza.clone(), self.now);
        self.drain(Some(&stanza));
    }
}

/// Whose word it was (X01 to X09).
fn check(stanza: &Element, event: &Event) {
    let own = match sender(stanza) {
        Sender::Absent => true,
        Sender::Address(jid, resource) => jid == jid_of_alice() && resource.is_none(),
        Sender::Unreadable => false,
    };
    let from = |jid: &Jid| matches!(sender(stanza), Sender::Address(sender, _) if sender == *jid);
    match event {
        Event::Roster { .. } => assert!(own || stanza.attr("id").is_some_and(|id| id.len() >= 24), "{stanza:?}"),
        Event::Message(message, _) if message.direction == MessageDirection::Out => assert!(own || from(&message.from)),
        Event::Message(message, _) => assert!(own || from(&message.from), "{stanza:?}"),
        Event::Change { change, .. } => assert!(own || from(&change.from), "{stanza:?}"),
        Event::Read { .. } | Event::DisplayedElsewhere { .. } | Event::ArchivePage(_) => assert!(own, "{stanza:?}"),
        Event::Delivered(_, by, _) | Event::Displayed(_, by, _) => assert!(own || from(by), "{stanza:?}"),
        Event::SubscriptionRequest { from: by, .. } | Event::ChatState(by, _) => assert!(from(by), "{stanza:?}"),
        _ => {}
    }
}

fn jid_of_alice() -> Jid {
    jid(ALICE)
}

#[test]
fn a_hundred_thousand_mutated_stories_of_a_session_do_no_harm() {
    let inputs = corpus("session");
    let mut random = StdRng::seed_from_u64(6120);
    let mut world = World::new(0);
    let (mut read, mut events) = (0_u32, 0_u32);
    for round in 0..MUTATIONS {
        // A new session now and then: what one story leaves behind is a state for the next ones.
        if round % 100 == 0 {
            events += world.events;
            world = World::new((round / 100) as u8);
        }
        let bytes = mutated(&inputs, &mut random);
        let asked = String::from_utf8_lossy(&bytes).replace("ID", &world.asked);
        let mut framer = Framer::default();
        let cut = random.random_range(0..=asked.len());
        let whole = framer
            .push(HEADER)
            .and_then(|()| framer.push(asked.as_bytes().get(..cut).unwrap_or_default()))
            .and_then(|()| framer.push(asked.as_bytes().get(cut..).unwrap_or_default()));
        while let Some(frame) = framer.poll() {
            if let Frame::Stanza(stanza) = frame {
                read += 1;
                world.feed(stanza);
            }
        }
        match (whole, random.random_range(0..64)) {
            (_, 0) => {
                world.now = world.now.after(Duration::from_secs(random.random_range(0..60)));
                world.machine.handle_timeout(world.now);
                world.drain(None);
            }
            (_, 1) => {
                let reason = Reason::new("lost", "cut");
                world.machine.handle_disconnected(Disconnected::Lost(reason), world.now);
                world.machine.handle_command(Command::Connect, world.now);
                world.connect();
            }
            (Ok(()) | Err(_), _) => {}
        }
        assert!(world.machine.poll_timeout().is_none_or(|due| due < world.now.boot + Duration::from_secs(24 * 3_600)));
    }
    assert!(read > 100_000 && events > 50_000, "{read} stanzas, {events} events: the mutations reach the machine");
}
