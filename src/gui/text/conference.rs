//! Sentences about conferences and recordings.

use crate::model::{Attendance, Call, Conference, Recording, RecordingState};

/// Joins all calls.
pub const JOIN: &str = "Join calls";
/// Over the parties.
pub const TITLE: &str = "Conference";
/// Opens the view with each party.
pub const OPEN: &str = "Show who is in it";
/// Ends all calls of it.
pub const LEAVE: &str = "End for all";
/// One's own microphone.
pub const MUTE: &str = "Mute me";
/// Likewise.
pub const UNMUTE: &str = "Unmute me";
/// Everybody waits.
pub const HOLD: &str = "Hold all";
/// Everybody is taken back.
pub const RESUME: &str = "Resume all";
/// Nobody hears this party.
pub const MUTE_PARTY: &str = "Mute for everybody";
/// Everybody hears it again.
pub const UNMUTE_PARTY: &str = "Unmute for everybody";
/// One call by itself again.
pub const SPLIT: &str = "Take out, on hold";
/// One call ends.
pub const REMOVE: &str = "Hang up this one";
/// Starts a recording.
pub const RECORD: &str = "Record";
/// Ends it.
pub const STOP: &str = "Stop recording";
/// Writes nothing for a while.
pub const PAUSE: &str = "Pause recording";
/// Goes on.
pub const GO_ON: &str = "Go on recording";
/// A recording is being made.
pub const RECORDING: &str = "Recording";
/// Nothing is written for a while.
pub const PAUSED: &str = "Recording paused";
/// Our microphone is off.
pub const WE_ARE_MUTED: &str = "Nobody hears you";
/// All wait.
pub const ALL_HELD: &str = "Everybody is on hold";

/// Who is in it: "Bob, Grace and 2 others".
pub fn who(names: &[&str]) -> String {
    match names {
        [] => TITLE.to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, others @ ..] => format!("{one}, {two} and {} others", others.len()),
    }
}

/// How many there are, we included.
pub fn count(conference: &Conference) -> String {
    format!("{} people with you", conference.parties.len() + 1)
}

/// How a party takes part.
pub fn party(attendance: Attendance, muted: bool) -> &'static str {
    match (attendance, muted) {
        (Attendance::Talking, false) => "Hears and is heard",
        (Attendance::Talking, true) => "Muted: nobody hears them",
        (Attendance::Held, _) => "On hold",
        (Attendance::Away, _) => "Has put the conference on hold; nobody hears their music",
        (Attendance::Calling, _) => "Being called",
    }
}

/// What is said of a recording that goes on.
pub fn recording(recording: &Recording) -> Option<&'static str> {
    match recording.state {
        RecordingState::Running => Some(RECORDING),
        RecordingState::Paused => Some(PAUSED),
        RecordingState::Ended => None,
    }
}

/// Where a call of the history was kept.
pub fn kept(call: &Call) -> Option<String> {
    call.recording.as_ref().map(|recording| format!("Recorded: {}", recording.file))
}
