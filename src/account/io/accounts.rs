//! The tasks of the accounts: started, stopped, and forwarded to.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

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

/// How long a connection may take to say goodbye; the next one of the same account waits for that, so that its own
/// registration is not the one that is removed.
const FAREWELL: Duration = Duration::from_secs(3);

/// How long an account waits that is started after a defect ended its task; twice as long each time, [`MOST_DOUBLED`] times.
const AFTER_DEFECT: Duration = Duration::from_secs(1);
/// So often that doubles: over four minutes in the end.
const MOST_DOUBLED: u32 = 8;
/// After so long without another one, a defect counts as the first.
const FORGIVEN: Duration = Duration::from_secs(600);

/// One account's task.
struct Running<C> {
    commands: mpsc::Sender<C>,
    /// Which start of the account this is.
    generation: u64,
    task: JoinHandle<()>,
}

/// An event of an account, and which start of the account it comes from: what an ended connection still had to say is
/// not for its successor of the same name.
pub(super) type Told = (u64, Input);

/// The tasks of all accounts.
pub(super) struct Accounts {
    inputs: mpsc::Sender<Told>,
    network: Network,
    resolver: Resolver,
    generation: u64,
    chats: HashMap<AccountId, Running<xmpp::Command>>,
    voices: HashMap<AccountId, Running<sip::Command>>,
    /// Connections that are saying goodbye.
    ending: HashMap<AccountId, JoinHandle<()>>,
    /// When a defect last ended an account's task, and how often in a row (F30).
    defects: HashMap<AccountId, (Instant, u32)>,
}

/// Whose certificates count for servers that belong to no account.
pub(super) fn trust(network: &Network) -> Trust {
    Trust { ca_files: network.ca_files.clone(), system_roots: network.system_authorities, ..Trust::default() }
}

impl Accounts {
    pub(super) fn new(inputs: mpsc::Sender<Told>, network: Network) -> Self {
        let resolver = Resolver::new(network.resolver);
        Self {
            inputs,
            network,
            resolver,
            generation: 0,
            chats: HashMap::new(),
            voices: HashMap::new(),
            ending: HashMap::new(),
            defects: HashMap::new(),
        }
    }

    pub(super) fn resolver(&self) -> Resolver {
        self.resolver.clone()
    }

    /// The input, if it comes from the connection that an account has now.
    pub(super) fn current(&mut self, (generation, input): Told) -> Option<Input> {
        let now = match &input {
            Input::Chat(id, _) => self.chats.get(id).map(|running| running.generation),
            Input::Voice(id, _) => self.voices.get(id).map(|running| running.generation),
            Input::NoSecret(id, _) | Input::Broke(id) => {
                let chat = self.chats.get(id).map(|running| running.generation);
                chat.or_else(|| self.voices.get(id).map(|running| running.generation))
            }
            Input::Request(..)
            | Input::Media(_)
            | Input::Store(_)
            | Input::Decoded { .. }
            | Input::OwnPicture(..)
            | Input::ConfigWritten(_)
            | Input::PasswordKept(..)
            | Input::Provisioned(_)
            | Input::SearchStep(..)
            | Input::Searched(..)
            | Input::Reconfigured(..)
            | Input::Book(_)
            | Input::RelationWritten(_)
            | Input::PathServers(_)
            | Input::File(_)
            | Input::Exported(_)
            | Input::NetworkChanged
            | Input::Woke
            | Input::Way(..) => None,
        };
        let input = Some(input).filter(|_| now == Some(generation))?;
        if let Input::Broke(id) = &input {
            let (at, times) = self.defects.entry(id.clone()).or_insert((Instant::now(), 0));
            *times = if at.elapsed() > FORGIVEN { 1 } else { *times + 1 };
            *at = Instant::now();
        }
        Some(input)
    }

    pub(super) fn start_chat(
        &mut self,
        id: AccountId,
        config: xmpp::Config,
        secret: SecretRef,
        certificates: Certificates,
    ) {
        let address = config.jid.to_string();
        let spawn = |secret, resolver, trust, seed| xmpp::io::spawn(config, secret, resolver, trust, seed);
        let running = self.start(&id, address, secret, certificates, spawn, Input::Chat);
        self.chats.insert(id, running);
    }

    pub(super) fn start_voice(
        &mut self,
        id: AccountId,
        config: sip::Config,
        secret: SecretRef,
        certificates: Certificates,
    ) {
        let address = config.aor.to_string();
        let spawn = |secret: Secret, resolver, trust, seed| sip::io::spawn(config, &secret, resolver, trust, seed);
        let running = self.start(&id, address, secret, certificates, spawn, Input::Voice);
        self.voices.insert(id, running);
    }

