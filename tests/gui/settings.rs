//! The settings: who set each value, and what the user may change.

use std::sync::Arc;

use tandem::account::{Administrator, NumbersRequest, Reply, Request, Settings, Snapshot, Step};
use tandem::config::{Effective, Given, Network, effective};
use tandem::gui::topics::{Message as Topics, Topic};
use tandem::gui::{App, Message as Event, Place, Purpose};
use tandem::provisioning::read;

use super::world::*;

const DOCUMENT: &str = r#"{
  "version": 1,
  "title": "Example Ltd",
  "chat": [{ "address": "{address}" }],
  "voice": [{ "address": "sip:{address}" }],
  "calls": { "region": "DE", "ring-timeout": 60 },
  "audio": { "echo-cancellation": true },
  "locked": ["calls.region", "audio.echo-cancellation"]
}"#;

/// The snapshot's settings as this document and this file make them.
pub fn provisioned(snapshot: Snapshot) -> Snapshot {
    let file = "[provisioning]\naddress = \"alice@example.org\"\n[calls]\nregion = \"SE\"\n\
                send-chat-address = \"never\"\n[appearance]\ntheme = \"dark\"\n";
    let document = read(DOCUMENT, "example.json").unwrap();
    let Effective { settings, overruled, .. } =
        effective(file, "config.toml", document.layer().as_ref(), &Network::default()).unwrap();
    let administrator =
        Some(Administrator { title: "Example Ltd".into(), serial: 0, withdrawn: false, mark: "".into() });
    Snapshot { settings: Arc::new(Settings { all: settings, overruled: overruled.into(), administrator }), ..snapshot }
}

/// The settings of a file without a document.
pub fn of(file: &str) -> Arc<Settings> {
    let Effective { settings, overruled, .. } = effective(file, "config.toml", None, &Network::default()).unwrap();
    Arc::new(Settings { all: settings, overruled: overruled.into(), administrator: None })
}

pub fn page(snapshot: Snapshot) -> App {
    let mut app = app(provisioned(snapshot));
    app.update(Event::Go(Place::Settings));
    app
}

fn changes(requests: &[Request]) -> Vec<(String, Option<Given>)> {
    let change = |request: &Request| match request {
        Request::ChangeSetting { key, value } => Some((key.to_string(), value.clone())),
        _ => None,
    };
    requests.iter().filter_map(change).collect()
}

/// A click in a window that shows the whole page.
fn click(app: &mut App, words: &str) -> Vec<Request> {
    let mut window = simulator(app, 1100.0, 1800.0);
    window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
    let events: Vec<Event> = window.into_messages().collect();
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

#[test]
fn a_setting_is_changed_by_a_click() {
    let mut app = page(snapshot());
    let requests = click(&mut app, "5 min");
    assert_eq!(changes(&requests), [("calls.ring-timeout".to_owned(), Some(Given::Number(300)))]);
    let requests = click(&mut app, "Everybody");
    assert_eq!(changes(&requests), [("calls.send-chat-address".to_owned(), Some(Given::Text("always".into())))]);
    let requests = click(&mut app, "Reset");
    assert_eq!(changes(&requests), [("calls.send-chat-address".to_owned(), None)]);
}

#[test]
fn c15_a_locked_setting_is_grey_and_says_who_set_it() {
    let app = page(snapshot());
    let mut window = simulator(&app, 1100.0, 1600.0);
    for words in [
        "Set by your administrator (Example Ltd).",
        "Suggested by your administrator (Example Ltd).",
        "Set by you.",
        "config.toml:4: calls.region does not count: it is set by your administrator (Example Ltd)",
    ] {
        assert!(window.find(words).is_ok(), "{words}");
    }
    // The first "Off" belongs to the switch that the administrator keeps.
    window.click("Off").unwrap();
    let messages: Vec<Event> = window.into_messages().collect();
    assert!(!messages.iter().any(|message| matches!(message, Event::Do(_))), "{messages:?}");
}

/// The settings with one topic shown.
pub fn topic(snapshot: Snapshot, topic: Topic) -> App {
    let mut app = page(snapshot);
    app.update(Event::Topics(Topics::Show(topic)));
    app
}

#[test]
fn a_topic_is_chosen_with_a_click_and_shows_its_settings_alone() {
    let mut app = page(snapshot());
    click(&mut app, "Numbers");
    let has = |app: &App, words: &str| simulator(app, 1100.0, 1800.0).find(words).is_ok();
    assert!(has(&app, "Area of numbers without a prefix") && !has(&app, "An unanswered call ends after"));
    click(&mut app, "Accounts");
    assert!(
        has(&app, "alice@example.com") && has(&app, "Other password") && !has(&app, "Area of numbers without a prefix")
    );
    click(&mut app, "Everything");
    assert!(has(&app, "An unanswered call ends after"));
    // Each topic has something on it, at every width, and none of it belongs to two.
    for topic in Topic::ALL {
        for width in [360.0, 1100.0] {
            let app = sized(self::topic(snapshot(), topic), width, 1800.0);
            assert!(simulator(&app, width, 1800.0).find(topic.name()).is_ok(), "{topic:?}");
        }
    }
}

#[test]
fn c15_every_setting_tells_its_value_and_where_that_comes_from() {
    let mut app = topic(snapshot(), Topic::Advanced);
    let has = |app: &App, words: &str| simulator(app, 1100.0, 6000.0).find(words).is_ok();
    for (key, value, origin) in [
        ("calls.region", "DE", "Set by your administrator (Example Ltd)"),
        ("calls.ring-timeout", "60", "Suggested by your administrator (Example Ltd)"),
        ("calls.send-chat-address", "never", "Your file"),
        ("calls.push-to-talk", "false", "Default"),
    ] {
        app.update(Event::Topics(Topics::Filter(key.to_uppercase())));
        assert!(has(&app, key) && has(&app, value) && has(&app, origin), "{key}");
        assert!(!has(&app, "numbers.area-code"));
    }
    app.update(Event::Topics(Topics::Filter("send-chat-address".to_owned())));
    let requests = click(&mut app, "Reset");
    assert_eq!(changes(&requests), [("calls.send-chat-address".to_owned(), None)]);
    app.update(Event::Topics(Topics::Filter("no such thing".to_owned())));
    assert!(has(&app, "No setting has this in its name or value."));
}

#[test]
fn a_number_is_tried_out_step_by_step() {
    let mut app = topic(snapshot(), Topic::Numbers);
    assert!(click(&mut app, "Show what is dialled").is_empty(), "nothing is typed");
    app.update(Event::Topics(Topics::Number(" 030 901820 ".to_owned())));
    let requests = click(&mut app, "Show what is dialled");
    assert!(
        matches!(&requests[..], [Request::Numbers(NumbersRequest::ExplainNumber(number))] if &**number == "030 901820"),
        "{requests:?}"
    );
    let step =
        Step { name: "dialled", value: "+4930901820".to_owned(), why: "Numbers go out as international.".to_owned() };
    app.update(Event::Answered(Purpose::Explained, Ok(Reply::Explained(vec![step]))));
    let has = |app: &App, words: &str| simulator(app, 1100.0, 1800.0).find(words).is_ok();
    assert!(has(&app, "+4930901820") && has(&app, "Numbers go out as international."));
    app.update(Event::Topics(Topics::Number("110".to_owned())));
    assert!(!has(&app, "Numbers go out as international."), "that was another number");
}
