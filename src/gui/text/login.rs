//! Starting with the session.

use crate::gui::words::{Word, word};
use crate::platform::AtLogin;

/// The section of the settings.
pub const SECTION: Word = word("login-section");
/// What is chosen.
pub const AT_LOGIN: Word = word("login-at-login");
/// Why.
pub const HINT: Word = word("login-hint");

/// A choice.
pub fn choice(wish: AtLogin) -> Word {
    match wish {
        AtLogin::Off => word("login-nothing"),
        AtLogin::Window => word("login-open-tandem"),
        AtLogin::Minimized => word("login-open-it-minimised"),
    }
}
