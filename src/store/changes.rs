//! What is said about messages that are there already: corrections, retractions, reactions, who has or saw them.
//!
//! A change may come before its message, since archives are read from the newest on: it is kept until the message comes.

use rusqlite::{Connection, Row, Transaction, params};

use super::column::Coded;
use super::messages;
use crate::model::{
    ChangeKind, ConversationKind, Jid, Message, MessageChange, MessageDetails, MessageDirection, WallTime,
};

/// So many changes wait for their messages. When more: the oldest goes.
const MOST_WAITING: u32 = 2_000;
/// So many changes of one message are kept. When more: the oldest goes.
const MOST_OF_ONE: u32 = 500;
/// So many messages are looked at for the one that a change names.
const MOST_NAMED: u32 = 8;

/// Whether somebody may change a message so (X10, X11).
///
/// Only who wrote a message corrects it and takes it back: the same address, in a room the same lasting name. Where a room
/// has no lasting names, a nickname may be somebody else's by now, so that only the room's own word counts. What we wrote
/// ourselves is kept under our own address, which nothing has that came from others.
pub(super) fn may_change(message: &Message, change: &MessageChange) -> bool {
    let MessageDetails { kind, occupant, .. } = &message.details;
    let room = *kind == ConversationKind::Room;
    match change.kind {
        ChangeKind::Correction | ChangeKind::Retraction => {
            let known = *kind == ConversationKind::Person || message.direction == MessageDirection::Out;
            change.from == message.from && (known || (occupant.is_some() && *occupant == change.occupant))
        }
        ChangeKind::Moderation => {
            room && change.from == message.with && change.nick.is_none() && change.occupant.is_none()
        }
        // Whoever takes part in the conversation; what a receipt says of a message of ours is its delivery.
        ChangeKind::Reactions | ChangeKind::Delivered | ChangeKind::Displayed => true,
    }
}

