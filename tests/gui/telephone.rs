//! The page of calls: the history with its filters, the dial pad, voicemail and lamps.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, EventsRequest, Quote, Reply, Request, Snapshot};
use tandem::gui::{App, Effect, Message as Event, Place, Purpose};
use tandem::model::{
    AccountId, Call, CallEnd, CallId, CallState, Cost, Direction, EndedBy, EventsView, Lamp, LampView, VoicemailView,
};
use tandem::store::CallRecord;

use super::world::*;

pub fn record(
    id: u64,
    display: &str,
    uri: &str,
    jid_of: Option<&str>,
    direction: Direction,
    when: &str,
    end: &str,
) -> CallRecord {
    let peer = tandem::model::Peer {
        uri: uri.into(),
        display: display.into(),
        jid: jid_of.map(jid),
        grade: tandem::model::PeerGrade::Unknown,
        evidence: Vec::new(),
    };
    let route = tandem::model::Route { rule: "".into() };
    let mut call = Call::new(CallId(id), direction, CallState::Ended, AccountId::new("voice"), peer, route, wall(when));
    if end == "hangup" {
        call.answered = Some(call.started);
        call.duration = Duration::from_secs(312);
    }
    call.end = Some(CallEnd { code: end.into(), text: "There was no answer.".into(), by: EndedBy::Remote });
    CallRecord { missed: call.is_missed(), call }
}

pub fn records() -> Vec<CallRecord> {
    vec![
        record(
            9,
            "Bob Fischer",
            "sip:bob@example.com",
            Some("bob@example.com"),
            Direction::Incoming,
            "2026-11-22T13:40:00Z",
            "cancelled",
        ),
        record(8, "+49 30 901820", "tel:+4930901820", None, Direction::Outgoing, "2026-11-22T10:12:00Z", "hangup"),
        record(
            7,
            "Ana Lima",
            "sip:ana@example.com",
            Some("ana@example.com"),
            Direction::Incoming,
            "2026-11-21T16:02:00Z",
            "hangup",
        ),
        record(
            6,
            "+1 303 308 3282",
            "tel:+13033083282",
            None,
            Direction::Incoming,
            "2026-11-19T08:30:00Z",
            "cancelled",
        ),
        record(
            5,
            "Bob Fischer",
            "sip:bob@example.com",
            Some("bob@example.com"),
            Direction::Outgoing,
            "2026-11-19T08:00:00Z",
            "no-answer",
        ),
    ]
}

fn lamp(name: &str, of: &str, state: Lamp, text: &str) -> LampView {
    LampView {
        account: AccountId::new("voice"),
        address: format!("sip:{of}").into(),
        contact: Some(jid(of)),
        name: name.into(),
        state,
        text: text.into(),
        listed: true,
        removable: name == "Reception",
    }
}

pub fn watched(mut snapshot: Snapshot) -> Snapshot {
    snapshot.events = Arc::new(EventsView {
        lamps: [
            lamp("Ana Lima", "ana@example.com", Lamp::Idle, "Not on the phone"),
            lamp("Bob Fischer", "bob@example.com", Lamp::Talking, "On the phone"),
            lamp("Reception", "reception@example.com", Lamp::Ringing, "The phone rings"),
            lamp("Workshop", "workshop@example.com", Lamp::Unknown, "Not known. There is nobody at this address."),
        ]
        .into(),
        voicemail: [VoicemailView {
            account: AccountId::new("voice"),
            waiting: true,
            new: Some(2),
            old: Some(5),
            urgent: 1,
            text: "2 new voice messages, 1 urgent".into(),
            call: Some("*97".into()),
        }]
        .into(),
        missed: 2,
        can_redial: true,
    });
    snapshot
}

/// The page of calls with its history.
pub fn calls(snapshot: Snapshot) -> App {
    let mut app = app(watched(snapshot));
    super::history::follow(&mut app, Event::Go(Place::Calls), &records());
    app
}

