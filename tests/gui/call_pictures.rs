//! Pictures of everything about calls, each light, dark, 400 wide and at 200 %: for looking at.

use std::sync::Arc;

use tandem::account::Snapshot;
use tandem::gui::history::{Message as History, Which};
use tandem::gui::{App, Message as Event, Place};
use tandem::model::{
    Attendance, CallId, CallState, Condition, ConditionKind, Conference, ConferenceId, Direction, KeyState,
    MediaEncryption, Meters, Party, Remedy, TransferState,
};

use super::history::follow;
use super::pictures::draw;
use super::telephone::records;
use super::world::*;

type Build = fn(Snapshot) -> App;

/// The full view of a call with these keys.
fn padlock(mut snapshot: Snapshot, encryption: MediaEncryption, keys: KeyState) -> App {
    let mut one = call(1, Direction::Outgoing, CallState::Active);
    one.keys = keys;
    if let Some(media) = &mut one.media {
        media.encryption = encryption;
    }
    snapshot.calls = Arc::from([one]);
    let mut app = with_bob(snapshot);
    app.update(Event::OpenCall(CallId(1)));
    app
}

/// Seven with us, in every state.
fn seven(mut snapshot: Snapshot) -> App {
    let names =
        ["Bob Fischer", "Grace Hopper", "Ana Lima", "Dana Levi", "Hiro Tanaka", "Ingrid Søndergård", "Jonas Weber"];
    let k = ConferenceId(1);
    let (mut calls, mut parties) = (Vec::new(), Vec::new());
    for (at, name) in names.into_iter().enumerate() {
        let (attendance, state) = match at {
            2 => (Attendance::Held, CallState::Held),
            4 => (Attendance::Away, CallState::Active),
            6 => (Attendance::Calling, CallState::Ringing),
            _ => (Attendance::Talking, CallState::Active),
        };
        let mut one = call(at as u64 + 1, Direction::Outgoing, state);
        one.peer.display = name.into();
        one.peer.jid = Some(jid(&format!("{}@example.org", name.split(' ').next().unwrap().to_lowercase())));
        one.conference = Some(k);
        parties.push(Party { call: one.id, muted: at == 3, attendance });
        calls.push(one);
    }
    snapshot.calls = calls.into();
    let since = wall("2026-11-22T11:40:00Z");
    snapshot.conferences =
        Arc::from([Conference { id: k, parties, muted: false, held: false, since, recording: None }]);
    let mut app = with_bob(snapshot);
    let levels = [(CallId(1), 0.5), (CallId(2), 0.1), (CallId(6), 0.2)];
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, parties: Arc::from(levels) }));
    app.update(Event::Conference(tandem::gui::conference::Message::Open(k)));
    app
}

fn past(snapshot: Snapshot, event: Event) -> App {
    let mut app = super::telephone::calls(snapshot);
    follow(&mut app, event, &records());
    app
}

fn keypad(mut snapshot: Snapshot) -> App {
    let mut one = call(1, Direction::Outgoing, CallState::Active);
    one.digits_sent = "1234567#".into();
    one.digits_received = "5".into();
    snapshot.calls = Arc::from([one]);
    let mut app = with_bob(snapshot);
    app.update(Event::OpenCall(CallId(1)));
    app.update(Event::Keypad(CallId(1)));
    app
}

fn settings(snapshot: Snapshot) -> App {
    let file = "[[chat]]\naddress = \"alice@example.com\"\npassword-keyring = true\n[[voice]]\n\
                address = \"sip:alice@example.com\"\npassword-keyring = true\n[calls]\nforward-busy = \"1002\"\n\
                auto-answer = [\"1001\", \"bob@example.com\"]\n";
    let mut snapshot = super::telephone::watched(snapshot);
    snapshot.settings = super::settings::of(file);
    let mut app = app(snapshot);
    app.update(Event::Go(Place::Settings));
    app
}

const RINGS: &str = "Transfer to Ana Lima: it is ringing there …";
const BUSY: &str = "The call was not transferred to Ana Lima: they are busy (486).";

