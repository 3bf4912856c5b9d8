//! Rooms on Prosody, with two of ours and one client that is not.

use std::time::Duration;

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Profile, Tandem, World, eventually};

fn address(name: &str) -> String {
    format!("{name}@rooms.{DOMAIN}")
}

fn room(of: &Tandem, room: &str) -> Option<Value> {
    of.ask("rooms", json!({}))?.as_array()?.iter().find(|one| one["room"] == room).cloned()
}

fn wait_room(of: &Tandem, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, || room(of, name).filter(|one| is(one)))
}

fn bodies(of: &Tandem, with: &str) -> Vec<String> {
    let messages = of.ask("messages", json!({ "with": with, "limit": 500 }));
    let text = |message: &Value| message["body"].as_str().unwrap_or_default().to_owned();
    messages.and_then(|messages| Some(messages.as_array()?.iter().map(text).collect())).unwrap_or_default()
}

fn wait_body(of: &Tandem, with: &str, body: &str) {
    eventually(&format!("\"{body}\""), PATIENCE, || bodies(of, with).contains(&body.to_owned()).then_some(()));
}

fn people(of: &Tandem, room: &str) -> Vec<Value> {
    let all = of.ask("occupants", json!({}));
    all.and_then(|all| all[room].as_array().cloned()).unwrap_or_default()
}

#[test]
fn a_room_is_made_shared_talked_in_looked_after_and_survives_a_cut() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let garden = address("garden");
    // A slip of the finger makes no room.
    alice.ctl("room-join", &[("room", &garden)]);
    wait_room(&alice, &garden, "no such room", |room| room["reason"]["code"] == "no-such-room");
    alice.ctl("room-join", &[("room", &garden), ("create", "true"), ("nick", "Alice")]);
    let made = wait_room(&alice, &garden, "alice in her room", |room| room["state"] == "joined");
    assert_eq!((&made["affiliation"], &made["role"]), (&json!("owner"), &json!("moderator")));
    // Its settings, as the server asks them.
    let form = alice.ctl("room-settings", &[("room", &garden)]);
    let names: Vec<&str> = form["fields"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"muc#roomconfig_roomname"), "{names:?}");
    let values = json!({ "muc#roomconfig_roomname": "The garden", "muc#roomconfig_persistentroom": true,
        "muc#roomconfig_publicroom": true })
    .to_string();
    alice.ctl("room-configure", &[("room", &garden), ("values", &values)]);
    wait_room(&alice, &garden, "its new name", |room| room["name"] == "The garden");
    // It can be found, and says what it is.
    let found = alice.ctl("room-search", &[]);
    assert_eq!(found["service"], format!("rooms.{DOMAIN}"));
    assert!(found["rooms"].as_array().unwrap().iter().any(|one| one["room"] == garden), "{found}");
    let about = bob.ctl("room-look", &[("room", &garden)]);
    assert!(about["facts"].as_array().unwrap().iter().any(|one| one["fact"] == "archived"), "{about}");
    // Bob is asked in, and comes.
    alice.ctl("send", &[("to", &garden), ("body", "before bob")]);
    alice.ctl("room-invite", &[("room", &garden), ("who", &format!("bob@{DOMAIN}")), ("reason", "come in")]);
    let asked = eventually("the invitation", PATIENCE, || {
        bob.ask("invitations", json!({}))?.as_array()?.iter().find(|one| one["room"] == garden).cloned()
    });
    assert_eq!((&asked["from"], &asked["reason"]), (&json!(format!("alice@{DOMAIN}")), &json!("come in")));
    bob.ctl("room-answer", &[("invitation", &asked["invitation"].to_string()), ("accept", "true")]);
    wait_room(&bob, &garden, "bob in the room", |room| room["state"] == "joined" && room["occupants"] == 2);
    wait_body(&bob, &garden, "before bob");
    // They talk; each thing is there once, whoever wrote it.
    bob.ctl("send", &[("to", &garden), ("body", "hello Alice")]);
    alice.ctl("send", &[("to", &garden), ("body", "hello bob")]);
    for (of, body) in [(&alice, "hello Alice"), (&alice, "hello bob"), (&bob, "hello Alice"), (&bob, "hello bob")] {
        wait_body(of, &garden, body);
    }
    wait_room(&alice, &garden, "the mention", |room| room["mentions"] == 1);
    alice.ctl("room-subject", &[("room", &garden), ("subject", "Roses")]);
    wait_room(&bob, &garden, "the subject", |room| room["subject"] == "Roses");
    // A whisper is a conversation of its own.
    let whisper = bob.ctl("room-whisper", &[("room", &garden), ("nick", "Alice")]);
    bob.ctl("send", &[("to", whisper["with"].as_str().unwrap()), ("body", "psst")]);
    let heard = eventually("the whisper", PATIENCE, || {
        let found = alice.ask("search", json!({ "text": "psst" }))?;
        found.as_array()?.first().cloned()
    });
    assert_eq!(heard["kind"], "occupant");
    assert!(!bodies(&alice, &format!("bob@{DOMAIN}")).contains(&"psst".to_owned()), "never under the contact");
    assert!(!bodies(&alice, &garden).contains(&"psst".to_owned()));
    // The server goes away, and comes back without memory of who was there.
    world.chat.kill();
    alice.wait_state("chat", "offline");
    world.chat.restart();
    alice.wait_online();
    bob.wait_online();
    for of in [&alice, &bob] {
        wait_room(of, &garden, "back in the room", |room| room["state"] == "joined" && room["occupants"] == 2);
    }
    bob.ctl("send", &[("to", &garden), ("body", "after the cut")]);
    wait_body(&alice, &garden, "after the cut");
    for of in [&alice, &bob] {
        let mut all = bodies(of, &garden);
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "nothing twice");
    }
    alice.quit();
    bob.quit();
}

