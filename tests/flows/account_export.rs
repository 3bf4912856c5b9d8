//! A conversation goes into a file page by page, each on the disk before the next is read.

use tandem::account::{Effect, ExportFormat, ExportPart, ExportRequest, ExportWritten, Input, Reply, Request};
use tandem::model::{Delivery, Message, MessageDirection, MessageId, WallTime};
use tandem::store::{self, TalkCommand};

use super::world::*;

const BOB: &str = "bob@example.com";

fn said(n: i64, body: &str) -> Message {
    Message {
        id: MessageId(format!("m{n}").into()),
        from: jid(BOB),
        direction: MessageDirection::In,
        delivery: Delivery::Received,
        // A minute each, from 23:58 of a day on.
        time: WallTime::from_unix_ms(1_795_305_480_000 + n * 60_000),
        body: body.into(),
        ..outgoing("m")
    }
}

fn request(format: ExportFormat, path: &str) -> Request {
    Request::Export(ExportRequest { with: jid(BOB), format, path: path.into() })
}

fn asked(world: &World) -> Option<TalkCommand> {
    world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::Talk(command) => Some(command),
        _ => None,
    })
}

fn part(world: &World) -> Option<ExportPart> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Export(part) => Some(part.clone()),
        _ => None,
    })
}

fn answer(world: &World) -> Option<Result<Reply, tandem::account::Refusal>> {
    world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, answer) => Some(answer.clone()),
        _ => None,
    })
}

fn give(world: &mut World, request: u64, messages: Vec<Message>) -> ExportPart {
    world.effects.clear();
    world.put(Input::Store(store::Event::Messages { request, messages }));
    part(world).expect("a part")
}

#[test]
fn a_long_conversation_is_read_page_by_page_and_the_answer_comes_when_all_of_it_is_written() {
    let mut world = World::online();
    assert!(world.ask(request(ExportFormat::Json, "/home/me/bob.json")).is_none());
    let Some(TalkCommand::First { request: id, limit, .. }) = asked(&world) else { panic!("the first page") };
    let page: Vec<Message> = (0..i64::from(limit)).map(|n| said(n, "hi")).collect();
    let last = page.last().map(|last| last.id.clone());
    let first = give(&mut world, id, page);
    assert_eq!((first.first, first.last, &*first.path), (true, false, "/home/me/bob.json"));
    assert!(asked(&world).is_none() && answer(&world).is_none(), "not before it is on the disk");
    world.put(Input::Exported(ExportWritten { id: first.id, result: Ok(()) }));
    let Some(TalkCommand::After { request: id, id: after, .. }) = asked(&world) else { panic!("the next page") };
    assert_eq!(Some(after), last);
    let second = give(&mut world, id, vec![said(900, "bye")]);
    assert_eq!((second.first, second.last), (false, true));
    world.put(Input::Exported(ExportWritten { id: second.id, result: Ok(()) }));
    let Some(Ok(Reply::Exported { messages, .. })) = answer(&world) else { panic!("{:?}", answer(&world)) };
    assert_eq!(messages, u64::from(limit) + 1);
    let whole: serde_json::Value = serde_json::from_str(&format!("{}{}", first.text, second.text)).expect("JSON");
    assert_eq!(whole["messages"].as_array().map(Vec::len), Some(limit as usize + 1));
    assert_eq!(whole["messages"][0]["body"], "hi");
}

#[test]
fn a_text_can_be_read_and_no_message_can_look_like_somebody_elses() {
    let mut world = World::online();
    assert!(world.ask(request(ExportFormat::Text, "/home/me/bob.txt")).is_none());
    let Some(TalkCommand::First { request: id, .. }) = asked(&world) else { panic!("the first page") };
    let own = Message { direction: MessageDirection::Out, delivery: Delivery::Failed, ..said(1, "no") };
    let sly = said(3, "a\n[00:00:00] You: b\r\u{2028}c");
    let text = give(&mut world, id, vec![said(0, "hi"), own, said(2, "after midnight"), sly]).text;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[2..],
        [
            "",
            "2026-11-21",
            "[23:58:00] bob: hi",
            "[23:59:00] You: no",
            "           (not sent)",
            "",
            "2026-11-22",
            "[00:00:00] bob: after midnight",
            "[00:01:00] bob: a",
            "           [00:00:00] You: b",
            "           ",
            "           c",
        ],
        "{text}"
    );
}

#[test]
fn what_cannot_be_written_is_refused_with_a_sentence() {
    let mut world = World::online();
    assert!(matches!(world.ask(request(ExportFormat::Text, "bob.txt")), Some(Err(_))), "not a whole path");
    assert!(world.ask(request(ExportFormat::Text, "/home/me/bob.txt")).is_none());
    let Some(TalkCommand::First { request: id, .. }) = asked(&world) else { panic!("the first page") };
    world.effects.clear();
    world.put(Input::Store(store::Event::Messages { request: id, messages: Vec::new() }));
    assert!(matches!(answer(&world), Some(Err(_))) && part(&world).is_none(), "an empty file helps nobody");
    assert!(world.ask(request(ExportFormat::Text, "/home/me/bob.txt")).is_none());
    let Some(TalkCommand::First { request: id, .. }) = asked(&world) else { panic!("the first page") };
    let part = give(&mut world, id, vec![said(0, "hi")]);
    let why = "/home/me/bob.txt is there already: choose another name.";
    world.put(Input::Exported(ExportWritten { id: part.id, result: Err(why.into()) }));
    let Some(Err(refusal)) = answer(&world) else { panic!("refused") };
    assert_eq!(&*refusal.text, why);
}
