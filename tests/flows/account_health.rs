//! What is wrong with a call is found, said once, and a call without a sign of life ends (N-13, F16).

use std::time::Duration;

use tandem::account::{Effect, NoticeBody, Reply, Request};
use tandem::media;
use tandem::model::{CallId, CallState, EndedBy, Evidence, PeerSign, Stats, Weight};
use tandem::sip::Command;

use super::world::*;

/// Seconds of a call pass; each second is counted as `evidence` says.
fn pass(world: &mut World, call: CallId, seconds: u64, evidence: impl Fn(u64) -> Evidence) {
    for n in 1..=seconds {
        world.wait(Duration::from_secs(1));
        let stats =
            Stats { sent_packets: 500, received_packets: 500, mos: 4.3, evidence: evidence(n), ..Stats::default() };
        world.media(media::Event::Stats { call, stats });
    }
}

fn well() -> Evidence {
    Evidence {
        acknowledged: true,
        report_age_ms: Some(1_000),
        microphone_peak: 0.1,
        microphone_open: true,
        ..Evidence::default()
    }
}

fn problems(world: &World) -> Vec<String> {
    let told = |effect: &Effect| match effect {
        Effect::Notice(NoticeBody::Problem(text)) => Some(text.to_string()),
        _ => None,
    };
    world.effects.iter().filter_map(told).collect()
}

fn stats(world: &mut World, call: CallId) -> Stats {
    match world.ask(Request::Stats(call)) {
        Some(Ok(Reply::Stats(stats))) => *stats,
        other => panic!("{other:?}"),
    }
}

#[test]
fn they_cannot_hear_you_is_said_once_and_stands_beside_the_call_until_it_is_over() {
    let mut world = World::online();
    let call = world.talking();
    pass(&mut world, call, 10, |_| well());
    assert!(world.shown().health.is_empty() && problems(&world).is_empty());
    pass(&mut world, call, 30, |_| Evidence { acknowledged: false, deaf_reports: 3, ..well() });
    assert_eq!(problems(&world), ["They cannot hear you: nothing that you send is being acknowledged."], "once");
    let shown = world.shown();
    assert_eq!((shown.health[0].0, shown.health[0].1.troubles[0].code), (call, "not-acknowledged"));
    assert_eq!(stats(&mut world, call).health.troubles[0].code, "not-acknowledged");
    pass(&mut world, call, 1, |_| well());
    assert!(world.shown().health.is_empty());
    assert!(stats(&mut world, call).health.troubles.is_empty());
}

/// N-13: nothing arrives in either direction, so that only the phone itself can say whether it is still there.
#[test]
fn a_phone_of_which_nothing_is_heard_is_asked_and_its_answer_is_told() {
    let silent = |n: u64| Evidence { silence_ms: 4_000 + n * 1_000, report_age_ms: None, ..well() };
    for (sign, words) in [
        (PeerSign::There, "their phone is still in the call"),
        (PeerSign::Silent, "their phone does not answer either"),
    ] {
        let mut world = World::online();
        let call = world.talking();
        pass(&mut world, call, 5, |_| well());
        let asked = |world: &World| world.sip().iter().filter(|one| matches!(one, Command::AskPeer { .. })).count();
        assert_eq!(asked(&world), 0, "a call that goes well is not disturbed");
        pass(&mut world, call, 3, silent);
        assert_eq!(asked(&world), 1);
        world.voice(tandem::sip::Event::PeerAsked { call, sign });
        pass(&mut world, call, 1, silent);
        let text = stats(&mut world, call).health.troubles[0].text.to_string();
        assert!(text.contains(words), "{text}");
    }
}

/// N-13: a phone without RTCP. It is said that it cannot be known, where one asks how the call is doing, and nobody is alarmed.
#[test]
fn whether_a_phone_that_never_reports_hears_us_is_said_to_be_unknown() {
    let mut world = World::online();
    let call = world.talking();
    let unreported = |_| Evidence { acknowledged: false, report_age_ms: None, ..well() };
    for sent_packets in [500, 1_000] {
        world.wait(Duration::from_secs(1));
        let stats =
            Stats { sent_packets, received_packets: 500, mos: 4.3, evidence: unreported(0), ..Stats::default() };
        world.media(media::Event::Stats { call, stats });
    }
    assert!(problems(&world).is_empty());
    let trouble = stats(&mut world, call).health.troubles[0].clone();
    assert_eq!((trouble.code, trouble.weight), ("unreported", Weight::Note));
    assert!(trouble.text.contains("cannot be told"), "{}", trouble.text);
}

#[test]
fn f16_a_call_without_any_sign_of_life_is_hung_up_after_the_configured_time() {
    for (seconds, ends) in [(60, true), (30, true), (0, false)] {
        let mut config = config();
        config.calls.silence_timeout = Duration::from_secs(seconds);
        let mut world = World::online_with(config);
        let call = world.talking();
        let silent = |n: u64| Evidence { silence_ms: n * 1_000, report_age_ms: None, ..well() };
        pass(&mut world, call, 29, silent);
        assert_eq!(world.view(call).state, CallState::Active, "a gap is no end");
        pass(&mut world, call, 61, |n| silent(n + 29));
        let hung_up = world.sip().iter().any(|command| matches!(command, Command::Hangup { .. }));
        assert_eq!(hung_up, ends, "{seconds}");
        if ends {
            world.ended(call, 0, EndedBy::Local);
            let end = world.view(call).end.expect("an end");
            assert_eq!((&*end.code, end.by), ("no-media", EndedBy::Network), "{}", end.text);
            assert!(end.text.contains(&seconds.to_string()));
        }
    }
}

#[test]
fn f16_hold_is_no_timeout_however_long_it_lasts() {
    let mut world = World::online();
    let call = world.talking();
    world.done(Request::Hold(call));
    world.voice(tandem::sip::Event::OfferAnswered { call, sdp: format!("{SOUND}a=recvonly\r\n").into() });
    assert_eq!(world.view(call).state, CallState::Held);
    pass(&mut world, call, 300, |n| Evidence { silence_ms: n * 1_000, report_age_ms: None, ..well() });
    assert_eq!(world.view(call).state, CallState::Held);
    assert!(problems(&world).is_empty());
}

#[test]
fn a_wrong_payload_type_is_named_as_the_cause_of_silence() {
    let mut world = World::online();
    let call = world.talking();
    let strange = |n: u64| Evidence { silence_ms: n * 1_000, unknown_type_packets: n * 50, ..well() };
    pass(&mut world, call, 6, strange);
    assert_eq!(stats(&mut world, call).health.troubles[0].code, "wrong-format");
}
