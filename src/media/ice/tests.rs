//! What two ends find in a network of which the tests decide what gets through.

use std::time::Duration;

use super::*;
use crate::media::stun::{Class, Message, Method, Writer, attribute};

#[path = "tests_world.rs"]
mod world;

use world::*;

#[test]
fn two_ends_find_the_direct_path_within_a_quarter_of_a_second_and_sound_takes_it() {
    let mut world = both(|_, _| true);
    assert_eq!(world.sides[0].gathered, Some(Duration::ZERO), "nobody is asked, nothing is waited for");
    world.connect();
    world.run(Duration::from_millis(250));
    for side in 0..2 {
        let chosen = world.chosen(side).expect("a path");
        assert_eq!((chosen.local, chosen.remote, chosen.relay), (CandidateKind::Host, CandidateKind::Host, None));
    }
    world.speak(0);
    world.speak(1);
    assert_eq!(world.sides[1].heard, [(address(ALICE[0]), vec![0x80, 8, 0, 1])]);
    assert_eq!(world.sides[0].heard.len(), 1);
}

#[test]
fn version_six_is_taken_before_version_four_where_both_work() {
    let sockets: [&[&str]; 2] =
        [&["198.51.100.1:4000", "[2001:db8::1]:4000"], &["198.51.100.2:5000", "[2001:db8::2]:5000"]];
    let mut world = World::new(&[(sockets[0], Wish::default()), (sockets[1], Wish::default())], |_, _| true);
    world.run(Duration::from_secs(1));
    world.connect();
    world.run(Duration::from_secs(2));
    let before = world.sides[0].sent_to.len();
    world.speak(0);
    assert!(world.sides[0].sent_to[before..].iter().any(|(_, to)| *to == address("[2001:db8::2]:5000")));
    // RFC 8421: a family that does not work costs only its checks.
    let mut world =
        World::new(&[(sockets[0], Wish::default()), (sockets[1], Wish::default())], |from, _| from.is_ipv4());
    world.run(Duration::from_secs(1));
    world.connect();
    world.run(Duration::from_secs(2));
    world.speak(0);
    assert_eq!(world.sides[1].heard.len(), 1, "heard over version four");
}

#[test]
fn a_closed_door_between_the_two_is_gone_round_by_the_relay() {
    let closed = |from: SocketAddr, to: SocketAddr| from.ip() == address(RELAY).ip() || to.ip() == address(RELAY).ip();
    let mut world = World::new(&[(ALICE, relay_wish(false)), (BOB, Wish::default())], closed);
    world.run(Duration::from_secs(2));
    let kinds: Vec<_> = world.sides[0].candidates.iter().map(|candidate| candidate.kind).collect();
    assert_eq!(kinds, [CandidateKind::Host, CandidateKind::Relayed]);
    world.connect();
    world.run(Duration::from_secs(3));
    assert_eq!(world.chosen(0).map(|chosen| chosen.relay), Some(Some(0)));
    world.speak(0);
    world.speak(1);
    assert!(world.sides.iter().all(|side| side.heard.len() == 1));
}

#[test]
fn m01_with_only_relays_no_own_address_is_told_and_nothing_is_sent_past_the_relay() {
    let mut world = World::new(&[(ALICE, relay_wish(true)), (BOB, Wish::default())], |_, _| true);
    world.relay.stale = 1;
    world.run(Duration::from_secs(2));
    let told: Vec<String> = world.sides[0].candidates.iter().map(Candidate::write).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("typ relay raddr 0.0.0.0 rport 9") && !told[0].contains("198.51.100.1"), "{told:?}");
    world.connect();
    world.run(Duration::from_secs(2));
    world.speak(0);
    world.speak(1);
    assert!(world.sides.iter().all(|side| side.heard.len() == 1));
    assert!(world.sides[0].sent_to.iter().all(|(_, to)| to.ip() == address(RELAY).ip()));
    assert!(world.relay.forwarded > 0);
    // The allocation, its permissions and its channel outlive an hour, and are given back at the end.
    world.run(Duration::from_secs(3_600));
    world.speak(1);
    assert_eq!(world.sides[0].heard.len(), 2);
    world.sides[0].paths.close(at(world.time));
    world.run(Duration::from_secs(1));
    assert!(world.relay.clients.is_empty());
}

