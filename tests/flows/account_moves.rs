//! F07 in virtual time: the machine gets another address while a call goes on.

use std::time::Duration;

use tandem::account::{Effect, Input};
use tandem::media;
use tandem::model::{CallId, CallState, EndedBy, Evidence, Stats};
use tandem::sip::{self, Command};

use crate::world::{World, security};

/// The account registered again, from another address.
fn moved_to(world: &mut World, address: &str) {
    let local = format!("{address}:5060").parse().unwrap();
    world.effects.clear();
    world.voice(sip::Event::Registered { security: security(), local, realm: None });
}

fn moves(world: &World) -> Vec<String> {
    world
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Media(media::Command::Move { address, .. }) => Some(address.to_string()),
            _ => None,
        })
        .collect()
}

fn offers(world: &World) -> Vec<String> {
    let offer = |command: Command| match command {
        Command::Offer { sdp, .. } => Some(sdp.to_string()),
        _ => None,
    };
    world.sip().into_iter().filter_map(offer).collect()
}

fn bound(world: &mut World, call: CallId, at: &str) {
    world.media(media::Event::Opened { call, rtp: at.parse().unwrap() });
}

#[test]
fn f07_the_sound_moves_with_the_machine_and_the_other_side_is_told_at_once() {
    let mut world = World::online();
    let call = world.talking();
    moved_to(&mut world, "198.51.100.7");
    assert_eq!(moves(&world), ["198.51.100.7"]);
    assert!(offers(&world).is_empty(), "not before the new sockets are there");
    bound(&mut world, call, "198.51.100.7:21000");
    let offers = offers(&world);
    assert_eq!(offers.len(), 1);
    assert!(offers[0].contains("c=IN IP4 198.51.100.7\r\n") && offers[0].contains("m=audio 21000 "), "{}", offers[0]);
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn f07_a_registration_from_the_same_address_moves_nothing() {
    let mut world = World::online();
    world.talking();
    moved_to(&mut world, "192.0.2.1");
    assert!(moves(&world).is_empty() && offers(&world).is_empty());
}

#[test]
fn f07_an_address_that_cannot_be_bound_yet_is_tried_again_and_the_call_lives() {
    let mut world = World::online();
    let call = world.talking();
    moved_to(&mut world, "198.51.100.7");
    world.media(media::Event::MoveFailed { call });
    world.effects.clear();
    world.wait(Duration::from_millis(600));
    assert_eq!(moves(&world), ["198.51.100.7"]);
    bound(&mut world, call, "198.51.100.7:21000");
    assert_eq!(offers(&world).len(), 1);
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn f07_a_refused_offer_is_made_again_where_it_crossed_another_and_never_ends_the_call() {
    let mut world = World::online();
    let call = world.talking();
    moved_to(&mut world, "198.51.100.7");
    bound(&mut world, call, "198.51.100.7:21000");
    world.effects.clear();
    world.voice(sip::Event::OfferRefused { call, code: 491 });
    world.wait(Duration::from_millis(600));
    assert_eq!(offers(&world).len(), 1, "once more");
    world.effects.clear();
    world.voice(sip::Event::OfferRefused { call, code: 488 });
    world.wait(Duration::from_secs(60));
    assert!(offers(&world).is_empty(), "who does not want it is not asked again");
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn f07_a_call_that_has_not_been_answered_tells_its_new_address_when_it_is() {
    let mut world = World::online();
    let call = world.dial_bob();
    moved_to(&mut world, "198.51.100.7");
    bound(&mut world, call, "198.51.100.7:21000");
    assert!(offers(&world).is_empty(), "no second offer while the first is out (RFC 3264 section 4)");
    world.wait(Duration::from_secs(10));
    assert!(offers(&world).is_empty());
    world.answered(call);
    world.wait(Duration::from_secs(1));
    assert_eq!(offers(&world).len(), 1);
}

/// The answer would go to an address that is not ours any more (RFC 3261 section 18.2.2), so the call is placed again, with an
/// offer that names the new one.
#[test]
fn f07_a_call_that_rings_when_the_address_changes_is_placed_again_and_says_so() {
    let mut world = World::online();
    let call = world.dial_bob();
    world.voice(sip::Event::Progress { call, code: 180, text: None, fork: sip::ForkId(1), sdp: None });
    assert_eq!(world.view(call).state, CallState::Ringing);
    moved_to(&mut world, "198.51.100.7");
    world.voice(sip::Event::Adrift { call });
    assert!(offers(&world).is_empty(), "not before the new sockets are there");
    let shown = world.view(call);
    assert_eq!(shown.state, CallState::Dialing);
    assert!(shown.said.as_deref().is_some_and(|said| said.contains("placed again")), "{:?}", shown.said);
    bound(&mut world, call, "198.51.100.7:21000");
    let offers = offers(&world);
    assert_eq!(offers.len(), 1);
    assert!(offers[0].contains("c=IN IP4 198.51.100.7\r\n") && offers[0].contains("m=audio 21000 "), "{}", offers[0]);
    world.effects.clear();
    world.voice(sip::Event::Progress { call, code: 180, text: None, fork: sip::ForkId(1), sdp: None });
    assert_eq!(world.view(call).state, CallState::Ringing);
    world.answered(call);
    world.wait(Duration::from_secs(1));
    let shown = world.view(call);
    assert_eq!((shown.state, shown.said), (CallState::Active, None));
    assert!(world.sip().iter().all(|command| !matches!(command, Command::Offer { .. })), "the new address is known");
}

#[test]
fn f07_two_moves_in_a_row_end_at_the_last_address() {
    let mut world = World::online();
    let call = world.talking();
    moved_to(&mut world, "198.51.100.7");
    moved_to(&mut world, "203.0.113.9");
    bound(&mut world, call, "198.51.100.7:21000");
    assert!(offers(&world).is_empty(), "that one is out of date");
    bound(&mut world, call, "203.0.113.9:22000");
    let offers = offers(&world);
    assert!(offers.len() == 1 && offers[0].contains("c=IN IP4 203.0.113.9\r\n"), "{offers:?}");
}

/// Complaints: a change of the network crashes the phone, or ends the call.
#[test]
fn a_storm_of_changes_of_the_network_ends_no_call_and_ends_at_the_last_address() {
    let mut world = World::online();
    let call = world.talking();
    for n in 1..=60 {
        world.put(tandem::account::Input::NetworkChanged);
        moved_to(&mut world, &format!("198.51.100.{n}"));
        if n % 3 == 0 {
            world.media(media::Event::MoveFailed { call });
        }
        if n % 4 == 0 {
            bound(&mut world, call, &format!("198.51.100.{n}:21000"));
            world.voice(sip::Event::OfferRefused { call, code: 491 });
        }
        world.wait(Duration::from_millis(40));
    }
    bound(&mut world, call, "198.51.100.60:22000");
    world.wait(Duration::from_secs(2));
    let last = offers(&world).pop().expect("told");
    assert!(last.contains("c=IN IP4 198.51.100.60\r\n"), "{last}");
    assert_eq!(world.view(call).state, CallState::Active);
}

/// A second of the call in which the other side was last heard so long ago.
fn heard(world: &mut World, call: CallId, silence_ms: u64, report_age_ms: Option<u64>) {
    let evidence = Evidence { silence_ms, report_age_ms, ..Evidence::default() };
    let stats = Stats { evidence, ..Stats::default() };
    world.media(media::Event::Stats { call, stats });
}

/// A complaint: the call ends half a minute after the network changed, although both are heard.
#[test]
fn f07_nobody_answers_the_new_address_and_whoever_is_heard_all_the_same_stays() {
    let mut world = World::online();
    let call = world.talking();
    moved_to(&mut world, "198.51.100.7");
    bound(&mut world, call, "198.51.100.7:21000");
    // RFC 3261 section 17.1.1.2: 32 s without an answer.
    for _ in 0..32 {
        world.wait(Duration::from_secs(1));
        heard(&mut world, call, 20, None);
    }
    world.effects.clear();
    world.voice(sip::Event::OfferRefused { call, code: 408 });
    world.wait(Duration::from_millis(600));
    assert_eq!(offers(&world).len(), 1, "asked once more");
    assert_eq!(world.view(call).state, CallState::Active);
    world.voice(sip::Event::Unanswered { call });
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn whoever_neither_answers_nor_is_heard_is_gone() {
    // A report is a sign of life too: in a call on hold there is no other.
    for (silence_ms, report_age_ms, gone) in
        [(40_000, None, true), (40_000, Some(40_000), true), (40_000, Some(4_000), false), (20, None, false)]
    {
        for event in [|call| sip::Event::OfferRefused { call, code: 408 }, |call| sip::Event::Unanswered { call }] {
            let mut world = World::online();
            let call = world.talking();
            heard(&mut world, call, silence_ms, report_age_ms);
            world.effects.clear();
            world.voice(event(call));
            assert_eq!(world.sip().contains(&Command::Hangup { call }), gone, "{silence_ms} {report_age_ms:?}");
            if gone {
                world.ended(call, 0, EndedBy::Local);
                let end = world.view(call).end.expect("ended");
                assert_eq!((&*end.code, end.by), ("no-answer", EndedBy::Network));
            }
        }
    }
}

#[test]
fn a_change_that_is_not_answered_long_after_the_last_sound_ends_the_call() {
    let mut world = World::online();
    let call = world.talking();
    heard(&mut world, call, 20, None);
    world.wait(Duration::from_secs(6));
    world.effects.clear();
    world.voice(sip::Event::OfferRefused { call, code: 408 });
    assert!(world.sip().contains(&Command::Hangup { call }));
}

#[test]
fn after_sleep_the_voice_accounts_are_told_that_it_was_sleep() {
    let mut world = World::online();
    world.talking();
    world.effects.clear();
    world.put(tandem::account::Input::Woke);
    assert_eq!(world.sip(), [Command::Woke]);
    world.effects.clear();
    world.put(tandem::account::Input::NetworkChanged);
    assert_eq!(world.sip(), [Command::NetworkChanged]);
}

/// Which ways were asked for.
fn ways(world: &World) -> Vec<std::net::SocketAddr> {
    let asked = |effect: &Effect| match effect {
        Effect::FindWay(_, to) => Some(*to),
        _ => None,
    };
    world.effects.iter().filter_map(asked).collect()
}

/// A private network that carries the sound and not the signalling.
#[test]
fn f07_the_sound_follows_its_own_way_where_the_phone_service_is_reached_as_before() {
    let mut world = World::online();
    let call = world.talking();
    world.effects.clear();
    heard(&mut world, call, 20, None);
    let [to] = ways(&world)[..] else { panic!("asked once, for the baseline") };
    let way = |world: &mut World, local: &str| {
        world.effects.clear();
        world.put(Input::Way(call, to, local.parse().ok()));
    };
    way(&mut world, "192.0.2.1");
    assert!(moves(&world).is_empty());
    world.effects.clear();
    heard(&mut world, call, 20, None);
    assert!(ways(&world).is_empty(), "known");
    world.put(Input::NetworkChanged);
    assert_eq!(ways(&world), [to], "each change is looked at");
    way(&mut world, "10.8.0.2");
    assert_eq!(moves(&world), ["10.8.0.2"]);
    bound(&mut world, call, "10.8.0.2:21000");
    assert!(offers(&world).last().is_some_and(|offer| offer.contains("c=IN IP4 10.8.0.2\r\n")));
    // The account registers anew over its own way: the sound stays on its.
    moved_to(&mut world, "192.0.2.1");
    assert!(moves(&world).is_empty());
    world.put(Input::NetworkChanged);
    way(&mut world, "");
    assert!(moves(&world).is_empty(), "no way at all is the account's to find out");
    moved_to(&mut world, "192.0.2.1");
    assert_eq!(moves(&world), ["192.0.2.1"]);
}

#[test]
fn a_sound_that_went_another_way_from_the_start_is_left_where_it_works() {
    let mut world = World::online();
    let call = world.talking();
    heard(&mut world, call, 20, None);
    let to = ways(&world)[0];
    for local in ["10.8.0.2", "10.8.0.2", "10.9.0.2"] {
        world.put(Input::Way(call, to, local.parse().ok()));
    }
    assert!(moves(&world).is_empty());
    world.put(Input::Way(call, "203.0.113.1:9".parse().unwrap(), "10.8.0.2".parse().ok()));
    assert!(moves(&world).is_empty(), "somewhere else");
}
