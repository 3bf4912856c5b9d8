//! What is typed into the forms: a password, the setup.

use std::sync::Arc;

use super::app::{App, Effect, Field, Overlay, Place, name};
use super::update::ask;
use crate::account::{Phase, Request, SetUp};
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

    /// A file that was dropped onto the window: settings, for the setup; else it is sent to whom the open
    /// conversation is with.
    pub(super) fn dropped(&mut self, path: String) -> Vec<Effect> {
        match &self.snapshot.phase {
            Phase::SetUp(state) if !state.busy => {
                self.form.address = path;
                self.sign_in(false)
            }
            Phase::Running if self.place == Place::Chat => self.send_file(&path),
            Phase::Running if self.place == Place::Settings => self.picture_dropped(path),
            Phase::SetUp(_) | Phase::Running | Phase::Quitting => Vec::new(),
        }
    }

    pub(super) fn sign_in(&mut self, without_document: bool) -> Vec<Effect> {
        let form = &self.form;
        let address = form.address.trim();
        if address.is_empty() {
            return vec![Effect::Focus(name::SETUP_ADDRESS)];
        }
        // A link or a file may know the password, or for whom it is.
        let link = address.contains("://") || address.starts_with('/');
        if form.password.is_empty() && !link {
            return vec![Effect::Focus(name::SETUP_PASSWORD)];
        }
        // Hidden fields do not count: what is not on the screen must not steer the sign-in.
        let server = |text: &String| Arc::from(if form.advanced { text.trim() } else { "" });
        ask(Request::SetUp(SetUp {
            address: address.into(),
            password: Secret::new(form.password.clone()),
            chat_server: server(&form.chat_server),
            voice_server: server(&form.voice_server),
            without_document,
        }))
    }
}
