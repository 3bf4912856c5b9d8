//! What the user's own devices tell each other of calls: through a private node, on nobody else's word.

use std::time::Duration;

use minidom::Element;
use tandem::model::{CallId, Direction, Reason, SharedCall, Via, WallTime};
use tandem::xmpp::session::{Disconnected, SessionMachine};
use tandem::xmpp::{Command, Event, OwnCallsCommand, OwnCallsEvent};

use super::world::{BOB, element, jid, start};
use super::xmpp_session::{drain, online};

const NODE: &str = "urn:x-cusax:calls:0";

fn call(id: u64) -> SharedCall {
    SharedCall {
        id: CallId(id),
        direction: Direction::Incoming,
        via: Via::Sip,
        account: "sip:alice@example.com".into(),
        uri: "sip:bob@example.com".into(),
        display: "Bob <&>".into(),
        jid: Some(jid(BOB)),
        started: WallTime::parse_rfc3339("2026-11-22T09:00:00Z").expect("valid"),
        answered: WallTime::parse_rfc3339("2026-11-22T09:00:05Z"),
        duration: Duration::from_secs(61),
        end: Some("hangup".into()),
    }
}

fn told(events: Vec<Event>) -> Vec<OwnCallsEvent> {
    let one = |event| match event {
        Event::OwnCalls(event) => Some(event),
        _ => None,
    };
    events.into_iter().filter_map(one).collect()
}

fn say(machine: &mut SessionMachine, command: OwnCallsCommand) -> Vec<Element> {
    machine.handle_command(Command::OwnCalls(command), start());
    drain(machine).0
}

/// What a device published, as the server tells it to another.
fn event(published: &Element, from: &str) -> Element {
    let pubsub = published.get_child("pubsub", "http://jabber.org/protocol/pubsub").expect("a publication");
    let publish = pubsub.get_child("publish", "http://jabber.org/protocol/pubsub").expect("a publication");
    let text = String::from(publish.children().next().expect("an item"));
    let item = text.replace("http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#event");
    element(&format!(
        "<message xmlns='jabber:client' from='{from}' type='headline'><event \
         xmlns='http://jabber.org/protocol/pubsub#event'><items node='{NODE}'>{item}</items></event></message>"
    ))
}

#[test]
fn n15_a_call_that_one_device_tells_is_what_the_other_reads_and_only_the_own_account_says_so() {
    let (mut machine, now) = online("");
    let sent = say(&mut machine, OwnCallsCommand::Tell(Box::new(call(7))));
    let text = String::from(&sent[0]);
    assert!(text.contains("whitelist") && text.contains("publish-options"), "others read nothing of it: {text}");
    for wrong in [BOB, "mallory@evil.example", "alice@example.com/other"] {
        machine.handle_stanza(event(&sent[0], wrong), now);
        assert!(told(drain(&mut machine).1).is_empty(), "{wrong}");
    }
    machine.handle_stanza(event(&sent[0], "alice@example.com"), now);
    assert_eq!(told(drain(&mut machine).1), [OwnCallsEvent::Calls(vec![call(7)])]);
    let seen = say(&mut machine, OwnCallsCommand::Seen(now.wall));
    machine.handle_stanza(event(&seen[0], "alice@example.com"), now);
    assert_eq!(told(drain(&mut machine).1), [OwnCallsEvent::Seen(now.wall)]);
    let gone = say(&mut machine, OwnCallsCommand::Forget(CallId(7)));
    assert!(String::from(&gone[0]).contains("<retract"), "{gone:?}");
}

#[test]
fn n15_what_is_no_call_is_nothing() {
    let (mut machine, now) = online("");
    let good = "direction='incoming' account='sip:a@b' uri='sip:b@c' started='2026-11-22T09:00:00Z'";
    let items = |attributes: &str, id: &str| {
        element(&format!(
            "<message xmlns='jabber:client' from='alice@example.com'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='{NODE}'><item id='{id}'><call xmlns='{NODE}' {attributes}/></item></items></event></message>"
        ))
    };
    machine.handle_stanza(items(good, "c5"), now);
    assert_eq!(told(drain(&mut machine).1).len(), 1);
    let long = good.replace("sip:b@c", &"x".repeat(1_000));
    for (attributes, id) in [
        (good, "5"),
        (good, "c-1"),
        (good.replace("incoming", "sideways").as_str(), "c5"),
        (good.replace("2026", "1726").as_str(), "c5"),
        (good.replace("sip:b@c", "").as_str(), "c5"),
        (good.replace("sip:b@c", "sip:b @c").as_str(), "c5"),
        (long.as_str(), "c5"),
        ("", "c5"),
    ] {
        machine.handle_stanza(items(attributes, id), now);
        assert!(told(drain(&mut machine).1).is_empty(), "{attributes} {id}");
    }
}

#[test]
fn n15_what_happens_without_a_connection_is_told_once_with_the_next_one() {
    let (mut machine, now) = online("");
    machine.handle_disconnected(Disconnected::Lost(Reason::new("lost", "cut")), now);
    drain(&mut machine);
    for _ in 0..2 {
        assert!(say(&mut machine, OwnCallsCommand::Tell(Box::new(call(7)))).is_empty());
    }
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(super::world::connected(""), now);
    let (sent, _) = drain(&mut machine);
    let id = sent.last().and_then(|one| one.attr("id")).expect("an id").to_owned();
    let bound = format!(
        "<iq xmlns='jabber:client' type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>alice@example.com/desk</jid></bind></iq>"
    );
    machine.handle_stanza(element(&bound), now);
    let (sent, _) = drain(&mut machine);
    let about = |one: &&Element| String::from(*one).contains(NODE);
    let (asked, said): (Vec<&Element>, Vec<&Element>) =
        sent.iter().filter(about).partition(|one| one.attr("type") == Some("get"));
    assert_eq!((asked.len(), said.len()), (1, 1));
}
