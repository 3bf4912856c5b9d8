//! F10: the connection is cut, or the program killed, after every element of a conversation. Nothing is lost, nothing is
//! double.

use std::time::Duration;

use tandem::model::Delivery;

use super::world::World;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The connection breaks.
    Cut,
    /// The connection breaks, and the server forgets the stream.
    CutAndRefused,
    /// The program is killed.
    Crash,
    /// The program is killed, and the server forgets the stream.
    CrashAndRefused,
}

/// A conversation both ways with a fault after `at` elements; how many elements it took.
fn conversation(fault: Option<Fault>, at: usize, store_every: usize) -> usize {
    let mut world = World::new();
    world.store_every = store_every;
    world.server.roster = "<item jid='bob@example.com' subscription='both'/>".into();
    for round in 0..3 {
        world.write(&format!("out-{round}a"));
        world.write(&format!("out-{round}b"));
        world.bob_writes(&format!("in-{round}a"));
        for step in 0..14 {
            if step == 7 {
                world.bob_writes(&format!("in-{round}b"));
            }
            if let Some(fault) = fault
                && world.delivered == at
            {
                strike(&mut world, fault);
            }
            if !world.step() {
                world.pass(Duration::from_millis(500));
            }
        }
    }
    while world.delivered < at && fault.is_some() {
        if !world.step() {
            break;
        }
    }
    if let Some(fault) = fault
        && world.delivered == at
    {
        strike(&mut world, fault);
    }
    world.settle(Duration::from_secs(20));
    let context = format!("{fault:?} after {at}, store every {store_every}");
    let (incoming, out) = world.stored();
    let expected: Vec<String> = (0..3).flat_map(|round| ["a", "b"].map(|side| format!("{round}{side}"))).collect();
    let with = |prefix: &str| expected.iter().map(|name| format!("{prefix}-{name}")).collect::<Vec<_>>();
    // What the user wrote and the store did not have yet when the program was killed was never shown as sent.
    let written: Vec<String> = out.iter().map(|(body, _)| body.clone()).collect();
    match fault {
        None | Some(Fault::Cut | Fault::CutAndRefused) => assert_eq!(written, with("out"), "{context}"),
        Some(Fault::Crash | Fault::CrashAndRefused) => {}
    }
    assert_eq!(world.server.messages, written, "sent is stored: {context}");
    assert!(out.iter().all(|(_, delivery)| *delivery == Delivery::Sent), "{out:?}: {context}");
    let mut sorted = incoming.clone();
    sorted.sort();
    assert_eq!(sorted, with("in"), "received is stored: {context}");
    world.delivered
}

fn strike(world: &mut World, fault: Fault) {
    // Once.
    world.delivered += 10_000;
    match fault {
        Fault::Cut => world.cut(),
        Fault::CutAndRefused => {
            world.server.refuses_to_resume = true;
            world.cut();
        }
        Fault::Crash => world.crash(),
        Fault::CrashAndRefused => {
            world.server.refuses_to_resume = true;
            world.crash();
        }
    }
}

#[test]
fn a_conversation_without_faults_is_stored_as_it_was_sent() {
    assert!(conversation(None, 0, 1) > 30);
}

#[test]
fn f10_a_cut_after_every_element_loses_and_doubles_nothing() {
    let length = conversation(None, 0, 3);
    for at in 0..length {
        conversation(Some(Fault::Cut), at, 3);
    }
}

#[test]
fn f10_a_cut_and_a_refused_resumption_after_every_element_lose_and_double_nothing() {
    let length = conversation(None, 0, 2);
    for at in 0..length {
        conversation(Some(Fault::CutAndRefused), at, 2);
    }
}

#[test]
fn f18_a_kill_after_every_element_loses_and_doubles_nothing() {
    let length = conversation(None, 0, 3);
    for at in 0..length {
        conversation(Some(Fault::Crash), at, 3);
    }
}

#[test]
fn f18_a_kill_and_a_refused_resumption_lose_and_double_nothing() {
    let length = conversation(None, 0, 1);
    for at in 0..length {
        conversation(Some(Fault::CrashAndRefused), at, 1);
    }
}

#[test]
fn a_stanza_that_breaks_every_resumed_stream_does_not_keep_us_out_for_ever() {
    let mut world = World::new();
    world.settle(Duration::from_secs(1));
    let mut resumptions = 0;
    for _ in 0..20 {
        world.cut();
        // The shell breaks the stream as soon as it is resumed.
        let before = world.server.log.len();
        for _ in 0..50 {
            if world.server.log[before..].iter().any(|sent| sent.name() == "resume" || sent.name() == "enable") {
                break;
            }
            if !world.step() {
                world.pass(Duration::from_secs(30));
            }
        }
        if world.server.log[before..].iter().any(|sent| sent.name() == "enable") {
            assert!((2..=4).contains(&resumptions), "{resumptions}");
            return;
        }
        resumptions += 1;
        while world.server.out.front().is_some_and(|out| out.name() != "resumed") {
            world.server.out.pop_front();
        }
        if let Some(resumed) = world.server.out.pop_front() {
            world.machine.handle_stanza(resumed, world.now);
        }
    }
    panic!("{resumptions} resumptions and no end");
}
