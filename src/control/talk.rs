//! Messages: sending, answering, correcting, reacting, taking back, reading; and how one is shown.

use serde_json::Value;

use super::params::Params;
use super::wire::Fault;
use crate::account::{ExportFormat, ExportRequest, Request, TalkRequest};
use crate::model::{Message, MessageId};

/// Messages on a page where the request does not say.
const PAGE: u32 = 50;

/// Reads a method about messages.
pub(super) fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    let id = |params: &mut Params| Params::needed(params.text("id")?, "id").map(MessageId);
    Ok(match method {
        "correct" => {
            Request::Talk(TalkRequest::Correct { id: id(params)?, body: Params::needed(params.text("body")?, "body")? })
        }
        "react" => Request::Talk(TalkRequest::React {
            id: id(params)?,
            reaction: Params::needed(params.text("reaction")?, "reaction")?,
            on: params.choice("on")?.unwrap_or(true),
        }),
        "retract" => Request::Talk(TalkRequest::Retract(id(params)?)),
        "send-again" => Request::Talk(TalkRequest::SendAgain(id(params)?)),
        "mark-read" => Request::MarkRead(Params::needed(params.correspondent("with")?, "with")?),
        "typing" => Request::Talk(TalkRequest::Typing {
            with: Params::needed(params.jid("with")?, "with")?,
            writing: params.choice("writing")?.unwrap_or(true),
        }),
        "messages" => page(params)?,
        "export" => export(params)?,
        // The names that `method` leads here are these and "send".
        _ => send(params)?,
    })
}

fn send(params: &mut Params) -> Result<Request, Fault> {
    let to = Params::needed(params.correspondent("to")?, "to")?;
    let body = Params::needed(params.text("body")?, "body")?;
    let (id, answers) = (params.text("id")?.map(MessageId), params.text("answers")?.map(MessageId));
    Ok(match (id, answers) {
        (Some(id), answers) => Request::Talk(TalkRequest::Once { id, to, answers, body }),
        (None, Some(answers)) => Request::Talk(TalkRequest::Answer { to, answers, body }),
        (None, None) => Request::Send { to, body },
    })
}

fn page(params: &mut Params) -> Result<Request, Fault> {
    let with = Params::needed(params.correspondent("with")?, "with")?;
    let limit = params.count("limit")?.unwrap_or(PAGE);
    let mut place = |name| params.text(name).map(|id| id.map(MessageId));
    let (before, after, around) = (place("before")?, place("after")?, place("around")?);
    Ok(match (before, after, around) {
        (before, None, None) => Request::Messages { with, limit, before },
        (None, Some(id), None) => Request::Talk(TalkRequest::After { with, id, limit }),
        (None, None, Some(id)) => Request::Talk(TalkRequest::Around { with, id, limit }),
        _ => return Err(Fault::bad_params("Only one of \"before\", \"after\" and \"around\" makes sense.".to_owned())),
    })
}

/// MESSAGE.
pub(super) fn shape(message: &Message) -> Value {
    crate::account::message_json(message)
}

fn export(params: &mut Params) -> Result<Request, Fault> {
    Ok(Request::Export(ExportRequest {
        with: Params::needed(params.correspondent("with")?, "with")?,
        format: params.parsed("format", "text or json", ExportFormat::parse)?.unwrap_or_default(),
        path: Params::needed(params.text("path")?, "path")?,
    }))
}
