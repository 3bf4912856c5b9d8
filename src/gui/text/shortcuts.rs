//! The shortcut sheet.

use std::borrow::Cow;

use crate::gui::words::{named, say};

/// Keys and what they do. A chord is shown with the names that the keys have in the language that is spoken; other words
/// are names of the catalogues, or are shown as they are.
pub const SHORTCUT_LIST: &[(&str, &str)] = &[
    ("Ctrl+K", "shortcuts-search-people-and-numbers"),
    ("Ctrl+N", "shortcuts-add-a-contact"),
    ("Ctrl+Shift+Enter", "shortcuts-call-the-selected-person"),
    ("Ctrl+Shift+A", "shortcuts-answer"),
    ("Ctrl+Shift+D", "shortcuts-decline-or-hang-up"),
    ("Ctrl+Shift+M", "shortcuts-microphone-off-and-on"),
    ("shortcuts-key-f8-held", "shortcuts-talk-with-push-to-talk"),
    ("Ctrl+Shift+S", "shortcuts-switch-between-headset-and-speaker"),
    ("Ctrl+Shift+H", "shortcuts-hold-and-resume"),
    ("Ctrl+Shift+K", "shortcuts-keypad"),
    ("Ctrl+Shift+T", "shortcuts-transfer-the-call-connect-whom-you"),
    ("Ctrl+Shift+X", "shortcuts-swap-two-calls"),
    ("Ctrl+Shift+J", "shortcuts-join-calls"),
    ("Ctrl+Shift+O", "shortcuts-open-the-call"),
    ("Ctrl+Shift+Q", "shortcuts-how-the-call-sounds"),
    ("Ctrl+Shift+R", "shortcuts-call-the-last-number-again"),
    ("Ctrl+Shift+V", "shortcuts-call-the-voicemail"),
    ("Ctrl+Shift+B", "shortcuts-do-not-disturb-on-and-off"),
    ("Ctrl+Shift+L", "shortcuts-calls"),
    ("shortcuts-key-digits-on-calls", "shortcuts-dial-hold-0-for-hold-1"),
    ("shortcuts-key-enter-delete-on-calls", "shortcuts-call-back-delete-the-chosen-call"),
    ("shortcuts-key-alt-up-alt-down", "shortcuts-next-conversation"),
    ("shortcuts-key-alt-shift-up-down", "shortcuts-next-unread-conversation"),
    ("Enter", "shortcuts-send-the-message"),
    ("Shift+Enter", "shortcuts-new-line"),
    ("shortcuts-key-page-up-page-down", "shortcuts-older-and-newer-messages"),
    ("shortcuts-key-up-in-an-empty-field", "shortcuts-change-your-last-message"),
    ("Ctrl+E", "shortcuts-emoji"),
    ("Ctrl+F", "shortcuts-search-messages"),
    ("shortcuts-key-shift-tab-then-up-down", "shortcuts-choose-a-message"),
    ("shortcuts-key-enter-right-click", "shortcuts-what-can-be-done-with-it"),
    ("shortcuts-key-r-e-delete-i", "shortcuts-answer-change-react-delete-details"),
    ("shortcuts-key-ctrl-c-menu", "shortcuts-copy-the-message"),
    ("shortcuts-key-tab-shift-tab", "shortcuts-move-through-the-window"),
    ("shortcuts-key-arrows-home-end", "shortcuts-move-in-a-list-typing-searches"),
    ("shortcuts-key-left-right", "shortcuts-at-the-edge-of-the-list"),
    ("Ctrl+,", "shortcuts-settings"),
    ("Esc", "shortcuts-close-the-topmost-thing"),
    ("F1", "shortcuts-this-list"),
];

/// A chord, or a few words about keys.
pub fn keys(keys: &str) -> Cow<'_, str> {
    if let Some(words) = named(keys) {
        return Cow::Borrowed(words);
    }
    let parts = keys.split('+').map(|key| match key {
        "Ctrl" => say!("shortcuts-ctrl"),
        "Shift" => say!("shortcuts-shift"),
        "Enter" => say!("shortcuts-enter"),
        other => other.to_owned(),
    });
    Cow::Owned(parts.collect::<Vec<_>>().join("+"))
}
