mod delay;
mod keys;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::rtp::Header;
use super::super::testing::{plan, sine, tone_level};
use super::*;
use crate::sdp::{CryptoSuite, MasterKey, SrtpKeys};

const A: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 4_000);
const B: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 2), 5_000);

fn start() -> Now {
    Now { boot: BootTime::from_duration(Duration::from_secs(1_000)), wall: WallTime::from_unix_ms(1_700_000_000_000) }
}

fn keys(reverse: bool) -> SrtpKeys {
    let (a, b) = (MasterKey((0..30).collect()), MasterKey((50..80).collect()));
    let (local, remote) = if reverse { (b, a) } else { (a, b) };
    SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, local, remote)
}

fn plan_towards(codec: Codec, remote: (Ipv4Addr, u16)) -> Negotiated {
    let mut plan = plan(codec);
    plan.remote_rtp = remote.into();
    plan.remote_rtcp = (remote.0, remote.1 + 1).into();
    plan
}

/// Two sessions and the network between them.
struct Pair {
    now: Now,
    ticks: usize,
    a: Session,
    b: Session,
    under_way: BTreeMap<(BootTime, u64), (bool, Channel, Vec<u8>)>,
    count: u64,
    delay: fn(u64) -> Option<u64>,
    heard_by_a: Vec<f32>,
    heard_by_b: Vec<f32>,
    events_of_a: Vec<Output>,
    events_of_b: Vec<Output>,
    /// What A sent, as on the wire.
    wire: Vec<Vec<u8>>,
    /// Where SDP says that A went.
    moved: Option<Ipv4Addr>,
}

impl Pair {
    fn new(codec: Codec, srtp: bool) -> Self {
        let (mut to_b, mut to_a) = (plan_towards(codec, B), plan_towards(codec, A));
        if srtp {
            (to_b.srtp, to_a.srtp) = (Some(keys(false)), Some(keys(true)));
            (to_b.rtcp_mux, to_a.rtcp_mux) = (true, true);
        }
        Self {
            now: start(),
            ticks: 0,
            a: Session::new(Arc::new(to_b), [1; 32], start()).unwrap(),
            b: Session::new(Arc::new(to_a), [2; 32], start()).unwrap(),
            under_way: BTreeMap::new(),
            count: 0,
            delay: |_| Some(25),
            heard_by_a: Vec::new(),
            heard_by_b: Vec::new(),
            events_of_a: Vec::new(),
            events_of_b: Vec::new(),
            wire: Vec::new(),
            moved: None,
        }
    }

    fn drain(&mut self) {
        for a_sends in [true, false] {
            let session = if a_sends { &mut self.a } else { &mut self.b };
            while let Some(output) = session.poll_output() {
                match output {
                    Output::Transmit { channel, to, packet } => {
                        let remote = if a_sends { B } else { A };
                        let port = remote.1 + u16::from(channel == Channel::Rtcp);
                        let address = self.moved.filter(|moved| to.ip() == *moved).unwrap_or(remote.0);
                        assert_eq!(to, SocketAddr::from((address, port)), "only where SDP says");
                        if a_sends {
                            self.wire.push(packet.clone());
                        }
                        self.count += 1;
                        if let Some(delay) = (self.delay)(self.count) {
                            let arrival = self.now.boot + Duration::from_millis(delay);
                            self.under_way.insert((arrival, self.count), (a_sends, channel, packet));
                        }
                    }
                    event => if a_sends { &mut self.events_of_a } else { &mut self.events_of_b }.push(event),
                }
            }
        }
    }

    /// Ten milliseconds: A says 500 Hz, B 900 Hz.
    fn tick(&mut self) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now.boot) {
            let ((at, _), (from_a, channel, packet)) = entry.remove_entry();
            let (session, from) = if from_a { (&mut self.b, A) } else { (&mut self.a, B) };
            let port = from.1 + u16::from(channel == Channel::Rtcp);
            session.handle_packet(channel, (from.0, port).into(), &packet, Now { boot: at, wall: self.now.wall });
        }
        for (session, hz, heard) in
            [(&mut self.a, 500.0, &mut self.heard_by_a), (&mut self.b, 900.0, &mut self.heard_by_b)]
        {
            let mut frame = [0.0; 480];
            session.handle_tick(&sine(hz, 0.3, self.ticks), &mut frame, self.now);
            heard.extend_from_slice(&frame);
        }
        self.drain();
        self.ticks += 1;
        self.now = self.now.after(Duration::from_millis(10));
    }

    fn run(&mut self, seconds: usize) {
        (0..seconds * 100).for_each(|_| self.tick());
    }
}

