//! Words about what happens to calls that come in.

use crate::account::AnsweringView;
use crate::model::Show;

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    TITLE = "Status and calls";
    SECTION = "Answering calls";
    STATUS = "Your status";
    DO_NOT_DISTURB = "Do not disturb";
    RINGS = "Calls ring.";
    TURN_ON = "Turn on";
    TURN_OFF = "Turn off";
    FORWARD = "Forward all calls";
    FORWARD_HINT = "Number, address or chat address";
    FORWARD_ON = "Forward";
    FORWARD_OFF = "Stop forwarding";
    CHANGE_STATUS = "Your status says so: choose another one above.";
    MORE = "All settings of answering";
    EMERGENCY = "Calls for help, and those who call back after one, always ring.";
    SILENT = "Silent";
    FORWARDS = "Forwards";
}

/// The word under the mark in the rail: what nobody must miss comes first.
pub fn short(view: &AnsweringView, show: Show) -> &'static str {
    match (view.forward_always.is_some(), view.do_not_disturb, show) {
        (true, ..) => FORWARDS,
        (false, true, _) => SILENT,
        (false, false, Show::Chat | Show::Available) => "Here",
        (false, false, Show::Away | Show::Xa) => "Away",
        (false, false, Show::Dnd) => "Busy",
        (false, false, Show::Offline) => "Hidden",
    }
}
