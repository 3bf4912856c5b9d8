//! Cards are fetched for what is visible first, slowly for the rest, and not again while they are fresh.

use std::time::Duration;

use minidom::Element;
use tandem::model::Now;
use tandem::xmpp::session::SessionMachine;
use tandem::xmpp::{Command, Event};

use super::world::{BOB, World, element, jid};
use super::xmpp_session::{drain, online};

fn asked(sent: &[Element]) -> Vec<(String, String)> {
    sent.iter()
        .filter(|sent| sent.name() == "iq" && sent.attr("type") == Some("get") && sent.attr("to").is_some())
        .map(|sent| (sent.attr("to").expect("to").to_owned(), sent.attr("id").expect("an id").to_owned()))
        .collect()
}

/// Answers both requests for somebody's card.
fn answer(machine: &mut SessionMachine, sent: &[Element], payload: &str, now: Now) {
    for (to, id) in asked(sent) {
        machine.handle_stanza(
            element(&format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{to}'>{payload}</iq>")),
            now,
        );
    }
}

/// A session on which the roster's own background fetches are done.
fn quiet() -> (SessionMachine, Now) {
    let (mut machine, mut now) = online("");
    // `online` has drained the first requests: they run out.
    now = now.after(Duration::from_secs(20));
    for _ in 0..30 {
        now = now.after(Duration::from_secs(2));
        machine.handle_stanza(Element::bare("features", "x"), now);
        machine.handle_timeout(now);
        let (sent, _) = drain(&mut machine);
        answer(&mut machine, &sent, "", now);
        drain(&mut machine);
    }
    (machine, now)
}

#[test]
fn the_rest_is_fetched_slowly_and_four_at_a_time() {
    let mut world = World::new();
    world.server.cards = true;
    world.server.roster = (0..100).map(|n| format!("<item jid='u{n}@example.com' subscription='both'/>")).collect();
    let began = world.now.boot;
    world.settle(Duration::from_secs(1));
    let cards = world.events.iter().filter(|event| matches!(event, Event::Card { card: Some(_), .. })).count();
    assert_eq!(cards, 100);
    let took = world.now.boot.saturating_since(began);
    assert!(took >= Duration::from_secs(9), "ten a second: {took:?}");
    world.crash();
    world.events.clear();
    world.settle(Duration::from_secs(20));
    let again = world.events.iter().filter(|event| matches!(event, Event::Card { .. })).count();
    assert_eq!(again, 0, "fresh cards are not fetched again after a restart");
}

#[test]
fn an_urgent_card_comes_before_all_others_and_a_stale_one_comes_again() {
    let (mut machine, now) = quiet();
    let dave = jid("dave@example.com");
    machine.handle_command(Command::FetchCard { jid: dave.clone(), urgent: true }, now);
    let (sent, _) = drain(&mut machine);
    assert_eq!(asked(&sent).len(), 2, "both forms at once: {sent:?}");
    answer(&mut machine, &sent, "<vCard xmlns='vcard-temp'><FN>Dave</FN></vCard>", now);
    let (_, events) = drain(&mut machine);
    assert!(matches!(&events[..], [Event::Card { jid, card: Some(_) }] if *jid == dave), "{events:?}");
    machine.handle_command(Command::FetchCard { jid: dave.clone(), urgent: true }, now);
    assert!(asked(&drain(&mut machine).0).is_empty(), "it is fresh");
    let tomorrow = now.after(Duration::from_secs(25 * 3600));
    machine.handle_stanza(Element::bare("features", "x"), tomorrow);
    machine.handle_command(Command::FetchCard { jid: dave, urgent: true }, tomorrow);
    assert_eq!(asked(&drain(&mut machine).0).len(), 2, "it is a day old");
}

#[test]
fn a_new_picture_makes_a_card_stale() {
    let (mut machine, now) = quiet();
    let presence = |hash: &str| {
        element(&format!(
            "<presence xmlns='jabber:client' from='{BOB}/x'><x xmlns='vcard-temp:x:update'><photo>{hash}</photo></x></presence>"
        ))
    };
    machine.handle_command(Command::FetchCard { jid: jid(BOB), urgent: true }, now);
    let (sent, _) = drain(&mut machine);
    answer(&mut machine, &sent, "", now);
    drain(&mut machine);
    machine.handle_stanza(presence(""), now);
    assert!(asked(&drain(&mut machine).0).is_empty(), "no picture, as was known");
    machine.handle_stanza(presence("0123456789abcdef0123456789abcdef01234567"), now);
    assert_eq!(asked(&drain(&mut machine).0).len(), 2);
}

#[test]
fn a_card_that_cannot_be_had_now_is_not_taken_for_none() {
    let (mut machine, now) = quiet();
    for (condition, none) in [("item-not-found", true), ("remote-server-timeout", false)] {
        let who = jid(&format!("{condition}@far.example"));
        machine.handle_command(Command::FetchCard { jid: who.clone(), urgent: true }, now);
        let (sent, _) = drain(&mut machine);
        for (to, id) in asked(&sent) {
            let error =
                format!("<error type='wait'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
            machine.handle_stanza(
                element(&format!("<iq xmlns='jabber:client' type='error' id='{id}' from='{to}'>{error}</iq>")),
                now,
            );
        }
        let (_, events) = drain(&mut machine);
        let expected = if none { Event::Card { jid: who, card: None } } else { Event::CardUnavailable(who) };
        assert_eq!(events, [expected]);
    }
}

#[test]
fn x26_a_card_on_which_the_stream_breaks_is_not_asked_for_for_ever() {
    let mut world = World::new();
    world.server.roster = format!("<item jid='{BOB}' subscription='both'/>");
    let mut asked = 0;
    for _ in 0..10 {
        // The stream dies whenever Bob's card is on its way.
        for _ in 0..200 {
            let seen = world.server.log.iter().any(|sent| {
                // The own one is asked for without an address.
                sent.has_child("vCard", "vcard-temp") && sent.attr("to").is_some()
            });
            if seen {
                asked += 1;
                world.server.log.clear();
                world.server.refuses_to_resume = true;
                world.cut();
                break;
            }
            if !world.step() {
                world.pass(Duration::from_secs(1));
            }
        }
    }
    assert_eq!(asked, 3);
}
