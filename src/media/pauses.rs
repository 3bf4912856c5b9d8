//! Pauses of the speaker, for codecs that have no silence detection of their own: sound at the level of the room is
//! described once in a while instead of being sent (RFC 3389). In doubt it counts as speech.

use super::noise::Noise;

/// Quiet for so many ticks before a pause begins: the end of a word is never cut.
const HANGOVER: u32 = 20;

/// Ticks after which the pause is described again: the way through a translator stays open.
const REPEAT: u32 = 40;

/// A change of the level by so many decibels is told at once.
const TELL: u8 = 4;

/// What is louder than the room by this factor of power is speech: 9 dB.
const ABOVE: f32 = 8.0;

/// What is louder than this is never a pause, however steady: -45 dB of full scale.
const LOUD: f32 = 3.2e-5;

/// What is quieter than this is always one: -80 dB.
const NOTHING: f32 = 1e-8;

/// The room's level follows quieter sound at once and rises by 3 dB a second.
const RISE: f32 = 1.007;

/// Watches what is said, tick by tick.
#[derive(Debug)]
pub struct Pauses {
    /// The power of the room.
    floor: f32,
    quiet: u32,
    /// Ticks since the pause was described, and how.
    told: Option<(u32, u8)>,
    /// The sound of the last ticks of quiet, for the description.
    recent: Vec<f32>,
    /// Samples that are described.
    span: usize,
}

impl Pauses {
    /// For ticks of so many samples.
    pub fn new(per_tick: usize) -> Self {
        Self { floor: LOUD, quiet: 0, told: None, recent: Vec::new(), span: per_tick * 4 }
    }

    /// One tick of the speaker.
    pub fn tick(&mut self, sound: &[f32]) {
        let power = sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32;
        self.floor = if power < self.floor { power.max(NOTHING) } else { (self.floor * RISE).min(LOUD) };
        let speech = power > LOUD || (power > NOTHING && power > self.floor * ABOVE);
        if speech {
            self.quiet = 0;
            self.told = None;
            self.recent.clear();
            return;
        }
        self.quiet = self.quiet.saturating_add(1);
        self.recent.extend_from_slice(sound);
        let surplus = self.recent.len().saturating_sub(self.span);
        self.recent.drain(..surplus);
        if let Some((since, _)) = &mut self.told {
            *since = since.saturating_add(1);
        }
    }

    /// Whether nothing need be sent.
    pub fn is_pause(&self) -> bool {
        self.quiet > HANGOVER
    }

    /// What the peer should be told of the pause, when it is time to.
    pub fn describe(&mut self) -> Option<Noise> {
        let noise = Noise::of(&self.recent);
        let due = self.told.is_none_or(|(since, level)| since >= REPEAT || noise.level.abs_diff(level) >= TELL);
        if !due {
            return None;
        }
        self.told = Some((0, noise.level));
        Some(noise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(level: f32, tick: usize) -> Vec<f32> {
        let mut state = tick as u32 + 1;
        (0..80)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 8) as f32 / 8_388_608.0 - 1.0) * level
            })
            .collect()
    }

    #[test]
    fn a_word_is_never_cut_and_a_pause_is_told_seldom() {
        let mut pauses = Pauses::new(80);
        let (mut told, mut paused) = (0, 0);
        for tick in 0..1_000 {
            // A word of half a second every two seconds, in a quiet room.
            let word = tick % 200 < 50;
            pauses.tick(&noise(if word { 0.1 } else { 0.002 }, tick));
            assert!(!(word && pauses.is_pause()), "tick {tick}");
            if pauses.is_pause() {
                paused += 1;
                told += u32::from(pauses.describe().is_some());
            }
        }
        assert!(paused >= 600, "{paused} of 750 quiet ticks");
        assert!((15..=30).contains(&told), "{told} descriptions in five pauses");
    }

    #[test]
    fn what_is_loud_and_steady_is_not_a_pause() {
        let mut pauses = Pauses::new(80);
        assert!((0..3_000).all(|tick| {
            pauses.tick(&noise(0.05, tick));
            !pauses.is_pause()
        }));
    }

    #[test]
    fn a_louder_room_is_told_at_once() {
        let mut pauses = Pauses::new(80);
        (0..60).for_each(|tick| pauses.tick(&noise(0.001, tick)));
        assert!(pauses.describe().is_some());
        (0..5).for_each(|tick| pauses.tick(&noise(0.001, tick)));
        assert_eq!(pauses.describe(), None);
        (0..4).for_each(|tick| pauses.tick(&noise(0.002, tick)));
        assert!(pauses.is_pause() && pauses.describe().is_some());
    }
}
