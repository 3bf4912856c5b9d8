//! Devices in the user's order, the key that is held to talk, the button of a headset, and the test of the setup.

use std::time::Duration;

use tandem::account::{DevicesRequest, Effect, RefusalKind, Reply, Request, SetupTestRequest};
use tandem::media::{self, Command, DeviceRole, Rehearsal, Rehearsed, Stage, Tone};
use tandem::model::{CallId, CallState, Devices};
use tandem::sip;
use tandem::store::Loaded;

use super::world::*;

const RINGING: CallId = CallId(77);

fn devices(request: DevicesRequest) -> Request {
    Request::Devices(request)
}

fn prefer(role: DeviceRole, names: &[&str]) -> Request {
    devices(DevicesRequest::Prefer { role, names: names.iter().map(|name| (*name).into()).collect() })
}

fn order(world: &mut World, role: DeviceRole) -> Vec<String> {
    world.shown().device_plan.of(role).iter().map(ToString::to_string).collect()
}

fn last_preference(world: &World, wanted: DeviceRole) -> Vec<String> {
    let of = |command: Command| match command {
        Command::PreferDevices { role, names } if role == wanted => {
            Some(names.iter().map(ToString::to_string).collect())
        }
        Command::SetDevice { role, name } if role == wanted => Some(vec![name.to_string()]),
        _ => None,
    };
    world.sound().into_iter().filter_map(of).next_back().unwrap_or_default()
}

fn rings(world: &mut World, call: CallId) {
    world.incoming(call, identity("sip:eve@example.net"), Some(SOUND));
    world.opened(call);
    assert_eq!(world.view(call).state, CallState::Ringing);
}

/// The other side confirms what we answered.
fn confirmed(world: &mut World, call: CallId) {
    world.voice(sip::Event::Confirmed { call, sdp: None });
    assert_eq!(world.view(call).state, CallState::Active);
}

/// Complaint: the headset is lost at the start, another device records (linphone-desktop 676, 528).
#[test]
fn the_order_of_devices_survives_unplugging_and_a_restart() {
    let mut world = World::online();
    world.done(prefer(DeviceRole::Input, &["Headset", "Built-in", "Headset"]));
    assert_eq!(last_preference(&world, DeviceRole::Input), ["Headset", "Built-in"]);
    // The system's list without the headset changes nothing of the order.
    let away = Devices { inputs: vec!["default".into(), "Built-in".into()], ..Devices::default() };
    world.media(media::Event::Devices(away));
    assert_eq!(order(&mut world, DeviceRole::Input), ["Headset", "Built-in"]);
    let memos = world.kept().into_iter().filter_map(|command| match command {
        tandem::store::Command::SetMemo { key, value } => Some((key, value?)),
        _ => None,
    });
    let loaded = Loaded { memos: memos.collect(), ..Loaded::default() };
    let again = World::new(config(), loaded);
    assert_eq!(last_preference(&again, DeviceRole::Input), ["Headset", "Built-in"]);
}

#[test]
fn one_device_that_is_chosen_goes_to_the_front_of_a_list_and_else_stands_alone() {
    let mut world = World::online();
    let choose = |name: &str| Request::SetDevice { role: DeviceRole::Output, name: name.into() };
    world.done(choose("Headset"));
    assert_eq!(order(&mut world, DeviceRole::Output), ["Headset"]);
    world.done(prefer(DeviceRole::Output, &["Headset", "Speakers"]));
    world.done(choose("Speakers"));
    assert_eq!(order(&mut world, DeviceRole::Output), ["Speakers", "Headset"]);
    let nothing = world.ask(prefer(DeviceRole::Output, &[" "])).unwrap().unwrap_err();
    assert_eq!(nothing.kind, RefusalKind::Invalid);
}

/// Complaint: devices jump and have to be chosen again to get sound (jitsi 117, 348).
#[test]
fn one_key_switches_between_headset_and_speaker_and_back() {
    let mut world = World::online();
    let refused = world.ask(devices(DevicesRequest::Switch)).unwrap().unwrap_err();
    assert!(refused.text.contains("second device"), "{}", refused.text);
    world.done(prefer(DeviceRole::Output, &["Headset", "Speakers"]));
    world.done(prefer(DeviceRole::Input, &["Headset", "Desk"]));
    world.talking();
    for expected in [["Speakers", "Headset"], ["Headset", "Speakers"]] {
        world.done(devices(DevicesRequest::Switch));
        assert_eq!(last_preference(&world, DeviceRole::Output), expected);
        let microphone = if expected[0] == "Speakers" { "Desk" } else { "Headset" };
        assert_eq!(last_preference(&world, DeviceRole::Input)[0], microphone);
    }
}

