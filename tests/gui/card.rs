//! The own card and "I am here now" in the settings, and numbers in messages.

use std::sync::Arc;

use tandem::account::{
    CallTo, CardRequest, CardStep, CardTest, Dialling, MyCard, Refusal, RefusalKind, Reply, Request, Snapshot,
};
use tandem::gui::{App, CardMessage, Message as Event, Place, Purpose};
use tandem::model::{AccountId, CardPhone, Delivery, OwnCard, ReachAddress};

use super::world::*;

fn phone(value: &str, types: &[&str], preferred: bool) -> CardPhone {
    CardPhone { value: value.into(), types: types.iter().map(|kind| (*kind).into()).collect(), preferred }
}

pub fn own() -> MyCard {
    MyCard {
        account: AccountId::new("chat"),
        address: jid("alice@example.com"),
        card: Some(OwnCard {
            revision: 3,
            full_name: Some("Alice Archer".into()),
            nickname: Some("ali".into()),
            organisation: Some("Example Ltd.".into()),
            phones: vec![
                phone("+49 30 901820", &["work", "voice"], true),
                phone("+49 170 1234567", &["home", "cell"], false),
            ],
            others: 4,
        }),
        busy: None,
        problem: None,
        notes: Vec::new(),
        missing: Some("sip:alice@example.com".into()),
        test: None,
        reach: Vec::new(),
        picture: None,
        picture_busy: false,
    }
}

fn with(mut snapshot: Snapshot, card: MyCard) -> Snapshot {
    snapshot.cards = Arc::from([card]);
    snapshot
}

pub fn settings(snapshot: Snapshot, card: MyCard) -> App {
    let mut app = app(with(snapshot, card));
    app.update(Event::Go(Place::Settings));
    app
}

/// The card as it is shown when its address is missing.
pub fn missing(snapshot: Snapshot) -> App {
    settings(snapshot, own())
}

pub fn tested(snapshot: Snapshot) -> App {
    let mut card = own();
    card.missing = None;
    card.notes = vec![
        "The older form of your card was changed by the server: 2 marks of numbers (like \u{201c}video\u{201d}) are missing."
            .into(),
    ];
    let step = |text: &str| CardStep { text: text.into(), ok: Some(true) };
    card.test = Some(CardTest {
        steps: vec![
            step("Your card lists sip:alice@example.com, the address of your voice account."),
            step("A request to sip:alice@example.com came back to you after 41 ms."),
        ],
        ok: Some(true),
        text: "Your card reaches you: a call from it arrives here.".into(),
        publish: None,
        took_ms: Some(41),
        requests: 1,
    });
    card.reach = vec![ReachAddress { uri: "tel:1001".into(), description: Some("Meeting room 3".into()) }];
    settings(snapshot, card)
}

pub fn editing(snapshot: Snapshot) -> App {
    let mut app = settings(snapshot, own());
    app.update(Event::Card(CardMessage::Edit(AccountId::new("chat"))));
    app.update(Event::Card(CardMessage::Add));
    app.update(Event::Card(CardMessage::Value(2, "sip:alice@example.com".to_owned())));
    app.update(Event::Card(CardMessage::Type(2, "video")));
    app
}

/// A conversation with a number in it.
pub fn with_numbers(mut snapshot: Snapshot) -> App {
    let bob = "bob@example.com";
    let messages = vec![
        said(
            bob,
            1,
            false,
            "2026-11-22T13:50:00Z",
            "Hotel is booked for 2026-11-28, order 4500123456.",
            Delivery::Received,
        ),
        said(
            bob,
            2,
            false,
            "2026-11-22T13:51:00Z",
            "Reception is +49 30 901820, or write to sip:desk@example.com if nobody answers.",
            Delivery::Received,
        ),
        said(bob, 3, true, "2026-11-22T13:52:00Z", "Thanks! Mine is +44 20 7946 0958.", Delivery::Displayed),
    ];
    snapshot.conversations = Arc::from([conversation(messages[2].clone(), 0)]);
    let mut app = app(snapshot);
    app.update(Event::Open(jid(bob)));
    app.update(Event::Answered(Purpose::Newest(jid(bob), 1), Ok(Reply::Messages(messages))));
    app
}

fn press(app: &mut App, words: &str) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1100.0, 2800.0);
        window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

