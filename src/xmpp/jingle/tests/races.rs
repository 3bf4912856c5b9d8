//! What crosses on the way.

use super::*;

fn propose(world: &mut World, name: &str, to: &str, call: CallId) {
    let offer = negotiation(9).offer(false).expect("an offer").into();
    world.command(name, JingleCommand::Call { call, to: full(to).bare(), offer });
}

/// Both propose before either hears the other; the end is one call, answered by itself where it came in.
#[test]
fn both_call_at_once_and_one_call_is_left() {
    // Whose name is lower depends on the seeds: both orders of arrival are tried.
    for bob_first in [false, true] {
        let mut world = World::new(&[BOB]);
        let (hers, his) = (CallId(2), CallId(4));
        propose(&mut world, ALICE, BOB, hers);
        propose(&mut world, BOB, ALICE, his);
        if bob_first {
            world.way.rotate_left(1);
        }
        world.settle();
        let all: Vec<(&str, Vec<JingleEvent>)> = vec![(ALICE, world.events(ALICE)), (BOB, world.events(BOB))];
        let crossed: Vec<&str> = all
            .iter()
            .filter(|(_, events)| {
                events.iter().any(|event| matches!(event, JingleEvent::Incoming { crossed: true, .. }))
            })
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(crossed.len(), 1, "{all:?}");
        let (loser, events) = all.iter().find(|(name, _)| *name == crossed[0]).expect("one");
        assert!(events.iter().any(|event| ended(event) == Some((Condition::AlternativeSession, false))), "{events:?}");
        let winner = if *loser == ALICE { BOB } else { ALICE };
        let (_, quiet) = all.iter().find(|(name, _)| *name == winner).expect("the other");
        assert!(quiet.is_empty(), "the other call just goes on: {quiet:?}");
        let call = events
            .iter()
            .find_map(|event| match event {
                JingleEvent::Incoming { call, .. } => Some(*call),
                _ => None,
            })
            .expect("a call");
        let loser = (*loser).to_owned();
        world.answer(&loser, call);
        assert!(matches!(world.one(winner), JingleEvent::Accepted { .. }));
    }
}

#[test]
fn both_call_directly_at_once_and_one_call_is_left() {
    for bob_first in [false, true] {
        let mut world = World::new(&[BOB]);
        for (name, to, call) in [(ALICE, BOB, CallId(2)), (BOB, ALICE, CallId(4))] {
            let offer = negotiation(9).offer(false).expect("an offer").into();
            world.command_to(name, JingleCommand::Call { call, to: full(to).bare(), offer }, Some(to));
        }
        if bob_first {
            world.way.rotate_left(1);
        }
        world.settle();
        let (alice, bob) = (world.events(ALICE), world.events(BOB));
        let all: Vec<&JingleEvent> = alice.iter().chain(&bob).collect();
        let incoming = all.iter().filter(|event| matches!(event, JingleEvent::Incoming { crossed: true, .. })).count();
        let given = all.iter().filter(|event| ended(event) == Some((Condition::AlternativeSession, false))).count();
        assert_eq!((incoming, given), (1, 1), "{all:?}");
    }
}

#[test]
fn two_devices_answer_at_once_and_the_caller_takes_the_first() {
    let mut world = World::new(&[BOB, TABLET]);
    let (_, mut offering) = world.call();
    let (phone, _) = world.incoming(BOB);
    let (tablet, _) = world.incoming(TABLET);
    world.command(BOB, JingleCommand::Proceed { call: phone });
    world.command(TABLET, JingleCommand::Proceed { call: tablet });
    world.settle();
    let JingleEvent::Offer { offer, call } = world.one(BOB) else { panic!("the first one is described") };
    let (answer, _) = negotiation(2).answer(&offer, false).expect("it can be answered");
    world.command(BOB, JingleCommand::Accept { call, answer: answer.into() });
    world.settle();
    let JingleEvent::Accepted { answer, .. } = world.one(ALICE) else { panic!("accepted") };
    offering.accept_answer(&answer).expect("it fits");
    // The other one waits for a description that never comes, but not for long: it knows that the phone answered too.
    world.wait(std::time::Duration::from_millis(4_999));
    assert!(world.events(TABLET).is_empty());
    world.wait(std::time::Duration::from_millis(1));
    assert_eq!(ended(&world.one(TABLET)), Some((Condition::Success, true)), "answered on another device");
    assert!(world.events(ALICE).is_empty() && world.events(BOB).is_empty(), "and that disturbs nobody");
}