/// A number is being typed.
pub fn dialling(snapshot: Snapshot) -> App {
    let mut app = calls(snapshot);
    app.update(Event::Telephone(tandem::gui::telephone::Message::Number("030 9018".to_owned())));
    let quote = Quote {
        cost: Cost::PhoneNetwork,
        text: "Phone network, may be charged: landline number".into(),
        emergency: false,
        account: Some("sip:alice@example.com".into()),
        rule: None,
        asks: true,
    };
    let to = CallTo::Text("030 9018".into());
    app.update(Event::Answered(Purpose::Quote(to), Ok(Reply::Quote(Box::new(quote)))));
    app
}

fn asked(effects: Vec<Effect>) -> Vec<Request> {
    let request = |effect| match effect {
        Effect::Ask(request, _) => Some(request),
        _ => None,
    };
    effects.into_iter().filter_map(request).collect()
}

#[test]
fn complaint_48_a_number_is_called_in_two_steps_with_its_cost_shown_before() {
    let mut app = calls(snapshot());
    use tandem::gui::telephone::Message::{Dial, Held, Key, Number};
    let quoted = asked(app.update(Event::Telephone(Number("030 901820".to_owned()))));
    assert!(quoted.iter().any(|request| matches!(request, Request::Numbers(_))), "the cost is asked while typing");
    let dialled = asked(app.update(Event::Telephone(Dial)));
    assert!(
        matches!(dialled.as_slice(), [Request::Call { to: CallTo::Text(to), confirm: false, .. }] if &**to == "030 901820")
    );
    // Keys, a held 0 for the plus, a held 1 for the voicemail.
    app.update(Event::Telephone(Number(String::new())));
    for key in [Held('0'), Key('4'), Key('9')] {
        app.update(Event::Telephone(key));
    }
    let dialled = asked(app.update(Event::Telephone(Dial)));
    assert!(
        dialled.is_empty()
            || matches!(dialled.as_slice(), [Request::Call { to: CallTo::Text(to), .. }] if &**to == "+49")
    );
    let held = asked(app.update(Event::Telephone(Held('1'))));
    assert!(matches!(held.as_slice(), [Request::Events(EventsRequest::CallVoicemail(None))]), "{held:?}");
}

#[test]
fn looking_at_the_history_clears_the_counter_of_missed_calls() {
    let mut app = app(watched(snapshot()));
    let requests = asked(app.update(Event::Go(Place::Calls)));
    assert!(
        requests.iter().any(|request| matches!(request, Request::Events(EventsRequest::SeenCalls))),
        "{requests:?}"
    );
}

#[test]
fn people_are_found_by_letters_on_the_keys_and_by_digits() {
    use tandem::gui::telephone::Message::Number;
    let mut app = calls(snapshot());
    let shows = |app: &App, words: &str| simulator(app, 1200.0, 900.0).find(words).is_ok();
    app.update(Event::Telephone(Number("262".to_owned())));
    assert!(shows(&app, "bob@example.com"), "Bob is 262");
    app.update(Event::Telephone(Number("3083".to_owned())));
    assert!(shows(&app, "+13033083282"), "who called is found too");
}

#[test]
fn a_key_of_the_keyboard_that_is_held_does_what_the_key_of_the_pad_does() {
    use iced::keyboard::{Key, Modifiers};
    use tandem::gui::telephone::Message::{Dial, Repeat};
    let mut app = calls(snapshot());
    let press =
        |app: &mut App, key: &str| asked(app.update(Event::Key(Key::Character(key.into()), Modifiers::empty(), false)));
    press(&mut app, "0");
    for _ in 0..5 {
        app.update(Event::Telephone(Repeat('0')));
    }
    for key in ["4", "9", "3", "0"] {
        press(&mut app, key);
    }
    let dialled = asked(app.update(Event::Telephone(Dial)));
    assert!(
        matches!(dialled.as_slice(), [Request::Call { to: CallTo::Text(to), .. }] if &**to == "+4930"),
        "{dialled:?}"
    );
    app.update(Event::Telephone(tandem::gui::telephone::Message::Number(String::new())));
    press(&mut app, "1");
    let listens = asked(app.update(Event::Telephone(Repeat('1'))));
    assert!(matches!(listens.as_slice(), [Request::Events(EventsRequest::CallVoicemail(None))]), "{listens:?}");
    assert!(asked(app.update(Event::Telephone(Repeat('1')))).is_empty(), "once, however long it is held");
}

