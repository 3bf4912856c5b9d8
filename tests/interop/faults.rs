//! Servers that die and come back, during a chat and during a call.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::real::authority::Authority;
use crate::real::{DOMAIN, Person, Phone, PhoneOptions, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(40);

#[test]
fn the_chat_server_dies_during_a_chat_and_nothing_is_lost() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Person::sign_in(&world, "bob");
    bob.say(&format!("alice@{DOMAIN}"), "m1", "before");
    alice.wait_message("bob", "before", &["received"]);
    world.chat.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("chat")["state"] != "online").then_some(()));
    let chat = alice.account("chat");
    assert_ne!(chat["reason"], json!(null), "it says why: {chat}");
    assert_eq!(alice.account("voice")["state"], "online", "voice goes on by itself");
    alice.ctl("send", &[("to", &format!("bob@{DOMAIN}")), ("body", "while it was away")]);
    alice.wait_message("bob", "while it was away", &["pending"]);
    world.chat.restart();
    let mut bob = Person::sign_in(&world, "bob");
    bob.wait_for("the message that waited", |xml| xml.contains("<body>while it was away</body>"));
    alice.wait_message("bob", "while it was away", &["sent", "delivered"]);
    assert_eq!(bob.received().matches("<body>while it was away</body>").count(), 1, "once");
    bob.say(&format!("alice@{DOMAIN}"), "m2", "after");
    alice.wait_message("bob", "after", &["received"]);
}

#[test]
fn the_chat_server_dies_during_a_call_and_the_call_goes_on() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let _bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    world.chat.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("chat")["state"] != "online").then_some(()));
    still_hears(&alice);
    alice.wait_call_state(&call, "active");
    world.chat.restart();
    eventually("chat is back", PATIENCE, || (alice.account("chat")["state"] == "online").then_some(()));
    alice.wait_call_state(&call, "active");
}

#[test]
fn the_call_server_dies_during_a_call_and_the_voices_go_on() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "tls", ..Default::default() });
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    world.voice.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("voice")["state"] != "online").then_some(()));
    assert_eq!(alice.account("chat")["state"], "online", "chat goes on by itself");
    still_hears(&alice);
    alice.wait_call_state(&call, "active");
    world.voice.restart();
    let returned = Instant::now();
    eventually("voice is back", PATIENCE, || (alice.account("voice")["state"] == "online").then_some(()));
    // F02: five seconds, and what a busy machine needs.
    assert!(returned.elapsed() < Duration::from_secs(8), "{:?}", returned.elapsed());
    alice.ctl("hangup", &[("call", &call)]);
    alice.wait_call_state(&call, "ended");
    drop(bob);
    // The new server knows alice again: she can be called.
    let mut carol = Phone::start(&world, "carol", PhoneOptions::default());
    carol.dial("alice");
    let ringing = alice.wait_ringing();
    alice.ctl("decline", &[("call", ringing["id"].as_str().unwrap())]);
    carol.wait_event("CALL_CLOSED");
}

#[test]
fn a_call_that_is_ended_while_the_call_server_is_away_ends_for_the_other_side_too() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "tcp", ..Default::default() });
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    world.voice.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("voice")["state"] != "online").then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    alice.wait_call_state(&call, "ended");
    assert!(bob.event("CALL_CLOSED", |_| true).is_none(), "nobody could tell bob");
    world.voice.restart();
    eventually("voice is back", PATIENCE, || (alice.account("voice")["state"] == "online").then_some(()));
    bob.wait_event("CALL_CLOSED");
}

#[test]
fn the_call_server_dies_during_a_chat_and_both_recover_alone() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Person::sign_in(&world, "bob");
    world.voice.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("voice")["state"] != "online").then_some(()));
    bob.say(&format!("alice@{DOMAIN}"), "m1", "still here");
    alice.wait_message("bob", "still here", &["received"]);
    assert!(alice.try_ctl("call", &[("to", "sip:carol@tandem.example")]).is_err(), "no call without the call server");
    world.voice.restart();
    eventually("voice is back", PATIENCE, || (alice.account("voice")["state"] == "online").then_some(()));
}

/// Bob's tone is in what is heard from now on.
fn still_hears(alice: &Tandem) {
    let before = alice.heard().map(|heard| heard.length()).unwrap_or_default();
    eventually("bob's voice goes on", PATIENCE, || {
        let heard = alice.heard()?;
        let (share, _) = heard.tone(500.0, Duration::from_millis(500));
        (heard.length() > before + Duration::from_secs(1) && share > 0.7).then_some(())
    });
}

#[test]
fn f09_a_renewed_certificate_is_silent_and_a_wrong_one_ends_before_the_password() {
    let mut world = World::start();
    let strangers = world.folder().join("strangers");
    fs::create_dir_all(&strangers).unwrap();
    let mut alice = Tandem::online(&world, "alice", &Profile::default());
    for wrong in ["renewed only", "for another name", "expired", "of an authority that nobody knows"] {
        // Another key, the same authority.
        world.authority.certify("chat", &[DOMAIN, "chat.tandem.example"]);
        world.chat.kill();
        world.chat.restart();
        eventually("back with the renewed certificate", PATIENCE, || {
            (alice.account("chat")["state"] == "online").then_some(())
        });
        assert_eq!(alice.ctl("questions", &[]), json!([]), "nobody is asked");
        match wrong {
            "for another name" => drop(world.authority.certify("chat", &["elsewhere.example"])),
            "expired" => drop(world.authority.certify_expired("chat", DOMAIN)),
            "of an authority that nobody knows" => {
                let made = Authority::new(&strangers).certify("chat", &[DOMAIN, "chat.tandem.example"]);
                fs::copy(made.certificate, world.folder().join("chat.pem")).unwrap();
                fs::copy(made.key, world.folder().join("chat.key")).unwrap();
            }
            _ => continue,
        }
        world.chat.kill();
        eventually("the loss is noticed", PATIENCE, || (alice.account("chat")["state"] != "online").then_some(()));
        let logins = world.chat.logins();
        world.chat.restart();
        let refused = eventually(wrong, PATIENCE, || {
            let chat = alice.account("chat");
            (chat["state"] == "failed").then_some(chat)
        });
        assert!(refused["reason"]["text"].as_str().is_some_and(|text| text.len() > 20), "{wrong}: {refused}");
        assert_eq!((logins > 0, world.chat.logins()), (true, logins), "{wrong}: nothing of the password was sent");
        assert_eq!(alice.account("voice")["state"], "online", "voice goes on by itself");
        world.authority.certify("chat", &[DOMAIN, "chat.tandem.example"]);
        world.chat.kill();
        world.chat.restart();
        alice.kill();
        drop(alice);
        alice = Tandem::run(world.folder().join("alice"), &["--headless"], &[]);
        alice.wait_online();
    }
}
