//! Mixes the parties of a conference: each hears the sum of all others and of the microphone, never itself.
//!
//! The sum is bent smoothly where it would clip ([`soft_limit`] looks at one sample at a time, so nothing pumps), and
//! whoever joins, leaves or is muted is faded over one tick, so nothing clicks.

use super::codec::{Frame, TICK};
use crate::audio::{PeakMeter, SILENCE, soft_limit};

/// A gain that moves to its aim over one tick.
#[derive(Clone, Copy, Debug, Default)]
struct Fade {
    from: f32,
    to: f32,
}

impl Fade {
    /// Starts the tick towards this gain.
    fn aim(&mut self, to: f32) {
        self.from = self.to;
        self.to = to;
    }

    /// The gain at a sample of the tick.
    fn at(&self, sample: usize) -> f32 {
        self.from + (self.to - self.from) * (sample + 1) as f32 / TICK as f32
    }

    fn is_silent(&self) -> bool {
        self.from == 0.0 && self.to == 0.0
    }

    fn is_still(&self) -> bool {
        self.from == self.to
    }
}

/// What one party brings in and takes out, ten milliseconds at a time.
#[derive(Clone, Debug)]
pub struct Party {
    /// Its sound as it counts in the sum.
    brought: Frame,
    /// How far it is heard.
    voice: Fade,
    /// How far it hears the others.
    ear: Fade,
    muted: bool,
    meter: PeakMeter,
}

impl Default for Party {
    fn default() -> Self {
        Self {
            brought: SILENCE,
            voice: Fade::default(),
            ear: Fade::default(),
            muted: false,
            meter: PeakMeter::default(),
        }
    }
}

impl Party {
    /// Nobody hears it any more, or everybody does again.
    pub fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Whether nobody hears it.
    pub fn is_muted(&self) -> bool {
        self.muted
    }

    /// Takes what came from the party in this tick. What is no number becomes silence, or one broken sample would reach
    /// everybody.
    pub fn bring(&mut self, frame: &Frame) {
        self.meter.observe(frame);
        self.voice.aim(if self.muted { 0.0 } else { 1.0 });
        self.ear.aim(1.0);
        if self.voice.is_silent() {
            self.brought = SILENCE;
            return;
        }
        for (at, (brought, sample)) in self.brought.iter_mut().zip(frame).enumerate() {
            let sample = if sample.is_finite() { *sample } else { 0.0 };
            *brought = if self.voice.is_still() { sample } else { sample * self.voice.at(at) };
        }
    }

    /// Adds what it brought to the sum of all.
    pub fn add_to(&self, sum: &mut Frame) {
        if self.voice.is_silent() {
            return;
        }
        for (sum, sample) in sum.iter_mut().zip(&self.brought) {
            *sum += sample;
        }
    }

    /// What it hears: all others, and the microphone.
    pub fn take(&self, microphone: &Frame, sum: &Frame) -> Frame {
        let mut heard = SILENCE;
        let parts = heard.iter_mut().zip(microphone).zip(sum.iter().zip(&self.brought));
        for (at, ((heard, own), (sum, brought))) in parts.enumerate() {
            let others = (sum - brought) * if self.ear.is_still() { 1.0 } else { self.ear.at(at) };
            *heard = soft_limit(own + others);
        }
        heard
    }

