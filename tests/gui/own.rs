//! The own picture and what the server keeps, in the window.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tandem::account::{ArchiveView, CardRequest, OwnRequest, PictureFrom, Request, Snapshot};
use tandem::gui::own_picture::{Message as Picture, Wanted};
use tandem::gui::topics::{Message as Topics, Topic};
use tandem::gui::{App, CardMessage, Effect, Message as Event};
use tandem::model::{AccountId, ArchiveKeeps, ArchivePreferences, Avatar};
use tandem::platform::{Clip, ClipPicture, NoChooser};

use super::world::*;

fn chat() -> AccountId {
    AccountId::new("chat")
}

fn face() -> Avatar {
    let side = 96_u32;
    let pixel = |at: u32| {
        let (x, y) = (at % side, at / side);
        let (dx, dy) = (x as i32 - 48, y as i32 - 40);
        let skin = dx * dx + dy * dy < 22 * 22 || (y > 62 && dx * dx < (y as i32 - 52) * 30);
        if skin { [240, 200, 170, 255] } else { [90, 130, 180, 255] }
    };
    Avatar { hash: "own".into(), size: side, rgba: (0..side * side).flat_map(pixel).collect() }
}

fn archive(keeps: ArchiveKeeps) -> ArchiveView {
    ArchiveView {
        account: chat(),
        address: jid("alice@example.com"),
        preferences: Some(ArchivePreferences { keeps, always: 0, never: 2 }),
        busy: false,
        problem: None,
    }
}

/// The user has a picture, and the server has said what it keeps.
pub fn known(mut snapshot: Snapshot) -> Snapshot {
    let mut card = super::card::own();
    card.picture = Some(face());
    snapshot.cards = Arc::from([card]);
    snapshot.archives = Arc::from([archive(ArchiveKeeps::Roster)]);
    snapshot
}

pub fn topic(snapshot: Snapshot, topic: Topic) -> App {
    super::settings::topic(known(snapshot), topic)
}

fn press(app: &mut App, words: &str) -> Vec<Effect> {
    let events: Vec<Event> = {
        let mut window = simulator(app, 1100.0, 2800.0);
        window.click(words).unwrap_or_else(|error| panic!("{words}: {error}"));
        window.into_messages().collect()
    };
    events.into_iter().flat_map(|event| app.update(event)).collect()
}

fn tell(app: &mut App, message: Picture) -> Vec<Effect> {
    app.update(Event::Card(CardMessage::Picture(message)))
}

