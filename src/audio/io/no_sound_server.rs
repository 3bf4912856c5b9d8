//! A build, or a system, without the sound servers of Unix desktops.

use std::sync::Arc;

use thiserror::Error;

use super::link::{Sink, Source};
use crate::audio::pulse::Pulse;
use crate::audio::server::Listed;
use crate::platform::bell::Socket;

/// Why a device of the server cannot be used.
#[derive(Debug, Error)]
pub enum ServerError {
    /// There is no server.
    #[error("there is no sound server")]
    NotBuilt,
}

/// A stream, of which there is none.
pub enum ServerStream {}

impl ServerStream {
    /// Whether its device or the server is gone.
    pub fn failed(&self) -> bool {
        match *self {}
    }

    /// What the thread tells of its work.
    pub fn pulse(&self) -> &Arc<Pulse> {
        match *self {}
    }
}

/// The default microphone and loudspeaker.
pub type Defaults = (Option<Arc<str>>, Option<Arc<str>>);

/// No server.
#[derive(Default)]
pub struct SoundServer;

impl SoundServer {
    /// Nothing changes.
    pub fn refresh(&mut self) -> bool {
        false
    }

    /// Nothing happens.
    pub fn has_news(&self) -> bool {
        false
    }

    /// Nothing to learn.
    pub fn learn(&mut self) {}

    /// Nothing becomes readable.
    pub fn socket(&self) -> Option<&Socket> {
        None
    }

    /// There is nothing to know.
    pub fn is_known(&self) -> bool {
        false
    }

    /// No names.
    pub fn names(&self, _input: bool) -> Option<Vec<Arc<str>>> {
        None
    }

    /// No defaults.
    pub fn defaults(&self) -> Option<Defaults> {
        None
    }

    /// No device.
    pub fn find(&self, _name: &str, _input: bool) -> Option<&Listed> {
        None
    }

    /// No loudspeaker.
    pub fn outputs(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
}

/// Never opens.
pub fn capture(_id: &str) -> Result<(Source, ServerStream), ServerError> {
    Err(ServerError::NotBuilt)
}

/// Never opens.
pub fn playback(_id: &str) -> Result<(Sink, ServerStream), ServerError> {
    Err(ServerError::NotBuilt)
}
