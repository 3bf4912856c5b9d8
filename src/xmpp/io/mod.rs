//! The shell of the chat service: sockets, names, TLS, clocks and threads around the pure machines.

mod connector;
mod targets;
mod task;
mod wire;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::Security;
use crate::net::dns::Resolver;
use crate::net::tls::Trust;
use crate::platform::{self, Secret};
use crate::xmpp::session::SessionMachine;
use crate::xmpp::{Command, Config, Event, Failure};

use self::connector::Connector;
use self::task::Task;
use super::login::Verdict;

/// Commands that wait for the task. When full, the sender waits: the task takes them before everything else.
const COMMANDS: usize = 256;
/// Events that wait for `account`. When full, the task keeps some more and then stops to read from the server.
const EVENTS: usize = 256;

/// Starts the chat service of one account, on the present runtime. It connects on [`Command::Connect`] and ends, politely,
/// when either channel is dropped.
///
/// `seed` must be unpredictable: the ids of stanzas are made from it.
pub fn spawn(
    config: Config,
    password: Secret,
    resolver: Resolver,
    trust: Trust,
    seed: [u8; 32],
) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>) {
    let (command_sender, commands) = mpsc::channel(COMMANDS);
    let (events, event_receiver) = mpsc::channel(EVENTS);
    let machine = SessionMachine::new(config.clone(), seed, platform::now());
    let connector = Connector::new(config, Arc::new(password), resolver, trust);
    tokio::spawn(Task::new(machine, connector, commands).run(events));
    (command_sender, event_receiver)
}

/// Signs in once and hangs up: for the setup screen.
///
/// Within 30 s. On success tells how the connection is protected; otherwise why it did not come about, retryable or not
/// ([`Failure::security`] and [`Failure::certificate`] as in [`super::Event::Failed`]).
pub async fn probe(config: &Config, password: Secret, resolver: Resolver, trust: Trust) -> Result<Security, Failure> {
    let connector = Connector::new(config.clone(), Arc::new(password), resolver, trust);
    match connector.connect().await {
        Ok((stream, wire)) => {
            wire.close().await;
            Ok(stream.security)
        }
        Err(Verdict::GiveUp(failure)) => Err(failure),
        Err(Verdict::Retry(reason)) => Err(Failure { reason, certificate: None, security: false }),
    }
}
