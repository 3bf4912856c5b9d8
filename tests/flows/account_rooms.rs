//! Rooms as the user has them: entered on every device, heard as wished, remembered over restarts.

use std::sync::Arc;

use tandem::account::{EnterRoom, NoticeBody, RefusalKind, Reply, Request, RoomReply, RoomRequest};
use tandem::model::{
    Affiliation, ConversationKind, Delivery, Jid, Occupant, OccupantAction, Reason, Role, RoomNotify, RoomState,
    RoomView, Show,
};
use tandem::store::{self, Loaded};
use tandem::xmpp::room::{Bookmark, Create, RoomAnswer, RoomCommand, RoomEvent, Since};
use tandem::xmpp::{self, Arrival, InboundMessage, Outbound};

use super::world::{World, config, jid};

const ROOM: &str = "garden@rooms.example.com";

fn room() -> Jid {
    jid(ROOM)
}

fn occupant(nick: &str, own: bool, affiliation: Affiliation, role: Role) -> Arc<Occupant> {
    Arc::new(Occupant {
        nick: nick.into(),
        shown: nick.into(),
        id: Some(format!("id-{nick}").into()),
        jid: Some(jid(&format!("{}@example.com", nick.to_lowercase()))),
        affiliation,
        role,
        show: Show::Available,
        own,
        alike: false,
        photo: None,
    })
}

fn says(world: &mut World, event: RoomEvent) {
    world.chat(xmpp::Event::Room(room(), event));
}

fn ask(request: RoomRequest) -> Request {
    Request::Room(request)
}

fn commands(world: &World) -> Vec<RoomCommand> {
    let command = |command| match command {
        xmpp::Command::Room(jid, command) if jid == room() => Some(command),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(command).collect()
}

fn view(world: &mut World) -> Arc<RoomView> {
    world.shown().room(&room()).expect("the room is shown").clone()
}

/// In the room as a participant, with Bob.
fn joined() -> World {
    joined_as(Affiliation::None, Role::Participant)
}

fn joined_as(affiliation: Affiliation, role: Role) -> World {
    let mut world = World::online();
    world.done(ask(RoomRequest::Join(EnterRoom { nick: Some("Alice".into()), ..EnterRoom::to(room()) })));
    says(&mut world, RoomEvent::Joining);
    let occupants =
        vec![occupant("Alice", true, affiliation, role), occupant("Bob", false, Affiliation::None, Role::Participant)];
    says(&mut world, RoomEvent::Joined { occupants, created: false });
    says(&mut world, RoomEvent::Synced(Since { archive_id: Some("a1".into()), time: None }));
    world
}

fn heard(world: &mut World, body: &str, kind: ConversationKind) {
    let with = match kind {
        ConversationKind::Occupant => Jid::of_occupant(&room(), "#id-Bob").expect("a name"),
        ConversationKind::Room | ConversationKind::Person => room(),
    };
    let message = InboundMessage {
        with,
        kind,
        nick: Some("Bob".into()),
        stanza_id: Some(format!("id {body}")),
        ..InboundMessage::new(room(), body, world.now.wall)
    };
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Message(message, checkpoint));
}

fn attention(world: &World) -> usize {
    let notice =
        |effect: &&tandem::account::Effect| matches!(effect, tandem::account::Effect::Notice(NoticeBody::Attention(_)));
    world.effects.iter().filter(notice).count()
}

#[test]
fn joining_a_room_bookmarks_it_so_that_every_device_is_in_it() {
    let mut world = joined();
    let commands = commands(&world);
    assert!(matches!(&commands[0], RoomCommand::Join(join) if &*join.nick == "Alice" && join.create == Create::No));
    let bookmark = commands.iter().find_map(|command| match command {
        RoomCommand::Bookmark(bookmark, true) => Some(bookmark.clone()),
        _ => None,
    });
    assert!(bookmark.is_some_and(|bookmark| bookmark.autojoin && bookmark.nick.as_deref() == Some("Alice")));
    let view = view(&mut world);
    assert_eq!((view.state.clone(), view.occupants.len(), view.role), (RoomState::Joined, 2, Role::Participant));
    assert_eq!(&*view.name, "garden", "what it is called while it says nothing else");
}

