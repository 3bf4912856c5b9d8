//! Mutated packets and scripts: nothing panics, nothing that is not proven is believed, memory and time stay bounded.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::dtls::{Dtls, Identity};
use super::io::identity::make;
use super::playout::Playout;
use super::rtp::Header;
use super::session::{Channel, Session};
use super::srtp::{Inbound, Outbound};
use super::testing::plan;
use super::{rtcp, stun};
use crate::model::mutation::{MUTATIONS, corpus, mutated};
use crate::model::{BootTime, Now, WallTime};
use crate::sdp::{Codec, CryptoSuite, DtlsPlan, MasterKey, SrtpKeys};

fn at(ms: u64) -> BootTime {
    BootTime::from_duration(Duration::from_millis(ms))
}

#[test]
fn m12_a_hundred_thousand_mutated_packets_break_nothing() {
    let inputs = corpus("rtp");
    let mut random = StdRng::seed_from_u64(12);
    let mut plan = plan(Codec::Pcmu);
    plan.receive.push((111, Codec::Opus));
    let from = plan.remote_rtp;
    let mut session =
        Session::new(Arc::new(plan), [1; 32], Now { boot: at(0), wall: WallTime::from_unix_ms(0) }).unwrap();
    for n in 0..MUTATIONS as u64 {
        let packet = mutated(&inputs, &mut random);
        if let Ok(header) = Header::parse(&packet) {
            assert!(header.length <= packet.len());
            assert!(header.payload(&packet).is_ok_and(|payload| payload.len() <= packet.len()) || header.padding);
        }
        let now = Now { boot: at(n), wall: WallTime::from_unix_ms(0) };
        session.handle_packet(Channel::Rtp, from, &packet, now);
        // A tick each ten packets: a second of sound under a thousand hostile packets.
        if n % 10 == 0 {
            let mut heard = [0.0; 480];
            session.handle_tick(&[0.0; 480], &mut heard, now);
            assert!(heard.iter().all(|sample| sample.is_finite()));
        }
        while session.poll_output().is_some() {}
    }
}

#[test]
fn m03_a_hundred_thousand_mutated_reports_break_nothing() {
    let inputs = corpus("rtcp");
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..MUTATIONS {
        let packet = mutated(&inputs, &mut random);
        assert!(rtcp::parse(&packet).len() <= packet.len());
    }
}

#[test]
fn a_hundred_thousand_mutated_checks_break_nothing() {
    let inputs = corpus("stun");
    let mut random = StdRng::seed_from_u64(8_489);
    let mut read = 0;
    for _ in 0..MUTATIONS {
        read += usize::from(stun::Message::read(&mutated(&inputs, &mut random)).is_some());
    }
    assert!(read > 1_000, "{read}");
}

#[test]
fn m04_of_a_hundred_thousand_mutated_protected_packets_only_untouched_ones_are_believed() {
    for (suite, length) in [(CryptoSuite::AesCm128HmacSha1_80, 30), (CryptoSuite::AeadAes256Gcm, 44)] {
        let mut keys = SrtpKeys::new(suite, MasterKey(vec![1; length]), MasterKey(vec![1; length]));
        keys.mki.local = vec![0, 1];
        keys.mki.remote = vec![0, 1];
        let mut out = Outbound::new(&keys).unwrap();
        let header = |sequence| Header {
            padding: false,
            marker: false,
            payload_type: 0,
            sequence,
            timestamp: 1,
            ssrc: 7,
            length: 12,
        };
        let good: Vec<Vec<u8>> = (0..50).map(|n| out.rtp(&header(n).write(&[5; 60])).unwrap()).collect();
        let report = out.rtcp(&[0x80, 201, 0, 1, 0, 0, 0, 7]).unwrap();
        let mut inputs = corpus("srtp");
        inputs.extend(good.iter().cloned().chain([report.clone()]));
        let mut random = StdRng::seed_from_u64(4);
        let mut inbound = Inbound::new(&keys).unwrap();
        for n in 0..MUTATIONS as u64 / 2 {
            let packet = mutated(&inputs, &mut random);
            if let Ok(header) = Header::parse(&packet)
                && inbound.rtp(&header, &packet, at(n)).is_ok()
            {
                assert!(good.contains(&packet), "{packet:02x?}");
            }
            assert!(inbound.rtcp(&packet, at(n)).is_err() || packet == report);
        }
    }
}

