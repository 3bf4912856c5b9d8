//! Files: a place is asked for, bytes go, the message follows; nothing comes before the user asks; every failure says why.

use std::sync::Arc;

use tandem::account::{Effect, FileEffect, FileEvent, FileProblem, FileRequest, Input, RefusalKind, Reply, Request};
use tandem::model::{FileState, FileTransfer, HttpsUrl, MessageId, WebError};
use tandem::store::{Command, TalkCommand, TalkEvent};
use tandem::xmpp::{self, InboundMessage, NoSlot, Outbound, Slot};

use super::world::*;

fn url(text: &str) -> HttpsUrl {
    HttpsUrl::parse(text).unwrap()
}

fn slot() -> Slot {
    let get = url("https://files.example.com/s/a.pdf");
    Slot { put: url("https://files.example.com/p/a.pdf"), get, headers: vec![("Authorization", "t".into())] }
}

fn send(path: &str) -> Request {
    Request::File(FileRequest::Send { to: jid("bob@example.com"), path: path.into() })
}

/// The newest effect about files.
fn last(world: &World) -> &FileEffect {
    let file = |effect: &'_ Effect| matches!(effect, Effect::File(_));
    match world.effects.iter().rev().find(|effect| file(effect)) {
        Some(Effect::File(effect)) => effect,
        _ => panic!("nothing about files"),
    }
}

fn file(world: &mut World) -> FileTransfer {
    world.shown().files.last().cloned().expect("a transfer")
}

/// A file of three bytes was looked at; the number of its transfer.
fn looked(world: &mut World) -> u64 {
    assert_eq!(world.ask(send("/home/alice/a.pdf")).map(|_| ()), None, "answered when there is a place");
    let FileEffect::Look { number, .. } = last(world) else { panic!("it is looked at first") };
    let number = *number;
    world.put(Input::File(FileEvent::Looked(number, Ok(("a.pdf".into(), 3)))));
    number
}

/// What the last request was answered with.
fn answer(world: &World) -> Result<String, (RefusalKind, String)> {
    let answers = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, answer) => Some(answer.clone()),
        _ => None,
    });
    match answers.expect("an answer") {
        Ok(Reply::Message(MessageId(id))) => Ok(id.to_string()),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err((refusal.kind, refusal.text.to_string())),
    }
}

#[test]
fn a_file_is_put_where_the_server_says_and_the_message_follows_under_the_name_that_was_told() {
    let mut world = World::online();
    let number = looked(&mut world);
    let Some(xmpp::Command::AskSlot(wish)) = world.xmpp().pop() else { panic!("a place is asked for") };
    assert_eq!((wish.ticket, &*wish.name, wish.size, wish.media_type), (number, "a.pdf", 3, "application/pdf"));
    world.chat(xmpp::Event::Slot(number, Ok(slot())));
    let id = answer(&world).expect("it has a place");
    let FileEffect::Upload { size, slot: used, own_domains, .. } = last(&world) else { panic!("it goes") };
    assert_eq!((*size, used, own_domains.as_slice()), (3, &slot(), ["example.com".into()].as_slice()));
    world.put(Input::File(FileEvent::Progress(number, 2, None)));
    let shown = file(&mut world);
    assert_eq!((shown.done, shown.size, shown.state), (2, Some(3), FileState::Running));
    assert!(world.xmpp().iter().all(|command| !matches!(command, xmpp::Command::Say { .. })), "not before it is there");
    world.put(Input::File(FileEvent::Uploaded(number, Ok(()))));
    let said = world.xmpp().into_iter().find_map(|command| match command {
        xmpp::Command::Say { id, what: Outbound::File(address), .. } => Some((id.0.to_string(), address)),
        _ => None,
    });
    assert_eq!(said, Some((id, Arc::from("https://files.example.com/s/a.pdf"))));
    assert_eq!(file(&mut world).state, FileState::Done { path: None });
}

#[test]
fn every_reason_why_a_file_cannot_be_sent_is_told_in_a_sentence() {
    for (why, told) in [
        (NoSlot::NoService, "does not take files"),
        (NoSlot::TooLarge(Some(2)), "it has 3 bytes, and your chat server takes 2 bytes at most"),
        (NoSlot::TooLarge(None), "too large"),
        (NoSlot::Quota, "no more room"),
        (NoSlot::Offline, "not connected"),
        (NoSlot::TooMany, "Try again"),
        (NoSlot::Unusable, "can be used safely"),
    ] {
        let mut world = World::online();
        let number = looked(&mut world);
        world.chat(xmpp::Event::Slot(number, Err(why)));
        let (kind, text) = answer(&world).expect_err("refused");
        assert_eq!(kind, RefusalKind::NotAllowed);
        assert!(text.contains(told), "{text}");
        assert_eq!(file(&mut world).state, FileState::Failed { why: text.into() });
    }
    let mut world = World::online();
    let number = looked(&mut world);
    world.chat(xmpp::Event::Slot(number, Ok(slot())));
    world.put(Input::File(FileEvent::Uploaded(number, Err(FileProblem::Web(WebError::Timeout)))));
    let FileState::Failed { why } = file(&mut world).state else { panic!("failed") };
    assert!(why.contains("was not sent"), "{why}");
    assert!(world.xmpp().iter().all(|command| !matches!(command, xmpp::Command::Say { .. })), "and no message");
    let relative = world.ask(send("a.pdf")).expect("at once").expect_err("where?");
    assert_eq!(relative.kind, RefusalKind::Invalid);
    world.chat(xmpp::Event::Offline { reason: tandem::model::Reason::new("x", "x"), retry_at: None });
    let offline = world.ask(send("/a.pdf")).expect("at once").expect_err("not connected");
    assert_eq!(offline.kind, RefusalKind::Offline);
}

