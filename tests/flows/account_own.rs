//! How the user is seen and kept: away when nobody is there, the own picture, what the archive keeps.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{ArchiveView, CardRequest, Effect, Input, OwnRequest, PictureFrom, RefusalKind, Reply, Request};
use tandem::config::{Config, parse};
use tandem::model::{ArchiveKeeps, ArchivePreferences, Avatar, EndedBy, OwnPicture, Reason, Show, WallTime};
use tandem::xmpp::{Command, Event, OwnPictureCommand, OwnPictureEvent, PeopleCommand, PeopleEvent};

use super::world::*;

fn messages(keys: &str) -> Config {
    let account = "[[chat]]\naddress = \"alice@example.com\"\npassword-keyring = true\n";
    let read = parse(&format!("{account}[messages]\n{keys}"), "config.toml").expect("a configuration");
    Config { messages: read.messages, ..config() }
}

/// What was told of the user since the effects were last cleared: since when nobody is there, and the presence.
fn told(world: &World) -> Vec<(Option<Option<WallTime>>, Option<Show>)> {
    let one = |command: Command| match command {
        Command::People(PeopleCommand::Idle(since)) => Some((Some(since), None)),
        Command::Presence { show, .. } => Some((None, Some(show))),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(one).collect()
}

/// Nobody has been there for so many minutes.
fn nobody(world: &mut World, minutes: u64) {
    world.done(Request::Own(OwnRequest::Idle(Duration::from_secs(60 * minutes))));
}

fn ago(world: &World, minutes: i64) -> WallTime {
    WallTime::from_unix_ms(world.now.wall.unix_ms() - minutes * 60_000)
}

#[test]
fn who_leaves_the_machine_is_away_after_the_time_that_is_set_and_back_with_the_first_touch() {
    let mut world = World::online_with(messages("away-after = 5"));
    nobody(&mut world, 4);
    assert_eq!(told(&world), []);
    nobody(&mut world, 5);
    let since = ago(&world, 5);
    assert_eq!(told(&world), [(Some(Some(since)), None), (None, Some(Show::Away))]);
    world.effects.clear();
    world.wait(Duration::from_secs(60));
    nobody(&mut world, 6);
    assert_eq!(told(&world), [], "said once");
    nobody(&mut world, 0);
    assert_eq!(told(&world), [(Some(None), None), (None, Some(Show::Available))]);
}

#[test]
fn whether_somebody_is_away_and_since_when_is_told_as_the_keys_say() {
    let away = |keys: &str, minutes| {
        let mut world = World::online_with(messages(keys));
        nobody(&mut world, minutes);
        let told = told(&world);
        (told.iter().any(|(since, _)| matches!(since, Some(Some(_)))), told.contains(&(None, Some(Show::Away))))
    };
    assert_eq!(away("", 9), (false, false));
    assert_eq!(away("", 10), (true, true));
    assert_eq!(away("away-after = 30", 10), (false, false));
    assert_eq!(away("away-after = 0", 1_000), (false, false));
    assert_eq!(away("tell-away-since = false", 10), (false, true));
    let mut world = World::online_with(messages("away-after = 0"));
    assert!(!world.shown().watch_idle, "the desktop is not even asked");
    assert!(World::online_with(messages("")).shown().watch_idle);
}

#[test]
fn what_the_user_chose_wins_over_an_empty_chair() {
    let mut world = World::online();
    world.done(Request::Presence { show: Show::Dnd, status: Some("Writing".into()) });
    world.effects.clear();
    nobody(&mut world, 20);
    assert_eq!(told(&world), [(Some(Some(ago(&world, 20))), None), (None, Some(Show::Dnd))], "since when is told");
    // Somebody sets it from elsewhere while nobody is at this machine.
    world.effects.clear();
    world.done(Request::Presence { show: Show::Available, status: None });
    assert_eq!(told(&world).last(), Some(&(None, Some(Show::Available))));
    nobody(&mut world, 21);
    assert_eq!(told(&world).last(), Some(&(None, Some(Show::Available))), "and it stays");
    // Until somebody was here again.
    nobody(&mut world, 0);
    nobody(&mut world, 10);
    assert_eq!(told(&world).last(), Some(&(None, Some(Show::Away))));
    // Who is invisible is not given away.
    world.done(Request::Presence { show: Show::Offline, status: None });
    nobody(&mut world, 0);
    world.effects.clear();
    nobody(&mut world, 10);
    assert_eq!(told(&world), []);
}

#[test]
fn who_talks_on_the_phone_is_not_away_however_long_nobody_touches_anything() {
    let mut world = World::online();
    let call = world.talking();
    world.effects.clear();
    nobody(&mut world, 45);
    assert_eq!(told(&world), []);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(told(&world).last(), Some(&(None, Some(Show::Away))), "and then nobody is there");
}

fn set(path: &str) -> Request {
    Request::Card(None, CardRequest::SetPicture(PictureFrom::File(path.into())))
}

fn picture() -> OwnPicture {
    OwnPicture { png: Arc::from(&b"png"[..]), hash: "abc".into(), edge: 96 }
}

fn is(picture: Option<&'static [u8]>) -> Event {
    Event::People(PeopleEvent::OwnPicture(OwnPictureEvent::Is(picture.map(Arc::from))))
}

fn done(number: u64, how: Result<Option<Reason>, Reason>) -> Event {
    Event::People(PeopleEvent::OwnPicture(OwnPictureEvent::Done(number, how)))
}

/// The number of the work, once the picture is being made ready.
fn preparing(world: &World) -> u64 {
    let number = |effect: &Effect| match effect {
        Effect::OwnPicture(number, _) => Some(*number),
        _ => None,
    };
    world.effects.iter().rev().find_map(number).expect("work")
}

fn answers(world: &World) -> Vec<Result<Reply, tandem::account::Refusal>> {
    let answer = |effect: &Effect| match effect {
        Effect::Answer(_, answer) => Some(answer.clone()),
        _ => None,
    };
    world.effects.iter().filter_map(answer).collect()
}

fn commands(world: &World) -> Vec<OwnPictureCommand> {
    let one = |command: Command| match command {
        Command::People(PeopleCommand::OwnPicture(command)) => Some(command),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(one).collect()
}

#[test]
fn a_picture_of_the_user_is_made_ready_published_and_shown() {
    let mut world = World::online();
    assert!(world.ask(set("/pictures/me.jpg")).is_none(), "the server has not answered");
    let number = preparing(&world);
    assert!(world.shown().cards[0].picture_busy);
    world.put(Input::OwnPicture(number, Ok(picture())));
    assert_eq!(commands(&world), [OwnPictureCommand::Set(number, Arc::new(picture()))]);
    world.chat(is(Some(b"png")));
    let decoded = |world: &World| {
        world.effects.iter().any(
            |effect| matches!(effect, Effect::Decode { jid, .. } if *jid == super::world::jid("alice@example.com")),
        )
    };
    assert!(decoded(&world));
    let avatar = Avatar { hash: "abc".into(), size: 1, rgba: Arc::from(&[1, 2, 3, 255][..]) };
    world.put(Input::Decoded { jid: jid("alice@example.com"), avatar: Some(avatar.clone()) });
    world.effects.clear();
    world.chat(done(number, Ok(None)));
    let answered = answers(&world);
    let Some(Ok(Reply::Card(card))) = answered.first() else { panic!("{answered:?}") };
    assert_eq!((card.picture.as_ref(), card.picture_busy), (Some(&avatar), false));
    // Taken away on another device: it goes here too.
    world.chat(is(None));
    assert_eq!(world.shown().cards[0].picture, None);
    assert!(world.ask(Request::Card(None, CardRequest::RemovePicture)).is_none());
    assert!(matches!(commands(&world).last(), Some(OwnPictureCommand::Remove(_))));
}

#[test]
fn a_picture_that_cannot_be_used_or_taken_is_refused_with_a_sentence() {
    let refusal = |world: &World| match answers(world).pop() {
        Some(Err(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    let mut world = World::online();
    world.ask(set("/pictures/me.txt"));
    let number = preparing(&world);
    world.put(Input::OwnPicture(number, Err("This is not a picture.".into())));
    assert_eq!(refusal(&world).kind, RefusalKind::Invalid);
    assert!(commands(&world).is_empty(), "nothing was published");
    assert!(!world.shown().cards[0].picture_busy);
    for (code, kind, part) in [
        ("service-unavailable", RefusalKind::NotAllowed, "keeps no pictures"),
        ("not-acceptable", RefusalKind::NotAllowed, "did not take your picture: Too large."),
        ("offline", RefusalKind::Offline, "Too large."),
    ] {
        world.ask(set("/pictures/me.png"));
        let number = preparing(&world);
        world.put(Input::OwnPicture(number, Ok(picture())));
        world.chat(done(number, Err(Reason::new(code, "Too large."))));
        let refused = refusal(&world);
        assert!(refused.kind == kind && refused.text.contains(part), "{code}: {refused:?}");
    }
    // Published, but older programs do not see it: that is said.
    world.ask(set("/pictures/me.png"));
    let number = preparing(&world);
    world.put(Input::OwnPicture(number, Ok(picture())));
    world.chat(done(number, Ok(Some(Reason::new("forbidden", "The directory is read-only.")))));
    let note = world.shown().cards[0].notes.join(" ");
    assert!(note.contains("older programs") && note.contains("read-only"), "{note}");
    // The connection goes while it is made ready: who waits is told, and what comes later is nobody's.
    world.ask(set("/pictures/me.png"));
    let number = preparing(&world);
    world.chat(Event::Offline { reason: reason("unreachable"), retry_at: None });
    assert_eq!(refusal(&world).kind, RefusalKind::Offline);
    let before = commands(&world).len();
    world.put(Input::OwnPicture(number, Ok(picture())));
    assert_eq!(commands(&world).len(), before);
    let refused = world.ask(set("/pictures/me.png"));
    assert!(matches!(refused, Some(Err(refusal)) if refusal.kind == RefusalKind::Offline));
}

fn archive(change: Option<ArchiveKeeps>) -> Request {
    Request::Own(OwnRequest::Archive(None, change))
}

fn number_of(world: &World) -> (u64, Option<ArchiveKeeps>) {
    let one = |command: Command| match command {
        Command::ArchivePrefs(number, change) => Some((number, change)),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(one).next_back().expect("a question")
}

#[test]
fn what_the_server_keeps_is_asked_changed_and_shown_as_the_server_says_it() {
    let mut world = World::online();
    assert!(world.shown().archives.is_empty(), "nobody asked");
    assert!(world.ask(archive(None)).is_none());
    let (number, change) = number_of(&world);
    assert_eq!(change, None);
    assert!(world.shown().archives[0].busy);
    let known = ArchivePreferences { keeps: ArchiveKeeps::Always, always: 0, never: 1 };
    world.effects.clear();
    world.chat(Event::ArchivePrefs(number, Ok(known)));
    let view = |world: &World| match answers(world).pop() {
        Some(Ok(Reply::Archive(view))) => *view,
        other => panic!("{other:?}"),
    };
    let expected = ArchiveView {
        account: chat_id(),
        address: jid("alice@example.com"),
        preferences: Some(known),
        busy: false,
        problem: None,
    };
    assert_eq!(view(&world), expected);
    // What was asked for and what holds are two things: the server's word is shown.
    world.ask(archive(Some(ArchiveKeeps::Never)));
    let (number, change) = number_of(&world);
    assert_eq!(change, Some(ArchiveKeeps::Never));
    let roster = ArchivePreferences { keeps: ArchiveKeeps::Roster, ..known };
    world.chat(Event::ArchivePrefs(number, Ok(roster)));
    assert_eq!(world.shown().archives[0].preferences, Some(roster));
    // A server that leaves nobody the choice.
    world.ask(archive(None));
    let (number, _) = number_of(&world);
    let why = Reason::new("feature-not-implemented", "No.");
    world.chat(Event::ArchivePrefs(number, Err(why)));
    let problem = world.shown().archives[0].problem.clone().expect("a sentence");
    assert!(problem.contains("does not let you choose"), "{problem}");
    // And no connection.
    world.ask(archive(None));
    world.effects.clear();
    world.chat(Event::Offline { reason: reason("unreachable"), retry_at: None });
    assert!(matches!(answers(&world).pop(), Some(Err(refusal)) if refusal.kind == RefusalKind::Offline));
    assert!(matches!(world.ask(archive(None)), Some(Err(refusal)) if refusal.kind == RefusalKind::Offline));
}
