//! The keys of `[calls]` that say what happens to calls that come in: do not disturb, forwarding, automatic answers.

use std::time::Duration;

use super::table::{Problems, Table};
use super::words;
use crate::model::Refusing;

/// What happens to calls that come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answering {
    /// Calls do not ring.
    pub do_not_disturb: bool,
    /// What callers hear then.
    pub dnd_answer: Refusing,
    /// The status "do not disturb" does the same.
    pub dnd_with_presence: bool,
    /// Where every call goes: a number, an address, or the chat address of a contact.
    pub forward_always: Option<String>,
    /// Where calls go while the user talks.
    pub forward_busy: Option<String>,
    /// Where calls go that nobody answers.
    pub forward_no_answer: Option<String>,
    /// After what time nobody has answered, 5 to 120 seconds.
    pub forward_after: Duration,
    /// A second call may ring.
    pub call_waiting: bool,
    /// Turning to one call puts the others on hold.
    pub hold_others: bool,
    /// Whose calls may be answered by themselves: numbers, addresses, chat addresses of contacts.
    pub auto_answer: Vec<String>,
}

impl Default for Answering {
    fn default() -> Self {
        Self {
            do_not_disturb: false,
            dnd_answer: Refusing::Busy,
            dnd_with_presence: false,
            forward_always: None,
            forward_busy: None,
            forward_no_answer: None,
            forward_after: Duration::from_secs(20),
            call_waiting: true,
            hold_others: true,
            auto_answer: Vec::new(),
        }
    }
}

pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Answering {
    let target = |table: &mut Table<'_>, key: &'static str, problems: &mut Problems<'_>| {
        table.parsed(key, "a number or an address", problems, callable)
    };
    let mut auto_answer = Vec::new();
    for (text, span) in table.texts("auto-answer", problems).unwrap_or_default() {
        match callable(&text) {
            Some(text) => auto_answer.push(text),
            None => problems.report(span, format_args!("{text:?} is not a number or an address")),
        }
    }
    Answering {
        do_not_disturb: table.flag("do-not-disturb", false, problems),
        dnd_answer: table.word("do-not-disturb-answer", words::REFUSING, Refusing::Busy, problems),
        dnd_with_presence: table.flag("do-not-disturb-with-presence", false, problems),
        forward_always: target(table, "forward-always", problems),
        forward_busy: target(table, "forward-busy", problems),
        forward_no_answer: target(table, "forward-no-answer", problems),
        forward_after: Duration::from_secs(u64::from(table.number("forward-after", 5..=120, 20, problems))),
        call_waiting: table.flag("call-waiting", true, problems),
        hold_others: table.flag("hold-others", true, problems),
        auto_answer,
    }
}

/// What can be called, as far as that is seen without the dial plan: an address, or something with a digit in it.
fn callable(text: &str) -> Option<String> {
    let text = text.trim();
    let plausible = text.contains('@') || text.chars().any(|c| c.is_ascii_digit());
    (plausible && text.len() <= 200 && !text.contains(char::is_control)).then(|| text.to_owned())
}
