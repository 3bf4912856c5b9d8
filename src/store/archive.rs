//! What of an archive is not here, as gaps that are closed page by page, from the newest on.
//!
//! A gap begins when a stream begins: after the newest message that is known, up to now. Each page makes it smaller in the
//! transaction that stores its messages, so that a crash at any moment leaves exactly what is missing. A gap is closed when a
//! page comes to what was known before it, or to the archive's beginning.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::filling::{Filling, Outcome};
use super::synced::ArchiveStored;
use crate::model::{Jid, WallTime};
use crate::xmpp::{ArchivePage, ArchiveProblem, ArchiveQuery, Before};

/// A gap as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) id: i64,
    archive: String,
    peer: String,
    /// The place of the newest message that was known when the gap began; absent: there was none.
    pub(super) after: Option<i64>,
    /// The greatest row that was stored when the gap began.
    pub(super) after_seq: Option<i64>,
    before_id: Option<String>,
    before_time: Option<i64>,
    pub(super) before: Option<i64>,
}

const COLUMNS: &str = "id, archive, peer, after_place, before_id, before_time, before_place, after_seq";

fn read(row: &Row<'_>) -> rusqlite::Result<Gap> {
    Ok(Gap {
        id: row.get(0)?,
        archive: row.get(1)?,
        peer: row.get(2)?,
        after: row.get(3)?,
        before_id: row.get(4)?,
        before_time: row.get(5)?,
        before: row.get(6)?,
        after_seq: row.get(7)?,
    })
}

impl Gap {
    /// Its next page is asked for by a time.
    pub(super) fn is_by_time(&self) -> bool {
        self.before_id.is_none()
    }

    fn query(&self, account: &Jid) -> ArchiveQuery {
        let before = match (&self.before_id, self.before_time) {
            (Some(id), _) => Before::Id(id.clone()),
            (None, Some(time)) => Before::Time(WallTime::from_unix_ms(time)),
            (None, None) => Before::Now,
        };
        ArchiveQuery {
            gap: self.id,
            archive: Jid::parse(&self.archive).ok().filter(|archive| archive != account),
            with: Jid::parse(&self.peer).ok(),
            before,
        }
    }
}

/// A stream begins: what came since the newest known message is missing. A gap that is open up to now already is enough.
pub(super) fn begin(tx: &Transaction<'_>, account: &Jid, archive: &Jid) -> rusqlite::Result<()> {
    let open = tx
        .prepare_cached("SELECT 1 FROM gap WHERE account = ?1 AND archive = ?2 AND peer = '' AND before_time IS NULL")?
        .exists([account.as_str(), archive.as_str()])?;
    if open {
        return Ok(());
    }
    // Of each conversation the newest message that the server is known to have given us: ours may not have arrived.
    let newest = "(SELECT place FROM message WHERE message.peer = talk.peer AND account = ?1 AND kind = ?3
         AND (direction = 0 OR archive_id IS NOT NULL) ORDER BY place DESC LIMIT 1)";
    let own = account == archive;
    let talks = if own {
        "WITH RECURSIVE talk (peer) AS (
             SELECT min(peer) FROM message
             UNION ALL
             SELECT (SELECT min(peer) FROM message WHERE message.peer > talk.peer) FROM talk WHERE talk.peer IS NOT NULL
         )"
    } else {
        "WITH talk (peer) AS (VALUES (?2))"
    };
    tx.prepare_cached(&format!(
        "INSERT INTO gap (account, archive, after_place, after_seq)
         SELECT ?1, ?2, (SELECT max(place) FROM ({talks} SELECT {newest} AS place FROM talk)),
             (SELECT max(seq) FROM message)"
    ))?
    .execute(params![account.as_str(), archive.as_str(), u8::from(!own)])?;
    Ok(())
}

/// There is no archive: what is missing stays missing.
pub(super) fn none(tx: &Transaction<'_>, account: &Jid) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM gap WHERE account = ?1 AND archive = ?1")?.execute([account.as_str()])?;
    Ok(())
}

/// The page to be read next, the newest gap first. What lies before everything known is read in the background only as far
/// back as `since`.
pub(super) fn next(
    tx: &Transaction<'_>,
    account: &Jid,
    archive: &Jid,
    since: Option<WallTime>,
) -> rusqlite::Result<Option<ArchiveQuery>> {
    let gap = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM gap WHERE account = ?1 AND archive = ?2 AND peer = '' AND open = 1
             AND (after_place IS NOT NULL OR before_time IS NULL OR ?3 IS NULL OR before_time > ?3)
             ORDER BY id DESC LIMIT 1"
        ))?
        .query_row(params![account.as_str(), archive.as_str(), since.map(WallTime::unix_ms)], read)
        .optional()?;
    Ok(gap.map(|gap| gap.query(account)))
}

