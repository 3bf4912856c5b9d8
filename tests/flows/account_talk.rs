//! Messages after they were written: what is said about them leaves once, and others are told only what they may know.

use tandem::account::{Effect, EnterRoom, NoticeBody, Reply, Request, RoomRequest, TalkRequest};
use tandem::model::{
    Affiliation, ConversationKind, Delivery, MessageDirection, MessageId, Occupant, Reason, Role, Show,
};
use tandem::store::{Command, Loaded, TalkCommand};
use tandem::xmpp::room::{RoomCommand, RoomEvent};
use tandem::xmpp::{self, ChatState, InboundMessage, Outbound};

use super::kept::Kept;
use super::world::*;

/// Alice, who sees Bob there.
struct Talking(Kept);

impl std::ops::Deref for Talking {
    type Target = Kept;

    fn deref(&self) -> &Kept {
        &self.0
    }
}

impl std::ops::DerefMut for Talking {
    fn deref_mut(&mut self) -> &mut Kept {
        &mut self.0
    }
}

impl Talking {
    fn begin(keys: &str) -> Self {
        let mut kept = Kept::online(keys);
        kept.world.chat(xmpp::Event::Presence { jid: jid("bob@example.com"), show: Show::Available, status: None });
        kept.world.effects.clear();
        Self(kept)
    }

    fn ask(&mut self, request: Request) -> Result<Reply, String> {
        let before = self.world.effects.len();
        drop(self.world.ask(request));
        self.settle();
        let answer = self.world.effects.iter().skip(before).find_map(|effect| match effect {
            Effect::Answer(_, answer) => Some(answer.clone()),
            _ => None,
        });
        answer.expect("an answer").map_err(|refusal| refusal.text.to_string())
    }

    fn talk(&mut self, request: TalkRequest) -> Result<Reply, String> {
        self.ask(Request::Talk(request))
    }

    fn chat(&mut self, event: xmpp::Event) {
        self.world.chat(event);
        self.settle();
    }

