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
/// A word in so many messages is common: it is taken as a whole word, and says nothing about which message is better.
const COMMON: u32 = 10_000;

/// A word, or a text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    text: String,
    /// It may be typed only in part.
    begins: bool,
}

impl Phrase {
    /// As an expression of FTS5, all of whose strings are quoted: nothing that people type is syntax.
    fn expression(&self) -> String {
        format!("{}{}", quoted(&self.text), if self.begins { "*" } else { "" })
    }
}

/// What is asked of the index.
struct Asked<'a> {
    search: &'a MessageSearch,
    /// All words, in one conversation where that is given.
    matches: String,
    /// The words that tell one match from another; absent: there are none.
    scores: Option<String>,
    /// The part of the table that the times allow.
    rows: (i64, i64),
}

/// The messages that hold every word, the best first: how well the words fit decides (BM25), and among equals the newer.
pub(super) fn search(tx: &Transaction<'_>, search: &MessageSearch) -> rusqlite::Result<Vec<Message>> {
    let Some(asked) = Asked::of(tx, search)? else { return Ok(Vec::new()) };
    let newest = asked.candidates(tx, 0)?;
    if newest.len() < CANDIDATES as usize {
        return asked.page(tx, &newest, search.skip, true);
    }
    // Further pages go window by window, the newest first: each is sorted by itself, so that none overlaps.
    let before = search.skip / CANDIDATES * CANDIDATES;
    let window = if before == 0 { newest } else { asked.candidates(tx, before)? };
    asked.page(tx, &window, search.skip - before, false)
}

impl<'a> Asked<'a> {
    /// `None`: there is nothing to be found by.
    fn of(tx: &Transaction<'_>, search: &'a MessageSearch) -> rusqlite::Result<Option<Self>> {
        let mut phrases = phrases(&search.text);
        let mut rare = Vec::new();
        for phrase in &mut phrases {
            // The index gathers all words with a beginning before it gives the first match.
            let whole = Phrase { begins: false, ..phrase.clone() };
            if is_common(tx, &whole)? {
                *phrase = whole;
            } else {
                rare.push(phrase.clone());
            }
        }
        let Some(mut matches) = all_of(&phrases) else { return Ok(None) };
        if let Some(with) = &search.with {
            // The index knows the conversation as words, too: a common word is looked up in there only. What comes before
            // the `@` is in the fewest others.
            let begin = with.as_str().split('@').next().filter(|begin| begin.chars().any(char::is_alphanumeric));
            matches = format!("place : {} AND {matches}", quoted(begin.unwrap_or(with.as_str())));
        }
        let bound = |sql: &str, time: Option<WallTime>, without: i64| -> rusqlite::Result<i64> {
            let Some(time) = time else { return Ok(without) };
            let row: Option<i64> = tx.prepare_cached(sql)?.query_row([time.unix_ms()], |row| row.get(0))?;
            // There is nothing at that time: nothing lies beyond the other end.
            Ok(row.unwrap_or(!without))
        };
        let rows = (
            bound("SELECT min(seq) FROM message WHERE time >= ?1", search.since, i64::MIN)?,
            bound("SELECT max(seq) FROM message WHERE time < ?1", search.until, i64::MAX)?,
        );
        Ok(Some(Self { search, matches, scores: all_of(&rare), rows }))
    }

    /// The newest matches but for `skip` of them.
    fn candidates(&self, tx: &Transaction<'_>, skip: u32) -> rusqlite::Result<Vec<i64>> {
        let ((from, to), with) = (self.rows, self.search.with.as_ref().map(Jid::as_str));
        // The index goes first, and for each match it is looked up whose conversation it is in.
        let sql = match with {
            None => {
                "SELECT rowid FROM message_text
                 WHERE message_text MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 AND ?6 IS NULL
                 ORDER BY rowid DESC LIMIT ?4 OFFSET ?5"
            }
            Some(_) => {
                "SELECT message_text.rowid FROM message_text CROSS JOIN message ON message.seq = message_text.rowid
                 WHERE message_text MATCH ?1 AND message_text.rowid >= ?2 AND message_text.rowid <= ?3 AND peer = ?6
                 ORDER BY message_text.rowid DESC LIMIT ?4 OFFSET ?5"
            }
        };
        tx.prepare_cached(sql)?
            .query_map(params![self.matches, from, to, CANDIDATES, skip, with], |row| row.get(0))?
            .collect()
    }

