//! How a call rings here.

use std::fmt;

/// A ringtone. All of them are made by the program: nothing is ever fetched (S07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ringtone {
    /// A two-tone bell.
    #[default]
    Classic,
    /// Low and slow.
    Soft,
    /// Three notes upwards.
    Chime,
    /// Short and quick.
    Pulse,
    /// A falling figure.
    Cascade,
}

impl Ringtone {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Classic, Self::Soft, Self::Chime, Self::Pulse, Self::Cascade];

    /// Its name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Soft => "soft",
            Self::Chime => "chime",
            Self::Pulse => "pulse",
            Self::Cascade => "cascade",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.name() == name)
    }
}

impl fmt::Display for Ringtone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Ringtone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
