//! What a click or a key asks of the manager.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::widget::text_editor::{Action, Edit};
use tandem::account::{CallTo, Notice, NoticeBody, Refusal, RefusalKind, Reply, Request, SetUpState, Snapshot};
use tandem::gui::{Effect, Field, Message as Event, Overlay, Purpose};
use tandem::model::{
    AccountId, Call, CallId, CallState, Choice, Condition, ConditionKind, ConnectionState, Direction, Peer, Question,
    QuestionId, QuestionKind, Remedy, Service,
};

use super::world::*;

fn key(named: Named, modifiers: Modifiers) -> Event {
    Event::Key(Key::Named(named), modifiers, false)
}

fn chord(letter: &str, modifiers: Modifiers) -> Event {
    Event::Key(Key::Character(letter.into()), modifiers, true)
}

const CTRL_SHIFT: Modifiers = Modifiers::CTRL.union(Modifiers::SHIFT);

#[test]
fn a_click_on_a_person_opens_the_conversation_loads_it_and_marks_it_read() {
    let mut app = app(snapshot());
    let asked = click(&mut app, "Ana Lima");
    let ana = jid("ana@example.com");
    assert!(
        asked.iter().any(|r| matches!(r, Request::Messages { with, before: None, .. } if *with == ana)),
        "{asked:?}"
    );
    assert!(asked.iter().any(|r| matches!(r, Request::MarkRead(with) if *with == ana)));
}

#[test]
fn nothing_is_marked_read_while_the_window_has_not_the_focus() {
    let mut app = app(snapshot());
    app.update(Event::Focused(false));
    let asked_now = asked(app.update(Event::Open(jid("ana@example.com"))));
    assert!(!asked_now.iter().any(|r| matches!(r, Request::MarkRead(_))));
    let asked_then = asked(app.update(Event::Focused(true)));
    assert!(matches!(asked_then.as_slice(), [Request::MarkRead(_)]), "{asked_then:?}");
}

#[test]
fn writing_goes_on_when_the_window_becomes_narrow() {
    let mut app = with_bob(snapshot());
    app.update(Event::Resized(iced::Size::new(1100.0, 700.0)));
    let focused =
        |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Focus(tandem::gui::name::COMPOSER)));
    assert!(focused(&app.update(Event::Resized(iced::Size::new(500.0, 700.0)))));
    assert!(!focused(&app.update(Event::Resized(iced::Size::new(501.0, 700.0)))));
    app.update(Event::Query("an".into()));
    assert!(!focused(&app.update(Event::Resized(iced::Size::new(1100.0, 700.0)))), "they were searching");
}

#[test]
fn an_open_keypad_takes_digits_from_the_keyboard_but_not_from_a_field() {
    let calls = Arc::from([call(1, Direction::Outgoing, CallState::Active)]);
    let mut app = app(Snapshot { calls, ..snapshot() });
    let typed = |letter: &str, used| Event::Key(Key::Character(letter.into()), Modifiers::empty(), used);
    assert!(asked(app.update(typed("5", false))).is_empty(), "no keypad is open");
    app.update(Event::Keypad(CallId(1)));
    let tones = asked(app.update(typed("5", false)));
    assert!(matches!(tones.as_slice(), [Request::Dtmf(CallId(1), tone)] if &**tone == "5"), "{tones:?}");
    assert!(asked(app.update(typed("a", false))).is_empty());
    assert!(asked(app.update(typed("5", true))).is_empty(), "it was typed into a message");
}

#[test]
fn the_call_button_calls_the_contact() {
    let mut app = with_bob(snapshot());
    let asked = click_named(&mut app, "call");
    assert!(
        matches!(asked.as_slice(), [Request::Call { to: CallTo::Contact(who), confirm: false, .. }] if *who == jid("bob@example.com")),
        "{asked:?}"
    );
}

