//! What is said about the two connections together, and about messages over voice.

use time::UtcOffset;

use super::when;
use crate::account::{Snapshot, Trace};
use crate::model::{AccountState, ConnectionState, Now, Service};

/// What a conversation over voice is: nobody has confirmed who writes (S12).
pub const SIP_UNVERIFIED: &str = "SIP message, unverified";
/// What happens to a message over voice while voice is away.
pub const OFFLINE_SIP: &str = "Not connected: messages go out as soon as Voice is back.";
/// Before the address that a message over voice would go to.
pub const WRITE_TO: &str = "Write to";
/// How the connections depend on each other.
pub const TOGETHER: &str = "Chat and Voice together";
/// Which connection carries what.
pub const CARRIES: &str = "Calls and messages";
/// Something over the other connection is wished, for one person.
pub const ON_FOR_PERSON: &str = "Turn on for this person";
/// The same for everybody of the domain.
pub const ON_FOR_DOMAIN: &str = "Turn on for their domain";
/// It is not wished, for one person.
pub const OFF_FOR_PERSON: &str = "Turn off for this person";
/// The same for everybody of the domain.
pub const OFF_FOR_DOMAIN: &str = "Turn off for their domain";
/// The rule goes.
pub const AS_USUAL: &str = "As usual";
/// A report to the clipboard.
pub const COPY_REPORT: &str = "Copy report";
/// A report to a file.
pub const SAVE_REPORT: &str = "Save report";
/// The report is on the clipboard.
pub const REPORT_COPIED: &str = "The report is copied. It names no people, addresses, numbers or passwords.";
/// What the report is.
pub const REPORT: &str = "A report for whoever helps";
/// What is in it.
pub const REPORT_BODY: &str = "Both connections, what went wrong last, and the newest log lines, without names, addresses, numbers and passwords.";

/// The report was written.
pub fn report_saved(path: &str) -> String {
    format!("The report is in {path}. It names no people, addresses, numbers or passwords.")
}

/// The name of this run, as it stands in the log and in the report.
pub fn run(correlation: &str) -> String {
    format!("Run {correlation} in the log and in the report")
}

/// Since when a connection stands where it does.
pub fn since(account: &AccountState, now: Now, offset: UtcOffset) -> String {
    format!("since {}", when(account.since, now.wall, offset))
}

/// What went wrong last, and when.
pub fn last_error(trace: &Trace, now: Now, offset: UtcOffset) -> Option<String> {
    let (at, reason) = trace.last_error.as_ref()?;
    Some(format!("Last error, {}: {}", when(*at, now.wall, offset), reason.text))
}

/// Whether calls arrive, and if not: why, since when, and what comes next. Absent where there is no voice account.
pub fn can_be_called(snapshot: &Snapshot, now: Now, offset: UtcOffset) -> Option<String> {
    let mut voices = snapshot.accounts.iter().filter(|account| account.service == Service::Voice).peekable();
    let first = *voices.peek()?;
    if voices.any(|account| account.state == ConnectionState::Online) {
        return Some("You can be called: yes.".to_owned());
    }
    let why = match (&first.reason, first.state) {
        (Some(reason), _) => reason.text.trim_end_matches('.').to_owned(),
        (None, ConnectionState::Connecting) => "voice is connecting".to_owned(),
        (None, _) => "voice is not connected".to_owned(),
    };
    let next = match first.retry_at {
        Some(at) => format!("; next try in {} s", at.saturating_since(now.boot).as_secs_f64().ceil().max(1.0)),
        None => String::new(),
    };
    Some(format!("You can be called: no ({why}; since {}{next}).", when(first.since, now.wall, offset)))
}

/// The section of the exceptions.
pub const EXCEPTIONS: &str = "Exceptions";
/// What stands there.
pub const EXCEPTIONS_BODY: &str = "Who is treated otherwise than what your accounts say.";
/// The button.
pub const TAKE_BACK: &str = "Take back";
