//! Calls that are sent elsewhere, refused by settings, answered on another device, or answered by themselves.

use std::time::Duration;

use serde_json::{Value, json};

use super::transfers::{asked, reply};
use crate::real::{Ear, Peer, Phone, PhoneOptions, Profile, Script, Tandem, World, eventually, sdp};

const PATIENCE: Duration = Duration::from_secs(20);

fn settled(calls: &'static str) -> Profile {
    Profile { transport: "udp", calls, ..Default::default() }
}

/// Carol calls Alice, and is refused like this.
fn refused(world: &World, code: u16, checks: &[(&str, &str)]) {
    let ear = Ear::open();
    let script = Script::calls(&["Supported: histinfo"], &sdp("")).hears_refusal(code, checks);
    Peer::calls(world, "carol", "alice", ear.port, script).finish();
}

fn last_end(alice: &Tandem) -> Value {
    alice.wait_call("ended", |call| call["state"] == "ended")["end"]["code"].clone()
}

#[test]
fn a_call_that_is_sent_elsewhere_follows_only_when_the_user_wants() {
    let world = World::start();
    let carol = Phone::start(&world, "carol", PhoneOptions { answers: true, ..Default::default() });
    let alice = Tandem::online(&world, "alice", &settled(""));
    for choice in ["cancel", "call"] {
        let script = Script::waits_for("INVITE", &[])
            .responds(302, &["Contact: <sip:carol@tandem.example>;q=0.9"], "")
            .hears("ACK", &[]);
        let bob = Peer::awaits(&world, "bob", 4_000, script);
        let call = alice.call("sip:bob@tandem.example");
        let question = asked(&alice);
        assert!(question["text"].as_str().unwrap().contains("carol"), "{question}");
        alice.wait_call_state(&call, "ended");
        assert!(carol.event("CALL_INCOMING", |_| true).is_none(), "nobody is called unasked");
        let placed = reply(&alice, &question, choice);
        assert_eq!(placed.is_some(), choice == "call");
        if let Some(placed) = placed {
            alice.wait_call_state(&placed, "active");
            carol.wait_event("CALL_ESTABLISHED");
        }
        bob.finish();
    }
}

#[test]
fn calls_are_forwarded_always_with_our_name_in_their_history() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &settled("forward-always = \"sip:dave@tandem.example\""));
    let checks = [
        ("Contact", "<sip:dave@tandem.example>"),
        ("Diversion", "<sip:alice@tandem.example>;reason=unconditional"),
        ("History-Info", "<sip:alice@tandem.example[?]Reason=SIP%3Bcause%3D302>;index=1"),
    ];
    refused(&world, 302, &checks);
    assert_eq!(last_end(&alice), "forwarded");
}

#[test]
fn calls_are_forwarded_while_we_talk_and_when_nobody_answers() {
    let world = World::start();
    let profile = settled(
        "forward-busy = \"sip:dave@tandem.example\"\nforward-no-answer = \"sip:erin@tandem.example\"\nforward-after = 5",
    );
    let alice = Tandem::online(&world, "alice", &profile);
    let checks = [("Contact", "<sip:erin@tandem.example>"), ("Diversion", "reason=no-answer")];
    refused(&world, 302, &checks);
    let _bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    let checks = [("Contact", "<sip:dave@tandem.example>"), ("Diversion", "reason=user-busy")];
    refused(&world, 302, &checks);
    assert_eq!(alice.wait_call_state(&call, "active")["id"], call.as_str(), "the conversation goes on");
}

#[test]
fn complaint_51_do_not_disturb_refuses_with_the_answer_of_the_settings() {
    for (answer, code) in [("busy", 486), ("unavailable", 480), ("decline", 603)] {
        let world = World::start();
        let calls = format!("do-not-disturb = true\ndo-not-disturb-answer = \"{answer}\"");
        let alice = Tandem::online(&world, "alice", &settled(Box::leak(calls.into_boxed_str())));
        refused(&world, code, &[]);
        assert_eq!(last_end(&alice), "not-disturbed");
    }
}

#[test]
fn without_call_waiting_a_second_caller_hears_that_we_are_busy() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &settled("call-waiting = false"));
    let _bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    refused(&world, 486, &[]);
}

