//! Telephone systems that hand calls over by themselves: who is shown, and on whose word.

use tandem::account::Request;
use tandem::model::{CallId, CallState, EndedBy, PeerGrade};
use tandem::sip::{CallIdentity, Event};

use super::world::*;

const INCOMING: CallId = CallId(41);

fn connected(world: &mut World, call: CallId, identity: CallIdentity) {
    world.voice(Event::Connected { call, identity: Box::new(identity) });
}

fn evidence(world: &mut World, call: CallId) -> String {
    world.view(call).peer.evidence.join(" ")
}

/// Bob, whom his card confirms, calls and is answered.
fn bob_talks() -> World {
    let mut world = World::online();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    world.card("carol@other.example", &["sip:carol@other.example"]);
    world.incoming(INCOMING, vouched("sip:bob@example.com"), Some(SOUND));
    world.opened(INCOMING);
    world.done(Request::Answer(INCOMING));
    assert_eq!(world.view(INCOMING).peer.grade, PeerGrade::Confirmed);
    world
}

#[test]
fn who_took_the_call_over_is_shown_and_not_who_left() {
    let mut world = bob_talks();
    connected(&mut world, INCOMING, vouched("sip:stranger@elsewhere.example"));
    let peer = world.view(INCOMING).peer;
    assert_eq!((peer.grade, peer.jid), (PeerGrade::Unknown, None), "Bob is not there any more");
    assert!(evidence(&mut world, INCOMING).contains("took the call over from"), "{}", evidence(&mut world, INCOMING));
    connected(&mut world, INCOMING, vouched("sip:carol@other.example"));
    assert_eq!(world.view(INCOMING).peer.jid, Some(jid("carol@other.example")));
    // And back to Bob.
    connected(&mut world, INCOMING, vouched("sip:bob@example.com"));
    assert_eq!(world.view(INCOMING).peer.jid, Some(jid("bob@example.com")));
    let hidden = CallIdentity { anonymous: true, ..vouched("sip:x@example.com") };
    connected(&mut world, INCOMING, hidden);
    assert_eq!(world.view(INCOMING).peer.grade, PeerGrade::Anonymous);
    assert_eq!(world.view(INCOMING).state, CallState::Active);
    // The history is that of whom it began with.
    world.ended(INCOMING, 0, EndedBy::Remote);
    assert_eq!(world.view(INCOMING).peer.jid, Some(jid("bob@example.com")));
    assert!(evidence(&mut world, INCOMING).contains("In the end it was with Anonymous"));
}

#[test]
fn s05_nobody_is_renamed_without_the_word_of_the_phone_service() {
    let mut world = bob_talks();
    let before = world.view(INCOMING).peer;
    connected(&mut world, INCOMING, vouched("sip:bob@example.com;user=phone"));
    connected(&mut world, INCOMING, vouched("sips:bob@example.com"));
    assert_eq!(world.view(INCOMING).peer.display, before.display, "the same person, written otherwise");
    assert_eq!(world.view(INCOMING).peer.jid, before.jid);
}

#[test]
fn an_extension_that_answers_does_not_hide_whom_we_called() {
    let mut world = World::online();
    let call = world.talking();
    let before = world.view(call).peer;
    connected(&mut world, call, vouched("sip:1001@example.com"));
    let peer = world.view(call).peer;
    assert_eq!((peer.display, peer.jid), (before.display, before.jid));
    assert!(evidence(&mut world, call).contains("Your phone service names 1001"), "{}", evidence(&mut world, call));
    // When it names somebody else after that, somebody else is there.
    connected(&mut world, call, vouched("sip:eve@elsewhere.example"));
    assert_eq!(world.view(call).peer.jid, None);
    assert!(world.view(call).peer.uri.contains("eve"));
}
