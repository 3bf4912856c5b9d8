//! The tables, and how older ones become them.

use rusqlite::Connection;

/// The schema that this version writes, kept in `user_version`.
pub(super) const VERSION: u32 = 11;

/// Step `n` leads from schema `n` to `n + 1`; steps are never changed once released.
const STEPS: &[&str] =
    &[FIRST, ADDRESS_BOOK, RECORDING, SEARCH, TIMELINE, TALK, COPIES, FILES, KNOWN_ARCHIVE, GAP_BEGAN, CALL_TEXT];

/// `message.seq` is the order of arrival; it is also the row id that a full-text index over `body` (FTS5, external content)
/// refers to. A conversation is shown in the order of `place` (see [`TIMELINE`]).
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

-- What belongs to the caches as a whole: `roster-version:ACCOUNT`.
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

/// `place` is the order of display (see `place`), `kind` that of the conversation, `archive` whose name `archive_id` is.
/// `change` is what was said about a message; its row's `message` is absent while that has not come. `gap` is what of an
/// archive is not here: after the place `after_place` (absent: from the beginning), before the message `before_*` (absent: up
/// to now), of one conversation or of all (an empty `peer`); a gap of a conversation that is not `open` was read to its end.
/// `displayed` is up to where another device of ours has read a conversation, when that message has not come.
const TIMELINE: &str = "
ALTER TABLE message ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN nick TEXT;
ALTER TABLE message ADD COLUMN occupant TEXT;
ALTER TABLE message ADD COLUMN origin_id TEXT;
ALTER TABLE message ADD COLUMN archive TEXT;
ALTER TABLE message ADD COLUMN first_body TEXT;
ALTER TABLE message ADD COLUMN retracted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
DROP INDEX message_by_archive;
DROP INDEX message_by_peer;
UPDATE message SET
    archive = CASE WHEN archive_id IS NOT NULL THEN account END,
    account = CASE WHEN direction = 1 THEN coalesce(account, author) ELSE account END;
UPDATE message SET place = placed.place FROM (
    SELECT seq, max(min(max(time, 0), 8000000000000)) OVER (PARTITION BY peer ORDER BY seq) * 1048576 AS place FROM message
) AS placed WHERE placed.seq = message.seq;
CREATE INDEX message_by_place ON message (peer, place);
CREATE UNIQUE INDEX message_by_archive ON message (account, archive, archive_id) WHERE archive_id IS NOT NULL;
CREATE INDEX message_by_origin ON message (peer, origin_id) WHERE origin_id IS NOT NULL;

CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER,
    peer TEXT NOT NULL,
    kind INTEGER NOT NULL,
    target TEXT NOT NULL,
    author TEXT NOT NULL,
    nick TEXT,
    occupant TEXT,
    time INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX change_of_message ON change (message) WHERE message IS NOT NULL;
CREATE INDEX change_waiting ON change (peer, target) WHERE message IS NULL;
CREATE TRIGGER message_change_delete AFTER DELETE ON message BEGIN
    DELETE FROM change WHERE message = old.seq;
END;

CREATE TABLE gap (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    archive TEXT NOT NULL,
    peer TEXT NOT NULL DEFAULT '',
    after_place INTEGER,
    before_id TEXT,
    before_time INTEGER,
    before_place INTEGER,
    open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX gap_by_archive ON gap (account, archive, peer);

CREATE TABLE displayed (
    account TEXT NOT NULL,
    peer TEXT NOT NULL,
    archive TEXT NOT NULL,
    archive_id TEXT NOT NULL,
    PRIMARY KEY (account, peer)
) WITHOUT ROWID;
";

/// `reply` is the id by which a message names the one that it answers. `sending` is what the user said about messages and the
/// server does not have yet.
const TALK: &str = "
ALTER TABLE message ADD COLUMN reply TEXT;
ALTER TABLE message ADD COLUMN unstyled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN markable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN failure TEXT;

CREATE TABLE sending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    peer TEXT NOT NULL,
    kind INTEGER NOT NULL,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    time INTEGER NOT NULL
);
";

/// Whether the stream that may be resumed gets copies of what other devices send and get.
const COPIES: &str = "ALTER TABLE session ADD COLUMN copies INTEGER NOT NULL DEFAULT 0";

/// Whether a text is the address of a file.
const FILES: &str = "ALTER TABLE message ADD COLUMN file INTEGER NOT NULL DEFAULT 0";

/// Whether the server of the stream that may be resumed keeps an archive.
const KNOWN_ARCHIVE: &str = "ALTER TABLE session ADD COLUMN archive INTEGER NOT NULL DEFAULT 0";

/// `after_seq` is the greatest row that was there when a gap began: places move, rows do not. `top_place` is the greatest
/// place of what came since.
const GAP_BEGAN: &str = "
ALTER TABLE gap ADD COLUMN after_seq INTEGER;
ALTER TABLE gap ADD COLUMN top_place INTEGER;
UPDATE gap SET after_seq = (SELECT max(seq) FROM message WHERE place <= gap.after_place) WHERE after_place IS NOT NULL;
";

/// What two people wrote to each other while they called, a line of text each.
const CALL_TEXT: &str = "ALTER TABLE call ADD COLUMN text TEXT";

/// The schema of a file.
pub(super) fn version(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a file that is not newer to this version's schema, each step whole or not at all.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(db, VERSION)
}

/// Brings a file to a schema between its own and this version's.
pub(super) fn migrate_to(db: &mut Connection, wanted: u32) -> rusqlite::Result<()> {
    let found = version(db)?;
    for (step, next) in STEPS.iter().zip(1_u32..).take(wanted as usize).skip(found as usize) {
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
