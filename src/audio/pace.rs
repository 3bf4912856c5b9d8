//! Keeps a ring at its target although the device's clock and the media thread's clock differ.
//!
//! A PI controller turns the smoothed fill level into a tiny change of the resampling ratio. The callback takes or
//! gives sound in lumps; the time since the last one smooths the lumps away, so that a beat between callback and tick
//! does not look like drift.

use std::time::Duration;

/// Weight of one tick in the smoothed level: a second's memory.
const SMOOTHING: f64 = 0.01;

/// Gains for a natural period of about two minutes, critically damped: slow enough that nobody hears the pitch move and
/// that the echo canceller follows.
const PROPORTIONAL: f64 = 0.1;
const INTEGRAL: f64 = 0.0025;

/// The ratio moves at most by this: 2,000 parts in a million, ten times what a bad crystal does.
const MOST: f64 = 0.002;

/// Reserve against late threads, seconds: at first, after each time the ring ran dry, and at most.
const FIRST_MARGIN: f64 = 0.003;
const MARGIN_STEP: f64 = 0.005;
const MOST_MARGIN: f64 = 0.060;

/// How fast an enlarged reserve is given back: a millisecond in twenty seconds.
const GIVE_BACK: f64 = 0.001 / 20.0;

/// Seconds in a tick.
const TICK: f64 = 0.01;

/// Above the target by this, seconds, the ring is cut instead of being drained slowly: after a stall.
const CUT: f64 = 0.060;

/// Soon after the start a smaller surplus is cut as well, which a device leaves behind whose first callback was larger
/// than those that follow: within the first 2 s, where the level has been above the target by 8 ms for 100 ms on end.
const EARLY_TICKS: u32 = 200;
const SURPLUS: f64 = 0.008;
const SURPLUS_TICKS: u32 = 10;

/// The controller of one ring. Levels are in samples at the device's rate.
#[derive(Clone, Debug)]
pub struct Pace {
    rate: f64,
    smoothed: Option<f64>,
    integral: f64,
    margin: f64,
    age: u32,
    low: f64,
    low_ticks: u32,
    surplus: usize,
}

