//! What the archive of a chat account keeps by itself.

use serde::Serialize;

/// Whose messages the server keeps, where nobody is named as an exception (XEP-0313 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchiveKeeps {
    /// All messages.
    Always,
    /// Those with people in the list.
    Roster,
    /// None.
    Never,
}

impl ArchiveKeeps {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Always, Self::Roster, Self::Never];

    /// The word of the standard.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Roster => "roster",
            Self::Never => "never",
        }
    }

    /// Reads the word of the standard; `None`: it is another one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// What the server says that its archive keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ArchivePreferences {
    /// By default.
    pub keeps: ArchiveKeeps,
    /// So many people are named whose messages are kept in any case.
    pub always: usize,
    /// So many people are named whose messages are not kept.
    pub never: usize,
}
