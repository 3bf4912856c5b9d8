//! Several calls, transfers as each of the three, redirections, forwarding and do not disturb, with their races.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, NoticeBody, RefusalKind, Reply, Request, TransferRequest};
use tandem::model::{
    Call, CallId, CallState, EndedBy, Jid, MediaDirection, QuestionKind, Refusing, Show, TransferState,
};
use tandem::sip::{
    About, Command, DiversionReason, Event, NameAddress, Outcome, Refer, ReferTo, Replaces, TransferEvent,
};
use tandem::store::Loaded;
use tandem::{account, config, media, sip};

use super::world::*;

const INCOMING: CallId = CallId(41);

fn text(text: &str) -> CallTo {
    CallTo::Text(text.into())
}

fn held() -> Arc<str> {
    format!("{SOUND}a=recvonly\r\n").into()
}

/// The other side agrees to our hold, or to our taking back.
fn agrees(world: &mut World, call: CallId, hold: bool) {
    let sdp = if hold { held() } else { SOUND.into() };
    world.voice(Event::OfferAnswered { call, sdp });
}

fn offers(world: &World, call: CallId) -> Vec<bool> {
    let of = |command: Command| match command {
        Command::Offer { call: offered, sdp } if offered == call => {
            Some(sdp.contains("a=sendonly") || sdp.contains("a=inactive"))
        }
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

fn refers(world: &World) -> Vec<ReferTo> {
    let of = |command: Command| if let Command::Transfer { to, .. } = command { Some(to) } else { None };
    world.sip().into_iter().filter_map(of).collect()
}

fn reports(world: &World) -> Vec<u16> {
    let of = |command: Command| match command {
        Command::AnswerRefer { code, .. } | Command::ReportRefer { code, .. } => Some(code),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

fn invites(world: &World) -> Vec<(String, Option<Box<sip::Referral>>)> {
    let of = |command: Command| match command {
        Command::Invite { to, referral, .. } => Some((to.uri.to_string(), referral)),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

fn rejections(world: &World) -> Vec<u16> {
    let of = |command: Command| match command {
        Command::Reject { code, .. } => Some(code),
        Command::Redirect { .. } => Some(302),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

fn problems(world: &World) -> Vec<String> {
    let of = |effect: &account::Effect| match effect {
        account::Effect::Notice(NoticeBody::Problem(text)) => Some(text.to_string()),
        _ => None,
    };
    world.effects.iter().filter_map(of).collect()
}

fn transfer(world: &mut World, call: CallId, news: TransferEvent) {
    world.voice(Event::Transfer { call, news });
}

fn refused(world: &mut World, request: Request) -> RefusalKind {
    world.ask(request).expect("an answer").expect_err("a refusal").kind
}

fn blind(call: CallId, to: &str) -> Request {
    Request::Transfer(TransferRequest::Blind { call, to: text(to) })
}

/// Carol calls, and is answered while Bob is being talked to.
fn second(world: &mut World) -> CallId {
    world.incoming(INCOMING, vouched("sip:carol@other.example"), Some(SOUND));
    world.opened(INCOMING);
    world.done(Request::Answer(INCOMING));
    INCOMING
}

fn refer_to(uri: &str) -> Box<Refer> {
    let target = NameAddress { display: None, uri: uri.into() };
    Box::new(Refer { target, replaces: None, referred_by: None })
}

fn asked(world: &mut World, call: CallId, refer: Box<Refer>) -> Option<tandem::model::Question> {
    transfer(world, call, TransferEvent::Asked(refer));
    world.shown().questions.iter().find(|question| question.kind == QuestionKind::Transfer).cloned()
}

fn reply(
    world: &mut World,
    question: &tandem::model::Question,
    choice: &str,
) -> Option<Result<Reply, account::Refusal>> {
    world.ask(Request::Answered { question: question.id, choice: choice.into() })
}

fn answering(change: impl FnOnce(&mut config::Answering)) -> World {
    let mut config = config();
    change(&mut config.calls.answering);
    World::online_with(config)
}

fn end(world: &mut World, call: CallId) -> (String, String) {
    let end = world.view(call).end.expect("an end");
    (end.code.to_string(), end.text.to_string())
}

// ------------------------------------------------------------------------------------------------ several calls

#[test]
fn a_second_call_does_not_crash_anything_and_puts_the_first_on_hold() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    assert_eq!(world.view(carol).state, CallState::Active, "whoever is answered does not wait for the other's hold");
    assert_eq!(offers(&world, bob), [true]);
    agrees(&mut world, bob, true);
    assert_eq!(world.view(bob).state, CallState::Held);
    world.ended(carol, 0, EndedBy::Remote);
    assert_eq!(world.view(bob).state, CallState::Held, "nobody is taken back behind the user's back");
}

#[test]
fn swap_is_one_action_and_waits_until_the_first_is_on_hold() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    agrees(&mut world, bob, true);
    world.done(Request::Transfer(TransferRequest::Swap));
    assert_eq!((offers(&world, carol), offers(&world, bob)), (vec![true], vec![true]), "Bob waits for Carol's hold");
    agrees(&mut world, carol, true);
    assert_eq!(offers(&world, bob), [true, false]);
    agrees(&mut world, bob, false);
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Active, CallState::Held));
    // And back again, by taking Carol back.
    world.done(Request::Resume(carol));
    agrees(&mut world, bob, true);
    agrees(&mut world, carol, false);
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Held, CallState::Active));
}

#[test]
fn a_swap_whose_hold_is_refused_leaves_both_calls_as_they_are_and_says_so() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    agrees(&mut world, bob, true);
    world.done(Request::Transfer(TransferRequest::Swap));
    world.voice(Event::OfferRefused { call: carol, code: 488 });
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Held, CallState::Active));
    assert!(problems(&world).iter().any(|text| text.contains("could not be put on hold")));
    assert_eq!(offers(&world, bob), [true]);
    // Who hangs up meanwhile makes the way free.
    world.done(Request::Transfer(TransferRequest::Swap));
    world.ended(carol, 0, EndedBy::Remote);
    assert_eq!(offers(&world, bob), [true, false]);
}

