//! TLS in the smallest pieces, and torn in the middle of a record: a forwarder of the tests' own between Tandem and Kamailio.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::real::{DOMAIN, Profile, Tandem, World, eventually};

/// How a connection is treated.
#[derive(Clone, Copy)]
enum Piecemeal {
    /// Each byte is a segment of its own.
    Bytes,
    /// After so many bytes towards the client, the connection ends.
    Torn(usize),
    /// A byte every so many milliseconds.
    Drops(u64),
}

/// What went through.
#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    /// Bytes towards the client, of the connection that carried some last.
    bytes: Arc<AtomicUsize>,
}

impl Seen {
    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Forwards to a port; answers its own, and what went through.
fn forwarder(to: u16, how: impl Fn(usize) -> Piecemeal + Send + Sync + 'static) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let counted = seen.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let how = how(counted.connections.fetch_add(1, Ordering::SeqCst));
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || forward(from, into, Piecemeal::Bytes, &AtomicUsize::default()));
            let bytes = counted.bytes.clone();
            thread::spawn(move || forward(server, client, how, &bytes));
        }
    });
    (port, seen)
}

fn forward(mut from: TcpStream, mut into: TcpStream, how: Piecemeal, bytes: &AtomicUsize) {
    let _ = into.set_nodelay(true);
    let mut chunk = [0; 4096];
    let mut passed = 0;
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        for byte in &chunk[..length] {
            if let Piecemeal::Torn(most) = how
                && passed >= most
            {
                let _ = (from.shutdown(Shutdown::Both), into.shutdown(Shutdown::Both));
                return;
            }
            if let Piecemeal::Drops(pause) = how {
                thread::sleep(Duration::from_millis(pause));
            }
            passed += 1;
            bytes.store(passed, Ordering::SeqCst);
            if into.write_all(&[*byte]).is_err() {
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }
    let _ = into.shutdown(Shutdown::Write);
}

fn lead_through(world: &World, port: u16) {
    world.names.clear();
    world.names.host("voice.tandem.example");
    world.names.host(DOMAIN);
    world.names.service(&format!("_sips._tcp.{DOMAIN}"), 0, port, "voice.tandem.example");
    world.names.pointer(DOMAIN, 10, "SIPS+D2T", &format!("_sips._tcp.{DOMAIN}"));
}

#[test]
fn s41_records_in_pieces_of_one_byte_are_read_and_a_connection_torn_within_one_is_replaced() {
    let world = World::start();
    // The first one ends within the handshake; the third one within what the answers to REGISTER need, which the second one has
    // shown the length of.
    let whole = Arc::new(AtomicUsize::new(usize::MAX));
    let measured = whole.clone();
    let (port, seen) = forwarder(world.voice.tls, move |number| match number {
        0 => Piecemeal::Torn(700),
        2 => Piecemeal::Torn(measured.load(Ordering::SeqCst) - 150),
        _ => Piecemeal::Bytes,
    });
    lead_through(&world, port);
    let profile = Profile { transport: "tls", ..Default::default() };
    let alice = Tandem::start(&world, "alice", &profile);
    let online = |alice: &Tandem| (alice.account("voice")["state"] == "online").then_some(());
    eventually("the registration", Duration::from_secs(40), || online(&alice));
    assert_eq!(seen.connections(), 2);
    whole.store(seen.bytes.load(Ordering::SeqCst), Ordering::SeqCst);
    alice.quit();
    let alice = Tandem::start(&world, "alice", &profile);
    eventually("the registration after another tear", Duration::from_secs(40), || {
        online(&alice).filter(|()| seen.connections() == 4)
    });
}

#[test]
fn s41_a_handshake_that_comes_drop_by_drop_ends_at_its_deadline() {
    let world = World::start();
    let (port, seen) = forwarder(world.voice.tls, |_| Piecemeal::Drops(200));
    lead_through(&world, port);
    let profile = Profile { transport: "tls", ..Default::default() };
    let began = Instant::now();
    let alice = Tandem::start(&world, "alice", &profile);
    eventually("a word about it", Duration::from_secs(25), || {
        let account = alice.account("voice");
        (account["state"] != "online" && account["reason"]["text"].is_string()).then_some(())
    });
    assert!(began.elapsed() > Duration::from_secs(5) && seen.connections() >= 1, "{:?}", began.elapsed());
}
