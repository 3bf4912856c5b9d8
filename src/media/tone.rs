//! Tones that the program makes itself: the European cadences of 425 Hz (ETSI TR 101 041), and a two-tone bell.

use super::boundary::Tone;
use super::codec::{Frame, TICK};
use crate::model::Ringtone;

/// The fade at both ends of a burst, in samples: 8 ms, so that nothing clicks.
const EDGE: usize = 384;

/// One part of a cadence.
struct Burst {
    /// The two frequencies that sound together; equal for a single tone, zero for silence.
    hz: [f32; 2],
    /// In ticks of 10 ms.
    ticks: usize,
}

const fn sound(hz: f32, ticks: usize) -> Burst {
    Burst { hz: [hz, hz], ticks }
}

const fn pair(low: f32, high: f32, ticks: usize) -> Burst {
    Burst { hz: [low, high], ticks }
}

const fn silence(ticks: usize) -> Burst {
    Burst { hz: [0.0, 0.0], ticks }
}

/// The parts, how often they are repeated (0: for ever), and the level.
fn cadence(tone: Tone) -> (&'static [Burst], u32, f32) {
    match tone {
        Tone::Ringback => (const { &[sound(425.0, 100), silence(400)] }, 0, 0.12),
        Tone::Ringing(ringtone) => (bell(ringtone), 0, 0.3),
        Tone::Sample(ringtone) => (bell(ringtone), 1, 0.3),
        Tone::CallWaiting => (const { &[sound(425.0, 20), silence(20), sound(425.0, 20), silence(440)] }, 0, 0.05),
        Tone::Busy => (const { &[sound(425.0, 50), silence(50)] }, 3, 0.12),
        Tone::Congestion => (const { &[sound(425.0, 25), silence(25)] }, 4, 0.12),
    }
}

/// One round of a ringtone.
fn bell(ringtone: Ringtone) -> &'static [Burst] {
    match ringtone {
        // A fourth, twice, and a rest.
        Ringtone::Classic => {
            const {
                &[
                    pair(523.25, 659.25, 40),
                    pair(698.46, 880.0, 60),
                    silence(20),
                    pair(523.25, 659.25, 40),
                    pair(698.46, 880.0, 60),
                    silence(180),
                ]
            }
        }
        Ringtone::Soft => const { &[pair(261.63, 392.0, 120), silence(40), pair(293.66, 440.0, 120), silence(220)] },
        Ringtone::Chime => {
            const {
                &[
                    pair(523.25, 523.25, 25),
                    pair(659.25, 659.25, 25),
                    pair(783.99, 783.99, 70),
                    silence(60),
                    pair(523.25, 523.25, 25),
                    pair(659.25, 659.25, 25),
                    pair(783.99, 783.99, 70),
                    silence(200),
                ]
            }
        }
        Ringtone::Pulse => {
            const {
                &[
                    pair(740.0, 880.0, 8),
                    silence(8),
                    pair(740.0, 880.0, 8),
                    silence(8),
                    pair(740.0, 880.0, 8),
                    silence(60),
                    pair(740.0, 880.0, 8),
                    silence(8),
                    pair(740.0, 880.0, 8),
                    silence(8),
                    pair(740.0, 880.0, 8),
                    silence(200),
                ]
            }
        }
        Ringtone::Cascade => {
            const {
                &[
                    pair(783.99, 880.0, 18),
                    pair(659.25, 783.99, 18),
                    pair(587.33, 698.46, 18),
                    pair(523.25, 659.25, 50),
                    silence(240),
                ]
            }
        }
    }
}

/// Plays one tone.
pub struct Player {
    tone: Tone,
    burst: usize,
    sample: usize,
    rounds: u32,
}

impl Player {
    /// From the start of its cadence.
    pub fn new(tone: Tone) -> Self {
        Self { tone, burst: 0, sample: 0, rounds: 0 }
    }

