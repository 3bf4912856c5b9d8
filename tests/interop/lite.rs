//! A peer that does ICE-lite (RFC 8445 section 2.5), as gateways and conference servers do: it only answers checks. And one that
//! never reports what it receives (no RTCP), of which nothing is heard but what it says within the call.

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tandem::media::stun::{Class, Message, Method, Writer, attribute};

use crate::real::{Ear, Peer, Profile, Script, Tandem, World, eventually, sdp};

const PATIENCE: Duration = Duration::from_secs(30);
const FRAGMENT: &str = "litepeer";
const PASSWORD: &str = "the0password0of0the0lite0peer";

/// What came to the lite peer, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// A check with our name and password; whether the sender controls, and whether it chooses the pair.
    Check { controls: bool, chooses: bool },
    /// Sound.
    Sound,
}

/// The address of a lite peer: answers checks that know its password, and nothing else. It never begins anything.
struct Lite {
    port: u16,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Lite {
    fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let came: Arc<Mutex<Vec<Came>>> = Arc::default();
        let weak = Arc::downgrade(&came);
        std::thread::spawn(move || {
            let mut bytes = [0; 2_048];
            while let Some(came) = weak.upgrade() {
                let Ok((length, from)) = socket.recv_from(&mut bytes) else { continue };
                let datagram = &bytes[..length];
                match Message::read(datagram) {
                    Some(check) if check.method == Method::Binding && check.class == Class::Request => {
                        let named = check.text(attribute::USERNAME).and_then(|name| name.split(':').next());
                        if named != Some(FRAGMENT) || !check.is_authentic(PASSWORD.as_bytes()) {
                            continue;
                        }
                        let controls = check.get(attribute::ICE_CONTROLLING).is_some();
                        let chooses = check.get(attribute::USE_CANDIDATE).is_some();
                        came.lock().unwrap().push(Came::Check { controls, chooses });
                        let answer = Writer::new(Method::Binding, Class::Success, check.transaction)
                            .with_address(attribute::XOR_MAPPED_ADDRESS, from)
                            .with_integrity(PASSWORD.as_bytes())
                            .with_fingerprint();
                        let _ = socket.send_to(&answer, from);
                    }
                    Some(_) => {}
                    None if (128..192).contains(&datagram[0]) => came.lock().unwrap().push(Came::Sound),
                    None => {}
                }
            }
        });
        Self { port, came }
    }

    fn description(&self) -> String {
        let port = self.port;
        format!(
            "v=0\no=lite 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\na=ice-lite\nm=audio {port} RTP/AVP 0\n\
             a=rtpmap:0 PCMU/8000\na=rtcp-mux\na=ice-ufrag:{FRAGMENT}\na=ice-pwd:{PASSWORD}\n\
             a=candidate:1 1 UDP 2130706431 127.0.0.1 {port} typ host\n"
        )
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

/// Sound takes the path that our checks found, and nothing went there before one.
fn is_found(lite: &Lite, alice: &Tandem, call: &str) {
    eventually("sound at the lite peer", PATIENCE, || {
        lite.came().iter().filter(|one| **one == Came::Sound).nth(50).map(drop)
    });
    let came = lite.came();
    assert!(matches!(came[0], Came::Check { .. }), "a check comes before the first packet of sound: {:?}", &came[..5]);
    let checks = came.iter().filter_map(|one| match one {
        Came::Check { controls, chooses } => Some((*controls, *chooses)),
        Came::Sound => None,
    });
    let checks: Vec<(bool, bool)> = checks.collect();
    assert!(checks.iter().all(|(controls, _)| *controls), "who is lite never controls: {checks:?}");
    assert!(checks.iter().any(|(_, chooses)| *chooses), "somebody has to choose: {checks:?}");
    let path = eventually("a path", PATIENCE, || {
        let path = alice.ask("stats", json!({ "call": call }))?["path"].clone();
        (path["round_trip_ms"].is_number() && path["consent_age_ms"].is_number()).then_some(path)
    });
    assert_eq!((&path["kind"], &path["remote"]), (&json!("direct"), &json!("host")), "{path}");
}

#[test]
fn a_peer_that_only_answers_checks_is_found_by_ours_called_and_calling() {
    let world = World::start();
    let more = "[media]\nice = \"always\"\n".to_owned();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "tcp", more, ..Default::default() });
    let lite = Lite::open();
    let script = Script::waits_for("INVITE", &[("body", "a=candidate:")]).answers(&lite.description()).hears_hang_up();
    let bob = Peer::awaits(&world, "bob", lite.port, script);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    is_found(&lite, &alice, &call);
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
    // Whoever offers controls, but for one who cannot (RFC 8445 section 6.1.1).
    let lite = Lite::open();
    let script = Script::calls(&[], &lite.description()).hears_answer(&[("body", "a=ice-ufrag:")]).hears_hang_up();
    let carol = Peer::calls(&world, "carol", "alice", lite.port, script);
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &call)]);
    alice.wait_call_state(&call, "active");
    is_found(&lite, &alice, &call);
    alice.ctl("hangup", &[("call", &call)]);
    carol.finish();
}

/// N-13: nothing at all comes from there, so the phone itself is asked within the call, and what it says is told.
#[test]
fn a_phone_from_which_nothing_comes_is_asked_whether_it_is_still_there() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "tcp", ..Default::default() });
    let ear = Ear::open();
    let script =
        Script::waits_for("INVITE", &[]).answers(&sdp("")).hears("OPTIONS", &[]).replies(200, &[], "").hears_hang_up();
    let bob = Peer::awaits(&world, "bob", ear.port, script);
    let call = alice.call("sip:bob@tandem.example");
    alice.wait_call_state(&call, "active");
    eventually("what the phone said", PATIENCE, || {
        let stats = alice.ask("stats", json!({ "call": call }))?;
        let text = stats["troubles"][0]["text"].as_str()?.to_owned();
        text.contains("their phone is still in the call").then_some(())
    });
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
}
