//! The words of files.

use crate::model::{FileState, FileTransfer, HttpsUrl, MessageDirection, size_words};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    ATTACH = "Send a file";
    TITLE = "Send a file";
    PATH = "Where the file lies: /home/you/report.pdf";
    BODY = "You can also drop a file onto the conversation. It goes to your chat server, and whoever has its link can fetch it.";
    SEND = "Send";
    DOWNLOAD = "Download";
    AGAIN = "Try again";
    OPEN = "Open";
    FOLDER = "Show in folder";
    DISMISS = "Close";
}

/// Where a file would come from.
pub fn from(url: &HttpsUrl) -> String {
    format!("From {}", url.host())
}

/// How far a transfer is, in a line.
pub fn progress(file: &FileTransfer) -> String {
    let out = file.direction == MessageDirection::Out;
    match (&file.state, file.size) {
        (FileState::Preparing, _) => "Looking for a place on the server …".to_owned(),
        (FileState::Running, Some(size)) => format!("{} of {}", size_words(file.done), size_words(size)),
        (FileState::Running, None) => size_words(file.done),
        (FileState::Done { .. }, Some(size)) if out => format!("Sent · {}", size_words(size)),
        (FileState::Done { .. }, Some(size)) => format!("In your downloads · {}", size_words(size)),
        (FileState::Done { .. }, None) => "In your downloads".to_owned(),
        (FileState::Failed { why }, _) => why.to_string(),
    }
}
