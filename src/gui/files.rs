//! What the user does with files, and what of it would vanish with the window.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::app::{App, Effect, Overlay, name};
use super::update::ask;
use crate::account::{FileRequest, Request};
use crate::model::{FileState, FileTransfer, MessageDirection, MessageId, media_type};

/// The longest path that the field takes, in bytes.
const LONGEST_PATH: usize = 4096;

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Ask which file to send.
    Choose,
    /// The path was typed or pasted.
    Typed(String),
    /// Send the file of the sheet.
    Send,
    /// Get the file of a message.
    Download(MessageId),
    /// Stop a transfer.
    Cancel(MessageId),
    /// Do not show a transfer that failed any more.
    Forget(MessageId),
    /// Open a file that came, with the desktop's program for it.
    Open(Arc<str>),
    /// Show the folder in which it lies.
    Folder(Arc<str>),
}

impl App {
    pub(super) fn update_files(&mut self, message: Message) -> Vec<Effect> {
        let about = |request| ask(Request::File(request));
        match message {
            Message::Choose => {
                self.file_path.clear();
                let mut effects = self.lay(Some(Overlay::File));
                effects.push(Effect::Focus(name::SHEET_FIELD));
                effects
            }
            Message::Typed(path) => {
                if path.len() <= LONGEST_PATH {
                    self.file_path = path;
                }
                Vec::new()
            }
            Message::Send => {
                let path = plain_path(&self.file_path);
                if path.is_empty() {
                    return vec![Effect::Focus(name::SHEET_FIELD)];
                }
                let mut effects = self.lay(None);
                effects.extend(self.send_file(&path));
                effects
            }
            Message::Download(id) => about(FileRequest::Download(id)),
            Message::Cancel(id) => about(FileRequest::Cancel(id)),
            Message::Forget(id) => about(FileRequest::Forget(id)),
            Message::Open(path) => {
                if opens(&path) {
                    vec![Effect::OpenLink(file_uri(&path).into())]
                } else {
                    Vec::new()
                }
            }
            Message::Folder(path) => {
                let folder = Path::new(&*path).parent().map(|folder| folder.to_string_lossy().into_owned());
                folder.map(|folder| Effect::OpenLink(file_uri(&folder).into())).into_iter().collect()
            }
        }
    }

    /// Sends a file to whom the conversation is with that is open.
    pub(super) fn send_file(&mut self, path: &str) -> Vec<Effect> {
        match self.open.clone() {
            Some(to) => ask(Request::File(FileRequest::Send { to, path: path.into() })),
            None => Vec::new(),
        }
    }

    /// The transfer of a message's file, if there is one in this run.
    pub(super) fn transfer(&self, id: &MessageId) -> Option<&FileTransfer> {
        self.snapshot.files.iter().find(|file| file.id == *id)
    }

    /// What goes to somebody, or could not go.
    pub(super) fn outgoing_files<'a>(
        &'a self,
        with: &'a crate::model::Jid,
    ) -> impl Iterator<Item = &'a FileTransfer> + 'a {
        let shown = |file: &&FileTransfer| !matches!(file.state, FileState::Done { .. });
        let out = |file: &&FileTransfer| file.direction == MessageDirection::Out;
        self.snapshot.files.iter().filter(|file| file.with == *with).filter(out).filter(shown)
    }
}

/// A path as file managers give it on the clipboard: with quotes, or as an address.
fn plain_path(text: &str) -> String {
    let text = text.trim().trim_matches(['"', '\'']);
    let Some(rest) = text.strip_prefix("file://") else { return text.to_owned() };
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    percent_decoded(rest)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Only what is looked at or listened to is opened; everything else could be a program, and is shown in its folder.
pub(super) fn opens(path: &str) -> bool {
    let kind = media_type(path);
    let looked_at = ["image/", "audio/", "video/"].iter().any(|begin| kind.starts_with(begin));
    (looked_at && kind != "image/svg+xml") || matches!(kind, "application/pdf" | "text/plain")
}

/// The address of a file (RFC 8089).
fn file_uri(path: &str) -> String {
    let mut uri = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_path_is_read_as_file_managers_write_it() {
        for (pasted, path) in [
            (" /home/a/b c.txt\n", "/home/a/b c.txt"),
            ("'/home/a/b c.txt'", "/home/a/b c.txt"),
            ("file:///home/a/b%20c.txt", "/home/a/b c.txt"),
            ("file://localhost/a", "/a"),
        ] {
            assert_eq!(plain_path(pasted), path);
        }
        assert_eq!(file_uri("/a/Straße 1.txt"), "file:///a/Stra%C3%9Fe%201.txt");
    }

    #[test]
    fn only_what_is_looked_at_or_listened_to_is_opened() {
        for (name, may) in [
            ("a.png", true),
            ("a.PDF", true),
            ("a.ogg", true),
            ("a.svg", false),
            ("a.desktop", false),
            ("a.exe", false),
            ("a.png.sh", false),
            ("a.html", false),
            ("a", false),
        ] {
            assert_eq!(opens(&format!("/d/{name}")), may, "{name}");
        }
    }
}
