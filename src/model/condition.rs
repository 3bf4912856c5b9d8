//! A problem that the user can act on.

use std::sync::Arc;

use super::{AccountId, Service};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionKind {
    /// The configuration cannot be used.
    Configuration,
    /// A connection needs the user: a password, a decision.
    Connection(Service),
    /// A device is missing or broken.
    Device,
    /// The store cannot be written.
    Store,
    /// A recording could not be made or broke off.
    Recording,
    /// The own card does not say how the user is called.
    Card,
    /// Somebody may be attacking: a server that could not prove who it is, a weaker login than before.
    Security,
    /// A defect in the program ended something, which was started anew.
    Defect(Service),
}

/// What the user can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Enter the password of an account.
    EnterPassword(AccountId),
    /// Try at once.
    Retry(AccountId),
    /// Open a file at a line.
    OpenFile {
        /// The file.
        path: Arc<str>,
        /// The line, where known.
        line: Option<u32>,
    },
    /// Add the voice account's address to the own card of this chat account.
    PublishAddress(AccountId),
    /// Choose another device.
    ChooseDevice,
    /// Read and close.
    Dismiss,
}

/// A problem that the user can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it concerns.
    pub kind: ConditionKind,
    /// What happened, what it means, what to do: one or two sentences.
    pub text: Arc<str>,
    /// What the button does.
    pub remedy: Remedy,
}
