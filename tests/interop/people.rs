//! Rosters, cards, presence and messages from a real chat server.

use serde_json::{Value, json};

use crate::real::prosody::RosterItem;
use crate::real::{DOMAIN, Person, Profile, Tandem, World, eventually};

/// A card as people have it: a SIP address and a number.
const OLD_CARD: &str = "<FN>Bob Baker</FN><TEL><WORK/><VIDEO/><NUMBER>sip:bob@tandem.example</NUMBER></TEL>\
                        <TEL><WORK/><VOICE/><NUMBER>+1-303-308-3280</NUMBER></TEL>";
const VCARD4: &str = "<fn><text>Bob Baker</text></fn>\
    <tel><parameters><type><text>work</text><text>video</text></type></parameters><uri>sip:bob@tandem.example</uri></tel>\
    <tel><parameters><type><text>work</text><text>voice</text></type></parameters><uri>tel:+1-303-308-3280</uri></tel>";

fn uris(contact: &Value) -> Vec<&str> {
    contact["addresses"].as_array().into_iter().flatten().filter_map(|address| address["uri"].as_str()).collect()
}

#[test]
fn roster_cards_and_presence_arrive() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    bob.publish_card(OLD_CARD, Some(VCARD4));
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let contact = alice.wait_contact("bob", "a card with both addresses", |contact| {
        let uris = uris(contact);
        uris.contains(&"sip:bob@tandem.example") && uris.iter().any(|uri| uri.contains("3033083280"))
    });
    assert_eq!(contact["name"], "Bob Baker");
    assert_eq!(contact["groups"], json!(["Team"]));
    assert_eq!(contact["subscription"], "both");
    alice.wait_contact("bob", "his presence", |contact| contact["presence"]["show"] == "available");
    bob.send("<presence><show>dnd</show><status>in a meeting</status></presence>");
    let contact = alice.wait_contact("bob", "a change of presence", |contact| contact["presence"]["show"] == "dnd");
    assert_eq!(contact["presence"]["status"], "in a meeting");
    assert_eq!(contact["actions"]["call"]["available"], true, "{contact}");
    let carol = alice.contact("carol").unwrap();
    assert_eq!(carol["presence"]["show"], "offline");
    assert_eq!(carol["actions"]["call"]["available"], false, "no card, no address: {carol}");
    drop(bob);
    alice.wait_contact("bob", "his leaving", |contact| contact["presence"]["show"] == "offline");
    let all = alice.ctl("contacts", &[]);
    assert_eq!(all.as_array().map(Vec::len), Some(4), "{all}");
}

#[test]
fn a_card_that_the_server_damaged_still_gives_the_address() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    // Prosody makes <uri>tel:sip:bob@…</uri> of it in the vCard4 form.
    bob.publish_card(OLD_CARD, None);
    let alice = Tandem::online(&world, "alice", &Profile::default());
    alice.wait_contact("bob", "the address without damage", |contact| {
        let uris = uris(contact);
        uris.contains(&"sip:bob@tandem.example") && !uris.iter().any(|uri| uri.starts_with("tel:sip"))
    });
}

#[test]
fn messages_go_both_ways_and_say_what_became_of_them() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    alice.wait_contact("bob", "his presence", |contact| contact["presence"]["show"] == "available");
    bob.say(&format!("alice@{DOMAIN}"), "m1", "Hello Alice &amp; all");
    let message = alice.wait_message("bob", "Hello Alice & all", &["received"]);
    assert_eq!(message["direction"], "in");
    bob.forget();
    alice.ctl("send", &[("to", &format!("bob@{DOMAIN}")), ("body", "1 < 2 & so on")]);
    let seen = bob.wait_for("alice's message", |xml| xml.contains("1 &lt; 2 &amp; so on"));
    alice.wait_message("bob", "1 < 2 & so on", &["sent", "delivered"]);
    // Bob's program confirms it (XEP-0184).
    let message = seen[..seen.find("1 &lt; 2").unwrap()].rfind("<message").map(|at| &seen[at..]).unwrap();
    let id = message.split_once(" id='").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    assert!(message.contains("urn:xmpp:receipts"), "a receipt is asked for: {message}");
    bob.send(&format!(
        "<message to='alice@{DOMAIN}' type='chat'><received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
    ));
    alice.wait_message("bob", "1 < 2 & so on", &["delivered"]);
}

#[test]
fn what_was_stored_is_there_after_a_kill() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let mut alice = Tandem::online(&world, "alice", &Profile::default());
    bob.say(&format!("alice@{DOMAIN}"), "m1", "before the kill");
    alice.wait_message("bob", "before the kill", &["received"]);
    alice.ctl("send", &[("to", &format!("bob@{DOMAIN}")), ("body", "mine")]);
    bob.wait_for("alice's message", |xml| xml.contains("<body>mine</body>"));
    alice.kill();
    let folder = alice.folder.clone();
    drop(alice);
    bob.say(&format!("alice@{DOMAIN}"), "m2", "while away");
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_message("bob", "before the kill", &["received"]);
    alice.wait_message("bob", "while away", &["received"]);
    let bodies: Vec<_> = alice.messages("bob").iter().map(|message| message["body"].clone()).collect();
    assert_eq!(bodies, ["before the kill", "mine", "while away"], "each once, in order");
}

#[test]
fn ten_thousand_contacts_are_there_and_the_program_answers_meanwhile() {
    let many: Vec<RosterItem> = (0..10_000)
        .map(|number| RosterItem::new(&format!("p{number:05}"), &format!("Person {number:05}"), "Many"))
        .collect();
    let world = World::with_roster(&many);
    let alice = Tandem::start(&world, "alice", &Profile::default());
    let slowest = std::cell::Cell::new(std::time::Duration::ZERO);
    // The server looks for each of them one after the other before it says anything else.
    eventually("ten thousand contacts", std::time::Duration::from_secs(120), || {
        let asked = std::time::Instant::now();
        alice.ask("status", json!({}))?;
        slowest.set(slowest.get().max(asked.elapsed()));
        alice.contact("p09999")
    });
    // A debug build on a busy machine; what would fail here is a manager that stands still for the whole roster.
    assert!(slowest.get() < std::time::Duration::from_secs(3), "an answer took {:?}", slowest.get());
}
