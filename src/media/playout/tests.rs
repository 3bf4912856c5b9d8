use super::super::codec::{Encoder, Frame};
use super::super::testing::{largest_step, plan, sine, voice};
use super::*;

/// A sender, a network and a playout in virtual time.
struct Scene {
    codec: Codec,
    /// Milliseconds that each packet is under way, or lost.
    network: Box<dyn Fn(u64) -> Option<f64>>,
    /// How much faster the sender's clock runs, in parts of a million.
    ppm: f64,
    seconds: u64,
    packet_ms: u64,
    /// What is said: by the tick.
    voice: fn(usize) -> Frame,
    first_sequence: u16,
    first_timestamp: u32,
    /// The sound repeats itself with every packet: it is encoded once, which makes hours cheap.
    steady: bool,
}

struct Heard {
    sound: Vec<f32>,
    /// The depth once a second, in milliseconds.
    depths: Vec<f64>,
    counters: Counters,
    rate: usize,
}

fn at_us(us: f64) -> BootTime {
    // Late enough for a negative network delay not to fall below zero.
    BootTime::from_duration(Duration::from_micros(1_000_000 + us as u64))
}

/// A random number from 0 to 1 that belongs to `n`.
fn chance(n: u64) -> f64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

impl Scene {
    fn new(codec: Codec, network: impl Fn(u64) -> Option<f64> + 'static) -> Self {
        Self {
            codec,
            network: Box::new(network),
            ppm: 0.0,
            seconds: 20,
            packet_ms: 20,
            voice: |tick| sine(200.0, 0.3, tick),
            first_sequence: 65_500,
            first_timestamp: u32::MAX - 100_000,
            steady: false,
        }
    }

    fn play(&self) -> Heard {
        let mut agreed = plan(self.codec);
        agreed.packet_time = Duration::from_millis(self.packet_ms);
        let mut encoder = Encoder::new(&agreed).unwrap();
        encoder.set_expected_loss(15);
        let mut playout = Playout::new(self.codec).unwrap();
        let rate = sound_rate(self.codec) as usize;
        let per_packet = u64::from(self.codec.clock_hz()) * self.packet_ms / 1_000;
        let mut under_way: std::collections::BTreeMap<(u64, u64), Vec<u8>> = std::collections::BTreeMap::new();
        let (mut spoken, mut packets) = (0_usize, 0_u64);
        let mut repeated: Option<Vec<u8>> = None;
        let mut heard = Heard { sound: Vec::new(), depths: Vec::new(), counters: Counters::default(), rate };
        for tick in 0..self.seconds * 100 {
            // The receiver's ticks fall between the sender's.
            let now_us = tick as f64 * 10_000.0 + 4_000.0;
            while spoken as f64 * 10_000.0 * (1.0 - self.ppm / 1e6) <= now_us {
                let payload = match &repeated {
                    Some(payload) => (spoken % 2 == 1).then(|| payload.clone()),
                    None => encoder.push(&(self.voice)(spoken)),
                };
                if let Some(payload) = payload {
                    if self.steady && packets == 10 {
                        repeated = Some(payload.clone());
                    }
                    let sent_us = spoken as f64 * 10_000.0 * (1.0 - self.ppm / 1e6);
                    if let Some(delay) = (self.network)(packets).filter(|_| !payload.is_empty()) {
                        under_way.insert(((sent_us + delay * 1_000.0) as u64, packets), payload);
                    }
                    packets += 1;
                }
                spoken += 1;
            }
            while let Some(entry) = under_way.first_entry().filter(|entry| entry.key().0 as f64 <= now_us) {
                let ((arrival, n), payload) = entry.remove_entry();
                let sequence = self.first_sequence.wrapping_add(n as u16);
                let timestamp = self.first_timestamp.wrapping_add((n * per_packet) as u32);
                playout.put(sequence, timestamp, &payload, at_us(arrival as f64));
            }
            playout.tick(at_us(now_us), &mut heard.sound);
            if tick % 100 == 99 {
                heard.depths.push(playout.depth(at_us(now_us)).as_secs_f64() * 1_000.0);
            }
        }
        heard.counters = playout.counters();
        assert_eq!(heard.sound.len(), self.seconds as usize * rate, "every tick is full");
        heard
    }
}

