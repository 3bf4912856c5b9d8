//! What the window says about the address book and about who said what.

use time::UtcOffset;

use super::when;
use crate::account::BookState;
use crate::model::{AddressSource, ImportReport, Statement, WallTime};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    TITLE = "Address book";
    ADD = "Add to address book";
    EDIT = "Edit";
    NEW = "Add a person";
    REMOVE = "Remove";
    SAVE = "Save";
    NAME = "Name";
    NUMBERS = "Numbers, separated by commas";
    NUMBERS_HINT = "+49 30 …, bob@example.com";
    CHAT = "Chat address, if there is one";
    CHAT_HINT = "bob@example.com";
    FORM_BODY = "What you keep here counts before everything that others say, and names callers.";
    NO_CHAT_ADDRESS = "The chat address looks like bob@example.com.";
    IMPORT = "Import";
    IMPORT_DIRECTORY = "Import as a directory";
    IMPORT_HINT = "/home/you/people.vcf";
    IMPORT_LABEL = "Read people from a vCard file";
    EXPORT_LABEL = "Write your people into a new vCard file";
    EXPORT = "Export (vCard 4)";
    EXPORT_3 = "Export (vCard 3)";
    SHOW_HISTORY = "Who said what";
    HIDE_HISTORY = "Hide who said what";
    NO_HISTORY = "Nobody has said anything about their addresses yet.";
    HISTORY_PENDING = "Looking it up …";
    HIDE_NUMBER = "Hide my number on the next call";
    SHOW_NUMBER = "Show my number on the next call";
    NO_CHAT = "No chat address is known for them. Add one to the address book, and you can write to them.";
    CALLERS = "Who may ring";
}

/// An address without its scheme.
pub fn bare(uri: &str) -> &str {
    uri.split_once(':').map_or(uri, |(_, rest)| rest)
}

/// Since when an address is known: "since 3 Nov".
pub fn since(learned: WallTime, now: WallTime, offset: UtcOffset) -> String {
    format!("since {}", inside(learned, now, offset))
}

/// A time within a sentence.
fn inside(at: WallTime, now: WallTime, offset: UtcOffset) -> String {
    when(at, now, offset).replace("Yesterday", "yesterday")
}

/// Who says something, at the beginning of a sentence.
fn who(source: AddressSource) -> &'static str {
    match source {
        AddressSource::VcardTemp | AddressSource::Vcard4 => "Their card",
        AddressSource::Reach => "Their announcement",
        AddressSource::AddressBook => "Your address book",
        AddressSource::Directory => "The directory",
        AddressSource::CallInfo => "A call",
    }
}

/// One line of the history: who said it, and from when to when.
pub fn statement(said: &Statement, now: WallTime, offset: UtcOffset) -> String {
    let address = bare(&said.uri);
    let since = inside(said.since, now, offset);
    match (said.source, said.until) {
        (AddressSource::CallInfo, _) => format!("A call from {address} named their chat address ({since})."),
        (source, None) => format!("{} has listed {address} since {since}.", who(source)),
        (source, Some(until)) => {
            format!("{} listed {address} from {since} until {}.", who(source), inside(until, now, offset))
        }
    }
}

/// How many people there are, and whom to believe.
pub fn people(state: &BookState) -> Vec<String> {
    let count = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    let mut lines = vec![format!("{} of your own.", count(state.people))];
    for (name, people, trusted) in &state.directories {
        let trust = if *trusted { "its word is proof" } else { "not named by the configuration, so it only claims" };
        lines.push(format!("Directory {name}: {}, {trust}.", count(*people)));
    }
    lines
}

/// What became of a file that was read.
pub fn imported(report: &ImportReport) -> String {
    let mut parts = vec![format!("{} added", report.added), format!("{} changed", report.changed)];
    parts.push(format!("{} as before", report.unchanged));
    if report.removed > 0 {
        parts.push(format!("{} gone", report.removed));
    }
    let skipped = report.skipped.len() + report.more_skipped;
    let note = match skipped {
        0 => "Nothing was skipped.".to_owned(),
        1 => "One thing was not taken over:".to_owned(),
        count => format!("{count} things were not taken over:"),
    };
    format!("{}. {note}", parts.join(", "))
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
