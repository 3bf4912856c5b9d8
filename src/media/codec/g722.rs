//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): two bands of 8 kHz by a quadrature mirror filter, ADPCM with six bits in the
//! lower and two in the higher one. Block and variable names are those of the recommendation.

const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
const Q6: [i32; 32] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919, 0, 0,
];
const ILN: [u8; 32] = [
    0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
    4, 0,
];
const ILP: [u8; 32] = [
    0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34,
    33, 32, 0,
];
const WL: [i32; 8] = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const RL42: [usize; 16] = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
const QM4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
    -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
    -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const IHN: [u8; 3] = [0, 1, 0];
const IHP: [u8; 3] = [0, 3, 2];
const WH: [i32; 3] = [0, -214, 798];
const RH2: [usize; 4] = [2, 1, 2, 1];

/// The largest shift of the quantiser's scale in the lower band (SCALEL).
const LOW: i32 = 8;

/// The same in the higher band (SCALEH).
const HIGH: i32 = 10;

/// The delay of both filters together, in samples of 16 kHz.
pub const FILTERS: usize = 22;

fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// The adaptive predictor and quantiser scale of one band (blocks 3 and 4).
#[derive(Clone, Default)]
struct Band {
    s: i32,
    sz: i32,
    r: [i32; 3],
    p: [i32; 3],
    a: [i32; 3],
    b: [i32; 7],
    d: [i32; 7],
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Self {
        Self { det, ..Self::default() }
    }

    /// Block 4: RECONS, PARREC, UPPOL2, UPPOL1, UPZERO, DELAYA, FILTEP, FILTEZ, PREDIC.
    fn adapt(&mut self, d: i32) {
        self.d[0] = d;
        self.r[0] = saturate(self.s + d);
        self.p[0] = saturate(self.sz + d);
        let sign = |value: i32| value >> 15;

        // UPPOL2
        let wd1 = saturate(self.a[1] << 2);
        let wd2 = if sign(self.p[0]) == sign(self.p[1]) { -wd1 } else { wd1 }.min(32_767);
        let wd3 = if sign(self.p[0]) == sign(self.p[2]) { 128 } else { -128 };
        let ap2 = (wd3 + (wd2 >> 7) + ((self.a[2] * 32_512) >> 15)).clamp(-12_288, 12_288);

        // UPPOL1
        let wd1 = if sign(self.p[0]) == sign(self.p[1]) { 192 } else { -192 };
        let limit = saturate(15_360 - ap2);
        let ap1 = saturate(wd1 + ((self.a[1] * 32_640) >> 15)).clamp(-limit, limit);

        // UPZERO
        let wd1 = if d == 0 { 0 } else { 128 };
        for i in 1..7 {
            let wd2 = if sign(self.d[i]) == sign(d) { wd1 } else { -wd1 };
            self.b[i] = saturate(wd2 + ((self.b[i] * 32_640) >> 15));
        }

        // DELAYA
        for i in (1..7).rev() {
            self.d[i] = self.d[i - 1];
        }
        self.r = [self.r[0], self.r[0], self.r[1]];
        self.p = [self.p[0], self.p[0], self.p[1]];
        self.a = [0, ap1, ap2];

        // FILTEP
        let wd1 = (self.a[1] * saturate(self.r[1] + self.r[1])) >> 15;
        let wd2 = (self.a[2] * saturate(self.r[2] + self.r[2])) >> 15;
        let sp = saturate(wd1 + wd2);

        // FILTEZ
        self.sz = saturate((1..7).map(|i| (self.b[i] * saturate(self.d[i] + self.d[i])) >> 15).sum());

        // PREDIC
        self.s = saturate(sp + self.sz);
    }

    /// Goes halfway back to the coefficients and the scale of `before`.
    fn temper(&mut self, before: &Self, base: i32) {
        for (own, was) in self.a.iter_mut().zip(before.a).chain(self.b.iter_mut().zip(before.b)) {
            *own = (*own + was) / 2;
        }
        self.nb = (self.nb + before.nb) / 2;
        self.det = scale(self.nb, base);
    }

    /// LOGSCL and SCALEL of the lower band.
    fn scale_low(&mut self, code: usize) {
        let nb = ((self.nb * 127) >> 7) + WL[RL42[code & 15]];
        self.nb = nb.clamp(0, 18_432);
        self.det = scale(self.nb, LOW);
    }

    /// LOGSCH and SCALEH of the higher band.
    fn scale_high(&mut self, code: usize) {
        let nb = ((self.nb * 127) >> 7) + WH[RH2[code & 3]];
        self.nb = nb.clamp(0, 22_528);
        self.det = scale(self.nb, HIGH);
    }
}

