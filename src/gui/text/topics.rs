//! The topics of the settings.

use crate::config::{Origin, Standing};
use crate::gui::words::{Word, say, word};

/// Everything on one page.
pub const EVERYTHING: Word = word("topics-everything");
/// The user: status, card, where they are.
pub const YOU: Word = word("topics-you");
/// Accounts, and which belong together.
pub const ACCOUNTS: Word = word("topics-accounts");
/// Devices and sound.
pub const SOUND: Word = word("topics-sound");
/// How calls are taken.
pub const CALLS: Word = word("topics-calls");
/// What the desktop is told.
pub const NOTIFICATIONS: Word = word("topics-notifications");
/// Who may reach the user, and what is told of them.
pub const PRIVACY: Word = word("topics-privacy");
/// How numbers are read, dialled and paid.
pub const NUMBERS: Word = word("topics-numbers");
/// The window.
pub const WINDOW: Word = word("topics-window");
/// Address book and files of people.
pub const CONTACTS: Word = word("topics-contacts");
/// Every key.
pub const ADVANCED: Word = word("topics-advanced");
/// The section of the numbers.
pub const DIAL_PLAN: Word = word("topics-dial-plan");
/// Rules and classes that only the file has.
pub const RULES_BODY: Word = word("topics-rules-body");
/// The section where a number is tried out.
pub const TRY_NUMBER: Word = word("topics-try-number");
/// The empty field.
pub const TRY_HINT: Word = word("topics-try-hint");
/// Shows what becomes of it.
pub const TRY: Word = word("topics-try");
/// The section of the accounts.
pub const YOUR_ACCOUNTS: Word = word("topics-your-accounts");
/// None yet.
pub const NO_ACCOUNTS: Word = word("topics-no-accounts");
/// What one can do with an account that works.
pub const NEW_PASSWORD: Word = word("topics-new-password");
/// The administrator set it up.
pub const SET_UP_FOR_YOU: Word = word("topics-set-up-for-you");
/// The section of all keys.
pub const ALL_KEYS: Word = word("topics-all-keys");
/// Why there are so many.
pub const ALL_KEYS_BODY: Word = word("topics-all-keys-body");
/// The empty filter.
pub const FILTER: Word = word("topics-filter");
/// Nothing matches.
pub const NO_KEY: Word = word("topics-no-key");
/// Nobody gave a value.
pub const NOT_SET: Word = word("topics-not-set");

/// Where the value of a key comes from, in a few words.
pub fn origin(standing: &Standing) -> String {
    match (&standing.origin, standing.locked) {
        (Origin::BuiltIn, false) => say!("topics-default"),
        (Origin::User, false) => say!("topics-your-file"),
        (Origin::CommandLine, false) => say!("topics-command-line"),
        (Origin::Provisioned { title }, false) => say!("topics-suggested", title = title.as_ref()),
        (Origin::Provisioned { title }, true) => say!("topics-set-by", title = title.as_ref()),
        (Origin::BuiltIn | Origin::User | Origin::CommandLine, true) => say!("topics-set-by-somebody"),
    }
}
