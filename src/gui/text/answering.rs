//! Words about what happens to calls that come in.

use crate::account::AnsweringView;
use crate::gui::words::{Word, word, words};
use crate::model::Show;

words! {
    TITLE = "answering-title";
    SECTION = "answering-section";
    STATUS = "answering-status";
    DO_NOT_DISTURB = "answering-do-not-disturb";
    RINGS = "answering-rings";
    TURN_ON = "answering-turn-on";
    TURN_OFF = "answering-turn-off";
    FORWARD = "answering-forward";
    FORWARD_HINT = "answering-forward-hint";
    FORWARD_ON = "answering-forward-on";
    FORWARD_OFF = "answering-forward-off";
    CHANGE_STATUS = "answering-change-status";
    MORE = "answering-more";
    EMERGENCY = "answering-emergency";
    SILENT = "answering-silent";
    FORWARDS = "answering-forwards";
}

/// The word under the mark in the rail: what nobody must miss comes first.
pub fn short(view: &AnsweringView, show: Show) -> Word {
    match (view.forward_always.is_some(), view.do_not_disturb, show) {
        (true, ..) => FORWARDS,
        (false, true, _) => SILENT,
        (false, false, Show::Chat | Show::Available) => word("answering-here"),
        (false, false, Show::Away | Show::Xa) => word("answering-away"),
        (false, false, Show::Dnd) => word("answering-busy"),
        (false, false, Show::Offline) => word("answering-hidden"),
    }
}
