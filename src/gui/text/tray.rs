//! What the icon in the tray and its menu say.

use crate::gui::words::{Word, say, word};
use crate::model::{AccountState, ConnectionState};

/// The section of the settings.
pub const SECTION: Word = word("tray-section");
/// Why nothing comes of the settings.
pub const NONE: Word = word("tray-none");
/// Shows the window.
pub const OPEN: Word = word("tray-open");
/// Ends the program.
pub const QUIT: Word = word("tray-quit");
/// No call rings.
pub const DO_NOT_DISTURB: Word = word("tray-do-not-disturb");
/// The microphone of the call that is being talked in.
pub const MICROPHONE_OFF: Word = word("tray-microphone-off");

/// A connection, in one line.
pub fn connection(account: &AccountState, several: bool) -> String {
    let state = match account.state {
        ConnectionState::Online => word("tray-connected"),
        ConnectionState::Connecting => word("tray-connecting"),
        ConnectionState::Offline => word("tray-not-connected"),
        ConnectionState::Failed => word("tray-not-connected-needs-you"),
        ConnectionState::Held => word("tray-waiting"),
    };
    let service = super::service(account.service);
    if several { format!("{service} ({}): {state}", account.address) } else { format!("{service}: {state}") }
}

/// Messages that nobody has read.
pub fn unread(messages: u32) -> String {
    say!("tray-unread", count = messages)
}

/// Calls that nobody took.
pub fn missed(calls: u32) -> String {
    say!("tray-missed", count = calls)
}

/// The desktop lends no keys out.
pub const NO_KEYS: Word = word("tray-no-keys");

/// The keys that work behind other windows: the name of each, and what it is for.
pub fn keys() -> Vec<(&'static str, &'static str)> {
    use crate::gui::desktop::{ANSWER, HANG_UP, MICROPHONE, SHOW, TALK};
    vec![
        (ANSWER, word("tray-key-answer").text()),
        (HANG_UP, word("tray-key-hang-up").text()),
        (MICROPHONE, word("tray-key-microphone").text()),
        (TALK, word("tray-key-talk").text()),
        (SHOW, word("tray-key-show").text()),
    ]
}