fn scale(nb: i32, base: i32) -> i32 {
    let mantissa = ILB[((nb >> 6) & 31) as usize];
    let shift = base - (nb >> 11);
    let scaled = if shift < 0 { mantissa << -shift } else { mantissa >> shift };
    scaled << 2
}

/// The delay line of the quadrature mirror filter: 24 samples of 16 kHz.
#[derive(Clone, Default)]
struct Mirror([i32; 24]);

impl Mirror {
    /// Shifts two samples in; answers the sums over the even and the odd taps.
    fn push(&mut self, first: i32, second: i32) -> (i32, i32) {
        self.0.copy_within(2.., 0);
        self.0[22] = first;
        self.0[23] = second;
        let (mut odd, mut even) = (0, 0);
        for i in 0..12 {
            odd += self.0[2 * i] * QMF[i];
            even += self.0[2 * i + 1] * QMF[11 - i];
        }
        (odd, even)
    }
}

/// Turns 16 kHz sound into 64 kbit/s.
pub struct Encoder {
    low: Band,
    high: Band,
    mirror: Mirror,
}

impl Encoder {
    /// An encoder at rest.
    pub fn new() -> Self {
        Self { low: Band::new(32), high: Band::new(8), mirror: Mirror::default() }
    }

    /// Two samples of 16 kHz become one byte; an odd last sample is left out.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        for pair in samples.chunks_exact(2) {
            let &[first, second] = pair else { continue };
            let (odd, even) = self.mirror.push(i32::from(first), i32::from(second));
            let low = self.low.encode_low((even + odd) >> 14);
            let high = self.high.encode_high((even - odd) >> 14);
            out.push(high << 6 | low);
        }
    }
}

impl Band {
    fn encode_low(&mut self, x: i32) -> u8 {
        let el = saturate(x - self.s);
        let magnitude = if el >= 0 { el } else { -(el + 1) };
        let step = (1..30).find(|&i| magnitude < (Q6[i] * self.det) >> 12).unwrap_or(30);
        let code = if el < 0 { ILN[step] } else { ILP[step] };
        let ril = usize::from(code >> 2);
        let d = (self.det * QM4[ril]) >> 15;
        self.scale_low(ril);
        self.adapt(d);
        code
    }

    fn encode_high(&mut self, x: i32) -> u8 {
        let eh = saturate(x - self.s);
        let magnitude = if eh >= 0 { eh } else { -(eh + 1) };
        let step = if magnitude >= (564 * self.det) >> 12 { 2 } else { 1 };
        let code = if eh < 0 { IHN[step] } else { IHP[step] };
        let d = (self.det * QM2[usize::from(code)]) >> 15;
        self.scale_high(usize::from(code));
        self.adapt(d);
        code
    }
}

/// Turns 64 kbit/s into 16 kHz sound.
pub struct Decoder {
    low: Band,
    high: Band,
    mirror: Mirror,
}

impl Decoder {
    /// A decoder at rest.
    pub fn new() -> Self {
        Self { low: Band::new(32), high: Band::new(8), mirror: Mirror::default() }
    }

    /// Each byte becomes two samples of 16 kHz.
    pub fn decode(&mut self, bytes: &[u8], mut put: impl FnMut(i16)) {
        for byte in bytes {
            let low = self.decode_low(usize::from(byte & 0x3f));
            let high = self.decode_high(usize::from(byte >> 6));
            let (odd, even) = self.mirror.push(low + high, low - high);
            put(saturate(even >> 11) as i16);
            put(saturate(odd >> 11) as i16);
        }
    }

    /// Follows sound that was made up, as if it had come in packets, so that the next packet finds the predictors where
    /// the peer's nearly are (ITU-T G.722 appendix IV does the same). `sound` is [`FILTERS`] samples of what was played
    /// before, the sound that was made up, and [`FILTERS`] more samples of what would follow.
    ///
    /// What was made up is right about the phase of the voice at best: of loudness and spectrum half of what they were
    /// before is kept.
    pub fn follow(&mut self, sound: &[i16]) {
        let (low, high) = (self.low.clone(), self.high.clone());
        let mut analysis = Mirror::default();
        for (n, pair) in sound.chunks_exact(2).enumerate() {
            let &[first, second] = pair else { continue };
            let (odd, even) = analysis.push(i32::from(first), i32::from(second));
            // Both filters are filled.
            if n >= FILTERS {
                self.low.encode_low((even + odd) >> 14);
                self.high.encode_high((even - odd) >> 14);
                // What the predictor took the sample for.
                let (low, high) = (self.low.r[1], self.high.r[1]);
                self.mirror.push(low + high, low - high);
            }
        }
        self.low.temper(&low, LOW);
        self.high.temper(&high, HIGH);
    }

