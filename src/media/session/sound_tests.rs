//! What is heard after a bad network, judged without PESQ: the distance of spectra, in decibels, between the sound after a
//! network that loses nothing and the sound after one that does.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::testing::plan;
use super::*;
use crate::sdp::Helpers;

/// Bands, Hz: those that a telephone carries.
const BANDS: [f32; 10] = [150.0, 300.0, 450.0, 650.0, 900.0, 1_200.0, 1_600.0, 2_100.0, 2_700.0, 3_300.0];

/// What is quieter than this is nothing.
const FLOOR: f32 = 2e-5;

/// Syllables of a gliding voice with noise between them, five a second.
fn speech(tick: usize) -> Frame {
    std::array::from_fn(|n| {
        let at = tick * 480 + n;
        let t = at as f32 / 48_000.0;
        let loud = (0.5 - 0.5 * (std::f32::consts::TAU * 2.5 * t).cos()).powi(2);
        let phase = std::f32::consts::TAU * (120.0 * t + 8.0 * (t * 1.7).sin());
        let voiced: f32 = (1..26)
            .map(|k| {
                // Two formants that wander.
                let hz = 120.0 * k as f32;
                let formant = |middle: f32, width: f32| (-((hz - middle) / width).powi(2)).exp();
                let shape = formant(500.0 + 250.0 * (t * 3.1).sin(), 220.0)
                    + 0.4 * formant(1_700.0 + 500.0 * (t * 2.3).cos(), 350.0);
                shape * (phase * k as f32).sin()
            })
            .sum();
        0.2 * loud * voiced
    })
}

/// Uniform from 0 to 1, by number.
fn chance(seed: u64, n: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
    }
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// Milliseconds under way, or lost, for the packet of this number at this second.
type Network = Box<dyn FnMut(u64, u64) -> Option<f64>>;

struct Heard {
    sound: Vec<f32>,
    /// Every 100 ms, milliseconds.
    depths: Vec<f64>,
    stats: Stats,
    octets: usize,
}

fn listen(codec: Codec, helpers: Helpers, fec: bool, seconds: usize, network: Network) -> Heard {
    let mut plan = plan(codec);
    (plan.helpers, plan.opus_fec, plan.rtcp_mux) = (helpers, fec, true);
    converse(plan, false, seconds, network)
}

/// One side speaks for so long, the other listens; `thrifty` as with many calls at once.
fn converse(plan: Negotiated, thrifty: bool, seconds: usize, mut network: Network) -> Heard {
    let plan = Arc::new(plan);
    let at = |us: u64| Now { boot: BootTime::from_duration(Duration::from_micros(us)), ..Now::default() };
    let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 4_000));
    let mut one = Session::new(plan.clone(), [1; 32], at(100_000_000)).unwrap();
    let mut two = Session::new(plan, [2; 32], at(100_000_000)).unwrap();
    two.set_thrifty(thrifty);
    let mut way: BTreeMap<(u64, u64), (Channel, Vec<u8>)> = BTreeMap::new();
    let (mut count, mut octets, mut sound, mut depths) = (0, 0, Vec::new(), Vec::new());
    for tick in 0..seconds * 100 {
        let now = 100_000_000 + tick as u64 * 10_000;
        one.handle_tick(&speech(tick), &mut [0.0; 480], at(now));
        while let Some(output) = one.poll_output() {
            if let Output::Transmit { channel, packet, .. } = output {
                octets += packet.len();
                count += 1;
                if let Some(delay) = network(count, tick as u64 / 100) {
                    way.insert((now + (delay * 1_000.0) as u64, count), (channel, packet));
                }
            }
        }
        let now = now + 4_000;
        while let Some(entry) = way.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((arrived, _), (channel, packet)) = entry.remove_entry();
            two.handle_packet(channel, from, &packet, at(arrived));
        }
        let mut played = [0.0; 480];
        two.handle_tick(&[0.0; 480], &mut played, at(now));
        sound.extend_from_slice(&played);
        // Reports come back unharmed.
        while let Some(output) = two.poll_output() {
            if let Output::Transmit { channel, packet, .. } = output {
                one.handle_packet(channel, from, &packet, at(now));
            }
        }
        if tick % 10 == 9 {
            depths.push(two.stats(0, at(now)).buffer_ms);
        }
    }
    let stats = two.stats(0, at(100_000_000 + seconds as u64 * 1_000_000));
    Heard { sound, depths, stats, octets }
}

