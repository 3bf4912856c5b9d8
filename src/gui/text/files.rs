//! The words of files.

use crate::model::{FileState, FileTransfer, HttpsUrl, MessageDirection, WallTime, size_words};

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
    NO_FILES_OVER_VOICE = "Files go over chat, and no chat address is known for this person.";
    PASTED_PICTURE = "Send this picture?";
    PASTED_FILES = "Send these files?";
    PASTED_FILE = "Send this file?";
    SHOW_PICTURE = "Show picture";
    COMING = "The picture is on its way …";
    SAVE = "Save";
    PLAY = "Let it move";
    STOP = "Stand still";
    MOVES = "Moves when opened";
}

/// More files were chosen than go at once.
pub fn too_many(most: usize) -> String {
    format!("Only the first {most} files are sent: so many go at once.")
}

/// How a picture from the clipboard is called.
pub fn pasted_name(now: WallTime, offset: time::UtcOffset) -> String {
    let at =
        time::OffsetDateTime::from_unix_timestamp(now.unix_ms() / 1000).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let at = at.to_offset(offset);
    format!(
        "Picture {:04}-{:02}-{:02} {:02}.{:02}.{:02}.png",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// How large a picture is.
pub fn pixels(width: u32, height: u32) -> String {
    format!("{width} × {height}")
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
