//! What concerns devices and the health of calls.

use std::time::Duration;

use super::table::{Problems, Table};

/// How long a call may be without a sign of life.
pub(super) fn silence_timeout(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Duration {
    let seconds = table.number("silence-timeout", 0..=600, 60, problems);
    if (1..30).contains(&seconds) {
        problems.report(
            table.span_of("silence-timeout"),
            "silence-timeout must be 30 to 600 seconds, or 0 for never: shorter gaps are ordinary in mobile networks",
        );
    }
    Duration::from_secs(u64::from(seconds))
}
