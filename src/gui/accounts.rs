//! What the window does with accounts: the form of a new one, taking one out, what can be changed about one.

use std::sync::Arc;

use super::app::{App, Effect, Overlay, Purpose as Asked, name};
use super::update::ask_for;
use crate::account::{AccountsRequest, NewAccount, Refusal, Reply, Request};
use crate::model::{AccountId, Service};
use crate::platform::Secret;

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Open the form of a new account.
    Add,
    /// For chat, or for calls.
    Of(Service),
    /// A field of the form changed.
    Typed(Field, String),
    /// The password goes to the keyring, or to a file.
    Keyring(bool),
    /// Do what the sheet is about.
    Done,
    /// Ask whether an account is to be taken out.
    Remove(AccountId),
    /// Show or hide what can be changed about an account.
    Change(AccountId),
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The address.
    Address,
    /// The password.
    Password,
    /// Another server.
    Server,
    /// The name for signing in, where it is another.
    Login,
}

/// A sheet about accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// A new account.
    Add,
    /// Take this one out.
    Remove(AccountId),
}

/// What the form holds.
#[derive(Clone)]
pub struct Form {
    /// For chat, or for calls.
    pub service: Service,
    /// The address.
    pub address: String,
    /// The password.
    pub password: String,
    /// Another server.
    pub server: String,
    /// The name for signing in.
    pub login: String,
    /// The password goes to the keyring.
    pub keyring: bool,
}

impl Default for Form {
    fn default() -> Self {
        let text = String::new;
        let (address, password, server, login) = (text(), text(), text(), text());
        Self { service: Service::Chat, address, password, server, login, keyring: true }
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Form").field("service", &self.service).finish_non_exhaustive()
    }
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    /// The form of a new account.
    pub form: Form,
    /// It is on its way.
    pub busy: bool,
    /// What is wrong with it.
    pub problem: Option<Arc<str>>,
    /// The account whose settings are shown.
    pub changing: Option<AccountId>,
}

impl App {
    pub(super) fn update_accounts(&mut self, message: Message) -> Vec<Effect> {
        let state = &mut self.own_accounts;
        match message {
            Message::Add => {
                (state.form, state.busy, state.problem) = (Form::default(), false, None);
                self.overlay = Some(Overlay::Account(Sheet::Add));
                return vec![Effect::Focus(name::SHEET_FIELD)];
            }
            Message::Of(service) => (state.form.service, state.problem) = (service, None),
            Message::Typed(field, text) => {
                state.problem = None;
                *match field {
                    Field::Address => &mut state.form.address,
                    Field::Password => &mut state.form.password,
                    Field::Server => &mut state.form.server,
                    Field::Login => &mut state.form.login,
                } = text;
            }
            Message::Keyring(keyring) => (state.form.keyring, state.problem) = (keyring, None),
            Message::Done => return self.account_sheet_done(),
            Message::Remove(id) => {
                (state.busy, state.problem) = (false, None);
                self.overlay = Some(Overlay::Account(Sheet::Remove(id)));
            }
            Message::Change(id) => state.changing = (state.changing.as_ref() != Some(&id)).then_some(id),
        }
        Vec::new()
    }

    fn account_sheet_done(&mut self) -> Vec<Effect> {
        let Some(Overlay::Account(sheet)) = &self.overlay else { return Vec::new() };
        let state = &mut self.own_accounts;
        if state.busy {
            return Vec::new();
        }
        let request = match sheet {
            Sheet::Add if state.form.address.trim().is_empty() => return vec![Effect::Focus(name::SHEET_FIELD)],
            Sheet::Add => {
                let form = &state.form;
                // A hidden field does not count.
                let login = if form.service == Service::Voice { form.login.trim() } else { "" };
                AccountsRequest::Add(Box::new(NewAccount {
                    service: form.service,
                    address: form.address.trim().into(),
                    password: Secret::new(form.password.clone()),
                    server: form.server.trim().into(),
                    login: login.into(),
                    keyring: form.keyring,
                }))
            }
            Sheet::Remove(id) => AccountsRequest::Remove(id.clone()),
        };
        (state.busy, state.problem) = (true, None);
        ask_for(Request::Accounts(request), Asked::Account)
    }

    pub(super) fn account_answered(&mut self, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        self.own_accounts.busy = false;
        let open = matches!(self.overlay, Some(Overlay::Account(_)));
        match answer {
            Ok(_) => {
                // The password has done its work.
                self.own_accounts.form = Form::default();
                if open {
                    self.overlay = None;
                }
                Vec::new()
            }
            Err(refusal) if open => {
                self.own_accounts.problem = Some(refusal.text);
                Vec::new()
            }
            Err(refusal) => self.say(refusal.text),
        }
    }
}
