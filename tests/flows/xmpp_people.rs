//! What people call themselves, when they were last there, and links that bring people into the list.

use std::time::Duration;

use minidom::Element;
use tandem::model::WallTime;
use tandem::xmpp::{Command, ContactCommand, ContactEntry, Event, PeopleCommand, PeopleEvent};

use super::world::{BOB, element, jid, start};
use super::xmpp_session::{drain, online};

const FRANK: &str = "frank@example.com";

fn told(events: Vec<Event>) -> Vec<PeopleEvent> {
    let one = |event| match event {
        Event::People(event) => Some(event),
        _ => None,
    };
    events.into_iter().filter_map(one).collect()
}

fn ask(machine: &mut tandem::xmpp::session::SessionMachine, command: PeopleCommand) -> Vec<Element> {
    machine.handle_command(Command::People(command), start());
    drain(machine).0
}

fn id(sent: &[Element]) -> String {
    sent.last().and_then(|one| one.attr("id")).expect("an id").to_owned()
}

#[test]
fn what_a_contact_calls_themselves_is_told_cut_and_taken_back_and_strangers_are_not_heard() {
    let (mut machine, now) = online("");
    let node = |from: &str, inner: &str| {
        element(&format!(
            "<message xmlns='jabber:client' from='{from}' type='headline'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'><items node='http://jabber.org/protocol/nick'>{inner}</items>\
             </event></message>"
        ))
    };
    let nick =
        |name: &str| format!("<item id='current'><nick xmlns='http://jabber.org/protocol/nick'>{name}</nick></item>");
    for from in ["mallory@evil.example", "bob@example.com/phone", "alice@example.com"] {
        machine.handle_stanza(node(from, &nick("Bobby")), now);
    }
    assert!(told(drain(&mut machine).1).is_empty());
    for (inner, expected) in [
        (nick(" Bobby "), Some("Bobby".to_owned())),
        (nick(&"x".repeat(100_000)), Some("x".repeat(80))),
        (nick(""), None),
        ("<retract id='current'/>".to_owned(), None),
    ] {
        machine.handle_stanza(node(BOB, &inner), now);
        let wanted = PeopleEvent::Nick(jid(BOB), expected.map(Into::into));
        assert_eq!(told(drain(&mut machine).1), [wanted]);
    }
}

#[test]
fn the_own_name_is_published_once_and_goes_with_a_question_to_see_somebody() {
    let (mut machine, now) = online("");
    assert!(ask(&mut machine, PeopleCommand::Nick(None)).is_empty(), "what nobody ever said is not taken back");
    let sent = ask(&mut machine, PeopleCommand::Nick(Some("Alice".into())));
    assert!(String::from(&sent[0]).contains(">Alice</nick>"), "{sent:?}");
    assert!(ask(&mut machine, PeopleCommand::Nick(Some("Alice".into()))).is_empty(), "the server knows it");
    ask(&mut machine, PeopleCommand::Token(jid(FRANK), "t1".into()));
    machine.handle_command(Command::Contact(ContactCommand::Ask(jid(FRANK))), now);
    let (sent, _) = drain(&mut machine);
    let asks = sent.iter().find(|one| one.attr("type") == Some("subscribe")).expect("a question");
    let preauth = asks.get_child("preauth", "urn:xmpp:pars:0").and_then(|preauth| preauth.attr("token"));
    assert_eq!(preauth, Some("t1"));
    assert_eq!(asks.get_child("nick", "http://jabber.org/protocol/nick").map(Element::text).as_deref(), Some("Alice"));
    machine.handle_command(Command::Contact(ContactCommand::Ask(jid(FRANK))), now);
    let (sent, _) = drain(&mut machine);
    assert!(!sent[0].has_child("preauth", "urn:xmpp:pars:0"), "a token goes once");
    // Taken back by an empty element, once.
    let sent = ask(&mut machine, PeopleCommand::Nick(None));
    assert_eq!(sent.len(), 1);
    assert!(ask(&mut machine, PeopleCommand::Nick(None)).is_empty());
}

#[test]
fn x49_whoever_asks_to_see_us_may_bring_a_name_and_a_token_and_not_more() {
    let (mut machine, now) = online("");
    let asks = |from: &str, inner: &str| {
        element(&format!("<presence xmlns='jabber:client' from='{from}' type='subscribe'>{inner}</presence>"))
    };
    let inner =
        "<nick xmlns='http://jabber.org/protocol/nick'>Frank</nick><preauth xmlns='urn:xmpp:pars:0' token='t1'/>";
    machine.handle_stanza(asks(FRANK, inner), now);
    let events = drain(&mut machine).1;
    let question = events.iter().position(|event| matches!(event, Event::SubscriptionRequest { .. })).expect("asked");
    let people = events.iter().take(question).filter(|event| matches!(event, Event::People(_))).count();
    assert_eq!(people, 2, "both come before the question");
    machine.handle_stanza(asks(FRANK, inner), now);
    assert!(told(drain(&mut machine).1).is_empty(), "the same question again is no news");
    let long = format!("<preauth xmlns='urn:xmpp:pars:0' token='{}'/>", "x".repeat(5_000));
    machine.handle_stanza(asks("eve@example.com", &long), now);
    assert!(told(drain(&mut machine).1).is_empty());
}

