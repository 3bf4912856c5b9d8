//! How calls sound and what the devices do, on the screen.

use std::sync::Arc;

use tandem::account::{
    DevicePlan, DevicesRequest, Reply, Request, SetupFinding, SetupTest, SetupTestRequest, Snapshot,
};

use tandem::gui::{App, Message as Event, Place, Purpose, SoundMessage};
use tandem::media::{DeviceRole, Stage};
use tandem::model::{
    CallHealth, CallId, CallState, Direction, Evidence, Meters, PathKind, PathStats, Stats, Trouble, Weight,
};

use super::world::*;

const CALL: CallId = CallId(1);

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

fn not_acknowledged() -> Trouble {
    Trouble {
        code: "not-acknowledged",
        weight: Weight::Fault,
        text: "They cannot hear you: nothing that you send is being acknowledged.".into(),
        remedy: "You are behind a router that hides your address: it probably does not let the sound through. Your \
                 administrator can set a media relay."
            .into(),
    }
}

fn losing() -> Trouble {
    Trouble {
        code: "losing-theirs",
        weight: Weight::Warning,
        text: "You lose 12 % of what they say.".into(),
        remedy: "The network is overloaded or weak. A cable instead of Wi-Fi helps most.".into(),
    }
}

fn talking(mut snapshot: Snapshot, troubles: Vec<Trouble>, muted: bool) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Active);
    call.muted = muted;
    snapshot.calls = Arc::from([call]);
    snapshot.health = Arc::from([(CALL, CallHealth { troubles })]);
    let mut app = with_bob(snapshot);
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, ..Default::default() }));
    app
}

pub fn trouble(snapshot: Snapshot) -> App {
    talking(snapshot, vec![not_acknowledged(), losing()], false)
}

pub fn trouble_view(snapshot: Snapshot) -> App {
    let mut app = trouble(snapshot);
    app.update(Event::OpenCall(CALL));
    app
}

pub fn muted(snapshot: Snapshot) -> App {
    let hint = Trouble {
        code: "speaking-muted",
        weight: Weight::Hint,
        text: "You are speaking while muted: nobody hears you.".into(),
        remedy: "Unmute to be heard.".into(),
    };
    talking(snapshot, vec![hint], true)
}

fn measured(app: &mut App, loss_percent: f64) {
    measured_with(app, loss_percent, reporting());
}

fn reporting() -> Evidence {
    Evidence {
        reports: 14,
        report_age_ms: Some(900),
        acknowledged: true,
        peer_loss_percent: Some(0.4),
        peer_jitter_ms: Some(3.1),
        peer_mos: Some(4.3),
        peer_private: true,
        ..Evidence::default()
    }
}

fn measured_with(app: &mut App, loss_percent: f64, evidence: Evidence) {
    let stats = Stats {
        sent_packets: 3_512,
        received_packets: 3_090,
        lost_packets: 421,
        late_packets: 7,
        concealed_ms: 8_420,
        jitter_ms: 21.4,
        round_trip_ms: Some(64.0),
        buffer_ms: 80.0,
        delay: Box::new(tandem::model::DelayBudget::of_call(20.0, Some(64.0), 80.0).with_devices(14.0, 24.0)),
        loss_percent,
        mos: if loss_percent > 5.0 { 3.2 } else { 4.4 },
        underruns: 1,
        evidence,
        path: Some(Box::new(PathStats {
            kind: PathKind::Relayed,
            local: "relay",
            remote: "srflx",
            server: Some("relay.example.com".into()),
            round_trip_ms: Some(61.2),
            consent_age_ms: None,
        })),
        ..Stats::default()
    };
    app.update(Event::Answered(Purpose::Stats(CALL), Ok(Reply::Stats(Box::new(stats)))));
}

pub fn quality(snapshot: Snapshot) -> App {
    let mut app = talking(snapshot, vec![losing()], false);
    app.update(Event::Sound(SoundMessage::Quality(CALL)));
    measured(&mut app, 12.0);
    app
}

pub fn quality_well(snapshot: Snapshot) -> App {
    let mut app = talking(snapshot, Vec::new(), false);
    app.update(Event::Sound(SoundMessage::Quality(CALL)));
    measured(&mut app, 0.0);
    app
}

fn unreported() -> Trouble {
    Trouble {
        code: "unreported",
        weight: Weight::Note,
        text: "Whether they hear you cannot be told: their phone does not report what it receives.".into(),
        remedy: "Your microphone works and your sound is sent. If they do not answer, ask them in another way.".into(),
    }
}

/// A phone that never reports: nothing is wrong, and one thing cannot be known.
pub fn quality_unknown(snapshot: Snapshot) -> App {
    let mut app = talking(snapshot, vec![unreported()], false);
    app.update(Event::Sound(SoundMessage::Quality(CALL)));
    measured_with(&mut app, 0.0, Evidence::default());
    app
}

pub fn advanced(snapshot: Snapshot) -> App {
    let mut app = quality(snapshot);
    app.update(Event::Sound(SoundMessage::Advanced(true)));
    app
}

