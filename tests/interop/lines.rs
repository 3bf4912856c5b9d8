//! Rooms, lists, cards and pictures on Prosody with a program that is not ours (slixmpp) on the other side.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Friend, Profile, Tandem, World, eventually};

fn of(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

fn address(name: &str) -> String {
    format!("{name}@rooms.{DOMAIN}")
}

fn wait_room(of: &Tandem, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, || {
        let rooms = of.ask("rooms", json!({}))?;
        rooms.as_array()?.iter().find(|one| one["room"] == name && is(one)).cloned()
    })
}

/// Waits until a message in a conversation is so.
#[track_caller]
fn wait_in(tandem: &Tandem, with: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, || {
        let messages = tandem.ask("messages", json!({ "with": with, "limit": 100 }))?;
        messages.as_array()?.iter().find(|message| is(message)).cloned()
    })
}

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn wait_invited(of: &Tandem, room: &str) -> Value {
    eventually("the invitation", PATIENCE, || {
        of.ask("invitations", json!({}))?.as_array()?.iter().find(|one| one["room"] == room).cloned()
    })
}

/// The slixmpp user and Alice are in a room of hers.
fn together(world: &World, name: &str) -> (Tandem, Friend, String) {
    let alice = Tandem::online(world, "alice", &Profile::default());
    let mut bob = Friend::sign_in(world, "bob");
    let room = address(name);
    alice.ctl("room-join", &[("room", &room), ("create", "true"), ("nick", "Alice")]);
    wait_room(&alice, &room, "alice in her room", |one| one["state"] == "joined");
    // The room is locked until her program has configured it (XEP-0045 section 10.1.1): he tries until he is let in.
    let mut refused = 0;
    bob.order("join", json!({ "room": room, "nick": "Bob" }));
    eventually("that he is in", PATIENCE, || {
        let his = |told: &Value| told["from"] == format!("{room}/Bob");
        let refusals = bob.count("presence", |told| his(told) && told["type"] == "error");
        if refusals > refused {
            refused = refusals;
            bob.order("join", json!({ "room": room, "nick": "Bob" }));
        }
        let own = |told: &Value| told["codes"].as_array().is_some_and(|all| all.contains(&json!("110")));
        (bob.count("presence", |told| his(told) && own(told)) > 0).then_some(())
    });
    wait_room(&alice, &room, "both in it", |one| one["occupants"] == 2);
    (alice, bob, room)
}

#[test]
fn in_a_room_each_understands_what_the_other_corrects_answers_reacts_to_and_takes_back() {
    let world = World::start();
    let (alice, mut bob, room) = together(&world, "talk");
    // Theirs here, with a mention, which counts apart.
    bob.order("speak", json!({ "room": room, "body": "Alice: shall we tlak?" }));
    let said = bob.wait("what he said", "said", |_| true)["id"].clone();
    let came = wait_in(&alice, &room, "his message", |message| message["body"] == "Alice: shall we tlak?");
    wait_room(&alice, &room, "the mention", |one| one["mentions"] == 1);
    bob.order("speak", json!({ "room": room, "body": "Alice: shall we talk?", "replaces": said }));
    wait_in(&alice, &room, "his correction", |message| {
        message["body"] == "Alice: shall we talk?" && message["corrected"] == true && id(message) == id(&came)
    });
    // What was said in a room is named by the room (XEP-0444 section 4, XEP-0461 section 3.2).
    let name = bob.wait("his own words", "groupchat", |told| told["id"] == said)["name"].clone();
    bob.order("react", json!({ "room": room, "id": name, "reactions": ["👍"] }));
    wait_in(&alice, &room, "his reaction", |message| {
        id(message) == id(&came) && message["reactions"].as_array().is_some_and(|all| all.len() == 1)
    });
    // Ours there.
    alice.ctl("send", &[("to", &room), ("body", "Yes, now"), ("answers", id(&came))]);
    let answer = bob.wait("her answer", "groupchat", |told| told["nick"] == "Alice" && told["answers"] == name);
    let ours = wait_in(&alice, &room, "her own words", |message| message["body"] == "Yes, now");
    alice.ctl("correct", &[("id", id(&ours)), ("body", "Yes, at once")]);
    bob.wait("her correction", "groupchat", |told| told["replaces"] == answer["id"] && told["body"] != "");
    alice.ctl("react", &[("id", id(&came)), ("reaction", "🎉")]);
    bob.wait("her reaction", "groupchat", |told| told["target"] == name && told["reactions"] == json!(["🎉"]));
    alice.ctl("retract", &[("id", id(&ours))]);
    bob.wait("that hers is gone", "groupchat", |told| told["nick"] == "Alice" && told["retracts"] == true);
    bob.order("retract", json!({ "room": room, "id": name }));
    wait_in(&alice, &room, "that his is gone", |message| id(message) == id(&came) && message["retracted"] == true);
    alice.quit();
}