#[test]
fn two_sessions_hear_each_other_in_every_codec_with_and_without_srtp() {
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma] {
        for srtp in [false, true] {
            let mut pair = Pair::new(codec, srtp);
            pair.run(4);
            for (heard, other, own) in [(&pair.heard_by_a, 900.0, 500.0), (&pair.heard_by_b, 500.0, 900.0)] {
                assert!(tone_level(&heard[48_000..], other) > 0.2, "{codec:?}");
                assert!(tone_level(&heard[48_000..], own) < 0.01, "{codec:?}");
            }
            assert_eq!(pair.events_of_a, [Output::Flowing]);
            let stats = pair.a.stats(0, pair.now);
            assert!(stats.mos > 4.3 && stats.lost_packets == 0 && stats.concealed_ms == 0, "{codec:?} {stats:?}");
            assert!((198..=202).contains(&stats.received_packets), "{stats:?}");
        }
    }
}

#[test]
fn a_bad_network_is_survived_and_shown() {
    let mut pair = Pair::new(Codec::Opus, true);
    // One in ten lost, up to 60 ms of jitter, which also reorders.
    pair.delay = |n| (n % 10 != 3).then_some(20 + n * 7_919 % 60);
    pair.run(20);
    assert!(tone_level(&pair.heard_by_b[480_000..], 500.0) > 0.15);
    let stats = pair.b.stats(0, pair.now);
    assert!((5.0..20.0).contains(&stats.loss_percent), "{stats:?}");
    assert!(stats.mos < 4.3 && stats.mos > 2.5 && stats.jitter_ms > 5.0, "{stats:?}");
}

#[test]
fn the_round_trip_is_measured_by_reports() {
    for srtp in [false, true] {
        let mut pair = Pair::new(Codec::Pcmu, srtp);
        pair.delay = |_| Some(40);
        pair.run(20);
        let measured = pair.a.stats(0, pair.now).round_trip_ms.unwrap();
        assert!((79.0..=91.0).contains(&measured), "{measured}");
    }
}

#[test]
fn the_stream_is_numbered_as_rfc_3550_asks() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(2);
    let headers: Vec<Header> =
        pair.wire.iter().filter(|packet| !rtp::is_rtcp(packet)).map(|packet| Header::parse(packet).unwrap()).collect();
    assert!(headers[0].marker && headers[1..].iter().all(|header| !header.marker), "one talk spurt");
    for pair in headers.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
        assert_eq!(pair[1].ssrc, pair[0].ssrc);
    }
}

#[test]
fn digits_arrive_once_each_also_over_a_bad_network() {
    for loss in [false, true] {
        let mut pair = Pair::new(Codec::Opus, false);
        if loss {
            pair.delay = |n| (n % 5 != 1).then_some(20 + n * 7_919 % 30);
        }
        pair.run(1);
        pair.a.handle_digits("12*#,9", false);
        pair.run(5);
        let digits: String = pair
            .events_of_b
            .iter()
            .filter_map(|event| if let Output::Digit(digit) = event { Some(*digit) } else { None })
            .collect();
        assert_eq!(digits, "12*#9");
        // Where much is lost, the phase of what is made up slips: the power tells more than the tone.
        let power = super::super::pitch::power(&pair.heard_by_b[5 * 48_000..]);
        assert!((power * 2.0).sqrt() > if loss { 0.1 } else { 0.25 }, "speech goes on afterwards: {power}");
    }
}

#[test]
fn from_mouth_to_ear_it_takes_less_than_a_packet_two_ticks_and_the_filters() {
    // Without network: what a packet collects, the codec's own delay, the depth. Both sound devices add a tick at most.
    for (codec, limit_ms) in [(Codec::Opus, 46), (Codec::G722, 42), (Codec::Pcmu, 42), (Codec::Pcma, 42)] {
        let mut pair = Pair::new(codec, false);
        pair.delay = |_| Some(0);
        let mut heard = Vec::new();
        let mut spoken_at = 0;
        for tick in 0..400 {
            let voice = if tick >= 300 { sine(500.0, 0.5, tick) } else { [0.0; 480] };
            if tick == 300 {
                spoken_at = heard.len();
            }
            pair.a.handle_tick(&voice, &mut [0.0; 480], pair.now);
            pair.drain();
            while let Some((_, (from_a, channel, packet))) = pair.under_way.pop_first() {
                if from_a {
                    let from = (A.0, A.1 + u16::from(channel == Channel::Rtcp));
                    pair.b.handle_packet(channel, from.into(), &packet, pair.now);
                }
            }
            let mut frame = [0.0; 480];
            pair.b.handle_tick(&[0.0; 480], &mut frame, pair.now.after(Duration::from_millis(4)));
            heard.extend_from_slice(&frame);
            pair.now = pair.now.after(Duration::from_millis(10));
        }
        let onset = heard.iter().skip(spoken_at).position(|sample| sample.abs() > 0.1).unwrap();
        assert!(onset / 48 < limit_ms, "{codec:?}: {} ms", onset / 48);
    }
}

