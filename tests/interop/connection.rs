//! Connections that wait for each other, and messages over voice, with real servers.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::real::{DOMAIN, Profile, Tandem, World, eventually, sipp};

const PATIENCE: Duration = Duration::from_secs(60);

fn joined(policy: &str, more: &str) -> Profile {
    Profile { more: format!("[connection]\npolicy = \"{policy}\"\n{more}\n"), ..Default::default() }
}

fn wait_state(tandem: &Tandem, service: &str, state: &str) -> Value {
    eventually(&format!("{service} is {state}"), PATIENCE, || {
        let account = tandem.account(service);
        (account["state"] == state).then_some(account)
    })
}

#[test]
fn c11_a_refusal_by_the_call_server_signs_out_of_chat() {
    let world = World::start();
    let profile = Profile { voice_password: Some("jabberwocky".to_owned()), ..joined("joint", "grace = \"2 s\"") };
    let alice = Tandem::start(&world, "alice", &profile);
    wait_state(&alice, "voice", "failed");
    let chat = wait_state(&alice, "chat", "held");
    assert_eq!(chat["reason"]["code"], "held");
    assert!(chat["reason"]["text"].as_str().unwrap().contains("both or neither"), "{chat}");
    let report = alice.ctl("diagnose", &[]);
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("waits by policy") && text.contains("SRV _sips._tcp: 1"), "{text}");
    for secret in ["alice", DOMAIN, "jabberwocky", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} is in the report:\n{text}");
    }
}

#[test]
fn c11_a_dead_call_server_takes_chat_along_after_the_grace_period_and_both_come_back() {
    let mut world = World::start();
    let alice = Tandem::online(&world, "alice", &joined("joint", "grace = \"3 s\""));
    world.voice.kill();
    eventually("the loss is noticed", PATIENCE, || (alice.account("voice")["state"] != "online").then_some(()));
    let noticed = Instant::now();
    assert_eq!(alice.account("chat")["state"], "online", "not at once");
    wait_state(&alice, "chat", "held");
    assert!(noticed.elapsed() >= Duration::from_millis(2_500), "{:?}", noticed.elapsed());
    world.voice.restart();
    wait_state(&alice, "voice", "online");
    wait_state(&alice, "chat", "online");
}

#[test]
fn c12_under_voice_first_nothing_connects_to_chat_before_the_registration() {
    let mut world = World::start();
    world.chat.kill();
    world.voice.kill();
    // In place of the chat server, somebody who only counts.
    let counters: Vec<TcpListener> = [world.chat.direct_tls, world.chat.starttls]
        .iter()
        .map(|port| {
            let listener = TcpListener::bind(("127.0.0.1", *port)).unwrap();
            listener.set_nonblocking(true).unwrap();
            listener
        })
        .collect();
    let knocked = || counters.iter().any(|counter| counter.accept().is_ok());
    let alice = Tandem::start(&world, "alice", &joined("voice-first", "voice-patience = \"300 s\""));
    wait_state(&alice, "chat", "held");
    eventually("voice has tried in vain", PATIENCE, || (alice.account("voice")["state"] == "offline").then_some(()));
    assert!(!knocked(), "chat was connected to before voice");
    world.voice.restart();
    wait_state(&alice, "voice", "online");
    eventually("then chat is connected to", PATIENCE, || knocked().then_some(()));
}

/// Whom messages over voice reach although a chat account is there.
fn taking_messages() -> Profile {
    Profile { more: "[features]\nmessages-over-voice = \"on\"\n".to_owned(), ..Default::default() }
}

fn messages(tandem: &Tandem, user: &str) -> Vec<Value> {
    let found = tandem.ask("messages", json!({ "with": format!("sip:{user}@{DOMAIN}") }));
    found.and_then(|found| found.as_array().cloned()).unwrap_or_default()
}

#[test]
fn c08_s12_a_message_over_voice_is_kept_apart_and_other_content_is_refused() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &taking_messages());
    sipp::play_to_the_end(&world, "message_plain.xml", "carol", "alice");
    let message = eventually("the message", PATIENCE, || messages(&alice, "carol").pop());
    assert_eq!(message["body"].as_str().map(str::trim), Some("Your visitor is here"));
    assert_eq!(message["via"], "sip");
    assert_eq!(message["with"], format!("sip:carol@{DOMAIN}"));
    assert!(alice.messages("carol").is_empty(), "not with the contact of that name");
    sipp::play_to_the_end(&world, "message_html.xml", "carol", "alice");
    assert_eq!(messages(&alice, "carol").len(), 1);
}

#[test]
fn c06_under_a_relation_messages_over_voice_are_refused() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    sipp::play_to_the_end(&world, "message_refused.xml", "carol", "alice");
    assert!(messages(&alice, "carol").is_empty());
    let to = format!("sip:carol@{DOMAIN}");
    assert_eq!(alice.try_ctl("send", &[("to", &to), ("body", "hello")]), Err("not-allowed".to_owned()));
}

#[test]
fn c08_messages_over_voice_go_between_two_and_say_that_they_arrived() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &taking_messages());
    let bob = Tandem::online(&world, "bob", &taking_messages());
    alice.ctl("send", &[("to", &format!("sip:bob@{DOMAIN}")), ("body", "Grüße")]);
    eventually("bob has it", PATIENCE, || messages(&bob, "alice").pop().filter(|message| message["body"] == "Grüße"));
    eventually("alice knows", PATIENCE, || {
        messages(&alice, "bob").pop().filter(|message| message["delivery"] == "delivered")
    });
    alice.ctl("send", &[("to", &format!("sip:nobody@{DOMAIN}")), ("body", "Hello?")]);
    eventually("and what did not", PATIENCE, || {
        messages(&alice, "nobody").pop().filter(|message| message["delivery"] == "failed")
    });
}
