//! Commands to the media thread, which sleeps in `poll`: a byte on a socket pair wakes it.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use thiserror::Error;

use crate::media::Command;

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
    bell: Arc<UnixStream>,
}

impl CommandSender {
    /// Hands a command over.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Disconnected(_) => SendError::Ended,
        })?;
        // A full pair means that the thread is being woken already.
        let _ = (&*self.bell).write(&[1]);
        Ok(())
    }

    /// What wakes the media thread without a command. It does not keep that thread alive.
    pub fn waker(&self) -> impl Fn() + Send + 'static {
        let bell = Arc::downgrade(&self.bell);
        move || {
            if let Some(bell) = bell.upgrade() {
                let _ = (&*bell).write(&[1]);
            }
        }
    }
}

/// The media thread's end.
pub struct CommandQueue {
    queue: Receiver<Command>,
    bell: UnixStream,
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
    pub fn bell(&self) -> &UnixStream {
        &self.bell
    }

    /// Quiets the bell before the queue is emptied.
    pub fn quiet(&self) {
        let mut bytes = [0; 64];
        while (&self.bell).read(&mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }
}

/// A bounded queue with a bell.
pub fn channel(size: usize) -> io::Result<(CommandSender, CommandQueue)> {
    let (ring, bell) = UnixStream::pair()?;
    ring.set_nonblocking(true)?;
    bell.set_nonblocking(true)?;
    let (sender, queue) = sync_channel(size);
    Ok((CommandSender { queue: sender, bell: Arc::new(ring) }, CommandQueue { queue, bell }))
}
