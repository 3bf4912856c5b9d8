//! How calls look for paths, as the configuration says (M01): what the media thread is asked for, what the peer is told.

use std::sync::Arc;

use tandem::account::{CallTo, Effect, Input};
use tandem::config::{self, Config, Media};
use tandem::media;
use tandem::media::ice::{Carrier, Server, Wish};
use tandem::model::{CallId, CallState};
use tandem::sip::Command;

use crate::world::{SOUND, World, config, jid, vouched};

const RELAY: &str = "turn = [\"turn:relay.example:3478\"]\nturn-user = \"alice\"\nturn-password = \"secret\"\n";

fn with(media: &str) -> Config {
    let text = format!("[[chat]]\naddress = \"a@example.com\"\npassword = \"x\"\n[media]\n{media}\n");
    let parsed = config::parse(&text, "config.toml").unwrap();
    Config { media: parsed.media, ..config() }
}

fn server(relay: bool) -> Server {
    Server {
        address: "203.0.113.9:3478".parse().unwrap(),
        name: "relay.example".into(),
        carrier: Carrier::Udp,
        login: relay.then(|| ("alice".into(), "secret".into())),
    }
}

/// Signed in, with these servers found.
fn world(media: &str, servers: &[Server]) -> World {
    let mut world = World::online_with(with(media));
    world.put(Input::PathServers(Arc::from(servers)));
    world.effects.clear();
    world
}

/// What the media thread was asked for: nothing but sockets, or paths as well.
fn asked(world: &World) -> Option<Wish> {
    world
        .effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Media(media::Command::Gather { wish, .. }) => Some(Some((**wish).clone())),
            Effect::Media(media::Command::Open { .. }) => Some(None),
            _ => None,
        })
        .expect("sockets are asked for")
}

fn calling(media: &str, servers: &[Server]) -> Option<Wish> {
    let mut world = world(media, servers);
    world.call(CallTo::Contact(jid("bob@example.com"))).unwrap();
    asked(&world)
}

fn ice_offer() -> String {
    format!(
        "{SOUND}a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n\
         a=candidate:1 1 UDP 2130706431 192.0.2.9 4000 typ host\r\n"
    )
}

fn called(media: &str, servers: &[Server], offer: &str) -> Option<Wish> {
    let mut world = world(media, servers);
    world.incoming(CallId(1), vouched("sip:stranger@example.net"), Some(offer));
    asked(&world)
}

#[test]
fn calls_look_for_paths_as_their_keys_say() {
    let relay = [server(true)];
    // ice
    assert!(calling("", &[]).is_none(), "nothing to find without a server");
    assert!(calling(RELAY, &relay).is_some());
    assert!(calling(&format!("ice = \"off\"\n{RELAY}"), &relay).is_none());
    assert!(calling("ice = \"always\"", &[]).is_some());
    assert!(called("", &[], SOUND).is_none() && called("", &[], &ice_offer()).is_some(), "answered in kind");
    assert!(called("ice = \"off\"", &[], &ice_offer()).is_none());
    // tell-addresses
    let all = "ice = \"always\"";
    assert!(!called(all, &relay, &ice_offer()).unwrap().only_relays);
    let some = format!("tell-addresses = \"no-host-to-strangers\"\n{RELAY}");
    assert!(called(&some, &relay, &ice_offer()).unwrap().only_relays);
    assert!(!calling(&some, &relay).unwrap().only_relays, "a contact is none");
    assert!(called(&some, &[], &ice_offer()).is_none(), "without a relay one address, as before ICE");
    let only = format!("tell-addresses = \"relay-only\"\n{RELAY}");
    assert!(called(&only, &relay, SOUND).unwrap().only_relays, "also for a peer without ICE");
    assert!(calling(&only, &relay).unwrap().only_relays);
}

#[test]
fn the_servers_are_looked_up_at_the_start_and_in_every_network() {
    let found = |world: &World| -> Vec<Media> {
        let media = |effect: &Effect| match effect {
            Effect::FindPathServers(media) => Some((**media).clone()),
            _ => None,
        };
        world.effects.iter().filter_map(media).collect()
    };
    let text = format!("stun = [\"stun:stun.example\"]\n{RELAY}");
    let mut world = World::new(with(&text), tandem::store::Loaded::default());
    let media = found(&world);
    assert_eq!(media.len(), 1);
    assert_eq!((media[0].stun[0].host.as_str(), media[0].stun[0].port), ("stun.example", 3478));
    assert_eq!((media[0].turn[0].host.as_str(), media[0].turn_user.as_deref()), ("relay.example", Some("alice")));
    world.effects.clear();
    world.put(Input::NetworkChanged);
    assert_eq!(found(&world).len(), 1);
    for (keys, expected) in [
        ("turn-keyring = true", config::SecretSource::Keyring),
        ("turn-password-file = \"/pw\"", config::SecretSource::File("/pw".into())),
        ("turn-password = \"secret\"", config::SecretSource::Inline(tandem::platform::Secret::new("secret"))),
    ] {
        let text = format!("turn = [\"turns:relay.example\"]\nturn-user = \"alice\"\n{keys}\n");
        assert_eq!(found(&World::new(with(&text), tandem::store::Loaded::default()))[0].turn_secret, Some(expected));
    }
}

