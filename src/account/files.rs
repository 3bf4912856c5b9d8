//! What may be asked about files, what the shell does for it, and the sentences for what does not work.

use std::path::PathBuf;
use std::sync::Arc;

use super::notes::NoteRequest;
use super::pictures::{Fetch, PictureEffect, PictureEvent, PictureRequest};
use crate::model::{FileTransfer, HttpsUrl, Jid, MessageId, WebError, size_words};
use crate::xmpp::{NoSlot, Slot};

/// What may be asked about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRequest {
    /// Send a file; answered with the name of the message that will bring it once the server has a place for it.
    Send {
        /// To whom: a person or a room.
        to: Jid,
        /// Where it lies.
        path: Arc<str>,
    },
    /// Send what was pasted or recorded: it is laid into a folder of the profile and removed when it has gone.
    SendBytes {
        /// To whom: a person or a room.
        to: Jid,
        /// What it is called.
        name: Arc<str>,
        /// What it is.
        bytes: Arc<[u8]>,
    },
    /// Try again to send a file that could not go.
    Again(MessageId),
    /// Get the file of a message into the folder of downloads.
    Download(MessageId),
    /// Stop a transfer; what has come is removed.
    Cancel(MessageId),
    /// Do not show a transfer any more that has ended.
    Forget(MessageId),
    /// All transfers of this run; answered with [`super::Reply::Files`].
    List,
    /// About pictures in conversations.
    Picture(PictureRequest),
    /// About voice messages.
    Note(NoteRequest),
}

/// What the shell does with files.
#[derive(Debug)]
pub enum FileEffect {
    /// Look what a file is. Comes back as [`FileEvent::Looked`].
    Look {
        /// Names the transfer.
        number: u64,
        /// Where it lies.
        path: PathBuf,
    },
    /// Lay bytes into a file of the profile. Comes back as [`FileEvent::Laid`].
    Lay {
        /// Names the transfer.
        number: u64,
        /// What it is called.
        name: Arc<str>,
        /// What it is.
        bytes: Arc<[u8]>,
    },
    /// A transfer is over: keep its picture under its address, and remove a file of our own making.
    Settle {
        /// Where others get it, where it is there.
        url: Option<HttpsUrl>,
        /// Where it lies.
        path: PathBuf,
        /// It is a file of our own making.
        remove: bool,
    },
    /// Put it to its place. Comes back as [`FileEvent::Progress`] and [`FileEvent::Uploaded`].
    Upload {
        /// Names the transfer.
        number: u64,
        /// Where it lies.
        path: PathBuf,
        /// So large it was when it was looked at.
        size: u64,
        /// Its media type.
        media_type: &'static str,
        /// The place.
        slot: Slot,
        /// Domains of the user's own servers: only these may be on private addresses.
        own_domains: Vec<Arc<str>>,
    },
    /// Get it. Comes back as [`FileEvent::Progress`] and [`FileEvent::Downloaded`].
    Download {
        /// Names the transfer.
        number: u64,
        /// Where from.
        url: HttpsUrl,
        /// What it is called here, if that is free.
        name: Arc<str>,
        /// At most so many bytes.
        most: u64,
        /// Domains of the user's own servers: only these may be on private addresses.
        own_domains: Vec<Arc<str>>,
    },
    /// Stop, and leave nothing behind.
    Stop(u64),
    /// Get the sound of a voice message. Comes back as [`FileEvent::Sound`].
    Sound {
        /// Names the work.
        number: u64,
        /// Where it is.
        url: HttpsUrl,
        /// In which bounds it is fetched.
        fetch: Fetch,
    },
    /// Get a picture of a conversation. Comes back as [`FileEvent::Picture`].
    Picture(PictureEffect),
}

