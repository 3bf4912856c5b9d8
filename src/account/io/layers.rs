//! The layers of the configuration on the disk: the user's file, the last good document, the command line.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::super::accounts_request::AccountsChange;
use super::super::effect::{Input, Ticket};
use super::super::on_config::Reconfigured;
use super::super::set_up::FoundDocument;
use crate::config::SecretSource;
use crate::config::{
    Edit, Given, Network, Problem, Setting, add_accounts, effective, io, remove_account, write_edits, write_key,
    write_source,
};
use crate::model::AccountId;
use crate::provisioning::{Document, Person};

/// What the configuration is composed of, and where it is kept.
#[derive(Clone)]
pub(super) struct Layers(Arc<Mutex<Parts>>);

struct Parts {
    config_path: PathBuf,
    /// Where the last good document is.
    kept_path: PathBuf,
    document: Option<Document>,
    given: Network,
}

impl Layers {
    pub(super) fn new(config_path: PathBuf, kept_path: PathBuf, document: Option<Document>, given: Network) -> Self {
        Self(Arc::new(Mutex::new(Parts { config_path, kept_path, document, given })))
    }

    /// Lays a document under the user's file, and keeps it where that works out.
    pub(super) fn provision(&self, document: Document, inputs: mpsc::Sender<Input>) {
        self.change(None, inputs, move |parts| parts.provision(document));
    }

    /// Keeps a document on the disk, before a file is written that counts on it. Blocks.
    pub(super) fn keep(&self, document: &Document) -> Result<(), String> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        io::write_private(&parts.kept_path, document.text())
            .map_err(|error| format!("{} cannot be written: {error}.", parts.kept_path.display()))
    }

    /// The same, and writes into the user's file where the document comes from.
    pub(super) fn adopt(&self, found: FoundDocument, inputs: mpsc::Sender<Input>) {
        self.change(None, inputs, move |parts| {
            let FoundDocument { settings, document } = found;
            let existing = io::read_existing(&parts.config_path)?;
            let text = write_source(&existing, &settings).map_err(|error| error.to_string())?;
            // Nothing is written that does not fit.
            parts.compose(Some(&text), Some(document.clone())).map_err(|problems| first(&problems))?;
            io::keep_source(&parts.config_path, &settings)?;
            parts.provision(document)
        });
    }

    /// Every setting as it would be with this document, for this person where the file does not say who it is.
    pub(super) async fn preview(
        &self,
        document: Document,
        address: Option<Arc<str>>,
    ) -> Result<Arc<[Setting]>, Arc<str>> {
        let parts = self.0.clone();
        let work = tokio::task::spawn_blocking(move || {
            let parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            let person = address.as_deref().and_then(Person::of_address);
            let document = match person {
                Some(person) => document.for_person(person),
                None => document,
            };
            parts.compose(None, Some(document)).map(|new| new.effective.settings).map_err(|problems| first(&problems))
        });
        let previewed = work.await.unwrap_or_else(|_| Err("The configuration could not be read.".to_owned()));
        previewed.map_err(Arc::from)
    }

    /// Changes a key of the user's file, unless the file would be wrong then.
    pub(super) fn change_setting(
        &self,
        ticket: Ticket,
        key: Arc<str>,
        value: Option<Given>,
        inputs: mpsc::Sender<Input>,
    ) {
        self.change(Some(ticket), inputs, move |parts| parts.change_setting(&key, value.as_ref()));
    }

    /// Adds accounts to the user's file or takes one out, unless the file would be wrong then.
    pub(super) fn change_accounts(&self, ticket: Ticket, change: AccountsChange, inputs: mpsc::Sender<Input>) {
        self.change(Some(ticket), inputs, move |parts| parts.change_accounts(change));
    }

    /// Changes single keys of accounts in the user's file (raising, consent), unless the file would be wrong then.
    pub(super) fn edit(&self, edits: Vec<Edit>, inputs: mpsc::Sender<Input>) {
        self.change(None, inputs, move |parts| {
            parts.edit(&edits).map_err(|why| format!("The changed settings hold only until Tandem ends: {why}"))
        });
    }

    /// Writes which voice account belongs to a chat account, and composes the settings anew so that they say whose word it is.
    pub(super) fn relate(&self, chat: AccountId, voice: Option<AccountId>, inputs: mpsc::Sender<Input>) {
        let parts = self.0.clone();
        tokio::spawn(async move {
            let work = tokio::task::spawn_blocking(move || {
                let parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                io::write_relation(&parts.config_path, &chat, voice.as_ref())?;
                parts.compose(None, parts.document.clone()).map_err(|problems| first(&problems))
            });
            match work.await.unwrap_or_else(|_| Err("it could not be written".to_owned())) {
                Ok(new) => {
                    let _ = inputs.send(Input::RelationWritten(Ok(()))).await;
                    let _ = inputs.send(Input::Reconfigured(None, Ok(Box::new(new)))).await;
                }
                Err(why) => drop(inputs.send(Input::RelationWritten(Err(why.into()))).await),
            }
        });
    }

    /// One change after the other, off the runtime's workers.
    fn change(
        &self,
        ticket: Option<Ticket>,
        inputs: mpsc::Sender<Input>,
        change: impl FnOnce(&mut Parts) -> Result<Reconfigured, String> + Send + 'static,
    ) {
        let parts = self.0.clone();
        tokio::spawn(async move {
            let changed =
                tokio::task::spawn_blocking(move || change(&mut parts.lock().unwrap_or_else(PoisonError::into_inner)));
            let result = changed.await.unwrap_or_else(|_| Err("The configuration could not be read.".to_owned()));
            let _ = inputs.send(Input::Reconfigured(ticket, result.map(Box::new).map_err(Arc::from))).await;
        });
    }
}

