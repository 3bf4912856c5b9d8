//! The settings: who set each value, and what the user may change.

use std::sync::Arc;

use tandem::account::{Administrator, Request, Settings, Snapshot};
use tandem::config::{Effective, Given, Network, effective};
use tandem::gui::{App, Message as Event, Place};
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
