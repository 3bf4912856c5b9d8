//! Stories of one room, in virtual time, element by element.

mod calls;
mod fuzz;
mod talk;

use std::time::Duration;

use minidom::Element;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::boundary::{Create, Join, RoomAnswer, RoomCommand, RoomEvent, RoomNote, Since};
use super::machine::{Phase, Room, RoomOutput, RoomStep};
use super::talk::Talk;
use crate::model::{Affiliation, BootTime, Jid, MessageChange, Now, RoomFact, Show, Standing, WallTime};
use crate::xmpp::{Checkpoint, InboundMessage};

const ROOM: &str = "garden@rooms.example.com";
const INFO: &str = "<iq xmlns='jabber:client' type='result' from='garden@rooms.example.com' id='x'>
    <query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='Garden'/>
    <feature var='http://jabber.org/protocol/muc'/><feature var='muc_nonanonymous'/><feature var='muc_open'/>";

fn element(text: &str) -> Element {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

struct World {
    room: Room,
    now: Now,
    sent: Vec<Element>,
    asked: Vec<(RoomStep, Element)>,
    events: Vec<RoomEvent>,
    heard: Vec<InboundMessage>,
    changes: Vec<(Jid, MessageChange)>,
    checkpoint: u64,
}

impl World {
    fn new() -> Self {
        let now = Now {
            boot: BootTime::from_duration(Duration::from_secs(100)),
            wall: WallTime::from_unix_ms(1_795_000_000_000),
        };
        let account = Jid::parse("alice@example.com").expect("valid");
        let jid = Jid::parse(ROOM).expect("valid");
        let room = Room::new(account, jid, StdRng::seed_from_u64(7), (Show::Available, None), now);
        let (sent, asked, events, heard, changes) = Default::default();
        Self { room, now, sent, asked, events, heard, changes, checkpoint: 0 }
    }

    fn join(&mut self, create: Create, since: Since) {
        let join = Join { nick: "Alice".into(), password: None, create, since };
        self.room.handle_command(RoomCommand::Join(join), true, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.room.poll_output() {
            match output {
                RoomOutput::Send(stanza) => self.sent.push(stanza),
                RoomOutput::Ask { step, payload, .. } => self.asked.push((step, payload)),
                RoomOutput::Event(event) => self.events.push(event),
            }
        }
    }

    fn answer(&mut self, answer: Option<&str>) {
        let (step, _) = self.asked.pop().expect("something was asked");
        let answer = answer.map(element);
        self.room.handle_answer(&step, answer.as_ref(), self.now);
        self.drain();
    }

    fn info(&mut self, features: &str) {
        self.answer(Some(&format!("{INFO}{features}</query></iq>")));
    }

    fn presence(&mut self, nick: &str, attributes: &str, inside: &str) {
        let stanza =
            element(&format!("<presence xmlns='jabber:client' from='{ROOM}/x' {attributes}>{inside}</presence>"));
        self.room.handle_presence(&stanza, Some(nick).filter(|nick| !nick.is_empty()), self.now);
        self.drain();
    }

    fn there(&mut self, nick: &str, item: &str, codes: &[u16]) {
        self.presence(nick, "", &user(item, codes));
    }

    fn gone(&mut self, nick: &str, item: &str, codes: &[u16]) {
        self.presence(nick, "type='unavailable'", &user(item, codes));
    }

    fn message(&mut self, nick: &str, attributes: &str, inside: &str) {
        self.checkpoint += 1;
        let stanza =
            element(&format!("<message xmlns='jabber:client' from='{ROOM}/x' {attributes}>{inside}</message>"));
        let nick = Some(nick).filter(|nick| !nick.is_empty());
        match self.room.handle_message(&stanza, nick, Checkpoint(self.checkpoint), self.now) {
            Talk::Message(heard) => self.heard.push(*heard),
            Talk::Change(with, change) => self.changes.push((with, *change)),
            Talk::Told | Talk::Nothing => {}
        }
        self.drain();
    }

    fn says(&mut self, nick: &str, body: &str, more: &str) {
        self.message(nick, "type='groupchat' id='m1'", &format!("<body>{body}</body>{more}"));
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.room.handle_timeout(self.now);
        self.drain();
    }

    /// In a room without an archive, with Bob in it.
    fn inside() -> Self {
        Self::inside_with("")
    }

    fn inside_with(features: &str) -> Self {
        let mut world = Self::new();
        world.join(Create::No, Since::default());
        world.info(features);
        world.there("Bob", "<item affiliation='none' role='participant' jid='bob@example.com/x'/>", &[]);
        world.there("Alice", "<item affiliation='owner' role='moderator'/>", &[110]);
        world.wait(1);
        world.events.clear();
        world.sent.clear();
        world
    }

    fn left(&self) -> Option<(Option<&str>, bool)> {
        self.events.iter().rev().find_map(|event| match event {
            RoomEvent::Left { reason, again } => Some((reason.as_ref().map(|reason| &*reason.code), *again)),
            _ => None,
        })
    }

    fn notes(&self) -> Vec<&RoomNote> {
        fn note(event: &RoomEvent) -> Option<&RoomNote> {
            match event {
                RoomEvent::Line(note) => Some(note),
                _ => None,
            }
        }
        self.events.iter().filter_map(note).collect()
    }
}

fn user(item: &str, codes: &[u16]) -> String {
    let codes: String = codes.iter().map(|code| format!("<status code='{code}'/>")).collect();
    format!("<x xmlns='http://jabber.org/protocol/muc#user'>{item}{codes}</x>")
}

#[test]
fn a_room_is_looked_at_entered_and_everybody_in_it_is_told_at_once() {
    let mut world = World::new();
    world.join(Create::No, Since::default());
    assert!(world.sent.is_empty(), "what it is comes first");
    world.info("");
    let entering = world.sent.last().expect("a presence");
    assert_eq!(entering.attr("to"), Some("garden@rooms.example.com/Alice"));
    let history = entering.get_child("x", "http://jabber.org/protocol/muc").expect("x").children().next();
    assert_eq!(history.and_then(|history| history.attr("maxstanzas")), Some("50"));
    for n in 0..3 {
        world.there(&format!("Bob{n}"), "<item affiliation='member' role='participant'/>", &[]);
    }
    assert!(!world.events.iter().any(|event| matches!(event, RoomEvent::Joined { .. } | RoomEvent::Occupants { .. })));
    world.there("Alice", "<item affiliation='owner' role='moderator'/>", &[110]);
    let joined = world.events.iter().find_map(|event| match event {
        RoomEvent::Joined { occupants, created: false } => Some(occupants),
        _ => None,
    });
    let joined = joined.expect("in it");
    assert_eq!(joined.len(), 4);
    assert_eq!(joined.iter().filter(|occupant| occupant.own).count(), 1);
    let facts = world.room.facts.clone().expect("known");
    assert!(facts.has(RoomFact::AddressesForAll));
    assert_eq!(facts.name.as_deref(), Some("Garden"));
}

#[test]
fn a_room_that_does_not_exist_is_not_made_by_a_slip_of_the_finger() {
    let mut world = World::new();
    world.join(Create::No, Since::default());
    let missing = "<iq xmlns='jabber:client' type='error' id='x'><error type='cancel'>\
        <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
    world.answer(Some(missing));
    assert_eq!(world.left(), Some((Some("no-such-room"), false)));
    assert!(world.sent.is_empty());
    // Whoever wants to make it does.
    world.join(Create::Instant, Since::default());
    world.answer(Some(missing));
    world.there("Alice", "<item affiliation='owner' role='moderator'/>", &[110, 201]);
    assert!(world.asked.iter().any(|(step, _)| *step == RoomStep::Instant), "the room is opened");
    let mut world = World::new();
    world.join(Create::Configured, Since::default());
    world.answer(Some(missing));
    world.there("Alice", "<item affiliation='owner' role='moderator'/>", &[110, 201]);
    assert!(!world.asked.iter().any(|(step, _)| *step == RoomStep::Instant), "its settings are asked for first");
    assert!(world.events.iter().any(|event| matches!(event, RoomEvent::Joined { created: true, .. })));
}

#[test]
fn whatever_keeps_us_out_says_why_and_whether_it_is_tried_again() {
    let rows = [
        ("not-authorized", "password", false),
        ("forbidden", "banned", false),
        ("registration-required", "members-only", false),
        ("not-allowed", "not-allowed", false),
        ("item-not-found", "no-such-room", false),
        ("not-acceptable", "reserved-nick", false),
        ("jid-malformed", "bad-nick", false),
        ("service-unavailable", "full", true),
        ("remote-server-timeout", "remote-server-timeout", true),
    ];
    for (condition, code, again) in rows {
        let mut world = World::new();
        world.join(Create::No, Since::default());
        world.info("");
        world.presence(
            "Alice",
            "type='error'",
            &format!("<error type='auth'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"),
        );
        assert_eq!(world.left(), Some((Some(code), again)), "{condition}");
        let tries = world.sent.len();
        world.wait(600);
        assert_eq!(world.sent.len() > tries, again, "{condition}");
    }
}

#[test]
fn a_nick_that_is_taken_is_changed_and_given_up_after_four() {
    let conflict = "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let mut world = World::new();
    world.join(Create::No, Since::default());
    world.info("");
    world.presence("Alice", "type='error'", conflict);
    assert_eq!(world.sent.last().and_then(|sent| sent.attr("to")), Some("garden@rooms.example.com/Alice_"));
    world.there("Alice_", "<item affiliation='none' role='participant'/>", &[110]);
    assert_eq!(world.notes(), [&RoomNote::NickGiven("Alice_".into())]);
    let mut world = World::new();
    world.join(Create::No, Since::default());
    world.info("");
    for _ in 0..5 {
        world.presence("Alice", "type='error'", conflict);
    }
    assert_eq!(world.left(), Some((Some("nick-taken"), false)));
    assert_eq!(world.sent.len(), 5);
}

#[test]
fn being_put_out_banned_or_left_behind_is_told_with_its_reason() {
    let item = "<item affiliation='none' role='none'><actor nick='Bob'/><reason>Off topic</reason></item>";
    for (codes, code, again) in [
        (&[307, 110][..], "kicked", false),
        (&[301, 110], "banned", false),
        (&[321, 110], "members-only", false),
        (&[322, 110], "members-only", false),
        (&[332, 110], "service", true),
        (&[333, 307, 110], "service", true),
        (&[110], "left", true),
    ] {
        let mut world = World::inside();
        world.gone("Alice", item, codes);
        assert_eq!(world.left(), Some((Some(code), again)), "{codes:?}");
    }
    let mut world = World::inside();
    world.gone("Alice", item, &[307, 110]);
    let said = world.events.iter().find_map(|event| match event {
        RoomEvent::Left { reason: Some(reason), .. } => Some(reason.text.to_string()),
        _ => None,
    });
    let said = said.expect("a reason");
    assert!(said.contains("Bob") && said.contains("Off topic"), "{said}");
    let mut world = World::inside();
    world.presence(
        "Alice",
        "type='unavailable'",
        "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/>\
         <destroy jid='new@rooms.example.com'><reason>Moved</reason></destroy></x>",
    );
    assert_eq!(world.left(), Some((Some("destroyed new@rooms.example.com"), false)));
}

#[test]
fn who_comes_and_goes_is_told_together() {
    let mut world = World::inside();
    for n in 0..500 {
        world.there(&format!("Guest {n}"), "<item affiliation='none' role='participant'/>", &[]);
    }
    world.gone("Bob", "<item affiliation='none' role='none'/>", &[]);
    assert!(world.events.is_empty(), "nothing yet");
    world.wait(1);
    match world.events.as_slice() {
        [RoomEvent::Occupants { set, gone }] => assert_eq!((set.len(), gone.len()), (500, 1)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn x13_two_that_look_alike_are_both_marked_until_one_goes() {
    let mut world = World::inside();
    world.there("Воb", "<item affiliation='none' role='participant'/>", &[]);
    world.wait(1);
    let alike = |world: &World, nick: &str| world.room.occupants.get(nick).expect("there").alike;
    assert!(alike(&world, "Bob") && alike(&world, "Воb"));
    world.gone("Воb", "<item role='none'/>", &[]);
    assert!(!alike(&world, "Bob"));
}

#[test]
fn a_room_that_forgot_us_is_noticed_and_entered_again() {
    let mut world = World::inside();
    world.room.handle_resumed(world.now);
    world.drain();
    assert!(matches!(world.asked.last(), Some((RoomStep::Ping, _))), "after a resumption it is asked");
    world.answer(Some("<iq xmlns='jabber:client' type='result' id='x'/>"));
    assert!(world.sent.is_empty());
    world.wait(15 * 60);
    let error = |condition: &str| {
        format!(
            "<iq xmlns='jabber:client' type='error' id='x'><error type='cancel'>\
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )
    };
    world.answer(Some(&error("service-unavailable")));
    assert!(world.sent.is_empty(), "somebody answered for our nick: we are in it");
    world.wait(15 * 60);
    world.answer(Some(&error("not-acceptable")));
    assert_eq!(world.sent.len(), 1, "entered again at once");
    assert_eq!(world.left(), Some((None, true)));
    assert!(world.room.occupants.len() == 0);
}

#[test]
fn a_room_whose_server_is_away_is_tried_again_more_and_more_seldom() {
    let mut world = World::new();
    world.join(Create::No, Since::default());
    world.answer(None);
    let mut waits = Vec::new();
    for _ in 0..12 {
        world.wait(60);
        let Phase::Waiting(at) = world.room.phase else { panic!("{:?}", world.room.phase) };
        let wait = at.saturating_since(world.now.boot);
        waits.push(wait.as_secs());
        world.wait(wait.as_secs() + 1);
        if matches!(world.room.phase, Phase::Looking) {
            world.answer(None);
        }
    }
    assert!(waits[0] <= 7, "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 375) && *waits.last().expect("some") >= 200, "{waits:?}");
}

#[test]
fn invisible_means_out_of_every_room_and_back_means_in() {
    let mut world = World::inside();
    world.room.handle_own_presence(Show::Offline, None, true, world.now);
    world.drain();
    assert_eq!(world.left(), Some((None, true)));
    world.room.handle_own_presence(Show::Away, None, true, world.now);
    world.drain();
    let sent = world.sent.last().expect("a presence");
    assert!(sent.has_child("x", "http://jabber.org/protocol/muc") && sent.has_child("show", "jabber:client"));
}

#[test]
fn x49_changes_of_standing_name_who_did_it_and_floods_of_them_are_cut() {
    let mut world = World::inside();
    let item = "<item affiliation='member' role='participant'><actor nick='Alice'/><reason>Helps</reason></item>";
    world.there("Bob", item, &[]);
    let note = RoomNote::Standing {
        nick: "Bob".into(),
        own: false,
        standing: Standing::Affiliation(Affiliation::Member),
        by: Some("Alice".into()),
        reason: Some("Helps".into()),
    };
    assert_eq!(world.notes(), [&note]);
    for n in 0..1_000 {
        let role = if n % 2 == 0 { "visitor" } else { "participant" };
        world.there("Bob", &format!("<item affiliation='member' role='{role}'/>"), &[]);
    }
    assert_eq!(world.notes().len(), 30, "thirty lines a minute");
    world.wait(61);
    world.there("Bob", "<item affiliation='none' role='visitor'/>", &[]);
    assert_eq!(world.notes().len(), 31);
}

#[test]
fn questions_that_need_a_connection_say_so_without_one() {
    let mut world = World::inside();
    world.room.handle_command(RoomCommand::Settings(9), false, world.now);
    world.drain();
    assert!(matches!(&world.events[..], [RoomEvent::Answered(9, Err(reason))] if &*reason.code == "offline"));
    world.events.clear();
    world.room.handle_command(
        RoomCommand::Affiliations { ticket: 3, affiliation: Affiliation::Owner },
        true,
        world.now,
    );
    world.drain();
    world.answer(Some(
        "<iq xmlns='jabber:client' type='result' id='x'><query xmlns='http://jabber.org/protocol/muc#admin'>\
         <item affiliation='owner' jid='alice@example.com'/><item affiliation='owner' jid='@'/></query></iq>",
    ));
    match &world.events[..] {
        [RoomEvent::Answered(3, Ok(RoomAnswer::Affiliations(list)))] => assert_eq!(list.len(), 1),
        other => panic!("{other:?}"),
    }
}