#[test]
fn m01_a_stranger_who_only_calls_makes_us_send_nothing_to_its_candidates() {
    let mut world = both(|_, _| true);
    // Checks of somebody before our answer, and with a password that is not ours after it.
    let probe = Writer::new(Method::Binding, Class::Request, [1; 12])
        .with(attribute::USERNAME, b"bfrag:afrag")
        .with_integrity(b"guessed")
        .with_fingerprint();
    let mallory = address("198.51.100.66:6000");
    let now = at(world.time);
    assert_eq!(world.sides[1].paths.handle_datagram(0, mallory, &probe, now), None);
    world.run(Duration::from_secs(30));
    assert!(world.sides[1].sent_to.is_empty());
    world.connect();
    let now = at(world.time);
    world.sides[1].paths.handle_datagram(0, mallory, &probe, now);
    world.run(Duration::from_secs(1));
    assert!(world.sides[1].sent_to.iter().all(|(_, to)| *to != mallory));
}

#[test]
fn m02_a_bomb_of_candidates_is_thirty_two_pairs_at_fifty_milliseconds_each() {
    let mut world = both(|_, _| false);
    let mut plan = world.plan(0, true);
    let line = |n: u32| format!("f{n} 1 UDP {} 198.18.{}.{} {} typ host", 10_000 + n, n / 200, n % 200 + 1, 2_000 + n);
    if let Some(ice) = &mut plan.ice {
        ice.remote.candidates = (0..10_000).filter_map(|n| Candidate::parse(&line(n))).collect();
        for ruinous in
            ["127.0.0.1 4000", "0.0.0.0 4000", "224.0.0.1 4000", "198.18.1.1 22", "198.18.1.1 25", "10.0.0.1 80"]
        {
            ice.remote.candidates.extend(Candidate::parse(&format!("x 1 UDP 99999 {ruinous} typ host")));
        }
    }
    world.sides[0].paths.handle_plan(&plan, at(world.time));
    let begun = world.time;
    world.run(Duration::from_secs(20));
    let sent = &world.sides[0].sent_to;
    let targets: std::collections::HashSet<_> = sent.iter().map(|(_, to)| *to).collect();
    assert!(!targets.is_empty() && targets.len() <= 32, "{} targets", targets.len());
    assert!(targets.iter().all(|to| to.port() >= 1_024 && to.to_string().starts_with("198.18.")));
    let early = sent.iter().filter(|(time, _)| *time < begun + Duration::from_millis(480)).count();
    assert!(early <= 10, "{early} checks in the first half second");
    assert!(sent.len() <= 32 * 7, "{} datagrams in all", sent.len());
    assert!(world.sides[0].no_path);
}

#[test]
fn m03_sound_from_an_address_that_no_check_has_proven_is_dropped() {
    let mut world = both(|_, _| true);
    world.connect();
    world.run(Duration::from_secs(1));
    let now = at(world.time);
    let inbound = world.sides[0].paths.handle_datagram(0, address("198.51.100.66:6000"), &[0x80, 8, 0, 1], now);
    assert_eq!(inbound, None);
}

