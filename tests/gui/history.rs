//! The calls that were: looked for in the whole store, read page by page, called back, deleted.

use iced::keyboard::{Key, Modifiers, key::Named};
use tandem::account::{CallTo, EventsRequest, NumbersRequest, Reply, Request};
use tandem::gui::history::{Message as History, Which};
use tandem::gui::{App, Effect, Message as Event, Place, Purpose, Step};
use tandem::model::{CallId, Direction};
use tandem::store::CallRecord;

use super::telephone::{record, records};
use super::world::*;

/// One event, and what a store with these calls answers; what else was asked.
pub fn follow(app: &mut App, event: Event, stored: &[CallRecord]) -> Vec<Request> {
    let mut others = Vec::new();
    for effect in app.update(event) {
        match effect {
            Effect::Ask(Request::History { limit, before, filter }, purpose) => {
                let fits = |record: &&CallRecord| {
                    let peer = &record.call.peer;
                    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
                    let with =
                        |with: &str| peer.jid.as_ref().is_some_and(|jid| jid.as_str() == with) || &*peer.uri == with;
                    before.is_none_or(|before| record.call.id < before)
                        && (!filter.missed || record.missed)
                        && filter.direction.is_none_or(|wanted| record.call.direction == wanted)
                        && filter.with.as_deref().is_none_or(with)
                        && (peer.display.to_lowercase().contains(&text) || peer.uri.contains(&text))
                };
                let page = stored.iter().filter(fits).take(limit as usize).cloned().collect();
                app.update(Event::Answered(purpose, Ok(Reply::History(page))));
            }
            Effect::Ask(request, _) => others.push(request),
            _ => {}
        }
    }
    others
}

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1200.0, 900.0).find(words).is_ok()
}

fn page(stored: &[CallRecord]) -> App {
    let mut app = app(snapshot());
    follow(&mut app, Event::Go(Place::Calls), stored);
    app
}

/// So many calls, the newest first.
fn many(count: u64) -> Vec<CallRecord> {
    let one = |id: u64| {
        let name = format!("Caller {id}");
        let uri = format!("tel:+49301{id:04}");
        record(id, &name, &uri, None, Direction::Incoming, "2026-11-22T10:00:00Z", "cancelled")
    };
    (1..=count).rev().map(one).collect()
}

#[test]
fn the_history_is_read_to_its_end_page_by_page() {
    let stored = many(260);
    let mut app = page(&stored);
    let oldest = |app: &mut App| {
        follow(app, Event::History(History::Step(Step::Last)), &stored);
        format!("{:?}", follow(app, Event::History(History::Call), &stored))
    };
    let first = oldest(&mut app);
    assert!(first.contains("tel:+493010161"), "the first page has a hundred: {first}");
    // The wheel brings the next page, and so does the keyboard when it stands on the last row.
    follow(&mut app, Event::History(History::Scrolled(1.0e6, 700.0)), &stored);
    let _ = oldest(&mut app);
    let last = oldest(&mut app);
    assert!(last.contains("tel:+493010001"), "{last}");
    let effects = app.update(Event::History(History::Scrolled(1.0e6, 700.0)));
    assert!(asked(effects).is_empty(), "there is nothing older");
}

#[test]
fn only_what_is_near_the_screen_is_built_however_long_the_history_is() {
    let stored = many(90);
    let app = page(&stored);
    assert!(shows(&app, "Caller 90") && !shows(&app, "Caller 20"));
}

#[test]
fn filters_and_words_look_in_the_whole_store_and_not_only_in_what_was_loaded() {
    let mut stored = many(300);
    stored.push(record(
        0,
        "Ana Lima",
        "sip:ana@example.com",
        None,
        Direction::Outgoing,
        "2020-01-02T10:00:00Z",
        "hangup",
    ));
    let mut app = page(&stored);
    follow(&mut app, Event::History(History::Search("lima".to_owned())), &stored);
    assert!(shows(&app, "Ana Lima") && !shows(&app, "Caller 300"));
    follow(&mut app, Event::History(History::Search(String::new())), &stored);
    follow(&mut app, Event::History(History::Show(Which::Outgoing)), &stored);
    assert!(shows(&app, "Ana Lima") && !shows(&app, "Caller 300"));
    follow(&mut app, Event::History(History::Show(Which::Missed)), &stored);
    assert!(shows(&app, "Caller 300") && !shows(&app, "Ana Lima"));
    follow(&mut app, Event::History(History::Search("nobody at all".to_owned())), &stored);
    assert!(shows(&app, "No such calls"));
}

