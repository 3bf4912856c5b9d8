//! The task of one account: handle once, drain, then wait for the earliest timeout or the next input.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::model::Reason;
use crate::platform;
use crate::xmpp::framing::Frame;
use crate::xmpp::login::Verdict;
use crate::xmpp::session::{Connected, Disconnected, Output, SessionMachine};
use crate::xmpp::{Command, Event};

use super::connector::Connector;
use super::wire::{Loss, Wire};

/// Events that `account` has not taken yet. When full, the network is not read, so that the server waits.
const MOST_PENDING: usize = 256;
/// The longest sleep: timers of the system stand still while the machine sleeps, ours do not.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Everything that belongs to one account.
pub(super) struct Task {
    machine: SessionMachine,
    connector: Arc<Connector>,
    commands: mpsc::Receiver<Command>,
    pending: VecDeque<Event>,
    link: Link,
    /// Old connections that are being ended politely.
    closing: JoinSet<()>,
}

type Attempt = Pin<Box<dyn Future<Output = Result<(Connected, Wire), Verdict>> + Send>>;

/// What exists of a connection.
enum Link {
    None,
    Attempt(Attempt),
    Stream(Box<Wire>),
}

/// What a connection has to tell.
enum News {
    Attempted(Box<Result<(Connected, Wire), Verdict>>),
    Read(Result<Option<Frame>, Loss>),
}

impl Link {
    async fn next(&mut self, read: bool) -> News {
        match self {
            Self::None => pending().await,
            Self::Attempt(attempt) => News::Attempted(Box::new(attempt.await)),
            Self::Stream(wire) => News::Read(wire.next_or_part(read).await),
        }
    }
}

impl Task {
    pub(super) fn new(machine: SessionMachine, connector: Connector, commands: mpsc::Receiver<Command>) -> Self {
        Self {
            machine,
            connector: Arc::new(connector),
            commands,
            pending: VecDeque::new(),
            link: Link::None,
            closing: JoinSet::new(),
        }
    }

    /// Runs until `account` drops its end of a channel; then ends the stream politely.
    pub(super) async fn run(mut self, events: mpsc::Sender<Event>) {
        loop {
            self.drain();
            let now = platform::now();
            let sleep = self.machine.poll_timeout().map_or(LONGEST_SLEEP, |at| at.saturating_since(now.boot));
            let read = self.machine.wants_input() && self.pending.len() < MOST_PENDING;
            if let Link::Stream(wire) = &mut self.link {
                wire.set_largest(self.machine.largest_stanza());
            }
            tokio::select! {
                // Commands first: a flood from the network must not hold up the user.
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => {
                        if command == Command::NetworkChanged {
                            self.leave_dead_way();
                        }
                        self.machine.handle_command(command, platform::now());
                    }
                    None => break,
                },
                permit = events.reserve(), if !self.pending.is_empty() => match (permit, self.pending.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    (Ok(_), None) => {}
                    (Err(_), _) => break,
                },
                () = tokio::time::sleep(sleep.min(LONGEST_SLEEP)) => self.machine.handle_timeout(platform::now()),
                news = self.link.next(read) => self.handle_news(news),
                Some(_) = self.closing.join_next() => {}
            }
        }
        self.machine.handle_command(Command::Disconnect, platform::now());
        self.drain();
        while self.closing.join_next().await.is_some() {}
    }

    fn handle_news(&mut self, news: News) {
        let now = platform::now();
        match news {
            News::Attempted(result) => match *result {
                Ok((connected, wire)) => {
                    self.pending.extend(wire.local().map(Event::LocalAddress));
                    self.link = Link::Stream(Box::new(wire));
                    self.machine.handle_connected(connected, now);
                }
                Err(verdict) => {
                    self.link = Link::None;
                    let why = match verdict {
                        Verdict::Retry(reason) => Disconnected::Lost(reason),
                        Verdict::GiveUp(failure) => Disconnected::Refused(failure),
                    };
                    self.machine.handle_disconnected(why, now);
                }
            },
            News::Read(Ok(Some(Frame::Stanza(element)))) => self.machine.handle_stanza(element, now),
            // The server's header, which the connector has seen already.
            News::Read(Ok(Some(Frame::Opened))) => {}
            News::Read(Ok(Some(Frame::Closed))) => self.lose("closed", "The server ended the connection."),
            News::Read(Ok(None)) => self.machine.handle_bytes(now),
            News::Read(Err(loss)) => self.lose("lost", &loss.to_string()),
        }
    }

    /// Another address leads to the server now: what is sent from the old one arrives nowhere, or its answers do. The stream is
    /// left without a word, which would end it for good (XEP-0198 section 5), and resumed at once over the new way (F07).
    fn leave_dead_way(&mut self) {
        let Link::Stream(wire) = &self.link else { return };
        if wire.has_moved() {
            self.link = Link::None;
            let reason = Reason::new("moved", "The network changed.");
            self.machine.handle_disconnected(Disconnected::Lost(reason), platform::now());
        }
    }

    /// The stream is over without our doing.
    fn lose(&mut self, code: &str, text: &str) {
        self.close();
        self.machine.handle_disconnected(Disconnected::Lost(Reason::new(code, text)), platform::now());
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Connect => {
                    self.close();
                    let connector = self.connector.clone();
                    self.link = Link::Attempt(Box::pin(async move { connector.connect().await }));
                }
                Output::Send(element) => {
                    let sent = match &mut self.link {
                        Link::Stream(wire) => wire.send(&element),
                        // The machine has yet to hear that the stream is lost.
                        Link::None | Link::Attempt(_) => Ok(()),
                    };
                    if let Err(loss) = sent {
                        self.lose("lost", &loss.to_string());
                    }
                }
                Output::Close => self.close(),
                Output::Event(event) => self.pending.push_back(event),
            }
        }
    }

    /// Ends what exists; the polite part happens beside us.
    fn close(&mut self) {
        if let Link::Stream(wire) = std::mem::replace(&mut self.link, Link::None) {
            self.closing.spawn(wire.close());
        }
    }
}
