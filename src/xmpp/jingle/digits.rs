//! Digits beside the stream (XEP-0181), for who takes none in it: gateways to the telephone network that do not look into RTP.
//!
//! XEP-0181 section 1 wants the events of RFC 4733 preferred, so these are used only where none were agreed on. They go one
//! after the other; what the other side does not take comes back, and becomes tones in the sound.

use std::collections::VecDeque;
use std::time::Duration;

use minidom::Element;

use super::super::stanza::{With, ns};
use super::boundary::JingleEvent;
use super::desk::Desk;
use super::session::{Session, State, Step};
use crate::model::{BootTime, CallId, Now};

/// Digits that wait. When full: further ones are left out.
const MOST: usize = 256;
/// How long a digit is said to last, milliseconds.
const LASTS: u32 = 160;
/// From the beginning of one digit to that of the next, at least.
const STEP: Duration = Duration::from_millis(360);
/// A `,`.
const PAUSE: Duration = Duration::from_secs(2);

/// The condition of an error, and Jingle's own where there is one.
pub(super) type Refused = (&'static str, Option<&'static str>);

/// What is to be sent.
#[derive(Debug, Default)]
pub(super) struct Digits {
    waiting: VecDeque<char>,
    /// The digit whose answer is due.
    sent: Option<char>,
    /// The last one or a pause lasts until then.
    until: Option<BootTime>,
}

impl Digits {
    /// When the next one is due.
    pub(super) fn due(&self) -> Option<BootTime> {
        self.until.filter(|_| self.sent.is_none() && !self.waiting.is_empty())
    }
}

fn is_digit(digit: char) -> bool {
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')
}

/// What a `<dtmf/>` of theirs says.
pub(super) fn heard(session: &Session, info: &Element) -> Result<Option<JingleEvent>, Refused> {
    if session.state != State::Active {
        return Ok(None);
    }
    if session.agreed_on_events() {
        // XEP-0181 section 2: another way was agreed on, and a digit that comes both ways would be two.
        return Err(("not-acceptable", None));
    }
    let mut code = info.attr("code").unwrap_or_default().chars();
    let (Some(digit), None) = (code.next().filter(|digit| is_digit(*digit)), code.next()) else {
        return Err(("feature-not-implemented", None));
    };
    // The first versions told both ends of a press; one of them is the key. One that lasts no time is none.
    let silent = info.attr("action") == Some("button-up") || info.attr("duration") == Some("0");
    Ok((!silent).then_some(JingleEvent::Digit { call: session.call, digit }))
}

impl Desk {
    /// Sends digits where the other side's program says that it takes them; else they are given back.
    pub(super) fn send_digits(&mut self, call: CallId, digits: &str, takes: bool, now: Now) {
        let session = self.sessions.get_mut(&call).filter(|session| takes && session.state == State::Active);
        let Some(session) = session else {
            return self.event(JingleEvent::DigitsRefused { call, digits: digits.into() });
        };
        let room = MOST.saturating_sub(session.digits.waiting.len());
        session.digits.waiting.extend(digits.chars().filter(|digit| is_digit(*digit) || *digit == ',').take(room));
        self.next_digit(call, now);
    }

    pub(super) fn next_digit(&mut self, call: CallId, now: Now) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let digits = &mut session.digits;
        if digits.sent.is_some() || digits.until.is_some_and(|until| now.boot < until) {
            return;
        }
        match digits.waiting.pop_front() {
            None => digits.until = None,
            Some(',') => digits.until = Some(now.boot + PAUSE),
            Some(digit) => {
                (digits.sent, digits.until) = (Some(digit), Some(now.boot + STEP));
                let info = Element::builder("dtmf", ns::JINGLE_DTMF)
                    .with("code", &digit.to_string())
                    .with("duration", &LASTS.to_string())
                    .build();
                self.request(call, Step::Digit, "session-info", vec![info]);
            }
        }
    }

    /// The answer to a digit.
    pub(super) fn digit_answered(&mut self, call: CallId, taken: bool, now: Now) {
        let Some(session) = self.sessions.get_mut(&call) else { return };
        let Some(digit) = session.digits.sent.take() else { return };
        if taken {
            return self.next_digit(call, now);
        }
        let rest: String = std::iter::once(digit).chain(session.digits.waiting.drain(..)).collect();
        session.digits.until = None;
        self.event(JingleEvent::DigitsRefused { call, digits: rest.into() });
    }
}
