//! Signing in, the roster, presence, and what happens when the link goes.

use std::time::{Duration, Instant};

use minidom::Element;
use tandem::model::{Jid, MessageId, Now, Reason, Show};
use tandem::xmpp::session::{Disconnected, Output, SessionMachine};
use tandem::xmpp::{Command, Event, RosterUpdate};

use super::world::{self, BOB, World, config, connected, element, jid, start};

/// Everything the machine wants, in two heaps.
pub fn drain(machine: &mut SessionMachine) -> (Vec<Element>, Vec<Event>) {
    let (mut sent, mut events) = (Vec::new(), Vec::new());
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Send(element) => sent.push(element),
            Output::Event(event) => events.push(event),
            Output::Connect => sent.push(element("<connect xmlns='x'/>")),
            Output::Close => sent.push(element("<close xmlns='x'/>")),
        }
    }
    (sent, events)
}

pub fn names(sent: &[Element]) -> Vec<&str> {
    sent.iter().map(Element::name).collect()
}

/// A session that is online with Bob (both ways) on its roster, everything drained.
pub fn online(features: &str) -> (SessionMachine, Now) {
    let now = start();
    let mut machine = SessionMachine::new(config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(features), now);
    let (sent, _) = drain(&mut machine);
    let bind = sent.last().and_then(|bind| bind.attr("id")).expect("a bind");
    machine.handle_stanza(
        element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{bind}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>alice@example.com/desk</jid></bind></iq>"
        )),
        now,
    );
    if features.contains("sm:3") {
        machine.handle_stanza(element("<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/>"), now);
    }
    let (sent, _) = drain(&mut machine);
    let roster = sent.iter().find(|sent| sent.name() == "iq").and_then(|iq| iq.attr("id")).expect("a roster get");
    machine.handle_stanza(
        element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{roster}'><query xmlns='jabber:iq:roster' ver='5'>\
             <item jid='{BOB}' name='Bob' subscription='both'/><item jid='carol@example.com' subscription='to'/></query></iq>"
        )),
        now,
    );
    machine.handle_command(Command::SessionStored(u64::MAX), now);
    let (_, events) = drain(&mut machine);
    for event in events {
        if let Event::Roster { checkpoint, .. } = event {
            machine.handle_command(Command::Committed(checkpoint), now);
        }
    }
    drain(&mut machine);
    (machine, now)
}

#[test]
fn signing_in_binds_gets_the_roster_and_then_shows_presence() {
    let now = start();
    let mut cached = config();
    cached.roster_version = Some("4".into());
    let mut machine = SessionMachine::new(cached, [1; 32], now);
    machine.handle_command(Command::Connect, now);
    let (sent, events) = drain(&mut machine);
    assert_eq!(names(&sent), ["connect"]);
    assert_eq!(events, [Event::Connecting]);
    machine.handle_connected(connected("<sm xmlns='urn:xmpp:sm:3'/><ver xmlns='urn:xmpp:features:rosterver'/>"), now);
    let (sent, _) = drain(&mut machine);
    let id = sent[0].attr("id").expect("an id").to_owned();
    let bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{bound}</iq>")), now);
    let (sent, events) = drain(&mut machine);
    // The contacts; copies, the account's features, what other devices have read; who is blocked; calls of other devices.
    assert_eq!(names(&sent), ["enable", "iq", "iq", "iq", "iq", "iq", "iq", "iq"]);
    assert!(sent[5].has_child("blocklist", "urn:xmpp:blocking"));
    assert!(sent[2].has_child("enable", "urn:xmpp:carbons:2"));
    let query = sent[1].get_child("query", "jabber:iq:roster").expect("a roster get");
    assert_eq!(query.attr("ver"), Some("4"));
    assert!(matches!(&events[..], [Event::Online { resumed: false, .. }, Event::PresencesCleared]));
    let id = sent[1].attr("id").expect("an id").to_owned();
    assert!(machine.largest_stanza() > 1024 * 1024, "a roster may be large");
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'/>")), now);
    let (sent, events) = drain(&mut machine);
    assert!(matches!(&events[..], [Event::Roster { update: RosterUpdate::Unchanged, .. }]), "{events:?}");
    // And then that we are there.
    let presence = sent.iter().find(|one| one.name() == "presence").expect("our presence");
    assert!(presence.has_child("c", "http://jabber.org/protocol/caps"));
    assert!(machine.largest_stanza() <= 256 * 1024);
}

