//! Between 48 kHz and the 8 and 16 kHz of telephony: polyphase filters of windowed sincs, linear phase, two milliseconds
//! of delay at most, 60 dB of rejection.

/// The half length of the filter in samples of the lower rate.
const REACH: usize = 16;

/// The edge of the pass band as a part of the lower rate.
const CUTOFF: f64 = 0.45;

/// Kaiser's shape for 60 dB.
const BETA: f64 = 5.65;

/// The zeroth modified Bessel function of the first kind, which Kaiser's window is made of.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..30 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

/// The impulse response at the higher rate, of unit gain at zero frequency.
fn low_pass(factor: usize) -> Vec<f32> {
    let length = 2 * REACH * factor;
    let middle = (length - 1) as f64 / 2.0;
    let cutoff = CUTOFF / factor as f64;
    let taps: Vec<f64> = (0..length)
        .map(|n| {
            let at = n as f64 - middle;
            let angle = std::f64::consts::TAU * cutoff * at;
            let sinc = if at == 0.0 { 1.0 } else { angle.sin() / angle };
            sinc * bessel(BETA * (1.0 - (at / (middle + 0.5)).powi(2)).max(0.0).sqrt())
        })
        .collect();
    let gain: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / gain) as f32).collect()
}

/// From 48 kHz down by a whole factor.
pub struct Decimator {
    factor: usize,
    taps: Vec<f32>,
    /// The last samples of the past, then the present ones.
    line: Vec<f32>,
}

impl Decimator {
    /// Down by `factor`.
    pub fn new(factor: usize) -> Self {
        let taps = low_pass(factor);
        let line = vec![0.0; taps.len() - 1];
        Self { factor, taps, line }
    }

    /// Filters and keeps every `factor`th sample; the input is a multiple of `factor` long.
    pub fn process(&mut self, sound: &[f32], out: &mut Vec<f32>) {
        self.line.extend_from_slice(sound);
        // The filter is symmetric: no need to turn it around.
        out.extend(
            self.line
                .windows(self.taps.len())
                .step_by(self.factor)
                .map(|window| window.iter().zip(&self.taps).map(|(x, h)| x * h).sum::<f32>()),
        );
        let past = self.taps.len() - 1;
        let consumed = self.line.len().saturating_sub(past);
        self.line.drain(..consumed);
    }
}

/// Up to 48 kHz by a whole factor.
pub struct Interpolator {
    factor: usize,
    /// One short filter per output phase, each in the order of the line.
    phases: Vec<Vec<f32>>,
    line: Vec<f32>,
}

impl Interpolator {
    /// Up by `factor`.
    pub fn new(factor: usize) -> Self {
        let taps = low_pass(factor);
        let phases = (0..factor)
            .map(|phase| {
                let mut part: Vec<f32> =
                    taps.iter().skip(phase).step_by(factor).map(|tap| tap * factor as f32).collect();
                part.reverse();
                part
            })
            .collect();
        Self { factor, phases, line: vec![0.0; 2 * REACH - 1] }
    }

    /// Fills `out` from `out.len() / factor` samples.
    pub fn process(&mut self, sound: &[f32], out: &mut [f32]) {
        self.line.extend_from_slice(sound);
        for (window, block) in self.line.windows(2 * REACH).zip(out.chunks_mut(self.factor)) {
            for (phase, sample) in self.phases.iter().zip(block) {
                *sample = window.iter().zip(phase).map(|(x, h)| x * h).sum();
            }
        }
        let consumed = self.line.len().saturating_sub(2 * REACH - 1);
        self.line.drain(..consumed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sine, tone_level};
    use super::*;

    /// The level of a tone of 0.5 after going down and up again.
    fn there_and_back(factor: usize, hz: f32, listen: f32) -> f32 {
        let (mut down, mut up) = (Decimator::new(factor), Interpolator::new(factor));
        let mut heard = Vec::new();
        for tick in 0..100 {
            let mut low = Vec::new();
            down.process(&sine(hz, 0.5, tick), &mut low);
            assert_eq!(low.len(), 480 / factor);
            let mut frame = [0.0; 480];
            up.process(&low, &mut frame);
            heard.extend_from_slice(&frame);
        }
        tone_level(&heard[9_600..], listen)
    }

    #[test]
    fn the_band_passes_and_what_lies_above_it_does_not() {
        for (factor, hz) in [(6, 200.0), (6, 1_000.0), (6, 3_000.0), (3, 300.0), (3, 6_000.0)] {
            let level = there_and_back(factor, hz, hz);
            assert!((0.47..0.53).contains(&level), "{hz} Hz by {factor}: {level}");
        }
        for (factor, hz, image) in [(6, 4_500.0, 3_500.0), (6, 7_000.0, 1_000.0), (3, 9_500.0, 6_500.0)] {
            let level = there_and_back(factor, hz, image);
            assert!(level < 0.001, "{hz} Hz by {factor} folds to {image}: {level}");
        }
        assert!(there_and_back(6, 1_000.0, 7_000.0) < 0.001, "no image above the band");
    }
}
