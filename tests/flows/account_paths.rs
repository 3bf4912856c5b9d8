//! How calls look for paths, as the configuration says (M01): what the media thread is asked for, what the peer is told.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, Effect, Input, Request};
use tandem::config::{self, Config, Media};
use tandem::media;
use tandem::media::ice::{Carrier, Server, Wish};
use tandem::model::{CallId, CallState, ExternalService, Transport};
use tandem::sip::Command;
use tandem::xmpp;

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
            Effect::FindPathServers { media, .. } => Some((**media).clone()),
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
    world.done(Request::Answer(call));
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
    world.done(Request::Answer(call));
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

/// What a chat server names: a relay whose password lasts for so long.
fn named(lasts: Duration, now: tandem::model::WallTime) -> Vec<ExternalService> {
    let service = |relay, transport, port| ExternalService {
        relay,
        host: "relay.example.com".into(),
        port,
        transport,
        login: relay.then(|| ("1893456000:alice".into(), "made-for-a-day".into())),
        expires: relay.then(|| tandem::model::WallTime::from_unix_ms(now.unix_ms() + lasts.as_millis() as i64)),
    };
    vec![
        service(false, Transport::Udp, 3478),
        service(true, Transport::Udp, 3478),
        service(true, Transport::Tcp, 3478),
        service(true, Transport::Tls, 5349),
    ]
}

#[test]
fn servers_that_the_chat_server_names_are_used_and_asked_for_again_before_their_passwords_end() {
    let asked = |world: &World| world.xmpp().iter().filter(|command| **command == xmpp::Command::AskServices).count();
    let looked_up = |world: &World| {
        let named = |effect: &Effect| match effect {
            Effect::FindPathServers { named, .. } => Some(named.to_vec()),
            _ => None,
        };
        world.effects.iter().rev().find_map(named)
    };
    let mut world = World::new(config(), tandem::store::Loaded::default());
    assert_eq!(asked(&world), 0);
    world.sign_in();
    assert_eq!(asked(&world), 1, "as soon as it lets us in");
    assert!(looked_up(&world).is_none(), "nothing is looked up that nobody named");
    let now = world.now.wall;
    world.chat(xmpp::Event::Services(named(Duration::from_secs(86_400), now)));
    let used = looked_up(&world).expect("looked up");
    let ways: Vec<_> = used.iter().map(|service| (service.relay, service.transport, service.port)).collect();
    assert_eq!(ways, [(true, Transport::Udp, 3478), (true, Transport::Tls, 5349)], "one for each kind of network");
    world.wait(Duration::from_secs(43_000));
    assert_eq!(asked(&world), 1);
    world.wait(Duration::from_secs(300));
    assert_eq!(asked(&world), 2, "halfway to the end");
    // A server whose clock is behind ours, and one that says no time, are asked again too, and not for ever at once.
    let now = world.now.wall;
    world.chat(xmpp::Event::Services(named(Duration::ZERO, now)));
    world.wait(Duration::from_secs(599));
    assert_eq!(asked(&world), 2);
    world.wait(Duration::from_secs(2));
    assert_eq!(asked(&world), 3);
    world.effects.clear();
    world.chat(xmpp::Event::Services(Vec::new()));
    assert!(looked_up(&world).is_none(), "none any more");
    for text in ["servers-from-chat = false", "ice = \"off\""] {
        let mut world = World::new(with(text), tandem::store::Loaded::default());
        world.sign_in();
        assert_eq!(asked(&world), 0, "{text}");
    }
}

/// A call whose peer answered with these further attributes, after candidates of ours were told.
fn with_ice(options: &str) -> (World, CallId) {
    let mut world = world("ice = \"always\"", &[]);
    let call = world.call(CallTo::Contact(jid("bob@example.com"))).unwrap();
    let candidates = Arc::from([tandem::sdp::Candidate::parse("h 1 UDP 2130706431 192.0.2.1 20000 typ host").unwrap()]);
    world.media(media::Event::Candidates { call, candidates, complete: false });
    world.opened(call);
    let sdp = Some(format!("{}{options}", ice_offer()).into());
    let identity = crate::world::identity("sip:bob@example.com");
    world.voice(tandem::sip::Event::Answered { call, fork: tandem::sip::ForkId(1), sdp, identity });
    world.effects.clear();
    (world, call)
}

fn later(world: &mut World, call: CallId) -> Option<Arc<str>> {
    let candidate = tandem::sdp::Candidate::parse("r 1 UDP 9 203.0.113.9 50000 typ relay").unwrap();
    world.media(media::Event::LaterCandidates { call, candidates: Arc::from([candidate]) });
    world.sip().into_iter().find_map(|command| match command {
        Command::Candidates { fragment, .. } => Some(fragment),
        _ => None,
    })
}