impl Heard {
    fn concealed_ms(&self) -> u64 {
        self.counters.concealed * 1_000 / self.rate as u64
    }

    /// The part from one second to another.
    fn part(&self, from: usize, to: usize) -> &[f32] {
        &self.sound[from * self.rate..to * self.rate]
    }

    /// How much of the sound is the sine of 200 Hz at its level, in blocks of 20 ms.
    fn intact(&self, from: usize, to: usize) -> f64 {
        let block = self.rate / 50;
        let (mut good, mut all) = (0.0, 0.0);
        for part in self.part(from, to).chunks_exact(block) {
            all += 1.0;
            let level = (pitch::power(part) * 2.0).sqrt();
            good += f64::from(u8::from((0.2..0.4).contains(&level)));
        }
        good / all
    }

    /// Nothing steeper than the sine itself, with some room for joints.
    fn clicks(&self, from: usize, to: usize, room: f32) -> bool {
        let steepest = 0.3 * 200.0 * std::f32::consts::TAU / self.rate as f32;
        // The steps of G.711's quantiser at this level.
        largest_step(self.part(from, to)) > steepest * room + 0.02
    }
}

const ALL: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

#[test]
fn on_a_clean_network_the_depth_settles_below_one_packet_and_nothing_is_made_up() {
    for codec in ALL {
        for packet_ms in [10, 20, 60] {
            let mut scene = Scene::new(codec, |_| Some(30.0));
            (scene.packet_ms, scene.seconds) = (packet_ms, 6);
            let heard = scene.play();
            let depth = heard.depths.last().copied().unwrap();
            assert!((2.0..20.0).contains(&depth), "{codec:?} {packet_ms} ms: {depth}");
            assert_eq!((heard.counters.concealed, heard.counters.late), (0, 0), "{codec:?} {packet_ms} ms");
            assert!(heard.intact(1, 6) > 0.99 && !heard.clicks(1, 6, 1.3), "{codec:?} {packet_ms} ms");
        }
    }
}

#[test]
fn a_slow_first_packet_costs_no_lasting_delay() {
    for codec in ALL {
        let heard = Scene::new(codec, |n| Some(if n == 0 { 150.0 } else { 30.0 })).play();
        assert!(heard.depths[9] < 25.0, "{codec:?}: {:?}", heard.depths);
        assert!(!heard.clicks(1, 20, 1.5), "{codec:?}: shortened without a click");
    }
}

#[test]
fn jitter_is_followed_and_left_behind_within_ten_seconds() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        // Ten seconds calm, twenty with up to 80 ms, fifteen calm.
        let mut scene =
            Scene::new(codec, |n| Some(if (500..1_500).contains(&n) { 20.0 + 80.0 * chance(n) } else { 20.0 }));
        scene.seconds = 45;
        let heard = scene.play();
        assert!(heard.depths[8] < 20.0, "{codec:?}: calm {:?}", heard.depths);
        assert!((60.0..140.0).contains(&heard.depths[25]), "{codec:?}: rough {:?}", heard.depths);
        assert!(heard.depths[41] < 25.0, "{codec:?}: calm again {:?}", heard.depths);
        assert!(heard.concealed_ms() < 900, "{codec:?}: {} ms made up", heard.concealed_ms());
        assert!(heard.intact(14, 45) > 0.97, "{codec:?}: {}", heard.intact(14, 45));
    }
}

