//! Pictures of every screen, light and dark, for looking at: `cargo test --features gui-test --test gui -- --ignored pictures`
//! writes them to `target/pictures`.

use std::path::PathBuf;
use std::sync::Arc;

use tandem::account::{CallTo, Refusal, RefusalKind, Reply, SetUpState, Snapshot};
use tandem::gui::{App, Message as Event, Overlay, Place, Purpose};
use tandem::model::{
    AccountId, Aspect, BootTime, CallState, Choice, Condition, ConditionKind, ConnectionState, Delivery, Direction,
    Finding, Jid, MessageDirection, Meters, Parity, ParityLevel, Peer, PeerGrade, Question, QuestionId, QuestionKind,
    RaiseOutcome, Reason, Remedy, Service,
};
use tandem::store::CallRecord;

use super::world::*;

type Build = fn(Snapshot) -> App;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pictures")
}

pub fn draw(name: &str, app: &App, width: f32, height: f32) {
    let path = folder().join(format!("{name}.png"));
    let written = folder().join(format!("{name}-tiny-skia.png"));
    let _ = std::fs::remove_file(&written);
    let mut window = simulator(app, width, height);
    let picture = window.snapshot(&app.iced_theme()).unwrap();
    assert!(picture.matches_image(&path).unwrap());
    assert!(written.exists());
}

fn trouble(mut snapshot: Snapshot) -> Snapshot {
    let mut voice = account(Service::Voice, ConnectionState::Offline);
    voice.reason = Some(Reason::new("unreachable", "The voice server does not answer."));
    voice.retry_at = Some(now().boot + std::time::Duration::from_secs(8));
    let mut chat = account(Service::Chat, ConnectionState::Failed);
    chat.reason = Some(Reason::new("wrong-password", "The server did not accept the password."));
    snapshot.accounts = Arc::from([chat, voice]);
    snapshot.conditions = Arc::from([Condition {
        kind: ConditionKind::Connection(Service::Chat),
        text: "Chat is not connected: the server did not accept the password. You can call, but not chat.".into(),
        remedy: Remedy::EnterPassword(AccountId::new("chat")),
    }]);
    snapshot.parity = Arc::new(Parity {
        level: ParityLevel::Mismatch,
        findings: vec![Finding {
            code: "transport".into(),
            text: "Chat is encrypted, Voice is not.".into(),
            remedy: Some("Set the voice account's transport to TLS.".into()),
        }],
    });
    snapshot
}

fn connections(snapshot: Snapshot) -> App {
    let mut app = app(truthful(snapshot));
    app.update(Event::Go(Place::Connections));
    app
}

/// What is said about being reached follows from the accounts, as in the program.
fn truthful(mut snapshot: Snapshot) -> Snapshot {
    let side = |service| {
        let account = snapshot.accounts.iter().find(|account| account.service == service)?;
        Some((account.state, account.reason.as_ref().map(|reason| &*reason.text)))
    };
    let (chat, calls, text) = tandem::cusax::reachable(side(Service::Chat), side(Service::Voice));
    snapshot.reachable = tandem::account::Reachable { chat, calls, text: text.into() };
    snapshot
}

/// Both connections are there; voice was away an hour ago.
fn well(mut snapshot: Snapshot) -> Snapshot {
    let unreachable = Reason::new("unreachable", "The voice server does not answer.");
    let last_error = Some((wall("2026-11-22T10:58:12Z"), unreachable));
    let trace = tandem::account::Trace { last_error, connected: 2, ..Default::default() };
    let of = Arc::from([(AccountId::new("voice"), trace)]);
    snapshot.traces = tandem::account::Traces { correlation: "7f3a90c41be2".into(), of };
    snapshot
}

fn voice_down(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = well(snapshot);
    let mut voice = account(Service::Voice, ConnectionState::Offline);
    voice.reason = Some(Reason::new("unreachable", "The voice server does not answer."));
    voice.retry_at = Some(now().boot + std::time::Duration::from_secs(8));
    snapshot.accounts = Arc::from([account(Service::Chat, ConnectionState::Online), voice]);
    snapshot
}

