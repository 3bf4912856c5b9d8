//! Writing the configuration and keeping passwords, off the runtime's workers: a keyring may ask the user first.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::effect::Input;
use super::super::set_up::FoundAccounts;
use super::layers::Layers;
use crate::config::{self, SecretSource};
use crate::model::AccountId;
use crate::platform::Secret;

/// Writes the configuration that the setup found; the answer is [`Input::ConfigWritten`].
pub(super) fn write_config(
    path: PathBuf,
    accounts: FoundAccounts,
    password: Secret,
    keyring: bool,
    layers: Layers,
    inputs: mpsc::Sender<Input>,
) {
    tokio::spawn(async move {
        let written = tokio::task::spawn_blocking(move || {
            let FoundAccounts { chat, voice, relations, network, provisioned } = accounts;
            let accounts = config::Accounts { chat, voice, relations, network };
            match provisioned {
                // First what the file counts on: whoever ends the program in between starts with both or with neither.
                Some(found) => layers.keep(&found.document).and_then(|()| {
                    config::io::write_provisioned_set_up(&path, &found.settings, &accounts, &password, keyring)
                }),
                None => config::io::write_set_up(&path, &accounts, &password, keyring),
            }
            .map(|()| match keyring {
                true => SecretSource::Keyring,
                false => SecretSource::File(path.with_file_name("password")),
            })
        });
        let result = written.await.unwrap_or_else(|_| Err("the configuration could not be written".to_owned()));
        let _ = inputs.send(Input::ConfigWritten(result.map_err(Arc::from))).await;
    });
}

/// Keeps a new password where the old one was; the answer is [`Input::PasswordKept`].
pub(super) fn keep_password(
    path: PathBuf,
    id: AccountId,
    source: SecretSource,
    address: Arc<str>,
    password: Secret,
    inputs: mpsc::Sender<Input>,
) {
    tokio::spawn(async move {
        let kept = tokio::task::spawn_blocking(move || config::io::keep_password(&source, &address, &password, &path));
        let result = kept.await.unwrap_or_else(|_| Err("it could not be written".to_owned()));
        let _ = inputs.send(Input::PasswordKept(id, result.map_err(Arc::from))).await;
    });
}