#[test]
fn an_answer_that_is_too_late_changes_nothing() {
    let stored = records();
    let mut app = page(&stored);
    let late = app.update(Event::History(History::Search("bob".to_owned())));
    follow(&mut app, Event::History(History::Search("lima".to_owned())), &stored);
    for effect in late {
        if let Effect::Ask(Request::History { .. }, purpose @ Purpose::Past(..)) = effect {
            app.update(Event::Answered(purpose, Ok(Reply::History(stored.clone()))));
        }
    }
    assert!(shows(&app, "Ana Lima") && !shows(&app, "Bob Fischer"));
}

#[test]
fn a_row_opens_with_what_is_known_and_calls_back_on_the_line_that_was_called() {
    let stored = records();
    let mut app = page(&stored);
    let _ = click_named_in(&mut app, "history-c9", &stored);
    assert!(shows(&app, "Only with them") && shows(&app, "Write back"));
    let called = follow(&mut app, Event::History(History::Call), &stored);
    assert!(
        matches!(&called[..], [Request::Numbers(NumbersRequest::CallBack { to: CallTo::Contact(who), account })]
            if *who == jid("bob@example.com") && account.as_str() == "voice"),
        "{called:?}"
    );
    let _ = click_named_in(&mut app, "history-c9", &stored);
    assert!(!shows(&app, "Only with them"), "a second click closes it");
}

/// A click on what has this name, answered by the store.
fn click_named_in(app: &mut App, name: &'static str, stored: &[CallRecord]) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1200.0, 900.0);
        window.click(iced::widget::Id::new(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| follow(app, event, stored)).collect()
}

fn click_word_in(app: &mut App, word: &str, stored: &[CallRecord]) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1200.0, 900.0);
        window.click(word).unwrap_or_else(|error| panic!("{word}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| follow(app, event, stored)).collect()
}

#[test]
fn the_calls_with_one_person_are_a_click_away_from_a_row_and_from_their_details() {
    let stored = records();
    let mut app = page(&stored);
    let _ = click_named_in(&mut app, "history-c9", &stored);
    let _ = click_word_in(&mut app, "Only with them", &stored);
    assert!(shows(&app, "Only Bob Fischer") && !shows(&app, "Ana Lima"));
    let _ = click_named_in(&mut app, "calls-person", &stored);
    assert!(shows(&app, "Ana Lima"));
    let mut app = sized(with_bob(snapshot()), 1280.0, 1500.0);
    app.update(Event::ToggleDetails);
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1280.0, 1500.0);
        window.click("Calls with them").unwrap();
        window.into_messages().collect()
    };
    for event in events {
        follow(&mut app, event, &stored);
    }
    assert!(shows(&app, "Only Bob Fischer") && !shows(&app, "Ana Lima"));
}

#[test]
fn a_call_is_deleted_after_it_was_asked_once_more() {
    let stored = records();
    let mut app = page(&stored);
    let _ = click_named_in(&mut app, "history-c7", &stored);
    assert!(click_word_in(&mut app, "Delete", &stored).is_empty(), "nothing yet");
    let deleted = click_word_in(&mut app, "Really delete?", &stored);
    assert!(matches!(&deleted[..], [Request::Events(EventsRequest::DeleteCall(CallId(7)))]), "{deleted:?}");
    assert!(!shows(&app, "Ana Lima"), "it is gone at once");
}

