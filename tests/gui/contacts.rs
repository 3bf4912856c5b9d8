//! The list of people is changed in the window: by clicks, and by keys alone.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers};
use tandem::account::{BlockedView, ContactRequest, Refusal, RefusalKind, Reply, Request, Snapshot};
use tandem::gui::contacts::{Field, Message as Contacts, Purpose as ContactPurpose, Sheet};
use tandem::gui::{App, Effect, Message as Event, Place, Purpose};
use tandem::model::{ReportReason, Show, Subscription};

use super::pictures::draw;
use super::world::*;

const BOB: &str = "bob@example.com";

fn typed(app: &mut App, field: Field, text: &str) {
    app.update(Event::Contact(Contacts::Typed(field, text.into())));
}

fn wanted(asked: &[Request]) -> Vec<ContactRequest> {
    let one = |request: &Request| match request {
        Request::Contact(request) => Some(request.clone()),
        _ => None,
    };
    asked.iter().filter_map(one).collect()
}

fn blocking(mut snapshot: Snapshot, people: &[&str], reports: bool) -> Snapshot {
    let people = people.iter().map(|one| jid(one)).collect();
    snapshot.blocked = Arc::new(BlockedView { people, available: true, reports });
    snapshot
}

/// Frank has been asked, and has not answered.
fn waiting(mut snapshot: Snapshot) -> Snapshot {
    let mut frank = person("Frank Moser", "frank@example.com", "Team", Show::Offline, None);
    frank.asked = true;
    frank.subscription = Subscription::None;
    let mut contacts = snapshot.contacts.to_vec();
    contacts.insert(0, Arc::new(frank));
    snapshot.contacts = contacts.into();
    snapshot
}

fn details(snapshot: Snapshot, who: &str) -> App {
    let mut app = sized(app(snapshot), 1280.0, 1300.0);
    app.update(Event::Open(jid(who)));
    app.update(Event::ToggleDetails);
    app
}

fn click_in_details(app: &mut App, words: &'static str) -> Vec<Request> {
    let mut window = simulator(app, 1280.0, 1300.0);
    window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
    let messages: Vec<Event> = window.into_messages().collect();
    messages.into_iter().flat_map(|message| asked(app.update(message))).collect()
}

fn adding(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Contact(Contacts::Show(Sheet::Add)));
    typed(&mut app, Field::Address, "frank@example.com");
    typed(&mut app, Field::Groups, "Team");
    app
}

fn refused(snapshot: Snapshot) -> App {
    let mut app = adding(snapshot);
    app.update(Event::Contact(Contacts::Done));
    let refusal = Refusal::new(
        RefusalKind::Invalid,
        "This person was not added: your server does not accept this address, name or group.",
    );
    app.update(Event::Answered(Purpose::Contact(ContactPurpose::Sheet(None)), Err(refusal)));
    app
}

#[test]
fn a_contact_is_added_by_clicks_and_opened_when_the_server_has_taken_it() {
    let mut app = app(snapshot());
    click_named(&mut app, "Add a contact (Ctrl+N)");
    typed(&mut app, Field::Address, "frank");
    assert!(wanted(&click(&mut app, "Add")).is_empty(), "no address");
    assert!(
        simulator(&app, 1100.0, 720.0)
            .find("A chat address looks like frank@example.com; a link begins with xmpp:.")
            .is_ok()
    );
    typed(&mut app, Field::Address, "xmpp:frank@example.com?roster;name=Frank%20Moser;group=Team");
    let requests = wanted(&click(&mut app, "Add"));
    match requests.as_slice() {
        [ContactRequest::Add(add)] => {
            assert_eq!((add.jid.as_str(), add.name.as_deref()), ("frank@example.com", Some("Frank Moser")));
            assert_eq!((add.groups.as_slice(), add.approve), ([Arc::from("Team")].as_slice(), true));
        }
        other => panic!("{other:?}"),
    }
    assert!(wanted(&asked(app.update(Event::Contact(Contacts::Done)))).is_empty(), "not twice");
    let purpose = Purpose::Contact(ContactPurpose::Sheet(Some(jid("frank@example.com"))));
    let opened = asked(app.update(Event::Answered(purpose, Ok(Reply::Done))));
    assert!(opened.iter().any(|request| matches!(request, Request::Messages { .. })), "the conversation is open");
    assert!(simulator(&app, 1100.0, 720.0).find("Groups, separated by commas").is_err(), "the sheet is closed");
}

