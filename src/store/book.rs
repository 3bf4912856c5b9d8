//! The address book, and the log of who said what about whose address.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::boundary::{SaidChange, SaidOf};
use super::column::{Coded, read_phones, write_phones};
use crate::model::{AddressSource, BookEntry, BookId, BookNumber, BookOrigin, Jid, Statement, WallTime};
use crate::xmpp::CardField;

/// The fact that holds the greatest name of an entry so far.
pub(super) const LAST: &str = "book-last";
/// Statements about one person that are kept; when full, the oldest that do not hold any more go.
const MOST_STATEMENTS: u32 = 200;

/// Stores people; a vCard that is not given stays as it was.
pub(super) fn set(tx: &Transaction<'_>, entries: &[(BookEntry, Option<Arc<str>>)]) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO book (id, origin, uid, name, jid, numbers, changed, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, uid = excluded.uid, name = excluded.name,
             jid = excluded.jid, numbers = excluded.numbers, changed = excluded.changed,
             raw = coalesce(excluded.raw, raw)",
    )?;
    let mut greatest: Option<u64> = None;
    for (entry, raw) in entries {
        let origin = match &entry.origin {
            BookOrigin::User => None,
            BookOrigin::Directory(name) => Some(&**name),
        };
        statement.execute(params![
            id(entry.id),
            origin,
            entry.uid.as_deref(),
            &*entry.name,
            entry.jid.as_ref().map(Jid::as_str),
            write_numbers(&entry.numbers),
            entry.changed.unix_ms(),
            raw.as_deref(),
        ])?;
        greatest = greatest.max(Some(entry.id.0));
    }
    let last: Option<String> =
        tx.query_row("SELECT value FROM fact WHERE key = ?1", [LAST], |row| row.get(0)).optional()?;
    let last: u64 = last.and_then(|last| last.parse().ok()).unwrap_or_default();
    if let Some(greatest) = greatest.filter(|greatest| *greatest > last) {
        tx.execute("INSERT OR REPLACE INTO fact (key, value) VALUES (?1, ?2)", params![LAST, greatest.to_string()])?;
    }
    Ok(())
}

/// Forgets people. What was said about them stays in the log.
pub(super) fn remove(tx: &Transaction<'_>, ids: &[BookId]) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached("DELETE FROM book WHERE id = ?1")?;
    for gone in ids {
        statement.execute([id(*gone)])?;
    }
    Ok(())
}

/// The vCards that the user's own entries came with.
pub(super) fn cards(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(BookId, Arc<str>)>> {
    let mut statement =
        tx.prepare_cached("SELECT id, raw FROM book WHERE raw IS NOT NULL AND origin IS NULL ORDER BY id")?;
    let rows = statement
        .query_map([], |row| Ok((BookId(row.get::<_, i64>(0)?.unsigned_abs()), row.get::<_, String>(1)?.into())))?;
    rows.collect()
}

/// Everybody, without the vCards they came with.
pub(super) fn load(db: &Connection) -> rusqlite::Result<Vec<BookEntry>> {
    let mut words: HashSet<Arc<str>> = HashSet::new();
    let mut statement = db.prepare("SELECT id, origin, uid, name, jid, numbers, changed FROM book ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let origin: Option<String> = row.get(1)?;
        let uid: Option<String> = row.get(2)?;
        let jid: Option<String> = row.get(4)?;
        Ok(BookEntry {
            id: BookId(row.get::<_, i64>(0)?.unsigned_abs()),
            origin: origin.map_or(BookOrigin::User, |name| BookOrigin::Directory(name.into())),
            uid: uid.map(Into::into),
            name: row.get::<_, String>(3)?.into(),
            jid: jid.and_then(|jid| Jid::parse(&jid).ok()),
            numbers: read_phones(row.get_ref(5)?.as_str()?, &mut words)
                .into_iter()
                .map(|field| BookNumber { value: field.value.into(), types: field.types })
                .collect(),
            changed: WallTime::from_unix_ms(row.get(6)?),
        })
    })?;
    rows.collect()
}

/// Writes what is said from now on, and ends what is not said any more.
pub(super) fn note(tx: &Transaction<'_>, change: &SaidChange) -> rusqlite::Result<()> {
    let person = change.person.as_str();
    let mut end = tx.prepare_cached(
        "UPDATE said SET until = ?4 WHERE person = ?1 AND uri = ?2 AND source = ?3 AND until IS NULL",
    )?;
    for (uri, source) in &change.withdrawn {
        end.execute(params![person, &**uri, source.code(), change.at.unix_ms()])?;
    }
    let mut begin =
        tx.prepare_cached("INSERT INTO said (person, uri, source, since, until) VALUES (?1, ?2, ?3, ?4, NULL)")?;
    for (uri, source, since) in &change.said {
        begin.execute(params![person, &**uri, source.code(), since.unix_ms()])?;
    }
    if !change.withdrawn.is_empty() {
        tx.prepare_cached(
            "DELETE FROM said WHERE person = ?1 AND until IS NOT NULL AND seq NOT IN
                 (SELECT seq FROM said WHERE person = ?1 ORDER BY seq DESC LIMIT ?2)",
        )?
        .execute(params![person, MOST_STATEMENTS])?;
    }
    Ok(())
}