#[test]
fn what_cannot_be_known_is_told_to_who_asks_and_alarms_nobody() {
    let mut app = talking(snapshot(), vec![unreported()], false);
    assert!(!shows(&app, &unreported().text), "the bar says what is wrong, and nothing is");
    app.update(Event::OpenCall(CALL));
    assert!(!shows(&app, &unreported().text));
    let app = quality_unknown(snapshot());
    assert!(shows(&app, &unreported().text) && shows(&app, &unreported().remedy));
}

#[test]
fn who_is_not_heard_reads_why_beside_the_call_and_what_helps_one_click_away() {
    let mut app = trouble(snapshot());
    assert!(shows(&app, "They cannot hear you: nothing that you send is being acknowledged."));
    assert!(!shows(&app, "You lose 12 % of what they say."), "the bar says what weighs most");
    let asked = asked(app.update(Event::Sound(SoundMessage::Quality(CALL))));
    assert!(matches!(asked.as_slice(), [Request::Stats(CALL)]), "{asked:?}");
    assert!(shows(&app, "You lose 12 % of what they say."));
    assert!(!shows(&app, "very good (4.4 of 4.5)"));
}

#[test]
fn the_quality_of_a_call_is_a_word_with_a_number_and_the_numbers_are_under_advanced() {
    let mut app = quality_well(snapshot());
    assert!(shows(&app, "very good (4.4 of 4.5)") && shows(&app, "Nothing is wrong with this call."));
    assert!(!shows(&app, "21.4 ms, 3.1 ms"));
    app.update(Event::Sound(SoundMessage::Advanced(true)));
    assert!(shows(&app, "21.4 ms, 3.1 ms"));
    app.update(Event::Lay(None));
    assert!(!shows(&app, "21.4 ms, 3.1 ms"));
}

/// A headset that is away, and what serves in its place.
pub fn devices(mut snapshot: Snapshot) -> App {
    let names = |names: &[&str]| names.iter().map(|name| (*name).into()).collect::<Vec<_>>();
    let devices = Arc::make_mut(&mut snapshot.devices);
    devices.inputs = names(&["default", "Built-in Microphone", "Webcam C920 Analog Stereo"]);
    devices.outputs = names(&["default", "Built-in Speakers", "HDMI Monitor"]);
    devices.input = "Built-in Microphone".into();
    devices.output = "Built-in Speakers".into();
    devices.ring = "all".into();
    snapshot.device_plan = Arc::new(DevicePlan {
        input: names(&["Jabra Evolve 65 Mono", "Built-in Microphone"]),
        output: names(&["Jabra Evolve 65 Mono", "Built-in Speakers"]),
        ring: names(&["all"]),
    });
    let mut app = app(snapshot);
    app.update(Event::Go(Place::Settings));
    app
}

pub fn devices_menu(snapshot: Snapshot) -> App {
    let mut app = devices(snapshot);
    app.update(Event::Sound(SoundMessage::Menu(DeviceRole::Ring)));
    app
}

fn finding(part: &'static str, ok: Option<bool>, text: &str) -> SetupFinding {
    SetupFinding { part, ok, text: text.into() }
}

fn testing(snapshot: Snapshot, stage: Option<Stage>, findings: Vec<SetupFinding>) -> App {
    let mut snapshot = snapshot;
    let mut test = SetupTest::default();
    test.stage = stage;
    test.findings = findings;
    snapshot.setup_test = Arc::new(test);
    let mut app = devices(snapshot);
    app.update(Event::Sound(SoundMessage::Test(true)));
    app.update(Event::Meters(Meters { input: 0.35, output: 0.0, ..Meters::default() }));
    app
}

fn network() -> Vec<SetupFinding> {
    vec![
        finding("voice", Some(true), "Voice is connected: you can call and be called."),
        finding(
            "network",
            None,
            "You are behind a router that hides your address. Sound passes it where the phone service relays it; if you \
             hear nothing in calls, ask your administrator for a media relay.",
        ),
        finding("ports", Some(true), "There are network ports for sound."),
    ]
}

pub fn test_listening(snapshot: Snapshot) -> App {
    testing(snapshot, Some(Stage::Listening), network())
}

pub fn test_done(snapshot: Snapshot) -> App {
    let mut found = network();
    found.push(finding("microphone", Some(true), "The microphone “Built-in Microphone” hears you well."));
    found.push(finding("speaker", None, "You should have heard yourself on “Built-in Speakers”."));
    found.push(finding("ring", None, "It should have rung on every loudspeaker."));
    testing(snapshot, None, found)
}

pub fn test_failed(snapshot: Snapshot) -> App {
    let mut found = network();
    found[0] = finding("voice", Some(false), "Voice is not connected. The server does not answer.");
    let text = "The microphone “Built-in Microphone” gives nothing, not even noise: it is probably switched off at the \
                device or in the system.";
    found.push(finding("microphone", Some(false), text));
    testing(snapshot, Some(Stage::Playing), found)
}

/// Each list of names that was asked for.
fn preferred(requests: &[Request]) -> Vec<(DeviceRole, Vec<String>)> {
    let of = |request: &Request| match request {
        Request::Devices(DevicesRequest::Prefer { role, names }) => {
            Some((*role, names.iter().map(ToString::to_string).collect()))
        }
        _ => None,
    };
    requests.iter().filter_map(of).collect()
}

