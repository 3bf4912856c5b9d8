//! Words about devices.

use crate::media::{DeviceRole, Stage};

/// Opens the test.
pub const TEST: &str = "Test my setup";
/// What it does.
pub const TEST_BODY: &str = "Speak: the bars show what your microphone hears.";
/// Records and plays.
pub const RECORD: &str = "Record 3 seconds and play them";
/// Rings.
pub const RING: &str = "Ring";
/// Calls the echo service.
pub const ECHO: &str = "Call the echo service";
/// Found nothing yet.
pub const NOT_TRIED: &str = "Record yourself and let it ring: what was found appears here.";
/// Over the results.
pub const FOUND: &str = "What was found";
/// Adds a device to the order.
pub const ADD: &str = "Add another";
/// The mark of the device that serves.
pub const IN_USE: &str = "in use";
/// The mark of one that is away.
pub const AWAY: &str = "not there";
/// Up in the order.
pub const UP: &str = "Prefer more";
/// Down in the order.
pub const DOWN: &str = "Prefer less";
/// Out of the order.
pub const REMOVE: &str = "Remove from the list";
/// What the order means.
pub const ORDER: &str = "The first device of each list that is there is used. When it comes back, it is used again; a \
                         microphone that is not in the list is never used.";

/// What going on is called.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Listening => TEST_BODY,
        Stage::Recording => "Recording: say something …",
        Stage::Playing => "This is how you sound …",
        Stage::Ringing => "It rings …",
    }
}

/// A device's name as people read it.
pub fn device(name: &str, role: DeviceRole) -> String {
    match (name, role) {
        ("all", _) => "All loudspeakers at once".to_owned(),
        ("default", DeviceRole::Input) => "What the system uses (default microphone)".to_owned(),
        ("default", _) => "What the system uses (default speaker)".to_owned(),
        ("null", DeviceRole::Input) => "No microphone".to_owned(),
        ("null", _) => "No sound".to_owned(),
        (name, _) => name.to_owned(),
    }
}
