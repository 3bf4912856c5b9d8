//! The tasks of the accounts: started, stopped, and forwarded to.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;

use super::super::effect::{Certificates, Input, SecretRef};
use crate::config::{self, Network};
use crate::model::AccountId;
use crate::net::dns::Resolver;
use crate::net::tls::Trust;
use crate::platform::Secret;
use crate::{sip, xmpp};

/// Commands that wait for one account while its password is being fetched or its task is busy. When full, the
/// account is stuck and further commands are dropped with a log line.
const WAITING: usize = 16_384;

/// One account's task.
struct Running<C> {
    commands: mpsc::Sender<C>,
    task: tokio::task::JoinHandle<()>,
}

/// The tasks of all accounts.
pub(super) struct Accounts {
    inputs: mpsc::Sender<Input>,
    network: Network,
    resolver: Resolver,
    chats: HashMap<AccountId, Running<xmpp::Command>>,
    voices: HashMap<AccountId, Running<sip::Command>>,
}

impl Accounts {
    pub(super) fn new(inputs: mpsc::Sender<Input>, network: Network) -> Self {
        let resolver = Resolver::new(network.resolver);
        Self { inputs, network, resolver, chats: HashMap::new(), voices: HashMap::new() }
    }

    /// Whether an input comes from an account that still runs.
    pub(super) fn is_current(&self, input: &Input) -> bool {
        match input {
            Input::Chat(id, _) => self.chats.contains_key(id),
            Input::Voice(id, _) => self.voices.contains_key(id),
            Input::Request(..)
            | Input::Media(_)
            | Input::Store(_)
            | Input::Decoded { .. }
            | Input::NoSecret(..)
            | Input::ConfigWritten(_)
            | Input::PasswordKept(..)
            | Input::NetworkChanged => true,
        }
    }

    pub(super) fn start_chat(&mut self, id: AccountId, config: xmpp::Config, secret: SecretRef, certificates: Certificates) {
        self.stop(&id);
        let (commands, waiting) = mpsc::channel(WAITING);
        let (resolver, trust, inputs) = (self.resolver.clone(), self.trust(certificates), self.inputs.clone());
        let name = id.clone();
        let task = tokio::spawn(async move {
            let address = config.jid.to_string();
            let Some(secret) = fetch(secret, address, &name, &inputs).await else { return };
            let Some(seed) = super::seed().ok() else { return };
            let (commands, events) = xmpp::io::spawn(config, secret, resolver, trust, seed);
            forward(waiting, commands, events, |event| Input::Chat(name.clone(), event), &inputs).await;
        });
        self.chats.insert(id, Running { commands, task });
    }

    pub(super) fn start_voice(&mut self, id: AccountId, config: sip::Config, secret: SecretRef, certificates: Certificates) {
        self.stop(&id);
        let (commands, waiting) = mpsc::channel(WAITING);
        let (resolver, trust, inputs) = (self.resolver.clone(), self.trust(certificates), self.inputs.clone());
        let name = id.clone();
        let task = tokio::spawn(async move {
            let address = config.aor.to_string();
            let Some(secret) = fetch(secret, address, &name, &inputs).await else { return };
            let Some(seed) = super::seed().ok() else { return };
            let (commands, events) = sip::io::spawn(config, &secret, resolver, trust, seed);
            forward(waiting, commands, events, |event| Input::Voice(name.clone(), event), &inputs).await;
        });
        self.voices.insert(id, Running { commands, task });
    }

    fn trust(&self, certificates: Certificates) -> Trust {
        let Certificates { pins, exceptions } = certificates;
        Trust {
            ca_files: self.network.ca_files.clone(),
            system_roots: self.network.system_authorities,
            pins,
            exceptions,
        }
    }

    pub(super) fn chat(&self, id: &AccountId, command: xmpp::Command) {
        if let Some(running) = self.chats.get(id)
            && running.commands.try_send(command).is_err()
        {
            tracing::error!(account = id.as_str(), "the chat task does not take commands");
        }
    }

    pub(super) fn voice(&self, id: &AccountId, command: sip::Command) {
        if let Some(running) = self.voices.get(id)
            && running.commands.try_send(command).is_err()
        {
            tracing::error!(account = id.as_str(), "the voice task does not take commands");
        }
    }

    /// Ends an account's task; dropping its channels makes the connection say goodbye by itself.
    pub(super) fn stop(&mut self, id: &AccountId) {
        if let Some(running) = self.chats.remove(id) {
            running.task.abort();
        }
        if let Some(running) = self.voices.remove(id) {
            running.task.abort();
        }
    }

    pub(super) fn stop_all(&mut self) {
        let ids: Vec<AccountId> = self.chats.keys().chain(self.voices.keys()).cloned().collect();
        for id in ids {
            self.stop(&id);
        }
    }
}

/// Fetches a password on a thread that may block.
async fn fetch(secret: SecretRef, address: String, id: &AccountId, inputs: &mpsc::Sender<Input>) -> Option<Secret> {
    let source = match secret {
        SecretRef::Given(secret) => return Some(secret),
        SecretRef::Configured(source) => source,
    };
    let fetched = tokio::task::spawn_blocking(move || config::io::secret(&source, &address)).await;
    let why = match fetched {
        Ok(Ok(secret)) => return Some(secret),
        Ok(Err(error)) => error.0,
        Err(_) => "The password could not be fetched.".into(),
    };
    // The receiver is gone only when the program ends.
    let _ = inputs.send(Input::NoSecret(id.clone(), why)).await;
    None
}

/// Moves commands and events between the manager and a task until one side ends. Events wait for the manager (so that
/// back-pressure reaches the network), commands never wait for events.
async fn forward<C, E>(
    mut waiting: mpsc::Receiver<C>,
    commands: mpsc::Sender<C>,
    mut events: mpsc::Receiver<E>,
    wrap: impl Fn(E) -> Input,
    inputs: &mpsc::Sender<Input>,
) {
    let mut pending: VecDeque<C> = VecDeque::new();
    let mut held: Option<Input> = None;
    loop {
        tokio::select! {
            command = waiting.recv(), if pending.is_empty() => match command {
                Some(command) => pending.push_back(command),
                None => return,
            },
            permit = commands.reserve(), if !pending.is_empty() => match (permit, pending.pop_front()) {
                (Ok(permit), Some(command)) => permit.send(command),
                (Ok(_) | Err(_), _) => return,
            },
            event = events.recv(), if held.is_none() => match event {
                Some(event) => held = Some(wrap(event)),
                None => return,
            },
            permit = inputs.reserve(), if held.is_some() => match (permit, held.take()) {
                (Ok(permit), Some(input)) => permit.send(input),
                (Ok(_) | Err(_), _) => return,
            },
        }
    }
}
