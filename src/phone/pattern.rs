//! Regular expressions of a dial plan, bounded: they come from files and provisioning documents.

use std::fmt;
use std::sync::Arc;

/// The longest expression, in bytes.
const LONGEST: usize = 256;
/// What a compiled expression may take, in bytes; a larger one is refused.
const LARGEST: usize = 256 * 1024;

/// A regular expression that compares by its text. Matching takes time linear in the text's length, whatever it says.
#[derive(Clone)]
pub struct Pattern {
    text: Arc<str>,
    regex: regex::Regex,
}

/// The expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Longer than a dial plan needs.
    #[error("it is longer than 256 characters")]
    TooLong,
    /// Not a regular expression, or one that grows beyond all measure.
    #[error("it is not a regular expression: {0}")]
    Invalid(String),
}

impl Pattern {
    /// Compiles an expression.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > LONGEST {
            return Err(PatternError::TooLong);
        }
        let regex = regex::RegexBuilder::new(text)
            .size_limit(LARGEST)
            .build()
            .map_err(|error| PatternError::Invalid(error.to_string().lines().last().unwrap_or_default().to_owned()))?;
        Ok(Self { text: text.into(), regex })
    }

    /// Whether it occurs in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The text with the first occurrence replaced (`$1` stands for the first group); `None` where there is none.
    pub fn replace(&self, text: &str, by: &str) -> Option<String> {
        self.is_match(text).then(|| self.regex.replace(text, by).into_owned())
    }

    /// How it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}
