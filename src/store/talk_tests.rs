//! Stories of what the user does with messages that are there.

use super::*;
use crate::model::{Delivery, Jid, Message, MessageDetails, MessageDirection, MessageId, WallTime};
use crate::xmpp::{Checkpoint, InboundMessage, ReplyTo};

fn jid(text: &str) -> Jid {
    Jid::parse(text).expect("valid")
}

fn at(minute: i64) -> WallTime {
    WallTime::from_unix_ms(1_700_000_000_000 + minute * 60_000)
}

fn name(id: &str) -> MessageId {
    MessageId(id.into())
}

fn open_in(folder: &tempfile::TempDir) -> (Store, Loaded) {
    open(&folder.path().join("db")).expect("opens")
}

fn ours(id: &str, minute: i64) -> Message {
    Message {
        id: name(id),
        with: jid("bob@example.com"),
        from: jid("alice@example.com"),
        direction: MessageDirection::Out,
        time: at(minute),
        body: format!("our {id}").into(),
        delivery: Delivery::Pending,
        corrected: false,
        encrypted: false,
        details: MessageDetails::default(),
    }
}

fn run(store: &mut Store, command: Command) -> Option<Event> {
    store.execute(&[command]).expect("stored").pop()
}

fn put(store: &mut Store, message: InboundMessage) -> Message {
    let command = Command::AppendIncoming { account: jid("alice@example.com"), message, checkpoint: Checkpoint(1) };
    match run(store, command) {
        Some(Event::Incoming { message: Some(message), .. }) => message,
        other => panic!("{other:?}"),
    }
}

fn theirs(id: &str, body: &str, minute: i64) -> InboundMessage {
    InboundMessage { stanza_id: Some(id.to_owned()), ..InboundMessage::new(jid("bob@example.com"), body, at(minute)) }
}

fn say(store: &mut Store, id: &str, message: &MessageId, what: OwnChange) -> Result<(Message, Sending), &'static str> {
    let command = TalkCommand::Say { id: name(id), message: message.clone(), what, time: at(60) };
    match run(store, Command::Talk(command)) {
        Some(Event::Talk(TalkEvent::Said { outcome, .. })) => outcome.map(|said| *said),
        other => panic!("{other:?}"),
    }
}

fn react(store: &mut Store, id: &str, message: &MessageId, emoji: &str, on: bool) -> Result<Message, &'static str> {
    say(store, id, message, OwnChange::React(emoji.into(), on)).map(|(message, _)| message)
}

fn ids(event: Option<Event>) -> Vec<String> {
    match event {
        Some(Event::Messages { messages, .. }) => messages.iter().map(|message| message.body.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_knows_what_it_answers_whoever_wrote_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    let asked = put(&mut store, theirs("q1", "At three?", 1));
    let answer = TalkCommand::Answer { message: Box::new(ours("a1", 2)), answers: asked.id.clone() };
    let Some(Event::Outgoing(answer)) = run(&mut store, Command::Talk(answer)) else { panic!("an answer") };
    let reply = answer.details.reply.expect("what it answers");
    assert_eq!((&*reply.to, reply.message, reply.own), ("q1", Some(asked.id), Some(false)));
    assert_eq!(reply.text.as_deref(), Some("At three?"));
    let to = |id: &str| Some(ReplyTo { id: name(id), to: None, nick: None });
    let back = put(&mut store, InboundMessage { reply: to("a1"), ..theirs("q2", "Good", 3) });
    let reply = back.details.reply.expect("what it answers");
    assert_eq!((reply.own, reply.text.as_deref()), (Some(true), Some("our a1")));
    let lost = put(&mut store, InboundMessage { reply: to("never came"), ..theirs("q3", "Hm", 4) });
    assert_eq!(lost.details.reply.map(|reply| (reply.message, reply.text)), Some((None, None)));
    // Somebody else's message of another conversation is not shown in this one.
    let other =
        InboundMessage { stanza_id: Some("secret".into()), ..InboundMessage::new(jid("eve@x.example"), "s", at(4)) };
    put(&mut store, other);
    let spied = put(&mut store, InboundMessage { reply: to("secret"), ..theirs("q4", "Hm", 5) });
    assert_eq!(spied.details.reply.map(|reply| (reply.message, reply.text)), Some((None, None)));
    // What is not there any more is sent without the answer, not lost.
    let plain = TalkCommand::Answer { message: Box::new(ours("a2", 6)), answers: name("gone") };
    let Some(Event::Outgoing(plain)) = run(&mut store, Command::Talk(plain)) else { panic!("a message") };
    assert_eq!(plain.details.reply, None);
}

#[test]
fn x10_x11_only_own_messages_are_corrected_and_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    let their = put(&mut store, theirs("q1", "At three?", 1));
    run(&mut store, Command::AppendOutgoing(ours("m1", 2)));
    for what in [OwnChange::Correct("At four!".into()), OwnChange::Retract] {
        assert!(say(&mut store, "c0", &their.id, what).is_err());
    }
    assert!(say(&mut store, "c0", &name("nothing"), OwnChange::Retract).is_err());
    let (message, sending) = say(&mut store, "c1", &name("m1"), OwnChange::Correct("better".into())).expect("ours");
    assert_eq!((&*message.body, message.corrected, &*sending.target), ("better", true, "m1"));
    let versions: Vec<String> = message.versions().iter().map(|version| version.text.to_string()).collect();
    assert_eq!(versions, ["our m1"]);
    let (message, sending) = say(&mut store, "c2", &name("m1"), OwnChange::Correct("best".into())).expect("ours");
    assert_eq!(message.versions().len(), 2);
    assert_eq!(&*sending.target, "m1", "the first form is named, not the one between (XEP-0308 section 4)");
    let (message, _) = say(&mut store, "c3", &name("m1"), OwnChange::Retract).expect("ours");
    assert!(message.details.retracted && message.body.is_empty() && message.versions().is_empty());
    assert!(say(&mut store, "c4", &name("m1"), OwnChange::Correct("back".into())).is_err(), "it is gone");
    assert!(react(&mut store, "c5", &name("m1"), "👍", true).is_err());
}

#[test]
fn reactions_are_added_and_taken_back_one_by_one_and_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    let their = put(&mut store, theirs("q1", "At three?", 1)).id;
    react(&mut store, "r1", &their, "👍", true).expect("a reaction");
    react(&mut store, "r1b", &their, "👍", true).expect("twice is once");
    let message = react(&mut store, "r2", &their, "🎉", true).expect("a reaction");
    let shown: Vec<(String, bool)> =
        message.reactions().into_iter().map(|reaction| (reaction.emoji.to_string(), reaction.own)).collect();
    assert_eq!(shown, [("👍".to_owned(), true), ("🎉".to_owned(), true)]);
    let (message, sending) = say(&mut store, "r3", &their, OwnChange::React("👍".into(), false)).expect("taken back");
    assert_eq!((message.reactions().len(), &*sending.text, &*sending.target), (1, "🎉", "q1"));
    for (at, emoji) in ["😀", "😃", "😄", "😁", "😆", "😅", "🤣"].iter().enumerate() {
        react(&mut store, &format!("m{at}"), &their, emoji, true).expect("there is room");
    }
    assert!(react(&mut store, "r9", &their, "😂", true).is_err());
}

