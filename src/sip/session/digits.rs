//! Digits by INFO (RFC 6086 in its old form, without a package), one after the other: `application/dtmf-relay`, and where the
//! other side does not read that, `application/dtmf`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Phase, Session, Timer};
use crate::model::Now;
use crate::sip::boundary::Event;
use crate::sip::stack::{Method, Response};
use crate::sip::usage::RequestKey;

/// Digits that wait. When full: further ones are left out.
const MOST: usize = 256;
/// From the answer to one digit to the next.
const GAP: Duration = Duration::from_millis(200);
/// A `,`.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a digit is said to last, milliseconds.
const LASTS: u32 = 160;

/// What is to be sent.
#[derive(Default)]
pub(super) struct Digits {
    waiting: VecDeque<char>,
    /// The digit that is on its way.
    sent: Option<(RequestKey, char)>,
    /// The other side reads only the plain form.
    plain: bool,
    /// A pause or a gap runs.
    resting: bool,
}

impl Session {
    /// Sends digits, where the other side's Allow names INFO or `always` says so; else they are given back.
    pub(super) fn send_digits(&mut self, digits: &str, always: bool, now: Now) {
        let takes = match &self.phase {
            Phase::Established(established) => always || established.peer_info,
            Phase::Calling | Phase::Ringing(_) | Phase::Over => false,
        };
        if !takes {
            return self.say(Event::DigitsRefused { call: self.call, digits: digits.into() });
        }
        let known = |digit: &char| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D' | ',');
        let room = MOST.saturating_sub(self.digits.waiting.len());
        self.digits.waiting.extend(digits.chars().filter(known).take(room));
        self.next_digit(now);
    }

    /// Tells candidates (RFC 8840 section 4.3). Whatever the other side answers, its checks find most of them by themselves.
    pub(super) fn send_candidates(&mut self, fragment: &str) {
        let Phase::Established(established) = &mut self.phase else { return };
        let request = established.dialog.request(Method::Info);
        let request = request.with("Info-Package", "trickle-ice").with("Content-Disposition", "Info-Package");
        self.send(request.with_body("application/trickle-ice-sdpfrag", fragment.as_bytes().to_vec()));
    }

    /// The timer of a gap or a pause is over.
    pub(super) fn digit_timer(&mut self, now: Now) {
        self.digits.resting = false;
        self.next_digit(now);
    }

    fn next_digit(&mut self, now: Now) {
        if self.digits.sent.is_some() || self.digits.resting {
            return;
        }
        match self.digits.waiting.pop_front() {
            None => {}
            Some(',') => {
                self.digits.resting = true;
                self.set(Timer::Digit, PAUSE, now);
            }
            Some(digit) => self.send_digit(digit),
        }
    }

    fn send_digit(&mut self, digit: char) {
        let Phase::Established(established) = &mut self.phase else { return };
        let request = established.dialog.request(Method::Info);
        let (kind, body) = match self.digits.plain {
            false => ("application/dtmf-relay", format!("Signal={digit}\r\nDuration={LASTS}\r\n")),
            true => ("application/dtmf", digit.to_string()),
        };
        let key = self.send(request.with_body(kind, body.into_bytes()));
        self.digits.sent = Some((key, digit));
    }

    /// The answer to a digit; `false` when it is none.
    pub(super) fn digit_answered(&mut self, key: RequestKey, response: &Response, now: Now) -> bool {
        let Some((_, digit)) = self.digits.sent.filter(|(sent, _)| *sent == key) else { return false };
        if response.is_provisional() {
            return true;
        }
        self.digits.sent = None;
        if response.is_success() {
            self.digits.resting = true;
            self.set(Timer::Digit, GAP, now);
        } else if response.code == 415 && !self.digits.plain {
            self.digits.plain = true;
            self.send_digit(digit);
        } else {
            self.give_digits_back(digit);
        }
        true
    }

    /// A digit found no answer.
    pub(super) fn digit_failed(&mut self, key: RequestKey) {
        if let Some((_, digit)) = self.digits.sent.take_if(|(sent, _)| *sent == key) {
            self.give_digits_back(digit);
        }
    }

    fn give_digits_back(&mut self, first: char) {
        let rest: Arc<str> = std::iter::once(first).chain(self.digits.waiting.drain(..)).collect::<String>().into();
        self.say(Event::DigitsRefused { call: self.call, digits: rest });
    }
}