#[test]
fn a_swap_without_a_held_call_is_refused() {
    let mut world = World::online();
    let _ = world.talking();
    assert_eq!(refused(&mut world, Request::Transfer(TransferRequest::Swap)), RefusalKind::NotAllowed);
}

#[test]
fn a_change_of_mind_follows_the_hold_that_is_on_its_way() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(Request::Hold(bob));
    world.done(Request::Resume(bob));
    world.done(Request::Hold(bob));
    world.done(Request::Resume(bob));
    assert_eq!(offers(&world, bob), [true], "one offer at a time");
    agrees(&mut world, bob, true);
    assert_eq!(offers(&world, bob), [true, false]);
    agrees(&mut world, bob, false);
    assert_eq!((world.view(bob).state, offers(&world, bob).len()), (CallState::Active, 2));
}

#[test]
fn who_was_put_on_hold_for_the_next_call_joins_the_conference_with_it() {
    let mut world = World::online();
    let bob = world.talking();
    let carol = second(&mut world);
    let create = account::ConferenceRequest::Create(vec![bob, carol]);
    assert!(matches!(world.ask(Request::Conference(create)), Some(Ok(_))));
    agrees(&mut world, bob, true);
    assert_eq!(offers(&world, bob), [true, false]);
    agrees(&mut world, bob, false);
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Active, CallState::Active));
    // A call beside the conference puts all of it on hold.
    let third = CallId(51);
    world.incoming(third, vouched("sip:dave@example.com"), Some(SOUND));
    world.opened(third);
    world.done(Request::Answer(third));
    assert_eq!((offers(&world, bob).last(), offers(&world, carol).last()), (Some(&true), Some(&true)));
    assert_eq!(refused(&mut world, blind(bob, "1001")), RefusalKind::NotAllowed, "out of a conference nobody is taken");
}

#[test]
fn calls_are_left_alone_where_the_settings_say_so() {
    let mut world = answering(|answering| answering.hold_others = false);
    let bob = world.talking();
    let carol = second(&mut world);
    assert!(offers(&world, bob).is_empty());
    assert_eq!((world.view(bob).state, world.view(carol).state), (CallState::Active, CallState::Active));
}

#[test]
fn a_hold_goes_on_sending_so_that_the_way_through_the_router_stays_open() {
    let mut world = World::online();
    let bob = world.talking();
    world.done(Request::Hold(bob));
    agrees(&mut world, bob, true);
    // `sendonly`: packets go on, and with them the binding in every router (JsSIP's users lost their sound here).
    let direction = |world: &mut World| world.view(bob).media.expect("sound").direction;
    assert_eq!(direction(&mut world), MediaDirection::SendOnly);
    let starts = |world: &World| {
        let plan = |command: media::Command| match command {
            media::Command::Start { plan, .. } => Some(plan.direction),
            _ => None,
        };
        world.sound().into_iter().filter_map(plan).collect::<Vec<_>>()
    };
    assert_eq!(starts(&world).last(), Some(&MediaDirection::SendOnly));
    assert!(!world.sound().iter().any(|command| matches!(command, media::Command::Close { .. })), "nothing is closed");
}

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
    assert_ne!(world.last_tone(), Some(media::Tone::Ringing), "a conversation goes on: nothing rings");
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

