//! Both connections side by side, and what is being done about their differences.

use std::sync::Arc;

use super::{AccountId, Aspect, ParityLevel, Service};

/// One line of the sheet: what both sides have of one aspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionRow {
    /// What is compared.
    pub aspect: Aspect,
    /// What chat has, in a few words.
    pub chat: Arc<str>,
    /// What voice has, in a few words.
    pub voice: Arc<str>,
    /// Which side is weaker, where one is.
    pub weaker: Option<Service>,
    /// The user said that this is enough for the weaker account.
    pub accepted: bool,
    /// Why the line is judged as it is, one sentence.
    pub reason: Arc<str>,
    /// What could be done, where something can.
    pub remedy: Option<Arc<str>>,
}

/// A chat account beside a voice account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionPair {
    /// The chat account.
    pub chat: AccountId,
    /// The voice account.
    pub voice: AccountId,
    /// The verdict.
    pub level: ParityLevel,
    /// Line by line; empty while not both are connected.
    pub rows: Vec<ProtectionRow>,
}

/// A change that raises one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseStep {
    /// Which account.
    pub account: AccountId,
    /// Which aspect it raises.
    pub aspect: Aspect,
    /// The key of the configuration.
    pub key: &'static str,
    /// What it is now, as the file would say it.
    pub from: Arc<str>,
    /// What it becomes.
    pub to: Arc<str>,
    /// What came of it.
    pub outcome: RaiseOutcome,
    /// The same in a sentence.
    pub text: Arc<str>,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaiseOutcome {
    /// It would be made.
    Planned,
    /// It is being tried.
    Trying,
    /// It holds.
    Done,
    /// The server cannot; everything is as before.
    RolledBack,
    /// It may not be changed, or not now.
    Refused,
}

impl RaiseOutcome {
    /// The word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Trying => "trying",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
            Self::Refused => "refused",
        }
    }
}

/// What the security sheet shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// Each pair of accounts that belong together.
    pub pairs: Vec<ProtectionPair>,
    /// What raising would change now.
    pub plan: Vec<RaiseStep>,
    /// The last or present try to raise: its steps. Empty: none in this run.
    pub tried: Vec<RaiseStep>,
    /// A try is going on.
    pub busy: bool,
    /// The least that the configuration demands: `none`, `tls1.2+verify`.
    pub floor: Arc<str>,
}
