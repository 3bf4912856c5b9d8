//! The methods of meetings: conferences and the rooms that belong to them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{CallTo, MeetingOf, MeetingRequest, MeetingSide, Moderation, Request};
use crate::model::{CallOffer, ConferenceId, Jid, MeetingView, Participant};

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let request = match method {
        "meetings" => MeetingRequest::List,
        "meeting-join" => {
            let room = room(params)?;
            MeetingRequest::JoinCall { room, uri: params.text("uri")?, confirm: params.flag("confirm")? }
        }
        "meeting-decline" => match params.call("call")? {
            Some(call) => MeetingRequest::DeclineRoom { call, room: room(params)? },
            None => MeetingRequest::DeclineCall(room(params)?),
        },
        "meeting-room" => {
            let call = Params::needed(params.call("call")?, "call")?;
            MeetingRequest::EnterRoom { call, room: room(params)? }
        }
        "meeting-start" => {
            let people = params.parsed("people", "addresses, as in \"bob@example.com,carol@example.com\"", |text| {
                text.split(',').map(|jid| Jid::parse(jid.trim()).ok()).collect::<Option<Vec<_>>>()
            })?;
            let (room, confirm) = (room(params)?, params.flag("confirm")?);
            MeetingRequest::Start { room, people: people.unwrap_or_default(), confirm }
        }
        "meeting-announce" => MeetingRequest::Announce { of: which(params)?, room: params.jid("room")? },
        "meeting-invite" => {
            let to: Arc<str> = Params::needed(params.text("to")?, "to")?;
            MeetingRequest::Invite { of: which(params)?, to: CallTo::Text(to), confirm: params.flag("confirm")? }
        }
        "meeting-moderate" => {
            let side = params.parsed("side", "call or room", |text| match text {
                "call" => Some(MeetingSide::Call),
                "room" => Some(MeetingSide::Room),
                _ => None,
            })?;
            let what = params.parsed("action", "mute, unmute or remove", |text| match text {
                "mute" => Some(Moderation::Mute),
                "unmute" => Some(Moderation::Unmute),
                "remove" => Some(Moderation::Remove),
                _ => None,
            })?;
            MeetingRequest::Moderate {
                of: which(params)?,
                who: Params::needed(params.text("who")?, "who")?,
                side: Params::needed(side, "side")?,
                what: Params::needed(what, "action")?,
            }
        }
        "meeting-mirror" => {
            MeetingRequest::Mirror { of: which(params)?, yes: Params::needed(params.choice("accept")?, "accept")? }
        }
        _ => return Ok(None),
    };
    Ok(Some(Request::Meeting(request)))
}

fn room(params: &mut Params) -> Result<Jid, Fault> {
    Params::needed(params.jid("room")?, "room")
}

fn which(params: &mut Params) -> Result<MeetingOf, Fault> {
    let conference = params.parsed("conference", "a conference's id, as in \"k1\"", ConferenceId::parse)?;
    match (params.call("call")?, conference) {
        (Some(call), None) => Ok(MeetingOf::Call(call)),
        (None, Some(conference)) => Ok(MeetingOf::Conference(conference)),
        (Some(_), Some(_)) => Err(wrong("conference", "left out beside call")),
        (None, None) => Params::needed(None, "call"),
    }
}

/// MEETING.
pub(super) fn shape(meeting: &MeetingView) -> Value {
    json!({
        "call": meeting.call,
        "conference": meeting.conference,
        "account": meeting.account,
        "room": meeting.room,
        "contact": meeting.contact,
        "in_room": meeting.in_room,
        "title": meeting.title,
        "locked": meeting.locked,
        "address": meeting.address,
        "trusted": meeting.trusted,
        "knowledge": meeting.knowledge,
        "why": meeting.why,
        "participants": meeting.participants.iter().map(participant).collect::<Vec<_>>(),
        "more": meeting.more,
        "text": meeting.text,
        "rooms": meeting
            .rooms
            .iter()
            .map(|offer| json!({ "room": offer.room, "text": offer.text }))
            .collect::<Vec<_>>(),
        "offers": meeting.offers.iter().map(offer).collect::<Vec<_>>(),
        "moderates": meeting.moderates,
        "mirror": meeting.mirror.as_ref().map(|mirror| json!({ "text": mirror.text })),
    })
}

fn participant(one: &Participant) -> Value {
    json!({
        "name": one.name,
        "involvement": one.involvement,
        "sound": one.sound,
        "speaking": one.speaking,
        "own": one.own,
        "moderator": one.moderator,
        "address": one.address,
        "nick": one.nick,
        "jid": one.jid.as_ref().filter(|jid| jid.is_reachable()),
        "call": one.call,
        "proof": one.proof,
        "maybe": one.maybe,
        "text": one.text,
    })
}

fn offer(offer: &CallOffer) -> Value {
    json!({
        "uri": offer.uri,
        "source": offer.source,
        "by": offer.by,
        "accepted": offer.accepted,
        "own": offer.own,
        "cost": offer.cost,
        "text": offer.text,
    })
}
