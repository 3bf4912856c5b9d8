//! Words about the way that the sound takes.

/// The section of the settings.
pub const SECTION: &str = "The way of the sound";