// ------------------------------------------------------------------------------------------------ sent elsewhere

fn redirected(world: &mut World, call: CallId, uris: &[&str]) -> Option<tandem::model::Question> {
    let contacts = uris.iter().map(|uri| NameAddress { display: None, uri: (*uri).into() }).collect();
    world.voice(Event::Redirected { call, contacts });
    world.ended(call, 302, EndedBy::Network);
    world.shown().questions.iter().find(|question| question.kind == QuestionKind::Transfer).cloned()
}

#[test]
fn s13_a_redirection_is_followed_only_when_the_user_wants_and_with_its_cost_told() {
    let mut world = World::online();
    let bob = world.dial_bob();
    let question = redirected(&mut world, bob, &["tel:+499001234567"]).expect("a question");
    assert!(question.text.contains("+499001234567") && question.text.to_lowercase().contains("premium"));
    assert_eq!(invites(&world).len(), 1);
    reply(&mut world, &question, "cancel");
    assert_eq!(invites(&world).len(), 1);
    let bob = world.dial_bob();
    let question = redirected(&mut world, bob, &["sip:dave@example.com"]).expect("a question");
    let Some(Ok(Reply::Call(next))) = reply(&mut world, &question, "call") else { panic!("a call") };
    world.opened(next);
    assert_eq!(invites(&world).last().expect("an INVITE").0, "sip:dave@example.com");
}

#[test]
fn s13_circles_and_long_ways_are_not_followed() {
    let mut world = World::online();
    let bob = world.dial_bob();
    assert!(
        redirected(&mut world, bob, &["sip:BOB@example.com", "sips:bob@example.com;transport=tcp"]).is_some(),
        "case counts"
    );
    let mut world = World::online();
    let bob = world.dial_bob();
    assert!(redirected(&mut world, bob, &["sips:bob@example.com;transport=tcp"]).is_none());
    assert!(problems(&world).iter().any(|text| text.contains("circle")));
    let mut world = World::online();
    let mut call = world.dial_bob();
    for hop in 0..5 {
        let question = redirected(&mut world, call, &[&format!("sip:hop{hop}@example.com")]).expect("a question");
        let Some(Ok(Reply::Call(next))) = reply(&mut world, &question, "call") else { panic!("a call") };
        world.opened(next);
        call = next;
    }
    assert!(redirected(&mut world, call, &["sip:hop6@example.com"]).is_none());
    assert!(problems(&world).iter().any(|text| text.contains("too often")));
}

// ------------------------------------------------------------------------------------------------ forwarding

fn rings(world: &mut World, identity: sip::CallIdentity, about: About) {
    let offer = Some(Arc::from(SOUND));
    world.voice(Event::Incoming(Box::new(sip::Incoming { call: INCOMING, identity, offer, note: None, about })));
    if world.view(INCOMING).state == CallState::Ringing {
        world.opened(INCOMING);
    }
}

fn calls_in(world: &mut World) -> Vec<u16> {
    rings(world, vouched("sip:carol@other.example"), About::default());
    rejections(world)
}

#[test]
fn do_not_disturb_does_something_and_says_what() {
    for (answer, code) in
        [(Refusing::Busy, 486), (Refusing::Unavailable, 480), (Refusing::Decline, 603), (Refusing::Forward, 486)]
    {
        let mut world = answering(|answering| {
            answering.do_not_disturb = true;
            answering.dnd_answer = answer;
        });
        assert_eq!(calls_in(&mut world), [code]);
        let shown = world.shown();
        assert!(shown.answering.do_not_disturb && shown.answering.text.is_some());
        let (how, told) = end(&mut world, INCOMING);
        assert_eq!(how, "not-disturbed");
        assert!(told.contains("do not want to be disturbed"), "{told}");
        assert_eq!(world.last_tone(), None, "no sound");
    }
    let mut world = answering(|answering| {
        answering.do_not_disturb = true;
        answering.dnd_answer = Refusing::Forward;
        answering.forward_busy = Some("1002".to_owned());
    });
    assert_eq!(calls_in(&mut world), [302]);
    assert_eq!(end(&mut world, INCOMING).0, "forwarded");
}

