//! The paths of a call with servers and phones that are not ours: coturn as reflexive server and relay, baresip's ICE.

use std::time::Duration;

use serde_json::{Value, json};

use crate::real::{Coturn, Phone, PhoneOptions, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
const CALLER: f64 = 1300.0;
const CALLEE: f64 = 700.0;

/// The path of a call's sound; it is measured once a second.
fn path(tandem: &Tandem, call: &str) -> Value {
    eventually("a path", PATIENCE, || {
        let path = tandem.ask("stats", json!({ "call": call }))?["path"].clone();
        path["kind"].is_string().then_some(path)
    })
}

fn hears(who: &str, tandem: &Tandem, tone: f64) {
    eventually(who, PATIENCE, || tandem.heard()?.has_tone(tone).then_some(()));
}

#[test]
fn with_relays_only_every_packet_of_a_call_goes_through_the_relay_over_udp_tcp_and_tls() {
    let world = World::start();
    world.names.host("relay.tandem.example");
    let mut relay = Coturn::start(world.folder(), &world.authority, "127.0.0.1");
    let bob = Tandem::online(&world, "bob", &Profile { tone: Some(CALLEE), ..Default::default() });
    for (user, carrier) in [("alice", "udp"), ("carol", "tcp"), ("dave", "tls")] {
        let more = format!("[media]\ntell-addresses = \"relay-only\"\n{}", relay.settings(carrier));
        let caller = Tandem::online(&world, user, &Profile { tone: Some(CALLER), more, ..Default::default() });
        let call = caller.call("sip:bob@tandem.example");
        let ringing = bob.wait_ringing();
        bob.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
        caller.wait_call_state(&call, "active");
        hears(&format!("bob's tone over {carrier}"), &caller, CALLEE);
        hears(&format!("{user}'s tone over {carrier}"), &bob, CALLER);
        let found = path(&caller, &call);
        assert_eq!((found["kind"].as_str(), found["local"].as_str()), (Some("relayed"), Some("relay")), "{found}");
        // The other side sees nothing but the relay.
        let theirs = path(&bob, ringing["id"].as_str().unwrap());
        assert_eq!((theirs["kind"].as_str(), theirs["remote"].as_str()), (Some("relayed"), Some("relay")), "{theirs}");
        relay.assert_running();
        caller.ctl("hangup", &[("call", &call)]);
        bob.wait_call("ended", |seen| seen["id"] == ringing["id"] && seen["state"] == "ended");
    }
}

#[test]
fn a_phone_without_ice_is_heard_through_the_relay_as_well() {
    let world = World::start();
    let relay = Coturn::start(world.folder(), &world.authority, "127.0.0.1");
    let more = format!("[media]\ntell-addresses = \"relay-only\"\n{}", relay.settings("udp"));
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(CALLER), more, ..Default::default() });
    let phone = PhoneOptions { tone: Some(CALLEE), answers: true, ..Default::default() };
    let bob = Phone::start(&world, "bob", phone);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    hears("the phone's tone", &alice, CALLEE);
    eventually("our tone at the phone", PATIENCE, || bob.heard()?.has_tone(CALLER).then_some(()));
    assert_eq!(path(&alice, &call)["kind"], "relayed");
}

#[test]
fn two_of_ours_find_the_direct_path_with_a_reflexive_server() {
    let world = World::start();
    let server = Coturn::start(world.folder(), &world.authority, "127.0.0.1");
    let more = format!("[media]\n{}", server.reflexive());
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(CALLER), more, ..Default::default() });
    let bob = Tandem::online(&world, "bob", &Profile { tone: Some(CALLEE), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    let ringing = bob.wait_ringing();
    bob.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
    hears("bob's tone", &alice, CALLEE);
    hears("alice's tone", &bob, CALLER);
    let found = path(&alice, &call);
    assert_eq!(found["kind"], "direct", "{found}");
}

/// A relay that the chat server names, with passwords of its making.
pub fn relay_named_by_chat(world: &mut World) -> Coturn {
    let relay = Coturn::with_secret(world.folder(), &world.authority, "127.0.0.1", "shared-with-the-chat-server");
    let lines = format!(
        "turn_external_host = \"127.0.0.1\"\nturn_external_port = {}\nturn_external_secret = \"shared-with-the-chat-server\"\n",
        relay.plain
    );
    world.chat.extend("\"turn_external\", ", &lines);
    world.announce();
    relay
}

#[test]
fn a_relay_that_the_chat_server_names_with_a_password_of_its_making_carries_a_call() {
    let mut world = World::start();
    let _relay = relay_named_by_chat(&mut world);
    let more = "[media]\ntell-addresses = \"relay-only\"\nservers-from-chat = true\n".to_owned();
    let alice = Tandem::online(&world, "alice", &Profile { tone: Some(CALLER), more, ..Default::default() });
    let bob = Tandem::online(&world, "bob", &Profile { tone: Some(CALLEE), ..Default::default() });
    let call = alice.call("sip:bob@tandem.example");
    let ringing = bob.wait_ringing();
    bob.ctl("answer", &[("call", ringing["id"].as_str().unwrap())]);
    alice.wait_call_state(&call, "active");
    hears("bob's tone", &alice, CALLEE);
    hears("alice's tone", &bob, CALLER);
    assert_eq!(path(&alice, &call)["kind"], "relayed");
}
