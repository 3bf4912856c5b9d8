//! The media thread's end of a loudspeaker: from frames of ours to the ring of a device's callback.

use std::sync::Arc;

use rtrb::Producer;

use super::frame::{FRAME_SAMPLES, Frame, SAMPLE_RATE, SILENCE};
use super::pace::Pace;
use super::pulse::Pulse;
use super::resample::RateConverter;
use crate::model::BootTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was written yet, or the ring ran dry: silence is put in up to the target first.
    Starting,
    /// Sound flows.
    Writing,
    /// Too full, after a stall or after the device's first large callback: frames are left out, at most so many, until
    /// the ring is at its target.
    Draining { frames: usize },
}

/// Writes a loudspeaker's ring.
pub struct PlaybackLink {
    ring: Producer<f32>,
    pulse: Arc<Pulse>,
    converter: RateConverter,
    pace: Pace,
    state: State,
    dry: u64,
    rate: u32,
}

impl PlaybackLink {
    /// For a device with `rate` samples a second, whose callback pops mono samples from the ring.
    pub fn new(ring: Producer<f32>, pulse: Arc<Pulse>, rate: u32) -> Self {
        let dry = pulse.dry();
        Self {
            ring,
            pulse,
            converter: RateConverter::from_frames(SAMPLE_RATE, rate),
            pace: Pace::new(rate),
            state: State::Starting,
            dry,
            rate,
        }
    }

    /// Takes a frame; false when the device ran dry since the last one.
    pub fn write(&mut self, frame: &Frame, now: BootTime) -> bool {
        let lump = self.pulse.lump();
        if lump == 0 {
            // The device has not begun to play: what it is given would only be delay.
            return true;
        }
        let dry = self.pulse.dry();
        let was_dry = std::mem::replace(&mut self.dry, dry) != dry;
        let starved = was_dry && self.state == State::Writing;
        if starved {
            self.pace.ran_dry();
            self.state = State::Starting;
        }
        let target = self.pace.target(lump, 0);
        let frame_samples = f64::from(self.rate) / 100.0;
        // The level as it will be after this frame, as if the device took its sound without lumps.
        let level = self.fill() as f64 + frame_samples - self.pace.since(self.pulse.elapsed(now), lump);
        match self.state {
            State::Starting => {
                self.silence((target - level).max(0.0) as usize);
                self.pace.restart();
                self.state = State::Writing;
                self.push(&faded(frame, true));
            }
            State::Writing => {
                let excess = self.pace.excess(level, target);
                if excess > 0 {
                    self.push(&faded(frame, false));
                    self.state = State::Draining { frames: excess / (self.rate as usize / 100).max(1) };
                } else {
                    // Too full means that less must be put in for the same sound.
                    self.converter.adjust(2.0 - self.pace.observe(level, target));
                    self.push(frame);
                }
            }
            State::Draining { frames } => {
                if frames == 0 || level <= target {
                    self.pace.restart();
                    self.state = State::Writing;
                    self.push(&faded(frame, true));
                } else {
                    self.state = State::Draining { frames: frames - 1 };
                }
            }
        }
        !starved
    }

    /// Milliseconds until a sound written now is handed to the device and played, as far as ring and callback know.
    pub fn latency_ms(&self) -> u32 {
        let samples = self.fill() + self.pulse.lump();
        u32::try_from(samples as u64 * 1_000 / u64::from(self.rate.max(1))).unwrap_or(u32::MAX)
    }

    fn fill(&self) -> usize {
        self.ring.buffer().capacity() - self.ring.slots()
    }

    fn silence(&mut self, samples: usize) {
        let mut left = samples.min(self.ring.slots());
        while left > 0 {
            let piece = left.min(FRAME_SAMPLES);
            let (_, rest) = self.ring.push_partial_slice(SILENCE.get(..piece).unwrap_or_default());
            if rest.len() == piece {
                return;
            }
            left -= piece;
        }
    }

    fn push(&mut self, frame: &Frame) {
        let converted = self.converter.process(frame);
        // A full ring is a device that stands still; it is cut when it goes on.
        let _ = self.ring.push_partial_slice(converted);
    }
}