impl Pace {
    /// For a device with so many samples a second.
    pub fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate.max(1)),
            smoothed: None,
            integral: 0.0,
            margin: FIRST_MARGIN,
            age: 0,
            low: f64::MAX,
            low_ticks: 0,
            surplus: 0,
        }
    }

    /// What the continuous level should be at: `lump` is the size of the largest callback, `need` what a tick takes out
    /// at once (zero for playback, where the tick puts in).
    pub fn target(&self, lump: usize, need: usize) -> f64 {
        (lump + need) as f64 + self.margin * self.rate
    }

    /// The part of a lump that a clock without lumps would have moved since the last callback.
    pub fn since(&self, elapsed: Duration, lump: usize) -> f64 {
        (elapsed.as_secs_f64() * self.rate).min(lump as f64)
    }

    /// Takes the continuous level of this tick; gives the factor by which sound is to be consumed faster (over 1) or
    /// slower (under 1).
    pub fn observe(&mut self, level: f64, target: f64) -> f64 {
        let smoothed = self.smoothed.get_or_insert(level);
        *smoothed += SMOOTHING * (level - *smoothed);
        let error = (*smoothed - target) / self.rate;
        let integral = self.integral + INTEGRAL * error * TICK;
        let wanted = PROPORTIONAL * error + integral;
        // While the ratio is at its limit, the integral rests: otherwise it would overshoot for minutes.
        if wanted.abs() < MOST {
            self.integral = integral;
        }
        self.margin = (self.margin - GIVE_BACK * TICK).max(FIRST_MARGIN);
        self.watch_surplus(level - target);
        1.0 + wanted.clamp(-MOST, MOST)
    }

    fn watch_surplus(&mut self, over: f64) {
        if self.age >= EARLY_TICKS {
            return;
        }
        self.age += 1;
        self.low = self.low.min(over);
        self.low_ticks += 1;
        if self.low_ticks == SURPLUS_TICKS {
            // The lowest level counts: what lies above it for a moment only is a lump.
            self.surplus = if self.low > SURPLUS * self.rate { self.low as usize } else { 0 };
            self.low = f64::MAX;
            self.low_ticks = 0;
        }
    }

    /// The ring ran dry: more reserve from here on, and the level starts anew.
    pub fn ran_dry(&mut self) {
        self.margin = (self.margin + MARGIN_STEP).min(MOST_MARGIN);
        self.restart();
    }

    /// Samples to be cut out at once because the ring is far too full, or fuller than it needs to be at the start.
    pub fn excess(&self, level: f64, target: f64) -> usize {
        let over = level - target;
        if over > CUT * self.rate { over as usize } else { self.surplus.min(over.max(0.0) as usize) }
    }

    /// Sound was cut out or put in: the level starts anew.
    pub fn restart(&mut self) {
        self.smoothed = None;
        self.low = f64::MAX;
        self.low_ticks = 0;
        self.surplus = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    /// A capture ring in virtual time: what remains after each tick's read, in samples, after the first minute.
    fn simulate(rate: f64, lump: usize, ppm: f64, hours: f64) -> (f64, f64) {
        let mut pace = Pace::new(rate as u32);
        let real = rate * (1.0 + ppm / 1e6);
        let need = rate / 100.0;
        let (mut fill, mut lumps, mut consumed) = (pace.target(lump, need as usize), 0_u64, 0.0);
        let (mut least, mut most) = (f64::MAX, f64::MIN);
        for tick in 1..(hours * 360_000.0) as u64 {
            // Ticks come late by up to 3 ms, in a pattern that repeats seldom.
            let late = (tick * 7_919 % 3_001) as f64 / 1e6;
            let now = tick as f64 * 0.01 + late;
            let due = (now * real / lump as f64) as u64;
            fill += ((due - lumps) * lump as u64) as f64;
            lumps = due;
            let elapsed = now - lumps as f64 * lump as f64 / real;
            let target = pace.target(lump, need as usize);
            let level = fill + pace.since(Duration::from_secs_f64(elapsed.max(0.0)), lump);
            consumed += need * pace.observe(level, target);
            let whole = consumed.floor();
            consumed -= whole;
            fill -= whole;
            if tick > 6_000 {
                least = least.min(fill);
                most = most.max(fill);
            }
            if fill < 0.0 {
                fill = 0.0;
            }
        }
        (least, most)
    }

    #[test]
    fn clocks_that_differ_by_200_ppm_never_run_the_ring_dry_for_three_hours() {
        for (rate, lump) in [(48_000.0, 480), (44_100.0, 441), (48_000.0, 1_024), (16_000.0, 160)] {
            for ppm in [-200.0, 0.0, 200.0] {
                let (least, most) = simulate(rate, lump, ppm, 3.0);
                assert!(least >= 0.0, "{rate} {lump} {ppm}: dry by {least}");
                let bound = 2.0 * lump as f64 + rate * 0.012;
                assert!(most < bound, "{rate} {lump} {ppm}: {most} of {bound}");
            }
        }
    }

    #[test]
    fn a_dry_ring_gets_more_reserve_and_gives_it_back_slowly() {
        let mut pace = Pace::new(48_000);
        let before = pace.target(480, 0);
        pace.ran_dry();
        let after = pace.target(480, 0);
        assert_eq!((after - before).round(), 240.0);
        for _ in 0..100 * 150 {
            pace.observe(700.0, 700.0);
        }
        assert!(pace.target(480, 0) < before + 1.0);
        for _ in 0..100 {
            pace.ran_dry();
        }
        assert!(pace.target(480, 0) <= 480.0 + 0.060 * 48_000.0 + 1.0, "the reserve has an end");
    }

    #[test]
    fn a_ring_that_is_far_too_full_is_cut() {
        let pace = Pace::new(48_000);
        let target = pace.target(480, 480);
        assert_eq!(pace.excess(target + 1_000.0, target), 0);
        assert_eq!(pace.excess(target + 9_600.0, target), 9_600);
    }
}
