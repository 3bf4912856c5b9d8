//! Transfers as each of the three, with their races.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{RefusalKind, Reply, Request, TransferRequest};
use tandem::model::{Call, CallId, CallState, EndedBy, Jid, TransferState};
use tandem::sip::{About, Command, Event, Outcome, Refer, ReferTo, Replaces, TransferEvent};
use tandem::{media, sip};

use super::account_signalling::*;
use super::world::*;

// ------------------------------------------------------------------------------------------------ transferor

#[test]
fn a_blind_transfer_waits_for_the_hold_and_ends_our_call_only_when_they_talk() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(blind(bob, "sip:dave@example.com"));
    let state = |world: &mut World| world.view(bob).transfer.expect("a transfer").state;
    assert_eq!((refers(&world).len(), state(&mut world)), (0, TransferState::Holding));
    agrees(&mut world, bob, true);
    assert_eq!(refers(&world), [ReferTo::Address(sip_uri("sip:dave@example.com"))]);
    assert_eq!(state(&mut world), TransferState::Asked);
    transfer(&mut world, bob, TransferEvent::Accepted);
    transfer(&mut world, bob, TransferEvent::Progress(100));
    assert_eq!(state(&mut world), TransferState::Calling);
    transfer(&mut world, bob, TransferEvent::Progress(180));
    assert_eq!(state(&mut world), TransferState::Ringing);
    assert!(!world.sip().iter().any(|command| matches!(command, Command::Hangup { .. })), "not before the answer");
    transfer(&mut world, bob, TransferEvent::Over(Outcome::Answered(200)));
    assert!(matches!(world.sip().last(), Some(Command::Hangup { .. })));
    world.ended(bob, 0, EndedBy::Local);
    let (code, told) = end(&mut world, bob);
    assert_eq!(code, "transferred");
    assert!(told.contains("dave@example.com"), "{told}");
}

#[test]
fn a_transfer_that_fails_gives_the_call_back_with_the_reason() {
    for (outcome, words) in [
        (Outcome::Answered(486), "busy (486)"),
        (Outcome::Refused(603), "does not let itself be transferred"),
        (Outcome::Refused(404), "does not exist"),
    ] {
        let mut world = World::online();
        let bob = world.talking();
        world.done(blind(bob, "1001"));
        agrees(&mut world, bob, true);
        transfer(&mut world, bob, TransferEvent::Over(outcome));
        let call = world.view(bob);
        let view = call.transfer.expect("a transfer");
        assert_eq!(view.state, TransferState::Failed);
        assert!(view.text.contains(words), "{}", view.text);
        assert_eq!(offers(&world, bob), [true, false], "the user talks on");
        assert!(problems(&world).iter().any(|text| text.contains(words)));
        agrees(&mut world, bob, false);
        world.done(blind(bob, "1002"));
    }
}

#[test]
fn a_transfer_whose_outcome_is_not_told_leaves_the_call_to_the_user() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(blind(bob, "1001"));
    agrees(&mut world, bob, true);
    transfer(&mut world, bob, TransferEvent::Accepted);
    transfer(&mut world, bob, TransferEvent::Over(Outcome::Unsaid));
    assert_eq!(offers(&world, bob), [true], "perhaps they talk");
    assert_eq!(world.view(bob).state, CallState::Held);
}

#[test]
fn a_hold_that_is_refused_or_crossed_decides_about_the_transfer() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(blind(bob, "1001"));
    world.voice(Event::OfferRefused { call: bob, code: 488 });
    assert_eq!(world.view(bob).transfer.expect("a transfer").state, TransferState::Failed);
    assert!(refers(&world).is_empty());
    // 491: theirs came first. Ours is tried again, and the transfer goes on.
    world.done(blind(bob, "1001"));
    world.voice(Event::OfferRefused { call: bob, code: 491 });
    world.wait(Duration::from_secs(2));
    agrees(&mut world, bob, true);
    assert_eq!(refers(&world).len(), 1);
}

