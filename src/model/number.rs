//! Telephone numbers as values; how they are read from text is decided in `phone`.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A telephone number: global (E.164, with `+`) or local to some exchange (digits as dialled).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Arc<str>);

/// The text is not a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct InvalidNumber;

impl PhoneNumber {
    /// From digits already freed of separators: an optional `+`, then 1 to 40 of `0-9*#`.
    pub fn from_digits(text: &str) -> Result<Self, InvalidNumber> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let valid = (1..=40).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit() || (b"*#".contains(&b) && !text.starts_with('+')));
        if valid { Ok(Self(text.into())) } else { Err(InvalidNumber) }
    }

    /// Whether it is a global number (starts with `+`).
    pub fn is_global(&self) -> bool {
        self.0.starts_with('+')
    }

    /// `+` and digits, or the digits as dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber(…{} digits)", self.0.len())
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
