//! Calls from beginning to end.

use std::time::Duration;

use super::*;
use crate::model::{EndedBy, MediaDirection};

#[test]
fn all_devices_ring_one_answers_and_the_others_stop() {
    let mut world = World::new(&[BOB, TABLET]);
    let (call, mut offering) = world.call();
    let (phone, offer) = world.incoming(BOB);
    let (tablet, _) = world.incoming(TABLET);
    assert_eq!(offer, None, "who only rings is told no address (M01)");
    assert!(!world.wire.iter().any(|stanza| stanza.contains("candidate")), "{:?}", world.wire);
    world.command(BOB, JingleCommand::Ring { call: phone });
    world.command(TABLET, JingleCommand::Ring { call: tablet });
    world.settle();
    assert_eq!(world.events(ALICE), vec![JingleEvent::Ringing { call }; 2]);
    let answering = world.answer(BOB, phone);
    assert_eq!(ended(&world.one(TABLET)), Some((Condition::Success, true)), "answered elsewhere");
    let JingleEvent::Accepted { answer, .. } = world.one(ALICE) else { panic!("accepted") };
    let plan = offering.accept_answer(&answer).expect("an agreement");
    let theirs = answering.current().expect("an agreement");
    assert_eq!((plan.send.1, theirs.send.1), (Codec::Opus, Codec::Opus));
    assert!(plan.dtls.is_some() && plan.srtp.is_none(), "keys by the handshake only");
    assert!(theirs.dtls.as_ref().is_some_and(|dtls| dtls.client), "the answering side begins it");
    assert_eq!(theirs.remote_rtp, candidate(1, 4_000).address);
    assert_eq!(plan.ice.as_ref().map(|ice| ice.controlling), Some(true));
    assert!(plan.events_send.is_some(), "digits go in the stream");

    world.command(ALICE, JingleCommand::End { call, why: Condition::Success });
    world.settle();
    assert_eq!(ended(&world.one(BOB)), Some((Condition::Success, false)));
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Success, false)));
    assert!(world.wire.iter().any(|stanza| stanza.contains("<finish")), "both sides' devices know that it is over");
}

#[test]
fn the_caller_gives_up_and_all_devices_stop() {
    let mut world = World::new(&[BOB, TABLET]);
    let (call, _) = world.call();
    world.incoming(BOB);
    world.incoming(TABLET);
    world.command(ALICE, JingleCommand::End { call, why: Condition::Cancel });
    world.settle();
    for device in [BOB, TABLET] {
        assert_eq!(ended(&world.one(device)), Some((Condition::Cancel, false)));
    }
}

#[test]
fn declining_on_one_device_stops_the_others_and_tells_the_caller() {
    let mut world = World::new(&[BOB, TABLET]);
    world.call();
    let (phone, _) = world.incoming(BOB);
    world.incoming(TABLET);
    world.command(BOB, JingleCommand::End { call: phone, why: Condition::Decline });
    world.settle();
    assert_eq!(ended(&world.one(TABLET)), Some((Condition::Decline, true)));
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Decline, false)));
}

#[test]
fn somebody_whose_program_knows_no_messages_is_called_directly() {
    let mut world = World::new(&[BOB]);
    let mut offering = negotiation(1);
    let offer = offering.offer(false).expect("an offer").into();
    let call = CallId(2);
    world.command_to(ALICE, JingleCommand::Call { call, to: full(BOB).bare(), offer }, Some(BOB));
    world.settle();
    let (his, offer) = world.incoming(BOB);
    let mut answering = negotiation(2);
    let (answer, _) = answering.answer(&offer.expect("described"), false).expect("it can be answered");
    world.command(BOB, JingleCommand::Ring { call: his });
    world.settle();
    assert_eq!(world.one(ALICE), JingleEvent::Ringing { call });
    world.command(BOB, JingleCommand::Accept { call: his, answer: answer.into() });
    world.settle();
    assert!(matches!(world.one(ALICE), JingleEvent::Accepted { .. }));
    world.command(BOB, JingleCommand::End { call: his, why: Condition::Success });
    world.settle();
    assert_eq!(ended(&world.one(ALICE)), Some((Condition::Success, false)));
    assert!(!world.wire.iter().any(|stanza| stanza.contains("jingle-message")), "no messages");
}

#[test]
fn a_caller_who_never_describes_the_call_is_given_up() {
    let mut world = World::new(&[BOB]);
    world.call();
    let (his, _) = world.incoming(BOB);
    world.command(BOB, JingleCommand::Proceed { call: his });
    // What Bob answers never reaches Alice.
    world.way.clear();
    world.wait(Duration::from_secs(29));
    assert!(world.events(BOB).is_empty());
    world.wait(Duration::from_secs(1));
    assert_eq!(ended(&world.one(BOB)), Some((Condition::Timeout, false)));
    assert_eq!(world.device(BOB).desk.poll_timeout(), None);
}