#[test]
fn other_devices_hear_of_a_room_when_we_are_in_it_so_that_nobody_looks_for_one_that_is_not_there_yet() {
    let mut world = World::online();
    let bookmarked = |world: &World| commands(world).iter().any(|one| matches!(one, RoomCommand::Bookmark(_, true)));
    world.done(ask(RoomRequest::Join(EnterRoom { create: true, ..EnterRoom::to(room()) })));
    says(&mut world, RoomEvent::Joining);
    // What the server keeps does not list it yet: no reason to leave.
    world.chat(xmpp::Event::Room(jid("alice@example.com"), RoomEvent::Bookmarks(Vec::new())));
    assert!(!bookmarked(&world) && !commands(&world).contains(&RoomCommand::Leave));
    says(&mut world, RoomEvent::Joined { occupants: Vec::new(), created: true });
    assert!(bookmarked(&world));
}

#[test]
fn bookmarks_of_another_device_are_followed_in_and_out() {
    let mut world = World::online();
    let bookmark = |autojoin| Bookmark {
        room: room(),
        name: Some("Our garden".into()),
        nick: Some("Ally".into()),
        password: Some("secret".into()),
        autojoin,
        notify: Some(RoomNotify::All),
    };
    world.chat(xmpp::Event::Room(jid("alice@example.com"), RoomEvent::Bookmarks(vec![bookmark(true)])));
    let join = commands(&world).pop().expect("entered");
    assert!(
        matches!(&join, RoomCommand::Join(join) if &*join.nick == "Ally" && join.password.as_deref() == Some("secret"))
    );
    assert_eq!(view(&mut world).notify, RoomNotify::All);
    assert_eq!(&*view(&mut world).name, "Our garden");
    says(&mut world, RoomEvent::Bookmarked(bookmark(false)));
    assert_eq!(commands(&world).last(), Some(&RoomCommand::Leave));
    assert_eq!(view(&mut world).state, RoomState::Out, "it stays in the list");
    says(&mut world, RoomEvent::Bookmarked(bookmark(true)));
    assert!(matches!(commands(&world).last(), Some(RoomCommand::Join(_))));
    says(&mut world, RoomEvent::Unbookmarked);
    assert_eq!(commands(&world).last(), Some(&RoomCommand::Leave));
    assert!(world.shown().rooms.is_empty());
    // Nothing was written back to the server for any of it.
    assert!(!commands(&world).iter().any(|command| matches!(command, RoomCommand::Bookmark(..))));
}

#[test]
fn leaving_tells_the_other_devices_and_forgetting_takes_the_bookmark_away() {
    let mut world = joined();
    world.done(ask(RoomRequest::Leave(room())));
    let all = commands(&world);
    assert!(all.contains(&RoomCommand::Leave));
    assert!(matches!(all.last(), Some(RoomCommand::Bookmark(bookmark, true)) if !bookmark.autojoin));
    world.done(ask(RoomRequest::Forget(room())));
    assert!(matches!(commands(&world).last(), Some(RoomCommand::Bookmark(_, false))));
    assert!(world.shown().rooms.is_empty());
    assert!(world.kept().iter().any(|command| matches!(command,
        store::Command::SetMemo { key, value: None } if key == &format!("room:{ROOM}"))));
}

#[test]
fn a_room_is_entered_again_after_a_restart_from_where_its_history_ended() {
    let mut world = joined();
    let time = Some(world.now.wall);
    says(&mut world, RoomEvent::Synced(Since { archive_id: Some("a99".into()), time }));
    let memo = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::SetMemo { key, value: Some(value) } if key == format!("room:{ROOM}") => Some((key, value)),
        _ => None,
    });
    let mut world = World::new(config(), Loaded { memos: vec![memo.expect("remembered")], ..Loaded::default() });
    let join = commands(&world).pop().expect("entered without being asked");
    match join {
        RoomCommand::Join(join) => {
            assert_eq!((&*join.nick, join.since.archive_id.as_deref()), ("Alice", Some("a99")));
        }
        other => panic!("{other:?}"),
    }
    assert!(view(&mut world).bookmarked);
    // A memo that somebody broke brings nothing down.
    let broken = vec![(format!("room:{ROOM}"), "x\ny".to_owned()), ("room:@".to_owned(), String::new())];
    let mut world = World::new(config(), Loaded { memos: broken, ..Loaded::default() });
    assert!(world.shown().rooms.is_empty());
}

