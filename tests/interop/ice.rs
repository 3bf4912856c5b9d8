//! Paths and keys together, on a wire that the tests look at: handshakes over the path that was found, reports with a path of
//! their own, and whether the padlock says what is on the wire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::moving::{OURS, THEIRS, inside_with, outside_with, received, replace_address};
use crate::real::{Coturn, Namespace, Phone, PhoneOptions, Tandem, Wire, World, anybody_hears, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
const ALWAYS: &str = "[media]\nice = \"always\"\n";

/// The path, as soon as checks have shown it.
fn path(tandem: &Tandem, call: &str) -> Value {
    eventually("a path", PATIENCE, || {
        let path = tandem.ask("stats", json!({ "call": call }))?["path"].clone();
        path["round_trip_ms"].is_number().then_some(path)
    })
}

fn encryption(tandem: &Tandem, call: &str) -> String {
    tandem.wait_call_state(call, "active")["media"]["encryption"].as_str().unwrap_or_default().to_owned()
}

fn is_protected(tandem: &Tandem, call: &str, by: &str) {
    eventually(&format!("protection by {by}"), PATIENCE, || (encryption(tandem, call) == by).then_some(()));
}

/// Both tones are heard at the other end.
fn talk(alice: &Tandem, phone: &Phone) {
    eventually("the phone's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
    eventually("our tone at the phone", PATIENCE, || phone.heard()?.has_tone(OURS).then_some(()));
}

#[test]
fn a_phone_agrees_on_keys_over_the_path_that_was_found_called_and_calling() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let phone = PhoneOptions {
        transport: "tls",
        encryption: Some("dtls_srtp"),
        tone: Some(THEIRS),
        answers: true,
        ice: true,
        ..Default::default()
    };
    let mut bob = Phone::start(&world, "bob", phone);
    let alice = inside_with(&space, &world, "alice", "tls", "media-keys = \"dtls\"\n", ALWAYS);
    let wire = Wire::listen(world.folder(), &space.wire);
    let call = alice.call("sip:bob@tandem.example");
    is_protected(&alice, &call, "dtls");
    talk(&alice, &bob);
    assert_eq!(path(&alice, &call)["kind"], "direct");
    // The handshake goes only where a check went before it.
    let datagrams = wire.datagrams();
    let first = datagrams.iter().position(|one| one.is_handshake()).expect("a handshake");
    let (from, to) = (&datagrams[first].from, &datagrams[first].to);
    let ends = |one: &&crate::real::wire::Datagram| {
        one.bytes.first().is_some_and(|byte| *byte < 4)
            && [&one.from, &one.to].iter().all(|end| *end == from || *end == to)
    };
    assert!(datagrams.iter().take(first).any(|one| ends(&one)), "no check before the handshake");
    alice.ctl("hangup", &[("call", &call)]);
    alice.wait_call_state(&call, "ended");
    bob.dial("alice");
    let ringing = alice.wait_ringing();
    let call = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", call)]);
    is_protected(&alice, call, "dtls");
    assert_eq!(path(&alice, call)["kind"], "direct");
    talk(&alice, &bob);
}

#[test]
fn a_phone_that_wants_reports_apart_gets_a_path_for_them_called_and_calling() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let phone = PhoneOptions {
        transport: "tcp",
        tone: Some(THEIRS),
        answers: true,
        ice: true,
        reports_apart: true,
        ..Default::default()
    };
    let mut bob = Phone::start(&world, "bob", phone);
    let alice = inside_with(&space, &world, "alice", "tcp", "", ALWAYS);
    let reports = |call: &str, what: &str| {
        assert_eq!(path(&alice, call)["kind"], "direct", "{what}");
        // The round trip of reports is known only when they go both ways.
        eventually(&format!("reports both ways, {what}"), PATIENCE, || {
            alice.ask("stats", json!({ "call": call }))?["round_trip_ms"].is_number().then_some(())
        });
        alice.ctl("hangup", &[("call", call)]);
        alice.wait_call_state(call, "ended");
    };
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    talk(&alice, &bob);
    reports(&call, "called by us");
    bob.dial("alice");
    let ringing = alice.wait_ringing();
    let call = ringing["id"].as_str().unwrap();
    alice.ctl("answer", &[("call", call)]);
    reports(call, "calling us");
}

