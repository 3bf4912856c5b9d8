//! The archive: what came while nobody was here is fetched without hole and double, the newest first.

use std::time::Duration;

use tandem::model::{Delivery, WallTime};
use tandem::xmpp::Event;

use super::archive_server::Archive;
use super::world::*;

const QUIET: Duration = Duration::from_secs(20);

fn world_with(archive: Archive) -> World {
    let mut world = World::new();
    world.server.roster = "<item jid='bob@example.com' subscription='both'/>".into();
    world.server.archive = Some(archive);
    world
}

fn archive() -> Archive {
    Archive::new("2026-11-22T09:00:00Z")
}

/// Somebody of a long absence: so many messages of two people and of our other device.
fn absence(world: &mut World, count: usize) {
    let archive = world.server.archive.as_mut().expect("an archive");
    let first = archive.kept.len();
    for n in first..first + count {
        match n % 4 {
            0 => archive.keep_silently("carol@example.com/x", ALICE, &format!("carol-{n}"), &format!("c{n:05}")),
            1 => archive.keep_silently(
                &format!("{ALICE}/phone"),
                BOB,
                &format!("other-device-{n}-random"),
                &format!("m{n:05}"),
            ),
            // Without an id of the sender's.
            _ => archive.keep_silently(&format!("{BOB}/phone"), ALICE, "", &format!("m{n:05}")),
        }
    }
}

/// Everything the server keeps of Bob's conversation, in its order, and everything we have of it.
fn both(world: &mut World) -> (Vec<String>, Vec<String>) {
    let kept = &world.server.archive.as_ref().expect("an archive").kept;
    let expected = kept
        .iter()
        .filter(|kept| kept.with == BOB)
        .filter_map(|kept| kept.message.get_child("body", "jabber:client").map(minidom::Element::text))
        .collect();
    (expected, world.conversation())
}

fn cut_for_good(world: &mut World) {
    world.server.refuses_without_count = true;
    world.cut();
}

/// Thirty messages came while nobody was here, and the archive gives seven at a time.
fn back_after_an_absence() -> World {
    let mut archive = archive();
    archive.most = 7;
    let mut world = world_with(archive);
    world.settle(QUIET);
    world.bob_writes("m-before");
    world.settle(QUIET);
    cut_for_good(&mut world);
    absence(&mut world, 30);
    world
}

#[test]
fn what_came_while_nobody_was_here_is_fetched_newest_first_and_stored_once() {
    let mut world = world_with(archive());
    world.settle(QUIET);
    world.bob_writes("m-live");
    world.write("m-ours");
    world.settle(QUIET);
    cut_for_good(&mut world);
    absence(&mut world, 230);
    world.settle(QUIET);
    let (expected, found) = both(&mut world);
    assert_eq!(found, expected);
    // Our other device wrote until shortly before the end, whichever page that is in.
    assert_eq!(world.unread(BOB), 2);
    let pages = &world.server.archive.as_ref().expect("an archive").pages;
    assert!(pages.len() >= 5, "bounded pages: {}", pages.len());
    let asked = pages.len();
    // What is known is not read again.
    cut_for_good(&mut world);
    world.settle(QUIET);
    assert_eq!(world.server.archive.as_ref().expect("an archive").pages.len(), asked + 1);
    assert_eq!(both(&mut world).1, expected);
}

#[test]
fn f11_a_cut_or_a_kill_after_every_element_of_catching_up_leaves_no_hole_and_no_double() {
    // How many elements it takes without a fault.
    let run = |fault: Option<(usize, bool)>| {
        let mut world = back_after_an_absence();
        let begun = world.delivered;
        let mut struck = false;
        for _ in 0..100_000 {
            if let Some((at, kill)) = fault
                && !struck
                && world.delivered >= begun + at
            {
                struck = true;
                world.server.refuses_without_count = true;
                if kill {
                    world.crash()
                } else {
                    world.cut()
                }
                world.bob_writes("m-after-the-fault");
            }
            if !world.step() {
                if struck || fault.is_none() {
                    break;
                }
                world.pass(Duration::from_millis(500));
            }
        }
        world.settle(QUIET);
        let (expected, mut found) = both(&mut world);
        assert_eq!(found, expected, "{fault:?}");
        found.dedup();
        assert_eq!(found.len(), expected.len(), "{fault:?}");
        world.delivered - begun
    };
    let length = run(None);
    assert!(length > 50, "{length}");
    for at in (0..length).step_by(4) {
        run(Some((at, false)));
        run(Some((at, true)));
    }
}

