//! Filling a hole whose far side is known: what follows is carried back into the hole, and meets there what was carried
//! forward.

use super::pitch;

/// Sound after the hole that is looked at, in microseconds: enough for two periods of a low voice.
const AHEAD_US: usize = 40_000;

/// Samples after the hole that [`bridge`] makes use of.
pub const fn ahead(rate: u32) -> usize {
    pitch::samples(rate, AHEAD_US)
}

/// Two guesses that resemble each other so much are brought into step.
const ALIKE: f32 = 0.3;

/// How long the joint to the far side is bent, in microseconds.
const JOINT_US: usize = 4_000;

/// Blends the forward guess in `hole` with what `after` lets guess backwards. `more` goes on where `hole` ends.
pub fn bridge(rate: u32, hole: &mut [f32], more: &[f32], after: &[f32]) {
    let count = hole.len();
    let mirror: Vec<f32> = after.iter().take(ahead(rate)).rev().copied().collect();
    let Some(found) = period(&mirror, rate) else { return };
    // As far again to the left as the guesses may be out of step.
    let reach = found.samples / 2;
    let mut back = backward(after, found.samples, count + reach, pitch::samples(rate, JOINT_US));
    let step = in_step(hole, &back, reach);
    let offset = step.unwrap_or_default() as f32;
    let forward: Vec<f32> = hole.iter().chain(more).copied().collect();
    back.extend(after.iter().take(reach + 2));
    for (n, sample) in hole.iter_mut().enumerate() {
        let at = (n as f32 + 0.5) / count as f32;
        // Each guess is read along a line that starts, or ends, where it is sure: b - a = offset throughout.
        let a = read(&forward, n as f32 - offset * at);
        let b = read(&back, n as f32 + reach as f32 + offset * (1.0 - at));
        let weight = 0.5 - 0.5 * (at * std::f32::consts::PI).cos();
        // Guesses that have nothing to do with each other keep their power, not their amplitude.
        let (low, high) = match step {
            Some(_) => (1.0 - weight, weight),
            None => ((1.0 - weight).sqrt(), weight.sqrt()),
        };
        *sample = a * low + b * high;
    }
}

fn period(mirror: &[f32], rate: u32) -> Option<pitch::Period> {
    let longest = pitch::longest(rate).min(mirror.len().checked_sub(pitch::needed(rate, 0))?);
    pitch::find(mirror, rate, pitch::shortest(rate)..=longest)
}

/// `count` samples that lead to the start of `after`, by its first period.
fn backward(after: &[f32], period: usize, count: usize, joint: usize) -> Vec<f32> {
    let step = after.first().copied().unwrap_or_default() - after.get(period).copied().unwrap_or_default();
    (0..count)
        .map(|n| {
            let before = count - n;
            let bend = step * (1.0 - before as f32 / joint as f32).max(0.0);
            after.get((period - before % period) % period).copied().unwrap_or_default() + bend
        })
        .collect()
}

/// By how many samples `back` has to be read later for the two to be in step; `back` starts `reach` earlier.
fn in_step(forward: &[f32], back: &[f32], reach: usize) -> Option<isize> {
    let mut best: Option<(isize, f32)> = None;
    for offset in -(reach as isize)..=reach as isize {
        let from = reach.saturating_add_signed(offset);
        let other = back.get(from..)?;
        let (mut cross, mut one, mut two) = (0.0, 1e-9, 1e-9);
        for (x, y) in forward.iter().zip(other) {
            cross += x * y;
            one += x * x;
            two += y * y;
        }
        let likeness: f32 = cross / f32::sqrt(one * two);
        // The further the guesses must be bent, the better they must agree.
        let worth = likeness - 0.2 * offset.unsigned_abs() as f32 / reach.max(1) as f32;
        if likeness > ALIKE && best.is_none_or(|(_, known)| worth > known) {
            best = Some((offset, worth));
        }
    }
    best.map(|(offset, _)| offset)
}

/// A sample between samples, by a cubic through four of them.
fn read(sound: &[f32], at: f32) -> f32 {
    let whole = at.floor();
    let part = at - whole;
    let take = |n: isize| {
        let index = (whole as isize + n).clamp(0, sound.len() as isize - 1);
        sound.get(index as usize).copied().unwrap_or_default()
    };
    let (a, b, c, d) = (take(-1), take(0), take(1), take(2));
    let (p, q, r) = (-0.5 * a + 1.5 * b - 1.5 * c + 0.5 * d, a - 2.5 * b + 2.0 * c - 0.5 * d, 0.5 * (c - a));
    ((p * part + q) * part + r) * part + b
}

#[cfg(test)]
mod tests {
    use super::super::conceal::Concealer;
    use super::super::testing::largest_step;
    use super::*;

    /// A voice whose pitch rises from 110 Hz.
    fn voice(rate: u32, from: usize, count: usize) -> Vec<f32> {
        (from..from + count)
            .map(|n| {
                let t = n as f32 / rate as f32;
                let phase = std::f32::consts::TAU * (110.0 * t + 60.0 * t * t);
                (1..8).map(|k| 0.2 / k as f32 * (phase * k as f32).sin()).sum()
            })
            .collect()
    }

    #[test]
    fn a_hole_whose_far_side_is_known_is_filled_better_than_from_one_side() {
        let rate = 8_000;
        for lost in [160, 320] {
            let past = voice(rate, 0, 1_600);
            let truth = voice(rate, past.len(), lost);
            let after = voice(rate, past.len() + lost, 480);
            let mut made = Vec::new();
            Concealer::new(rate).conceal(&past, lost + 20, &mut made);
            let more = made.split_off(lost);
            let error = |made: &[f32]| truth.iter().zip(made).map(|(x, y)| (x - y).powi(2)).sum::<f32>();
            let one_side = error(&made);
            bridge(rate, &mut made, &more, &after);
            assert!(error(&made) * 2.0 < one_side, "{lost}: {} of {one_side}", error(&made));
            let whole: Vec<f32> = past.iter().chain(&made).chain(&after).copied().collect();
            assert!(largest_step(&whole) < largest_step(&past) * 1.5, "{lost}: a click");
        }
    }

    #[test]
    fn too_little_on_the_far_side_and_silence_change_nothing_for_the_worse() {
        let mut hole = vec![0.25; 160];
        bridge(8_000, &mut hole, &[], &[0.1; 30]);
        assert_eq!(hole, vec![0.25; 160], "not enough to find a period in");
        bridge(8_000, &mut hole, &[], &[0.0; 480]);
        assert!(hole.iter().all(|sample| sample.abs() <= 0.26));
        bridge(8_000, &mut [], &[], &[0.0; 480]);
    }
}
