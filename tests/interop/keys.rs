//! Keys for the sound with a phone that is not ours: SDES and DTLS-SRTP, whoever calls, offered or demanded.

use std::time::Duration;

use crate::real::{Phone, PhoneOptions, Profile, Tandem, World, eventually};

/// What alice's microphone hears.
const ALICE: f64 = 1300.0;
/// What the phone's hears.
const BOB: f64 = 700.0;

const PATIENCE: Duration = Duration::from_secs(20);

fn alice(world: &World, media_encryption: &'static str, media_keys: &'static str) -> Tandem {
    let profile = Profile { transport: "tls", media_encryption, media_keys, tone: Some(ALICE), ..Default::default() };
    Tandem::online(world, "alice", &profile)
}

fn phone(world: &World, encryption: Option<&'static str>) -> Phone {
    let options = PhoneOptions { transport: "tls", encryption, tone: Some(BOB), answers: true, ..Default::default() };
    Phone::start(world, "bob", options)
}

/// The call is protected so, and both tones are found.
fn is_heard(alice: &Tandem, phone: &Phone, id: &str, encryption: &str) {
    eventually(&format!("{encryption} in {id}"), PATIENCE, || {
        let call = alice.wait_call_state(id, "active");
        (call["media"]["encryption"] == encryption && call["media"]["keys"] == "settled").then_some(())
    });
    eventually("bob's tone at alice's", PATIENCE, || alice.heard()?.has_tone(BOB).then_some(()));
    eventually("alice's tone at bob's", PATIENCE, || phone.heard()?.has_tone(ALICE).then_some(()));
}

fn we_call(media_encryption: &'static str, media_keys: &'static str, theirs: &'static str, encryption: &str) {
    let world = World::start();
    let alice = alice(&world, media_encryption, media_keys);
    let bob = phone(&world, Some(theirs));
    let id = alice.call("sip:bob@tandem.example");
    is_heard(&alice, &bob, &id, encryption);
    alice.ctl("hangup", &[("call", &id)]);
    alice.wait_call_state(&id, "ended");
}

fn they_call(media_encryption: &'static str, media_keys: &'static str, theirs: &'static str, encryption: &str) {
    let world = World::start();
    let alice = alice(&world, media_encryption, media_keys);
    let mut bob = phone(&world, Some(theirs));
    bob.dial("alice");
    let id = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &id)]);
    is_heard(&alice, &bob, &id, encryption);
    // Held and taken back, it is still the same protection.
    alice.ctl("hold", &[("call", &id)]);
    alice.wait_call_state(&id, "held");
    alice.ctl("resume", &[("call", &id)]);
    is_heard(&alice, &bob, &id, encryption);
}

#[test]
fn we_call_a_phone_with_dtls_and_demand_it() {
    we_call("required", "dtls", "dtls_srtp", "dtls");
}

#[test]
fn a_phone_with_dtls_calls_us() {
    they_call("optional", "auto", "dtls_srtp", "dtls");
}

#[test]
fn a_phone_with_dtls_calls_us_who_demand_encryption() {
    they_call("required", "auto", "dtls_srtp", "dtls");
}

#[test]
fn we_call_a_phone_that_demands_sdes_and_so_do_we() {
    we_call("required", "auto", "srtp-mand", "sdes");
}

#[test]
fn a_phone_that_demands_sdes_calls_us() {
    they_call("optional", "auto", "srtp-mand", "sdes");
}

#[test]
fn keys_beside_an_open_call_are_taken_by_either_side() {
    we_call("optional", "auto", "srtp", "sdes");
    they_call("optional", "auto", "srtp", "sdes");
}

#[test]
fn m08_a_phone_that_takes_one_way_to_keys_only_is_offered_that_after_it_refused_the_first_one() {
    we_call("optional", "auto", "srtp-mand", "sdes");
}

/// It answers an offer of keys in SDP as if it had none to give; then it is offered the handshake within the call.
#[test]
fn a_phone_that_answers_without_keys_is_offered_the_other_way_to_them() {
    we_call("required", "auto", "dtls_srtp", "dtls");
}

#[test]
fn a_phone_without_encryption_is_refused_where_it_is_required() {
    let world = World::start();
    let alice = alice(&world, "required", "auto");
    let mut bob = phone(&world, None);
    let id = alice.call("sip:bob@tandem.example");
    let ended = alice.wait_call_state(&id, "ended");
    assert_eq!(ended["media"], serde_json::Value::Null, "{ended}");
    bob.forget();
    bob.dial("alice");
    bob.wait_event("CALL_CLOSED");
    assert!(bob.event("CALL_ESTABLISHED", |_| true).is_none());
}

#[test]
fn two_of_us_agree_on_keys_between_the_devices() {
    let world = World::start();
    let alice = alice(&world, "optional", "auto");
    let bob = Profile { transport: "tls", tone: Some(BOB), ..Default::default() };
    let bob = Tandem::online(&world, "bob", &bob);
    let id = alice.call("sip:bob@tandem.example");
    let theirs = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
    bob.ctl("answer", &[("call", &theirs)]);
    for (side, id) in [(&alice, &id), (&bob, &theirs)] {
        eventually("keys between the devices", PATIENCE, || {
            (side.wait_call_state(id, "active")["media"]["encryption"] == "dtls").then_some(())
        });
    }
    eventually("bob's tone at alice's", PATIENCE, || alice.heard()?.has_tone(BOB).then_some(()));
    eventually("alice's tone at bob's", PATIENCE, || bob.heard()?.has_tone(ALICE).then_some(()));
}