#[test]
fn a_contact_is_added_by_keys_alone_and_a_refusal_keeps_what_was_typed() {
    let mut app = app(snapshot());
    app.update(Event::Key(Key::Character("n".into()), Modifiers::CTRL, false));
    typed(&mut app, Field::Address, "frank@example.com");
    let mut window = simulator(&app, 1100.0, 720.0);
    window.click("frank@example.com").unwrap();
    let _ = window.tap_key(iced::keyboard::key::Named::Enter);
    let messages: Vec<Event> = window.into_messages().collect();
    let requests: Vec<Request> = messages.into_iter().flat_map(|message| asked(app.update(message))).collect();
    assert!(matches!(wanted(&requests).as_slice(), [ContactRequest::Add(_)]), "Enter in the field");
    let app = refused(snapshot());
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find("frank@example.com").is_ok());
    let said = "This person was not added: your server does not accept this address, name or group.";
    assert!(window.find(said).is_ok());
}

#[test]
fn somebody_who_has_not_answered_says_so_in_the_list_and_can_be_asked_again() {
    let mut app = details(waiting(snapshot()), "frank@example.com");
    assert!(simulator(&app, 1280.0, 1300.0).find("Has not answered yet").is_ok());
    let again = wanted(&click_in_details(&mut app, "Ask again"));
    assert_eq!(again, [ContactRequest::Ask(jid("frank@example.com"))]);
    let back = wanted(&click_in_details(&mut app, "Take the question back"));
    assert_eq!(back, [ContactRequest::Withdraw(jid("frank@example.com"))]);
}

#[test]
fn names_and_groups_are_changed_in_the_details_and_only_what_changed_is_sent() {
    let mut app = details(snapshot(), BOB);
    click_in_details(&mut app, "Name and groups");
    assert!(wanted(&asked(app.update(Event::Contact(Contacts::Done)))).is_empty(), "nothing was changed");
    app.update(Event::Contact(Contacts::Show(Sheet::Edit(jid(BOB)))));
    typed(&mut app, Field::Groups, "Team, Friends");
    let groups = wanted(&asked(app.update(Event::Contact(Contacts::Done))));
    assert_eq!(groups, [ContactRequest::Groups(jid(BOB), vec!["Team".into(), "Friends".into()])]);
    app.update(Event::Answered(Purpose::Contact(ContactPurpose::Sheet(None)), Ok(Reply::Done)));
    app.update(Event::Contact(Contacts::Show(Sheet::Edit(jid(BOB)))));
    typed(&mut app, Field::Name, "Bobby");
    assert_eq!(
        wanted(&asked(app.update(Event::Contact(Contacts::Done)))),
        [ContactRequest::Rename(jid(BOB), "Bobby".into())]
    );
}

