//! Calls that change hands between phones that are not ours: as the one who transfers, who is transferred, who is called.

use std::time::Duration;

use serde_json::Value;

use crate::real::{Ear, Peer, Phone, PhoneOptions, Profile, Script, Tandem, World, eventually, sdp};

const PATIENCE: Duration = Duration::from_secs(20);

fn phone(world: &World, user: &str, tone: f64, answers: bool) -> Phone {
    Phone::start(world, user, PhoneOptions { tone: Some(tone), answers, ..Default::default() })
}

fn at(user: &str) -> String {
    format!("sip:{user}@tandem.example")
}

/// Waits for the question about a transfer.
pub fn asked(tandem: &Tandem) -> Value {
    eventually("a question", PATIENCE, || {
        let questions = tandem.ask("questions", serde_json::json!({}))?;
        questions.as_array()?.iter().find(|question| question["kind"] == "transfer").cloned()
    })
}

/// Answers it; the call that was placed, if one was.
pub fn reply(tandem: &Tandem, question: &Value, choice: &str) -> Option<String> {
    let id = question["id"].to_string();
    let answer = tandem.ctl("reply", &[("question", id.trim_matches('"')), ("choice", choice)]);
    answer["call"].as_str().map(str::to_owned)
}

fn ended_as(tandem: &Tandem, call: &str, code: &str) {
    let ended = tandem.wait_call_state(call, "ended");
    assert_eq!(ended["end"]["code"], code, "{ended}");
}

#[test]
fn a_phone_is_handed_to_another_one_and_our_call_ends_when_they_talk() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let bob = phone(&world, "bob", 500.0, true);
    let carol = phone(&world, "carol", 700.0, true);
    let call = alice.call(&at("bob"));
    alice.wait_call_state(&call, "active");
    bob.wait_event("CALL_ESTABLISHED");
    alice.ctl("transfer", &[("call", &call), ("to", &at("carol"))]);
    carol.wait_event("CALL_ESTABLISHED");
    ended_as(&alice, &call, "transferred");
    eventually("bob at carol's", PATIENCE, || carol.heard()?.has_tone(500.0).then_some(()));
    eventually("carol at bob's", PATIENCE, || bob.heard()?.has_tone(700.0).then_some(()));
}

#[test]
fn a_transfer_to_somebody_who_declines_gives_the_call_back_and_they_talk_again() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let bob = phone(&world, "bob", 500.0, true);
    let mut carol = phone(&world, "carol", 700.0, false);
    let call = alice.call(&at("bob"));
    alice.wait_call_state(&call, "active");
    alice.ctl("transfer", &[("call", &call), ("to", &at("carol"))]);
    carol.wait_event("CALL_INCOMING");
    alice.wait_call("on hold meanwhile", |seen| seen["id"] == call.as_str() && seen["state"] == "held");
    carol.command("hangup", "");
    let back = alice.wait_call("taken back", |seen| {
        seen["id"] == call.as_str() && seen["state"] == "active" && seen["media"]["direction"] == "sendrecv"
    });
    assert_eq!(back["end"], Value::Null, "{back}");
    eventually("bob's tone after the hold", PATIENCE, || {
        let (share, amplitude) = alice.heard()?.tone(500.0, Duration::from_millis(300));
        (share > 0.7 && amplitude > 500.0).then_some(())
    });
    assert!(bob.event("CALL_CLOSED", |closed| closed["direction"] == "incoming").is_none(), "bob is still there");
}

#[test]
fn a_phone_hands_us_to_another_one_when_we_say_yes_and_not_before() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let mut bob = phone(&world, "bob", 500.0, false);
    let carol = phone(&world, "carol", 700.0, true);
    let calls = |bob: &mut Phone| {
        bob.forget();
        bob.dial("alice");
        let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
        alice.ctl("answer", &[("call", &call)]);
        bob.wait_event("CALL_ESTABLISHED");
        call
    };
    // No, thank you: Bob's phone is told, and ends the call, as this phone does then.
    let call = calls(&mut bob);
    bob.command("transfer", &at("carol"));
    let question = asked(&alice);
    assert!(question["text"].as_str().unwrap().contains("carol"), "{question}");
    assert_eq!(reply(&alice, &question, "decline"), None);
    let failed = bob.wait_event("TRANSFER_FAILED");
    assert!(failed["param"].as_str().is_some_and(|why| why.contains("603")), "{failed}");
    alice.wait_call_state(&call, "ended");
    assert!(carol.event("CALL_INCOMING", |_| true).is_none(), "nobody was called");
    let call = calls(&mut bob);
    // Yes: Carol is called, and Bob's call ends once she is there.
    bob.command("transfer", &at("carol"));
    let placed = reply(&alice, &asked(&alice), "call").expect("a call");
    alice.wait_call_state(&placed, "active");
    carol.wait_event("CALL_ESTABLISHED");
    alice.wait_call_state(&call, "ended");
    eventually("carol's tone", PATIENCE, || alice.heard()?.has_tone(700.0).then_some(()));
    eventually("alice's tone", PATIENCE, || carol.heard()?.has_tone(1300.0).then_some(()));
}