/// Complaint: the ringer should be on the speakers, not in the headset alone (linphone-desktop 295).
#[test]
fn every_loudspeaker_can_ring() {
    let mut world = World::online();
    world.done(Request::SetDevice { role: DeviceRole::Ring, name: "all".into() });
    assert_eq!(last_preference(&world, DeviceRole::Ring), ["all"]);
    assert_eq!(order(&mut world, DeviceRole::Output), ["default"], "the headset keeps the voice");
}

#[test]
fn with_push_to_talk_a_call_begins_muted_and_is_open_while_the_key_is_held() {
    for push in [true, false] {
        let mut config = config();
        config.calls.push_to_talk = push;
        let mut world = World::online_with(config);
        let call = world.talking();
        assert_eq!(world.view(call).muted, push);
        for down in [true, false] {
            world.done(devices(DevicesRequest::Talk(down)));
            assert_eq!(world.view(call).muted, push && !down, "{push} {down}");
        }
        let sent = world.sound().into_iter().filter(|command| matches!(command, Command::Mute { .. })).count();
        assert_eq!(sent, if push { 3 } else { 0 });
    }
}

/// Complaint: the headset sends its hook right after the answer and ends the call (gonnect PR 138).
#[test]
fn a_headset_that_tells_of_its_hook_twice_does_not_end_the_call_that_it_answered() {
    let mut world = World::online();
    rings(&mut world, RINGING);
    world.done(devices(DevicesRequest::HeadsetButton));
    confirmed(&mut world, RINGING);
    for _ in 0..3 {
        world.wait(Duration::from_millis(300));
        world.done(devices(DevicesRequest::HeadsetButton));
        assert_eq!(world.view(RINGING).state, CallState::Active);
    }
    world.wait(Duration::from_millis(150));
    world.done(devices(DevicesRequest::HeadsetButton));
    assert_eq!(world.view(RINGING).state, CallState::Ending, "a second later the button means what it says");
}

#[test]
fn a_headset_that_follows_an_answer_by_mouse_does_not_end_the_call() {
    let mut world = World::online();
    rings(&mut world, RINGING);
    world.done(Request::Answer(RINGING));
    confirmed(&mut world, RINGING);
    world.wait(Duration::from_millis(500));
    world.done(devices(DevicesRequest::HeadsetButton));
    assert_eq!(world.view(RINGING).state, CallState::Active);
    world.wait(Duration::from_millis(600));
    world.done(devices(DevicesRequest::HeadsetButton));
    assert_eq!(world.view(RINGING).state, CallState::Ending);
}

#[test]
fn the_headset_answers_a_second_call_rather_than_hanging_up_the_first() {
    let mut world = World::online();
    let first = world.talking();
    world.wait(Duration::from_secs(5));
    rings(&mut world, RINGING);
    world.done(devices(DevicesRequest::HeadsetButton));
    confirmed(&mut world, RINGING);
    assert_ne!(world.view(first).state, CallState::Ending);
    // Nothing rings and nobody talks: the button of a bored hand.
    let mut world = World::online();
    world.done(devices(DevicesRequest::HeadsetButton));
}

/// Complaint: silence without rejecting (gonnect 508).
#[test]
fn a_call_that_is_silenced_goes_on_ringing_there_and_is_not_rejected() {
    let mut world = World::online();
    rings(&mut world, RINGING);
    assert_eq!(world.last_tone(), Some(Tone::Ringing(tandem::model::Ringtone::Classic)));
    world.done(Request::Silence(RINGING));
    assert_eq!(world.last_tone(), None);
    assert!(!world.sip().iter().any(|command| matches!(command, sip::Command::Reject { .. })));
    let call = world.view(RINGING);
    assert_eq!((call.state, call.silenced), (CallState::Ringing, true));
    world.done(Request::Answer(RINGING));
    confirmed(&mut world, RINGING);
}

fn heard(stage: Option<Stage>, over: Option<Stage>, peak: f32) -> media::Event {
    media::Event::Rehearsed(Rehearsed { stage, over, raw_peak: peak, voice_peak: peak, microphone_open: true })
}