#[test]
fn the_padlock_says_what_is_on_the_wire() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    // A codec that anybody can hear who sees it pass.
    let more = "codecs = [\"PCMA\"]\n[media]\nice = \"always\"\n";
    for (encryption, keys, shown) in
        [("off", "auto", "none"), ("required", "sdes", "sdes"), ("required", "dtls", "dtls")]
    {
        let account = format!("media-encryption = \"{encryption}\"\nmedia-keys = \"{keys}\"\n");
        let bob = outside_with(&space, &world, "bob", "tls", &account, more);
        let alice = inside_with(&space, &world, "alice", "tls", &account, more);
        let call = alice.call("sip:bob@tandem.example");
        let theirs = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
        bob.ctl("answer", &[("call", &theirs)]);
        is_protected(&alice, &call, shown);
        is_protected(&bob, &theirs, shown);
        eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        let wire = Wire::listen(world.folder(), &space.wire);
        let packets = eventually("two seconds of sound on the wire", PATIENCE, || {
            let all = wire.datagrams();
            let ours = |one: &crate::real::wire::Datagram| one.is_sound() && one.from.starts_with(&space.there(2));
            let packets: Vec<_> = all.into_iter().filter(ours).collect();
            (packets.len() >= 100).then_some(packets)
        });
        assert_eq!(anybody_hears(&packets, OURS), shown == "none", "{shown}: {} packets", packets.len());
        alice.quit();
        bob.quit();
    }
}

