//! Finding messages by their words (FTS5): the best matches first, by person and by time.

use rusqlite::{Transaction, params};

use super::boundary::MessageSearch;
use super::messages::{LONGEST_PAGE, columns, with_changes};
use crate::model::{Jid, Message, WallTime};

/// Words of a question that are looked at; more narrow the answer no further.
const MOST_WORDS: usize = 16;
/// Characters of a word.
const LONGEST_WORD: usize = 64;
/// Matches among which the best are chosen. Where there are more, the words say little, and the newest are the best; older
/// ones come in further windows of so many.
const CANDIDATES: u32 = 2_000;

/// The messages that hold every word, the best first: how well the words fit decides (BM25), and among equals the newer.
pub(super) fn search(tx: &Transaction<'_>, search: &MessageSearch) -> rusqlite::Result<Vec<Message>> {
    let Some(mut expression) = expression(&search.text) else { return Ok(Vec::new()) };
    if let Some(with) = &search.with {
        // The index knows the conversation as words, too: so a common word is looked up there only.
        expression = format!("place : {} AND {expression}", quoted(with.as_str()));
    }
    let since = search.since.map(WallTime::unix_ms);
    let until = search.until.map(WallTime::unix_ms);
    let with = search.with.as_ref().map(Jid::as_str);
    let limit = search.limit.min(LONGEST_PAGE);
    let candidates = |skip: u32| -> rusqlite::Result<Vec<i64>> {
        tx.prepare_cached(&format!(
            "SELECT rowid FROM message_text WHERE {MATCHES} ORDER BY rowid DESC LIMIT {CANDIDATES} OFFSET ?4"
        ))?
        .query_map(params![expression, since, until, skip], |row| row.get(0))?
        .collect()
    };
    let newest = candidates(0)?;
    // Scores are weighed by how rare each word is, and counting a common one costs more than all the rest.
    let (score, window, skip) = if newest.len() < CANDIDATES as usize {
        ("bm25(message_text)", newest, search.skip)
    } else {
        // Further pages go window by window, the newest first: each is sorted by itself, so that none overlaps.
        let before = search.skip / CANDIDATES * CANDIDATES;
        ("0", if before == 0 { newest } else { candidates(before)? }, search.skip - before)
    };
    let (Some(youngest), Some(oldest)) = (window.first(), window.last()) else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(&format!(
        "WITH hit AS MATERIALIZED (
             SELECT rowid AS seq, {score} AS score FROM message_text
             WHERE {MATCHES} AND rowid BETWEEN ?4 AND ?7 ORDER BY rowid DESC)
         SELECT {} FROM hit JOIN message USING (seq)
         WHERE (?5 IS NULL OR peer = ?5) AND (?2 IS NULL OR time >= ?2) AND (?3 IS NULL OR time < ?3)
         ORDER BY score, place DESC LIMIT ?6 OFFSET ?8",
        columns("message")
    ))?;
    let asked = params![expression, since, until, oldest, with, limit, youngest, skip];
    let rows = statement.query_map(asked, |row| with_changes(tx, row))?;
    rows.filter_map(Result::transpose).collect()
}

/// What the index is asked: the words, in the part of the table that the times allow.
const MATCHES: &str = "message_text MATCH ?1
    AND (?2 IS NULL OR rowid >= (SELECT min(seq) FROM message WHERE time >= ?2))
    AND (?3 IS NULL OR rowid <= (SELECT max(seq) FROM message WHERE time < ?3))";

/// The words as an expression of FTS5, all of which must be there: a text in quotes as it stands, the last word also as
/// the beginning of one, since it may not be typed to its end. `None`: there is no word.
fn expression(text: &str) -> Option<String> {
    let mut phrases = Vec::new();
    for (at, part) in text.split('"').enumerate() {
        if at % 2 == 1 {
            phrases.push((part.to_owned(), true));
        } else {
            phrases.extend(part.split_whitespace().map(|word| (word.to_owned(), false)));
        }
    }
    // What the index has no word for would match nothing.
    phrases.retain(|(phrase, _)| phrase.chars().any(char::is_alphanumeric));
    phrases.truncate(MOST_WORDS);
    let last = phrases.len().checked_sub(1)?;
    let terms: Vec<String> = phrases
        .iter()
        .enumerate()
        .map(|(at, (phrase, whole))| {
            let phrase: String = phrase.chars().take(LONGEST_WORD).collect();
            format!("{}{}", quoted(&phrase), if at == last && !whole { "*" } else { "" })
        })
        .collect();
    Some(format!("body : ({})", terms.join(" AND ")))
}

/// A string of FTS5: nothing in it is syntax.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn what_people_type_is_never_syntax() {
        let rows = [
            ("lunch", Some(r#"body : ("lunch"*)"#)),
            ("  lunch  tomorrow ", Some(r#"body : ("lunch" AND "tomorrow"*)"#)),
            (r#""see you" soon"#, Some(r#"body : ("see you" AND "soon"*)"#)),
            (r#"soon "see you""#, Some(r#"body : ("soon" AND "see you")"#)),
            ("a OR b NOT c", Some(r#"body : ("a" AND "OR" AND "b" AND "NOT" AND "c"*)"#)),
            ("body:x* (", Some(r#"body : ("body:x*"*)"#)),
            (r#""open"#, Some(r#"body : ("open")"#)),
            ("", None),
            ("?! --", None),
            ("\"\"", None),
        ];
        for (text, expected) in rows {
            assert_eq!(expression(text).as_deref(), expected, "{text}");
        }
    }
}
