//! How late packets come: what the depth of the jitter buffer follows.

use std::collections::VecDeque;

/// The earliest arrival within this time is the network's own delay. Short enough that a clock that drifts by 100 ppm moves
/// by less than half a millisecond within it.
const BASELINE_WINDOW_US: i64 = 3_000_000;

/// How long a late packet is remembered: the depth is back at its floor this long after the last trouble.
const MEMORY_US: i64 = 8_000_000;

/// Packets that are remembered at most: 8 s of 10 ms packets.
const MOST_REMEMBERED: usize = 800;

/// The largest depth, in milliseconds: beyond it late packets are given up.
pub const DEEPEST_MS: usize = 400;

/// One packet in this many may come too late: what a few milliseconds more cost is not heard, a hole is.
const SPARE_ONE_IN: usize = 200;

/// Relative arrival delays: how much later than the fastest packet of the last seconds each one came.
#[derive(Default)]
pub struct Delays {
    /// Candidates for the smallest transit within the window: (arrival, transit), transit rising.
    smallest: VecDeque<(i64, i64)>,
    /// (arrival, delay in whole milliseconds).
    remembered: VecDeque<(i64, usize)>,
    /// How many remembered packets have each delay.
    counts: Vec<u16>,
}

impl Delays {
    /// Nothing known.
    pub fn new() -> Self {
        Self { smallest: VecDeque::new(), remembered: VecDeque::new(), counts: vec![0; DEEPEST_MS + 1] }
    }

    /// A packet of the stream's time `sent_us` came at `arrived_us`.
    pub fn packet(&mut self, sent_us: i64, arrived_us: i64) {
        let transit = arrived_us - sent_us;
        while self.smallest.back().is_some_and(|(_, other)| *other >= transit) {
            self.smallest.pop_back();
        }
        self.smallest.push_back((arrived_us, transit));
        while self.smallest.front().is_some_and(|(at, _)| *at < arrived_us - BASELINE_WINDOW_US) {
            self.smallest.pop_front();
        }
        let delay = self.baseline_us().map_or(0, |baseline| transit - baseline);
        // Rounded up: what comes within a begun millisecond still comes in time.
        let delay = usize::try_from((delay.max(0) + 999) / 1_000).unwrap_or(DEEPEST_MS).min(DEEPEST_MS);
        self.remembered.push_back((arrived_us, delay));
        if let Some(count) = self.counts.get_mut(delay) {
            *count += 1;
        }
        while self.remembered.len() > MOST_REMEMBERED
            || self.remembered.front().is_some_and(|(at, _)| *at < arrived_us - MEMORY_US)
        {
            let Some((_, old)) = self.remembered.pop_front() else { break };
            if let Some(count) = self.counts.get_mut(old) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// The transit of the fastest packet of the last seconds.
    pub fn baseline_us(&self) -> Option<i64> {
        self.smallest.front().map(|(_, transit)| *transit)
    }

    /// The delay that only one packet in two hundred exceeds.
    pub fn needed_us(&self) -> i64 {
        let mut spare = self.remembered.len() / SPARE_ONE_IN;
        for (delay, count) in self.counts.iter().enumerate().rev() {
            let count = usize::from(*count);
            if count > spare {
                return delay as i64 * 1_000;
            }
            spare -= count;
        }
        0
    }

    /// The stream paused or jumped: its old times say nothing about the next ones, its jitter still does.
    pub fn forget_baseline(&mut self) {
        self.smallest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(delays: &mut Delays, from: i64, to: i64, late: impl Fn(i64) -> i64) {
        for n in from..to {
            delays.packet(n * 20_000, n * 20_000 + 50_000 + late(n));
        }
    }

    #[test]
    fn the_depth_follows_the_late_ones_and_forgets_them() {
        let mut delays = Delays::new();
        assert_eq!(delays.needed_us(), 0);
        feed(&mut delays, 0, 200, |_| 0);
        assert_eq!((delays.needed_us(), delays.baseline_us()), (0, Some(50_000)));
        feed(&mut delays, 200, 400, |n| if n % 10 == 0 { 60_000 } else { 0 });
        assert_eq!(delays.needed_us(), 60_000);
        feed(&mut delays, 400, 900, |_| 0);
        assert_eq!(delays.needed_us(), 0, "ten seconds later");
    }

    #[test]
    fn one_packet_in_two_hundred_may_be_late() {
        let mut delays = Delays::new();
        feed(&mut delays, 0, 400, |n| if n % 250 == 30 { 200_000 } else { n % 3 * 1_000 });
        assert_eq!(delays.needed_us(), 2_000);
    }

    #[test]
    fn a_drifting_clock_is_not_taken_for_delay() {
        let mut delays = Delays::new();
        for n in 0..180_000_i64 {
            delays.packet(n * 20_000, n * 20_000 + n * 2);
            delays.packet(n * 20_000, n * 20_000 + n * 2);
        }
        assert!(delays.needed_us() <= 1_000);
        assert!(delays.smallest.len() <= 302 && delays.remembered.len() <= MOST_REMEMBERED);
    }
}
