//! The user's own card and temporary addresses with a real chat server and a real call server.

use serde_json::Value;

use crate::real::{DOMAIN, Person, Profile, Tandem, World, eventually};

/// A vCard4 with things in it that Tandem does not understand.
const FOREIGN: &str = "<fn><text>Alice Archer</text></fn><bday><date>1980-01-01</date></bday>\
    <tel><parameters><type><text>home</text></type><label><text>kept</text></label></parameters><uri>tel:+1-303-308-3281</uri></tel>\
    <ext xmlns='urn:example:ext'><deep>kept</deep></ext>";
const ANOTHER: &str = "<fn><text>Bob Baker</text></fn><tel><uri>sip:bob@tandem.example</uri></tel>";

fn values(card: &Value) -> Vec<&str> {
    card["phones"].as_array().into_iter().flatten().filter_map(|phone| phone["value"].as_str()).collect()
}

/// What somebody else reads in both forms of Alice's card.
fn as_others_see_it(person: &mut Person) -> (String, String) {
    let mut read = |id: &str, payload: &str| {
        person.forget();
        person.send(&format!("<iq type='get' id='{id}' to='alice@{DOMAIN}'>{payload}</iq>"));
        let (single, double) = (format!("id='{id}'"), format!("id=\"{id}\""));
        person.wait_for("a card", |text| (text.contains(&single) || text.contains(&double)) && text.contains("</iq>"))
    };
    let old = read("old-form", "<vCard xmlns='vcard-temp'/>");
    let new = read(
        "new-form",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4' max_items='1'/></pubsub>",
    );
    (old, new)
}

#[test]
fn s_04_s_05_the_own_card_is_tested_published_and_then_reaches_the_user() {
    let world = World::start();
    let mut before = Person::sign_in(&world, "alice");
    before.publish_card("<FN>Alice</FN>", Some(FOREIGN));
    drop(before);
    let mut bob = Person::sign_in(&world, "bob");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let test = &alice.ctl("card-test", &[])["test"];
    assert_eq!(
        (&test["ok"], &test["publish"]),
        (&Value::Bool(false), &Value::from(format!("sip:alice@{DOMAIN}"))),
        "{test}"
    );
    let card = alice.ctl("card-set", &[("publish", "true")]);
    assert_eq!(values(&card)[0], format!("sip:alice@{DOMAIN}"), "{card}");
    assert_eq!(card["missing"], Value::Null, "{card}");
    let tested = alice.ctl("card-test", &[]);
    let test = &tested["test"];
    assert_eq!((&test["ok"], &test["requests"]), (&Value::Bool(true), &Value::from(1)), "{tested}");
    let took = test["took_ms"].as_u64().expect("a time");
    eprintln!("a request to the own address came back after {took} ms");
    let (old, new) = as_others_see_it(&mut bob);
    let address = format!("sip:alice@{DOMAIN}");
    assert!(new.contains(&format!("<uri>{address}</uri>")), "a URI: {new}");
    for kept in ["urn:example:ext", "<deep", "1980-01-01", "<label>", "+1-303-308-3281"] {
        assert!(new.contains(kept), "{kept} survives: {new}");
    }
    assert!(!new.contains("tel:sip:"), "{new}");
    assert!(old.contains(&format!("<NUMBER>{address}</NUMBER>")), "plain text in the older form: {old}");
}

