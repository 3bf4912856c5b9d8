//! The settings: what each is called, and who set it.

use crate::account::set_by;
use crate::config::{Origin, Standing};

/// Calls.
pub const CALLS_AND_SOUND: &str = "Calls and sound";
/// Whose settings count first.
pub const ADMINISTRATOR: &str = "Your administrator";
/// Takes the user's value out of the file.
pub const RESET: &str = "Reset";
/// Use what was typed.
pub const SAVE: &str = "Save";
/// Choices of a switch.
pub const ON: &str = "On";
/// Choices of a switch.
pub const OFF: &str = "Off";

/// Who set up the accounts.
pub fn set_up_by(title: &str) -> String {
    format!("Set up by {title}. Settings that only {title} changes are marked below.")
}

/// The document was taken back.
pub fn withdrawn_by(title: &str) -> String {
    format!("{title} has taken back what it had set up. What was said is kept.")
}

/// Who set a value; nothing where nobody did.
pub fn origin(standing: &Standing) -> Option<String> {
    if standing.locked {
        return Some(set_by(&standing.origin));
    }
    match &standing.origin {
        Origin::BuiltIn => None,
        Origin::User => Some("Set by you.".to_owned()),
        Origin::Provisioned { title } => Some(format!("Suggested by your administrator ({title}).")),
        Origin::CommandLine => Some("Set for this run on the command line.".to_owned()),
    }
}
