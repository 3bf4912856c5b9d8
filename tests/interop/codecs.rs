//! Each codec over each transport: a known tone goes in at one end and is found at the other, in both directions.

use std::time::Duration;

use crate::real::{Phone, PhoneOptions, Profile, Tandem, World, eventually};

/// What alice's microphone hears.
const ALICE: f64 = 1300.0;

/// Who has which codec, and hears which tone.
const PEERS: [(&str, &str, &str, f64); 4] = [
    ("bob", "opus/48000/2", "opus", 500.0),
    ("carol", "g722/16000/1", "G722", 700.0),
    ("dave", "pcmu", "PCMU", 900.0),
    ("erin", "pcma", "PCMA", 1100.0),
];

fn every_codec_over(transport: &'static str, peers_encryption: Option<&'static str>, encryption: &str) {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport, tone: Some(ALICE), ..Default::default() });
    for (user, codecs, codec, tone) in PEERS {
        let options = PhoneOptions {
            transport,
            codecs,
            encryption: peers_encryption,
            tone: Some(tone),
            answers: true,
            ..Default::default()
        };
        let phone = Phone::start(&world, user, options);
        let id = alice.call(&format!("sip:{user}@tandem.example"));
        let call = alice.wait_call_state(&id, "active");
        let told = call["media"]["codec"].as_str().unwrap_or_default();
        assert!(told.eq_ignore_ascii_case(codec), "{call}");
        assert_eq!(call["media"]["encryption"], encryption, "{call}");
        assert_eq!(call["media"]["direction"], "sendrecv", "{call}");
        let patience = Duration::from_secs(15);
        eventually(&format!("{user}'s tone at alice's over {transport} with {codec}"), patience, || {
            alice.heard()?.has_tone(tone).then_some(())
        });
        eventually(&format!("alice's tone at {user}'s over {transport} with {codec}"), patience, || {
            phone.heard()?.has_tone(ALICE).then_some(())
        });
        alice.ctl("hangup", &[("call", &id)]);
        phone.wait_event("CALL_CLOSED");
        let ended = alice.wait_call_state(&id, "ended");
        assert_eq!(ended["end"]["by"], "local", "{ended}");
    }
}

#[test]
fn every_codec_is_heard_both_ways_over_udp() {
    every_codec_over("udp", None, "none");
}

#[test]
fn every_codec_is_heard_both_ways_over_tcp() {
    every_codec_over("tcp", None, "none");
}

#[test]
fn every_codec_is_heard_both_ways_over_tls_with_srtp() {
    every_codec_over("tls", Some("srtp"), "sdes");
}

#[test]
fn a_phone_that_sends_everything_back_returns_our_own_tone() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(ALICE), ..Default::default() });
    let options = PhoneOptions { transport: "tls", encryption: Some("srtp"), answers: true, ..Default::default() };
    let _bob = Phone::start(&world, "bob", options);
    let id = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&id, "active");
    eventually("our own tone", Duration::from_secs(15), || alice.heard()?.has_tone(ALICE).then_some(()));
}