#[test]
fn a_call_that_cannot_be_placed_shows_its_reason_and_does_nothing() {
    let mut app = app(snapshot());
    app.update(Event::Open(jid("carol@example.com")));
    assert!(simulator(&app, 1100.0, 720.0).find("Offline · No number or address is known for Carol.").is_ok());
    assert!(click_named(&mut app, "call").is_empty());
}

#[test]
fn a_typed_number_is_called_by_enter_and_by_its_row() {
    let mut app = app(snapshot());
    app.update(Event::Query("030 / 123 456".into()));
    let by_enter = asked(app.update(Event::QuerySubmit));
    let by_row = click(&mut app, "Call 030 / 123 456");
    for asked in [by_enter, by_row] {
        assert!(
            matches!(asked.as_slice(), [Request::Call { to: CallTo::Text(text), .. }] if text.as_ref() == "030 / 123 456"),
            "{asked:?}"
        );
    }
}

#[test]
fn enter_sends_the_draft_and_a_refused_message_comes_back_to_the_field() {
    let mut app = with_bob(snapshot());
    app.update(Event::Edit(Action::Edit(Edit::Paste(Arc::new("Hello\nBob  ".into())))));
    let effects = app.update(Event::SendDraft);
    let sent = asked(effects);
    assert!(matches!(sent.as_slice(), [Request::Send { body, .. }] if body.as_ref() == "Hello\nBob"), "{sent:?}");
    assert!(asked(app.update(Event::SendDraft)).is_empty(), "an empty field sends nothing");
    let bob = jid("bob@example.com");
    let refusal = Refusal::new(RefusalKind::Invalid, "The message is too long.");
    app.update(Event::Answered(Purpose::Sent(bob, "Hello\nBob".into()), Err(refusal)));
    assert!(simulator(&app, 1100.0, 720.0).find("The message is too long.").is_ok());
    assert_eq!(asked(app.update(Event::SendDraft)).len(), 1, "the text is back");
}

#[test]
fn drafts_stay_with_their_conversation() {
    let mut app = with_bob(snapshot());
    app.update(Event::Edit(Action::Edit(Edit::Insert('b'))));
    app.update(Event::Open(jid("ana@example.com")));
    assert!(asked(app.update(Event::SendDraft)).is_empty());
    app.update(Event::Open(jid("bob@example.com")));
    assert_eq!(asked(app.update(Event::SendDraft)).len(), 1);
}

#[test]
fn an_incoming_call_is_answered_declined_and_silenced_by_click_and_by_key() {
    let ringing = || Snapshot { calls: Arc::from([call(7, Direction::Incoming, CallState::Ringing)]), ..snapshot() };
    let id = CallId(7);
    let mut window = app(ringing());
    for words in ["Confirmed by Bob's card.", "Over the phone service, for sip:alice@example.com"] {
        assert!(simulator(&window, 1100.0, 720.0).find(words).is_ok(), "{words}");
    }
    assert!(matches!(click_named(&mut window, "Answer").as_slice(), [Request::Answer(c)] if *c == id));
    assert!(matches!(click_named(&mut window, "Decline").as_slice(), [Request::Decline(c)] if *c == id));
    assert!(matches!(click(&mut window, "Silence").as_slice(), [Request::Silence(c)] if *c == id));
    assert!(matches!(asked(window.update(chord("a", CTRL_SHIFT))).as_slice(), [Request::Answer(c)] if *c == id));
    assert!(matches!(asked(window.update(chord("D", CTRL_SHIFT))).as_slice(), [Request::Decline(c)] if *c == id));
}

#[test]
fn an_incoming_call_asks_for_attention_once_and_takes_no_focus() {
    let mut app = with_bob(snapshot());
    let ringing =
        Arc::new(Snapshot { calls: Arc::from([call(7, Direction::Incoming, CallState::Ringing)]), ..snapshot() });
    let effects = app.update(Event::Snapshot(ringing.clone()));
    assert_eq!(effects.iter().filter(|e| matches!(e, Effect::Attention)).count(), 1);
    assert!(!effects.iter().any(|e| matches!(e, Effect::Focus(_))), "typing goes on: {effects:?}");
    let again = app.update(Event::Snapshot(ringing));
    assert!(!again.iter().any(|e| matches!(e, Effect::Attention)));
}

