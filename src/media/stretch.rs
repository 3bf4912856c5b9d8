//! Time stretching: a period of sound is left out or repeated, blended so that nothing clicks. The depth of the jitter buffer
//! is moved in this way.

use super::pitch;

/// Sound repeats well enough to be cut at a period.
const ALIKE: f32 = 0.6;

/// Sound as quiet as this may be cut anywhere: -55 dB of full scale.
const QUIET: f32 = 3e-6;

/// Shortens `sound` by one period of at most `most` samples; answers how many samples are gone.
///
/// With `force`, also where the sound does not repeat well.
pub fn shorten(sound: &mut Vec<f32>, rate: u32, most: usize, force: bool) -> usize {
    // Blended are the first period and the second one; both must be there, and the search needs its window after them.
    let most = most.min(pitch::longest(rate)).min(sound.len() / 2);
    let Some(lag) = choose(sound, rate, most, force) else { return 0 };
    for n in 0..lag {
        let weight = (n + 1) as f32 / (lag + 1) as f32;
        let (Some(first), Some(second)) = (sound.get(n).copied(), sound.get(n + lag).copied()) else { return 0 };
        if let Some(blended) = sound.get_mut(n + lag) {
            *blended = first * (1.0 - weight) + second * weight;
        }
    }
    sound.drain(..lag);
    lag
}

/// Repeats one period of at most `most` samples at the start of `sound`, which follows `past`; answers how many samples were
/// added.
pub fn lengthen(past: &[f32], sound: &mut Vec<f32>, rate: u32, most: usize, force: bool) -> usize {
    let most = most.min(pitch::longest(rate)).min(sound.len()).min(past.len());
    // The search wants one run: the end of the past and the start of what follows.
    let known = pitch::needed(rate, most).min(past.len());
    let mut run: Vec<f32> = past.get(past.len() - known..).unwrap_or_default().to_vec();
    run.extend_from_slice(sound.get(..most).unwrap_or_default());
    let Some(lag) = choose_end(&run, rate, most, force) else { return 0 };
    let Some(before) = past.get(past.len() - lag..) else { return 0 };
    // From what follows into what was there one period ago, and then what follows once more.
    let added: Vec<f32> = (0..lag)
        .map(|n| {
            let weight = (n + 1) as f32 / (lag + 1) as f32;
            let follows = sound.get(n).copied().unwrap_or_default();
            follows * (1.0 - weight) + before.get(n).copied().unwrap_or_default() * weight
        })
        .collect();
    sound.splice(0..0, added);
    lag
}

fn choose(sound: &[f32], rate: u32, most: usize, force: bool) -> Option<usize> {
    let span = (pitch::needed(rate, most)).min(sound.len());
    choose_end(sound.get(..span)?, rate, most, force)
}

fn choose_end(run: &[f32], rate: u32, most: usize, force: bool) -> Option<usize> {
    let low = pitch::shortest(rate);
    if most < low {
        return None;
    }
    if pitch::power(run) < QUIET {
        return Some(most);
    }
    let window = pitch::needed(rate, 0);
    let most = most.min(run.len().saturating_sub(window));
    let found = pitch::find(run, rate, low..=most)?;
    (force || found.likeness >= ALIKE).then_some(found.samples)
}

#[cfg(test)]
mod tests {
    use super::super::testing::largest_step;
    use super::*;

    fn voice(rate: u32, count: usize) -> Vec<f32> {
        (0..count)
            .map(|n| {
                let at = n as f32 * 140.0 / rate as f32 * std::f32::consts::TAU;
                0.3 * at.sin() + 0.2 * (2.0 * at).sin()
            })
            .collect()
    }

    #[test]
    fn a_voice_gets_shorter_and_longer_by_a_period_without_a_click() {
        for rate in [8_000_u32, 16_000, 48_000] {
            let whole = voice(rate, rate as usize / 5);
            let limit = largest_step(&whole) * 1.1;
            let period = rate as usize / 140;

            let mut shorter = whole.clone();
            let gone = shorten(&mut shorter, rate, pitch::samples(rate, 12_000), false);
            assert!(gone.abs_diff(period) <= 2, "{rate}: {gone} of {period}");
            assert_eq!(shorter.len() + gone, whole.len());
            assert!(largest_step(&shorter) <= limit);

            let (past, follows) = whole.split_at(rate as usize / 10);
            let mut longer = follows.to_vec();
            let added = lengthen(past, &mut longer, rate, pitch::samples(rate, 12_000), false);
            assert!(added.abs_diff(period) <= 2, "{rate}: {added} of {period}");
            let all: Vec<f32> = past.iter().chain(&longer).copied().collect();
            assert_eq!(all.len(), whole.len() + added);
            assert!(largest_step(&all) <= limit);
        }
    }

    #[test]
    fn noise_is_left_alone_unless_it_must_be_cut_and_silence_is_cut_anywhere() {
        let mut state = 1_u32;
        let noise: Vec<f32> = (0..800)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 - 0.5
            })
            .collect();
        assert_eq!(shorten(&mut noise.clone(), 8_000, 80, false), 0);
        assert!(shorten(&mut noise.clone(), 8_000, 80, true) >= 20);
        assert_eq!(shorten(&mut vec![0.0; 400], 8_000, 77, false), 77);
        assert_eq!(lengthen(&[0.0; 400], &mut vec![0.0; 400], 8_000, 77, false), 77);
    }

    #[test]
    fn too_little_sound_is_left_alone() {
        assert_eq!(shorten(&mut vec![0.1; 30], 8_000, 80, true), 0);
        assert_eq!(lengthen(&[], &mut vec![0.1; 160], 8_000, 80, true), 0);
    }
}
