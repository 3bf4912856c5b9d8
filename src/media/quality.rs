//! How good a call sounds, by the E-model (ITU-T G.107, with the equipment values of G.113 appendix I).

use std::time::Duration;

use crate::sdp::Codec;

/// The rating of a perfect narrow-band call.
const BEST: f64 = 93.2;

/// How much random loss hurts a codec with concealment: `Bpl` of G.113 appendix I.
fn robustness(codec: Codec, fec: bool) -> f64 {
    match codec {
        // Redundancy recovers isolated losses: the value is ours, fitted to half the loss.
        Codec::Opus if fec => 45.0,
        Codec::Opus | Codec::G722 | Codec::Pcmu | Codec::Pcma => 25.1,
    }
}

/// The impairment by one-way delay without echo: `Idd` of G.107 section 7.4.
fn delay_impairment(one_way: Duration) -> f64 {
    let ms = one_way.as_secs_f64() * 1_000.0;
    if ms <= 100.0 {
        return 0.0;
    }
    let x = (ms / 100.0).log2();
    25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// The mean opinion score, 1 to 4.5.
///
/// `loss` is the part of packets that were not played, 0 to 1; `one_way` the delay from mouth to ear.
pub fn opinion_score(codec: Codec, fec: bool, loss: f64, one_way: Duration) -> f64 {
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    // Ie,eff of G.107 section 7.5 with Ie = 0 and random loss.
    let equipment = 95.0 * percent / (percent + robustness(codec, fec));
    let rating = (BEST - delay_impairment(one_way) - equipment).clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    score.clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_follows_the_tables_of_the_recommendation() {
        for (percent, score) in
            [(0.0, 4.41), (1.0, 4.33), (2.0, 4.23), (3.0, 4.13), (5.0, 3.92), (10.0, 3.41), (20.0, 2.63), (30.0, 2.14)]
        {
            let computed = opinion_score(Codec::Pcmu, false, percent / 100.0, Duration::from_millis(50));
            assert!((computed - score).abs() < 0.02, "{percent} %: {computed:.3}");
        }
        for (ms, score) in [(100, 4.41), (150, 4.41), (200, 4.34), (250, 4.18), (300, 3.96), (400, 3.56)] {
            let computed = opinion_score(Codec::Pcma, false, 0.0, Duration::from_millis(ms));
            assert!((computed - score).abs() < 0.02, "{ms} ms: {computed:.3}");
        }
    }

    #[test]
    fn redundancy_helps_and_nonsense_stays_in_range() {
        let delay = Duration::from_millis(80);
        assert!(opinion_score(Codec::Opus, true, 0.1, delay) > opinion_score(Codec::Opus, false, 0.1, delay) + 0.2);
        assert_eq!(opinion_score(Codec::Pcmu, false, 7.0, Duration::from_secs(60)), 1.0);
    }
}