/// Complaint: an incoming call takes the keyboard away from who is writing (linphone-desktop 853).
#[test]
fn complaint_40_a_call_that_comes_in_while_one_writes_takes_neither_the_keyboard_nor_an_answer() {
    let mut app = with_bob(snapshot());
    let write = |letter: char| Event::Edit(Action::Edit(Edit::Insert(letter)));
    app.update(write('h'));
    let ringing =
        Arc::new(Snapshot { calls: Arc::from([call(7, Direction::Incoming, CallState::Ringing)]), ..snapshot() });
    let effects = app.update(Event::Snapshot(ringing));
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Focus(_) | Effect::Raise | Effect::FocusNext)),
        "{effects:?}"
    );
    app.update(write('i'));
    // The keys that one presses in the middle of a sentence neither answer nor decline.
    for named in [Named::Enter, Named::Space, Named::Escape, Named::Tab] {
        let asked = asked(app.update(Event::Key(Key::Named(named), Modifiers::empty(), true)));
        assert!(!asked.iter().any(|r| matches!(r, Request::Answer(_) | Request::Decline(_))), "{named:?}: {asked:?}");
    }
}

/// Complaint: the program can no longer be started minimised (linphone-desktop 915).
#[test]
fn complaint_43_a_window_that_is_to_begin_minimised_does() {
    let starts = |minimized| {
        // Where no tray takes it.
        let options = tandem::gui::Options { minimized, ..tandem::gui::Options::default() };
        let mut app = tandem::gui::App::new(Arc::new(snapshot()), options, now());
        let mut effects = app.first_effects();
        let no_tray = tandem::gui::tray::Message(tandem::platform::TrayHeard::Shown(false));
        effects.extend(app.update(Event::Tray(no_tray)));
        effects
    };
    let minimises = |minimized| starts(minimized).iter().any(|effect| matches!(effect, Effect::Minimize));
    assert!(minimises(true) && !minimises(false));
}

#[test]
fn the_call_bar_mutes_holds_sends_digits_and_hangs_up() {
    let id = CallId(1);
    let talking = || Snapshot { calls: Arc::from([call(1, Direction::Outgoing, CallState::Active)]), ..snapshot() };
    let mut app = app(talking());
    assert!(matches!(click_named(&mut app, "Mute").as_slice(), [Request::Mute(c, true)] if *c == id));
    assert!(matches!(click_named(&mut app, "Hold").as_slice(), [Request::Hold(c)] if *c == id));
    assert!(matches!(click_named(&mut app, "Hang up").as_slice(), [Request::Hangup(c)] if *c == id));
    assert!(click_named(&mut app, "Keypad").is_empty());
    assert!(matches!(click(&mut app, "7").as_slice(), [Request::Dtmf(c, digit)] if *c == id && digit.as_ref() == "7"));
    assert!(matches!(asked(app.update(chord("m", CTRL_SHIFT))).as_slice(), [Request::Mute(_, true)]));
    assert!(matches!(asked(app.update(chord("h", CTRL_SHIFT))).as_slice(), [Request::Hold(_)]));
    assert!(matches!(asked(app.update(chord("d", CTRL_SHIFT))).as_slice(), [Request::Hangup(_)]));
}

#[test]
fn an_ended_call_says_how_it_ended_and_is_taken_away() {
    let mut app = app(Snapshot { calls: Arc::from([ended(3)]), ..snapshot() });
    assert!(simulator(&app, 1100.0, 720.0).find("Bob is busy in another call.").is_ok());
    assert!(matches!(click_named(&mut app, "Dismiss").as_slice(), [Request::Dismiss(CallId(3))]));
}

