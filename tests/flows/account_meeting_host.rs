//! Calls that are joined here as a meeting: starting it from a room, telling those in it, moderating, inviting.

use tandem::account::{
    CallTo, ConferenceRequest, Effect, MeetingOf, MeetingRequest, MeetingSide, Moderation, NoticeBody, RefusalKind,
    Reply, Request,
};
use tandem::model::{CallId, ConferenceId, EndedBy, Involvement, SoundState};
use tandem::sip::{Command, Event, Hosted, HostedStatus, Outcome, ReferTo, TransferEvent};
use tandem::xmpp;
use tandem::xmpp::room::{CallWord, RoomCommand, RoomEvent};

use super::account_meeting::*;
use super::world::*;

/// In a room with Bob and Carol, who are contacts with addresses.
fn in_room() -> World {
    let mut world = World::online();
    world.card("carol@other.example", &["sip:carol@example.com"]);
    enter(&mut world, &[("bob", Some("bob@example.com")), ("carol", Some("carol@other.example")), ("zoe", None)]);
    world
}

/// A meeting with both, who have answered.
fn started() -> (World, ConferenceId, [CallId; 2]) {
    let mut world = in_room();
    let people = vec![jid("bob@example.com"), jid("carol@other.example")];
    let request = MeetingRequest::Start { room: room(), people, confirm: true };
    let Some(Ok(Reply::Conference(id))) = world.ask(Request::Meeting(request)) else { panic!("a conference") };
    let calls: Vec<CallId> = world.shown().conferences[0].parties.iter().map(|party| party.call).collect();
    for call in &calls {
        world.opened(*call);
        world.answered(*call);
    }
    (world, id, [calls[0], calls[1]])
}

fn hosted(world: &World) -> Vec<Hosted> {
    let told = |command| if let Command::Host(hosted) = command { Some(*hosted) } else { None };
    world.sip().into_iter().filter_map(told).collect()
}

fn focus(world: &World) -> Vec<(CallId, bool)> {
    let told = |command| if let Command::Focus { call, on } = command { Some((call, on)) } else { None };
    world.sip().into_iter().filter_map(told).collect()
}

fn roles(world: &World) -> usize {
    let acts = |command: &xmpp::Command| matches!(command, xmpp::Command::Room(_, RoomCommand::SetRole { .. }));
    world.xmpp().iter().filter(|command| acts(command)).count()
}

#[test]
fn s_14_calls_that_are_joined_tell_those_in_them_who_is_there_and_name_the_room() {
    let (mut world, id, [bob, carol]) = started();
    let view = meeting(&mut world);
    use Involvement::{Both, Text};
    assert_eq!(levels(&view), [level("alice", Both), level("bob", Both), level("carol", Both), level("zoe", Text)]);
    assert_eq!((view.conference, view.room.clone()), (Some(id), Some(room())));
    let mut told = focus(&world);
    told.sort();
    let mut wanted = [(bob, true), (carol, true)];
    wanted.sort();
    assert_eq!(told, wanted);
    let last = hosted(&world).pop().expect("it is told");
    assert_eq!((last.id, last.room.clone()), (id, Some(room())));
    let statuses: Vec<HostedStatus> = last.users.iter().map(|user| user.status).collect();
    assert_eq!(statuses, [HostedStatus::Talking; 3]);
    assert_eq!(last.users[0].jid, Some(jid("alice@example.com")), "only our own chat address is told");
    assert!(last.users[1..].iter().all(|user| user.jid.is_none()));
    assert_eq!(last.members.len(), 2);
    // A change is told, the same again is not.
    let before = hosted(&world).len();
    world.done(Request::Conference(ConferenceRequest::MuteParty(bob, true)));
    assert_eq!(hosted(&world).len(), before + 1);
    assert_eq!(person(&meeting(&mut world), "bob").sound, SoundState::MutedByModerator);
    world.shown();
    assert_eq!(hosted(&world).len(), before + 1);
    // Carol leaves the call and stays in the room; one call alone is no conference.
    world.ended(carol, 0, EndedBy::Remote);
    assert!(world.sip().contains(&Command::EndHosting(id)));
    assert_eq!(focus(&world).last(), Some(&(bob, false)));
    assert!(!focus(&world).contains(&(carol, false)), "whoever is gone is told nothing");
    assert_eq!(world.shown().room(&room()).map(|room| room.occupants.len()), Some(4));
}

