//! What may be asked about voice messages, and the sentences for what does not work.

use crate::media::Spoken;
use crate::model::{Jid, MessageId};

/// What may be asked about voice messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteRequest {
    /// Begin to listen to the microphone.
    Record(Jid),
    /// Stop listening; it waits to be sent.
    Stop,
    /// Throw away what was spoken.
    Cancel,
    /// Send what was spoken; answered as a file is.
    Send,
    /// Play the voice message of a message from here on, in milliseconds; it is fetched for that.
    Play(MessageId, u64),
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// Stop playing.
    StopPlaying,
    /// How it stands; answered with [`super::Reply::Notes`].
    State,
}

/// The shortest voice message that is sent, in milliseconds: less is a slip of the finger.
const SHORTEST: u64 = 500;

/// Why what was spoken is not worth sending, a sentence.
pub(super) fn not_worth_sending(spoken: &Spoken) -> Option<&'static str> {
    if !spoken.microphone_open {
        return Some("Nothing was recorded, because no microphone is open. Choose one under Settings, Sound.");
    }
    if spoken.ms < SHORTEST {
        return Some("The voice message is too short. Press the microphone, speak, then press Send.");
    }
    if spoken.peak == 0.0 {
        return Some("The microphone gave no sound. It may be switched off: look under Settings, Sound.");
    }
    None
}