#[test]
fn a_question_is_answered_with_the_choice_that_was_clicked() {
    let question = Question {
        id: QuestionId(5),
        kind: QuestionKind::Cost,
        text: "This call may be charged.".into(),
        choices: vec![
            Choice { id: "no".into(), label: "Do not call".into(), detail: None },
            Choice { id: "yes".into(), label: "Call anyway".into(), detail: None },
        ],
    };
    let mut app = app(Snapshot { questions: Arc::from([question]), ..snapshot() });
    let asked = click(&mut app, "Call anyway");
    assert!(
        matches!(asked.as_slice(), [Request::Answered { question: QuestionId(5), choice }] if choice.as_ref() == "yes"),
        "{asked:?}"
    );
}

#[test]
fn a_ringing_call_is_answered_although_a_question_waits() {
    let question = Question {
        id: QuestionId(5),
        kind: QuestionKind::Subscription,
        text: "Eve wants to see when you are available.".into(),
        choices: vec![Choice { id: "no".into(), label: "Decline the request".into(), detail: None }],
    };
    let mut app = app(Snapshot {
        questions: Arc::from([question]),
        calls: Arc::from([call(7, Direction::Incoming, CallState::Ringing)]),
        ..snapshot()
    });
    assert!(matches!(click_named(&mut app, "Answer").as_slice(), [Request::Answer(CallId(7))]));
}

#[test]
fn a_refusal_that_asks_for_confirmation_becomes_a_sheet_that_confirms() {
    let mut app = app(snapshot());
    let to = CallTo::Text("+4930123456".into());
    let mut refusal = Refusal::new(RefusalKind::Confirm, "This call may be charged.");
    refusal.details.push(("cost".into(), "Phone network".into()));
    app.update(Event::Answered(Purpose::Call(to.clone()), Err(refusal)));
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1100.0, 720.0);
        assert!(window.find("Phone network").is_ok());
        window.click("Call").unwrap();
        window.into_messages().collect()
    };
    let asked: Vec<Request> = events.into_iter().flat_map(|event| asked(app.update(event))).collect();
    assert!(
        matches!(asked.as_slice(), [Request::Call { confirm: true, to: called, .. }] if *called == to),
        "{asked:?}"
    );
}

#[test]
fn a_wrong_password_is_mended_from_the_line_that_tells_of_it() {
    let chat = AccountId::new("chat");
    let mut app = app(Snapshot {
        accounts: Arc::from([account(Service::Chat, ConnectionState::Failed)]),
        conditions: Arc::from([Condition {
            kind: ConditionKind::Connection(Service::Chat),
            text: "Chat is not connected: the server did not accept the password.".into(),
            remedy: Remedy::EnterPassword(chat.clone()),
        }]),
        ..snapshot()
    });
    assert!(click(&mut app, "Enter password").is_empty());
    app.update(Event::PasswordTyped("better".into()));
    let asked = click(&mut app, "Use this password");
    assert!(
        matches!(asked.as_slice(), [Request::Password { account, password }] if *account == chat && password.expose() == "better"),
        "{asked:?}"
    );
}

