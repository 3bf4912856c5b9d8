//! Inputs in any order: nothing panics, no call is left behind, and every timer ends.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tandem::account::{CallTo, Request};
use tandem::model::{CallId, EndedBy, Show, Subscription};
use tandem::platform::Secret;
use tandem::{media, sip, xmpp};

use super::world::*;

fn step(world: &mut World, rng: &mut StdRng) {
    let calls: Vec<CallId> = world.shown().calls.iter().map(|call| call.id).chain([CallId(77)]).collect();
    let call = calls[rng.random_range(0..calls.len())];
    let sdp = match rng.random_range(0..4) {
        0 => None,
        1 => Some("v=0\r\nnonsense".into()),
        2 => Some(format!("{SOUND}a=sendonly\r\n").into()),
        _ => Some(SOUND.into()),
    };
    let fork = sip::ForkId(rng.random_range(0..3));
    let hold = rng.random_bool(0.5);
    let code = [100, 180, 183, 486, 488, 491, 603][rng.random_range(0..7)];
    let ask = |world: &mut World, request| drop(world.ask(request));
    match rng.random_range(0..30) {
        0 => drop(world.call(CallTo::Text("1001".into()))),
        1 => drop(world.call(CallTo::Contact(jid("bob@example.com")))),
        2 => world.incoming(CallId(rng.random_range(0..40) * 2 + 1), vouched("sip:bob@example.com"), sdp.as_deref()),
        3 => world.opened(call),
        4 => world.media(media::Event::OpenFailed { call, reason: "no".into() }),
        5 => world.voice(sip::Event::Progress { call, code, text: None, fork, sdp }),
        6 => world.voice(sip::Event::Answered { call, fork, sdp, identity: identity("sip:x@y.example") }),
        7 => world.voice(sip::Event::Confirmed { call, sdp }),
        8 => world.voice(sip::Event::OfferReceived { call, sdp }),
        9 => world.voice(sip::Event::OfferAnswered { call, sdp: sdp.unwrap_or_default() }),
        10 => world.voice(sip::Event::OfferRefused { call, code }),
        11 => world.voice(sip::Event::Digit { call, digit: '5' }),
        12 => world.ended(call, code, EndedBy::Remote),
        13 => ask(world, Request::Answer(call)),
        14 => ask(world, Request::Decline(call)),
        15 => ask(world, Request::Hangup(call)),
        16 => ask(world, if hold { Request::Hold(call) } else { Request::Resume(call) }),
        17 => ask(world, Request::Mute(call, hold)),
        18 => ask(world, Request::Dtmf(call, "1,2".into())),
        19 => ask(world, Request::Dismiss(call)),
        20 => world.voice(sip::Event::Unregistered { reason: reason("lost"), retry_at: None }),
        21 => world.registered(),
        22 => world.chat(xmpp::Event::Offline { reason: reason("lost"), retry_at: None }),
        23 => world.chat(presence("bob@example.com", Show::Away)),
        24 => {
            let checkpoint = world.checkpoint();
            let update = match rng.random_range(0..3) {
                0 => xmpp::RosterUpdate::Replace(vec![item("bob@example.com", Subscription::Both)]),
                1 => xmpp::RosterUpdate::Remove(jid("bob@example.com")),
                _ => xmpp::RosterUpdate::Set(item("carol@other.example", Subscription::To)),
            };
            world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
        }
        25 => world.card("bob@example.com", &["sip:bob@example.com", "+4930901820"]),
        26 => world.card("carol@other.example", &["sip:bob@example.com"]),
        27 => ask(world, Request::Password { account: voice_id(), password: Secret::new("x") }),
        28 => world.media(media::Event::Silence { call, silent: hold }),
        _ => world.wait(Duration::from_millis(rng.random_range(0..60_000))),
    }
}

#[test]
fn inputs_in_any_order_leak_no_call_and_end_every_timer() {
    for seed in 0..60 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::online();
        for _ in 0..300 {
            step(&mut world, &mut rng);
            world.effects.clear();
            assert!(world.shown().calls.iter().filter(|call| call.end.is_none()).count() <= 32, "seed {seed}");
        }
        let calls: Vec<CallId> = world.shown().calls.iter().map(|call| call.id).collect();
        for call in calls {
            drop(world.ask(Request::Hangup(call)));
        }
        world.wait(Duration::from_secs(300));
        assert!(world.shown().calls.is_empty(), "seed {seed}");
        assert_eq!(world.manager.poll_timeout(), None, "seed {seed}");
        world.done(Request::Quit);
        world.wait(Duration::from_secs(10));
        assert!(world.has_quit(), "seed {seed}");
    }
}