fn scenes() -> Vec<(&'static str, Build)> {
    vec![
        ("desk-transfer-choose", super::transfer::choosing),
        ("desk-transfer-decide", super::transfer::deciding),
        ("desk-transfer-connect", super::transfer::connecting),
        ("desk-transfer-asked", super::transfer::asked_first),
        ("desk-transfer-going", |s| super::transfer::going(s, TransferState::Ringing, RINGS)),
        ("desk-transfer-failed", |s| super::transfer::going(s, TransferState::Failed, BUSY)),
        ("desk-transfer-wanted", super::transfer::wanted),
        ("desk-transfer-view", |s| {
            let mut app = super::transfer::going(
                s,
                TransferState::Asked,
                "Transfer to Ana Lima: the other side is being asked …",
            );
            app.update(Event::OpenCall(super::transfer::BOB));
            app
        }),
        ("desk-waiting", super::transfer::waiting),
        ("desk-digits", super::transfer::digits_and_automatic),
        ("desk-keypad", keypad),
        ("desk-swap", |s| with_bob(super::transfer::two_calls(s))),
        ("desk-conference", seven),
        ("desk-history", |s| past(s, Event::History(History::Choose(CallId(9))))),
        ("desk-history-missed", |s| past(s, Event::History(History::Show(Which::Missed)))),
        ("desk-history-none", |s| past(s, Event::History(History::Search("zzz".into())))),
        ("desk-dialling", super::telephone::dialling),
        ("desk-silent", |s| super::answering::menu(super::answering::undisturbed(s))),
        ("desk-forwards", |s| super::answering::menu(super::answering::forwarding(s))),
        ("desk-band", |s| super::telephone::calls(super::answering::forwarding(s))),
        ("desk-none", |s| padlock(s, MediaEncryption::None, KeyState::Settled)),
        ("desk-sdes", |s| padlock(s, MediaEncryption::Sdes, KeyState::Settled)),
        ("desk-dtls", |s| padlock(s, MediaEncryption::Dtls, KeyState::Settled)),
        ("desk-person", |s| padlock(s, MediaEncryption::Dtls, KeyState::Person)),
        ("desk-between", |s| padlock(s, MediaEncryption::Dtls, KeyState::Between)),
        ("desk-unvouched", |s| padlock(s, MediaEncryption::Dtls, KeyState::Unvouched)),
        ("desk-lowered", |mut s| {
            s.conditions = Arc::from([Condition {
                kind: ConditionKind::Security,
                text:
                    "This call is not encrypted, although earlier calls with this address were. Whoever is on the way \
                       can listen."
                        .into(),
                remedy: Remedy::Dismiss,
            }]);
            padlock(s, MediaEncryption::None, KeyState::Settled)
        }),
        ("desk-agreeing", |s| padlock(s, MediaEncryption::Dtls, KeyState::Agreeing)),
        ("desk-trouble", super::sound::trouble_view),
        ("desk-quality", super::sound::quality),
        ("desk-quality-well", super::sound::quality_well),
        ("desk-advanced", super::sound::advanced),
        ("desk-setup", super::sound::test_done),
        ("desk-text", super::call_text::talking),
        ("desk-text-empty", super::call_text::nothing_yet),
        ("desk-text-refused", super::call_text::refused),
        ("desk-text-kept", super::call_text::past),
    ]
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_calls() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let pad = || Event::Telephone(tandem::gui::telephone::Message::Show(tandem::gui::telephone::Part::Pad));
    for (name, build) in scenes().into_iter().filter(|(name, _)| name.starts_with(&only)) {
        draw(&format!("{name}-light"), &build(light(snapshot())), 1200.0, 820.0);
        draw(&format!("{name}-dark"), &build(dark(snapshot())), 1200.0, 820.0);
        let mut small = sized(build(light(snapshot())), 400.0, 720.0);
        if name == "desk-dialling" {
            small.update(pad());
        }
        draw(&format!("{name}-small"), &small, 400.0, 720.0);
        // At 200 % a window of 1400 by 1000 has half as much room.
        draw(&format!("{name}-200"), &sized(build(light(snapshot())), 700.0, 500.0), 700.0, 500.0);
    }
    if "desk-settings".starts_with(&only) {
        draw("desk-settings-light", &settings(light(snapshot())), 1100.0, 3000.0);
        draw("desk-settings-dark", &settings(dark(snapshot())), 1100.0, 3000.0);
        draw("desk-settings-small", &sized(settings(light(snapshot())), 400.0, 4200.0), 400.0, 4200.0);
    }
}
