//! Joining and recording by clicks.

use std::sync::Arc;

use tandem::account::{ConferenceRequest, RecordRequest, Request, Snapshot};
use tandem::gui::{Message as Event, conference};
use tandem::model::{
    Attendance, CallId, CallState, Conference, ConferenceId, Direction, Party, Recorded, Recording, RecordingState,
};

use super::world::*;

const K: ConferenceId = ConferenceId(1);

fn two_calls() -> Snapshot {
    let mut snapshot = snapshot();
    let second = call(2, Direction::Incoming, CallState::Held);
    snapshot.calls = Arc::from([call(1, Direction::Outgoing, CallState::Active), second]);
    snapshot.joinable = Arc::from([CallId(1), CallId(2)]);
    snapshot
}

fn joined() -> Snapshot {
    let mut snapshot = two_calls();
    snapshot.joinable = Arc::from([]);
    let mut calls = snapshot.calls.to_vec();
    calls.iter_mut().for_each(|call| call.conference = Some(K));
    snapshot.calls = calls.into();
    let party = |call, attendance| Party { call: CallId(call), muted: false, attendance };
    snapshot.conferences = Arc::from([Conference {
        id: K,
        parties: vec![party(1, Attendance::Talking), party(2, Attendance::Held)],
        muted: false,
        held: false,
        since: wall("2026-11-22T11:40:00Z"),
        recording: None,
    }]);
    snapshot
}

#[test]
fn two_calls_are_joined_by_one_click() {
    let mut app = app(two_calls());
    let asked = click_named(&mut app, "Join calls");
    assert!(
        matches!(&asked[..], [Request::Conference(ConferenceRequest::Create(calls))] if calls.len() == 2),
        "{asked:?}"
    );
    assert!(simulator(&with_bob(joined()), 1000.0, 700.0).find("Join calls").is_err(), "nothing is left to be joined");
}

#[test]
fn a_conference_has_one_row_and_a_view_with_every_party() {
    let mut app = app(joined());
    let asked = click_named(&mut app, "Mute me");
    assert!(matches!(&asked[..], [Request::Conference(ConferenceRequest::Mute(K, true))]), "{asked:?}");
    app.update(Event::Conference(conference::Message::Open(K)));
    for (name, wanted) in [
        ("Mute for everybody", "Conference(MuteParty(CallId(1), true))"),
        ("Take out, on hold", "Conference(Leave(CallId(1)))"),
        ("Hang up this one", "Conference(Remove(CallId(1)))"),
        ("Hold all", "Conference(Hold(ConferenceId(1), true))"),
        ("Record", "Record(Conference(ConferenceId(1)), On)"),
        ("End for all", "Conference(End(ConferenceId(1)))"),
    ] {
        let asked = click_named(&mut app, name);
        assert_eq!(format!("{asked:?}"), format!("[{wanted}]"), "{name}");
    }
}

#[test]
fn a_recording_is_visible_with_the_sentence_to_say_and_can_be_paused_and_stopped() {
    let mut snapshot = two_calls();
    let mut calls = snapshot.calls.to_vec();
    let since = wall("2026-11-22T11:40:00Z");
    calls[0].recording = Some(Recording { state: RecordingState::Running, file: "/r/bob.opus".into(), since });
    snapshot.calls = calls.into();
    snapshot.recording_sentence = "May I record this?".into();
    let mut app = app(snapshot);
    assert!(simulator(&app, 1000.0, 700.0).find("Recording").is_ok(), "in the bar");
    app.update(Event::OpenCall(CallId(1)));
    assert!(simulator(&app, 1000.0, 700.0).find("“May I record this?”").is_ok());
    for (name, wanted) in [("Pause recording", RecordRequest::Pause), ("Stop recording", RecordRequest::Off)] {
        let asked = click_named(&mut app, name);
        let right = matches!(&asked[..], [Request::Record(Recorded::Call(CallId(1)), request)] if *request == wanted);
        assert!(right, "{name}: {asked:?}");
    }
}
