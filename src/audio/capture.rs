//! The media thread's end of a microphone: from the ring of a device's callback to frames of ours.

use std::sync::Arc;

use rtrb::Consumer;

use super::frame::{Frame, SAMPLE_RATE};
use super::pace::Pace;
use super::pulse::Pulse;
use super::resample::RateConverter;
use crate::model::BootTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits until the ring holds its target.
    Filling,
    /// Reads; the first frame is faded in.
    Reading { first: bool },
}

/// Reads a microphone's ring.
pub struct CaptureLink {
    ring: Consumer<f32>,
    pulse: Arc<Pulse>,
    converter: RateConverter,
    pace: Pace,
    input: Vec<f32>,
    skipped: Vec<f32>,
    state: State,
    rate: u32,
}

impl CaptureLink {
    /// For a device with `rate` samples a second, whose callback pushes mono samples into the ring.
    pub fn new(ring: Consumer<f32>, pulse: Arc<Pulse>, rate: u32) -> Self {
        let converter = RateConverter::to_frames(rate, SAMPLE_RATE);
        let most = converter.most_wanted();
        Self {
            ring,
            pulse,
            converter,
            pace: Pace::new(rate),
            input: vec![0.0; most],
            skipped: vec![0.0; most],
            state: State::Filling,
            rate,
        }
    }

    /// Fills a frame; false when the ring was dry although it had been running.
    pub fn read(&mut self, frame: &mut Frame, now: BootTime) -> bool {
        let lump = self.pulse.lump();
        let need = usize::try_from(self.rate / 100).unwrap_or_default();
        let target = self.pace.target(lump, need);
        let fill = self.ring.slots();
        let level = fill as f64 + self.pace.since(self.pulse.elapsed(now), lump);
        let first = match self.state {
            State::Filling => {
                if lump == 0 || level < target {
                    frame.fill(0.0);
                    return true;
                }
                // What gathered before anybody read is not worth its delay.
                self.discard((level - target) as usize);
                self.pace.restart();
                self.state = State::Reading { first: false };
                true
            }
            State::Reading { first } => first,
        };
        let excess = if first { 0 } else { self.pace.excess(level, target) };
        if !first && excess == 0 {
            // Consuming faster means fewer frames for the same sound.
            self.converter.adjust(2.0 - self.pace.observe(level, target));
        }
        let wanted = self.converter.wanted().min(self.input.len());
        let Some(input) = self.input.get_mut(..wanted) else { return false };
        let dry = {
            let (_, missing) = self.ring.pop_partial_slice(input);
            missing.fill(0.0);
            !missing.is_empty()
        };
        if first {
            fade_in(input);
        }
        if dry {
            fade_out(input);
            self.pace.ran_dry();
            self.state = State::Filling;
        } else if let Some(left) = excess.checked_sub(wanted) {
            cross_over(&mut self.ring, left, input, &mut self.skipped);
            self.pace.restart();
        }
        let input = self.input.get(..wanted).unwrap_or_default();
        let converted = self.converter.process(input);
        frame.fill(0.0);
        for (out, sample) in frame.iter_mut().zip(converted) {
            *out = *sample;
        }
        !dry
    }

    /// Milliseconds between a sound at the microphone and its frame, as far as the ring and the callback know.
    pub fn latency_ms(&self) -> u32 {
        let samples = self.ring.slots() + self.pulse.lump();
        u32::try_from(samples as u64 * 1_000 / u64::from(self.rate.max(1))).unwrap_or(u32::MAX)
    }

    fn discard(&mut self, samples: usize) {
        if let Ok(chunk) = self.ring.read_chunk(samples.min(self.ring.slots())) {
            chunk.commit_all();
        }
    }
}

/// Leaves `left` samples out of the ring and blends the chunk before them into the chunk after them.
fn cross_over(ring: &mut Consumer<f32>, left: usize, input: &mut [f32], scratch: &mut [f32]) {
    if let Ok(chunk) = ring.read_chunk(left.min(ring.slots())) {
        chunk.commit_all();
    }
    let Some(after) = scratch.get_mut(..input.len()) else { return };
    if ring.pop_entire_slice(after).is_err() {
        return;
    }
    let step = 1.0 / input.len().max(1) as f32;
    for (n, (before, after)) in input.iter_mut().zip(after).enumerate() {
        let weight = n as f32 * step;
        *before = *before * (1.0 - weight) + *after * weight;
    }
}

