//! The objects of the control interface: ACCOUNT, CONTACT, CALL and the rest, field by field as docs/control.md promises.

use serde_json::{Value, json};

use super::code;
use super::method::Misunderstood;
use crate::account::{Notice, NoticeBody, Refusal, RefusalKind, Reply, Snapshot};
use crate::model::{AccountState, Address, Call, CallState, Contact, Now};

/// The result of `status`.
pub fn status(snapshot: &Snapshot, now: Now) -> Value {
    let living = snapshot.calls.iter().filter(|call| call.state != CallState::Ended).count();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "accounts": snapshot.accounts.iter().map(|account| self::account(account, now)).collect::<Vec<_>>(),
        "relations": &*snapshot.relations,
        "parity": &*snapshot.parity,
        "reachable": snapshot.reachable,
        "calls": living,
    })
}

/// ACCOUNT.
pub fn account(account: &AccountState, now: Now) -> Value {
    let retry = account.retry_at.map(|at| at.saturating_since(now.boot).as_secs_f64().ceil() as u64);
    json!({
        "id": account.id,
        "service": account.service,
        "address": account.address,
        "state": account.state,
        "since": account.since,
        "reason": account.reason,
        "retry_in_s": retry,
        "security": account.security,
    })
}

/// CONTACT.
pub fn contact(contact: &Contact) -> Value {
    json!({
        "jid": contact.jid,
        "name": contact.name,
        "groups": contact.groups,
        "subscription": contact.subscription,
        "presence": contact.presence,
        "addresses": contact.addresses.iter().map(address).collect::<Vec<_>>(),
        "actions": contact.actions,
    })
}

fn address(address: &Address) -> Value {
    json!({
        "uri": address.uri.to_string(),
        "kind": address.uri.kind(),
        "types": address.types,
        "source": address.source,
        "grade": address.grade,
        "evidence": address.evidence,
        "cost": address.cost,
    })
}

/// CALL.
pub fn call(call: &Call, now: Now) -> Value {
    let duration = match (call.state, call.answered_boot) {
        (CallState::Ended, _) | (_, None) => call.duration,
        (_, Some(answered)) => now.boot.saturating_since(answered),
    };
    json!({
        "id": call.id,
        "direction": call.direction,
        "state": call.state,
        "account": call.account,
        "via": call.via,
        "peer": call.peer,
        "media": call.media,
        "route": call.route,
        "started": call.started,
        "answered": call.answered,
        "duration_ms": u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "end": call.end,
        "muted": call.muted,
        "held_by_peer": call.held_by_peer,
        "digits_sent": call.digits_sent,
        "digits_received": call.digits_received,
    })
}

/// The result of what the manager answered.
pub fn reply(reply: &Reply, now: Now) -> Value {
    match reply {
        Reply::Done => json!({}),
        Reply::Call(id) => json!({ "call": id }),
        Reply::Calls(calls) => calls.iter().map(|call| self::call(call, now)).collect(),
        Reply::Message(id) => json!({ "id": id }),
        Reply::Messages(messages) => json!(messages),
        Reply::History(records) => records
            .iter()
            .map(|record| json!({ "call": self::call(&record.call, now), "missed": record.missed }))
            .collect(),
        Reply::Contacts(contacts) => contacts.iter().map(|contact| self::contact(contact)).collect(),
        Reply::Stats(stats) => json!(stats),
    }
}

/// The error object of a refusal.
pub fn refusal(refusal: &Refusal) -> Value {
    let mut data = json!({ "kind": refusal.kind.as_str() });
    match refusal.kind {
        RefusalKind::Choose => {
            let choices = refusal.details.iter().map(|(id, label)| json!({ "id": id, "label": label }));
            data["choices"] = choices.collect();
        }
        RefusalKind::Confirm => {
            data["reasons"] = refusal.details.iter().map(|(_, text)| json!(text)).collect();
        }
        RefusalKind::NoTarget
        | RefusalKind::Offline
        | RefusalKind::NotAllowed
        | RefusalKind::NotFound
        | RefusalKind::Invalid => {}
    }
    json!({ "code": code::REFUSED, "message": refusal.text, "data": data })
}

/// The error object of what was not understood.
pub fn misunderstood(why: &Misunderstood) -> Value {
    match why {
        Misunderstood::Method => {
            json!({ "code": code::NO_SUCH_METHOD, "message": "There is no such method.", "data": { "kind": "invalid" } })
        }
        Misunderstood::Parameters(text) => {
            json!({ "code": code::WRONG_PARAMETERS, "message": text, "data": { "kind": "invalid" } })
        }
    }
}

/// A line of `watch`; nothing for what concerns the window only.
pub fn notice(notice: &Notice, snapshot: &Snapshot, now: Now) -> Option<Value> {
    let (name, data) = match &notice.body {
        NoticeBody::Call(call) => ("call", self::call(call, now)),
        NoticeBody::Message(message) => ("message", json!(message)),
        NoticeBody::Account(id) => {
            let found = snapshot.accounts.iter().find(|account| account.id == *id);
            ("account", found.map_or_else(|| json!({ "id": id }), |account| self::account(account, now)))
        }
        NoticeBody::Question(id) => {
            let found = snapshot.questions.iter().find(|question| question.id == *id);
            ("question", found.map_or_else(|| json!({ "id": id }), |question| json!(question)))
        }
        NoticeBody::Problem(text) => ("problem", json!({ "text": text })),
        NoticeBody::Raise(_) => return None,
        NoticeBody::Quit => ("quit", json!({})),
    };
    Some(json!({ "seq": notice.seq, "notice": name, "data": data }))
}
