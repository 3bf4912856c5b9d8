//! What messages can be, through a real chat server: between two of our programs, and with one that is not ours.

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{Chatter, DOMAIN, Profile, Tandem, World, eventually};

fn with(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

/// Waits until a message with somebody is so.
#[track_caller]
fn wait(tandem: &Tandem, user: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, || {
        let messages = tandem.ask("messages", json!({ "with": with(user) }))?;
        messages.as_array()?.iter().find(|message| is(message)).cloned()
    })
}

fn id(message: &Value) -> String {
    message["id"].as_str().unwrap().to_owned()
}

#[test]
fn two_of_our_programs_correct_react_answer_and_delete() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Tandem::online(&world, "bob", &Profile::default());
    alice.wait_contact("bob", "his presence", |contact| contact["presence"]["show"] == "available");
    bob.wait_contact("alice", "her presence", |contact| contact["presence"]["show"] == "available");
    let sent = alice.ctl("send", &[("to", &with("bob")), ("body", "At thre?")]);
    let came = wait(&bob, "alice", "her message", |message| message["body"] == "At thre?");
    alice.ctl("correct", &[("id", sent["id"].as_str().unwrap()), ("body", "At three?")]);
    let corrected = wait(&bob, "alice", "her correction", |message| message["body"] == "At three?");
    assert_eq!(id(&corrected), id(&came), "the same message");
    assert_eq!((&corrected["corrected"], &corrected["versions"][0]["body"]), (&json!(true), &json!("At thre?")));
    bob.ctl("react", &[("id", &id(&came)), ("reaction", "👍")]);
    bob.ctl("react", &[("id", &id(&came)), ("reaction", "🎉")]);
    bob.ctl("react", &[("id", &id(&came)), ("reaction", "👍"), ("on", "false")]);
    let reacted = wait(&alice, "bob", "his reaction", |message| {
        message["reactions"].as_array().is_some_and(|all| all.len() == 1 && all[0]["reaction"] == "🎉")
    });
    assert_eq!(reacted["reactions"][0]["own"], false);
    bob.ctl("send", &[("to", &with("alice")), ("body", "Yes *indeed*"), ("answers", &id(&came))]);
    let answer = wait(&alice, "bob", "his answer", |message| message["body"] == "Yes *indeed*");
    assert_eq!(answer["answers"], json!({ "id": sent["id"], "body": "At three?" }));
    bob.ctl("mark-read", &[("with", &with("alice"))]);
    wait(&alice, "bob", "that he has read it", |message| message["delivery"] == "displayed");
    alice.ctl("retract", &[("id", sent["id"].as_str().unwrap())]);
    let gone = wait(&bob, "alice", "that it is gone", |message| message["retracted"] == true);
    assert_eq!((&gone["body"], gone["versions"].as_array().map(Vec::len)), (&json!(""), Some(0)));
    // Somebody else's message is not for Bob to change.
    let refused = bob.try_ctl("correct", &[("id", &id(&came)), ("body", "forged")]);
    assert!(refused.is_err(), "{refused:?}");
    for tandem in [alice, bob] {
        tandem.quit();
    }
}

#[test]
fn a_program_that_is_not_ours_understands_ours_and_is_understood() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Chatter::sign_in(&world, "bob");
    alice.wait_contact("bob", "his presence", |contact| contact["presence"]["show"] == "available");
    // Theirs here.
    bob.order("say", json!({ "body": "Shall we tlak?" }));
    let said = bob.wait("what he said", "said", |_| true)["id"].clone();
    let came = wait(&alice, "bob", "his message", |message| message["body"] == "Shall we tlak?");
    bob.wait("that it arrived", "receipt", |told| told["id"] == said);
    alice.ctl("mark-read", &[("with", &with("bob"))]);
    bob.wait("that she has read it", "displayed", |told| told["id"] == said);
    bob.order("correct", json!({ "id": said, "body": "Shall we talk?" }));
    wait(&alice, "bob", "his correction", |message| {
        message["body"] == "Shall we talk?" && message["corrected"] == true
    });
    bob.order("react", json!({ "id": said, "reactions": ["👍", "🎉"] }));
    wait(&alice, "bob", "his reactions", |message| message["reactions"].as_array().is_some_and(|all| all.len() == 2));
    // Ours there.
    alice.ctl("typing", &[("with", &with("bob"))]);
    bob.wait("that she writes", "state", |told| told["state"] == "composing");
    alice.ctl("send", &[("to", &with("bob")), ("body", "Yes, now"), ("answers", &id(&came))]);
    let answer = bob.wait("her answer", "message", |told| told["answers"] == said);
    assert!(answer["body"].as_str().unwrap().ends_with("Yes, now") && answer["markable"] == true, "{answer}");
    let ours = wait(&alice, "bob", "that it arrived", |message| {
        message["body"] == "Yes, now" && message["delivery"] == "delivered"
    });
    bob.order("displayed", json!({ "id": answer["id"] }));
    wait(&alice, "bob", "that he has read it", |message| message["delivery"] == "displayed");
    alice.ctl("correct", &[("id", &id(&ours)), ("body", "Yes, at once")]);
    bob.wait("her correction", "message", |told| told["replaces"] == answer["id"] && told["body"] == "Yes, at once");
    alice.ctl("react", &[("id", &id(&came)), ("reaction", "❤️")]);
    bob.wait("her reaction", "reactions", |told| told["target"] == said && told["all"] == json!(["❤️"]));
    alice.ctl("retract", &[("id", &id(&ours))]);
    bob.wait("her retraction", "retraction", |told| told["target"] == answer["id"]);
    bob.order("retract", json!({ "id": said }));
    wait(&alice, "bob", "that his is gone", |message| message["retracted"] == true && message["direction"] == "in");
    alice.quit();
}

#[test]
fn what_was_said_about_a_message_outlives_the_server_and_a_kill_and_arrives_once() {
    let mut world = World::start();
    let mut alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Chatter::sign_in(&world, "bob");
    let sent = alice.ctl("send", &[("to", &with("bob")), ("body", "one")]);
    bob.wait("the message", "message", |told| told["body"] == "one");
    drop(bob);
    world.chat.kill();
    alice.ctl("correct", &[("id", sent["id"].as_str().unwrap()), ("body", "two")]);
    alice.kill();
    let folder = alice.folder.clone();
    drop(alice);
    world.chat.restart();
    let bob = Chatter::sign_in(&world, "bob");
    let alice = Tandem::run(folder, &["--headless"], &[]);
    alice.wait_online();
    bob.wait("the correction", "message", |told| told["body"] == "two" && !told["replaces"].is_null());
    let corrected = wait(&alice, "bob", "the corrected message", |message| message["body"] == "two");
    assert_eq!(corrected["corrected"], true);
    alice.ctl("send", &[("to", &with("bob")), ("body", "the end")]);
    bob.wait("what follows", "message", |told| told["body"] == "the end");
    assert_eq!(bob.count("message", |told| told["body"] == "two"), 1);
    alice.quit();
}
