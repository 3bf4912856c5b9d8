//! What happens before and beside the answer: forks, reliable provisionals, session timers, updates, hidden callers, help.

use std::time::Duration;

use serde_json::json;

use crate::real::{Ear, Peer, Phone, PhoneOptions, Profile, Script, Tandem, World, eventually, sdp};

const PATIENCE: Duration = Duration::from_secs(20);

fn online(world: &World, user: &str) -> Tandem {
    Tandem::online(world, user, &Profile { transport: "udp", ..Default::default() })
}

#[test]
fn of_several_phones_that_answer_one_is_talked_to_and_the_other_is_hung_up() {
    let world = World::start();
    let ear = Ear::open();
    let script = Script::waits_for("INVITE", &[])
        .responds_as("one", 183, &[], &sdp("sendonly"))
        .responds_as("two", 180, &[], "")
        .pauses(300)
        .responds_as("two", 200, &[], &sdp(""))
        .hears("ACK", &[("To", "tag=two")])
        .responds_as("one", 200, &[], &sdp(""))
        .hears("ACK", &[("To", "tag=one")])
        .hears("BYE", &[("To", "tag=one")])
        .replies(200, &[], "")
        .hears("BYE", &[("To", "tag=two")])
        .replies(200, &[], "");
    let bob = Peer::awaits(&world, "bob", ear.port, script);
    let alice = online(&world, "alice");
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("sound", PATIENCE, || (ear.packets().len() > 20).then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
}

#[test]
fn reliable_ringing_is_acknowledged_and_an_update_before_the_answer_is_followed() {
    let world = World::start();
    let ear = Ear::open();
    let reliable = |rseq: u32| format!("RSeq: {rseq}");
    let script = Script::waits_for("INVITE", &[("Supported", "100rel")])
        .responds(183, &["Require: 100rel", &reliable(7)], &sdp("sendonly"))
        .hears("PRACK", &[("RAck", "7 [0-9]+ INVITE")])
        .replies(200, &[], "")
        .responds(180, &["Require: 100rel", &reliable(8)], "")
        .hears("PRACK", &[("RAck", "8 [0-9]+ INVITE")])
        .replies(200, &[], "")
        // The announcement ends: the sound comes from elsewhere now (RFC 3311).
        .asks("UPDATE", &[], &sdp(""))
        .hears("200", &[("body", "m=audio [1-9]")])
        .responds(200, &[], "")
        .hears("ACK", &[])
        .hears_hang_up();
    let bob = Peer::awaits(&world, "bob", ear.port, script);
    let alice = online(&world, "alice");
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("sound", PATIENCE, || (ear.packets().len() > 20).then_some(()));
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
}

#[test]
fn session_timers_are_agreed_on_in_both_directions() {
    let world = World::start();
    let ear = Ear::open();
    // Too short for them: the same call with what they want (RFC 4028 section 7.3).
    let script = Script::waits_for("INVITE", &[("Supported", "timer"), ("Session-Expires", "[0-9]+")])
        .responds(422, &["Min-SE: 3600"], "")
        .hears("ACK", &[]);
    let short = Peer::awaits(
        &world,
        "bob",
        ear.port,
        script
            .hears("INVITE", &[("Min-SE", "3600"), ("Session-Expires", "3600")])
            .replies(486, &[], "")
            .hears("ACK", &[]),
    );
    let alice = online(&world, "alice");
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "ended");
    short.finish();
    // Too short for us; then they want us to refresh, and refresh themselves without an offer all the same.
    let script =
        Script::calls(&["Supported: timer", "Session-Expires: 30"], &sdp("")).hears_refusal(422, &[("Min-SE", "90")]);
    Peer::calls(&world, "carol", "alice", ear.port, script).finish();
    let timer = ["Supported: timer", "Session-Expires: 120;refresher=uas"];
    let script = Script::calls(&timer, &sdp(""))
        .hears_answer(&[("Session-Expires", "120;refresher=uas")])
        .asks("UPDATE", &["Supported: timer", "Session-Expires: 120;refresher=uac"], "")
        .hears("200", &[("Session-Expires", "120;refresher=uac")])
        .hangs_up();
    let carol = Peer::calls(&world, "carol", "alice", ear.port, script);
    let id = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &id)]);
    carol.finish();
}

#[test]
fn an_offer_may_be_asked_of_us_in_the_middle_of_a_call() {
    let world = World::start();
    let ear = Ear::open();
    let script = Script::calls(&[], &sdp(""))
        .hears_answer(&[])
        .asks("INVITE", &[], "")
        .hears("200", &[("body", "m=audio [1-9]")])
        .acknowledges(&sdp(""))
        .pauses(500)
        .asks("UPDATE", &[], &sdp("sendonly"))
        .hears("200", &[("body", "a=recvonly")])
        .asks("OPTIONS", &[], "")
        .hears("200", &[("Allow", "UPDATE")])
        .hangs_up();
    let alice = online(&world, "alice");
    let carol = Peer::calls(&world, "carol", "alice", ear.port, script);
    let id = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &id)]);
    alice.wait_call("held by Carol", |seen| seen["held_by_peer"] == true);
    carol.finish();
}

