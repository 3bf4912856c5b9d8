//! Writing in a call: both sides letter by letter, the line that is one's own, and what is kept.

use std::sync::Arc;

use tandem::account::{Request, Snapshot};
use tandem::gui::call_text::{FIELD, Message as Text};
use tandem::gui::history::Message as History;
use tandem::gui::{App, Message as Event, Place};
use tandem::model::{Call, CallId, CallState, CallText, Direction, MediaEncryption, Via, Writer};

use super::history::follow;
use super::telephone::records;
use super::world::*;

const BUTTON: &str = "Text: what is typed is seen at once";

/// What the two wrote until now.
fn written() -> CallText {
    let mut text = CallText { on: true, encryption: MediaEncryption::Sdes, ..CallText::default() };
    let at = wall("2026-11-22T11:40:00Z");
    for (from, typed) in [
        (Writer::Peer, "Hello Alice, I cannot hear well on this line\n"),
        (Writer::Me, "No problem, we can write\n"),
        (Writer::Peer, "Great. The train leaves at 9:41 from platform 7\n"),
        (Writer::Peer, "or was it 8"),
        (Writer::Me, "I will look it up for y"),
    ] {
        text.write(from, typed, at);
    }
    text
}

fn with(mut snapshot: Snapshot, text: Option<CallText>, change: impl Fn(&mut Call)) -> App {
    let mut one = call(1, Direction::Outgoing, CallState::Active);
    one.text = text.map(Arc::new);
    change(&mut one);
    snapshot.calls = Arc::from([one]);
    let mut app = with_bob(snapshot);
    app.update(Event::OpenCall(CallId(1)));
    app
}

pub fn talking(snapshot: Snapshot) -> App {
    with(snapshot, Some(written()), |_| ())
}

pub fn nothing_yet(snapshot: Snapshot) -> App {
    let mut app = with(snapshot, None, |_| ());
    app.update(Event::CallText(Text::Toggle(CallId(1))));
    app
}

pub fn refused(snapshot: Snapshot) -> App {
    let reason = "The other side takes no text in calls. What you wrote was not sent.";
    let text = CallText { reason: Some(reason.into()), ..CallText::default() };
    let mut app = with(snapshot, Some(text), |_| ());
    app.update(Event::CallText(Text::Toggle(CallId(1))));
    app
}

/// The calls that were, with the text of one of them.
pub fn past(snapshot: Snapshot) -> App {
    let mut stored = records();
    let mut text = written();
    text.close();
    stored.iter_mut().filter(|record| record.call.id == CallId(9)).for_each(|record| {
        record.call.text = Some(Arc::new(text.clone()));
    });
    let mut app = app(snapshot);
    follow(&mut app, Event::Go(Place::Calls), &stored);
    follow(&mut app, Event::History(History::Choose(CallId(9))), &stored);
    app
}

fn sees(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

fn has(app: &App, name: &'static str) -> bool {
    simulator(app, 1100.0, 720.0).find(iced::widget::Id::new(name)).is_ok()
}

fn typed(app: &mut App, line: &str) -> Vec<String> {
    let effects = app.update(Event::CallText(Text::Typed(CallId(1), line.to_owned())));
    let requests = asked(effects).into_iter().filter_map(|request| match request {
        Request::Write(CallId(1), text) => Some(text.to_string()),
        _ => None,
    });
    requests.collect()
}

#[test]
fn both_sides_are_seen_as_they_type_and_it_is_said_who_is_typing() {
    let app = talking(snapshot());
    for words in ["No problem, we can write", "or was it 8", "Bob Fischer is typing…"] {
        assert!(sees(&app, words), "{words}");
    }
    assert!(!sees(&app, "The text is not encrypted"));
    let open = with(snapshot(), Some(CallText { encryption: MediaEncryption::None, ..written() }), |_| ());
    assert!(sees(&open, "The text is not encrypted"));
}

#[test]
fn every_letter_goes_out_at_once_and_a_correction_is_typed_again() {
    let mut app = nothing_yet(snapshot());
    assert_eq!(typed(&mut app, "H"), ["H"]);
    assert_eq!(typed(&mut app, "Ho"), ["o"]);
    assert_eq!(typed(&mut app, "Hi"), ["\u{8}i"]);
    assert_eq!(typed(&mut app, "Hi"), Vec::<String>::new());
    let line = asked(app.update(Event::CallText(Text::NextLine(CallId(1)))));
    assert!(matches!(line.as_slice(), [Request::Write(CallId(1), text)] if &**text == "\n"));
    assert!(asked(app.update(Event::CallText(Text::NextLine(CallId(1))))).is_empty(), "an empty line says nothing");
    assert_eq!(typed(&mut app, "N"), ["N"], "the next line begins anew");
}

#[test]
fn a_line_that_was_not_sent_is_tried_again_as_a_whole() {
    let mut app = refused(snapshot());
    app.update(Event::CallText(Text::Typed(CallId(1), "Hello".to_owned())));
    assert_eq!(typed(&mut app, "Hello?"), ["Hello?"], "none of it was taken before");
}

#[test]
fn text_is_reached_by_the_keyboard_and_takes_the_facts_place_only_when_wanted() {
    let mut app = with(snapshot(), None, |_| ());
    assert!(has(&app, BUTTON) && !has(&app, FIELD));
    let pressed = key_at(&app, BUTTON, iced::keyboard::key::Named::Enter);
    pressed.into_iter().for_each(|event| drop(app.update(event)));
    assert!(has(&app, FIELD), "the field is there");
    click_named(&mut app, BUTTON);
    assert!(!has(&app, FIELD));
    // What the other side writes shows itself.
    assert!(has(&talking(snapshot()), FIELD));
}

#[test]
fn in_a_conference_it_is_said_whom_the_text_reaches_and_over_chat_that_there_is_none() {
    let both = with(snapshot(), Some(written()), |call| call.conference = Some(tandem::model::ConferenceId(1)));
    assert!(sees(&both, "In a conference, what you write here reaches only Bob Fischer."));
    let chat = with(snapshot(), None, |call| call.via = Via::Jingle);
    assert!(has(&chat, "A call over chat carries no text: write a message") && !has(&chat, BUTTON));
}

#[test]
fn what_was_written_stands_with_the_call_in_the_history() {
    let app = past(snapshot());
    assert!(sees(&app, "Written in this call"));
    assert!(sees(&app, "You: No problem, we can write"));
}
