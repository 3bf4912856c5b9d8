//! The settings: what each is called, and who set it.

use crate::account::set_by;
use crate::config::{Origin, Standing};
use crate::gui::words::{Word, say, told, word};
use crate::model::ArchiveKeeps;

/// Calls.
pub const CALLS_AND_SOUND: Word = word("settings-calls-and-sound");
/// Whose settings count first.
pub const ADMINISTRATOR: Word = word("settings-administrator");
/// Takes the user's value out of the file.
pub const RESET: Word = word("settings-reset");
/// Use what was typed.
pub const SAVE: Word = word("settings-save");
/// Choices of a switch.
pub const ON: Word = word("settings-on");
/// Choices of a switch.
pub const OFF: Word = word("settings-off");

/// What the server keeps of messages.
pub const ARCHIVE: Word = word("settings-archive");
/// The server is being asked.
pub const ARCHIVE_READING: Word = word("settings-archive-reading");

/// A choice of what the server keeps.
pub fn archive_keeps(keeps: ArchiveKeeps) -> &'static str {
    match keeps {
        ArchiveKeeps::Always => word("settings-archive-always"),
        ArchiveKeeps::Roster => word("settings-archive-roster"),
        ArchiveKeeps::Never => word("settings-archive-never"),
    }
    .text()
}

/// What it means.
pub fn archive_means(keeps: ArchiveKeeps) -> &'static str {
    match keeps {
        ArchiveKeeps::Always => word("settings-archive-always-means"),
        ArchiveKeeps::Roster => word("settings-archive-roster-means"),
        ArchiveKeeps::Never => word("settings-archive-never-means"),
    }
    .text()
}

/// Exceptions that another program named; nothing where there are none.
pub fn archive_exceptions(always: usize, never: usize) -> Option<String> {
    (always + never > 0).then(|| say!("settings-archive-exceptions", count = always + never))
}

/// Who set up the accounts.
pub fn set_up_by(title: &str) -> String {
    say!("settings-set-up-by-settings-that-only", title)
}

/// The document was taken back.
pub fn withdrawn_by(title: &str) -> String {
    say!("settings-has-taken-back-what-it-had", title)
}

/// Who set a value; nothing where nobody did.
pub fn origin(standing: &Standing) -> Option<String> {
    if standing.locked {
        return Some(told(&set_by(&standing.origin)).into_owned());
    }
    match &standing.origin {
        Origin::BuiltIn => None,
        Origin::User => Some(say!("settings-set-by-you")),
        Origin::Provisioned { title } => Some(say!("settings-suggested-by-your-administrator", title)),
        Origin::CommandLine => Some(say!("settings-set-for-this-run-on-the")),
    }
}
