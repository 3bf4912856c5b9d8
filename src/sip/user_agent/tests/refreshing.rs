//! F13: a registration that is kept through a day of foul weather.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

/// A registrar behind a link that loses three of ten datagrams each way and repeats four of ten. Answers the longest time
/// without a binding.
fn a_day(seed: u64) -> Duration {
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let begun = world.now.boot;
    let mut until = begun + Duration::from_secs(600);
    let mut gap = Duration::ZERO;
    while world.now.boot.saturating_since(begun) < Duration::from_secs(24 * 3_600) {
        world.pass(Duration::from_millis(250));
        if world.opening.is_some() {
            world.open();
        }
        while let Some(message) = world.sent.pop_front() {
            let Message::Request(request) = message else { continue };
            if random.random_range(0..10) < 3 {
                continue;
            }
            // The request is there, and counts, whether or not its answer gets back.
            let nonce = format!("n{}", world.now.boot.as_duration().as_secs() / 300);
            // RFC 7616 section 3.3: the password was right, only the nonce is old.
            let stale = request.headers.value("Authorization").map_or("", |_| ",stale=true");
            let challenge = format!("{}{stale}", REALM.replace("n1", &nonce));
            let proven = request
                .headers
                .value("Authorization")
                .is_some_and(|value| value.contains(&format!("nonce=\"{nonce}\"")));
            if proven {
                gap = gap.max(world.now.boot.saturating_since(until));
                until = world.now.boot + Duration::from_secs(600);
            }
            let copies = 1 + u32::from(random.random_range(0..10) < 4);
            for _ in 0..copies {
                if random.random_range(0..10) < 3 {
                    continue;
                }
                if proven {
                    world.accept(&request, 600);
                } else {
                    world.answer(&request, 401, &[("WWW-Authenticate", &challenge)]);
                }
            }
        }
    }
    gap.max(world.now.boot.saturating_since(until))
}

#[test]
fn f13_a_registration_lives_through_a_day_of_loss_and_repetition() {
    for seed in 0..5 {
        let gap = a_day(seed);
        assert!(gap <= Duration::from_secs(5), "{seed}: not reachable for {gap:?}");
    }
}

/// F05: the server's machine went away without a word. From its last sign of life to the next registration.
#[test]
fn f05_a_connection_that_is_open_at_one_end_only_is_replaced_within_45_seconds() {
    for seed in 0..40 {
        let mut world = World::new(config(TransportChoice::Tls));
        world.agent = UserAgent::new(config(TransportChoice::Tls), "secret", [seed; 32], Now::default());
        world.sign_in();
        // It used to answer pings; this is the last one that it answers.
        world.raw.clear();
        while world.raw.is_empty() {
            world.pass(Duration::from_millis(100));
        }
        world.input(FlowInput::Pong);
        let last = world.now.boot;
        while world.opening.is_none() {
            world.pass(Duration::from_millis(50));
            assert!(world.now.boot.saturating_since(last) < Duration::from_secs(60), "{seed}: noticed");
        }
        world.sent.clear();
        world.sign_in_on_open_flow();
        let took = world.now.boot.saturating_since(last);
        assert!(took <= Duration::from_secs(45), "{seed}: {took:?}");
    }
}
