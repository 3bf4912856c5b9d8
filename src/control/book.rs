//! The methods of the address book.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{BookReply, BookRequest, Request};
use crate::model::{BookEntry, BookId, BookOrigin, CardFormat, ImportReport, Jid};

/// People on a page where the request does not say.
const PEOPLE: u32 = 500;

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let id = |params: &mut Params, name: &str| params.parsed(name, "an entry's id, as in \"b1\"", BookId::parse);
    let request = match method {
        "address-book" => {
            BookRequest::List { limit: params.count("limit")?.unwrap_or(PEOPLE), after: id(params, "after")? }
        }
        "address-book-set" => BookRequest::Set {
            id: id(params, "id")?,
            name: params.text("name")?,
            // An empty text takes the address away.
            jid: params.parsed("jid", "a chat address, or empty", |text| match text.trim() {
                "" => Some(None),
                text => Jid::parse_dropping_resource(text).ok().map(Some),
            })?,
            numbers: params.text("numbers")?.map(|text| numbers(&text)),
        },
        "address-book-remove" => BookRequest::Remove(Params::needed(id(params, "id")?, "id")?),
        "address-book-import" => BookRequest::Import {
            path: Params::needed(params.text("file")?, "file")?,
            directory: params.parsed("source", "address-book or directory", source)?.unwrap_or(false),
        },
        "address-book-export" => BookRequest::Export {
            path: params.text("file")?,
            format: params.parsed("version", "3 or 4", format)?.unwrap_or_default(),
        },
        "address-history" => BookRequest::History(Params::needed(params.jid("with")?, "with")?),
        _ => return Ok(None),
    };
    Ok(Some(Request::Book(request)))
}

/// Separated by commas or line breaks: a `tel:` URI may hold semicolons.
fn numbers(text: &str) -> Vec<Arc<str>> {
    text.split([',', '\n']).map(str::trim).filter(|number| !number.is_empty()).map(Arc::from).collect()
}

fn source(text: &str) -> Option<bool> {
    match text {
        "address-book" => Some(false),
        "directory" => Some(true),
        _ => None,
    }
}

fn format(text: &str) -> Option<CardFormat> {
    match text {
        "3" => Some(CardFormat::V3),
        "4" => Some(CardFormat::V4),
        _ => None,
    }
}

/// The result.
pub(super) fn result(reply: BookReply) -> Value {
    match reply {
        BookReply::Entries(entries) => entries.iter().map(|found| entry(found)).collect(),
        BookReply::Set(id) => json!({ "id": id.to_string() }),
        BookReply::Imported(found) => report(&found),
        BookReply::Exported { people, text } => match text {
            Some(text) => json!({ "people": people, "vcard": text }),
            None => json!({ "people": people }),
        },
        BookReply::Statements(statements) => statements
            .iter()
            .map(|said| json!({ "uri": said.uri, "source": said.source, "since": said.since, "until": said.until }))
            .collect(),
    }
}

/// What became of a file of people.
pub(super) fn report(report: &ImportReport) -> Value {
    json!({
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": report
            .skipped
            .iter()
            .map(|(line, text)| json!({ "line": line, "text": text }))
            .collect::<Vec<_>>(),
        "more_skipped": report.more_skipped,
    })
}

fn entry(entry: &BookEntry) -> Value {
    let (source, directory) = match &entry.origin {
        BookOrigin::User => ("address-book", None),
        BookOrigin::Directory(name) => ("directory", Some(name)),
    };
    json!({
        "id": entry.id.to_string(),
        "name": entry.name,
        "jid": entry.jid,
        "numbers": entry
            .numbers
            .iter()
            .map(|number| json!({ "value": number.value, "types": number.types }))
            .collect::<Vec<_>>(),
        "source": source,
        "directory": directory,
        "changed": entry.changed,
    })
}
