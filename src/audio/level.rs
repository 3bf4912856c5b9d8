//! The peak of the last 50 ms, for meters.

use super::frame::Frame;

/// Frames that a meter looks back: five of 10 ms.
const FRAMES: usize = 5;

/// A peak meter over 50 ms.
#[derive(Clone, Debug, Default)]
pub struct PeakMeter {
    peaks: [f32; FRAMES],
    next: usize,
}

impl PeakMeter {
    /// Takes the next ten milliseconds in.
    pub fn observe(&mut self, frame: &Frame) {
        let peak = frame.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        if let Some(slot) = self.peaks.get_mut(self.next) {
            *slot = peak.min(1.0);
        }
        self.next = (self.next + 1) % FRAMES;
    }

    /// The highest sample of the last five frames, 0 to 1.
    pub fn peak(&self) -> f32 {
        self.peaks.iter().copied().fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::PeakMeter;
    use crate::audio::frame::SILENCE;

    #[test]
    fn a_peak_is_shown_for_fifty_milliseconds() {
        let mut meter = PeakMeter::default();
        let mut click = SILENCE;
        click[7] = -0.5;
        meter.observe(&click);
        for _ in 0..4 {
            meter.observe(&SILENCE);
            assert_eq!(meter.peak(), 0.5);
        }
        meter.observe(&SILENCE);
        assert_eq!(meter.peak(), 0.0);
    }

    #[test]
    fn a_sample_beyond_full_scale_reads_one() {
        let mut meter = PeakMeter::default();
        meter.observe(&[3.0; 480]);
        assert_eq!(meter.peak(), 1.0);
    }
}