#[test]
fn a_lite_peer_is_found_by_our_checks_alone() {
    let mut world = both(|_, _| true);
    // The lite side answers; it begins nothing. Ours is told to be controlled and controls all the same.
    let mut plan = world.plan(0, false);
    plan.ice.as_mut().unwrap().remote.lite = true;
    world.sides[0].paths.handle_plan(&plan, at(world.time));
    for _ in 0..20 {
        world.drain();
        world.time += Duration::from_millis(25);
        let now = at(world.time);
        world.sides[0].paths.handle_timeout(now);
        while let Some((_, from, to, bytes)) = world.wire.pop_front() {
            let message = Message::read(&bytes).unwrap();
            assert_eq!((message.class, to), (Class::Request, address(BOB[0])));
            assert!(message.get(attribute::ICE_CONTROLLING).is_some());
            let answer = Writer::new(Method::Binding, Class::Success, message.transaction)
                .with_address(attribute::XOR_MAPPED_ADDRESS, from)
                .with_integrity(credentials("b").password.as_bytes())
                .with_fingerprint();
            world.sides[0].paths.handle_datagram(0, to, &answer, now);
            world.drain();
        }
    }
    assert!(world.chosen(0).is_some_and(|chosen| chosen.round_trip.is_some()));
}

#[test]
fn both_who_think_that_they_control_agree_on_one_and_find_a_path() {
    for controlling in [true, false] {
        let mut world = both(|_, _| true);
        for side in 0..2 {
            let plan = world.plan(side, controlling);
            world.sides[side].paths.handle_plan(&plan, at(world.time));
        }
        world.run(Duration::from_secs(3));
        world.speak(0);
        world.speak(1);
        assert!(world.sides.iter().all(|side| side.heard.len() == 1), "both controlling: {controlling}");
    }
}

#[test]
fn a_peer_behind_a_router_is_found_by_where_its_checks_come_from() {
    // Bob tells an address that nobody reaches; his checks come from another one.
    let mut world = both(|_, _| true);
    for side in 0..2 {
        let mut plan = world.plan(side, side == 0);
        if side == 0 {
            let candidates = &mut plan.ice.as_mut().unwrap().remote.candidates;
            candidates[0].address = address("198.51.100.77:7777");
        }
        world.sides[side].paths.handle_plan(&plan, at(world.time));
    }
    world.run(Duration::from_secs(2));
    assert_eq!(world.chosen(0).map(|chosen| chosen.remote), Some(CandidateKind::PeerReflexive));
    world.speak(0);
    assert_eq!(world.sides[1].heard.len(), 1);
}

#[test]
fn without_consent_for_thirty_seconds_nothing_more_is_sent() {
    let mut world = both(|_, _| true);
    world.connect();
    world.run(Duration::from_secs(120));
    world.speak(0);
    assert_eq!(world.sides[1].heard.len(), 1, "consent is kept while both live");
    world.open = |_, _| false;
    world.run(Duration::from_secs(40));
    let before = world.sides[0].sent_to.len();
    world.speak(0);
    world.run(Duration::from_secs(60));
    assert_eq!(world.sides[0].sent_to.len(), before);
    assert!(world.sides[0].no_path);
}

#[test]
fn other_credentials_are_a_restart_and_sound_goes_on_over_the_new_path() {
    let mut world = both(|_, _| true);
    world.connect();
    world.run(Duration::from_secs(1));
    for side in 0..2 {
        let mut plan = world.plan(side, side == 1);
        let ice = plan.ice.as_mut().unwrap();
        for description in [&mut ice.local, &mut ice.remote] {
            description.credentials.fragment.push_str("new");
            description.credentials.password.push_str("new");
        }
        world.sides[side].paths.handle_plan(&plan, at(world.time));
    }
    world.run(Duration::from_secs(1));
    world.speak(0);
    world.speak(1);
    assert!(world.sides.iter().all(|side| side.heard.len() == 1));
}

#[test]
fn a_candidate_that_comes_later_is_checked_too() {
    let mut world = both(|_, _| true);
    let late = world.sides[1].candidates.clone();
    for side in 0..2 {
        let mut plan = world.plan(side, side == 0);
        plan.ice.as_mut().unwrap().remote.candidates.clear();
        world.sides[side].paths.handle_plan(&plan, at(world.time));
    }
    world.run(Duration::from_millis(500));
    assert!(world.chosen(0).is_none());
    world.sides[0].paths.handle_candidate(&late[0], at(world.time));
    world.run(Duration::from_secs(1));
    assert!(world.chosen(0).is_some() && world.chosen(1).is_some());
}