#[test]
fn moderators_put_out_and_take_back_and_everybody_is_told() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let yard = address("yard");
    alice.ctl("room-join", &[("room", &yard), ("create", "true"), ("nick", "Alice")]);
    wait_room(&alice, &yard, "alice in the room", |room| room["state"] == "joined");
    let mut carol = Person::sign_in(&world, "carol");
    carol.send(&format!("<presence to='{yard}/Carol'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    let she = eventually("carol in the room", PATIENCE, || {
        people(&alice, &yard).into_iter().find(|one| one["nick"] == "Carol")
    });
    let can: Vec<&str> = she["can"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(can.contains(&"kick") && can.contains(&"ban") && can.contains(&"make-admin"), "{can:?}");
    carol.send(&format!("<message to='{yard}' type='groupchat' id='spam1'><body>buy this</body></message>"));
    wait_body(&alice, &yard, "buy this");
    let spam = eventually("the room's name of it", PATIENCE, || {
        let all = alice.ask("messages", json!({ "with": yard }))?;
        all.as_array()?.iter().find(|one| one["body"] == "buy this")?["archive_id"].as_str().map(str::to_owned)
    });
    alice.ctl("room-retract", &[("room", &yard), ("message", &spam), ("reason", "spam")]);
    eventually("it is taken back", PATIENCE, || {
        (!bodies(&alice, &yard).contains(&"buy this".to_owned())).then_some(())
    });
    carol.wait_for("word of it", |xml| xml.contains("message-moderate:"));
    alice.ctl("room-act", &[("room", &yard), ("nick", "Carol"), ("action", "kick"), ("reason", "spam")]);
    carol.wait_for("being put out", |xml| xml.contains("code='307'") || xml.contains("code=\"307\""));
    eventually("she is gone", PATIENCE, || {
        people(&alice, &yard).iter().all(|one| one["nick"] != "Carol").then_some(())
    });
    wait_room(&alice, &yard, "a line about it", |room| room["lines"].to_string().contains("was put out"));
    let who = format!("carol@{DOMAIN}");
    alice.ctl("room-affiliate", &[("room", &yard), ("who", &who), ("affiliation", "outcast")]);
    carol.forget();
    carol.send(&format!("<presence to='{yard}/Carol'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    carol.wait_for("the ban", |xml| xml.contains("<forbidden"));
    let banned = alice.ctl("room-affiliations", &[("room", &yard), ("affiliation", "outcast")]);
    assert_eq!(banned[0]["jid"], who);
    alice.quit();
}

/// Another device of Alice's.
fn at_home(world: &World) -> Tandem {
    let home = Tandem::run(Tandem::write_for(world, "alice", "alice-at-home"), &["--headless"], &[]);
    home.wait_state("chat", "online");
    home
}

#[test]
fn a_second_device_follows_bookmarks_and_a_restart_brings_everybody_back() {
    let world = World::start();
    let home = at_home(&world);
    let desk = Tandem::write(&world, "alice", &Profile::default());
    let desk = Tandem::run(desk, &["--headless"], &[]);
    desk.wait_state("chat", "online");
    let den = address("den");
    desk.ctl("room-join", &[("room", &den), ("create", "true"), ("nick", "Alice")]);
    wait_room(&desk, &den, "the first device in it", |room| room["state"] == "joined");
    wait_room(&home, &den, "the second device in it", |room| room["state"] == "joined");
    desk.ctl("send", &[("to", &den), ("body", "from the desk")]);
    wait_body(&home, &den, "from the desk");
    let told = eventually("ours there too", Duration::from_secs(10), || {
        let all = home.ask("messages", json!({ "with": den }))?;
        all.as_array()?.iter().find(|one| one["body"] == "from the desk").cloned()
    });
    assert_eq!(told["direction"], "out", "the other device knows that we wrote it");
    desk.ctl("room-leave", &[("room", &den)]);
    wait_room(&home, &den, "the second device out of it", |room| room["state"] == "out");
    home.quit();
    desk.quit();
}

#[test]
fn in_a_room_two_of_ours_correct_react_answer_and_delete_and_a_second_device_knows() {
    let world = World::start();
    let home = at_home(&world);
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    let lab = address("lab");
    alice.ctl("room-join", &[("room", &lab), ("create", "true"), ("nick", "Alice")]);
    wait_room(&alice, &lab, "alice in the room", |room| room["state"] == "joined");
    wait_room(&home, &lab, "her other device in the room", |room| room["state"] == "joined");
    bob.ctl("room-join", &[("room", &lab), ("nick", "Bob")]);
    wait_room(&bob, &lab, "bob in the room", |room| room["state"] == "joined");
    let wait = |of: &Tandem, what: &str, is: &dyn Fn(&Value) -> bool| -> Value {
        eventually(what, PATIENCE, || {
            of.ask("messages", json!({ "with": lab }))?.as_array()?.iter().find(|one| is(one)).cloned()
        })
    };
    let id = |message: &Value| message["id"].as_str().unwrap_or_default().to_owned();
    let named = |message: &Value| message["archive_id"].is_string();
    alice.ctl("send", &[("to", &lab), ("body", "At thre?")]);
    let sent = wait(&alice, "the room's name of it", &|one| one["body"] == "At thre?" && named(one));
    wait(&bob, "her message", &|one| one["body"] == "At thre?");
    alice.ctl("correct", &[("id", &id(&sent)), ("body", "At three?")]);
    for of in [&bob, &home] {
        let corrected = wait(of, "her correction", &|one| one["body"] == "At three?");
        assert_eq!((&corrected["corrected"], &corrected["versions"][0]["body"]), (&json!(true), &json!("At thre?")));
    }
    let came = wait(&bob, "the corrected message", &|one| one["body"] == "At three?" && named(one));
    bob.ctl("react", &[("id", &id(&came)), ("reaction", "👍")]);
    for of in [&alice, &home] {
        let reacted = wait(of, "his reaction", &|one| one["reactions"].as_array().is_some_and(|all| all.len() == 1));
        assert_eq!(
            (&reacted["reactions"][0]["reaction"], &reacted["reactions"][0]["own"]),
            (&json!("👍"), &json!(false))
        );
    }
    bob.ctl("send", &[("to", &lab), ("body", "Yes"), ("answers", &id(&came))]);
    let answer = wait(&alice, "his answer", &|one| one["body"] == "Yes");
    assert_eq!(answer["answers"], json!({ "id": id(&sent), "body": "At three?" }));
    // Her other device takes back what this one wrote.
    let there = wait(&home, "her message there", &|one| one["body"] == "At three?" && named(one));
    home.ctl("retract", &[("id", &id(&there))]);
    for of in [&alice, &bob] {
        wait(of, "that it is gone", &|one| one["retracted"] == true && one["body"] == "");
    }
    let refused = bob.try_ctl("correct", &[("id", &id(&came)), ("body", "forged")]);
    assert!(refused.is_err(), "{refused:?}");
    for of in [home, alice, bob] {
        of.quit();
    }
}
