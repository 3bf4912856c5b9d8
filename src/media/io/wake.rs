//! Commands to the media thread, which sleeps in `poll`: a bell wakes it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use thiserror::Error;

use crate::media::Command;
use crate::platform::bell::{self, Bell, Ringer, Socket};

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The queue is full: the media thread does not keep up.
    #[error("the media thread does not keep up")]
    Full,
    /// The media thread has ended.
    #[error("the media thread has ended")]
    Ended,
}

/// Sends commands; never waits.
#[derive(Clone, Debug)]
pub struct CommandSender {
    queue: SyncSender<Command>,
    bell: Arc<Ringer>,
}

impl CommandSender {
    /// Hands a command over.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Disconnected(_) => SendError::Ended,
        })?;
        self.bell.ring();
        Ok(())
    }

    /// What wakes the media thread without a command. It does not keep that thread alive.
    pub fn waker(&self) -> impl Fn() + Send + 'static {
        let bell = Arc::downgrade(&self.bell);
        move || {
            if let Some(bell) = bell.upgrade() {
                bell.ring();
            }
        }
    }
}

/// The media thread's end.
pub struct CommandQueue {
    queue: Receiver<Command>,
    bell: Bell,
}

impl CommandQueue {
    /// The next command; `Err` when nobody can send any more.
    pub fn take(&self) -> Result<Option<Command>, SendError> {
        match self.queue.try_recv() {
            Ok(command) => Ok(Some(command)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(SendError::Ended),
        }
    }

    /// What becomes readable when a command comes.
    pub fn bell(&self) -> &Socket {
        self.bell.socket()
    }

    /// Quiets the bell before the queue is emptied.
    pub fn quiet(&self) {
        self.bell.quiet();
    }
}

/// A bounded queue with a bell.
pub fn channel(size: usize) -> io::Result<(CommandSender, CommandQueue)> {
    let (ringer, bell) = bell::pair()?;
    let (sender, queue) = sync_channel(size);
    Ok((CommandSender { queue: sender, bell: Arc::new(ringer) }, CommandQueue { queue, bell }))
}
