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
    chat_only_in(world, user, user, tone, more)
}

/// The same in a folder of its own: another device of the same person.
fn chat_only_in(world: &World, folder: &str, user: &str, tone: f64, more: &str) -> Tandem {
    let written =
        Tandem::write(world, user, &Profile { tone: Some(tone), more: more.to_owned(), ..Default::default() });
    let folder = world.folder().join(folder);
    if folder != written {
        fs::rename(&written, &folder).unwrap();
        let config = fs::read_to_string(folder.join("config.toml")).unwrap();
        let config = config.replace(&*written.to_string_lossy(), &folder.to_string_lossy());
        fs::write(folder.join("config.toml"), config).unwrap();
    }
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

/// Alice, with more settings, and a program that is not ours for Bob, which she knows by now.
fn with_caller(world: &World, more: &str, words: &[&str]) -> (Tandem, Caller) {
    let alice = chat_only(world, "alice", OURS, more);
    let bob = Caller::sign_in(world, "bob", THEIRS, words);
    wait_callable(&alice, "bob");
    (alice, bob)
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
    let (alice, mut bob) = with_caller(&world, "", &[]);

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
    for (name, muted) in [("mute", true), ("active", false)] {
        bob.order("info", json!({ "name": name }));
        alice.wait_call("whether Bob is muted", |seen| seen["id"] == *call && seen["muted_by_peer"] == muted);
    }
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
    // Feedback and header extensions are not taken up, and the group that was offered is (XEP-0293, 0294, 0338).
    bob.wait("our answer", "accepted", |told| told["others"] == json!([]) && told["groups"] == json!(["BUNDLE"]));
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
    let (alice, mut bob) = with_caller(&world, "", &["direct"]);
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

    bob.order("call", json!({ "to": "alice@tandem.example" }));
    let ringing = alice.wait_ringing();
    assert_eq!(
        (ringing["via"].as_str(), ringing["peer"]["jid"].as_str()),
        (Some("jingle"), Some("bob@tandem.example"))
    );
    bob.wait("that it rings", "info", |told| told["name"] == "ringing");
    let id = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", id)]);
    alice.wait_call_state(id, "active");
    bob.wait("our answer", "accepted", |_| true);
    is_protected(&alice, id);
    hears(&alice, THEIRS);
    bob.hears(OURS);
    assert_eq!(bob.count("unasked", |_| true), 0, "no messages about it, which the program would not understand");
    bob.order("hangup", json!({}));
    alice.wait_call("the end", |seen| seen["id"] == *id && seen["state"] == "ended");
}

#[test]
fn m01_a_call_over_chat_goes_through_the_relay_that_the_chat_server_names_and_tells_no_other_address() {
    let mut world = World::start();
    let _relay = relay_named_by_chat(&mut world);
    let more = "[media]\ntell-addresses = \"relay-only\"\nservers-from-chat = true\n";
    let (alice, mut bob) = with_caller(&world, more, &[]);
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
    bob.wait_call("her digits, in the stream", |seen| seen["id"] == *id && seen["digits_received"] == "42#");
    bob.ctl("dtmf", &[("call", id), ("digits", "7D")]);
    alice.wait_call("his digits", |seen| seen["id"] == *call && seen["digits_received"] == "7D");
    bob.ctl("mute", &[("call", id)]);
    alice.wait_call("that he is muted", |seen| seen["id"] == *call && seen["muted_by_peer"] == true);
    bob.ctl("unmute", &[("call", id)]);
    alice.wait_call("that he speaks", |seen| seen["id"] == *call && seen["muted_by_peer"] == false);
    let transfer = alice.try_ctl("transfer", &[("call", &call), ("to", "carol@tandem.example")]);
    assert_eq!(transfer, Err("not-allowed".to_owned()));
    bob.ctl("hangup", &[("call", id)]);
    let over = alice.wait_call("the end", |seen| seen["id"] == *call && seen["state"] == "ended");
    assert_eq!(over["end"]["code"], "hangup", "{over}");
}

#[test]
fn digits_go_beside_the_stream_to_a_program_that_takes_none_in_it() {
    let world = World::start();
    let (alice, bob) = with_caller(&world, "", &["dtmf"]);
    let call = alice.call("bob@tandem.example");
    bob.wait("our wish", "propose", |_| true);
    let mut bob = bob;
    bob.order("answer", json!({}));
    is_protected(&alice, &call);
    alice.ctl("dtmf", &[("call", &call), ("digits", "4*")]);
    for code in ["4", "*"] {
        bob.wait("the digit", "digit", |told| told["code"] == code && told["duration"] == "160");
    }
    assert_eq!(bob.count("digit", |_| true), 2, "each once");
    hears(&alice, THEIRS);
}

#[test]
fn c41_a_gateway_to_the_telephone_network_says_so_itself_and_is_asked_about_before_it_is_called() {
    let world = World::start();
    let alice = chat_only(&world, "alice", OURS, "");
    let bob = Caller::sign_in(&world, "bob", THEIRS, &["gateway"]);
    alice.wait_contact("bob", "a way that may cost", |contact| {
        contact["addresses"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["kind"] == "jingle" && one["cost"] == "phone-network"))
    });
    let to = [("to", "bob@tandem.example"), ("via", "jingle")];
    assert_eq!(alice.try_ctl("call", &to), Err("confirm".to_owned()));
    assert_eq!(bob.count("propose", |_| true), 0, "nobody is called before the answer");
    alice.ctl("call", &[to[0], to[1], ("confirm", "true")]);
    bob.wait("our wish", "propose", |_| true);
}

