//! Making up missing sound by repeating the last period of the voice, in the way of ITU-T G.711 appendix I but without its
//! delay: where the appendix blends into the past, the joint is bent here.

use super::pitch;

/// Sound fades out from here, in milliseconds of concealment (G.711 appendix I: 10 ms, then 20 % per 10 ms).
const FULL_MS: usize = 10;

/// Nothing is left after this.
const SILENT_MS: usize = 60;

/// How long a joint is bent or blended, in microseconds.
const JOINT_US: usize = 4_000;

/// Repeats the past.
#[derive(Clone)]
pub struct Concealer {
    rate: u32,
    /// One period, made seamless; empty while nothing is concealed.
    period: Vec<f32>,
    /// Samples made up so far.
    made: usize,
    /// The step at the first joint, which decays.
    step: f32,
}

impl Concealer {
    /// For sound of this rate.
    pub fn new(rate: u32) -> Self {
        Self { rate, period: Vec::new(), made: 0, step: 0.0 }
    }

    /// Sound that [`Concealer::conceal`] wants to have seen.
    pub fn history(rate: u32) -> usize {
        pitch::needed(rate, 2 * pitch::longest(rate))
    }

    /// Makes up `count` samples that follow `past`, or what was made up before.
    pub fn conceal(&mut self, past: &[f32], count: usize, out: &mut Vec<f32>) {
        if self.made == 0 {
            self.listen(past);
        }
        let joint = pitch::samples(self.rate, JOINT_US);
        for _ in 0..count {
            let repeated = if self.period.is_empty() {
                0.0
            } else {
                self.period.get(self.made % self.period.len()).copied().unwrap_or_default()
            };
            let bend = self.step * (1.0 - self.made as f32 / joint as f32).max(0.0);
            out.push((repeated + bend) * self.fade());
            self.made += 1;
        }
    }

    /// Blends the start of true sound, from `at` on, with what would have been made up.
    pub fn join(&mut self, sound: &mut [f32], at: usize) {
        if self.made == 0 {
            return;
        }
        let joint = pitch::samples(self.rate, JOINT_US).min(sound.len().saturating_sub(at));
        let mut made_up = Vec::with_capacity(joint);
        self.conceal(&[], joint, &mut made_up);
        for (n, (sample, old)) in sound.iter_mut().skip(at).zip(made_up).enumerate() {
            let weight = (n + 1) as f32 / (joint + 1) as f32;
            *sample = *sample * weight + old * (1.0 - weight);
        }
        self.reset();
    }

    /// True sound follows without a blend.
    pub fn reset(&mut self) {
        self.made = 0;
        self.step = 0.0;
        self.period.clear();
    }

    fn fade(&self) -> f32 {
        let ms = self.made as f32 * 1_000.0 / self.rate as f32;
        let (full, silent) = (FULL_MS as f32, SILENT_MS as f32);
        ((silent - ms) / (silent - full)).clamp(0.0, 1.0)
    }

    fn listen(&mut self, past: &[f32]) {
        self.period.clear();
        self.step = 0.0;
        let Some(found) = pitch::find(past, self.rate, pitch::shortest(self.rate)..=pitch::longest(self.rate)) else {
            // Too little was heard: from the last sample down to silence.
            self.step = past.last().copied().unwrap_or_default();
            return;
        };
        let length = found.samples;
        let end = past.len();
        let (Some(last), Some(before)) =
            (past.get(end - length..), past.get((end - 2 * length.min(end / 2))..end - length))
        else {
            return;
        };
        self.period.extend_from_slice(last);
        if before.len() == length {
            // The last quarter leads over to what precedes the period, so that the end meets the start.
            let quarter = length / 4;
            for n in 0..quarter {
                let weight = (n + 1) as f32 / quarter as f32;
                let at = length - quarter + n;
                if let (Some(sample), Some(old)) = (self.period.get_mut(at), before.get(at)) {
                    *sample = *sample * (1.0 - weight) + old * weight;
                }
            }
            self.step = past.last().copied().unwrap_or_default() - before.last().copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::largest_step;
    use super::*;

    fn voice(rate: u32, from: usize, count: usize) -> Vec<f32> {
        (from..from + count)
            .map(|n| {
                let at = n as f32 * 130.0 / rate as f32 * std::f32::consts::TAU;
                0.3 * at.sin() + 0.15 * (2.0 * at).sin() + 0.05 * (5.0 * at).sin()
            })
            .collect()
    }

    #[test]
    fn a_lost_packet_of_a_voice_is_hardly_missed() {
        for rate in [8_000, 16_000] {
            let past = voice(rate, 0, rate as usize / 10);
            let lost = rate as usize / 50;
            let truth = voice(rate, past.len(), lost);
            let mut concealer = Concealer::new(rate);
            let mut made = Vec::new();
            concealer.conceal(&past, lost, &mut made);
            let noise: f32 = truth.iter().zip(&made).map(|(x, y)| (x - y).powi(2)).sum::<f32>() / lost as f32;
            assert!(noise < pitch::power(&truth) / 10.0, "{rate}: {noise}");
        }
    }

    #[test]
    fn no_joint_clicks_and_long_loss_fades_to_silence() {
        let rate = 8_000;
        let past = voice(rate, 0, 800);
        let mut concealer = Concealer::new(rate);
        let mut whole = past.clone();
        for _ in 0..10 {
            let known = whole.clone();
            concealer.conceal(&known, 80, &mut whole);
        }
        assert!(whole[800 + 480..].iter().all(|sample| sample.abs() < 1e-6), "silent after 60 ms");
        let at = whole.len();
        whole.extend(voice(rate, at + 37, 800));
        concealer.join(&mut whole, at);
        assert!(largest_step(&whole) < largest_step(&past) * 1.6, "{}", largest_step(&whole));
    }

    #[test]
    fn without_a_past_there_is_silence() {
        let mut out = Vec::new();
        Concealer::new(8_000).conceal(&[], 80, &mut out);
        assert_eq!(out, vec![0.0; 80]);
    }
}
