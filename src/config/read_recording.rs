//! `[recording]`: where recordings of calls go and what they are like.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::table::{Problems, Table};
use super::words;
use crate::model::{RecordingChannels, RecordingFormat};

/// The longest sentence to say, in characters.
const LONGEST_SENTENCE: usize = 300;

/// Where recordings of calls go and what they are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The folder; `recordings` beside the database where absent.
    pub folder: Option<PathBuf>,
    /// How files are written.
    pub format: RecordingFormat,
    /// How the sides lie in them.
    pub channels: RecordingChannels,
    /// A tone every fifteen seconds tells everybody in the call.
    pub beep: bool,
    /// What the user is reminded to say before: shown while it is recorded. At most 300 characters; empty: nothing.
    pub sentence: Arc<str>,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            folder: None,
            format: RecordingFormat::Opus,
            channels: RecordingChannels::Stereo,
            beep: false,
            sentence: "I am recording this call. Is that all right with you?".into(),
        }
    }
}

/// `[recording]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Recording {
    let default = Recording::default();
    Recording {
        folder: table.parsed("folder", "the whole path of a folder", problems, |text| {
            Some(PathBuf::from(text)).filter(|path: &PathBuf| Path::is_absolute(path))
        }),
        format: table.word("format", words::RECORDING_FORMAT, default.format, problems),
        channels: table.word("channels", words::RECORDING_CHANNELS, default.channels, problems),
        beep: table.flag("beep", default.beep, problems),
        sentence: table
            .parsed("sentence", "a sentence of at most 300 characters", problems, |text| {
                (text.chars().count() <= LONGEST_SENTENCE).then(|| text.trim().into())
            })
            .unwrap_or(default.sentence),
    }
}