#[test]
fn do_not_disturb_follows_the_status_where_the_user_wants_that() {
    for (linked, expected) in [(true, vec![486]), (false, vec![])] {
        let mut world = answering(|answering| answering.dnd_with_presence = linked);
        world.done(Request::Presence { show: Show::Dnd, status: None });
        assert_eq!(world.shown().answering.by_presence, linked);
        assert_eq!(calls_in(&mut world), expected, "linked: {linked}");
    }
    let mut world = answering(|answering| answering.dnd_with_presence = true);
    world.done(Request::Presence { show: Show::Away, status: None });
    assert!(calls_in(&mut world).is_empty());
}

#[test]
fn every_call_goes_where_the_user_sends_it_and_the_history_says_so() {
    let mut world = answering(|answering| answering.forward_always = Some("bob@example.com".to_owned()));
    assert_eq!(calls_in(&mut world), [302]);
    let to = world.sip().into_iter().find_map(|command| match command {
        Command::Redirect { to, reason, .. } => Some((to.to_string(), reason)),
        _ => None,
    });
    assert_eq!(to, Some(("sip:bob@example.com".to_owned(), DiversionReason::Unconditional)));
    let (how, told) = end(&mut world, INCOMING);
    assert_eq!(how, "forwarded");
    assert!(told.contains("bob"), "{told}");
    assert_eq!(world.shown().answering.forward_always.as_deref(), Some("bob@example.com"));
}

#[test]
fn a_call_that_nobody_answers_goes_on_after_the_time_that_was_set() {
    let mut world = answering(|answering| {
        answering.forward_no_answer = Some("1002".to_owned());
        answering.forward_after = Duration::from_secs(15);
    });
    assert!(calls_in(&mut world).is_empty());
    world.wait(Duration::from_secs(14));
    assert!(rejections(&world).is_empty());
    world.wait(Duration::from_secs(2));
    assert_eq!(rejections(&world), [302]);
    // Whoever answers just in time keeps it.
    let mut world = answering(|answering| answering.forward_no_answer = Some("1002".to_owned()));
    calls_in(&mut world);
    world.done(Request::Answer(INCOMING));
    world.wait(Duration::from_secs(300));
    assert!(rejections(&world).is_empty());
    assert_eq!(world.view(INCOMING).state, CallState::Active);
}

#[test]
fn whoever_talks_is_busy_where_the_settings_say_so() {
    for (waiting, busy, expected) in [
        (true, None, vec![]),
        (false, None, vec![486]),
        (true, Some("1002"), vec![302]),
        (false, Some("1002"), vec![302]),
    ] {
        let mut world = answering(|answering| {
            answering.call_waiting = waiting;
            answering.forward_busy = busy.map(str::to_owned);
        });
        world.talking();
        assert_eq!(calls_in(&mut world), expected, "{waiting} {busy:?}");
    }
}

#[test]
fn calls_are_forwarded_neither_in_circles_nor_to_the_caller_nor_to_an_emergency_number() {
    for target in ["sip:carol@other.example", "112", "sip:alice@example.com", "no number"] {
        let mut world = answering(|answering| answering.forward_always = Some(target.to_owned()));
        assert!(calls_in(&mut world).is_empty(), "{target}");
        assert_eq!(world.view(INCOMING).state, CallState::Ringing, "{target}");
    }
    let mut world = answering(|answering| answering.forward_always = Some("1002".to_owned()));
    rings(&mut world, vouched("sip:carol@other.example"), About { diversions: 5, ..About::default() });
    assert!(rejections(&world).is_empty());
}

#[test]
fn who_forwarded_or_transferred_a_call_is_shown_and_on_whose_word() {
    let mut world = World::online();
    let by = |uri: &str| Some(NameAddress { display: Some("Ana".into()), uri: uri.into() });
    let about =
        About { forwarded_by: by("sip:ana@example.com"), referred_by: by("sip:ben@example.com"), ..About::default() };
    rings(&mut world, vouched("sip:bob@example.com"), about);
    let evidence = world.view(INCOMING).peer.evidence;
    assert!(
        evidence.iter().any(|line| line.contains("Forwarded by") && line.contains("ana@example.com")),
        "{evidence:?}"
    );
    assert!(evidence.iter().any(|line| line.contains("Transferred by") && line.contains("as the call says")));
    assert_eq!(world.view(INCOMING).peer.display.as_ref(), "bob", "the caller stays who it is");
}

