//! How much is sent, and how many copies of it: what the peer's reports (RFC 3550 section 6.4) ask for.
//!
//! Loss alone is answered with copies: the network throws packets away, whatever their size. Loss together with a rising
//! round trip is a queue that is full: less is sent.

use std::time::Duration;

use crate::model::BootTime;

/// Bits per second on a network that loses nothing.
pub const BEST: u32 = 32_000;

/// Bits per second that are tried where nothing was lost and nothing queued for [`CALM`]: more is not heard in one voice.
const MOST: u32 = 48_000;

/// On a network that is so full that less than this is sent, packets are longer: their heads cost as much as the sound.
const FULL: u32 = 25_000;

/// Bits per second of one packet where copies go with it, by how many.
const WITH_COPIES: [u32; 4] = [MOST, 28_000, 24_000, 24_000];

/// Bits per second on a full network, at least (Opus is wide-band speech down to here).
const LEAST: u32 = 16_000;

/// Loss, in parts of 256, from which copies are sent: about 1, 4 and 12 %.
const LEVELS: [u8; 3] = [3, 11, 31];

/// So long nothing may be lost before one copy less is sent: loss comes again.
const CALM: Duration = Duration::from_secs(20);

/// The round trip has risen by this, and by half: a queue fills.
const QUEUE: Duration = Duration::from_millis(100);

/// Of what the full network had, this many eighths are tried next; and so much is added after each report without loss.
const DECREASE_EIGHTHS: u32 = 6;
const INCREASE: u32 = 2_000;

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Bits per second of each copy.
    pub bitrate: u32,
    /// The level of [`super::redundancy::distances`].
    pub copies: u8,
    /// Percent that the encoder should expect to be lost.
    pub expected_loss: u8,
    /// Packets are at least so many ticks of 10 ms long, where the peer takes them.
    pub ticks: usize,
}

/// Remembers what the reports said.
#[derive(Debug)]
pub struct Rate {
    level: u8,
    /// Parts of 256, the higher of the last two reports.
    loss: u8,
    calm_since: Option<BootTime>,
    /// The smallest round trip of the call.
    shortest: Option<Duration>,
    ceiling: u32,
    /// Since when nothing was lost and nothing queued.
    good_since: Option<BootTime>,
}

impl Default for Rate {
    fn default() -> Self {
        Self { level: 0, loss: 0, calm_since: None, shortest: None, ceiling: BEST, good_since: None }
    }
}

impl Rate {
    /// Reads one report: loss in parts of 256 since the last one.
    pub fn report(&mut self, fraction_lost: u8, round_trip: Option<Duration>, now: BootTime) {
        // Falls by halves: one lucky report is not the end of the loss.
        self.loss = fraction_lost.max(self.loss / 2);
        let shortest = match (self.shortest, round_trip) {
            (Some(shortest), Some(time)) => Some(shortest.min(time)),
            (known, new) => known.or(new),
        };
        self.shortest = shortest;
        let queue = match (shortest, round_trip) {
            (Some(shortest), Some(time)) => time > shortest + QUEUE && time > shortest.mul_f64(1.5),
            (None, _) | (_, None) => false,
        };
        let [lowest, ..] = LEVELS;
        if queue && fraction_lost >= lowest {
            self.ceiling = (self.ceiling * DECREASE_EIGHTHS / 8).max(LEAST);
            self.level = 0;
            self.calm_since = None;
            self.good_since = None;
            return;
        }
        if queue || fraction_lost >= lowest {
            // What was only tried is given back first.
            self.ceiling = self.ceiling.min(BEST);
            self.good_since = None;
        }
        if fraction_lost < lowest {
            let good = !queue && now.saturating_since(*self.good_since.get_or_insert(now)) >= CALM;
            let most = if good { MOST } else { BEST.max(self.ceiling) };
            self.ceiling = (self.ceiling + INCREASE).min(most);
        }
        let wanted = LEVELS.iter().filter(|from| fraction_lost >= **from).count() as u8;
        if wanted >= self.level {
            self.level = wanted;
            self.calm_since = None;
        } else if now.saturating_since(*self.calm_since.get_or_insert(now)) >= CALM {
            self.level -= 1;
            self.calm_since = Some(now);
        }
    }

