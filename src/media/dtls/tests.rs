use std::collections::BTreeMap;

use super::*;
use crate::media::io::identity::make;

fn start() -> BootTime {
    BootTime::from_duration(Duration::from_secs(1_000))
}

fn plan(client: bool, peer: &Identity) -> DtlsPlan {
    DtlsPlan { client, fingerprints: vec![peer.fingerprint().clone()], association: 1, renewal: 0 }
}

/// A client and a server in virtual time, and the network between them.
struct Pair {
    now: BootTime,
    client: Dtls,
    server: Dtls,
    under_way: BTreeMap<(BootTime, u64), (bool, Vec<u8>)>,
    sent: u64,
    /// How long the nth datagram takes; lost without.
    delay: fn(u64) -> Option<u64>,
    longest: usize,
}

impl Pair {
    fn new(delay: fn(u64) -> Option<u64>) -> Self {
        let (a, b) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()));
        let (client, server) = (plan(true, &b), plan(false, &a));
        Self::of(Dtls::new(a, client, start()), Dtls::new(b, server, start()), delay)
    }

    fn of(client: Dtls, server: Dtls, delay: fn(u64) -> Option<u64>) -> Self {
        Self { now: start(), client, server, under_way: BTreeMap::new(), sent: 0, delay, longest: 0 }
    }

    fn step(&mut self) {
        for (from_client, side) in [(true, &mut self.client), (false, &mut self.server)] {
            side.handle_timeout(self.now);
            while let Some(datagram) = side.poll_transmit() {
                self.longest = self.longest.max(datagram.len());
                self.sent += 1;
                if let Some(delay) = (self.delay)(self.sent) {
                    let at = self.now + Duration::from_millis(delay);
                    self.under_way.insert((at, self.sent), (from_client, datagram));
                }
            }
        }
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (from_client, datagram) = entry.remove();
            let side = if from_client { &mut self.server } else { &mut self.client };
            side.handle_packet(&datagram, self.now);
        }
        self.now = self.now + Duration::from_millis(10);
    }

    fn run(&mut self, seconds: u64) -> Duration {
        let began = self.now;
        while self.now < began + Duration::from_secs(seconds)
            && (self.client.outcome().is_none() || self.server.outcome().is_none())
        {
            self.step();
        }
        self.now.saturating_since(began)
    }

    fn keys(&self) -> (SrtpKeys, SrtpKeys) {
        let keys = |side: &Dtls| side.outcome().expect("an outcome").expect("keys").clone();
        (keys(&self.client), keys(&self.server))
    }
}

fn fit((client, server): (SrtpKeys, SrtpKeys)) -> bool {
    client.suite == server.suite
        && client.local == server.remote
        && client.remote == server.local
        && client.local != client.remote
        && client.local.0.len() == client.suite.inline_len()
}

#[test]
fn both_sides_get_the_same_keys_in_two_round_trips_and_in_small_datagrams() {
    let mut pair = Pair::new(|_| Some(50));
    let took = pair.run(5);
    assert!(fit(pair.keys()));
    assert_eq!(pair.keys().0.suite, CryptoSuite::AeadAes256Gcm, "the strongest profile");
    assert!(took <= Duration::from_millis(400), "{took:?}");
    assert!(pair.longest <= 1_200, "{}", pair.longest);
    assert_eq!(pair.client.poll_timeout(), None);
    // Every call has keys of its own.
    let mut other = Pair::new(|_| Some(50));
    other.run(5);
    assert_ne!(pair.keys().0.local, other.keys().0.local);
}

