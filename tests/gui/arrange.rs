//! What the window remembers, the edge of the list, and a message chosen with the keyboard.

use std::sync::Arc;

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::widget::text_editor::{Action, Edit};
use iced::{Event as Raw, Point, mouse};
use tandem::account::{Remember, Remembered, Request, Snapshot};
use tandem::gui::{App, Arrangement, Effect, Message as Event, Step, name};

use super::world::*;

fn keep(app: &mut App) -> Vec<Remember> {
    asked(app.update(Event::Arrange(Arrangement::Keep)))
        .into_iter()
        .filter_map(|request| if let Request::Remember(what) = request { Some(what) } else { None })
        .collect()
}

fn write(app: &mut App, words: &str) -> Vec<Effect> {
    app.update(Event::Edit(Action::Edit(Edit::Paste(Arc::new(words.into())))))
}

#[test]
fn an_unfinished_message_is_remembered_once_for_many_letters_and_forgotten_when_sent() {
    let mut app = with_bob(snapshot());
    let later = |effects: Vec<Effect>| effects.iter().filter(|effect| matches!(effect, Effect::KeepLater)).count();
    assert_eq!(later(write(&mut app, "Hel")), 1);
    assert_eq!(later(write(&mut app, "lo")), 0, "it is being gathered");
    let bob = jid("bob@example.com");
    assert_eq!(keep(&mut app), [Remember::Draft { with: bob.clone(), text: "Hello".into() }]);
    assert!(keep(&mut app).is_empty(), "nothing new");
    app.update(Event::SendDraft);
    assert_eq!(keep(&mut app), [Remember::Draft { with: bob, text: "".into() }]);
}

#[test]
fn closing_the_window_keeps_what_was_not_kept_before() {
    let mut app = sized(with_bob(snapshot()), 900.0, 700.0);
    write(&mut app, "half a sen");
    let asked = asked(app.update(Event::CloseRequested));
    assert!(
        matches!(
            asked.as_slice(),
            [Request::Remember(Remember::Size(900, 700)), Request::Remember(Remember::Draft { .. }), Request::Quit]
        ),
        "{asked:?}"
    );
}

#[test]
fn a_program_that_somebody_else_ends_keeps_what_was_written_last() {
    let mut app = with_bob(snapshot());
    write(&mut app, "half a sen");
    let notice = tandem::account::Notice { seq: 1, body: tandem::account::NoticeBody::Quit };
    let wishes = asked(app.update(Event::Notice(Box::new(notice))));
    let kept = |request: &Request| matches!(request, Request::Remember(Remember::Draft { text, .. }) if &**text == "half a sen");
    assert!(wishes.iter().any(kept), "{wishes:?}");
}

#[test]
fn the_next_window_is_as_the_last_one_was_left() {
    let drafts = [(jid("grace@example.org"), "I was about to".into())].into();
    let remembered =
        Arc::new(Remembered { size: Some((900, 700)), list_width: Some(400), drafts, ..Default::default() });
    let mut app = app(Snapshot { remembered, ..snapshot() });
    assert!(simulator(&app, 1100.0, 720.0).find("Draft: I was about to").is_ok(), "the list says so");
    app.update(Event::Open(jid("grace@example.org")));
    let sent = asked(app.update(Event::SendDraft));
    assert!(matches!(sent.as_slice(), [Request::Send { body, .. }] if &**body == "I was about to"), "{sent:?}");
    let app = sized(app, 1280.0, 800.0);
    assert_eq!(drag(&app, LEFT + 400.0, LEFT + 390.0).len(), 1, "the edge is where it was left");
    assert!(drag(&app, LEFT + 308.0, LEFT + 300.0).is_empty());
}

/// What stands left of the list: the rail and a line.
const LEFT: f32 = 65.0;

/// Presses at one place, moves to another, and lets go.
fn drag(app: &App, from: f32, to: f32) -> Vec<Event> {
    let mut window = simulator(app, 1280.0, 800.0);
    let moved = |x: f32| Raw::Mouse(mouse::Event::CursorMoved { position: Point::new(x, 700.0) });
    window.point_at((from, 700.0));
    let _ = window.simulate([moved(from), Raw::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))]);
    window.point_at((to, 700.0));
    let _ =
        window.simulate([moved(to), Raw::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)), moved(to + 50.0)]);
    window.into_messages().filter(|event| matches!(event, Event::Arrange(_))).collect()
}

