//! Sentences about accounts, numbers and cost.

use std::time::Duration;

use crate::model::{BootTime, Call};

/// Over the section of the settings.
pub const RELATIONS: &str = "Accounts that belong together";
/// What it means.
pub const RELATIONS_BODY: &str =
    "Calls to the people of a chat account go over the voice account that belongs to it, even if you have others.";
/// No voice account belongs to a chat account.
pub const NONE: &str = "None: ask which account calls";
/// Over what is remembered.
pub const REMEMBERED: &str = "Remembered for calls";
/// Takes something back.
pub const FORGET: &str = "Forget";
/// Over the choice of what is remembered.
pub const KEEP: &str = "Keep this choice";
/// After a refused call.
pub const NEXT: &str = "What else you can do";

/// For a country or a domain: the last words of "…, and always for +49".
pub fn keep_prefix(label: &str) -> String {
    label.rsplit_once("always ").map_or_else(|| label.to_owned(), |(_, for_whom)| for_whom.to_owned())
}

/// What the call may cost and has cost.
pub fn cost(call: &Call, now: BootTime) -> Option<String> {
    let charge = call.charge.as_ref()?;
    let talked = match call.answered_boot {
        Some(answered) if call.end.is_none() => now.saturating_since(answered),
        Some(_) | None => call.duration,
    };
    Some(match charge.after(talked).filter(|_| talked > Duration::ZERO) {
        Some(so_far) => format!("{} · about {so_far} so far", charge.text),
        None => charge.text.to_string(),
    })
}