#[test]
fn a_transfer_asked_for_while_the_call_is_taken_back_holds_it_again_first() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(Request::Hold(bob));
    agrees(&mut world, bob, true);
    world.done(Request::Resume(bob));
    world.done(blind(bob, "1001"));
    assert!(refers(&world).is_empty());
    agrees(&mut world, bob, false);
    assert!(refers(&world).is_empty(), "it was taken back");
    agrees(&mut world, bob, true);
    assert_eq!(refers(&world).len(), 1);
}

#[test]
fn an_answer_that_makes_no_sense_ends_the_transfer_and_is_not_asked_for_again_and_again() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(blind(bob, "1001"));
    world.voice(Event::OfferAnswered { call: bob, sdp: "v=0\r\n".into() });
    assert_eq!(world.view(bob).transfer.expect("a transfer").state, TransferState::Failed);
    assert_eq!(offers(&world, bob), [true]);
}

#[test]
fn attended_transfer_works_with_the_second_call_on_top_and_connects_both_sides() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    agrees(&mut world, bob, true);
    world.done(Request::Transfer(TransferRequest::Attended { call: bob, with: carol }));
    assert_eq!(refers(&world), [ReferTo::Call(carol)], "Bob is on hold already");
    transfer(&mut world, bob, TransferEvent::Accepted);
    transfer(&mut world, bob, TransferEvent::Over(Outcome::Answered(200)));
    world.ended(bob, 0, EndedBy::Local);
    world.ended(carol, 0, EndedBy::Remote);
    assert_eq!(end(&mut world, bob).0, "transferred");
    assert_eq!(end(&mut world, carol).0, "transferred");
}

#[test]
fn an_attended_transfer_that_fails_leaves_the_consultation_as_it_is() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    agrees(&mut world, bob, true);
    world.done(Request::Transfer(TransferRequest::Attended { call: bob, with: carol }));
    transfer(&mut world, bob, TransferEvent::Over(Outcome::Answered(481)));
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Held, CallState::Active));
    assert_eq!(offers(&world, bob), [true]);
}

#[test]
fn what_cannot_be_transferred_is_refused_with_a_sentence() {
    let mut world = World::online();
    let dialling = world.dial_bob();
    assert_eq!(refused(&mut world, blind(dialling, "1001")), RefusalKind::NotAllowed, "not answered");
    assert_eq!(refused(&mut world, blind(CallId(999), "1001")), RefusalKind::NotFound);
    world.answered(dialling);
    assert_eq!(refused(&mut world, blind(dialling, "no number")), RefusalKind::NoTarget);
    assert_eq!(refused(&mut world, blind(dialling, "112")), RefusalKind::NotAllowed, "help is called by who needs it");
    let itself = Request::Transfer(TransferRequest::Attended { call: dialling, with: dialling });
    assert_eq!(refused(&mut world, itself), RefusalKind::Invalid);
    world.done(blind(dialling, "1001"));
    assert_eq!(refused(&mut world, blind(dialling, "1002")), RefusalKind::NotAllowed, "one at a time");
}

#[test]
fn whoever_hangs_up_during_the_transfer_ends_it() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(blind(bob, "1001"));
    agrees(&mut world, bob, true);
    world.ended(bob, 0, EndedBy::Remote);
    transfer(&mut world, bob, TransferEvent::Over(Outcome::Answered(200)));
    assert_eq!(end(&mut world, bob).0, "hangup");
}

// ------------------------------------------------------------------------------------------------ transferee