#[test]
fn a_frozen_network_is_caught_up_with() {
    for codec in [Codec::Opus, Codec::G722] {
        // Nothing for 300 ms, then everything at once.
        let heard =
            Scene::new(codec, |n| Some(20.0 + if (250..265).contains(&n) { (265 - n) as f64 * 20.0 } else { 0.0 }))
                .play();
        assert!(heard.depths[19] < 30.0, "{codec:?}: {:?}", heard.depths);
        assert!(heard.concealed_ms() < 450, "{codec:?}: {}", heard.concealed_ms());
    }
}

#[test]
fn loss_is_concealed_without_clicks_and_adds_at_most_a_packet_of_delay() {
    for codec in [Codec::G722, Codec::Pcmu, Codec::Pcma] {
        let heard = Scene::new(codec, |n| (chance(n) > 0.05).then_some(20.0)).play();
        let lost = (0..1_000).filter(|n| chance(*n) <= 0.05).count() as u64;
        assert!(heard.concealed_ms().abs_diff(lost * 20) <= 60, "{codec:?}: {} ms for {lost}", heard.concealed_ms());
        assert!(heard.intact(1, 20) > 0.98, "{codec:?}: {}", heard.intact(1, 20));
        assert!(!heard.clicks(1, 20, 2.0), "{codec:?}: {}", largest_step(heard.part(1, 20)));
        // The far side of a hole in G.711 is waited for.
        let most = if codec == Codec::G722 { 25.0 } else { 35.0 };
        assert!(heard.depths[19] < most, "{codec:?}: {:?}", heard.depths);
    }
}

#[test]
fn opus_recovers_most_isolated_losses_from_the_next_packet() {
    let mut scene = Scene::new(Codec::Opus, |n| (chance(n) > 0.1).then_some(20.0));
    scene.voice = voice;
    let heard = scene.play();
    let lost = (0..1_000).filter(|n| chance(*n) <= 0.1 && chance(*n + 1) > 0.1).count() as u64;
    assert!(heard.counters.recovered * 2 > lost, "{} of {lost}", heard.counters.recovered);
    // No hole in the voice, where a quarter of the power would be one.
    let blocks: Vec<f32> = heard.part(2, 20).chunks_exact(960).map(pitch::power).collect();
    let middle = blocks.iter().sum::<f32>() / blocks.len() as f32;
    let holes = blocks.iter().filter(|power| **power < middle / 4.0).count();
    assert!(holes * 20 < blocks.len(), "{holes} of {}", blocks.len());
    assert!(heard.depths[19] < 50.0, "one packet more: {:?}", heard.depths);
}

#[test]
fn reordered_and_repeated_packets_are_put_right() {
    // One in ten is overtaken by the next one.
    let heard = Scene::new(Codec::Pcma, |n| Some(20.0 + if n % 10 == 5 { 25.0 } else { 0.0 })).play();
    assert!(heard.concealed_ms() <= 60 && heard.counters.late <= 1, "{:?}", heard.counters);
    assert!(heard.intact(2, 20) > 0.99 && !heard.clicks(2, 20, 1.5));
}

#[test]
fn a_drifting_clock_is_absorbed_without_growth_of_delay() {
    for (ppm, codec) in [(100.0, Codec::Pcmu), (-100.0, Codec::Pcma)] {
        let mut scene = Scene::new(codec, |n| Some(20.0 + chance(n)));
        (scene.ppm, scene.seconds, scene.steady) = (ppm, 3_600, true);
        // The drift of an hour is 360 ms.
        let heard = scene.play();
        let most = heard.depths[5..].iter().copied().fold(0.0, f64::max);
        assert!(most < 25.0, "{ppm} ppm: {most} ms");
        assert!(heard.concealed_ms() <= 100, "{ppm} ppm: {} ms made up", heard.concealed_ms());
        assert!(heard.counters.stretched >= 30, "the drift was absorbed by stretching");
        assert!(!heard.clicks(1, 3_600, 1.5), "{ppm} ppm");
    }
}

