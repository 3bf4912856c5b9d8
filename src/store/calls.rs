//! The call history.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Row, Transaction, params};

use super::boundary::{CallFilter, CallRecord, SEEN_CALLS};
use super::column::{Coded, read_texts, write_texts};
use crate::model::{
    AccountId, Call, CallEnd, CallId, CallState, CallText, Direction, EndedBy, Jid, MediaDirection, MediaEncryption,
    MediaInfo, Peer, PeerGrade, Recording, RecordingState, Route, Via, WallTime,
};

/// The longest page.
const LONGEST_PAGE: u32 = 1000;

/// Stores a call as it is.
pub(super) fn store(tx: &Transaction<'_>, call: &Call) -> rusqlite::Result<()> {
    let media = call.media.as_ref();
    let end = call.end.as_ref();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO call (id, direction, state, account, via, peer_uri, peer_display, peer_jid, peer_grade,
             peer_evidence, media_codec, media_clock_hz, media_encryption, media_direction, route_rule, started, answered,
             duration_ms, end_code, end_text, end_by, digits_sent, recording, recording_since, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
             ?24, ?25)",
    )?
    .execute(params![
        // SQLite's integers are signed; names count up from 1.
        i64::try_from(call.id.0).unwrap_or(i64::MAX),
        call.direction.code(),
        call.state.code(),
        call.account.as_str(),
        call.via.code(),
        &*call.peer.uri,
        &*call.peer.display,
        call.peer.jid.as_ref().map(Jid::as_str),
        call.peer.grade.code(),
        write_texts(&call.peer.evidence),
        media.map(|media| &*media.codec),
        media.map(|media| media.clock_hz),
        media.map(|media| media.encryption.code()),
        media.map(|media| media.direction.code()),
        &*call.route.rule,
        call.started.unix_ms(),
        call.answered.map(WallTime::unix_ms),
        i64::try_from(call.duration.as_millis()).unwrap_or(i64::MAX),
        end.map(|end| &*end.code),
        end.map(|end| &*end.text),
        end.map(|end| end.by.code()),
        &*call.digits_sent,
        call.recording.as_ref().map(|recording| &*recording.file),
        call.recording.as_ref().map(|recording| recording.since.unix_ms()),
        call.text.as_ref().map(|text| write_texts(&text.to_texts())),
    ])?;
    Ok(())
}

/// What [`Call::is_missed`] says, for the database.
const MISSED: &str =
    "direction = ?1 AND answered IS NULL AND coalesce(end_code, '') NOT IN ('declined', 'elsewhere', 'forwarded')";

/// Forgets a call.
pub(super) fn delete(tx: &Transaction<'_>, call: CallId) -> rusqlite::Result<()> {
    let id = i64::try_from(call.0).unwrap_or(i64::MAX);
    tx.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// A page of the history, newest first.
pub(super) fn page(
    tx: &Transaction<'_>,
    limit: u32,
    before: Option<CallId>,
    filter: &CallFilter,
) -> rusqlite::Result<Vec<CallRecord>> {
    let before = before.map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
    let missed = if filter.missed { MISSED } else { "?1 = ?1" };
    // The addresses stand in one text, each between line feeds, which no address contains.
    let sql = format!(
        "SELECT * FROM call WHERE {missed} AND id < ?2
             AND (?3 IS NULL OR account = ?3)
             AND (?8 IS NULL OR direction = ?8)
             AND (?5 = '' OR peer_jid = ?4 OR instr(?5, char(10) || peer_uri || char(10)) > 0)
             AND (?6 IS NULL OR peer_display LIKE ?6 ESCAPE '!' OR peer_uri LIKE ?6 ESCAPE '!')
         ORDER BY id DESC LIMIT ?7"
    );
    let addresses = filter.with.as_ref().map(|(_, uris)| format!("\n{}\n", uris.join("\n"))).unwrap_or_default();
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![
            Direction::Incoming.code(),
            before,
            filter.account.as_ref().map(AccountId::as_str),
            filter.with.as_ref().and_then(|(jid, _)| jid.as_ref()).map(Jid::as_str),
            addresses,
            filter.text.as_deref().map(pattern),
            limit.min(LONGEST_PAGE),
            filter.direction.map(Coded::code)
        ],
        read,
    )?;
    rows.collect()
}

/// Two devices ring at the same time, by clocks that differ by less.
const SAME_WITHIN_MS: i64 = 30_000;
/// So many calls are compared with one of another device.
const MOST_COMPARED: u32 = 64;

/// Whether two addresses name the same other side: without what phones add to them.
pub fn same_peer(one: &str, other: &str) -> bool {
    let plain = |uri: &str| {
        let uri = uri.split([';', '?']).next().unwrap_or(uri);
        let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
        rest.to_lowercase()
    };
    plain(one) == plain(other)
}

