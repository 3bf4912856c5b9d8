//! The roster is changed, and people are blocked: what goes to the server, and whose word counts.

use minidom::Element;
use tandem::model::{Now, Report, ReportReason, Show};
use tandem::xmpp::session::{Disconnected, SessionMachine};
use tandem::xmpp::{Command, ContactCommand, ContactEntry, ContactEvent, Event, MOST_BLOCKED};

use super::world::{BOB, connected, element, jid, start};
use super::xmpp_session::{drain, online};

const BLOCKING: &str = "urn:xmpp:blocking";
const PRE_APPROVAL: &str = "<sub xmlns='urn:xmpp:features:pre-approval'/>";
const FRANK: &str = "frank@example.com";

fn iq(kind: &str, id: &str, inside: &str) -> Element {
    element(&format!("<iq xmlns='jabber:client' type='{kind}' id='{id}'>{inside}</iq>"))
}

fn push(from: &str, inside: &str) -> Element {
    element(&format!("<iq xmlns='jabber:client' type='set' id='p1'{from}>{inside}</iq>"))
}

fn entry(address: &str) -> ContactEntry {
    ContactEntry { jid: jid(address), name: Some("Frank".into()), groups: vec!["Work".into()] }
}

fn contact(machine: &mut SessionMachine, command: ContactCommand, now: Now) -> Vec<Element> {
    machine.handle_command(Command::Contact(command), now);
    drain(machine).0
}

fn told(events: Vec<Event>) -> Vec<ContactEvent> {
    let one = |event| match event {
        Event::Contact(event) => Some(event),
        _ => None,
    };
    events.into_iter().filter_map(one).collect()
}

fn presences(sent: &[Element]) -> Vec<(&str, &str)> {
    sent.iter()
        .filter(|one| one.name() == "presence")
        .filter_map(|one| Some((one.attr("type")?, one.attr("to")?)))
        .collect()
}

/// Online with a list of blocked people.
fn blocking(people: &str) -> (SessionMachine, Now, Vec<ContactEvent>) {
    let now = start();
    let mut machine = SessionMachine::new(super::world::config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(""), now);
    let (sent, _) = drain(&mut machine);
    let id = |element: Option<&Element>| element.and_then(|one| one.attr("id")).expect("an id").to_owned();
    let jid = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
    machine.handle_stanza(iq("result", &id(sent.last()), jid), now);
    let (sent, _) = drain(&mut machine);
    let roster = id(sent.iter().find(|one| one.has_child("query", "jabber:iq:roster")));
    let item = format!("<query xmlns='jabber:iq:roster'><item jid='{BOB}' subscription='both'/></query>");
    machine.handle_stanza(iq("result", &roster, &item), now);
    let list = id(sent.iter().find(|one| one.has_child("blocklist", BLOCKING)));
    machine.handle_stanza(iq("result", &list, &format!("<blocklist xmlns='{BLOCKING}'>{people}</blocklist>")), now);
    let (_, events) = drain(&mut machine);
    (machine, now, told(events))
}

#[test]
fn somebody_is_added_before_they_are_asked_and_approved_where_the_server_keeps_that() {
    for (features, expected) in [("", vec!["subscribe"]), (PRE_APPROVAL, vec!["subscribed", "subscribe"])] {
        let (mut machine, now) = online(features);
        let add = ContactCommand::Add { ticket: 7, entry: entry(FRANK), approve: true };
        let sent = contact(&mut machine, add, now);
        assert_eq!(presences(&sent), [], "the entry comes first (RFC 6121 section 3.1.1)");
        let id = sent[0].attr("id").expect("an id").to_owned();
        assert!(String::from(&sent[0]).contains("<group>Work</group>"), "{:?}", sent[0]);
        machine.handle_stanza(iq("result", &id, ""), now);
        let (sent, events) = drain(&mut machine);
        let kinds: Vec<&str> = presences(&sent).iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, expected, "{features}");
        assert!(presences(&sent).iter().all(|(_, to)| *to == FRANK));
        assert_eq!(told(events), [ContactEvent::Done { ticket: 7, outcome: Ok(()) }]);
    }
}

#[test]
fn an_open_request_of_theirs_is_answered_with_the_adding() {
    let (mut machine, now) = online("");
    machine.handle_stanza(element(&format!("<presence xmlns='jabber:client' from='{FRANK}' type='subscribe'/>")), now);
    drain(&mut machine);
    let add = |ticket, approve| ContactCommand::Add { ticket, entry: entry(FRANK), approve };
    let sent = contact(&mut machine, add(1, true), now);
    machine.handle_stanza(iq("result", sent[0].attr("id").expect("an id"), ""), now);
    let (sent, _) = drain(&mut machine);
    assert_eq!(presences(&sent), [("subscribed", FRANK), ("subscribe", FRANK)]);
    // Whoever does not want to be seen is not.
    let (mut machine, now) = online(PRE_APPROVAL);
    let sent = contact(&mut machine, add(2, false), now);
    machine.handle_stanza(iq("result", sent[0].attr("id").expect("an id"), ""), now);
    assert_eq!(presences(&drain(&mut machine).0), [("subscribe", FRANK)]);
}

