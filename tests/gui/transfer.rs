//! Several calls, and calls that change hands, by clicks and keys.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers};
use tandem::account::{CallTo, ConferenceRequest, Reply, Request, Snapshot, TransferRequest};
use tandem::gui::transfer::Message as Transfer;
use tandem::gui::{App, Message as Event, Overlay, Purpose};
use tandem::model::{
    Attendance, Call, CallId, CallState, Choice, Conference, ConferenceId, Direction, Party, PeerGrade, Question,
    QuestionId, QuestionKind, TransferState, TransferView,
};

use super::world::*;

pub const BOB: CallId = CallId(1);
const GRACE: CallId = CallId(2);

fn shows(app: &App, words: &str) -> bool {
    simulator(app, 1100.0, 720.0).find(words).is_ok()
}

fn grace(state: CallState) -> Call {
    let mut call = call(2, Direction::Outgoing, state);
    call.peer.display = "Grace Hopper".into();
    call.peer.jid = Some(jid("grace@example.org"));
    call.peer.uri = "sip:grace@example.org".into();
    call
}

fn with_calls(mut snapshot: Snapshot, calls: &[Call]) -> Snapshot {
    snapshot.calls = calls.iter().cloned().collect();
    snapshot
}

fn one_call(snapshot: Snapshot) -> Snapshot {
    with_calls(snapshot, &[call(1, Direction::Outgoing, CallState::Active)])
}

pub fn two_calls(snapshot: Snapshot) -> Snapshot {
    with_calls(snapshot, &[call(1, Direction::Outgoing, CallState::Held), grace(CallState::Active)])
}

fn open(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    let records = super::telephone::records();
    app.update(Event::Answered(Purpose::History, Ok(Reply::History(records))));
    app.update(Event::Transfer(Transfer::Open(BOB)));
    app
}

/// To whom a call goes is being chosen.
pub fn choosing(snapshot: Snapshot) -> App {
    let mut snapshot = super::telephone::watched(snapshot);
    snapshot.calls = two_calls(snapshot.clone()).calls;
    open(snapshot)
}

/// It is decided for Ana: now, or after asking her.
pub fn deciding(snapshot: Snapshot) -> App {
    let mut app = open(one_call(snapshot));
    app.update(Event::Transfer(Transfer::Typed("ana".to_owned())));
    app.update(Event::Transfer(Transfer::First));
    app
}

/// The other sides of two calls are to be connected.
pub fn connecting(snapshot: Snapshot) -> App {
    let mut app = open(two_calls(snapshot));
    app.update(Event::Transfer(Transfer::First));
    app
}

/// Grace was asked first, and has answered.
pub fn asked_first(snapshot: Snapshot) -> App {
    let mut app = open(one_call(snapshot.clone()));
    app.update(Event::Transfer(Transfer::Typed("grace".to_owned())));
    app.update(Event::Transfer(Transfer::First));
    app.update(Event::Transfer(Transfer::AskFirst));
    app.update(Event::Snapshot(Arc::new(two_calls(snapshot))));
    app
}

/// The call while it is handed over.
pub fn going(snapshot: Snapshot, state: TransferState, text: &str) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Held);
    if state == TransferState::Failed {
        call.state = CallState::Active;
    }
    call.transfer = Some(TransferView { to: "Ana Lima".into(), state, text: text.into() });
    with_bob(with_calls(snapshot, &[call]))
}

/// Somebody calls during a call.
pub fn waiting(snapshot: Snapshot) -> App {
    let mut second = call(2, Direction::Incoming, CallState::Ringing);
    second.peer.display = "+46 70 123 45 67".into();
    second.peer.uri = "tel:+46701234567".into();
    second.peer.jid = None;
    second.peer.grade = PeerGrade::Unknown;
    second.peer.evidence = vec!["Nobody in your contacts lists this number.".into()];
    with_bob(with_calls(snapshot, &[call(1, Direction::Outgoing, CallState::Active), second]))
}

/// The other side wants the user to go on talking to somebody else.
pub fn wanted(snapshot: Snapshot) -> App {
    let mut snapshot = one_call(snapshot);
    snapshot.questions = Arc::from([Question {
        id: QuestionId(3),
        kind: QuestionKind::Transfer,
        text: "Bob Fischer wants you to go on talking to Ana Lima. Inside the service, free. Call there?".into(),
        choices: vec![
            Choice { id: "decline".into(), label: "Stay".into(), detail: None },
            Choice { id: "call".into(), label: "Call".into(), detail: Some("Inside the service, free.".into()) },
        ],
    }]);
    with_bob(snapshot)
}