    /// The tone.
    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// Whether it belongs to the device that rings.
    pub fn rings(&self) -> bool {
        match self.tone {
            Tone::Ringing(_) | Tone::Sample(_) => true,
            Tone::Ringback | Tone::CallWaiting | Tone::Busy | Tone::Congestion => false,
        }
    }

    /// Adds one tick to a frame; `false` once the tone is over.
    pub fn mix_into(&mut self, frame: &mut Frame) -> bool {
        let (bursts, repeats, level) = cadence(self.tone);
        for out in frame.iter_mut() {
            if repeats != 0 && self.rounds >= repeats {
                return false;
            }
            let Some(burst) = bursts.get(self.burst) else { return false };
            let length = burst.ticks * TICK;
            let edge = self.sample.min(length - 1 - self.sample).min(EDGE) as f32 / EDGE as f32;
            let wave = |hz: f32| {
                let turns = self.sample as f64 * f64::from(hz) / 48_000.0;
                (turns.fract() * std::f64::consts::TAU).sin() as f32
            };
            let shape = 0.5 - 0.5 * (edge * std::f32::consts::PI).cos();
            *out += level * shape * 0.5 * (wave(burst.hz[0]) + wave(burst.hz[1]));
            self.sample += 1;
            if self.sample >= length {
                self.sample = 0;
                self.burst += 1;
                if self.burst >= bursts.len() {
                    self.burst = 0;
                    self.rounds += 1;
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{largest_step, tone_level};
    use super::*;

    fn play(tone: Tone, ticks: usize) -> Vec<f32> {
        let mut player = Player::new(tone);
        let mut heard = Vec::new();
        for _ in 0..ticks {
            let mut frame = [0.0; TICK];
            player.mix_into(&mut frame);
            heard.extend_from_slice(&frame);
        }
        heard
    }

    #[test]
    fn ringback_sounds_a_second_and_rests_for_four() {
        let heard = play(Tone::Ringback, 1_000);
        assert!((tone_level(&heard[4_800..43_200], 425.0) - 0.12).abs() < 0.01);
        assert!(heard[48_000..240_000].iter().all(|sample| sample.abs() < 1e-6));
        assert!(tone_level(&heard[244_800..283_200], 425.0) > 0.1, "and again");
    }

    #[test]
    fn busy_and_congestion_end_by_themselves() {
        for (tone, ticks) in [(Tone::Busy, 300), (Tone::Congestion, 200)] {
            let mut player = Player::new(tone);
            let lasted = (0..1_000).take_while(|_| player.mix_into(&mut [0.0; TICK])).count();
            assert_eq!(lasted, ticks, "{tone:?}");
        }
    }

    #[test]
    fn a_ringtone_is_its_own_and_a_sample_of_it_ends_by_itself() {
        let all: Vec<Vec<f32>> = Ringtone::ALL.into_iter().map(|one| play(Tone::Ringing(one), 1_000)).collect();
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other != one), "{at} sounds like another");
            assert!(one[one.len() / 2..].iter().any(|sample| sample.abs() > 0.1), "it goes on");
        }
        for ringtone in Ringtone::ALL {
            let mut player = Player::new(Tone::Sample(ringtone));
            let lasted = (0..1_000).take_while(|_| player.mix_into(&mut [0.0; TICK])).count();
            assert!((100..600).contains(&lasted), "{ringtone:?}: {lasted}");
        }
    }

    #[test]
    fn no_tone_clicks_or_clips() {
        let bells = Ringtone::ALL.into_iter().map(Tone::Ringing);
        for tone in [Tone::Ringback, Tone::CallWaiting, Tone::Busy, Tone::Congestion].into_iter().chain(bells) {
            let heard = play(tone, 1_000);
            let peak = heard.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.04..0.31).contains(&peak), "{tone:?}: {peak}");
            // The steepest slope of the highest tone, 880 Hz, and no more.
            let steepest = peak * 880.0 * std::f32::consts::TAU / 48_000.0;
            assert!(largest_step(&heard) <= steepest * 1.05, "{tone:?}");
        }
    }
}
