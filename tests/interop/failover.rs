//! Two phone services of one domain, the first of which can register and not call: RFC 3263 section 4.3, RFC 3261 section 21.5.4.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::real::{DOMAIN, Ear, Peer, Profile, Script, Tandem, World, eventually, sdp};

/// How the first service takes a call.
#[derive(Clone, Copy)]
enum First {
    /// 503 with Retry-After.
    Busy,
    /// Not at all, and not a word more to anything once a call came.
    Silent,
}

/// A registrar that lets everybody in; its port, and how many INVITEs came.
fn registrar(kind: First) -> (u16, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let invites: Arc<AtomicUsize> = Arc::default();
    let seen = invites.clone();
    thread::spawn(move || {
        let mut bytes = [0; 65_535];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let method = text.split(' ').next().unwrap_or_default();
            if method == "INVITE" {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            let (status, more) = match (method, kind) {
                ("REGISTER", First::Silent) if seen.load(Ordering::SeqCst) > 0 => continue,
                ("REGISTER", _) => ("200 OK", "Expires: 600\r\n"),
                ("INVITE", First::Busy) => ("503 Service Unavailable", "Retry-After: 60\r\n"),
                (_, _) => continue,
            };
            // Via, From, To, Call-ID, CSeq and Contact as they came.
            let names = ["via:", "from:", "to:", "call-id:", "cseq:", "contact:"];
            let kept = text.lines().skip(1).take_while(|line| !line.is_empty()).filter(|line| {
                let line = line.to_ascii_lowercase();
                names.iter().any(|name| line.starts_with(name))
            });
            let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
            let reply = format!("SIP/2.0 {status}\r\n{kept}{more}Content-Length: 0\r\n\r\n");
            let _ = socket.send_to(reply.as_bytes(), from);
        }
    });
    (port, invites)
}

#[test]
fn a_call_that_the_first_service_cannot_take_is_answered_over_the_second_and_rings_once() {
    for kind in [First::Busy, First::Silent] {
        let world = World::start();
        let ear = Ear::open();
        // A second INVITE would end the script with an error.
        let script = Script::waits_for("INVITE", &[]).answers(&sdp("")).hears_hang_up();
        let bob = Peer::awaits(&world, "bob", ear.port, script);
        let (port, invites) = registrar(kind);
        world.names.clear();
        world.names.host("voice.tandem.example");
        world.names.host(DOMAIN);
        world.names.service(&format!("_sip._udp.{DOMAIN}"), 0, port, "voice.tandem.example");
        world.names.service(&format!("_sip._udp.{DOMAIN}"), 1, world.voice.plain, "voice.tandem.example");
        let alice = Tandem::start(&world, "alice", &Profile { transport: "udp", ..Default::default() });
        alice.wait_state("voice", "online");
        let call = alice.call("sip:bob@tandem.example");
        alice.wait_call_state(&call, "active");
        assert!(invites.load(Ordering::SeqCst) >= 1, "the first one was asked first");
        eventually("sound", Duration::from_secs(20), || (ear.packets().len() > 50).then_some(()));
        alice.ctl("hangup", &[("call", &call)]);
        bob.finish();
    }
}
