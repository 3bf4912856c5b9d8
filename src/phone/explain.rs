//! The steps of reading a number, for people who wonder why it became what it is.

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done, in a word or two.
    pub name: &'static str,
    /// What the number is after it.
    pub value: String,
    /// Why, a sentence.
    pub why: String,
}

/// Takes the steps down, or does not: reading ten thousand cards writes nothing.
#[derive(Debug)]
pub struct Trace<'a>(pub Option<&'a mut Vec<Step>>);

impl Trace<'_> {
    /// Notes a step.
    pub(super) fn note(&mut self, name: &'static str, value: &str, why: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.0 {
            steps.push(Step { name, value: value.to_owned(), why: why() });
        }
    }
}