/// A complaint: with ten thousand contacts signing in ends in "timeout", again and again.
#[test]
fn a_roster_that_takes_minutes_to_arrive_is_waited_for_as_long_as_bytes_come_and_people_see_us_after_it() {
    for (bytes, waits) in [(true, true), (false, false)] {
        let mut now = start();
        let mut machine = SessionMachine::new(config(), [1; 32], now);
        machine.handle_command(Command::Connect, now);
        machine.handle_connected(connected(""), now);
        let (sent, _) = drain(&mut machine);
        let id = sent.last().and_then(|bind| bind.attr("id")).expect("a bind").to_owned();
        let bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
        machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{bound}</iq>")), now);
        let (sent, _) = drain(&mut machine);
        let roster = sent.iter().find(|one| one.has_child("query", "jabber:iq:roster")).and_then(|iq| iq.attr("id"));
        assert!(sent.iter().all(|one| one.name() != "presence"), "nobody is looked for before the roster is there");
        let mut lost = false;
        for _ in 0..300 {
            now = now.after(Duration::from_secs(1));
            if bytes {
                machine.handle_bytes(now);
            }
            machine.handle_timeout(now);
            let (_, events) = drain(&mut machine);
            lost |= events.iter().any(|event| matches!(event, Event::Offline { .. }));
        }
        assert_eq!(!lost, waits);
        if !bytes {
            continue;
        }
        let people: String =
            (0..10_000).map(|n| format!("<item jid='p{n}@example.com' subscription='both'/>")).collect();
        let query = format!("<query xmlns='jabber:iq:roster'>{people}</query>");
        let roster = roster.expect("a roster get");
        machine.handle_stanza(
            element(&format!("<iq xmlns='jabber:client' type='result' id='{roster}'>{query}</iq>")),
            now,
        );
        let (sent, events) = drain(&mut machine);
        assert!(events.iter().any(|event| matches!(event, Event::Roster { .. })));
        assert!(sent.iter().any(|one| one.name() == "presence"));
        // The server looks for all of them, and says nothing meanwhile; then the link counts as dead as ever.
        for (seconds, dead) in [(95, false), (60, true)] {
            let mut lost = false;
            for _ in 0..seconds {
                now = now.after(Duration::from_secs(1));
                machine.handle_timeout(now);
                let (_, events) = drain(&mut machine);
                lost |= events.iter().any(|event| matches!(event, Event::Offline { .. }));
            }
            assert_eq!(lost, dead, "{seconds}");
        }
    }
}

#[test]
fn an_address_that_is_not_ours_is_not_bound() {
    let now = start();
    let mut machine = SessionMachine::new(config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(""), now);
    let (sent, _) = drain(&mut machine);
    let id = sent.last().and_then(|bind| bind.attr("id")).expect("a bind").to_owned();
    let bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>mallory@example.com/desk</jid></bind>";
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{bound}</iq>")), now);
    let (sent, events) = drain(&mut machine);
    assert_eq!(names(&sent), ["close"]);
    assert!(matches!(&events[..], [Event::Offline { retry_at: Some(_), .. }]));
}

#[test]
fn a_receipt_is_sent_when_the_message_is_stored_and_not_before() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(
        element(&format!(
            "<message xmlns='jabber:client' from='{BOB}/x' id='m1' type='chat'><body>hi</body>\
             <request xmlns='urn:xmpp:receipts'/></message>"
        )),
        now,
    );
    machine.handle_stanza(element("<r xmlns='urn:xmpp:sm:3'/>"), now);
    let (sent, events) = drain(&mut machine);
    assert!(sent.is_empty(), "neither receipt nor acknowledgement: {sent:?}");
    let [Event::Message(message, checkpoint)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(&*message.body, "hi");
    machine.handle_command(Command::Committed(*checkpoint), now);
    let (sent, _) = drain(&mut machine);
    assert_eq!(names(&sent), ["message", "a"]);
    assert_eq!(sent[0].get_child("received", "urn:xmpp:receipts").and_then(|receipt| receipt.attr("id")), Some("m1"));
    assert_eq!(sent[1].attr("h"), Some("2"));
}

