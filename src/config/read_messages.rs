//! `[messages]`: what others are told of the user's writing and reading.

use super::table::{Problems, Table};

/// What others are told of the user's writing and reading. Only contacts who see when the user is there are told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// That a message was seen (XEP-0333).
    pub tell_read: bool,
    /// That the user is writing (XEP-0085).
    pub tell_typing: bool,
}

impl Default for Messages {
    fn default() -> Self {
        Self { tell_read: true, tell_typing: true }
    }
}

/// `[messages]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Messages {
    let default = Messages::default();
    Messages {
        tell_read: table.flag("tell-read", default.tell_read, problems),
        tell_typing: table.flag("tell-typing", default.tell_typing, problems),
    }
}