#[test]
fn a_meeting_is_started_from_a_room_and_what_cannot_be_called_says_why() {
    let mut world = in_room();
    let mut start = |people: Vec<tandem::model::Jid>, confirm| {
        let request = MeetingRequest::Start { room: room(), people, confirm };
        world.ask(Request::Meeting(request)).expect("an answer")
    };
    assert_eq!(start(Vec::new(), true).expect_err("nobody").kind, RefusalKind::Invalid);
    assert_eq!(start(vec![jid("zoe@example.com")], true).expect_err("unknown").kind, RefusalKind::NoTarget);
    let many = (0..17).map(|at| jid(&format!("p{at}@example.com"))).collect();
    assert_eq!(start(many, true).expect_err("too many").kind, RefusalKind::Invalid);
    let Ok(Reply::Call(_)) = start(vec![jid("bob@example.com")], true) else { panic!("one is a call") };
    let view = meeting(&mut world);
    assert_eq!(view.room, Some(room()), "and belongs to the room all the same");
    let elsewhere = MeetingRequest::Start { room: jid("x@rooms.example.com"), people: Vec::new(), confirm: true };
    let refusal = world.ask(Request::Meeting(elsewhere)).expect("an answer").expect_err("not in it");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
    // Where the room has a call, that one is called.
    let mut world = in_room();
    hears_word(&mut world, "bob", invite("i1", TEAM));
    let request = MeetingRequest::Start { room: room(), people: Vec::new(), confirm: true };
    let Some(Ok(Reply::Call(call))) = world.ask(Request::Meeting(request)) else { panic!("its call") };
    assert_eq!(&*world.view(call).peer.uri, TEAM);
}

#[test]
fn whom_a_room_is_told_to_call_is_told_again_when_it_is_over() {
    let (mut world, id, [bob, carol]) = started();
    world.done(Request::Meeting(MeetingRequest::Announce { of: MeetingOf::Conference(id), room: None }));
    let Some(CallWord::Invite { ids, uris }) = words(&world).pop() else { panic!("an invitation") };
    assert_eq!(uris.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["sip:alice@example.com"]);
    // It comes back to us as our own: we do not offer it to ourselves.
    let time = world.now.wall;
    let word = CallWord::Invite { ids: ids.clone(), uris };
    says(&mut world, RoomEvent::Call { by: "alice".into(), own: true, word, time });
    assert!(meeting(&mut world).offers[0].own);
    world.ended(bob, 0, EndedBy::Remote);
    world.ended(carol, 0, EndedBy::Remote);
    assert_eq!(words(&world).pop(), Some(CallWord::Retract(ids[0].clone())));
}

#[test]
fn s_15_what_a_moderator_does_on_one_side_is_offered_for_the_other_and_never_done_by_itself() {
    let (mut world, id, [bob, _]) = started();
    let of = MeetingOf::Conference(id);
    // We may not put anybody out of the room: nothing is offered.
    let bob_address = person(&meeting(&mut world), "bob").address.clone().expect("he is in the call");
    let remove = |side, who: &str| {
        Request::Meeting(MeetingRequest::Moderate { of, who: who.into(), side, what: Moderation::Remove })
    };
    let mute =
        MeetingRequest::Moderate { of, who: bob_address.clone(), side: MeetingSide::Call, what: Moderation::Mute };
    world.done(Request::Meeting(mute));
    assert_eq!(meeting(&mut world).mirror, None);
    assert_eq!(person(&meeting(&mut world), "bob").sound, SoundState::MutedByModerator);
    // Once we moderate the room, it is offered, and the user decides.
    let mut we = (*occupant("alice", Some("alice@example.com"))).clone();
    we.role = tandem::model::Role::Moderator;
    says(&mut world, RoomEvent::Occupants { set: vec![we.into()], gone: Vec::new() });
    world.done(remove(MeetingSide::Call, &bob_address));
    world.ended(bob, 0, EndedBy::Local);
    assert_eq!(roles(&world), 0, "nothing happens in the room by itself");
    world.ask(Request::Meeting(MeetingRequest::Mirror { of, yes: true }));
    assert_eq!(roles(&world), 0, "the conference is over, and so is the offer");
}