#[test]
fn one_device_answers_and_another_declines_at_once() {
    for declines_first in [false, true] {
        let mut world = World::new(&[BOB, TABLET]);
        let (call, _) = world.call();
        let (phone, _) = world.incoming(BOB);
        let (tablet, _) = world.incoming(TABLET);
        world.command(BOB, JingleCommand::Proceed { call: phone });
        world.command(TABLET, JingleCommand::End { call: tablet, why: Condition::Decline });
        if declines_first {
            world.way.rotate_left(1);
        }
        world.settle();
        assert_eq!(ended(&world.one(TABLET)), Some((Condition::Decline, false)));
        if declines_first {
            // Alice took the refusal, so the phone waits in vain, and knows why.
            assert_eq!(ended(&world.one(ALICE)), Some((Condition::Decline, false)));
            world.wait(std::time::Duration::from_secs(5));
            assert_eq!(ended(&world.one(BOB)), Some((Condition::Decline, true)));
        } else {
            assert!(matches!(world.one(BOB), JingleEvent::Offer { .. }), "the answer came first, and counts");
            world.wait(std::time::Duration::from_secs(60));
            assert!(world.device(ALICE).desk.sessions.contains_key(&call));
        }
    }
}

#[test]
fn a_caller_who_gave_up_is_not_called_back_by_a_late_answer() {
    let mut world = World::new(&[BOB]);
    let (call, _) = world.call();
    let (his, _) = world.incoming(BOB);
    world.command(ALICE, JingleCommand::End { call, why: Condition::Cancel });
    world.command(BOB, JingleCommand::Proceed { call: his });
    world.settle();
    assert_eq!(ended(&world.one(BOB)), Some((Condition::Cancel, false)));
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Cancel, false)));
    // A retraction of somebody else's device, or of a call that both talk in, ends nothing.
    let (call, _, his, _) = world.talking();
    let sid = world.device(ALICE).desk.sessions[&call].sid.clone();
    let retract = message(&Invite::Retract { why: Condition::Cancel, tie: false }, &sid);
    let (now, to) = (world.now, full(BOB).bare());
    for resource in ["desk", "other"] {
        let desk = &mut world.device(BOB).desk;
        let trust = Trust { contact: true, own: false };
        desk.handle_message(&retract, &full(ALICE).bare(), Some(resource), &to, false, trust, now);
    }
    world.settle();
    assert!(world.events(BOB).is_empty() && world.device(BOB).desk.sessions.contains_key(&his));
}

#[test]
fn the_caller_gives_up_while_the_answer_is_on_its_way() {
    let mut world = World::new(&[BOB]);
    let (call, _) = world.call();
    let (his, _) = world.incoming(BOB);
    world.command(BOB, JingleCommand::Proceed { call: his });
    world.command(ALICE, JingleCommand::End { call, why: Condition::Cancel });
    world.settle();
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Cancel, false)));
    assert_eq!(ended(&world.one(BOB)), Some((Condition::Cancel, false)));
    assert!(world.device(ALICE).desk.sessions.is_empty() && world.device(BOB).desk.sessions.is_empty());
}

#[test]
fn both_hang_up_at_once() {
    let mut world = World::new(&[BOB]);
    let (call, _, his, _) = world.talking();
    world.command(ALICE, JingleCommand::End { call, why: Condition::Success });
    world.command(BOB, JingleCommand::End { call: his, why: Condition::Success });
    world.settle();
    assert_eq!(world.events(ALICE).len(), 1);
    assert_eq!(world.events(BOB).len(), 1);
}

#[test]
fn both_hold_at_once_and_both_take_back() {
    let mut world = World::new(&[BOB]);
    let (call, mut hers, his_call, mut his) = world.talking();
    for hold in [true, false] {
        let offers = [(ALICE, call, hers.offer(hold)), (BOB, his_call, his.offer(hold))];
        for (name, call, offer) in offers {
            world.command(name, JingleCommand::Offer { call, offer: offer.expect("an offer").into() });
        }
        world.settle();
        for (name, call, negotiation) in [(ALICE, call, &mut hers), (BOB, his_call, &mut his)] {
            for event in world.events(name) {
                match event {
                    JingleEvent::Answered { answer, .. } => {
                        negotiation.accept_answer(&answer).expect("it fits");
                    }
                    JingleEvent::Changed { offer, .. } => {
                        let (answer, _) = negotiation.answer(&offer, hold).expect("it can be answered");
                        world.command(name, JingleCommand::AnswerOffer { call, answer: Some(answer.into()) });
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        world.settle();
        let (a, b) = (hers.current().expect("agreed").direction, his.current().expect("agreed").direction);
        assert_eq!(a, b, "hold {hold}");
    }
    assert_eq!(hers.current().expect("agreed").direction, crate::model::MediaDirection::SendRecv);
}

#[test]
fn a_message_that_nobody_could_take_ends_the_call() {
    let mut world = World::new(&[BOB]);
    let (call, _) = world.call();
    let sid = world.device(ALICE).desk.sessions[&call].sid.clone();
    let mut bounced = message(&Invite::Propose { audio: true }, &sid);
    set(&mut bounced, "type", "error");
    set(&mut bounced, "id", sid.as_str());
    let (now, own) = (world.now, full(ALICE).bare());
    let desk = &mut world.device(ALICE).desk;
    desk.handle_message(&bounced, &full(BOB).bare(), None, &own, false, Trust::default(), now);
    world.collect();
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Unavailable, false)));
}