// ------------------------------------------------------------------------------------------------ automatic answers

#[test]
fn s07_only_who_is_allowed_and_proven_is_answered_by_itself_and_rings_first() {
    let wants = || About { answer_after: Some(Duration::ZERO), ..About::default() };
    let allowed = |entry: &str| answering(|answering| answering.auto_answer = vec![entry.to_owned()]);
    for (entry, identity, automatic) in [
        ("bob@example.com", vouched("sip:bob@example.com"), true),
        ("sip:door@example.com", vouched("sip:door@example.com"), true),
        ("1001", vouched("sip:1001@example.com"), true),
        ("sip:door@example.com", identity("sip:door@example.com"), false),
        ("sip:door@example.com", vouched("sip:mallory@example.com"), false),
        ("bob@example.com", vouched("sip:mallory@example.com"), false),
    ] {
        let mut world = allowed(entry);
        rings(&mut world, identity, wants());
        assert_eq!(world.last_tone(), Some(media::Tone::Ringing), "it is heard coming");
        world.wait(Duration::from_secs(3));
        let call = world.view(INCOMING);
        assert_eq!((call.state == CallState::Active, call.automatic), (automatic, automatic), "{entry}");
    }
    // Without a wish nothing is answered, and nobody breaks into a conversation.
    let mut world = allowed("sip:door@example.com");
    rings(&mut world, vouched("sip:door@example.com"), About::default());
    world.wait(Duration::from_secs(60));
    assert_eq!(world.view(INCOMING).state, CallState::Ringing);
    let mut world = allowed("sip:door@example.com");
    world.talking();
    rings(&mut world, vouched("sip:door@example.com"), wants());
    world.wait(Duration::from_secs(60));
    assert_eq!(world.view(INCOMING).state, CallState::Ringing);
}

// ------------------------------------------------------------------------------------------------ help

#[test]
fn a_call_for_help_is_neither_held_nor_transferred_nor_disturbed() {
    let mut world = answering(|answering| {
        answering.do_not_disturb = true;
        answering.forward_always = Some("1002".to_owned());
    });
    let help = world.call(text("112")).expect("a call");
    world.opened(help);
    world.answered(help);
    assert!(world.view(help).emergency);
    for request in [Request::Hold(help), Request::Resume(help), blind(help, "1001")] {
        assert_eq!(refused(&mut world, request), RefusalKind::NotAllowed);
    }
    transfer(&mut world, help, TransferEvent::Asked(refer_to("sip:dave@example.com")));
    assert_eq!(reports(&world), [603]);
    // Whoever calls meanwhile is shown without a sound, and answering does not put those on hold who help.
    assert!(calls_in(&mut world).is_empty());
    assert_eq!(world.last_tone(), None);
    world.done(Request::Answer(INCOMING));
    assert!(offers(&world, help).is_empty());
    world.ended(INCOMING, 0, EndedBy::Remote);
    // They may call back for half an hour.
    world.ended(help, 0, EndedBy::Remote);
    world.wait(Duration::from_secs(20 * 60));
    let callback = CallId(43);
    world.incoming(callback, vouched("sip:112@example.com"), Some(SOUND));
    assert_eq!(world.view(callback).state, CallState::Ringing);
    world.ended(callback, 487, EndedBy::Remote);
    world.wait(Duration::from_secs(31 * 60));
    world.incoming(CallId(45), vouched("sip:carol@other.example"), Some(SOUND));
    assert_eq!(world.view(CallId(45)).state, CallState::Ended, "then the settings count again");
}

#[test]
fn a_call_for_help_that_is_sent_elsewhere_goes_there_at_once() {
    let mut world = World::online();
    let help = world.call(text("112")).expect("a call");
    world.opened(help);
    assert!(redirected(&mut world, help, &["sip:psap@example.net"]).is_none(), "nothing is asked");
    let placed = world.shown().calls.iter().find(|call| call.state == CallState::Preparing).map(|call| call.id);
    world.opened(placed.expect("the next call"));
    assert_eq!(invites(&world).last().expect("an INVITE").0, "sip:psap@example.net");
}

// ------------------------------------------------------------------------------------------------ answered elsewhere