#[test]
fn hold_and_resume_go_both_ways_and_the_negotiations_agree() {
    let mut world = World::new(&[BOB]);
    let (call, mut hers, his_call, mut his) = world.talking();
    let flow = |negotiation: &Negotiation| negotiation.current().expect("agreed").direction;
    for (hold, she, he) in [
        (true, MediaDirection::SendOnly, MediaDirection::RecvOnly),
        (false, MediaDirection::SendRecv, MediaDirection::SendRecv),
    ] {
        let offer = hers.offer(hold).expect("an offer").into();
        world.command(ALICE, JingleCommand::Offer { call, offer });
        world.settle();
        let JingleEvent::Answered { answer, .. } = world.one(ALICE) else { panic!("answered") };
        hers.accept_answer(&answer).expect("it fits");
        let JingleEvent::Changed { offer, .. } = world.one(BOB) else { panic!("changed") };
        let (answer, _) = his.answer(&offer, false).expect("it can be answered");
        world.command(BOB, JingleCommand::AnswerOffer { call: his_call, answer: Some(answer.into()) });
        world.settle();
        assert_eq!((flow(&hers), flow(&his)), (she, he));
        assert_eq!(hers.current().and_then(|plan| plan.dtls.as_ref()).map(|dtls| dtls.association), Some(1));
        assert_eq!(his.current().and_then(|plan| plan.dtls.as_ref()).map(|dtls| dtls.association), Some(1));
    }
    assert!(world.wire.iter().any(|stanza| stanza.contains("<hold")), "XEP-0167 section 9");
}

#[test]
fn other_addresses_are_told_by_new_credentials_on_both_sides() {
    let mut world = World::new(&[BOB]);
    let (call, mut hers, his_call, mut his) = world.talking();
    let before = hers.current().and_then(|plan| plan.ice.clone()).expect("ice").remote.credentials;
    hers.set_candidates(vec![candidate(7, 7_000)], true);
    let offer = hers.offer(false).expect("an offer").into();
    world.command(ALICE, JingleCommand::Offer { call, offer });
    world.settle();
    let JingleEvent::Changed { offer, .. } = world.one(BOB) else { panic!("changed") };
    let (answer, plan) = his.answer(&offer, false).expect("it can be answered");
    assert_eq!(plan.remote_rtp, candidate(7, 7_000).address);
    world.command(BOB, JingleCommand::AnswerOffer { call: his_call, answer: Some(answer.into()) });
    world.settle();
    let JingleEvent::Answered { answer, .. } = world.one(ALICE) else { panic!("answered") };
    let plan = hers.accept_answer(&answer).expect("it fits");
    let ice = plan.ice.expect("ice");
    assert_ne!(ice.remote.credentials, before, "both sides begin anew");
    assert_eq!(plan.dtls.map(|dtls| dtls.association), Some(1), "the keys stay");
}

#[test]
fn candidates_that_come_later_reach_the_call() {
    let mut world = World::new(&[BOB]);
    let (call, mut hers, his_call, his) = world.talking();
    let fragment = hers.add_candidates(&[candidate(1, 5_000)]).expect("it takes them").into();
    world.command(ALICE, JingleCommand::Candidates { call, fragment });
    world.settle();
    let JingleEvent::Candidates { call: told, fragment } = world.one(BOB) else { panic!("candidates") };
    assert_eq!(told, his_call);
    let known = his.current().and_then(|plan| plan.ice.clone()).expect("ice").remote.credentials;
    assert_eq!(crate::sdp::later_candidates(&fragment, &known), [candidate(1, 5_000)]);
}