    /// A page of these matches, newest first as they are given.
    fn page(&self, tx: &Transaction<'_>, window: &[i64], skip: u32, ranked: bool) -> rusqlite::Result<Vec<Message>> {
        let (Some(youngest), Some(oldest)) = (window.first(), window.last()) else { return Ok(Vec::new()) };
        // Scores are weighed by how rare each word is, and counting a common one costs more than all the rest.
        let scores = self.scores.as_ref().filter(|_| ranked);
        let hit = match scores {
            Some(_) => {
                "SELECT rowid AS seq, bm25(message_text) AS score FROM message_text
                 WHERE message_text MATCH ?1 AND rowid BETWEEN ?2 AND ?3"
            }
            None => "SELECT 0 AS seq, 0 AS score WHERE ?1 IS NOT NULL AND ?2 > ?3",
        };
        let mut statement = tx.prepare_cached(&format!(
            "WITH hit AS MATERIALIZED ({hit})
             SELECT {} FROM json_each(?4) AS found CROSS JOIN message ON message.seq = found.value
                 LEFT JOIN hit ON hit.seq = message.seq
             WHERE (?5 IS NULL OR time >= ?5) AND (?6 IS NULL OR time < ?6)
             ORDER BY coalesce(hit.score, 0), place DESC LIMIT ?7 OFFSET ?8",
            columns("message")
        ))?;
        let found = format!("{window:?}");
        let (since, until) = (self.search.since.map(WallTime::unix_ms), self.search.until.map(WallTime::unix_ms));
        let limit = self.search.limit.min(LONGEST_PAGE);
        let asked = params![scores, oldest, youngest, found, since, until, limit, skip];
        let rows = statement.query_map(asked, |row| with_changes(tx, row))?;
        rows.filter_map(Result::transpose).collect()
    }
}

/// Whether very many messages hold a phrase. Counts no further than it must.
fn is_common(tx: &Transaction<'_>, phrase: &Phrase) -> rusqlite::Result<bool> {
    let expression = format!("body : {}", phrase.expression());
    let count: u32 = tx
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM message_text WHERE message_text MATCH ?1 LIMIT ?2)")?
        .query_row(params![expression, COMMON], |row| row.get(0))?;
    Ok(count >= COMMON)
}

/// What is looked for: a text in quotes as it stands, the last word also as the beginning of one, since it may not be typed
/// to its end.
fn phrases(text: &str) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    for (at, part) in text.split('"').enumerate() {
        if at % 2 == 1 {
            phrases.push(Phrase { text: part.to_owned(), begins: false });
        } else {
            let words = part.split_whitespace();
            phrases.extend(words.map(|word| Phrase { text: word.to_owned(), begins: true }));
        }
    }
    // What the index has no word for would match nothing.
    phrases.retain(|phrase| phrase.text.chars().any(char::is_alphanumeric));
    phrases.truncate(MOST_WORDS);
    let last = phrases.len().saturating_sub(1);
    for (at, phrase) in phrases.iter_mut().enumerate() {
        phrase.text = phrase.text.chars().take(LONGEST_WORD).collect();
        // One letter begins a tenth of all words, and says nothing yet; a sign of other scripts may be a word.
        phrase.begins &= at == last && phrase.text.len() != 1;
    }
    phrases
}

/// All of them, in the text of a message; `None`: there are none.
fn all_of(phrases: &[Phrase]) -> Option<String> {
    let terms: Vec<String> = phrases.iter().map(Phrase::expression).collect();
    (!terms.is_empty()).then(|| format!("body : ({})", terms.join(" AND ")))
}

/// A string of FTS5: nothing in it is syntax.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}

#[cfg(test)]
mod tests {
    use super::{all_of, phrases};

    #[test]
    fn what_people_type_is_never_syntax() {
        let rows = [
            ("lunch", Some(r#"body : ("lunch"*)"#)),
            ("  lunch  tomorrow ", Some(r#"body : ("lunch" AND "tomorrow"*)"#)),
            (r#""see you" soon"#, Some(r#"body : ("see you" AND "soon"*)"#)),
            (r#"soon "see you""#, Some(r#"body : ("soon" AND "see you")"#)),
            ("a OR b NOT c", Some(r#"body : ("a" AND "OR" AND "b" AND "NOT" AND "c")"#)),
            ("a", Some(r#"body : ("a")"#)),
            ("我", Some(r#"body : ("我"*)"#)),
            ("body:x* (", Some(r#"body : ("body:x*"*)"#)),
            (r#""open"#, Some(r#"body : ("open")"#)),
            ("", None),
            ("?! --", None),
            ("\"\"", None),
        ];
        for (text, expected) in rows {
            assert_eq!(all_of(&phrases(text)).as_deref(), expected, "{text}");
        }
    }
}
