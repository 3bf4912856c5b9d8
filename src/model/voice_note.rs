//! Voice messages: the one that is spoken, and the one that is played.

use std::fmt;
use std::sync::Arc;

use super::{Jid, MessageId};

/// How the file of a voice message begins to be called, in every language.
pub const VOICE_NOTE_NAME: &str = "Voice message";

/// What is spoken and what is played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotesView {
    /// A voice message that is spoken, or waits to be sent.
    pub speaking: Option<NoteSpeaking>,
    /// One that is played.
    pub playing: Option<NotePlaying>,
}

/// A voice message that is spoken.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteSpeaking {
    /// To whom.
    pub to: Jid,
    /// How long it is by now, in milliseconds.
    pub ms: u64,
    /// It is whole and waits to be sent or thrown away.
    pub held: bool,
}

impl fmt::Debug for NoteSpeaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSpeaking").field("ms", &self.ms).field("held", &self.held).finish_non_exhaustive()
    }
}

/// How the playing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteState {
    /// Its file comes.
    Coming,
    /// It is heard.
    Playing,
    /// It waits.
    Paused,
    /// It cannot be played: a sentence.
    Failed(Arc<str>),
}

/// A voice message that is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotePlaying {
    /// Its message.
    pub id: MessageId,
    /// How it stands.
    pub state: NoteState,
    /// So much was heard, in milliseconds.
    pub ms: u64,
    /// How long it is; 0 until that is known.
    pub of_ms: u64,
}

/// Whether a file of this media type is played in a conversation.
#[must_use]
pub fn plays_as_note(media_type: &str) -> bool {
    media_type == "audio/ogg"
}