#[test]
fn f06_a_cut_that_is_mended_by_resumption_does_not_stop_the_reading() {
    // After every element of catching up, the store slow or fast.
    for store_every in [1, 7] {
        for at in 0..60 {
            let mut world = back_after_an_absence();
            world.store_every = store_every;
            let begun = world.delivered;
            while world.delivered < begun + at {
                if !world.step() {
                    world.pass(Duration::from_millis(500));
                }
            }
            world.cut();
            world.events.clear();
            // Less than a page that got no answer waits to be asked for again.
            world.settle(Duration::from_secs(8));
            let (expected, found) = both(&mut world);
            assert_eq!(found, expected, "cut after {at}");
            // Whoever reads further back has to know that there is something to read.
            assert!(world.events.contains(&Event::Archive { available: true }), "cut after {at}");
        }
    }
}

#[test]
fn f18_what_comes_again_after_a_kill_has_the_archives_name_and_is_neither_lost_nor_doubled() {
    let mut world = world_with(archive());
    world.settle(QUIET);
    world.bob_writes("m-before");
    world.settle(QUIET);
    world.cut();
    // A client that counts and was started twice; the archive's clock is not ours.
    for _ in 0..2 {
        world.server.send(element(&format!(
            "<message xmlns='jabber:client' from='{BOB}/phone' to='{ALICE}' type='chat' id='1'><body>m-again</body></message>"
        )));
    }
    world.crash();
    world.settle(QUIET);
    let (expected, found) = both(&mut world);
    assert_eq!((found.len(), found), (3, expected));
}

#[test]
fn f11_a_message_that_the_archive_lost_does_not_stop_the_reading() {
    let mut archive = archive();
    archive.most = 10;
    let mut world = world_with(archive);
    world.settle(QUIET);
    world.bob_writes("m-before");
    world.settle(QUIET);
    cut_for_good(&mut world);
    absence(&mut world, 60);
    // While the second page is asked for, the message before which it should end is removed.
    while world.server.archive.as_ref().is_some_and(|archive| archive.pages.len() < 2) {
        if !world.step() {
            world.pass(Duration::from_millis(500));
        }
    }
    let kept = &mut world.server.archive.as_mut().expect("an archive").kept;
    let last = kept.len() - 20;
    let removed = kept.remove(last);
    world.settle(QUIET);
    let (expected, found) = both(&mut world);
    let text = removed.message.get_child("body", "jabber:client").map(minidom::Element::text).expect("a body");
    let without: Vec<String> = found.into_iter().filter(|body| *body != text).collect();
    assert_eq!(without, expected);
}

#[test]
fn f11_an_archive_that_is_too_busy_for_long_is_asked_again_until_it_answers_and_not_more_often_for_that() {
    let mut world = back_after_an_absence();
    world.server.archive.as_mut().expect("an archive").busy = 8;
    let pages = |world: &World| world.server.archive.as_ref().expect("an archive").pages.len();
    let before = pages(&world);
    let hour = Duration::from_secs(3600);
    let begun = world.now.boot;
    while world.now.boot < begun + hour {
        if !world.step() {
            world.pass(Duration::from_secs(5));
        }
    }
    let (expected, found) = both(&mut world);
    assert_eq!(found, expected);
    assert!(pages(&world) >= before + 8 + 4, "{} pages", pages(&world));
    assert_eq!(world.server.archive.as_ref().expect("an archive").busy, 0);
}

#[test]
fn f21_the_archives_order_holds_although_our_clock_is_wrong() {
    for hours in [-30_i64, -2, 2, 30] {
        let clock = WallTime::from_unix_ms(start().wall.unix_ms() + hours * 3_600_000);
        let mut archive = Archive::new(&clock.to_rfc3339());
        archive.most = 9;
        let mut world = world_with(archive);
        world.settle(QUIET);
        for round in 0..3 {
            world.bob_writes(&format!("m-in-{round}"));
            world.settle(QUIET);
            world.write(&format!("m-out-{round}"));
            world.settle(QUIET);
            cut_for_good(&mut world);
            absence(&mut world, 40);
            world.settle(QUIET);
        }
        let (expected, found) = both(&mut world);
        assert_eq!(found, expected, "{hours} hours");
    }
}

