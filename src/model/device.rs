//! Sound devices and levels.

use std::fmt;
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

/// Why a device does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceTrouble {
    /// The system has no such device, or none at all.
    Absent,
    /// It served and went away.
    Gone,
    /// Another program holds it and shares it with nobody.
    Held,
    /// The system lets no program use it, or not this one.
    Forbidden,
    /// Something else, in the system's words.
    Other(Arc<str>),
}

impl fmt::Display for DeviceTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "it is not there",
            Self::Gone => "it is gone",
            Self::Held => "another program holds it",
            Self::Forbidden => "the system does not let programs use it",
            Self::Other(words) => words,
        })
    }
}

/// A device that does not serve, for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceProblem {
    /// What that means and why, in sentences.
    pub text: Arc<str>,
    /// What is the matter with the microphone; none: it serves.
    pub microphone: Option<DeviceTrouble>,
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