#[test]
fn s_09_a_card_is_edited_and_what_the_server_cannot_keep_is_told() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let phones = format!(
        "[{{\"value\":\"alice@{DOMAIN}\",\"types\":[\"work\",\"video\"],\"preferred\":true}},{{\"value\":\"1001\"}}]"
    );
    let card = alice.ctl("card-set", &[("name", "Alice Archer"), ("phones", &phones)]);
    assert_eq!(values(&card), [format!("sip:alice@{DOMAIN}").as_str(), "tel:1001"], "{card}");
    assert_eq!(card["phones"][0]["types"], serde_json::json!(["work", "video"]));
    assert_eq!(card["phones"][0]["preferred"], true);
    // This server makes the older form of the newer one and drops the mark.
    let notes = card["notes"].as_array().expect("notes");
    assert!(notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains("older form"))), "{card}");
    assert_eq!(alice.try_ctl("card-set", &[("phones", "[{\"value\":\"call me\"}]")]), Err("invalid".to_owned()));
    // Another program changes it: who goes on from the old revision is told, and overwrites nothing.
    let revision = card["revision"].to_string();
    let mut elsewhere = Person::sign_in(&world, "alice");
    elsewhere.publish_card("<FN>Alice</FN>", Some(FOREIGN));
    assert_eq!(alice.try_ctl("card-set", &[("name", "A."), ("revision", &revision)]), Err("not-allowed".to_owned()));
    let card = alice.ctl("card", &[]);
    assert_eq!((&card["name"], values(&card)), (&Value::from("Alice Archer"), vec!["tel:+1-303-308-3281"]), "{card}");
}

#[test]
fn c21_a_changed_card_and_temporary_addresses_arrive_at_once() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    bob.publish_card("<FN>Bob</FN>", None);
    let alice = Tandem::online(&world, "alice", &Profile::default());
    alice.wait_contact("bob", "his presence", |contact| contact["presence"]["show"] == "available");
    assert_eq!(alice.contact("bob").unwrap()["actions"]["call"]["available"], false);
    bob.publish_card("<FN>Bob Baker</FN>", Some(ANOTHER));
    alice.wait_contact("bob", "his new card", |contact| contact["actions"]["call"]["available"] == true);
    let has = |contact: &Value, uri: &str, source: &str| {
        let addresses = contact["addresses"].as_array().cloned().unwrap_or_default();
        addresses
            .iter()
            .any(|address| address["uri"] == uri && address["source"] == source && address["grade"] == "claimed")
    };
    let reach =
        "<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:room3@tandem.example'><desc>Room 3</desc></addr></reach>";
    bob.send(&format!("<presence>{reach}</presence>"));
    alice.wait_contact("bob", "where he is", |contact| has(contact, "sip:room3@tandem.example", "reach"));
    bob.send("<presence/>");
    alice.wait_contact("bob", "that he left", |contact| !has(contact, "sip:room3@tandem.example", "reach"));
    let publish = |bob: &mut Person, id: &str, reach: &str| {
        bob.send(&format!(
            "<iq type='set' id='{id}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:reach:0'>\
             <item id='current'>{reach}</item></publish></pubsub></iq>"
        ));
    };
    publish(&mut bob, "here", &reach.replace("room3", "room4"));
    alice.wait_contact("bob", "the node", |contact| has(contact, "sip:room4@tandem.example", "reach"));
    publish(&mut bob, "gone", "<reach xmlns='urn:xmpp:reach:0'/>");
    alice.wait_contact("bob", "the empty node", |contact| !has(contact, "sip:room4@tandem.example", "reach"));
    // The other way round.
    let read = |bob: &mut Person, wanted: &str, there: bool| {
        eventually("what Alice says", std::time::Duration::from_secs(15), || {
            bob.forget();
            bob.send(&format!(
                "<iq type='get' id='alices' to='alice@{DOMAIN}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                 <items node='urn:xmpp:reach:0'/></pubsub></iq>"
            ));
            let text = bob.wait_for("an answer", |text| text.contains("alices") && text.contains("</iq>"));
            (text.contains(wanted) == there).then_some(())
        });
    };
    let said = alice.ctl("reach-set", &[("uri", "1001"), ("description", "Meeting room")]);
    assert_eq!(said["reach"][0]["uri"], "tel:1001", "{said}");
    read(&mut bob, "tel:1001", true);
    alice.ctl("quit", &[]);
    read(&mut bob, "tel:1001", false);
}