#[test]
fn in_a_room_subjects_whispers_roles_and_moderation_hold_between_two_kinds_of_programs() {
    let world = World::start();
    let (alice, mut bob, room) = together(&world, "house");
    alice.ctl("room-subject", &[("room", &room), ("subject", "Roses")]);
    bob.wait("her subject", "subject", |told| told["subject"] == "Roses");
    // A whisper of each, told apart from what everybody hears.
    bob.order("whisper", json!({ "room": room, "nick": "Alice", "body": "psst" }));
    let heard = eventually("the whisper", PATIENCE, || {
        alice.ask("search", json!({ "text": "psst" }))?.as_array()?.first().cloned()
    });
    assert_eq!(heard["kind"], "occupant", "{heard}");
    let whisper = alice.ctl("room-whisper", &[("room", &room), ("nick", "Bob")]);
    alice.ctl("send", &[("to", whisper["with"].as_str().unwrap()), ("body", "what is it?")]);
    bob.wait("her whisper", "private", |told| told["body"] == "what is it?" && told["from"] == format!("{room}/Alice"));
    // She makes him a moderator; he changes the subject, and takes away what she wrote is hers alone to decide.
    alice.ctl("room-act", &[("room", &room), ("nick", "Bob"), ("action", "make-moderator")]);
    bob.wait("that he moderates", "presence", |told| {
        told["from"] == format!("{room}/Bob") && told["role"] == "moderator"
    });
    bob.order("subject", json!({ "room": room, "subject": "Tulips" }));
    wait_room(&alice, &room, "his subject", |one| one["subject"] == "Tulips");
    // Moderation (XEP-0425): his words are taken away for everybody.
    bob.order("speak", json!({ "room": room, "body": "buy this" }));
    let spam = wait_in(&alice, &room, "the advertisement", |message| message["body"] == "buy this");
    let named = spam["archive_id"].as_str().expect("the room's name of it");
    alice.ctl("room-retract", &[("room", &room), ("message", named), ("reason", "advertisement")]);
    bob.wait("that it is gone", "groupchat", |told| told["retracts"] == true);
    wait_in(&alice, &room, "that it is gone here", |message| id(message) == id(&spam) && message["retracted"] == true);
    // And he is put out.
    alice.ctl("room-act", &[("room", &room), ("nick", "Bob"), ("action", "kick")]);
    bob.wait("that he is out", "presence", |told| {
        told["from"] == format!("{room}/Bob") && told["codes"].as_array().is_some_and(|all| all.contains(&json!("307")))
    });
    wait_room(&alice, &room, "her alone", |one| one["occupants"] == 1);
    alice.quit();
}

#[test]
fn invitations_of_both_kinds_lead_into_rooms_and_a_bookmark_of_another_program_is_followed() {
    let world = World::start();
    let (alice, mut bob, room) = together(&world, "guests");
    // Ours there: straight (XEP-0249), as both know each other.
    let other = address("others");
    alice.ctl("room-join", &[("room", &other), ("create", "true"), ("nick", "Alice")]);
    wait_room(&alice, &other, "another room", |one| one["state"] == "joined");
    alice.ctl("room-invite", &[("room", &other), ("who", &of("bob"))]);
    bob.wait("her invitation", "invited", |told| told["room"] == json!(other));
    // Theirs here, straight and through the room.
    for (name, order) in [("straight", "invite_directly"), ("through", "invite")] {
        let theirs = address(name);
        bob.order("join", json!({ "room": theirs, "nick": "Bob" }));
        bob.wait("that he is in", "presence", |told| told["from"] == format!("{theirs}/Bob"));
        bob.order("open", json!({ "room": theirs }));
        bob.wait("that it is open", "opened", |told| told["room"] == theirs);
        bob.order(order, json!({ "room": theirs, "who": of("alice"), "reason": "come" }));
        let asked = wait_invited(&alice, &theirs);
        // Through the room it is somebody in it who asks: this service hides who.
        let by = if order == "invite" { theirs.clone() } else { of("bob") };
        assert_eq!((&asked["from"], &asked["mediated"]), (&json!(by), &json!(order == "invite")), "{asked}");
        alice.ctl("room-answer", &[("invitation", &asked["invitation"].to_string()), ("accept", "true")]);
        wait_room(&alice, &theirs, "alice in it", |one| one["state"] == "joined" && one["occupants"] == 2);
    }
    // Another program of hers bookmarks a room (XEP-0402): ours goes in.
    let mut phone = Friend::sign_in(&world, "alice");
    let shared = address("shared");
    bob.order("join", json!({ "room": shared, "nick": "Bob" }));
    bob.wait("that he is in", "presence", |told| told["from"] == format!("{shared}/Bob"));
    bob.order("open", json!({ "room": shared }));
    bob.wait("that it is open", "opened", |told| told["room"] == shared);
    phone.order("bookmark", json!({ "room": shared, "nick": "Alice" }));
    wait_room(&alice, &shared, "alice in the bookmarked room", |one| one["state"] == "joined");
    drop(phone);
    alice.ctl("room-leave", &[("room", &room)]);
    bob.wait("that she left", "presence", |told| {
        told["from"] == format!("{room}/Alice") && told["type"] == "unavailable"
    });
    alice.quit();
}

