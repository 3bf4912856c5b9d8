//! Pauses that are not sent: they are no loss, sound like the room, and no word loses its start.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use super::super::codec::Frame;
use super::super::testing::plan;
use super::*;
use crate::sdp::Helpers;

/// A word of 600 ms every 2 s in a room at -60 dB.
const WORD: usize = 60;
const PERIOD: usize = 200;

fn is_word(tick: usize) -> bool {
    tick % PERIOD < WORD
}

fn speech(tick: usize) -> Frame {
    let mut state = (tick as u32).wrapping_mul(0x9e37_79b9) | 1;
    std::array::from_fn(|n| {
        let t = (tick * 480 + n) as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (140.0 * t + 3.0 * (t * 4.0).sin());
        let voice: f32 = (1..14).map(|k| 0.15 / k as f32 * (phase * k as f32).sin()).sum();
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let room = ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 0.001_73;
        room + if is_word(tick) { voice } else { 0.0 }
    })
}

fn at(us: u64) -> Now {
    Now { boot: BootTime::from_duration(Duration::from_micros(100_000_000 + us)), ..Now::default() }
}

struct Heard {
    /// Decibels of every tick.
    levels: Vec<f32>,
    packets: u64,
    stats: Stats,
    events: Vec<Output>,
    depths: Vec<f64>,
}

fn listen(codec: Codec, discontinuous: bool, seconds: usize, delay: impl Fn(u64) -> u64) -> Heard {
    let mut plan = plan(codec);
    (plan.rtcp_mux, plan.discontinuous) = (true, discontinuous);
    if codec != Codec::Opus {
        plan.helpers = Helpers { noise_send: Some(13), noise_receive: Some(13), ..Helpers::default() };
    }
    let plan = Arc::new(plan);
    let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 4_000));
    let mut one = Session::new(plan.clone(), [1; 32], at(0)).unwrap();
    let mut two = Session::new(plan, [2; 32], at(0)).unwrap();
    let mut way: VecDeque<(u64, Channel, Vec<u8>)> = VecDeque::new();
    let mut heard = Heard { levels: vec![], packets: 0, stats: Stats::default(), events: vec![], depths: vec![] };
    let mut count = 0;
    for tick in 0..seconds * 100 {
        let now = tick as u64 * 10_000;
        one.handle_tick(&speech(tick), &mut [0.0; 480], at(now));
        while let Some(output) = one.poll_output() {
            if let Output::Transmit { channel, packet, .. } = output {
                count += 1;
                way.push_back((now + delay(count) * 1_000, channel, packet));
            }
        }
        let now = now + 4_000;
        way.make_contiguous().sort_by_key(|(arrives, ..)| *arrives);
        while way.front().is_some_and(|(arrives, ..)| *arrives <= now) {
            let Some((arrived, channel, packet)) = way.pop_front() else { break };
            two.handle_packet(channel, from, &packet, at(arrived));
        }
        let mut played = [0.0; 480];
        two.handle_tick(&[0.0; 480], &mut played, at(now));
        let power = played.iter().map(|sample| sample * sample).sum::<f32>() / 480.0;
        heard.levels.push(10.0 * (power + 1e-12).log10());
        while let Some(output) = two.poll_output() {
            match output {
                Output::Transmit { channel, packet, .. } => one.handle_packet(channel, from, &packet, at(now)),
                event => heard.events.push(event),
            }
        }
        heard.depths.push(two.stats(0, at(now)).buffer_ms);
    }
    let end = at(seconds as u64 * 1_000_000);
    (heard.stats, heard.packets) = (two.stats(0, end), one.stats(0, end).sent_packets);
    heard
}

/// Ticks in the middle of words that are far quieter than words are, at the lag at which most is heard.
fn holes(levels: &[f32]) -> usize {
    let missing = |lag: usize| {
        let from = 2 * PERIOD;
        (from..levels.len() - 40).filter(|tick| is_word(*tick)).filter(|tick| levels[tick + lag] < -40.0).count()
    };
    (0..40).map(missing).min().unwrap()
}

#[test]
fn silence_is_not_loss_and_no_word_loses_its_start() {
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma] {
        let always = listen(codec, false, 30, |_| 20);
        let heard = listen(codec, true, 30, |_| 20);
        assert!(heard.packets * 10 < always.packets * 7, "{codec:?}: {} of {}", heard.packets, always.packets);
        assert_eq!((heard.stats.lost_packets, heard.stats.late_packets), (0, 0), "{codec:?}");
        assert!(heard.stats.concealed_ms <= 20, "{codec:?}: {} ms made up", heard.stats.concealed_ms);
        // Thirteen words: a tick for the edge of each.
        assert!(holes(&heard.levels) <= 15, "{codec:?}: {} ticks of words are missing", holes(&heard.levels));
        assert_eq!(heard.events, [Output::Flowing], "{codec:?}");
        assert!(heard.depths[600..].iter().all(|depth| *depth < 40.0), "{codec:?}: the delay does not grow");
    }
}

#[test]
fn a_pause_sounds_like_the_room() {
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu] {
        let middle = |levels: &[f32]| {
            // From half a second after a word to 100 ms before the next one.
            let quiet = (600..levels.len()).filter(|tick| (115..185).contains(&(tick % PERIOD)));
            let quiet: Vec<f32> = quiet.map(|tick| levels[tick]).collect();
            quiet.iter().sum::<f32>() / quiet.len() as f32
        };
        let (always, heard) = (listen(codec, false, 20, |_| 20), listen(codec, true, 20, |_| 20));
        let (room, pause) = (middle(&always.levels), middle(&heard.levels));
        assert!((room - pause).abs() < 6.0, "{codec:?}: {room:.1} dB sent, {pause:.1} dB in the pause");
    }
}

#[test]
fn a_jittery_network_takes_no_starts_of_words_either() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let heard = listen(codec, true, 30, |n| 20 + (n * 7_919 % 41));
        assert!(holes(&heard.levels) <= 30, "{codec:?}: {} ticks of words are missing", holes(&heard.levels));
        assert_eq!(heard.stats.lost_packets, 0);
    }
}

#[test]
fn f16_a_peer_that_said_it_is_silent_may_be_silent_for_a_minute() {
    let mut plan = plan(Codec::Pcmu);
    plan.helpers = Helpers { noise_send: Some(13), noise_receive: Some(13), ..Helpers::default() };
    let mut session = Session::new(Arc::new(plan), [1; 32], at(0)).unwrap();
    let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 4_000));
    for n in 0..20_u16 {
        let (kind, payload) = if n < 19 { (0, vec![0x7f; 160]) } else { (13, vec![70]) };
        let header = rtp::Header {
            padding: false,
            marker: n == 0,
            payload_type: kind,
            sequence: 100 + n,
            timestamp: u32::from(n) * 160,
            ssrc: 9,
            length: 12,
        };
        session.handle_packet(Channel::Rtp, from, &header.write(&payload), at(u64::from(n) * 20_000));
        session.handle_tick(&[0.0; 480], &mut [0.0; 480], at(u64::from(n) * 20_000));
    }
    let mut told = None;
    for tick in 40..9_000_u64 {
        session.handle_tick(&[0.0; 480], &mut [0.0; 480], at(tick * 10_000));
        while let Some(output) = session.poll_output() {
            if output == Output::Silence(true) {
                told.get_or_insert(tick / 100);
            }
        }
    }
    assert_eq!(told, Some(60), "seconds");
}
