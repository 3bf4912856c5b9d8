//! A build without sound cards: only `null` and `file:` devices exist.

use std::sync::Arc;

use thiserror::Error;

use super::link::{Sink, Source};
use crate::audio::name::DeviceName;
use crate::audio::pulse::Pulse;
use crate::model::DeviceTrouble;

/// Why a device cannot be used.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The program was built without the feature `audio`.
    #[error("this build has no sound cards")]
    NotBuilt,
}

impl DeviceError {
    /// For the user.
    pub fn trouble(&self) -> DeviceTrouble {
        DeviceTrouble::Other(self.to_string().into())
    }
}

/// A stream, of which there is none.
pub enum DeviceStream {}

impl DeviceStream {
    /// Whether the system said that it cannot go on.
    pub fn failed(&self) -> bool {
        match *self {}
    }

    /// What the callback tells.
    pub fn pulse(&self) -> &Arc<Pulse> {
        match *self {}
    }
}

/// No devices.
pub struct Devices;

impl Devices {
    /// Nothing to connect to.
    pub fn new() -> Self {
        Self
    }

    /// Names of the inputs and of the outputs.
    pub fn names(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        (Vec::new(), Vec::new())
    }

    /// The identifiers of the default input and output.
    pub fn defaults(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        (None, None)
    }

    /// Opens a microphone.
    pub fn capture(&self, _name: &DeviceName) -> Result<(Source, DeviceStream), DeviceError> {
        Err(DeviceError::NotBuilt)
    }

    /// Opens a loudspeaker.
    pub fn playback(&self, _name: &DeviceName) -> Result<(Sink, DeviceStream), DeviceError> {
        Err(DeviceError::NotBuilt)
    }
}
