use super::Processor;
use crate::audio::frame::{FRAME_SAMPLES, Frame, SILENCE};
use crate::model::Processing;

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
    let off = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
    assert!(reduction(20, off).abs() < 0.001);
}
