//! What the user does with files, and what of it would vanish with the window.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::widget::{image, text_editor};

use super::app::{App, Effect, Overlay, name};
use super::pictures::{self, Message as Pictures};
use super::text::files as said;
use super::update::ask;
use crate::account::{FileRequest, Refusal, Reply, Request};
use crate::model::{FileState, FileTransfer, Jid, MessageDirection, MessageId, media_type};
use crate::platform::{Clip, NoChooser, path_of_uri};

/// The longest path that the field takes, in bytes.
const LONGEST_PATH: usize = 4096;
/// Files that are sent at once.
const MOST_FILES: usize = 8;

/// What lies over the page about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Which file to send, where the desktop has no dialog for that.
    Path,
    /// What was pasted is about to be sent.
    Pasted,
    /// The picture of a message is looked at.
    Picture(MessageId),
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The picture that is looked at.
    Opened(MessageId),
}

/// What only the desktop can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Let the user choose files for somebody.
    Choose(Jid),
    /// Read the clipboard for a conversation.
    Paste(Jid),
}

/// What would vanish with the window.
#[derive(Default)]
pub struct State {
    /// The path that is typed.
    pub path: String,
    /// What was pasted, until it is sent.
    pub pasted: Option<Pasted>,
    /// Pictures of messages.
    pub pictures: pictures::State,
}

/// What was pasted.
pub struct Pasted {
    /// For whom.
    pub to: Jid,
    /// What.
    pub what: PastedWhat,
}

/// What was pasted.
pub enum PastedWhat {
    /// Files.
    Files(Vec<String>),
    /// A picture: the file that it becomes, and how it looks.
    Picture(Arc<[u8]>, image::Handle),
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Ask which file to send.
    Choose,
    /// The user chose, or there is no dialog for it.
    Chosen(Jid, Result<Vec<PathBuf>, NoChooser>),
    /// The path was typed or pasted.
    Typed(String),
    /// Send the file of the sheet.
    Send,
    /// Paste into the conversation.
    Paste,
    /// This is on the clipboard.
    Pasted(Jid, Clip),
    /// Send what was pasted.
    SendPasted,
    /// Get the file of a message.
    Download(MessageId),
    /// Stop a transfer.
    Cancel(MessageId),
    /// Try a transfer again that failed.
    Again(MessageId),
    /// Do not show a transfer that failed any more.
    Forget(MessageId),
    /// Open a file that came, with the desktop's program for it.
    Open(Arc<str>),
    /// Show the folder in which it lies.
    Folder(Arc<str>),
    /// About pictures.
    Picture(Pictures),
    /// About voice messages.
    Note(super::voice_notes::Message),
}

impl App {
    pub(super) fn update_files(&mut self, message: Message) -> Vec<Effect> {
        let about = |request| ask(Request::File(request));
        match message {
            Message::Choose => self.writing_to().map(|to| Effect::File(Wanted::Choose(to))).into_iter().collect(),
            Message::Chosen(to, Ok(paths)) => self.send_files(&to, &paths),
            Message::Chosen(_, Err(NoChooser)) => {
                self.files.path.clear();
                let mut effects = self.lay(Some(Overlay::File(Sheet::Path)));
                effects.push(Effect::Focus(name::SHEET_FIELD));
                effects
            }
            Message::Typed(path) => {
                if path.len() <= LONGEST_PATH {
                    self.files.path = path;
                }
                Vec::new()
            }
            Message::Send => {
                let path = plain_path(&self.files.path);
                if path.is_empty() {
                    return vec![Effect::Focus(name::SHEET_FIELD)];
                }
                let mut effects = self.lay(None);
                effects.extend(self.send_file(&path));
                effects
            }
            Message::Paste => self.writing_to().map(|to| Effect::File(Wanted::Paste(to))).into_iter().collect(),
            Message::Pasted(to, clip) => self.pasted(to, clip),
            Message::SendPasted => self.send_pasted(),
            Message::Download(id) => about(FileRequest::Download(id)),
            Message::Cancel(id) => about(FileRequest::Cancel(id)),
            Message::Again(id) => about(FileRequest::Again(id)),
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
            Message::Picture(message) => self.update_pictures(message),
            Message::Note(message) => self.update_voice_notes(message),
        }
    }

    /// What the manager answers.
    pub(super) fn file_answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        match purpose {
            Purpose::Opened(id) => self.picture_opened(&id, answer),
        }
    }

    fn send_files(&mut self, to: &Jid, paths: &[PathBuf]) -> Vec<Effect> {
        let mut effects =
            if paths.len() > MOST_FILES { self.say(said::too_many(MOST_FILES).into()) } else { Vec::new() };
        for path in paths.iter().take(MOST_FILES) {
            let path = path.to_string_lossy().into_owned().into();
            effects.extend(ask(Request::File(FileRequest::Send { to: to.clone(), path })));
        }
        effects
    }

    /// Text goes into the field; files and pictures are shown before they go.
    fn pasted(&mut self, to: Jid, clip: Clip) -> Vec<Effect> {
        if !self.open.as_ref().is_some_and(|open| self.is_same(open, &to)) {
            return Vec::new();
        }
        let what = match clip {
            Clip::Text(text) => {
                let paste = text_editor::Action::Edit(text_editor::Edit::Paste(Arc::new(text)));
                return self.update(super::message::Message::Edit(paste));
            }
            Clip::Files(_) | Clip::Picture(_) if to.is_sip() => return self.say(said::NO_FILES_OVER_VOICE.into()),
            Clip::Files(paths) => {
                PastedWhat::Files(paths.iter().map(|path| path.to_string_lossy().into_owned()).collect())
            }
            Clip::Picture(picture) => {
                let (width, height, rgba) = picture.small;
                PastedWhat::Picture(picture.png.into(), image::Handle::from_rgba(width, height, rgba))
            }
            Clip::Nothing | Clip::Unknown => return Vec::new(),
        };
        self.files.pasted = Some(Pasted { to, what });
        let mut effects = self.lay(Some(Overlay::File(Sheet::Pasted)));
        effects.push(Effect::Focus(name::SHEET_FIELD));
        effects
    }

    fn send_pasted(&mut self) -> Vec<Effect> {
        let Some(Pasted { to, what }) = self.files.pasted.take() else { return Vec::new() };
        let mut effects = self.lay(None);
        effects.extend(match what {
            PastedWhat::Files(paths) => {
                let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
                self.send_files(&to, &paths)
            }
            PastedWhat::Picture(bytes, _) => {
                let name = said::pasted_name(self.now.wall, self.options.offset).into();
                ask(Request::File(FileRequest::SendBytes { to, name, bytes }))
            }
        });
        effects.push(Effect::Focus(name::COMPOSER));
        effects
    }

    /// Sends a file to whom the conversation is with that is open.
    pub(super) fn send_file(&mut self, path: &str) -> Vec<Effect> {
        match self.writing_to() {
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
        self.snapshot.files.iter().filter(|file| self.is_same(&file.with, with)).filter(out).filter(shown)
    }
}

/// A path as file managers give it on the clipboard: with quotes, or as an address.
fn plain_path(text: &str) -> String {
    let text = text.trim().trim_matches(['"', '\'']);
    path_of_uri(text).map_or_else(|| text.to_owned(), |path| path.to_string_lossy().into_owned())
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
