//! Lamps, voicemail, and what the history is asked.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{EventsRequest, HistoryFilter, Request, Snapshot};
use crate::model::{AccountId, Direction, LampView, VoicemailView};

/// Calls on a page where the request does not say.
const PAGE: u32 = 50;

/// Reads a request.
pub(super) fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    Ok(match method {
        "history" => Request::History {
            limit: params.count("limit")?.unwrap_or(PAGE),
            before: params.call("before")?,
            filter: HistoryFilter {
                with: params.text("with")?,
                account: params.text("account")?.map(AccountId),
                missed: params.flag("missed")?,
                direction: direction(params)?,
                text: params.text("text")?,
            },
        },
        "lamp" => Request::Events(EventsRequest::WatchLamp {
            to: Params::needed(params.text("to")?, "to")?,
            account: params.text("account")?.map(AccountId),
            on: params.choice("on")?.unwrap_or(true),
        }),
        "voicemail" => Request::Events(EventsRequest::CallVoicemail(params.text("account")?.map(AccountId))),
        "redial" => Request::Events(EventsRequest::Redial),
        "delete-call" => Request::Events(EventsRequest::DeleteCall(Params::needed(params.call("call")?, "call")?)),
        "seen-calls" => Request::Events(EventsRequest::SeenCalls),
        unknown => return Err(Fault::no_method(unknown)),
    })
}

/// Which way the calls went; both where it is absent.
fn direction(params: &mut Params) -> Result<Option<Direction>, Fault> {
    match params.text("direction")?.as_deref() {
        None => Ok(None),
        Some("incoming") => Ok(Some(Direction::Incoming)),
        Some("outgoing") => Ok(Some(Direction::Outgoing)),
        Some(_) => Err(super::params::wrong("direction", "incoming or outgoing")),
    }
}

/// The result of `lamps`.
pub(super) fn lamps(snapshot: &Snapshot) -> Value {
    snapshot.events.lamps.iter().map(lamp).collect()
}

fn lamp(lamp: &LampView) -> Value {
    json!({
        "account": lamp.account,
        "address": lamp.address,
        "jid": lamp.contact,
        "name": lamp.name,
        "state": lamp.state,
        "text": lamp.text,
        "removable": lamp.removable,
    })
}

/// One lamp, for its notice.
pub(super) fn lamp_of(snapshot: &Snapshot, account: &AccountId, address: &str) -> Value {
    let found = snapshot.events.lamps.iter().find(|lamp| lamp.account == *account && *lamp.address == *address);
    found.map_or(Value::Null, lamp)
}

/// The voicemail of every account, for `status`.
pub(super) fn voicemail(snapshot: &Snapshot) -> Value {
    snapshot.events.voicemail.iter().map(mailbox).collect()
}

fn mailbox(mailbox: &VoicemailView) -> Value {
    json!({
        "account": mailbox.account,
        "waiting": mailbox.waiting,
        "new": mailbox.new,
        "old": mailbox.old,
        "urgent": mailbox.urgent,
        "text": mailbox.text,
        "call": mailbox.call,
    })
}

/// That of one account, for its notice.
pub(super) fn voicemail_of(snapshot: &Snapshot, account: &AccountId) -> Value {
    let found = snapshot.events.voicemail.iter().find(|mailbox| mailbox.account == *account);
    found.map_or(Value::Null, mailbox)
}
