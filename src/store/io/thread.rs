//! The thread that waits for the disk, so that nobody else does.

use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender, error::TryRecvError, error::TrySendError};

use super::open;
use crate::store::boundary::{Command, Event, Loaded, StoreError};
use crate::store::core::Store;

/// Commands that may wait. The session stops reading the network long before (512 stanzas not stored); when it is full
/// all the same, [`Handle::send`] gives the command back.
pub const QUEUE: usize = 4096;
/// Commands of one transaction.
const MOST_TOGETHER: usize = 512;
/// First and longest pause between tries while nothing can be written.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Where commands go. The thread ends after [`Command::Close`], or when all handles are gone.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: Sender<Command>,
}

impl Handle {
    /// Hands a command over without waiting.
    ///
    /// # Errors
    ///
    /// The command back, when [`QUEUE`] commands wait already or the store is closed.
    // The command is what the caller needs; boxing it for the rare error would cost every call site more.
    #[allow(clippy::result_large_err)]
    pub fn send(&self, command: Command) -> Result<(), Command> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(command) | TrySendError::Closed(command) => command,
        })
    }
}

/// Opens the database and starts its thread; events come over `events` in the order of the commands.
///
/// # Errors
///
/// As [`open`](super::open).
pub fn spawn(path: &Path, events: Sender<Event>) -> Result<(Handle, Loaded), StoreError> {
    let (store, loaded) = open(path)?;
    let (commands, queue) = mpsc::channel(QUEUE);
    thread::Builder::new()
        .name("store".into())
        .spawn(move || Worker { store, queue, events, waiting: Vec::new(), held: None, failed: false }.run())
        .map_err(|failure| StoreError::Unwritable(failure.to_string().into()))?;
    Ok((Handle { commands }, loaded))
}

struct Worker {
    store: Store,
    queue: Receiver<Command>,
    events: Sender<Event>,
    /// Taken from the queue, not stored yet, in order.
    waiting: Vec<Command>,
    /// Taken from the queue after all of these, when there were enough.
    held: Option<Command>,
    failed: bool,
}

impl Worker {
    fn run(mut self) {
        let mut pause = PAUSES.0;
        while self.collect(pause) {
            // Everything that waits together shares one transaction, and so one wait for the disk.
            match self.store.execute(&self.waiting) {
                Ok(events) => {
                    let closing = self.waiting.iter().any(|command| matches!(command, Command::Close));
                    self.waiting.clear();
                    pause = PAUSES.0;
                    if std::mem::take(&mut self.failed) && self.tell(Event::Recovered).is_none() {
                        return;
                    }
                    for event in events {
                        if self.tell(event).is_none() {
                            return;
                        }
                    }
                    if closing {
                        return;
                    }
                }
                Err(error) => {
                    pause = if self.failed { (pause * 2).min(PAUSES.1) } else { PAUSES.0 };
                    if !std::mem::replace(&mut self.failed, true) && self.tell(Event::Failed(error)).is_none() {
                        return;
                    }
                    self.answer_readers();
                    if self.waiting.iter().any(|command| matches!(command, Command::Close)) {
                        // What cannot be stored was never acknowledged: the server has it still.
                        self.tell(Event::Closed);
                        return;
                    }
                }
            }
        }
    }

    /// Waits for commands, or for the pause while nothing can be written. False: there is nobody left.
    fn collect(&mut self, pause: Duration) -> bool {
        if self.failed {
            thread::sleep(pause);
        } else {
            match self.held.take().or_else(|| self.queue.blocking_recv()) {
                Some(command) => self.waiting.push(command),
                None => return false,
            }
        }
        // At most so many at a time, so that readers without end do not keep us from answering the first.
        for _ in 0..MOST_TOGETHER {
            let command = match self.held.take().map_or_else(|| self.queue.try_recv(), Ok) {
                Ok(command) => command,
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return !self.waiting.is_empty(),
            };
            // While nothing can be written, who reads or closes does not wait for room: the writers make none.
            let passes = self.failed && (matches!(command, Command::Close) || Store::only_reads(&command));
            if self.waiting.len() >= MOST_TOGETHER && !passes {
                self.held = Some(command);
                return true;
            }
            self.waiting.push(command);
        }
        true
    }

    /// Reading works on a full disk.
    fn answer_readers(&mut self) {
        let (readers, writers) = std::mem::take(&mut self.waiting).into_iter().partition(Store::only_reads);
        self.waiting = writers;
        if let Ok(events) = self.store.execute(&readers) {
            for event in events {
                self.tell(event);
            }
        }
    }

    /// `None`: nobody listens any more.
    fn tell(&self, event: Event) -> Option<()> {
        self.events.blocking_send(event).ok()
    }
}