/// What the shell says about files.
#[derive(Debug)]
pub enum FileEvent {
    /// What a file is: its name and its size in bytes; or why it cannot be sent, a sentence.
    Looked(u64, Result<(Arc<str>, u64), Arc<str>>),
    /// Bytes lie in this file now, or not: a sentence.
    Laid(u64, Result<PathBuf, Arc<str>>),
    /// So many bytes went, of so many where that is known.
    Progress(u64, u64, Option<u64>),
    /// It is in its place, or not.
    Uploaded(u64, Result<(), FileProblem>),
    /// It lies there, or not.
    Downloaded(u64, Result<Arc<str>, FileProblem>),
    /// The sound of a voice message is there, or why not, a sentence.
    Sound(u64, Result<Arc<crate::media::NoteTrack>, Arc<str>>),
    /// A picture of a conversation is there, or not.
    Picture(PictureEvent),
}

/// Why bytes did not go or come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// The network, or the server.
    Web(WebError),
    /// The disk here: a sentence.
    Disk(Arc<str>),
    /// It has another size than was said.
    Size,
}

/// A transfer, and what is needed for its next step.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) number: u64,
    pub(super) view: FileTransfer,
    /// Where it lies; only of one that is sent.
    pub(super) path: PathBuf,
    /// It is a file of our own making: it goes when the transfer does.
    pub(super) temporary: bool,
    /// Where others get it.
    pub(super) get: Option<HttpsUrl>,
}

/// Why there is no place for a file, a sentence.
pub(super) fn no_slot(why: &NoSlot, size: u64) -> String {
    match why {
        NoSlot::Offline => "The file was not sent, because chat is not connected. Try again when it is.".to_owned(),
        NoSlot::NoService => "Your chat server does not take files. Ask your administrator for HTTP file upload \
                              (XEP-0363), or send a link to the file instead."
            .to_owned(),
        NoSlot::TooLarge(Some(most)) => format!(
            "The file is too large: it has {}, and your chat server takes {} at most.",
            size_words(size),
            size_words(*most)
        ),
        NoSlot::TooLarge(None) => {
            format!("The file is too large for your chat server: it has {}.", size_words(size))
        }
        NoSlot::Quota => "Your chat server has no more room for files of yours for now. Try again later, or ask your \
                          administrator."
            .to_owned(),
        NoSlot::TooMany => "Too much is going on with your chat server. Try again in a moment.".to_owned(),
        NoSlot::Unusable => {
            "Your chat server named no place for the file that can be used safely. Tell your administrator.".to_owned()
        }
        NoSlot::Refused(reason) => format!("Your chat server does not take the file. It says: {}", reason.text),
    }
}

/// Why a file did not go, a sentence.
pub(super) fn not_sent(why: &FileProblem) -> String {
    match why {
        FileProblem::Web(WebError::TooLarge) => "The file is too large for your chat server.".to_owned(),
        FileProblem::Web(WebError::PrivateRedirect) => {
            "The file was not sent: the place that the server named is on a private address outside of your own domain."
                .to_owned()
        }
        FileProblem::Web(error) if error.is_network() => {
            format!("The file was not sent: {error}. Check the connection and try again.")
        }
        FileProblem::Web(error) => format!("The file was not sent: {error}."),
        FileProblem::Disk(why) => format!("The file was not sent. {why}"),
        FileProblem::Size => "The file was not sent, because it changed meanwhile. Try again.".to_owned(),
    }
}

/// Why a file did not come, a sentence.
pub(super) fn not_got(why: &FileProblem, most: u64) -> String {
    match why {
        FileProblem::Web(WebError::Gone(_)) => {
            "The file is not there any more. Servers keep files for some time only: ask for it again.".to_owned()
        }
        FileProblem::Web(WebError::TooLarge) => {
            format!("The file is larger than {}: nothing was kept.", size_words(most))
        }
        FileProblem::Web(WebError::PrivateRedirect) => {
            "The link leads to a private address outside of your own domain, and was not followed.".to_owned()
        }
        FileProblem::Web(error) if error.is_network() => {
            format!("The file did not come: {error}. Check the connection and try again.")
        }
        FileProblem::Web(error) => format!("The file did not come: {error}."),
        FileProblem::Disk(why) => format!("The file could not be kept. {why}"),
        FileProblem::Size => "Only a part of the file came, and nothing was kept. Try again.".to_owned(),
    }
}
