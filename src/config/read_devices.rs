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

/// What serves a role while its preferred device is away, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instead {
    /// Microphones.
    pub input: Vec<String>,
    /// Loudspeakers.
    pub output: Vec<String>,
    /// What rings.
    pub ring: Vec<String>,
}

/// `[audio]`: the lists.
pub(super) fn instead(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Instead {
    let mut list = |key| -> Vec<String> {
        table.texts(key, problems).unwrap_or_default().into_iter().map(|(text, _)| text).collect()
    };
    Instead { input: list("input-instead"), output: list("output-instead"), ring: list("ring-instead") }
}
