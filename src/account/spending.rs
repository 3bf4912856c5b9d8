//! What today's calls have cost, over restarts, and when the limit is reached (C-41).

use std::time::Duration;

use crate::model::{BootTime, Call, Now, Price};

/// The memo in which it is kept: `2026-11-23 0.38 EUR`.
pub(super) const MEMO: &str = "spent";
/// Providers count minutes, and so does the estimate.
const MINUTE: Duration = Duration::from_secs(60);

/// What the calls of a day have cost. A day is one of UTC: the core knows no other.
#[derive(Clone, Debug, Default)]
pub(super) struct Spending {
    day: String,
    spent: Option<Price>,
    /// The user was told that the limit is reached.
    told: bool,
}

impl Spending {
    /// What the store remembered.
    pub(super) fn load(memo: Option<&str>) -> Self {
        let (day, spent) = memo.and_then(|memo| memo.split_once(' ')).unwrap_or_default();
        Self { day: day.to_owned(), spent: Price::parse(spent), told: false }
    }

    fn begin_day(&mut self, now: Now) {
        let today: String = now.wall.to_rfc3339().chars().take(10).collect();
        if self.day != today {
            *self = Self { day: today, spent: None, told: false };
        }
    }

    /// Adds a call that has ended; answers what to remember. In another currency than before, the count begins anew:
    /// amounts of two currencies cannot be added.
    pub(super) fn add(&mut self, call: &Call, now: Now) -> Option<String> {
        self.begin_day(now);
        let cost =
            call.charge.as_ref()?.after(call.duration).filter(|cost| call.answered.is_some() && !cost.is_zero())?;
        let total = self.spent.and_then(|spent| spent.plus(cost)).unwrap_or(cost);
        self.spent = Some(total);
        Some(format!("{} {total}", self.day))
    }

    /// What today's calls have cost, with those that are going on.
    pub(super) fn so_far<'c>(&mut self, calls: impl Iterator<Item = &'c Call>, now: Now) -> Option<Price> {
        self.begin_day(now);
        calls.filter_map(|call| running(call, now)).fold(self.spent, |total, cost| match total {
            Some(total) => total.plus(cost).or(Some(total)),
            None => Some(cost),
        })
    }

    /// Whether the limit is reached for the first time today; answers the amount.
    pub(super) fn reached(&mut self, total: Option<Price>, limit: Option<Price>) -> Option<Price> {
        let total = total.filter(|total| !self.told && limit.is_some_and(|limit| total.reaches(limit)))?;
        self.told = true;
        Some(total)
    }

    /// When the cost of a running call next grows, while that may reach a limit.
    pub(super) fn poll_timeout<'c>(
        &self,
        calls: impl Iterator<Item = &'c Call>,
        limit: Option<Price>,
        checked: BootTime,
    ) -> Option<BootTime> {
        if limit.is_none() || self.told {
            return None;
        }
        let next = |call: &Call| {
            let answered = call.answered_boot.filter(|_| call.end.is_none())?;
            call.charge.as_ref()?.per_minute?;
            let minutes = checked.saturating_since(answered).as_secs() / MINUTE.as_secs() + 1;
            // A moment after the minute is full, so that the next one has begun.
            Some(answered + MINUTE * u32::try_from(minutes).unwrap_or(u32::MAX) + Duration::from_millis(1))
        };
        calls.filter_map(next).min()
    }
}

/// What a call that is going on has cost so far.
fn running(call: &Call, now: Now) -> Option<Price> {
    let answered = call.answered_boot.filter(|_| call.end.is_none())?;
    call.charge.as_ref()?.after(now.boot.saturating_since(answered))
}