#[test]
fn a_server_that_does_not_answer_holds_a_call_up_for_a_second_and_no_longer() {
    let silent = |_: SocketAddr, to: SocketAddr| to.ip() != address(RELAY).ip();
    let mut world = World::new(&[(ALICE, relay_wish(false)), (BOB, Wish::default())], silent);
    world.run(Duration::from_secs(10));
    assert_eq!(world.sides[0].gathered, Some(Duration::from_secs(1)));
    assert_eq!(world.sides[0].candidates.len(), 1);
}

#[test]
fn nothing_that_comes_in_makes_the_paths_panic() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    let mut world = World::new(&[(ALICE, relay_wish(false)), (BOB, Wish::default())], |_, _| true);
    world.run(Duration::from_secs(2));
    world.connect();
    let mut random = StdRng::seed_from_u64(11);
    let good = Writer::new(Method::Data, Class::Indication, [3; 12])
        .with_address(attribute::XOR_PEER_ADDRESS, address(BOB[0]))
        .with(attribute::DATA, &[0x80; 20])
        .finish();
    for round in 0..20_000 {
        let mut bytes = if round % 3 == 0 {
            (0..random.random_range(0..80)).map(|_| random.random()).collect()
        } else {
            good.clone()
        };
        for _ in 0..random.random_range(0..5) {
            if !bytes.is_empty() {
                let at = random.random_range(0..bytes.len());
                bytes[at] = random.random();
            }
        }
        let from = if round % 2 == 0 { address(RELAY) } else { address(BOB[0]) };
        let now = at(world.time);
        let _ = world.sides[0].paths.handle_datagram(0, from, &bytes, now);
        while world.sides[0].paths.poll_output().is_some() {}
    }
}

/// The first flight of a handshake, as far as demultiplexing looks (RFC 7983 section 7).
const HELLO: &[u8] = &[22, 254, 253, 0];

#[test]
fn a_handshake_that_begins_before_there_is_a_path_takes_the_first_one_that_works_at_once() {
    let mut world = both(|_, _| true);
    world.connect();
    let to = world.sides[1].candidates[0].address;
    let now = at(world.time);
    for _ in 0..3 {
        world.sides[0].paths.send(to, HELLO, now);
    }
    assert!(world.sides[0].sent_to.is_empty(), "there is no way yet, and nobody has agreed to anything");
    world.run(Duration::from_secs(1));
    let usable = world.sides[0].usable.expect("a way");
    assert_eq!(world.sides[1].heard, [(address(ALICE[0]), HELLO.to_vec())], "once, however often it was repeated");
    assert!(usable - Duration::from_secs(2) <= 3 * DELAY, "{usable:?}");
    // RFC 8842 section 6: before the choice is made, where that takes longer.
    let nominated = world.sides[0].nominated.expect("a choice");
    assert_eq!((nominated.local, nominated.remote), (address(ALICE[0]), address(BOB[0])));
    assert!(nominated.controlling && !world.sides[1].nominated.unwrap().controlling);
}

#[test]
fn a_handshake_with_a_peer_whose_checks_find_nothing_goes_where_its_description_says() {
    let mut world = both(|_, to| to == address(BOB[0]));
    let mut plan = world.plan(0, true);
    plan.ice.as_mut().unwrap().remote.credentials = credentials("nobody");
    let now = at(world.time);
    world.sides[0].paths.handle_plan(&plan, now);
    world.sides[0].paths.send(plan.remote_rtp, HELLO, now);
    world.run(Duration::from_secs(20));
    assert!(world.sides[0].no_path && world.sides[0].usable.is_some());
    assert!(world.sides[1].heard.iter().any(|(_, bytes)| bytes == HELLO));
}