#[test]
fn the_link_is_declared_dead_and_made_again() {
    let mut world = World::new();
    world.settle(Duration::from_secs(1));
    let before = world.now.boot;
    // The server is there no more, without a word.
    world.server.out.clear();
    world.machine.handle_command(
        Command::Send { id: MessageId("x".into()), to: jid(BOB), body: "hi".into(), written: world.now.wall },
        world.now,
    );
    let mut lost_after = None;
    for _ in 0..20 {
        while let Some(output) = world.machine.poll_output() {
            if let Output::Event(Event::Offline { retry_at: Some(at), .. }) = output {
                lost_after = Some(world.now.boot.saturating_since(before));
                assert!(at.saturating_since(world.now.boot) <= Duration::from_secs(3));
            }
        }
        world.pass(Duration::from_secs(1));
    }
    let lost_after = lost_after.expect("noticed");
    assert!(lost_after <= Duration::from_secs(13), "{lost_after:?}: 2 s for a store that hangs, 10 s for the answer");
}

#[test]
fn a_wrong_password_is_not_tried_again_until_the_user_acts() {
    let now = start();
    let mut machine = SessionMachine::new(config(), [1; 32], now);
    machine.handle_command(Command::Connect, now);
    drain(&mut machine);
    let reason = Reason::new("wrong-password", "the server refuses the password");
    let failure = tandem::xmpp::Failure { reason, certificate: None, security: false };
    machine.handle_disconnected(Disconnected::Refused(failure.clone()), now);
    let (sent, events) = drain(&mut machine);
    assert!(sent.is_empty());
    assert_eq!(events, [Event::Failed(failure)]);
    assert_eq!(machine.poll_timeout(), None, "no retry");
    machine.handle_command(Command::NetworkChanged, now);
    assert!(drain(&mut machine).0.is_empty());
    machine.handle_command(Command::Connect, now);
    assert_eq!(names(&drain(&mut machine).0), ["connect"]);
}

#[test]
fn somebody_who_signs_in_with_the_same_resource_is_not_fought() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(
        element(
            "<error xmlns='http://etherx.jabber.org/streams'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
        ),
        now,
    );
    let (sent, events) = drain(&mut machine);
    assert_eq!(names(&sent), ["close"]);
    assert!(matches!(&events[..], [Event::Failed(failure)] if &*failure.reason.code == "conflict"));
    assert_eq!(machine.poll_timeout(), None);
}

/// The far end of a cut connection still gets to say what it thinks of half a stanza.
#[test]
fn a_stream_that_was_cut_is_lost_and_not_wrong() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(
        element(
            "<error xmlns='http://etherx.jabber.org/streams'><not-well-formed \
             xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
        ),
        now,
    );
    let (_, events) = drain(&mut machine);
    let lost = |event: &Event| matches!(event, Event::Offline { reason, retry_at: Some(_) } if &*reason.code == "lost");
    assert!(events.iter().any(lost), "{events:?}");
}

#[test]
fn without_stream_management_messages_still_go_and_the_link_is_still_watched() {
    let (mut machine, now) = online("");
    machine.handle_command(
        Command::Send { id: MessageId("x".into()), to: jid(BOB), body: "a\u{0}b".into(), written: now.wall },
        now,
    );
    let (sent, events) = drain(&mut machine);
    assert_eq!(names(&sent), ["message", "iq"], "and a ping behind it");
    assert_eq!(sent[0].get_child("body", "jabber:client").map(Element::text).as_deref(), Some("ab"));
    assert_eq!(events, [Event::Acknowledged(MessageId("x".into()))]);
    let later = now.after(Duration::from_secs(10));
    machine.handle_timeout(later);
    let (sent, _) = drain(&mut machine);
    assert!(names(&sent).contains(&"close"), "{sent:?}");
}

