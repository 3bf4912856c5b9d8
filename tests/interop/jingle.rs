//! Calls over chat through Prosody: with a program that is not ours (slixmpp and aiortc), through coturn, and between two of
//! our own.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::paths::relay_named_by_chat;
use crate::real::{Caller, Person, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(30);
const OURS: f64 = 1300.0;
const THEIRS: f64 = 700.0;

/// A program with a chat account that stands alone (C-08).
fn chat_only(world: &World, user: &str, tone: f64, more: &str) -> Tandem {
    let folder = Tandem::write(world, user, &Profile { tone: Some(tone), more: more.to_owned(), ..Default::default() });
    let file = folder.join("config.toml");
    let config = fs::read_to_string(&file).unwrap();
    let (chat, rest) = config.split_once("[[voice]]").unwrap();
    let (_, rest) = rest.split_once("[network]").unwrap();
    fs::write(&file, format!("{chat}[network]{rest}")).unwrap();
    let tandem = Tandem::run(folder, &["--headless"], &[]);
    tandem.wait_state("chat", "online");
    tandem
}

/// Waits until somebody's program has said that it takes calls.
fn wait_callable(tandem: &Tandem, user: &str) {
    tandem.wait_contact(user, "a way over chat", |contact| {
        contact["addresses"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == "jingle"))
    });
}

fn hears(tandem: &Tandem, tone: f64) {
    eventually("their tone", PATIENCE, || tandem.heard()?.has_tone(tone).then_some(()));
}

fn is_protected(tandem: &Tandem, call: &str) {
    tandem.wait_call("keys by DTLS", |seen| seen["id"] == *call && seen["media"]["encryption"] == "dtls");
}

#[test]
fn c28_a_program_that_is_not_ours_is_called_over_chat_and_calls_with_sound_both_ways() {
    let world = World::start();
    let alice = chat_only(&world, "alice", OURS, "");
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, false);
    wait_callable(&alice, "bob");

    let call = alice.call("bob@tandem.example");
    bob.wait("our wish", "propose", |_| true);
    alice.wait_call_state(&call, "ringing");
    bob.order("answer", json!({}));
    bob.wait("our description", "initiate", |told| told["candidates"].as_u64() > Some(0));
    let seen = alice.wait_call_state(&call, "active");
    assert_eq!((seen["via"].as_str(), seen["media"]["codec"].as_str()), (Some("jingle"), Some("opus")), "{seen}");
    is_protected(&alice, &call);
    hears(&alice, THEIRS);
    bob.hears(OURS);
    alice.ctl("hold", &[("call", &call)]);
    alice.wait_call_state(&call, "held");
    bob.wait("that they are on hold", "info", |told| told["name"] == "hold");
    alice.ctl("resume", &[("call", &call)]);
    alice.wait_call_state(&call, "active");
    alice.ctl("mute", &[("call", &call)]);
    bob.wait("that we are muted", "info", |told| told["name"] == "mute");
    alice.ctl("unmute", &[("call", &call)]);
    bob.order("info", json!({ "name": "hold" }));
    alice.wait_call("that we are on hold", |seen| seen["id"] == *call && seen["media"]["direction"] == "recvonly");
    bob.order("info", json!({ "name": "active" }));
    alice.wait_call("sound both ways", |seen| seen["id"] == *call && seen["media"]["direction"] == "sendrecv");
    alice.ctl("hangup", &[("call", &call)]);
    bob.wait("the end", "terminated", |told| told["reason"] == "success");
    alice.wait_call("the end", |seen| seen["id"] == *call && seen["state"] == "ended");

    bob.order("call", json!({ "to": "alice@tandem.example" }));
    let ringing = alice.wait_ringing();
    assert_eq!(ringing["peer"]["jid"], "bob@tandem.example", "{ringing}");
    assert_eq!(ringing["via"], "jingle");
    bob.wait("that it rings", "ringing", |_| true);
    let id = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", id)]);
    alice.wait_call_state(id, "active");
    is_protected(&alice, id);
    hears(&alice, THEIRS);
    bob.hears(OURS);
    bob.order("hangup", json!({}));
    let over = alice.wait_call("the end", |seen| seen["id"] == *id && seen["state"] == "ended");
    assert_eq!(over["end"]["by"], "remote", "{over}");
}

#[test]
fn a_program_that_knows_no_messages_about_calls_is_called_directly_and_calls_directly() {
    let world = World::start();
    let alice = chat_only(&world, "alice", OURS, "");
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, true);
    wait_callable(&alice, "bob");
    let call = alice.call("bob@tandem.example");
    bob.wait("our description", "initiate", |_| true);
    alice.wait_call_state(&call, "ringing");
    bob.order("answer", json!({}));
    alice.wait_call_state(&call, "active");
    is_protected(&alice, &call);
    hears(&alice, THEIRS);
    bob.hears(OURS);
    alice.ctl("hangup", &[("call", &call)]);
    bob.wait("the end", "terminated", |_| true);
}