#[test]
fn a_call_that_goes_on_is_not_deleted_by_pointer_or_keyboard() {
    let mut stored = records();
    let mut living = call(7, Direction::Incoming, tandem::model::CallState::Active);
    living.peer = stored.iter().find(|record| record.call.id == CallId(7)).expect("kept").call.peer.clone();
    for record in stored.iter_mut().filter(|record| record.call.id == CallId(7)) {
        record.call.state = tandem::model::CallState::Active;
    }
    let mut app = page(&stored);
    let snapshot = tandem::account::Snapshot { calls: std::sync::Arc::from([living]), ..snapshot() };
    app.update(Event::Snapshot(std::sync::Arc::new(snapshot)));
    for _ in 0..2 {
        let deleted = follow(&mut app, Event::History(History::Delete(CallId(7))), &stored);
        assert!(deleted.is_empty() && !shows(&app, "Really delete?"), "{deleted:?}");
    }
}

#[test]
fn the_history_answers_to_the_keyboard_alone() {
    let stored = records();
    let mut app = page(&stored);
    for (key, wanted) in [(Named::ArrowDown, "Step(Down)"), (Named::Enter, "Call"), (Named::Delete, "DeleteChosen")] {
        let events = key_at(&app, tandem::gui::name::HISTORY, key);
        assert_eq!(format!("{events:?}"), format!("[History({wanted})]"));
    }
    app.update(Event::History(History::Step(Step::Down)));
    app.update(Event::History(History::Step(Step::Down)));
    let called = follow(&mut app, Event::History(History::Call), &stored);
    assert!(
        matches!(&called[..], [Request::Call { to: CallTo::Text(to), .. }] if &**to == "tel:+4930901820"),
        "{called:?}"
    );
    app.update(Event::History(History::DeleteChosen));
    let deleted = follow(&mut app, Event::History(History::DeleteChosen), &stored);
    assert!(matches!(&deleted[..], [Request::Events(EventsRequest::DeleteCall(CallId(8)))]), "{deleted:?}");
}

#[test]
fn escape_closes_the_row_then_takes_the_search_back_then_leaves_the_page() {
    let stored = records();
    let mut app = page(&stored);
    follow(&mut app, Event::History(History::Search("lima".to_owned())), &stored);
    follow(&mut app, Event::History(History::Choose(CallId(7))), &stored);
    let escape = || Event::Key(Key::Named(Named::Escape), Modifiers::empty(), false);
    follow(&mut app, escape(), &stored);
    assert!(!shows(&app, "Only with them") && !shows(&app, "Bob Fischer"));
    follow(&mut app, escape(), &stored);
    assert!(shows(&app, "Bob Fischer") && shows(&app, "Search calls"));
    follow(&mut app, escape(), &stored);
    assert!(!shows(&app, "Search calls"));
}

#[test]
fn redial_voicemail_and_the_page_of_calls_have_keys_of_their_own() {
    let mut app = with_bob(snapshot());
    let chord = |app: &mut App, letter: &str| {
        let modifiers = Modifiers::CTRL | Modifiers::SHIFT;
        asked(app.update(Event::Key(Key::Character(letter.into()), modifiers, false)))
    };
    assert!(matches!(chord(&mut app, "R").as_slice(), [Request::Events(EventsRequest::Redial)]));
    assert!(matches!(chord(&mut app, "V").as_slice(), [Request::Events(EventsRequest::CallVoicemail(None))]));
    assert!(chord(&mut app, "L").iter().any(|request| matches!(request, Request::History { .. })));
    assert!(shows(&app, "Dial pad"));
}

#[test]
fn how_many_calls_were_missed_stands_in_the_rail() {
    let app = with_bob(super::telephone::watched(snapshot()));
    assert!(shows(&app, "2"));
}

#[test]
fn complaint_45_what_another_device_answered_is_no_missed_call_and_says_so() {
    let mut one =
        record(3, "Bob Fischer", "sip:bob@example.com", None, Direction::Incoming, "2026-11-22T10:00:00Z", "elsewhere");
    one.call.end.as_mut().unwrap().text = "Answered on another device.".into();
    assert!(!one.missed);
    let app = page(&[one]);
    assert!(shows(&app, "Answered on another device.") && !shows(&app, "Missed call"));
}
