//! What the store knows at the start.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::boundary::{Loaded, LoadedChat};
use super::column::{Coded, read_numbered, read_phones, read_texts};
use super::messages;
use crate::model::{FullJid, Jid, Message, Subscription, WallTime};
use crate::xmpp::{Card, RosterItem, Session};

/// So many conversations are listed at the start, the newest.
const MOST_CONVERSATIONS: u32 = 1000;

/// Reads everything but messages and pictures; ends calls that a crash left open.
pub(super) fn load(db: &Connection) -> rusqlite::Result<Loaded> {
    db.execute(
        "UPDATE call SET state = 0, end_code = 'interrupted', end_text = 'The program ended during the call.', end_by = 0
         WHERE state <> 0",
        [],
    )?;
    let fact = |key: &str| -> rusqlite::Result<Option<String>> {
        db.query_row("SELECT value FROM fact WHERE key = ?1", [key], |row| row.get(0)).optional()
    };
    Ok(Loaded {
        last_call: db
            .query_row("SELECT coalesce(max(id), 0) FROM call", [], |row| row.get::<_, i64>(0))?
            .unsigned_abs(),
        chats: chats(db)?,
        cards: cards(db)?,
        outbox: outbox(db)?,
        sending: super::talk::load(db)?,
        conversations: conversations(db)?,
        memos: memos(db)?,
        book: super::book::load(db)?,
        last_book: fact(super::book::LAST)?.and_then(|last| last.parse().ok()).unwrap_or_default(),
        said: super::book::said(db)?,
        missed: super::calls::missed(db)?,
        damaged: None,
    })
}

/// An account is known by its stream, its roster, or the version of an empty one.
fn chats(db: &Connection) -> rusqlite::Result<BTreeMap<Jid, LoadedChat>> {
    let mut chats: BTreeMap<Jid, LoadedChat> = BTreeMap::new();
    let mut statement = db.prepare("SELECT account, jid, name, groups, subscription, asked FROM roster")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let account = Jid::parse(row.get_ref(0)?.as_str()?);
        let (Ok(account), Ok(jid)) = (account, Jid::parse(row.get_ref(1)?.as_str()?)) else { continue };
        chats.entry(account).or_default().roster.push(RosterItem {
            jid,
            name: row.get(2)?,
            groups: read_texts(row.get_ref(3)?.as_str()?).map(str::to_owned).collect(),
            subscription: Subscription::from_code(row.get(4)?),
            asked: row.get(5)?,
        });
    }
    let sql = "SELECT substr(key, 16), value FROM fact WHERE key LIKE 'roster-version:%'";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Ok(account) = Jid::parse(row.get_ref(0)?.as_str()?) else { continue };
        chats.entry(account).or_default().roster_version = row.get(1)?;
    }
    let sql =
        "SELECT account, id, bound, location, handled, acknowledged, unacknowledged, copies, archive FROM session";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // A row whose address cannot be read is no session.
        let bound = FullJid::parse(row.get_ref(2)?.as_str()?);
        let (Ok(account), Ok(bound)) = (Jid::parse(row.get_ref(0)?.as_str()?), bound) else { continue };
        chats.entry(account).or_default().session = Some(Session {
            id: row.get(1)?,
            bound,
            location: row.get(3)?,
            handled: row.get(4)?,
            acknowledged: row.get(5)?,
            unacknowledged: read_numbered(row.get_ref(6)?.as_str()?),
            copies: row.get(7)?,
            archive: row.get(8)?,
            revision: 0,
        });
    }
    Ok(chats)
}

fn cards(db: &Connection) -> rusqlite::Result<Vec<(Jid, Option<Card>, WallTime)>> {
    let mut words: HashSet<Arc<str>> = HashSet::new();
    let mut statement =
        db.prepare("SELECT jid, present, full_name, nickname, phones, photo_hash, fetched FROM card")?;
    let rows = statement.query_map([], |row| {
        let Ok(jid) = Jid::parse(row.get_ref(0)?.as_str()?) else { return Ok(None) };
        let card = if row.get(1)? {
            Some(Card {
                full_name: row.get(2)?,
                nickname: row.get(3)?,
                phones: read_phones(row.get_ref(4)?.as_str()?, &mut words),
                photo: None,
                photo_hash: row.get_ref(5)?.as_str_or_null()?.map(Into::into),
            })
        } else {
            None
        };
        Ok(Some((jid, card, WallTime::from_unix_ms(row.get(6)?))))
    })?;
    rows.filter_map(Result::transpose).collect()
}

fn outbox(db: &Connection) -> rusqlite::Result<Vec<Message>> {
    let sql = format!("SELECT {} FROM message WHERE delivery = 0 ORDER BY seq", messages::COLUMNS);
    let mut statement = db.prepare(&sql)?;
    let rows = statement.query_map([], |row| messages::with_changes(db, row))?;
    rows.filter_map(Result::transpose).collect()
}

/// The newest message of each conversation. Each name of a conversation is found from the one before it in the index, so that
/// the number of messages does not matter.
fn conversations(db: &Connection) -> rusqlite::Result<Vec<(Message, u32)>> {
    let sql = format!(
        "WITH RECURSIVE talk (peer) AS (
             SELECT min(peer) FROM message
             UNION ALL
             SELECT (SELECT min(peer) FROM message WHERE message.peer > talk.peer) FROM talk WHERE talk.peer IS NOT NULL
         )
         SELECT {}, (SELECT count(*) FROM message AS new WHERE new.peer = message.peer AND new.unread = 1)
         FROM talk JOIN message ON message.seq =
             (SELECT seq FROM message AS newest WHERE newest.peer = talk.peer ORDER BY place DESC, seq DESC LIMIT 1)
         ORDER BY place DESC LIMIT ?1",
        messages::columns("message")
    );
    let mut statement = db.prepare(&sql)?;
    let rows = statement.query_map([MOST_CONVERSATIONS], |row| {
        let unread = row.get(messages::WIDTH).unwrap_or(0);
        Ok(messages::with_changes(db, row)?.map(|message| (message, unread)))
    })?;
    rows.filter_map(Result::transpose).collect()
}

fn memos(db: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = db.prepare("SELECT key, value FROM memo")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