#[test]
fn addresses_of_ours_that_are_found_later_are_told_to_a_peer_that_takes_them() {
    let (mut world, call) = with_ice("a=ice-options:trickle ice2\r\n");
    let told = later(&mut world, call).expect("told by INFO");
    assert!(told.starts_with("a=ice-ufrag:") && told.contains("203.0.113.9 50000 typ relay"), "{told}");
    assert!(!told.contains("192.0.2.1"), "what was told before is not repeated");
    let (mut world, call) = with_ice("");
    assert_eq!(later(&mut world, call), None, "others find them by their checks");
    // Found while it rings, they stand in the answer.
    let mut world = self::world("ice = \"always\"", &[]);
    let call = CallId(1);
    world.incoming(call, vouched("sip:stranger@example.net"), Some(&ice_offer()));
    let candidates = Arc::from([tandem::sdp::Candidate::parse("h 1 UDP 7 192.0.2.1 20000 typ host").unwrap()]);
    world.media(media::Event::Candidates { call, candidates, complete: false });
    world.opened(call);
    assert_eq!(later(&mut world, call), None);
    world.done(Request::Answer(call));
    let answer = world.sip().into_iter().find_map(|command| match command {
        Command::Answer { sdp, .. } => Some(sdp),
        _ => None,
    });
    assert!(answer.unwrap().contains("203.0.113.9 50000 typ relay"));
}

#[test]
fn a_peer_of_the_older_standard_is_told_the_chosen_pair_by_an_offer_where_it_is_another_one() {
    let chosen = |world: &mut World, call, local: &str, controlling| -> Option<Arc<str>> {
        let nominated = media::ice::Nominated {
            local: local.parse().unwrap(),
            remote: "192.0.2.9:4000".parse().unwrap(),
            controlling,
        };
        world.media(media::Event::Nominated { call, nominated });
        world.sip().into_iter().find_map(|command| match command {
            Command::Offer { sdp, .. } => Some(sdp),
            _ => None,
        })
    };
    let (mut world, call) = with_ice("");
    let offer = chosen(&mut world, call, "203.0.113.77:20000", true).expect("an offer");
    assert!(offer.contains("c=IN IP4 203.0.113.77\r\n") && offer.contains("m=audio 20000 "), "{offer}");
    assert!(
        offer.contains("203.0.113.77 20000 typ prflx") && offer.contains("a=remote-candidates:1 192.0.2.9 4000\r\n")
    );
    let (mut world, call) = with_ice("a=ice-options:ice2\r\n");
    assert_eq!(chosen(&mut world, call, "203.0.113.77:20000", true), None, "RFC 8839: it knows");
    let (mut world, call) = with_ice("");
    assert_eq!(chosen(&mut world, call, "203.0.113.77:20000", false), None, "it is theirs to say");
    let (mut world, call) = with_ice("");
    let same = world.view(call).media.is_some().then_some("192.0.2.1:20000").unwrap();
    assert_eq!(chosen(&mut world, call, same, true), None, "nothing is new");
}

#[test]
fn calls_that_take_the_place_of_others_or_are_asked_for_by_somebody_look_for_paths_too() {
    // One that replaces a call of ours, with paths as its offer has them.
    let mut world = world("ice = \"always\"", &[]);
    let first = world.talking();
    world.effects.clear();
    let incoming = tandem::sip::Incoming {
        call: CallId(77),
        identity: vouched("sip:bob@example.com"),
        offer: Some(ice_offer().into()),
        note: None,
        about: tandem::sip::About { replaces: Some(first), ..Default::default() },
    };
    world.voice(tandem::sip::Event::Incoming(Box::new(incoming)));
    assert!(asked(&world).is_some(), "the call that takes the place");
    // One that somebody asked us to place.
    let mut world = self::world("ice = \"always\"", &[]);
    let call = world.talking();
    let target = tandem::sip::NameAddress { display: None, uri: "sip:dave@example.com".into() };
    let refer = Box::new(tandem::sip::Refer { target, replaces: None, referred_by: None });
    world.voice(tandem::sip::Event::Transfer { call, news: tandem::sip::TransferEvent::Asked(refer) });
    world.effects.clear();
    let question = world.shown().questions.first().expect("a question").id;
    world.ask(Request::Answered { question, choice: "call".into() });
    assert!(asked(&world).is_some(), "the call that was asked for");
    // One without an offer: ours has paths.
    let mut world = self::world("ice = \"always\"", &[]);
    world.incoming(CallId(1), vouched("sip:stranger@example.net"), None);
    assert_eq!(asked(&world).map(|wish| wish.reports), Some(media::ice::Reports::Offered));
}

#[test]
fn reports_look_for_a_path_of_their_own_where_the_other_side_may_want_that() {
    let together = format!("{}a=rtcp-mux\r\n", ice_offer());
    let wanted = |offer: &str| called("ice = \"always\"", &[], offer).map(|wish| wish.reports);
    assert_eq!(wanted(&together), Some(media::ice::Reports::Shared));
    assert_eq!(wanted(&ice_offer()), Some(media::ice::Reports::Apart));
    assert_eq!(calling("ice = \"always\"", &[]).map(|wish| wish.reports), Some(media::ice::Reports::Offered));
}
