//! What is said about the two connections together, and about messages over voice.

use time::UtcOffset;

use super::super::when::within;
use crate::account::{Snapshot, Trace};
use crate::gui::words::{Word, say, told, word};
use crate::model::{AccountState, ConnectionState, Now, Service};

/// What a conversation over voice is: nobody has confirmed who writes (S12).
pub const SIP_UNVERIFIED: Word = word("joining-sip-unverified");
/// What happens to a message over voice while voice is away.
pub const OFFLINE_SIP: Word = word("joining-offline-sip");
/// Before the address that a message over voice would go to.
pub const WRITE_TO: Word = word("joining-write-to");
/// How the connections depend on each other.
pub const TOGETHER: Word = word("joining-together");
/// Which connection carries what.
pub const CARRIES: Word = word("joining-carries");
/// Something over the other connection is wished, for one person.
pub const ON_FOR_PERSON: Word = word("joining-on-for-person");
/// The same for everybody of the domain.
pub const ON_FOR_DOMAIN: Word = word("joining-on-for-domain");
/// It is not wished, for one person.
pub const OFF_FOR_PERSON: Word = word("joining-off-for-person");
/// The same for everybody of the domain.
pub const OFF_FOR_DOMAIN: Word = word("joining-off-for-domain");
/// The rule goes.
pub const AS_USUAL: Word = word("joining-as-usual");
/// A report to the clipboard.
pub const COPY_REPORT: Word = word("joining-copy-report");
/// A report to a file.
pub const SAVE_REPORT: Word = word("joining-save-report");
/// The report is on the clipboard.
pub const REPORT_COPIED: Word = word("joining-report-copied");
/// What the report is.
pub const REPORT: Word = word("joining-report");
/// What is in it.
pub const REPORT_BODY: Word = word("joining-report-body");

/// The report was written.
pub fn report_saved(path: &str) -> String {
    say!("joining-the-report-is-in-it-names", path)
}

/// The name of this run, as it stands in the log and in the report.
pub fn run(correlation: &str) -> String {
    say!("joining-run-in-the-log-and-in", correlation)
}

/// Since when a connection stands where it does.
pub fn since(account: &AccountState, now: Now, offset: UtcOffset) -> String {
    say!("joining-since", when = within(account.since, now.wall, offset))
}

/// What went wrong last, and when.
pub fn last_error(trace: &Trace, now: Now, offset: UtcOffset) -> Option<String> {
    let (at, reason) = trace.last_error.as_ref()?;
    Some(say!("joining-last-error", when = within(*at, now.wall, offset), why = told(&reason.text)))
}

/// Whether calls arrive, and if not: why, since when, and what comes next. Absent where there is no voice account.
pub fn can_be_called(snapshot: &Snapshot, now: Now, offset: UtcOffset) -> Option<String> {
    let mut voices = snapshot.accounts.iter().filter(|account| account.service == Service::Voice).peekable();
    let first = *voices.peek()?;
    if voices.any(|account| account.state == ConnectionState::Online) {
        return Some(say!("joining-you-can-be-called-yes"));
    }
    let why = match (&first.reason, first.state) {
        (Some(reason), _) => told(&reason.text).trim_end_matches('.').to_owned(),
        (None, ConnectionState::Connecting) => say!("joining-voice-connecting"),
        (None, _) => say!("joining-voice-not-connected"),
    };
    let since = within(first.since, now.wall, offset);
    Some(match first.retry_at {
        Some(at) => {
            let seconds = at.saturating_since(now.boot).as_secs_f64().ceil().max(1.0);
            say!("joining-not-called-yet", why, since, seconds)
        }
        None => say!("joining-not-called", why, since),
    })
}

/// The section of the exceptions.
pub const EXCEPTIONS: Word = word("joining-exceptions");
/// What stands there.
pub const EXCEPTIONS_BODY: Word = word("joining-exceptions-body");
/// The button.
pub const TAKE_BACK: Word = word("joining-take-back");