#[test]
fn s_15_a_kick_from_the_room_leaves_the_call_until_the_user_says_otherwise() {
    let (mut world, id, [bob, carol]) = started();
    let of = MeetingOf::Conference(id);
    let mut we = (*occupant("alice", Some("alice@example.com"))).clone();
    we.role = tandem::model::Role::Moderator;
    says(&mut world, RoomEvent::Occupants { set: vec![we.into()], gone: Vec::new() });
    let kick = MeetingRequest::Moderate { of, who: "bob".into(), side: MeetingSide::Room, what: Moderation::Remove };
    world.ask(Request::Meeting(kick));
    assert_eq!(roles(&world), 1);
    let view = meeting(&mut world);
    let offered = view.mirror.clone().expect("the other side is offered");
    assert_eq!(&*offered.text, "Put \u{2068}bob\u{2069} out of the call too?");
    says(&mut world, RoomEvent::Occupants { set: Vec::new(), gone: vec!["bob".into()] });
    assert_eq!(person(&meeting(&mut world), "bob").involvement, Involvement::Audio, "he is still in the call");
    world.done(Request::Meeting(MeetingRequest::Mirror { of, yes: true }));
    assert!(world.sip().contains(&Command::Hangup { call: bob }));
    assert!(!world.sip().contains(&Command::Hangup { call: carol }));
    let refusal = world.ask(Request::Meeting(MeetingRequest::Mirror { of, yes: true })).expect("an answer");
    assert!(refusal.is_err(), "once is enough");
}

#[test]
fn a_conference_server_is_asked_to_call_somebody_and_to_put_somebody_out_where_we_moderate() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    let of = MeetingOf::Call(call);
    let users = format!("{}{}", user("alice", "connected"), user("bob", "connected"));
    hear(&mut world, &info(1, "full", "", &users));
    let to = CallTo::Contact(jid("bob@example.com"));
    let invite = || Request::Meeting(MeetingRequest::Invite { of, to: to.clone(), confirm: true });
    world.done(invite());
    let asked = |world: &World| {
        let to = |command| if let Command::Transfer { to, .. } = command { Some(to) } else { None };
        world.sip().into_iter().filter_map(to).collect::<Vec<ReferTo>>()
    };
    assert_eq!(asked(&world), [ReferTo::Address(sip_uri("sip:bob@example.com"))]);
    assert_eq!(world.ask(invite()).expect("an answer").expect_err("busy").kind, RefusalKind::NotAllowed);
    world.voice(Event::Transfer { call, news: TransferEvent::Over(Outcome::Refused(405)) });
    let told = world.effects.iter().any(|effect| {
        matches!(effect, Effect::Notice(NoticeBody::Problem(text)) if text.contains("It cannot be asked for such things."))
    });
    assert!(told && world.view(call).end.is_none(), "the call goes on");
    // Nobody is put out by whom the conference does not list as a moderator.
    let remove = || {
        let (who, what) = ("sip:bob@example.com".into(), Moderation::Remove);
        Request::Meeting(MeetingRequest::Moderate { of, who, side: MeetingSide::Call, what })
    };
    assert_eq!(world.ask(remove()).expect("an answer").expect_err("no").kind, RefusalKind::NotAllowed);
    let moderator = user("alice", "connected").replace("<endpoint", "<roles><entry>moderator</entry></roles><endpoint");
    hear(&mut world, &info(2, "partial", "", &moderator));
    assert!(meeting(&mut world).moderates);
    world.done(remove());
    assert_eq!(asked(&world).pop(), Some(ReferTo::Remove(sip_uri("sip:bob@example.com"))));
    world.voice(Event::Transfer { call, news: TransferEvent::Over(Outcome::Answered(200)) });
    assert!(world.view(call).end.is_none(), "asking is no transfer: we stay");
}

/// A conference of ours where we moderate the room too, and the mirror that is offered once Bob is put out of the room.
fn kicked() -> (World, MeetingOf, u64) {
    let (mut world, id, _) = started();
    let of = MeetingOf::Conference(id);
    let mut we = (*occupant("alice", Some("alice@example.com"))).clone();
    we.role = tandem::model::Role::Moderator;
    says(&mut world, RoomEvent::Occupants { set: vec![we.into()], gone: Vec::new() });
    let kick = MeetingRequest::Moderate { of, who: "bob".into(), side: MeetingSide::Room, what: Moderation::Remove };
    assert!(world.ask(Request::Meeting(kick)).is_none(), "the room is asked");
    let number = world.xmpp().into_iter().find_map(|command| match command {
        xmpp::Command::Room(_, RoomCommand::SetRole { ticket, .. }) => Some(ticket),
        _ => None,
    });
    assert!(meeting(&mut world).mirror.is_some());
    (world, of, number.expect("a question"))
}