#[test]
fn lost_late_and_repeated_datagrams_are_survived() {
    /// When the nth datagram arrives, in milliseconds after it left; `None`: never.
    type Network = fn(u64) -> Option<u64>;
    let networks: [(Network, u64); 4] = [
        // Two in five are lost, then three in four for a while.
        (|n| ((n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 5 > 1).then_some(30), 12),
        (|n| (n > 30 || (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 4 == 0).then_some(30), 18),
        // Slower than the repetition.
        (|_| Some(700), 12),
        // Overtaken by each other.
        (|n| Some(20 + n * 7_919 % 150), 5),
    ];
    for (at, (delay, seconds)) in networks.into_iter().enumerate() {
        let mut pair = Pair::new(delay);
        let took = pair.run(PATIENCE.as_secs());
        assert!(pair.client.keys().is_ok() && pair.server.keys().is_ok(), "{at}");
        assert!(fit(pair.keys()), "{at}");
        assert!(took <= Duration::from_secs(seconds), "{at}: {took:?}");
    }
}

#[test]
fn the_last_flight_is_repeated_for_a_client_that_missed_it() {
    // The server is done with the client's last flight; its own last one is lost twice.
    let mut pair = Pair::new(|_| Some(10));
    while pair.server.outcome().is_none() {
        pair.step();
    }
    pair.under_way.clear();
    while pair.server.poll_transmit().is_some() {}
    assert!(pair.client.outcome().is_none());
    pair.run(5);
    assert!(fit(pair.keys()));
}

#[test]
fn m07_a_certificate_that_was_not_announced_gives_no_keys_on_either_side() {
    let (a, b, stranger) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()), Arc::new(make().unwrap()));
    let deceived = [(plan(true, &stranger), plan(false, &a), true), (plan(true, &b), plan(false, &stranger), false)];
    for (to_server, to_client, client_is_deceived) in deceived {
        let client = Dtls::new(a.clone(), to_server, start());
        let server = Dtls::new(b.clone(), to_client, start());
        let mut pair = Pair::of(client, server, |_| Some(10));
        pair.run(5);
        let side = if client_is_deceived { &pair.client } else { &pair.server };
        assert_eq!(side.outcome(), Some(Err(DtlsError::Fingerprint)));
    }
    // Nobody may leave the fingerprint away either.
    let nothing = DtlsPlan { client: true, fingerprints: Vec::new(), association: 1, renewal: 0 };
    let mut pair =
        Pair::of(Dtls::new(a.clone(), nothing, start()), Dtls::new(b, plan(false, &a), start()), |_| Some(10));
    pair.run(5);
    assert_eq!(pair.client.outcome(), Some(Err(DtlsError::Fingerprint)));
}

#[test]
fn one_of_several_fingerprints_is_enough() {
    let (a, b, stranger) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()), make().unwrap());
    let mut several = plan(true, &stranger);
    several.fingerprints.push(b.fingerprint().clone());
    let mut pair =
        Pair::of(Dtls::new(a.clone(), several, start()), Dtls::new(b, plan(false, &a), start()), |_| Some(10));
    pair.run(5);
    assert!(fit(pair.keys()));
}

#[test]
fn m06_alerts_and_nonsense_in_the_clear_end_no_handshake() {
    let record = |kind: u8, body: &[u8]| {
        let length = (body.len() as u16).to_be_bytes();
        [&[kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9][..], &length, body].concat()
    };
    // A client hello whose only cipher suite is no encryption at all (TLS_NULL_WITH_NULL_NULL).
    let mut hello = vec![1, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 42, 0xfe, 0xfd];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0, 2, 0, 0, 1, 0]);
    let hostile = [
        record(21, &[2, 40]),
        record(21, &[1, 0]),
        record(22, &hello),
        record(22, &[]),
        record(22, &[0xff; 30]),
        record(23, b"data"),
        record(20, &[1]),
        record(99, &[0]),
        vec![22; 1_400],
        vec![22],
    ];
    let mut pair = Pair::new(|_| Some(30));
    for n in 0..40 {
        let datagram = hostile.get(n % hostile.len()).unwrap();
        for side in [&mut pair.client, &mut pair.server] {
            side.handle_packet(datagram, pair.now);
        }
        pair.step();
    }
    pair.run(PATIENCE.as_secs());
    assert!(fit(pair.keys()));
    // Nor afterwards, and a flood of what looks like repetitions is not answered for ever.
    let keys = pair.keys();
    let mut answers = 0;
    for n in 0..10_000 {
        for side in [&mut pair.client, &mut pair.server] {
            side.handle_packet(hostile.get(n % hostile.len()).unwrap(), pair.now);
            while side.poll_transmit().is_some() {
                answers += 1;
            }
        }
    }
    assert!(answers < 64, "{answers}");
    assert_eq!(pair.keys(), keys);
}

#[test]
fn without_an_answer_it_ends_at_the_deadline_and_says_so() {
    for client in [true, false] {
        let (a, b) = (Arc::new(make().unwrap()), make().unwrap());
        let mut alone = Dtls::new(a, plan(client, &b), start());
        let (mut now, mut sent) = (start(), 0);
        while let Some(due) = alone.poll_timeout() {
            assert!(due > now || alone.outcome().is_some(), "time goes on");
            now = due;
            alone.handle_timeout(now);
            while alone.poll_transmit().is_some() {
                sent += 1;
            }
        }
        assert_eq!(alone.outcome(), Some(Err(DtlsError::Timeout)));
        assert_eq!(now, start() + PATIENCE);
        assert!(if client { (20..80).contains(&sent) } else { sent == 0 }, "{sent}");
    }
}