    /// Its loudness as it came in, muted or not, 0 to 1.
    pub fn level(&self) -> f32 {
        self.meter.peak()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::testing::{largest_step, sine, tone_level};

    const TONES: [f32; 6] = [400.0, 600.0, 900.0, 1_300.0, 1_800.0, 2_500.0];
    const OURS: f32 = 3_300.0;

    /// Everybody's ears over some ticks, and ours; `before` may change the parties of a tick.
    fn confer(level: f32, ticks: usize, mut before: impl FnMut(usize, &mut [Party])) -> (Vec<Vec<f32>>, Vec<f32>) {
        let mut parties = vec![Party::default(); TONES.len()];
        let mut heard = vec![Vec::new(); TONES.len()];
        let mut ours = Vec::new();
        for tick in 0..ticks {
            before(tick, &mut parties);
            let mut sum = SILENCE;
            for (party, hz) in parties.iter_mut().zip(TONES) {
                party.bring(&sine(hz, level, tick));
                party.add_to(&mut sum);
            }
            let microphone = sine(OURS, level, tick);
            for (party, heard) in parties.iter().zip(&mut heard) {
                heard.extend_from_slice(&party.take(&microphone, &sum));
            }
            ours.extend(sum.map(soft_limit));
        }
        (heard, ours)
    }

    #[test]
    fn each_of_six_hears_the_five_others_and_us_and_not_itself() {
        let (heard, ours) = confer(0.1, 100, |_, _| {});
        for (own, sound) in heard.iter().enumerate() {
            let sound = &sound[4_800..];
            for (other, hz) in TONES.iter().enumerate() {
                let level = tone_level(sound, *hz);
                assert!(if own == other { level < 1e-5 } else { (level - 0.1).abs() < 0.01 }, "{own} {other} {level}");
            }
            assert!((tone_level(sound, OURS) - 0.1).abs() < 0.01, "{own}");
        }
        assert!(TONES.iter().all(|hz| (tone_level(&ours[4_800..], *hz) - 0.1).abs() < 0.01));
        assert!(tone_level(&ours[4_800..], OURS) < 1e-5, "we do not hear ourselves");
    }

    #[test]
    fn many_loud_voices_do_not_clip_and_nobody_is_pumped_down() {
        let (heard, _) = confer(0.9, 100, |_, _| {});
        assert!(heard.iter().flatten().all(|sample| sample.abs() < 1.0));
        // When all but one fall silent, that one is heard as loud as ever in the very next tick.
        let mut party = [Party::default(), Party::default()];
        for (tick, loud) in [(0, 0.9), (1, 0.9), (2, 0.0)] {
            let mut sum = SILENCE;
            party[0].bring(&sine(400.0, 0.3, tick));
            party[1].bring(&sine(600.0, loud, tick));
            party.iter().for_each(|party| party.add_to(&mut sum));
            let heard = party[1].take(&SILENCE, &sum);
            let alone = sine(400.0, 0.3, tick);
            let differs = heard.iter().zip(&alone).any(|(a, b)| (a - b).abs() > 1e-6);
            assert!(tick == 0 || !differs, "{tick}");
        }
    }

    #[test]
    fn whoever_joins_or_is_muted_is_faded_and_does_not_click() {
        let still = largest_step(&confer(0.1, 60, |_, _| {}).0[0][960..]);
        let (heard, _) = confer(0.1, 60, |tick, parties| {
            if tick == 0 || tick == 20 || tick == 40 {
                parties[1].set_muted(tick != 20);
            }
        });
        assert!(largest_step(&heard[0]) < still * 1.3, "{} {still}", largest_step(&heard[0]));
        assert!(tone_level(&heard[0][24 * 480..38 * 480], TONES[1]) > 0.08, "heard in the middle");
        assert!(tone_level(&heard[0][44 * 480..], TONES[1]) < 0.01, "muted for the others");
        assert!(tone_level(&heard[1][44 * 480..], TONES[0]) > 0.08, "who is muted still hears");
    }

    #[test]
    fn a_broken_sample_of_one_party_reaches_nobody() {
        let mut party = Party::default();
        let mut broken = [0.2; TICK];
        (broken[3], broken[4]) = (f32::NAN, f32::INFINITY);
        let mut sum = SILENCE;
        for _ in 0..2 {
            sum = SILENCE;
            party.bring(&broken);
            party.add_to(&mut sum);
        }
        assert!(sum.iter().all(|sample| sample.is_finite()) && sum[5] == 0.2);
        assert!(party.take(&SILENCE, &sum).iter().all(|sample| *sample == 0.0));
    }
}
