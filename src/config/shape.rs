//! What the readers accept for each key: the published schema of documents is held equal to it.

use std::collections::BTreeMap;

/// What a key may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Which values.
    pub kind: Kind,
    /// Its table needs it.
    pub required: bool,
}

/// Which values a key may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A whole number of this range, ends included.
    Number(u32, u32),
    /// One of these words.
    Words(Vec<String>),
    /// A text that is not empty.
    Text,
    /// A list of texts.
    Texts,
}

/// Each key, as `table.key`.
pub type Shapes = BTreeMap<String, Shape>;
