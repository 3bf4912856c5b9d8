//! Times in words: relative for a day, then dates.

use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

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
    let (Some(then), Some(today)) = (local(at, offset), local(now, offset)) else { return String::new() };
    match today.date().to_julian_day() - then.date().to_julian_day() {
        0 => clock(at, offset),
        1 => "Yesterday".to_owned(),
        2..=6 => weekday(then.weekday()).get(..3).unwrap_or_default().to_owned(),
        _ if then.year() == today.year() => {
            format!("{} {}", then.day(), month(then.month()).get(..3).unwrap_or_default())
        }
        _ => format!("{} {}", month(then.month()).get(..3).unwrap_or_default(), then.year()),
    }
}

/// On a line between days.
pub fn day(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    let (Some(then), Some(today)) = (local(at, offset), local(now, offset)) else { return String::new() };
    match today.date().to_julian_day() - then.date().to_julian_day() {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=6 => weekday(then.weekday()).to_owned(),
        _ => date(then.date(), today.year()),
    }
}

fn date(date: Date, this_year: i32) -> String {
    if date.year() == this_year {
        format!("{} {}", date.day(), month(date.month()))
    } else {
        format!("{} {} {}", date.day(), month(date.month()), date.year())
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(month: Month) -> &'static str {
    match month {
        Month::January => "January",
        Month::February => "February",
        Month::March => "March",
        Month::April => "April",
        Month::May => "May",
        Month::June => "June",
        Month::July => "July",
        Month::August => "August",
        Month::September => "September",
        Month::October => "October",
        Month::November => "November",
        Month::December => "December",
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