fn held(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = well(snapshot);
    let mut voice = account(Service::Voice, ConnectionState::Failed);
    voice.reason = Some(Reason::new("forbidden", "The voice service does not let this account in."));
    let mut chat = account(Service::Chat, ConnectionState::Held);
    chat.reason = Some(Reason::new(
        "held",
        "Voice was refused, and your settings want both or neither: you are signed out of chat until voice works.",
    ));
    snapshot.accounts = Arc::from([chat, voice]);
    snapshot
}

/// A conversation over voice.
fn sip_message(mut snapshot: Snapshot) -> App {
    let with = Jid::of_sip(&tandem::model::SipUri::parse("sip:reception@pbx.example").unwrap()).unwrap();
    let message = |id: &str, body: &str, direction, delivery| tandem::model::Message {
        id: tandem::model::MessageId(id.into()),
        with: with.clone(),
        from: with.clone(),
        direction,
        time: wall("2026-11-22T11:40:00Z"),
        body: body.into(),
        delivery,
        corrected: false,
        encrypted: false,
    };
    let incoming = message("m1", "Your visitor is here.", MessageDirection::In, Delivery::Received);
    let outgoing = message("m2", "Thanks, I am coming down.", MessageDirection::Out, Delivery::Delivered);
    let talk = tandem::account::Conversation { with: with.clone(), last: outgoing.clone(), unread: 0, revision: 1 };
    snapshot.conversations = snapshot.conversations.iter().cloned().chain([talk]).collect();
    let mut app = app(snapshot);
    app.update(Event::Open(with.clone()));
    let page = Ok(Reply::Messages(vec![incoming, outgoing]));
    app.update(Event::Answered(Purpose::Newest(with, 1), page));
    app
}

fn history() -> Vec<CallRecord> {
    let mut missed = call(1, Direction::Incoming, CallState::Ended);
    missed.started = wall("2026-11-22T11:20:00Z");
    let mut out = call(2, Direction::Outgoing, CallState::Ended);
    out.answered = Some(wall("2026-11-21T11:20:10Z"));
    out.started = wall("2026-11-21T11:20:00Z");
    out.duration = std::time::Duration::from_secs(754);
    let mut unknown = call(3, Direction::Incoming, CallState::Ended);
    unknown.answered = Some(wall("2026-11-18T08:00:00Z"));
    unknown.started = wall("2026-11-18T08:00:00Z");
    unknown.peer = Peer {
        uri: "tel:+46701234567".into(),
        display: "+46 70 123 45 67".into(),
        jid: None,
        grade: PeerGrade::Unknown,
        evidence: Vec::new(),
    };
    vec![
        CallRecord { call: missed, missed: true },
        CallRecord { call: out, missed: false },
        CallRecord { call: unknown, missed: false },
        CallRecord { call: ended(4), missed: false },
    ]
}

fn talking(mut snapshot: Snapshot) -> App {
    let mut held = call(2, Direction::Incoming, CallState::Held);
    held.peer.display = "Grace Hopper".into();
    held.peer.jid = Some(jid("grace@example.org"));
    snapshot.calls = Arc::from([call(1, Direction::Outgoing, CallState::Active), held, ended(3)]);
    let mut app = with_bob(snapshot);
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, ..Meters::default() }));
    app
}