#[test]
fn digits_are_tones_where_the_peer_knows_no_events() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    let mut plain = plan_towards(Codec::Pcmu, B);
    plain.events_send = None;
    pair.a.handle_plan(Arc::new(plain), pair.now).unwrap();
    pair.run(1);
    pair.a.handle_digits("5", false);
    pair.run(1);
    assert!(tone_level(&pair.heard_by_b[50_400..54_000], 770.0) > 0.1);
    assert_eq!(pair.events_of_b, [Output::Flowing]);
}

#[test]
fn a_muted_microphone_sends_silence_and_the_packets_go_on() {
    let mut pair = Pair::new(Codec::Opus, false);
    pair.a.set_muted(true);
    pair.run(3);
    assert!(pair.heard_by_b[48_000..].iter().all(|sample| sample.abs() < 0.001));
    assert!(pair.b.stats(0, pair.now).received_packets > 140);
}

#[test]
fn hold_stops_what_it_should_and_is_no_timeout() {
    let mut pair = Pair::new(Codec::Pcma, false);
    pair.run(1);
    let (mut holding, mut held) = (plan_towards(Codec::Pcma, B), plan_towards(Codec::Pcma, A));
    (holding.direction, held.direction) = (MediaDirection::Inactive, MediaDirection::Inactive);
    pair.a.handle_plan(Arc::new(holding), pair.now).unwrap();
    pair.b.handle_plan(Arc::new(held), pair.now).unwrap();
    let sound = |pair: &Pair| pair.wire.iter().filter(|packet| !rtp::is_rtcp(packet) && packet.len() > 12).count();
    let before = sound(&pair);
    pair.run(10);
    assert_eq!(sound(&pair), before);
    assert!(!pair.events_of_a.iter().any(|event| matches!(event, Output::Silence(_))));
    pair.a.handle_plan(Arc::new(plan_towards(Codec::Pcma, B)), pair.now).unwrap();
    pair.b.handle_plan(Arc::new(plan_towards(Codec::Pcma, A)), pair.now).unwrap();
    pair.run(2);
    assert!(tone_level(&pair.heard_by_b[12 * 48_000..], 500.0) > 0.2, "it goes on");
    let markers = pair.wire.iter().filter(|packet| !rtp::is_rtcp(packet) && packet[1] & 0x80 != 0).count();
    assert_eq!(markers, 2, "each talk spurt starts with a marker");
}

/// A router on A's side that forgets A after 30 seconds without a packet of A's, and lets nothing in that it does not know;
/// the RTP packets of B that came through in each second.
fn behind_a_router(direction_of_a: MediaDirection, direction_of_b: MediaDirection, srtp: bool) -> Vec<usize> {
    let mut pair = Pair::new(Codec::Pcmu, srtp);
    let (mut to_b, mut to_a) = ((*pair.a.plan).clone(), (*pair.b.plan).clone());
    (to_b.direction, to_a.direction) = (direction_of_a, direction_of_b);
    pair.run(1);
    pair.a.handle_plan(Arc::new(to_b), pair.now).unwrap();
    pair.b.handle_plan(Arc::new(to_a), pair.now).unwrap();
    let (mut known, mut seen) = (pair.now.boot, pair.wire.len());
    let mut through = Vec::new();
    for _ in 0..300 {
        let mut count = 0;
        for _ in 0..100 {
            pair.tick();
            // Only what goes to the port of the sound keeps its way open.
            if pair.wire[seen..].iter().any(|packet| !rtp::is_rtcp(packet)) {
                known = pair.now.boot;
            }
            seen = pair.wire.len();
            let open = pair.now.boot.saturating_since(known) < Duration::from_secs(30);
            let from_b = |(from_a, channel, packet): &(bool, Channel, Vec<u8>)| {
                !*from_a && *channel == Channel::Rtp && !rtp::is_rtcp(packet)
            };
            count += pair.under_way.values().filter(|sent| open && from_b(sent)).count();
            pair.under_way.clear();
        }
        through.push(count);
    }
    through
}