#[test]
fn a_relay_that_answers_late_is_told_late_and_saves_the_call() {
    // The relay answers after the second that a call waits for it, and the direct way is closed.
    fn closed(from: SocketAddr, to: SocketAddr) -> bool {
        from.ip() == address(RELAY).ip() || to.ip() == address(RELAY).ip()
    }
    let mut world = World::new(&[(ALICE, relay_wish(false)), (BOB, Wish::default())], |_, _| false);
    world.run(Duration::from_millis(1_100));
    let told = world.sides[0].candidates.len();
    assert_eq!(told, 1, "the call goes on without it");
    world.connect();
    world.open = closed;
    world.run(Duration::from_secs(6));
    let later: Vec<_> = world.sides[0].candidates.iter().skip(told).cloned().collect();
    assert_eq!(later.iter().map(|candidate| candidate.kind).collect::<Vec<_>>(), [CandidateKind::Relayed]);
    let now = at(world.time);
    world.sides[1].paths.handle_candidate(&later[0], now);
    world.run(Duration::from_secs(4));
    assert_eq!(world.chosen(0).map(|chosen| chosen.relay), Some(Some(0)));
}

#[test]
fn reports_apart_are_a_component_with_candidates_and_checks_of_its_own() {
    let address = |text: &str| text.parse().unwrap();
    let side = |at: &str, seed| {
        let wish = Wish { reports: Reports::Apart, ..Wish::default() };
        let mut paths = Paths::new(vec![address(at)], &wish, 2, [seed; 32], at_zero());
        let Some(Output::Gathered { candidates, .. }) = paths.poll_output() else { panic!("gathered at once") };
        (paths, candidates)
    };
    let ((mut alice, hers), (mut bob, his)) = (side("198.51.100.1:4001", 1), side("198.51.100.2:5001", 2));
    assert!(hers.iter().all(|candidate| candidate.component == 2 && candidate.priority & 255 == 254));
    let describe = |name: &str, candidates: &[Candidate]| {
        let mut candidates = candidates.to_vec();
        // The sound's stand beside them in one description.
        let first = candidates[0].clone();
        candidates.push(Candidate { component: 1, address: "198.51.100.9:9000".parse().unwrap(), ..first });
        crate::sdp::IceDescription { credentials: credentials(name), candidates, ..Default::default() }
    };
    let plan = |ours: (&str, &[Candidate]), theirs: (&str, &[Candidate]), controlling| crate::sdp::Negotiated {
        remote_rtcp: theirs.1[0].address,
        rtcp_mux: false,
        ice: Some(crate::sdp::IcePlan {
            local: describe(ours.0, ours.1),
            remote: describe(theirs.0, theirs.1),
            controlling,
        }),
        ..crate::media::testing::plan(crate::sdp::Codec::Pcma)
    };
    alice.handle_plan(&plan(("a", &hers), ("b", &his), true), at_zero());
    bob.handle_plan(&plan(("b", &his), ("a", &hers), false), at_zero());
    let mut reported = None;
    for tick in 0..100 {
        let now = at(Duration::from_millis(10 * tick));
        for turn in 0..2 {
            let (from, to, own, other) = match turn {
                0 => (&mut alice, &mut bob, address("198.51.100.1:4001"), address("198.51.100.2:5001")),
                _ => (&mut bob, &mut alice, address("198.51.100.2:5001"), address("198.51.100.1:4001")),
            };
            from.handle_timeout(now);
            while let Some(output) = from.poll_output() {
                if let Output::Transmit { to: target, bytes, .. } = output {
                    assert_eq!(target, other, "only the second component's");
                    reported = to.handle_datagram(0, own, &bytes, now).or(reported);
                }
            }
        }
        if tick == 50 {
            alice.send(address("198.51.100.2:5001"), &[0x80, 200, 0, 1], now);
        }
    }
    assert_eq!(reported.map(|report| report.bytes), Some(vec![0x80, 200, 0, 1]));
}

fn at_zero() -> crate::model::Now {
    at(Duration::ZERO)
}