#[test]
fn the_edge_of_the_list_is_dragged_between_its_limits_and_remembered() {
    let mut app = sized(with_bob(snapshot()), 1280.0, 800.0);
    let _ = keep(&mut app);
    let mut at = 308.0;
    for (to, kept) in [(358.0, 358), (8.0, 240), (808.0, 420), (300.0, 300)] {
        let events = drag(&app, LEFT + at, LEFT + to);
        assert_eq!(events.len(), 1, "one move, and none after the button is up");
        for event in events {
            app.update(event);
        }
        let told: Vec<u16> = keep(&mut app)
            .iter()
            .filter_map(|what| if let Remember::ListWidth(w) = what { Some(*w) } else { None })
            .collect();
        assert_eq!(told, [kept], "to {to}");
        at = f32::from(kept);
    }
}

#[test]
fn the_edge_is_moved_with_the_arrow_keys_too() {
    let app = sized(with_bob(snapshot()), 1280.0, 800.0);
    let moved = key_at(&app, name::LIST_EDGE, Named::ArrowRight);
    assert!(matches!(moved.as_slice(), [Event::Arrange(Arrangement::ListWidth(width))] if *width > 308.0), "{moved:?}");
}

#[test]
fn a_message_is_chosen_with_the_arrows_and_copied() {
    let mut app = sized(with_bob(snapshot()), 1280.0, 800.0);
    let copied = |effects: Vec<Effect>| {
        effects
            .into_iter()
            .find_map(|effect| if let Effect::Copy(words) = effect { Some(words.to_string()) } else { None })
    };
    let copy = || Event::Key(Key::Character("c".into()), Modifiers::CTRL, false);
    assert_eq!(copied(app.update(copy())), None, "nothing is chosen");
    app.update(Event::Choose(Step::Up));
    assert_eq!(copied(app.update(copy())).as_deref(), Some("See you there 👋"));
    app.update(Event::Choose(Step::Up));
    app.update(Event::Choose(Step::Up));
    assert_eq!(copied(app.update(copy())).as_deref(), Some("Shall we talk it through at three?"));
    let menu = Event::Key(Key::Named(Named::ContextMenu), Modifiers::empty(), false);
    assert!(copied(app.update(menu)).is_some(), "the menu key does it too");
    let typed = Event::Key(Key::Character("c".into()), Modifiers::CTRL, true);
    assert_eq!(copied(app.update(typed)), None, "the field has its own");
    app.update(Event::Choose(Step::First));
    assert_eq!(copied(app.update(copy())).as_deref(), Some("Morning! Did the new phone server survive the weekend?"));
    app.update(Event::ToastSeen);
    app.update(Event::Key(Key::Named(Named::Escape), Modifiers::empty(), false));
    assert_eq!(copied(app.update(copy())), None, "Escape lets go");
}

#[test]
fn a_chosen_message_comes_onto_the_screen() {
    let mut app = sized(with_bob(snapshot()), 1280.0, 800.0);
    app.update(Event::TimelineScrolled(0.0, 2000.0, 150.0));
    let scrolled = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::ScrollTo(name::TIMELINE, to) => Some(*to),
            _ => None,
        })
    };
    assert_eq!(scrolled(&app.update(Event::Choose(Step::Last))), None, "the newest is there already");
    let up = scrolled(&app.update(Event::Choose(Step::First))).expect("it scrolls");
    assert!(up > 100.0, "{up}");
    assert_eq!(scrolled(&app.update(Event::Choose(Step::Last))), Some(0.0));
}

#[test]
fn the_keyboard_reaches_the_messages() {
    let app = sized(with_bob(snapshot()), 1280.0, 800.0);
    let moved = key_at(&app, name::MESSAGES, Named::ArrowUp);
    assert!(matches!(moved.as_slice(), [Event::Choose(Step::Up)]), "{moved:?}");
}
