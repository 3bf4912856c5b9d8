//! Temporary addresses (XEP-0152): those of contacts, and the own ones.

use tandem::model::ReachAddress;
use tandem::xmpp::{Command, Event};

use super::world::{BOB, element};
use super::xmpp_own_card::{Kind, World};

#[test]
fn c21_reachability_of_contacts_is_told_and_cleared_and_strangers_are_not_heard() {
    let mut world = World::new(Kind::Two);
    world.events.clear();
    let node = |from: &str, inner: &str| {
        format!(
            "<message xmlns='jabber:client' from='{from}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
             {inner}</event></message>"
        )
    };
    let reach = "<items node='urn:xmpp:reach:0'><item id='current'><reach xmlns='urn:xmpp:reach:0'>\
        <addr uri='sip:room@example.com'><desc>Room 3</desc></addr></reach></item></items>";
    let told = |world: &mut World| -> Vec<usize> {
        let each = |event: Event| match event {
            Event::Reach { jid, addresses } if jid.as_str() == BOB => Some(addresses.len()),
            Event::Reach { jid, .. } => panic!("{jid}"),
            _ => None,
        };
        std::mem::take(&mut world.events).into_iter().filter_map(each).collect()
    };
    for from in ["mallory@evil.example", "bob@example.com/phone"] {
        world.stanza(&node(from, reach));
    }
    assert!(told(&mut world).is_empty());
    world.stanza(&node(BOB, reach));
    assert_eq!(told(&mut world), [1]);
    for gone in [
        "<items node='urn:xmpp:reach:0'><item id='current'><reach xmlns='urn:xmpp:reach:0'/></item></items>",
        "<items node='urn:xmpp:reach:0'><retract id='current'/></items>",
        "<purge node='urn:xmpp:reach:0'/>",
        "<delete node='urn:xmpp:reach:0'/>",
    ] {
        world.stanza(&node(BOB, reach));
        world.stanza(&node(BOB, gone));
        let told = told(&mut world);
        assert_eq!(told.last(), Some(&0), "{gone}");
    }
    let presence = |inner: &str, kind: &str| {
        format!("<presence xmlns='jabber:client' from='{BOB}/phone' {kind}>{inner}</presence>")
    };
    let inside = "<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:desk@example.com'/></reach>";
    world.stanza(&presence(inside, ""));
    world.stanza(&presence("", ""));
    world.stanza(&presence(inside, ""));
    world.stanza(&presence("", "type='unavailable'"));
    assert_eq!(told(&mut world), [1, 0, 1, 0]);
}

#[test]
fn c21_the_own_reachability_is_published_and_taken_back() {
    let mut world = World::new(Kind::Two);
    let here = ReachAddress { uri: "sip:room@example.com".into(), description: Some("Room 3".into()) };
    world.command(Command::PublishReach(vec![here]));
    world.command(Command::PublishReach(Vec::new()));
    let texts: Vec<String> = world.server.reach.iter().map(String::from).collect();
    assert!(
        texts[0].contains("uri='sip:room@example.com'") || texts[0].contains("uri=\"sip:room@example.com\""),
        "{texts:?}"
    );
    assert_eq!(world.server.reach[1], element("<reach xmlns='urn:xmpp:reach:0'/>"), "XEP-0152 section 4.2: empty");
    let outcomes = world.events.iter().filter(|event| matches!(event, Event::ReachPublished(Ok(())))).count();
    assert_eq!(outcomes, 2);
    let mut world = World::new(Kind::Nothing);
    world.command(Command::PublishReach(Vec::new()));
    assert!(world.events.iter().any(|event| matches!(event, Event::ReachPublished(Err(_)))));
}
