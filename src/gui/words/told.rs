//! Sentences of the core, known again and said in the user's language.
//!
//! The core speaks English: its sentences are a promise to those who script the program, and stand in its log and store.
//! Each one that the window shows is looked for among those of the catalogues' files for it (`told-…`); its arguments are
//! taken out of it and put into the translation. What is not found is shown as it is.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use fluent_bundle::{FluentArgs, FluentValue};

use super::catalogue::{self, FILES, Shape, shapes, source};
use crate::model::Language;

/// Sentences within a sentence: a reason, and what caused it.
const DEEPEST: u8 = 3;
/// Sentences remembered for one language; beyond this all are forgotten and found again.
const REMEMBERED: usize = 512;
/// Longer ones are shown as they are: no sentence of the core is longer.
const LONGEST: usize = 2_000;

type Known = (Language, HashMap<Box<str>, Option<Box<str>>>);

thread_local! {
    static FOUND: RefCell<Known> = RefCell::new((Language::English, HashMap::new()));
}

/// What the core said, in the language that is spoken.
pub fn told(sentence: &str) -> Cow<'_, str> {
    let spoken = super::spoken();
    if spoken == Language::English || sentence.len() > LONGEST {
        return Cow::Borrowed(sentence);
    }
    FOUND.with_borrow_mut(|(language, found)| {
        if *language != spoken || found.len() >= REMEMBERED {
            found.clear();
            *language = spoken;
        }
        let said = found.entry(sentence.into()).or_insert_with(|| translated(sentence, 0).map(Into::into));
        said.as_deref().map_or(Cow::Borrowed(sentence), |said| Cow::Owned(said.to_owned()))
    })
}

/// The sentences of the core.
fn known() -> &'static [Shape] {
    static KNOWN: OnceLock<Vec<Shape>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let files = FILES.iter().zip(source(Language::English)).filter(|(name, _)| name.starts_with("told"));
        let mut all: Vec<Shape> = files.flat_map(|(_, file)| shapes(file)).collect();
        // The most words first: "… transferred to Bob: they are busy." before "… transferred to Bob."
        all.sort_by_key(|shape| std::cmp::Reverse(shape.fixed.iter().map(String::len).sum::<usize>()));
        all
    })
}

/// In the language that is spoken, or nothing where the sentence is not known.
fn translated(sentence: &str, depth: u8) -> Option<String> {
    if depth > DEEPEST || sentence.is_empty() {
        return None;
    }
    if let Some(said) = known().iter().find_map(|shape| said(shape, sentence, depth)) {
        return Some(said);
    }
    // Several sentences in a row: those that are known, and the others as they are.
    let mut parts = Vec::new();
    let mut rest = sentence;
    let mut any = false;
    while let Some(at) = rest.find(". ").or_else(|| rest.find("\n")) {
        let (first, after) = rest.split_at(at + 1);
        let said = known().iter().find_map(|shape| said(shape, first.trim_end(), depth));
        any |= said.is_some();
        parts.push(said.unwrap_or_else(|| first.trim_end().to_owned()));
        rest = after.trim_start();
    }
    if parts.is_empty() {
        return None;
    }
    let said = known().iter().find_map(|shape| said(shape, rest, depth));
    any |= said.is_some();
    parts.push(said.unwrap_or_else(|| rest.to_owned()));
    any.then(|| parts.join(" ").trim_end().to_owned())
}

/// The translation of a sentence that has this shape.
fn said(shape: &Shape, sentence: &str, depth: u8) -> Option<String> {
    let found = arguments(shape, sentence)?;
    let mut args = FluentArgs::with_capacity(found.len() + 1);
    for (name, text) in shape.arguments.iter().zip(&found) {
        args.set(name.clone(), value(name, text, depth));
    }
    if let Some((name, number)) = &shape.exactly {
        args.set(name.clone(), FluentValue::from(*number));
    }
    catalogue::of(super::spoken()).formatted(&shape.name, &args)
}

/// What stands between the fixed parts; `None`: the sentence has another shape.
fn arguments<'a>(shape: &Shape, sentence: &'a str) -> Option<Vec<&'a str>> {
    let (first, others) = shape.fixed.split_first()?;
    let mut rest = sentence.strip_prefix(first.as_str())?;
    let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
    let mut found = Vec::with_capacity(others.len());
    for fixed in between {
        let (argument, after) = rest.split_once(fixed.as_str())?;
        found.push(argument);
        rest = after;
    }
    found.push(rest.strip_suffix(last.as_str())?);
    // An argument that is empty was none.
    found.iter().all(|argument| !argument.is_empty()).then_some(found)
}

/// An argument: `why…` and `what…` are sentences of the core themselves; `count…` and `seconds…` are numbers.
fn value<'a>(name: &str, text: &'a str, depth: u8) -> FluentValue<'a> {
    let is = |kind: &str| name.starts_with(kind);
    if (is("count") || is("seconds"))
        && let Ok(number) = text.replace(',', "").parse::<f64>()
    {
        return FluentValue::from(number);
    }
    if is("why") || is("what") {
        // Within a sentence the last dot may be left out.
        let dotted = || translated(&format!("{text}."), depth + 1).map(|said| said.trim_end_matches('.').to_owned());
        if let Some(said) = translated(text, depth + 1).or_else(dotted) {
            return FluentValue::String(Cow::Owned(said));
        }
    }
    FluentValue::String(Cow::Borrowed(text))
}
