//! Starting with the session.

use crate::platform::AtLogin;

/// The section of the settings.
pub const SECTION: &str = "Start";
/// What is chosen.
pub const AT_LOGIN: &str = "When you sign in to this computer";
/// Why.
pub const HINT: &str = "Calls and messages reach you only while Tandem runs.";

/// A choice.
pub fn choice(wish: AtLogin) -> &'static str {
    match wish {
        AtLogin::Off => "Nothing",
        AtLogin::Window => "Open Tandem",
        AtLogin::Minimized => "Open it minimised",
    }
}
