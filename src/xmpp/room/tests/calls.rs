//! What is said about calls in a room (XEP-0482, Jitsi's presence, the room's own form).

use std::sync::Arc;

use super::super::boundary::{CallWord, RoomCommand, RoomEvent};
use super::World;
use crate::xmpp::stanza::ns;

const INVITE: &str = "<invite xmlns='urn:xmpp:call-invites:0' video='true'><jingle sid='s'/>\
    <external uri='https://meet.example/x'/><external uri='sip:team@conf.example'/></invite>";

fn words(world: &mut World) -> Vec<(String, bool, CallWord)> {
    let events = std::mem::take(&mut world.events);
    events
        .into_iter()
        .filter_map(|event| match event {
            RoomEvent::Call { by, own, word, .. } => Some((by.to_string(), own, word)),
            _ => None,
        })
        .collect()
}

fn texts(all: &[Arc<str>]) -> Vec<&str> {
    all.iter().map(AsRef::as_ref).collect()
}

#[test]
fn c38_an_invitation_is_known_by_every_name_that_others_may_answer_with() {
    let mut world = World::inside_with("<feature var='urn:xmpp:sid:0'/>");
    let names = "<stanza-id xmlns='urn:xmpp:sid:0' by='garden@rooms.example.com' id='a1'/>\
                 <origin-id xmlns='urn:xmpp:sid:0' id='o1'/>";
    world.message(
        "Bob",
        "type='groupchat' id='m1'",
        &format!("<body>Call: sip:team@conf.example</body>{INVITE}{names}"),
    );
    let heard = words(&mut world);
    let [(by, false, CallWord::Invite { ids, uris })] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!((by.as_str(), texts(ids)), ("Bob", vec!["a1", "o1", "m1"]));
    assert_eq!(texts(uris), ["https://meet.example/x", "sip:team@conf.example"]);
    assert!(world.heard.is_empty(), "what stands beside it for older clients is no message");
    // Dino writes the name into the invitation.
    let named = INVITE.replace("video", "id='d1' video");
    world.message("Bob", "type='groupchat' id='m2'", &named);
    let heard = words(&mut world);
    assert!(matches!(&heard[..], [(_, _, CallWord::Invite { ids, .. })] if &*ids[0] == "d1"));
    for (element, word) in [
        ("<accept xmlns='urn:xmpp:call-invites:0' id='a1'><external uri='sip:team@conf.example'/></accept>", "Accept"),
        ("<reject xmlns='urn:xmpp:call-invites:0' id='a1'/>", "Reject"),
        ("<left xmlns='urn:xmpp:call-invites:0' id='a1'/>", "Left"),
        ("<retract xmlns='urn:xmpp:call-invites:0' id='a1'/>", "Retract"),
    ] {
        world.message("Bob", "type='groupchat' id='m3'", element);
        let heard = words(&mut world);
        assert_eq!(heard.iter().map(|(_, _, word)| format!("{word:?}")).collect::<Vec<_>>(), [word]);
    }
}

#[test]
fn c38_what_is_said_of_a_call_in_another_way_is_not_heard() {
    let mut world = World::inside();
    for (attributes, inside) in [
        ("type='chat' id='m'", INVITE),
        ("type='error' id='m'", INVITE),
        ("type='groupchat' id='m'", "<accept xmlns='urn:xmpp:call-invites:0'/>"),
        ("type='groupchat' id='m'", "<dance xmlns='urn:xmpp:call-invites:0' id='a1'/>"),
        ("type='groupchat'", "<invite xmlns='urn:xmpp:call-invites:0'><external uri='sip:x@y'/></invite>"),
    ] {
        world.message("Bob", attributes, inside);
        assert_eq!(words(&mut world), [], "{attributes} {inside}");
    }
    // However many addresses there are, few are kept.
    let many: String = (0..500).map(|at| format!("<external uri='sip:{at}@x'/>")).collect();
    let flood = format!("<invite xmlns='urn:xmpp:call-invites:0' id='f'>{many}</invite>");
    world.message("Bob", "type='groupchat' id='m'", &flood);
    let heard = words(&mut world);
    assert!(matches!(&heard[..], [(_, _, CallWord::Invite { uris, .. })] if uris.len() == 8));
}