#[test]
fn what_was_said_waits_over_a_restart_until_the_server_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    run(&mut store, Command::AppendOutgoing(ours("m1", 2)));
    say(&mut store, "c1", &name("m1"), OwnChange::Correct("better".into())).expect("ours");
    react(&mut store, "c2", &name("m1"), "🎉", true).expect("a reaction");
    drop(store);
    let (mut store, loaded) = open_in(&folder);
    let waits: Vec<&str> = loaded.sending.iter().map(|sending| &*sending.id.0).collect();
    assert_eq!(waits, ["c1", "c2"], "in order");
    assert_eq!(loaded.outbox.len(), 1);
    let sent = |id: &str| Command::SetDelivery { id: name(id), with: None, delivery: Delivery::Sent, checkpoint: None };
    run(&mut store, sent("c1"));
    drop(store);
    let (_, loaded) = open_in(&folder);
    let waits: Vec<&str> = loaded.sending.iter().map(|sending| &*sending.id.0).collect();
    assert_eq!(waits, ["c2"]);
}

#[test]
fn a_refused_message_says_why_and_goes_out_again_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    run(&mut store, Command::AppendOutgoing(ours("m1", 1)));
    put(&mut store, theirs("q1", "between", 2));
    let again = |id: &str| Command::Talk(TalkCommand::SendAgain { message: name("m1"), id: name(id), time: at(3) });
    assert_eq!(run(&mut store, again("m2")), None, "it was not refused");
    let why = TalkCommand::Why { id: name("m1"), with: jid("bob@example.com"), why: "Nobody there.".into() };
    run(&mut store, Command::Talk(why));
    let refused = Command::SetDelivery { id: name("m1"), with: None, delivery: Delivery::Failed, checkpoint: None };
    let Some(Event::Delivery { message: Some(refused), .. }) = run(&mut store, refused) else { panic!("refused") };
    assert_eq!(refused.details.failure.as_deref(), Some("Nobody there."));
    let Some(Event::Outgoing(again)) = run(&mut store, again("m2")) else { panic!("again") };
    assert_eq!((again.delivery, again.details.failure), (Delivery::Pending, None));
    let page = Command::Messages { request: 1, with: jid("bob@example.com"), limit: 10, before: None };
    assert_eq!(ids(run(&mut store, page)), ["between", "our m1"]);
}

#[test]
fn a_place_in_the_middle_is_found_with_what_is_around_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    for minute in 0..20 {
        run(&mut store, Command::AppendOutgoing(ours(&format!("m{minute}"), minute)));
    }
    let with = || jid("bob@example.com");
    let around = TalkCommand::Around { request: 1, with: with(), id: name("m10"), limit: 4 };
    assert_eq!(ids(run(&mut store, Command::Talk(around))), ["our m8", "our m9", "our m10", "our m11", "our m12"]);
    let after = TalkCommand::After { request: 1, with: with(), id: name("m17"), limit: 10 };
    assert_eq!(ids(run(&mut store, Command::Talk(after))), ["our m18", "our m19"]);
    let foreign = TalkCommand::Around { request: 1, with: jid("eve@x.example"), id: name("m10"), limit: 4 };
    assert!(ids(run(&mut store, Command::Talk(foreign))).is_empty());
}