/// Digits of the number wait; the microphone was opened without the user.
pub fn digits_and_automatic(snapshot: Snapshot) -> App {
    let mut first = call(1, Direction::Outgoing, CallState::Active);
    first.digits_waiting = Some("4711".into());
    let mut second = grace(CallState::Active);
    second.direction = Direction::Incoming;
    second.automatic = true;
    let mut snapshot = with_calls(snapshot, &[first, second]);
    snapshot.questions = Arc::from([Question {
        id: QuestionId(5),
        kind: QuestionKind::Choose,
        text: "Send the other 4 digits to \u{2068}Bob Fischer\u{2069} now?".into(),
        choices: vec![
            Choice { id: "cancel".into(), label: "Do not send them".into(), detail: None },
            Choice { id: "send".into(), label: "Send".into(), detail: None },
        ],
    }]);
    with_bob(snapshot)
}

fn chord(app: &mut App, letter: &str) -> Vec<Request> {
    let modifiers = Modifiers::CTRL | Modifiers::SHIFT;
    asked(app.update(Event::Key(Key::Character(letter.into()), modifiers, true)))
}

#[test]
fn complaint_52_a_call_is_transferred_to_somebody_found_by_name_with_what_happens_said_before() {
    let mut app = with_bob(one_call(snapshot()));
    assert!(click_named(&mut app, "Transfer").is_empty(), "nothing is asked of the program yet");
    assert!(shows(&app, "Transfer Bob Fischer"));
    app.update(Event::Transfer(Transfer::Typed("an".to_owned())));
    assert!(!click(&mut app, "Ana Lima").iter().any(|request| matches!(request, Request::Transfer(_))));
    let said = "Bob Fischer is put on hold, and Ana Lima is called. When Ana Lima answers, your call ends; if nobody does, \
                Bob Fischer is yours again.";
    assert!(shows(&app, said));
    let asked = click_named(&mut app, "Transfer now");
    assert!(
        matches!(&asked[..], [Request::Transfer(TransferRequest::Blind { call: BOB, to: CallTo::Contact(who) | CallTo::Address(who, _) })]
            if *who == jid("ana@example.com")),
        "{asked:?}"
    );
    assert!(!shows(&app, "Transfer Bob Fischer"), "the sheet is gone");
}

#[test]
fn a_number_is_a_target_and_nobody_is_transferred_to_themselves() {
    let mut app = open(one_call(snapshot()));
    app.update(Event::Transfer(Transfer::Typed("bob".to_owned())));
    assert!(shows(&app, "Nobody is found. Type a number or an address to transfer the call there."));
    app.update(Event::Transfer(Transfer::Typed("030 123".to_owned())));
    app.update(Event::Transfer(Transfer::First));
    let asked = click_named(&mut app, "Transfer now");
    assert!(
        matches!(&asked[..], [Request::Transfer(TransferRequest::Blind { to: CallTo::Text(to), .. })] if &**to == "030 123"),
        "{asked:?}"
    );
}

#[test]
fn complaint_52_who_is_asked_first_is_connected_by_one_click_or_one_key() {
    for by_key in [false, true] {
        let mut app = deciding(snapshot());
        let placed = click_named(&mut app, "Ask first");
        assert!(
            matches!(&placed[..], [Request::Hold(BOB), Request::Call { to: CallTo::Contact(who) | CallTo::Address(who, _), .. }]
                if *who == jid("ana@example.com")),
            "{placed:?}"
        );
        // She is called: not connected before she has answered.
        let ringing =
            with_calls(snapshot(), &[call(1, Direction::Outgoing, CallState::Held), grace(CallState::Ringing)]);
        app.update(Event::Snapshot(Arc::new(ringing)));
        assert!(shows(&app, "As soon as Grace Hopper has answered."));
        assert!(click_named_maybe(&mut app, "asked-connect").is_empty());
        app.update(Event::Snapshot(Arc::new(two_calls(snapshot()))));
        assert!(shows(&app, "Bob Fischer waits to be connected.") && !shows(&app, "Join calls"));
        let connected = if by_key { chord(&mut app, "T") } else { click_named(&mut app, "asked-connect") };
        assert!(
            matches!(&connected[..], [Request::Transfer(TransferRequest::Attended { call: BOB, with: GRACE })]),
            "{connected:?}"
        );
    }
}

