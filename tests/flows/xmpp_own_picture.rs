//! The user's own picture, since when nobody is there, and what the archive keeps, as a session says it to servers of several kinds.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;
use tandem::model::{ArchiveKeeps, ArchivePreferences, Now, OwnPicture, Reason, Show, WallTime};
use tandem::xmpp::session::{Output, SessionMachine};
use tandem::xmpp::{Command, Event, OwnPictureCommand, OwnPictureEvent, PeopleCommand, PeopleEvent};

use super::world::{BOB, config, connected, element, start};

const PICTURE: &[u8] = b"a picture";

/// What a server can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    /// It has personal nodes.
    nodes: bool,
    /// It makes the older form by itself.
    converts: bool,
    /// The card may be written.
    card: bool,
}

struct Server {
    kind: Kind,
    data: Option<(String, String)>,
    metadata: Option<Element>,
    card: Option<Element>,
    prefs: Element,
    presences: Vec<Element>,
    /// How often the older form was set.
    sets: u32,
}

impl Server {
    fn new(kind: Kind) -> Self {
        let card = element("<vCard xmlns='vcard-temp'><FN>Alice</FN><X-KEPT>yes</X-KEPT></vCard>");
        let prefs = element(
            "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never><jid>eve@example.com</jid></never></prefs>",
        );
        Self { kind, data: None, metadata: None, card: Some(card), prefs, presences: Vec::new(), sets: 0 }
    }

