//! Keys of a stream: handshakes, changes, counters and sources, in virtual time.

use super::*;
use crate::media::demux::{Kind, kind};
use crate::media::dtls::{DtlsError, Identity};
use crate::media::io::identity::make;
use crate::sdp::{DtlsPlan, Fingerprint};

fn handshake(client: bool, peer: &Identity, association: u32) -> Option<DtlsPlan> {
    Some(DtlsPlan { client, fingerprints: vec![peer.fingerprint().clone()], association, renewal: 0 })
}

/// Two sides that agree on keys by a handshake: A is its client.
fn shaking() -> (Pair, Arc<Identity>, Arc<Identity>) {
    let (a, b) = (Arc::new(make().unwrap()), Arc::new(make().unwrap()));
    let mut pair = Pair::new(Codec::Opus, false);
    let (mut to_b, mut to_a) = (plan_towards(Codec::Opus, B), plan_towards(Codec::Opus, A));
    (to_b.dtls, to_a.dtls) = (handshake(true, &b, 1), handshake(false, &a, 1));
    (to_b.rtcp_mux, to_a.rtcp_mux) = (true, true);
    pair.a = Session::new(Arc::new(to_b), [1; 32], start()).unwrap();
    pair.b = Session::new(Arc::new(to_a), [2; 32], start()).unwrap();
    pair.a.set_identity(a.clone(), start());
    pair.b.set_identity(b.clone(), start());
    (pair, a, b)
}

#[test]
fn nothing_flows_before_the_handshake_is_done_and_everything_is_protected_after() {
    let (mut pair, _, _) = shaking();
    pair.a.handle_digits("1", false);
    while !pair.events_of_a.contains(&Output::Secured) {
        assert!(pair.wire.iter().all(|packet| kind(packet) == Some(Kind::Dtls)), "nothing but the handshake");
        assert!(pair.a.is_blocked());
        pair.tick();
        assert!(pair.ticks < 500);
    }
    let handshake = pair.wire.len();
    pair.run(4);
    assert!(!pair.a.is_blocked() && !pair.b.is_blocked());
    assert_eq!(pair.events_of_b.iter().filter(|event| **event == Output::Secured).count(), 1);
    assert!(pair.events_of_b.contains(&Output::Digit('1')), "what was asked for waits");
    for (heard, other) in [(&pair.heard_by_a, 900.0), (&pair.heard_by_b, 500.0)] {
        assert!(tone_level(&heard[96_000..], other) > 0.2);
    }
    // A packet in the clear is dropped from then on.
    let sound = Header::parse(&pair.wire[handshake + 20]).unwrap();
    let before = pair.b.dropped().not_authentic;
    pair.b.handle_packet(Channel::Rtp, A.into(), &sound.write(&[0; 40]), pair.now);
    assert_eq!(pair.b.dropped().not_authentic, before + 1);
    assert!(pair.b.stats(0, pair.now).lost_packets <= 1);
}

#[test]
fn m07_a_stream_whose_certificate_does_not_fit_stays_silent_and_says_so() {
    let (mut pair, a, b) = shaking();
    let stranger = make().unwrap();
    let mut deceived = (*pair.a.plan).clone();
    deceived.dtls = handshake(true, &stranger, 1);
    pair.a = Session::new(Arc::new(deceived), [1; 32], start()).unwrap();
    pair.a.set_identity(a.clone(), start());
    pair.run(10);
    assert_eq!(pair.events_of_a, [Output::SecurityFailed(DtlsError::Fingerprint)]);
    assert!(pair.wire.iter().all(|packet| kind(packet) == Some(Kind::Dtls)));
    assert!(pair.heard_by_a.iter().all(|sample| *sample == 0.0));
    // M07: the fingerprint changes in the middle of a call. The old keys protect nothing any more.
    let (mut pair, _, _) = shaking();
    pair.run(2);
    let mut changed = (*pair.a.plan).clone();
    changed.dtls = handshake(true, &stranger, 2);
    pair.a.handle_plan(Arc::new(changed), pair.now).unwrap();
    pair.wire.clear();
    pair.run(25);
    assert!(pair.wire.iter().all(|packet| kind(packet) == Some(Kind::Dtls)), "no sound under the old keys");
    assert!(matches!(pair.events_of_a.last(), Some(Output::SecurityFailed(_))));
    let _ = b;
}

#[test]
fn a_changed_plan_with_the_same_association_goes_on_without_a_new_handshake() {
    let (mut pair, _, _) = shaking();
    pair.run(2);
    for direction in [MediaDirection::Inactive, MediaDirection::SendRecv] {
        for side in [&mut pair.a, &mut pair.b] {
            let mut plan = (*side.plan).clone();
            plan.direction = direction;
            side.handle_plan(Arc::new(plan), pair.now).unwrap();
        }
        pair.wire.clear();
        pair.run(2);
        assert!(pair.wire.iter().all(|packet| kind(packet) == Some(Kind::Rtp)));
    }
    assert!(tone_level(&pair.heard_by_b[5 * 48_000..], 500.0) > 0.2);
    assert_eq!(pair.events_of_a.iter().filter(|event| **event == Output::Secured).count(), 1);
}