#[test]
fn a_new_device_reads_as_far_back_as_it_should_and_has_missed_nothing() {
    let mut old = archive();
    old.clock = WallTime::parse_rfc3339("2026-10-01T09:00:00Z").expect("valid");
    old.most = 10;
    let mut world = world_with(old);
    absence(&mut world, 100);
    world.server.archive.as_mut().expect("an archive").clock =
        WallTime::parse_rfc3339("2026-11-21T09:00:00Z").expect("valid");
    absence(&mut world, 30);
    world.since = WallTime::parse_rfc3339("2026-11-01T00:00:00Z");
    world.settle(QUIET);
    let (expected, found) = both(&mut world);
    assert!(found.len() < 40 && found.len() >= 22, "{}", found.len());
    assert!(expected.ends_with(&found));
    assert_eq!(world.unread(BOB), 0, "what was before this device is not news");
}

#[test]
fn what_may_have_arrived_is_not_sent_again_when_the_archive_has_it() {
    // The server takes every message, but its word about that is lost with the connection.
    for at in 0..12 {
        let mut world = world_with(archive());
        world.settle(QUIET);
        for n in 0..3 {
            world.write(&format!("m-{n}"));
        }
        for _ in 0..at {
            world.step();
        }
        cut_for_good(&mut world);
        world.write("m-later");
        world.settle(QUIET);
        let expected = ["m-0", "m-1", "m-2", "m-later"];
        assert_eq!(world.server.messages, expected, "cut after {at}");
        let (_, out) = world.stored();
        assert!(out.iter().all(|(_, delivery)| *delivery == Delivery::Sent), "{out:?}");
        assert_eq!(both(&mut world).1, expected);
    }
}

#[test]
fn f10_nothing_overtakes_what_may_have_arrived_when_the_next_stream_is_cut_and_resumed() {
    for (first, second) in (0..8).flat_map(|first| (0..30).map(move |second| (first, second))) {
        let mut world = world_with(archive());
        world.settle(QUIET);
        for n in 0..3 {
            world.write(&format!("m-{n}"));
        }
        for _ in 0..first {
            world.step();
        }
        // Which of them arrived is not known on the new stream; another is written before the archive says it.
        cut_for_good(&mut world);
        world.write("m-3");
        for _ in 0..second {
            if !world.step() {
                world.pass(QUIET);
            }
        }
        world.server.refuses_without_count = false;
        world.cut();
        world.settle(QUIET);
        assert_eq!(world.server.messages, ["m-0", "m-1", "m-2", "m-3"], "cut after {first} and {second}");
    }
}

#[test]
fn f18_what_an_earlier_run_may_have_said_is_looked_for_in_the_archive_whatever_way_it_went() {
    for says in [false, true] {
        for at in 0..12 {
            let mut world = world_with(archive());
            world.says = says;
            world.settle(QUIET);
            world.write("m-0");
            for _ in 0..at {
                world.step();
            }
            world.now = world.now.after(Duration::from_secs(1));
            world.forgets_session = true;
            world.crash();
            world.settle(QUIET);
            // What was not on the disk yet was never said to be kept.
            let (_, out) = world.stored();
            assert_eq!(world.server.messages.len(), out.len(), "says {says}, killed after {at}");
            assert!(out.iter().all(|(_, delivery)| *delivery == Delivery::Sent), "{out:?}");
        }
    }
}

#[test]
fn without_an_archive_messages_go_as_they_always_did() {
    let mut world = World::new();
    world.settle(QUIET);
    world.write("one");
    world.settle(Duration::from_secs(2));
    assert_eq!(world.server.messages, ["one"]);
    assert!(world.events.contains(&Event::Archive { available: false }));
}

