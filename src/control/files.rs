//! The methods of files.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{FileRequest, Request};
use crate::model::{FileState, FileTransfer, MessageId};

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
        "forget-file" => FileRequest::Forget(message(params)?),
        // The names that `method` leads here are these and "files".
        _ => FileRequest::List,
    }))
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
