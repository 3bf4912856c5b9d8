//! Accounts that are added, changed and taken out, and what other programs have: by mouse and by keys.

use std::sync::Arc;

use iced::keyboard::{Key, key::Named};
use tandem::account::{
    AccountsRequest, OtherAccountView, OtherProgram, OtherView, OthersReply, Refusal, RefusalKind, Reply, Request,
    SetUpState, Snapshot,
};
use tandem::config::Given;
use tandem::gui::accounts::{Field, Message as Accounts};
use tandem::gui::others::{Message as Others, Purpose as Asked};
use tandem::gui::topics::{Message as Topics, Topic};
use tandem::gui::{App, Message as Event, Overlay, Place, Purpose};
use tandem::model::{AccountId, ImportReport, Service};

use super::pictures::draw;
use super::world::*;

const FILE: &str = "[[chat]]\naddress = \"alice@example.com\"\npassword-keyring = true\n[[voice]]\n\
    address = \"sip:alice@example.com\"\npassword-keyring = true\n";

fn page(mut snapshot: Snapshot) -> App {
    snapshot.settings = super::settings::of(FILE);
    let mut app = app(snapshot);
    app.update(Event::Go(Place::Settings));
    app.update(Event::Topics(Topics::Show(Topic::Accounts)));
    app
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 1400.0).find(words).is_ok()
}

/// A click in a window that shows the whole page.
fn click_high(app: &mut App, words: &str) -> Vec<Request> {
    let mut window = simulator(app, 1100.0, 1400.0);
    window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
    let events: Vec<Event> = window.into_messages().collect();
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

fn typed(app: &mut App, field: Field, text: &str) {
    app.update(Event::OwnAccounts(Accounts::Typed(field, text.to_owned())));
}

pub fn adding(snapshot: Snapshot) -> App {
    let mut app = page(snapshot);
    app.update(Event::OwnAccounts(Accounts::Add));
    app.update(Event::OwnAccounts(Accounts::Of(Service::Voice)));
    typed(&mut app, Field::Address, "1001@pbx.example.com");
    typed(&mut app, Field::Password, "secret");
    app
}

#[test]
fn an_account_is_added_in_the_settings() {
    let mut app = page(snapshot());
    assert!(click_high(&mut app, "Add account").is_empty());
    assert!(shows(&app, "Add an account"));
    assert!(click_named(&mut app, "account-done").is_empty(), "not without an address");
    typed(&mut app, Field::Address, " carol@example.org ");
    typed(&mut app, Field::Password, "secret");
    let asked = click_named(&mut app, "account-done");
    let [Request::Accounts(AccountsRequest::Add(new))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((new.service, &*new.address, new.password.expose()), (Service::Chat, "carol@example.org", "secret"));
    assert!(new.keyring && new.server.is_empty() && new.login.is_empty());
    assert!(app.update(Event::OwnAccounts(Accounts::Done)).is_empty(), "not twice");
    let why = "There is an account with this address already.";
    app.update(Event::Answered(Purpose::Account, Err(Refusal::new(RefusalKind::NotAllowed, why))));
    assert!(shows(&app, why), "said where it can be changed");
    typed(&mut app, Field::Address, "dora@example.org");
    assert!(!shows(&app, why));
    click_named(&mut app, "account-done");
    app.update(Event::Answered(Purpose::Account, Ok(Reply::Done)));
    assert!(!shows(&app, "Add an account"));
}

#[test]
fn an_account_is_added_by_the_keyboard_alone() {
    let mut app = page(snapshot());
    app.update(Event::OwnAccounts(Accounts::Add));
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1100.0, 900.0);
        window.click(iced::widget::Id::new(tandem::gui::name::SHEET_FIELD)).unwrap();
        window.typewrite("eve@example.org");
        window.into_messages().collect()
    };
    for event in events {
        app.update(event);
    }
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1100.0, 900.0);
        window.click(iced::widget::Id::new(tandem::gui::name::SHEET_FIELD)).unwrap();
        window.tap_key(Key::Named(Named::Enter));
        window.into_messages().collect()
    };
    let asked: Vec<Request> = events.into_iter().flat_map(|event| asked(app.update(event))).collect();
    let [Request::Accounts(AccountsRequest::Add(new))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(&*new.address, "eve@example.org");
    app.update(Event::Answered(Purpose::Account, Ok(Reply::Done)));
    app.update(Event::OwnAccounts(Accounts::Add));
    app.update(Event::Key(Key::Named(Named::Escape), Default::default(), false));
    assert!(!shows(&app, "Add an account"), "Esc closes it");
}

