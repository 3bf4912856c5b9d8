use std::sync::Arc;

use super::super::testing::{plan, sine, tone_level, voice};
use super::*;

fn through(codec: Codec, hz: f32) -> Vec<f32> {
    let mut plan = plan(codec);
    plan.packet_time = Duration::from_millis(20);
    let mut encoder = Encoder::new(&Arc::new(plan)).unwrap();
    let mut decoder = Decoder::new(codec).unwrap();
    let mut up = ToEngine::new(codec);
    let (mut sound, mut heard) = (Vec::new(), Vec::new());
    for tick in 0..200 {
        if let Some(payload) = encoder.push(&sine(hz, 0.3, tick)) {
            sound.clear();
            decoder.decode(&payload, &mut sound).unwrap();
            let per_tick = sound_rate(codec) as usize / 100;
            assert_eq!(sound.len(), per_tick * 2);
            for half in sound.chunks(per_tick) {
                let mut frame = [0.0; TICK];
                up.process(half, &mut frame);
                heard.extend_from_slice(&frame);
            }
        }
    }
    heard
}

#[test]
fn a_tone_survives_every_codec() {
    for (codec, hz) in [
        (Codec::Opus, 440.0),
        (Codec::Opus, 1_000.0),
        (Codec::G722, 1_000.0),
        (Codec::G722, 6_000.0),
        (Codec::Pcmu, 1_000.0),
        (Codec::Pcma, 3_000.0),
    ] {
        let heard = through(codec, hz);
        let level = tone_level(&heard[48_000..], hz);
        assert!((0.2..0.4).contains(&level), "{codec:?} at {hz} Hz: {level}");
        let elsewhere = tone_level(&heard[48_000..], hz * 0.75);
        assert!(elsewhere < level / 20.0, "{codec:?}: {elsewhere} beside the tone");
    }
}

#[test]
fn g711_lets_nothing_above_4_khz_fold_back() {
    let heard = through(Codec::Pcmu, 5_000.0);
    assert!(tone_level(&heard[24_000..], 3_000.0) < 0.003, "the alias of 5 kHz");
}

#[test]
fn packet_times_that_opus_lacks_become_ones_it_has() {
    for (asked, ticks) in [(0, 1), (10, 1), (20, 2), (30, 2), (40, 4), (50, 4), (60, 6), (1_000_000, 6)] {
        let mut opus = plan(Codec::Opus);
        opus.packet_time = Duration::from_millis(asked);
        assert_eq!(Encoder::new(&opus).unwrap().ticks(), ticks, "{asked} ms");
    }
    let mut pcmu = plan(Codec::Pcmu);
    pcmu.packet_time = Duration::from_millis(30);
    assert_eq!(Encoder::new(&pcmu).unwrap().ticks(), 3);
}

#[test]
fn m11_codec_bombs_are_refused_and_never_decoded() {
    let mut out = Vec::new();
    let mut opus = Decoder::new(Codec::Opus).unwrap();
    // Code 3 packets (RFC 6716 section 3.2.5): 48 frames of 20 ms, 63 frames, a padding chain without an end, no frame at all.
    let forty_eight: Vec<u8> = [0x0b, 48].into_iter().chain([0; 96]).collect();
    let chain: Vec<u8> = [0x0b, 0x41].into_iter().chain([255; 1_200]).collect();
    for bomb in [&forty_eight[..], &[0x0b, 63, 0, 0], &chain, &[0x0b, 0], &[0x03], &[]] {
        assert!(opus.decode(bomb, &mut out).is_err(), "{} bytes", bomb.len());
    }
    for codec in [Codec::G722, Codec::Pcmu, Codec::Pcma] {
        let mut decoder = Decoder::new(codec).unwrap();
        assert_eq!(decoder.decode(&[0; 1_400], &mut out), Err(BadPayload::TooLong));
        assert_eq!(decoder.decode(&[], &mut out), Err(BadPayload::Empty));
        assert!(decoder.decode(&[0x55; 33], &mut Vec::new()).is_ok(), "odd lengths are harmless");
    }
    assert!(out.is_empty(), "nothing was made of them");
}