#[test]
fn f12_opus_and_g722_keep_their_delay_between_clocks_that_differ_by_100_ppm() {
    // Ten minutes are 60 ms, far more than the depth may grow; the hour is a command (`tests/bench/quality.py drift`).
    for (ppm, codec) in [(100.0, Codec::Opus), (-100.0, Codec::Opus), (100.0, Codec::G722), (-100.0, Codec::G722)] {
        let mut scene = Scene::new(codec, |n| Some(20.0 + chance(n)));
        (scene.ppm, scene.seconds, scene.steady) = (ppm, 600, true);
        let heard = scene.play();
        let mean = |depths: &[f64]| depths.iter().sum::<f64>() / depths.len() as f64;
        let (first, last) = (mean(&heard.depths[10..70]), mean(&heard.depths[540..]));
        // Sound is stretched by whole periods: the depth swings by one.
        assert!((last - first).abs() < 6.0, "{codec:?}, {ppm} ppm: {first} ms, at the end {last} ms");
        let most = heard.depths[5..].iter().copied().fold(0.0, f64::max);
        assert!(most < 25.0, "{codec:?}, {ppm} ppm: {most} ms");
        assert!(heard.concealed_ms() <= 100, "{codec:?}, {ppm} ppm: {} ms made up", heard.concealed_ms());
        assert!(heard.counters.stretched >= 5, "{codec:?}, {ppm} ppm: absorbed by stretching");
    }
}

#[test]
fn after_a_silence_that_is_not_sent_the_sound_starts_at_once() {
    for codec in ALL {
        // Two seconds of speech, three of nothing, and so on: the timestamps go on.
        let heard = Scene::new(codec, |n| (n / 50 % 5 < 2).then_some(20.0)).play();
        assert!(heard.intact(6, 7) > 0.95, "{codec:?}: {}", heard.intact(6, 7));
        assert!(heard.part(3, 5).iter().all(|sample| sample.abs() < 0.01), "{codec:?}: silence between");
        assert!(heard.depths[16] < 25.0, "{codec:?}: {:?}", heard.depths);
    }
}

#[test]
fn total_loss_fades_out_and_ends() {
    for codec in ALL {
        let heard = Scene::new(codec, |n| (n < 100).then_some(20.0)).play();
        assert!(heard.part(3, 20).iter().all(|sample| sample.abs() < 0.005), "{codec:?}");
        assert!(!heard.clicks(1, 4, 2.0), "{codec:?}");
    }
}

#[test]
fn m11_broken_payloads_are_bridged() {
    let mut playout = Playout::new(Codec::Opus).unwrap();
    let mut out = Vec::new();
    for n in 0..2_000_u32 {
        let bomb: &[u8] = match n % 3 {
            0 => &[0x0b, 63, 0, 0],
            1 => &[],
            _ => &[0xff; 1_400],
        };
        playout.put(n as u16, n * 960, bomb, at_us(f64::from(n) * 20_000.0));
        playout.tick(at_us(f64::from(n) * 20_000.0), &mut out);
    }
    assert_eq!(out.len(), 2_000 * 480);
}

#[test]
fn m11_wild_timestamps_never_stop_the_ticks() {
    let mut playout = Playout::new(Codec::Pcmu).unwrap();
    let mut out = Vec::new();
    for n in 0..20_000_u64 {
        let (sequence, timestamp) = ((chance(n) * 65_536.0) as u16, (chance(n + 1_000_000) * 4_294_967_296.0) as u32);
        let near = n % 3 == 0;
        playout.put(
            if near { n as u16 } else { sequence },
            if near { n as u32 * 7 } else { timestamp },
            &[0; 160],
            at_us(n as f64 * 1_000.0),
        );
        if n % 10 == 0 {
            playout.tick(at_us(n as f64 * 1_000.0), &mut out);
        }
    }
    assert_eq!(out.len(), 2_000 * 80);
}