#[test]
fn a_password_is_shown_again_for_a_nonce_that_has_grown_old() {
    let mut world = World::start();
    world.voice.amend("modparam(\"auth\", \"nonce_expire\", 300)", "modparam(\"auth\", \"nonce_expire\", 1)");
    let alice = online(&world, "alice");
    let _bob = Phone::start(&world, "bob", PhoneOptions { answers: true, ..Default::default() });
    for _ in 0..3 {
        let call = alice.call("sip:bob@tandem.example");
        alice.wait_call_state(&call, "active");
        // Longer than the nonce lives.
        alice.wait_call("of a second and more", |seen| {
            seen["id"] == call.as_str() && seen["duration_ms"].as_u64().is_some_and(|time| time > 1_300)
        });
        alice.ctl("hangup", &[("call", &call)]);
        alice.wait_call_state(&call, "ended");
    }
}

#[test]
fn who_is_overloaded_says_so_and_is_not_called_again() {
    let world = World::start();
    let alice = online(&world, "alice");
    // RFC 3261 section 16.7: the proxy makes a 500 of the 503.
    for (user, code, word) in [("bob", 503, "has a problem"), ("carol", 484, "incomplete"), ("dave", 482, "circles")] {
        let script = Script::waits_for("INVITE", &[]).responds(code, &["Retry-After: 30"], "").hears("ACK", &[]);
        let peer = Peer::awaits(&world, user, 4_000, script);
        let call = alice.call(&format!("sip:{user}@tandem.example"));
        let ended = alice.wait_call_state(&call, "ended");
        assert!(ended["end"]["text"].as_str().is_some_and(|text| text.contains(word)), "{code}: {ended}");
        peer.finish();
    }
}

#[test]
fn a_call_hides_who_calls_from_everybody_behind_our_own_server() {
    let world = World::start();
    let ear = Ear::open();
    let alice = Tandem::online(
        &world,
        "alice",
        &Profile { transport: "udp", voice: "hide-number = true", ..Default::default() },
    );
    let hidden = [
        ("From", "anonymous@anonymous.invalid"),
        ("Privacy", "id"),
        ("!P-Asserted-Identity", ".+"),
        ("!P-Preferred-Identity", ".+"),
        ("!Call-Info", ".+"),
    ];
    let named =
        [("From", "sip:alice@tandem.example"), ("P-Asserted-Identity", "sip:alice@tandem.example"), ("!Privacy", "id")];
    for (anonymous, checks) in [(None, &hidden[..]), (Some("false"), &named)] {
        let script = Script::waits_for("INVITE", checks).responds(486, &[], "").hears("ACK", &[]);
        let bob = Peer::awaits(&world, "bob", ear.port, script);
        let mut wish = vec![("to", "sip:bob@tandem.example")];
        wish.extend(anonymous.map(|word| ("anonymous", word)));
        alice.ctl("call", &wish);
        bob.finish();
    }
    // And one of ours that is called like this says so.
    let carol = online(&world, "carol");
    let call = alice.call("sip:carol@tandem.example");
    let ringing = carol.wait_ringing();
    assert_eq!(ringing["peer"]["grade"], "anonymous", "{ringing}");
    assert!(!ringing.to_string().contains("alice"), "{ringing}");
    alice.ctl("hangup", &[("call", &call)]);
}

#[test]
fn a_call_for_help_says_who_calls_goes_out_at_once_and_is_neither_held_nor_handed_over() {
    let mut world = World::start();
    world
        .voice
        .amend("\t$sht(numbers=>+13033083280)", "\t$sht(numbers=>911) = \"bob\";\n\t$sht(numbers=>+13033083280)");
    let ear = Ear::open();
    let profile = Profile {
        transport: "udp",
        voice: "hide-number = true",
        calls: "do-not-disturb = true\nforward-always = \"sip:dave@tandem.example\"",
        ..Default::default()
    };
    let checks =
        [("From", "sip:alice@tandem.example"), ("P-Asserted-Identity", "sip:alice@tandem.example"), ("!Privacy", "id")];
    let bob =
        Peer::awaits(&world, "bob", ear.port, Script::waits_for("INVITE", &checks).answers(&sdp("")).hears_hang_up());
    let alice = Tandem::online(&world, "alice", &profile);
    let help = alice.call("911");
    let call = alice.wait_call_state(&help, "active");
    assert_eq!(call["emergency"], true, "{call}");
    for (method, more) in [("hold", None), ("transfer", Some(("to", "sip:dave@tandem.example")))] {
        let mut parameters = vec![("call", help.as_str())];
        parameters.extend(more);
        assert_eq!(alice.try_ctl(method, &parameters), Err("not-allowed".to_owned()), "{method}");
    }
    alice.ctl("hangup", &[("call", &help)]);
    bob.finish();
    // Whoever helps may call back, whatever the settings say.
    let script = Script::calls(&[], &sdp("")).maybe(100).hears("180", &[]).cancels(&[]);
    Peer::calls(&world, "bob", "alice", ear.port, script).finish();
    let history = alice.ask("history", json!({})).unwrap_or_default();
    assert_eq!(history[0]["missed"], true, "{history}");
}
