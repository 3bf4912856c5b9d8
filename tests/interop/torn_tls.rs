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

/// Forwards to a port; answers its own, and counts connections.
fn forwarder(to: u16, how: impl Fn(usize) -> Piecemeal + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count: Arc<AtomicUsize> = Arc::default();
    let counted = count.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let how = how(counted.fetch_add(1, Ordering::SeqCst));
            let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || forward(from, into, Piecemeal::Bytes));
            thread::spawn(move || forward(server, client, how));
        }
    });
    (port, count)
}

fn forward(mut from: TcpStream, mut into: TcpStream, how: Piecemeal) {
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
    // The first one ends within the handshake, the second within the answers to REGISTER.
    let (port, count) = forwarder(world.voice.tls, |number| match number {
        0 => Piecemeal::Torn(700),
        1 => Piecemeal::Torn(3_600),
        _ => Piecemeal::Bytes,
    });
    lead_through(&world, port);
    let profile = Profile { transport: "tls", ..Default::default() };
    let alice = Tandem::start(&world, "alice", &profile);
    eventually("the registration", Duration::from_secs(40), || {
        (alice.account("voice")["state"] == "online").then_some(())
    });
    assert!(count.load(Ordering::SeqCst) >= 3, "{count:?}");
}

#[test]
fn s41_a_handshake_that_comes_drop_by_drop_ends_at_its_deadline() {
    let world = World::start();
    let (port, count) = forwarder(world.voice.tls, |_| Piecemeal::Drops(200));
    lead_through(&world, port);
    let profile = Profile { transport: "tls", ..Default::default() };
    let began = Instant::now();
    let alice = Tandem::start(&world, "alice", &profile);
    eventually("a word about it", Duration::from_secs(25), || {
        let account = alice.account("voice");
        (account["state"] != "online" && account["reason"]["text"].is_string()).then_some(())
    });
    assert!(began.elapsed() > Duration::from_secs(5) && count.load(Ordering::SeqCst) >= 1, "{:?}", began.elapsed());
}
