//! Do not disturb and forwarding: seen from everywhere, switched in a moment, set in the settings.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers};
use tandem::account::{AnsweringView, Request, Snapshot};
use tandem::config::Given;
use tandem::gui::answering::Message as Answering;
use tandem::gui::{App, Message as Event, Overlay, Place};
use tandem::model::Show;

use super::world::*;

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 900.0).find(words).is_ok()
}

fn changes(requests: &[Request]) -> Vec<(String, Option<Given>)> {
    let change = |request: &Request| match request {
        Request::ChangeSetting { key, value } => Some((key.to_string(), value.clone())),
        _ => None,
    };
    requests.iter().filter_map(change).collect()
}

pub fn undisturbed(mut snapshot: Snapshot) -> Snapshot {
    snapshot.answering = Arc::new(AnsweringView {
        do_not_disturb: true,
        text: Some("Do not disturb: callers hear that you are busy.".into()),
        ..AnsweringView::default()
    });
    snapshot
}

pub fn forwarding(mut snapshot: Snapshot) -> Snapshot {
    snapshot.answering = Arc::new(AnsweringView {
        forward_always: Some("+49 30 901820".into()),
        text: Some("All calls are forwarded to +49 30 901820.".into()),
        ..AnsweringView::default()
    });
    snapshot
}

fn by_status(mut snapshot: Snapshot) -> Snapshot {
    snapshot.presence.show = Show::Dnd;
    snapshot.answering = Arc::new(AnsweringView {
        do_not_disturb: true,
        by_presence: true,
        text: Some("Do not disturb: callers hear that you are busy, because your status says so.".into()),
        ..AnsweringView::default()
    });
    snapshot
}

pub fn menu(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Answering(Answering::Menu));
    app
}

#[test]
fn complaint_51_do_not_disturb_is_seen_on_every_page_and_switched_by_one_key() {
    let mut app = with_bob(undisturbed(snapshot()));
    for place in [Place::Chat, Place::Calls, Place::Settings, Place::Connections] {
        app.update(Event::Go(place));
        assert!(shows(&app, "Silent"), "{place:?}");
    }
    app.update(Event::Go(Place::Calls));
    assert!(shows(&app, "Do not disturb: callers hear that you are busy."));
    let off = changes(&click_named(&mut app, "answering-off"));
    assert_eq!(off, [("calls.do-not-disturb".to_owned(), Some(Given::Flag(false)))]);
    let chord = Event::Key(Key::Character("B".into()), Modifiers::CTRL | Modifiers::SHIFT, true);
    assert_eq!(changes(&asked(app.update(chord.clone()))), off);
    app.update(Event::Snapshot(Arc::new(snapshot())));
    assert!(!shows(&app, "Silent"));
    let on = changes(&asked(app.update(chord)));
    assert_eq!(on, [("calls.do-not-disturb".to_owned(), Some(Given::Flag(true)))]);
}

#[test]
fn calls_are_forwarded_and_no_longer_forwarded_from_the_rail() {
    let mut app = with_bob(snapshot());
    assert!(click_named(&mut app, "rail-status").is_empty());
    app.update(Event::Answering(Answering::Typed("030 901820".to_owned())));
    let on = changes(&click_named(&mut app, "forward-on"));
    assert_eq!(on, [("calls.forward-always".to_owned(), Some(Given::Text("030 901820".into())))]);
    app.update(Event::Snapshot(Arc::new(forwarding(snapshot()))));
    assert!(shows(&app, "All calls are forwarded to +49 30 901820."));
    let off = changes(&click_named(&mut app, "forward-off"));
    assert_eq!(off, [("calls.forward-always".to_owned(), None)]);
    // Where they went is still in the field, for the next time.
    app.update(Event::Snapshot(Arc::new(snapshot())));
    let again = changes(&click_named(&mut app, "forward-on"));
    assert_eq!(again, [("calls.forward-always".to_owned(), Some(Given::Text("+49 30 901820".into())))]);
}

#[test]
fn what_follows_from_the_status_is_said_and_not_switched_behind_its_back() {
    let mut app = with_bob(by_status(snapshot()));
    let chord = Event::Key(Key::Character("B".into()), Modifiers::CTRL | Modifiers::SHIFT, true);
    assert!(changes(&asked(app.update(chord))).is_empty());
    assert!(shows(&app, "Your status says so: choose another one above."));
    assert!(matches!(click(&mut app, "Available").as_slice(), [Request::Presence { show: Show::Available, .. }]));
}

/// The settings of a file, and who set them.
fn settings_page(file: &str) -> App {
    let mut snapshot = snapshot();
    snapshot.settings = super::settings::of(file);
    let mut app = app(snapshot);
    app.update(Event::Go(Place::Settings));
    app
}

const ACCOUNTS: &str = "[[chat]]\naddress = \"alice@example.com\"\npassword-keyring = true\n[[voice]]\n\
                        address = \"sip:alice@example.com\"\npassword-keyring = true\n";

