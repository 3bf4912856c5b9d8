//! Words about devices.

use crate::gui::words::{Word, say, word};
use crate::media::{DeviceRole, Stage};
use crate::model::Ringtone;

/// Opens the test.
pub const TEST: Word = word("devices-test");
/// What it does.
pub const TEST_BODY: Word = word("devices-test-body");
/// Records and plays.
pub const RECORD: Word = word("devices-record");
/// Rings.
pub const RING: Word = word("devices-ring");
/// Calls the echo service.
pub const ECHO: Word = word("devices-echo");
/// Found nothing yet.
pub const NOT_TRIED: Word = word("devices-not-tried");
/// Over the results.
pub const FOUND: Word = word("devices-found");
/// Adds a device to the order.
pub const ADD: Word = word("devices-add");
/// The mark of the device that serves.
pub const IN_USE: Word = word("devices-in-use");
/// The mark of one that is away.
pub const AWAY: Word = word("devices-away");
/// Up in the order.
pub const UP: Word = word("devices-up");
/// Down in the order.
pub const DOWN: Word = word("devices-down");
/// Out of the order.
pub const REMOVE: Word = word("devices-remove");
/// What the order means.
pub const ORDER: Word = word("devices-order");

/// Over the ringtones.
pub const RINGTONE: Word = word("devices-ringtone");
/// Leaves the ringtone to the wider choice.
pub const RINGTONE_DEFAULT: Word = word("devices-ringtone-default");

/// Over the ringtones of an account.
pub fn ringtone_of(account: &str) -> String {
    say!("devices-ringtone-of", account)
}

/// The name of its button for tests and for who drives the window.
pub fn ringtone_id(tone: Ringtone) -> &'static str {
    match tone {
        Ringtone::Classic => "ringtone-classic",
        Ringtone::Soft => "ringtone-soft",
        Ringtone::Chime => "ringtone-chime",
        Ringtone::Pulse => "ringtone-pulse",
        Ringtone::Cascade => "ringtone-cascade",
    }
}

/// What a ringtone is called.
pub fn ringtone(tone: Ringtone) -> Word {
    match tone {
        Ringtone::Classic => word("devices-ringtone-classic"),
        Ringtone::Soft => word("devices-ringtone-soft"),
        Ringtone::Chime => word("devices-ringtone-chime"),
        Ringtone::Pulse => word("devices-ringtone-pulse"),
        Ringtone::Cascade => word("devices-ringtone-cascade"),
    }
}

/// What going on is called.
pub fn stage(stage: Stage) -> Word {
    match stage {
        Stage::Listening => TEST_BODY,
        Stage::Recording => word("devices-recording-say-something"),
        Stage::Playing => word("devices-this-is-how-you-sound"),
        Stage::Ringing => word("devices-it-rings"),
    }
}

/// A device's name as people read it.
pub fn device(name: &str, role: DeviceRole) -> String {
    match (name, role) {
        ("all", _) => say!("devices-all-loudspeakers-at-once"),
        ("default", DeviceRole::Input) => say!("devices-what-the-system-uses-default-microphone"),
        ("default", _) => say!("devices-what-the-system-uses-default-speaker"),
        ("null", DeviceRole::Input) => say!("devices-no-microphone"),
        ("null", _) => say!("devices-no-sound"),
        (name, _) => name.to_owned(),
    }
}