#[test]
fn complaint_13_after_five_minutes_on_hold_the_way_through_the_router_is_still_open() {
    for srtp in [false, true] {
        // Held with music: it is heard all the time, although nothing of ours is to be heard.
        let music = behind_a_router(MediaDirection::RecvOnly, MediaDirection::SendOnly, srtp);
        assert!(music.iter().all(|packets| *packets >= 40), "{music:?}");
    }
    // Held in silence, or by both: the first packet after the hold comes through.
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(1);
    let mut quiet = plan_towards(Codec::Pcmu, B);
    quiet.direction = MediaDirection::Inactive;
    pair.a.handle_plan(Arc::new(quiet), pair.now).unwrap();
    pair.wire.clear();
    pair.run(300);
    let kept: Vec<&Vec<u8>> = pair.wire.iter().filter(|packet| !rtp::is_rtcp(packet)).collect();
    assert!((21..=23).contains(&kept.len()), "one every fifteen seconds: {}", kept.len());
    for packet in kept {
        let header = Header::parse(packet).unwrap();
        assert_eq!(
            (packet.len(), header.payload_type),
            (12, 127),
            "nothing to be heard, and nothing that was agreed on"
        );
    }
}

#[test]
fn nothing_is_sent_to_nowhere_or_to_everybody() {
    for address in ["0.0.0.0:4000", "224.0.0.1:4000", "192.0.2.1:0", "[::]:4000", "[ff02::1]:4000"] {
        let mut plan = plan(Codec::Pcmu);
        (plan.remote_rtp, plan.remote_rtcp) = (address.parse().unwrap(), address.parse().unwrap());
        let mut session = Session::new(Arc::new(plan), [3; 32], start()).unwrap();
        for tick in 0..1_000 {
            let now = start().after(Duration::from_millis(tick * 10));
            session.handle_tick(&[0.0; 480], &mut [0.0; 480], now);
            while let Some(output) = session.poll_output() {
                assert_eq!(output, Output::Silence(true), "{address}");
            }
        }
    }
}

#[test]
fn f16_five_seconds_without_a_packet_are_told_and_so_is_their_end() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(1);
    pair.delay = |_| None;
    pair.run(6);
    assert_eq!(pair.events_of_a, [Output::Flowing, Output::Silence(true)]);
    pair.delay = |_| Some(20);
    pair.run(1);
    assert_eq!(pair.events_of_a.last(), Some(&Output::Silence(false)));
}

#[test]
fn the_codec_may_change_in_the_middle() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(2);
    pair.a.handle_plan(Arc::new(plan_towards(Codec::Opus, B)), pair.now).unwrap();
    pair.b.handle_plan(Arc::new(plan_towards(Codec::Opus, A)), pair.now).unwrap();
    pair.run(3);
    for (heard, hz) in [(&pair.heard_by_a, 900.0), (&pair.heard_by_b, 500.0)] {
        assert!(tone_level(&heard[3 * 48_000..], hz) > 0.2);
    }
}

fn packet(ssrc: u32, sequence: u16, payload_type: u8) -> Vec<u8> {
    let timestamp = u32::from(sequence) * 160;
    Header { padding: false, marker: false, payload_type, sequence, timestamp, ssrc, length: 12 }.write(&[0x10; 160])
}

#[test]
fn m03_injected_packets_are_never_heard_and_nothing_is_sent_to_a_learned_address() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.b.set_muted(true);
    pair.run(1);
    let ssrc = Header::parse(&pair.wire[0]).unwrap().ssrc;
    let attacker = SocketAddr::from((Ipv4Addr::new(198, 51, 100, 66), 4_000));
    for n in 0..500_u16 {
        pair.a.handle_packet(Channel::Rtp, attacker, &packet(ssrc, n, 0), pair.now);
        pair.a.handle_packet(Channel::Rtcp, attacker, &[0x80, 203, 0, 0], pair.now);
        // `Pair` asserts where packets go to.
        pair.tick();
    }
    assert_eq!(pair.a.dropped().foreign, 1_000);
    assert!(pair.heard_by_a[48_000..].iter().all(|sample| sample.abs() < 0.01));
}