#[test]
fn f24_ten_thousand_contacts_and_their_presences_are_read_in_linear_time() {
    let now = start();
    let mut world = World::new();
    world.server.roster = (0..10_000)
        .map(|n| format!("<item jid='u{n}@example.com' name='User {n}' subscription='both'><group>G</group></item>"))
        .collect();
    let began = Instant::now();
    world.settle(Duration::from_millis(10));
    let items = world.events.iter().find_map(|event| match event {
        Event::Roster { update: RosterUpdate::Replace(items), .. } => Some(items.len()),
        _ => None,
    });
    assert_eq!(items, Some(10_000));
    for n in 0..10_000 {
        let presence =
            format!("<presence xmlns='jabber:client' from='u{n}@example.com/x'><show>away</show></presence>");
        world.machine.handle_stanza(element(&presence), now);
    }
    world.drain();
    let away = world.events.iter().filter(|event| matches!(event, Event::Presence { show: Show::Away, .. })).count();
    assert_eq!(away, 10_000);
    // A generous bound that only something quadratic misses: 10,000 squared steps take minutes here.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_subscription_request_is_told_once_and_answered_both_ways() {
    let (mut machine, now) = online(world::SM);
    let ask = "<presence xmlns='jabber:client' type='subscribe' from='dave@example.com'><status>hi</status></presence>";
    machine.handle_stanza(element(ask), now);
    machine.handle_stanza(element(ask), now);
    let (_, events) = drain(&mut machine);
    let dave: Jid = jid("dave@example.com");
    assert_eq!(events, [Event::SubscriptionRequest { from: dave.clone(), text: Some("hi".into()) }]);
    machine.handle_command(Command::AnswerSubscription { jid: dave, approve: true }, now);
    let (sent, _) = drain(&mut machine);
    let types: Vec<_> = sent.iter().map(|sent| sent.attr("type")).collect();
    assert_eq!(types, [Some("subscribed"), Some("subscribe")]);
}

/// A roster with Bob comes in answer to the question among these; what is sent then.
fn roster_comes(machine: &mut SessionMachine, sent: &[Element], now: Now) -> Vec<Element> {
    let get = sent.iter().find(|one| one.has_child("query", "jabber:iq:roster")).and_then(|iq| iq.attr("id"));
    let id = get.expect("a roster get");
    let query = format!("<query xmlns='jabber:iq:roster'><item jid='{BOB}' subscription='both'/></query>");
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{query}</iq>")), now);
    drain(machine).0
}

#[test]
fn an_answer_to_a_subscription_request_waits_for_the_connection() {
    for resumed in [true, false] {
        let (mut machine, now) = online(world::SM);
        let ask = "<presence xmlns='jabber:client' type='subscribe' from='dave@example.com'/>";
        machine.handle_stanza(element(ask), now);
        machine.handle_disconnected(Disconnected::Lost(Reason::new("lost", "cut")), now);
        drain(&mut machine);
        let (dave, bob) = (jid("dave@example.com"), jid(BOB));
        // The last word about somebody counts.
        machine.handle_command(Command::AnswerSubscription { jid: dave.clone(), approve: true }, now);
        machine.handle_command(Command::AnswerSubscription { jid: bob, approve: true }, now);
        machine.handle_command(Command::AnswerSubscription { jid: dave, approve: false }, now);
        assert!(drain(&mut machine).0.is_empty());
        let later = now.after(Duration::from_secs(3));
        machine.handle_timeout(later);
        machine.handle_connected(connected(world::SM), later);
        drain(&mut machine);
        if resumed {
            machine.handle_stanza(element("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='2'/>"), later);
        } else {
            machine.handle_stanza(element("<failed xmlns='urn:xmpp:sm:3'/>"), later);
            let bind = drain(&mut machine).0.last().and_then(|bind| bind.attr("id").map(str::to_owned));
            let bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
            let id = bind.expect("a bind");
            machine.handle_stanza(
                element(&format!("<iq xmlns='jabber:client' type='result' id='{id}'>{bound}</iq>")),
                later,
            );
        }
        let (mut sent, _) = drain(&mut machine);
        if !resumed {
            sent = roster_comes(&mut machine, &sent, later);
        }
        let presences: Vec<_> = sent
            .iter()
            .filter(|sent| sent.name() == "presence" && (sent.attr("type").is_some() || !resumed))
            .map(|sent| (sent.attr("to"), sent.attr("type")))
            .collect();
        let mut expected = vec![(Some(BOB), Some("subscribed")), (Some("dave@example.com"), Some("unsubscribed"))];
        if !resumed {
            expected.push((None, None));
        }
        assert_eq!(presences, expected, "resumed: {resumed}");
    }
}

