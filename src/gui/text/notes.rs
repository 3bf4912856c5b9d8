//! What the desktop's notifications say.

use crate::gui::words::{Word, say, told, word};
use crate::model::{Call, Message, Via};

/// The section of the settings.
pub const SECTION: Word = word("notes-section");
/// What can be done with a notification.
pub const ANSWER: Word = word("notes-answer");
/// What can be done with a notification.
pub const DECLINE: Word = word("notes-decline");
/// What can be done with a notification.
pub const CALL_BACK: Word = word("notes-call-back");
/// What can be done with a notification.
pub const MARK_READ: Word = word("notes-mark-read");
/// What can be done with a notification.
pub const OPEN: Word = word("notes-open");

/// What stands in the field for an answer.
pub const REPLY: Word = word("notes-reply");
/// Somebody wants to be a contact.
pub const CONTACT_REQUEST: Word = word("notes-contact-request");

/// Somebody asks into a room.
pub fn invitation(room: &str) -> String {
    say!("notes-invitation", room)
}

/// Who wrote, and how much of it is unread.
pub fn wrote(name: &str, unread: u32) -> String {
    if unread > 1 { say!("notes-several", name, count = unread) } else { name.to_owned() }
}

/// What was written; `who`: where several may have.
pub fn written(message: &Message, who: Option<&str>) -> String {
    let words = super::talk::preview(message);
    let words = super::plain(&words);
    who.map_or_else(|| words.clone().into_owned(), |who| format!("{who}: {words}"))
}

/// Where the text is not to be seen.
pub fn hidden(unread: u32) -> String {
    say!("notes-hidden", count = unread.max(1))
}

/// Somebody calls.
pub fn calls(call: &Call) -> String {
    say!("notes-calls", who = super::plain(&call.peer.display))
}

/// On whose word, and on which account.
pub fn on_whose_word(call: &Call, account: Option<&str>) -> String {
    let evidence = call.peer.evidence.first();
    let word = evidence.map_or_else(|| super::peer_grade(call.peer.grade).into(), |first| told(first));
    let word = super::plain(&word);
    let on = |account: &str| match call.via {
        Via::Sip => say!("notes-for-account", account),
        Via::Jingle => super::came(call.via, account),
    };
    account.map_or_else(|| word.clone().into_owned(), |account| format!("{word}\n{}", on(account)))
}

/// Calls that nobody took.
pub fn missed(name: &str, times: u32) -> String {
    say!("notes-missed", count = times.max(1), who = super::plain(name))
}
