//! Sentences about accounts, numbers and cost.

use std::time::Duration;

use crate::gui::words::{Word, say, told, word};
use crate::model::{BootTime, Call};

/// Over the section of the settings.
pub const RELATIONS: Word = word("numbers-relations");
/// What it means.
pub const RELATIONS_BODY: Word = word("numbers-relations-body");
/// No voice account belongs to a chat account.
pub const NONE: Word = word("numbers-none");
/// Over what is remembered.
pub const REMEMBERED: Word = word("numbers-remembered");
/// Takes something back.
pub const FORGET: Word = word("numbers-forget");
/// Over the choice of what is remembered.
pub const KEEP: Word = word("numbers-keep");
/// After a refused call.
pub const NEXT: Word = word("numbers-next");

/// For a country or a domain: the last words of "…, and always for +49".
pub fn keep_prefix(label: &str) -> String {
    let for_whom = label.rsplit_once("always ").map_or(label, |(_, for_whom)| for_whom);
    told(for_whom).into_owned()
}

/// What the call may cost and has cost.
pub fn cost(call: &Call, now: BootTime) -> Option<String> {
    let charge = call.charge.as_ref()?;
    let talked = match call.answered_boot {
        Some(answered) if call.end.is_none() => now.saturating_since(answered),
        Some(_) | None => call.duration,
    };
    Some(match charge.after(talked).filter(|_| talked > Duration::ZERO) {
        Some(so_far) => say!("numbers-so-far", text = told(&charge.text), so_far = so_far.to_string()),
        None => told(&charge.text).into_owned(),
    })
}
