//! The settings: what each is called, and who set it.

use crate::account::set_by;
use crate::config::{Origin, Standing};
use crate::gui::words::{Word, say, told, word};

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