/// Four parties: one muted, one on hold, one being called; and it is recorded.
fn conferring(mut snapshot: Snapshot, whole: bool) -> App {
    let recording = tandem::model::Recording {
        state: tandem::model::RecordingState::Running,
        file: "/home/alice/Recordings/2026-11-22 11-40-00Z conference.opus".into(),
        since: wall("2026-11-22T11:40:00Z"),
    };
    let id = tandem::model::ConferenceId(1);
    let named = |n: u64, name: &str, state| {
        let mut one = call(n, Direction::Outgoing, state);
        one.peer.display = name.into();
        one.peer.jid = Some(jid(&format!("{}@example.org", name.split(' ').next().unwrap().to_lowercase())));
        one.conference = Some(id);
        one.recording = Some(recording.clone());
        one
    };
    use tandem::model::Attendance::{Calling, Held, Talking};
    snapshot.calls = Arc::from([
        named(1, "Bob Meyer", CallState::Active),
        named(2, "Grace Hopper", CallState::Active),
        named(3, "Ada Lovelace", CallState::Held),
        named(4, "Somebody with a name that does not fit into any row of this window", CallState::Ringing),
    ]);
    let party =
        |call: u64, muted, attendance| tandem::model::Party { call: tandem::model::CallId(call), muted, attendance };
    snapshot.conferences = Arc::from([tandem::model::Conference {
        id,
        parties: vec![
            party(1, false, Talking),
            party(2, true, Talking),
            party(3, false, Held),
            party(4, false, Calling),
        ],
        muted: false,
        held: false,
        since: wall("2026-11-22T11:40:00Z"),
        recording: Some(recording),
    }]);
    snapshot.recording_sentence = "I am recording this call. Is that all right with you?".into();
    let mut app = with_bob(snapshot);
    let levels = [(tandem::model::CallId(1), 0.4), (tandem::model::CallId(2), 0.1)];
    app.update(Event::Meters(Meters { input: 0.3, output: 0.2, parties: Arc::from(levels) }));
    if whole {
        app.update(Event::Conference(tandem::gui::conference::Message::Open(id)));
    }
    app
}

/// Two calls that can be joined, one of them recorded, and the recorded one whole.
fn recording(mut snapshot: Snapshot, whole: bool) -> App {
    let mut first = call(1, Direction::Outgoing, CallState::Active);
    first.recording = Some(tandem::model::Recording {
        state: tandem::model::RecordingState::Running,
        file: "/home/alice/Recordings/2026-11-22 11-40-00Z Bob.opus".into(),
        since: wall("2026-11-22T11:40:00Z"),
    });
    let mut second = call(2, Direction::Incoming, CallState::Held);
    second.peer.display = "Grace Hopper".into();
    snapshot.calls = Arc::from([first, second]);
    snapshot.joinable = Arc::from([tandem::model::CallId(1), tandem::model::CallId(2)]);
    snapshot.recording_sentence = "I am recording this call. Is that all right with you?".into();
    let mut app = with_bob(snapshot);
    if whole {
        app.update(Event::OpenCall(tandem::model::CallId(1)));
    }
    app
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_conferences_and_recordings() {
    let scene: [(&str, Build); 4] = [
        ("conference-bar", |snapshot| conferring(snapshot, false)),
        ("conference", |snapshot| conferring(snapshot, true)),
        ("recording-bar", |snapshot| recording(snapshot, false)),
        ("recording", |snapshot| recording(snapshot, true)),
    ];
    for (name, build) in scene {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1000.0, 700.0);
        }
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("{name}-200"), &sized(build(large), 700.0, 500.0), 700.0, 500.0);
    }
}

fn silent(mut snapshot: Snapshot) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Active);
    call.silent = true;
    snapshot.calls = Arc::from([call]);
    with_bob(snapshot)
}

fn no_device(mut snapshot: Snapshot) -> Snapshot {
    snapshot.conditions = Arc::from([Condition {
        kind: ConditionKind::Device,
        text: "The microphone “default” cannot be used: the others hear silence until it is back. The requested audio device is not available. It may have been disconnected.".into(),
        remedy: Remedy::ChooseDevice,
    }]);
    snapshot
}

fn incoming(mut snapshot: Snapshot, grade: PeerGrade) -> App {
    let mut ringing = call(1, Direction::Incoming, CallState::Ringing);
    if grade != PeerGrade::Confirmed {
        ringing.peer = Peer {
            uri: "sip:+46701234567@gateway.example".into(),
            display: "+46 70 123 45 67".into(),
            jid: None,
            grade,
            evidence: vec!["Claims to be Bob, not confirmed: Bob's card does not list this number.".into()],
        };
    }
    snapshot.calls = Arc::from([ringing]);
    with_bob(snapshot)
}