/// All steps of the test; what was found of each part.
fn tested(world: &mut World, peak: f32) -> Vec<(String, Option<bool>, String)> {
    assert!(world.ask(devices(DevicesRequest::Test(SetupTestRequest::Everything))).is_none(), "answered at its end");
    let (mut steps, mut at) = (Vec::new(), 0);
    let wanted = |world: &World, at: usize| {
        world.sound().into_iter().skip(at).enumerate().find_map(|(n, command)| match command {
            Command::Rehearse(step) => Some((n, step)),
            _ => None,
        })
    };
    while let Some(step) = wanted(world, at) {
        at += step.0 + 1;
        steps.push(step.1);
        match step.1 {
            Rehearsal::Record => {
                world.media(heard(Some(Stage::Recording), None, 0.0));
                world.media(heard(Some(Stage::Playing), Some(Stage::Recording), peak));
                world.media(heard(None, Some(Stage::Playing), peak));
            }
            Rehearsal::Ring => {
                world.media(heard(Some(Stage::Ringing), None, 0.0));
                world.media(heard(None, Some(Stage::Ringing), 0.0));
            }
            Rehearsal::Listen | Rehearsal::Stop => {}
        }
    }
    assert_eq!(steps[steps.len() - 2..], [Rehearsal::Record, Rehearsal::Ring]);
    let answer = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::SetupTested(findings))) => Some(findings.clone()),
        _ => None,
    });
    let findings = answer.expect("an answer at the end");
    findings.into_iter().map(|found| (found.part.to_owned(), found.ok, found.text.to_string())).collect()
}

#[test]
fn the_test_of_the_setup_says_in_words_what_was_found() {
    let rows = [
        (0.3, Some(true), "hears you well"),
        (0.0, Some(false), "not even noise"),
        (0.005, None, "hardly anything"),
        (1.0, None, "too loud"),
    ];
    for (peak, ok, words) in rows {
        let mut world = World::online();
        let named =
            Devices { input: "Headset".into(), output: "Headset".into(), ring: "all".into(), ..Devices::default() };
        world.media(media::Event::Devices(named));
        let found = tested(&mut world, peak);
        let of = |part: &str| found.iter().find(|(of, ..)| of == part).unwrap_or_else(|| panic!("{part}: {found:?}"));
        assert_eq!(of("microphone").1, ok);
        assert!(of("microphone").2.contains(words) && of("microphone").2.contains("Headset"), "{found:?}");
        assert!(of("ring").2.contains("every loudspeaker"));
        assert_eq!(of("voice").1, Some(true));
        assert!(of("network").2.contains("directly"), "{found:?}");
    }
}

#[test]
fn the_test_says_that_voice_is_not_connected_and_whether_there_are_ports() {
    let mut world = World::online();
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    let found = tested(&mut world, 0.3);
    assert!(found.iter().any(|(part, ok, _)| part == "voice" && *ok == Some(false)), "{found:?}");
    let mut world = World::online();
    world.done(devices(DevicesRequest::Test(SetupTestRequest::Listen)));
    world.opened(CallId(0));
    let shown = world.shown();
    let ports = shown.setup_test.findings.iter().find(|found| found.part == "ports").expect("ports were tried");
    assert_eq!(ports.ok, Some(true));
    assert!(world.sound().contains(&Command::Close { call: CallId(0) }));
}

#[test]
fn the_setup_is_not_tested_in_the_middle_of_a_call() {
    let mut world = World::online();
    world.talking();
    let refusal = world.ask(devices(DevicesRequest::Test(SetupTestRequest::Everything))).unwrap().unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
    assert!(!world.sound().iter().any(|command| matches!(command, Command::Rehearse(_))));
}

/// Complaint: the notice of a call comes seconds after it began to ring there (linphone-desktop 982).
#[test]
fn complaint_41_an_incoming_call_is_told_and_rings_at_once_whatever_else_is_waited_for() {
    let mut world = World::online();
    let before = world.now;
    // Nobody has said yet who that is: its card is still on its way, and the chat service is silent.
    world.incoming(RINGING, identity("sip:eve@example.net"), Some(SOUND));
    let told = world.effects.iter().any(|effect| match effect {
        Effect::Notice(tandem::account::NoticeBody::Call(call)) => call.id == RINGING,
        _ => false,
    });
    assert!(told, "the window and the desktop know of it");
    assert_eq!(world.view(RINGING).state, CallState::Ringing);
    assert_eq!(
        world.last_tone(),
        Some(Tone::Ringing(tandem::model::Ringtone::Classic)),
        "before there are sockets for its sound"
    );
    assert_eq!(world.now, before, "no time has passed");
}
