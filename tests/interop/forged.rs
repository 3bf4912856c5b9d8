//! What somebody who is in no list forges, through a real server: it arrives, and changes nothing.

use serde_json::{Value, json};

use crate::real::{DOMAIN, Person, Profile, Tandem, World};

fn of(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

/// Where Alice's program is signed in, as whoever may see it sees it.
fn full_address(seen_by: &mut Person) -> String {
    let text = seen_by.wait_for("her presence", |text| text.contains(&format!("{}/", of("alice"))));
    let at = text.find(&format!("{}/", of("alice"))).unwrap();
    text[at..].split(['\'', '"']).next().unwrap().to_owned()
}

#[test]
fn x01_x06_x07_x09_x10_x11_x14_what_a_stranger_forges_through_a_real_server_changes_nothing() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let mut mallory = Person::sign_in(&world, "frank");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let alice_there = full_address(&mut bob);
    bob.say(&of("alice"), "m1", "the truth");
    alice.wait_message("bob", "the truth", &["received"]);
    let said = |id: &str, inner: &str| format!("<message to='{}' type='chat' id='{id}'>{inner}</message>", of("alice"));
    let forwarded = |body: &str| {
        format!(
            "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{}' to='{}' type='chat' id='f1'>\
             <body>{body}</body></message></forwarded>",
            of("bob"),
            of("alice")
        )
    };
    let room = format!("trap@rooms.{DOMAIN}");
    for forged in [
        // X01: a copy of what another device got, and of what it sent.
        said("c1", &format!("<received xmlns='urn:xmpp:carbons:2'>{}</received>", forwarded("forged copy"))),
        said("c2", &format!("<sent xmlns='urn:xmpp:carbons:2'>{}</sent>", forwarded("forged copy"))),
        // X07: a result that nobody asked for.
        said(
            "a1",
            &format!("<result xmlns='urn:xmpp:mam:2' id='1' queryid='1'>{}</result>", forwarded("forged archive")),
        ),
        // X09: a bookmark that leads into a room.
        said(
            "b1",
            &format!(
                "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'><item id='{room}'>\
                 <conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item></items></event>"
            ),
        ),
        // X10 and X11: another's words changed, and taken away.
        said("m2", "<body>forged correction</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"),
        said("m3", "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>"),
        // X06: somebody is put on the list.
        format!(
            "<iq type='set' to='{alice_there}' id='push'><query xmlns='jabber:iq:roster'><item jid='{}' \
             subscription='both'/></query></iq>",
            of("frank")
        ),
    ] {
        mallory.send(&forged);
    }
    // X14: nothing answers a stranger as somebody who is there would.
    mallory.forget();
    for (id, payload) in [
        ("q1", "<query xmlns='jabber:iq:version'/>"),
        ("q2", "<ping xmlns='urn:xmpp:ping'/>"),
        ("q3", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ] {
        mallory.send(&format!("<iq type='get' to='{alice_there}' id='{id}'>{payload}</iq>"));
    }
    let answers = mallory.wait_for("three answers", |text| text.matches("<service-unavailable").count() >= 3);
    assert!(!answers.contains("Tandem"), "{answers}");
    mallory.send(&said("end", "<body>the end</body><request xmlns='urn:xmpp:receipts'/>"));
    alice.wait_message("frank", "the end", &["received"]);
    bob.say(&of("alice"), "m9", "and the rest");
    alice.wait_message("bob", "and the rest", &["received"]);
    let bodies: Vec<Value> = alice.messages("bob").iter().map(|one| one["body"].clone()).collect();
    assert_eq!(bodies, ["the truth", "and the rest"]);
    assert!(alice.messages("bob").iter().all(|one| one["corrected"] == false && one["retracted"] != true));
    for words in ["forged copy", "forged archive"] {
        assert_eq!(alice.ctl("search", &[("text", words)]), json!([]), "{words}");
    }
    let listed = alice.contact("frank").is_some_and(|contact| contact["listed"] == true);
    assert!(!listed, "nobody is put on the list by somebody else");
    assert!(alice.ctl("rooms", &[]).as_array().is_some_and(Vec::is_empty), "no room was entered");
    assert!(!mallory.received().contains("urn:xmpp:receipts' id"), "no receipt: {}", mallory.received());
    alice.quit();
}