#[test]
fn removing_and_blocking_ask_first() {
    let mut app = details(blocking(snapshot(), &[], true), BOB);
    assert!(wanted(&click_in_details(&mut app, "Remove from the list")).is_empty());
    assert_eq!(wanted(&click_in_details(&mut app, "Remove")), [ContactRequest::Remove(jid(BOB))]);
    app.update(Event::Answered(Purpose::Contact(ContactPurpose::Sheet(None)), Ok(Reply::Done)));
    app.update(Event::Contact(Contacts::Show(Sheet::Block(jid(BOB)))));
    click_in_details(&mut app, "Unwanted advertising");
    typed(&mut app, Field::Report, "buys pills");
    match wanted(&click_in_details(&mut app, "Block and report")).as_slice() {
        [ContactRequest::Block(who, Some(report))] => {
            assert_eq!((who, report.reason), (&jid(BOB), ReportReason::Spam));
            assert_eq!(report.text.as_deref(), Some("buys pills"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_blocked_person_is_unblocked_in_the_details_and_in_the_settings() {
    let blocked = blocking(snapshot(), &[BOB, "evil.example"], false);
    let mut app = details(blocked.clone(), BOB);
    assert_eq!(wanted(&click_in_details(&mut app, "Unblock")), [ContactRequest::Unblock(jid(BOB))]);
    let mut app = sized(super::world::app(blocked), 1280.0, 1300.0);
    app.update(Event::Go(Place::Settings));
    let mut window = simulator(&app, 1280.0, 6000.0);
    assert!(window.find("Everybody of evil.example").is_ok());
    // A server that cannot block offers nothing that would be refused.
    let mut app = details(snapshot(), BOB);
    assert!(wanted(&click_in_details(&mut app, "Block")).is_empty());
    assert!(simulator(&app, 1280.0, 1300.0).find("Block this person?").is_err());
}

/// A link was made by the server.
fn inviting(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Contact(Contacts::Show(Sheet::Invite)));
    let link = tandem::account::InviteLink {
        uri: "xmpp:alice@example.com?roster;preauth=1tMFqYDdKhfe2pwp".into(),
        page: Some("https://example.com/invite/#1tMFqYDdKhfe2pwp".into()),
        until: Some(wall("2026-11-29T14:00:00Z")),
    };
    let purpose = tandem::gui::contacts::Purpose::Invite;
    app.update(Event::Answered(Purpose::Contact(purpose), Ok(Reply::Invite(Box::new(link)))));
    app
}

/// Bob is away, and his server says since when.
fn away(mut snapshot: Snapshot) -> Snapshot {
    let mut contacts = snapshot.contacts.to_vec();
    for contact in contacts.iter_mut().filter(|contact| contact.jid == jid(BOB)) {
        let contact = Arc::make_mut(contact);
        contact.presence = tandem::model::Presence { show: tandem::model::Show::Offline, status: None };
        contact.last_active = Some(wall("2026-11-22T11:20:00Z"));
    }
    snapshot.contacts = contacts.into();
    snapshot
}

#[test]
fn a_link_for_somebody_is_asked_for_once_and_shown_with_how_long_it_holds() {
    let mut app = with_bob(snapshot());
    let asked = app.update(Event::Contact(Contacts::Show(Sheet::Invite)));
    let invite = |effect: &&Effect| matches!(effect, Effect::Ask(Request::Contact(ContactRequest::Invite(None)), _));
    assert_eq!(asked.iter().filter(invite).count(), 1);
    assert!(simulator(&app, 1100.0, 720.0).find("Your server is making a link …").is_ok());
    let app = inviting(snapshot());
    for words in
        ["xmpp:alice@example.com?roster;preauth=1tMFqYDdKhfe2pwp", "https://example.com/invite/#1tMFqYDdKhfe2pwp"]
    {
        assert!(simulator(&app, 1100.0, 720.0).find(words).is_ok(), "{words}");
    }
    let app = details(away(snapshot()), BOB);
    assert!(simulator(&app, 1280.0, 1300.0).find("Offline · last there 11:20").is_ok());
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_contacts() {
    type Build = fn(Snapshot) -> App;
    let scenes: [(&str, f32, f32, Build); 8] = [
        ("contact-add", 1100.0, 720.0, adding),
        ("contact-invite", 1100.0, 720.0, inviting),
        ("contact-away", 1280.0, 900.0, |s| details(away(s), BOB)),
        ("contact-refused", 1100.0, 720.0, refused),
        ("contact-waiting", 1280.0, 900.0, |s| details(waiting(s), "frank@example.com")),
        ("contact-block", 1100.0, 720.0, |s| {
            let mut app = with_bob(blocking(s, &[], true));
            app.update(Event::Contact(Contacts::Show(Sheet::Block(jid(BOB)))));
            app.update(Event::Contact(Contacts::Reason(Some(ReportReason::Spam))));
            app
        }),
        ("contact-blocked", 1280.0, 1200.0, |s| details(blocking(s, &[BOB], false), BOB)),
        ("contact-edit", 1100.0, 720.0, |s| {
            let mut app = with_bob(s);
            app.update(Event::Contact(Contacts::Show(Sheet::Edit(jid(BOB)))));
            app
        }),
    ];
    for (name, width, height, build) in scenes {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &sized(build(themed(snapshot())), width, height), width, height);
        }
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 640.0), 400.0, 640.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("{name}-200"), &sized(build(large), 700.0, 500.0), 700.0, 500.0);
    }
}