#[test]
fn when_somebody_was_last_there_is_told_by_their_program_their_leaving_or_their_server() {
    let (mut machine, now) = online("");
    let presence = |inner: &str, kind: &str| {
        element(&format!("<presence xmlns='jabber:client' from='{BOB}/desk' {kind}>{inner}</presence>"))
    };
    let at = |text: &str| WallTime::parse_rfc3339(text);
    let said = |machine: &mut _| -> Vec<Option<WallTime>> {
        let one = |event| match event {
            PeopleEvent::LastActive(who, at) if who == jid(BOB) => at,
            other => panic!("{other:?}"),
        };
        told(drain(machine).1).into_iter().map(one).collect()
    };
    // A kept farewell of somebody who is not there says when that was; a bare one says nothing.
    machine.handle_stanza(presence("", "type='unavailable'"), now);
    assert_eq!(said(&mut machine), []);
    machine.handle_stanza(
        presence("<show>away</show><idle xmlns='urn:xmpp:idle:1' since='2026-11-22T09:30:00Z'/>", ""),
        now,
    );
    assert_eq!(said(&mut machine), [at("2026-11-22T09:30:00Z")]);
    machine.handle_stanza(presence("", ""), now);
    assert_eq!(said(&mut machine), [None], "back");
    machine.handle_stanza(presence("<idle xmlns='urn:xmpp:idle:1' since='2099-01-01T00:00:00Z'/>", ""), now);
    assert_eq!(said(&mut machine), [Some(now.wall)], "nobody is idle since tomorrow");
    let later = now.after(Duration::from_secs(60));
    machine.handle_stanza(presence("", "type='unavailable'"), later);
    assert_eq!(said(&mut machine), [Some(later.wall)]);
    // Their server is asked, and believed as far as it makes sense.
    let query = |machine: &mut _| id(&ask(machine, PeopleCommand::AskLastActive(jid(BOB))));
    for (answer, expected) in [("600", at("2026-11-22T09:50:00Z")), ("99999999999999", None), ("-1", None), ("", None)]
    {
        let id = query(&mut machine);
        let result = format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='{BOB}'><query xmlns='jabber:iq:last' \
             seconds='{answer}'/></iq>"
        );
        machine.handle_stanza(element(&result), now);
        assert_eq!(said(&mut machine), expected.map(Some).into_iter().collect::<Vec<_>>(), "{answer}");
    }
    assert!(ask(&mut machine, PeopleCommand::AskLastActive(jid("mallory@evil.example"))).is_empty());
}

#[test]
fn a_link_is_the_servers_where_it_makes_one_and_a_refusal_is_told() {
    let (mut machine, now) = online("");
    let version = std::cell::Cell::new("13.0.0");
    let invited = |machine: &mut tandem::xmpp::session::SessionMachine, inside: &str, kind: &str| {
        let sent = ask(machine, PeopleCommand::Invite(7));
        assert_eq!(sent[0].attr("to"), Some("example.com"));
        let id = id(&sent);
        let answer = format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' from='example.com'>{inside}</iq>");
        machine.handle_stanza(element(&answer), now);
        let (sent, events) = drain(machine);
        let mut events = told(events);
        // Whether the server keeps what its link promises is seen from what it is.
        for question in sent.iter().filter(|iq| iq.has_child("query", "jabber:iq:version")) {
            let id = question.attr("id").expect("an id");
            let version = version.get();
            let said = format!(
                "<iq xmlns='jabber:client' type='result' id='{id}' from='example.com'><query xmlns='jabber:iq:version'>\
                 <name>Prosody</name><version>{version}</version></query></iq>"
            );
            machine.handle_stanza(element(&said), now);
            events.extend(told(drain(machine).1));
        }
        match events.pop() {
            Some(PeopleEvent::Invited(7, outcome)) => outcome,
            other => panic!("{other:?}"),
        }
    };
    let form = |uri: &str, page: &str| {
        format!(
            "<command xmlns='http://jabber.org/protocol/commands' node='urn:xmpp:invite#invite' status='completed'>\
             <x xmlns='jabber:x:data' type='result'><field var='uri'><value>{uri}</value></field><field var='landing-url'>\
             <value>{page}</value></field><field var='expire'><value>2026-11-29T10:00:00Z</value></field></x></command>"
        )
    };
    let good = "xmpp:alice@example.com?roster;preauth=abc";
    let made = invited(&mut machine, &form(good, "https://example.com/invite"), "result").expect("a link");
    assert_eq!((&*made.uri, made.page.as_deref()), (good, Some("https://example.com/invite")));
    assert!(made.until.is_some());
    // What is no link is none, and a page that is not protected is not given away.
    assert!(invited(&mut machine, &form("javascript:alert(1)", ""), "result").is_err());
    assert_eq!(invited(&mut machine, &form(good, "http://example.com/"), "result").expect("a link").page, None);
    let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    assert!(invited(&mut machine, error, "error").is_err());
    // A server that stumbles over links that let nobody register makes none of these.
    for (is, uri, kept) in [
        ("0.12.3", good, false),
        ("0.12.3-1", good, false),
        ("0.12.3", "xmpp:alice@example.com?roster;preauth=abc;ibr=y", true),
        ("0.12.4", good, true),
        ("0.12.30", good, true),
    ] {
        version.set(is);
        assert_eq!(invited(&mut machine, &form(uri, ""), "result").is_ok(), kept, "{is} {uri}");
    }
}