/// The page before the oldest message of one conversation; `None`: there is nothing that is not known.
pub(super) fn older(tx: &Transaction<'_>, account: &Jid, with: &Jid) -> rusqlite::Result<Option<ArchiveQuery>> {
    let row = [account.as_str(), with.as_str()];
    let own = tx
        .prepare_cached(&format!("SELECT {COLUMNS}, open FROM gap WHERE account = ?1 AND archive = ?1 AND peer = ?2"))?
        .query_row(row, |row| Ok((read(row)?, row.get::<_, bool>(8)?)))
        .optional()?;
    if let Some((gap, open)) = own {
        return Ok(open.then(|| gap.query(account)));
    }
    // What lies before everything is missing for each conversation, from its oldest message on.
    let all = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM gap WHERE account = ?1 AND archive = ?1 AND peer = '' AND after_place IS NULL
             AND before_time IS NOT NULL"
        ))?
        .query_row([account.as_str()], read)
        .optional()?;
    let Some(all) = all else { return Ok(None) };
    let oldest: Option<(i64, i64)> = tx
        .prepare_cached("SELECT time, place FROM message WHERE account = ?1 AND peer = ?2 ORDER BY place LIMIT 1")?
        .query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (time, place) = match oldest {
        // The archive's clock and ours may differ: what is fetched twice is stored once.
        Some((time, place)) => (all.before_time.map_or(time, |all| time.max(all)), Some(place)),
        None => (all.before_time.unwrap_or_default(), all.before),
    };
    tx.prepare_cached(
        "INSERT INTO gap (account, archive, peer, before_time, before_place) VALUES (?1, ?1, ?2, ?3, ?4)",
    )?
    .execute(params![account.as_str(), with.as_str(), time, place])?;
    let gap = Gap {
        id: tx.last_insert_rowid(),
        archive: account.as_str().to_owned(),
        peer: with.as_str().to_owned(),
        after: None,
        after_seq: None,
        before_id: None,
        before_time: Some(time),
        before: place,
    };
    Ok(Some(gap.query(account)))
}

/// Stores a page and what is missing after it, and says what that changed.
pub(super) fn store(
    tx: &Transaction<'_>,
    account: &Jid,
    page: &ArchivePage,
    since: Option<WallTime>,
) -> rusqlite::Result<ArchiveStored> {
    let mut stored =
        ArchiveStored { account: Some(account.clone()), with: page.query.with.clone(), ..ArchiveStored::default() };
    let gap = tx
        .prepare_cached(&format!("SELECT {COLUMNS} FROM gap WHERE id = ?1 AND account = ?2 AND open = 1"))?
        .query_row(params![page.query.gap, account.as_str()], read)
        .optional()?;
    let archive = page.query.archive.clone().unwrap_or_else(|| account.clone());
    let Some(gap) = gap.filter(|gap| gap.archive == archive.as_str()) else {
        stored.settled = true;
        return Ok(stored);
    };
    match page.problem {
        // What was asked for is not what is missing any more: it came another way, after a resumption.
        _ if gap.query(account).before != page.query.before => {}
        Some(ArchiveProblem::Refused) => {
            // Nothing is known to be closed: the next stream tries again.
            stored.settled = true;
            return Ok(stored);
        }
        Some(ArchiveProblem::NotFound) if gap.before_id.is_some() => {
            // The message was removed there: its time says where to go on.
            tx.prepare_cached("UPDATE gap SET before_id = NULL WHERE id = ?1")?.execute([gap.id])?;
        }
        Some(ArchiveProblem::NotFound) => close(tx, &gap)?,
        None => {
            let outcome = Filling::new(account, gap.clone(), &mut stored).run(tx, &page.items)?;
            narrow(tx, &gap, page, &outcome)?;
            stored.settled = outcome.reached || page.complete || gap.after.is_none();
        }
    }
    stored.next = match &page.query.with {
        // A conversation is read further only when somebody asks for it.
        Some(_) => None,
        None => next(tx, account, &archive, since)?,
    };
    stored.settled |= stored.next.is_none();
    Ok(stored)
}

fn close(tx: &Transaction<'_>, gap: &Gap) -> rusqlite::Result<()> {
    // That one conversation was read to its beginning is worth knowing, as long as others were not.
    let sql =
        if gap.peer.is_empty() { "DELETE FROM gap WHERE id = ?1" } else { "UPDATE gap SET open = 0 WHERE id = ?1" };
    tx.prepare_cached(sql)?.execute([gap.id])?;
    Ok(())
}

/// What is missing after a page.
fn narrow(tx: &Transaction<'_>, gap: &Gap, page: &ArchivePage, outcome: &Outcome) -> rusqlite::Result<()> {
    let oldest = page.items.first();
    // A page without anything new below it would be read for ever.
    let stuck = oldest.is_none_or(|oldest| gap.before_id.as_ref() == Some(&oldest.id));
    let Some(oldest) = oldest.filter(|_| !outcome.reached && !page.complete && !stuck) else { return close(tx, gap) };
    tx.prepare_cached("UPDATE gap SET before_id = ?2, before_time = ?3, before_place = ?4 WHERE id = ?1")?
        .execute(params![gap.id, oldest.id, oldest.time.unix_ms(), outcome.lowest.or(outcome.before)])?;
    Ok(())
}
