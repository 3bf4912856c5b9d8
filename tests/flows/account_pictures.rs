//! Pictures in conversations: what comes by itself, what on the user's word, and what was pasted.

use std::path::PathBuf;
use std::sync::Arc;

use tandem::account::{
    Effect, FileEffect, FileEvent, FileRequest, Input, PictureEffect, PictureEvent, PictureReply, PictureRequest,
    RefusalKind, Reply, Request,
};
use tandem::config;
use tandem::model::{Jid, Message, MessageId, PictureState, Subscription, Thumb};
use tandem::store::{Command, Event, TalkEvent};
use tandem::xmpp::{self, InboundMessage, RosterUpdate, Slot};

use super::world::*;

const PHOTO: &str = "https://files.example.com/s/photo.jpg";

/// A world with these lines of `[messages]`.
fn world(keys: &str) -> World {
    let account = "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"";
    let text = format!("{account}\n[messages]\n{keys}\n");
    let read = config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
    World::online_with(config::Config { messages: read.messages, ..config() })
}

/// A message of somebody with a file, as the store has it.
fn stored(world: &mut World, from: &str, url: &str) -> Message {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = tandem::store::open(&folder.path().join("db")).unwrap();
    let message = InboundMessage { file: true, ..InboundMessage::new(jid(from), url, world.now.wall) };
    let command =
        Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: world.checkpoint() };
    match store.execute(&[command]).unwrap().into_iter().next() {
        Some(Event::Incoming { message: Some(message), .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn request(request: PictureRequest) -> Request {
    Request::File(FileRequest::Picture(request))
}

fn found(world: &mut World, message: &Message) {
    world.put(Input::Store(Event::Talk(TalkEvent::Found(message.id.clone(), Some(Box::new(message.clone()))))));
}

/// What is done about pictures: the number of the work, and how many bytes may be fetched for it.
fn done_about(world: &World) -> Vec<(u64, Option<u64>)> {
    let about = |effect: &Effect| match effect {
        Effect::File(FileEffect::Picture(PictureEffect::Small { number, fetch, .. })) => {
            Some((*number, fetch.as_ref().map(|fetch| fetch.most)))
        }
        Effect::File(FileEffect::Picture(PictureEffect::Open { number, fetch, .. })) => {
            Some((*number, Some(fetch.most)))
        }
        _ => None,
    };
    world.effects.iter().filter_map(about).collect()
}

fn looked_at(world: &mut World, from: &str, url: &str) -> (Message, Vec<(u64, Option<u64>)>) {
    let message = stored(world, from, url);
    world.effects.clear();
    world.done(request(PictureRequest::Look(vec![message.id.clone()])));
    found(world, &message);
    let done = done_about(world);
    (message, done)
}

fn thumb() -> Thumb {
    Thumb { width: 800, height: 600, animated: false, thumb_width: 1, thumb_height: 1, rgba: Arc::from([0_u8; 4]) }
}

fn small(number: u64, outcome: Result<Option<Thumb>, Arc<str>>) -> Input {
    Input::File(FileEvent::Picture(PictureEvent::Small(number, outcome)))
}

fn state(world: &mut World, id: &MessageId) -> Option<PictureState> {
    world.shown().pictures.iter().find(|known| known.id == *id).map(|known| known.state.clone())
}

#[test]
fn x25_pictures_of_contacts_come_by_themselves_only_where_the_setting_says_so() {
    let megabytes = 10 * 1024 * 1024;
    for (keys, from, may) in [
        ("", "bob@example.com", None),
        ("pictures = \"ask\"", "bob@example.com", None),
        ("pictures = \"contacts\"", "bob@example.com", Some(megabytes)),
        ("pictures = \"contacts\"", "mallory@evil.example", None),
    ] {
        let mut world = world(keys);
        let (message, done) = looked_at(&mut world, from, PHOTO);
        let [(number, fetch)] = done.as_slice() else { panic!("what is here is looked for: {done:?}") };
        assert_eq!(*fetch, may, "{keys} {from}");
        assert_eq!(state(&mut world, &message.id), Some(PictureState::Coming));
        world.put(small(*number, Ok(None)));
        assert_eq!(state(&mut world, &message.id), Some(PictureState::Offered));
    }
    // A contact whom the user does not see, and one who is blocked, are no different from strangers.
    let mut world = world("pictures = \"contacts\"");
    let checkpoint = world.checkpoint();
    let items = vec![item("bob@example.com", Subscription::From)];
    world.chat(xmpp::Event::Roster { update: RosterUpdate::Replace(items), version: None, checkpoint });
    let (_, done) = looked_at(&mut world, "bob@example.com", PHOTO);
    assert_eq!(done.iter().filter_map(|(_, fetch)| *fetch).count(), 0);
}

#[test]
fn x25_drawings_and_other_files_are_no_pictures_and_are_not_looked_for() {
    let mut world = world("pictures = \"contacts\"");
    for url in ["https://e.example/a.svg", "https://e.example/a.exe", "https://e.example/a.jpg.html"] {
        let (message, done) = looked_at(&mut world, "bob@example.com", url);
        assert_eq!((done.len(), state(&mut world, &message.id)), (0, None), "{url}");
        assert_eq!(world.ask(request(PictureRequest::Show(message.id.clone()))).map(|_| ()), None);
        found(&mut world, &message);
        let refused = world
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Answer(_, Err(refusal)) if refusal.kind == RefusalKind::NotFound));
        assert!(refused, "{url}");
    }
}

#[test]
fn a_picture_is_shown_on_the_users_word_and_what_fails_says_why_and_can_be_tried_again() {
    let mut world = world("");
    let (message, done) = looked_at(&mut world, "mallory@evil.example", PHOTO);
    world.put(small(done[0].0, Ok(None)));
    let show = |world: &mut World| {
        world.effects.clear();
        assert_eq!(world.ask(request(PictureRequest::Show(message.id.clone()))).map(|_| ()), None);
        found(world, &message);
        let done = done_about(world);
        assert_eq!(done[0].1, Some(32 * 1024 * 1024), "the user's word is enough");
        done[0].0
    };
    let number = show(&mut world);
    world.put(small(number, Err("The picture is damaged and cannot be shown.".into())));
    let why = PictureState::Failed("The picture is damaged and cannot be shown.".into());
    assert_eq!(state(&mut world, &message.id), Some(why));
    let number = show(&mut world);
    world.put(small(number, Ok(Some(thumb()))));
    assert_eq!(state(&mut world, &message.id), Some(PictureState::Here(Arc::new(thumb()))));
    let answered = world.effects.iter().any(|effect| {
        matches!(effect, Effect::Answer(_, Ok(Reply::Picture(PictureReply::Small(picture)))) if picture.id == message.id)
    });
    assert!(answered);
}

#[test]
fn x25_only_so_many_pictures_are_at_work_and_kept_whatever_is_asked_for() {
    let mut world = world("pictures = \"contacts\"");
    let messages: Vec<Message> = (0..150)
        .map(|at| {
            let mut message = stored(&mut world, "bob@example.com", PHOTO);
            message.id = MessageId(format!("m{at}").into());
            message
        })
        .collect();
    world.effects.clear();
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
    for ids in ids.chunks(40) {
        world.done(request(PictureRequest::Look(ids.to_vec())));
    }
    messages.iter().for_each(|message| found(&mut world, message));
    assert_eq!(done_about(&world).len(), 4, "so many at once");
    let mut at = 0;
    while at < done_about(&world).len() {
        let (number, _) = done_about(&world)[at];
        world.put(small(number, Ok(Some(thumb()))));
        at += 1;
    }
    assert!((40..=150).contains(&at), "{at}: and then the next ones, as far as they wait");
    assert!(world.shown().pictures.len() <= 48);
}

fn bytes() -> Arc<[u8]> {
    Arc::from(*b"pixels")
}

fn pasted(to: Jid) -> Request {
    Request::File(FileRequest::SendBytes { to, name: "Picture.png".into(), bytes: bytes() })
}

/// What becomes of the file of our own making: whether its picture is kept, and that it goes.
fn settled(world: &World) -> Vec<(bool, PathBuf, bool)> {
    let settled = |effect: &Effect| match effect {
        Effect::File(FileEffect::Settle { url, path, remove }) => Some((url.is_some(), path.clone(), *remove)),
        _ => None,
    };
    world.effects.iter().filter_map(settled).collect()
}

#[test]
fn what_was_pasted_is_laid_down_sent_and_removed_and_can_be_tried_again_where_it_did_not_go() {
    let mut world = World::online();
    assert_eq!(world.ask(pasted(jid("bob@example.com"))).map(|_| ()), None);
    let laid = world.effects.iter().find_map(|effect| match effect {
        Effect::File(FileEffect::Lay { number, bytes: laid, .. }) => Some((*number, laid.clone())),
        _ => None,
    });
    let (number, laid) = laid.expect("it becomes a file");
    assert_eq!(laid, bytes());
    let path = PathBuf::from("/profile/outgoing/Picture.png");
    world.put(Input::File(FileEvent::Laid(number, Ok(path.clone()))));
    world.put(Input::File(FileEvent::Looked(number, Ok(("Picture.png".into(), 6)))));
    world.chat(xmpp::Event::Slot(number, Err(xmpp::NoSlot::Quota)));
    assert!(settled(&world).is_empty(), "it did not go: it stays");
    let id = world.shown().files[0].id.clone();
    world.effects.clear();
    world.done(Request::File(FileRequest::Again(id.clone())));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::File(FileEffect::Look { .. }))));
    world.put(Input::File(FileEvent::Looked(number, Ok(("Picture.png".into(), 6)))));
    let get = tandem::model::HttpsUrl::parse("https://files.example.com/s/Picture.png").unwrap();
    world.chat(xmpp::Event::Slot(number, Ok(Slot { put: get.clone(), get, headers: Vec::new() })));
    world.put(Input::File(FileEvent::Uploaded(number, Ok(()))));
    assert_eq!(settled(&world), [(true, path.clone(), true)], "kept as a picture, and removed as a file");
    let again = world.ask(Request::File(FileRequest::Again(id))).expect("at once");
    assert_eq!(again.expect_err("it went").kind, RefusalKind::NotFound);
    // Cancelled while it is written down: nothing is left.
    world.effects.clear();
    assert_eq!(world.ask(pasted(jid("bob@example.com"))).map(|_| ()), None);
    let id = world.shown().files[1].id.clone();
    let number = number + 1;
    world.done(Request::File(FileRequest::Cancel(id)));
    world.put(Input::File(FileEvent::Laid(number, Ok(path.clone()))));
    assert!(settled(&world).contains(&(false, path, true)));
}