#[test]
fn a_list_of_people_is_kept_with_another_program_asking_naming_blocking_and_leaving() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    // Grace knows nobody, and nobody her.
    let mut grace = Friend::sign_in(&world, "grace");
    grace.order("nick", json!({ "nick": "Gracie" }));
    grace.wait("her name", "published", |told| told["nick"] == "Gracie");
    grace.order("subscribe", json!({ "to": of("alice") }));
    let asked = eventually("the question", PATIENCE, || {
        alice.ask("questions", json!({}))?.as_array()?.iter().find(|one| one["kind"] == "subscription").cloned()
    });
    assert!(asked["text"].as_str().is_some_and(|text| text.contains(&of("grace"))), "{asked}");
    alice.ctl("reply", &[("question", asked["id"].as_str().unwrap()), ("choice", "approve")]);
    grace.wait("that she may see", "roster", |told| {
        told["people"][of("alice")].as_str().is_some_and(|is| is == "to" || is == "both")
    });
    grace.order("approve", json!({ "to": of("alice") }));
    alice.wait_contact("grace", "both see each other", |contact| contact["subscription"] == "both");
    // A card of hers, and what she calls herself, as long as nobody names her.
    alice.wait_contact("grace", "what she calls herself", |contact| contact["name"] == "Gracie");
    grace.order("publish_card", json!({ "name": "Grace Hall" }));
    grace.wait("her card", "published", |told| told["name"] == "Grace Hall");
    alice.wait_contact("grace", "her card's name", |contact| contact["name"] == "Grace Hall");
    alice.ctl("contact-rename", &[("to", &of("grace")), ("name", "Boss")]);
    alice.wait_contact("grace", "the name that alice gave", |contact| contact["name"] == "Boss");
    // Her picture.
    let stripes = image::RgbaImage::from_fn(64, 64, |x, y| image::Rgba([x as u8, y as u8, 7, 255]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(stripes).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let png = base64::prelude::BASE64_STANDARD.encode(bytes.into_inner());
    grace.order("publish_picture", json!({ "png": png }));
    let hash = grace.wait("her picture", "published", |told| told["hash"].is_string())["hash"].clone();
    alice.wait_contact("grace", "her picture", |contact| contact["picture"] == hash);
    // Blocked: nothing of hers arrives, and nobody tells her why.
    alice.ctl("block", &[("to", &of("grace"))]);
    grace.order("say", json!({ "to": of("alice"), "body": "can you hear me?" }));
    alice.ctl("unblock", &[("to", &of("grace"))]);
    grace.order("say", json!({ "to": of("alice"), "body": "and now?" }));
    alice.wait_message("grace", "and now?", &["received"]);
    let heard: Vec<String> = alice.messages("grace").iter().map(|one| one["body"].to_string()).collect();
    assert!(!heard.iter().any(|body| body.contains("can you hear me")), "{heard:?}");
    // She blocks Alice: what Alice writes is refused, and that is said.
    grace.order("block", json!({ "who": of("alice") }));
    grace.wait("that it is done", "blocked", |_| true);
    alice.ctl("send", &[("to", &of("grace")), ("body", "hello?")]);
    alice.wait_message("grace", "hello?", &["failed"]);
    grace.order("unblock", json!({ "who": of("alice") }));
    grace.wait("that it is undone", "unblocked", |_| true);
    // Out of the list, on both sides.
    alice.ctl("contact-remove", &[("to", &of("grace"))]);
    grace.wait("that alice is out of sight", "roster", |told| {
        told["people"][of("alice")].as_str().is_some_and(|is| is == "none")
    });
    alice.quit();
}
