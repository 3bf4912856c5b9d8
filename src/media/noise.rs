//! Comfort noise (RFC 3389): how quiet a pause is and how it sounds, in one packet instead of fifty a second.

/// Reflection coefficients that are sent: enough for the colour of a room (RFC 3389 section 3.2).
const ORDER: usize = 6;

/// Reflection coefficients that are read; what a peer sends beyond them is left out.
const MOST_ORDER: usize = 12;

/// Coefficients stay inside this, so that the filter is stable whatever a peer sends.
const STABLE: f32 = 0.99;

/// How fast the level follows a new description: a twentieth of the way per millisecond.
const GLIDE_MS: f32 = 20.0;

/// The level and colour of a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Below the overload of the system, 0 to 127 dB (RFC 3389 section 3.1: 0 is a square wave at full scale).
    pub level: u8,
    /// Reflection coefficients, -1 to 1; zeros mean white noise.
    pub reflections: [f32; MOST_ORDER],
}

impl Noise {
    /// Reads a payload; none when it is empty.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (first, rest) = payload.split_first()?;
        let mut reflections = [0.0; MOST_ORDER];
        for (coefficient, byte) in reflections.iter_mut().zip(rest) {
            // RFC 3389 section 3.2: N = 127 + k * 32768 / 258, uniform from -1 to 1.
            let value = (f32::from(*byte) - 127.0) * 258.0 / 32_768.0;
            *coefficient = value.clamp(-STABLE, STABLE);
        }
        // RFC 3389 section 3.1: the first bit is unused and zero.
        Some(Self { level: first & 0x7f, reflections })
    }

    /// The payload.
    pub fn write(&self) -> Vec<u8> {
        let coefficients = self.reflections.iter().take(ORDER);
        let bytes = coefficients.map(|value| (127.0 + value * 32_768.0 / 258.0).round().clamp(0.0, 254.0) as u8);
        std::iter::once(self.level & 0x7f).chain(bytes).collect()
    }

    /// Describes sound, by Levinson's recursion over its autocorrelation.
    pub fn of(sound: &[f32]) -> Self {
        let power = sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32;
        let level = (-10.0 * power.max(1e-13).log10()).clamp(0.0, 127.0) as u8;
        let mut reflections = [0.0; MOST_ORDER];
        let correlation: [f32; ORDER + 1] =
            std::array::from_fn(|lag| sound.iter().zip(sound.iter().skip(lag)).map(|(x, y)| x * y).sum::<f32>());
        let [energy, ..] = correlation;
        // A little white noise keeps the recursion sound, as speech coders do it.
        let mut error = energy * 1.0001 + 1e-9;
        let mut predictor = [0.0_f32; ORDER];
        for at in 0..ORDER {
            let known = predictor.iter().take(at).enumerate();
            let sum: f32 = known.map(|(n, value)| value * correlation.get(at - n).copied().unwrap_or_default()).sum();
            let wanted = correlation.get(at + 1).copied().unwrap_or_default();
            let reflection = ((wanted - sum) / error).clamp(-STABLE, STABLE);
            let before = predictor;
            for (n, value) in predictor.iter_mut().take(at).enumerate() {
                *value -= reflection * before.get(at - 1 - n).copied().unwrap_or_default();
            }
            if let (Some(last), Some(told)) = (predictor.get_mut(at), reflections.get_mut(at)) {
                // RFC 3389 section 3.2 counts them with the sign of the lattice, which is the other one.
                (*last, *told) = (reflection, -reflection);
            }
            error *= 1.0 - reflection * reflection;
        }
        Self { level, reflections }
    }

    /// The root of the mean square, full scale being one.
    fn amplitude(&self) -> f32 {
        if self.level >= 127 { 0.0 } else { 10.0_f32.powf(-f32::from(self.level) / 20.0) }
    }
}

/// Makes the noise that was described.
#[derive(Clone, Debug)]
pub struct NoiseMaker {
    /// Samples a millisecond.
    per_ms: f32,
    wanted: Noise,
    /// Glides after `wanted`.
    amplitude: f32,
    /// What the lattice's gain takes off.
    scale: f32,
    /// The lattice's memory.
    backward: [f32; MOST_ORDER],
    random: u32,
}

