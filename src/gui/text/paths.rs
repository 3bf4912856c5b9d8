//! Words about the way that the sound takes.

use crate::gui::words::{Word, word};

/// The section of the settings.
pub const SECTION: Word = word("paths-section");
