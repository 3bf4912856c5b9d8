//! Comfort noise (RFC 3389): what a peer's room sounds like while it sends nothing.

/// The quietest level that the payload can say, dB below overload.
const QUIETEST: u8 = 127;

/// Nothing louder is believed: a "silence" of -30 dB would be an attack on ears.
const LOUDEST: u8 = 35;

/// How much of the last sample stays, which takes the hiss out of the noise: the spectrum of a room falls.
const SOFTNESS: f32 = 0.6;

/// A room's noise, by its level.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    amplitude: f32,
    state: u32,
    last: f32,
}

impl ComfortNoise {
    /// From a payload (RFC 3389 section 3.1: the first byte is the level in -dBov). The reflection coefficients that may
    /// follow are not used; section 3.1 leaves that to the receiver. None when it is empty or means silence.
    pub fn of(payload: &[u8]) -> Option<Self> {
        let level = (payload.first()? & 0x7f).max(LOUDEST);
        // Overload is a square wave at full scale; uniform noise of amplitude one has a third of its power, and the filter
        // takes some more.
        let gain = (3.0 * (1.0 + SOFTNESS) / (1.0 - SOFTNESS)).sqrt();
        let amplitude = 10_f32.powf(-f32::from(level) / 20.0) * gain;
        (level < QUIETEST).then_some(Self { amplitude, state: 0x2545_f491, last: 0.0 })
    }

    /// Adds the noise to a tick.
    pub fn add_to(&mut self, sound: &mut [f32]) {
        for sample in sound {
            // A generator of Marsaglia's: nobody guesses anything from it.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            let white = self.state as f32 / u32::MAX as f32 * 2.0 - 1.0;
            self.last = self.last * SOFTNESS + white * (1.0 - SOFTNESS);
            *sample += self.last * self.amplitude;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pitch::power;
    use super::*;

    #[test]
    fn the_noise_is_as_loud_as_the_peer_says_and_never_louder_than_a_room() {
        for (said, heard) in [(40, -40.0), (60, -60.0), (0, -35.0), (0x80 | 50, -50.0)] {
            let mut sound = vec![0.0; 80_000];
            ComfortNoise::of(&[said, 1, 2]).unwrap().add_to(&mut sound);
            let level = 10.0 * power(&sound).log10();
            assert!((level - heard).abs() < 1.0, "{said}: {level}");
        }
        assert!(ComfortNoise::of(&[127]).is_none() && ComfortNoise::of(&[]).is_none());
    }
}
