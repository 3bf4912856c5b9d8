//! The shapes that `docs/control.md` promises, written from the model. `tests/control.rs` holds every field.

use serde_json::{Value, json};

use crate::account::Snapshot;
use crate::model::{AccountState, Address, Call, CallState, Contact, Now, Parity, Question, Security, WallTime};

/// The result of `status`.
pub(super) fn status(snapshot: &Snapshot, now: Now) -> Value {
    let living = snapshot.calls.iter().filter(|call| call.state != CallState::Ended).count();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "accounts": snapshot.accounts.iter().map(|state| account(state, now)).collect::<Vec<_>>(),
        "relations": snapshot
            .relations
            .iter()
            .map(|relation| json!({ "chat": relation.chat, "voice": relation.voice, "origin": relation.origin }))
            .collect::<Vec<_>>(),
        "parity": parity(&snapshot.parity),
        "reachable": {
            "chat": snapshot.reachable.chat,
            "calls": snapshot.reachable.calls,
            "text": snapshot.reachable.text,
        },
        "calls": living,
        "voicemail": super::events::voicemail(snapshot),
        "missed_calls": snapshot.events.missed,
        "answering": {
            "do_not_disturb": snapshot.answering.do_not_disturb,
            "by_presence": snapshot.answering.by_presence,
            "forward_always": snapshot.answering.forward_always,
            "text": snapshot.answering.text,
        },
    })
}

/// ACCOUNT.
pub(super) fn account(state: &AccountState, now: Now) -> Value {
    json!({
        "id": state.id,
        "service": state.service,
        "address": state.address,
        "state": state.state,
        "since": state.since,
        "reason": state.reason.as_ref().map(|reason| json!({ "code": reason.code, "text": reason.text })),
        // Rounded up: a try that is due in half a second is not due.
        "retry_in_s": state.retry_at.map(|at| at.saturating_since(now.boot).as_millis().div_ceil(1000) as u64),
        "security": state.security.as_ref().map(security),
    })
}

fn security(security: &Security) -> Value {
    json!({
        "transport": security.transport,
        "tls": security.tls,
        "cipher": security.cipher,
        "certificate": security.certificate,
        "auth": security.auth,
    })
}

pub(super) fn parity(parity: &Parity) -> Value {
    json!({
        "level": parity.level,
        "findings": parity
            .findings
            .iter()
            .map(|finding| json!({ "code": finding.code, "text": finding.text, "remedy": finding.remedy }))
            .collect::<Vec<_>>(),
    })
}

/// CONTACT.
pub(super) fn contact(contact: &Contact) -> Value {
    json!({
        // People without a chat address are known by their name in the address book.
        "jid": Some(&contact.jid).filter(|jid| jid.is_reachable()),
        "id": contact.jid,
        "book": contact.book.map(|id| id.to_string()),
        "name": contact.name,
        "groups": contact.groups,
        "subscription": contact.subscription,
        "asked": contact.asked,
        "listed": contact.listed,
        "presence": { "show": contact.presence.show, "status": contact.presence.status },
        "last_active": contact.last_active.map(WallTime::to_rfc3339),
        "picture": contact.avatar.as_ref().map(|avatar| &avatar.hash),
        "addresses": contact.addresses.iter().map(address).collect::<Vec<_>>(),
        "actions": {
            "call": contact.actions.call,
            "video_call": contact.actions.video_call,
            "chat": contact.actions.chat,
        },
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
        "learned": address.learned,
    })
}

/// CALL. The duration of a living call runs.
pub(super) fn call(call: &Call, now: Now) -> Value {
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
        "peer": {
            "uri": call.peer.uri,
            "display": call.peer.display,
            "jid": call.peer.jid.as_ref().filter(|jid| jid.is_reachable()),
            "grade": call.peer.grade,
            "evidence": call.peer.evidence,
        },
        "media": call.media.as_ref().map(|media| json!({
            "codec": media.codec,
            "clock_hz": media.clock_hz,
            "encryption": media.encryption,
            "keys": call.keys,
            "direction": media.direction,
        })),
        "route": { "rule": call.route.rule },
        "said": call.said,
        "cost": call.charge.as_ref().map(|charge| json!({
            "text": charge.text,
            "per_minute": charge.per_minute,
            "so_far": charge.after(duration),
        })),
        "next": call.next,
        "started": call.started,
        "answered": call.answered,
        "duration_ms": u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "end": call.end.as_ref().map(|end| json!({ "code": end.code, "text": end.text, "by": end.by })),
        "muted": call.muted,
        "held_by_peer": call.held_by_peer,
        "muted_by_peer": call.muted_by_peer,
        "transfer": call.transfer,
        "emergency": call.emergency,
        "automatic": call.automatic,
        "digits_sent": call.digits_sent,
        "digits_received": call.digits_received,
        "text": call.text.as_ref().map(|text| super::call_text::shown(text)),
        "conference": call.conference,
        "recording": call.recording,
    })
}

/// What waits for an answer.
pub(super) fn question(question: &Question) -> Value {
    json!({
        "id": question.id,
        "kind": question.kind,
        "text": question.text,
        "choices": question
            .choices
            .iter()
            .map(|choice| json!({ "id": choice.id, "label": choice.label, "detail": choice.detail }))
            .collect::<Vec<_>>(),
    })
}