#[test]
fn m11_random_bytes_never_give_more_than_120_ms() {
    let mut opus = Decoder::new(Codec::Opus).unwrap();
    let mut state = 1_u32;
    for round in 0..3_000 {
        let payload: Vec<u8> = (0..round % 90)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let mut out = Vec::new();
        let _ = opus.decode(&payload, &mut out);
        assert!(out.len() <= 5_760);
        let _ = opus.recover(&payload, 960, &mut out);
        assert!(out.len() <= 5_760 + 960);
    }
}

#[test]
fn opus_carries_the_packet_before_when_the_peer_loses_some() {
    // Signal to noise of the packets that are lost, against what would have been decoded.
    let quality = |loss: u8| {
        let mut encoder = Encoder::new(&plan(Codec::Opus)).unwrap();
        encoder.set_expected_loss(loss);
        let (mut decoder, mut whole) = (Decoder::new(Codec::Opus).unwrap(), Decoder::new(Codec::Opus).unwrap());
        let payloads: Vec<Vec<u8>> = (0..400).filter_map(|tick| encoder.push(&voice(tick))).collect();
        let (mut damage, mut power) = (0.0_f32, 0.0_f32);
        for (n, payload) in payloads.iter().enumerate() {
            let (mut truth, mut sound) = (Vec::new(), Vec::new());
            whole.decode(payload, &mut truth).unwrap();
            if n % 10 == 7 {
                decoder.recover(&payloads[n + 1], 960, &mut sound).unwrap();
                damage += truth.iter().zip(&sound).map(|(x, y)| (x - y).powi(2)).sum::<f32>();
                power += truth.iter().map(|x| x * x).sum::<f32>();
            } else {
                decoder.decode(payload, &mut sound).unwrap();
            }
        }
        10.0 * (power / damage).log10()
    };
    let (without, with) = (quality(0), quality(20));
    assert!(with > without + 1.0, "{without:.1} dB concealed, {with:.1} dB recovered");
}

/// Payloads of a voice, whose pitch is told in the packets.
fn spoken(packet_ms: u64) -> Vec<Vec<u8>> {
    let mut plan = plan(Codec::Opus);
    plan.packet_time = Duration::from_millis(packet_ms);
    let mut encoder = Encoder::new(&plan).unwrap();
    (0..200).filter_map(|tick| encoder.push(&voice(tick))).collect()
}

#[test]
fn the_pitch_of_a_voice_is_told_by_each_packet_whatever_was_lost_before() {
    let payloads = spoken(20);
    let Decoder::Opus(mut whole) = Decoder::new(Codec::Opus).unwrap() else { panic!("Opus") };
    let mut voiced = 0;
    for payload in &payloads {
        whole.decode(payload, 960, false, &mut Vec::new()).unwrap();
        let Decoder::Opus(mut fresh) = Decoder::new(Codec::Opus).unwrap() else { panic!("Opus") };
        assert_eq!(whole.period(), fresh.period_of(payload));
        voiced += usize::from(whole.period() > 0);
    }
    assert!(voiced > payloads.len() / 2, "{voiced} of {}", payloads.len());
    assert_eq!(whole.period_of(&[]), 0, "nothing has no pitch");
    assert_eq!(whole.period_of(&[0x0b, 63, 0, 0]), 0, "nor has what breaks the rules");
}

#[test]
fn with_many_calls_at_once_holes_are_guessed_with_less_work_and_otherwise_nothing_changes() {
    let guessed = |thrifty: bool, copied: bool, packet_ms: u64| {
        let payloads = spoken(packet_ms);
        let mut decoder = Decoder::new(Codec::Opus).unwrap();
        decoder.set_thrifty(thrifty);
        if copied {
            decoder.expect_copies();
        }
        let mut sound = Vec::new();
        for payload in &payloads[..50] {
            decoder.decode(payload, &mut sound).unwrap();
        }
        let hole = sound.len();
        assert!(decoder.conceal(960, &mut sound));
        (sound[..hole].to_vec(), sound[hole..].to_vec())
    };
    for (packet_ms, copied) in [(10, false), (10, true), (20, false)] {
        let ((whole, network), (same, simple)) = (guessed(false, copied, packet_ms), guessed(true, copied, packet_ms));
        assert_eq!(whole, same, "what arrives sounds the same");
        assert_ne!(network, simple, "what is lost is guessed in another way");
    }
    assert_eq!(guessed(false, true, 20), guessed(true, true, 20), "beside copies of 20 ms the network is off");
}