#[test]
fn c38_a_conference_in_a_presence_is_named_while_its_occupant_is_there() {
    let mut world = World::inside();
    let named = |world: &mut World| -> Vec<(String, Option<String>)> {
        let events = std::mem::take(&mut world.events);
        let told = events.into_iter().filter_map(|event| match event {
            RoomEvent::CallNamed { nick, uri } => Some((nick.to_string(), uri.map(|uri| uri.to_string()))),
            _ => None,
        });
        told.collect()
    };
    let conference = "<conference xmlns='http://jitsi.org/protocol/condesc' uri='sip:c@conf.example' callid='1'/>";
    let item = super::user("<item affiliation='none' role='participant'/>", &[]);
    world.presence("Carol", "", &format!("{item}{conference}"));
    assert_eq!(named(&mut world), [("Carol".to_owned(), Some("sip:c@conf.example".to_owned()))]);
    world.presence("Carol", "", &format!("{item}{conference}"));
    assert_eq!(named(&mut world), [], "the same again is no news");
    world.presence("Carol", "", &item);
    assert_eq!(named(&mut world), [("Carol".to_owned(), None)]);
    world.presence("Carol", "", &format!("{item}{conference}"));
    world.gone("Carol", "<item role='none'/>", &[]);
    assert_eq!(named(&mut world).last(), Some(&("Carol".to_owned(), None)));
    for at in 0..50 {
        world.presence(&format!("nick{at}"), "", &format!("{item}{conference}"));
    }
    assert_eq!(named(&mut world).len(), 8, "however many name one, few are heard");
}

#[test]
fn c38_the_field_that_the_rfc_names_is_read_however_it_is_written() {
    for var in
        ["audio-video-uri", "muc#roominfo_audio-video-uri", "{urn:ietf:rfc:7081}audio-video-uri", "muc#roominfo_avuri"]
    {
        let form = format!(
            "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
             <value>http://jabber.org/protocol/muc#roominfo</value></field>\
             <field var='{var}'><value> sip:team@conf.example </value></field></x>"
        );
        let mut world = World::inside_with(&form);
        let call = world.room.facts.clone().and_then(|facts| facts.call.clone());
        assert_eq!(call.as_deref(), Some("sip:team@conf.example"), "{var}");
        world.events.clear();
    }
    let mut world = World::inside();
    assert!(world.room.facts.clone().is_some_and(|facts| facts.call.is_none()));
    world.events.clear();
}

#[test]
fn what_we_say_of_a_call_can_be_read_by_others() {
    let mut world = World::inside();
    world.sent.clear();
    let invite = CallWord::Invite { ids: vec!["i1".into()], uris: vec!["sip:team@conf.example".into()] };
    for word in [
        invite,
        CallWord::Accept { id: "a1".into(), uri: Some("sip:team@conf.example".into()) },
        CallWord::Reject("a1".into()),
        CallWord::Left("a1".into()),
        CallWord::Retract("i1".into()),
    ] {
        world.room.handle_command(RoomCommand::Call(word.clone()), true, world.now);
        world.drain();
        let stanza = world.sent.pop().expect("it is sent");
        assert_eq!((stanza.attr("type"), stanza.attr("to")), (Some("groupchat"), Some(super::ROOM)));
        let inside: String = stanza.children().map(String::from).collect();
        let id = stanza.attr("id").expect("a name").to_owned();
        world.message("Bob", &format!("type='groupchat' id='{id}'"), &inside);
        let heard = words(&mut world);
        let [(_, false, read)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(*read, word, "what we write is what we read");
        let body = stanza.has_child("body", ns::CLIENT);
        assert_eq!(body, matches!(word, CallWord::Invite { .. }), "older clients see an invitation");
    }
}
