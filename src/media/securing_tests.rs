use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::media::io::identity::make;

fn address(text: &str) -> SocketAddr {
    text.parse::<SocketAddr>().unwrap()
}

fn now() -> BootTime {
    BootTime::from_duration(Duration::from_secs(9))
}

/// A server that expects the peer at an address, and a client in the world.
fn sides() -> (Securing, Dtls, SocketAddr) {
    let (us, peer) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()));
    let plan = |client: bool, other: &Identity| DtlsPlan {
        client,
        fingerprints: vec![other.fingerprint().clone()],
        association: 1,
        renewal: 0,
    };
    let named = address("192.0.2.1:4000");
    let client = Dtls::new(peer.clone(), plan(true, &us), now());
    (Securing::new(us, plan(false, &peer), named, now()), client, named)
}

/// Lets a client shake hands from an address; whether it got keys.
fn shake(server: &mut Securing, client: &mut Dtls, from: SocketAddr) -> bool {
    let mut at = now();
    for _ in 0..200 {
        at = at + Duration::from_millis(50);
        client.handle_timeout(at);
        server.handle_timeout(at);
        while let Some(datagram) = client.poll_transmit() {
            server.handle_packet(from, &datagram, at);
        }
        while let Some((to, datagram)) = server.poll_transmit() {
            if to == from {
                client.handle_packet(&datagram, at);
            }
        }
    }
    client.outcome().is_some_and(|outcome| outcome.is_ok())
}

#[test]
fn m06_strangers_are_not_read_once_the_announced_address_spoke() {
    let (mut server, mut client, named) = sides();
    server.handle_packet(named, &client.poll_transmit().unwrap(), now());
    while server.poll_transmit().is_some() {}
    let mut stranger = Dtls::new(Arc::new(make().unwrap()), sides().0.plan, now());
    assert!(!shake(&mut server, &mut stranger, address("198.51.100.66:4000")));
    assert!(server.poll_outcome().is_none(), "and nothing came of it");
    assert!(shake(&mut server, &mut client, named));
    assert_eq!(server.poll_outcome(), Some(Ok(())));
    assert_eq!(server.poll_outcome(), None, "told once");
}

#[test]
fn a_peer_behind_a_translator_is_latched_when_the_announced_address_stays_silent() {
    let (mut server, mut client, _) = sides();
    assert!(shake(&mut server, &mut client, address("203.0.113.5:61000")));
    assert!(server.keys().is_some());
}

#[test]
fn m06_a_stranger_that_was_latched_loses_its_place_to_the_announced_address() {
    let (mut server, mut client, named) = sides();
    let stranger = address("198.51.100.66:4000");
    let hello = sides().1.poll_transmit().unwrap();
    for _ in 0..5 {
        server.handle_packet(stranger, &hello, now());
    }
    assert!(server.poll_transmit().is_some_and(|(to, _)| to == stranger));
    assert!(shake(&mut server, &mut client, named));
    assert_eq!(server.poll_outcome(), Some(Ok(())));
}

#[test]
fn m06_with_a_selected_path_nothing_else_counts() {
    let (mut server, mut client, named) = sides();
    let path = address("198.51.100.7:7000");
    server.select(Some(path));
    assert!(!shake(&mut server, &mut sides().1, named), "not even the announced address");
    assert!(shake(&mut server, &mut client, path));
}