#[test]
fn m01_a_stranger_learns_no_address_before_the_call_is_answered() {
    let mut world = world("ice = \"always\"", &[]);
    let call = CallId(1);
    world.incoming(call, vouched("sip:stranger@example.net"), Some(&ice_offer()));
    let candidate = "h 1 UDP 2130706431 192.0.2.1 20000 typ host";
    let candidates = Arc::from([tandem::sdp::Candidate::parse(candidate).unwrap()]);
    world.media(media::Event::Candidates { call, candidates, complete: true });
    world.opened(call);
    let told = |world: &World| format!("{:?}", world.sip());
    assert!(!told(&world).contains("192.0.2.1"));
    let started = |world: &World| {
        world.effects.iter().any(|effect| matches!(effect, Effect::Media(media::Command::Start { .. })))
    };
    assert!(!started(&world), "and no check goes to its candidates");
    world.done(tandem::account::Request::Answer(call));
    let answer = world.sip().into_iter().find_map(|command| match command {
        Command::Answer { sdp, .. } => Some(sdp),
        _ => None,
    });
    let answer = answer.unwrap();
    assert!(answer.contains(&format!("a=candidate:{candidate}\r\n")) && answer.contains("a=ice-ufrag:"), "{answer}");
    assert!(started(&world));
    assert_eq!(world.view(call).state, CallState::Active);
}

#[test]
fn f07_a_move_tells_new_candidates_with_new_credentials() {
    let mut world = world("ice = \"always\"", &[]);
    let call = world.call(CallTo::Contact(jid("bob@example.com"))).unwrap();
    let gathered = |world: &mut World, at: &str| {
        let line = format!("h 1 UDP 2130706431 {at} 20000 typ host");
        let candidates = Arc::from([tandem::sdp::Candidate::parse(&line).unwrap()]);
        world.media(media::Event::Candidates { call, candidates, complete: true });
        world.media(media::Event::Opened { call, rtp: format!("{at}:20000").parse().unwrap() });
    };
    let fragment = |sdp: &str| sdp.lines().find(|line| line.starts_with("a=ice-ufrag:")).unwrap().to_owned();
    gathered(&mut world, "192.0.2.1");
    let first = world.sip().into_iter().find_map(|command| match command {
        Command::Invite { offer, .. } => Some(offer),
        _ => None,
    });
    world.answered(call);
    let local = "198.51.100.7:5060".parse().unwrap();
    world.voice(tandem::sip::Event::Registered { security: crate::world::security(), local, realm: None });
    gathered(&mut world, "198.51.100.7");
    let second = world.sip().into_iter().find_map(|command| match command {
        Command::Offer { sdp, .. } => Some(sdp),
        _ => None,
    });
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.contains("192.0.2.1 20000 typ host") && second.contains("198.51.100.7 20000 typ host"));
    assert!(!second.contains("192.0.2.1"));
    assert_ne!(fragment(&first), fragment(&second), "RFC 8445 section 9: a restart");
}

#[test]
fn addresses_that_the_other_side_finds_later_are_tried_too_and_old_ones_are_not() {
    let mut world = world("ice = \"always\"", &[]);
    let call = CallId(1);
    world.incoming(call, vouched("sip:stranger@example.net"), Some(&ice_offer()));
    let candidates = Arc::from([tandem::sdp::Candidate::parse("h 1 UDP 7 192.0.2.1 20000 typ host").unwrap()]);
    world.media(media::Event::Candidates { call, candidates, complete: true });
    world.opened(call);
    world.done(tandem::account::Request::Answer(call));
    let more = |world: &mut World, fragment: &str| {
        world.effects.clear();
        let text = format!("a=ice-ufrag:{fragment}\r\na=candidate:2 1 UDP 9 203.0.113.4 5000 typ srflx\r\n");
        world.voice(tandem::sip::Event::Candidates { call, fragment: text.into() });
        let told = |effect: &Effect| match effect {
            Effect::Media(media::Command::Candidates { candidates, .. }) => Some(candidates.len()),
            _ => None,
        };
        world.effects.iter().find_map(told)
    };
    assert_eq!(more(&mut world, "abcd"), Some(1));
    assert_eq!(more(&mut world, "old1"), None);
}

#[test]
fn a_path_that_is_lost_is_looked_for_anew_and_the_call_lives() {
    let mut world = world("ice = \"always\"", &[]);
    let call = world.talking();
    world.effects.clear();
    world.media(media::Event::PathLost { call });
    let moved = world.effects.iter().any(|effect| matches!(effect, Effect::Media(media::Command::Move { .. })));
    assert!(moved);
    let candidates = Arc::from([tandem::sdp::Candidate::parse("h 1 UDP 7 192.0.2.1 20002 typ host").unwrap()]);
    world.media(media::Event::Candidates { call, candidates, complete: true });
    world.media(media::Event::Opened { call, rtp: "192.0.2.1:20002".parse().unwrap() });
    let offered = world.sip().into_iter().any(|command| {
        matches!(command, Command::Offer { sdp, .. } if sdp.contains("a=ice-ufrag:") && sdp.contains("m=audio 20002 "))
    });
    assert!(offered);
    assert_eq!(world.view(call).state, CallState::Active);
}
