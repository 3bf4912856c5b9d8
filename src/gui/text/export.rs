//! The words about files of conversations.

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    BUTTON = "Export conversation";
    CONVERSATION = "Conversation";
    BODY = "Everything of it that this device has, oldest first, in a file that only you can read. A file that is there already is left as it is.";
    PATH = "File";
    FORMAT = "Form";
    TEXT = "Text, for reading";
    JSON = "JSON, for programs";
    WRITE = "Export";
    WRITING = "Writing …";
}

/// The heading.
pub fn heading(whom: &str) -> String {
    format!("Export the conversation with {whom}")
}

/// What became of it.
pub fn written(messages: u64, path: &str) -> String {
    match messages {
        1 => format!("1 message was written to {path}"),
        messages => format!("{messages} messages were written to {path}"),
    }
}
