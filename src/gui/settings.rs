//! Settings that the window changes in the user's file.

use super::app::{App, Effect};
use super::update::ask;
use crate::account::Request;
use crate::config::Given;

/// What happened in the settings.
#[derive(Clone, Debug)]
pub enum SettingMessage {
    /// A field changed.
    Typed(&'static str, String),
    /// Enter in a field: an empty one takes the user's value out of the file.
    Submit(&'static str),
}

impl App {
    pub(super) fn setting(&mut self, message: SettingMessage) -> Vec<Effect> {
        match message {
            SettingMessage::Typed(key, text) => {
                self.typed_setting = Some((key, text));
                Vec::new()
            }
            SettingMessage::Submit(key) => match self.typed_setting.take() {
                Some((typed, text)) if typed == key => {
                    let text = text.trim();
                    let value = (!text.is_empty()).then(|| Given::Text(text.into()));
                    ask(Request::ChangeSetting { key: key.into(), value })
                }
                other => {
                    self.typed_setting = other;
                    Vec::new()
                }
            },
        }
    }
}