    fn answer(&mut self, sent: &Element) -> Option<Element> {
        if sent.name() == "presence" {
            self.presences.push(sent.clone());
        }
        let (id, payload) = (sent.attr("id")?, sent.children().next()?);
        let set = sent.attr("type") == Some("set");
        let from = sent.attr("to").map(|to| format!(" from='{to}'")).unwrap_or_default();
        let result = |inner: &str| {
            Some(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'{from}>{inner}</iq>")))
        };
        let error = |condition: &str| {
            Some(element(&format!(
                "<iq xmlns='jabber:client' type='error' id='{id}'{from}><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )))
        };
        match (payload.name(), payload.ns().as_str()) {
            ("bind", _) => {
                result("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>")
            }
            ("query", "jabber:iq:roster") => {
                result(&format!("<query xmlns='jabber:iq:roster'><item jid='{BOB}' subscription='both'/></query>"))
            }
            ("query", "http://jabber.org/protocol/disco#info") => {
                let feature = if self.kind.converts { "urn:xmpp:pep-vcard-conversion:0" } else { "urn:example" };
                result(&format!(
                    "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='{feature}'/></query>"
                ))
            }
            ("vCard", _) if set && !self.kind.card => error("not-allowed"),
            ("vCard", _) if set => {
                self.sets += 1;
                self.card = Some(payload.clone());
                result("")
            }
            ("vCard", _) => match &self.card {
                Some(card) => result(&String::from(card)),
                None => error("item-not-found"),
            },
            ("prefs", _) => {
                if set {
                    self.prefs = payload.clone();
                }
                result(&String::from(&self.prefs))
            }
            ("pubsub", _) if !self.kind.nodes => error("service-unavailable"),
            ("pubsub", _) => self.node(payload, &result, &error),
            _ => result(""),
        }
    }

    fn node(
        &mut self,
        payload: &Element,
        result: &dyn Fn(&str) -> Option<Element>,
        error: &dyn Fn(&str) -> Option<Element>,
    ) -> Option<Element> {
        let first = payload.children().next()?;
        let node = first.attr("node")?;
        let item = first.children().next();
        match (first.name(), node) {
            ("publish", "urn:xmpp:avatar:data") => {
                let item = item?;
                self.data = Some((item.attr("id")?.to_owned(), item.children().next()?.text()));
                result("")
            }
            ("publish", "urn:xmpp:avatar:metadata") => {
                self.metadata = item.cloned();
                result("")
            }
            ("items", "urn:xmpp:avatar:metadata") => match &self.metadata {
                Some(item) => result(&items(node, &String::from(item))),
                None => error("item-not-found"),
            },
            ("items", "urn:xmpp:avatar:data") => match &self.data {
                Some((id, data)) => result(&items(
                    node,
                    &format!("<item id='{id}'><data xmlns='urn:xmpp:avatar:data'>{data}</data></item>"),
                )),
                None => error("item-not-found"),
            },
            _ => error("item-not-found"),
        }
    }

    /// Somebody else of ours publishes another picture, or none.
    fn publishes_elsewhere(&mut self, picture: Option<&[u8]>) -> Element {
        let inner = match picture {
            Some(picture) => {
                let hash = sha1(picture);
                self.data = Some((hash.clone(), BASE64_STANDARD.encode(picture)));
                format!(
                    "<item id='{hash}'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='{}' id='{hash}' \
                     type='image/png'/></metadata></item>",
                    picture.len()
                )
            }
            None => "<item id='x'><metadata xmlns='urn:xmpp:avatar:metadata'/></item>".to_owned(),
        };
        element(&format!(
            "<message xmlns='jabber:client' from='alice@example.com' type='headline'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'>{inner}</items>\
             </event></message>"
        ))
    }
}

fn items(node: &str, inner: &str) -> String {
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{inner}</items></pubsub>")
}

fn sha1(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Everything goes back and forth until nobody has anything to say; what was told.
fn settle(machine: &mut SessionMachine, server: &mut Server, now: Now) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Send(stanza) => {
                if let Some(answer) = server.answer(&stanza) {
                    machine.handle_stanza(answer, now);
                }
            }
            Output::Event(event) => {
                if let Event::Roster { checkpoint, .. } = &event {
                    machine.handle_command(Command::Committed(*checkpoint), now);
                }
                events.push(event);
            }
            Output::Connect => machine.handle_connected(connected(""), now),
            Output::Close => panic!("nobody wants that"),
        }
    }
    events
}

fn online(kind: Kind) -> (SessionMachine, Server, Now) {
    let (now, mut server) = (start(), Server::new(kind));
    let mut machine = SessionMachine::new(config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    settle(&mut machine, &mut server, now);
    assert!(!server.presences.is_empty(), "online");
    (machine, server, now)
}

fn told(events: Vec<Event>) -> Vec<OwnPictureEvent> {
    let one = |event| match event {
        Event::People(PeopleEvent::OwnPicture(event)) => Some(event),
        _ => None,
    };
    events.into_iter().filter_map(one).collect()
}

fn ask(machine: &mut SessionMachine, server: &mut Server, command: OwnPictureCommand) -> Vec<OwnPictureEvent> {
    let now = start();
    machine.handle_command(Command::People(PeopleCommand::OwnPicture(command)), now);
    told(settle(machine, server, now))
}

fn picture() -> Arc<OwnPicture> {
    Arc::new(OwnPicture { png: PICTURE.into(), hash: sha1(PICTURE).into(), edge: 96 })
}

fn is(picture: Option<&[u8]>) -> OwnPictureEvent {
    OwnPictureEvent::Is(picture.map(Arc::from))
}

fn announced(presence: &Element) -> Option<String> {
    let x = presence.get_child("x", "vcard-temp:x:update")?;
    Some(x.get_child("photo", "vcard-temp:x:update")?.text())
}

const ALL: Kind = Kind { nodes: true, converts: true, card: true };

#[test]
fn a_server_that_makes_the_older_form_gets_the_picture_once_and_says_it_in_presence_itself() {
    let (mut machine, mut server, _) = online(ALL);
    let events = ask(&mut machine, &mut server, OwnPictureCommand::Set(7, picture()));
    assert_eq!(events, [is(Some(PICTURE)), OwnPictureEvent::Done(7, Ok(None))]);
    let (id, data) = server.data.clone().expect("the picture");
    assert_eq!((id, data), (sha1(PICTURE), BASE64_STANDARD.encode(PICTURE)));
    let metadata = server.metadata.clone().expect("the announcement");
    let info = metadata.children().next().and_then(|metadata| metadata.children().next()).expect("an info").clone();
    for (name, value) in [("bytes", "9"), ("type", "image/png"), ("width", "96"), ("height", "96")] {
        assert_eq!(info.attr(name), Some(value), "{name}");
    }
    assert_eq!((info.attr("id"), metadata.attr("id")), (Some(&*sha1(PICTURE)), Some(&*sha1(PICTURE))));
    assert_eq!((server.sets, server.presences.iter().filter_map(announced).count()), (0, 0));
    let events = ask(&mut machine, &mut server, OwnPictureCommand::Remove(8));
    assert_eq!(events, [is(None), OwnPictureEvent::Done(8, Ok(None))]);
    let metadata = server.metadata.clone().expect("the announcement");
    assert!(
        metadata.children().next().is_some_and(|metadata| metadata.children().next().is_none()),
        "that there is none"
    );
    assert_eq!(server.sets, 0);
}

#[test]
fn elsewhere_the_card_gets_the_picture_and_nothing_else_of_it_changes_and_presence_names_it() {
    for nodes in [true, false] {
        let (mut machine, mut server, _) = online(Kind { nodes, converts: false, card: true });
        let said = server.presences.last().and_then(announced);
        assert_eq!(said.as_deref(), Some(""), "the card holds none, and that was looked at before it was said");
        let events = ask(&mut machine, &mut server, OwnPictureCommand::Set(7, picture()));
        assert_eq!(events, [is(Some(PICTURE)), OwnPictureEvent::Done(7, Ok(None))], "nodes: {nodes}");
        let card = server.card.clone().expect("a card");
        assert_eq!(card.get_child("FN", "vcard-temp").map(Element::text).as_deref(), Some("Alice"));
        assert!(card.has_child("X-KEPT", "vcard-temp"), "what is not understood stays");
        let photo = card.get_child("PHOTO", "vcard-temp").expect("a picture");
        let data = photo.get_child("BINVAL", "vcard-temp").map(Element::text);
        assert_eq!(data.as_deref(), Some(&*BASE64_STANDARD.encode(PICTURE)));
        assert_eq!(server.presences.last().and_then(announced), Some(sha1(PICTURE)));
        let events = ask(&mut machine, &mut server, OwnPictureCommand::Remove(8));
        assert_eq!(events.last(), Some(&OwnPictureEvent::Done(8, Ok(None))));
        assert!(!server.card.clone().expect("a card").has_child("PHOTO", "vcard-temp"));
        assert_eq!(server.presences.last().and_then(announced).as_deref(), Some(""));
    }
}

#[test]
fn what_a_server_does_not_take_is_said_and_a_half_is_said_as_a_half() {
    let reason = |event: &OwnPictureEvent| match event {
        OwnPictureEvent::Done(_, how) => how.clone().map(|partly| partly.map(|why| why.code.to_string())),
        OwnPictureEvent::Is(_) => panic!("no picture"),
    };
    let (mut machine, mut server, _) = online(Kind { nodes: true, converts: false, card: false });
    let events = ask(&mut machine, &mut server, OwnPictureCommand::Set(7, picture()));
    assert_eq!(reason(events.last().expect("an end")), Ok(Some("not-allowed".to_owned())), "the node has it");
    let (mut machine, mut server, _) = online(Kind { nodes: false, converts: false, card: false });
    let events = ask(&mut machine, &mut server, OwnPictureCommand::Set(7, picture()));
    assert_eq!(events.len(), 1, "{}", events.len());
    assert_eq!(reason(&events[0]).expect_err("refused").code.as_ref(), "service-unavailable");
    let mut away = SessionMachine::new(config(), [1; 32], start());
    let events = ask(&mut away, &mut server, OwnPictureCommand::Set(9, picture()));
    assert_eq!(reason(&events[0]).expect_err("refused"), Reason::new("offline", "Chat is not connected."));
}

#[test]
fn x09_another_device_changes_the_picture_and_only_the_own_node_says_so() {
    let (mut machine, mut server, now) = online(ALL);
    let other: &[u8] = b"another";
    let news = server.publishes_elsewhere(Some(other));
    // Whoever says it in another name is not heard.
    let forged = element(&String::from(&news).replace("alice@example.com", "mallory@evil.example"));
    machine.handle_stanza(forged, now);
    assert!(told(settle(&mut machine, &mut server, now)).is_empty());
    machine.handle_stanza(news.clone(), now);
    assert!(told(settle(&mut machine, &mut server, now)) == [is(Some(other))]);
    machine.handle_stanza(news, now);
    assert!(told(settle(&mut machine, &mut server, now)).is_empty(), "the same again is no news");
    // What comes is not what was announced: nothing is shown.
    let lie = server.publishes_elsewhere(Some(b"honest"));
    server.data = Some((sha1(b"honest"), BASE64_STANDARD.encode(b"a lie")));
    machine.handle_stanza(lie, now);
    assert!(told(settle(&mut machine, &mut server, now)).is_empty());
    let gone = server.publishes_elsewhere(None);
    machine.handle_stanza(gone, now);
    assert!(told(settle(&mut machine, &mut server, now)) == [is(None)]);
}

#[test]
fn since_when_nobody_is_there_stands_in_presence_and_goes_again() {
    let (mut machine, mut server, now) = online(ALL);
    let since = WallTime::parse_rfc3339("2026-11-22T09:30:00Z").expect("a time");
    for (idle, show, expected) in
        [(Some(since), Show::Away, Some("2026-11-22T09:30:00Z")), (None, Show::Available, None)]
    {
        machine.handle_command(Command::People(PeopleCommand::Idle(idle)), now);
        machine.handle_command(Command::Presence { show, status: None }, now);
        settle(&mut machine, &mut server, now);
        let said = server.presences.last().and_then(|presence| presence.get_child("idle", "urn:xmpp:idle:1"));
        let said = said.and_then(|idle| idle.attr("since")).and_then(WallTime::parse_rfc3339);
        assert_eq!(said, expected.and_then(WallTime::parse_rfc3339));
    }
    machine.handle_command(Command::People(PeopleCommand::Idle(Some(since))), now);
    machine.handle_command(Command::Presence { show: Show::Offline, status: None }, now);
    settle(&mut machine, &mut server, now);
    let last = server.presences.last().expect("a presence");
    assert!(last.children().next().is_none(), "who is invisible says nothing: {last:?}");
}

#[test]
fn what_the_archive_keeps_is_read_and_changed_and_the_exceptions_stay() {
    let (mut machine, mut server, now) = online(ALL);
    let prefs = |machine: &mut SessionMachine, server: &mut Server, change| {
        machine.handle_command(Command::ArchivePrefs(7, change), now);
        let one = |event| match event {
            Event::ArchivePrefs(7, how) => Some(how),
            _ => None,
        };
        let mut all: Vec<_> = settle(machine, server, now).into_iter().filter_map(one).collect();
        assert_eq!(all.len(), 1, "one answer");
        all.remove(0)
    };
    let says = |keeps| Ok(ArchivePreferences { keeps, always: 0, never: 1 });
    assert_eq!(prefs(&mut machine, &mut server, None), says(ArchiveKeeps::Always));
    assert_eq!(prefs(&mut machine, &mut server, Some(ArchiveKeeps::Roster)), says(ArchiveKeeps::Roster));
    assert_eq!(server.prefs.attr("default"), Some("roster"));
    let never = server.prefs.get_child("never", "urn:xmpp:mam:2").expect("the list");
    assert_eq!(never.children().next().map(Element::text).as_deref(), Some("eve@example.com"));
    assert_eq!(prefs(&mut machine, &mut server, Some(ArchiveKeeps::Roster)), says(ArchiveKeeps::Roster));
    server.prefs = element("<prefs xmlns='urn:xmpp:mam:2' default='perhaps'/>");
    assert!(
        prefs(&mut machine, &mut server, Some(ArchiveKeeps::Never)).is_err(),
        "what is not understood is not changed"
    );
    assert_eq!(server.prefs.attr("default"), Some("perhaps"));
    let many = "<jid>a@example.com</jid>".repeat(1_001);
    server.prefs = element(&format!("<prefs xmlns='urn:xmpp:mam:2' default='always'><always>{many}</always></prefs>"));
    assert!(prefs(&mut machine, &mut server, Some(ArchiveKeeps::Never)).is_err());
    assert_eq!(server.prefs.attr("default"), Some("always"));
}
