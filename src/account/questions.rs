//! What waits for the user's answer, and what each answer leads to.

use std::sync::Arc;

use super::on_security::Lowering;
use crate::model::{AccountId, Aspect, Choice, Jid, Question, QuestionId, QuestionKind};

/// Subscription requests that may wait at once; more are answered later, when the server repeats them. What strangers send
/// must not crowd out questions of another kind.
const MOST_SUBSCRIPTIONS: usize = 64;
/// Questions of links that may wait at once.
const MOST_DIALS: usize = 4;

/// What an answer leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Trust a certificate.
    Certificate {
        /// Of this account's server.
        account: AccountId,
        /// Its SHA-256.
        fingerprint: [u8; 32],
    },
    /// Somebody wants to see our presence.
    Subscription {
        /// Asked over this account.
        account: AccountId,
        /// Who.
        from: Jid,
    },
    /// Less protection than before, or than the other side has.
    Weaker {
        /// Of this account.
        account: AccountId,
        /// In what.
        aspect: Aspect,
        /// Where consent is kept.
        lowering: Lowering,
    },
    /// Place a call that a link asked for.
    Dial {
        /// Whom.
        to: super::CallTo,
    },
    /// Enter a room that a link named.
    Join {
        /// Which.
        room: Jid,
        /// With this password.
        password: Option<Arc<str>>,
    },
    /// Put whom a link names on the list.
    Add(Box<crate::model::ContactLink>),
    /// Send the digits of a number that wait in a call.
    Digits {
        /// Which call.
        call: crate::model::CallId,
    },
    /// Call whom the other side of this call wants the user to go on talking to.
    Refer {
        /// In which call that was asked.
        call: crate::model::CallId,
    },
    /// Call where a call of ours was sent.
    Redirect {
        /// Over this account.
        account: AccountId,
        /// Where to.
        to: Arc<str>,
        /// Where it has been.
        trail: Vec<String>,
    },
    /// Place the call that the user wants: over which account, or at what cost, is asked.
    Place {
        /// The call.
        wish: super::place::Wish,
        /// The rule that chose the account, where only the cost is asked.
        rule: Option<String>,
        /// Where the account is asked: for which contact and beginning the choice can be remembered.
        number: Option<(Option<Jid>, Option<String>)>,
    },
}

/// What waits for the user's answer.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: Vec<(Question, Subject)>,
    next: u64,
}

impl Questions {
    /// Asks, unless the same is being asked. Answers the new question's name.
    pub(super) fn ask(
        &mut self,
        kind: QuestionKind,
        text: &str,
        choices: Vec<Choice>,
        subject: Subject,
    ) -> Option<QuestionId> {
        let alike = |known: fn(&Subject) -> bool| self.waiting.iter().filter(|(_, waiting)| known(waiting)).count();
        let full = match &subject {
            // Of the last three kinds there is one at a time.
            Subject::Certificate { .. }
            | Subject::Weaker { .. }
            | Subject::Refer { .. }
            | Subject::Redirect { .. }
            | Subject::Place { .. }
            | Subject::Digits { .. } => false,
            Subject::Subscription { .. } => {
                alike(|known| matches!(known, Subject::Subscription { .. })) >= MOST_SUBSCRIPTIONS
            }
            Subject::Dial { .. } | Subject::Join { .. } | Subject::Add(_) => {
                alike(|known| matches!(known, Subject::Dial { .. } | Subject::Join { .. } | Subject::Add(_)))
                    >= MOST_DIALS
            }
        };
        if full || self.waiting.iter().any(|(_, waiting)| *waiting == subject) {
            return None;
        }
        self.next += 1;
        let id = QuestionId(self.next);
        self.waiting.push((Question { id, kind, text: text.into(), choices }, subject));
        Some(id)
    }

    /// Takes a question out that this answers; `None` when there is no such question or choice.
    pub(super) fn answer(&mut self, id: QuestionId, choice: &str) -> Option<Subject> {
        let at = self
            .waiting
            .iter()
            .position(|(question, _)| question.id == id && question.choices.iter().any(|known| &*known.id == choice))?;
        Some(self.waiting.remove(at).1)
    }

    /// Takes back what is no longer to be asked.
    pub(super) fn withdraw(&mut self, gone: impl Fn(&Subject) -> bool) {
        self.waiting.retain(|(_, subject)| !gone(subject));
    }

    pub(super) fn shown(&self) -> Arc<[Question]> {
        self.waiting.iter().map(|(question, _)| question.clone()).collect()
    }
}

/// One answer.
pub(super) fn choice(id: &str, label: &str, detail: Option<&str>) -> Choice {
    Choice { id: id.into(), label: label.into(), detail: detail.map(Arc::from) }
}
