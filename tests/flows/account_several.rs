//! Several calls at once, calls for help, and which of a person's devices and lines a call belongs to.

use std::time::Duration;

use tandem::account::{RefusalKind, Reply, Request, TransferRequest};
use tandem::model::{CallId, CallState, EndedBy, MediaDirection};
use tandem::sip::{About, Event, TransferEvent};
use tandem::store::Loaded;
use tandem::{account, config, media, sip};

use super::account_signalling::*;
use super::world::*;

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

#[test]
fn a_call_that_another_device_answered_is_not_a_missed_call() {
    let mut world = World::online();
    rings(&mut world, vouched("sip:bob@example.com"), About::default());
    let ended = sip::Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere: true, retry_after: None };
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
