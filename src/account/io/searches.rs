//! Searches for documents: each a task of its own, bounded by its own limits of time.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::effect::{Input, SecretRef};
use super::super::on_discovery::{Purpose, Search, Searched};
use super::layers::Layers;
use crate::config::{self, Network};
use crate::platform::Secret;
use crate::provisioning::{Errand, Outcome, Source, Step, io, read};

/// Steps of a search that wait for the manager. When full, the rest is left out.
const STEPS: usize = 64;

/// Runs a search; the answers are [`Input::SearchStep`] and [`Input::Searched`].
pub(super) fn run(search: Search, network: Network, layers: Layers, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        let Search { purpose, source, key, known, password, token, offered } = search;
        // A token is in a private file, so nobody is asked for it.
        let token = match token {
            Some(secret) => fetch(secret, "").await,
            None => None,
        };
        let errand = Errand {
            source: source.clone(),
            resolver: network.resolver,
            ca_files: network.ca_files,
            system_authorities: network.system_authorities,
            password: None,
            key,
            known,
            token,
            offered,
        };
        let (steps, mut told) = mpsc::channel::<Step>(STEPS);
        let forward = async {
            while let Some(step) = told.recv().await {
                // The receiver is gone only when the program ends.
                let _ = inputs.send(Input::SearchStep(purpose, step)).await;
            }
        };
        let work = async move {
            let on_step = |step: Step| {
                let _ = steps.try_send(step);
            };
            let outcome = io::run(&errand, on_step).await;
            // A token spares the password, also where it is refused. The password is fetched only when a server asks who we are: a keyring may ask the user first.
            match (&outcome, password) {
                (Outcome::Unauthorized(_), Some((address, secret))) if !spares(&errand) => {
                    match fetch(secret, address.as_str()).await {
                        Some(secret) => io::run(&Errand { password: Some((address, secret)), ..errand }, |_| ()).await,
                        None => outcome,
                    }
                }
                (_, _) => outcome,
            }
        };
        let (outcome, ()) = tokio::join!(work, forward);
        let preview = match (&outcome, purpose) {
            (Outcome::Brought(brought), Purpose::Asked(_)) => match read(&brought.text, &brought.name) {
                Ok(document) => Some(layers.preview(document, address_of(&source)).await),
                // The manager says what is wrong with it.
                Err(_) => None,
            },
            (_, _) => None,
        };
        let _ = inputs.send(Input::Searched(purpose, Box::new(Searched { outcome, preview }))).await;
    });
}

/// Whether the errand has a token.
fn spares(errand: &Errand) -> bool {
    errand.token.is_some() || matches!(errand.source, Source::Link { token: Some(_), .. })
}

fn address_of(source: &Source) -> Option<Arc<str>> {
    match source {
        Source::Address(jid) => Some(jid.as_str().into()),
        Source::Link { .. } | Source::File(_) => None,
    }
}

async fn fetch(secret: SecretRef, address: &str) -> Option<Secret> {
    let source = match secret {
        SecretRef::Given(secret) => return Some(secret),
        SecretRef::Configured(source) => source,
    };
    let address = address.to_owned();
    tokio::task::spawn_blocking(move || config::io::secret(&source, &address)).await.ok()?.ok()
}
