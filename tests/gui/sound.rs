//! How calls sound and what the devices do, on the screen.

use std::sync::Arc;

use tandem::account::{Reply, Request, Snapshot};
use tandem::gui::{App, Message as Event, Purpose, SoundMessage};
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
    let evidence = Evidence {
        reports: 14,
        report_age_ms: Some(900),
        acknowledged: true,
        peer_loss_percent: Some(0.4),
        peer_jitter_ms: Some(3.1),
        peer_mos: Some(4.3),
        peer_private: true,
        ..Evidence::default()
    };
    let stats = Stats {
        sent_packets: 3_512,
        received_packets: 3_090,
        lost_packets: 421,
        late_packets: 7,
        concealed_ms: 8_420,
        jitter_ms: 21.4,
        round_trip_ms: Some(64.0),
        buffer_ms: 80.0,
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

pub fn advanced(snapshot: Snapshot) -> App {
    let mut app = quality(snapshot);
    app.update(Event::Sound(SoundMessage::Advanced(true)));
    app
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
