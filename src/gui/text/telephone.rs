//! Words of the page of calls.

use super::super::app::App;
use crate::model::Direction;
use crate::store::CallRecord;

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
/// Only those that came in.
pub const INCOMING: &str = "Received";
/// Only those that went out.
pub const OUTGOING: &str = "Dialled";
/// Only with the person of this call.
pub const ONLY: &str = "Only with them";
/// Takes a call out of the history.
pub const DELETE: &str = "Delete";
/// The same, once more.
pub const REALLY: &str = "Really delete?";
/// Hides who calls, for the next call.
pub const HIDDEN: &str = "Hide my number on this call";
/// Shows who calls, for the next call.
pub const SHOWN: &str = "Show my number on this call";
/// Over a person's lamp.
pub const PHONE: &str = "Their phone";
/// Adds a lamp.
pub const WATCH: &str = "Watch their phone";
/// Takes a lamp away.
pub const UNWATCH: &str = "Stop watching";
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

/// What the mark of waiting voice messages says.
pub fn listen(waiting: &str) -> String {
    format!("{waiting}. Press to listen to them.")
}

/// The filter that leaves one person.
pub fn only(name: &str) -> String {
    format!("Only {name}")
}

/// What is known of a call of the history, a line each.
pub fn facts(app: &App, record: &CallRecord) -> Vec<String> {
    let call = &record.call;
    let offset = app.options.offset;
    let way = match call.direction {
        Direction::Incoming => "from",
        Direction::Outgoing => "to",
    };
    let day = super::day(call.started, app.now.wall, offset);
    let mut facts = vec![format!("{day}, {}, {way} {}", super::clock(call.started, offset), call.peer.uri)];
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    facts.extend(account.map(|account| format!("Over {}", super::address_book::bare(&account.address))));
    // How it ended says more than the row where it was answered, and where it was missed.
    let told = call.answered.is_some() || record.missed;
    facts.extend(call.end.as_ref().filter(|_| told).map(|end| end.text.to_string()));
    if let Some((protection, _)) = super::protection(call) {
        facts.push(protection.to_owned());
    }
    facts.extend(super::conference::kept(call));
    facts
}

/// Whether an address says no more than what is shown already: the same digits, or the same text.
pub fn is_same_number(address: &str, shown: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = address.chars().all(|sign| sign.is_ascii_digit() || sign == '+');
    address == shown || (number && digits(address) == digits(shown))
}
