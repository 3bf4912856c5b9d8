//! Adds sounds together without clipping.

use super::frame::{Frame, SILENCE};

/// Below this, a sum passes unchanged; above, it bends towards 1 and never reaches it.
const KNEE: f32 = 0.8;

/// Bends samples beyond the knee smoothly towards full scale: continuous with a continuous first derivative, so that
/// loud sums sound full rather than broken. A sample that is no number becomes silence.
pub fn soft_limit(sample: f32) -> f32 {
    let size = sample.abs();
    if size <= KNEE {
        return sample;
    }
    if !size.is_finite() {
        return 0.0;
    }
    let room = 1.0 - KNEE;
    let over = (size - KNEE) / room;
    (KNEE + room * over / (1.0 + over)).copysign(sample)
}

/// Sums frames, then limits once.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: Frame,
}

impl Default for Mixer {
    fn default() -> Self {
        Self { sum: SILENCE }
    }
}

impl Mixer {
    /// Adds a sound.
    pub fn add(&mut self, frame: &Frame) {
        for (sum, sample) in self.sum.iter_mut().zip(frame) {
            *sum += sample;
        }
    }

    /// The limited sum; the mixer is empty again afterwards.
    pub fn take(&mut self) -> Frame {
        let mut out = SILENCE;
        for (out, sum) in out.iter_mut().zip(&mut self.sum) {
            *out = soft_limit(std::mem::take(sum));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Mixer, soft_limit};

    #[test]
    fn one_sound_of_ordinary_level_passes_unchanged() {
        let mut mixer = Mixer::default();
        mixer.add(&[0.5; 480]);
        assert_eq!(mixer.take(), [0.5; 480]);
        assert_eq!(mixer.take(), [0.0; 480], "nothing is left over");
    }

    #[test]
    fn many_loud_sounds_never_clip_and_keep_their_order() {
        let mut previous = -1.1;
        for step in -400..=400 {
            let limited = soft_limit(step as f32 / 50.0);
            assert!(limited.abs() < 1.0 && limited > previous, "{step}");
            previous = limited;
        }
        assert_eq!(soft_limit(f32::NAN), 0.0);
        assert_eq!(soft_limit(f32::INFINITY), 0.0);
    }
}
