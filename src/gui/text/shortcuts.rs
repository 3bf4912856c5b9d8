//! The shortcut sheet.

/// Keys and what they do.
pub const SHORTCUT_LIST: &[(&str, &str)] = &[
    ("Ctrl+K", "Search people and numbers"),
    ("Ctrl+Shift+Enter", "Call the selected person"),
    ("Ctrl+Shift+A", "Answer"),
    ("Ctrl+Shift+D", "Decline or hang up"),
    ("Ctrl+Shift+M", "Microphone off and on"),
    ("F8, held", "Talk, with push to talk"),
    ("Ctrl+Shift+S", "Switch between headset and speaker"),
    ("Ctrl+Shift+H", "Hold and resume"),
    ("Ctrl+Shift+K", "Keypad"),
    ("Alt+Up, Alt+Down", "Next conversation"),
    ("Alt+Shift+Up, Down", "Next unread conversation"),
    ("Enter", "Send the message"),
    ("Shift+Enter", "New line"),
    ("Page Up, Page Down", "Older and newer messages"),
    ("Shift+Tab, then Up, Down", "Choose a message"),
    ("Ctrl+C, Menu, right click", "Copy the message"),
    ("Tab, Shift+Tab", "Move through the window"),
    ("Arrows, Home, End", "Move in a list; typing searches"),
    ("Left, Right", "At the edge of the list: its width"),
    ("Ctrl+,", "Settings"),
    ("Esc", "Close the topmost thing"),
    ("F1", "This list"),
];