#[test]
fn who_sent_a_caller_to_us_is_shown_as_the_callers_word_only() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let ear = Ear::open();
    let script = Script::calls(&["Referred-By: <sip:bob@tandem.example>"], &sdp("")).hears_answer(&[]).hangs_up();
    let dave = Peer::calls(&world, "dave", "alice", ear.port, script);
    let call = alice.wait_ringing();
    let evidence = call["peer"]["evidence"].to_string();
    assert!(evidence.contains("Transferred by") && evidence.contains("as the call says"), "{call}");
    assert!(call["peer"]["uri"].as_str().unwrap().contains("dave"), "the caller stays who it is: {call}");
    alice.ctl("answer", &[("call", call["id"].as_str().unwrap())]);
    dave.finish();
}

fn sipfrag(code: u16, phrase: &str) -> String {
    format!("SIP/2.0 {code} {phrase}\n")
}

/// A NOTIFY about a REFER, and its answer.
fn tells(script: Script, state: &str, code: u16, phrase: &str) -> Script {
    let state = format!("Subscription-State: {state}");
    let lines = ["Event: refer", state.as_str(), "Content-Type: message/sipfrag;version=2.0"];
    script.asks("NOTIFY", &lines, &sipfrag(code, phrase)).hears("200", &[])
}

#[test]
fn an_attended_transfer_names_the_dialog_to_be_replaced_after_the_hold_is_confirmed() {
    let world = World::start();
    let (ear, other) = (Ear::open(), Ear::open());
    // Bob is put on hold first, and only then asked to call Carol in our place.
    let script = Script::waits_for("INVITE", &[])
        .answers(&sdp(""))
        .hears("INVITE", &[("body", "a=sendonly")])
        .replies(200, &[], &sdp("recvonly"))
        .hears("ACK", &[])
        .hears(
            "REFER",
            &[
                ("Refer-To", "<sip:carol@tandem.example[^?]*[?]Replaces=[^>]*%3Bto-tag%3D[^>]*%3Bfrom-tag%3D[^>]*>"),
                ("Referred-By", "<sip:alice@tandem.example>"),
            ],
        )
        .replies(202, &[], "");
    let script = tells(script, "active;expires=60", 100, "Trying");
    // Over UDP the BYE may overtake the answer to the last NOTIFY.
    let lines = [
        "Event: refer",
        "Subscription-State: terminated;reason=noresource",
        "Content-Type: message/sipfrag;version=2.0",
    ];
    let script = script.asks("NOTIFY", &lines, &sipfrag(200, "OK")).maybe(200).hears_hang_up();
    let bob = Peer::awaits(&world, "bob", ear.port, script);
    let carol = Script::waits_for("INVITE", &[]).answers(&sdp(""));
    // She is put on hold too when the other call is turned to, or at once for the transfer, and hung up at the end.
    let carol = Peer::awaits(&world, "carol", other.port, carol.hears_hang_up());
    let alice = Tandem::online(
        &world,
        "alice",
        &Profile { transport: "udp", calls: "hold-others = false", ..Default::default() },
    );
    let first = alice.call(&at("bob"));
    alice.wait_call_state(&first, "active");
    let second = alice.call(&at("carol"));
    alice.wait_call_state(&second, "active");
    alice.ctl("transfer", &[("call", &first), ("with", &second)]);
    ended_as(&alice, &first, "transferred");
    bob.finish();
    if alice.calls().iter().any(|call| call["id"] == second.as_str() && call["state"] != "ended") {
        alice.ctl("hangup", &[("call", &second)]);
    }
    carol.finish();
}