#[test]
fn s08_a_transfer_is_always_asked_about_with_its_target_and_its_cost() {
    let mut world = World::online();
    let bob = world.talking();
    let question = asked(&mut world, bob, refer_to("tel:+499001234567")).expect("a question");
    assert!(question.text.contains("+499001234567"), "{}", question.text);
    assert!(question.text.to_lowercase().contains("premium"), "{}", question.text);
    assert_eq!(&*question.choices[0].id, "decline", "the safe one first");
    assert_eq!((reports(&world), invites(&world).len()), (vec![202], 1), "nothing but Bob's own call was dialled");
    assert!(matches!(reply(&mut world, &question, "decline"), Some(Ok(Reply::Done))));
    assert_eq!(reports(&world), [202, 603]);
    assert_eq!(invites(&world).len(), 1);
    assert_eq!(world.view(bob).state, CallState::Active);
}

#[test]
fn a_transfer_that_the_user_accepts_is_called_and_told_of_as_it_goes() {
    let mut world = World::online();
    let bob = world.talking();
    let replaces = Replaces::parse("x;to-tag=1;from-tag=2");
    let refer = Refer { replaces: replaces.clone(), ..*refer_to("sip:dave@example.com;gr=1") };
    let question = asked(&mut world, bob, Box::new(refer)).expect("a question");
    let Some(Ok(Reply::Call(placed))) = reply(&mut world, &question, "call") else { panic!("a call") };
    world.opened(placed);
    let (uri, referral) = invites(&world).pop().expect("an INVITE");
    let referral = referral.expect("who sent us");
    assert_eq!(uri, "sip:dave@example.com;gr=1", "the target as it was named");
    assert_eq!((referral.replaces, referral.referred_by.as_deref()), (replaces, Some("sip:bob@example.com")));
    assert!(offers(&world, bob).is_empty(), "whoever transfers us has us on hold already");
    world.progress(placed, 100, None);
    world.progress(placed, 180, None);
    world.answered(placed);
    assert_eq!(reports(&world), [202, 180, 200]);
    world.ended(placed, 0, EndedBy::Remote);
    assert_eq!(reports(&world), [202, 180, 200], "after the last word there is none");
}

#[test]
fn s08_the_one_who_transfers_hears_the_truth_when_it_fails() {
    for (code, by, told) in [(486, EndedBy::Remote, 486), (404, EndedBy::Network, 404), (487, EndedBy::Local, 487)] {
        let mut world = World::online();
        let bob = world.talking();
        let question = asked(&mut world, bob, refer_to("sip:dave@example.com")).expect("a question");
        let Some(Ok(Reply::Call(placed))) = reply(&mut world, &question, "call") else { panic!("a call") };
        world.opened(placed);
        world.ended(placed, code, by);
        assert_eq!(reports(&world), [202, told]);
    }
    // The sockets do not open: the call never leaves.
    let mut world = World::online();
    let bob = world.talking();
    let question = asked(&mut world, bob, refer_to("sip:dave@example.com")).expect("a question");
    let Some(Ok(Reply::Call(placed))) = reply(&mut world, &question, "call") else { panic!("a call") };
    world.media(media::Event::OpenFailed { call: placed, reason: "no".into() });
    assert_eq!(reports(&world), [202, 503]);
}

#[test]
fn s08_a_storm_of_transfers_asks_once_and_nobody_is_sent_to_an_emergency_number() {
    let mut world = World::online();
    let bob = world.talking();
    for _ in 0..50 {
        transfer(&mut world, bob, TransferEvent::Asked(refer_to("sip:dave@example.com")));
    }
    let questions = world.shown().questions.len();
    assert_eq!((questions, reports(&world).iter().filter(|code| **code == 202).count()), (1, 1));
    assert_eq!(reports(&world).iter().filter(|code| **code == 491).count(), 49);
    let mut world = World::online();
    let bob = world.talking();
    assert!(asked(&mut world, bob, refer_to("tel:112")).is_none());
    assert!(asked(&mut world, bob, refer_to("sip:112@example.com;user=phone")).is_none());
    assert_eq!(reports(&world), [403, 403]);
    assert!(asked(&mut world, bob, refer_to("sip:")).is_none());
    assert_eq!(reports(&world).last(), Some(&404));
}