impl Parts {
    fn provision(&mut self, document: Document) -> Result<Reconfigured, String> {
        let composed = self.compose(None, Some(document.clone())).map_err(|problems| {
            format!(
                "The new settings of {} cannot be used, and nothing was changed: {}",
                document.title(),
                first(&problems)
            )
        })?;
        io::write_private(&self.kept_path, document.text())
            .map_err(|error| format!("{} cannot be written: {error}.", self.kept_path.display()))?;
        self.document = Some(document);
        Ok(composed)
    }

    fn edit(&mut self, edits: &[Edit]) -> Result<Reconfigured, String> {
        let existing = io::read_existing(&self.config_path)?;
        let text = write_edits(&existing, edits).map_err(|error| error.to_string())?;
        let composed = self.compose(Some(&text), self.document.clone()).map_err(|problems| first(&problems))?;
        io::write_private(&self.config_path, &text)
            .map_err(|error| format!("{} cannot be written: {error}.", self.config_path.display()))?;
        Ok(composed)
    }

    fn change_accounts(&mut self, change: AccountsChange) -> Result<Reconfigured, String> {
        let AccountsChange { mut add, password, keyring, remove } = change;
        let existing = io::read_existing(&self.config_path)?;
        let mut gone = None;
        let mut text = existing;
        if let Some((service, id, address)) = remove {
            gone = self.secret_of(&id).map(|secret| (secret, address));
            text = remove_account(&text, service, &id).map_err(|error| error.to_string())?;
        }
        // What does not fit is told before a password is kept for it.
        let first_try = add_accounts(&text, &add).map_err(|error| error.to_string())?;
        self.compose(Some(&first_try), self.document.clone()).map_err(|problems| first(&problems))?;
        let keep = |id: &AccountId, address: &str| -> Result<SecretSource, String> {
            io::keep_first_password(&self.config_path, id, address, &password, keyring)
        };
        for chat in &mut add.chat {
            chat.secret = keep(&chat.id, chat.address.as_str())?;
        }
        for voice in &mut add.voice {
            voice.secret = keep(&voice.id, &voice.address.to_string())?;
        }
        let text = add_accounts(&text, &add).map_err(|error| error.to_string())?;
        let composed = self.compose(Some(&text), self.document.clone()).map_err(|problems| first(&problems))?;
        io::write_private(&self.config_path, &text)
            .map_err(|error| format!("{} cannot be written: {error}.", self.config_path.display()))?;
        if let Some((secret, address)) = gone {
            io::forget_password(&secret, &address, &self.config_path);
        }
        Ok(composed)
    }

    /// Where the password of an account is now.
    fn secret_of(&self, id: &AccountId) -> Option<SecretSource> {
        let config = self.compose(None, self.document.clone()).ok()?.effective.config;
        let chat = config.chat.iter().find(|chat| chat.id == *id).map(|chat| chat.secret.clone());
        chat.or_else(|| config.voice.iter().find(|voice| voice.id == *id).map(|voice| voice.secret.clone()))
    }

    fn change_setting(&mut self, key: &str, value: Option<&Given>) -> Result<Reconfigured, String> {
        let existing = io::read_existing(&self.config_path)?;
        let text = write_key(&existing, key, value)?;
        let composed = self.compose(Some(&text), self.document.clone()).map_err(|problems| first(&problems))?;
        io::write_private(&self.config_path, &text)
            .map_err(|error| format!("{} cannot be written: {error}.", self.config_path.display()))?;
        Ok(composed)
    }

    fn compose(&self, text: Option<&str>, document: Option<Document>) -> Result<Reconfigured, Vec<Problem>> {
        let name = self.config_path.display().to_string();
        let text = match text {
            Some(text) => text.to_owned(),
            None => io::read_existing(&self.config_path).map_err(|text| {
                vec![Problem { file: name.as_str().into(), line: 1, pointer: "".into(), text: text.into() }]
            })?,
        };
        let layer = document.as_ref().and_then(Document::layer);
        let mut effective = effective(&text, &name, layer.as_ref(), &self.given)?;
        io::resolve_paths(&mut effective.config, self.config_path.parent().unwrap_or(std::path::Path::new(".")));
        Ok(Reconfigured { effective, document })
    }
}

fn first(problems: &[Problem]) -> String {
    problems.first().map_or_else(String::new, ToString::to_string)
}
