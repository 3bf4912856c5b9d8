//! The tables, and how older ones become them.

use rusqlite::Connection;

/// The schema that this version writes, kept in `user_version`.
pub(super) const VERSION: u32 = 4;

/// Step `n` leads from schema `n` to `n + 1`; steps are never changed once released.
const STEPS: &[&str] = &[FIRST, ADDRESS_BOOK, RECORDING, SEARCH];

/// `message.seq` is the order of arrival and the order of display; it is also the row id that a full-text index over
/// `body` (FTS5, external content) refers to.
const FIRST: &str = "
CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT,
    peer TEXT NOT NULL,
    author TEXT NOT NULL,
    direction INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    corrected INTEGER NOT NULL DEFAULT 0,
    encrypted INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    resource TEXT,
    stanza_id TEXT,
    archive_id TEXT
);
CREATE INDEX message_by_peer ON message (peer, seq);
CREATE UNIQUE INDEX message_by_archive ON message (account, archive_id) WHERE archive_id IS NOT NULL;
CREATE INDEX message_by_stanza ON message (peer, stanza_id) WHERE stanza_id IS NOT NULL;
CREATE INDEX message_pending ON message (seq) WHERE delivery = 0;
CREATE INDEX message_unread ON message (peer) WHERE unread = 1;

CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    direction INTEGER NOT NULL,
    state INTEGER NOT NULL,
    account TEXT NOT NULL,
    via INTEGER NOT NULL,
    peer_uri TEXT NOT NULL,
    peer_display TEXT NOT NULL,
    peer_jid TEXT,
    peer_grade INTEGER NOT NULL,
    peer_evidence TEXT NOT NULL,
    media_codec TEXT,
    media_clock_hz INTEGER,
    media_encryption INTEGER,
    media_direction INTEGER,
    route_rule TEXT NOT NULL,
    started INTEGER NOT NULL,
    answered INTEGER,
    duration_ms INTEGER NOT NULL,
    end_code TEXT,
    end_text TEXT,
    end_by INTEGER,
    digits_sent TEXT NOT NULL
);

CREATE TABLE roster (
    account TEXT NOT NULL,
    jid TEXT NOT NULL,
    name TEXT,
    groups TEXT NOT NULL,
    subscription INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    PRIMARY KEY (account, jid)
) WITHOUT ROWID;

CREATE TABLE card (
    jid TEXT PRIMARY KEY,
    present INTEGER NOT NULL,
    full_name TEXT,
    nickname TEXT,
    phones TEXT NOT NULL,
    photo_hash TEXT,
    fetched INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE photo (jid TEXT PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE session (
    account TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    bound TEXT NOT NULL,
    location TEXT,
    handled INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    unacknowledged TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE memo (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What belongs to the caches as a whole: `account` (whose were written last), `roster-version:ACCOUNT`.
CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// `book.raw` is the vCard as it was imported, so that an export loses nothing of it. `said` is who said what about a
/// person's address: a row is open until the source does not say it any more.
const ADDRESS_BOOK: &str = "
CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    origin TEXT,
    uid TEXT,
    name TEXT NOT NULL,
    jid TEXT,
    numbers TEXT NOT NULL,
    changed INTEGER NOT NULL,
    raw TEXT
);

CREATE TABLE said (
    seq INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    uri TEXT NOT NULL,
    source INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER
);
CREATE INDEX said_by_person ON said (person, seq);
";

/// Where the sound of a call was kept, and since when.
const RECORDING: &str = "
ALTER TABLE call ADD COLUMN recording TEXT;
ALTER TABLE call ADD COLUMN recording_since INTEGER;
";

/// Messages by their words. `place` is the conversation's address: its words narrow a search to one person inside of the
/// index. Short beginnings are indexed too, since people search while they type.
const SEARCH: &str = "
CREATE VIEW message_words AS SELECT seq, body, peer AS place FROM message;
CREATE VIRTUAL TABLE message_text USING fts5(
    body, place, content = 'message_words', content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER message_text_insert AFTER INSERT ON message BEGIN
    INSERT INTO message_text (rowid, body, place) VALUES (new.seq, new.body, new.peer);
END;
CREATE TRIGGER message_text_delete AFTER DELETE ON message BEGIN
    INSERT INTO message_text (message_text, rowid, body, place) VALUES ('delete', old.seq, old.body, old.peer);
END;
CREATE TRIGGER message_text_update AFTER UPDATE OF body, peer ON message BEGIN
    INSERT INTO message_text (message_text, rowid, body, place) VALUES ('delete', old.seq, old.body, old.peer);
    INSERT INTO message_text (rowid, body, place) VALUES (new.seq, new.body, new.peer);
END;
INSERT INTO message_text (message_text) VALUES ('rebuild');
CREATE INDEX message_by_time ON message (time, seq);
";

/// The schema of a file.
pub(super) fn version(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a file that is not newer to this version's schema, each step whole or not at all.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let found = version(db)?;
    for (step, next) in STEPS.iter().zip(1_u32..).skip(found as usize) {
        let transaction = db.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", next)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_to_the_version_that_is_written() {
        assert_eq!(STEPS.len(), VERSION as usize);
        let mut db = Connection::open_in_memory().expect("memory");
        migrate(&mut db).expect("steps run");
        migrate(&mut db).expect("and are not repeated");
        assert_eq!(version(&db), Ok(VERSION));
    }
}