fn gradient() -> tandem::model::Avatar {
    let side = 96_u32;
    let rgba: Vec<u8> =
        (0..side * side).flat_map(|at| [(at % side * 2) as u8, (at / side * 2) as u8, 150, 255]).collect();
    tandem::model::Avatar { hash: "gradient".into(), size: side, rgba: rgba.into() }
}

fn question(mut snapshot: Snapshot) -> App {
    snapshot.questions = Arc::from([Question {
        id: QuestionId(1),
        kind: QuestionKind::Certificate,
        text: "The chat server example.com shows a certificate that no known authority signed. Someone may be listening, or the server uses its own authority.".into(),
        choices: vec![
            Choice { id: "no".into(), label: "Do not connect".into(), detail: None },
            Choice {
                id: "yes".into(),
                label: "Trust this certificate".into(),
                detail: Some("SHA-256 5A:0F:33:91:C2:77:10:EE:AA:41:90:05:6B:1D:3C:88:5A:0F:33:91:C2:77:10:EE:AA:41:90:05:6B:1D:3C:88".into()),
            },
        ],
    }]);
    with_bob(snapshot)
}

fn security(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Lay(Some(Overlay::Security)));
    app
}

/// Voice in the clear beside a protected chat.
fn mismatch(snapshot: Snapshot) -> Snapshot {
    let plan = [
        step_to(
            "transport",
            Aspect::Transport,
            "auto",
            "Voice is encrypted on the way to the server.",
            RaiseOutcome::Planned,
        ),
        step_to(
            "media-encryption",
            Aspect::Media,
            "optional",
            "Calls are encrypted, or not made.",
            RaiseOutcome::Planned,
        ),
    ];
    let mut snapshot = with_protection(snapshot, &[Aspect::Transport, Aspect::Media], &[]);
    Arc::make_mut(&mut snapshot.protection).plan = plan.to_vec();
    snapshot
}

/// One change holds, the other was taken back.
fn raised(snapshot: Snapshot) -> Snapshot {
    let text = "The server cannot do that: The server only offers MD5, which the settings forbid. Everything is as it was \
                before.";
    let tried = [
        step_to(
            "transport",
            Aspect::Transport,
            "auto",
            "Voice is encrypted on the way to the server.",
            RaiseOutcome::Done,
        ),
        step_to("allow-md5", Aspect::Login, "true", text, RaiseOutcome::RolledBack),
    ];
    let mut snapshot = with_protection(snapshot, &[Aspect::Login], &[Aspect::Login]);
    Arc::make_mut(&mut snapshot.protection).tried = tried.to_vec();
    snapshot
}

