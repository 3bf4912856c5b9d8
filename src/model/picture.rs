//! Pictures in conversations: small ones beside their messages, and the one that is looked at.

use std::fmt;
use std::sync::Arc;

use super::MessageId;

/// A small form of a picture that somebody sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumb {
    /// The width of the whole picture in pixels, as it is looked at.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// It moves when it is opened.
    pub animated: bool,
    /// The width of the small form.
    pub thumb_width: u32,
    /// Its height.
    pub thumb_height: u32,
    /// Its pixels: red, green, blue, opacity; not premultiplied.
    pub rgba: Arc<[u8]>,
}

impl fmt::Debug for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thumb").field("width", &self.width).field("height", &self.height).finish_non_exhaustive()
    }
}

/// How a message's picture stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureState {
    /// It is fetched when the user says so.
    Offered,
    /// It is looked for, or fetched.
    Coming,
    /// It is here.
    Here(Arc<Thumb>),
    /// It did not come, or not whole: a sentence. It may come at the next try.
    Failed(Arc<str>),
    /// It cannot be shown here, however often it is tried: a sentence.
    Unfit(Arc<str>),
}

/// The picture of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePicture {
    /// The message.
    pub id: MessageId,
    /// How it stands.
    pub state: PictureState,
}

/// One picture of those that a moving picture consists of; a still one has one.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureFrame {
    /// How long it stands, milliseconds.
    pub stands_ms: u32,
    /// Its pixels: red, green, blue, opacity.
    pub rgba: Arc<[u8]>,
}

/// A picture as it is looked at: large, but not larger than a screen.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedPicture {
    /// The width of the frames.
    pub width: u32,
    /// The height of the frames.
    pub height: u32,
    /// One, or more where it moves.
    pub frames: Vec<PictureFrame>,
    /// The width of the whole picture.
    pub whole_width: u32,
    /// Its height.
    pub whole_height: u32,
}

impl fmt::Debug for OpenedPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedPicture").field("frames", &self.frames.len()).finish_non_exhaustive()
    }
}

/// The user's own picture, as it is published: square, and written as a PNG, which every program shows (XEP-0084 section 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct OwnPicture {
    /// The file.
    pub png: Arc<[u8]>,
    /// Its SHA-1 in lower-case hexadecimal, which names it.
    pub hash: Arc<str>,
    /// Its width and height in pixels.
    pub edge: u32,
}

impl fmt::Debug for OwnPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnPicture").field("edge", &self.edge).finish_non_exhaustive()
    }
}

/// Whether a file of this media type is a picture that can be shown in a conversation. Drawings (SVG) are not: they can name
/// other files and grow without end (X25).
#[must_use]
pub fn shows_as_picture(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}
