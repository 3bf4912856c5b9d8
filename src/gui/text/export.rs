//! The words about files of conversations.

use crate::gui::words::{say, words};

words! {
    BUTTON = "export-button";
    CONVERSATION = "export-conversation";
    BODY = "export-body";
    PATH = "export-path";
    FORMAT = "export-format";
    TEXT = "export-text";
    JSON = "export-json";
    WRITE = "export-write";
    WRITING = "export-writing";
}

/// The heading.
pub fn heading(whom: &str) -> String {
    say!("export-export-the-conversation-with", whom)
}

/// What became of it.
pub fn written(messages: u64, path: &str) -> String {
    say!("export-written", count = messages, path)
}