fn change(requests: Vec<Request>) -> tandem::account::CardChange {
    match requests.as_slice() {
        [Request::Card(Some(_), CardRequest::Change(change))] => change.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn s_04_the_own_card_says_what_is_missing_and_one_button_publishes_it() {
    let mut app = missing(snapshot());
    let mut window = simulator(&app, 1100.0, 2800.0);
    for words in ["Alice Archer", "+49 30 901820", "Work · Voice · Preferred", "4 other details stay as they are."] {
        assert!(window.find(words).is_ok(), "{words}");
    }
    drop(window);
    let asked = press(&mut app, "Publish it");
    assert!(matches!(asked.as_slice(), [Request::Card(Some(_), CardRequest::Publish)]), "{asked:?}");
    let asked = press(&mut app, "Does it reach me?");
    assert!(matches!(asked.as_slice(), [Request::Card(Some(_), CardRequest::Test)]), "{asked:?}");
    let app = tested(snapshot());
    let mut window = simulator(&app, 1100.0, 2800.0);
    assert!(window.find("Your card reaches you: a call from it arrives here.").is_ok());
}

#[test]
fn the_own_card_is_edited_ordered_and_sent_with_what_the_user_saw() {
    let mut app = missing(snapshot());
    assert!(press(&mut app, "Edit").is_empty());
    app.update(Event::Card(CardMessage::Name("Alice A.".to_owned())));
    app.update(Event::Card(CardMessage::Add));
    app.update(Event::Card(CardMessage::Value(2, " sip:alice@example.com ".to_owned())));
    app.update(Event::Card(CardMessage::Type(2, "video")));
    app.update(Event::Card(CardMessage::Up(2)));
    app.update(Event::Card(CardMessage::Prefer(1)));
    app.update(Event::Card(CardMessage::Remove(2)));
    app.update(Event::Card(CardMessage::Add));
    let sent = change(press(&mut app, "Save"));
    assert_eq!(
        (sent.base, sent.full_name.as_deref(), sent.nickname.as_deref()),
        (Some(3), Some("Alice A."), Some("ali"))
    );
    let phones = sent.phones.expect("all entries");
    let values: Vec<_> = phones.iter().map(|phone| (&*phone.value, phone.preferred)).collect();
    assert_eq!(values, [("+49 30 901820", false), ("sip:alice@example.com", true)], "an empty row is none");
    assert!(phones[1].types.iter().any(|kind| &**kind == "video"));
    // A refusal stays beside what was typed.
    let refusal = Refusal::new(RefusalKind::NotAllowed, "Your card was changed somewhere else.");
    app.update(Event::Answered(Purpose::Card(Some(AccountId::new("chat"))), Err(refusal)));
    assert!(simulator(&app, 1100.0, 2800.0).find("Your card was changed somewhere else.").is_ok());
    app.update(Event::Answered(Purpose::Card(Some(AccountId::new("chat"))), Ok(Reply::Done)));
    assert!(simulator(&app, 1100.0, 2800.0).find("Edit").is_ok(), "the form is closed");
}

#[test]
fn s_09_what_was_changed_elsewhere_while_the_form_was_open_is_not_overwritten() {
    let mut app = missing(snapshot());
    assert!(press(&mut app, "Edit").is_empty());
    app.update(Event::Card(CardMessage::Name("Alice A.".to_owned())));
    app.update(Event::Card(CardMessage::Add));
    app.update(Event::Card(CardMessage::Value(2, "sip:alice@example.com".to_owned())));
    // Another program gives the nickname up, adds a number and removes one.
    let mut elsewhere = own();
    let card = elsewhere.card.as_mut().unwrap();
    (card.revision, card.nickname) = (4, Some("alice".into()));
    card.phones = vec![phone("+49 30 901820", &["work", "voice"], true), phone("+49 30 55", &["work"], false)];
    app.update(Event::Snapshot(Arc::new(with(snapshot(), elsewhere))));
    let refusal = Refusal::new(RefusalKind::NotAllowed, "Your card was changed somewhere else.");
    app.update(Event::Answered(Purpose::Card(Some(AccountId::new("chat"))), Err(refusal)));
    let sent = change(press(&mut app, "Save"));
    assert_eq!(
        (sent.base, sent.full_name.as_deref(), sent.nickname.as_deref()),
        (Some(4), Some("Alice A."), Some("alice"))
    );
    let phones = sent.phones.expect("all entries");
    let values: Vec<&str> = phones.iter().map(|phone| &*phone.value).collect();
    assert_eq!(values, ["+49 30 901820", "sip:alice@example.com", "+49 30 55"]);
}

#[test]
fn c21_where_the_user_is_is_typed_published_and_cleared() {
    let mut app = missing(snapshot());
    app.update(Event::Card(CardMessage::Place("1001".to_owned())));
    app.update(Event::Card(CardMessage::Words("Room 3".to_owned())));
    let asked = press(&mut app, "I am here now");
    let [Request::Card(Some(_), CardRequest::SetReach(said))] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((&*said[0].uri, said[0].description.as_deref()), ("1001", Some("Room 3")));
    let mut app = tested(snapshot());
    let asked = press(&mut app, "I have left");
    assert!(
        matches!(asked.as_slice(), [Request::Card(Some(_), CardRequest::SetReach(none))] if none.is_empty()),
        "{asked:?}"
    );
}

#[test]
fn c01_c19_a_number_in_a_message_is_called_by_a_click_with_its_cost_in_front() {
    let mut app = with_numbers(snapshot());
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find("Call +49 30 901820").is_ok());
    let cost = Dialling::default().callable_in("+49 30 901820").remove(0).cost;
    assert!(cost.starts_with("Phone network, may be charged"), "{cost}");
    assert!(window.find(&*cost).is_ok(), "what it may cost stands there before the click");
    assert!(window.find("Call desk@example.com").is_ok());
    assert!(window.find("Call 4500123456").is_err());
    drop(window);
    let asked = click(&mut app, "Call +44 20 7946 0958");
    let [Request::Call { to: CallTo::Text(text), confirm: false, .. }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(&**text, "tel:+442079460958", "the rules about cost still ask");
}
