//! Voice messages: spoken into the microphone, and played where they stand.

use super::app::{App, Effect};
use super::update::ask;
use crate::account::{FileRequest, NoteRequest, Request};
use crate::model::{MessageId, NotePlaying};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Speak to whom the conversation is with.
    Record,
    /// Throw away what was spoken.
    Cancel,
    /// Send it.
    Send,
    /// Play the voice message of a message.
    Play(MessageId),
    /// Go to a place in it, in milliseconds.
    Seek(MessageId, u64),
    /// Wait.
    Pause,
}

impl App {
    pub(super) fn update_voice_notes(&mut self, message: Message) -> Vec<Effect> {
        let about = |request| ask(Request::File(FileRequest::Note(request)));
        match message {
            Message::Record => match self.writing_to() {
                Some(to) => about(NoteRequest::Record(to)),
                None => Vec::new(),
            },
            Message::Cancel => about(NoteRequest::Cancel),
            Message::Send => about(NoteRequest::Send),
            Message::Play(id) => {
                // From where it was left, or from the beginning.
                let at = self.playing(&id).map_or(0, |playing| playing.ms);
                about(NoteRequest::Play(id, at))
            }
            Message::Seek(id, ms) => about(NoteRequest::Play(id, ms)),
            Message::Pause => about(NoteRequest::Pause),
        }
    }

    /// How the voice message of a message is played, if it is the one.
    pub(super) fn playing(&self, id: &MessageId) -> Option<&NotePlaying> {
        self.snapshot.notes.playing.as_ref().filter(|playing| playing.id == *id)
    }

    /// Nobody is listened to while something else is on the screen: what was spoken until now waits.
    pub(super) fn hold_voice_note(&self) -> Vec<Effect> {
        let speaks = self.snapshot.notes.speaking.as_ref().is_some_and(|speaking| !speaking.held);
        if speaks { ask(Request::File(FileRequest::Note(NoteRequest::Stop))) } else { Vec::new() }
    }
}
