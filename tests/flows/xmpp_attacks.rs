//! Attacks, named after their ids: nothing changes, nothing is revealed, nothing grows without bound.

use std::time::Duration;

use minidom::Element;
use tandem::xmpp::{Event, RosterUpdate};

use super::world::{self, BOB, element};
use super::xmpp_session::{drain, names, online};

#[test]
fn x06_a_roster_push_from_anybody_else_changes_nothing() {
    let (mut machine, now) = online(world::SM);
    let push = |from: &str| {
        element(&format!(
            "<iq xmlns='jabber:client' type='set' id='p' {from}><query xmlns='jabber:iq:roster'>\
             <item jid='mallory@evil.example' subscription='both'/></query></iq>"
        ))
    };
    for from in
        ["mallory@evil.example", "example.com", "alice@example.com/other", "alice@example.com.evil.example", BOB]
    {
        machine.handle_stanza(push(&format!("from='{from}'")), now);
        let (sent, events) = drain(&mut machine);
        assert!(events.is_empty(), "{from}: {events:?}");
        assert_eq!(sent[0].attr("type"), Some("error"), "{from}");
    }
    for from in ["", "from='alice@example.com'"] {
        machine.handle_stanza(push(from), now);
        let (_, events) = drain(&mut machine);
        assert!(matches!(&events[..], [Event::Roster { update: RosterUpdate::Set(_), .. }]), "{from}: {events:?}");
    }
}

#[test]
fn x14_a_stranger_learns_nothing() {
    let (mut machine, now) = online(world::SM);
    let questions = [
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<query xmlns='jabber:iq:version'/>",
        "<query xmlns='jabber:iq:last'/>",
    ];
    // Carol does not see our presence: we see hers.
    for stranger in ["mallory@evil.example/x", "evil.example", "carol@example.com/x"] {
        for question in questions {
            machine.handle_stanza(
                element(&format!("<iq xmlns='jabber:client' type='get' id='q' from='{stranger}'>{question}</iq>")),
                now,
            );
            let (sent, _) = drain(&mut machine);
            let error = sent[0].get_child("error", "jabber:client").expect("an error");
            assert!(
                error.has_child("service-unavailable", "urn:ietf:params:xml:ns:xmpp-stanzas"),
                "as if nobody were here"
            );
        }
        let message = format!(
            "<message xmlns='jabber:client' from='{stranger}' id='m' type='chat'><body>hi</body>\
             <request xmlns='urn:xmpp:receipts'/></message>"
        );
        machine.handle_stanza(element(&message), now);
        let (_, events) = drain(&mut machine);
        let [Event::Message(_, checkpoint)] = &events[..] else { panic!("{events:?}") };
        machine.handle_command(tandem::xmpp::Command::Committed(*checkpoint), now);
        assert!(drain(&mut machine).0.is_empty(), "no receipt");
    }
    for question in &questions[..3] {
        machine.handle_stanza(
            element(&format!("<iq xmlns='jabber:client' type='get' id='q' from='{BOB}/x'>{question}</iq>")),
            now,
        );
        assert_eq!(drain(&mut machine).0[0].attr("type"), Some("result"));
    }
}

#[test]
fn c_06_a_call_over_xmpp_is_refused_even_from_a_contact() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(
        element(&format!(
            "<iq xmlns='jabber:client' type='set' id='j' from='{BOB}/x'>\
             <jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'/></iq>"
        )),
        now,
    );
    let (sent, events) = drain(&mut machine);
    assert!(events.is_empty());
    let error = sent[0].get_child("error", "jabber:client").expect("an error");
    assert!(error.has_child("service-unavailable", "urn:ietf:params:xml:ns:xmpp-stanzas"));
}