/// RFC 8842 section 4: without names for associations a change of address means a new handshake to some, and nothing to others.
#[test]
fn after_a_change_of_address_a_further_handshake_renews_the_keys_and_without_one_the_old_ones_hold() {
    let moved = |side: &mut Session, now| {
        let mut plan = (*side.plan).clone();
        plan.dtls.as_mut().unwrap().renewal += 1;
        side.handle_plan(Arc::new(plan), now).unwrap();
        assert!(!side.is_blocked(), "the sound goes on meanwhile");
    };
    let secured = |events: &[Output]| events.iter().filter(|event| **event == Output::Secured).count();
    // Both take it for one.
    let (mut pair, _, _) = shaking();
    pair.run(2);
    moved(&mut pair.a, pair.now);
    moved(&mut pair.b, pair.now);
    pair.run(4);
    assert_eq!((secured(&pair.events_of_a), secured(&pair.events_of_b)), (2, 2));
    // Only the client, or only the server does: the other side goes on as before, also after the deadline.
    for client in [true, false] {
        let (mut pair, _, _) = shaking();
        pair.run(2);
        let now = pair.now;
        moved(if client { &mut pair.a } else { &mut pair.b }, now);
        pair.run(30);
        let failed = |events: &[Output]| events.iter().any(|event| matches!(event, Output::SecurityFailed(_)));
        assert!(!failed(&pair.events_of_a) && !failed(&pair.events_of_b), "client {client}");
        let end = pair.heard_by_b.len() - 48_000;
        assert!(tone_level(&pair.heard_by_b[end..], 500.0) > 0.2, "client {client}");
        let end = pair.heard_by_a.len() - 48_000;
        assert!(tone_level(&pair.heard_by_a[end..], 900.0) > 0.2, "client {client}");
    }
}

#[test]
fn the_plan_of_a_stream_that_shakes_hands_and_its_identity_may_come_in_either_order() {
    let (pair, a, _) = shaking();
    let mut late = Session::new(pair.a.plan.clone(), [1; 32], start()).unwrap();
    assert!(late.poll_output().is_none() && late.is_blocked());
    late.set_identity(a, start());
    assert!(matches!(late.poll_output(), Some(Output::Transmit { .. })));
    let _ = Fingerprint::of(b"");
}

/// A pair whose sequence numbers are about to wrap.
fn wrapped() -> Pair {
    let mut pair = Pair::new(Codec::Pcmu, true);
    pair.a.sending.begin_at(65_500);
    pair.b.sending.begin_at(65_500);
    pair.run(2);
    assert!(Header::parse(pair.wire.last().unwrap()).unwrap().sequence < 1_000, "wrapped");
    pair
}

fn heard_lately(pair: &Pair) -> bool {
    let last = |heard: &Vec<f32>| heard[heard.len() - 48_000..].to_vec();
    tone_level(&last(&pair.heard_by_a), 900.0) > 0.2 && tone_level(&last(&pair.heard_by_b), 500.0) > 0.2
}

fn change(pair: &mut Pair, with: impl Fn(&mut Negotiated, bool)) {
    for (side, is_a) in [(&mut pair.a, true), (&mut pair.b, false)] {
        let mut plan = (*side.plan).clone();
        with(&mut plan, is_a);
        side.handle_plan(Arc::new(plan), pair.now).unwrap();
    }
}

/// A complaint about other programs: the counter was lost with the change, and seventeen minutes into the call one side
/// fell silent.
#[test]
fn the_rollover_counter_survives_a_change_of_address() {
    // The keys stay, as some peers have it.
    let mut pair = wrapped();
    pair.moved = Some(Ipv4Addr::new(192, 0, 2, 99));
    change(&mut pair, |plan, is_a| {
        if !is_a {
            plan.remote_rtp = (Ipv4Addr::new(192, 0, 2, 99), 4_000).into();
        }
    });
    pair.run(3);
    assert!(heard_lately(&pair));
    // New keys come with the new address (RFC 4568 section 7.1.4).
    let mut pair = wrapped();
    change(&mut pair, |plan, is_a| {
        let fresh = MasterKey((100..130).collect());
        let keys = plan.srtp.as_mut().unwrap();
        if is_a { keys.local = fresh } else { keys.remote = fresh }
    });
    pair.run(3);
    assert!(heard_lately(&pair));
}

