//! Pitch: the period at which sound repeats itself. Concealment and time stretching work in whole periods.

/// The shortest period that is looked for, in microseconds: 400 Hz.
const SHORTEST_US: usize = 2_500;

/// The longest: 66 Hz.
const LONGEST_US: usize = 15_000;

/// How much sound is compared, in microseconds.
const WINDOW_US: usize = 8_000;

/// A period and how well the sound repeats at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// In samples.
    pub samples: usize,
    /// Normalised correlation, -1 to 1.
    pub likeness: f32,
}

/// Samples of this many microseconds.
pub const fn samples(rate: u32, us: usize) -> usize {
    rate as usize * us / 1_000_000
}

/// The longest period that is looked for, in samples.
pub const fn longest(rate: u32) -> usize {
    samples(rate, LONGEST_US)
}

/// The shortest, in samples.
pub const fn shortest(rate: u32) -> usize {
    samples(rate, SHORTEST_US)
}

/// The sound that [`find`] needs to look for periods of up to `most` samples.
pub const fn needed(rate: u32, most: usize) -> usize {
    most + samples(rate, WINDOW_US)
}

fn likeness(sound: &[f32], lag: usize, window: usize, step: usize) -> f32 {
    // The end of the sound against itself one lag earlier.
    let end = sound.len();
    let (Some(recent), Some(earlier)) = (sound.get(end - window..), sound.get(end - window - lag..end - lag)) else {
        return -1.0;
    };
    let (mut cross, mut power, mut power_earlier) = (0.0_f32, 1e-9_f32, 1e-9_f32);
    for (x, y) in recent.iter().zip(earlier).step_by(step) {
        cross += x * y;
        power += x * x;
        power_earlier += y * y;
    }
    cross / (power * power_earlier).sqrt()
}

/// The period, within `range` samples, at which the end of the sound repeats best. None when the range is empty or the sound
/// too short.
pub fn find(sound: &[f32], rate: u32, range: std::ops::RangeInclusive<usize>) -> Option<Period> {
    let window = samples(rate, WINDOW_US);
    let (low, high) = (*range.start(), *range.end());
    if low == 0 || low > high || sound.len() < window + high {
        return None;
    }
    // Coarse at the rate of a telephone, then fine around the best.
    let step = (rate as usize / 8_000).max(1);
    let better = |best: Option<Period>, lag: usize, step: usize| {
        let found = Period { samples: lag, likeness: likeness(sound, lag, window, step) };
        Some(match best {
            // A little more is demanded of longer lags: else a multiple of the period wins by chance.
            Some(best) if found.likeness <= best.likeness + 0.01 => best,
            _ => found,
        })
    };
    let coarse = (low..=high).step_by(step).fold(None, |best, lag| better(best, lag, step))?;
    let near = coarse.samples.saturating_sub(step).max(low)..=(coarse.samples + step).min(high);
    near.fold(None, |best: Option<Period>, lag| {
        let found = Period { samples: lag, likeness: likeness(sound, lag, window, 1) };
        Some(match best {
            Some(best) if found.likeness <= best.likeness => best,
            _ => found,
        })
    })
}

/// The mean square of sound.
pub fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_of_a_voice_is_found_at_every_rate() {
        for rate in [8_000_u32, 16_000, 48_000] {
            for hz in [80.0_f32, 125.0, 210.0, 350.0] {
                let voice: Vec<f32> = (0..rate as usize / 20)
                    .map(|n| {
                        let at = n as f32 * hz / rate as f32 * std::f32::consts::TAU;
                        0.3 * at.sin() + 0.2 * (2.0 * at).sin() + 0.1 * (3.0 * at).cos()
                    })
                    .collect();
                let found = find(&voice, rate, shortest(rate)..=longest(rate)).unwrap();
                let periods = found.samples as f32 * hz / rate as f32;
                assert!(
                    (periods - periods.round()).abs() < 0.05 && found.likeness > 0.95,
                    "{hz} Hz at {rate}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn too_little_sound_has_no_period() {
        assert_eq!(find(&[0.0; 100], 8_000, 20..=100), None);
        let nothing = std::ops::RangeInclusive::new(50, 20);
        assert_eq!(find(&[0.0; 1_000], 8_000, nothing), None);
    }
}
