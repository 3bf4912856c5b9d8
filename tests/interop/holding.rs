//! Hold as other phones do it, in each of its forms, and what goes over the network meanwhile.

use std::time::{Duration, Instant};

use crate::real::{Ear, Peer, Profile, Script, Tandem, World, eventually, sdp, sdp_at};

const PATIENCE: Duration = Duration::from_secs(20);

/// Payload types that came after that moment.
fn types(ear: &Ear, then: Instant) -> Vec<u8> {
    ear.since(then).iter().map(|packet| packet.payload_type).collect()
}

#[test]
fn each_form_of_hold_is_answered_as_it_must_be_and_taken_back() {
    let world = World::start();
    let ear = Ear::open();
    let mut script = Script::calls(&[], &sdp("")).hears_answer(&[]);
    for (offer, answer) in [
        (sdp("sendonly"), "a=recvonly"),
        (sdp(""), "m=audio [1-9]"),
        (sdp("inactive"), "a=inactive"),
        (sdp("recvonly"), "a=sendonly"),
        (sdp("sendrecv"), "m=audio [1-9]"),
        // RFC 3264 section 8.4: as before 2002.
        (sdp_at("0.0.0.0", ""), "a=recvonly|a=inactive"),
        (sdp_at("0.0.0.0", "sendonly"), "a=recvonly|a=inactive"),
        (sdp(""), "m=audio [1-9]"),
    ] {
        script = script.asks("INVITE", &[], &offer).hears("200", &[("body", answer)]).acknowledges("").pauses(300);
    }
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let bob = Peer::calls(&world, "bob", "alice", ear.port, script.hangs_up());
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &call)]);
    bob.finish();
    let ended = alice.wait_call_state(&call, "ended");
    assert_eq!(ended["end"]["by"], "remote", "{ended}");
}

#[test]
fn complaint_13_whoever_is_held_keeps_the_way_open_and_is_heard_again_afterwards() {
    for held in ["sendonly", "inactive"] {
        let world = World::start();
        let ear = Ear::open();
        let script = Script::calls(&[], &sdp(""))
            .hears_answer(&[])
            .pauses(500)
            .asks("INVITE", &[], &sdp(held))
            .hears("200", &[])
            .acknowledges("")
            .pauses(4_000)
            .asks("INVITE", &[], &sdp(""))
            .hears("200", &[])
            .acknowledges("")
            .pauses(1_500)
            .hangs_up();
        let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
        let bob = Peer::calls(&world, "bob", "alice", ear.port, script);
        let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
        alice.ctl("answer", &[("call", &call)]);
        alice.wait_call("held by Bob", |seen| seen["held_by_peer"] == true);
        let since = Instant::now();
        eventually("what keeps the way open", PATIENCE, || {
            types(&ear, since - Duration::from_secs(1)).contains(&127).then_some(())
        });
        let kept = ear.packets().into_iter().filter(|packet| packet.payload_type == 127);
        assert!(kept.into_iter().all(|packet| packet.payload.is_empty()), "nothing is to be heard in it");
        alice.wait_call("talking again", |seen| seen["id"] == call.as_str() && seen["held_by_peer"] == false);
        let again = Instant::now();
        eventually("sound after the hold", PATIENCE, || types(&ear, again).contains(&0).then_some(()));
        bob.finish();
    }
}

#[test]
fn we_hold_a_phone_that_answers_as_it_likes() {
    for answer in ["recvonly", "inactive", ""] {
        let world = World::start();
        let ear = Ear::open();
        let script = Script::waits_for("INVITE", &[])
            .answers(&sdp(""))
            .hears("INVITE", &[("body", "a=sendonly")])
            .replies(200, &[], &sdp(answer))
            .hears("ACK", &[])
            .hears("INVITE", &[("body", "m=audio [1-9]")])
            .replies(200, &[], &sdp(""))
            .hears("ACK", &[])
            .hears_hang_up();
        let bob = Peer::awaits(&world, "bob", ear.port, script);
        let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
        let call = alice.call("sip:bob@tandem.example");
        alice.wait_call_state(&call, "active");
        alice.ctl("hold", &[("call", &call)]);
        alice.wait_call_state(&call, "held");
        let since = Instant::now();
        eventually("something on the way", PATIENCE, || (!types(&ear, since).is_empty()).then_some(()));
        alice.ctl("resume", &[("call", &call)]);
        alice.wait_call_state(&call, "active");
        alice.ctl("hangup", &[("call", &call)]);
        bob.finish();
    }
}

#[test]
fn a_hold_that_meets_theirs_is_made_after_it() {
    let world = World::start();
    let ear = Ear::open();
    // 491: they wanted a change at the same moment. And 500: one is under way, come again in a second.
    let script = Script::waits_for("INVITE", &[])
        .answers(&sdp(""))
        .hears("INVITE", &[("body", "a=sendonly")])
        .replies(491, &[], "")
        .hears("ACK", &[])
        .hears("INVITE", &[("body", "a=sendonly")])
        .replies(500, &["Retry-After: 1"], "")
        .hears("ACK", &[])
        .hears("INVITE", &[("body", "a=sendonly")])
        .replies(200, &[], &sdp("recvonly"))
        .hears("ACK", &[])
        .hears_hang_up();
    let bob = Peer::awaits(&world, "bob", ear.port, script);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    alice.ctl("hold", &[("call", &call)]);
    alice.wait_call_state(&call, "held");
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
}
