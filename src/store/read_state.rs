//! What of a conversation is read, here and on other devices (XEP-0333, XEP-0490).

use rusqlite::{OptionalExtension, Transaction, params};

use super::column::Coded as _;
use crate::model::{ArchiveId, ConversationKind, Jid, MessageId};

/// How many messages of a conversation are unread.
pub(super) fn unread(tx: &Transaction<'_>, with: &Jid) -> rusqlite::Result<u32> {
    tx.prepare_cached("SELECT count(*) FROM message WHERE peer = ?1 AND unread = 1")?
        .query_row([with.as_str()], |row| row.get(0))
}

/// Everything is read.
pub(super) fn all(tx: &Transaction<'_>, with: &Jid) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET unread = 0 WHERE peer = ?1 AND unread = 1")?.execute([with.as_str()])?;
    Ok(())
}

/// One message is read.
pub(super) fn one(tx: &Transaction<'_>, id: &MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET unread = 0 WHERE id = ?1")?.execute([&*id.0])?;
    Ok(())
}

/// Everything up to a place is read: whoever wrote there saw it. Whether that changed anything.
pub(super) fn before(tx: &Transaction<'_>, with: &Jid, place: i64) -> rusqlite::Result<bool> {
    let read = tx
        .prepare_cached("UPDATE message SET unread = 0 WHERE peer = ?1 AND unread = 1 AND place <= ?2")?
        .execute(params![with.as_str(), place])?;
    Ok(read > 0)
}

/// Pages of an archive come newest first: what lies before something that was written later on another device was seen there.
/// `from` is the first place of the page.
pub(super) fn before_written(tx: &Transaction<'_>, with: &Jid, from: i64) -> rusqlite::Result<()> {
    // Only what came from elsewhere has an id of a stanza: who writes here may not have had those messages yet.
    let written: Option<i64> = tx
        .prepare_cached(
            "SELECT max(place) FROM message WHERE peer = ?1 AND place >= ?2 AND direction = 1 AND stanza_id IS NOT NULL",
        )?
        .query_row(params![with.as_str(), from], |row| row.get(0))?;
    if let Some(written) = written {
        before(tx, with, written)?;
    }
    Ok(())
}

/// Everything up to a message is read, by their id of it. Whether that changed anything.
pub(super) fn to_stanza(tx: &Transaction<'_>, with: &Jid, id: &str) -> rusqlite::Result<bool> {
    let place: Option<i64> = tx
        .prepare_cached("SELECT max(place) FROM message WHERE peer = ?1 AND stanza_id = ?2 AND direction = 0")?
        .query_row([with.as_str(), id], |row| row.get(0))?;
    place.map_or(Ok(false), |place| before(tx, with, place))
}

/// Another device has read everything up to a message. That may not be here yet: then it is kept until it comes.
pub(super) fn to_archived(tx: &Transaction<'_>, account: &Jid, with: &Jid, upto: &ArchiveId) -> rusqlite::Result<bool> {
    let place: Option<i64> = tx
        .prepare_cached(
            "SELECT place FROM message WHERE account = ?1 AND archive = ?2 AND archive_id = ?3 AND peer = ?4",
        )?
        .query_row([account.as_str(), upto.by.as_str(), &upto.id, with.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(place) = place {
        return before(tx, with, place);
    }
    tx.prepare_cached("INSERT OR REPLACE INTO displayed (account, peer, archive, archive_id) VALUES (?1, ?2, ?3, ?4)")?
        .execute([account.as_str(), with.as_str(), upto.by.as_str(), &upto.id])?;
    Ok(false)
}

/// A message that has a name in an archive was stored: what another device has read may end there.
pub(super) fn came(
    tx: &Transaction<'_>,
    account: &Jid,
    with: &Jid,
    archive: &ArchiveId,
    place: i64,
) -> rusqlite::Result<()> {
    let waited = tx
        .prepare_cached("DELETE FROM displayed WHERE account = ?1 AND peer = ?2 AND archive = ?3 AND archive_id = ?4")?
        .execute([account.as_str(), with.as_str(), archive.by.as_str(), &archive.id])?;
    if waited > 0 {
        before(tx, with, place)?;
    }
    Ok(())
}

/// The newest message of theirs that an archive names, and the account it came to.
pub(super) fn newest(tx: &Transaction<'_>, with: &Jid) -> rusqlite::Result<Option<(Jid, ArchiveId)>> {
    let found: Option<(Option<String>, Option<String>, Option<String>)> = tx
        .prepare_cached(
            "SELECT account, archive, archive_id FROM message WHERE peer = ?1 AND direction = 0 AND kind <> ?2
             ORDER BY place DESC, seq DESC LIMIT 1",
        )?
        .query_row(params![with.as_str(), ConversationKind::Occupant.code()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((Some(account), Some(by), Some(id))) = found else { return Ok(None) };
    Ok(Jid::parse(&account)
        .ok()
        .zip(Jid::parse(&by).ok())
        .map(|(account, by)| (account, ArchiveId { by, id: id.into() })))
}
