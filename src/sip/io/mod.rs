//! The shell of the user agent: one task that owns the machine, one task per flow, and DNS.

mod flow;
mod lookup;
mod udp;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::boundary::{Command, Config, Event};
use super::locate::{Answer, Question};
use super::registration::OpenError;
use super::session::Session;
use super::stack::FlowId;
use super::usage::CallMachine;
use super::user_agent::{FlowInput, Output, UserAgent};
use crate::model::{BootTime, Now};
use crate::net::dns::Resolver;
use crate::net::route::local_towards;
use crate::net::tls::Trust;
use crate::platform::{self, Secret};
use flow::Opener;

/// Commands that wait; when full, the sender waits.
const COMMANDS: usize = 64;
/// Events that wait for `account`; when full, the machine pauses until it reads.
const EVENTS: usize = 256;
/// Events that are held back while the channel is full, before nothing more is taken in.
const HELD_BACK: usize = 1024;
/// Inputs of all flows that wait; when full, reading from the network pauses.
const INPUTS: usize = 256;
/// Messages that wait to be sent on one flow; when full, a connection counts as dead and a datagram as lost.
const OUTGOING: usize = 64;
/// DNS answers that wait; more are never asked for at a time.
const ANSWERS: usize = 64;
/// How long the farewell may take when the program ends.
const FAREWELL: Duration = Duration::from_secs(4);

/// What a flow's task sends: where to, and what.
type Outgoing = (SocketAddr, Bytes);

/// Starts a user agent: the entry point of the voice service. See [`spawn_with`].
pub fn spawn(
    config: Config,
    password: &Secret,
    resolver: Resolver,
    trust: Trust,
    seed: [u8; 32],
) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>) {
    spawn_with::<Session>(config, password, resolver, trust, seed)
}

/// Starts a user agent with calls of the kind `M`. It ends when the sender of commands is dropped (the binding is
/// removed first) or when nobody reads its events. `seed` must come from the system's randomness.
pub fn spawn_with<M: CallMachine + Send + 'static>(
    config: Config,
    password: &Secret,
    resolver: Resolver,
    trust: Trust,
    seed: [u8; 32],
) -> (mpsc::Sender<Command>, mpsc::Receiver<Event>) {
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let (outbox, events) = mpsc::channel(EVENTS);
    let agent = UserAgent::<M>::new(config, password.expose(), seed, platform::now());
    let (inputs, from_flows) = mpsc::channel(INPUTS);
    let (answers, from_dns) = mpsc::channel(ANSWERS);
    let driver = Driver {
        agent,
        opener: Opener::new(trust, flow::OPEN_WITHIN),
        resolver,
        flows: HashMap::new(),
        inputs,
        answers,
        held_back: VecDeque::new(),
        broken: Vec::new(),
        asked: Vec::new(),
    };
    tokio::spawn(driver.run(inbox, outbox, from_flows, from_dns));
    (commands, events)
}

struct Driver<M> {
    agent: UserAgent<M>,
    opener: Opener,
    resolver: Resolver,
    /// Dropping a sender ends its flow once everything is sent.
    flows: HashMap<FlowId, mpsc::Sender<Outgoing>>,
    inputs: mpsc::Sender<(FlowId, FlowInput)>,
    answers: mpsc::Sender<(Question, Answer)>,
    held_back: VecDeque<Event>,
    /// Flows whose queue ran over.
    broken: Vec<FlowId>,
    /// Flows whose way was asked for, and where they lead; as many as the machine asks for at once, which is one.
    asked: Vec<(FlowId, SocketAddr)>,
}

impl<M: CallMachine> Driver<M> {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Command>,
        outbox: mpsc::Sender<Event>,
        mut from_flows: mpsc::Receiver<(FlowId, FlowInput)>,
        mut from_dns: mpsc::Receiver<(Question, Answer)>,
    ) {
        let mut ends_at: Option<BootTime> = None;
        loop {
            self.drain();
            let timeout = self.agent.poll_timeout();
            if ends_at.is_some_and(|at| self.agent.is_over() || at <= platform::now().boot) {
                return;
            }
            let wake_at = [timeout, ends_at].into_iter().flatten().min();
            let listening = self.held_back.len() < HELD_BACK;
            tokio::select! {
                permit = outbox.reserve(), if !self.held_back.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(event) = self.held_back.pop_front() {
                            permit.send(event);
                        }
                    }
                    Err(_closed) => return,
                },
                command = inbox.recv(), if listening && ends_at.is_none() => {
                    let now = platform::now();
                    if let Some(command) = command {
                        self.agent.handle_command(command, now);
                    } else {
                        ends_at = Some(now.boot + FAREWELL);
                        self.agent.handle_command(Command::Unregister, now);
                    }
                }
                Some((flow, input)) = from_flows.recv(), if listening => self.handle_flow(flow, input, platform::now()),
                Some((question, answer)) = from_dns.recv() => {
                    self.agent.handle_answer(&question, answer, platform::now());
                }
                () = sleep_until(wake_at) => self.agent.handle_timeout(platform::now()),
                () = outbox.closed() => return,
            }
        }
    }

    fn handle_flow(&mut self, flow: FlowId, input: FlowInput, now: Now) {
        // A flow that was closed has nothing more to say.
        if !self.flows.contains_key(&flow) {
            return;
        }
        if matches!(input, FlowInput::Failed(_)) {
            self.flows.remove(&flow);
        }
        self.agent.handle_flow(flow, input, now);
    }

    /// Does everything that the machine wants.
    fn drain(&mut self) {
        loop {
            while let Some(output) = self.agent.poll_output() {
                self.perform(output);
            }
            if let Some(flow) = self.broken.pop() {
                self.handle_flow(flow, FlowInput::Failed(OpenError::Closed), platform::now());
            } else if let Some((flow, remote)) = self.asked.pop() {
                self.handle_flow(flow, FlowInput::Route(local_towards(remote)), platform::now());
            } else {
                return;
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Event(event) => self.held_back.push_back(event),
            Output::Lookup(question) => lookup::spawn(self.resolver.clone(), question, self.answers.clone()),
            Output::Open { flow, target } => {
                let (sender, outgoing) = mpsc::channel(OUTGOING);
                self.flows.insert(flow, sender);
                self.opener.spawn(flow, target, outgoing, self.inputs.clone());
            }
            Output::Close(flow) => drop(self.flows.remove(&flow)),
            Output::Route { flow, remote } => self.asked.push((flow, remote)),
            Output::Transmit { flow, remote, bytes } => {
                let Some(sender) = self.flows.get(&flow) else { return };
                if let Err(TrySendError::Full(_)) = sender.try_send((remote, bytes)) {
                    tracing::warn!(flow = flow.0, "the queue of a flow is full");
                    self.broken.push(flow);
                }
            }
        }
    }
}

/// Waits until a point of boot time; for ever without one.
async fn sleep_until(at: Option<BootTime>) {
    match at {
        Some(at) => tokio::time::sleep(at.saturating_since(platform::now().boot)).await,
        None => std::future::pending().await,
    }
}
