//! Reading one TOML table key by key, and reporting what was not read.

use std::fmt::Display;
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::Problem;

/// Collects problems with their lines.
pub(super) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Reports a problem at a place in the text.
    pub(super) fn report(&mut self, span: Option<Range<usize>>, text: impl Display) {
        let line = span.map(|span| {
            let before = self.text.get(..span.start).unwrap_or(self.text);
            u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX - 1) + 1
        });
        self.found.push(Problem { file: self.file.into(), line: line.unwrap_or(1), text: text.to_string().into() });
    }

    pub(super) fn into_found(self) -> Vec<Problem> {
        let mut found = self.found;
        found.sort_by_key(|problem| problem.line);
        found
    }
}

/// One table, read key by key.
pub(super) struct Table<'t> {
    /// How messages call it: `[audio]`.
    name: String,
    items: Option<&'t dyn TableLike>,
    span: Option<Range<usize>>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) fn new(name: impl Into<String>, items: &'t dyn TableLike, span: Option<Range<usize>>) -> Self {
        Self { name: name.into(), items: Some(items), span, known: Vec::new() }
    }

    /// A table that is not in the file: every key has its default.
    pub(super) fn absent(name: impl Into<String>) -> Self {
        Self { name: name.into(), items: None, span: None, known: Vec::new() }
    }

    pub(super) fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes a key, so that it counts as known.
    pub(super) fn item(&mut self, key: &'static str) -> Option<&'t Item> {
        self.known.push(key);
        self.items.and_then(|items| items.get(key)).filter(|item| !item.is_none())
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
        let item = self.item(key)?;
        match item.as_str() {
            Some(text) if text.trim().is_empty() => {
                problems.report(item.span(), format_args!("{key} is empty: give it a value or remove the line"));
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                problems.report(item.span(), format_args!("{key} must be a text in quotes"));
                None
            }
        }
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool, problems: &mut Problems<'_>) -> bool {
        let Some(item) = self.item(key) else { return default };
        item.as_bool().unwrap_or_else(|| {
            problems.report(item.span(), format_args!("{key} must be true or false"));
            default
        })
    }

    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
        problems: &mut Problems<'_>,
    ) -> u32 {
        let Some(item) = self.item(key) else { return default };
        match item.as_integer().and_then(|number| u32::try_from(number).ok()) {
            Some(number) if range.contains(&number) => number,
            _ => {
                problems.report(
                    item.span(),
                    format_args!("{key} must be a whole number from {} to {}", range.start(), range.end()),
                );
                default
            }
        }
    }

    pub(super) fn texts(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Vec<(String, Option<Range<usize>>)>> {
        let item = self.item(key)?;
        let Some(array) = item.as_array() else {
            problems.report(item.span(), format_args!("{key} must be a list of texts: [\"…\", \"…\"]"));
            return None;
        };
        let mut texts = Vec::new();
        for value in array {
            match value {
                Value::String(text) => texts.push((text.value().clone(), value.span())),
                Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::Datetime(_)
                | Value::Array(_)
                | Value::InlineTable(_) => {
                    problems.report(value.span(), format_args!("{key} must hold texts in quotes only"));
                }
            }
        }
        Some(texts)
    }

    /// A text that `read` understands; `what` says what it must be.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let span = self.items.and_then(|items| items.get(key)).and_then(Item::span);
        let text = self.text(key, problems)?;
        let value = read(&text);
        if value.is_none() {
            problems.report(span, format_args!("{key} = \"{text}\" is not {what}"));
        }
        value
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        default: T,
        problems: &mut Problems<'_>,
    ) -> T {
        let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        self.parsed(key, &format!("one of {list}"), problems, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
        .unwrap_or(default)
    }

    /// Reports every key that nobody asked for, with the nearest one that exists.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        let Some(items) = self.items else { return };
        for (key, item) in items.iter() {
            if self.known.contains(&key) {
                continue;
            }
            let span = items.get_key_value(key).and_then(|(key, _)| key.span()).or_else(|| item.span());
            let near = self.known.iter().map(|known| (distance(key, known), *known)).min();
            match near {
                Some((steps, known)) if steps <= 3 => {
                    problems.report(span, format_args!("{} has no key {key}: did you mean {known}?", self.name))
                }
                _ => problems.report(span, format_args!("{} has no key {key}", self.name)),
            }
        }
    }
}

/// The Levenshtein distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            let cost = diagonal + usize::from(x != *y);
            row[j + 1] = cost.min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}