#[test]
fn of_an_announced_picture_only_that_one_is_taken_and_nothing_from_elsewhere() {
    let (mut machine, now) = online("");
    let metadata = |info: &str| {
        element(&format!(
            "<message xmlns='jabber:client' from='{BOB}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             <items node='urn:xmpp:avatar:metadata'><item id='x'><metadata xmlns='urn:xmpp:avatar:metadata'>{info}</metadata>\
             </item></items></event></message>"
        ))
    };
    // The SHA-1 of "hello".
    let hash = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    let info = |more: &str| format!("<info id='{hash}' type='image/png' bytes='5' {more}/>");
    let mut announced = |info: &str| {
        machine.handle_stanza(metadata(info), now);
        match told(drain(&mut machine).1).pop() {
            Some(PeopleEvent::Picture(_, hash)) => hash.map(|hash| hash.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(announced(&info("")).as_deref(), Some(hash));
    for nothing in [
        "",
        &info("url='https://evil.example/x.png'"),
        &info("").replace("image/png", "image/svg+xml"),
        &info("").replace("bytes='5'", "bytes='99999999'"),
        &info("").replace(hash, "../../etc"),
    ] {
        assert_eq!(announced(nothing), None, "{nothing}");
    }
    for (data, came) in [("aGVsbG8=", true), ("aGVsbG8h", false), ("%%%", false), ("", false)] {
        let id = id(&ask(&mut machine, PeopleCommand::FetchPicture(jid(BOB), hash.into())));
        let answer = format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='{BOB}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <items node='urn:xmpp:avatar:data'><item id='{hash}'><data xmlns='urn:xmpp:avatar:data'>{data}</data></item>\
             </items></pubsub></iq>"
        );
        machine.handle_stanza(element(&answer), now);
        assert_eq!(told(drain(&mut machine).1).len(), usize::from(came), "{data}");
    }
}

#[test]
fn whom_a_question_with_a_token_does_not_reach_is_asked_without_one_once() {
    let (mut machine, now) = online("");
    ask(&mut machine, PeopleCommand::Token(jid(FRANK), "t1".into()));
    let entry = ContactEntry { jid: jid(FRANK), name: None, groups: Vec::new() };
    machine.handle_command(Command::Contact(ContactCommand::Add { ticket: 1, entry, approve: false }), now);
    let id = id(&drain(&mut machine).0);
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'/>")), now);
    let push = |subscription: &str| {
        element(&format!(
            "<iq xmlns='jabber:client' type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='{FRANK}' \
             subscription='{subscription}' ask='subscribe'/></query></iq>"
        ))
    };
    machine.handle_stanza(push("none"), now);
    let asks = |machine: &mut tandem::xmpp::session::SessionMachine| -> Vec<bool> {
        let (sent, _) = drain(machine);
        let asks = sent.iter().filter(|one| one.attr("type") == Some("subscribe"));
        asks.map(|one| one.has_child("preauth", "urn:xmpp:pars:0")).collect()
    };
    assert_eq!(asks(&mut machine), [true]);
    let later = now.after(Duration::from_secs(16));
    assert!(machine.poll_timeout().is_some_and(|due| due <= later.boot));
    machine.handle_timeout(later);
    assert_eq!(asks(&mut machine), [false]);
    machine.handle_timeout(later.after(Duration::from_secs(60)));
    assert!(asks(&mut machine).is_empty());
}
