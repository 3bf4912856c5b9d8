//! `[appearance]`, `[desktop]` and `[notifications]`: how the window looks, where it goes, and what the desktop is told.

use super::settings::{Appearance, Theme};
use super::table::{Problems, Table};
use super::words;

/// What the desktop shows while the window is elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notifications {
    /// Messages.
    pub messages: bool,
    /// Calls that come in or were missed.
    pub calls: bool,
    /// The text of messages, and not only who wrote.
    pub show_text: bool,
    /// People who want to be contacts, and invitations to rooms.
    pub requests: bool,
    /// Messages and requests also while another program keeps the screen on.
    pub while_presenting: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { messages: true, calls: true, show_text: true, requests: true, while_presenting: false }
    }
}

/// How the program lives on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desktop {
    /// There is an icon in the tray.
    pub tray: bool,
    /// Closing the window leaves the program running in the tray, where there is one.
    pub close_to_tray: bool,
    /// The window begins put away.
    pub start_minimized: bool,
    /// Keys that work while another window is in front.
    pub shortcuts: bool,
}

impl Default for Desktop {
    fn default() -> Self {
        Self { tray: true, close_to_tray: true, start_minimized: false, shortcuts: false }
    }
}

/// `[desktop]`.
pub(super) fn desktop(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Desktop {
    let default = Desktop::default();
    Desktop {
        tray: table.flag("tray", default.tray, problems),
        close_to_tray: table.flag("close-to-tray", default.close_to_tray, problems),
        start_minimized: table.flag("start-minimized", default.start_minimized, problems),
        shortcuts: table.flag("shortcuts", default.shortcuts, problems),
    }
}

/// `[notifications]`.
pub(super) fn notifications(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Notifications {
    let default = Notifications::default();
    Notifications {
        messages: table.flag("messages", default.messages, problems),
        calls: table.flag("calls", default.calls, problems),
        show_text: table.flag("show-text", default.show_text, problems),
        requests: table.flag("requests", default.requests, problems),
        while_presenting: table.flag("while-presenting", default.while_presenting, problems),
    }
}

/// `[appearance]`.
pub(super) fn appearance(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Appearance {
    Appearance {
        language: table.word("language", words::LANGUAGE, None, problems),
        theme: table.word("theme", words::THEME, Theme::System, problems),
        reduce_motion: table.flag("reduce-motion", false, problems),
        scale_percent: table.number("scale-percent", 50..=300, 100, problems) as u16,
    }
}