#[test]
fn answers_that_wait_are_limited_and_the_last_ones_stay() {
    let now = start();
    let mut machine = SessionMachine::new(config(), [1; 32], now);
    for n in 0..100 {
        let command = Command::AnswerSubscription { jid: jid(&format!("u{n}@example.com")), approve: false };
        machine.handle_command(command, now);
    }
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(""), now);
    let bind = drain(&mut machine).0.last().and_then(|bind| bind.attr("id").map(str::to_owned)).expect("a bind");
    let bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>";
    machine.handle_stanza(element(&format!("<iq xmlns='jabber:client' type='result' id='{bind}'>{bound}</iq>")), now);
    let (sent, _) = drain(&mut machine);
    let sent = roster_comes(&mut machine, &sent, now);
    let answered: Vec<_> = sent
        .iter()
        .filter(|sent| sent.attr("type") == Some("unsubscribed"))
        .filter_map(|sent| sent.attr("to"))
        .collect();
    assert_eq!((answered.len(), answered[0], answered[63]), (64, "u36@example.com", "u99@example.com"));
}

#[test]
fn f19_while_the_store_stands_still_nothing_unstored_is_acknowledged_and_the_network_is_not_read_for_ever() {
    let (mut machine, mut now) = online(world::SM);
    let mut acknowledged = Vec::new();
    let mut read = 0;
    for n in 0..5000 {
        if !machine.wants_input() {
            break;
        }
        read = n + 1;
        let message = format!("<message xmlns='jabber:client' from='{BOB}/x' id='m{n}'><body>{n}</body></message>");
        machine.handle_stanza(element(&message), now);
        machine.handle_stanza(element("<r xmlns='urn:xmpp:sm:3'/>"), now);
        now = now.after(Duration::from_millis(100));
        machine.handle_timeout(now);
        let (sent, _) = drain(&mut machine);
        acknowledged.extend(sent.iter().filter(|sent| sent.name() == "a").map(|ack| ack.attr("h").map(str::to_owned)));
    }
    assert_eq!(read, 512);
    assert!(!acknowledged.is_empty());
    assert!(acknowledged.iter().all(|h| h.as_deref() == Some("1")), "only the roster is stored: {acknowledged:?}");
}

#[test]
fn an_idle_session_wakes_up_seldom() {
    let mut world = World::new();
    world.settle(Duration::from_secs(1));
    let (began, mut wakes) = (world.now.boot, 0);
    while world.now.boot.saturating_since(began) < Duration::from_secs(3600) {
        if !world.step() {
            world.pass(Duration::from_secs(3600));
            wakes += 1;
        }
    }
    // One question in 30 s, its answer, and a little for what follows.
    assert!(wakes <= 3 * 120 + 20, "{wakes} in an hour");
}

#[test]
fn who_was_there_before_a_resumption_is_told_again() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(element(&format!("<presence xmlns='jabber:client' from='{BOB}/x'/>")), now);
    drain(&mut machine);
    machine.handle_disconnected(Disconnected::Lost(Reason::new("lost", "cut")), now);
    let later = now.after(Duration::from_secs(3));
    machine.handle_timeout(later);
    machine.handle_connected(connected(world::SM), later);
    let (sent, _) = drain(&mut machine);
    let h = sent.last().and_then(|resume| resume.attr("h")).expect("a resumption").to_owned();
    assert!(h == "1" || h == "2", "{h}");
    machine.handle_stanza(element("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='2'/>"), later);
    let (_, events) = drain(&mut machine);
    assert!(
        matches!(&events[..], [Event::Online { resumed: true, .. }, Event::Presence { show: Show::Available, .. }, ..]),
        "{events:?}"
    );
}