#[test]
fn a_room_calls_for_attention_as_the_user_wishes() {
    let mut world = joined();
    for (notify, plain, naming) in [(RoomNotify::Mentions, 0, 1), (RoomNotify::All, 1, 1), (RoomNotify::None, 0, 0)] {
        world.done(ask(RoomRequest::Notify(room(), notify)));
        world.effects.clear();
        heard(&mut world, &format!("good morning {notify:?}"), ConversationKind::Room);
        assert_eq!(attention(&world), plain, "{notify:?}");
        world.effects.clear();
        heard(&mut world, &format!("alice: look {notify:?}"), ConversationKind::Room);
        assert_eq!(attention(&world), naming, "{notify:?}");
    }
    assert_eq!(view(&mut world).mentions, 3, "counted whatever is heard");
    let unread = world.shown().conversations.iter().find(|talk| talk.with == room()).expect("a conversation").unread;
    assert_eq!(unread, 6);
    world.done(Request::MarkRead(room()));
    assert_eq!(view(&mut world).mentions, 0);
    world.effects.clear();
    heard(&mut world, "psst", ConversationKind::Occupant);
    assert_eq!(attention(&world), 1, "what is said to us alone is always heard");
}

#[test]
fn the_history_of_a_room_that_is_new_to_us_is_not_unread() {
    let mut world = World::online();
    world.done(ask(RoomRequest::Join(EnterRoom::to(room()))));
    let occupants = vec![occupant("alice", true, Affiliation::None, Role::Participant)];
    says(&mut world, RoomEvent::Joined { occupants, created: false });
    let old = InboundMessage {
        kind: ConversationKind::Room,
        arrival: Arrival::Late,
        stanza_id: Some("old".into()),
        ..InboundMessage::new(room(), "alice was here", tandem::model::WallTime::from_unix_ms(1_700_000_000_000))
    };
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Message(old, checkpoint));
    assert_eq!(world.shown().conversations.iter().map(|talk| talk.unread).sum::<u32>(), 0);
    assert_eq!(view(&mut world).mentions, 0);
}

#[test]
fn what_is_written_to_a_room_goes_through_it_and_only_where_one_may_write() {
    let mut world = joined();
    let sent = world.ask(Request::Send { to: room(), body: "hello".into() });
    assert!(matches!(sent, Some(Ok(Reply::Message(_)))), "{sent:?}");
    let stored = world.kept().into_iter().find_map(|command| match command {
        store::Command::AppendOutgoing(message) => Some(message),
        _ => None,
    });
    let stored = stored.expect("stored before it leaves");
    assert_eq!((stored.details.kind, stored.from.as_str()), (ConversationKind::Room, "alice@example.com"));
    assert!(
        matches!(commands(&world).last(), Some(RoomCommand::Send { what, .. }) if *what == Outbound::text("hello".into()))
    );
    assert!(!world.xmpp().iter().any(|command| matches!(command, xmpp::Command::Send { .. })), "never as a chat");
    let mut world = joined_as(Affiliation::None, Role::Visitor);
    let refused = world.ask(Request::Send { to: room(), body: "hello".into() });
    assert!(matches!(refused, Some(Err(refusal)) if refusal.kind == RefusalKind::NotAllowed));
    assert!(!view(&mut world).may_write);
    let mut world = joined();
    world.done(ask(RoomRequest::Leave(room())));
    let refused = world.ask(Request::Send { to: room(), body: "hello".into() });
    assert!(matches!(refused, Some(Err(_))), "not in it");
}

