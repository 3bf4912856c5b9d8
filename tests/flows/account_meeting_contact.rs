//! Invitations to calls between two people (XEP-0482): shown, offered, answered and taken back, in virtual time.

use std::time::Duration;

use tandem::account::{CallTo, ConferenceRequest, MeetingOf, MeetingRequest, NoticeBody, RefusalKind, Reply, Request};
use tandem::model::{CallId, EndedBy, Jid};
use tandem::sip::Command;
use tandem::xmpp;
use tandem::xmpp::room::CallWord;

use super::account_meeting::{TEAM, conference, invite, meeting, meetings};
use super::world::*;

fn bob() -> Jid {
    jid("bob@example.com")
}

fn says(world: &mut World, own: bool, word: CallWord) {
    let time = world.now.wall;
    world.chat(xmpp::Event::CallWord { with: bob(), own, word, time });
}

/// What we said of calls, and to whom.
fn said(world: &World) -> Vec<(String, CallWord)> {
    let word = |command| match command {
        xmpp::Command::CallWord(to, word) => Some((to.to_string(), word)),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(word).collect()
}

fn to_bob(word: CallWord) -> (String, CallWord) {
    ("bob@example.com".to_owned(), word)
}

fn join(confirm: bool) -> Request {
    Request::Meeting(MeetingRequest::JoinCall { room: bob(), uri: None, confirm })
}

fn noticed(world: &World) -> usize {
    let about = |effect: &tandem::account::Effect| matches!(effect, tandem::account::Effect::Notice(NoticeBody::Attention(who)) if *who == bob());
    world.effects.iter().filter(|effect| about(effect)).count()
}

#[test]
fn c38_a_contact_who_invites_to_a_call_is_shown_with_the_target_and_nothing_is_dialled_by_itself() {
    let mut world = World::online();
    says(&mut world, false, invite("i1", TEAM));
    let view = meeting(&mut world);
    assert_eq!((view.contact.clone(), view.room.clone(), view.call), (Some(bob()), None, None));
    assert!(view.offers[0].text.contains(TEAM) && !view.offers[0].cost.is_empty(), "{:?}", view.offers[0].text);
    assert_eq!(noticed(&world), 1);
    assert!(!world.sip().iter().any(|command| matches!(command, Command::Invite { .. })));
    // The same again, as another device of ours got it, is no news.
    says(&mut world, false, invite("i1", TEAM));
    assert_eq!(noticed(&world), 1);
    // They take it back.
    says(&mut world, false, CallWord::Retract("i1".into()));
    assert!(meetings(&mut world).is_empty());
    // What cannot be called, is of yesterday, or comes in a conversation with a SIP address is nobody's business here.
    says(&mut world, false, invite("i2", "https://meet.example/x"));
    let time = tandem::model::WallTime::from_unix_ms(world.now.wall.unix_ms() - 86_400_000);
    world.chat(xmpp::Event::CallWord { with: bob(), own: false, word: invite("i3", TEAM), time });
    assert!(meetings(&mut world).is_empty());
    assert_eq!(noticed(&world), 1);
}

#[test]
fn c38_an_invitation_of_a_contact_is_answered_by_joining_and_by_leaving() {
    let mut world = World::online();
    says(&mut world, false, invite("i1", "tel:+4930123456"));
    let refusal = world.ask(join(false)).expect("an answer").expect_err("a question");
    assert_eq!(refusal.kind, RefusalKind::Confirm, "what a contact names may cost");
    let Some(Ok(Reply::Call(call))) = world.ask(join(true)) else { panic!("a call") };
    assert!(meetings(&mut world).is_empty(), "we are in it: nothing is offered");
    world.opened(call);
    assert_eq!(said(&world), []);
    world.answered(call);
    let accept = CallWord::Accept { id: "i1".into(), uri: Some("tel:+4930123456".into()) };
    assert_eq!(said(&world), [to_bob(accept)]);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(said(&world).last(), Some(&to_bob(CallWord::Left("i1".into()))));
    assert_eq!(meetings(&mut world).len(), 1, "it goes on, and can be joined again");
    world.done(Request::Meeting(MeetingRequest::DeclineCall(bob())));
    assert_eq!(said(&world).last(), Some(&to_bob(CallWord::Reject("i1".into()))));
    assert!(meetings(&mut world).is_empty());
    says(&mut world, false, invite("i2", TEAM));
    assert_eq!(meetings(&mut world).len(), 1, "a new invitation is asked about anew");
}

#[test]
fn c38_what_was_answered_on_another_device_is_not_asked_here() {
    for answer in [CallWord::Accept { id: "i1".into(), uri: None }, CallWord::Reject("i1".into())] {
        let mut world = World::online();
        says(&mut world, false, invite("i1", TEAM));
        assert_eq!(meetings(&mut world).len(), 1);
        says(&mut world, true, answer);
        assert!(meetings(&mut world).is_empty());
    }
    // And what we invited to on another device is not offered to ourselves.
    let mut world = World::online();
    says(&mut world, true, invite("i1", TEAM));
    assert!(meetings(&mut world).is_empty() && noticed(&world) == 0);
    let refusal = world.ask(join(true)).expect("an answer").expect_err("nothing is offered");
    assert_eq!((refusal.kind, &*refusal.text), (RefusalKind::NotFound, "They offer no such call."));
}

#[test]
fn c38_a_contact_is_invited_to_a_conference_and_told_when_it_is_over() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    let announce = |of, to: Jid| Request::Meeting(MeetingRequest::Announce { of, room: Some(to) });
    world.done(announce(MeetingOf::Call(call), bob()));
    let Some((to, CallWord::Invite { ids, uris })) = said(&world).pop() else { panic!("an invitation") };
    assert_eq!((to.as_str(), &*uris[0]), ("bob@example.com", TEAM));
    assert_eq!(meeting(&mut world).room, None, "a contact is no room");
    says(&mut world, false, CallWord::Accept { id: ids[0].clone(), uri: None });
    world.ended(call, 0, EndedBy::Local);
    assert_eq!(said(&world).last(), Some(&to_bob(CallWord::Retract(ids[0].clone()))));
    // Calls that we join are ours to invite to as well; a stranger is no contact.
    let first = world.talking();
    let second = world.call(CallTo::Text("sip:carol@example.com".into())).expect("a call");
    world.opened(second);
    world.answered(second);
    let calls: Vec<CallId> = vec![first, second];
    let Some(Ok(Reply::Conference(id))) = world.ask(Request::Conference(ConferenceRequest::Create(calls))) else {
        panic!("a conference")
    };
    world.done(announce(MeetingOf::Conference(id), bob()));
    let Some((_, CallWord::Invite { ids, uris })) = said(&world).pop() else { panic!("an invitation") };
    assert_eq!(&*uris[0], "sip:alice@example.com");
    let stranger = announce(MeetingOf::Conference(id), jid("eve@example.org"));
    assert_eq!(world.ask(stranger).expect("an answer").expect_err("no contact").kind, RefusalKind::NotAllowed);
    world.ended(first, 0, EndedBy::Remote);
    world.wait(Duration::from_secs(1));
    assert_eq!(said(&world).last(), Some(&to_bob(CallWord::Retract(ids[0].clone()))));
}