#[test]
fn an_attended_transfer_by_a_peer_calls_the_target_in_its_place() {
    let world = World::start();
    let (ear, other) = (Ear::open(), Ear::open());
    let checks = [
        ("Replaces", "abc@elsewhere;.*to-tag=one.*from-tag=two|abc@elsewhere;.*from-tag=two.*to-tag=one"),
        ("Require", "replaces"),
        ("Referred-By", "<sip:bob@tandem.example>"),
    ];
    let carol = Script::waits_for("INVITE", &checks).answers(&sdp("")).hears_hang_up();
    let carol = Peer::awaits(&world, "carol", other.port, carol);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let to = "Refer-To: <sip:carol@tandem.example?Replaces=abc%40elsewhere%3Bto-tag%3Done%3Bfrom-tag%3Dtwo>";
    let script = Script::calls(&[], &sdp(""))
        .hears_answer(&[])
        .asks("INVITE", &[], &sdp("sendonly"))
        .hears("200", &[("body", "a=recvonly")])
        .acknowledges("")
        .asks("REFER", &[to, "Referred-By: <sip:bob@tandem.example>"], "")
        .hears("202", &[])
        .hears("NOTIFY", &[("body", "SIP/2.0 100"), ("Subscription-State", "pending"), ("Event", "refer")])
        .replies(200, &[], "")
        .hears("NOTIFY", &[("body", "SIP/2.0 180"), ("Subscription-State", "active")])
        .replies(200, &[], "")
        .hears("NOTIFY", &[("body", "SIP/2.0 200"), ("Subscription-State", "terminated")])
        .replies(200, &[], "")
        .hangs_up();
    let bob = Peer::calls(&world, "bob", "alice", ear.port, script);
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &call)]);
    let placed = reply(&alice, &asked(&alice), "call").expect("a call");
    alice.wait_call_state(&placed, "active");
    bob.finish();
    alice.wait_call_state(&call, "ended");
    alice.ctl("hangup", &[("call", &placed)]);
    carol.finish();
}

#[test]
fn a_call_that_takes_anothers_place_goes_on_without_ringing_and_the_old_one_is_hung_up() {
    let world = World::start();
    let (ear, other) = (Ear::open(), Ear::open());
    let kept = [("Call-ID", " *(.*)", "callid"), ("From", "tag=([^;]*)", "tag")];
    let script = Script::waits_for_and_keeps("INVITE", &[], &kept).answers(&sdp("")).hears_hang_up();
    let dave = Peer::awaits(&world, "dave", ear.port, script);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let old = alice.call(&at("dave"));
    alice.wait_call_state(&old, "active");
    let (call_id, tag) = (dave.kept("callid"), dave.kept("tag"));
    // A guess takes nobody's place.
    let guess = format!("Replaces: {call_id};to-tag={tag}x;from-tag=peer");
    let script = Script::calls(&[&guess, "Require: replaces"], &sdp("")).hears_refusal(481, &[]);
    Peer::calls(&world, "carol", "alice", other.port, script).finish();
    assert_eq!(alice.wait_call_state(&old, "active")["id"], old.as_str());
    let replaces = format!("Replaces: {call_id};to-tag={tag};from-tag=peer");
    let script = Script::calls(&[&replaces, "Require: replaces"], &sdp("")).hears_answer(&[]).hears_hang_up();
    let erin = Peer::calls(&world, "erin", "alice", other.port, script);
    let taken = alice.wait_call("in the other's place", |call| {
        call["direction"] == "incoming" && call["state"] == "active" && call["peer"]["uri"].to_string().contains("erin")
    });
    ended_as(&alice, &old, "transferred");
    dave.finish();
    alice.ctl("hangup", &[("call", taken["id"].as_str().unwrap())]);
    erin.finish();
}

#[test]
fn complaint_52_an_attended_transfer_connects_both_others_and_all_three_programs_know() {
    let world = World::start();
    let profile = |tone| Profile { tone: Some(tone), ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile(1300.0));
    let bob = Tandem::online(&world, "bob", &profile(500.0));
    let carol = Tandem::online(&world, "carol", &profile(700.0));
    let answer = |tandem: &Tandem| {
        let id = tandem.wait_ringing()["id"].as_str().unwrap().to_owned();
        tandem.ctl("answer", &[("call", &id)]);
        tandem.wait_call_state(&id, "active");
        id
    };
    let first = alice.call(&at("bob"));
    let at_bob = answer(&bob);
    alice.wait_call_state(&first, "active");
    let second = alice.call(&at("carol"));
    let at_carol = answer(&carol);
    alice.wait_call_state(&second, "active");
    alice.wait_call_state(&first, "held");
    alice.ctl("transfer", &[("call", &first), ("with", &second)]);
    let question = asked(&bob);
    assert!(question["text"].as_str().unwrap().contains("carol"), "{question}");
    let placed = reply(&bob, &question, "call").expect("a call");
    bob.wait_call_state(&placed, "active");
    ended_as(&alice, &first, "transferred");
    alice.wait_call_state(&second, "ended");
    bob.wait_call_state(&at_bob, "ended");
    ended_as(&carol, &at_carol, "transferred");
    let heard = |tandem: &Tandem, tone: f64| {
        eventually("the other's tone", PATIENCE, || {
            let (share, amplitude) = tandem.heard()?.tone(tone, Duration::from_millis(500));
            (share > 0.7 && amplitude > 500.0).then_some(())
        });
    };
    heard(&bob, 700.0);
    heard(&carol, 500.0);
    let talking = carol.calls().into_iter().filter(|call| call["state"] == "active").count();
    assert_eq!(talking, 1, "Carol talks to one: {:?}", carol.calls());
}
