//! The media thread: owns the sockets, the sessions of all calls and the sound devices' near ends.

mod call;
mod crowd;
mod engine;
pub(super) mod identity;
mod mixing;
mod opening;
mod pace;
mod recorder;
mod recorders;
mod sockets;
mod streams;
mod text;
mod wake;
mod ways;

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::mpsc;

use super::{Event, Processing};
use crate::audio::{Handset, HandsetError};
use crate::net::tls::Trust;

pub use wake::{CommandSender, SendError};

/// Commands that wait at most. When full, the sender is told; the media thread empties the queue at least every 10 ms.
pub const COMMANDS: usize = 256;

/// Events that wait at most. When full, levels and statistics are dropped and the rest waits in the media thread.
pub const EVENTS: usize = 256;

/// The ports that RTP is received on where nothing else is configured: below the ports that systems give out by themselves.
pub const PORTS: RangeInclusive<u16> = 16_384..=32_766;

/// What the media thread starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The microphone: `default`, `null`, `file:PATH.wav`, a system name.
    pub input: Arc<str>,
    /// The loudspeaker.
    pub output: Arc<str>,
    /// What rings.
    pub ring: Arc<str>,
    /// The processing of the microphone's sound.
    pub processing: Processing,
    /// Where RTP ports are taken from.
    pub ports: RangeInclusive<u16>,
    /// Whose certificates count for relays over TLS.
    pub trust: Trust,
    /// For SSRCs, sequence numbers, timestamps, names and ports: fresh and secret.
    pub seed: [u8; 32],
}

/// Why there is no media thread.
#[derive(Debug, Error)]
pub enum StartError {
    /// The system gives no thread, or no means to wake it.
    #[error("the media thread cannot start: {0}")]
    NoThread(#[from] io::Error),
    /// The sound supervisor does not start.
    #[error(transparent)]
    Sound(#[from] HandsetError),
}

/// Starts the media thread. It ends when every [`CommandSender`] is dropped: it says goodbye in every call, finishes the
/// recordings, and then the events end.
pub fn spawn(setup: Setup) -> Result<(CommandSender, mpsc::Receiver<Event>), StartError> {
    let mut handset = Handset::start(&setup.input, &setup.output, &setup.ring, setup.processing)?;
    let (commands, queue) = wake::channel(COMMANDS)?;
    handset.set_bell(commands.waker());
    let opener = streams::Opener::new(setup.trust, Arc::new(commands.waker()));
    let (events, receiver) = mpsc::channel(EVENTS);
    std::thread::Builder::new().name("media".into()).spawn(move || {
        raise_priority();
        engine::Engine::new(handset, queue, events, setup.ports, opener, setup.seed).run();
    })?;
    Ok((commands, receiver))
}

/// Asks for a higher priority for this thread. Without the right to it the thread runs as it is.
fn raise_priority() {
    #[cfg(target_os = "linux")]
    {
        // On Linux the priority belongs to the thread, not to the process.
        let raised = rustix::process::setpriority_process(None, -11);
        tracing::debug!(raised = raised.is_ok(), "media thread");
    }
}

#[cfg(test)]
mod conference_tests;
#[cfg(test)]
mod tests;
