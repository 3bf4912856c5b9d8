//! Where a message stands in its conversation, apart from when it arrived here.
//!
//! A place is a number; a conversation is shown in the order of places. It is the time in milliseconds with 20 bits below it,
//! so that there is always room between two messages. What arrives live comes last, whatever the clocks say (F21). What comes
//! from an archive stands in the archive's order, at the time that the archive says, but never outside of the gap that it
//! fills: a clock of ours that is wrong moves nothing past its neighbours.

use crate::model::WallTime;

/// Bits of a place below the millisecond.
const BELOW: u32 = 20;
/// The distance of messages that come in the same millisecond: others can be put between them.
pub(super) const STEP: i64 = 1 << 10;
/// Room that is kept free for older messages of a gap, where the archive's times lie before it: about sixteen seconds, or so
/// many messages.
pub(super) const RESERVE: i64 = 1 << 34;
/// What is left of that at least: else more is made.
pub(super) const SPARE: i64 = 1 << 24;
/// How long a message is on its way to the archive, in milliseconds.
const MOST_ON_ITS_WAY_MS: i64 = 5_000;
/// The latest time that has a place (the year 2223). When later: it stands there.
const LATEST_MS: i64 = 8_000_000_000_000;

/// The place of a moment.
pub(super) fn of(time: WallTime) -> i64 {
    time.unix_ms().clamp(0, LATEST_MS) << BELOW
}

/// The place of something that happens now, after the `newest` of its conversation.
pub(super) fn next(now: WallTime, newest: Option<i64>) -> i64 {
    newest.map_or(of(now), |newest| of(now).max(newest.saturating_add(STEP)))
}

/// Whether a place lies before a time by more than clocks that are set, and a message on its way, explain.
pub(super) fn is_long_before(place: i64, time: WallTime) -> bool {
    place < of(WallTime::from_unix_ms(time.unix_ms().saturating_sub(MOST_ON_ITS_WAY_MS)))
}

/// The first place after the second of a time.
pub(super) fn after_second(time: WallTime) -> i64 {
    of(WallTime::from_unix_ms(time.unix_ms().saturating_add(1_000)))
}

/// The place of something that was kept for us while we were away: where its time says, as long as that is honest. Many
/// servers stamp whole seconds (XEP-0082 section 3.2 leaves fractions to them), so that within that second its time says
/// nothing, and arrival decides. `newest` is the last of its conversation before [`after_second`]: what was written later
/// says nothing either.
pub(super) fn late(time: WallTime, newest: Option<i64>) -> i64 {
    let whole = time.unix_ms() % 1_000 == 0;
    let second = of(time)..after_second(time);
    match newest {
        Some(newest) if whole && second.contains(&newest) => newest.saturating_add(STEP),
        Some(_) | None => of(time),
    }
}

/// The ends of a gap, neither of which belongs to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Between {
    /// After this one; absent: from the beginning.
    pub(super) after: Option<i64>,
    /// Before this one; absent: up to now.
    pub(super) before: Option<i64>,
}