fn was_missed(tandem: &Tandem) -> Vec<bool> {
    let history = tandem.ask("history", json!({})).unwrap_or_default();
    history.as_array().into_iter().flatten().map(|entry| entry["missed"] == true).collect()
}

#[test]
fn several_own_devices_ring_and_the_call_that_one_answers_is_missed_at_none() {
    let world = World::start();
    let desk = chat_only_in(&world, "alice-desk", "alice", OURS, "");
    let tablet = chat_only_in(&world, "alice-tablet", "alice", OURS, "");
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, &[]);
    for (round, (takes, other)) in [(&tablet, &desk), (&desk, &tablet)].into_iter().enumerate() {
        bob.order("call", json!({ "to": "alice@tandem.example" }));
        let (here, there) = (takes.wait_ringing(), other.wait_ringing());
        let (id, silent) = (here["id"].as_str().unwrap(), there["id"].as_str().unwrap());
        takes.ctl("answer", &[("call", id)]);
        is_protected(takes, id);
        let over = other.wait_call("the end there", |seen| seen["id"] == *silent && seen["state"] == "ended");
        assert_eq!(over["end"]["code"], "elsewhere", "{over}");
        hears(takes, THEIRS);
        bob.hears(OURS);
        bob.order("hangup", json!({}));
        takes.wait_call_state(id, "ended");
        eventually("the history there", PATIENCE, || (was_missed(other).len() == round + 1).then_some(()));
        assert!(!was_missed(other).contains(&true) && !was_missed(takes).contains(&true));
    }
    // Turned away on one, it rings on none and is missed on none.
    bob.order("call", json!({ "to": "alice@tandem.example" }));
    let (here, there) = (tablet.wait_ringing(), desk.wait_ringing());
    tablet.ctl("decline", &[("call", here["id"].as_str().unwrap())]);
    let over = desk.wait_call("the end there", |seen| seen["id"] == there["id"] && seen["state"] == "ended");
    assert_eq!(over["end"]["text"], "Declined on another device.", "{over}");
    bob.wait("the refusal", "reject", |told| told["reason"] == "decline");
    assert!(!was_missed(&desk).contains(&true));
    // Given up by the caller, both missed it.
    bob.order("call", json!({ "to": "alice@tandem.example" }));
    desk.wait_ringing();
    tablet.wait_ringing();
    bob.order("retract", json!({}));
    for device in [&desk, &tablet] {
        eventually("a missed call", PATIENCE, || was_missed(device).contains(&true).then_some(()));
    }
}

