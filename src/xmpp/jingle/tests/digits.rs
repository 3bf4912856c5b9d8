//! Digits beside the stream (XEP-0181), towards and from who takes none in it.

use std::time::Duration;

use super::*;

/// Both talk, and Bob's program has no events in the stream.
fn talking_without_events() -> (World, CallId, CallId) {
    let mut world = World::new(&[BOB]);
    let (call, _, his, _) = world.talking();
    for (name, call) in [(ALICE, call), (BOB, his)] {
        let session = world.device(name).desk.sessions.get_mut(&call).expect("a session");
        for about in [&mut session.local, &mut session.remote].into_iter().flatten() {
            about.formats.retain(|format| format.name != "telephone-event");
        }
    }
    (world, call, his)
}

fn dial(world: &mut World, call: CallId, digits: &str, takes: bool) {
    let command = JingleCommand::Digits { call, digits: digits.into() };
    world.command_to(ALICE, command, takes.then_some(BOB));
}

fn pressed(world: &mut World) -> String {
    let digit = |event: &JingleEvent| match event {
        JingleEvent::Digit { digit, .. } => Some(*digit),
        _ => None,
    };
    world.events(BOB).iter().filter_map(digit).collect()
}

fn refused(world: &mut World) -> Vec<String> {
    let digits = |event: &JingleEvent| match event {
        JingleEvent::DigitsRefused { digits, .. } => Some(digits.to_string()),
        _ => None,
    };
    world.events(ALICE).iter().filter_map(digits).collect()
}

#[test]
fn digits_go_one_after_the_other_with_their_pauses() {
    let (mut world, call, _) = talking_without_events();
    dial(&mut world, call, "4,2x#", true);
    world.settle();
    assert_eq!(pressed(&mut world), "4");
    let told = world.wire.last().expect("told").replace('"', "'");
    assert!(told.contains("code='4'") && told.contains("duration='160'"), "{told}");
    world.wait(Duration::from_millis(359));
    assert_eq!(pressed(&mut world), "", "a digit lasts, and there is a gap");
    world.wait(Duration::from_millis(1));
    world.wait(Duration::from_millis(1_999));
    assert_eq!(pressed(&mut world), "", "the pause");
    world.wait(Duration::from_millis(1));
    assert_eq!(pressed(&mut world), "2");
    world.wait(Duration::from_millis(360));
    assert_eq!(pressed(&mut world), "#");
    world.wait(Duration::from_secs(9));
    assert_eq!(world.device(ALICE).desk.poll_timeout(), None, "nothing is left to do");
    assert!(refused(&mut world).is_empty());
}

#[test]
fn who_does_not_say_that_they_take_digits_is_sent_none() {
    let (mut world, call, _) = talking_without_events();
    world.wire.clear();
    dial(&mut world, call, "42", false);
    world.settle();
    assert_eq!(refused(&mut world), ["42"]);
    assert!(world.wire.is_empty(), "{:?}", world.wire);
}

#[test]
fn digits_that_are_not_taken_come_back_with_all_that_waited() {
    // Both agreed on events in the stream, so Bob wants them there (XEP-0181 section 2).
    let mut world = World::new(&[BOB]);
    let (call, ..) = world.talking();
    dial(&mut world, call, "42#", true);
    world.settle();
    assert_eq!(pressed(&mut world), "");
    assert_eq!(refused(&mut world), ["42#"]);
    assert_eq!(world.device(ALICE).desk.poll_timeout(), None);
}

#[test]
fn what_is_no_digit_is_refused_in_the_documents_words() {
    let (mut world, _, his) = talking_without_events();
    let sid = world.device(BOB).desk.sessions[&his].sid.clone();
    let ask = |world: &mut World, attributes: &str| {
        let info = format!(
            "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='{sid}'>\
             <dtmf xmlns='urn:xmpp:jingle:dtmf:0' {attributes}/></jingle>"
        );
        world.request(&by_hand(ALICE, &info), &full(BOB));
        let said = refusal(&mut world.device(BOB).desk);
        world.settle();
        said.map(|(condition, _)| condition)
    };
    for bad in ["code='x'", "code=''", "", "code='77'"] {
        assert_eq!(ask(&mut world, bad).as_deref(), Some("feature-not-implemented"), "{bad}");
    }
    assert_eq!(pressed(&mut world), "");
    let iq = |attributes: &str| {
        by_hand(
            ALICE,
            &format!(
                "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='{sid}'>\
                 <dtmf xmlns='urn:xmpp:jingle:dtmf:0' {attributes}/></jingle>"
            ),
        )
    };
    for (good, heard) in [
        ("code='7' action='button-down'", "7"),
        ("code='7' action='button-up'", ""),
        ("code='D' duration='400' volume='42'", "D"),
        ("code='1' duration='0'", ""),
    ] {
        world.request(&iq(good), &full(BOB));
        world.settle();
        assert_eq!(pressed(&mut world), heard, "{good}");
    }
}

#[test]
fn more_digits_than_anybody_dials_are_left_out() {
    let (mut world, call, _) = talking_without_events();
    for _ in 0..100 {
        dial(&mut world, call, "0123456789", true);
    }
    world.settle();
    let mut all = pressed(&mut world).len();
    for _ in 0..400 {
        world.wait(Duration::from_millis(360));
        all += pressed(&mut world).len();
    }
    assert_eq!(all, 257, "one on its way, and as many as may wait");
}
