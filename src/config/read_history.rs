//! `[history]`: messages and texts of calls that are kept here, and messages that the server keeps.

use super::table::{Problems, Table};

/// The longest time in days: a hundred years.
const LONGEST: u32 = 36_500;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// How far back a device that is new here reads the server's archive by itself, days; 0: only what is scrolled to.
    pub fetch_days: u32,
    /// Messages that are older are removed here, days; 0: never.
    pub keep_days: u32,
    /// What is written in a call is kept with it.
    pub call_text: bool,
}

impl Default for History {
    fn default() -> Self {
        Self { fetch_days: 30, keep_days: 0, call_text: true }
    }
}

/// `[history]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> History {
    let default = History::default();
    History {
        fetch_days: table.number("fetch-days", 0..=LONGEST, default.fetch_days, problems),
        keep_days: table.number("keep-days", 0..=LONGEST, default.keep_days, problems),
        call_text: table.flag("call-text", default.call_text, problems),
    }
}
