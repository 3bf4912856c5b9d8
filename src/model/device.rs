//! Sound devices and levels.

use std::sync::Arc;

use serde::Serialize;

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
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meters {
    /// The microphone.
    pub input: f32,
    /// The loudspeaker.
    pub output: f32,
}