#[test]
fn s_15_a_kick_that_the_room_refuses_takes_back_what_was_offered_for_the_call() {
    let (mut world, of, number) = kicked();
    let why = tandem::model::Reason::new("not-allowed", "The room does not allow you to do this.");
    says(&mut world, RoomEvent::Answered(number, Err(why)));
    assert_eq!(meeting(&mut world).mirror, None);
    let told = world.effects.iter().any(|effect| {
        matches!(effect, Effect::Answer(_, Err(refusal)) if &*refusal.text == "The room does not allow you to do this.")
    });
    assert!(told, "and says why");
    let late = world.ask(Request::Meeting(MeetingRequest::Mirror { of, yes: true })).expect("an answer");
    assert_eq!(late.expect_err("there is nothing").kind, RefusalKind::NotFound);
    // One that worked stays offered, and another room's refusal changes nothing.
    let (mut world, _, number) = kicked();
    let why = tandem::model::Reason::new("not-allowed", "No.");
    says(&mut world, RoomEvent::Answered(number + 1, Err(why)));
    says(&mut world, RoomEvent::Answered(number, Ok(tandem::xmpp::room::RoomAnswer::Done)));
    assert!(meeting(&mut world).mirror.is_some());
}

#[test]
fn s_15_whatever_a_conference_does_not_do_has_a_sentence_and_leaves_nothing_offered() {
    let rows = [
        (Outcome::Refused(405), "It cannot be asked for such things."),
        (Outcome::Refused(501), "It cannot be asked for such things."),
        (Outcome::Refused(403), "It does not allow you to."),
        (Outcome::Refused(603), "It does not allow you to."),
        (Outcome::Answered(404), "They are not in it any more."),
        (Outcome::Refused(481), "Your call with it is over."),
        (Outcome::Answered(503), "It does not answer now. Try again later."),
        (Outcome::Refused(408), "It does not answer now. Try again later."),
        (Outcome::Refused(491), "It is busy with something else. Try again."),
        (Outcome::Answered(599), "It gave no reason."),
    ];
    for (outcome, why) in rows {
        let mut world = in_room();
        let call = conference(&mut world, TEAM);
        let of = MeetingOf::Call(call);
        let moderator =
            user("alice", "connected").replace("<endpoint", "<roles><entry>moderator</entry></roles><endpoint");
        let users = format!("{moderator}{}", user("bob", "connected"));
        hear(&mut world, &info(1, "full", NAMES_ROOM, &users));
        let mut we = (*occupant("alice", Some("alice@example.com"))).clone();
        we.role = tandem::model::Role::Moderator;
        says(&mut world, RoomEvent::Occupants { set: vec![we.into()], gone: Vec::new() });
        let (who, what) = ("sip:bob@example.com".into(), Moderation::Remove);
        world.done(Request::Meeting(MeetingRequest::Moderate { of, who, side: MeetingSide::Call, what }));
        assert!(meeting(&mut world).mirror.is_some(), "{outcome:?}: offered while it is being asked");
        world.voice(Event::Transfer { call, news: TransferEvent::Over(outcome) });
        assert_eq!(meeting(&mut world).mirror, None, "{outcome:?}");
        let text = format!("The conference did not put \u{2068}bob\u{2069} out. {why}");
        let told = |effect: &Effect| matches!(effect, Effect::Notice(NoticeBody::Problem(said)) if **said == *text);
        assert!(world.effects.iter().any(told), "{outcome:?}: {text}");
        assert!(world.view(call).end.is_none(), "{outcome:?}: the call goes on");
    }
}

#[test]
fn calls_of_people_who_hide_tell_nobody_who_they_are() {
    let mut world = World::online();
    let bob = world.talking();
    let hidden = CallId::incoming(world.now.wall, 7);
    let identity = tandem::sip::CallIdentity { anonymous: true, ..identity("sip:anonymous@anonymous.invalid") };
    world.incoming(hidden, identity, Some(SOUND));
    world.opened(hidden);
    world.done(Request::Answer(hidden));
    world.voice(Event::Confirmed { call: hidden, sdp: None });
    let Some(Ok(Reply::Conference(_))) = world.ask(Request::Conference(ConferenceRequest::Create(vec![bob, hidden])))
    else {
        panic!("a conference")
    };
    let last = hosted(&world).pop().expect("it is told");
    let hiding = last.users.last().expect("the second");
    assert_eq!((&*hiding.entity, hiding.display.clone()), ("sip:anonymous2@anonymous.invalid", None));
    assert_eq!(last.members, [sip_uri("sip:bob@example.com")]);
}