#[test]
fn x47_a_count_too_high_ends_the_stream_and_marks_nothing_as_sent() {
    for h in ["99", "4294967295", "-1", "x", ""] {
        let (mut machine, now) = online(world::SM);
        machine.handle_stanza(element(&format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>")), now);
        let (sent, events) = drain(&mut machine);
        assert!(!events.iter().any(|event| matches!(event, Event::Acknowledged(_))), "{h}");
        if h.parse::<u32>().is_ok() {
            assert_eq!(names(&sent), ["error", "close"], "{h}");
            assert!(events.contains(&Event::Session(None)), "and the stream is not resumed");
        } else {
            assert!(sent.is_empty(), "{h}: {sent:?}");
        }
    }
}

#[test]
fn x47_a_flood_of_requests_for_acknowledgements_draws_few_answers() {
    let (mut machine, mut now) = online(world::SM);
    let mut answers = 0;
    for n in 0..100_000 {
        machine.handle_stanza(Element::bare("r", "urn:xmpp:sm:3"), now);
        answers += names(&drain(&mut machine).0).iter().filter(|name| **name == "a").count();
        if n % 1000 == 0 {
            now = now.after(Duration::from_millis(10));
            machine.handle_timeout(now);
        }
    }
    assert!((1..=6).contains(&answers), "{answers} in one second");
}

#[test]
fn x47_strange_answers_to_enable_and_resume_do_no_harm() {
    let (mut machine, now) = online(world::SM);
    for strange in [
        "<enabled xmlns='urn:xmpp:sm:3' id='again' resume='true'/>",
        "<resumed xmlns='urn:xmpp:sm:3' previd='other' h='0'/>",
        "<failed xmlns='urn:xmpp:sm:3'/>",
        "<nonsense xmlns='urn:xmpp:sm:3'/>",
        "<r xmlns='urn:xmpp:sm:2'/>",
        "<features xmlns='http://etherx.jabber.org/streams'/>",
    ] {
        machine.handle_stanza(element(strange), now);
        let (sent, events) = drain(&mut machine);
        assert!(sent.is_empty() && events.is_empty(), "{strange}: {sent:?} {events:?}");
    }
    let id = "x".repeat(8000);
    let (mut machine, now) = online("");
    machine.handle_stanza(element(&format!("<enabled xmlns='urn:xmpp:sm:3' id='{id}' resume='true'/>")), now);
    assert!(drain(&mut machine).1.is_empty());
}

#[test]
fn x49_a_flood_of_requests_and_presences_from_strangers_is_bounded() {
    let (mut machine, now) = online(world::SM);
    let mut told = 0;
    for n in 0..10_000 {
        for kind in ["type='subscribe'", "type='subscribed'", "", "type='probe'"] {
            let presence = format!("<presence xmlns='jabber:client' from='u{n}@evil.example/x' {kind}/>");
            machine.handle_stanza(element(&presence), now);
        }
        let (sent, events) = drain(&mut machine);
        assert!(sent.is_empty(), "nothing is accepted by itself");
        assert!(events.iter().all(|event| matches!(event, Event::SubscriptionRequest { .. })));
        told += events.len();
    }
    assert!(told <= 200, "{told}");
}

#[test]
fn x45_a_redirection_is_not_followed() {
    let (mut machine, now) = online(world::SM);
    machine.handle_stanza(
        element(
            "<error xmlns='http://etherx.jabber.org/streams'><see-other-host \
             xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example:5222</see-other-host></error>",
        ),
        now,
    );
    let (sent, events) = drain(&mut machine);
    assert_eq!(names(&sent), ["close"]);
    assert!(matches!(&events[..], [Event::Offline { retry_at: Some(_), .. }]));
}

#[test]
fn what_does_not_parse_as_an_address_is_ignored() {
    let (mut machine, now) = online(world::SM);
    for stanza in ["message", "presence", "iq type='get' id='1'", "iq type='result' id='1'", "iq", "strange"] {
        let name = stanza.split(' ').next().expect("a name");
        machine
            .handle_stanza(element(&format!("<{stanza} xmlns='jabber:client' from='@@'><body>x</body></{name}>")), now);
        let (sent, events) = drain(&mut machine);
        assert!(sent.is_empty() && events.is_empty(), "{stanza}: {sent:?} {events:?}");
    }
}

#[test]
fn x05_a_word_of_a_room_that_we_are_not_in_is_nothing() {
    let (mut machine, now) = online(world::SM);
    let muc = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
    for stranger in [BOB, "garden@rooms.example.com", "bob@example.com"] {
        for (kind, inside) in [
            ("groupchat", "<body>forged</body>"),
            ("groupchat", "<subject>forged</subject>"),
            ("chat", &*format!("<body>psst</body>{muc}")),
            ("normal", &*format!("<body>psst</body>{muc}")),
            ("groupchat", "<result xmlns='urn:xmpp:mam:2' queryid='1' id='1'/>"),
        ] {
            let text =
                format!("<message xmlns='jabber:client' from='{stranger}/Bob' type='{kind}' id='1'>{inside}</message>");
            machine.handle_stanza(element(&text), now);
        }
        machine.handle_stanza(
            element(&format!(
                "<presence xmlns='jabber:client' from='{stranger}/Bob'><x xmlns='http://jabber.org/protocol/muc#user'>\
                 <item affiliation='owner' role='moderator'/><status code='110'/></x></presence>"
            )),
            now,
        );
        let (sent, events) = drain(&mut machine);
        assert!(sent.is_empty(), "{stranger}: {sent:?}");
        let rooms = |event: &&Event| matches!(event, Event::Room(..) | Event::Message(..));
        assert_eq!(events.iter().filter(rooms).count(), 0, "{stranger}: {events:?}");
    }
}

/// Words about a call's certificates count live, from a contact, in their own name (docs/verified-media.md).
#[test]
fn nobody_but_a_contact_and_only_live_says_whose_keys_a_call_has() {
    let fingerprint = format!("sha-256 {}", vec!["AB"; 32].join(":"));
    let keys = format!("<keys xmlns='urn:x-cusax:verified-media:0' own='{fingerprint}' seen='{fingerprint}'/>");
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T09:00:00Z'/>";
    let from = |from: &str, kind: &str, more: &str| {
        format!("<message xmlns='jabber:client' from='{from}' type='{kind}'>{keys}{more}</message>")
    };
    let bob = format!("{BOB}/x");
    for (message, counts) in [
        (from(&bob, "chat", ""), true),
        (from(&bob, "error", ""), false),
        (from(&bob, "chat", delay), false),
        (from("mallory@evil.example/x", "chat", ""), false),
        (from("alice@example.com/other", "chat", ""), false),
        (
            format!(
                "<message xmlns='jabber:client' from='alice@example.com'><received xmlns='urn:xmpp:carbons:2'><forwarded \
                 xmlns='urn:xmpp:forward:0'>{}</forwarded></received></message>",
                from(&bob, "chat", "")
            ),
            false,
        ),
    ] {
        let (mut machine, now) = online(world::SM);
        machine.handle_stanza(element(&message), now);
        let (_, events) = drain(&mut machine);
        let said = events.iter().any(|event| matches!(event, Event::MediaVouched(..)));
        assert_eq!(said, counts, "{message}");
    }
}
