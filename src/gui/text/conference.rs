//! Sentences about conferences and recordings.

use crate::gui::words::{Word, say, word};
use crate::model::{Attendance, Call, Conference, Recording, RecordingState};

/// Joins all calls.
pub const JOIN: Word = word("conference-join");
/// Over the parties.
pub const TITLE: Word = word("conference-title");
/// Opens the view with each party.
pub const OPEN: Word = word("conference-open");
/// Ends all calls of it.
pub const LEAVE: Word = word("conference-leave");
/// One's own microphone.
pub const MUTE: Word = word("conference-mute");
/// Likewise.
pub const UNMUTE: Word = word("conference-unmute");
/// Everybody waits.
pub const HOLD: Word = word("conference-hold");
/// Everybody is taken back.
pub const RESUME: Word = word("conference-resume");
/// Nobody hears this party.
pub const MUTE_PARTY: Word = word("conference-mute-party");
/// Everybody hears it again.
pub const UNMUTE_PARTY: Word = word("conference-unmute-party");
/// One call by itself again.
pub const SPLIT: Word = word("conference-split");
/// One call ends.
pub const REMOVE: Word = word("conference-remove");
/// Starts a recording.
pub const RECORD: Word = word("conference-record");
/// Ends it.
pub const STOP: Word = word("conference-stop");
/// Writes nothing for a while.
pub const PAUSE: Word = word("conference-pause");
/// Goes on.
pub const GO_ON: Word = word("conference-go-on");
/// A recording is being made.
pub const RECORDING: Word = word("conference-recording");
/// Nothing is written for a while.
pub const PAUSED: Word = word("conference-paused");
/// Our microphone is off.
pub const WE_ARE_MUTED: Word = word("conference-we-are-muted");
/// All wait.
pub const ALL_HELD: Word = word("conference-all-held");

/// Who is in it: "Bob, Grace and 2 others".
pub fn who(names: &[&str]) -> String {
    match names {
        [] => TITLE.to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => say!("conference-two", one, two),
        [one, two, three] => say!("conference-three", one, two, three),
        [one, two, others @ ..] => say!("conference-more", one, two, count = others.len()),
    }
}

/// How many there are, we included.
pub fn count(conference: &Conference) -> String {
    say!("conference-people-with-you", count = conference.parties.len() + 1)
}

/// How a party takes part.
pub fn party(attendance: Attendance, muted: bool) -> Word {
    match (attendance, muted) {
        (Attendance::Talking, false) => word("conference-hears-and-is-heard"),
        (Attendance::Talking, true) => word("conference-muted-nobody-hears-them"),
        (Attendance::Held, _) => word("conference-on-hold"),
        (Attendance::Away, _) => word("conference-has-put-the-conference-on-hold"),
        (Attendance::Calling, _) => word("conference-being-called"),
    }
}

/// What is said of a recording that goes on.
pub fn recording(recording: &Recording) -> Option<Word> {
    match recording.state {
        RecordingState::Running => Some(RECORDING),
        RecordingState::Paused => Some(PAUSED),
        RecordingState::Ended => None,
    }
}

/// Where a call of the history was kept.
pub fn kept(call: &Call) -> Option<String> {
    call.recording.as_ref().map(|recording| say!("conference-recorded", file = recording.file))
}
