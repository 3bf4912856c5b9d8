//! Why somebody is reported to the people who run the server.

use std::sync::Arc;

/// Why somebody is reported (XEP-0377 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportReason {
    /// Unwanted messages to many.
    Spam,
    /// Anything else that should not be done.
    Abuse,
}

impl ReportReason {
    /// Reads the word of the control interface.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "spam" => Some(Self::Spam),
            "abuse" => Some(Self::Abuse),
            _ => None,
        }
    }
}

/// What the people who run the server are told.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Why.
    pub reason: ReportReason,
    /// In the user's words.
    pub text: Option<Arc<str>>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("reason", &self.reason).finish_non_exhaustive()
    }
}
