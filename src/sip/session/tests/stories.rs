//! Calls between two of us in every weather. Each story runs with many seeds: all of them must end well.

use super::link::{Link, Weather};
use super::*;

const FINE: Weather = Weather { loss: 0, twice: 0, delay: 20 };
const FOUL: Weather = Weather { loss: 15, twice: 20, delay: 700 };
const BOB: CallId = CallId(2);

fn answered(weather: Weather, seed: u64) -> Link {
    let mut link = Link::new(weather, seed);
    link.call();
    let minute = Duration::from_secs(60);
    assert!(
        link.run_until(minute, |ends| ends[1].has(|event| matches!(event, Event::Incoming(_)))),
        "{seed}: it comes in"
    );
    link.command(1, Command::Ring { call: BOB, answer: None });
    link.run_until(Duration::from_secs(1), |_| false);
    link.command(1, Command::Answer { call: BOB, sdp: sdp(ANSWER) });
    let both = link.run_until(minute, |ends| {
        ends[0].has(|event| matches!(event, Event::Answered { .. }))
            && ends[1].has(|event| matches!(event, Event::Confirmed { .. }))
    });
    assert!(both, "{seed}: both talk");
    link
}

#[test]
fn a_call_is_answered_and_ended_in_every_weather() {
    for (weather, seeds) in [(FINE, 0..3), (FOUL, 0..60)] {
        for seed in seeds {
            let hangs_up = (seed % 2) as usize;
            let mut link = answered(weather, seed);
            let call = if hangs_up == 0 { CALL } else { BOB };
            link.command(hangs_up, Command::Hangup { call });
            let over = link.run_until(Duration::from_secs(120), |ends| ends.iter().all(|end| end.finished));
            assert!(over, "{seed}: nothing is left over");
            assert!(link.ends.iter().all(|end| end.ends() == 1), "{seed}: each side is told once");
            let incoming = link.ends[1].events.iter().filter(|event| matches!(event, Event::Incoming(_))).count();
            assert_eq!(incoming, 1, "{seed}: it rings once");
        }
    }
}

#[test]
fn s32_a_cancel_races_the_answer_and_no_call_is_left_on_either_side() {
    for (weather, seeds) in [(FINE, 0..20), (FOUL, 0..60)] {
        for seed in seeds {
            let mut link = Link::new(weather, seed);
            link.call();
            link.run_until(Duration::from_secs(60), |ends| ends[1].has(|event| matches!(event, Event::Incoming(_))));
            link.command(1, Command::Ring { call: BOB, answer: None });
            link.run_until(Duration::from_millis(seed * 40), |_| false);
            link.command(1, Command::Answer { call: BOB, sdp: sdp(ANSWER) });
            link.command(0, Command::Hangup { call: CALL });
            let over = link.run_until(Duration::from_secs(180), |ends| ends.iter().all(|end| end.finished));
            assert!(over && link.ends.iter().all(|end| end.ends() == 1), "{weather:?} {seed}");
        }
    }
}

#[test]
fn s33_two_changes_at_once_converge_within_ten_seconds() {
    for seed in 0..20 {
        let mut link = answered(FINE, seed);
        link.command(0, Command::Offer { call: CALL, sdp: sdp("v=0\r\nfrom alice\r\n") });
        link.command(1, Command::Offer { call: BOB, sdp: sdp("v=0\r\nfrom bob\r\n") });
        let settled = |event: &Event| matches!(event, Event::OfferAnswered { .. } | Event::OfferRefused { .. });
        let both = link.run_until(Duration::from_secs(10), |ends| ends.iter().all(|end| end.has(settled)));
        assert!(both, "{seed}");
        let answered = |event: &Event| matches!(event, Event::OfferAnswered { .. });
        assert!(link.ends.iter().any(|end| end.has(answered)), "{seed}: at least one went through");
        assert!(link.ends.iter().all(|end| end.ends() == 0), "{seed}: the call goes on");
    }
}

#[test]
fn hold_reaches_the_other_side_in_foul_weather() {
    for seed in 0..30 {
        let mut link = answered(FOUL, seed);
        for (end, call) in [(0, CALL), (1, BOB)] {
            link.ends[end].events.clear();
            link.command(end, Command::Offer { call, sdp: sdp("v=0\r\na=sendonly\r\n") });
            let told = link.run_until(Duration::from_secs(60), |ends| {
                ends[end].has(|event| matches!(event, Event::OfferAnswered { .. }))
            });
            assert!(told, "{seed} {end}");
            // Its ACK is through before the other side changes something.
            link.run_until(Duration::from_secs(30), |_| false);
        }
        assert!(link.ends.iter().all(|end| end.ends() == 0), "{seed}");
    }
}

#[test]
fn s39_a_session_lives_on_its_refreshes_and_dies_with_the_link() {
    let mut link = answered(FINE, 1);
    link.run_until(Duration::from_secs(4 * 3_600), |_| false);
    assert!(link.ends.iter().all(|end| end.ends() == 0), "four hours are not too long");
    link = answered(Weather { loss: 0, ..FINE }, 2);
    link.blackout();
    let over = link.run_until(Duration::from_secs(2_000), |ends| ends.iter().all(|end| end.finished));
    assert!(over, "both sides notice within the interval");
}