/// The power of every band, in decibels, of every 10 ms.
fn spectra(sound: &[f32]) -> Vec<[f32; BANDS.len()]> {
    // Every third sample is enough below 4 kHz, for this voice.
    let turns = BANDS.map(|hz| -> Vec<(f32, f32)> {
        (0..480).step_by(3).map(|n| (std::f32::consts::TAU * hz * n as f32 / 48_000.0).sin_cos()).collect()
    });
    sound
        .chunks_exact(480)
        .map(|frame| {
            let mut bands = [0.0; BANDS.len()];
            for (band, turns) in bands.iter_mut().zip(&turns) {
                let (mut re, mut im) = (0.0, 0.0);
                for (sample, (sin, cos)) in frame.iter().step_by(3).zip(turns) {
                    re += sample * cos;
                    im += sample * sin;
                }
                *band = 10.0 * ((re * re + im * im) / 25_600.0 + FLOOR).log10();
            }
            bands
        })
        .collect()
}

/// By how many samples, at most 300 ms, `heard` lags behind `block`, which begins at `from`.
fn lag(block: &[f32], heard: &[f32], from: usize) -> usize {
    let likeness = |lag: usize| {
        let (mut cross, mut power) = (0.0, 1e-6);
        for (x, y) in block.iter().zip(heard.iter().skip(from + lag)).step_by(6) {
            cross += x * y;
            power += y * y;
        }
        cross / f32::sqrt(power)
    };
    let best = |lags: &mut dyn Iterator<Item = usize>| {
        lags.map(|lag| (lag, likeness(lag)))
            .fold((0, f32::MIN), |best, found| if found.1 > best.1 { found } else { best })
            .0
    };
    let coarse = best(&mut (0..14_400).step_by(24));
    best(&mut (coarse.saturating_sub(24)..coarse + 24).step_by(6))
}

/// The distance in decibels, block by block of 200 ms where somebody speaks, each at its own delay, from the sixth second on.
fn distance(clean: &[f32], heard: &[f32]) -> f32 {
    let block = 9_600;
    let (mut sum, mut count) = (0.0, 0.0);
    for from in (6 * 48_000..clean.len() - 48_000).step_by(block) {
        let said = &clean[from..from + block];
        if said.iter().map(|sample| sample * sample).sum::<f32>() < 1.0 {
            continue;
        }
        let lag = lag(said, heard, from);
        for (x, y) in spectra(said).iter().zip(spectra(&heard[from + lag..from + lag + block])) {
            let square = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum::<f32>() / BANDS.len() as f32;
            sum += square.sqrt();
            count += 1.0;
        }
    }
    sum / count
}

fn lossy(percent: f64, burst: f64) -> Network {
    let mut bad = false;
    Box::new(move |n, _| {
        let draw = chance(7, n) * 100.0;
        bad = match (bad, burst > 1.0) {
            (_, false) => draw < percent,
            (true, true) => draw >= 100.0 / burst,
            (false, true) => draw < percent / (100.0 - percent) * 100.0 / burst,
        };
        (!bad).then_some(20.0)
    })
}

const COPIES: Helpers = Helpers {
    redundancy_send: Some(97),
    redundancy_receive: Some(97),
    noise_send: None,
    noise_receive: None,
    levels_send: None,
    levels_receive: None,
};