#[test]
fn signing_in_needs_both_fields_and_ignores_hidden_ones() {
    let mut app = app(set_up(SetUpState::default()));
    assert!(click_named(&mut app, "sign-in").is_empty());
    app.update(Event::SetUp(Field::Address, " alice@example.com ".into()));
    app.update(Event::SetUp(Field::Password, "secret".into()));
    app.update(Event::SetUp(Field::ChatServer, "hidden.example".into()));
    let asked = click_named(&mut app, "sign-in");
    let [Request::SetUp(set_up)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(set_up.address.as_ref(), "alice@example.com");
    assert_eq!(set_up.password.expose(), "secret");
    assert_eq!(set_up.chat_server.as_ref(), "");
}

#[test]
fn c03_a_link_or_a_dropped_file_needs_no_password_and_broken_settings_can_be_left_out() {
    let mut app = app(set_up(SetUpState::default()));
    app.update(Event::SetUp(Field::Address, "https://example.com/settings.json".into()));
    let asked = click_named(&mut app, "sign-in");
    assert!(matches!(asked.as_slice(), [Request::SetUp(set_up)] if !set_up.without_document), "{asked:?}");
    let dropped = super::world::asked(app.update(Event::Dropped("/home/alice/code.png".into())));
    assert!(matches!(dropped.as_slice(), [Request::SetUp(set_up)] if &*set_up.address == "/home/alice/code.png"));
    let steps = vec![tandem::account::SetUpStep { text: "There are mistakes.".into(), ok: Some(false) }];
    let mut broken = super::world::app(set_up(SetUpState { steps, without_document: true, ..Default::default() }));
    broken.update(Event::SetUp(Field::Address, "alice@example.com".into()));
    broken.update(Event::SetUp(Field::Password, "secret".into()));
    let asked = click(&mut broken, "Sign in without them");
    assert!(matches!(asked.as_slice(), [Request::SetUp(set_up)] if set_up.without_document), "{asked:?}");
}

#[test]
fn a_broken_file_is_told_with_its_line_and_saving_offers_the_keyring() {
    let problem = "/tmp/config.toml:12: unknown key";
    let broken = app(set_up(SetUpState { problems: vec![problem.into()], ..Default::default() }));
    assert!(simulator(&broken, 1100.0, 720.0).find(problem).is_ok());
    let mut ready = app(set_up(SetUpState { ready_to_save: true, ..Default::default() }));
    let asked = click(&mut ready, "Save, password in the keyring");
    assert!(matches!(asked.as_slice(), [Request::SaveSetUp { keyring: true }]));
}

#[test]
fn a_second_start_raises_this_window_with_the_conversation_it_names() {
    let mut app = app(snapshot());
    let notice = Notice { seq: 1, body: NoticeBody::Raise(Some(jid("ana@example.com"))) };
    let effects = app.update(Event::Notice(Box::new(notice)));
    assert!(effects.iter().any(|e| matches!(e, Effect::Raise)));
    assert!(asked(effects).iter().any(|r| matches!(r, Request::Messages { .. })));
}

#[test]
fn closing_the_window_asks_the_program_to_end_and_waits_for_it() {
    let mut app = app(snapshot());
    let effects = app.update(Event::CloseRequested);
    assert!(!effects.iter().any(|e| matches!(e, Effect::Exit)), "sign out first");
    assert!(effects.iter().any(|e| matches!(e, Effect::ExitLater)), "but not for ever");
    assert!(matches!(asked(effects).as_slice(), [Request::Quit]));
    let effects = app.update(Event::Answered(Purpose::Quit, Ok(Reply::Done)));
    assert!(matches!(effects.as_slice(), [Effect::Exit]));
}

#[test]
fn a_finished_call_stands_in_the_conversation_between_the_messages() {
    let mut app = with_bob(snapshot());
    let mut missed = call(9, Direction::Incoming, CallState::Ended);
    missed.started = wall("2026-11-22T13:55:00Z");
    let other = tandem::store::CallRecord {
        call: Call { peer: Peer { jid: Some(jid("ana@example.com")), ..missed.peer.clone() }, ..missed.clone() },
        missed: false,
    };
    let records = vec![other, tandem::store::CallRecord { call: missed, missed: true }];
    app.update(Event::Answered(Purpose::History, Ok(Reply::History(records))));
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find("Missed call").is_ok());
    assert!(window.find("Incoming call, not answered").is_err(), "Ana's call is not Bob's");
}

#[test]
fn a_right_click_copies_a_message() {
    let mut app = with_bob(snapshot());
    let effects = app.update(Event::Copy("Hello".into()));
    assert!(effects.iter().any(|e| matches!(e, Effect::Copy(words) if words.as_ref() == "Hello")));
    assert!(simulator(&app, 1100.0, 720.0).find("The message is copied.").is_ok());
}

