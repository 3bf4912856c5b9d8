//! The list with 10,000 people, and the timeline with thousands of messages.

use std::sync::Arc;
use std::time::Instant;

use iced::advanced::renderer::Headless;
use iced_test::runtime::{UserInterface, user_interface::Cache};
use tandem::account::{Reply, Snapshot};
use tandem::gui::{App, Message as Event, Purpose, Step, view};
use tandem::model::{Delivery, Show};

use super::world::*;

fn crowd(count: usize) -> Snapshot {
    let contacts = (0..count).map(|n| {
        let show = if n % 3 == 0 { Show::Available } else { Show::Offline };
        let group = format!("Group {}", n / 500);
        Arc::new(person(&format!("Person {n:05} Example"), &format!("p{n}@example.com"), &group, show, None))
    });
    Snapshot { contacts: contacts.collect(), conversations: Arc::from([]), ..snapshot() }
}

#[test]
fn only_rows_near_the_screen_are_built() {
    let mut app = app(crowd(10_000));
    let shows = |app: &App, words: &str| simulator(app, 1280.0, 800.0).find(words).is_ok();
    assert!(shows(&app, "Person 00000 Example"));
    assert!(!shows(&app, "Person 00100 Example"));
    app.update(Event::PeopleScrolled(64.0 * 100.0, 720.0));
    assert!(!shows(&app, "Person 00000 Example"));
    let mut texts = 0;
    for n in 0..10_000 {
        if n % 50 == 0 && shows(&app, &format!("Person {n:05} Example")) {
            texts += 1;
        }
        if n > 600 {
            break;
        }
    }
    assert_eq!(texts, 1, "the hundredth row is there and the others are not");
}

#[test]
fn typing_filters_and_names_that_begin_with_it_come_first() {
    let mut app = app(snapshot());
    app.update(Event::Query("fi".into()));
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find("Bob Fischer").is_ok());
    assert!(window.find("Grace Hopper").is_err());
    drop(window);
    app.update(Event::Query("nobody at all".into()));
    assert!(simulator(&app, 1100.0, 720.0).find("No match").is_ok());
}

#[test]
fn the_cursor_stays_on_the_screen_from_the_first_row_to_the_last() {
    let mut app = app(crowd(300));
    app.update(Event::PeopleScrolled(0.0, 640.0));
    let effects = app.update(Event::Step(Step::Last));
    assert!(!effects.is_empty(), "the list has to scroll there");
    assert!(simulator(&app, 1280.0, 704.0).find("Person 00299 Example").is_ok(), "and the row is built at once");
    assert!(app.update(Event::Step(Step::Up)).is_empty(), "the row above is on the screen already");
    app.update(Event::Step(Step::First));
    let opened = asked(app.update(Event::OpenCursor));
    assert!(!opened.is_empty(), "the first person, not the label over them");
}

#[test]
fn the_thumb_of_a_long_list_can_be_dragged_from_end_to_end() {
    use iced::mouse::{Button, Event::*};
    let mut app = app(crowd(10_000));
    app.update(Event::PeopleScrolled(0.0, 640.0));
    let events: Vec<Event> = {
        let mut window = simulator(&app, 1280.0, 800.0);
        window.point_at((369.0, 90.0));
        window.simulate([iced::Event::Mouse(ButtonPressed(Button::Left))]);
        window.simulate([iced::Event::Mouse(CursorMoved { position: (369.0, 790.0).into() })]);
        window.simulate([iced::Event::Mouse(ButtonReleased(Button::Left))]);
        window.into_messages().collect()
    };
    for event in events {
        app.update(event);
    }
    // The groups are in order of their names: the ninth is the last.
    assert!(simulator(&app, 1280.0, 800.0).find("Person 04999 Example").is_ok());
}

#[test]
fn older_messages_are_asked_for_near_the_top_and_only_once() {
    let mut app = app(snapshot());
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let page: Vec<_> = (100..160)
        .map(|n| said("bob@example.com", n, n % 2 == 0, "2026-11-22T10:00:00Z", "Text", Delivery::Sent))
        .collect();
    app.update(Event::Answered(Purpose::Newest(bob.clone(), 1), Ok(Reply::Messages(page))));
    assert_eq!(asked(app.update(Event::TimelineScrolled(2000.0, 10.0, 600.0))).len(), 1);
    assert!(asked(app.update(Event::TimelineScrolled(2010.0, 5.0, 600.0))).is_empty());
    app.update(Event::Answered(Purpose::Older(bob), Ok(Reply::Messages(Vec::new()))));
    assert!(asked(app.update(Event::TimelineScrolled(2010.0, 5.0, 600.0))).is_empty(), "there is nothing older");
}

/// Update, layout and drawing while 10,000 contacts scroll, in the renderer that the window uses.
#[test]
#[ignore = "a measurement: run it in a release build"]
fn scrolling_10_000_contacts_stays_under_a_frame() {
    let mut app = app(crowd(10_000));
    drop(simulator(&app, 100.0, 100.0));
    let mut renderer = iced::Renderer::new(tandem::gui::theme::REGULAR, 15.0.into());
    let size = iced::Size::new(1280.0, 800.0);
    let mut cache = Cache::default();
    let mut times = Vec::new();
    for frame in 0..200 {
        let start = Instant::now();
        app.update(Event::PeopleScrolled(frame as f32 * 311.0, 736.0));
        let mut window = UserInterface::build(view(&app), size, cache, &mut renderer);
        let style = iced::advanced::renderer::Style { text_color: iced::Color::BLACK };
        window.draw(&mut renderer, &app.iced_theme(), &style, iced::mouse::Cursor::Unavailable);
        let _ = renderer.screenshot(iced::Size::new(1280, 800), 1.0, iced::Color::WHITE);
        times.push(start.elapsed());
        cache = window.into_cache();
    }
    times.sort();
    let (middle, worst) = (times[times.len() / 2], times[times.len() - 2]);
    println!("median {middle:?}, 99th percentile {worst:?}");
    assert!(middle.as_millis() < 16, "{middle:?}");
}
