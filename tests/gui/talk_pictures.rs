//! Pictures of conversations with everything that messages can be: `cargo test --features gui-test --test gui -- --ignored
//! pictures_of_messages`.

use std::sync::Arc;

use tandem::account::{Reply, Snapshot};
use tandem::gui::find::Message as Find;
use tandem::gui::talk::{Message as Talk, PickFor, Purpose as Asked, Sheet};
use tandem::gui::{App, Message as Event, Overlay, Purpose};
use tandem::model::{CallState, Delivery, Direction, Link};
use tandem::store::CallRecord;

use super::pictures::draw;
use super::talk::{id, rich_talk, with_talk};
use super::world::*;

type Build = fn(Snapshot) -> App;

fn talk(app: &mut App, message: Talk) {
    drop(app.update(Event::Talk(message)));
}

fn plain(snapshot: Snapshot) -> App {
    let mut app = with_talk(snapshot);
    let mut missed = call(1, Direction::Incoming, CallState::Ended);
    missed.started = wall("2026-11-22T13:20:00Z");
    let history = vec![CallRecord { call: missed, missed: true }];
    app.update(Event::Answered(Purpose::History, Ok(Reply::History(history))));
    app
}

fn styles(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    let bob = jid("bob@example.com");
    app.update(Event::Open(bob.clone()));
    let page = rich_talk().into_iter().take(5).collect();
    app.update(Event::Answered(Purpose::Newest(bob, 1), Ok(Reply::Messages(page))));
    app
}

fn menu(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    talk(&mut app, Talk::Menu(id(6)));
    app
}

fn answering(snapshot: Snapshot) -> App {
    let mut app = plain(Snapshot { typing: Arc::from([jid("bob@example.com")]), ..snapshot });
    talk(&mut app, Talk::Answer(id(5)));
    app
}

fn picker(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    talk(&mut app, Talk::Picker(Some(PickFor::Draft)));
    app
}

fn away(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    app.update(Event::TimelineScrolled(900.0, 0.0, 560.0));
    app
}

fn unread(snapshot: Snapshot) -> App {
    let mut app = app(snapshot);
    let ana = jid("ana@example.com");
    app.update(Event::Open(ana.clone()));
    let line = |at, own, time: &str, text: &str| said("ana@example.com", at, own, time, text, Delivery::Received);
    let page = vec![
        line(1, true, "2026-11-21T17:30:00Z", "The numbers are in the usual folder."),
        line(2, false, "2026-11-22T12:29:00Z", "Thank you!"),
        line(3, false, "2026-11-22T12:30:00Z", "I looked at them over lunch."),
        line(4, false, "2026-11-22T12:31:00Z", "Can you have a look at the third row? I am not sure about it."),
    ];
    app.update(Event::Answered(Purpose::Newest(ana, 1), Ok(Reply::Messages(page))));
    app
}

fn details(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    app.update(Event::Lay(Some(Overlay::Talk(Sheet::Details(id(6))))));
    app
}

fn deleting(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    app.update(Event::Lay(Some(Overlay::Talk(Sheet::Delete(id(6))))));
    app
}

fn link(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    let link = Link::parse("https://www.your-bank.example:443@collect.evil.example/login?session=0815").unwrap();
    talk(&mut app, Talk::Follow(link));
    app
}

fn find(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    app.update(Event::Find(Find::Open(String::new())));
    app.update(Event::Find(Find::Words("three".into())));
    let mut found = vec![
        said(
            "ana@example.com",
            70,
            false,
            "2026-11-20T10:00:00Z",
            "The third of three drafts is the best, I would take that",
            Delivery::Received,
        ),
        said(
            "grace@example.org",
            71,
            true,
            "2026-10-02T10:00:00Z",
            "See you at three, at the usual place near the river, if the weather holds and nobody is late",
            Delivery::Displayed,
        ),
    ];
    found.insert(0, rich_talk().remove(4));
    app.update(Event::Answered(Purpose::Talk(Asked::Found(2)), Ok(Reply::Messages(found))));
    app
}

fn nothing_found(snapshot: Snapshot) -> App {
    let mut app = plain(snapshot);
    app.update(Event::Find(Find::Open("xylophone".into())));
    app.update(Event::Answered(Purpose::Talk(Asked::Found(1)), Ok(Reply::Messages(Vec::new()))));
    app
}

#[test]
#[ignore = "writes pictures"]
fn pictures_of_messages() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let scenes: [(&str, Build); 12] = [
        ("talk-styles", styles),
        ("talk", plain),
        ("talk-menu", menu),
        ("talk-answering", answering),
        ("talk-emoji", picker),
        ("talk-away", away),
        ("talk-unread", unread),
        ("talk-details", details),
        ("talk-deleting", deleting),
        ("talk-link", link),
        ("talk-find", find),
        ("talk-nothing", nothing_found),
    ];
    for (name, build) in scenes {
        if !name.starts_with(&only) {
            continue;
        }
        for (theme, themed) in [("light", light as fn(Snapshot) -> Snapshot), ("dark", dark)] {
            draw(&format!("{name}-{theme}"), &build(themed(snapshot())), 1100.0, 760.0);
        }
        let mut narrow = sized(build(light(snapshot())), 400.0, 640.0);
        narrow.update(Event::Resized(iced::Size::new(400.0, 640.0)));
        draw(&format!("{name}-narrow"), &narrow, 400.0, 640.0);
        draw(&format!("{name}-double"), &sized(build(dark(snapshot())), 550.0, 400.0), 550.0, 400.0);
    }
}