/// Somebody changes a message; the message as it is now, where that made a difference.
pub(super) fn append(
    tx: &Transaction<'_>,
    account: &Jid,
    with: &Jid,
    change: &MessageChange,
) -> rusqlite::Result<Option<Message>> {
    let candidates: Vec<i64> = tx
        .prepare_cached(
            "SELECT seq FROM (
                SELECT seq, place FROM message WHERE id = ?2 AND peer = ?1 AND direction = 1
                UNION SELECT seq, place FROM message WHERE peer = ?1 AND stanza_id = ?2
                UNION SELECT seq, place FROM message WHERE peer = ?1 AND origin_id IS NOT NULL AND origin_id = ?2
                UNION SELECT seq, place FROM message WHERE account = ?3 AND archive = ?1 AND archive_id = ?2
             ) ORDER BY place DESC, seq DESC LIMIT ?4",
        )?
        .query_map(params![with.as_str(), &*change.target, account.as_str(), MOST_NAMED], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for seq in &candidates {
        if let Some(message) = messages::by_seq(tx, *seq)?.filter(|message| may_change(message, change)) {
            return apply(tx, *seq, &message, with, change);
        }
    }
    if candidates.is_empty() {
        insert(tx, None, with, change)?;
        tx.prepare_cached(
            "DELETE FROM change WHERE message IS NULL AND seq <=
                 (SELECT seq FROM change WHERE message IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([MOST_WAITING])?;
    }
    Ok(None)
}

/// A message came: what was said about it before holds now. The message as it is then, where there was something.
pub(super) fn apply_waiting(tx: &Transaction<'_>, seq: i64, message: &Message) -> rusqlite::Result<Option<Message>> {
    let MessageDetails { stanza_id, origin_id, archive, kind, .. } = &message.details;
    let archive = archive.as_ref().filter(|_| *kind == ConversationKind::Room).map(|archive| &*archive.id);
    let waiting: Vec<(i64, Option<MessageChange>)> = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, seq FROM change WHERE message IS NULL AND peer = ?1 AND target IN (?2, ?3, ?4)
             ORDER BY time, seq"
        ))?
        .query_map(params![message.with.as_str(), stanza_id.as_deref(), origin_id.as_deref(), archive], |row| {
            Ok((row.get(7)?, read(row)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut now = None;
    for (row, change) in waiting {
        let Some(change) = change.filter(|change| may_change(message, change)) else { continue };
        tx.prepare_cached("DELETE FROM change WHERE seq = ?1")?.execute([row])?;
        let current: &Message = now.as_ref().unwrap_or(message);
        let changed = apply(tx, seq, &current.clone(), &message.with, &change)?;
        now = changed.or(now);
    }
    Ok(now)
}

fn apply(
    tx: &Transaction<'_>,
    seq: i64,
    message: &Message,
    with: &Jid,
    change: &MessageChange,
) -> rusqlite::Result<Option<Message>> {
    let known = &message.details.changes;
    let author = |other: &&MessageChange| {
        other.kind == change.kind
            && other.from == change.from
            && other.occupant == change.occupant
            && (change.occupant.is_some() || other.nick == change.nick)
    };
    match change.kind {
        ChangeKind::Correction if message.details.retracted => return Ok(None),
        ChangeKind::Correction => {
            // The same correction comes live and from an archive.
            if known.iter().any(|other| other.kind == change.kind && other.text == change.text) {
                return Ok(None);
            }
            insert(tx, Some(seq), with, change)?;
            // Archives are read backwards: the latest correction holds, whichever came first.
            tx.prepare_cached(
                "UPDATE message SET first_body = coalesce(first_body, body), corrected = 1, body =
                     (SELECT text FROM change WHERE message = ?1 AND kind = ?2 ORDER BY time DESC, seq DESC LIMIT 1)
                 WHERE seq = ?1",
            )?
            .execute(params![seq, change.kind.code()])?;
        }
        ChangeKind::Retraction | ChangeKind::Moderation => {
            if message.details.retracted {
                return Ok(None);
            }
            // What was taken back is not kept, nor are its former texts.
            tx.prepare_cached("DELETE FROM change WHERE message = ?1")?.execute([seq])?;
            insert(tx, Some(seq), with, change)?;
            tx.prepare_cached("UPDATE message SET retracted = 1, body = '', first_body = NULL WHERE seq = ?1")?
                .execute([seq])?;
        }
        ChangeKind::Reactions => {
            if message.details.retracted {
                return Ok(None);
            }
            if known.iter().filter(author).any(|other| other.time > change.time || *other == *change) {
                return Ok(None);
            }
            forget(tx, seq, change)?;
            if !change.text.is_empty() {
                insert(tx, Some(seq), with, change)?;
            }
        }
        ChangeKind::Delivered | ChangeKind::Displayed => {
            if known.iter().any(|other| author(&other)) {
                return Ok(None);
            }
            insert(tx, Some(seq), with, change)?;
        }
    }
    tx.prepare_cached(
        "DELETE FROM change WHERE message = ?1 AND seq <=
             (SELECT seq FROM change WHERE message = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![seq, MOST_OF_ONE])?;
    tx.prepare_cached("UPDATE message SET changes = (SELECT count(*) FROM change WHERE message = ?1) WHERE seq = ?1")?
        .execute([seq])?;
    messages::by_seq(tx, seq)
}

/// What one person said before of the same kind does not hold any more.
fn forget(tx: &Transaction<'_>, seq: i64, change: &MessageChange) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM change WHERE message = ?1 AND kind = ?2 AND author = ?3 AND occupant IS ?4
         AND (?4 IS NOT NULL OR nick IS ?5)",
    )?
    .execute(params![
        seq,
        change.kind.code(),
        change.from.as_str(),
        change.occupant.as_deref(),
        change.nick.as_deref()
    ])?;
    Ok(())
}

fn insert(tx: &Transaction<'_>, message: Option<i64>, with: &Jid, change: &MessageChange) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO change (message, peer, kind, target, author, nick, occupant, time, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        message,
        with.as_str(),
        change.kind.code(),
        &*change.target,
        change.from.as_str(),
        change.nick.as_deref(),
        change.occupant.as_deref(),
        change.time.unix_ms(),
        &*change.text,
    ])?;
    Ok(())
}

const COLUMNS: &str = "kind, target, author, nick, occupant, time, text";

fn read(row: &Row<'_>) -> rusqlite::Result<Option<MessageChange>> {
    let Ok(from) = Jid::parse(row.get_ref(2)?.as_str()?) else { return Ok(None) };
    Ok(Some(MessageChange {
        kind: ChangeKind::from_code(row.get(0)?),
        target: row.get_ref(1)?.as_str()?.into(),
        from,
        nick: row.get_ref(3)?.as_str_or_null()?.map(Into::into),
        occupant: row.get_ref(4)?.as_str_or_null()?.map(Into::into),
        time: WallTime::from_unix_ms(row.get(5)?),
        text: row.get_ref(6)?.as_str()?.into(),
    }))
}

/// What was said about the message in a row, oldest first.
pub(super) fn of(db: &Connection, seq: i64) -> rusqlite::Result<Vec<MessageChange>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM change WHERE message = ?1 ORDER BY time, seq"))?
        .query_map([seq], read)?
        .filter_map(Result::transpose)
        .collect()
}
