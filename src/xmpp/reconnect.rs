//! When to try again: full jitter, so that a thousand clients do not return to a restarted server in one second
//! (RFC 6120 section 3.3 asks for randomised times).

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::model::BootTime;

/// The first try after a loss comes within this time.
const FIRST: Duration = Duration::from_secs(3);
/// No try comes earlier than this after the first one.
const SHORTEST: Duration = Duration::from_secs(1);
/// No try comes later than this.
const LONGEST: Duration = Duration::from_secs(30);
/// A stream that lived this long counts as a success; one that dies at once would otherwise be retried without end
/// at the shortest interval.
const PROVEN_AFTER: Duration = Duration::from_secs(20);

/// The policy of reconnection.
#[derive(Debug, Default)]
pub(super) struct Reconnect {
    failures: u32,
    online_since: Option<BootTime>,
}

impl Reconnect {
    /// Signed in.
    pub(super) fn handle_online(&mut self, now: BootTime) {
        self.online_since = Some(now);
    }

    /// The user or the network gives reason to believe that the next try goes better.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The connection or the attempt ended: when to try again.
    pub(super) fn next_try(&mut self, now: BootTime, rng: &mut StdRng) -> BootTime {
        if self.online_since.take().is_some_and(|since| now.saturating_since(since) >= PROVEN_AFTER) {
            self.failures = 0;
        }
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        let wait = if failures == 0 {
            rng.random_range(Duration::ZERO..=FIRST)
        } else {
            let ceiling = LONGEST.min(FIRST * 2_u32.saturating_pow(failures.min(5)));
            rng.random_range(SHORTEST..=ceiling)
        };
        now + wait
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_first_try_comes_within_three_seconds_and_later_ones_spread_up_to_thirty() {
        let mut longest = Duration::ZERO;
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut policy = Reconnect::default();
            let mut now = BootTime::default() + Duration::from_secs(1000);
            for attempt in 0..20 {
                let at = policy.next_try(now, &mut rng);
                let wait = at.saturating_since(now);
                if attempt == 0 {
                    assert!(wait <= FIRST);
                } else {
                    assert!((SHORTEST..=LONGEST).contains(&wait), "{wait:?}");
                }
                longest = longest.max(wait);
                now = at;
            }
        }
        assert!(longest > Duration::from_secs(25), "the full range is used");
    }

    #[test]
    fn a_stream_that_dies_at_once_does_not_reset_the_waiting() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut policy = Reconnect::default();
        let now = BootTime::default();
        policy.next_try(now, &mut rng);
        policy.handle_online(now);
        let wait = policy.next_try(now + SHORTEST, &mut rng).saturating_since(now + SHORTEST);
        assert!(wait >= SHORTEST);
        policy.handle_online(now);
        let later = now + PROVEN_AFTER;
        assert!(policy.next_try(later, &mut rng).saturating_since(later) <= FIRST);
    }
}
