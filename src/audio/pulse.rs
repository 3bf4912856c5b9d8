//! What a device's callback tells besides the samples.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::model::BootTime;

/// The largest callback is remembered for one to two windows. The first window is short, because a device fills or
/// empties its whole buffer once at the start and goes on in much smaller steps; each next one is twice as long, because
/// a device that takes a double step now and then needs the reserve for it.
const FIRST_WINDOW_NS: u64 = 100_000_000;
const LONGEST_WINDOW_NS: u64 = 12_800_000_000;

/// Written by one device's callback alone, read by everybody. Atomics only.
#[derive(Debug, Default)]
pub struct Pulse {
    beats: AtomicU64,
    at_ns: AtomicU64,
    lump: AtomicUsize,
    window_most: AtomicUsize,
    window_ns: AtomicU64,
    window_end_ns: AtomicU64,
    dry: AtomicU64,
}

impl Pulse {
    /// The callback ran and moved so many samples.
    pub fn beat(&self, samples: usize, at: BootTime) {
        let now = u64::try_from(at.as_duration().as_nanos()).unwrap_or(u64::MAX);
        let window = self.window_ns.load(Ordering::Relaxed);
        if window == 0 {
            // The first callback says nothing about those that follow: it is not counted into the first window.
            self.lump.store(samples, Ordering::Relaxed);
            self.begin_window(now, FIRST_WINDOW_NS);
        } else {
            let most = self.window_most.load(Ordering::Relaxed).max(samples);
            self.window_most.store(most, Ordering::Relaxed);
            if now >= self.window_end_ns.load(Ordering::Relaxed) {
                self.lump.store(most, Ordering::Relaxed);
                self.window_most.store(0, Ordering::Relaxed);
                self.begin_window(now, (window * 2).min(LONGEST_WINDOW_NS));
            } else {
                self.lump.fetch_max(samples, Ordering::Relaxed);
            }
        }
        self.at_ns.store(now, Ordering::Relaxed);
        self.beats.fetch_add(1, Ordering::Release);
    }

    fn begin_window(&self, now: u64, length: u64) {
        self.window_ns.store(length, Ordering::Relaxed);
        self.window_end_ns.store(now.saturating_add(length), Ordering::Relaxed);
    }

    /// The callback found less than it had to play.
    pub fn ran_dry(&self) {
        self.dry.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it ran.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Acquire)
    }

    /// How often it ran dry.
    pub fn dry(&self) -> u64 {
        self.dry.load(Ordering::Relaxed)
    }

    /// The largest number of samples that it moved at once of late.
    pub fn lump(&self) -> usize {
        self.lump.load(Ordering::Relaxed)
    }

    /// Time since it last ran.
    pub fn elapsed(&self, now: BootTime) -> Duration {
        now.saturating_since(BootTime::from_duration(Duration::from_nanos(self.at_ns.load(Ordering::Relaxed))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pulse;
    use crate::model::BootTime;

    fn at(ms: u64) -> BootTime {
        BootTime::from_duration(Duration::from_millis(1_000 + ms))
    }

    #[test]
    fn a_first_callback_that_fills_the_whole_buffer_is_soon_forgotten() {
        let pulse = Pulse::default();
        pulse.beat(4_096, at(0));
        assert_eq!(pulse.lump(), 4_096);
        for n in 1..=11 {
            pulse.beat(480, at(n * 10));
        }
        assert_eq!(pulse.lump(), 480);
    }

    #[test]
    fn a_double_step_every_second_is_not_forgotten_between_two_of_them() {
        let pulse = Pulse::default();
        for n in 0..3_000 {
            pulse.beat(if n % 100 == 99 { 960 } else { 480 }, at(n * 10));
            assert!(n < 500 || pulse.lump() == 960, "{n}");
        }
    }
}
