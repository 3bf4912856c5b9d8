//! Settings that the window changes in the user's file.

use std::sync::Arc;

use super::app::{App, Effect};
use super::update::ask;
use crate::account::Request;
use crate::config::Given;

/// What happened in the settings.
#[derive(Clone, Debug)]
pub enum SettingMessage {
    /// A field changed.
    Typed(Arc<str>, String),
    /// Enter in a field: an empty one takes the user's value out of the file. `true`: several values with commas.
    Submit(Arc<str>, bool),
}

impl App {
    pub(super) fn setting(&mut self, message: SettingMessage) -> Vec<Effect> {
        match message {
            SettingMessage::Typed(key, text) => {
                self.typed_setting = Some((key, text));
                Vec::new()
            }
            SettingMessage::Submit(key, list) => match self.typed_setting.take() {
                Some((typed, text)) if typed == key => {
                    let text = text.trim();
                    let value = match (text.is_empty(), list) {
                        (true, _) => None,
                        (false, false) => Some(Given::Text(text.into())),
                        (false, true) => {
                            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                            Some(Given::Texts(parts.map(Arc::from).collect()))
                        }
                    };
                    ask(Request::ChangeSetting { key, value })
                }
                other => {
                    self.typed_setting = other;
                    Vec::new()
                }
            },
        }
    }
}
