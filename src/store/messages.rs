//! Messages: each once, at its place, with a delivery state that never goes back.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::boundary::Event;
use super::column::Coded;
use super::identity::{self, Identity};
use super::talk::TalkEvent;
use super::{changes, place, read_state, standing, talk};
use crate::model::{
    ArchiveId, ConversationKind, Delivery, Jid, Message, MessageDetails, MessageDirection, MessageId, Reply, WallTime,
};
use crate::xmpp::{Arrival, InboundMessage};

/// The longest page.
pub(super) const LONGEST_PAGE: u32 = 1000;
/// So many stored messages are compared with a new one. When more: the newest.
const MOST_COMPARED: u32 = 16;
/// So many messages are removed in one transaction.
const MOST_PRUNED: u32 = 1_000;
/// Around the time of a message without any id its copy is looked for, in milliseconds.
const NEAR_MS: i64 = 10 * 60 * 1000;

pub(super) const COLUMNS: &str = "id, peer, author, direction, time, body, delivery, corrected, encrypted, kind, nick, \
    occupant, stanza_id, origin_id, archive, archive_id, retracted, changes, seq, first_body, \
    reply, unstyled, markable, failure, file";
/// How many columns that are.
pub(super) const WIDTH: usize = 25;

/// [`COLUMNS`] of a table that is joined with others.
pub(super) fn columns(table: &str) -> String {
    COLUMNS.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

/// A row of [`COLUMNS`]; `None` where an address cannot be read any more. Its changes are read by [`with_changes`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<Message>> {
    let jid = |at: usize| -> rusqlite::Result<Option<Jid>> { Ok(Jid::parse(row.get_ref(at)?.as_str()?).ok()) };
    let text = |at: usize| -> rusqlite::Result<Option<std::sync::Arc<str>>> {
        Ok(row.get_ref(at)?.as_str_or_null()?.map(Into::into))
    };
    let (Some(with), Some(from)) = (jid(1)?, jid(2)?) else { return Ok(None) };
    let archive = row.get_ref(14)?.as_str_or_null()?.and_then(|by| Jid::parse(by).ok());
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
        details: MessageDetails {
            kind: ConversationKind::from_code(row.get(9)?),
            nick: text(10)?,
            occupant: text(11)?,
            stanza_id: text(12)?,
            origin_id: text(13)?,
            archive: archive.zip(text(15)?).map(|(by, id)| ArchiveId { by, id }),
            retracted: row.get(16)?,
            first_text: text(19)?,
            changes: Vec::new(),
            reply: text(20)?.map(|to| Reply { to, message: None, own: None, nick: None, text: None }),
            unstyled: row.get(21)?,
            markable: row.get(22)?,
            failure: text(23)?,
            file: row.get(24)?,
        },
    }))
}

/// A row of [`COLUMNS`], what was said about it since, and what it answers.
pub(super) fn with_changes(tx: &rusqlite::Connection, row: &Row<'_>) -> rusqlite::Result<Option<Message>> {
    let (count, seq): (u32, i64) = (row.get(17)?, row.get(18)?);
    let Some(mut message) = read(row)? else { return Ok(None) };
    if count > 0 {
        message.details.changes = changes::of(tx, seq)?;
    }
    if let Some(reply) = &mut message.details.reply {
        *reply = talk::resolve(tx, message.with.as_str(), message.details.kind, &reply.to)?;
    }
    Ok(Some(message))
}