#[test]
fn m04_a_flood_of_forged_packets_does_not_disturb_the_call() {
    let mut pair = Pair::new(Codec::Opus, true);
    pair.run(1);
    for n in 0..20_000_u32 {
        let mut forged = packet(n / 7, n as u16, 111);
        forged.extend_from_slice(&[0; 10]);
        pair.b.handle_packet(Channel::Rtp, A.into(), &forged, pair.now);
    }
    assert_eq!(pair.b.dropped().not_authentic, 20_000);
    pair.run(2);
    assert!(tone_level(&pair.heard_by_b[96_000..], 500.0) > 0.2, "the call goes on");
    assert_eq!(pair.b.stats(0, pair.now).lost_packets, 0);
}

#[test]
fn m05_replayed_packets_are_dropped_and_new_keys_come_with_a_new_source() {
    let mut pair = Pair::new(Codec::Pcmu, true);
    pair.run(2);
    let (received, old) = (pair.b.stats(0, pair.now).received_packets, pair.wire.clone());
    for packet in &old {
        pair.b.handle_packet(Channel::Rtp, A.into(), packet, pair.now);
    }
    // The last ones are still under way: only those are not replays.
    assert!(pair.b.stats(0, pair.now).received_packets <= received + 3);

    let ssrc_of = |packet: &Vec<u8>| Header::parse(packet).unwrap().ssrc;
    let before = ssrc_of(&pair.wire[0]);
    let mut same = plan_towards(Codec::Pcmu, B);
    (same.srtp, same.rtcp_mux) = (Some(keys(false)), true);
    pair.a.handle_plan(Arc::new(same.clone()), pair.now).unwrap();
    pair.run(1);
    assert_eq!(ssrc_of(pair.wire.last().unwrap()), before, "the same keys go on with their counters");
    same.srtp.as_mut().unwrap().local = MasterKey((90..120).collect());
    pair.a.handle_plan(Arc::new(same), pair.now).unwrap();
    pair.run(1);
    assert_ne!(ssrc_of(pair.wire.last().unwrap()), before);
}

#[test]
fn m11_unknown_payload_types_and_floods_of_sources_are_dropped() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(1);
    for n in 0..10_000_u32 {
        pair.b.handle_packet(Channel::Rtp, A.into(), &packet(n, 7, 0), pair.now);
        pair.b.handle_packet(Channel::Rtp, A.into(), &packet(1, n as u16, 127), pair.now);
    }
    assert_eq!(pair.b.dropped().unknown_type, 10_000);
    assert!(pair.b.dropped().other_source >= 9_990);
    pair.run(2);
    assert!(tone_level(&pair.heard_by_b[96_000..], 500.0) > 0.2, "the call goes on");
}

#[test]
fn m12_nonsense_is_dropped() {
    let mut pair = Pair::new(Codec::Opus, true);
    for length in 0..200_usize {
        for first in [0x80_u8, 0x90, 0xa0, 0xbf, 0x00] {
            let mut packet = vec![0xff; length];
            if let Some(byte) = packet.first_mut() {
                *byte = first;
            }
            for channel in [Channel::Rtp, Channel::Rtcp] {
                pair.a.handle_packet(channel, B.into(), &packet, pair.now);
            }
        }
    }
    assert!(pair.a.poll_output().is_none());
    assert_eq!(pair.a.stats(0, pair.now).received_packets, 0);
}

#[test]
fn a_plan_with_unusable_keys_changes_nothing() {
    let mut pair = Pair::new(Codec::Pcmu, true);
    pair.run(1);
    let mut broken = plan_towards(Codec::Opus, B);
    let mut short = keys(false);
    short.remote = MasterKey(vec![1; 29]);
    (broken.srtp, broken.rtcp_mux) = (Some(short), true);
    assert!(pair.a.handle_plan(Arc::new(broken), pair.now).is_err());
    pair.run(2);
    for (heard, hz) in [(&pair.heard_by_a, 900.0), (&pair.heard_by_b, 500.0)] {
        assert!(tone_level(&heard[96_000..], hz) > 0.2);
    }
}

#[test]
fn a_restarted_sender_is_heard_again() {
    let mut pair = Pair::new(Codec::Pcmu, false);
    pair.run(2);
    pair.a = Session::new(Arc::new(plan_towards(Codec::Pcmu, B)), [9; 32], pair.now).unwrap();
    pair.run(3);
    assert!(tone_level(&pair.heard_by_b[3 * 48_000..], 500.0) > 0.2);
    assert!(pair.b.stats(0, pair.now).lost_packets <= 3);
}
