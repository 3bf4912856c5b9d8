//! Times in words: relative for a day, then dates.

use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

use crate::gui::words::{Word, say, word};
use crate::model::WallTime;

fn local(at: WallTime, offset: UtcOffset) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(at.unix_ms().div_euclid(1000)).ok()?.checked_to_offset(offset)
}

/// `14:02`.
pub fn clock(at: WallTime, offset: UtcOffset) -> String {
    local(at, offset).map(|at| format!("{:02}:{:02}", at.hour(), at.minute())).unwrap_or_default()
}

/// The day a time falls on; equal days have equal numbers.
pub fn day_number(at: WallTime, offset: UtcOffset) -> i32 {
    local(at, offset).map(|at| at.date().to_julian_day()).unwrap_or_default()
}

/// In a list: the time today, "Yesterday", a weekday within the week, then the date.
pub fn when(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    listed(at, now, offset, word("when-yesterday"))
}

/// The same within a sentence: "since yesterday".
pub fn within(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    listed(at, now, offset, word("when-since-yesterday"))
}

fn listed(at: WallTime, now: WallTime, offset: UtcOffset, yesterday: Word) -> String {
    let (Some(then), Some(today)) = (local(at, offset), local(now, offset)) else { return String::new() };
    let month = short_month(then.month());
    match today.date().to_julian_day() - then.date().to_julian_day() {
        0 => clock(at, offset),
        1 => yesterday.into(),
        2..=6 => short_weekday(then.weekday()).into(),
        _ if then.year() == today.year() => say!("when-short-date", day = then.day(), month),
        _ => say!("when-short-month-year", month, year = then.year().to_string()),
    }
}

/// On a line between days.
pub fn day(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    let (Some(then), Some(today)) = (local(at, offset), local(now, offset)) else { return String::new() };
    match today.date().to_julian_day() - then.date().to_julian_day() {
        0 => say!("when-today"),
        1 => say!("when-yesterday"),
        2..=6 => weekday(then.weekday()).into(),
        _ => date(then.date(), today.year()),
    }
}

fn date(date: Date, this_year: i32) -> String {
    let (day, month) = (date.day(), month(date.month()));
    if date.year() == this_year {
        say!("when-date", day, month)
    } else {
        say!("when-date-year", day, month, year = date.year().to_string())
    }
}

fn weekday(day: Weekday) -> Word {
    match day {
        Weekday::Monday => word("when-monday"),
        Weekday::Tuesday => word("when-tuesday"),
        Weekday::Wednesday => word("when-wednesday"),
        Weekday::Thursday => word("when-thursday"),
        Weekday::Friday => word("when-friday"),
        Weekday::Saturday => word("when-saturday"),
        Weekday::Sunday => word("when-sunday"),
    }
}

fn short_weekday(day: Weekday) -> Word {
    match day {
        Weekday::Monday => word("when-mon"),
        Weekday::Tuesday => word("when-tue"),
        Weekday::Wednesday => word("when-wed"),
        Weekday::Thursday => word("when-thu"),
        Weekday::Friday => word("when-fri"),
        Weekday::Saturday => word("when-sat"),
        Weekday::Sunday => word("when-sun"),
    }
}

fn month(month: Month) -> Word {
    match month {
        Month::January => word("when-january"),
        Month::February => word("when-february"),
        Month::March => word("when-march"),
        Month::April => word("when-april"),
        Month::May => word("when-may"),
        Month::June => word("when-june"),
        Month::July => word("when-july"),
        Month::August => word("when-august"),
        Month::September => word("when-september"),
        Month::October => word("when-october"),
        Month::November => word("when-november"),
        Month::December => word("when-december"),
    }
}

fn short_month(month: Month) -> Word {
    match month {
        Month::January => word("when-in-jan"),
        Month::February => word("when-in-feb"),
        Month::March => word("when-in-mar"),
        Month::April => word("when-in-apr"),
        Month::May => word("when-in-may"),
        Month::June => word("when-in-jun"),
        Month::July => word("when-in-jul"),
        Month::August => word("when-in-aug"),
        Month::September => word("when-in-sep"),
        Month::October => word("when-in-oct"),
        Month::November => word("when-in-nov"),
        Month::December => word("when-in-dec"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> WallTime {
        WallTime::parse_rfc3339(text).expect("valid")
    }

    #[test]
    fn times_are_relative_for_a_day_and_dates_after_a_week() {
        let now = at("2026-11-22T12:00:00Z");
        for (then, list, line) in [
            ("2026-11-22T09:05:00Z", "09:05", "Today"),
            ("2026-11-21T23:59:00Z", "Yesterday", "Yesterday"),
            ("2026-11-18T09:05:00Z", "Wed", "Wednesday"),
            ("2026-03-02T09:05:00Z", "2 Mar", "2 March"),
            ("2024-03-02T09:05:00Z", "Mar 2024", "2 March 2024"),
        ] {
            assert_eq!(when(at(then), now, UtcOffset::UTC), list);
            assert_eq!(day(at(then), now, UtcOffset::UTC), line);
        }
    }
}
