//! The methods of rooms.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{EnterRoom, FilledField, Request, RoomReply, RoomRequest, Snapshot, room_fact};
use crate::model::{
    AccountId, Affiliation, Form, Jid, Occupant, OccupantAction, RoomFacts, RoomInvitation, RoomNotify, RoomState,
    RoomView, may,
};

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let Some(method) = method.strip_prefix("room-").or((method == "rooms").then_some("list")) else { return Ok(None) };
    let reason = |params: &mut Params| params.text("reason");
    let request = match method {
        "list" => RoomRequest::List,
        "look" => RoomRequest::Look(room(params)?),
        "search" => RoomRequest::Search(params.jid("service")?),
        "join" => RoomRequest::Join(EnterRoom {
            account: params.text("account")?.map(AccountId),
            nick: params.text("nick")?,
            password: params.text("password")?,
            create: params.flag("create")?,
            configure: params.flag("configure")?,
            once: params.flag("once")?,
            ..EnterRoom::to(room(params)?)
        }),
        "leave" => RoomRequest::Leave(room(params)?),
        "forget" => RoomRequest::Forget(room(params)?),
        "nick" => RoomRequest::Nick(room(params)?, Params::needed(params.text("nick")?, "nick")?),
        "subject" => RoomRequest::Subject(room(params)?, Params::needed(params.text("subject")?, "subject")?),
        "name" => RoomRequest::Name(room(params)?, Params::needed(params.text("name")?, "name")?),
        "notify" => {
            let which = params.parsed("notify", "all, mentions or none", RoomNotify::parse)?;
            RoomRequest::Notify(room(params)?, Params::needed(which, "notify")?)
        }
        "invite" => RoomRequest::Invite {
            room: room(params)?,
            who: Params::needed(params.jid("who")?, "who")?,
            reason: reason(params)?,
        },
        "answer" => RoomRequest::AnswerInvitation {
            id: Params::needed(params.count("invitation")?, "invitation")?.into(),
            accept: Params::needed(params.choice("accept")?, "accept")?,
            reason: reason(params)?,
        },
        "act" => {
            let words: Vec<&str> = OccupantAction::ALL.into_iter().map(OccupantAction::as_str).collect();
            let action = params.parsed("action", &words.join(", "), OccupantAction::parse)?;
            RoomRequest::Act {
                room: room(params)?,
                nick: Params::needed(params.text("nick")?, "nick")?,
                action: Params::needed(action, "action")?,
                reason: reason(params)?,
            }
        }
        "affiliate" => RoomRequest::Affiliate {
            room: room(params)?,
            who: Params::needed(params.jid("who")?, "who")?,
            affiliation: affiliation(params)?,
            reason: reason(params)?,
        },
        "affiliations" => RoomRequest::Affiliations(room(params)?, affiliation(params)?),
        "settings" => RoomRequest::Settings(room(params)?),
        "configure" => {
            let values = Params::needed(params.value("values")?, "values")?;
            let Value::Object(values) = values else { return Err(wrong("values", "an object of names and values")) };
            RoomRequest::Configure(room(params)?, fields(values)?)
        }
        "ask-voice" => RoomRequest::AskVoice(room(params)?),
        "answer-voice" => RoomRequest::AnswerVoice {
            room: room(params)?,
            nick: Params::needed(params.text("nick")?, "nick")?,
            allow: Params::needed(params.choice("allow")?, "allow")?,
        },
        "retract" => RoomRequest::Retract {
            room: room(params)?,
            archive_id: Params::needed(params.text("message")?, "message")?,
            reason: reason(params)?,
        },
        "whisper" => RoomRequest::Whisper(room(params)?, Params::needed(params.text("nick")?, "nick")?),
        "older" => RoomRequest::Older(room(params)?, params.text("before")?),
        "destroy" => RoomRequest::Destroy(room(params)?, reason(params)?),
        _ => return Ok(None),
    };
    Ok(Some(Request::Room(request)))
}

fn room(params: &mut Params) -> Result<Jid, Fault> {
    Params::needed(params.jid("room")?, "room")
}

fn affiliation(params: &mut Params) -> Result<Affiliation, Fault> {
    let expected = "owner, admin, member, none or outcast";
    Params::needed(params.parsed("affiliation", expected, Affiliation::parse)?, "affiliation")
}

