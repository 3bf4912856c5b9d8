//! Reading one TOML table key by key, and reporting what was not read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;

use toml_edit::{Item, TableLike, Value};

use super::Problem;
use super::layer::Layer;
use super::merge::identity_key;
use super::shape::{Kind, Shape, Shapes};

/// What cannot be judged from the text alone, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) what: PlaceOf,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlaceOf {
    /// A file with certificate authorities.
    CaFile(PathBuf),
    /// A file with a password.
    PasswordFile(PathBuf),
    /// A file with a private key.
    KeyFile(PathBuf),
    /// A password itself; of this account.
    Password(String),
}

/// Collects problems with their lines, and what the shell must look at.
pub(super) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    /// What stands behind the text, in the tree that is read: a document's layer.
    layer: Option<&'a Layer>,
    found: Vec<Problem>,
    pub(super) places: Vec<Place>,
    /// Every key that was asked for, as `table.key`.
    pub(super) asked: BTreeSet<String>,
    /// What each of them may be.
    pub(super) shapes: Shapes,
    /// How many tables of a kind were read.
    tables: BTreeMap<String, usize>,
    /// Every key with the value that counts, where that can be written in a line.
    pub(super) values: Vec<(String, Option<String>)>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            layer: None,
            found: Vec::new(),
            places: Vec::new(),
            asked: BTreeSet::new(),
            values: Vec::new(),
            shapes: Shapes::new(),
            tables: BTreeMap::new(),
        }
    }

    /// The same over a layer whose places begin where those of the text end.
    pub(super) fn over(file: &'a str, text: &'a str, layer: &'a Layer) -> Self {
        Self { layer: Some(layer), ..Self::new(file, text) }
    }

    /// The layer that a place is in; `None` where it is in the text.
    fn layer_at(&self, span: Option<&Range<usize>>) -> Option<(&'a Layer, usize)> {
        self.layer.zip(span.map(|span| span.start)).filter(|(layer, at)| layer.has(*at))
    }

    /// Whether a place is in a document, where messages speak of JSON.
    pub(super) fn is_json(&self, span: Option<Range<usize>>) -> bool {
        self.layer_at(span.as_ref()).is_some()
    }

    /// Reports a problem at a place in the text.
    pub(super) fn report(&mut self, span: Option<Range<usize>>, text: impl Display) {
        let text = text.to_string().into();
        let problem = match self.layer_at(span.as_ref()) {
            Some((layer, at)) => layer.problem(at, text),
            None => Problem { file: self.file.into(), line: self.line(span), pointer: "".into(), text },
        };
        self.found.push(problem);
    }

    /// Notes something for the shell.
    pub(super) fn note(&mut self, span: Option<Range<usize>>, what: PlaceOf) {
        // What a document names is nothing for the disk to judge: it may name no file.
        if self.layer_at(span.as_ref()).is_some() {
            return;
        }
        let line = self.line(span);
        self.places.push(Place { line, what });
    }

    /// The line of a place, from 1; the end of the text counts as its last line.
    pub(super) fn line(&self, span: Option<Range<usize>>) -> u32 {
        let Some(span) = span else { return 1 };
        let content = self.text.trim_end().len();
        let before = self.text.get(..span.start.min(content)).unwrap_or(self.text);
        u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX - 1) + 1
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
    /// Each known key's value.
    values: Vec<(&'static str, Option<String>)>,
    /// What each may be, where that was said.
    shapes: Vec<(&'static str, Shape)>,
    /// How the table is known among several of its kind: `chat[work]`.
    label: Option<String>,
}

impl<'t> Table<'t> {
    pub(super) fn new(name: impl Into<String>, items: &'t dyn TableLike, span: Option<Range<usize>>) -> Self {
        Self {
            name: name.into(),
            items: Some(items),
            span,
            known: Vec::new(),
            values: Vec::new(),
            shapes: Vec::new(),
            label: None,
        }
    }

    /// A table that is not in the file: every key has its default.
    pub(super) fn absent(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            items: None,
            span: None,
            known: Vec::new(),
            values: Vec::new(),
            shapes: Vec::new(),
            label: None,
        }
    }

    /// Where the table begins; that of its first key where it has no header, as in `audio.input = "null"`.
    pub(super) fn span(&self) -> Option<Range<usize>> {
        self.span.clone().or_else(|| {
            let (key, _) = self.items?.iter().next()?;
            self.items?.key(key)?.span()
        })
    }

    /// Where the value of a key is.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.items.and_then(|items| items.get(key)).and_then(Item::span).or_else(|| self.span())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How a key of this table is called in the file: `numbers.rule`.
    pub(super) fn path_of(&self, key: &str) -> String {
        match self.name.strip_prefix('[') {
            Some(name) => format!("{}.{key}", name.trim_matches(['[', ']'])),
            // The table that holds all others has no name of its own.
            None => key.to_owned(),
        }
    }

    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        self.items.is_some_and(|items| keys.iter().any(|key| items.contains_key(key)))
    }

    /// Takes a key, so that it counts as known.
    pub(super) fn item(&mut self, key: &'static str) -> Option<&'t Item> {
        let item = self.items.and_then(|items| items.get(key)).filter(|item| !item.is_none());
        if !self.known.contains(&key) {
            self.known.push(key);
            self.values.push((key, item.and_then(Item::as_value).map(plain)));
        }
        item
    }

    /// What a key may be; the first word counts, which is the narrowest.
    fn shape(&mut self, key: &'static str, kind: Kind) {
        if !self.shapes.iter().any(|(known, _)| *known == key) {
            self.shapes.push((key, Shape { kind, required: false }));
        }
    }

    /// The table needs this key.
    pub(super) fn require(&mut self, key: &'static str) {
        self.shape(key, Kind::Text);
        self.shapes.iter_mut().filter(|(known, _)| *known == key).for_each(|(_, shape)| shape.required = true);
    }

    /// What counts where the table says nothing.
    fn note_default(&mut self, key: &'static str, value: String) {
        if let Some((_, known)) = self.values.iter_mut().find(|(known, _)| *known == key)
            && known.is_none()
        {
            *known = Some(value);
        }
    }

    /// How the table is known among several of its kind.
    pub(super) fn set_label(&mut self, label: String) {
        self.label = Some(label);
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
        self.shape(key, Kind::Text);
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
        self.shape(key, Kind::Flag);
        let Some(item) = self.item(key) else {
            self.note_default(key, default.to_string());
            return default;
        };
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
        self.shape(key, Kind::Number(*range.start(), *range.end()));
        let Some(item) = self.item(key) else {
            self.note_default(key, default.to_string());
            return default;
        };
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
        self.shape(key, Kind::Texts);
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
        let span = self.span_of(key);
        let text = self.text(key, problems)?;
        let value = read(&text);
        if value.is_none() {
            problems.report(span, format_args!("{key} = {text:?} is not {what}"));
        }
        value
    }

    /// One of some words.
    pub(super) fn word<T: Copy + PartialEq>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        default: T,
        problems: &mut Problems<'_>,
    ) -> T {
        self.shape(key, Kind::Words(words.iter().map(|(word, _)| (*word).to_owned()).collect()));
        if self.item(key).is_none()
            && let Some((word, _)) = words.iter().find(|(_, value)| *value == default)
        {
            self.note_default(key, (*word).to_owned());
        }
        let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        self.parsed(key, &format!("one of {list}"), problems, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
        .unwrap_or(default)
    }

    /// Reports every key that nobody asked for, with the nearest one that exists.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        let section = self.name.trim_matches(['[', ']']);
        problems.asked.extend(self.known.iter().map(|key| format!("{section}.{key}")));
        problems.shapes.extend(self.shapes.iter().map(|(key, shape)| (format!("{section}.{key}"), shape.clone())));
        let label = match (&self.label, identity_key(section)) {
            (Some(label), _) => label.clone(),
            (None, Some(key)) => {
                let id = self.items.and_then(|items| items.get(key)).and_then(Item::as_str).unwrap_or_default();
                format!("{section}[{id}]")
            }
            (None, None) if self.name.starts_with("[[") => {
                let count = problems.tables.entry(section.to_owned()).or_default();
                *count += 1;
                format!("{section}[{}]", *count - 1)
            }
            (None, None) => section.to_owned(),
        };
        // What holds tables is no setting itself.
        let is_table = |key: &str| {
            self.items
                .and_then(|items| items.get(key))
                .is_some_and(|item| item.is_table_like() || item.is_array_of_tables())
        };
        let values = self.values.iter().filter(|(key, _)| !is_table(key));
        problems.values.extend(values.map(|(key, value)| (format!("{label}.{key}"), value.clone())));
        let Some(items) = self.items else { return };
        for (key, item) in items.iter() {
            if self.known.contains(&key) {
                continue;
            }
            let span = items.get_key_value(key).and_then(|(key, _)| key.span()).or_else(|| item.span());
            match nearest(key, &self.known) {
                Some(known) => {
                    problems.report(span, format_args!("{} has no key {key:?}: did you mean {known}?", self.name))
                }
                None => problems.report(span, format_args!("{} has no key {key:?}", self.name)),
            }
        }
    }
}

/// A value in a line, without quotes where it is one text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Array(array) => array.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::InlineTable(_) => {
            value.to_string().trim().to_owned()
        }
    }
}

/// Longer words are no misspelling of a key.
const LONGEST_MISSPELLING: usize = 40;

/// The known word that a misspelled one most resembles: at most three letters differ, and most do not.
fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    if word.len() > LONGEST_MISSPELLING {
        return None;
    }
    let plain = word.to_lowercase().replace('_', "-");
    let (steps, near) = known.iter().map(|known| (distance(&plain, known), *known)).min()?;
    (steps <= 3 && steps * 2 <= near.len()).then_some(near)
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