#[allow(clippy::too_many_lines, reason = "a list of pictures")]
fn screens() -> Vec<(&'static str, f32, f32, Build)> {
    vec![
        ("main", 1100.0, 720.0, with_bob),
        ("timeline", 1100.0, 720.0, |mut s| {
            let mut contacts: Vec<_> = s.contacts.to_vec();
            for contact in contacts.iter_mut().take(3) {
                let mut with_picture = contact.as_ref().clone();
                with_picture.avatar = Some(gradient());
                *contact = Arc::new(with_picture);
            }
            s.contacts = contacts.into();
            let mut app = with_bob(s);
            let mut records = history();
            records[1].call.started = wall("2026-11-22T13:58:00Z");
            app.update(Event::Answered(Purpose::History, Ok(Reply::History(records))));
            app.update(Event::Copy("x".into()));
            app
        }),
        ("details", 1280.0, 800.0, |s| {
            let mut app = sized(with_bob(s), 1280.0, 800.0);
            app.update(Event::ToggleDetails);
            app
        }),
        ("nobody", 1100.0, 720.0, app),
        ("empty", 1100.0, 720.0, |s| {
            let appearance = s.appearance;
            app(Snapshot { appearance, accounts: s.accounts, roster_known: true, ..Snapshot::empty() })
        }),
        ("call", 1100.0, 720.0, talking),
        ("call-view", 1100.0, 720.0, |s| {
            let mut app = talking(s);
            app.update(Event::OpenCall(tandem::model::CallId(1)));
            app
        }),
        ("keypad", 1100.0, 720.0, |s| {
            let mut app = talking(s);
            app.update(Event::Keypad(tandem::model::CallId(1)));
            app
        }),
        ("incoming", 1100.0, 720.0, |s| incoming(s, PeerGrade::Confirmed)),
        ("incoming-silenced", 1100.0, 720.0, |mut s| {
            let mut ringing = call(1, Direction::Incoming, CallState::Ringing);
            ringing.silenced = true;
            s.calls = Arc::from([ringing]);
            with_bob(s)
        }),
        ("devices", 1100.0, 900.0, super::sound::devices),
        ("devices-menu", 1100.0, 900.0, super::sound::devices_menu),
        ("tiny-devices", 400.0, 1000.0, |s| sized(super::sound::devices_menu(s), 400.0, 1000.0)),
        ("test-setup", 1100.0, 820.0, super::sound::test_listening),
        ("test-setup-done", 1100.0, 820.0, super::sound::test_done),
        ("test-setup-failed", 1100.0, 820.0, super::sound::test_failed),
        ("tiny-test-setup", 400.0, 900.0, |s| sized(super::sound::test_done(s), 400.0, 900.0)),
        ("call-trouble", 1100.0, 720.0, super::sound::trouble),
        ("tiny-call-trouble", 400.0, 640.0, |s| sized(super::sound::trouble(s), 400.0, 640.0)),
        ("call-trouble-view", 1100.0, 820.0, super::sound::trouble_view),
        ("call-muted-hint", 1100.0, 720.0, super::sound::muted),
        ("quality", 1100.0, 820.0, super::sound::quality),
        ("quality-well", 1100.0, 820.0, super::sound::quality_well),
        ("quality-advanced", 1100.0, 980.0, super::sound::advanced),
        ("tiny-quality", 400.0, 900.0, |s| sized(super::sound::advanced(s), 400.0, 900.0)),
        ("call-silent", 1100.0, 720.0, silent),
        ("call-silent-view", 1100.0, 720.0, |s| {
            let mut app = silent(s);
            app.update(Event::OpenCall(tandem::model::CallId(1)));
            app
        }),
        ("chosen-message", 1100.0, 720.0, |mut s| {
            let drafts = [(jid("grace@example.org"), "I was about to say that".into())].into();
            s.remembered =
                Arc::new(tandem::account::Remembered { list_width: Some(380), drafts, ..Default::default() });
            let mut app = with_bob(s);
            app.update(Event::Choose(tandem::gui::Step::Up));
            app.update(Event::Choose(tandem::gui::Step::Up));
            app.update(Event::Choose(tandem::gui::Step::Up));
            app
        }),
        ("tiny-device", 400.0, 640.0, |s| sized(with_bob(no_device(s)), 400.0, 640.0)),
        ("device", 1100.0, 720.0, |s| with_bob(no_device(s))),
        ("incoming-claimed", 1100.0, 720.0, |s| incoming(s, PeerGrade::Claimed)),
        ("question", 1100.0, 720.0, question),
        ("trouble", 1100.0, 720.0, |s| with_bob(trouble(s))),
        ("connections", 1100.0, 900.0, |s| connections(trouble(s))),
        ("connections-well", 1100.0, 900.0, |s| connections(well(s))),
        ("connections-voice-down", 1100.0, 900.0, |s| connections(voice_down(s))),
        ("connections-held", 1100.0, 900.0, |s| connections(held(s))),
        ("tiny-connections-voice-down", 400.0, 900.0, |s| sized(connections(voice_down(s)), 400.0, 900.0)),
        ("sip-message", 1100.0, 720.0, sip_message),
        ("security-equal", 1100.0, 900.0, |s| security(with_protection(s, &[], &[]))),
        ("security-mismatch", 1100.0, 900.0, |s| security(mismatch(s))),
        ("security-raised", 1100.0, 900.0, |s| security(raised(s))),
        ("security-narrow", 400.0, 800.0, |s| sized(security(mismatch(s)), 400.0, 800.0)),
        ("security-notice", 1100.0, 720.0, |s| with_bob(mismatch(s))),
        ("settings", 1100.0, 720.0, |s| {
            let mut app = app(s);
            app.update(Event::Go(Place::Settings));
            app
        }),
        ("card", 1100.0, 1700.0, super::card::missing),
        ("card-tested", 1100.0, 1700.0, super::card::tested),
        ("card-edited", 1100.0, 1800.0, super::card::editing),
        ("tiny-card", 400.0, 1900.0, |s| sized(super::card::missing(s), 400.0, 1900.0)),
        ("tiny-card-edited", 400.0, 2200.0, |s| sized(super::card::editing(s), 400.0, 2200.0)),
        ("message-numbers", 1100.0, 720.0, super::card::with_numbers),
        ("tiny-message-numbers", 400.0, 720.0, |s| sized(super::card::with_numbers(s), 400.0, 720.0)),
        ("settings-provisioned", 1100.0, 1180.0, super::settings::page),
        ("tiny-settings-provisioned", 400.0, 1500.0, |s| sized(super::settings::page(s), 400.0, 1500.0)),
        ("calls", 1100.0, 720.0, |s| {
            let mut app = app(s);
            app.update(Event::Go(Place::Calls));
            app.update(Event::Answered(Purpose::History, Ok(Reply::History(history()))));
            app
        }),
        ("calls-all", 1200.0, 860.0, super::telephone::calls),
        ("calls-dialling", 1200.0, 860.0, super::telephone::dialling),
        ("calls-missed", 900.0, 720.0, |s| {
            let mut app = sized(super::telephone::calls(s), 900.0, 720.0);
            app.update(Event::Telephone(tandem::gui::telephone::Message::Missed(true)));
            app
        }),
        ("tiny-calls", 400.0, 720.0, |s| sized(super::telephone::calls(s), 400.0, 720.0)),
        ("tiny-calls-pad", 400.0, 860.0, |s| {
            let mut app = sized(super::telephone::dialling(s), 400.0, 860.0);
            let pad = tandem::gui::telephone::Part::Pad;
            app.update(Event::Telephone(tandem::gui::telephone::Message::Show(pad)));
            app
        }),
        ("lamps", 1100.0, 720.0, |s| with_bob(super::telephone::watched(s))),
        ("search", 1100.0, 720.0, |s| {
            let mut app = with_bob(s);
            app.update(Event::Query("+49 30 1234".into()));
            app
        }),
        ("shortcuts", 1100.0, 720.0, |s| {
            let mut app = with_bob(s);
            app.update(Event::Lay(Some(Overlay::Shortcuts)));
            app
        }),
        ("password", 1100.0, 720.0, |s| {
            let mut app = with_bob(s);
            app.update(Event::Lay(Some(Overlay::Password(AccountId::new("chat"), String::new()))));
            app
        }),
        ("confirm", 1100.0, 720.0, |s| {
            let mut app = with_bob(s);
            let mut refusal =
                Refusal::new(RefusalKind::Confirm, "This call leads to the phone network and may be charged.");
            refusal.details.push(("cost".into(), "Phone network: +49 30 123456".into()));
            app.update(Event::Lay(Some(Overlay::Choose(CallTo::Text("+4930123456".into()), refusal))));
            app
        }),
        ("set-up-found", 900.0, 900.0, |s| {
            let state = SetUpState {
                steps: vec![
                    step("Your settings come from Example Ltd.", Some(true)),
                    step("Chat works: signed in.", Some(true)),
                    step("Voice works: signed in.", Some(true)),
                ],
                details: vec![
                    "example.com gives no settings by WebFinger: nobody answers there.".into(),
                    "example.com says in its name records where the settings are.".into(),
                ],
                ready_to_save: true,
                ..Default::default()
            };
            let mut app = app(Snapshot { appearance: s.appearance, ..set_up(state) });
            app.update(Event::SetUp(tandem::gui::Field::Address, "alice@example.com".into()));
            app.update(Event::SetUp(tandem::gui::Field::Password, "secret word".into()));
            app
        }),
        ("tiny-set-up-mistakes", 400.0, 900.0, |s| {
            let state = SetUpState {
                steps: vec![step(
                    "Settings were found, but there are mistakes in them. Tell your administrator.",
                    Some(false),
                )],
                details: vec![
                    "example.com says where the settings are (WebFinger).".into(),
                    "https://example.com/settings/alice.json:12: (/calls/region) region = \"Germany\" is not a country"
                        .into(),
                ],
                without_document: true,
                ..Default::default()
            };
            let mut app = app(Snapshot { appearance: s.appearance, ..set_up(state) });
            app.update(Event::SetUp(tandem::gui::Field::Address, "alice@example.com".into()));
            app
        }),
        ("set-up", 900.0, 760.0, |s| {
            let steps = vec![
                step("Chat server found: xmpp.example.com:5223", Some(true)),
                step("Signed in to Chat", Some(true)),
                step("Voice server found: sip.example.com, TLS", Some(true)),
                step("Signing in to Voice …", None),
            ];
            let state = SetUpState {
                steps,
                busy: true,
                config_path: "/home/alice/.config/tandem/config.toml".into(),
                ..Default::default()
            };
            let mut app = app(Snapshot { appearance: s.appearance, ..set_up(state) });
            app.update(Event::SetUp(tandem::gui::Field::Address, "alice@example.com".into()));
            app.update(Event::SetUp(tandem::gui::Field::Password, "secret word".into()));
            app
        }),
        ("set-up-broken", 900.0, 760.0, |s| {
            let state = SetUpState {
                problems: vec!["/home/alice/.config/tandem/config.toml:12: unknown key \"tranport\" in [account.voice]. Did you mean \"transport\"?".into()],
                ..Default::default()
            };
            app(Snapshot { appearance: s.appearance, ..set_up(state) })
        }),
        ("set-up-save", 900.0, 860.0, |s| {
            let steps = vec![
                step("Signed in to Chat", Some(true)),
                step("Voice: no server was found for example.com", Some(false)),
            ];
            let state = SetUpState {
                steps,
                ready_to_save: true,
                config_path: "/home/alice/.config/tandem/config.toml".into(),
                ..Default::default()
            };
            let mut app = app(Snapshot { appearance: s.appearance, ..set_up(state) });
            app.update(Event::Advanced(true));
            app
        }),
        ("narrow", 420.0, 720.0, |s| sized(with_bob(s), 420.0, 720.0)),
        ("narrow-list", 420.0, 720.0, |s| sized(app(s), 420.0, 720.0)),
        ("tiny-call", 360.0, 640.0, |s| sized(talking(s), 360.0, 640.0)),
        ("tiny-incoming", 360.0, 640.0, |s| sized(incoming(s, PeerGrade::Claimed), 360.0, 640.0)),
        ("half", 760.0, 720.0, |s| sized(with_bob(s), 760.0, 720.0)),
    ]
}

#[test]
#[ignore = "writes pictures for people to look at"]
fn pictures_of_every_screen() {
    let only = std::env::var("ONLY").unwrap_or_default();
    assert!(BootTime::default() < now().boot);
    for (name, width, height, build) in screens() {
        if !name.starts_with(&only) {
            continue;
        }
        draw(&format!("{name}-light"), &build(light(snapshot())), width, height);
        draw(&format!("{name}-dark"), &build(dark(snapshot())), width, height);
    }
}
