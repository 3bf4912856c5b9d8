//! A voice that goes on through a hole: its period glides from that before the hole to that after it.

use super::pitch;

/// Nothing is louder after the hole than before it by more than this factor.
const LOUDER: f32 = 2.0;

/// The period in samples, near `guess`, at which the end of the sound repeats best; `guess` itself where there is too little.
pub fn refine(sound: &[f32], rate: u32, guess: usize) -> f32 {
    let (end, window) = (sound.len(), guess + pitch::samples(rate, 5_000));
    let low = (guess * 9 / 10).max(1);
    let high = (guess * 11 / 10).min(end.saturating_sub(window + 1));
    let mut best = (guess, -1.0);
    for lag in low..=high {
        let (Some(recent), Some(earlier)) = (sound.get(end - window..), sound.get(end - window - lag..end - lag))
        else {
            continue;
        };
        let (mut cross, mut one, mut two) = (0.0_f32, 1e-9_f32, 1e-9_f32);
        for (x, y) in recent.iter().zip(earlier).step_by(3) {
            cross += x * y;
            one += x * x;
            two += y * y;
        }
        let likeness = cross / (one * two).sqrt();
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best.0 as f32
}

/// The period after a hole as the voice before it would have it: an octave is another reading, not another voice.
pub fn same_octave(before: f32, after: f32) -> f32 {
    let mut period = after;
    for _ in 0..4 {
        if period > before * 1.5 {
            period /= 2.0;
        } else if period < before / 1.5 {
            period *= 2.0;
        }
    }
    period
}

/// `count` samples that follow `past`. The period is `before` at the start and `after` when the packet behind the `hole` has
/// been said, whose length is `packet`.
pub fn go_on(past: &[f32], (before, after): (f32, f32), hole: usize, packet: usize, count: usize) -> Vec<f32> {
    let from = past.len();
    let mut sound = past.to_vec();
    sound.reserve(count);
    for n in 0..count {
        let way = (n as f32 / (hole + packet) as f32).min(1.0);
        let at = sound.len() as f32 - (before + (after - before) * way).max(2.0);
        let (whole, part) = (at.floor(), at - at.floor());
        let take = |index: f32| sound.get(index.max(0.0) as usize).copied().unwrap_or_default();
        let next = take(whole) * (1.0 - part) + take(whole + 1.0) * part;
        sound.push(next);
    }
    sound.split_off(from)
}

/// Lets the loudness of `sound` glide over the `hole`, until it is that of `after`, which was heard in its place.
pub fn swell(sound: &mut [f32], hole: usize, after: &[f32]) {
    let there = sound.get(hole..).unwrap_or_default();
    let there = there.get(..after.len().min(there.len())).unwrap_or_default();
    let goal = (pitch::power(after) / pitch::power(there).max(1e-9)).sqrt().clamp(0.1, LOUDER);
    for (n, sample) in sound.iter_mut().enumerate() {
        *sample *= 1.0 + (goal - 1.0) * (n as f32 / hole.max(1) as f32).min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    /// A voice that glides from 110 Hz upwards and grows.
    fn voice(from: usize, count: usize) -> Vec<f32> {
        (from..from + count)
            .map(|n| {
                let t = n as f32 / RATE as f32;
                let phase = std::f32::consts::TAU * (110.0 * t + 60.0 * t * t);
                (0.2 + t) * (1..8).map(|k| 0.2 / k as f32 * (phase * k as f32).sin()).sum::<f32>()
            })
            .collect()
    }

    #[test]
    fn a_gliding_voice_is_met_in_step_on_the_far_side() {
        let (past, hole, packet) = (voice(0, 9_600), 1_920, 960);
        let truth = voice(past.len(), hole + packet);
        let period = |n: usize| RATE as f32 / (110.0 + 120.0 * n as f32 / RATE as f32);
        let before = refine(&past, RATE, period(past.len()) as usize + 9);
        assert!((before - period(past.len() - 200)).abs() < 6.0, "{before}");
        let after = same_octave(before, period(past.len() + hole + packet) * 2.0);
        let likeness = |guess: &[f32]| {
            let pairs = guess.iter().zip(&truth).skip(hole);
            let cross: f32 = pairs.clone().map(|(x, y)| x * y).sum();
            let (one, two) = pairs.fold((0.0, 0.0), |(one, two), (x, y)| (one + x * x, two + y * y));
            cross / f32::sqrt(one * two)
        };
        let mut glides = go_on(&past, (before, after), hole, packet, hole + packet);
        let stays = go_on(&past, (before, before), hole, packet, hole + packet);
        assert!(likeness(&glides) > 0.6 && likeness(&glides) > likeness(&stays) + 0.3);
        swell(&mut glides, hole, &truth[hole..]);
        let decibels = 10.0 * (pitch::power(&glides[hole..]) / pitch::power(&truth[hole..])).log10();
        assert!(decibels.abs() < 0.5, "{decibels}");
    }

    #[test]
    fn too_little_and_nonsense_are_borne() {
        assert_eq!(refine(&[0.1; 50], RATE, 400), 400.0);
        assert_eq!(go_on(&[], (0.0, 0.0), 0, 0, 10).len(), 10);
        assert!(go_on(&[0.1; 100], (5_000.0, 1.0), 960, 960, 2_000).iter().all(|sample| sample.abs() < 0.101));
        swell(&mut [0.5; 10], 20, &[]);
        assert!(same_octave(100.0, 1e9).is_finite());
    }
}