#[test]
fn a_file_that_is_cancelled_stops_and_brings_no_message() {
    let mut world = World::online();
    let number = looked(&mut world);
    world.chat(xmpp::Event::Slot(number, Ok(slot())));
    let id = MessageId(answer(&world).unwrap().into());
    world.done(Request::File(FileRequest::Cancel(id.clone())));
    assert!(matches!(last(&world), FileEffect::Stop(stopped) if *stopped == number));
    // What was under way when it stopped comes too late.
    world.put(Input::File(FileEvent::Uploaded(number, Ok(()))));
    assert!(world.xmpp().iter().all(|command| !matches!(command, xmpp::Command::Say { .. })));
    assert!(world.shown().files.is_empty());
    let again = world.ask(Request::File(FileRequest::Cancel(id))).expect("at once");
    assert_eq!(again.expect_err("it is gone").kind, RefusalKind::NotFound);
}

#[test]
fn only_so_many_files_go_at_once() {
    let mut world = World::online();
    for _ in 0..8 {
        looked(&mut world);
    }
    let refused = world.ask(send("/a.pdf")).expect("at once").expect_err("too many");
    assert!(refused.text.contains("8 files are on their way"), "{refused}");
}

/// Bob's message with a file, as the store has it.
fn stored(world: &mut World, body: &str, file: bool) -> tandem::model::Message {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = tandem::store::open(&folder.path().join("db")).unwrap();
    let message = InboundMessage { file, ..InboundMessage::new(jid("bob@example.com"), body, world.now.wall) };
    let command =
        Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: world.checkpoint() };
    let events = store.execute(&[command]).unwrap();
    match events.into_iter().next() {
        Some(tandem::store::Event::Incoming { message: Some(message), .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn wanted(world: &mut World, message: tandem::model::Message) -> MessageId {
    let id = message.id.clone();
    assert_eq!(world.ask(Request::File(FileRequest::Download(id.clone()))).map(|_| ()), None);
    let asked =
        |effect: &Effect| matches!(effect, Effect::Store(Command::Talk(TalkCommand::Find(asked))) if *asked == id);
    assert!(world.effects.iter().any(asked), "the store knows the address");
    let found = TalkEvent::Found(id.clone(), Some(Box::new(message)));
    world.put(Input::Store(tandem::store::Event::Talk(found)));
    id
}

#[test]
fn x25_nothing_is_fetched_before_the_user_asks() {
    let mut world = World::online();
    let body = "https://files.example.com/s/..%2F.holiday%20photo.jpg";
    let message = InboundMessage { file: true, ..InboundMessage::new(jid("bob@example.com"), body, world.now.wall) };
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Message(message, checkpoint));
    assert!(world.effects.iter().all(|effect| !matches!(effect, Effect::File(_))), "not by itself");
    let message = stored(&mut world, body, true);
    let id = wanted(&mut world, message);
    let FileEffect::Download { number, name, own_domains, .. } = last(&world) else { panic!("it is got") };
    assert_eq!((&**name, own_domains.as_slice()), ("holiday photo.jpg", ["example.com".into()].as_slice()));
    let number = *number;
    world.put(Input::File(FileEvent::Progress(number, 10, Some(20))));
    assert_eq!((file(&mut world).done, file(&mut world).size), (10, Some(20)));
    let twice = world.ask(Request::File(FileRequest::Download(id.clone()))).expect("at once");
    assert_eq!(twice.expect_err("it comes already").kind, RefusalKind::NotAllowed);
    world.put(Input::File(FileEvent::Downloaded(number, Ok("/d/holiday photo.jpg".into()))));
    assert_eq!(file(&mut world).state, FileState::Done { path: Some("/d/holiday photo.jpg".into()) });
    world.done(Request::File(FileRequest::Forget(id)));
    assert!(world.shown().files.is_empty());
}

#[test]
fn what_is_no_file_is_not_downloaded_and_what_did_not_come_says_why() {
    for (body, is_file) in [
        ("https://example.com/page", false),
        ("http://example.com/a.jpg", true),
        ("file:///etc/passwd", true),
        ("see https://example.com/a.jpg", true),
    ] {
        let mut world = World::online();
        let message = stored(&mut world, body, is_file);
        wanted(&mut world, message);
        assert!(world.effects.iter().all(|effect| !matches!(effect, Effect::File(_))), "{body}");
        assert_eq!(answer(&world).expect_err("no file").0, RefusalKind::NotFound, "{body}");
    }
    for (why, told) in [
        (FileProblem::Web(WebError::Gone(404)), "not there any more"),
        (FileProblem::Web(WebError::TooLarge), "larger than 2 GB"),
        (FileProblem::Web(WebError::PrivateRedirect), "private address"),
        (FileProblem::Web(WebError::Broken), "Check the connection"),
        (FileProblem::Disk("The disk is full.".into()), "could not be kept. The disk is full."),
        (FileProblem::Size, "nothing was kept"),
    ] {
        let mut world = World::online();
        let message = stored(&mut world, "https://files.example.com/a.jpg", true);
        wanted(&mut world, message);
        let FileEffect::Download { number, .. } = last(&world) else { panic!("it is got") };
        let number = *number;
        world.put(Input::File(FileEvent::Downloaded(number, Err(why))));
        let FileState::Failed { why } = file(&mut world).state else { panic!("failed") };
        assert!(why.contains(told), "{why}");
    }
}
