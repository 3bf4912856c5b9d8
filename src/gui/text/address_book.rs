//! What the window says about the address book and about who said what.

use time::UtcOffset;

use crate::account::BookState;
use crate::gui::words::{say, words};
use crate::model::{AddressSource, ImportReport, Statement, WallTime};

words! {
    TITLE = "address-book-title";
    ADD = "address-book-add";
    EDIT = "address-book-edit";
    NEW = "address-book-new";
    REMOVE = "address-book-remove";
    SAVE = "address-book-save";
    NAME = "address-book-name";
    NUMBERS = "address-book-numbers";
    NUMBERS_HINT = "address-book-numbers-hint";
    CHAT = "address-book-chat";
    CHAT_HINT = "address-book-chat-hint";
    FORM_BODY = "address-book-form-body";
    NO_CHAT_ADDRESS = "address-book-no-chat-address";
    IMPORT = "address-book-import";
    IMPORT_DIRECTORY = "address-book-import-directory";
    IMPORT_HINT = "address-book-import-hint";
    IMPORT_LABEL = "address-book-import-label";
    EXPORT_LABEL = "address-book-export-label";
    EXPORT = "address-book-export";
    EXPORT_3 = "address-book-export-3";
    SHOW_HISTORY = "address-book-show-history";
    HIDE_HISTORY = "address-book-hide-history";
    NO_HISTORY = "address-book-no-history";
    HISTORY_PENDING = "address-book-history-pending";
    HIDE_NUMBER = "address-book-hide-number";
    SHOW_NUMBER = "address-book-show-number";
    NO_CHAT = "address-book-no-chat";
    CALLERS = "address-book-callers";
}

/// An address without its scheme.
pub fn bare(uri: &str) -> &str {
    uri.split_once(':').map_or(uri, |(_, rest)| rest)
}

/// Since when an address is known: "since 3 Nov".
pub fn since(learned: WallTime, now: WallTime, offset: UtcOffset) -> String {
    say!("address-book-since", when = inside(learned, now, offset))
}

/// A time within a sentence.
fn inside(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    super::super::when::within(at, now, offset)
}

/// Who says something: the catalogues choose the words by it.
fn who(source: AddressSource) -> &'static str {
    match source {
        AddressSource::VcardTemp | AddressSource::Vcard4 => "card",
        AddressSource::Reach => "reach",
        AddressSource::AddressBook => "own",
        AddressSource::Directory => "directory",
        AddressSource::CallInfo => "call",
    }
}

/// One line of the history: who said it, and from when to when.
pub fn statement(said: &Statement, now: WallTime, offset: UtcOffset) -> String {
    let address = bare(&said.uri);
    let since = inside(said.since, now, offset);
    let who = who(said.source);
    match (said.source, said.until) {
        (AddressSource::CallInfo, _) => say!("address-book-call-named", address, since),
        (_, None) => say!("address-book-has-listed", who, address, since),
        (_, Some(until)) => say!("address-book-listed", who, address, since, until = inside(until, now, offset)),
    }
}

/// How many people there are, and whom to believe.
pub fn people(state: &BookState) -> Vec<String> {
    let mut lines = vec![say!("address-book-own", count = state.people)];
    for (name, people, trusted) in &state.directories {
        lines.push(if *trusted {
            say!("address-book-directory-trusted", name, count = *people)
        } else {
            say!("address-book-directory-claims", name, count = *people)
        });
    }
    lines
}

/// What became of a file that was read.
pub fn imported(report: &ImportReport) -> String {
    let counts = say!(
        "address-book-imported",
        added = report.added,
        changed = report.changed,
        unchanged = report.unchanged,
        removed = report.removed
    );
    let note = say!("address-book-skipped", count = report.skipped.len() + report.more_skipped);
    format!("{counts} {note}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_reads_as_sentences_with_from_and_until() {
        let at = |text: &str| WallTime::parse_rfc3339(text).expect("valid");
        let now = at("2026-11-22T12:00:00Z");
        let said = |source, until: Option<&str>| Statement {
            uri: "tel:+4930901820".into(),
            source,
            since: at("2026-11-03T10:00:00Z"),
            until: until.map(at),
        };
        let told = |source, until| statement(&said(source, until), now, UtcOffset::UTC);
        assert_eq!(told(AddressSource::Vcard4, None), "Their card has listed +4930901820 since 3 Nov.");
        assert_eq!(
            told(AddressSource::Vcard4, Some("2026-11-09T10:00:00Z")),
            "Their card listed +4930901820 from 3 Nov until 9 Nov."
        );
        assert_eq!(told(AddressSource::CallInfo, None), "A call from +4930901820 named their chat address (3 Nov).");
    }
}
