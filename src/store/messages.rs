//! Messages: each once, in the order they came, with a delivery state that never goes back.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::Coded;
use crate::model::{Delivery, Jid, Message, MessageDirection, MessageId, WallTime};
use crate::xmpp::InboundMessage;

/// An id this long is random: two messages of one person that share it and say the same are one.
const RANDOM_ID: usize = 16;
/// A shorter id may be a counter that began anew: then only the same connection within this time counts, in milliseconds.
const SAME_WITHIN_MS: i64 = 10 * 60 * 1000;
/// The longest page.
pub(super) const LONGEST_PAGE: u32 = 1000;
/// So many earlier messages a marker may mark as displayed.
const MOST_MARKED: u32 = 200;

pub(super) const COLUMNS: &str = "id, peer, author, direction, time, body, delivery, corrected, encrypted";

/// A row of [`COLUMNS`]; `None` where an address cannot be read any more.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<Message>> {
    let jid = |at: usize| -> rusqlite::Result<Option<Jid>> { Ok(Jid::parse(row.get_ref(at)?.as_str()?).ok()) };
    let (Some(with), Some(from)) = (jid(1)?, jid(2)?) else { return Ok(None) };
    Ok(Some(Message {
        id: MessageId(row.get_ref(0)?.as_str()?.into()),
        with,
        from,
        direction: MessageDirection::from_code(row.get(3)?),
        time: WallTime::from_unix_ms(row.get(4)?),
        body: row.get_ref(5)?.as_str()?.into(),
        delivery: Delivery::from_code(row.get(6)?),
        corrected: row.get(7)?,
        encrypted: row.get(8)?,
    }))
}

fn by_id(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Message>> {
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1"))?
        .query_row([id], read)
        .optional()
        .map(Option::flatten)
}

/// Stores a message of ours; one that is there already is left as it is.
pub(super) fn append_outgoing(tx: &Transaction<'_>, message: &Message) -> rusqlite::Result<Message> {
    insert(tx, message, None)?;
    Ok(by_id(tx, &message.id.0)?.unwrap_or_else(|| message.clone()))
}

fn insert(tx: &Transaction<'_>, message: &Message, inbound: Option<(&Jid, &InboundMessage)>) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO message (id, account, peer, author, direction, time, body, delivery, corrected, encrypted,
             unread, resource, stanza_id, archive_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        &*message.id.0,
        inbound.map(|(account, _)| account.as_str()),
        message.with.as_str(),
        message.from.as_str(),
        message.direction.code(),
        message.time.unix_ms(),
        &*message.body,
        message.delivery.code(),
        message.corrected,
        message.encrypted,
        inbound.is_some(),
        inbound.and_then(|(_, inbound)| inbound.resource.as_deref()),
        inbound.and_then(|(_, inbound)| inbound.stanza_id.as_deref()),
        inbound.and_then(|(_, inbound)| inbound.archive_id.as_deref()),
    ])?;
    Ok(())
}

/// Stores a message that came over voice; whether it was not there yet. A sender that got no answer in time sends the same
/// request again, under the same Call-ID.
pub(super) fn append_received(tx: &Transaction<'_>, message: &Message, call_id: &str) -> rusqlite::Result<bool> {
    let known = tx
        .prepare_cached("SELECT 1 FROM message WHERE peer = ?1 AND stanza_id = ?2 AND body = ?3 AND direction = 0")?
        .exists(params![message.with.as_str(), call_id, &*message.body])?;
    if known {
        return Ok(false);
    }
    insert(tx, message, None)?;
    tx.prepare_cached("UPDATE message SET unread = 1, stanza_id = ?2 WHERE id = ?1")?
        .execute([&*message.id.0, call_id])?;
    Ok(true)
}