#[test]
fn a_call_goes_on_with_another_device_when_they_call_from_there() {
    let world = World::start();
    let desk = chat_only_in(&world, "alice-desk", "alice", OURS, "");
    let tablet = chat_only_in(&world, "alice-tablet", "alice", OURS * 1.5, "");
    let bob = chat_only(&world, "bob", THEIRS, "");
    for alice in [&desk, &tablet] {
        wait_callable(alice, "bob");
    }
    let call = desk.call("bob@tandem.example");
    let ringing = bob.wait_ringing();
    let id = ringing["id"].as_str().unwrap();
    bob.ctl("answer", &[("call", id)]);
    is_protected(&desk, &call);
    hears(&bob, OURS);
    bob.ctl("mute", &[("call", id)]);
    // Alice goes on with the tablet; Bob does nothing.
    let taken = tablet.call("bob@tandem.example");
    is_protected(&tablet, &taken);
    let there = desk.wait_call("the end at the desk", |seen| seen["id"] == *call && seen["state"] == "ended");
    assert_eq!(there["end"]["code"], "elsewhere", "{there}");
    let before = bob.wait_call("the end of the first", |seen| seen["id"] == *id && seen["state"] == "ended");
    assert_eq!(before["end"]["code"], "moved", "{before}");
    let goes_on = bob.wait_call("the second", |seen| seen["id"] != *id && seen["state"] == "active");
    assert_eq!(goes_on["muted"], true, "his microphone stays off: {goes_on}");
    hears(&bob, OURS * 1.5);
    bob.ctl("unmute", &[("call", goes_on["id"].as_str().unwrap())]);
    hears(&tablet, THEIRS);
    tablet.ctl("hangup", &[("call", &taken)]);
    bob.wait_call("the end", |seen| seen["id"] == goes_on["id"] && seen["state"] == "ended");
}

#[test]
fn who_called_over_chat_while_nobody_was_connected_stands_in_the_history_as_missed() {
    let world = World::start();
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, &[]);
    for order in ["call", "retract"] {
        bob.order(order, json!({ "to": "alice@tandem.example" }));
    }
    // What is asked after it is answered after it: by then the server has kept both words.
    bob.order("ask_server", json!({}));
    bob.wait("that the server has them", "server", |_| true);
    let alice = chat_only(&world, "alice", OURS, "");
    eventually("the missed call", PATIENCE, || (was_missed(&alice) == [true]).then_some(()));
    let history = alice.ask("history", json!({})).unwrap();
    let call = &history[0]["call"];
    assert_eq!((call["via"].as_str(), call["peer"]["jid"].as_str()), (Some("jingle"), Some("bob@tandem.example")));
    assert_eq!(call["end"]["code"], "away", "{call}");
}

#[test]
fn x18_a_stranger_calls_over_chat_and_neither_rings_nor_learns_anything() {
    let world = World::start();
    let alice = chat_only(&world, "alice", OURS, "");
    let bob = chat_only(&world, "bob", THEIRS, "");
    wait_callable(&bob, "alice");
    let mut grace = Caller::sign_in(&world, "grace", THEIRS, &[]);
    grace.order("call", json!({ "to": "alice@tandem.example" }));
    // Bob, who is a contact, calls after her: by then her wish has been seen.
    let call = bob.call("alice@tandem.example");
    let ringing = alice.wait_ringing();
    assert_eq!(ringing["peer"]["jid"], "bob@tandem.example", "{ringing}");
    assert_eq!(alice.calls().len(), 1, "nothing else rings: {:?}", alice.calls());
    bob.wait_call_state(&call, "ringing");
    assert_eq!(grace.count("ringing", |_| true) + grace.count("reject", |_| true), 0, "not a word");
}