fn fade_in(samples: &mut [f32]) {
    let step = 1.0 / samples.len().max(1) as f32;
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample *= n as f32 * step;
    }
}

fn fade_out(samples: &mut [f32]) {
    let step = 1.0 / samples.len().max(1) as f32;
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample *= 1.0 - n as f32 * step;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rtrb::RingBuffer;

    use super::{CaptureLink, Pulse};
    use crate::audio::frame::SILENCE;
    use crate::model::BootTime;

    fn at(seconds: f64) -> BootTime {
        BootTime::from_duration(Duration::from_secs_f64(1_000.0 + seconds))
    }

    /// Runs a device with a sine of 440 Hz against the tick; `alive` says when its callback comes.
    fn run(rate: u32, ppm: f64, seconds: u32, alive: impl Fn(f64) -> bool) -> (Vec<f32>, u32, u32) {
        run_from(rate as usize / 100, rate, ppm, seconds, alive)
    }

    /// The same with a first callback of `begins` samples.
    fn run_from(begins: usize, rate: u32, ppm: f64, seconds: u32, alive: impl Fn(f64) -> bool) -> (Vec<f32>, u32, u32) {
        let (mut device, ring) = RingBuffer::new(rate as usize);
        let pulse = Arc::new(Pulse::default());
        let mut link = CaptureLink::new(ring, pulse.clone(), rate);
        let (lump, real) = (rate as usize / 100, f64::from(rate) * (1.0 + ppm / 1e6));
        let (mut sample, mut given, mut out, mut dry, mut slowest) = (0_u64, 0_u64, Vec::new(), 0, 0);
        for tick in 0..seconds * 100 {
            let now = f64::from(tick) * 0.01 + 0.004;
            while (given + 1) as f64 * lump as f64 / real <= now {
                given += 1;
                let then = given as f64 * lump as f64 / real;
                if !alive(then) {
                    continue;
                }
                let lump = if given == 1 { begins } else { lump };
                for _ in 0..lump {
                    let phase = std::f64::consts::TAU * 440.0 * sample as f64 / real;
                    device.push((0.5 * phase.sin()) as f32).unwrap();
                    sample += 1;
                }
                pulse.beat(lump, at(then));
            }
            let mut frame = SILENCE;
            dry += u32::from(!link.read(&mut frame, at(now)));
            if tick > 80 {
                slowest = slowest.max(link.latency_ms());
            }
            out.extend_from_slice(&frame);
        }
        (out, dry, slowest)
    }

    fn steepest(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    /// The steepest step of the sine itself, and a little room.
    const SMOOTH: f32 = 0.5 * std::f32::consts::TAU * 440.0 / 48_000.0 * 1.1;

    #[test]
    fn a_drifting_microphone_is_heard_without_a_click_and_without_delay_growing() {
        for (rate, ppm) in
            [(48_000, 200.0), (48_000, -200.0), (44_100, 200.0), (16_000, -200.0), (8_000, 100.0), (96_000, -100.0)]
        {
            let (out, dry, slowest) = run(rate, ppm, 20, |_| true);
            assert_eq!(dry, 0, "{rate} {ppm}");
            assert!(steepest(&out) < SMOOTH, "{rate} {ppm}: {}", steepest(&out));
            assert!(slowest <= 35, "{rate} {ppm}: {slowest} ms");
            let level = out[48_000..].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.48..0.52).contains(&level), "{level}");
        }
    }

    #[test]
    fn a_microphone_that_begins_with_a_large_callback_is_prompt_within_a_second() {
        let (out, dry, slowest) = run_from(4_096, 48_000, 0.0, 4, |_| true);
        assert_eq!(dry, 0);
        assert!(slowest <= 35, "{slowest} ms");
        assert!(steepest(&out) < 2.0 * SMOOTH, "{}", steepest(&out));
    }

    #[test]
    fn a_pause_of_the_device_is_faded_and_counted_once() {
        let (out, dry, _) = run(48_000, 0.0, 5, |then| !(2.0..2.1).contains(&then));
        assert_eq!(dry, 1);
        assert!(steepest(&out) < 2.0 * SMOOTH, "{}", steepest(&out));
    }
}