#[test]
fn the_newest_unread_message_that_asks_is_the_one_whose_sight_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    let seen = || Command::Talk(TalkCommand::Seen(jid("bob@example.com")));
    assert_eq!(run(&mut store, seen()), None);
    for (id, markable, minute) in [("1", true, 1), ("2", true, 2), ("3", false, 3)] {
        put(&mut store, InboundMessage { markable, ..theirs(id, id, minute) });
    }
    let Some(Event::Talk(TalkEvent::Seen { id, account, .. })) = run(&mut store, seen()) else { panic!("seen") };
    assert_eq!((id, account), (name("2"), jid("alice@example.com")));
    run(&mut store, Command::MarkRead { with: jid("bob@example.com") });
    assert_eq!(run(&mut store, seen()), None, "once");
}

/// A message of a room, as the room says it.
fn in_room(id: &str, occupant: Option<&str>, minute: i64) -> InboundMessage {
    let garden = jid("garden@rooms.example.com");
    let own = occupant.is_none();
    InboundMessage {
        stanza_id: Some(id.to_owned()),
        archive: Some(garden.clone()),
        archive_id: Some(format!("room {id}")),
        kind: crate::model::ConversationKind::Room,
        with: garden.clone(),
        from: if own { jid("alice@example.com") } else { garden.clone() },
        nick: occupant.map(Into::into),
        occupant: occupant.map(|occupant| format!("id-{occupant}").into()),
        direction: if own { MessageDirection::Out } else { MessageDirection::In },
        ..InboundMessage::new(garden, &format!("text {id}"), at(minute))
    }
}

#[test]
fn x10_in_a_room_own_messages_are_changed_by_their_names_and_others_only_reacted_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    // Written here or on another device: the room said it to us.
    let mine = put(&mut store, in_room("m1", None, 1));
    let theirs = put(&mut store, in_room("m2", Some("Bob"), 2));
    let (corrected, sending) = say(&mut store, "c1", &mine.id, OwnChange::Correct("better".into())).expect("ours");
    assert_eq!((&*corrected.body, corrected.corrected), ("better", true));
    assert_eq!(&*sending.target, "m1", "XEP-0308: by the sender's id");
    let (reacted, sending) = say(&mut store, "c2", &theirs.id, OwnChange::React("👍".into(), true)).expect("anybody's");
    assert_eq!(&*sending.target, "room m2", "XEP-0444 section 4.2: by the room's id");
    assert!(reacted.reactions()[0].own);
    assert!(say(&mut store, "c3", &theirs.id, OwnChange::Correct("forged".into())).is_err());
    assert!(say(&mut store, "c4", &theirs.id, OwnChange::Retract).is_err());
    let (gone, sending) = say(&mut store, "c5", &mine.id, OwnChange::Retract).expect("ours");
    assert_eq!((&*sending.target, gone.details.retracted, &*gone.body), ("room m1", true, ""));
}

#[test]
fn x13_a_whisper_is_changed_by_whoever_lastingly_wrote_it_and_not_by_the_bearer_of_the_nick() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut store, _) = open_in(&folder);
    let garden = jid("garden@rooms.example.com");
    let change = |with: &Jid, occupant: Option<&str>, target: &str| Command::Change {
        account: jid("alice@example.com"),
        with: with.clone(),
        change: Box::new(crate::model::MessageChange {
            kind: crate::model::ChangeKind::Correction,
            target: target.into(),
            from: garden.clone(),
            nick: Some("Bob".into()),
            occupant: occupant.map(Into::into),
            time: at(9),
            text: "changed".into(),
        }),
        checkpoint: None,
    };
    for (key, occupant) in [("#id-Bob", Some("id-Bob")), ("=Bob", None)] {
        let with = Jid::of_occupant(&garden, key).expect("a name");
        let whisper = InboundMessage {
            with: with.clone(),
            kind: crate::model::ConversationKind::Occupant,
            occupant: occupant.map(Into::into),
            archive: None,
            archive_id: None,
            ..in_room(&format!("w{key}"), Some("Bob"), 3)
        };
        let whisper = put(&mut store, whisper);
        let target = whisper.details.stanza_id.clone().expect("an id");
        for wrong in [None, Some("id-Mallory")] {
            assert!(matches!(
                run(&mut store, change(&with, wrong, &target)),
                Some(Event::Delivery { message: None, .. })
            ));
        }
        let event = run(&mut store, change(&with, Some("id-Bob"), &target));
        let changed = matches!(event, Some(Event::Delivery { message: Some(_), .. }));
        assert_eq!(changed, occupant.is_some(), "{key}: without lasting names nobody can tell");
    }
}