/// Takes calls of other devices in: the ones that are new or different now. A call that rang here as well stays ours, and is
/// no missed one where it was seen to elsewhere.
pub(super) fn share(tx: &Transaction<'_>, shared: &[Call]) -> rusqlite::Result<Vec<Call>> {
    let mut changed = Vec::new();
    for call in shared {
        let around = |ms: i64| CallId::outgoing(WallTime::from_unix_ms(call.started.unix_ms() + ms), 0).0;
        let near: Vec<Call> = tx
            .prepare_cached("SELECT * FROM call WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3")?
            .query_map(
                params![around(-SAME_WITHIN_MS) as i64, around(SAME_WITHIN_MS + 1) as i64, MOST_COMPARED],
                |row| Ok(read(row)?.call),
            )?
            .collect::<rusqlite::Result<_>>()?;
        let same = |known: &&Call| known.direction == call.direction && same_peer(&known.peer.uri, &call.peer.uri);
        let by_name = near.iter().find(|known| known.id == call.id);
        match by_name.or_else(|| near.iter().find(same)) {
            None => {
                store(tx, call)?;
                changed.push(call.clone());
            }
            // The same word again, or a later one of the same device; what is known of a call of ours is more than that.
            Some(known) if known.id == call.id && known.route == call.route => {
                if (known.answered, known.duration, &known.end) != (call.answered, call.duration, &call.end) {
                    store(tx, call)?;
                    changed.push(call.clone());
                }
            }
            Some(known) => {
                let declined = call.end.as_ref().is_some_and(|end| &*end.code == "declined");
                let (code, text) = match call.answered {
                    Some(_) => ("elsewhere", "You answered it on another device."),
                    None if declined => ("declined", "You declined it on another device."),
                    None => continue,
                };
                if known.is_missed() {
                    let end = Some(CallEnd { code: code.into(), text: text.into(), by: EndedBy::Remote });
                    let known = Call { end, ..known.clone() };
                    store(tx, &known)?;
                    changed.push(known);
                }
            }
        }
    }
    Ok(changed)
}

/// How many calls were missed since the history was looked at last.
pub(super) fn missed(db: &rusqlite::Connection) -> rusqlite::Result<u32> {
    let sql = format!(
        "SELECT count(*) FROM call WHERE {MISSED}
             AND id > coalesce((SELECT CAST(value AS INTEGER) FROM memo WHERE key = ?2), 0)"
    );
    db.query_row(&sql, params![Direction::Incoming.code(), SEEN_CALLS], |row| row.get(0))
}

/// A text that must occur, for LIKE: what it would understand otherwise stands for itself.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

fn read(row: &Row<'_>) -> rusqlite::Result<CallRecord> {
    let text = |name: &str| -> rusqlite::Result<String> { row.get(name) };
    let codec: Option<String> = row.get("media_codec")?;
    let media = match codec {
        None => None,
        Some(codec) => Some(MediaInfo {
            codec: codec.into(),
            clock_hz: row.get("media_clock_hz")?,
            encryption: MediaEncryption::from_code(row.get("media_encryption")?),
            direction: MediaDirection::from_code(row.get("media_direction")?),
        }),
    };
    let code: Option<String> = row.get("end_code")?;
    let end = match code {
        None => None,
        Some(code) => Some(CallEnd {
            code: code.into(),
            text: text("end_text")?.into(),
            by: EndedBy::from_code(row.get("end_by")?),
        }),
    };
    let jid: Option<String> = row.get("peer_jid")?;
    let peer = Peer {
        uri: text("peer_uri")?.into(),
        display: text("peer_display")?.into(),
        jid: jid.and_then(|jid| Jid::parse(&jid).ok()),
        grade: PeerGrade::from_code(row.get("peer_grade")?),
        evidence: read_texts(&text("peer_evidence")?).map(Into::into).collect(),
    };
    let file: Option<String> = row.get("recording")?;
    let since: Option<i64> = row.get("recording_since")?;
    let recording = file.zip(since).map(|(file, since)| Recording {
        state: RecordingState::Ended,
        file: file.into(),
        since: WallTime::from_unix_ms(since),
    });
    let written: Option<String> = row.get("text")?;
    let encryption = media.as_ref().map_or(MediaEncryption::None, |media: &MediaInfo| media.encryption);
    let written = written.and_then(|written| CallText::from_texts(read_texts(&written), encryption));
    // What others press is not kept, nor what held only while the call lived.
    let call = Call {
        via: Via::from_code(row.get("via")?),
        media,
        answered: row.get::<_, Option<i64>>("answered")?.map(WallTime::from_unix_ms),
        duration: Duration::from_millis(row.get::<_, i64>("duration_ms")?.unsigned_abs()),
        end,
        digits_sent: text("digits_sent")?.into(),
        recording,
        text: written.map(Arc::new),
        ..Call::new(
            CallId(row.get::<_, i64>("id")?.unsigned_abs()),
            Direction::from_code(row.get("direction")?),
            CallState::from_code(row.get("state")?),
            AccountId::new(&text("account")?),
            peer,
            Route { rule: text("route_rule")?.into() },
            WallTime::from_unix_ms(row.get("started")?),
        )
    };
    Ok(CallRecord { missed: call.is_missed(), call })
}
