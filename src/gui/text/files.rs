//! The words of files.

use crate::gui::words::{say, told, word, words};
use crate::model::{FileState, FileTransfer, HttpsUrl, MessageDirection, WallTime, size_words};

words! {
    ATTACH = "files-attach";
    TITLE = "files-title";
    PATH = "files-path";
    BODY = "files-body";
    SEND = "files-send";
    DOWNLOAD = "files-download";
    AGAIN = "files-again";
    OPEN = "files-open";
    FOLDER = "files-folder";
    DISMISS = "files-dismiss";
    NO_FILES_OVER_VOICE = "files-no-files-over-voice";
    PASTED_PICTURE = "files-pasted-picture";
    PASTED_FILES = "files-pasted-files";
    PASTED_FILE = "files-pasted-file";
    SHOW_PICTURE = "files-show-picture";
    COMING = "files-coming";
    SAVE = "files-save";
    PLAY = "files-play";
    STOP = "files-stop";
    MOVES = "files-moves";
    VOICE_RECORD = "files-voice-record";
    VOICE_SPEAKING = "files-voice-speaking";
    VOICE_HELD = "files-voice-held";
    VOICE_CANCEL = "files-voice-cancel";
    VOICE_PLAY = "files-voice-play";
    VOICE_PAUSE = "files-voice-pause";
    VOICE_BACK = "files-voice-back";
    VOICE_ON = "files-voice-on";
    VOICE_COMING = "files-voice-coming";
}

/// For whom a voice message is, in another conversation.
pub fn voice_to(name: &str) -> String {
    say!("files-voice-to", name)
}

/// Minutes and seconds.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// How far a voice message was heard.
pub fn of(at: u64, whole: u64) -> String {
    say!("files-voice-of", at = clock(at), whole = clock(whole))
}

/// More files were chosen than go at once.
pub fn too_many(most: usize) -> String {
    say!("files-only-the-first-files-are-sent", most)
}

/// How a picture from the clipboard is called.
pub fn pasted_name(now: WallTime, offset: time::UtcOffset) -> String {
    let at =
        time::OffsetDateTime::from_unix_timestamp(now.unix_ms() / 1000).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let at = at.to_offset(offset);
    format!(
        "{} {:04}-{:02}-{:02} {:02}.{:02}.{:02}.png",
        word("files-picture"),
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
    say!("files-from", host = url.host())
}

/// How far a transfer is, in a line.
pub fn progress(file: &FileTransfer) -> String {
    let out = file.direction == MessageDirection::Out;
    match (&file.state, file.size) {
        (FileState::Preparing, _) => say!("files-looking-for-a-place-on-the"),
        (FileState::Running, Some(size)) => say!("files-part", done = size_words(file.done), size = size_words(size)),
        (FileState::Running, None) => size_words(file.done),
        (FileState::Done { .. }, Some(size)) if out => say!("files-sent", size = size_words(size)),
        (FileState::Done { .. }, Some(size)) => say!("files-in-downloads-size", size = size_words(size)),
        (FileState::Done { .. }, None) => say!("files-in-your-downloads"),
        (FileState::Failed { why }, _) => told(why).into_owned(),
    }
}
