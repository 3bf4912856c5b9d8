//! The two clocks that machines are told about, as plain values.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time since the machine was booted, suspend included (`CLOCK_BOOTTIME`).
///
/// Every timer is in boot time: it never jumps, and a laptop that slept for an hour finds its timers due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootTime(Duration);

impl BootTime {
    /// A point `since_boot` after boot.
    pub const fn from_duration(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// The time since boot.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    /// The time from `earlier` to `self`, zero when `earlier` is later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for BootTime {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

impl Sub<Duration> for BootTime {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(rhs))
    }
}

/// Wall-clock time: milliseconds since the Unix epoch, UTC. For display, storage and certificates, never for timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    /// From milliseconds since the Unix epoch.
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Parses an RFC 3339 time, as XEP-0082 writes them.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        Some(Self((at.unix_timestamp_nanos() / 1_000_000) as i64))
    }

    /// The RFC 3339 form in UTC; times that the calendar cannot express are clamped to its ends.
    pub fn to_rfc3339(self) -> String {
        // Years 0001 to 9999 are what RFC 3339 can write.
        let clamped = self.0.clamp(-62_135_596_800_000, 253_402_300_799_999);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(clamped) * 1_000_000)
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

/// What a machine is told of the time with every input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For timers.
    pub boot: BootTime,
    /// For people.
    pub wall: WallTime,
}

impl Now {
    /// Both clocks moved on by `by`: for tests in virtual time.
    pub fn after(self, by: Duration) -> Self {
        Self { boot: self.boot + by, wall: WallTime(self.wall.0 + by.as_millis() as i64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_round_trips_through_rfc_3339() {
        let at = WallTime::parse_rfc3339("2026-11-22T10:20:30.5Z").expect("a valid time");
        assert_eq!(at.to_rfc3339(), "2026-11-22T10:20:30.5Z");
        assert_eq!(WallTime::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn absurd_wall_times_are_written_without_panic() {
        assert!(!WallTime::from_unix_ms(i64::MAX).to_rfc3339().is_empty());
        assert!(!WallTime::from_unix_ms(i64::MIN).to_rfc3339().is_empty());
    }
}
