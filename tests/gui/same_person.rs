//! One person with several addresses in the window: one row, where messages go, joining and parting.

use std::sync::Arc;

use tandem::account::{ContactRequest, Reply, Request, Snapshot};
use tandem::gui::contacts::{Field, Message as Contacts, Sheet};
use tandem::gui::{App, Message as Event, Purpose};
use tandem::model::{Delivery, Show};

use super::pictures::draw;
use super::world::*;

fn joined(mut snapshot: Snapshot) -> Snapshot {
    let mut home = person("Bobby", "bob@home.example", "Friends", Show::Chat, None);
    home.card_known = true;
    let mut contacts = snapshot.contacts.to_vec();
    contacts.push(Arc::new(home));
    snapshot.contacts = contacts.into();
    snapshot.same_persons = Arc::from([Arc::from([jid("bob@example.com"), jid("bob@home.example")])]);
    snapshot
}

fn with_both(snapshot: Snapshot) -> App {
    let mut app = sized(app(joined(snapshot)), 1280.0, 1300.0);
    let bob = jid("bob@example.com");
    // Whichever address is opened: it is the same person.
    app.update(Event::Open(jid("bob@home.example")));
    let mut page = talk_with_bob();
    page.push(said("bob@home.example", 90, false, "2026-11-22T15:03:00Z", "I am at home now", Delivery::Received));
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(page))));
    app
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1280.0, 1300.0).find(words).is_ok()
}

fn to(asked: &[Request]) -> Vec<String> {
    let to = |request: &Request| match request {
        Request::Send { to, .. } => Some(to.to_string()),
        _ => None,
    };
    asked.iter().filter_map(to).collect()
}

fn write(app: &mut App, words: &str) -> Vec<Request> {
    let paste = iced::widget::text_editor::Edit::Paste(Arc::new(words.to_owned()));
    drop(app.update(Event::Edit(iced::widget::text_editor::Action::Edit(paste))));
    asked(app.update(Event::SendDraft))
}

#[test]
fn a_person_with_two_addresses_is_one_row_and_one_timeline_and_answers_go_where_they_wrote_from() {
    let mut app = with_both(snapshot());
    assert!(shows(&app, "I am at home now") && !shows(&app, "Bobby"), "one row");
    assert!(shows(&app, "Write to"));
    assert_eq!(to(&write(&mut app, "Good")), ["bob@home.example"], "the last message came from there");
    app.update(Event::Contact(Contacts::WriteTo(jid("bob@example.com"))));
    assert_eq!(to(&write(&mut app, "Good")), ["bob@example.com"], "where the user wants it");
    app.update(Event::Query("bobby".into()));
    assert!(shows(&app, "Bob Fischer"), "found by either name");
}

#[test]
fn addresses_are_joined_by_choosing_and_parted_with_a_button() {
    let mut app = with_both(snapshot());
    app.update(Event::ToggleDetails);
    assert!(shows(&app, "The same person as …"));
    let parted = |app: &mut App| {
        let mut window = simulator(app, 1280.0, 1300.0);
        window.click("Another person").unwrap();
        let messages: Vec<Event> = window.into_messages().collect();
        messages.into_iter().flat_map(|message| asked(app.update(message))).collect::<Vec<_>>()
    };
    let asked_for = parted(&mut app);
    assert!(matches!(asked_for.as_slice(), [Request::Contact(ContactRequest::AnotherPerson(_))]), "{asked_for:?}");
    app.update(Event::Contact(Contacts::Show(Sheet::Same(jid("bob@example.com")))));
    assert!(shows(&app, "Who else is this?") && !shows(&app, "grace@example.org"), "nobody is offered by a name alone");
    app.update(Event::Contact(Contacts::Typed(Field::Name, "grace".into())));
    assert!(shows(&app, "grace@example.org"));
    let same = Contacts::Same(jid("bob@example.com"), jid("grace@example.org"));
    let asked_for = asked(app.update(Event::Contact(same)));
    assert!(matches!(asked_for.as_slice(), [Request::Contact(ContactRequest::SamePerson(..))]), "{asked_for:?}");
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_one_person() {
    let details = |snapshot: Snapshot| {
        let mut app = sized(with_both(snapshot), 1280.0, 900.0);
        app.update(Event::ToggleDetails);
        app
    };
    let joining = |snapshot: Snapshot| {
        let mut app = sized(with_both(snapshot), 1280.0, 900.0);
        app.update(Event::Contact(Contacts::Show(Sheet::Same(jid("bob@example.com")))));
        app.update(Event::Contact(Contacts::Typed(Field::Name, "a".into())));
        app
    };
    for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
        draw(&format!("same-{theme}"), &details(themed(snapshot())), 1280.0, 900.0);
        draw(&format!("same-joining-{theme}"), &joining(themed(snapshot())), 1280.0, 900.0);
    }
    draw("same-narrow", &sized(with_both(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
    draw("same-double", &sized(joining(dark(snapshot())), 550.0, 400.0), 550.0, 400.0);
}