#[test]
fn an_account_for_calls_asks_also_for_its_name_for_signing_in() {
    let mut app = adding(snapshot());
    assert!(shows(&app, "Name for signing in"));
    typed(&mut app, Field::Login, "alice-login");
    app.update(Event::OwnAccounts(Accounts::Keyring(false)));
    let asked = click_named(&mut app, "account-done");
    let [Request::Accounts(AccountsRequest::Add(new))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((new.service, &*new.login, new.keyring), (Service::Voice, "alice-login", false));
    app.update(Event::Answered(Purpose::Account, Err(Refusal::new(RefusalKind::Invalid, "x"))));
    app.update(Event::OwnAccounts(Accounts::Of(Service::Chat)));
    let asked = click_named(&mut app, "account-done");
    let [Request::Accounts(AccountsRequest::Add(new))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(&*new.login, "", "what is not on the screen does not count");
}

#[test]
fn an_account_is_taken_out_after_a_question() {
    let mut app = page(snapshot());
    app.update(Event::OwnAccounts(Accounts::Remove(AccountId::new("voice"))));
    assert!(shows(&app, "Remove this account?"));
    let asked = click_named(&mut app, "account-done");
    let [Request::Accounts(AccountsRequest::Remove(id))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(id.as_str(), "voice");
    app.update(Event::Answered(Purpose::Account, Ok(Reply::Done)));
    assert!(!shows(&app, "Remove this account?"));
}

#[test]
fn what_an_account_connects_to_is_changed_in_its_rows() {
    let mut app = page(snapshot());
    assert!(!shows(&app, "Name that others see"));
    app.update(Event::OwnAccounts(Accounts::Change(AccountId::new("voice"))));
    assert!(shows(&app, "Name that others see") && shows(&app, "Always encrypted"));
    let asked = click_high(&mut app, "Always encrypted");
    let [Request::ChangeSetting { key, value }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((&**key, value), ("voice[voice].media-encryption", &Some(Given::Text("required".into()))));
    app.update(Event::OwnAccounts(Accounts::Change(AccountId::new("voice"))));
    assert!(!shows(&app, "Always encrypted"), "and hidden again");
}

#[test]
fn an_account_of_the_administrator_is_not_taken_out_here() {
    let app = super::settings::topic(snapshot(), Topic::Accounts);
    assert!(!shows(&app, "Remove"));
}

fn linphone() -> OtherView {
    let account = |address: &str, server: Option<&str>, known| OtherAccountView {
        service: Service::Voice,
        address: address.into(),
        server: server.map(Arc::from),
        known,
    };
    OtherView {
        program: OtherProgram::Linphone,
        mark: "m1".into(),
        accounts: vec![
            account("sip:1001@pbx.example.com", Some("sip:edge.example.com:5071"), false),
            account("sip:alice@example.com", None, true),
        ],
        people: ["Dana Levi", "Erik Ek", "Fatima Al-Sayed"].map(Arc::from).to_vec(),
        people_total: 30,
        skipped: vec![(41, "This person has no address that can be called.".into())],
        more_skipped: 0,
    }
}

pub fn choosing(snapshot: Snapshot) -> App {
    let mut app = page(snapshot);
    app.update(Event::Others(Others::Open));
    let found = vec![
        (OtherProgram::Gajim, "/home/alice/.config/gajim/settings.sqlite".into()),
        (OtherProgram::Linphone, "/home/alice/.config/linphone/linphonerc".into()),
    ];
    app.update(Event::Answered(Purpose::Others(Asked::Found), Ok(Reply::Others(OthersReply::Found(found)))));
    app
}

pub fn previewing(snapshot: Snapshot) -> App {
    let mut app = choosing(snapshot);
    app.update(Event::Others(Others::Look(Some("/home/alice/.config/linphone/linphonerc".into()))));
    let holds = Reply::Others(OthersReply::Holds(Box::new(linphone())));
    app.update(Event::Answered(Purpose::Others(Asked::Shown), Ok(holds)));
    app
}

pub fn taken(snapshot: Snapshot) -> App {
    let mut app = previewing(snapshot);
    app.update(Event::Others(Others::Take));
    let people = ImportReport { added: 28, changed: 2, unchanged: 1, ..ImportReport::default() };
    let reply = Reply::Others(OthersReply::Taken { accounts: vec![AccountId::new("voice2")], people });
    app.update(Event::Answered(Purpose::Others(Asked::Taken), Ok(reply)));
    app
}

#[test]
fn what_another_program_has_is_shown_before_it_is_taken_over() {
    let mut app = page(snapshot());
    let looked = click_high(&mut app, "From another program");
    assert!(matches!(looked[..], [Request::Accounts(AccountsRequest::FindOthers)]), "{looked:?}");
    let mut app = choosing(snapshot());
    let asked = click_high(&mut app, "Linphone");
    let [Request::Accounts(AccountsRequest::LookInto(path))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(&**path, "/home/alice/.config/linphone/linphonerc");
    let mut app = previewing(snapshot());
    for words in
        ["From Linphone", "1001@pbx.example.com", "30 people", "Dana Levi, Erik Ek, Fatima Al-Sayed and 27 more"]
    {
        assert!(shows(&app, words), "{words}");
    }
    let asked = click_named(&mut app, "others-take");
    let [Request::Accounts(AccountsRequest::TakeOver(take))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(take.mark.as_deref(), Some("m1"));
    assert_eq!(take.accounts.as_deref(), Some(&["sip:1001@pbx.example.com".into()][..]), "the other is here already");
    assert!(take.people);
    assert!(shows(
        &taken(snapshot()),
        "1 account was added. 30 people are in your address book now. 1 person was there already."
    ));
}

#[test]
fn what_is_left_out_stays_where_it_is() {
    let mut app = previewing(snapshot());
    app.update(Event::Others(Others::Account("sip:1001@pbx.example.com".into(), false)));
    app.update(Event::Others(Others::People(false)));
    assert!(click_named(&mut app, "others-take").is_empty(), "nothing is left to take over");
    app.update(Event::Others(Others::People(true)));
    let asked = click_named(&mut app, "others-take");
    let [Request::Accounts(AccountsRequest::TakeOver(take))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(take.accounts.as_deref(), Some(&[][..]));
}

#[test]
fn the_first_start_offers_what_other_programs_have() {
    let mut app = app(set_up(SetUpState::default()));
    let looked = click(&mut app, "From another program");
    assert!(matches!(looked[..], [Request::Accounts(AccountsRequest::FindOthers)]), "{looked:?}");
    app.update(Event::Answered(Purpose::Others(Asked::Found), Ok(Reply::Others(OthersReply::Found(Vec::new())))));
    assert!(shows(&app, "No files of Gajim or Linphone were found in their usual places."));
    app.update(Event::Others(Others::Path("/nowhere".into())));
    click_named(&mut app, "others-look");
    let why = "There is no file /nowhere.";
    app.update(Event::Answered(Purpose::Others(Asked::Shown), Err(Refusal::new(RefusalKind::Invalid, why))));
    assert!(shows(&app, why));
    assert_eq!(app.update(Event::Lay(None::<Overlay>)).len(), 0);
}

fn first_start(snapshot: Snapshot) -> App {
    let appearance = snapshot.appearance;
    app(Snapshot { appearance, ..set_up(SetUpState::default()) })
}

pub fn changing(snapshot: Snapshot) -> App {
    let mut app = page(snapshot);
    app.update(Event::OwnAccounts(Accounts::Change(AccountId::new("voice"))));
    app
}

pub fn removing(snapshot: Snapshot) -> App {
    let mut app = page(snapshot);
    app.update(Event::OwnAccounts(Accounts::Remove(AccountId::new("voice"))));
    app
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_own_accounts() {
    let scenes: [(&str, super::pictures::Build); 7] = [
        ("account-add", adding),
        ("account-remove", removing),
        ("account-change", changing),
        ("others-choice", choosing),
        ("others-preview", previewing),
        ("others-taken", taken),
        ("set-up-others", first_start),
    ];
    for (name, build) in scenes {
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1000.0, 760.0);
        }
        draw(&format!("{name}-small"), &sized(build(light(snapshot())), 400.0, 700.0), 400.0, 700.0);
        let mut large = light(snapshot());
        large.appearance.scale_percent = 200;
        draw(&format!("{name}-200"), &sized(build(large), 700.0, 500.0), 700.0, 500.0);
    }
}