#[test]
fn a_call_that_another_device_answered_is_not_a_missed_call() {
    let mut world = World::online();
    rings(&mut world, vouched("sip:bob@example.com"), About::default());
    let ended = sip::Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere: true };
    world.voice(Event::Ended { call: INCOMING, end: ended });
    assert_eq!(end(&mut world, INCOMING).0, "elsewhere");
}

#[test]
fn which_account_is_called_is_seen_and_kept() {
    let mut world = World::online();
    rings(&mut world, vouched("sip:bob@example.com"), About::default());
    assert_eq!(world.view(INCOMING).account, voice_id());
    let kept = world.kept().into_iter().find_map(|command| match command {
        tandem::store::Command::Call(call) if call.id == INCOMING => Some(call.account),
        _ => None,
    });
    assert_eq!(kept, Some(voice_id()), "the history says on which line it came");
}

#[test]
fn the_account_can_be_chosen_for_a_single_call() {
    let mut two = config();
    let other = tandem::model::AccountId::new("home");
    let voice = config::Voice::new(other.clone(), sip_uri("sip:alice@home.example"), config::SecretSource::Keyring);
    two.voice.push(voice);
    let mut world = World::new(two, Loaded::default());
    world.registered();
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = Event::Registered { security: security(), local, realm: None };
    world.put(account::Input::Voice(other.clone(), event));
    for account in [voice_id(), other] {
        let request = Request::Call {
            to: text("sip:eve@example.net"),
            account: Some(account.clone()),
            via: None,
            confirm: true,
            video: false,
            anonymous: None,
        };
        let Some(Ok(Reply::Call(id))) = world.ask(request) else { panic!("a call") };
        assert_eq!(world.view(id).account, account);
    }
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

#[test]
fn what_happens_to_calls_is_as_the_keys_say() {
    let world = |keys: &str| {
        let text = format!(
            "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
             password = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n[calls]\n{keys}"
        );
        let parsed = config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        World::online_with(parsed)
    };
    // What a call meets, alone and during another one.
    let met = |keys: &str, talking: bool| {
        let mut world = world(keys);
        if talking {
            world.talking();
        }
        calls_in(&mut world).first().copied()
    };
    let dnd = "do-not-disturb = true\n";
    for (keys, talking, expected) in [
        ("", false, None),
        ("", true, None),
        (dnd, false, Some(486)),
        (&format!("{dnd}do-not-disturb-answer = \"unavailable\""), false, Some(480)),
        (&format!("{dnd}do-not-disturb-answer = \"decline\""), false, Some(603)),
        (&format!("{dnd}do-not-disturb-answer = \"forward\"\nforward-busy = \"1002\""), false, Some(302)),
        ("forward-always = \"1002\"", false, Some(302)),
        ("forward-busy = \"1002\"", false, None),
        ("forward-busy = \"1002\"", true, Some(302)),
        ("call-waiting = false", true, Some(486)),
        ("call-waiting = false", false, None),
    ] {
        assert_eq!(met(keys, talking), expected, "{keys} {talking}");
    }
    let mut linked = world("do-not-disturb-with-presence = true");
    linked.done(Request::Presence { show: Show::Dnd, status: None });
    assert_eq!(calls_in(&mut linked), [486]);
    let mut late = world("forward-no-answer = \"1002\"\nforward-after = 7");
    calls_in(&mut late);
    late.wait(Duration::from_secs(6));
    assert!(rejections(&late).is_empty());
    late.wait(Duration::from_secs(2));
    assert_eq!(rejections(&late), [302]);
    for (keys, held) in [("", 1), ("hold-others = false", 0)] {
        let mut several = world(keys);
        let bob = several.talking();
        second(&mut several);
        assert_eq!(offers(&several, bob).len(), held, "{keys}");
    }
    for (keys, automatic) in [("", false), ("auto-answer = [\"sip:carol@other.example\"]", true)] {
        let mut door = world(keys);
        let about = About { answer_after: Some(Duration::ZERO), ..About::default() };
        rings(&mut door, vouched("sip:carol@other.example"), about);
        door.wait(Duration::from_secs(3));
        assert_eq!(door.view(INCOMING).automatic, automatic, "{keys}");
    }
    for wrong in ["forward-always = \"nobody\"", "auto-answer = [\"everybody\"]", "forward-after = 1"] {
        let text = format!("[[chat]]\naddress = \"a@b.example\"\npassword = \"x\"\n[calls]\n{wrong}");
        assert!(config::parse(&text, "config.toml").is_err(), "{wrong}");
    }
}