pub(super) fn by_id(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Message>> {
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1"))?
        .query_row([id], |row| with_changes(tx, row))
        .optional()
        .map(Option::flatten)
}

pub(super) fn by_seq(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<Option<Message>> {
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE seq = ?1"))?
        .query_row([seq], |row| with_changes(tx, row))
        .optional()
        .map(Option::flatten)
}

/// Stores a message of ours; one of that name that is there already is left as it is.
pub(super) fn append_outgoing(tx: &Transaction<'_>, message: &Message) -> rusqlite::Result<Event> {
    let kept = tx
        .prepare_cached(
            "SELECT peer = ?2 AND direction = 1 AND coalesce(first_body, body) = ?3 FROM message WHERE id = ?1",
        )?
        .query_row([&*message.id.0, message.with.as_str(), &*message.body], |row| row.get(0))
        .optional()?;
    if let Some(same) = kept {
        return Ok(Event::Talk(TalkEvent::Kept { id: message.id.clone(), same }));
    }
    let place = place::next(message.time, standing::newest(tx, message.with.as_str())?);
    insert(tx, message, message.from.as_str(), None, place)?;
    Ok(Event::Outgoing(by_id(tx, &message.id.0)?.unwrap_or_else(|| message.clone())))
}

fn insert(
    tx: &Transaction<'_>,
    message: &Message,
    account: &str,
    resource: Option<&str>,
    place: i64,
) -> rusqlite::Result<()> {
    let details = &message.details;
    tx.prepare_cached(
        "INSERT OR IGNORE INTO message (id, account, peer, author, direction, time, body, delivery, corrected, encrypted,
             unread, resource, stanza_id, archive_id, place, kind, nick, occupant, origin_id, archive, reply, unstyled,
             markable, file)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
             ?24)",
    )?
    .execute(params![
        &*message.id.0,
        account,
        message.with.as_str(),
        message.from.as_str(),
        message.direction.code(),
        message.time.unix_ms(),
        &*message.body,
        message.delivery.code(),
        message.corrected,
        message.encrypted,
        message.direction == MessageDirection::In,
        resource,
        details.stanza_id.as_deref(),
        details.archive.as_ref().map(|archive| &*archive.id),
        place,
        details.kind.code(),
        details.nick.as_deref(),
        details.occupant.as_deref(),
        details.origin_id.as_deref(),
        details.archive.as_ref().map(|archive| archive.by.as_str()),
        details.reply.as_ref().map(|reply| &*reply.to),
        details.unstyled,
        details.markable,
        details.file,
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
    let details = MessageDetails { stanza_id: Some(call_id.into()), ..message.details.clone() };
    let message = Message { details, ..message.clone() };
    let place = place::next(message.time, standing::newest(tx, message.with.as_str())?);
    insert(tx, &message, message.with.as_str(), None, place)?;
    Ok(true)
}

/// What became of a message that came.
#[derive(Debug, PartialEq)]
pub(super) enum Appended {
    /// It is new, at this place.
    New(Box<Message>, i64),
    /// It was there, in this row; the message as it is now where that made a visible difference.
    Known(i64, Option<Box<Message>>),
}

/// Stores a message that came in, or that another device of ours sent. `at` is its place; absent: where a message stands
/// that comes now.
pub(super) fn append_incoming(
    tx: &Transaction<'_>,
    account: &Jid,
    inbound: &InboundMessage,
    at: Option<i64>,
) -> rusqlite::Result<Appended> {
    let own = inbound.direction == MessageDirection::Out;
    let archive = archive_of(account, inbound);
    if let Some(seq) = known(tx, account, inbound, archive.as_ref())? {
        let changed = adopt(tx, account, seq, archive.as_ref())?;
        return Ok(Appended::Known(seq, changed.map(Box::new)));
    }
    let archive = archive.filter(|archive| free_name(tx, account, archive, inbound.arrival).unwrap_or(false));
    // Deleting never makes a name free again: AUTOINCREMENT keeps the greatest one.
    let last: Option<i64> = tx
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'message'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let stanza_id = inbound.stanza_id.as_deref();
    let message = Message {
        id: MessageId(format!("in-{}", last.unwrap_or(0).saturating_add(1)).into()),
        with: inbound.with.clone(),
        from: inbound.from.clone(),
        direction: inbound.direction,
        time: inbound.time,
        body: inbound.body.clone(),
        // What came by the server is with the server.
        delivery: if own { Delivery::Sent } else { Delivery::Received },
        corrected: false,
        encrypted: false,
        details: MessageDetails {
            kind: inbound.kind,
            nick: inbound.nick.clone(),
            occupant: inbound.occupant.clone(),
            stanza_id: stanza_id.map(Into::into),
            origin_id: inbound.origin_id.as_deref().filter(|id| Some(*id) != stanza_id).map(Into::into),
            archive,
            reply: match &inbound.reply {
                Some(reply) => Some(talk::resolve(tx, inbound.with.as_str(), inbound.kind, &reply.id.0)?),
                None => None,
            },
            file: inbound.file,
            unstyled: inbound.unstyled,
            markable: inbound.markable,
            ..MessageDetails::default()
        },
    };
    let place = match at {
        Some(at) => at,
        None => standing::arrival(tx, account, inbound, message.details.archive.as_ref())?,
    };
    insert(tx, &message, account.as_str(), inbound.resource.as_deref(), place)?;
    let seq = tx.last_insert_rowid();
    if own && inbound.arrival == Arrival::Copy {
        // Whoever wrote on another device has seen what was there.
        read_state::before(tx, &message.with, place)?;
    }
    if let Some(archive) = &message.details.archive {
        read_state::came(tx, account, &message.with, archive, place)?;
    }
    let message = changes::apply_waiting(tx, seq, &message)?.unwrap_or(message);
    Ok(Appended::New(Box::new(message), place))
}

/// The newest message of a conversation, and how many are unread.
pub(super) fn conversation(tx: &Transaction<'_>, with: &Jid) -> rusqlite::Result<Option<(Message, u32)>> {
    let last = page(tx, with, 1, None)?.pop();
    last.map(|last| Ok((last, read_state::unread(tx, with)?))).transpose()
}

/// The messages of a conversation at these places that are unread.
pub(super) fn unread_among(tx: &Transaction<'_>, with: &Jid, places: &[i64]) -> rusqlite::Result<Vec<Message>> {
    let mut statement =
        tx.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE peer = ?1 AND place = ?2 AND unread = 1"))?;
    let mut found = Vec::new();
    for place in places {
        let rows = statement.query_map(params![with.as_str(), place], |row| with_changes(tx, row))?;
        found.extend(rows.filter_map(Result::transpose).collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// What the archive calls a message that came, and whose archive that is.
pub(super) fn archive_of(account: &Jid, inbound: &InboundMessage) -> Option<ArchiveId> {
    let id = inbound.archive_id.as_deref()?;
    Some(ArchiveId { by: inbound.archive.clone().unwrap_or_else(|| account.clone()), id: id.into() })
}

/// Whether an archive's name can be given to a new message. Two messages never share one: what an archive itself tells is
/// right, and whatever else has the name loses it.
fn free_name(tx: &Transaction<'_>, account: &Jid, archive: &ArchiveId, arrival: Arrival) -> rusqlite::Result<bool> {
    let row = params![account.as_str(), archive.by.as_str(), &*archive.id];
    let taken = tx
        .prepare_cached("SELECT 1 FROM message WHERE account = ?1 AND archive = ?2 AND archive_id = ?3")?
        .exists(row)?;
    if taken && arrival == Arrival::Archive {
        tx.prepare_cached(
            "UPDATE message SET archive = NULL, archive_id = NULL
             WHERE account = ?1 AND archive = ?2 AND archive_id = ?3",
        )?
        .execute(row)?;
        return Ok(true);
    }
    Ok(!taken)
}

/// The row of a message that came before: [`identity::same`] decides.
pub(super) fn known(
    tx: &Transaction<'_>,
    account: &Jid,
    inbound: &InboundMessage,
    archive: Option<&ArchiveId>,
) -> rusqlite::Result<Option<i64>> {
    let archived = inbound.arrival == Arrival::Archive;
    let ids = [inbound.stanza_id.as_deref(), inbound.origin_id.as_deref()];
    // Which rows can be it at all; the indices of each kind of name are asked one by one.
    // The archive's name comes first, and without it only the same text can be the same message: a client that counts from
    // one with every start gives hundreds of messages the same id.
    let sql = "SELECT seq FROM (
            SELECT seq, 1 AS named FROM message WHERE account = ?1 AND archive = ?2 AND archive_id = ?3
            UNION SELECT seq, 0 FROM message WHERE peer = ?4 AND stanza_id IN (?5, ?6)
                AND coalesce(first_body, body) = ?10
            UNION SELECT seq, 0 FROM message WHERE peer = ?4 AND origin_id IS NOT NULL AND origin_id IN (?5, ?6)
                AND coalesce(first_body, body) = ?10
            UNION SELECT seq, 0 FROM message WHERE id IN (?5, ?6) AND peer = ?4 AND direction = 1
            UNION SELECT seq, 0 FROM message WHERE ?7 AND peer = ?4 AND place BETWEEN ?8 AND ?9 AND archive_id IS NULL
                AND stanza_id IS NULL AND body = ?10
        ) ORDER BY named DESC, seq DESC LIMIT ?11";
    let around = |ms: i64| place::of(WallTime::from_unix_ms(inbound.time.unix_ms().saturating_add(ms)));
    let candidates: Vec<i64> = tx
        .prepare_cached(sql)?
        .query_map(
            params![
                account.as_str(),
                archive.map(|archive| archive.by.as_str()),
                archive.map(|archive| &*archive.id),
                inbound.with.as_str(),
                ids[0],
                ids[1],
                archived && ids == [None, None],
                around(-NEAR_MS),
                around(NEAR_MS),
                &*inbound.body,
                MOST_COMPARED,
            ],
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?;
    let new = Identity {
        direction: inbound.direction,
        author: (inbound.from.as_str(), inbound.occupant.as_deref().or(inbound.nick.as_deref())),
        resource: inbound.resource.as_deref(),
        archive: archive.map(|archive| (archive.by.as_str(), &*archive.id)),
        stanza_id: ids[0],
        origin_id: ids[1],
        body: &inbound.body,
        time: inbound.time.unix_ms(),
        archived,
        made_here: false,
    };
    let mut statement = tx.prepare_cached(
        "SELECT direction, author, coalesce(occupant, nick), resource, archive, archive_id,
             coalesce(stanza_id, CASE direction WHEN 1 THEN id END), origin_id, coalesce(first_body, body), time,
             direction = 1 AND stanza_id IS NULL
         FROM message WHERE seq = ?1",
    )?;
    for seq in candidates {
        let same = statement.query_row([seq], |row| {
            let text = |at: usize| row.get_ref(at).and_then(|value| Ok(value.as_str_or_null()?));
            let stored = Identity {
                direction: MessageDirection::from_code(row.get(0)?),
                author: (text(1)?.unwrap_or_default(), text(2)?),
                resource: text(3)?,
                archive: text(4)?.zip(text(5)?),
                stanza_id: text(6)?,
                origin_id: text(7)?,
                body: text(8)?.unwrap_or_default(),
                time: row.get(9)?,
                archived: false,
                made_here: row.get(10)?,
            };
            Ok(identity::same(&new, &stored))
        })?;
        if same {
            return Ok(Some(seq));
        }
    }
    Ok(None)
}

/// A stored message learns what an archive calls it; one of ours that is there has reached the server. The message as it
/// is now, where that shows.
fn adopt(
    tx: &Transaction<'_>,
    account: &Jid,
    seq: i64,
    archive: Option<&ArchiveId>,
) -> rusqlite::Result<Option<Message>> {
    if let Some(archive) = archive {
        tx.prepare_cached(
            "UPDATE OR IGNORE message SET account = ?2, archive = ?3, archive_id = ?4
             WHERE seq = ?1 AND archive_id IS NULL",
        )?
        .execute(params![seq, account.as_str(), archive.by.as_str(), &*archive.id])?;
        let (with, place): (String, i64) = tx
            .prepare_cached("SELECT peer, place FROM message WHERE seq = ?1")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Ok(with) = Jid::parse(&with) {
            read_state::came(tx, account, &with, archive, place)?;
        }
    }
    let arrived = tx
        .prepare_cached("UPDATE message SET delivery = ?2 WHERE seq = ?1 AND direction = 1 AND delivery = ?3")?
        .execute(params![seq, Delivery::Sent.code(), Delivery::Pending.code()])?;
    if arrived > 0 { by_seq(tx, seq) } else { Ok(None) }
}

/// A page of a conversation, oldest first.
pub(super) fn page(
    tx: &Transaction<'_>,
    with: &Jid,
    limit: u32,
    before: Option<&MessageId>,
) -> rusqlite::Result<Vec<Message>> {
    let limit = limit.min(LONGEST_PAGE);
    let mut messages: Vec<Message> = match before {
        None => tx
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM message WHERE peer = ?1 ORDER BY place DESC, seq DESC LIMIT ?2"
            ))?
            .query_map(params![with.as_str(), limit], |row| with_changes(tx, row))?
            .filter_map(Result::transpose)
            .collect::<rusqlite::Result<_>>()?,
        Some(before) => tx
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM message
                 WHERE peer = ?1 AND (place, seq) < (SELECT place, seq FROM message WHERE id = ?3)
                 ORDER BY place DESC, seq DESC LIMIT ?2"
            ))?
            .query_map(params![with.as_str(), limit, &*before.0], |row| with_changes(tx, row))?
            .filter_map(Result::transpose)
            .collect::<rusqlite::Result<_>>()?,
    };
    messages.reverse();
    Ok(messages)
}

/// Removes messages that are older, some at a time: the conversations that lost some, and whether there may be more. What
/// waits to be sent stays.
pub(super) fn prune(tx: &Transaction<'_>, before: WallTime) -> rusqlite::Result<(BTreeSet<Jid>, bool)> {
    let removed: Vec<String> = tx
        .prepare_cached(
            "DELETE FROM message WHERE seq IN
                 (SELECT seq FROM message WHERE time < ?1 AND delivery <> 0 ORDER BY time LIMIT ?2)
             RETURNING peer",
        )?
        .query_map(params![before.unix_ms(), MOST_PRUNED], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let more = removed.len() == MOST_PRUNED as usize;
    Ok((removed.iter().filter_map(|peer| Jid::parse(peer).ok()).collect(), more))
}
