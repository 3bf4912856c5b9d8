//! Two of ours with a relay between their voices that can be told to lose one direction: what each side is told (N-13, F16).

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::real::{Profile, Tandem, World, eventually};

/// Reports come every five seconds, and two of them must be deaf; the rest is the machine's slowness.
const PATIENCE: Duration = Duration::from_secs(40);

const ALL: u8 = 0;
/// Nothing gets through towards the callee.
const NONE: u8 = 1;
/// Reports get through towards the callee, sound does not.
const REPORTS: u8 = 2;

/// Two ports: what comes in at one leaves from the other, towards whoever spoke there last.
struct Relay {
    towards_callee: u16,
    towards_caller: u16,
    rule: Arc<AtomicU8>,
    stop: Arc<AtomicBool>,
}

/// RFC 5761 section 4: what tells reports from sound on one port.
fn is_report(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

impl Relay {
    fn start() -> Self {
        let bind = || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
            socket
        };
        // The caller is told of the first, the callee of the second.
        let sockets = [bind(), bind()];
        let ports = [&sockets[0], &sockets[1]].map(|socket| socket.local_addr().unwrap().port());
        let (rule, stop) = (Arc::new(AtomicU8::new(ALL)), Arc::new(AtomicBool::new(false)));
        let (applied, ended) = (rule.clone(), stop.clone());
        std::thread::spawn(move || {
            let mut known: [Option<SocketAddr>; 2] = [None, None];
            let mut datagram = [0; 2_048];
            while !ended.load(Ordering::Acquire) {
                for at in 0..2 {
                    let Ok((length, from)) = sockets[at].recv_from(&mut datagram) else { continue };
                    known[at] = Some(from);
                    let datagram = &datagram[..length];
                    let lost = at == 0
                        && match applied.load(Ordering::Acquire) {
                            NONE => true,
                            REPORTS => !is_report(datagram),
                            _ => false,
                        };
                    if let (false, Some(to)) = (lost, known[1 - at]) {
                        let _ = sockets[1 - at].send_to(datagram, to);
                    }
                }
            }
        });
        Self { towards_callee: ports[0], towards_caller: ports[1], rule, stop }
    }

    fn set(&self, rule: u8) {
        self.rule.store(rule, Ordering::Release);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// A world whose call server names the relay's ports instead of those of the two phones.
fn world_with(relay: &Relay) -> World {
    let mut world = World::start();
    let file = world.folder().join("kamailio/kamailio.cfg");
    let named =
        |port: u16| format!("if (has_body(\"application/sdp\")) subst_body('/^m=audio [0-9]+ /m=audio {port} /g');");
    let config = fs::read_to_string(&file).unwrap();
    // What the callee reads is where it shall send to: the port that leads to the caller.
    let changed = config
        .replace(
            "if (is_method(\"INVITE\")) t_on_reply(\"ANSWER\");",
            &format!("if (is_method(\"INVITE\")) {{ {} t_on_reply(\"ANSWER\"); }}", named(relay.towards_caller)),
        )
        .replace("onreply_route[ANSWER] {", &format!("onreply_route[ANSWER] {{ {}", named(relay.towards_callee)));
    assert!(changed.matches("subst_body").count() == 2, "the template has changed");
    fs::write(&file, changed).unwrap();
    world.voice.restart();
    world
}

fn stats(tandem: &Tandem, call: &str) -> Value {
    tandem.ctl("stats", &[("call", call)])
}

fn codes(tandem: &Tandem, call: &str) -> Vec<String> {
    let troubles = stats(tandem, call)["troubles"].as_array().cloned().unwrap_or_default();
    troubles.iter().map(|trouble| trouble["code"].as_str().unwrap_or_default().to_owned()).collect()
}

fn told(who: &str, tandem: &Tandem, call: &str, code: &str) -> Duration {
    let begun = Instant::now();
    eventually(&format!("{code} at {who}'s"), PATIENCE, || {
        codes(tandem, call).iter().any(|told| told == code).then_some(())
    });
    begun.elapsed()
}

fn well(who: &str, tandem: &Tandem, call: &str) {
    eventually(&format!("a call without troubles at {who}'s"), PATIENCE, || {
        codes(tandem, call).is_empty().then_some(())
    });
}

#[test]
fn f16_when_one_direction_is_lost_each_side_is_told_what_it_means_for_it() {
    let relay = Relay::start();
    let world = world_with(&relay);
    // A handshake would wait for a side that waits itself: the relay learns addresses from what comes.
    let profile = |tone| Profile { tone: Some(tone), media_keys: "sdes", ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile(600.0));
    let bob = Tandem::online(&world, "bob", &profile(900.0));
    let call = alice.call("sip:bob@tandem.example");
    let ringing = bob.wait_ringing();
    let at_bob = ringing["id"].as_str().unwrap().to_owned();
    bob.ctl("answer", &[("call", &at_bob)]);
    alice.wait_call_state(&call, "active");
    eventually("alice's voice at bob's", PATIENCE, || bob.heard()?.has_tone(600.0).then_some(()));
    eventually("bob's voice at alice's", PATIENCE, || alice.heard()?.has_tone(900.0).then_some(()));
    // Reports must have come both ways before their absence says something.
    eventually("a round trip", PATIENCE, || stats(&alice, &call)["round_trip_ms"].as_f64());
    well("alice", &alice, &call);

    relay.set(NONE);
    let took = told("bob", &bob, &at_bob, "nothing-both-ways");
    eprintln!("bob hears nothing: told after {took:?}");
    assert!(took < Duration::from_secs(9), "{took:?}");
    let took = told("alice", &alice, &call, "not-acknowledged");
    eprintln!("alice is not heard: told after {took:?}");
    let said = stats(&alice, &call)["troubles"].to_string();
    assert!(said.contains("cannot hear you any more"), "{said}");
    assert!(!said.contains("nothing-received"), "she hears him all the while: {said}");

    relay.set(ALL);
    well("bob", &bob, &at_bob);
    well("alice", &alice, &call);

    relay.set(REPORTS);
    let took = told("bob", &bob, &at_bob, "nothing-received");
    eprintln!("bob hears nothing, but reports come: told after {took:?}");
    told("alice", &alice, &call, "not-acknowledged");
    alice.ctl("hangup", &[("call", &call)]);
    alice.quit();
    bob.quit();
}