fn set(effects: Vec<Effect>) -> PictureFrom {
    match asked(effects).as_slice() {
        [Request::Card(Some(id), CardRequest::SetPicture(from))] if *id == chat() => from.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_own_picture_is_chosen_pasted_dropped_or_typed_and_taken_away() {
    let file = || PictureFrom::File(PathBuf::from("/home/alice/me.jpg"));
    let mut app = topic(snapshot(), Topic::You);
    assert!(matches!(press(&mut app, "Choose a picture …")[..], [Effect::Picture(Wanted::Choose(_))]));
    assert_eq!(set(tell(&mut app, Picture::Chosen(chat(), Ok(vec!["/home/alice/me.jpg".into()])))), file());
    assert!(tell(&mut app, Picture::Chosen(chat(), Ok(Vec::new()))).is_empty(), "the user changed their mind");
    // No dialog here: the path is typed.
    tell(&mut app, Picture::Chosen(chat(), Err(NoChooser)));
    tell(&mut app, Picture::Typed(" file:///home/alice/me.jpg ".to_owned()));
    assert_eq!(set(press(&mut app, "Use it")), file());
    assert!(matches!(press(&mut app, "Paste a picture")[..], [Effect::Picture(Wanted::Paste(_))]));
    let clip = Clip::Picture(ClipPicture { png: vec![1, 2], small: (1, 1, vec![0; 4]) });
    assert_eq!(set(tell(&mut app, Picture::Pasted(chat(), clip))), PictureFrom::Bytes(Arc::from([1, 2])));
    tell(&mut app, Picture::Pasted(chat(), Clip::Text("no picture".to_owned())));
    assert!(simulator(&app, 1100.0, 2800.0).find("There is no picture on the clipboard.").is_ok());
    assert_eq!(set(app.update(Event::Dropped("/home/alice/me.jpg".to_owned()))), file());
    let requests = asked(press(&mut app, "Remove the picture"));
    assert!(matches!(requests.as_slice(), [Request::Card(Some(_), CardRequest::RemovePicture)]), "{requests:?}");
}

#[test]
fn the_own_picture_stands_above_the_rail_and_leads_to_what_is_about_the_user() {
    let mut app = app(known(snapshot()));
    let mut window = simulator(&app, 1000.0, 700.0);
    window.click(iced::widget::Id::new("rail-you")).expect("the picture");
    let events: Vec<Event> = window.into_messages().collect();
    for event in events {
        app.update(event);
    }
    assert!(simulator(&app, 1100.0, 2800.0).find("Choose a picture …").is_ok());
    // While it is being changed nothing else is begun.
    let mut busy = known(snapshot());
    let mut card = busy.cards[0].clone();
    card.picture_busy = true;
    busy.cards = Arc::from([card]);
    let mut app = super::settings::topic(busy, Topic::You);
    assert!(simulator(&app, 1100.0, 2800.0).find("Changing your picture …").is_ok());
    assert!(press(&mut app, "Choose a picture …").is_empty());
}

#[test]
fn what_the_server_keeps_is_asked_when_it_is_looked_at_and_chosen_with_a_click() {
    let mut app = super::settings::topic(snapshot(), Topic::You);
    let requests = asked(app.update(Event::Topics(Topics::Show(Topic::Privacy))));
    let asks =
        |request: &Request| matches!(request, Request::Own(OwnRequest::Archive(Some(id), None)) if *id == chat());
    assert!(requests.iter().any(asks), "{requests:?}");
    let mut app = topic(snapshot(), Topic::Privacy);
    assert!(asked(app.update(Event::Topics(Topics::Show(Topic::Privacy)))).is_empty(), "it is known");
    let has = |app: &App, words: &str| simulator(app, 1100.0, 2800.0).find(words).is_ok();
    assert!(has(&app, "2 people are exceptions, named with another program. That stays."));
    let requests = asked(press(&mut app, "All messages"));
    let change = Request::Own(OwnRequest::Archive(Some(chat()), Some(ArchiveKeeps::Always)));
    assert_eq!(format!("{requests:?}"), format!("{:?}", [change]));
    assert!(asked(press(&mut app, "Those with your contacts")).is_empty(), "what holds is not asked for again");
    // A server that leaves nobody the choice says so, and nothing can be pressed.
    let mut refused = snapshot();
    let problem = Some("Your chat server does not let you choose what it keeps. Its operator decides.".into());
    refused.archives = Arc::from([ArchiveView { preferences: None, problem, ..archive(ArchiveKeeps::Always) }]);
    let app = super::settings::topic(refused, Topic::Privacy);
    assert!(has(&app, "Your chat server does not let you choose what it keeps. Its operator decides."));
    assert!(!has(&app, "All messages"));
}

#[test]
fn the_program_is_told_when_nobody_touches_anything_and_not_while_somebody_does() {
    let mut app = app(snapshot());
    let mut told = |seconds| {
        let event = tandem::gui::desktop::Message::Idle(Duration::from_secs(seconds));
        asked(app.update(Event::Desktop(event))).len()
    };
    assert_eq!([0, 3, 12].map(&mut told), [0; 3], "somebody works");
    assert_eq!([45, 60, 600].map(&mut told), [1; 3]);
    assert_eq!([2, 4, 0].map(&mut told), [1, 0, 0], "that somebody is back is said once");
}
