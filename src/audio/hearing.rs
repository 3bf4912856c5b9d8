//! What came out of the microphone since somebody last looked.

use super::frame::Frame;

/// The highest samples of a while, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hearing {
    /// As the device gave them: exactly zero where it gives nothing at all.
    pub raw_peak: f32,
    /// After echo and noise were removed.
    pub voice_peak: f32,
    /// A microphone is open.
    pub open: bool,
}

fn peak(frame: &Frame) -> f32 {
    frame.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs())).min(1.0)
}

impl Hearing {
    /// The next ten milliseconds as the device gave them.
    pub fn raw(&mut self, frame: &Frame, open: bool) {
        self.raw_peak = self.raw_peak.max(peak(frame));
        self.open = open;
    }

    /// The same ten milliseconds, cleaned.
    pub fn voice(&mut self, frame: &Frame) {
        self.voice_peak = self.voice_peak.max(peak(frame));
    }

    /// What was heard; the next while begins.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self { open: self.open, ..Self::default() })
    }
}
