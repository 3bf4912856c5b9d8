//! Questions that wait for the user's answer. They are state with an id, so losing a notice loses nothing.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// The name of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub u64);

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "q{}", self.0)
    }
}

impl QuestionId {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('q')?.parse().ok().map(Self)
    }
}

impl Serialize for QuestionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// Which address or account to call with.
    Choose,
    /// A call may cost money, or came from a link.
    Cost,
    /// The protection would be weaker than before or than asked for.
    Security,
    /// A certificate could not be verified.
    Certificate,
    /// A link wants the user to enter a room.
    Join,
    /// Somebody wants to see the user's presence.
    Subscription,
    /// Somebody wants a call of the user's to go on with somebody else.
    Transfer,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What `reply` takes.
    pub id: Arc<str>,
    /// What the button says.
    pub label: Arc<str>,
    /// A second line: the address, the cost, the fingerprint.
    pub detail: Option<Arc<str>>,
}

/// A question to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its name.
    pub id: QuestionId,
    /// What it is about.
    pub kind: QuestionKind,
    /// The question, a sentence or two.
    pub text: Arc<str>,
    /// The answers; the safe one first.
    pub choices: Vec<Choice>,
}