fn click_named_maybe(app: &mut App, name: &'static str) -> Vec<Request> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1100.0, 720.0);
        let _ = window.click(iced::widget::Id::new(name));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| asked(app.update(event))).collect()
}

#[test]
fn who_does_not_want_the_call_is_left_and_the_first_is_taken_back() {
    let mut app = asked_first(snapshot());
    let back = click(&mut app, "Take back");
    assert!(matches!(&back[..], [Request::Hangup(GRACE), Request::Resume(BOB)]), "{back:?}");
    assert!(!shows(&app, "Bob Fischer waits to be connected."));
    let mut app = asked_first(snapshot());
    let all = click(&mut app, "Talk all together");
    assert!(matches!(&all[..], [Request::Conference(ConferenceRequest::Create(calls))] if calls[..] == [BOB, GRACE]));
    // Whoever hangs up while being asked leaves nothing behind.
    let mut app = asked_first(snapshot());
    app.update(Event::Snapshot(Arc::new(with_calls(snapshot(), &[call(1, Direction::Outgoing, CallState::Held)]))));
    app.update(Event::Snapshot(Arc::new(two_calls(snapshot()))));
    assert!(!shows(&app, "Bob Fischer waits to be connected."));
}

#[test]
fn who_cannot_be_called_leaves_the_first_call_as_it_was() {
    let mut app = deciding(snapshot());
    let _ = click_named(&mut app, "Ask first");
    let refusal = tandem::account::Refusal::new(tandem::account::RefusalKind::NoTarget, "This cannot be called.");
    let to = CallTo::Contact(jid("ana@example.com"));
    let back = asked(app.update(Event::Answered(Purpose::Call(to), Err(refusal))));
    assert!(matches!(&back[..], [Request::Resume(BOB)]), "{back:?}");
    app.update(Event::Snapshot(Arc::new(two_calls(snapshot()))));
    assert!(!shows(&app, "Bob Fischer waits to be connected."), "a later call has nothing to do with it");
}

#[test]
fn two_calls_are_connected_with_each_other() {
    let mut app = connecting(snapshot());
    assert!(shows(&app, "Bob Fischer and Grace Hopper go on talking to each other. Both calls end here."));
    let asked = click_named(&mut app, "Connect them");
    assert!(
        matches!(&asked[..], [Request::Transfer(TransferRequest::Attended { call: BOB, with: GRACE })]),
        "{asked:?}"
    );
}

#[test]
fn swap_is_one_click_and_one_key_and_is_offered_only_where_there_are_two() {
    let mut app = with_bob(two_calls(snapshot()));
    assert!(matches!(&click_named(&mut app, "Swap")[..], [Request::Transfer(TransferRequest::Swap)]));
    assert!(matches!(&chord(&mut app, "X")[..], [Request::Transfer(TransferRequest::Swap)]));
    let mut app = with_bob(one_call(snapshot()));
    assert!(chord(&mut app, "X").is_empty());
    assert!(!shows(&app, "Swap"));
}

#[test]
fn how_a_transfer_goes_and_why_it_failed_stands_at_the_call() {
    let app = going(snapshot(), TransferState::Ringing, "Transfer to Ana Lima: it is ringing there …");
    assert!(shows(&app, "Transfer to Ana Lima: it is ringing there …") && shows(&app, "Ringing there"));
    assert!(simulator(&app, 1100.0, 720.0).find(iced::widget::Id::new("Transfer")).is_err(), "one at a time");
    let failed = "The call was not transferred to Ana Lima: they are busy (486).";
    let mut app = going(snapshot(), TransferState::Failed, failed);
    assert!(shows(&app, failed));
    app.update(Event::OpenCall(BOB));
    assert!(shows(&app, failed), "in the full view too");
}

#[test]
fn s08_a_transfer_that_somebody_asks_for_is_a_question_whose_inviting_answer_is_to_stay() {
    let mut app = wanted(snapshot());
    assert!(shows(&app, "Nothing is dialled before you say so."));
    let stays = click(&mut app, "Stay");
    assert!(matches!(&stays[..], [Request::Answered { choice, .. }] if &**choice == "decline"), "{stays:?}");
    let goes = click(&mut app, "Call");
    assert!(!goes.iter().any(|request| matches!(request, Request::Call { .. })), "the program places it: {goes:?}");
}

