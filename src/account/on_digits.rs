//! Digits in a call: what the user types, and those of a number that wait for the user's word.

use super::manager::Manager;
use super::questions::{Subject, choice};
use super::{Refusal, RefusalKind, Reply};
use crate::model::{Call, CallId, CallState, Now, QuestionKind};

/// Digits that are taken at once.
const MOST: usize = 64;

impl Manager {
    pub(super) fn send_digits(&mut self, id: CallId, digits: &str, now: Now) -> Result<Reply, Refusal> {
        let valid = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D' | ',' | 'w');
        if digits.is_empty() || digits.len() > MOST || !digits.chars().all(valid) {
            let text = "Tones are 0 to 9, *, #, A to D, a comma for a pause, and w to be asked before the rest.";
            return Err(Refusal::new(RefusalKind::Invalid, text));
        }
        let sent = self.calls.with(id, now, |call| call.dial(digits));
        told(sent)
    }

    /// The call has digits that wait: the user is asked, once.
    pub(super) fn ask_digits(&mut self, call: &Call) {
        let subject = Subject::Digits { call: call.id };
        if call.digits_waiting.is_none() || call.state == CallState::Ended {
            self.questions.withdraw(|asked| *asked == subject);
            return;
        }
        // The digits may be a PIN: how many there are says enough.
        let count = call.digits_waiting.as_ref().map_or(0, |digits| digits.chars().count());
        let text = format!("Send the other {count} digits to \u{2068}{}\u{2069} now?", call.peer.display);
        let choices = vec![choice("cancel", "Do not send them", None), choice("send", "Send", None)];
        let question = self.questions.ask(QuestionKind::Choose, &text, choices, subject);
        self.announce(question);
    }

    pub(super) fn answer_digits(&mut self, id: CallId, send: bool, now: Now) -> Result<Reply, Refusal> {
        let sent = self.calls.with(id, now, |call| call.dial_waiting(send));
        told(sent)
    }
}

fn told(sent: Option<Result<(), &'static str>>) -> Result<Reply, Refusal> {
    match sent {
        Some(Ok(())) => Ok(Reply::Done),
        Some(Err(why)) => Err(Refusal::new(RefusalKind::NotAllowed, why)),
        None => Err(Refusal::new(RefusalKind::NotFound, "There is no such call.")),
    }
}
