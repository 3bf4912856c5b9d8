//! Whether the program starts with the session.

use super::app::{App, Effect};
use crate::platform::AtLogin;

/// What happened to it.
#[derive(Clone, Debug)]
pub enum Message {
    /// How it stands; nothing where this profile or this platform cannot be started so.
    Known(Option<AtLogin>),
    /// The user chose.
    Choose(AtLogin),
}

impl App {
    pub(super) fn update_login(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Known(stands) => {
                self.at_login = stands;
                Vec::new()
            }
            Message::Choose(wish) => vec![Effect::StartAtLogin(wish)],
        }
    }
}