#[test]
fn a_refusal_and_a_missing_answer_ask_nobody_anything() {
    let (mut machine, now) = online("");
    let add = ContactCommand::Add { ticket: 1, entry: entry(FRANK), approve: true };
    let sent = contact(&mut machine, add.clone(), now);
    let error = "<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let id = sent[0].attr("id").expect("an id").to_owned();
    // X15: nobody else answers for the server.
    let forged = format!("<iq xmlns='jabber:client' type='result' id='{id}' from='mallory@example.com'/>");
    machine.handle_stanza(element(&forged), now);
    assert!(drain(&mut machine).1.is_empty());
    machine.handle_stanza(iq("error", &id, error), now);
    let (sent, events) = drain(&mut machine);
    assert!(sent.is_empty());
    match told(events).as_slice() {
        [ContactEvent::Done { ticket: 1, outcome: Err(reason) }] => assert_eq!(&*reason.code, "not-acceptable"),
        other => panic!("{other:?}"),
    }
    contact(&mut machine, add.clone(), now);
    let late = now.after(std::time::Duration::from_secs(60));
    machine.handle_timeout(late);
    let (sent, events) = drain(&mut machine);
    assert!(presences(&sent).is_empty());
    assert!(matches!(told(events).as_slice(), [ContactEvent::Done { outcome: Err(_), .. }]));
    // Without a connection it is refused at once, and never sent later.
    machine.handle_disconnected(Disconnected::Lost(tandem::model::Reason::new("lost", "cut")), late);
    drain(&mut machine);
    machine.handle_command(Command::Contact(add), late);
    let (sent, events) = drain(&mut machine);
    assert!(sent.is_empty());
    assert!(matches!(told(events).as_slice(), [ContactEvent::Done { outcome: Err(_), .. }]));
}

#[test]
fn removing_and_renaming_say_just_that() {
    let (mut machine, now) = online("");
    let sent = contact(&mut machine, ContactCommand::Remove { ticket: 1, jid: jid(BOB) }, now);
    let item = sent[0].get_child("query", "jabber:iq:roster").and_then(|query| query.children().next()).expect("one");
    assert_eq!((item.attr("jid"), item.attr("subscription")), (Some(BOB), Some("remove")));
    let sent = contact(&mut machine, ContactCommand::Change { ticket: 2, entry: entry(BOB) }, now);
    let item = sent[0].get_child("query", "jabber:iq:roster").and_then(|query| query.children().next()).expect("one");
    assert_eq!((item.attr("name"), item.attr("subscription")), (Some("Frank"), None));
    for (command, kind) in [
        (ContactCommand::Ask(jid(BOB)), "subscribe"),
        (ContactCommand::Withdraw(jid(BOB)), "unsubscribe"),
        (ContactCommand::Hide(jid(BOB)), "unsubscribed"),
    ] {
        assert_eq!(presences(&contact(&mut machine, command, now)), [(kind, BOB)]);
    }
}

#[test]
fn x06_the_list_of_blocked_people_is_read_at_the_start_and_follows_pushes_of_the_own_server_only() {
    let (mut machine, now, events) =
        blocking("<item jid='eve@evil.example'/><item jid='@'/><item/><item jid='a@b/c'/>");
    let all = |people: &[&str]| ContactEvent::Blocked(Some(people.iter().map(|one| jid(one)).collect()));
    assert_eq!(events, [all(&["eve@evil.example"])], "unreadable ones are left out");
    let block = format!("<block xmlns='{BLOCKING}'><item jid='{BOB}'/></block>");
    // Nobody but the own server changes the list.
    for stranger in [" from='mallory@example.com'", " from='example.com'", " from='alice@example.com/other'"] {
        machine.handle_stanza(push(stranger, &block), now);
        let (sent, events) = drain(&mut machine);
        assert_eq!(sent[0].attr("type"), Some("error"), "{stranger}");
        assert!(told(events).is_empty());
    }
    machine.handle_stanza(element(&format!("<presence xmlns='jabber:client' from='{BOB}/phone'/>")), now);
    drain(&mut machine);
    machine.handle_stanza(push("", &block), now);
    let (sent, events) = drain(&mut machine);
    assert_eq!(sent[0].attr("type"), Some("result"));
    assert!(events.iter().any(|event| matches!(event, Event::Presence { show: Show::Offline, .. })), "offline for us");
    assert_eq!(told(events), [all(&[BOB, "eve@evil.example"])]);
    // What was on its way is not shown, and asks nothing.
    let body = format!("<message xmlns='jabber:client' from='{BOB}/phone' type='chat'><body>psst</body></message>");
    machine.handle_stanza(element(&body), now);
    let ask = "<presence xmlns='jabber:client' from='eve@evil.example' type='subscribe'/>";
    machine.handle_stanza(element(ask), now);
    let (_, events) = drain(&mut machine);
    assert!(!events.iter().any(|event| matches!(event, Event::Message(..) | Event::SubscriptionRequest { .. })));
    machine.handle_stanza(push("", &format!("<unblock xmlns='{BLOCKING}'><item jid='{BOB}'/></unblock>")), now);
    assert_eq!(told(drain(&mut machine).1), [all(&["eve@evil.example"])]);
    machine.handle_stanza(element(&body), now);
    assert!(drain(&mut machine).1.iter().any(|event| matches!(event, Event::Message(..))));
    // Without an item: everybody (XEP-0191 section 3.4).
    machine.handle_stanza(push("", &format!("<unblock xmlns='{BLOCKING}'/>")), now);
    assert_eq!(told(drain(&mut machine).1), [all(&[])]);
}