/// What both sides of a handshake say.
fn recorded(a: &Arc<Identity>, b: &Arc<Identity>) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let plan = |client, peer: &Identity| DtlsPlan {
        client,
        fingerprints: vec![peer.fingerprint().clone()],
        association: 1,
        renewal: 0,
    };
    let (mut client, mut server) =
        (Dtls::new(a.clone(), plan(true, b), at(0)), Dtls::new(b.clone(), plan(false, a), at(0)));
    let (mut said, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        while let Some(datagram) = client.poll_transmit() {
            server.handle_packet(&datagram, at(0));
            said.push(datagram);
        }
        while let Some(datagram) = server.poll_transmit() {
            client.handle_packet(&datagram, at(0));
            answered.push(datagram);
        }
    }
    assert!(client.outcome().is_some_and(|outcome| outcome.is_ok()));
    (said, answered)
}

#[test]
fn m06_a_hundred_thousand_mutated_records_of_handshakes_break_nothing() {
    let (a, b) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()));
    let (said, answered) = recorded(&a, &b);
    let hostile = corpus("dtls");
    let inputs = |good: Vec<Vec<u8>>| good.into_iter().chain(hostile.iter().cloned()).collect::<Vec<_>>();
    let mut random = StdRng::seed_from_u64(6);
    for (client, inputs, peer) in [(true, inputs(answered), &b), (false, inputs(said), &a)] {
        let own = if client { &a } else { &b };
        let plan = DtlsPlan { client, fingerprints: vec![peer.fingerprint().clone()], association: 1, renewal: 0 };
        let mut left = MUTATIONS / 2;
        while left > 0 {
            let mut machine = Dtls::new(own.clone(), plan.clone(), at(0));
            let mut sent = 0;
            for n in 0..500_u64.min(left as u64) {
                machine.handle_packet(&mutated(&inputs, &mut random), at(n * 20));
                machine.handle_timeout(at(n * 20));
                while let Some(datagram) = machine.poll_transmit() {
                    assert!(datagram.len() <= 1_200);
                    sent += 1;
                }
            }
            assert!(sent < 3_000, "{sent}");
            // The recorded words belong to another handshake: they never give keys.
            assert!(machine.outcome().is_none_or(|outcome| outcome.is_err()));
            left = left.saturating_sub(500);
        }
    }
}

#[test]
fn m11_a_hundred_thousand_steps_of_mutated_scripts_leave_the_buffer_bounded() {
    let text = String::from_utf8(corpus("jitter_buffer").concat()).unwrap();
    let scripts: Vec<Vec<u8>> =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.as_bytes().to_vec()).collect();
    let mut random = StdRng::seed_from_u64(11);
    let mut steps = 0;
    while steps < MUTATIONS {
        let script = mutated(&scripts, &mut random);
        let mut playout = Playout::new(Codec::Pcmu).unwrap();
        let (mut sequence, mut timestamp, mut ms) = (random.random::<u16>(), random.random::<u32>(), 0);
        let mut sound = Vec::new();
        for letter in script {
            let mut put = |sequence: u16, timestamp: u32| playout.put(sequence, timestamp, &[0x55; 160], at(ms));
            match letter {
                b'r' => put(sequence.wrapping_sub(2), timestamp.wrapping_sub(320)),
                b'o' => put(sequence.wrapping_sub(3), timestamp.wrapping_sub(480)),
                b'l' => {}
                b'j' => timestamp = timestamp.wrapping_add(random.random()),
                b'w' => (sequence, timestamp) = (65_534, u32::MAX - 200),
                b'b' => (0..5).for_each(|n| put(sequence.wrapping_add(n), timestamp.wrapping_add(u32::from(n) * 160))),
                _ => put(sequence, timestamp),
            }
            (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
            for _ in 0..if letter == b'T' { 200 } else { 2 } {
                sound.clear();
                playout.tick(at(ms), &mut sound);
                assert!(sound.len() <= 960 && sound.iter().all(|sample| sample.is_finite()));
                ms += 10;
                steps += 1;
            }
            assert!(playout.depth(at(ms)) <= Duration::from_secs(5));
        }
    }
}
