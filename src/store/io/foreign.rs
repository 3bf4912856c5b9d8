//! Databases of other programs: looked into, never written, and never believed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

/// The largest database that is looked into, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;
/// The longest value that is read, in bytes; rows with longer ones are passed over.
const LONGEST: usize = 1024 * 1024;

/// Why a database gave nothing, a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignError {
    /// It is too large to be what it is said to be.
    #[error("The database is larger than 256 MiB.")]
    TooLarge,
    /// It cannot be read.
    #[error("The database cannot be read ({0}). If the other program runs, close it and try again.")]
    Unreadable(String),
}

/// Two columns of a table, as text; at most so many rows. `Ok(None)`: there is no such table.
///
/// A view could be a question without an end, so that only a table of its own is asked, and the functions that a damaged or
/// hostile schema may name are not run.
///
/// # Errors
///
/// [`ForeignError`], for the user.
pub fn rows(
    path: &Path,
    table: &str,
    columns: [&str; 2],
    most: usize,
) -> Result<Option<Vec<(String, String)>>, ForeignError> {
    let failed = |failure: &dyn std::error::Error| ForeignError::Unreadable(failure.to_string());
    if std::fs::metadata(path).map_err(|failure| failed(&failure))?.len() > LARGEST {
        return Err(ForeignError::TooLarge);
    }
    read(path, table, columns, most).map_err(|failure| failed(&failure))
}

fn read(
    path: &Path,
    table: &str,
    [first, second]: [&str; 2],
    most: usize,
) -> rusqlite::Result<Option<Vec<(String, String)>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "trusted_schema", "OFF")?;
    db.pragma_update(None, "cell_size_check", "ON")?;
    let own = "SELECT 1 FROM sqlite_schema WHERE name = ?1 AND type = 'table' AND rootpage > 0";
    if db.query_row(own, [table], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    // The names are ours, not the file's.
    let question = format!("SELECT \"{first}\", \"{second}\" FROM \"{table}\" LIMIT {most}");
    let mut statement = db.prepare(&question)?;
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text = |at: usize| -> rusqlite::Result<Option<String>> {
            let bytes = row.get_ref(at)?.as_bytes_or_null().ok().flatten().unwrap_or_default();
            Ok((bytes.len() <= LONGEST).then(|| String::from_utf8_lossy(bytes).into_owned()))
        };
        if let (Some(first), Some(second)) = (text(0)?, text(1)?) {
            found.push((first, second));
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("other.db");
        Connection::open(&path).expect("opened").execute_batch(sql).expect("valid SQL");
        (folder, path)
    }

    #[test]
    fn a_table_of_another_program_is_read_and_left_as_it_was() {
        let (_folder, path) = written(
            "CREATE TABLE friends (id INTEGER PRIMARY KEY, sip_uri TEXT, vCard TEXT);\
             INSERT INTO friends (sip_uri, vCard) VALUES ('sip:bob@example.com', NULL), (NULL, 'BEGIN:VCARD'), (x'ff00', 7);",
        );
        let before = std::fs::read(&path).expect("readable");
        let found = rows(&path, "friends", ["sip_uri", "vCard"], 10).expect("readable").expect("there");
        assert_eq!(found[0], ("sip:bob@example.com".to_owned(), String::new()));
        assert_eq!(found[1], (String::new(), "BEGIN:VCARD".to_owned()));
        assert_eq!(found.len(), 3);
        assert_eq!(rows(&path, "friends", ["sip_uri", "vCard"], 2).expect("readable").expect("there").len(), 2);
        assert_eq!(rows(&path, "account_settings", ["a", "b"], 2), Ok(None));
        assert_eq!(std::fs::read(&path).expect("readable"), before);
    }

    #[test]
    fn a_question_without_an_end_in_the_place_of_a_table_is_not_asked() {
        let (_folder, path) = written(
            "CREATE VIEW friends AS WITH RECURSIVE n(sip_uri, vCard) AS (SELECT 1, 2 UNION ALL SELECT sip_uri + 1, 2 FROM n) \
             SELECT sip_uri, vCard FROM n WHERE sip_uri < 0;",
        );
        assert_eq!(rows(&path, "friends", ["sip_uri", "vCard"], 10), Ok(None));
    }

    #[test]
    fn a_damaged_database_is_refused_in_words() {
        let (_folder, path) = written("CREATE TABLE friends (sip_uri TEXT, vCard TEXT);");
        let mut bytes = std::fs::read(&path).expect("readable");
        let length = bytes.len();
        bytes[100..length.min(4000)].fill(0xa5);
        std::fs::write(&path, &bytes).expect("written");
        let refused = rows(&path, "friends", ["sip_uri", "vCard"], 10).expect_err("damaged");
        assert!(refused.to_string().contains("cannot be read"), "{refused}");
        std::fs::write(&path, b"SQLite format 3\0").expect("written");
        assert!(rows(&path, "friends", ["sip_uri", "vCard"], 10).is_err());
    }
}