#[test]
fn x07_x08_results_count_only_from_the_archive_that_was_asked_and_for_the_open_question() {
    let forged = |from: &str, queryid: &str| {
        element(&format!(
            "<message xmlns='jabber:client' {from}><result xmlns='urn:xmpp:mam:2' {queryid} id='f'><forwarded \
             xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-22T09:00:00Z'/><message \
             xmlns='jabber:client' from='{BOB}/x' to='{ALICE}' type='chat'><body>forged</body></message></forwarded>\
             </result></message>"
        ))
    };
    let mut world = world_with(archive());
    world.settle(QUIET);
    world.bob_writes("m-honest");
    world.settle(QUIET);
    cut_for_good(&mut world);
    // Of others, of rooms, of a resource, without a question, with a guessed one.
    let own = format!("from='{ALICE}'");
    let forgeries = [
        forged("from='mallory@evil.example'", ""),
        forged("from='room@rooms.example.com'", "queryid='1'"),
        forged(&format!("from='{ALICE}/phone'"), ""),
        forged(&own, ""),
        forged(&own, "queryid='guess'"),
        forged("", "queryid='guess'"),
    ];
    world.server.archive.as_mut().expect("an archive").forged = forgeries.to_vec();
    world.settle(QUIET);
    // After the end, the question that was open is no question any more.
    let queryid = world.server.archive.as_ref().and_then(|archive| {
        archive.pages.last().and_then(|page| page.attr("queryid")).map(|id| format!("queryid='{id}'"))
    });
    world.server.send(forged(&own, &queryid.expect("a page was asked for")));
    world.settle(QUIET);
    assert_eq!(both(&mut world).1, ["m-honest"]);
}

#[test]
fn what_another_device_writes_and_gets_is_here_at_once() {
    let mut world = world_with(archive());
    world.settle(QUIET);
    world.bob_writes("m-question");
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 1);
    let copy = |side: &str, from: &str, to: &str, inner: &str| {
        element(&format!(
            "<message xmlns='jabber:client' from='{ALICE}' to='{ALICE}/desk'><{side} xmlns='urn:xmpp:carbons:2'><forwarded \
             xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{from}' to='{to}' type='chat' \
             id='0123456789abcdef'>{inner}</message></forwarded></{side}></message>"
        ))
    };
    world.server.send(copy("sent", &format!("{ALICE}/phone"), BOB, "<body>m-answer</body>"));
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 0, "whoever answers has read");
    world.server.send(copy("received", &format!("{BOB}/x"), &format!("{ALICE}/phone"), "<body>m-thanks</body>"));
    world.settle(QUIET);
    assert_eq!(world.conversation(), ["m-question", "m-answer", "m-thanks"]);
    assert_eq!(world.unread(BOB), 1);
    let seen = "<displayed xmlns='urn:xmpp:chat-markers:0' id='0123456789abcdef'/>";
    world.server.send(copy("sent", &format!("{ALICE}/phone"), BOB, seen));
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 0, "seen on the other device");
}

#[test]
fn x03_a_copy_before_copies_were_granted_is_dropped() {
    let mut world = World::new();
    world.settle(QUIET);
    let copy = element(&format!(
        "<message xmlns='jabber:client' from='{ALICE}'><received xmlns='urn:xmpp:carbons:2'><forwarded \
         xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{BOB}/x' to='{ALICE}/phone' type='chat'><body>m</body>\
         </message></forwarded></received></message>"
    ));
    world.server.send(copy);
    world.settle(QUIET);
    assert!(world.conversation().is_empty(), "this server refused to copy");
}

#[test]
fn x09_only_the_own_account_says_what_was_read_elsewhere() {
    let mut world = world_with(archive());
    world.settle(QUIET);
    for n in 0..3 {
        world.bob_writes(&format!("m-{n}"));
    }
    world.settle(QUIET);
    let event = |from: &str, by: &str, id: &str| {
        element(&format!(
            "<message xmlns='jabber:client' from='{from}' type='headline'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mds:displayed:0'><item id='{BOB}'>\
             <displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{id}'/></displayed>\
             </item></items></event></message>"
        ))
    };
    for (from, by) in [(BOB, ALICE), ("mallory@evil.example", ALICE), (ALICE, "mallory@evil.example")] {
        world.server.send(event(from, by, "ar-3"));
    }
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 3);
    world.server.send(event(ALICE, ALICE, "ar-2"));
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 1);
    // Up to a message that has not come yet.
    world.server.send(event(ALICE, ALICE, "ar-4"));
    world.bob_writes("m-3");
    world.settle(QUIET);
    assert_eq!(world.unread(BOB), 0);
}