#[test]
fn keys_between_the_devices_are_agreed_on_through_a_relay_over_udp_and_tcp() {
    let space = Namespace::new();
    let world = World::start_at(&space.here());
    let relay = Coturn::start(world.folder(), &world.authority, &space.here());
    let account = "media-keys = \"dtls\"\n";
    let bob = outside_with(&space, &world, "bob", "tls", account, "");
    for carrier in ["udp", "tcp"] {
        let more = format!("[media]\ntell-addresses = \"relay-only\"\n{}", relay.settings(carrier));
        let alice = inside_with(&space, &world, "alice", "tls", account, &more);
        let call = alice.call("sip:bob@tandem.example");
        let theirs = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
        bob.ctl("answer", &[("call", &theirs)]);
        is_protected(&alice, &call, "dtls");
        eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        eventually("alice's tone", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
        assert_eq!(path(&alice, &call)["kind"], "relayed", "{carrier}");
        alice.quit();
        bob.wait_call("ended", |seen| seen["id"] == *theirs && seen["state"] == "ended");
    }
}

/// RFC 4568 section 7.1.4 wants a new key with a new address; baresip 1.0 keeps the first one whatever it is told. As long as our
/// counters are in their first round, the old key is right for both.
#[test]
fn a_phone_that_cannot_change_keys_still_hears_us_after_a_change_of_address() {
    for (encryption, keys, shown) in [("srtp-mand", "sdes", "sdes"), ("dtls_srtp", "dtls", "dtls")] {
        let space = Namespace::new();
        let world = World::start_at(&space.here());
        let phone = PhoneOptions {
            transport: "tls",
            encryption: Some(encryption),
            tone: Some(THEIRS),
            answers: true,
            codecs: "pcma",
            ..Default::default()
        };
        let bob = Phone::start(&world, "bob", phone);
        let alice = inside_with(&space, &world, "alice", "tls", &format!("media-keys = \"{keys}\"\n"), "");
        let call = alice.call("sip:bob@tandem.example");
        is_protected(&alice, &call, shown);
        talk(&alice, &bob);
        replace_address(&space, &alice, &call);
        let far = bob.heard().map(|recording| recording.length()).unwrap_or_default();
        eventually("our tone at the phone, from the new address", PATIENCE, || {
            let heard = bob.heard()?;
            heard.after(far + Duration::from_secs(2)).has_tone(OURS).then_some(())
        });
        // What it reports says the same: it receives what we send now.
        let before = received(&alice, &call);
        eventually("sound from the phone", PATIENCE, || (received(&alice, &call) > before + 50).then_some(()));
        is_protected(&alice, &call, shown);
    }
}

#[test]
fn f08_where_no_packet_may_be_longer_than_1280_bytes_calls_are_set_up_and_protected() {
    let space = Namespace::new();
    space.limit(1_280);
    let world = World::start_at(&space.here());
    for (transport, account) in [
        ("tls", "media-encryption = \"required\"\nmedia-keys = \"dtls\"\n"),
        // Offers with paths and keys do not fit in a datagram: TCP carries them (RFC 3261 section 18.1.1).
        ("udp", "media-encryption = \"optional\"\n"),
    ] {
        let bob = outside_with(&space, &world, "bob", transport, account, ALWAYS);
        let alice = inside_with(&space, &world, "alice", transport, account, ALWAYS);
        let wire = Wire::listen(world.folder(), &space.wire);
        let call = alice.call("sip:bob@tandem.example");
        let theirs = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
        bob.ctl("answer", &[("call", &theirs)]);
        is_protected(&alice, &call, "dtls");
        eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
        eventually("alice's tone", PATIENCE, || bob.heard()?.has_tone(OURS).then_some(()));
        let longest = wire.datagrams().iter().map(|one| one.bytes.len()).max();
        assert!(longest.is_some_and(|longest| longest <= 1_252), "{longest:?} over {transport}");
        alice.quit();
        bob.quit();
    }
}

/// Since 1970, as the listener on the wire counts.
fn clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// How long after `since` the first packet of sound passed that `is` asked for.
fn first_sound(wire: &Wire, since: Duration, is: impl Fn(&crate::real::wire::Datagram) -> bool) -> Duration {
    eventually("sound on the wire", PATIENCE, || {
        wire.datagrams()
            .into_iter()
            .find(|one| one.time > since && one.is_sound() && is(one))
            .map(|one| one.time - since)
    })
}

/// `cargo test --features gui-test --test interop -- --ignored --nocapture figures_of_the_way_of_sound`
#[test]
#[ignore = "figures, for a machine that does nothing else"]
fn figures_of_the_way_of_sound() {
    eprintln!(
        "| round trip | paths | keys | call to ringing | answer to their sound | answer to our sound | move to our sound | move to theirs |"
    );
    eprintln!("|---|---|---|---|---|---|---|---|");
    for round_trip in [0, 100] {
        for (paths, keys) in
            [("off", "off"), ("always", "off"), ("relay", "off"), ("off", "dtls"), ("always", "dtls"), ("off", "sdes")]
        {
            let space = if round_trip == 0 { Namespace::new() } else { Namespace::slow(round_trip / 2) };
            let world = World::start_at(&space.here());
            let relay = Coturn::start(world.folder(), &world.authority, &space.here());
            let media = match paths {
                "relay" => format!("[media]\ntell-addresses = \"relay-only\"\n{}", relay.settings("udp")),
                ice => format!("[media]\nice = \"{ice}\"\n"),
            };
            let encryption = if keys == "off" { "off" } else { "required" };
            let way = if keys == "off" { "auto" } else { keys };
            let account = format!("media-encryption = \"{encryption}\"\nmedia-keys = \"{way}\"\n");
            let theirs = "[media]\nice = \"auto\"\n";
            let bob = outside_with(&space, &world, "bob", "tls", &account, theirs);
            let alice = inside_with(&space, &world, "alice", "tls", &account, &media);
            let wire = Wire::listen(world.folder(), &space.wire);
            let called = clock();
            let call = alice.call("sip:bob@tandem.example");
            let ringing = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
            let rang = clock() - called;
            let answered = clock();
            bob.ctl("answer", &[("call", &ringing)]);
            let inside = |address: &str, host: u8| address.starts_with(&format!("{}:", space.there(host)));
            let theirs = first_sound(&wire, answered, |one| inside(&one.to, 2));
            let ours = first_sound(&wire, answered, |one| inside(&one.from, 2));
            alice.wait_call_state(&call, "active");
            eventually("bob's tone", PATIENCE, || alice.heard()?.has_tone(THEIRS).then_some(()));
            let moved = clock();
            space.replace(2, 7);
            let our_move = first_sound(&wire, moved, |one| inside(&one.from, 7));
            let their_move = first_sound(&wire, moved, |one| inside(&one.to, 7));
            let ms = |time: Duration| time.as_millis();
            eprintln!(
                "| {round_trip} ms | {paths} | {keys} | {} ms | {} ms | {} ms | {} ms | {} ms |",
                ms(rang),
                ms(theirs),
                ms(ours),
                ms(our_move),
                ms(their_move)
            );
            alice.quit();
            bob.quit();
        }
    }
}