    /// Starts a connection once its predecessor has said goodbye and its password is there.
    fn start<C: Send + 'static, E: Send + 'static>(
        &mut self,
        id: &AccountId,
        address: String,
        secret: SecretRef,
        certificates: Certificates,
        spawn: impl FnOnce(Secret, Resolver, Trust, [u8; 32]) -> (mpsc::Sender<C>, mpsc::Receiver<E>) + Send + 'static,
        wrap: fn(AccountId, E) -> Input,
    ) -> Running<C> {
        let (before, generation) = self.succeed(id);
        let pause = self
            .defects
            .get(id)
            .filter(|(at, _)| at.elapsed() < FORGIVEN)
            .map(|(at, times)| *at + AFTER_DEFECT.saturating_mul(1 << times.saturating_sub(1).min(MOST_DOUBLED)));
        let (commands, waiting) = mpsc::channel(WAITING);
        let (resolver, trust, inputs) = (self.resolver.clone(), self.trust(certificates), self.inputs.clone());
        let name = id.clone();
        let task = tokio::spawn(async move {
            end(before).await;
            // What broke it may come again as soon as it is signed in.
            if let Some(until) = pause {
                sleep_until(until).await;
            }
            let Some(secret) = fetch(secret, address, &name, &inputs, generation).await else { return };
            let Some(seed) = super::seed().ok() else { return };
            let (commands, events) = spawn(secret, resolver, trust, seed);
            let told = |event| (generation, wrap(name.clone(), event));
            if forward(waiting, commands, events, told, &inputs).await == Left::ByTask {
                // The receiver is gone only when the program ends.
                let _ = inputs.send((generation, Input::Broke(name))).await;
            }
        });
        Running { commands, generation, task }
    }

    /// Ends what ran under this name; answers what the new task has to wait for, and its generation.
    fn succeed(&mut self, id: &AccountId) -> (Option<JoinHandle<()>>, u64) {
        self.stop(id);
        self.generation += 1;
        (self.ending.remove(id), self.generation)
    }

    fn trust(&self, certificates: Certificates) -> Trust {
        let Certificates { pins, exceptions, minimum, client } = certificates;
        Trust {
            ca_files: self.network.ca_files.clone(),
            system_roots: self.network.system_authorities,
            pins,
            exceptions,
            minimum,
            client,
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

    /// Ends an account's connection: commands that wait are still carried out, then the connection says goodbye by
    /// itself.
    pub(super) fn stop(&mut self, id: &AccountId) {
        let chat = self.chats.remove(id).map(|running| running.task);
        let voice = self.voices.remove(id).map(|running| running.task);
        self.ending.retain(|_, task| !task.is_finished());
        if let Some(task) = chat.or(voice) {
            // Its predecessor, if that is still going, is waited for by itself.
            self.ending.insert(id.clone(), task);
        }
    }

    /// Ends everything and waits for the goodbyes, as long as they may take.
    pub(super) async fn stop_all(mut self) {
        let ids: Vec<AccountId> = self.chats.keys().chain(self.voices.keys()).cloned().collect();
        for id in ids {
            self.stop(&id);
        }
        let until = Instant::now() + FAREWELL;
        for mut task in self.ending.into_values() {
            if timeout_at(until, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// Waits until a connection has said goodbye, as long as that may take.
async fn end(task: Option<JoinHandle<()>>) {
    if let Some(mut task) = task
        && timeout(FAREWELL, &mut task).await.is_err()
    {
        task.abort();
    }
}

/// Fetches a password on a thread that may block.
async fn fetch(
    secret: SecretRef,
    address: String,
    id: &AccountId,
    inputs: &mpsc::Sender<Told>,
    generation: u64,
) -> Option<Secret> {
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
    let _ = inputs.send((generation, Input::NoSecret(id.clone(), why))).await;
    None
}

/// Who ended the forwarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// The manager let go.
    ByManager,
    /// The task went away unasked: only a defect does that.
    ByTask,
}

impl Left {
    /// The task is gone: that is no defect where the manager let go as well.
    fn of<C>(waiting: &mpsc::Receiver<C>) -> Self {
        if waiting.is_closed() { Self::ByManager } else { Self::ByTask }
    }
}

/// Moves commands and events between the manager and a task until one side ends. Events wait for the manager (so that
/// back-pressure reaches the network), commands never wait for events. When the manager lets go, what it said last is
/// still carried out, and what the task says from then on is not heard.
async fn forward<C, E>(
    mut waiting: mpsc::Receiver<C>,
    commands: mpsc::Sender<C>,
    mut events: mpsc::Receiver<E>,
    wrap: impl Fn(E) -> Told,
    inputs: &mpsc::Sender<Told>,
) -> Left {
    let mut pending: Option<C> = None;
    let mut held: Option<Told> = None;
    loop {
        tokio::select! {
            command = waiting.recv(), if pending.is_none() => match command {
                Some(command) => pending = Some(command),
                None => break,
            },
            permit = commands.reserve(), if pending.is_some() => match (permit, pending.take()) {
                (Ok(permit), Some(command)) => permit.send(command),
                (Ok(_) | Err(_), _) => return Left::of(&waiting),
            },
            event = events.recv(), if held.is_none() => match event {
                Some(event) => held = Some(wrap(event)),
                None => return Left::of(&waiting),
            },
            permit = inputs.reserve(), if held.is_some() => match (permit, held.take()) {
                (Ok(permit), Some(told)) => permit.send(told),
                (Ok(_) | Err(_), _) => return Left::ByManager,
            },
        }
    }
    drop(commands);
    while events.recv().await.is_some() {}
    Left::ByManager
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