#[test]
fn m01_a_call_over_chat_goes_through_the_relay_that_the_chat_server_names_and_tells_no_other_address() {
    let mut world = World::start();
    let _relay = relay_named_by_chat(&mut world);
    let more = "[media]\ntell-addresses = \"relay-only\"\nservers-from-chat = true\n";
    let alice = chat_only(&world, "alice", OURS, more);
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, false);
    wait_callable(&alice, "bob");
    let call = alice.call("bob@tandem.example");
    bob.wait("our wish", "propose", |_| true);
    bob.order("answer", json!({}));
    alice.wait_call_state(&call, "active");
    hears(&alice, THEIRS);
    bob.hears(OURS);
    let path: Value = eventually("a path", PATIENCE, || {
        let path = alice.ask("stats", json!({ "call": call }))?["path"].clone();
        path["kind"].is_string().then_some(path)
    });
    assert_eq!((path["kind"].as_str(), path["local"].as_str()), (Some("relayed"), Some("relay")), "{path}");
    let told = bob.wait("our description", "initiate", |_| true);
    assert_eq!(told["kinds"], json!(["relay"]), "no other address of ours is told: {told}");
}

#[test]
fn two_of_ours_talk_over_chat_and_neither_has_a_voice_account() {
    let world = World::start();
    let alice = chat_only(&world, "alice", OURS, "");
    let bob = chat_only(&world, "bob", THEIRS, "");
    wait_callable(&alice, "bob");
    wait_callable(&bob, "alice");
    let call = alice.call("bob@tandem.example");
    let ringing = bob.wait_ringing();
    let id = ringing["id"].as_str().unwrap();
    alice.wait_call_state(&call, "ringing");
    bob.ctl("answer", &[("call", id)]);
    alice.wait_call_state(&call, "active");
    is_protected(&alice, &call);
    is_protected(&bob, id);
    hears(&alice, THEIRS);
    hears(&bob, OURS);
    alice.ctl("hold", &[("call", &call)]);
    bob.wait_call("that alice holds", |seen| seen["id"] == *id && seen["media"]["direction"] == "recvonly");
    alice.ctl("resume", &[("call", &call)]);
    bob.wait_call("that she is back", |seen| seen["id"] == *id && seen["media"]["direction"] == "sendrecv");
    alice.ctl("dtmf", &[("call", &call), ("digits", "42#")]);
    bob.ctl("hangup", &[("call", id)]);
    let over = alice.wait_call("the end", |seen| seen["id"] == *call && seen["state"] == "ended");
    assert_eq!(over["end"]["code"], "hangup", "{over}");
}

/// Both services, calls over the phone service: the chat accounts confirm the keys of the call.
#[test]
fn the_padlock_of_a_call_over_the_phone_service_says_this_person_when_both_chat_accounts_agree() {
    let world = World::start();
    for user in ["alice", "bob"] {
        let card = format!("<tel><uri>sip:{user}@tandem.example</uri></tel>");
        Person::sign_in(&world, user).publish_card4(&card);
    }
    let profile = |tone| Profile { tone: Some(tone), transport: "tls", media_keys: "dtls", ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile(OURS));
    let bob = Tandem::online(&world, "bob", &profile(THEIRS));
    alice.wait_contact("bob", "a confirmed address", |contact| {
        contact["addresses"].as_array().is_some_and(|all| all.iter().any(|one| one["grade"] == "confirmed"))
    });
    bob.wait_contact("alice", "a confirmed address", |contact| {
        contact["addresses"].as_array().is_some_and(|all| all.iter().any(|one| one["grade"] == "confirmed"))
    });
    let call = alice.call("bob@tandem.example");
    let ringing = bob.wait_ringing();
    let id = ringing["id"].as_str().unwrap();
    bob.ctl("answer", &[("call", id)]);
    is_protected(&alice, &call);
    alice.wait_call("Bob's word", |seen| seen["id"] == *call && seen["media"]["keys"] == "person");
    bob.wait_call("Alice's word", |seen| seen["id"] == *id && seen["media"]["keys"] == "person");
    hears(&alice, THEIRS);
    hears(&bob, OURS);
}

#[test]
fn c06_with_a_voice_account_beside_it_a_chat_account_neither_announces_nor_takes_calls() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(OURS), ..Default::default() });
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, false);
    bob.order("abilities", json!({ "to": "alice@tandem.example" }));
    let told = bob.wait("what Alice's program can do", "abilities", |_| true);
    let features = told["features"].as_array().unwrap();
    assert!(!features.is_empty() && !features.iter().any(|one| one.as_str().is_some_and(|one| one.contains("jingle"))));
    bob.order("call", json!({ "to": "alice@tandem.example" }));
    // What is asked after it is answered after it: the wish has been seen by then.
    bob.order("abilities", json!({ "to": "alice@tandem.example" }));
    eventually("the second answer", PATIENCE, || (bob.count("abilities", |_| true) == 2).then_some(()));
    assert!(alice.calls().is_empty() && bob.count("ringing", |_| true) == 0);
}