/// Stores a message of theirs; `None`: it is there already.
pub(super) fn append_incoming(
    tx: &Transaction<'_>,
    account: &Jid,
    inbound: &InboundMessage,
) -> rusqlite::Result<Option<Message>> {
    if is_known(tx, account, inbound)? {
        return Ok(None);
    }
    // Deleting never makes a name free again: AUTOINCREMENT keeps the greatest one.
    let last: Option<i64> = tx
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'message'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let message = Message {
        id: MessageId(format!("in-{}", last.unwrap_or(0).saturating_add(1)).into()),
        with: inbound.from.clone(),
        from: inbound.from.clone(),
        direction: MessageDirection::In,
        time: inbound.time,
        body: inbound.body.clone(),
        delivery: Delivery::Received,
        corrected: false,
        encrypted: false,
    };
    insert(tx, &message, Some((account, inbound)))?;
    Ok(Some(message))
}

/// Whether a message came before. The archive's id decides where there is one (XEP-0359); else an id that the sender
/// gave, and only together with the same sender and the same text: nobody can suppress another message (X12).
fn is_known(tx: &Transaction<'_>, account: &Jid, inbound: &InboundMessage) -> rusqlite::Result<bool> {
    if let Some(archive_id) = &inbound.archive_id {
        let known = tx
            .prepare_cached("SELECT 1 FROM message WHERE account = ?1 AND archive_id = ?2")?
            .exists([account.as_str(), archive_id])?;
        if known {
            return Ok(true);
        }
    }
    let Some(stanza_id) = &inbound.stanza_id else { return Ok(false) };
    tx.prepare_cached(
        "SELECT 1 FROM message WHERE peer = ?1 AND stanza_id = ?2 AND body = ?3 AND direction = 0
         AND (?4 OR (resource IS ?5 AND abs(time - ?6) <= ?7))",
    )?
    .exists(params![
        inbound.from.as_str(),
        stanza_id,
        &*inbound.body,
        stanza_id.len() >= RANDOM_ID,
        inbound.resource,
        inbound.time.unix_ms(),
        SAME_WITHIN_MS,
    ])
}

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

/// Changes the state of a message of ours; the changed messages, the named one last. A marker covers the earlier
/// messages of the conversation too (XEP-0333 section 3).
pub(super) fn set_delivery(
    tx: &Transaction<'_>,
    id: &MessageId,
    with: Option<&Jid>,
    delivery: Delivery,
) -> rusqlite::Result<Vec<Message>> {
    let Some(message) = by_id(tx, &id.0)? else { return Ok(Vec::new()) };
    let matches = message.direction == MessageDirection::Out && with.is_none_or(|with| *with == message.with);
    if !matches || !may_follow(delivery, message.delivery) {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    if delivery == Delivery::Displayed {
        let mut earlier = tx.prepare_cached(
            "SELECT id FROM message WHERE peer = ?1 AND seq < (SELECT seq FROM message WHERE id = ?2)
             AND direction = 1 AND delivery IN (1, 2) ORDER BY seq DESC LIMIT ?3",
        )?;
        let rows =
            earlier.query_map(params![message.with.as_str(), &*id.0, MOST_MARKED], |row| row.get::<_, String>(0))?;
        ids = rows.collect::<rusqlite::Result<Vec<String>>>()?;
        ids.reverse();
    }
    ids.push(id.0.to_string());
    let mut changed = Vec::with_capacity(ids.len());
    for id in ids {
        tx.prepare_cached("UPDATE message SET delivery = ?2 WHERE id = ?1")?.execute(params![id, delivery.code()])?;
        changed.extend(by_id(tx, &id)?);
    }
    Ok(changed)
}

/// A page of a conversation, oldest first.
pub(super) fn page(
    tx: &Transaction<'_>,
    with: &Jid,
    limit: u32,
    before: Option<&MessageId>,
) -> rusqlite::Result<Vec<Message>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM message
         WHERE peer = ?1 AND (?2 IS NULL OR seq < (SELECT seq FROM message WHERE id = ?2))
         ORDER BY seq DESC LIMIT ?3"
    ))?;
    let before = before.map(|id| &*id.0);
    let rows = statement.query_map(params![with.as_str(), before, limit.min(LONGEST_PAGE)], read)?;
    let mut messages: Vec<Message> = rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?;
    messages.reverse();
    Ok(messages)
}
