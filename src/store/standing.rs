//! Where the stored messages stand, and how they move.

use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Transaction, params};

use super::{messages, place};
use crate::model::{ArchiveId, ConversationKind, Jid};
use crate::xmpp::{Arrival, InboundMessage};

/// The place of the newest message of a conversation.
pub(super) fn newest(tx: &Transaction<'_>, peer: &str) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("SELECT max(place) FROM message WHERE peer = ?1")?.query_row([peer], |row| row.get(0))
}

/// The place of the newest message of a conversation that the server gave us, or has in its archive.
fn newest_sure(tx: &Transaction<'_>, account: &Jid, peer: &str) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached(
        "SELECT place FROM message WHERE peer = ?1 AND account = ?2 AND (direction = 0 OR archive_id IS NOT NULL)
         ORDER BY place DESC LIMIT 1",
    )?
    .query_row([peer, account.as_str()], |row| row.get(0))
    .optional()
}

/// What comes while something of an archive is missing stands after all that its pages brought, of whatever conversation:
/// else what is missing could not be told from what came since, where clocks are apart. `place`: where it would stand.
fn after_pages(tx: &Transaction<'_>, account: &Jid, archive: &str, place: i64) -> rusqlite::Result<i64> {
    let open: Option<(i64, i64)> = tx
        .prepare_cached(
            "SELECT id, max(coalesce(top_place, after_place, 0), coalesce(after_place, 0)) FROM gap
             WHERE account = ?1 AND archive = ?2 AND peer = '' ORDER BY id DESC LIMIT 1",
        )?
        .query_row([account.as_str(), archive], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((gap, top)) = open else { return Ok(place) };
    let place = place.max(top.saturating_add(place::STEP));
    raise_end(tx, gap, place)?;
    Ok(place)
}

/// A gap's pages, or what came since it began, reach up to a place.
pub(super) fn raise_end(tx: &Transaction<'_>, gap: i64, place: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE gap SET top_place = max(coalesce(top_place, 0), ?2) WHERE id = ?1")?
        .execute([gap, place])?;
    Ok(())
}

/// Where a message stands that comes now, or that was kept for us while we were away (X16 bounds its time). `archive`: what
/// an archive calls it.
pub(super) fn arrival(
    tx: &Transaction<'_>,
    account: &Jid,
    inbound: &InboundMessage,
    archive: Option<&ArchiveId>,
) -> rusqlite::Result<i64> {
    let with = inbound.with.as_str();
    let place = match inbound.arrival {
        Arrival::Live | Arrival::Copy | Arrival::Archive => place::next(inbound.time, newest(tx, with)?),
        Arrival::Late => {
            let newest = tx
                .prepare_cached("SELECT max(place) FROM message WHERE peer = ?1 AND place < ?2")?
                .query_row(params![with, place::after_second(inbound.time)], |row| row.get(0))?;
            let by_time = place::late(inbound.time, newest);
            // Where there is an archive, what the server hands over comes in its order, however late by our clock. What a
            // room tells again is older than what it told.
            if archive.is_none() || inbound.kind == ConversationKind::Room {
                return Ok(by_time);
            }
            newest_sure(tx, account, with)?.map_or(by_time, |sure| place::next(inbound.time, Some(sure)).max(by_time))
        }
    };
    archive.map_or(Ok(place), |archive| after_pages(tx, account, archive.by.as_str(), place))
}

/// A stored message that is the same as one that came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Its row.
    pub(super) seq: i64,
    /// Its place.
    pub(super) place: i64,
    /// The server gave it to us, or its archive has it: what came before it is known, too.
    pub(super) sure: bool,
    /// The archive has it under another name, too: it was sent twice.
    pub(super) copy: bool,
}

/// Where a message stands that came before.
pub(super) fn known_place(
    tx: &Transaction<'_>,
    account: &Jid,
    inbound: &InboundMessage,
) -> rusqlite::Result<Option<Known>> {
    let archive = messages::archive_of(account, inbound);
    let Some(seq) = messages::known(tx, account, inbound, archive.as_ref())? else { return Ok(None) };
    tx.prepare_cached(
        "SELECT place, direction = 0 OR archive_id IS NOT NULL, coalesce(archive = ?2 AND archive_id <> ?3, 0)
         FROM message WHERE seq = ?1",
    )?
    .query_row(
        params![seq, archive.as_ref().map(|archive| archive.by.as_str()), archive.as_ref().map(|archive| &*archive.id)],
        |row| Ok(Some(Known { seq, place: row.get(0)?, sure: row.get(1)?, copy: row.get(2)? })),
    )
}

/// A message is called after its first copy in an archive.
pub(super) fn rename(tx: &Transaction<'_>, account: &Jid, seq: i64, inbound: &InboundMessage) -> rusqlite::Result<()> {
    if let Some(archive) = messages::archive_of(account, inbound) {
        tx.prepare_cached("UPDATE OR IGNORE message SET archive_id = ?3 WHERE seq = ?1 AND archive = ?2")?
            .execute(params![seq, archive.by.as_str(), &*archive.id])?;
    }
    Ok(())
}

/// Everything after a place stands later by this much, in all conversations: their order stays.
pub(super) fn make_room(tx: &Transaction<'_>, after: i64, room: i64) -> rusqlite::Result<()> {
    let mut last = String::new();
    let next = "SELECT min(peer) FROM message WHERE peer > ?1";
    while let Some(peer) = tx.prepare_cached(next)?.query_row([&last], |row| row.get::<_, Option<String>>(0))? {
        tx.prepare_cached("UPDATE message SET place = place + ?3 WHERE peer = ?1 AND place > ?2")?
            .execute(params![peer, after, room])?;
        last = peer;
    }
    for end in ["after_place", "before_place", "top_place"] {
        tx.prepare_cached(&format!("UPDATE gap SET {end} = {end} + ?2 WHERE {end} > ?1"))?.execute([after, room])?;
    }
    Ok(())
}

/// A message stands somewhere else than it did.
pub(super) fn move_to(tx: &Transaction<'_>, seq: i64, place: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET place = ?2 WHERE seq = ?1")?.execute([seq, place])?;
    Ok(())
}

/// A message stands later than it did: those of ours that were written after it and have no place in the archive yet stay
/// behind it. `way`: where it stood and where it stands.
pub(super) fn carry_along(
    tx: &Transaction<'_>,
    (account, with): (&Jid, &Jid),
    moved: i64,
    way: RangeInclusive<i64>,
) -> rusqlite::Result<()> {
    let sql = "SELECT seq FROM message WHERE peer = ?1 AND place BETWEEN ?3 AND ?4 AND seq > ?5 AND account = ?2
         AND direction = 1 AND archive_id IS NULL ORDER BY seq";
    let later: Vec<i64> = tx
        .prepare_cached(sql)?
        .query_map(params![with.as_str(), account.as_str(), way.start(), way.end(), moved], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for (seq, place) in later.into_iter().zip(way.end().saturating_add(1)..) {
        move_to(tx, seq, place)?;
    }
    Ok(())
}
