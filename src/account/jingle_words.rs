//! How calls over chat end, in words; and why one is refused, in the protocol's.

use crate::model::{CallEnd, EndedBy};
use crate::xmpp::jingle::Condition;

/// The condition (XEP-0166 section 7.4) for the status with which a call is refused here.
pub(super) fn refusal(code: u16) -> Condition {
    match code {
        486 | 600 => Condition::Busy,
        480 | 408 => Condition::Timeout,
        415 | 488 | 606 => Condition::FailedApplication,
        603 => Condition::Decline,
        _ => Condition::GeneralError,
    }
}

/// The code for scripts and the sentence for people. `talked`: the call was answered.
pub(super) fn end_of(why: Condition, by: EndedBy, elsewhere: bool, talked: bool) -> CallEnd {
    let (code, text) = match (why, by) {
        (Condition::Success, _) if elsewhere => ("elsewhere", "Answered on another device."),
        (Condition::Migrated, _) if elsewhere => ("elsewhere", "The call goes on with another device of yours."),
        (_, _) if elsewhere => ("elsewhere", "Declined on another device."),
        (Condition::Success | Condition::Cancel | Condition::Decline, EndedBy::Local) if talked => {
            ("hangup", "You hung up.")
        }
        (Condition::Success | Condition::Cancel | Condition::Decline | Condition::Gone, EndedBy::Remote) if talked => {
            ("hangup", "They hung up.")
        }
        (Condition::Decline | Condition::Busy, EndedBy::Local) => ("declined", "You declined the call."),
        (Condition::Cancel, EndedBy::Local) => ("cancelled", "You cancelled the call."),
        (Condition::Success | Condition::Cancel, _) => ("cancelled", "The caller gave up."),
        (Condition::AlternativeSession, _) => {
            ("crossed", "They were calling you at the same moment: that call goes on.")
        }
        (Condition::Migrated, _) => ("moved", "The call goes on: they took it to another device."),
        (Condition::Busy, _) => ("busy", "They are busy."),
        (Condition::Decline, _) => ("declined", "They declined the call."),
        (Condition::Expired | Condition::Timeout, _) => ("no-answer", "There was no answer."),
        (Condition::Unavailable, _) => ("unavailable", "No device of theirs that can take the call is connected."),
        (Condition::Gone, _) => ("failed", "The other side does not know the call any more."),
        (Condition::ConnectivityError, EndedBy::Network) => {
            ("failed", "Your chat server began a new session, which knows nothing of the call.")
        }
        (Condition::ConnectivityError | Condition::FailedTransport | Condition::UnsupportedTransports, _) => {
            ("unreachable", "The two devices found no way to each other through the networks between them.")
        }
        (Condition::SecurityError, _) => {
            ("not-secure", "The other side found something wrong with the protection of the call and ended it.")
        }
        (Condition::FailedApplication | Condition::IncompatibleParameters | Condition::UnsupportedApplications, _) => {
            ("no-common-media", "The two sides could not agree on how to transmit sound.")
        }
        (Condition::GeneralError, _) => ("failed", "The other side ended the call because of a problem."),
    };
    CallEnd { code: code.into(), text: text.into(), by }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_call_over_chat_has_a_code_and_a_sentence() {
        let rows = [
            (Condition::Success, EndedBy::Remote, false, true, "hangup", "They hung up."),
            (Condition::Success, EndedBy::Local, false, true, "hangup", "You hung up."),
            (Condition::Cancel, EndedBy::Remote, false, false, "cancelled", "The caller gave up."),
            (Condition::Cancel, EndedBy::Local, false, false, "cancelled", "You cancelled the call."),
            (Condition::Decline, EndedBy::Remote, false, false, "declined", "They declined the call."),
            (Condition::Decline, EndedBy::Local, false, false, "declined", "You declined the call."),
            (Condition::Busy, EndedBy::Remote, false, false, "busy", "They are busy."),
            (Condition::Success, EndedBy::Local, true, false, "elsewhere", "Answered on another device."),
            (Condition::Busy, EndedBy::Local, true, false, "elsewhere", "Declined on another device."),
            (
                Condition::Migrated,
                EndedBy::Local,
                true,
                true,
                "elsewhere",
                "The call goes on with another device of yours.",
            ),
            (
                Condition::Migrated,
                EndedBy::Remote,
                false,
                true,
                "moved",
                "The call goes on: they took it to another device.",
            ),
            (Condition::Timeout, EndedBy::Network, false, false, "no-answer", "There was no answer."),
        ];
        for (why, by, elsewhere, talked, code, text) in rows {
            let end = end_of(why, by, elsewhere, talked);
            assert_eq!((&*end.code, &*end.text, end.by), (code, text, by), "{why:?}");
        }
        for code in [480, 486, 488, 603, 500] {
            assert!(end_of(refusal(code), EndedBy::Remote, false, false).text.ends_with('.'));
        }
    }
}