#[test]
fn f15_what_comes_through_loss_stays_near_what_was_sent() {
    // Most decibels at 5 and 20 % of loss at random, and at 10 % in bursts of three: measured, and a fifth more.
    let rows: [(&str, Codec, Helpers, bool, [f32; 3]); 4] = [
        ("a peer without redundancy", Codec::Opus, Helpers::default(), false, [0.95, 2.2, 1.6]),
        ("both ends ours", Codec::Opus, COPIES, true, [0.95, 0.45, 1.6]),
        ("G.711", Codec::Pcmu, Helpers::default(), false, [1.8, 1.9, 1.95]),
        ("G.722", Codec::G722, Helpers::default(), false, [0.7, 1.5, 1.3]),
    ];
    let mut far = Vec::new();
    for (name, codec, helpers, fec, most) in rows {
        let clean = listen(codec, helpers, fec, 12, lossy(0.0, 1.0));
        let measured = [(5.0, 1.0), (20.0, 1.0), (10.0, 3.0)].map(|(percent, burst)| {
            let heard = listen(codec, helpers, fec, 12, lossy(percent, burst));
            assert!(heard.stats.lost_packets > 20, "{name}: the network loses");
            distance(&clean.sound, &heard.sound)
        });
        if !measured.iter().zip(most).all(|(measured, most)| *measured <= most) {
            far.push(format!("{name}: {measured:?} of {most:?}"));
        }
    }
    assert!(far.is_empty(), "{far:?}");
}

#[test]
fn f28_with_many_calls_at_once_a_call_guesses_its_holes_with_less_work_and_sounds_the_same_without_any() {
    let heard = |thrifty: bool, percent: f64| {
        let mut plan = plan(Codec::Opus);
        plan.packet_time = Duration::from_millis(10);
        converse(plan, thrifty, 6, lossy(percent, 1.0)).sound
    };
    assert!(heard(true, 0.0) == heard(false, 0.0), "nothing changes where nothing is lost");
    assert!(heard(true, 10.0) != heard(false, 10.0), "the network does not guess for a hundred calls");
}

#[test]
fn f15_a_copy_comes_in_time_and_is_played_once() {
    let clean = listen(Codec::Opus, COPIES, true, 20, lossy(0.0, 1.0));
    let heard = listen(Codec::Opus, COPIES, true, 20, lossy(10.0, 1.0));
    let bare = listen(Codec::Opus, Helpers::default(), true, 20, lossy(0.0, 1.0));
    assert!(clean.octets < bare.octets * 11 / 10, "copies cost nothing where nothing is lost");
    assert!(heard.octets > clean.octets * 3 / 2, "and are sent where something is");
    let before = listen(Codec::Opus, COPIES, true, 8, lossy(10.0, 1.0)).stats.concealed_ms;
    // 12 seconds at 10 %: 1,200 ms are lost.
    assert!(heard.stats.concealed_ms - before < 150, "{} ms made up", heard.stats.concealed_ms - before);
    assert!(heard.depths[150..].iter().all(|depth| *depth < 90.0), "{:?}", heard.depths);
}

#[test]
fn f15_the_delay_is_small_where_the_network_is_good_and_follows_where_it_is_not() {
    let p95 = |depths: &[f64]| {
        let mut sorted = depths.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() * 95 / 100]
    };
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu] {
        // Twelve seconds of 60 +/- 40 ms with one packet in ten held back, then calm.
        let heard = listen(
            codec,
            Helpers::default(),
            false,
            26,
            Box::new(|n, second| {
                let rough = 60.0 + (chance(3, n) - 0.5) * 80.0 + if chance(4, n) < 0.1 { 30.0 } else { 0.0 };
                Some(if second < 12 { rough } else { 20.0 })
            }),
        );
        assert!(p95(&heard.depths[30..120]) < 150.0, "{codec:?}: rough {:?}", heard.depths);
        assert!(p95(&heard.depths[220..]) < 25.0, "{codec:?}: ten seconds later {:?}", heard.depths);
        let clean = listen(codec, Helpers::default(), false, 12, lossy(0.0, 1.0));
        assert!(p95(&clean.depths[30..]) < 20.0, "{codec:?}: clean {:?}", clean.depths);
    }
}
