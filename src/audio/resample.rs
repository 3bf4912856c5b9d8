//! Conversion of sampling rates (rubato): of a whole file chunk by chunk, and of a device whose clock is nearly right.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Adjustable, Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

use super::frame::FRAME_SAMPLES;

/// How far the ratio may be moved away from the nominal one: a hundredth, far more than any clock is wrong.
const MOST_RELATIVE: f64 = 1.01;

/// Length of the interpolation filter: 0.7 ms of delay at 48 kHz, distortion below -80 dB in the band of speech.
const SINC_LENGTH: usize = 64;

fn sinc(ratio: f64, chunk: usize, fixed: FixedAsync) -> Async<f32> {
    let parameters = SincInterpolationParameters::new(SINC_LENGTH, WindowFunction::BlackmanHarris2)
        .oversampling_factor(256)
        .interpolation(SincInterpolationType::Linear);
    Async::new_sinc(ratio, MOST_RELATIVE, &parameters, chunk, 1, fixed)
        .expect("the ratio of two sampling rates between 1 and 384 kHz is positive and finite")
}

/// Takes any number of samples at a device's rate and gives whole frames at ours, or the other way round, with a
/// ratio that can be moved a little while it runs. Does not allocate after construction.
pub struct RateConverter {
    inner: Async<f32>,
    output: Vec<f32>,
}

impl RateConverter {
    /// Frames come out whole: for capture. `from` and `to` are sampling rates in hertz.
    pub fn to_frames(from: u32, to: u32) -> Self {
        Self::new(sinc(f64::from(to) / f64::from(from), FRAME_SAMPLES, FixedAsync::Output))
    }

    /// Frames go in whole: for playback and for files.
    pub fn from_frames(from: u32, to: u32) -> Self {
        Self::new(sinc(f64::from(to) / f64::from(from), FRAME_SAMPLES, FixedAsync::Input))
    }

    fn new(inner: Async<f32>) -> Self {
        let output = vec![0.0; inner.output_frames_max()];
        Self { inner, output }
    }

    /// The samples that the next [`RateConverter::process`] wants.
    pub fn wanted(&self) -> usize {
        self.inner.input_frames_next()
    }

    /// The most samples that one [`RateConverter::process`] may ever want.
    pub fn most_wanted(&self) -> usize {
        self.inner.input_frames_max()
    }

    /// Samples by which the output lags behind the input, at the output's rate.
    pub fn delay(&self) -> usize {
        self.inner.output_delay()
    }

    /// Moves the ratio smoothly: 1.0001 makes a hundred parts in a million more output than the nominal ratio.
    pub fn adjust(&mut self, relative: f64) {
        let relative = relative.clamp(1.0 / MOST_RELATIVE, MOST_RELATIVE);
        let _ = self.inner.set_resample_ratio_relative(relative, true);
    }

    /// Converts `input`, which must hold [`RateConverter::wanted`] samples; anything else gives nothing.
    pub fn process(&mut self, input: &[f32]) -> &[f32] {
        let frames = self.output.len();
        let (Ok(source), Ok(mut target)) =
            (SequentialSlice::new(input, 1, input.len()), SequentialSlice::new_mut(&mut self.output, 1, frames))
        else {
            return &[];
        };
        match self.inner.process_into_buffer(&source, &mut target, None) {
            Ok((_, produced)) => self.output.get(..produced).unwrap_or_default(),
            Err(_) => &[],
        }
    }
}

/// Converts a stream of samples, such as a file's, from one rate to another; what comes first, comes first.
pub struct StreamConverter {
    inner: Option<RateConverter>,
    waiting: Vec<f32>,
    skip: usize,
}

impl StreamConverter {
    /// Between two rates in hertz; equal ones pass through untouched.
    pub fn new(from: u32, to: u32) -> Self {
        let inner = (from != to).then(|| RateConverter::from_frames(from, to));
        let skip = inner.as_ref().map_or(0, RateConverter::delay);
        Self { inner, waiting: Vec::new(), skip }
    }

    /// Converts what is complete, appending to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let Some(inner) = &mut self.inner else {
            out.extend_from_slice(samples);
            return;
        };
        self.waiting.extend_from_slice(samples);
        let mut used = 0;
        while let Some(chunk) = self.waiting.get(used..used + inner.wanted()) {
            let converted = inner.process(chunk);
            used += chunk.len();
            let skipped = self.skip.min(converted.len());
            self.skip -= skipped;
            out.extend_from_slice(converted.get(skipped..).unwrap_or_default());
        }
        self.waiting.drain(..used);
    }

    /// Gives what is left inside: the end of the sound.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if self.inner.is_some() {
            self.push(&[0.0; 2 * FRAME_SAMPLES], out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RateConverter, StreamConverter};
    use crate::audio::frame::{FRAME_SAMPLES, SAMPLE_RATE};

    fn sine(hertz: f64, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples)
            .map(|n| (0.5 * (std::f64::consts::TAU * hertz * n as f64 / f64::from(rate)).sin()) as f32)
            .collect()
    }

    #[test]
    fn a_file_at_another_rate_keeps_its_pitch_its_level_and_its_beginning() {
        for rate in [8_000, 16_000, 44_100, 96_000] {
            let mut out = Vec::new();
            let mut converter = StreamConverter::new(rate, SAMPLE_RATE);
            for part in sine(1_000.0, rate, rate as usize).chunks(333) {
                converter.push(part, &mut out);
            }
            converter.finish(&mut out);
            let expected = sine(1_000.0, SAMPLE_RATE, SAMPLE_RATE as usize);
            assert!(out.len() >= expected.len() - 10, "{rate}: {}", out.len());
            let error: f32 = (2_000..46_000).map(|n| (out[n] - expected[n]).powi(2)).sum::<f32>() / 44_000.0;
            // The delay is whole samples: an error of less than two samples of 48 kHz is no concern.
            assert!(error.sqrt() < 0.07, "{rate}: {}", error.sqrt());
        }
    }

    #[test]
    fn a_ratio_moved_while_running_makes_no_click() {
        let mut converter = RateConverter::to_frames(SAMPLE_RATE, SAMPLE_RATE);
        let input = sine(440.0, SAMPLE_RATE, 60_000);
        let (mut at, mut out) = (0, Vec::new());
        for frame in 0..100 {
            converter.adjust(if frame % 2 == 0 { 1.001 } else { 0.999 });
            let wanted = converter.wanted();
            let converted = converter.process(&input[at..at + wanted]);
            assert_eq!(converted.len(), FRAME_SAMPLES);
            out.extend_from_slice(converted);
            at += wanted;
        }
        // The steepest step of the sine itself, with a little room.
        let steepest = 0.5 * std::f32::consts::TAU * 440.0 / 48_000.0 * 1.05;
        for pair in out[200..].windows(2) {
            assert!((pair[1] - pair[0]).abs() < steepest, "{pair:?}");
        }
    }
}
