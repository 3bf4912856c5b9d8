//! Words of the page of calls.

/// Over the pad.
pub const PAD: &str = "Dial pad";
/// In the pad's empty field.
pub const NUMBER: &str = "Number, address or name";
/// Calls.
pub const CALL: &str = "Call";
/// Calls whom was called last.
pub const REDIAL: &str = "Call the last number again";
/// Takes the last sign away.
pub const ERASE: &str = "Delete the last digit";
/// In the history's empty search field.
pub const SEARCH: &str = "Search calls";
/// All calls.
pub const ALL: &str = "All";
/// Only missed ones.
pub const MISSED: &str = "Missed";
/// Back to whoever called.
pub const CALL_BACK: &str = "Call back";
/// To whomever was called.
pub const CALL_AGAIN: &str = "Call again";
/// A message to whoever called.
pub const WRITE_BACK: &str = "Write back";
/// The tab of the history in a narrow window.
pub const HISTORY: &str = "History";
/// Over the lamps.
pub const PHONES: &str = "Phones you watch";
/// Over the voicemail.
pub const VOICEMAIL: &str = "Voicemail";
/// Listens to it.
pub const LISTEN: &str = "Listen";
/// Filters leave nothing.
pub const NOTHING: &str = "No such calls";
/// What to do then.
pub const NOTHING_BODY: &str = "Nothing in the history fits what you look for. Change the search or the filters.";
/// No missed calls.
pub const NONE_MISSED: &str = "No missed calls";
/// What that means.
pub const NONE_MISSED_BODY: &str = "Calls that nobody answered here or on another of your devices appear here.";
/// Before the number is known to lead anywhere.
pub const HOLD: &str = "Hold 0 for +, hold 1 for voicemail";