/// Places for messages of an archive with these times, oldest first, inside of a gap. `more`: older ones of the same gap
/// follow, so that they need room below.
///
/// Always ascending; strictly, unless there is less room than messages and, with `more`, [`SPARE`].
pub(super) fn fill(times: &[WallTime], gap: Between, more: bool) -> Vec<i64> {
    let Some(first) = times.first() else { return Vec::new() };
    let mut low = gap.after.unwrap_or(-1);
    if more && of(*first) <= low.saturating_add(SPARE) {
        // Times say nothing here: close together under what follows, so that however many are to come have room.
        let count = i64::try_from(times.len()).unwrap_or(i64::MAX);
        low = match gap.before {
            Some(before) => low.max(before.saturating_sub(count).saturating_sub(1)),
            None => low.saturating_add(RESERVE),
        };
    }
    let mut places = Vec::with_capacity(times.len());
    for time in times {
        let place = of(*time).max(low.saturating_add(1));
        places.push(place);
        low = place;
    }
    let mut high = gap.before.unwrap_or(i64::MAX);
    for place in places.iter_mut().rev() {
        *place = (*place).min(high.saturating_sub(1));
        high = *place;
    }
    // Less room than messages: beside their neighbours at least.
    if let Some(after) = gap.after {
        places.iter_mut().for_each(|place| *place = (*place).max(after));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> WallTime {
        WallTime::from_unix_ms(1_700_000_000_000 + minute * 60_000)
    }

    fn ascending(places: &[i64]) -> bool {
        places.windows(2).all(|pair| pair[0] < pair[1])
    }

    #[test]
    fn f21_what_arrives_comes_last_whatever_the_clock_says() {
        let mut newest = None;
        for minute in [0, 5, 5, -600, 1_000_000, 6] {
            let place = next(at(minute), newest);
            assert!(newest.is_none_or(|newest| place > newest), "{minute}");
            newest = Some(place);
        }
        assert!(of(WallTime::from_unix_ms(i64::MAX)) > 0 && of(WallTime::from_unix_ms(i64::MIN)) == 0);
    }

    #[test]
    fn what_was_kept_for_us_stands_at_its_time_and_within_a_whole_second_last() {
        let ms = |ms: i64| WallTime::from_unix_ms(at(0).unix_ms() + ms);
        assert_eq!(late(ms(0), None), of(ms(0)));
        // The newest is of the same second: a stamp without fractions does not say which came first.
        assert!(late(ms(0), Some(of(ms(700)))) > of(ms(700)));
        assert!(late(ms(0), Some(of(ms(0)))) > of(ms(0)));
        // With fractions, or in another second, the time counts.
        assert_eq!(late(ms(300), Some(of(ms(700)))), of(ms(300)));
        assert_eq!(late(ms(0), Some(of(ms(1_000)))), of(ms(0)));
        assert_eq!(late(ms(2_000), Some(of(ms(700)))), of(ms(2_000)));
        assert!(late(WallTime::from_unix_ms(i64::MAX), Some(i64::MAX)) > 0);
    }

    #[test]
    fn an_archive_keeps_its_order_and_its_times_inside_of_the_gap() {
        let gap = Between { after: Some(of(at(0))), before: Some(of(at(10))) };
        // Honest clocks: the places are the times.
        assert_eq!(fill(&[at(1), at(5)], gap, false), [of(at(1)), of(at(5))]);
        // Equal and backward times keep the archive's order.
        assert!(ascending(&fill(&[at(5), at(5), at(3), at(6)], gap, false)));
        // Our clock was ahead, or behind: nothing leaves the gap.
        for times in [[at(-30), at(-20), at(-10)], [at(30), at(40), at(50)], [at(-5), at(5), at(15)]] {
            for more in [false, true] {
                let places = fill(&times, gap, more);
                assert!(ascending(&places), "{places:?}");
                assert!(places.iter().all(|place| Some(*place) > gap.after && Some(*place) < gap.before));
            }
        }
        // Without ends the times decide.
        assert_eq!(fill(&[at(1), at(2)], Between::default(), true), [of(at(1)), of(at(2))]);
        assert!(fill(&[], gap, true).is_empty());
    }

    #[test]
    fn pages_from_newest_to_oldest_stay_in_order_although_the_clock_was_wrong() {
        for (after, before) in
            [(Some(of(at(60))), Some(of(at(70)))), (Some(of(at(60))), None), (None, Some(of(at(-60))))]
        {
            let mut gap = Between { after, before };
            let mut all: Vec<i64> = Vec::new();
            // A thousand messages of the minutes 0 to 50, in pages of fifty, the newest page first.
            for page in (0..20).rev() {
                let times: Vec<WallTime> =
                    (0..50).map(|n| WallTime::from_unix_ms(at(0).unix_ms() + (page * 50 + n) * 3000)).collect();
                let places = fill(&times, gap, page > 0);
                gap.before = places.first().copied();
                all.splice(0..0, places);
            }
            assert!(ascending(&all), "after {after:?} before {before:?}");
            assert!(all.iter().all(|place| after.is_none_or(|after| *place > after)));
            assert!(all.iter().all(|place| before.is_none_or(|before| *place < before)));
        }
    }

    #[test]
    fn a_gap_without_room_puts_its_messages_beside_their_neighbours() {
        let gap = Between { after: Some(100), before: Some(102) };
        let places = fill(&[at(0), at(1), at(2)], gap, false);
        assert!(places.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(places.iter().all(|place| (100..102).contains(place)));
    }
}
