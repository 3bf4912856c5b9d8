//! Starting with the session, chosen on the page of settings.

use tandem::account::Snapshot;
use tandem::gui::login::Message as Login;
use tandem::gui::topics::{Message as Topics, Topic};
use tandem::gui::{App, Effect, Message as Event, Place};
use tandem::platform::AtLogin;

use super::world::*;

/// The settings where starting with the session can be chosen, and what the desktop is told.
pub fn page(snapshot: Snapshot) -> App {
    let mut app = app(Snapshot { settings: super::settings::of(FILE), ..snapshot });
    app.update(Event::Go(Place::Settings));
    app.update(Event::Login(Login::Known(Some(AtLogin::Minimized))));
    app.update(Event::Topics(Topics::Show(Topic::Window)));
    sized(app, 1100.0, 4400.0)
}

const FILE: &str =
    "[[chat]]\naddress = \"a@example.com\"\npassword-keyring = true\n[notifications]\nshow-text = false\n";

#[test]
fn starting_with_the_session_is_chosen_with_a_click_where_it_can_be() {
    let mut app = page(snapshot());
    let messages = {
        let mut window = simulator(&app, 1100.0, 4400.0);
        window.click("Open Tandem").unwrap();
        window.into_messages().collect::<Vec<_>>()
    };
    let effects: Vec<Effect> = messages.into_iter().flat_map(|message| app.update(message)).collect();
    let chosen = effects.iter().any(|effect| matches!(effect, Effect::StartAtLogin(AtLogin::Window)));
    assert!(chosen, "{effects:?}");
    // Another profile than the usual one is not started so: the choice is not there.
    let mut app = super::settings::page(snapshot());
    app.update(Event::Login(Login::Known(None)));
    assert!(simulator(&app, 1100.0, 4400.0).find("Open Tandem").is_err());
}