#[test]
fn x13_a_whisper_has_a_conversation_of_its_own() {
    let mut world = joined();
    let Some(Ok(Reply::Room(RoomReply::Conversation(with)))) =
        world.ask(ask(RoomRequest::Whisper(room(), "Bob".into())))
    else {
        panic!("a conversation")
    };
    assert!(with.is_made_up() && with != jid("bob@example.com"));
    let sent = world.ask(Request::Send { to: with.clone(), body: "psst".into() });
    assert!(matches!(sent, Some(Ok(Reply::Message(_)))));
    let through = world.xmpp().into_iter().rev().find_map(|command| match command {
        xmpp::Command::Room(jid, RoomCommand::Send { what, .. }) => Some((jid, what)),
        _ => None,
    });
    assert_eq!(through, Some((with, Outbound::text("psst".into()))));
}

#[test]
fn a_message_that_finds_nobody_any_more_fails_visibly() {
    let mut world = joined();
    let id = tandem::model::MessageId("m1".into());
    says(&mut world, RoomEvent::Lost(id.clone()));
    let last = world.kept().pop();
    assert!(
        matches!(last, Some(store::Command::SetDelivery { id: failed, delivery: Delivery::Failed, .. }) if failed == id)
    );
}

#[test]
fn an_invitation_waits_until_it_is_answered() {
    let mut world = World::online();
    let invited = |from: &str, mediated, known| RoomEvent::Invited {
        from: jid(from),
        reason: Some("come".into()),
        password: Some("pw".into()),
        mediated,
        known,
    };
    says(&mut world, invited("bob@example.com", true, true));
    says(&mut world, invited("bob@example.com", true, true));
    let waiting = world.shown().invitations.clone();
    assert_eq!(waiting.len(), 1, "once");
    assert!(commands(&world).is_empty(), "nothing is entered by itself");
    world.done(ask(RoomRequest::AnswerInvitation { id: waiting[0].id, accept: true, reason: None }));
    assert!(matches!(&commands(&world)[0], RoomCommand::Join(join) if join.password.as_deref() == Some("pw")));
    assert!(world.shown().invitations.is_empty());
    // Declining tells a contact through the room, a stranger nothing.
    let mut world = World::online();
    says(&mut world, invited("bob@example.com", true, true));
    says(&mut world, invited("mallory@evil.example", true, false));
    for invitation in world.shown().invitations.iter() {
        world.done(ask(RoomRequest::AnswerInvitation { id: invitation.id, accept: false, reason: None }));
    }
    let declined: Vec<RoomCommand> = commands(&world);
    assert!(matches!(&declined[..], [RoomCommand::Decline { to, .. }] if *to == jid("bob@example.com")));
}

#[test]
fn x49_a_flood_of_invitations_is_bounded_and_crowds_out_no_contact() {
    let mut world = World::online();
    for n in 0..1_000 {
        let event = RoomEvent::Invited {
            from: jid(&format!("m{n}@evil.example")),
            reason: None,
            password: None,
            mediated: false,
            known: false,
        };
        world.chat(xmpp::Event::Room(jid(&format!("r{n}@evil.example")), event));
    }
    let event =
        RoomEvent::Invited { from: jid("bob@example.com"), reason: None, password: None, mediated: false, known: true };
    says(&mut world, event);
    let waiting = world.shown().invitations.clone();
    assert_eq!(waiting.len(), 32);
    assert!(waiting.iter().any(|invitation| invitation.known));
}

