//! What the peer's reports say of what we send (RFC 3550 section 6.4).

use std::time::Duration;

use super::rtcp::ReportBlock;
use crate::model::BootTime;

/// Packets sent between two reports from which on a report that acknowledges none of them says something: half a second
/// at the longest packet time.
const ENOUGH: u64 = 8;

/// Keeps what the last reports said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acknowledged {
    reports: u64,
    last: Option<BootTime>,
    /// The extended highest sequence number of the last block about us.
    highest: Option<u32>,
    /// Packets sent when the last report came.
    sent_before: u64,
    deaf: u32,
    loss: Option<f64>,
    jitter: Option<Duration>,
}

impl Acknowledged {
    /// A report came with, or without, a block about us; `sent` packets have left so far.
    pub fn report(&mut self, block: Option<&ReportBlock>, sent: u64, clock_hz: u32, now: BootTime) {
        self.reports += 1;
        self.last = Some(now);
        let highest = block.map(|block| block.highest_sequence);
        let advanced = highest.is_some() && highest != self.highest;
        if advanced {
            self.deaf = 0;
        } else if sent.saturating_sub(self.sent_before) >= ENOUGH {
            self.deaf = self.deaf.saturating_add(1);
        }
        self.sent_before = sent;
        self.highest = highest.or(self.highest);
        if let Some(block) = block {
            self.loss = Some(f64::from(block.fraction_lost) * 100.0 / 256.0);
            self.jitter = Some(Duration::from_secs_f64(f64::from(block.jitter) / f64::from(clock_hz.max(1))));
        }
    }

    /// What is agreed on changed: what was not sent before cannot have been heard.
    pub fn restart(&mut self, sent: u64) {
        self.deaf = 0;
        self.sent_before = sent;
    }

    /// How many reports came.
    pub fn reports(&self) -> u64 {
        self.reports
    }

    /// How long ago the last one came.
    pub fn age(&self, now: BootTime) -> Option<Duration> {
        self.last.map(|last| now.saturating_since(last))
    }

    /// Reports in a row that acknowledged nothing although enough was sent.
    pub fn deaf(&self) -> u32 {
        self.deaf
    }

    /// Whether anything was ever acknowledged.
    pub fn ever(&self) -> bool {
        self.highest.is_some()
    }

    /// The peer's loss, percent.
    pub fn loss_percent(&self) -> Option<f64> {
        self.loss
    }

    /// The peer's jitter.
    pub fn jitter(&self) -> Option<Duration> {
        self.jitter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> BootTime {
        BootTime::from_duration(Duration::from_secs(seconds))
    }

    fn block(highest_sequence: u32) -> ReportBlock {
        ReportBlock { highest_sequence, fraction_lost: 64, jitter: 160, ..ReportBlock::default() }
    }

    #[test]
    fn reports_that_name_nothing_of_ours_are_counted_until_one_does() {
        let mut heard = Acknowledged::default();
        heard.report(None, 4, 8_000, at(1));
        assert_eq!(heard.deaf(), 0, "too little was sent to miss it");
        heard.report(None, 250, 8_000, at(5));
        heard.report(None, 500, 8_000, at(10));
        assert_eq!((heard.deaf(), heard.ever(), heard.reports()), (2, false, 3));
        heard.report(Some(&block(700)), 750, 8_000, at(15));
        assert_eq!((heard.deaf(), heard.ever(), heard.loss_percent()), (0, true, Some(25.0)));
        assert_eq!(heard.jitter(), Some(Duration::from_millis(20)));
        heard.report(Some(&block(700)), 1_000, 8_000, at(20));
        assert_eq!(heard.deaf(), 1, "the number stands still although we send");
        heard.report(Some(&block(700)), 1_000, 8_000, at(25));
        assert_eq!(heard.deaf(), 1, "nothing was sent since: nothing can be acknowledged");
        assert_eq!(heard.age(at(27)), Some(Duration::from_secs(2)));
    }
}
