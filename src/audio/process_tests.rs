use super::Processor;
use crate::audio::frame::{FRAME_SAMPLES, Frame, SILENCE};
use crate::model::Processing;

const OFF: Processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
const ECHO: Processing = Processing { echo_cancellation: true, noise_suppression: false, gain_control: false };

/// Noise in syllables: a far end that speaks.
fn far_end(samples: usize) -> Vec<f32> {
    let (mut state, mut low) = (0x2545_F491_u32, 0.0_f32);
    (0..samples)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            low += 0.3 * ((state >> 8) as f32 / 8_388_608.0 - 1.0 - low);
            let syllable = 0.6 + 0.4 * (n as f32 * std::f32::consts::TAU * 4.0 / 48_000.0).sin();
            0.3 * low * syllable
        })
        .collect()
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
}

/// The echo of a small room: how many decibels lower it is after the processor, in the last two of ten seconds.
fn reduction(delay_ms: usize, wanted: Processing) -> f32 {
    let far = far_end(48_000 * 10);
    let room = [(0, 0.4), (170, -0.2), (610, 0.12), (1_490, 0.06)];
    let mut processor = Processor::new(wanted);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for start in (0..far.len()).step_by(FRAME_SAMPLES) {
        let mut played: Frame = SILENCE;
        played.copy_from_slice(&far[start..start + FRAME_SAMPLES]);
        processor.observe_played(&played);
        let mut heard: Frame = SILENCE;
        for (n, sample) in heard.iter_mut().enumerate() {
            *sample = room
                .iter()
                .filter_map(|(late, gain)| Some(gain * far[(start + n).checked_sub(delay_ms * 48 + late)?]))
                .sum();
        }
        before.extend_from_slice(&heard);
        processor.process(&mut heard, 0);
        after.extend_from_slice(&heard);
    }
    let tail = 48_000 * 8;
    10.0 * (power(&before[tail..]) / power(&after[tail..]).max(1e-12)).log10()
}

#[test]
fn far_end_sound_in_the_microphone_falls_by_25_decibels() {
    for delay_ms in [20, 60, 120] {
        let fallen = reduction(delay_ms, ECHO);
        assert!(fallen >= 25.0, "{delay_ms} ms: {fallen} dB");
    }
}

#[test]
fn with_everything_switched_off_the_sound_passes_unchanged() {
    assert!(reduction(20, OFF).abs() < 0.001);
}

/// A tone in syllables: a near end that speaks, which no far end resembles.
fn near_end(samples: usize, level: f32) -> Vec<f32> {
    (0..samples)
        .map(|n| {
            let t = n as f32 / 48_000.0;
            let syllable = if (t * 4.0).fract() < 0.6 { 1.0 } else { 0.0 };
            let pitch = std::f32::consts::TAU * 180.0 * t;
            let voice: f32 = (1..12).map(|k| (pitch * k as f32).sin() / k as f32).sum();
            level * syllable * voice / 2.0
        })
        .collect()
}

fn noise(samples: usize, level: f32) -> Vec<f32> {
    let mut state = 0x9E37_79B9_u32;
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            level * ((state >> 8) as f32 / 8_388_608.0 - 1.0)
        })
        .collect()
}

/// What comes out of a processor for a microphone's sound while `played` is heard.
fn processed(processor: &mut Processor, played: &[f32], microphone: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    for (played, heard) in played.chunks_exact(FRAME_SAMPLES).zip(microphone.chunks_exact(FRAME_SAMPLES)) {
        let mut frame: Frame = SILENCE;
        frame.copy_from_slice(played);
        processor.observe_played(&frame);
        frame.copy_from_slice(heard);
        processor.process(&mut frame, 20);
        out.extend_from_slice(&frame);
    }
    out
}

fn decibels(after: &[f32], before: &[f32]) -> f32 {
    10.0 * (power(after).max(1e-12) / power(before)).log10()
}

#[test]
fn who_speaks_while_the_other_side_speaks_is_still_heard() {
    let far = far_end(48_000 * 10);
    let near = near_end(far.len(), 0.4);
    let echo: Vec<f32> = (0..far.len()).map(|n| if n < 2_880 { 0.0 } else { 0.3 * far[n - 2_880] }).collect();
    // Alone until the canceller knows the room, then both.
    let microphone: Vec<f32> = (0..far.len()).map(|n| echo[n] + if n < 48_000 * 6 { 0.0 } else { near[n] }).collect();
    let out = processed(&mut Processor::new(ECHO), &far, &microphone);
    let both = 48_000 * 7..far.len();
    let kept = decibels(&out[both.clone()], &near[both]);
    assert!((-6.0..3.0).contains(&kept), "{kept} dB of the near voice");
}

#[test]
fn steady_noise_falls_and_a_voice_above_it_stays() {
    let wanted = Processing { noise_suppression: true, ..OFF };
    let hiss = noise(48_000 * 6, 0.02);
    let silent = vec![0.0; hiss.len()];
    let tail = 48_000 * 4..hiss.len();
    let out = processed(&mut Processor::new(wanted), &silent, &hiss);
    let fallen = decibels(&out[tail.clone()], &hiss[tail.clone()]);
    assert!(fallen < -10.0, "noise: {fallen} dB");
    let voice = near_end(hiss.len(), 0.5);
    let mixed: Vec<f32> = voice.iter().zip(&hiss).map(|(voice, hiss)| voice + hiss).collect();
    let out = processed(&mut Processor::new(wanted), &silent, &mixed);
    let kept = decibels(&out[tail.clone()], &voice[tail]);
    assert!(kept > -3.0, "voice: {kept} dB");
}

#[test]
fn a_quiet_voice_is_raised_and_a_loud_one_is_never_clipped() {
    let wanted = Processing { gain_control: true, ..OFF };
    let silent = vec![0.0; 48_000 * 15];
    let tail = 48_000 * 12..silent.len();
    let quiet = near_end(silent.len(), 0.02);
    let out = processed(&mut Processor::new(wanted), &silent, &quiet);
    let raised = decibels(&out[tail.clone()], &quiet[tail.clone()]);
    assert!(raised > 8.0, "{raised} dB");
    let loud = near_end(silent.len(), 0.9);
    let out = processed(&mut Processor::new(wanted), &silent, &loud);
    let raised = decibels(&out[tail.clone()], &loud[tail]);
    assert!(raised < 3.0, "{raised} dB");
    assert!(out.iter().all(|sample| sample.abs() <= 1.0));
}

#[test]
fn parts_are_switched_while_the_processor_runs() {
    let hiss = noise(48_000 * 5, 0.02);
    let silent = vec![0.0; hiss.len()];
    let tail = 48_000 * 4..hiss.len();
    let mut processor = Processor::new(OFF);
    assert_eq!(processed(&mut processor, &silent, &hiss), hiss);
    processor.set(Processing { noise_suppression: true, ..OFF });
    let out = processed(&mut processor, &silent, &hiss);
    let fallen = decibels(&out[tail.clone()], &hiss[tail]);
    assert!(fallen < -10.0, "{fallen} dB");
    processor.set(OFF);
    assert_eq!(processed(&mut processor, &silent, &hiss), hiss);
}
