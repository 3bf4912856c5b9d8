//! Digits: which way they go, what is kept of them, and those behind a wait.

use tandem::account::{CallTo, Request};
use tandem::model::{CallId, EndedBy};
use tandem::sip;

use super::account_events::voice_config;
use super::account_history::kept;
use super::world::*;

/// The offer of the other side, with these formats for events.
fn answered_with(world: &mut World, events: &str) -> CallId {
    let id = world.dial_bob();
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0{events}"
    );
    let fork = sip::ForkId(1);
    world.voice(sip::Event::Answered {
        call: id,
        fork,
        sdp: Some(sdp.into()),
        identity: identity("sip:bob@example.com"),
    });
    id
}

/// Which way digits went: by the sound, as tones in it, by INFO and whether that is forced, or why not.
fn way(world: &mut World, id: CallId) -> String {
    let before = (world.sound().len(), world.sip().len());
    if let Err(refusal) = world.ask(Request::Dtmf(id, "5".into())).expect("an answer") {
        return format!("refused: {}", refusal.text);
    }
    let sound = world.sound().split_off(before.0).into_iter().find_map(|command| match command {
        tandem::media::Command::Dtmf { in_band, .. } => Some(if in_band { "tones" } else { "events" }),
        _ => None,
    });
    let info = world.sip().split_off(before.1).into_iter().find_map(|command| match command {
        sip::Command::Digits { always, .. } => Some(if always { "info, whatever they say" } else { "info" }),
        _ => None,
    });
    sound.or(info).unwrap_or("nothing").to_owned()
}

const EVENTS: &str = " 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
const NO_EVENTS: &str = "\r\na=rtpmap:0 PCMU/8000\r\n";

#[test]
fn digits_go_the_way_that_the_account_says() {
    for (setting, events, expected) in [
        ("auto", EVENTS, "events"),
        ("auto", NO_EVENTS, "info"),
        ("rfc4733", EVENTS, "events"),
        ("rfc4733", NO_EVENTS, "refused"),
        ("info", EVENTS, "info, whatever they say"),
        ("inband", EVENTS, "tones"),
    ] {
        let mut world = World::online_with(voice_config(&format!("dtmf = \"{setting}\"")));
        let id = answered_with(&mut world, events);
        let found = way(&mut world, id);
        assert!(found.starts_with(expected), "{setting}: {found}");
    }
    // Who says that INFO is not taken hears tones instead; where nothing else is allowed, the user is told.
    for (setting, tones) in [("auto", true), ("info", false)] {
        let mut world = World::online_with(voice_config(&format!("dtmf = \"{setting}\"")));
        let id = answered_with(&mut world, NO_EVENTS);
        let _ = way(&mut world, id);
        world.voice(sip::Event::DigitsRefused { call: id, digits: "5".into() });
        let heard =
            world.sound().iter().any(|command| matches!(command, tandem::media::Command::Dtmf { in_band: true, .. }));
        assert_eq!(heard, tones, "{setting}");
        assert_eq!(world.view(id).said.is_some(), !tones, "{setting}");
    }
}

#[test]
fn complaint_49_digits_reach_whoever_takes_them_in_any_of_the_three_ways() {
    let mut world = World::online();
    for events in [EVENTS, NO_EVENTS] {
        let id = answered_with(&mut world, events);
        let found = way(&mut world, id);
        assert!(["events", "info"].contains(&found.as_str()), "{found}");
        // What the other side presses is heard, by INFO too.
        world.voice(sip::Event::Digit { call: id, digit: '7' });
        assert_eq!(&*world.view(id).digits_received, "7");
        world.ended(id, 0, EndedBy::Remote);
    }
}

#[test]
fn m10_digits_are_never_sent_in_the_clear_where_protection_is_demanded_nor_kept() {
    let mut config = voice_config("media-encryption = \"required\"\ndtmf = \"info\"");
    config.voice[0].media_encryption = tandem::sdp::MediaProtection::Required;
    let mut world = World::online_with(config);
    // Signalling in the clear: INFO would show the PIN.
    let open = tandem::model::Security { transport: tandem::model::Transport::Udp, ..security() };
    let local = "192.0.2.1:5060".parse().expect("valid");
    world.voice(sip::Event::Registered { security: open, local, realm: None });
    let id = world.call(CallTo::Text("sip:bob@example.com".into()));
    if let Ok(id) = id {
        world.opened(id);
        let found = way(&mut world, id);
        assert!(found.starts_with("refused"), "{found}");
    }
    assert!(!world.sip().iter().any(|command| matches!(command, sip::Command::Digits { .. })));
    let mut world = World::online();
    let id = world.talking();
    world.done(Request::Dtmf(id, "4711".into()));
    assert_eq!(&*world.view(id).digits_sent, "4711", "on the keypad while the call lives");
    world.ended(id, 0, EndedBy::Remote);
    let call = kept(&world, id).expect("in the history");
    assert!(call.digits_sent.is_empty() && call.digits_received.is_empty());
}

#[test]
fn digits_behind_a_wait_are_sent_when_the_user_says_so() {
    let mut world = World::online();
    let id = world.call(CallTo::Text("tel:+493090182;postd=12w34%23".into())).expect("a call");
    world.opened(id);
    world.answered(id);
    let sent = |world: &World| -> Vec<String> {
        let digits = |command| match command {
            tandem::media::Command::Dtmf { digits, .. } => Some(digits.to_string()),
            _ => None,
        };
        world.sound().into_iter().filter_map(digits).collect()
    };
    assert_eq!(sent(&world), [",12"], "a moment after the answer");
    let questions = world.shown().questions.clone();
    assert_eq!(questions.len(), 1);
    assert!(!questions[0].text.contains("34"), "what may be a PIN is not shown: {}", questions[0].text);
    world.done(Request::Answered { question: questions[0].id, choice: "send".into() });
    assert_eq!(sent(&world), [",12", "34#"]);
    assert!(world.shown().questions.is_empty());
    // What nobody answered goes with the call.
    world.done(Request::Dtmf(id, "1w2".into()));
    assert_eq!(world.shown().questions.len(), 1);
    world.ended(id, 0, EndedBy::Remote);
    assert!(world.shown().questions.is_empty());
}
