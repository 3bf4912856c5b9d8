//! What the desktop's notifications say.

use crate::model::{Call, Message};

/// The section of the settings.
pub const SECTION: &str = "Notifications";
/// What can be done with a notification.
pub const ANSWER: &str = "Answer";
/// What can be done with a notification.
pub const DECLINE: &str = "Decline";
/// What can be done with a notification.
pub const CALL_BACK: &str = "Call back";
/// What can be done with a notification.
pub const MARK_READ: &str = "Mark as read";
/// What can be done with a notification.
pub const OPEN: &str = "Open";

/// Who wrote, and how much of it is unread.
pub fn wrote(name: &str, unread: u32) -> String {
    if unread > 1 { format!("{name} ({unread} new)") } else { name.to_owned() }
}

/// What was written; `who`: where several may have.
pub fn written(message: &Message, who: Option<&str>) -> String {
    let words = super::talk::preview(message);
    let words = super::plain(&words);
    who.map_or_else(|| words.clone().into_owned(), |who| format!("{who}: {words}"))
}

/// Where the text is not to be seen.
pub fn hidden(unread: u32) -> String {
    if unread > 1 { "New messages".to_owned() } else { "New message".to_owned() }
}

/// Somebody calls.
pub fn calls(call: &Call) -> String {
    format!("{} is calling", super::plain(&call.peer.display))
}

/// On whose word, and on which account.
pub fn on_whose_word(call: &Call, account: Option<&str>) -> String {
    let word = call.peer.evidence.first().map_or(super::peer_grade(call.peer.grade), |first| first.as_ref());
    let word = super::plain(word);
    account.map_or_else(|| word.clone().into_owned(), |account| format!("{word}\nFor {account}"))
}

/// Calls that nobody took.
pub fn missed(name: &str, times: u32) -> String {
    let name = super::plain(name);
    if times > 1 { format!("{times} missed calls from {name}") } else { format!("Missed call from {name}") }
}
