//! What a program's database holds, read beside the program.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::DOMAIN;

/// One stored message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The user wrote it.
    pub own: bool,
    /// The text.
    pub body: String,
    /// Nothing has acknowledged it yet.
    pub pending: bool,
    /// Where it stands in its conversation, and when it was written in milliseconds: for looking at.
    pub stands: (i64, i64),
    /// An archive has a name for it.
    pub archived: bool,
}

fn open(folder: &Path) -> Option<Connection> {
    let db = Connection::open_with_flags(folder.join("tandem.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    db.busy_timeout(Duration::from_secs(5)).ok()?;
    Some(db)
}

/// The messages with a user, in the order in which they are shown; none where the file cannot be read at the moment.
pub fn stored(folder: &Path, with: &str) -> Vec<Row> {
    let read = || {
        let db = open(folder)?;
        let sql = "SELECT direction, body, delivery, place, time, archive_id IS NOT NULL FROM message WHERE peer = ?1 ORDER BY place, seq";
        let mut statement = db.prepare(sql).ok()?;
        let rows = statement.query_map([format!("{with}@{DOMAIN}")], |row| {
            Ok(Row {
                own: row.get(0)?,
                body: row.get(1)?,
                pending: row.get::<_, u8>(2)? == 0,
                stands: (row.get(3)?, row.get(4)?),
                archived: row.get(5)?,
            })
        });
        rows.ok()?.collect::<rusqlite::Result<Vec<Row>>>().ok()
    };
    read().unwrap_or_default()
}

/// How many messages of a user are unread; none where the file cannot be read at the moment.
pub fn unread(folder: &Path, with: &str) -> Option<u32> {
    let db = open(folder)?;
    let sql = "SELECT count(*) FROM message WHERE peer = ?1 AND unread = 1";
    db.query_row(sql, [format!("{with}@{DOMAIN}")], |row| row.get::<_, u32>(0)).ok()
}
