//! G.711: eight bits a sample, 8 kHz (ITU-T G.711, tables 1a to 2b).

/// Linear 16 bits to mu-law.
pub fn mu_law(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    const CLIP: i32 = 32_635;
    let sample = i32::from(sample);
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.abs().min(CLIP) + BIAS;
    // The bias makes bit 7 or higher the highest one set: the segment is 0 to 7.
    let segment = (31 - magnitude.leading_zeros()).saturating_sub(7).min(7);
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment as u8) << 4 | step as u8)
}

/// Mu-law to linear 16 bits.
pub fn from_mu_law(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let magnitude = (((i32::from(code & 0x0f) << 3) + 0x84) << segment) - 0x84;
    (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

/// Linear 16 bits to A-law.
pub fn a_law(sample: i16) -> u8 {
    // Even bits are inverted on the line (G.711 section 3.2).
    let sign: u8 = if sample >= 0 { 0x80 } else { 0 };
    let sample = i32::from(sample);
    let magnitude = if sample < 0 { -sample - 1 } else { sample } >> 3;
    let segment = if magnitude < 32 { 0 } else { 31 - (magnitude as u32).leading_zeros() - 4 };
    let step = if segment < 2 { magnitude >> 1 } else { magnitude >> segment } & 0x0f;
    (sign | (segment as u8) << 4 | step as u8) ^ 0x55
}

/// A-law to linear 16 bits.
pub fn from_a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = i32::from(code & 0x0f) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_specification() {
        // G.711 tables 2a and 2b give the decoder output at the ends of the segments.
        for (code, value) in [(0x80_u8, 32_124_i16), (0x00, -32_124), (0xff, 0), (0x7f, 0), (0x8f, 16_764), (0xf0, 120)]
        {
            assert_eq!(from_mu_law(code), value, "mu-law {code:#x}");
        }
        for (code, value) in [(0xd5_u8, 8_i16), (0x55, -8), (0xaa, 32_256), (0x2a, -32_256), (0x80, 5_504), (0xc5, 264)]
        {
            assert_eq!(from_a_law(code), value, "A-law {code:#x}");
        }
        assert_eq!((mu_law(0), a_law(0)), (0xff, 0xd5), "silence");
    }

    #[test]
    fn every_code_survives_a_round_trip() {
        for code in 0..=255_u8 {
            // Mu-law has two zeros; the negative one is sent as the positive one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(mu_law(from_mu_law(code)), expected);
            assert_eq!(a_law(from_a_law(code)), code);
        }
    }

    #[test]
    fn the_error_is_within_half_a_step_everywhere() {
        for sample in i16::MIN..=i16::MAX {
            let clipped = i32::from(sample).clamp(-32_635, 32_635);
            for back in [from_mu_law(mu_law(sample)), from_a_law(a_law(sample))] {
                let error = (i32::from(back) - clipped).abs();
                assert!(error <= 16.max(clipped.abs() / 16), "{sample} became {back}");
            }
        }
    }
}