/// Who said what about somebody, the newest first.
pub(super) fn statements(tx: &Transaction<'_>, person: &Jid) -> rusqlite::Result<Vec<Statement>> {
    let mut statement = tx.prepare_cached(
        "SELECT uri, source, since, until FROM said WHERE person = ?1 ORDER BY coalesce(until, since) DESC, seq DESC
         LIMIT ?2",
    )?;
    let rows = statement.query_map(params![person.as_str(), MOST_STATEMENTS], |row| {
        Ok(Statement {
            uri: row.get::<_, String>(0)?.into(),
            source: AddressSource::from_code(row.get(1)?),
            since: WallTime::from_unix_ms(row.get(2)?),
            until: row.get::<_, Option<i64>>(3)?.map(WallTime::from_unix_ms),
        })
    })?;
    rows.collect()
}

/// What holds now, of everybody.
pub(super) fn said(db: &Connection) -> rusqlite::Result<Vec<SaidOf>> {
    let mut statement = db.prepare("SELECT person, uri, source, since FROM said WHERE until IS NULL ORDER BY seq")?;
    let rows = statement.query_map([], |row| {
        let Ok(person) = Jid::parse(row.get_ref(0)?.as_str()?) else { return Ok(None) };
        let source = AddressSource::from_code(row.get(2)?);
        Ok(Some((person, row.get_ref(1)?.as_str()?.into(), source, WallTime::from_unix_ms(row.get(3)?))))
    })?;
    rows.filter_map(Result::transpose).collect()
}

fn id(id: BookId) -> i64 {
    // SQLite's integers are signed; names count up from 1.
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn write_numbers(numbers: &[BookNumber]) -> String {
    let field = |number: &BookNumber| CardField {
        value: number.value.to_string(),
        types: number.types.clone(),
        source: AddressSource::AddressBook,
    };
    write_phones(&numbers.iter().map(field).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    fn jid(text: &str) -> Jid {
        Jid::parse(text).expect("valid")
    }

    fn entry(number: u64, name: &str) -> BookEntry {
        BookEntry {
            id: BookId(number),
            origin: BookOrigin::User,
            name: name.into(),
            jid: Some(jid("bob@example.com")),
            numbers: vec![BookNumber { value: "+49 30 1".into(), types: vec!["work".into()] }],
            changed: WallTime::from_unix_ms(7),
            uid: None,
        }
    }

    #[test]
    fn c24_the_address_book_comes_back_as_it_went_and_names_are_not_given_twice() {
        let mut db = Connection::open_in_memory().expect("memory");
        schema::migrate(&mut db).expect("steps run");
        let tx = db.transaction().expect("a transaction");
        set(&tx, &[(entry(1, "Bob"), Some("BEGIN:VCARD".into())), (entry(9, "Ann"), None)]).expect("stored");
        set(&tx, &[(entry(1, "Robert"), None)]).expect("changed");
        assert_eq!(cards(&tx).expect("read"), [(BookId(1), Arc::from("BEGIN:VCARD"))], "an edit keeps the card");
        remove(&tx, &[BookId(9)]).expect("removed");
        tx.commit().expect("committed");
        assert_eq!(load(&db).expect("read"), [entry(1, "Robert")]);
        let last: String =
            db.query_row("SELECT value FROM fact WHERE key = ?1", [LAST], |row| row.get(0)).expect("a fact");
        assert_eq!(last, "9", "the removed one's name is not given again");
    }

    #[test]
    fn c23_the_log_says_who_said_what_from_when_to_when() {
        let mut db = Connection::open_in_memory().expect("memory");
        schema::migrate(&mut db).expect("steps run");
        let tx = db.transaction().expect("a transaction");
        let change = |said: &[(&str, i64)], withdrawn: &[&str], at: i64| SaidChange {
            person: jid("bob@example.com"),
            said: said
                .iter()
                .map(|(uri, since)| ((*uri).into(), AddressSource::Vcard4, WallTime::from_unix_ms(*since)))
                .collect(),
            withdrawn: withdrawn.iter().map(|uri| ((*uri).into(), AddressSource::Vcard4)).collect(),
            at: WallTime::from_unix_ms(at),
        };
        note(&tx, &change(&[("sip:bob@a.example", 10)], &[], 10)).expect("noted");
        note(&tx, &change(&[("sip:bob@b.example", 20)], &["sip:bob@a.example"], 20)).expect("noted");
        let log: Vec<(Arc<str>, i64, Option<i64>)> = statements(&tx, &jid("bob@example.com"))
            .expect("read")
            .into_iter()
            .map(|said| (said.uri, said.since.unix_ms(), said.until.map(WallTime::unix_ms)))
            .collect();
        assert_eq!(log, [("sip:bob@b.example".into(), 20, None), ("sip:bob@a.example".into(), 10, Some(20))]);
        for at in 0..2 * i64::from(MOST_STATEMENTS) {
            note(&tx, &change(&[("sip:flap@example", at)], &["sip:flap@example"], at)).expect("noted");
        }
        let kept: u32 = tx.query_row("SELECT count(*) FROM said", [], |row| row.get(0)).expect("a count");
        assert!(kept <= MOST_STATEMENTS + 2, "{kept}");
        tx.commit().expect("committed");
        assert_eq!(said(&db).expect("read").len(), 2, "what holds: one address, and the last of the flapping one");
    }
}
