//! The methods of conferences and recordings.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{ConferenceRequest, RecordRequest, Request};
use crate::model::{CallId, Conference, ConferenceId, Recorded};

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    Ok(Some(match method {
        "conference" => Request::Conference(conference(params)?),
        "record" => record(params)?,
        _ => return Ok(None),
    }))
}

fn conference(params: &mut Params) -> Result<ConferenceRequest, Fault> {
    const ACTIONS: &str = "create, join, leave, remove, mute, unmute, hold, resume or list";
    let action = Params::needed(params.text("action")?, "action")?;
    let id = params.parsed("conference", "a conference's id, as in \"k1\"", ConferenceId::parse)?;
    let the_conference = || Params::needed(id, "conference");
    Ok(match &*action {
        "create" => {
            let calls = params.parsed("calls", "calls' ids, as in \"c1,c2\"", |text| {
                text.split(',').map(|id| CallId::parse(id.trim())).collect::<Option<Vec<_>>>()
            })?;
            ConferenceRequest::Create(Params::needed(calls, "calls")?)
        }
        "join" => ConferenceRequest::Join(the_conference()?, Params::needed(params.call("call")?, "call")?),
        "leave" => match params.call("call")? {
            Some(call) => ConferenceRequest::Leave(call),
            None => ConferenceRequest::End(the_conference()?),
        },
        "remove" => ConferenceRequest::Remove(Params::needed(params.call("call")?, "call")?),
        "mute" | "unmute" => match params.call("call")? {
            Some(call) => ConferenceRequest::MuteParty(call, &*action == "mute"),
            None => ConferenceRequest::Mute(the_conference()?, &*action == "mute"),
        },
        "hold" => ConferenceRequest::Hold(the_conference()?, true),
        "resume" => ConferenceRequest::Hold(the_conference()?, false),
        "list" => ConferenceRequest::List,
        _ => return Err(super::params::wrong("action", ACTIONS)),
    })
}

fn record(params: &mut Params) -> Result<Request, Fault> {
    let what = match (
        params.call("call")?,
        params.parsed("conference", "a conference's id, as in \"k1\"", ConferenceId::parse)?,
    ) {
        (Some(call), None) => Recorded::Call(call),
        (None, Some(conference)) => Recorded::Conference(conference),
        (Some(_), Some(_)) => return Err(super::params::wrong("conference", "left out beside call")),
        (None, None) => return Params::needed(None, "call"),
    };
    let state = params.parsed("state", "on, off, pause or resume", |text| {
        Some(match text {
            "on" => RecordRequest::On,
            "off" => RecordRequest::Off,
            "pause" => RecordRequest::Pause,
            "resume" => RecordRequest::Resume,
            _ => return None,
        })
    })?;
    Ok(Request::Record(what, Params::needed(state, "state")?))
}

/// CONFERENCE.
pub(super) fn shape(conference: &Conference) -> Value {
    json!({
        "id": conference.id,
        "parties": conference
            .parties
            .iter()
            .map(|party| json!({ "call": party.call, "muted": party.muted, "attendance": party.attendance }))
            .collect::<Vec<_>>(),
        "muted": conference.muted,
        "held": conference.held,
        "since": conference.since,
        "recording": conference.recording,
    })
}
