//! Calls with a phone that is not ours: taken, refused, given up, held, two at once, with digits.

use std::time::Duration;

use serde_json::Value;

use crate::real::{DOMAIN, Person, Phone, PhoneOptions, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(15);

fn id(call: &Value) -> String {
    call["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_incoming_call_is_answered_and_the_caller_is_confirmed_by_his_card() {
    let world = World::start();
    let mut card = Person::sign_in(&world, "bob");
    card.publish_card("<FN>Bob</FN><TEL><NUMBER>sip:bob@tandem.example</NUMBER></TEL>", None);
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    alice.wait_contact("bob", "his card", |contact| contact["addresses"].as_array().is_some_and(|all| !all.is_empty()));
    let mut bob =
        Phone::start(&world, "bob", PhoneOptions { transport: "tls", tone: Some(500.0), ..Default::default() });
    bob.dial("alice");
    let call = alice.wait_ringing();
    assert_eq!(call["peer"]["grade"], "confirmed", "{call}");
    assert_eq!(call["peer"]["jid"], format!("bob@{DOMAIN}"), "{call}");
    assert_eq!(call["peer"]["display"], "Bob Baker", "the name is the contact's: {call}");
    bob.wait_event("CALL_RINGING");
    alice.ctl("answer", &[("call", &id(&call))]);
    bob.wait_event("CALL_ESTABLISHED");
    alice.wait_call_state(&id(&call), "active");
    eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(500.0).then_some(()));
    eventually("alice's tone", PATIENCE, || bob.heard()?.has_tone(1300.0).then_some(()));
    bob.command("hangup", "");
    let ended = alice.wait_call_state(&id(&call), "ended");
    assert_eq!(ended["end"]["by"], "remote", "{ended}");
}

#[test]
fn a_caller_whom_no_card_confirms_is_not_named_as_a_contact() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    bob.dial("alice");
    let call = alice.wait_ringing();
    assert_ne!(call["peer"]["grade"], "confirmed", "{call}");
    assert_ne!(call["peer"]["display"], "Bob Baker", "{call}");
    bob.command("hangup", "");
    alice.wait_call_state(&id(&call), "ended");
}

#[test]
fn an_incoming_call_is_declined() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    bob.dial("alice");
    let call = alice.wait_ringing();
    alice.ctl("decline", &[("call", &id(&call))]);
    let closed = bob.wait_event("CALL_CLOSED");
    let why = closed["param"].as_str().unwrap_or_default();
    assert!(why.starts_with("603") || why.starts_with("486"), "{closed}");
    let ended = alice.wait_call_state(&id(&call), "ended");
    assert_eq!(ended["end"]["by"], "local", "{ended}");
}

#[test]
fn an_incoming_call_is_cancelled_and_counts_as_missed() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    bob.dial("alice");
    let call = alice.wait_ringing();
    bob.command("hangup", "");
    let ended = alice.wait_call_state(&id(&call), "ended");
    assert_eq!(ended["end"]["by"], "remote", "{ended}");
    eventually("a missed call in the history", PATIENCE, || {
        let history = alice.ask("history", serde_json::json!({}))?;
        history.as_array()?.iter().any(|entry| entry["missed"] == true).then_some(())
    });
}

#[test]
fn an_outgoing_call_rings_and_is_given_up() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let bob = Phone::start(&world, "bob", PhoneOptions::default());
    let call = alice.call("sip:bob@tandem.example");
    bob.wait_event("CALL_INCOMING");
    alice.wait_call_state(&call, "ringing");
    alice.ctl("hangup", &[("call", &call)]);
    bob.wait_event("CALL_CLOSED");
    alice.wait_call_state(&call, "ended");
}

#[test]
fn a_call_that_is_refused_says_so() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions::default());
    let call = alice.call("sip:bob@tandem.example");
    bob.wait_event("CALL_INCOMING");
    bob.command("hangup", "");
    let ended = alice.wait_call_state(&call, "ended");
    assert_eq!(ended["end"]["by"], "remote", "{ended}");
    assert!(ended["end"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{ended}");
    let nobody = alice.call("sip:nobody@tandem.example");
    alice.wait_call_state(&nobody, "ended");
}

#[test]
fn the_peer_holds_and_resumes() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let mut bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    bob.wait_event("CALL_ESTABLISHED");
    let direction = |wanted: &'static [&'static str]| {
        alice.wait_call(&format!("with media {wanted:?}"), |seen| {
            seen["id"] == call.as_str() && wanted.iter().any(|word| seen["media"]["direction"] == *word)
        })
    };
    direction(&["sendrecv"]);
    bob.command("hold", "");
    direction(&["recvonly", "inactive"]);
    bob.command("resume", "");
    direction(&["sendrecv"]);
    eventually("bob's tone after the hold", PATIENCE, || {
        let (share, amplitude) = alice.heard()?.tone(500.0, Duration::from_millis(500));
        (share > 0.7 && amplitude > 500.0).then_some(())
    });
}

#[test]
fn we_hold_and_resume() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(500.0).then_some(()));
    alice.ctl("hold", &[("call", &call)]);
    alice.wait_call_state(&call, "held");
    alice.ctl("resume", &[("call", &call)]);
    alice.wait_call_state(&call, "active");
    eventually("alice's tone after the hold", PATIENCE, || {
        let (share, amplitude) = bob.heard()?.tone(1300.0, Duration::from_millis(300));
        (share > 0.7 && amplitude > 500.0).then_some(())
    });
}

#[test]
fn digits_go_both_ways() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let mut bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    bob.wait_event("CALL_ESTABLISHED");
    alice.ctl("dtmf", &[("call", &call), ("digits", "12#9")]);
    eventually("alice's digits", PATIENCE, || (bob.digits() == "12#9").then_some(()));
    for digit in ["4", "2"] {
        bob.command("sndcode", digit);
        std::thread::sleep(Duration::from_millis(400)); // baresip drops a digit that comes while it sends another
    }
    alice.wait_call("with bob's digits", |seen| seen["id"] == call.as_str() && seen["digits_received"] == "42");
}

#[test]
fn two_calls_at_once_are_kept_apart() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(1300.0), ..Default::default() });
    let bob = Phone::start(&world, "bob", PhoneOptions { answers: true, tone: Some(500.0), ..Default::default() });
    let mut carol = Phone::start(&world, "carol", PhoneOptions { tone: Some(700.0), ..Default::default() });
    let first = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&first, "active");
    carol.dial("alice");
    let second = id(&alice.wait_ringing());
    alice.wait_call_state(&first, "active");
    alice.ctl("answer", &[("call", &second)]);
    alice.wait_call_state(&second, "active");
    carol.wait_event("CALL_ESTABLISHED");
    // Bob may still be heard beside her: the output mixes what is not held.
    eventually("carol's tone", PATIENCE, || alice.heard()?.has_share(700.0, 0.3).then_some(()));
    assert!(bob.event("CALL_CLOSED", |_| true).is_none(), "the first call is still there");
    alice.ctl("hangup", &[("call", &second)]);
    carol.wait_event("CALL_CLOSED");
    if alice.calls().iter().any(|call| call["id"] == first.as_str() && call["state"] == "held") {
        alice.ctl("resume", &[("call", &first)]);
    }
    alice.wait_call_state(&first, "active");
    eventually("bob's tone again", PATIENCE, || {
        let (share, _) = alice.heard()?.tone(500.0, Duration::from_millis(300));
        (share > 0.7).then_some(())
    });
    alice.ctl("hangup", &[("call", &first)]);
    bob.wait_event("CALL_CLOSED");
}
