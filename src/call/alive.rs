//! Whether the other side gives signs of life that are not signalling's.

use std::time::Duration;

use super::machine::{Phase, UserCall};
use super::own_end::end;
use crate::model::{BootTime, EndedBy, Evidence, Now};

/// Sound that came within this time says that somebody is there.
const SOUND: Duration = Duration::from_secs(5);
/// So does a report: two of its intervals with their variation (RFC 3550 section 6.2).
const REPORT: Duration = Duration::from_secs(15);

/// When something was last heard from the other side.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastHeard {
    at: BootTime,
    sound: Duration,
    report: Option<Duration>,
}

impl UserCall {
    /// What the last second of the call showed.
    pub fn note_evidence(&mut self, evidence: &Evidence, now: Now) {
        self.last_heard = Some(LastHeard {
            at: now.boot,
            sound: Duration::from_millis(evidence.silence_ms),
            report: evidence.report_age_ms.map(Duration::from_millis),
        });
    }

    fn is_heard(&self, now: Now) -> bool {
        self.last_heard.is_some_and(|last| {
            let since = now.boot.saturating_since(last.at);
            since + last.sound <= SOUND || last.report.is_some_and(|report| since + report <= REPORT)
        })
    }

    /// Nobody answered our offer. Who is heard all the same is there, so that the call goes on as it was (RFC 3261 section 14.1);
    /// who is not is gone, and the call ends (section 12.2.1.2). True: it ended.
    pub(super) fn end_unanswered(&mut self, code: u16, now: Now) -> bool {
        if code != 408 || !matches!(self.phase, Phase::Talking) || self.is_heard(now) {
            return false;
        }
        self.hang_up(now);
        let text = "The other side no longer answers, and nothing is heard from it.";
        self.view.end = Some(end("no-answer", text, EndedBy::Network));
        self.changed();
        true
    }
}
