//! Invitations to calls between two people (XEP-0482): who is heard, from where, and what goes out.

use std::time::Duration;

use tandem::xmpp::room::CallWord;
use tandem::xmpp::{Command, Event};

use super::archive_server::Archive;
use super::world::*;

const QUIET: Duration = Duration::from_secs(20);

const INVITE: &str = "<invite xmlns='urn:xmpp:call-invites:0' video='false'><external uri='sip:team@conf.example'/></invite>\
    <body>Call: sip:team@conf.example</body>";

fn world() -> World {
    let mut world = World::new();
    world.server.roster = "<item jid='bob@example.com' subscription='both'/>".into();
    world.server.archive = Some(Archive::new("2026-11-22T09:00:00Z"));
    world.settle(QUIET);
    world.events.clear();
    world
}

/// What was told: whose, and the word with its first name.
fn told(world: &mut World) -> Vec<(String, bool, String)> {
    world.settle(QUIET);
    let events = std::mem::take(&mut world.events);
    let word = |event| match event {
        Event::CallWord { with, own, word, .. } => {
            let name = match &word {
                CallWord::Invite { ids, uris } => format!("invite {} {}", ids[0], uris[0]),
                CallWord::Retract(id) => format!("retract {id}"),
                CallWord::Accept { id, .. } => format!("accept {id}"),
                CallWord::Reject(id) => format!("reject {id}"),
                CallWord::Left(id) => format!("left {id}"),
            };
            Some((with.to_string(), own, name))
        }
        _ => None,
    };
    events.into_iter().filter_map(word).collect()
}

fn message(from: &str, to: &str, attributes: &str, inner: &str) -> String {
    format!("<message xmlns='jabber:client' from='{from}' to='{to}' {attributes}>{inner}</message>")
}

fn copy(side: &str, inner: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='{ALICE}' to='{ALICE}/desk'><{side} xmlns='urn:xmpp:carbons:2'><forwarded \
         xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{side}></message>"
    )
}

fn bobs(own: bool, word: &str) -> Vec<(String, bool, String)> {
    vec![(BOB.to_owned(), own, word.to_owned())]
}

#[test]
fn c38_an_invitation_between_two_people_is_heard_from_contacts_live_copied_and_archived() {
    let mut world = world();
    let phone = format!("{BOB}/phone");
    world.server.send(element(&message(&phone, ALICE, "type='chat' id='i1'", INVITE)));
    assert_eq!(told(&mut world), bobs(false, "invite i1 sip:team@conf.example"));
    assert_eq!(
        world.conversation(),
        ["Call: sip:team@conf.example"],
        "and what stands beside it is kept as it was written"
    );
    for (element_of, word) in
        [("retract", "retract i1"), ("accept", "accept i1"), ("reject", "reject i1"), ("left", "left i1")]
    {
        let inner = format!("<{element_of} xmlns='urn:xmpp:call-invites:0' id='i1'/>");
        world.server.send(element(&message(&phone, ALICE, "type='chat' id='w'", &inner)));
        assert_eq!(told(&mut world), bobs(false, word));
    }
    // Another device of ours got one, and answered it.
    world
        .server
        .send(element(&copy("received", &message(&phone, &format!("{ALICE}/phone"), "type='chat' id='i2'", INVITE))));
    assert_eq!(told(&mut world), bobs(false, "invite i2 sip:team@conf.example"));
    let accept = "<accept xmlns='urn:xmpp:call-invites:0' id='i2'/>";
    world.server.send(element(&copy("sent", &message(&format!("{ALICE}/phone"), BOB, "type='chat' id='a'", accept))));
    assert_eq!(told(&mut world), bobs(true, "accept i2"));
    // Strangers, errors, rooms and copies of somebody else's making are not heard.
    for stanza in [
        message("eve@evil.example/x", ALICE, "type='chat' id='e1'", INVITE),
        message(&phone, ALICE, "type='error' id='e2'", INVITE),
        message(&phone, ALICE, "type='headline' id='e3'", INVITE),
        message(&phone, ALICE, "type='groupchat' id='e4'", INVITE),
        copy("received", &message(&phone, ALICE, "type='chat' id='e5'", INVITE)).replacen(ALICE, "eve@evil.example", 1),
    ] {
        world.server.send(element(&stanza));
        assert_eq!(told(&mut world), Vec::new(), "{stanza}");
    }
    // And what came while nobody was here is in the archive.
    world.server.refuses_without_count = true;
    world.cut();
    let kept = element(&message(&phone, ALICE, "type='chat' id='i3'", INVITE));
    world.server.archive.as_mut().expect("an archive").keep_incoming(kept);
    let told = told(&mut world);
    assert_eq!(told.last(), bobs(false, "invite i3 sip:team@conf.example").last(), "{told:?}");
}

#[test]
fn what_we_say_to_a_contact_about_a_call_reads_as_the_xep_says() {
    let mut world = world();
    let before = world.server.log.len();
    let invite = CallWord::Invite { ids: vec!["i1".into()], uris: vec!["sip:team@conf.example".into()] };
    world.machine.handle_command(Command::CallWord(jid(BOB), invite), world.now);
    world.machine.handle_command(Command::CallWord(jid(BOB), CallWord::Left("i9".into())), world.now);
    world.settle(QUIET);
    let sent: Vec<_> = world.server.log[before..].iter().filter(|stanza| stanza.name() == "message").collect();
    let [invite, left] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((invite.attr("to"), invite.attr("type"), invite.attr("id")), (Some(BOB), Some("chat"), Some("i1")));
    let about = invite.get_child("invite", "urn:xmpp:call-invites:0").expect("an invitation");
    assert_eq!(
        about.get_child("external", "urn:xmpp:call-invites:0").and_then(|one| one.attr("uri")),
        Some("sip:team@conf.example")
    );
    assert!(invite.has_child("body", "jabber:client"), "older clients read it");
    assert_eq!(left.get_child("left", "urn:xmpp:call-invites:0").and_then(|one| one.attr("id")), Some("i9"));
}
