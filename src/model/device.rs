//! Sound devices and levels.

use std::sync::Arc;

use serde::Serialize;

/// A role of a sound device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceRole {
    /// The microphone.
    Input,
    /// The loudspeaker or headset.
    Output,
    /// What rings.
    Ring,
}

/// Processing of the microphone's sound; everything is on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processing {
    /// Echo cancellation.
    pub echo_cancellation: bool,
    /// Noise suppression.
    pub noise_suppression: bool,
    /// Gain control.
    pub gain_control: bool,
}

impl Default for Processing {
    fn default() -> Self {
        Self { echo_cancellation: true, noise_suppression: true, gain_control: true }
    }
}

/// What the system offers and what is in use. `null` and `file:PATH.wav` are always possible.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Devices {
    /// Names of the inputs.
    pub inputs: Vec<Arc<str>>,
    /// Names of the outputs.
    pub outputs: Vec<Arc<str>>,
    /// The input in use.
    pub input: Arc<str>,
    /// The output in use.
    pub output: Arc<str>,
    /// The output that rings.
    pub ring: Arc<str>,
}

/// Levels for the meters, 0 to 1, peak over the last 50 ms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meters {
    /// The microphone.
    pub input: f32,
    /// The loudspeaker.
    pub output: f32,
    /// The parties of conferences, each as it came in; empty without one.
    pub parties: super::PartyLevels,
}
