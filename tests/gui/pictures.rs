//! Pictures of every screen, light and dark, for looking at: `cargo test --features gui-test --test gui -- --ignored pictures`
//! writes them to `target/pictures`.

use std::path::PathBuf;
use std::sync::Arc;

use tandem::account::{CallTo, Refusal, RefusalKind, Reply, SetUpState, Snapshot};
use tandem::gui::{App, Message as Event, Overlay, Place, Purpose};
use tandem::model::{AccountId, BootTime, CallState, Direction, PeerGrade};

use super::picture_states::*;
use super::world::*;

pub type Build = fn(Snapshot) -> App;

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

#[test]
#[ignore = "writes pictures"]
fn pictures_of_the_topics_of_the_settings() {
    use tandem::gui::topics::Topic;
    let topics = [
        ("accounts", Topic::Accounts),
        ("you", Topic::You),
        ("privacy", Topic::Privacy),
        ("numbers", Topic::Numbers),
        ("notifications", Topic::Notifications),
        ("window", Topic::Window),
        ("advanced", Topic::Advanced),
    ];
    for (name, topic) in topics {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("topic-{name}-{theme}"), &super::own::topic(themed(snapshot()), topic), 1000.0, 760.0);
        }
        let small = sized(super::own::topic(light(snapshot()), topic), 400.0, 760.0);
        draw(&format!("topic-{name}-small"), &small, 400.0, 760.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("topic-{name}-200"), &sized(super::own::topic(large, topic), 700.0, 500.0), 700.0, 500.0);
    }
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

#[allow(clippy::too_many_lines, reason = "a list of pictures")]
pub fn screens() -> Vec<(&'static str, f32, f32, Build)> {
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
        ("details-tall", 1280.0, 1500.0, |s| {
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
        ("incoming-over-chat", 1100.0, 720.0, incoming_over_chat),
        ("tiny-incoming-over-chat", 400.0, 720.0, |s| sized(incoming_over_chat(s), 400.0, 720.0)),
        ("incoming-silenced", 1100.0, 720.0, |mut s| {
            let mut ringing = call(1, Direction::Incoming, CallState::Ringing);
            ringing.silenced = true;
            s.calls = Arc::from([ringing]);
            with_bob(s)
        }),
        ("devices", 1100.0, 900.0, super::sound::devices),
        ("devices-menu", 1100.0, 900.0, super::sound::devices_menu),
        ("tiny-devices", 400.0, 1000.0, |s| sized(super::sound::devices_menu(s), 400.0, 1000.0)),
        ("account-add", 1100.0, 900.0, |s| sized(super::own_accounts::adding(s), 1100.0, 900.0)),
        ("tiny-account-add", 400.0, 720.0, |s| sized(super::own_accounts::adding(s), 400.0, 720.0)),
        ("tiny-account-change", 400.0, 900.0, |s| sized(super::own_accounts::changing(s), 400.0, 900.0)),
        ("tiny-others-preview", 400.0, 720.0, |s| sized(super::own_accounts::previewing(s), 400.0, 720.0)),
        ("account-remove", 1100.0, 900.0, super::own_accounts::removing),
        ("account-change", 1100.0, 1100.0, super::own_accounts::changing),
        ("others-choice", 1100.0, 900.0, super::own_accounts::choosing),
        ("others-preview", 1100.0, 900.0, super::own_accounts::previewing),
        ("others-taken", 1100.0, 900.0, super::own_accounts::taken),
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
        ("quality-unknown", 1100.0, 820.0, super::sound::quality_unknown),
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
        ("settings-desktop", 1100.0, 4400.0, super::login::page),
        ("tiny-settings-provisioned", 400.0, 1500.0, |s| sized(super::settings::page(s), 400.0, 1500.0)),
        ("calls", 1100.0, 720.0, |s| {
            let mut app = app(s);
            super::history::follow(&mut app, Event::Go(Place::Calls), &history());
            app
        }),
        ("calls-all", 1200.0, 860.0, super::telephone::calls),
        ("calls-dialling", 1200.0, 860.0, super::telephone::dialling),
        ("calls-missed", 900.0, 720.0, |s| {
            let mut app = sized(super::telephone::calls(s), 900.0, 720.0);
            let missed = tandem::gui::history::Message::Show(tandem::gui::history::Which::Missed);
            super::history::follow(&mut app, Event::History(missed), &super::telephone::records());
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
