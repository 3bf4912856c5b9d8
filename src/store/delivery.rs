//! How far a message of ours has come; it never goes back.

use rusqlite::{OptionalExtension, Transaction, params};

use super::column::Coded;
use super::messages::{COLUMNS, by_id, with_changes};
use super::place;
use super::standing::newest;
use crate::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};

/// So many earlier messages a marker may mark as displayed.
const MOST_MARKED: u32 = 200;

/// Whether a delivery state may follow another.
fn may_follow(new: Delivery, old: Delivery) -> bool {
    match new {
        Delivery::Pending | Delivery::Received => false,
        Delivery::Sent => old == Delivery::Pending,
        Delivery::Delivered => matches!(old, Delivery::Pending | Delivery::Sent),
        Delivery::Displayed => matches!(old, Delivery::Pending | Delivery::Sent | Delivery::Delivered),
        // What arrived somewhere was not refused.
        Delivery::Failed => matches!(old, Delivery::Pending | Delivery::Sent),
    }
}

/// The message of ours that somebody calls so: by its name, or by the id that another device of ours gave it.
fn own(tx: &Transaction<'_>, id: &MessageId, with: Option<&Jid>) -> rusqlite::Result<Option<Message>> {
    if let Some(message) = by_id(tx, &id.0)? {
        return Ok(Some(message));
    }
    let Some(with) = with else { return Ok(None) };
    tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM message WHERE peer = ?1 AND stanza_id = ?2 AND direction = 1 ORDER BY place DESC LIMIT 1"
    ))?
    .query_row(params![with.as_str(), &*id.0], |row| with_changes(tx, row))
    .optional()
    .map(Option::flatten)
}

/// Changes the state of a message of ours; the changed messages, the named one last. A marker covers the earlier
/// messages of the conversation too (XEP-0333 section 3).
pub(super) fn set_delivery(
    tx: &Transaction<'_>,
    id: &MessageId,
    with: Option<&Jid>,
    delivery: Delivery,
) -> rusqlite::Result<Vec<Message>> {
    let Some(message) = own(tx, id, with)? else { return Ok(Vec::new()) };
    let matches = message.direction == MessageDirection::Out && with.is_none_or(|with| *with == message.with);
    if !matches || !may_follow(delivery, message.delivery) {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    if delivery == Delivery::Displayed {
        let mut earlier = tx.prepare_cached(
            "SELECT id FROM message WHERE peer = ?1 AND (place, seq) < (SELECT place, seq FROM message WHERE id = ?2)
             AND direction = 1 AND delivery IN (1, 2) ORDER BY place DESC, seq DESC LIMIT ?3",
        )?;
        let rows = earlier
            .query_map(params![message.with.as_str(), &*message.id.0, MOST_MARKED], |row| row.get::<_, String>(0))?;
        ids = rows.collect::<rusqlite::Result<Vec<String>>>()?;
        ids.reverse();
    }
    ids.push(message.id.0.to_string());
    let mut changed = Vec::with_capacity(ids.len());
    for id in ids {
        tx.prepare_cached("UPDATE message SET delivery = ?2 WHERE id = ?1")?.execute(params![id, delivery.code()])?;
        changed.extend(by_id(tx, &id)?);
    }
    Ok(changed)
}

/// Puts a message that was refused into the outbox again, under another name and at the end of its conversation.
pub(super) fn again(
    tx: &Transaction<'_>,
    name: &MessageId,
    id: &MessageId,
    time: WallTime,
) -> rusqlite::Result<Option<Message>> {
    let Some(message) = by_id(tx, &name.0)?.filter(|message| message.delivery == Delivery::Failed) else {
        return Ok(None);
    };
    let place = place::next(time, newest(tx, message.with.as_str())?);
    tx.prepare_cached(
        "UPDATE message SET id = ?2, time = ?3, place = ?4, delivery = ?5, failure = NULL, archive = NULL, archive_id = NULL
         WHERE id = ?1",
    )?
    .execute(params![&*name.0, &*id.0, time.unix_ms(), place, Delivery::Pending.code()])?;
    by_id(tx, &id.0)
}