#[test]
fn putting_somebody_out_is_asked_of_the_room_only_where_we_may() {
    let mut world = joined();
    let kick = || {
        ask(RoomRequest::Act {
            room: room(),
            nick: "Bob".into(),
            action: OccupantAction::Kick,
            reason: Some("spam".into()),
        })
    };
    assert!(matches!(world.ask(kick()), Some(Err(refusal)) if refusal.kind == RefusalKind::NotAllowed));
    let mut world = joined_as(Affiliation::Owner, Role::Moderator);
    assert!(world.ask(kick()).is_none(), "the answer comes with the room's");
    let number = match commands(&world).last() {
        Some(RoomCommand::SetRole { ticket, nick, role: Role::None, reason }) if &**nick == "Bob" => {
            assert_eq!(reason.as_deref(), Some("spam"));
            *ticket
        }
        other => panic!("{other:?}"),
    };
    says(
        &mut world,
        RoomEvent::Answered(number, Err(Reason::new("forbidden", "The room does not allow you to do this."))),
    );
    let refused = world.effects.iter().any(|effect| matches!(effect, tandem::account::Effect::Answer(_, Err(_))));
    assert!(refused);
    let ban = RoomRequest::Act { room: room(), nick: "Bob".into(), action: OccupantAction::Ban, reason: None };
    assert!(world.ask(ask(ban)).is_none());
    assert!(matches!(commands(&world).last(),
        Some(RoomCommand::SetAffiliation { jid: who, affiliation: Affiliation::Outcast, .. }) if *who == jid("bob@example.com")));
}

#[test]
fn settings_are_filled_in_by_name_and_sent_whole() {
    use tandem::model::{Field, FieldKind, Form};
    let mut world = joined_as(Affiliation::Owner, Role::Moderator);
    let field = |var: &str, required| Field {
        var: var.into(),
        label: var.into(),
        kind: FieldKind::Text,
        required,
        values: Vec::new(),
        options: Vec::new(),
    };
    let early = RoomRequest::Configure(room(), vec![("name".into(), vec!["x".into()])]);
    assert!(matches!(world.ask(ask(early)), Some(Err(_))), "not before they are known");
    assert!(world.ask(ask(RoomRequest::Settings(room()))).is_none());
    let Some(RoomCommand::Settings(number)) = commands(&world).pop() else { panic!("asked") };
    let form = Form { fields: vec![field("name", true), field("about", false)], ..Form::default() };
    says(&mut world, RoomEvent::Answered(number, Ok(RoomAnswer::Form(Box::new(form)))));
    let fill = |values: &[(&str, &str)]| {
        let values = values.iter().map(|(name, value)| ((*name).into(), vec![(*value).into()])).collect();
        ask(RoomRequest::Configure(room(), values))
    };
    assert!(matches!(world.ask(fill(&[("nothing", "x")])), Some(Err(refusal)) if refusal.kind == RefusalKind::Invalid));
    assert!(matches!(world.ask(fill(&[("about", "x")])), Some(Err(_))), "the name must be filled in");
    assert!(world.ask(fill(&[("name", "Garden"), ("about", "Roses")])).is_none());
    assert!(matches!(commands(&world).last(), Some(RoomCommand::Configure(_, form)) if form.fields.len() == 2));
}

#[test]
fn being_put_out_stays_so_until_the_user_goes_back() {
    let mut world = joined();
    let reason = Reason::new("kicked", "You were put out of this room.");
    says(&mut world, RoomEvent::Left { reason: Some(reason), again: false });
    let shown = view(&mut world);
    assert!(matches!(&shown.state, RoomState::Refused(code, _) if &**code == "kicked"));
    assert!(shown.occupants.is_empty());
    // A bookmark that says "autojoin" does not bring us back by itself.
    world.effects.clear();
    let bookmark = Bookmark { room: room(), name: None, nick: None, password: None, autojoin: true, notify: None };
    says(&mut world, RoomEvent::Bookmarked(bookmark));
    assert!(commands(&world).is_empty());
    world.done(ask(RoomRequest::Join(EnterRoom::to(room()))));
    assert!(matches!(commands(&world).first(), Some(RoomCommand::Join(_))));
}

#[test]
fn a_person_is_not_entered_as_a_room_and_an_address_without_a_name_neither() {
    let mut world = World::online();
    for wrong in ["bob@example.com", "rooms.example.com"] {
        let refused = world.ask(ask(RoomRequest::Join(EnterRoom::to(jid(wrong)))));
        assert!(matches!(refused, Some(Err(refusal)) if refusal.kind == RefusalKind::Invalid), "{wrong}");
    }
    assert_eq!(world.xmpp().len(), 0);
}