/// A complaint: every refresh of the session reset the counter on one side, and after 27 minutes nothing was heard.
#[test]
fn a_refreshed_session_keeps_its_rollover_counter() {
    let mut pair = wrapped();
    for _ in 0..3 {
        change(&mut pair, |plan, _| plan.packet_time = Duration::from_millis(20));
        change(&mut pair, |plan, _| plan.direction = MediaDirection::Inactive);
        change(&mut pair, |plan, _| plan.direction = MediaDirection::SendRecv);
        pair.run(3);
        assert!(heard_lately(&pair));
    }
}

/// A complaint: after eleven minutes on hold one side was not heard any more.
#[test]
fn eleven_minutes_on_hold_end_with_sound_both_ways() {
    let mut pair = wrapped();
    change(&mut pair, |plan, _| plan.direction = MediaDirection::Inactive);
    pair.now = pair.now.after(Duration::from_secs(11 * 60));
    change(&mut pair, |plan, _| plan.direction = MediaDirection::SendRecv);
    pair.run(3);
    assert!(heard_lately(&pair));
}

/// A complaint: nothing was sent during the hold, and afterwards the caller behind a translator was not heard.
#[test]
fn a_peer_behind_a_translator_is_heard_again_after_a_silent_hold() {
    let mut plan = plan_towards(Codec::Pcmu, (Ipv4Addr::new(10, 0, 0, 7), 4_000));
    let outside = SocketAddr::from((Ipv4Addr::new(203, 0, 113, 5), 61_000));
    let mut session = Session::new(Arc::new(plan.clone()), [3; 32], start()).unwrap();
    let mut now = start();
    for sequence in 0..50 {
        session.handle_packet(Channel::Rtp, outside, &packet(7, sequence, 0), now);
        now = now.after(Duration::from_millis(20));
    }
    let before = session.stats(0, now).received_packets;
    assert!(before > 40);
    for direction in [MediaDirection::Inactive, MediaDirection::SendRecv] {
        plan.direction = direction;
        session.handle_plan(Arc::new(plan.clone()), now).unwrap();
        now = now.after(Duration::from_secs(300));
    }
    for sequence in 50..100 {
        session.handle_packet(Channel::Rtp, outside, &packet(7, sequence, 0), now);
    }
    assert_eq!(session.stats(0, now).received_packets, before + 50, "at once");
}

#[test]
fn m05_two_sides_that_chose_the_same_source_part_and_are_heard() {
    let mut pair = Pair::new(Codec::Pcmu, true);
    let source = pair.a.sending.ssrc();
    pair.b.sending.take_source(source);
    assert_eq!(pair.a.sending.ssrc(), pair.b.sending.ssrc());
    pair.run(4);
    assert_ne!(pair.a.sending.ssrc(), pair.b.sending.ssrc());
    assert!(heard_lately(&pair));
    // Whoever sends our own packets back does not make us change for ever.
    let before = pair.a.sending.ssrc();
    let mut plain = Pair::new(Codec::Pcmu, false);
    let mut sources = std::collections::BTreeSet::from([plain.a.sending.ssrc(), before]);
    for sequence in 0..2_000 {
        let echo = packet(plain.a.sending.ssrc(), sequence, 0);
        plain.a.handle_packet(Channel::Rtp, B.into(), &echo, plain.now);
        plain.a.handle_packet(Channel::Rtp, B.into(), &packet(plain.a.sending.ssrc(), sequence + 1, 0), plain.now);
        sources.insert(plain.a.sending.ssrc());
    }
    assert!(sources.len() <= 8, "{}", sources.len());
}

#[test]
fn m05_keys_that_wear_out_are_told_once_before_they_are_used_up() {
    let mut pair = Pair::new(Codec::Pcmu, true);
    let mut plan = (*pair.a.plan).clone();
    plan.srtp.as_mut().unwrap().lifetime = 200;
    pair.a = Session::new(Arc::new(plan), [1; 32], start()).unwrap();
    pair.run(3);
    assert!(!pair.events_of_a.contains(&Output::KeysAging), "150 of 200");
    pair.run(3);
    assert_eq!(pair.events_of_a.iter().filter(|event| **event == Output::KeysAging).count(), 1);
}

#[test]
fn m12_lies_in_protected_headers_are_dropped() {
    let mut pair = Pair::new(Codec::Pcmu, true);
    pair.run(1);
    let good = pair.wire.last().unwrap().clone();
    for first in 0..=255_u8 {
        for length in [0, 1, 11, 12, 13, 16, 20, 22, 76, 100, good.len()] {
            let mut lie = good[..length.min(good.len())].to_vec();
            if let Some(byte) = lie.first_mut() {
                *byte = first;
            }
            pair.b.handle_packet(Channel::Rtp, A.into(), &lie, pair.now);
        }
    }
    pair.run(2);
    assert!(heard_lately(&pair));
}
