//! Words about writing in a call.

use crate::gui::words::{say, words};
use crate::model::{CallText, Writer};

words! {
    HINT = "call-text-hint";
    OPEN = "call-text-open";
    NOTHING = "call-text-nothing";
    ASKED = "call-text-asked";
    YOU = "call-text-you";
    CLEAR = "call-text-open-clear";
    WRITTEN = "call-text-written";
    NEXT_LINE = "call-text-next-line";
    NOT_OVER_CHAT = "call-text-not-over-chat";
}

/// That the other side is typing; nothing while they are not.
pub fn typing(text: &CallText, who: &str) -> String {
    match text.open_line(Writer::Peer) {
        Some(_) if text.on => say!("call-text-is-typing", who),
        Some(_) | None => String::new(),
    }
}

/// A line with its writer.
pub fn line(who: &str, text: &str) -> String {
    say!("call-text-line", who, text)
}

/// Whom it reaches in a conference.
pub fn only_this(who: &str) -> String {
    say!("call-text-only-this", who)
}