    /// What to send from here on; `redundancy` when the peer takes copies.
    pub fn wish(&self, redundancy: bool) -> Wish {
        let copies = if redundancy { self.level } else { 0 };
        let with_copies = WITH_COPIES.get(usize::from(copies)).copied().unwrap_or(LEAST);
        let expected_loss = (u32::from(self.loss) * 100 / 256) as u8;
        // Copies reach back by packets: longer ones reach further, and a burst takes fewer of them.
        let ticks = match (copies, self.ceiling < FULL) {
            (0, false) => 1,
            (_, false) => 2,
            (_, true) => 4,
        };
        Wish { bitrate: self.ceiling.min(with_copies), copies, expected_loss, ticks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> BootTime {
        BootTime::from_duration(Duration::from_secs(s))
    }

    fn ms(ms: u64) -> Option<Duration> {
        Some(Duration::from_millis(ms))
    }

    #[test]
    fn loss_brings_copies_at_once_and_calm_takes_them_away_slowly() {
        let mut rate = Rate::default();
        rate.report(0, ms(40), at(5));
        assert_eq!(rate.wish(true), Wish { bitrate: BEST, copies: 0, expected_loss: 0, ticks: 1 });
        rate.report(26, ms(40), at(10));
        assert_eq!(rate.wish(true).copies, 2);
        assert_eq!(
            rate.wish(false),
            Wish { bitrate: BEST, copies: 0, expected_loss: 10, ticks: 1 },
            "without an agreement"
        );
        let calm: Vec<u8> = (3..16)
            .map(|n| {
                rate.report(0, ms(40), at(n * 5));
                rate.wish(true).copies
            })
            .collect();
        assert_eq!(calm, [2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
        assert_eq!(rate.wish(true).expected_loss, 0);
    }

    #[test]
    fn a_full_network_gets_less_instead_of_more_and_more_again_when_it_empties() {
        let mut rate = Rate::default();
        rate.report(0, ms(40), at(5));
        let full: Vec<Wish> = (2..8)
            .map(|n| {
                rate.report(30, ms(400), at(n * 5));
                rate.wish(true)
            })
            .collect();
        assert!(full.iter().all(|wish| wish.copies == 0));
        assert_eq!((full[0].bitrate, full[5].bitrate), (24_000, LEAST));
        for n in 8..40 {
            rate.report(0, ms(45), at(n * 5));
        }
        assert_eq!(rate.wish(true).bitrate, MOST, "what it bears is tried");
        rate.report(5, ms(45), at(205));
        assert!(rate.wish(false).bitrate == BEST && rate.wish(true).ticks == 2, "what was tried goes first");
    }

    #[test]
    fn more_is_tried_where_nothing_was_lost_for_long_and_given_back_when_a_queue_grows() {
        let mut rate = Rate::default();
        let sent: Vec<u32> = (1..15)
            .map(|n| {
                rate.report(0, ms(40), at(n * 5));
                rate.wish(true).bitrate
            })
            .collect();
        assert!(sent[..4].iter().all(|bits| *bits == BEST), "{sent:?}");
        assert!(sent[12] == MOST && sent.windows(2).all(|pair| pair[1] - pair[0] <= INCREASE), "{sent:?}");
        rate.report(0, ms(300), at(80));
        assert_eq!(rate.wish(true).bitrate, BEST);
    }

    #[test]
    fn reports_without_a_round_trip_and_nonsense_are_borne() {
        let mut rate = Rate::default();
        for n in 0..200 {
            rate.report((n * 37 % 256) as u8, (n % 3 == 0).then_some(Duration::from_secs(n % 70)), at(n));
            let wish = rate.wish(n % 2 == 0);
            assert!((LEAST..=MOST).contains(&wish.bitrate) && wish.copies <= 3 && wish.expected_loss <= 100);
        }
    }
}
