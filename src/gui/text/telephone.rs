//! Words of the page of calls.

use super::super::app::App;
use crate::gui::words::{Word, say, told, word};
use crate::model::Direction;
use crate::store::CallRecord;

/// Over the pad.
pub const PAD: Word = word("telephone-pad");
/// In the pad's empty field.
pub const NUMBER: Word = word("telephone-number");
/// Calls.
pub const CALL: Word = word("telephone-call");
/// Calls whom was called last.
pub const REDIAL: Word = word("telephone-redial");
/// Takes the last sign away.
pub const ERASE: Word = word("telephone-erase");
/// In the history's empty search field.
pub const SEARCH: Word = word("telephone-search");
/// All calls.
pub const ALL: Word = word("telephone-all");
/// Only missed ones.
pub const MISSED: Word = word("telephone-missed");
/// Only those that came in.
pub const INCOMING: Word = word("telephone-incoming");
/// Only those that went out.
pub const OUTGOING: Word = word("telephone-outgoing");
/// Only with the person of this call.
pub const ONLY: Word = word("telephone-only");
/// Takes a call out of the history.
pub const DELETE: Word = word("telephone-delete");
/// The same, once more.
pub const REALLY: Word = word("telephone-really");
/// Hides who calls, for the next call.
pub const HIDDEN: Word = word("telephone-hidden");
/// Shows who calls, for the next call.
pub const SHOWN: Word = word("telephone-shown");
/// Over a person's lamp.
pub const PHONE: Word = word("telephone-phone");
/// Adds a lamp.
pub const WATCH: Word = word("telephone-watch");
/// Takes a lamp away.
pub const UNWATCH: Word = word("telephone-unwatch");
/// Back to whoever called.
pub const CALL_BACK: Word = word("telephone-call-back");
/// To whomever was called.
pub const CALL_AGAIN: Word = word("telephone-call-again");
/// A message to whoever called.
pub const WRITE_BACK: Word = word("telephone-write-back");
/// The tab of the history in a narrow window.
pub const HISTORY: Word = word("telephone-history");
/// Over the lamps.
pub const PHONES: Word = word("telephone-phones");
/// On the key that calls for voice messages.
pub const VOICEMAIL_KEY: Word = word("telephone-voicemail-key");
/// Over the voice messages.
pub const VOICEMAIL: Word = word("telephone-voicemail");
/// Listens to it.
pub const LISTEN: Word = word("telephone-listen");
/// Filters leave nothing.
pub const NOTHING: Word = word("telephone-nothing");
/// What to do then.
pub const NOTHING_BODY: Word = word("telephone-nothing-body");
/// No missed calls.
pub const NONE_MISSED: Word = word("telephone-none-missed");
/// What that means.
pub const NONE_MISSED_BODY: Word = word("telephone-none-missed-body");
/// Before the number is known to lead anywhere.
pub const HOLD: Word = word("telephone-hold");

/// What the mark of waiting voice messages says.
pub fn listen(waiting: &str) -> String {
    say!("telephone-press-to-listen-to-them", waiting)
}

/// The filter that leaves one person.
pub fn only(name: &str) -> String {
    say!("telephone-only-2", name)
}

/// What is known of a call of the history, a line each.
pub fn facts(app: &App, record: &CallRecord) -> Vec<String> {
    let call = &record.call;
    let offset = app.options.offset;
    let day = super::day(call.started, app.now.wall, offset);
    let (clock, address) = (super::clock(call.started, offset), super::jingle::address(call).to_owned());
    let mut facts = vec![match call.direction {
        Direction::Incoming => say!("telephone-was-from", day, clock, address),
        Direction::Outgoing => say!("telephone-was-to", day, clock, address),
    }];
    let account = app.snapshot.accounts.iter().find(|account| account.id == call.account);
    facts.extend(account.map(|account| {
        let address = super::address_book::bare(&account.address);
        super::jingle::way(call, address).unwrap_or_else(|| say!("telephone-over", account = address))
    }));
    // How it ended says more than the row where it was answered, and where it was missed.
    let answered = call.answered.is_some() || record.missed;
    facts.extend(call.end.as_ref().filter(|_| answered).map(|end| told(&end.text).into_owned()));
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