fn faded(frame: &Frame, rising: bool) -> Frame {
    let mut faded = *frame;
    for (n, sample) in faded.iter_mut().enumerate() {
        let weight = n as f32 / FRAME_SAMPLES as f32;
        *sample *= if rising { weight } else { 1.0 - weight };
    }
    faded
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rtrb::RingBuffer;

    use super::{PlaybackLink, Pulse};
    use crate::audio::frame::SILENCE;
    use crate::model::BootTime;

    fn at(seconds: f64) -> BootTime {
        BootTime::from_duration(Duration::from_secs_f64(1_000.0 + seconds))
    }

    /// Plays a sine of 440 Hz into a device; gives what it played, how often the link noticed dryness, the most delay.
    fn run(rate: u32, ppm: f64, seconds: u32, alive: impl Fn(f64) -> bool) -> (Vec<f32>, u32, u32) {
        run_from(rate as usize / 100, rate, ppm, seconds, alive)
    }

    /// The same with a first callback of `begins` samples.
    fn run_from(begins: usize, rate: u32, ppm: f64, seconds: u32, alive: impl Fn(f64) -> bool) -> (Vec<f32>, u32, u32) {
        let (ring, mut device) = RingBuffer::new(rate as usize);
        let pulse = Arc::new(Pulse::default());
        let mut link = PlaybackLink::new(ring, pulse.clone(), rate);
        let (lump, real) = (rate as usize / 100, f64::from(rate) * (1.0 + ppm / 1e6));
        let (mut sample, mut taken, mut out, mut dry, mut slowest) = (0_u64, 0_u64, Vec::new(), 0, 0);
        for tick in 0..seconds * 100 {
            let now = f64::from(tick) * 0.01 + 0.004;
            while (taken + 1) as f64 * lump as f64 / real <= now {
                taken += 1;
                let then = taken as f64 * lump as f64 / real;
                if !alive(then) {
                    continue;
                }
                let lump = if taken == 1 { begins } else { lump };
                let mut heard = vec![0.0; lump];
                let (_, missing) = device.pop_partial_slice(&mut heard);
                if !missing.is_empty() && taken > 1 {
                    pulse.ran_dry();
                }
                pulse.beat(lump, at(then));
                out.extend(heard);
            }
            let mut frame = SILENCE;
            for slot in &mut frame {
                *slot = (0.5 * (std::f64::consts::TAU * 440.0 * sample as f64 / 48_000.0).sin()) as f32;
                sample += 1;
            }
            dry += u32::from(!link.write(&frame, at(now)));
            if tick > 80 {
                slowest = slowest.max(link.latency_ms());
            }
        }
        (out, dry, slowest)
    }

    fn steepest(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_drifting_loudspeaker_plays_without_a_click_and_without_delay_growing() {
        for (rate, ppm) in [(48_000, 200.0), (48_000, -200.0), (44_100, 200.0), (96_000, -200.0), (16_000, 100.0)] {
            let (out, dry, slowest) = run(rate, ppm, 20, |_| true);
            assert_eq!(dry, 0, "{rate} {ppm}");
            let smooth = 0.5 * std::f32::consts::TAU * 440.0 / rate as f32 * 1.1;
            assert!(steepest(&out) < smooth, "{rate} {ppm}: {}", steepest(&out));
            assert!(slowest <= 35, "{rate} {ppm}: {slowest} ms");
            let level = out[rate as usize..].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.48..0.52).contains(&level), "{level}");
        }
    }

    #[test]
    fn a_loudspeaker_that_begins_with_a_large_callback_is_prompt_within_a_second() {
        let (out, dry, slowest) = run_from(4_096, 48_000, 0.0, 4, |_| true);
        assert_eq!(dry, 0);
        assert!(slowest <= 35, "{slowest} ms");
        let smooth = 0.5 * std::f32::consts::TAU * 440.0 / 48_000.0 * 1.2;
        assert!(steepest(&out) < smooth, "{}", steepest(&out));
    }

    #[test]
    fn after_a_stall_of_the_device_the_delay_is_as_before() {
        let (_, _, slowest) = run(48_000, 0.0, 4, |then| !(0.2..0.7).contains(&then));
        assert!(slowest <= 100, "{slowest} ms after the stall of 500 ms");
    }
}