#[test]
fn a_message_to_somebody_who_is_blocked_comes_back_with_the_reason() {
    let (mut machine, now, _) = blocking(&format!("<item jid='{BOB}'/>"));
    let refused = format!(
        "<message xmlns='jabber:client' from='{BOB}' id='m1' type='error'><error type='cancel'><not-acceptable \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><blocked xmlns='urn:xmpp:blocking:errors'/></error></message>"
    );
    machine.handle_stanza(element(&refused), now);
    let refused = drain(&mut machine).1.into_iter().find_map(|event| match event {
        Event::MessageRefused { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(refused.map(|reason| reason.code.to_string()).as_deref(), Some("blocked"));
}

#[test]
fn a_report_names_its_kind_and_a_server_is_asked_whether_it_takes_any() {
    let (mut machine, now, _) = blocking("");
    let report = Report { reason: ReportReason::Spam, text: Some("Buys <pills>".into()) };
    let sent = contact(&mut machine, ContactCommand::Block { ticket: 3, jid: jid(BOB), report: Some(report) }, now);
    let text = String::from(&sent[0]);
    assert!(text.contains("urn:xmpp:reporting:spam") && text.contains("Buys &lt;pills"), "{text}");
    // Unblocking always names somebody: without a name it would mean everybody.
    let sent = contact(&mut machine, ContactCommand::Unblock { ticket: 4, jid: jid(BOB) }, now);
    assert!(
        String::from(&sent[0]).contains(&format!("jid=\"{BOB}\""))
            || String::from(&sent[0]).contains(&format!("jid='{BOB}'"))
    );
    for (feature, takes) in [("urn:xmpp:reporting:1", true), ("urn:xmpp:blocking", false)] {
        let now = start();
        let (mut machine, asked) = asked_for_features();
        let features =
            format!("<query xmlns='http://jabber.org/protocol/disco#info'><feature var='{feature}'/></query>");
        let answer = format!("<iq xmlns='jabber:client' type='result' from='example.com' id='{asked}'>{features}</iq>");
        machine.handle_stanza(element(&answer), now);
        assert_eq!(told(drain(&mut machine).1), [ContactEvent::Reports(takes)], "{feature}");
    }
}

fn asked_for_features() -> (SessionMachine, String) {
    let now = start();
    let mut machine = SessionMachine::new(super::world::config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(""), now);
    let bind = drain(&mut machine).0.last().and_then(|one| one.attr("id")).expect("a bind").to_owned();
    let jid = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
    machine.handle_stanza(iq("result", &bind, jid), now);
    let (sent, _) = drain(&mut machine);
    let list = sent.iter().find(|one| one.has_child("blocklist", BLOCKING)).and_then(|one| one.attr("id"));
    machine.handle_stanza(iq("result", list.expect("a list"), &format!("<blocklist xmlns='{BLOCKING}'/>")), now);
    let (sent, _) = drain(&mut machine);
    let asked = sent.iter().find(|one| one.attr("to") == Some("example.com")).and_then(|one| one.attr("id"));
    (machine, asked.expect("a question to the server").to_owned())
}

#[test]
fn a_list_without_end_and_a_server_that_cannot_block_do_no_harm() {
    let many: String = (0..MOST_BLOCKED + 500).map(|at| format!("<item jid='p{at}@x.example'/>")).collect();
    let (mut machine, now, events) = blocking(&many);
    match events.as_slice() {
        [ContactEvent::Blocked(Some(people))] => assert_eq!(people.len(), MOST_BLOCKED),
        other => panic!("{other:?}"),
    }
    let block = format!("<block xmlns='{BLOCKING}'><item jid='one@more.example'/></block>");
    machine.handle_stanza(push("", &block), now);
    match told(drain(&mut machine).1).as_slice() {
        [ContactEvent::Blocked(Some(people))] => assert_eq!(people.len(), MOST_BLOCKED),
        other => panic!("{other:?}"),
    }
    let (mut machine, now) = online("");
    // The harness left the question open: nobody answers it here, which says nothing.
    machine.handle_timeout(now.after(std::time::Duration::from_secs(100)));
    assert!(told(drain(&mut machine).1).is_empty());
}