    fn send(&mut self, body: &str) -> MessageId {
        match self.ask(Request::Send { to: jid("bob@example.com"), body: body.into() }) {
            Ok(Reply::Message(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn receive(&mut self, id: &str, body: &str) -> MessageId {
        let checkpoint = self.world.checkpoint();
        let message = xmpp::InboundMessage {
            stanza_id: Some(id.to_owned()),
            markable: true,
            with_state: true,
            ..xmpp::InboundMessage::new(jid("bob@example.com"), body, self.world.now.wall)
        };
        self.chat(xmpp::Event::Message(message, checkpoint));
        let newest = self.world.shown().conversations.first().expect("a conversation").last.clone();
        assert_eq!(&*newest.body, body);
        newest.id
    }

    /// What the connection was told to say about messages.
    fn said(&self) -> Vec<(MessageId, Outbound)> {
        let say = |command: xmpp::Command| match command {
            xmpp::Command::Say { id, what, .. } => Some((id, what)),
            _ => None,
        };
        self.world.xmpp().into_iter().filter_map(say).collect()
    }

    fn in_passing(&self) -> Vec<xmpp::Command> {
        let passing = |command: &xmpp::Command| {
            matches!(command, xmpp::Command::ChatState { .. } | xmpp::Command::Displayed { .. })
        };
        self.world.xmpp().into_iter().filter(passing).collect()
    }
}

fn typing(writing: bool) -> TalkRequest {
    TalkRequest::Typing { with: jid("bob@example.com"), writing }
}

#[test]
fn a_correction_is_stored_shown_sent_once_and_sent_again_by_a_new_connection() {
    let mut talking = Talking::begin("");
    let id = talking.send("At three?");
    talking.talk(TalkRequest::Correct { id: id.clone(), body: "At four?".into() }).unwrap();
    let shown = talking.world.shown().conversations[0].last.clone();
    assert_eq!((&*shown.body, shown.corrected), ("At four?", true));
    let said = talking.said();
    let [(change, Outbound::Text { body, replaces, .. })] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((&**body, replaces.as_ref()), ("At four?", Some(&id)));
    // Nothing was acknowledged: a new connection gets both, the message first.
    talking.world.effects.clear();
    talking.done = 0;
    talking.ask(Request::Retry(chat_id())).unwrap();
    talking.world.effects.clear();
    talking.done = 0;
    let offline = Reason::new("unreachable", "gone");
    talking.chat(xmpp::Event::Failed(xmpp::Failure { reason: offline, certificate: None, security: false }));
    talking.ask(Request::Retry(chat_id())).unwrap();
    let again = talking.said();
    assert_eq!(again.iter().map(|(id, _)| id).collect::<Vec<_>>(), [change]);
    talking.chat(xmpp::Event::Acknowledged(change.clone()));
    let offline = Reason::new("unreachable", "gone");
    talking.chat(xmpp::Event::Failed(xmpp::Failure { reason: offline, certificate: None, security: false }));
    talking.world.effects.clear();
    talking.done = 0;
    talking.ask(Request::Retry(chat_id())).unwrap();
    assert!(talking.said().is_empty(), "the server has it");
}

#[test]
fn x10_nobody_but_the_author_changes_a_message() {
    let mut talking = Talking::begin("");
    let ours = talking.send("mine");
    let theirs = talking.receive("q1", "theirs");
    assert!(talking.talk(TalkRequest::Correct { id: theirs.clone(), body: "forged".into() }).is_err());
    assert!(talking.talk(TalkRequest::Retract(theirs)).is_err());
    for (from, kind, target) in [
        ("bob@example.com", tandem::model::ChangeKind::Correction, &*ours.0),
        ("carol@other.example", tandem::model::ChangeKind::Correction, "q1"),
        ("carol@other.example", tandem::model::ChangeKind::Retraction, "q1"),
    ] {
        let checkpoint = talking.world.checkpoint();
        let change = tandem::model::MessageChange {
            kind,
            target: target.into(),
            from: jid(from),
            nick: None,
            occupant: None,
            time: talking.world.now.wall,
            text: "forged".into(),
        };
        talking.chat(xmpp::Event::Change { with: jid(from), change: Box::new(change), checkpoint });
        assert!(talking.world.xmpp().contains(&xmpp::Command::Committed(checkpoint)), "it is settled all the same");
    }
    let Ok(Reply::Messages(page)) =
        talking.ask(Request::Messages { with: jid("bob@example.com"), limit: 10, before: None })
    else {
        panic!("a page")
    };
    assert_eq!(page.iter().map(|message| &*message.body).collect::<Vec<_>>(), ["mine", "theirs"]);
    assert!(page.iter().all(|message| !message.corrected && !message.details.retracted));
}

#[test]
fn a_reaction_is_one_emoji_and_a_retraction_forgets_the_text() {
    let mut talking = Talking::begin("");
    let theirs = talking.receive("q1", "Shall we?");
    let react = |reaction: &str| TalkRequest::React { id: theirs.clone(), reaction: reaction.into(), on: true };
    assert!(talking.talk(react("pay me")).is_err());
    talking.talk(react("👍")).unwrap();
    let said = talking.said();
    let [(_, Outbound::Reactions(target, all))] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((&*target.0, all.len()), ("q1", 1));
    let ours = talking.send("a secret");
    talking.talk(TalkRequest::Retract(ours.clone())).unwrap();
    let last = talking.world.shown().conversations[0].last.clone();
    assert!(last.details.retracted && last.body.is_empty());
    assert!(talking.said().iter().any(|(_, what)| *what == Outbound::Retraction(ours.clone())));
}

#[test]
fn a_refused_message_says_why_in_a_sentence_and_is_sent_again_on_request() {
    let mut talking = Talking::begin("");
    let id = talking.send("hello");
    let checkpoint = talking.world.checkpoint();
    let reason = Reason::new("remote-server-not-found", "x");
    let with = jid("bob@example.com");
    talking.chat(xmpp::Event::MessageRefused { id: id.clone(), with, reason, checkpoint });
    let failed = talking.world.shown().conversations[0].last.clone();
    assert_eq!(failed.delivery, Delivery::Failed);
    assert!(failed.details.failure.as_deref().is_some_and(|why| why.ends_with('.')), "a sentence");
    talking.talk(TalkRequest::SendAgain(id.clone())).unwrap();
    let sends: Vec<MessageId> = talking
        .world
        .xmpp()
        .into_iter()
        .filter_map(|command| match command {
            xmpp::Command::Send { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    assert!(sends.len() == 2 && sends[1] != id, "under a name of its own: {sends:?}");
    // What is said about a message has no place of its own: the user is told.
    talking.talk(TalkRequest::Correct { id: sends[1].clone(), body: "hi".into() }).unwrap();
    let (change, _) = talking.said().pop().unwrap();
    let checkpoint = talking.world.checkpoint();
    let reason = Reason::new("service-unavailable", "x");
    let with = jid("bob@example.com");
    talking.chat(xmpp::Event::MessageRefused { id: change, with, reason, checkpoint });
    let told =
        |effect: &Effect| matches!(effect, Effect::Notice(NoticeBody::Problem(text)) if text.contains("correction"));
    assert!(talking.world.effects.iter().any(told));
}

#[test]
fn an_answer_goes_out_with_what_it_answers() {
    let mut talking = Talking::begin("");
    let asked = talking.receive("q1", "At three?");
    talking.talk(TalkRequest::Answer { to: jid("bob@example.com"), answers: asked, body: "Yes".into() }).unwrap();
    let said = talking.said();
    let [(_, Outbound::Text { body, reply: Some((to, quote)), replaces: None })] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!((&**body, &*to.id.0, &**quote), ("Yes", "q1", "At three?"));
}

#[test]
fn what_a_script_sends_again_because_an_answer_was_lost_is_said_once() {
    let mut talking = Talking::begin("");
    let asked = talking.receive("q1", "At three?");
    let once = |id: &str, body: &str, answers: Option<&MessageId>| TalkRequest::Once {
        id: MessageId(id.into()),
        to: jid("bob@example.com"),
        answers: answers.cloned(),
        body: body.into(),
    };
    for answers in [None, Some(&asked)] {
        let id = format!("order-4711-of-today-{}", answers.is_some());
        for _ in 0..3 {
            let answer = talking.talk(once(&id, "Yes", answers));
            assert!(matches!(&answer, Ok(Reply::Message(name)) if *name.0 == *id), "{answer:?}");
        }
        let left = talking.world.xmpp().into_iter().filter_map(|command| match command {
            xmpp::Command::Send { id, body, .. } => Some((id, body)),
            xmpp::Command::Say { id, what: Outbound::Text { body, reply: Some(_), .. }, .. } => Some((id, body)),
            _ => None,
        });
        assert_eq!(left.collect::<Vec<_>>(), [(MessageId(id.as_str().into()), "Yes".into())]);
        talking.world.effects.clear();
        talking.done = 0;
        let other = talking.talk(once(&id, "No", answers)).unwrap_err();
        assert!(other.contains("give each its own"), "{other}");
    }
    for id in ["", "7", "fifteen-letters", "with a space in it", "ümläuts-are-no-name", &"x".repeat(65)] {
        assert!(talking.talk(once(id, "Yes", None)).unwrap_err().contains("16 to 64"), "{id}");
    }
    assert!(talking.said().is_empty());
}

#[test]
fn who_is_told_of_writing_and_reading_is_as_the_keys_say() {
    let told = |keys: &str| {
        let mut talking = Talking::begin(keys);
        talking.receive("q1", "At three?");
        talking.talk(typing(true)).unwrap();
        talking.ask(Request::MarkRead(jid("bob@example.com"))).unwrap();
        talking.in_passing()
    };
    let state = xmpp::Command::ChatState { to: jid("bob@example.com"), state: ChatState::Composing };
    let seen = xmpp::Command::Displayed { to: jid("bob@example.com"), id: MessageId("q1".into()) };
    assert_eq!(told(""), [state.clone(), seen.clone()]);
    assert_eq!(told("[messages]\ntell-read = false\n"), [state]);
    assert_eq!(told("[messages]\ntell-typing = false\n"), [seen]);
}

#[test]
fn x14_a_stranger_is_told_neither_of_writing_nor_of_reading() {
    let mut talking = Talking::begin("");
    let stranger = jid("mallory@evil.example");
    let checkpoint = talking.world.checkpoint();
    let message = xmpp::InboundMessage {
        stanza_id: Some("1".into()),
        markable: true,
        ..xmpp::InboundMessage::new(stranger.clone(), "who are you?", talking.world.now.wall)
    };
    talking.chat(xmpp::Event::ChatState(stranger.clone(), ChatState::Composing));
    talking.chat(xmpp::Event::Message(message, checkpoint));
    talking.talk(TalkRequest::Typing { with: stranger.clone(), writing: true }).unwrap();
    talking.ask(Request::MarkRead(stranger)).unwrap();
    assert!(talking.in_passing().is_empty());
}

#[test]
fn somebody_is_seen_writing_until_they_stop_or_are_gone() {
    let mut talking = Talking::begin("");
    let bob = jid("bob@example.com");
    let composing = || xmpp::Event::ChatState(jid("bob@example.com"), ChatState::Composing);
    talking.chat(composing());
    assert_eq!(&*talking.world.shown().typing, std::slice::from_ref(&bob));
    talking.world.wait(std::time::Duration::from_secs(60));
    assert!(talking.world.shown().typing.is_empty());
    talking.chat(composing());
    talking.chat(xmpp::Event::Presence { jid: bob, show: Show::Offline, status: None });
    assert!(talking.world.shown().typing.is_empty());
}

#[test]
fn x12_s12_what_comes_over_chat_says_nothing_about_a_sip_address() {
    let mut world = World::new(config(), Loaded::default());
    world.storing = false;
    world.sign_in();
    world.effects.clear();
    let sip = tandem::model::Jid::of_sip(&sip_uri("sip:reception@pbx.example")).unwrap();
    let checkpoint = world.checkpoint();
    let change = tandem::model::MessageChange {
        kind: tandem::model::ChangeKind::Reactions,
        target: "1".into(),
        from: sip.clone(),
        nick: None,
        occupant: None,
        time: world.now.wall,
        text: "👍".into(),
    };
    world.chat(xmpp::Event::Change { with: sip, change: Box::new(change), checkpoint });
    let changes =
        |command: &Command| matches!(command, Command::Change { .. } | Command::Talk(TalkCommand::Say { .. }));
    assert!(!world.kept().iter().any(changes));
}

#[test]
fn in_a_room_messages_are_corrected_reacted_to_answered_and_taken_back_and_a_refusal_is_told() {
    let mut talking = Talking::begin("");
    let garden = jid("garden@rooms.example.com");
    talking.ask(Request::Room(RoomRequest::Join(EnterRoom::to(garden.clone())))).unwrap();
    let alice = Occupant {
        nick: "Alice".into(),
        shown: "Alice".into(),
        id: Some("id-Alice".into()),
        jid: None,
        affiliation: Affiliation::None,
        role: Role::Participant,
        show: Show::Available,
        own: true,
        alike: false,
        photo: None,
    };
    let occupants = vec![std::sync::Arc::new(alice)];
    talking.chat(xmpp::Event::Room(garden.clone(), RoomEvent::Joined { occupants, created: false }));
    let Ok(Reply::Message(mine)) = talking.ask(Request::Send { to: garden.clone(), body: "At thre?".into() }) else {
        panic!("sent")
    };
    let heard = |talking: &mut Talking, id: &str, body: &str, nick: Option<&str>| {
        let own = nick.is_none();
        let message = InboundMessage {
            stanza_id: Some(id.to_owned()),
            archive: Some(garden.clone()),
            archive_id: Some(format!("room {body}")),
            kind: ConversationKind::Room,
            from: if own { jid("alice@example.com") } else { garden.clone() },
            nick: nick.map(Into::into),
            occupant: nick.map(|nick| format!("id-{nick}").into()),
            direction: if own { MessageDirection::Out } else { MessageDirection::In },
            ..InboundMessage::new(garden.clone(), body, talking.world.now.wall)
        };
        let checkpoint = talking.world.checkpoint();
        talking.chat(xmpp::Event::Message(InboundMessage { with: garden.clone(), ..message }, checkpoint));
    };
    let early = talking.talk(TalkRequest::Retract(mine.clone())).unwrap_err();
    assert!(early.contains("Nobody else knows a name"), "before the room has said it: {early}");
    heard(&mut talking, &mine.0, "At thre?", None);
    heard(&mut talking, "b1", "Yes", Some("Bob"));
    let theirs = talking.world.shown().conversations[0].last.id.clone();
    let said = |talking: &Talking| -> Vec<(MessageId, Outbound)> {
        let said = |command| match command {
            xmpp::Command::Room(to, RoomCommand::Send { id, what, .. }) if to == garden => Some((id, what)),
            _ => None,
        };
        talking.world.xmpp().into_iter().filter_map(said).collect()
    };
    talking.talk(TalkRequest::Correct { id: mine.clone(), body: "At three?".into() }).unwrap();
    talking.talk(TalkRequest::React { id: theirs.clone(), reaction: "👍".into(), on: true }).unwrap();
    let answer = TalkRequest::Answer { to: garden.clone(), answers: theirs, body: "Good".into() };
    talking.talk(answer).unwrap();
    talking.talk(TalkRequest::Retract(mine.clone())).unwrap();
    let all = said(&talking);
    let whats: Vec<&Outbound> = all.iter().map(|(_, what)| what).collect();
    let [_, Outbound::Text { replaces: Some(corrected), .. }, Outbound::Reactions(reacted, _), answer, taken] =
        whats.as_slice()
    else {
        panic!("{whats:?}")
    };
    assert_eq!((corrected, &*reacted.0), (&mine, "room Yes"));
    let Outbound::Text { reply: Some((to, _)), .. } = answer else { panic!("{answer:?}") };
    assert_eq!((&*to.id.0, to.to.as_ref(), to.nick.as_deref()), ("room Yes", Some(&garden), Some("Bob")));
    assert_eq!(**taken, Outbound::Retraction(MessageId("room At thre?".into())));
    // The room does not take the reaction: that is told, and not said again by the next connection.
    talking.world.effects.clear();
    talking.done = 0;
    let checkpoint = talking.world.checkpoint();
    let reason = Reason::new("not-acceptable", "no");
    talking.chat(xmpp::Event::Room(garden.clone(), RoomEvent::Refused { id: all[2].0.clone(), reason, checkpoint }));
    let told = talking.world.effects.iter().find_map(|effect| match effect {
        Effect::Notice(NoticeBody::Problem(text)) => Some(text.to_string()),
        _ => None,
    });
    assert!(told.is_some_and(|text| text.contains("do not see your reaction")));
}