/// Whoever is not asked speaks to every address that a call named, over and over: alerts, hellos and nonsense.
fn shout(places: &Value, until: &std::sync::atomic::AtomicBool) -> usize {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let places: Vec<&str> = places.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(!places.is_empty(), "there is somewhere to shout to");
    let record = |kind: u8, body: &[u8]| {
        let mut record = vec![kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        record.extend(body);
        record
    };
    let words = [
        record(21, &[2, 40]),
        record(21, &[1, 0]),
        record(22, &[1, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 42, 0xfe, 0xfd]),
        record(20, &[1]),
        vec![0x80; 172],
        vec![0; 20],
    ];
    let mut sent = 0;
    while !until.load(std::sync::atomic::Ordering::Relaxed) {
        for (place, word) in places.iter().flat_map(|place| words.iter().map(move |word| (place, word))) {
            sent += usize::from(socket.send_to(word, place).is_ok());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    sent
}

#[test]
fn m06_strangers_who_send_alerts_and_hellos_end_no_call_over_chat() {
    let world = World::start();
    let (alice, mut bob) = with_caller(&world, "", &[]);
    let call = alice.call("bob@tandem.example");
    bob.wait("our wish", "propose", |_| true);
    bob.order("answer", json!({}));
    let told = bob.wait("our description", "initiate", |_| true);
    let over = std::sync::atomic::AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let shouting = scope.spawn(|| shout(&told["places"], &over));
        // Whatever is asserted in here, the other thread has to end.
        let talk = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            alice.wait_call_state(&call, "active");
            is_protected(&alice, &call);
            hears(&alice, THEIRS);
            bob.hears(OURS);
            alice.ctl("hold", &[("call", &call)]);
            alice.wait_call_state(&call, "held");
            alice.ctl("resume", &[("call", &call)]);
            is_protected(&alice, &call);
            hears(&alice, THEIRS);
        }));
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        let sent = shouting.join().unwrap();
        talk.unwrap_or_else(|problem| std::panic::resume_unwind(problem));
        sent
    });
    assert!(sent > 500, "{sent} packets of strangers");
    alice.ctl("hangup", &[("call", &call)]);
    let seen = alice.wait_call("the end", |seen| seen["id"] == *call && seen["state"] == "ended");
    assert_eq!(seen["end"]["code"], "hangup", "nobody else ended it: {seen}");
}

#[test]
fn m07_a_call_over_chat_with_another_certificate_than_announced_is_ended_and_nothing_is_heard() {
    let world = World::start();
    let (alice, mut bob) = with_caller(&world, "", &["forged"]);
    let call = alice.call("bob@tandem.example");
    bob.wait("our wish", "propose", |_| true);
    bob.order("answer", json!({}));
    let seen = alice.wait_call("the end", |seen| seen["id"] == *call && seen["state"] == "ended");
    assert_eq!(seen["end"]["code"], "not-secure", "{seen}");
    assert_ne!(seen["media"]["encryption"], "dtls", "it was never shown as protected: {seen}");
    assert!(!alice.heard().is_some_and(|heard| heard.has_tone(THEIRS)), "nothing of it was played");
    bob.wait("why", "terminated", |_| true);
    // The same where they call.
    bob.order("call", json!({ "to": "alice@tandem.example" }));
    let ringing = alice.wait_ringing();
    let id = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", id)]);
    let seen = alice.wait_call("the end", |seen| seen["id"] == *id && seen["state"] == "ended");
    assert_eq!(seen["end"]["code"], "not-secure", "{seen}");
    assert!(!alice.heard().is_some_and(|heard| heard.has_tone(THEIRS)), "nothing of it was played");
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
    let mut bob = Caller::sign_in(&world, "bob", THEIRS, &[]);
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
