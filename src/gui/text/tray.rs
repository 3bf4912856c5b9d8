//! What the icon in the tray and its menu say.

use crate::model::{AccountState, ConnectionState};

/// The section of the settings.
pub const SECTION: &str = "Window and tray";
/// Why nothing comes of the settings.
pub const NONE: &str = "This desktop shows no icons of programs: closing the window ends Tandem.";
/// Shows the window.
pub const OPEN: &str = "Open Tandem";
/// Ends the program.
pub const QUIT: &str = "Quit Tandem";
/// No call rings.
pub const DO_NOT_DISTURB: &str = "Calls do not ring";
/// The microphone of the call that is being talked in.
pub const MICROPHONE_OFF: &str = "Microphone off";

/// A connection, in one line.
pub fn connection(account: &AccountState, several: bool) -> String {
    let state = match account.state {
        ConnectionState::Online => "connected",
        ConnectionState::Connecting => "connecting …",
        ConnectionState::Offline => "not connected",
        ConnectionState::Failed => "not connected, needs you",
        ConnectionState::Held => "waiting",
    };
    let service = super::service(account.service);
    if several { format!("{service} ({}): {state}", account.address) } else { format!("{service}: {state}") }
}

/// Messages that nobody has read.
pub fn unread(messages: u32) -> String {
    if messages == 1 { "1 unread message".to_owned() } else { format!("{messages} unread messages") }
}

/// Calls that nobody took.
pub fn missed(calls: u32) -> String {
    if calls == 1 { "1 missed call".to_owned() } else { format!("{calls} missed calls") }
}