    fn decode_low(&mut self, code: usize) -> i32 {
        // The output takes all six bits, the predictor only the upper four (figure 7 of G.722).
        let dl = (self.low.det * QM6[code & 63]) >> 15;
        let out = (self.low.s + dl).clamp(-16_384, 16_383);
        let ril = (code >> 2) & 15;
        let d = (self.low.det * QM4[ril]) >> 15;
        self.low.scale_low(ril);
        self.low.adapt(d);
        out
    }

    fn decode_high(&mut self, code: usize) -> i32 {
        let d = (self.high.det * QM2[code & 3]) >> 15;
        let out = (self.high.s + d).clamp(-16_384, 16_383);
        self.high.scale_high(code);
        self.high.adapt(d);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, amplitude: f64, samples: usize) -> Vec<i16> {
        (0..samples).map(|n| (amplitude * (n as f64 * hz * std::f64::consts::TAU / 16_000.0).sin()) as i16).collect()
    }

    fn round_trip(sound: &[i16]) -> Vec<i16> {
        let mut bytes = Vec::new();
        Encoder::new().encode(sound, &mut bytes);
        assert_eq!(bytes.len(), sound.len() / 2, "64 kbit/s");
        let mut back = Vec::new();
        Decoder::new().decode(&bytes, |sample| back.push(sample));
        back
    }

    /// The signal-to-noise ratio at the delay of the filters (22 samples of 16 kHz).
    fn snr(sound: &[i16], back: &[i16]) -> f64 {
        let (mut signal, mut noise) = (0.0, 0.0);
        for n in 1_000..sound.len() - 22 {
            let (x, y) = (f64::from(sound[n]), f64::from(back[n + 22]));
            signal += x * x;
            noise += (x - y) * (x - y);
        }
        10.0 * (signal / noise).log10()
    }

    #[test]
    fn tones_of_both_bands_come_back_clean() {
        for (hz, floor) in [(300.0, 30.0), (1_000.0, 30.0), (3_000.0, 25.0), (5_000.0, 15.0), (6_500.0, 10.0)] {
            let sound = tone(hz, 8_000.0, 16_000);
            let ratio = snr(&sound, &round_trip(&sound));
            assert!(ratio > floor, "{hz} Hz: {ratio:.1} dB");
        }
    }

    #[test]
    fn silence_stays_silent_and_a_square_wave_at_full_scale_does_not_overflow() {
        assert!(round_trip(&[0; 1_600]).iter().all(|sample| sample.abs() < 8));
        let loud: Vec<i16> = (0..1_600).map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        assert_eq!(round_trip(&loud).len(), 1_600);
    }

    fn random(seed: &mut u32) -> u32 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *seed
    }

    /// FNV-1a, 64 bits.
    fn digest(bytes: impl IntoIterator<Item = u8>) -> u64 {
        bytes
            .into_iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    #[test]
    fn every_bit_is_that_of_another_implementation() {
        // The digests were made with SpanDSP 0.0.6 from the same input: noise whose loudness rises and falls.
        let (mut seed, mut smooth) = (1, 0_i32);
        let sound: Vec<i16> = (0..32_000)
            .map(|n| {
                let noise = i32::from((random(&mut seed) >> 16) as u16 as i16);
                smooth += (noise - smooth) >> 2;
                ((smooth * (n / 400 % 16)) >> 4) as i16
            })
            .collect();
        let mut bytes = Vec::new();
        Encoder::new().encode(&sound, &mut bytes);
        assert_eq!(bytes[1_000..1_008], [220, 58, 184, 184, 243, 52, 181, 122]);
        assert_eq!(digest(bytes.iter().copied()), 0xbd5a_1ec2_545f_d664, "encoded");
        let mut back = Vec::new();
        Decoder::new().decode(&bytes, |sample| back.extend(sample.to_le_bytes()));
        assert_eq!(digest(back), 0xfb89_1ed9_fcd2_3bd3, "decoded");
    }

    #[test]
    fn m11_any_bytes_decode_to_bounded_samples() {
        let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut count = 0;
        Decoder::new().decode(&noise, |_| count += 1);
        assert_eq!(count, 200_000);
    }
}
