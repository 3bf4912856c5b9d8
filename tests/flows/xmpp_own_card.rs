//! The user's own card between two programs and servers of several kinds.

use std::time::Duration;

use minidom::Element;
use tandem::model::{CardEdit, CardPhone, CardWritten, EditedPhone, FormResult, Jid, Now, OwnCard};
use tandem::xmpp::session::{Output, SessionMachine};
use tandem::xmpp::{Command, Event, OwnCardEvent, RosterItem};

use super::world::{BOB, config, connected, element, jid, start};

const ITEM_NOT_FOUND: &str = "item-not-found";

/// How a server keeps cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two cards that know nothing of each other (ejabberd).
    Two,
    /// One vCard4, and a vcard-temp made of it; a write of the older form is converted and drops most (Prosody).
    One,
    /// Two cards, and a write of the older form damages the newer one.
    Damaging,
    /// The older form comes from a directory and is read-only.
    Directory,
    /// No personal nodes.
    OnlyOld,
    /// Nothing at all.
    Nothing,
}

pub struct Server {
    pub kind: Kind,
    pub temp: Option<Element>,
    pub four: Option<Element>,
    pub reach: Vec<Element>,
    pub sets: u32,
    pub publishes: u32,
    pub silent: bool,
}

impl Server {
    fn answer(&mut self, iq: &Element) -> Option<Element> {
        let id = iq.attr("id")?;
        if self.silent || !matches!(iq.attr("type"), Some("get" | "set")) {
            return None;
        }
        let payload = iq.children().next()?;
        let (set, old) = (iq.attr("type") == Some("set"), payload.name() == "vCard");
        let error = |condition: &str| {
            let text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>The directory is read-only.</text>";
            Some(element(&format!(
                "<iq xmlns='jabber:client' type='error' id='{id}'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{text}</error></iq>"
            )))
        };
        let result =
            |inner: &str| Some(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{inner}</iq>")));
        match payload.name() {
            "bind" => {
                return result(
                    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>",
                );
            }
            "query" => {
                return result(&format!(
                    "<query xmlns='jabber:iq:roster'><item jid='{BOB}' subscription='both'/></query>"
                ));
            }
            _ => {}
        }
        match (self.kind, old, set) {
            (Kind::Nothing, ..) | (Kind::OnlyOld, false, _) => error("service-unavailable"),
            (Kind::Directory, true, true) => error("not-allowed"),
            (Kind::One, true, false) => match &self.four {
                Some(four) => result(&older(four)),
                None => result("<vCard xmlns='vcard-temp'/>"),
            },
            (_, true, false) => match &self.temp {
                Some(temp) => result(&String::from(temp)),
                None => error(ITEM_NOT_FOUND),
            },
            (_, true, true) => {
                self.sets += 1;
                self.temp = Some(payload.clone());
                if matches!(self.kind, Kind::One | Kind::Damaging) {
                    self.four = Some(newer(payload));
                }
                result("")
            }
            (_, false, false) => match &self.four {
                Some(four) => result(&format!(
                    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'>\
                     <item id='current'>{}</item></items></pubsub>",
                    String::from(four)
                )),
                None => error(ITEM_NOT_FOUND),
            },
            (_, false, true) => {
                let publish = payload.children().next()?;
                let item = publish.children().next()?.children().next()?.clone();
                if publish.attr("node") == Some("urn:xmpp:reach:0") {
                    self.reach.push(item);
                } else {
                    self.publishes += 1;
                    self.four = Some(item);
                }
                result("")
            }
        }
    }
}

/// The vCard4 as a vcard-temp, as Prosody's `mod_vcard_legacy` makes it: only names, URIs of numbers, home and work.
fn older(four: &Element) -> String {
    let ns = "urn:ietf:params:xml:ns:vcard-4.0";
    let text = |property: &Element, name: &str| property.get_child(name, ns).map(Element::text);
    let mut inner = String::new();
    for property in four.children() {
        match property.name() {
            "fn" => inner += &format!("<FN>{}</FN>", text(property, "text").unwrap_or_default()),
            "nickname" => inner += &format!("<NICKNAME>{}</NICKNAME>", text(property, "text").unwrap_or_default()),
            "tel" => {
                let Some(uri) = text(property, "uri") else { continue };
                let number = uri.strip_prefix("tel:").unwrap_or(&uri).to_owned();
                let kind = property
                    .get_child("parameters", ns)
                    .and_then(|parameters| parameters.get_child("type", ns))
                    .and_then(|kind| kind.get_child("text", ns))
                    .map(Element::text);
                let kind = match kind.as_deref() {
                    Some("home") => "<HOME/>",
                    Some("work") => "<WORK/>",
                    _ => "",
                };
                inner += &format!("<TEL><NUMBER>{number}</NUMBER>{kind}</TEL>");
            }
            _ => {}
        }
    }
    format!("<vCard xmlns='vcard-temp'>{inner}</vCard>")
}

/// The vcard-temp as a vCard4, with the same tool's damage: `tel:` before everything, types and the rest lost.
fn newer(temp: &Element) -> Element {
    let mut inner = String::new();
    for child in temp.children() {
        match child.name() {
            "FN" => inner += &format!("<fn><text>{}</text></fn>", child.text()),
            "NICKNAME" => inner += &format!("<nickname><text>{}</text></nickname>", child.text()),
            "TEL" => {
                let number = child.get_child("NUMBER", "vcard-temp").map(Element::text).unwrap_or_default();
                inner += &format!("<tel><uri>tel:{number}</uri><parameters><type/></parameters></tel>");
            }
            _ => {}
        }
    }
    element(&format!("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>{inner}</vcard>"))
}

pub struct World {
    pub machine: SessionMachine,
    pub server: Server,
    pub now: Now,
    pub events: Vec<Event>,
}

impl World {
    pub fn new(kind: Kind) -> Self {
        let roster = vec![RosterItem {
            jid: jid(BOB),
            name: None,
            groups: Vec::new(),
            subscription: tandem::model::Subscription::Both,
            asked: false,
        }];
        let mut machine = SessionMachine::new(tandem::xmpp::Config { roster, ..config() }, [0; 32], start());
        machine.handle_command(Command::Connect, start());
        let server = Server { kind, temp: None, four: None, reach: Vec::new(), sets: 0, publishes: 0, silent: false };
        let mut world = Self { machine, server, now: start(), events: Vec::new() };
        world.drain();
        world
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Connect => self.machine.handle_connected(connected(""), self.now),
                Output::Send(stanza) if stanza.name() == "iq" => {
                    if let Some(mut answer) = self.server.answer(&stanza) {
                        if let Some(to) = stanza.attr("to") {
                            let from = format!("<iq xmlns='jabber:client' from='{to}'/>");
                            let from = element(&from).attrs().clone();
                            for ((namespace, name), value) in from.into_iter() {
                                answer.attrs_mut().insert(namespace, name, value);
                            }
                        }
                        self.machine.handle_stanza(answer, self.now);
                    }
                }
                Output::Send(_) | Output::Close => {}
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    pub fn command(&mut self, command: Command) {
        self.machine.handle_command(command, self.now);
        self.drain();
    }

    pub fn stanza(&mut self, text: &str) {
        self.machine.handle_stanza(element(text), self.now);
        self.drain();
    }

    pub fn pass(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end.boot) {
            self.now = self.now.after(at.saturating_since(self.now.boot));
            self.machine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub fn said(&mut self) -> Vec<OwnCardEvent> {
        let said = |event: Event| match event {
            Event::OwnCard(event) => Some(event),
            _ => None,
        };
        std::mem::take(&mut self.events).into_iter().filter_map(said).collect()
    }

    pub fn read(&mut self) -> OwnCard {
        self.command(Command::ReadOwnCard);
        match self.said().pop() {
            Some(OwnCardEvent::Read(card)) => card,
            other => panic!("{other:?}"),
        }
    }

    pub fn write(&mut self, edit: CardEdit) -> OwnCardEvent {
        self.command(Command::WriteOwnCard(Box::new(edit)));
        let mut said = self.said();
        assert_eq!(said.len(), 1, "{said:?}");
        said.remove(0)
    }

    pub fn written(&mut self, edit: CardEdit) -> CardWritten {
        match self.write(edit) {
            OwnCardEvent::Written(written) => *written,
            other => panic!("{other:?}"),
        }
    }
}

fn phone(value: &str, uri: &str, types: &[&str]) -> EditedPhone {
    let types = types.iter().map(|kind| (*kind).into()).collect();
    EditedPhone { phone: CardPhone { value: value.into(), types, preferred: false }, uri: uri.into() }
}

fn edit(card: &OwnCard) -> CardEdit {
    CardEdit {
        base: card.revision,
        full_name: Some("Alice Archer".into()),
        nickname: card.nickname.clone(),
        organisation: card.organisation.clone(),
        phones: vec![
            phone("sip:alice@example.com", "sip:alice@example.com", &["work", "video"]),
            phone("+1-303-555-3282", "tel:+1-303-555-3282", &["home", "voice"]),
        ],
    }
}

const FOREIGN_FOUR: &str = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Alice</text></fn>\
    <bday><date>1980-01-01</date></bday><ext xmlns='urn:example'><deep/></ext></vcard>";
const FOREIGN_TEMP: &str =
    "<vCard xmlns='vcard-temp'><FN>Alice</FN><PHOTO><BINVAL>AAAA</BINVAL></PHOTO><ext xmlns='urn:example'/></vCard>";

#[test]
fn s_08_a_server_with_two_cards_gets_both_forms_and_keeps_what_nobody_understands() {
    let mut world = World::new(Kind::Two);
    world.server.temp = Some(element(FOREIGN_TEMP));
    world.server.four = Some(element(FOREIGN_FOUR));
    let card = world.read();
    assert_eq!((card.full_name.as_deref(), card.others), (Some("Alice"), 2));
    let written = world.written(edit(&card));
    assert_eq!((&written.temp, &written.four), (&FormResult::AsMeant, &FormResult::AsMeant));
    assert_eq!((world.server.sets, world.server.publishes), (1, 1));
    let (temp, four) = (world.server.temp.clone().unwrap(), world.server.four.clone().unwrap());
    assert!(temp.has_child("ext", "urn:example") && temp.has_child("PHOTO", "vcard-temp"));
    assert!(four.get_child("ext", "urn:example").is_some_and(|ext| ext.has_child("deep", "urn:example")));
    let temp = String::from(&temp);
    assert!(
        temp.contains("<NUMBER>sip:alice@example.com</NUMBER>") && temp.contains("<VIDEO"),
        "text, with the type: {temp}"
    );
    let four = String::from(&four);
    assert!(four.contains("<uri>sip:alice@example.com</uri>") && four.contains("<text>video</text>"), "a URI: {four}");
    assert_eq!(written.card.phones.len(), 2);
    // An edit of what is there now goes on from here, and one entry more is one write each.
    let mut more = edit(&written.card);
    more.phones.push(phone("1001", "tel:1001", &["work"]));
    assert_eq!(world.written(more).card.phones.len(), 3);
}

#[test]
fn p2_a_server_that_makes_one_form_of_the_other_is_not_asked_to_damage_it() {
    let mut world = World::new(Kind::One);
    world.server.four = Some(element(FOREIGN_FOUR));
    let card = world.read();
    let written = world.written(edit(&card));
    assert_eq!(world.server.sets, 0, "the older form follows by itself");
    assert_eq!(written.four, FormResult::AsMeant);
    assert!(matches!(written.temp, FormResult::Damaged { entries: 0, types: 2, others: 0 }), "{:?}", written.temp);
    let four = String::from(&world.server.four.clone().unwrap());
    assert!(four.contains("<uri>sip:alice@example.com</uri>") && four.contains("urn:example"), "{four}");
}

#[test]
fn p2_a_vcard4_that_a_write_of_the_older_form_damaged_is_published_again() {
    let mut world = World::new(Kind::Damaging);
    world.server.temp = Some(element(FOREIGN_TEMP));
    world.server.four = Some(element(FOREIGN_FOUR));
    let card = world.read();
    let written = world.written(edit(&card));
    assert_eq!((world.server.sets, world.server.publishes), (1, 2));
    assert_eq!((&written.temp, &written.four), (&FormResult::AsMeant, &FormResult::AsMeant));
    let four = String::from(&world.server.four.clone().unwrap());
    assert!(!four.contains("tel:sip:") && four.contains("urn:example"), "{four}");
}

#[test]
fn s_09_a_directory_that_refuses_is_told_in_its_words_and_the_other_form_is_written() {
    let mut world = World::new(Kind::Directory);
    world.server.temp = Some(element(FOREIGN_TEMP));
    let card = world.read();
    let written = world.written(edit(&card));
    let FormResult::Refused(why) = &written.temp else { panic!("{written:?}") };
    assert_eq!((&*why.code, &*why.text), ("not-allowed", "The directory is read-only."));
    assert_eq!(written.four, FormResult::AsMeant);
    assert_eq!(world.server.temp, Some(element(FOREIGN_TEMP)));
    let mut world = World::new(Kind::OnlyOld);
    let card = world.read();
    let written = world.written(edit(&card));
    assert!(matches!(written.four, FormResult::Refused(_)));
    assert_eq!((written.temp, world.server.publishes), (FormResult::AsMeant, 0));
    let mut world = World::new(Kind::Nothing);
    let card = world.read();
    assert!(matches!(world.write(edit(&card)), OwnCardEvent::Failed(why) if why.text.contains("keeps no cards")));
}

#[test]
fn a_change_made_elsewhere_meanwhile_is_told_and_not_overwritten() {
    let mut world = World::new(Kind::Two);
    world.server.four = Some(element(FOREIGN_FOUR));
    let card = world.read();
    assert_eq!(world.read().revision, card.revision, "reading again changes nothing");
    let elsewhere = element(&FOREIGN_FOUR.replace(">Alice<", ">Alice A.<"));
    world.server.four = Some(elsewhere.clone());
    world.stanza(
        "<message xmlns='jabber:client' from='alice@example.com' type='headline'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:vcard4'><item/></items></event></message>",
    );
    assert_eq!(world.said(), [OwnCardEvent::Notified]);
    let OwnCardEvent::ChangedMeanwhile(now) = world.write(edit(&card)) else { panic!("a conflict") };
    assert_eq!(now.full_name.as_deref(), Some("Alice A."));
    assert_eq!(world.server.four, Some(elsewhere));
    assert_eq!((world.server.sets, world.server.publishes), (0, 0));
    assert!(matches!(world.write(edit(&now)), OwnCardEvent::Written(_)), "on second thoughts");
}

#[test]
fn a_card_that_cannot_be_read_is_not_written_and_a_lost_connection_is_told() {
    let mut world = World::new(Kind::Two);
    let card = world.read();
    world.server.silent = true;
    world.command(Command::WriteOwnCard(Box::new(edit(&card))));
    assert!(world.said().is_empty());
    world.pass(Duration::from_secs(60));
    assert!(matches!(world.said().as_slice(), [OwnCardEvent::Failed(why)] if why.text.contains("nothing was changed")));
    assert_eq!((world.server.sets, world.server.publishes), (0, 0));
    world.command(Command::ReadOwnCard);
    world.command(Command::Disconnect);
    assert!(matches!(world.said().as_slice(), [OwnCardEvent::Failed(why)] if &*why.code == "offline"));
    world.command(Command::ReadOwnCard);
    assert!(matches!(world.said().as_slice(), [OwnCardEvent::Failed(_)]), "not connected");
}

fn vcard4_event(from: &str, name: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{from}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:xmpp:vcard4'><item id='current'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>\
         <fn><text>{name}</text></fn></vcard></item></items></event></message>"
    )
}

#[test]
fn x26_a_changed_card_is_fetched_at_once_and_a_flood_of_changes_is_not() {
    let mut world = World::new(Kind::Two);
    world.server.four = Some(element(FOREIGN_FOUR));
    let fetched = |world: &mut World, jid_: &str| {
        let whose: Jid = jid(jid_);
        let count = world
            .events
            .iter()
            .filter(|event| match event {
                Event::Card { jid, .. } | Event::CardUnavailable(jid) => *jid == whose,
                _ => false,
            })
            .count();
        world.events.clear();
        count
    };
    world.pass(Duration::from_secs(50));
    fetched(&mut world, BOB);
    // The first word of a run may be what is known; it is verified in the background.
    world.stanza(&vcard4_event(BOB, "Bob"));
    world.pass(Duration::from_secs(50));
    assert_eq!(fetched(&mut world, BOB), 1);
    world.stanza(&vcard4_event(BOB, "Bob"));
    world.pass(Duration::from_secs(50));
    assert_eq!(fetched(&mut world, BOB), 0, "the same again is no news");
    // Neither a stranger nor a resource of somebody speaks for a node (X09).
    for from in ["mallory@evil.example", "bob@example.com/phone", "alice@example.com/other"] {
        world.stanza(&vcard4_event(from, "Mallory"));
    }
    world.pass(Duration::from_secs(50));
    assert_eq!(fetched(&mut world, BOB), 0);
    world.stanza(&vcard4_event(BOB, "Robert"));
    world.pass(Duration::ZERO);
    for n in 0..1000 {
        world.stanza(&vcard4_event(BOB, &format!("Bob {n}")));
    }
    world.pass(Duration::from_secs(100));
    let count = fetched(&mut world, BOB);
    assert!((1..=2).contains(&count), "{count}");
    for n in 0..300 {
        world.stanza(&vcard4_event(BOB, &format!("Bob the {n}th")));
        world.pass(Duration::from_secs(1));
    }
    let count = fetched(&mut world, BOB);
    assert!((2..=8).contains(&count), "one change a second, for five minutes: {count}");
}