#[test]
fn a_transfer_that_nobody_decides_about_is_declined_and_one_whose_call_is_over_is_forgotten() {
    let mut world = World::online();
    let bob = world.talking();
    asked(&mut world, bob, refer_to("sip:dave@example.com")).expect("a question");
    world.wait(Duration::from_secs(61));
    assert_eq!(reports(&world), [202, 603]);
    assert!(world.shown().questions.is_empty());
    let question = asked(&mut world, bob, refer_to("sip:dave@example.com")).expect("the next question");
    world.ended(bob, 0, EndedBy::Remote);
    assert!(world.shown().questions.is_empty());
    assert!(reply(&mut world, &question, "call").expect("an answer").is_err());
    assert_eq!(invites(&world).len(), 1);
}

#[test]
fn a_transferor_that_is_gone_at_once_does_not_end_the_new_call() {
    let mut world = World::online();
    let bob = world.talking();
    let question = asked(&mut world, bob, refer_to("sip:dave@example.com")).expect("a question");
    let Some(Ok(Reply::Call(placed))) = reply(&mut world, &question, "call") else { panic!("a call") };
    world.ended(bob, 0, EndedBy::Remote);
    world.opened(placed);
    world.answered(placed);
    assert_eq!(world.view(placed).state, CallState::Active);
}

// ------------------------------------------------------------------------------------------------ target

fn replacing(world: &mut World, old: CallId, sdp: Option<&str>) -> Call {
    let about = About { replaces: Some(old), ..About::default() };
    let incoming = sip::Incoming {
        call: INCOMING,
        identity: vouched("sip:dave@example.com"),
        offer: sdp.map(Arc::from),
        note: None,
        about,
    };
    world.voice(Event::Incoming(Box::new(incoming)));
    world.opened(INCOMING);
    world.view(INCOMING)
}

#[test]
fn s10_a_call_that_takes_the_place_of_ours_goes_on_where_that_one_was() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(Request::Mute(bob, true));
    let taken = replacing(&mut world, bob, Some(SOUND));
    assert_eq!((taken.state, taken.muted), (CallState::Active, true), "who was muted stays muted");
    assert!(world.sip().iter().any(|command| matches!(command, Command::Answer { call: INCOMING, .. })));
    assert!(world.sip().iter().any(|command| matches!(command, Command::Hangup { call } if *call == bob)));
    world.ended(bob, 0, EndedBy::Local);
    assert_eq!(end(&mut world, bob).0, "transferred");
    assert_ne!(
        world.last_tone(),
        Some(media::Tone::Ringing(tandem::model::Ringtone::Classic)),
        "a conversation goes on: nothing rings"
    );
}

#[test]
fn s10_a_call_that_cannot_take_the_place_leaves_ours_alone() {
    let mut world = World::online();
    let bob = world.talking();
    let taken = replacing(&mut world, bob, Some("v=0\r\n"));
    assert_eq!(taken.state, CallState::Ended);
    assert_eq!(world.view(bob).state, CallState::Active);
}

#[test]
fn s10_a_call_that_rings_at_the_transferor_is_taken_over_by_the_target() {
    let mut world = World::online();
    let bob = world.dial_bob();
    world.progress(bob, 180, None);
    let taken = replacing(&mut world, bob, Some(SOUND));
    assert_eq!(taken.state, CallState::Active);
    assert!(world.sip().iter().any(|command| matches!(command, Command::Hangup { call } if *call == bob)));
}

#[test]
fn a_contact_is_known_by_its_card_when_a_transfer_names_it() {
    let mut world = World::online();
    world.card("carol@other.example", &["sip:carol@other.example"]);
    let bob = world.talking();
    let question = asked(&mut world, bob, refer_to("sip:carol@other.example")).expect("a question");
    let carol: Jid = jid("carol@other.example");
    assert!(question.text.contains(carol.local().expect("a name")), "{}", question.text);
}
