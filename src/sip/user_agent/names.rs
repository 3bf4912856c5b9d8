//! Where the server is: what DNS is asked for the registration, and what it says.

use super::{Output, UserAgent};
use crate::model::Now;
use crate::sip::locate::{Answer, Question};
use crate::sip::usage::CallMachine;

impl<M: CallMachine> UserAgent<M> {
    /// An answer of DNS.
    pub fn handle_answer(&mut self, question: &Question, answer: Answer, now: Now) {
        if let Some(locator) = &mut self.locator {
            locator.handle_answer(question, answer);
        }
        self.ask(now);
        self.settle(now);
    }

    /// Asks DNS what the locator wants to know, and takes its result.
    pub(super) fn ask(&mut self, now: Now) {
        let Some(locator) = &mut self.locator else { return };
        while let Some(question) = locator.poll_question() {
            self.outputs.push_back(Output::Lookup(question));
        }
        if let Some(outcome) = locator.outcome().cloned() {
            self.locator = None;
            self.registration.handle_targets(outcome, now);
        }
    }
}