#[test]
fn a_number_is_dialled_corrected_and_called_without_the_mouse() {
    use iced::keyboard::{Key, Modifiers, key::Named};
    let mut app = calls(snapshot());
    for key in ["1", "0", "0", "2"] {
        app.update(Event::Key(Key::Character(key.into()), Modifiers::empty(), false));
    }
    app.update(Event::Key(Key::Named(Named::Backspace), Modifiers::empty(), false));
    app.update(Event::Key(Key::Character("7".into()), Modifiers::empty(), false));
    let called = asked(app.update(Event::Key(Key::Named(Named::Enter), Modifiers::empty(), false)));
    assert!(matches!(called.as_slice(), [Request::Call { to: CallTo::Text(to), .. }] if &**to == "1007"), "{called:?}");
}

#[test]
fn a_button_that_can_be_held_is_held_by_enter_too() {
    use iced::keyboard::key::Named;
    let app = calls(snapshot());
    let pressed = key_at(&app, "pad-0", Named::Enter);
    let keys: Vec<char> = pressed
        .iter()
        .filter_map(|event| match event {
            Event::Telephone(tandem::gui::telephone::Message::Key(key)) => Some(*key),
            _ => None,
        })
        .collect();
    assert_eq!(keys, ['0'], "{pressed:?}");
}

#[test]
fn waiting_voice_messages_are_in_the_rail_and_one_press_listens_to_them() {
    let mut app = with_bob(watched(snapshot()));
    let listened = click_named(&mut app, "rail-voicemail");
    assert!(
        matches!(&listened[..], [Request::Events(EventsRequest::CallVoicemail(Some(account)))] if account.as_str() == "voice"),
        "{listened:?}"
    );
    let quiet = with_bob(snapshot());
    assert!(simulator(&quiet, 1100.0, 720.0).find(iced::widget::Id::new("rail-voicemail")).is_err());
}

#[test]
fn the_next_call_hides_the_number_when_the_pad_says_so_and_the_one_after_it_does_not() {
    use tandem::gui::telephone::Message::{Dial, Number};
    let mut app = sized(calls(snapshot()), 1200.0, 900.0);
    let _ = click_tall(&mut app, "pad-hide");
    for hidden in [Some(true), None] {
        app.update(Event::Telephone(Number("030 901820".to_owned())));
        let dialled = asked(app.update(Event::Telephone(Dial)));
        assert!(
            matches!(dialled.as_slice(), [Request::Call { anonymous, .. }] if *anonymous == hidden),
            "{hidden:?}: {dialled:?}"
        );
    }
}

/// A click on what has this name, in a window that shows all of the page of calls.
fn click_tall(app: &mut App, name: &'static str) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1200.0, 1200.0);
        window.click(iced::widget::Id::new(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

#[test]
fn a_lamp_is_added_from_the_details_of_a_person_and_taken_away_where_it_was_added() {
    let mut app = sized(with_bob(snapshot()), 1280.0, 1400.0);
    app.update(Event::ToggleDetails);
    let watch = |app: &mut App| -> Vec<(String, bool)> {
        let of = |request: Request| match request {
            Request::Events(EventsRequest::WatchLamp { to, on, .. }) => Some((to.to_string(), on)),
            _ => None,
        };
        let events: Vec<Event> = {
            let mut window = simulator(app, 1280.0, 1400.0);
            window.click("Watch their phone").or_else(|_| window.click("Stop watching")).unwrap();
            window.into_messages().collect()
        };
        events.into_iter().flat_map(|event| asked(app.update(event))).filter_map(of).collect()
    };
    assert_eq!(watch(&mut app), [("sip:bob@example.com".to_owned(), true)]);
    let mut lit = snapshot();
    let mut lamp = lamp("Bob Fischer", "bob@example.com", Lamp::Idle, "Not on the phone");
    lamp.removable = true;
    lit.events = Arc::new(EventsView { lamps: [lamp].into(), ..EventsView::default() });
    app.update(Event::Snapshot(Arc::new(lit)));
    assert_eq!(watch(&mut app), [("sip:bob@example.com".to_owned(), false)]);
}