fn missed(alice: &Tandem) -> Vec<bool> {
    let history = alice.ask("history", json!({})).unwrap_or_default();
    history.as_array().into_iter().flatten().map(|entry| entry["missed"] == true).collect()
}

#[test]
fn a_call_that_another_phone_of_ours_answers_is_not_missed() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &settled(""));
    let mut desk = Phone::start(&world, "alice", PhoneOptions::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    bob.dial("alice");
    alice.wait_ringing();
    desk.wait_event("CALL_INCOMING");
    desk.command("accept", "");
    bob.wait_event("CALL_ESTABLISHED");
    assert_eq!(last_end(&alice), "elsewhere");
    eventually("the history", PATIENCE, || (missed(&alice) == [false]).then_some(()));
}

#[test]
fn a_cancel_says_that_it_was_answered_elsewhere_and_one_that_does_not_means_a_missed_call() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &settled(""));
    let ear = Ear::open();
    let gives_up = |lines: &[&str]| {
        let script = Script::calls(&[], &sdp("")).maybe(100).hears("180", &[]).cancels(lines);
        Peer::calls(&world, "carol", "alice", ear.port, script).finish();
    };
    gives_up(&["Reason: SIP;cause=200;text=\"Call completed elsewhere\""]);
    assert_eq!(last_end(&alice), "elsewhere");
    eventually("the history", PATIENCE, || (missed(&alice) == [false]).then_some(()));
    gives_up(&[]);
    eventually("a missed call", PATIENCE, || (missed(&alice) == [true, false]).then_some(()));
}

#[test]
fn only_who_is_allowed_is_answered_by_itself() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &settled("auto-answer = [\"sip:carol@tandem.example\"]"));
    let ear = Ear::open();
    for wish in [
        "Alert-Info: <http://tandem.example/intercom>;info=alert-autoanswer",
        "Call-Info: <sip:carol@tandem.example>;answer-after=0",
        "Answer-Mode: Auto",
    ] {
        let script = Script::calls(&[wish], &sdp("")).maybe(100).hears("180", &[]).hears("200", &[]).acknowledges("");
        Peer::calls(&world, "carol", "alice", ear.port, script.pauses(500).hangs_up()).finish();
    }
    let by_itself = alice.calls().iter().filter(|call| call["automatic"] == true).count();
    assert_eq!(by_itself, 3, "{:?}", alice.calls());
    // Who is not allowed rings on, and so does who is allowed without asking for it.
    for (user, lines) in [("dave", &["Answer-Mode: Auto"][..]), ("carol", &[])] {
        let script = Script::calls(lines, &sdp("")).maybe(100).hears("180", &[]).pauses(4_000).cancels(&[]);
        Peer::calls(&world, user, "alice", ear.port, script).finish();
    }
    let answered = alice.calls().iter().filter(|call| !call["answered"].is_null()).count();
    assert_eq!(answered, 3, "{:?}", alice.calls());
}

#[test]
fn a_telephone_system_that_hands_a_call_over_by_itself_says_who_is_there_now() {
    let mut world = World::start();
    // As a telephone system in the middle would: what it asserts inside of the call reaches us.
    world
        .voice
        .amend("\tremove_hf(\"P-Asserted-Identity\");", "\tif (!has_totag()) remove_hf(\"P-Asserted-Identity\");");
    let alice = Tandem::online(&world, "alice", &settled(""));
    let ear = Ear::open();
    let script = Script::calls(&[], &sdp(""))
        .hears_answer(&[])
        .asks("UPDATE", &["P-Asserted-Identity: \"Dave\" <sip:dave@tandem.example>"], "")
        .hears("200", &[])
        .pauses(3_000)
        .hangs_up();
    let bob = Peer::calls(&world, "bob", "alice", ear.port, script);
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &call)]);
    let taken = alice.wait_call("with Dave", |seen| seen["peer"]["uri"].to_string().contains("dave"));
    assert!(taken["peer"]["evidence"].to_string().contains("took the call over"), "{taken}");
    bob.finish();
    let ended = alice.wait_call_state(&call, "ended");
    assert!(ended["peer"]["uri"].to_string().contains("bob"), "the history is that of whom it began with: {ended}");
}
