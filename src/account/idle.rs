//! Whether anybody is at this machine, and what follows for presence. Pure: how long nobody was there is an argument.

use std::time::Duration;

use crate::model::WallTime;

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// Nobody is there since then, and long enough to be told.
    since: Option<WallTime>,
    /// The user chose a status meanwhile, from elsewhere: it stands until somebody is here.
    chosen: bool,
}

impl Idle {
    /// The desktop says how long nobody was there; `after`: how long that is nobody's business, `None`: always.
    pub(super) fn handle(&mut self, idle: Duration, after: Option<Duration>, now: WallTime) {
        let away = after.is_some_and(|after| idle >= after);
        if !away {
            *self = Self::default();
        } else if self.since.is_none() {
            let ago = i64::try_from(idle.as_millis()).unwrap_or(i64::MAX);
            self.since = Some(WallTime::from_unix_ms(now.unix_ms().saturating_sub(ago)));
        }
    }

    /// The user chose a status.
    pub(super) fn chosen(&mut self) {
        self.chosen = self.since.is_some();
    }

    /// Since when nobody is there, where that is to be told. Whoever talks on the phone is there (`on_call`).
    pub(super) fn told(&self, on_call: bool) -> Option<WallTime> {
        self.since.filter(|_| !on_call && !self.chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn nobody_is_there_once_it_lasted_long_enough_and_since_the_last_touch() {
        let at = |minute: i64| WallTime::from_unix_ms(minute * 60_000);
        let mut idle = Idle::default();
        idle.handle(minutes(9), Some(minutes(10)), at(100));
        assert_eq!(idle.told(false), None, "not yet");
        idle.handle(minutes(10), Some(minutes(10)), at(101));
        assert_eq!(idle.told(false), Some(at(91)));
        idle.handle(minutes(30), Some(minutes(10)), at(121));
        assert_eq!(idle.told(false), Some(at(91)), "the same absence");
        assert_eq!(idle.told(true), None, "who talks is there");
        idle.chosen();
        assert_eq!(idle.told(false), None, "what was chosen stands");
        idle.handle(minutes(31), Some(minutes(10)), at(122));
        assert_eq!(idle.told(false), None);
        idle.handle(Duration::ZERO, Some(minutes(10)), at(123));
        idle.handle(minutes(11), Some(minutes(10)), at(134));
        assert_eq!(idle.told(false), Some(at(123)), "a new absence");
        idle.handle(minutes(12), None, at(135));
        assert_eq!(idle.told(false), None, "it is nobody's business any more");
        idle.handle(Duration::MAX, Some(minutes(10)), at(136));
        assert!(idle.told(false).is_some(), "nonsense does no harm");
    }

    #[test]
    fn a_status_chosen_while_somebody_is_there_does_not_keep_them_from_going_away() {
        let mut idle = Idle::default();
        idle.chosen();
        idle.handle(minutes(10), Some(minutes(10)), WallTime::from_unix_ms(0));
        assert!(idle.told(false).is_some());
    }
}
