//! What is typed into the forms: a password, the setup.

use std::sync::Arc;

use super::app::{App, Effect, Field, Overlay, name};
use super::update::ask;
use crate::account::{Request, SetUp};
use crate::platform::Secret;

impl App {
    pub(super) fn password_submit(&mut self) -> Vec<Effect> {
        match self.overlay.take() {
            Some(Overlay::Password(account, password)) if !password.is_empty() => {
                ask(Request::Password { account, password: Secret::new(password) })
            }
            other => {
                self.overlay = other;
                Vec::new()
            }
        }
    }

    pub(super) fn set_up_field(&mut self, field: Field, text: String) -> Vec<Effect> {
        *match field {
            Field::Address => &mut self.form.address,
            Field::Password => &mut self.form.password,
            Field::ChatServer => &mut self.form.chat_server,
            Field::VoiceServer => &mut self.form.voice_server,
        } = text;
        Vec::new()
    }

    pub(super) fn sign_in(&mut self) -> Vec<Effect> {
        let form = &self.form;
        if form.address.trim().is_empty() {
            return vec![Effect::Focus(name::SETUP_ADDRESS)];
        }
        if form.password.is_empty() {
            return vec![Effect::Focus(name::SETUP_PASSWORD)];
        }
        // Hidden fields do not count: what is not on the screen must not steer the sign-in.
        let server = |text: &String| Arc::from(if form.advanced { text.trim() } else { "" });
        ask(Request::SetUp(SetUp {
            address: form.address.trim().into(),
            password: Secret::new(form.password.clone()),
            chat_server: server(&form.chat_server),
            voice_server: server(&form.voice_server),
        }))
    }
}
