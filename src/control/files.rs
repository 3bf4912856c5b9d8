//! The methods of files.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{FileRequest, NoteRequest, PictureReply, PictureRequest, Request};
use crate::model::{FileState, FileTransfer, MessageId, NoteState, NotesView, PictureState};

/// Reads a method about files.
pub(super) fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    let message = |params: &mut Params| Params::needed(params.text("message")?, "message").map(MessageId);
    Ok(Request::File(match method {
        "send-file" => FileRequest::Send {
            to: Params::needed(params.correspondent("to")?, "to")?,
            path: Params::needed(params.text("path")?, "path")?,
        },
        "download" => FileRequest::Download(message(params)?),
        "cancel-file" => FileRequest::Cancel(message(params)?),
        "send-file-again" => FileRequest::Again(message(params)?),
        "show-picture" => FileRequest::Picture(PictureRequest::Show(message(params)?)),
        "voice-message" => FileRequest::Note(note(params)?),
        "forget-file" => FileRequest::Forget(message(params)?),
        // The names that `method` leads here are these and "files".
        _ => FileRequest::List,
    }))
}

fn note(params: &mut Params) -> Result<NoteRequest, Fault> {
    let action = Params::needed(params.text("action")?, "action")?;
    Ok(match &*action {
        "record" => NoteRequest::Record(Params::needed(params.correspondent("to")?, "to")?),
        "stop" => NoteRequest::Stop,
        "cancel" => NoteRequest::Cancel,
        "send" => NoteRequest::Send,
        "play" => {
            let message = Params::needed(params.text("message")?, "message")?;
            NoteRequest::Play(MessageId(message), u64::from(params.count("from_ms")?.unwrap_or_default()))
        }
        "pause" => NoteRequest::Pause,
        "resume" => NoteRequest::Resume,
        "end" => NoteRequest::StopPlaying,
        "state" => NoteRequest::State,
        _ => {
            return Err(super::params::wrong(
                "action",
                "record, stop, cancel, send, play, pause, resume, end or state",
            ));
        }
    })
}

/// NOTES.
pub(super) fn notes(view: &NotesView) -> Value {
    let speaking = view.speaking.as_ref().map(|it| json!({ "to": it.to.shown(), "ms": it.ms, "held": it.held }));
    let playing = view.playing.as_ref().map(|it| {
        let (state, failure) = match &it.state {
            NoteState::Coming => ("coming", None),
            NoteState::Playing => ("playing", None),
            NoteState::Paused => ("paused", None),
            NoteState::Failed(why) => ("failed", Some(why)),
        };
        json!({ "message": it.id, "state": state, "ms": it.ms, "of_ms": it.of_ms, "failure": failure })
    });
    json!({ "recording": speaking, "playing": playing })
}

/// PICTURE.
pub(super) fn picture(reply: &PictureReply) -> Value {
    match reply {
        PictureReply::Small(picture) => match &picture.state {
            PictureState::Here(thumb) => json!({
                "message": picture.id,
                "state": "here",
                "width": thumb.width,
                "height": thumb.height,
                "animated": thumb.animated,
            }),
            PictureState::Offered => json!({ "message": picture.id, "state": "offered" }),
            PictureState::Coming => json!({ "message": picture.id, "state": "coming" }),
            PictureState::Failed(why) | PictureState::Unfit(why) => {
                json!({ "message": picture.id, "state": "failed", "failure": why })
            }
        },
        // Only the window asks for these.
        PictureReply::Opened(opened) => json!({ "width": opened.whole_width, "height": opened.whole_height }),
    }
}

/// FILE.
pub(super) fn shape(file: &FileTransfer) -> Value {
    let (state, path, failure) = match &file.state {
        FileState::Preparing => ("preparing", None, None),
        FileState::Running => ("running", None, None),
        FileState::Done { path } => ("done", path.clone(), None),
        FileState::Failed { why } => ("failed", None, Some(why.clone())),
    };
    json!({
        "message": file.id,
        "with": file.with.shown(),
        "direction": file.direction,
        "name": file.name,
        "size": file.size,
        "done": file.done,
        "state": state,
        "path": path,
        "failure": failure,
    })
}