fn fields(values: Map<String, Value>) -> Result<Vec<FilledField>, Fault> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(Arc::from(text.as_str())),
        Value::Bool(yes) => Some(if *yes { "1" } else { "0" }.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    values
        .into_iter()
        .map(|(name, value)| {
            let values = match &value {
                Value::Array(list) => list.iter().map(text).collect::<Option<Vec<_>>>(),
                one => text(one).map(|one| vec![one]),
            };
            let values = values.ok_or_else(|| wrong("values", "an object of names and texts, or lists of texts"))?;
            Ok((name.into(), values))
        })
        .collect()
}

/// The result of a request.
pub(super) fn result(reply: RoomReply) -> Value {
    match reply {
        RoomReply::Rooms(rooms) => rooms.iter().map(|room| shape(room)).collect(),
        RoomReply::Facts(about) => facts(&about),
        RoomReply::Affiliations(list) => list
            .iter()
            .map(|one| json!({ "jid": one.jid, "affiliation": one.affiliation, "reason": one.reason }))
            .collect(),
        RoomReply::Form(form) => settings(&form),
        RoomReply::Found(service, rooms) => json!({
            "service": service,
            "rooms": rooms.iter().map(|room| json!({ "room": room.jid, "name": room.name })).collect::<Vec<_>>(),
        }),
        RoomReply::Conversation(with) => json!({ "with": with }),
        RoomReply::Older(complete) => json!({ "complete": complete }),
    }
}

fn settings(form: &Form) -> Value {
    json!({
        "title": form.title,
        "instructions": form.instructions,
        "fields": form.fields.iter().map(|field| json!({
            "name": field.var,
            "label": field.label,
            "kind": field.kind,
            "required": field.required,
            "values": field.values,
            "options": field.options.iter()
                .map(|(value, label)| json!({ "value": value, "label": label }))
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn facts(about: &RoomFacts) -> Value {
    json!({
        "name": about.name,
        "description": about.description,
        "occupants": about.occupants,
        "facts": about.facts.iter().map(|fact| json!({ "fact": fact, "text": room_fact(*fact) })).collect::<Vec<_>>(),
    })
}

/// ROOM.
fn shape(room: &RoomView) -> Value {
    let (code, text) = match &room.state {
        RoomState::Refused(code, text) => (Some(code), Some(text)),
        RoomState::Out | RoomState::Joining | RoomState::Joined => (None, None),
    };
    json!({
        "room": room.jid,
        "account": room.account,
        "name": room.name,
        "nick": room.nick,
        "state": room.state.as_str(),
        "reason": text.map(|text| json!({ "code": code, "text": text })),
        "autojoin": room.autojoin,
        "bookmarked": room.bookmarked,
        "subject": room.subject,
        "about": facts(&room.facts),
        "occupants": room.occupants.len(),
        "affiliation": room.affiliation,
        "role": room.role,
        "notify": room.notify,
        "mentions": room.mentions,
        "voices": room.voices,
        "lines": room.lines.iter().map(|line| json!({ "time": line.time, "text": line.text })).collect::<Vec<_>>(),
    })
}

/// Who is in the rooms: by room.
pub(super) fn occupants(snapshot: &Snapshot) -> Value {
    let people = |room: &RoomView| -> Value { room.occupants.iter().map(|one| occupant(room, one)).collect() };
    snapshot.rooms.iter().map(|room| (room.jid.to_string(), people(room))).collect::<Map<_, _>>().into()
}

fn occupant(room: &RoomView, one: &Occupant) -> Value {
    let own = (room.affiliation, room.role);
    let can: Vec<&str> =
        OccupantAction::ALL.into_iter().filter(|action| may(own, *action, one)).map(OccupantAction::as_str).collect();
    json!({
        "nick": one.nick,
        "id": one.id,
        "jid": one.jid,
        "affiliation": one.affiliation,
        "role": one.role,
        "show": one.show,
        "own": one.own,
        "alike": one.alike,
        "can": can,
    })
}

/// INVITATION.
pub(super) fn invitation(one: &RoomInvitation) -> Value {
    json!({
        "invitation": one.id,
        "room": one.room,
        "from": one.from,
        "reason": one.reason,
        "contact": one.known,
        "mediated": one.mediated,
    })
}
