//! How punctual the ticks are.

use std::time::Duration;

use rustix::event::Timespec;

use crate::media::Pace;

/// What counts as late (F28).
const LATE: Duration = Duration::from_millis(5);

/// Counts the ticks.
#[derive(Debug, Default)]
pub struct Punctuality(Pace);

impl Punctuality {
    /// A tick came this long after it was due.
    pub fn tick(&mut self, after: Duration) {
        self.0.ticks += 1;
        self.0.late += u64::from(after > LATE);
        self.0.worst = self.0.worst.max(after);
    }

    /// This much of the time was left out, because the thread got no processor.
    pub fn left_out(&mut self, ticks: u64) {
        self.0.left_out += ticks;
    }

    /// The numbers since the last time.
    pub fn take(&mut self) -> Pace {
        std::mem::take(&mut self.0)
    }
}

/// A pause as the system's call for sleeping takes it.
pub fn timespec(pause: Duration) -> Timespec {
    Timespec::try_from(pause).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_late_beyond_five_milliseconds() {
        let mut pace = Punctuality::default();
        for ms in [0, 1, 5, 6, 30] {
            pace.tick(Duration::from_millis(ms));
        }
        pace.left_out(2);
        let expected = Pace { ticks: 5, late: 2, left_out: 2, worst: Duration::from_millis(30) };
        assert_eq!(pace.take(), expected);
        assert_eq!(pace.take(), Pace::default());
    }
}
