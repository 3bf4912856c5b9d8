//! Recordings of calls and conferences.

use std::sync::Arc;

use serde::Serialize;

use super::{CallId, ConferenceId, WallTime};

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recorded {
    /// Both sides of one call.
    Call(CallId),
    /// Everybody in a conference.
    Conference(ConferenceId),
}

/// How a recording is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingFormat {
    /// Opus in Ogg (RFC 7845): about 30 MB an hour.
    #[default]
    Opus,
    /// WAV, 16 bits at 48 kHz: 690 MB an hour in stereo.
    Wav,
}

impl RecordingFormat {
    /// How the file's name ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Wav => "wav",
        }
    }
}

/// How the two sides lie in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingChannels {
    /// We on the left, they on the right.
    #[default]
    Stereo,
    /// Both in one channel.
    Mixed,
}

impl RecordingChannels {
    /// How many.
    pub fn count(self) -> usize {
        match self {
            Self::Stereo => 2,
            Self::Mixed => 1,
        }
    }
}

/// A recording that is going on, or that a call left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// Whether sound is being written.
    pub state: RecordingState,
    /// The file.
    pub file: Arc<str>,
    /// Since when.
    pub since: WallTime,
}

/// Where a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// Sound is being written.
    Running,
    /// Nothing is written for the moment, while something is said that must not be kept.
    Paused,
    /// It is whole.
    Ended,
}