#[test]
fn a_second_call_is_a_line_with_what_answering_does_to_the_first() {
    let mut app = waiting(snapshot());
    assert!(shows(&app, "Bob Fischer is put on hold when you answer."));
    assert!(matches!(&click_named(&mut app, "Answer")[..], [Request::Answer(GRACE)]));
    assert!(matches!(&click_named(&mut app, "Decline")[..], [Request::Decline(GRACE)]));
    let instead = click(&mut app, "Hang up and answer");
    assert!(matches!(&instead[..], [Request::Hangup(BOB), Request::Answer(GRACE)]), "{instead:?}");
    assert!(shows(&app, "Yes, I'll call you."), "the conversation is still there");
}

#[test]
fn digits_that_wait_are_sent_under_the_call_and_nothing_covers_it() {
    let mut app = digits_and_automatic(snapshot());
    assert!(shows(&app, "4 more digits wait to be sent.") && !shows(&app, "Which way?"));
    let sent = click_named(&mut app, "digits-send");
    assert!(
        matches!(&sent[..], [Request::Answered { question: QuestionId(5), choice }] if &**choice == "send"),
        "{sent:?}"
    );
}

#[test]
fn a_call_that_was_answered_by_itself_says_so() {
    let app = digits_and_automatic(snapshot());
    assert!(shows(&app, "Answered by itself, as your settings allow for this caller. Your microphone is open."));
}

#[test]
fn who_holds_whom_is_said_in_words() {
    let mut held = call(1, Direction::Outgoing, CallState::Held);
    assert!(shows(&with_bob(with_calls(snapshot(), &[held.clone()])), "On hold by you"));
    held.held_by_peer = true;
    assert!(shows(&with_bob(with_calls(snapshot(), &[held.clone()])), "On hold on both sides"));
    held.state = CallState::Active;
    assert!(shows(&with_bob(with_calls(snapshot(), &[held])), "They put you on hold"));
}

#[test]
fn whoever_is_called_into_a_conference_joins_it_while_it_rings() {
    let k = ConferenceId(1);
    let mut snapshot = two_calls(snapshot());
    let mut calls = snapshot.calls.to_vec();
    calls.iter_mut().for_each(|call| call.conference = Some(k));
    snapshot.calls = calls.into();
    let party = |call| Party { call, muted: false, attendance: Attendance::Talking };
    snapshot.conferences = Arc::from([Conference {
        id: k,
        parties: vec![party(BOB), party(GRACE)],
        muted: false,
        held: false,
        since: wall("2026-11-22T11:40:00Z"),
        recording: None,
    }]);
    let mut app = app(snapshot.clone());
    app.update(Event::Conference(tandem::gui::conference::Message::Open(k)));
    assert!(click_named(&mut app, "Add").is_empty());
    assert!(!shows(&app, "Other calls"), "who is in a call is joined, not called");
    app.update(Event::Transfer(Transfer::Typed("ana".to_owned())));
    let called = click(&mut app, "Ana Lima");
    assert!(called.iter().any(|request| matches!(request, Request::Call { .. })), "{called:?}");
    let third = call(3, Direction::Outgoing, CallState::Ringing);
    snapshot.calls = snapshot.calls.iter().cloned().chain([third]).collect();
    let joined = asked(app.update(Event::Snapshot(Arc::new(snapshot.clone()))));
    let joins =
        |request: &Request| matches!(request, Request::Conference(ConferenceRequest::Join(ConferenceId(1), CallId(3))));
    assert!(joined.iter().any(joins), "{joined:?}");
    assert!(!asked(app.update(Event::Snapshot(Arc::new(snapshot)))).iter().any(joins), "once");
}

#[test]
fn escape_closes_the_sheet_and_the_call_goes_on() {
    let mut app = open(one_call(snapshot()));
    let escape = Event::Key(Key::Named(iced::keyboard::key::Named::Escape), Modifiers::empty(), false);
    assert!(asked(app.update(escape)).is_empty());
    assert!(!shows(&app, "Transfer Bob Fischer"));
    app.update(Event::Lay(Some(Overlay::Transfer(BOB))));
    let over = with_calls(snapshot(), &[ended(1)]);
    app.update(Event::Snapshot(Arc::new(over)));
    assert!(!shows(&app, "Transfer Bob Fischer"), "there is nothing to hand over any more");
}