#[test]
fn escape_closes_the_topmost_thing() {
    let mut app = with_bob(snapshot());
    app.update(Event::ToggleDetails);
    app.update(Event::Query("ana".into()));
    app.update(Event::Lay(Some(Overlay::Shortcuts)));
    let details = |app: &tandem::gui::App| simulator(app, 1280.0, 800.0).find("Ways to call").is_ok();
    let sheet = |app: &tandem::gui::App| simulator(app, 1280.0, 800.0).find("Keyboard shortcuts").is_ok();
    assert!(sheet(&app));
    app.update(key(Named::Escape, Modifiers::empty()));
    assert!(!sheet(&app) && details(&app));
    app.update(key(Named::Escape, Modifiers::empty()));
    assert!(simulator(&app, 1280.0, 800.0).find("Grace Hopper").is_ok(), "the filter is gone");
    app.update(key(Named::Escape, Modifiers::empty()));
    assert!(!details(&app));
}

#[test]
fn the_keyboard_alone_opens_a_person_and_calls() {
    let mut app = app(snapshot());
    // She has written something that was not read: she stands first.
    app.update(key(Named::ArrowDown, Modifiers::empty()));
    let opened = asked(app.update(Event::OpenCursor));
    assert!(opened.iter().any(|r| matches!(r, Request::Messages { with, .. } if *with == jid("ana@example.com"))));
    let called = asked(app.update(key(Named::Enter, CTRL_SHIFT)));
    assert!(
        matches!(called.as_slice(), [Request::Call { to: CallTo::Contact(who), .. }] if *who == jid("ana@example.com"))
    );
    let next = asked(app.update(key(Named::ArrowDown, Modifiers::ALT)));
    assert!(next.iter().any(|r| matches!(r, Request::Messages { with, .. } if *with == jid("bob@example.com"))));
}

#[test]
fn tab_reaches_every_control_in_reading_order_and_enter_presses_it() {
    use iced::advanced::widget::operation::focusable::focus_next;
    // The headless window has no way to run an operation, so the stops are counted through the runtime's own cache.
    let app = with_bob(snapshot());
    let mut renderer = renderer();
    let mut window = iced_test::runtime::UserInterface::build(
        tandem::gui::view(&app),
        iced::Size::new(1100.0, 720.0),
        iced_test::runtime::user_interface::Cache::default(),
        &mut renderer,
    );
    let mut requests = Vec::new();
    for _ in 0..20 {
        let mut next: Box<dyn iced::advanced::widget::Operation> = Box::new(focus_next());
        loop {
            window.operate(&renderer, next.as_mut());
            match next.finish() {
                iced::advanced::widget::operation::Outcome::Chain(chained) => next = chained,
                _ => break,
            }
        }
        let mut messages = Vec::new();
        let press = iced_test::simulator::press_key(Named::Enter, None);
        let _ = window.update(
            &[press],
            iced::mouse::Cursor::Unavailable,
            &mut renderer,
            &mut iced::advanced::clipboard::Null,
            &mut messages,
        );
        requests.extend(messages);
    }
    let says = |wanted: fn(&Event) -> bool| requests.iter().position(wanted);
    let settings = says(|m| matches!(m, Event::Go(tandem::gui::Place::Settings))).expect("the rail");
    let search = says(|m| matches!(m, Event::QuerySubmit)).expect("the search field");
    let list = says(|m| matches!(m, Event::OpenCursor)).expect("the list");
    let call = says(|m| matches!(m, Event::Call(_))).expect("the call button");
    let send = says(|m| matches!(m, Event::SendDraft)).expect("the message field");
    assert!(settings < search && search < list && list < call && call < send, "{requests:?}");
}

fn renderer() -> iced::Renderer {
    // Loads the face that the window uses, as the simulator does.
    drop(simulator(&app(snapshot()), 100.0, 100.0));
    iced::Renderer::new(tandem::gui::theme::REGULAR, 15.0.into())
}