#[test]
fn who_called_while_nobody_was_there_is_told_once_when_they_gave_up_and_never_rings() {
    let mut world = World::new(&[]);
    let (bob, now) = (full(BOB).bare(), world.now);
    let at = crate::model::WallTime::from_unix_ms(1_794_000_000_000);
    let trust = |contact| Trust { contact, own: false };
    let retract = Invite::Retract { why: Condition::Cancel, tie: false };
    let kept = |world: &mut World, what: &Invite, sid: &str, contact: bool| {
        let desk = &mut world.device(ALICE).desk;
        desk.handle_kept(&message(what, sid), &bob, trust(contact), at);
        world.collect();
        world.events(ALICE)
    };
    let propose = Invite::Propose { audio: true };
    assert_eq!(kept(&mut world, &propose, "one", true), [], "it may still be going on");
    let told = kept(&mut world, &retract, "one", true);
    let [JingleEvent::Missed { call, from, at: when }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((from, *when), (&full(BOB).bare(), at));
    assert_eq!(kept(&mut world, &retract, "one", true), [], "once");
    // The same words once more have the same name; others have another.
    kept(&mut world, &propose, "one", true);
    let again = kept(&mut world, &retract, "one", true);
    assert_eq!(again, [JingleEvent::Missed { call: *call, from: full(BOB).bare(), at }]);
    // A stranger, and a retraction of nothing.
    assert_eq!(kept(&mut world, &propose, "two", false), []);
    assert_eq!(kept(&mut world, &retract, "two", false), []);
    // The end may come when we are there again.
    kept(&mut world, &propose, "three", true);
    let desk = &mut world.device(ALICE).desk;
    let to = full(ALICE).bare();
    desk.handle_message(&message(&retract, "three"), &full(BOB).bare(), Some("phone"), &to, false, trust(true), now);
    world.collect();
    assert!(matches!(world.one(ALICE), JingleEvent::Missed { .. }));
    assert!(world.way.is_empty(), "nobody is told anything");
    // A flood forgets the oldest.
    for n in 0..1_000 {
        kept(&mut world, &propose, &format!("f{n}"), true);
    }
    assert_eq!(world.device(ALICE).desk.kept.len(), 16);
}

#[test]
fn muting_is_told_and_ends_with_either_word() {
    let mut world = World::new(&[BOB]);
    let (call, _, his_call, _) = world.talking();
    for muted in [true, false] {
        world.command(ALICE, JingleCommand::Mute { call, muted });
        world.settle();
        assert_eq!(world.one(BOB), JingleEvent::Muted { call: his_call, muted });
    }
    let sid = world.device(BOB).desk.sessions[&his_call].sid.clone();
    let say = |world: &mut World, name: &str| {
        let info = format!("<{name} xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>");
        let jingle = format!("<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='{sid}'>{info}</jingle>");
        world.request(&by_hand(ALICE, &jingle), &full(BOB));
        world.settle();
        world.events(BOB)
    };
    // XEP-0167 section 9.1: active again, after having been muted.
    assert_eq!(say(&mut world, "mute"), [JingleEvent::Muted { call: his_call, muted: true }]);
    assert_eq!(say(&mut world, "mute"), [], "nothing new");
    assert_eq!(say(&mut world, "active"), [JingleEvent::Muted { call: his_call, muted: false }]);
    assert_eq!(say(&mut world, "active"), []);
}

#[test]
fn words_about_a_call_go_to_the_connection_that_it_is_with_and_the_others_get_copies() {
    let mut world = World::new(&[BOB, TABLET]);
    let (call, _) = world.call();
    let (phone, _) = world.incoming(BOB);
    world.incoming(TABLET);
    world.command(BOB, JingleCommand::Ring { call: phone });
    world.settle();
    world.answer(BOB, phone);
    world.command(ALICE, JingleCommand::End { call, why: Condition::Success });
    world.settle();
    let to = |what: &str| {
        let sent = world.wire.iter().find(|stanza| stanza.contains(what)).expect(what);
        let stanza: Element = sent.parse().expect("valid");
        stanza.attr("to").expect("to").to_owned()
    };
    assert_eq!(to("<propose"), full(BOB).bare().as_str(), "nobody knows yet who takes it");
    assert_eq!([to("<ringing"), to("<proceed"), to("<finish")], [ALICE, ALICE, BOB]);
}

#[test]
fn who_takes_the_call_with_another_device_talks_on_there_and_nobody_has_to_answer() {
    let mut world = World::new(&[BOB, TABLET]);
    let (call, ..) = world.talking();
    world.events(TABLET);
    let old = world.device(ALICE).desk.sessions[&call].sid.clone();
    // Bob goes on with the tablet.
    let offer = negotiation(3).offer(false).expect("an offer").into();
    let taken = CallId(6);
    world.command(TABLET, JingleCommand::Call { call: taken, to: full(ALICE).bare(), offer });
    world.settle();
    let sid = world.device(TABLET).desk.sessions[&taken].sid.clone();
    let events = world.events(ALICE);
    let [JingleEvent::Incoming { call: new, moved, crossed: false, .. }, over] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*moved, ended(over)), (Some(call), Some((Condition::Migrated, false))));
    let finish = world.wire.iter().find(|stanza| stanza.contains("<finish")).expect("the old one is finished");
    let finish = finish.replace('"', "'").replace(" />", "/>");
    assert!(finish.contains(&format!("<migrated to='{sid}'/>")) && finish.contains("<expired"), "{finish}");
    assert!(finish.contains(&format!("id='{old}'")) && finish.contains(&format!("to='{BOB}'")), "{finish}");
    assert_eq!(ended(&world.one(BOB)), Some((Condition::Migrated, true)), "the phone knows where it goes on");
    let new = *new;
    world.answer(ALICE, new);
    assert!(matches!(world.one(TABLET), JingleEvent::Accepted { .. }));
    assert_eq!((world.device(ALICE).desk.sessions.len(), world.device(BOB).desk.sessions.len()), (1, 0));
}

#[test]
fn a_new_session_with_the_server_ends_calls_and_a_resumed_one_does_not() {
    let mut world = World::new(&[BOB]);
    world.talking();
    world.device(BOB).desk.handle_bound(&full(BOB));
    world.settle();
    assert!(world.events(BOB).is_empty());
    world.device(BOB).desk.handle_bound(&full("bob@example.org/other"));
    world.settle();
    let JingleEvent::Ended { why: Condition::ConnectivityError, by: EndedBy::Network, .. } = world.one(BOB) else {
        panic!("ended")
    };
}