fn click_in_page(app: &mut App, words: &str) -> Vec<Request> {
    let mut window = simulator(app, 1100.0, 4200.0);
    window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
    let events: Vec<Event> = window.into_messages().collect();
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

#[test]
fn the_settings_of_answering_voicemail_digits_and_recordings_are_changed_by_a_click() {
    let mut app = settings_page(ACCOUNTS);
    for (words, key, value) in [
        ("Hear that you cannot be reached", "calls.do-not-disturb-answer", Given::Text("unavailable".into())),
        ("15 s", "calls.forward-after", Given::Number(15)),
        ("WAV, 690 MB an hour", "recording.format", Given::Text("wav".into())),
        ("In every call", "media.ice", Given::Text("always".into())),
        ("A relay's only", "media.tell-addresses", Given::Text("relay-only".into())),
        ("By INFO", "voice[voice].dtmf", Given::Text("info".into())),
        ("When the service says so", "voice[voice].voicemail-notice", Given::Text("unsolicited".into())),
    ] {
        assert_eq!(changes(&click_in_page(&mut app, words)), [(key.to_owned(), Some(value))], "{words}");
    }
}

#[test]
fn whether_relays_of_the_chat_server_are_used_is_switched_in_the_settings() {
    let row = "Relays that your chat server names";
    let mut app = settings_page(ACCOUNTS);
    // "Off" in the row of that name.
    let at = |app: &App, words: &str| simulator(app, 1100.0, 4200.0).find(words).map(|found| found.bounds().center());
    let name = at(&app, row).expect("the row");
    let mut asked_for = Vec::new();
    for x in 0..40 {
        let mut window = simulator(&app, 1100.0, 4200.0);
        window.point_at(iced::Point::new(name.x + 20.0 * x as f32, name.y));
        let _ = window.simulate(iced_test::simulator::click());
        let events: Vec<Event> = window.into_messages().collect();
        asked_for.extend(events.into_iter().flat_map(|event| changes(&asked(app.update(event)))));
    }
    let set = |on| ("media.servers-from-chat".to_owned(), Some(Given::Flag(on)));
    assert!(asked_for.contains(&set(false)) && asked_for.contains(&set(true)), "{asked_for:?}");
    assert!(asked_for.iter().all(|one| one.0 == "media.servers-from-chat"), "{asked_for:?}");
}

#[test]
fn a_list_is_typed_with_commas_and_an_empty_field_takes_it_back() {
    let mut app = settings_page(ACCOUNTS);
    use tandem::gui::SettingMessage::{Submit, Typed};
    let key: Arc<str> = "calls.auto-answer".into();
    app.update(Event::Setting(Typed(key.clone(), "1001, bob@example.com ,".to_owned())));
    let saved = changes(&asked(app.update(Event::Setting(Submit(key.clone(), true)))));
    let both = Given::Texts(vec!["1001".into(), "bob@example.com".into()]);
    assert_eq!(saved, [("calls.auto-answer".to_owned(), Some(both))]);
    app.update(Event::Setting(Typed(key.clone(), String::new())));
    let saved = changes(&asked(app.update(Event::Setting(Submit(key, true)))));
    assert_eq!(saved, [("calls.auto-answer".to_owned(), None)]);
}

#[test]
fn a_phone_is_watched_by_its_number_in_the_settings() {
    use tandem::account::EventsRequest::WatchLamp;
    use tandem::gui::telephone::Message::{AddLamp, LampTyped};
    let mut app = settings_page(ACCOUNTS);
    app.update(Event::Telephone(LampTyped(" 1001 ".to_owned())));
    let added = asked(app.update(Event::Telephone(AddLamp)));
    assert!(matches!(&added[..], [Request::Events(WatchLamp { to, on: true, .. })] if &**to == "1001"), "{added:?}");
    assert!(asked(app.update(Event::Telephone(AddLamp))).is_empty(), "the field is empty again");
}

#[test]
fn c15_a_switch_that_the_administrator_keeps_is_grey_in_the_rail_too() {
    let document =
        r#"{ "version": 1, "title": "Example Ltd", "calls": { "do-not-disturb": true }, "locked": ["calls.*"] }"#;
    let document = tandem::provisioning::read(document, "example.json").unwrap();
    let layer = document.layer();
    let settings = tandem::config::effective(ACCOUNTS, "config.toml", layer.as_ref(), &Default::default()).unwrap();
    let mut snapshot = undisturbed(snapshot());
    snapshot.settings =
        Arc::new(tandem::account::Settings { all: settings.settings, overruled: Arc::from([]), administrator: None });
    let mut app = menu(snapshot);
    assert!(shows(&app, "Set by your administrator (Example Ltd)."));
    let messages: Vec<Event> = {
        let mut window = simulator(&app, 1100.0, 900.0);
        let _ = window.click(iced::widget::Id::new("dnd-switch"));
        window.into_messages().collect()
    };
    assert!(messages.is_empty(), "{messages:?}");
    app.update(Event::Lay(Some(Overlay::Answering)));
}