impl NoiseMaker {
    /// At so many samples a second.
    pub fn new(rate: u32, wanted: Noise) -> Self {
        let mut maker = Self {
            per_ms: rate as f32 / 1_000.0,
            wanted,
            amplitude: wanted.amplitude(),
            scale: 1.0,
            backward: [0.0; MOST_ORDER],
            random: 0x2545_f491,
        };
        maker.follow(wanted);
        maker
    }

    /// Another description.
    pub fn follow(&mut self, wanted: Noise) {
        self.wanted = wanted;
        // The gain of an all-pole lattice for white noise: the product of 1 / (1 - k²).
        let gain: f32 = wanted.reflections.iter().map(|value| 1.0 - value * value).product();
        self.scale = gain.max(0.0).sqrt();
    }

    /// Appends so many samples.
    pub fn make(&mut self, samples: usize, out: &mut Vec<f32>) {
        let goal = self.wanted.amplitude();
        let step = 1.0 / (GLIDE_MS * self.per_ms);
        for _ in 0..samples {
            self.amplitude += (goal - self.amplitude) * step;
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Uniform noise of power one.
            let white = ((self.random >> 8) as f32 / 8_388_608.0 - 1.0) * 1.732_050_8;
            let shaped = self.lattice(white * self.scale);
            out.push((shaped * self.amplitude).clamp(-1.0, 1.0));
        }
    }

    /// One sample through the all-pole lattice.
    fn lattice(&mut self, input: f32) -> f32 {
        let mut forward = input;
        let old = self.backward;
        for n in (0..MOST_ORDER).rev() {
            let k = self.wanted.reflections.get(n).copied().unwrap_or_default();
            let delayed = old.get(n).copied().unwrap_or_default();
            forward -= k * delayed;
            if let Some(next) = self.backward.get_mut(n + 1) {
                *next = delayed + k * forward;
            }
        }
        let [first, ..] = &mut self.backward;
        *first = forward;
        forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn white(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    }

    fn power(sound: &[f32]) -> f32 {
        sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32
    }

    /// How alike neighbours are: -1 hisses, 1 rumbles.
    fn colour(sound: &[f32]) -> f32 {
        sound.windows(2).map(|pair| pair[0] * pair[1]).sum::<f32>() / sound.len() as f32 / power(sound)
    }

    #[test]
    fn noise_comes_back_as_loud_and_as_dark_as_it_was() {
        for (name, keep, level) in [("white", 0.0, 0.01), ("a fan", 0.8, 0.003), ("hiss", -0.5, 0.001)] {
            let mut last = 0.0;
            let said: Vec<f32> = white(8_000, 7)
                .into_iter()
                .map(|sample| {
                    last = last * keep + sample;
                    last * level
                })
                .collect();
            let told = Noise::parse(&Noise::of(&said).write()).unwrap();
            let mut made = Vec::new();
            NoiseMaker::new(8_000, told).make(16_000, &mut made);
            let decibels = 10.0 * (power(&made[8_000..]) / power(&said)).log10();
            assert!(decibels.abs() < 1.5, "{name}: {decibels:.1} dB");
            assert!((colour(&made[8_000..]) - colour(&said)).abs() < 0.1, "{name}: another colour");
        }
    }

    #[test]
    fn a_level_alone_is_enough_and_nonsense_stays_in_range() {
        let told = Noise::parse(&[40]).unwrap();
        let mut made = Vec::new();
        NoiseMaker::new(16_000, told).make(16_000, &mut made);
        assert!((10.0 * power(&made).log10() + 40.0).abs() < 1.0);
        assert_eq!(Noise::parse(&[]), None);
        for coefficient in [0_u8, 127, 254, 255] {
            let payload: Vec<u8> = std::iter::once(0).chain([coefficient; 300]).collect();
            let mut made = Vec::new();
            NoiseMaker::new(8_000, Noise::parse(&payload).unwrap()).make(8_000, &mut made);
            assert!(made.iter().all(|sample| sample.abs() <= 1.0));
        }
        let mut silence = Vec::new();
        NoiseMaker::new(8_000, Noise::parse(&[127]).unwrap()).make(800, &mut silence);
        assert!(silence.iter().all(|sample| *sample == 0.0), "127 is nothing at all");
    }
}