#[test]
fn devices_are_put_into_an_order_added_and_taken_out() {
    let mut app = devices(snapshot());
    assert!(shows(&app, "not there") && shows(&app, "Jabra Evolve 65 Mono"));
    let role = DeviceRole::Input;
    let moved = asked(app.update(Event::Sound(SoundMessage::Move(role, 1, true))));
    let names = |names: &[&str]| vec![(role, names.iter().map(ToString::to_string).collect::<Vec<_>>())];
    assert_eq!(preferred(&moved), names(&["Built-in Microphone", "Jabra Evolve 65 Mono"]));
    assert!(app.update(Event::Sound(SoundMessage::Move(role, 1, false))).is_empty(), "it is the last one");
    let removed = asked(app.update(Event::Sound(SoundMessage::Remove(role, 0))));
    assert_eq!(preferred(&removed), names(&["Built-in Microphone"]));
    assert!(app.update(Event::Sound(SoundMessage::Remove(DeviceRole::Ring, 0))).is_empty(), "one must be left");
    app.update(Event::Sound(SoundMessage::Menu(role)));
    let added = click(&mut app, "Webcam C920 Analog Stereo");
    assert_eq!(preferred(&added), names(&["Jabra Evolve 65 Mono", "Built-in Microphone", "Webcam C920 Analog Stereo"]));
}

#[test]
fn the_test_of_the_setup_listens_while_it_is_open_and_says_what_it_found() {
    let mut app = test_done(snapshot());
    assert!(shows(&app, "The microphone “Built-in Microphone” hears you well."));
    let steps = |requests: Vec<Request>| -> Vec<SetupTestRequest> {
        let of = |request: Request| match request {
            Request::Devices(DevicesRequest::Test(step)) => Some(step),
            _ => None,
        };
        requests.into_iter().filter_map(of).collect()
    };
    assert_eq!(steps(click(&mut app, "Ring")), [SetupTestRequest::Ring]);
    assert_eq!(steps(click(&mut app, "Close")), [SetupTestRequest::Stop]);
    assert!(!shows(&app, "Test my setup") || !shows(&app, "What was found"));
}

#[test]
fn the_key_to_talk_is_told_once_however_long_it_is_held_and_let_go_when_the_window_loses_the_focus() {
    let mut app = app(snapshot());
    let talk = |app: &mut App, event| -> Vec<bool> {
        let of = |request: Request| match request {
            Request::Devices(DevicesRequest::Talk(down)) => Some(down),
            _ => None,
        };
        asked(app.update(event)).into_iter().filter_map(of).collect()
    };
    let key = iced::keyboard::Key::Named(iced::keyboard::key::Named::F8);
    let down = || Event::Key(key.clone(), iced::keyboard::Modifiers::empty(), false);
    assert_eq!(talk(&mut app, down()), [true]);
    assert!(talk(&mut app, down()).is_empty(), "the key repeats itself");
    assert_eq!(talk(&mut app, Event::Focused(false)), [false]);
    assert!(talk(&mut app, Event::Focused(false)).is_empty());
    assert_eq!(talk(&mut app, down()), [true]);
    assert_eq!(talk(&mut app, Event::Sound(SoundMessage::Talk(false))), [false]);
}

#[test]
fn the_echo_service_of_the_settings_is_called_from_the_test() {
    let without = test_listening(snapshot());
    assert!(!shows(&without, "Call the echo service"));
    let text = "[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n[calls]\necho-address = \"sip:echo@example.com\"\n";
    let mut shown = snapshot();
    shown.settings = super::settings::of(text);
    let mut app = testing(shown, Some(Stage::Listening), Vec::new());
    let requests = click(&mut app, "Call the echo service");
    let called = requests.iter().any(|request| {
        matches!(request, Request::Call { to: tandem::account::CallTo::Text(to), .. } if &**to == "sip:echo@example.com")
    });
    assert!(called, "{requests:?}");
    let stopped = Request::Devices(DevicesRequest::Test(SetupTestRequest::Stop));
    assert!(requests.iter().any(|request| format!("{request:?}") == format!("{stopped:?}")), "the microphone is free");
}

#[test]
fn a_ringtone_is_chosen_for_all_and_for_a_person_and_heard_at_once() {
    use tandem::account::{DevicesRequest, RingtoneScope};
    use tandem::model::Ringtone;
    let mut app = with_bob(snapshot());
    for scope in [RingtoneScope::Device, RingtoneScope::Person(jid("bob@example.com"))] {
        let asked = asked(app.update(Event::Sound(SoundMessage::Ringtone(scope.clone(), Some(Ringtone::Soft)))));
        let [Request::Devices(chosen), Request::Devices(heard)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(*chosen, DevicesRequest::Ringtone(scope, Some(Ringtone::Soft)));
        assert_eq!(*heard, DevicesRequest::Sample(Ringtone::Soft));
    }
    app.update(Event::ToggleDetails);
    assert!(simulator(&app, 1_200.0, 1_600.0).find("As for everybody").is_ok());
}
