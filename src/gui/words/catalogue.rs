//! The texts of each language, read from the files that are built in.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::{parser, serializer};

use crate::model::Language;

macro_rules! files {
    ($($file:literal),* $(,)?) => {
        /// The files of every language, without `.ftl`.
        pub const FILES: &[&str] = &[$($file),*];
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../../../assets/i18n/en/", $file, ".ftl"))),*];
        const GERMAN: &[&str] = &[$(include_str!(concat!("../../../assets/i18n/de/", $file, ".ftl"))),*];
        const FRENCH: &[&str] = &[$(include_str!(concat!("../../../assets/i18n/fr/", $file, ".ftl"))),*];
        const SPANISH: &[&str] = &[$(include_str!(concat!("../../../assets/i18n/es/", $file, ".ftl"))),*];
    };
}

files![
    "accounts",
    "address-book",
    "answering",
    "call-text",
    "card",
    "conference",
    "contacts",
    "devices",
    "emoji",
    "export",
    "files",
    "find",
    "general",
    "jingle",
    "joining",
    "login",
    "meeting",
    "notes",
    "numbers",
    "others",
    "paths",
    "quality",
    "rooms",
    "screen",
    "security",
    "setting",
    "settings",
    "shortcuts",
    "talk",
    "telephone",
    "telephony",
    "told-account",
    "told-call",
    "told-caller",
    "told-files",
    "told-meeting",
    "told-number",
    "told-people",
    "told-security",
    "told-setting",
    "told-talking",
    "topics",
    "transfer",
    "tray",
    "when",
];

/// The files of a language, in the order of [`FILES`].
pub fn source(language: Language) -> &'static [&'static str] {
    match language {
        Language::English | Language::Long => ENGLISH,
        Language::German => GERMAN,
        Language::French => FRENCH,
        Language::Spanish => SPANISH,
    }
}

/// The texts of a language.
pub(super) struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// Those without arguments, ready to be shown.
    plain: HashMap<String, String>,
}

/// The catalogue of a language; the first call reads it.
pub(super) fn of(language: Language) -> &'static Catalogue {
    static READ: [OnceLock<Catalogue>; 5] = [const { OnceLock::new() }; 5];
    let [english, german, french, spanish, long] = &READ;
    let slot = match language {
        Language::English => english,
        Language::German => german,
        Language::French => french,
        Language::Spanish => spanish,
        Language::Long => long,
    };
    slot.get_or_init(|| Catalogue::read(language))
}

impl Catalogue {
    fn read(language: Language) -> Self {
        // Invariant: the tags of our languages are well-formed (a test reads all of them); without one English plurals.
        let tag = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The names in a sentence are marked where they need it, and the marks disturb the layout (`text::laid_out`).
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::English | Language::Long => |value, _| number(value, '.', ","),
            Language::German => |value, _| number(value, ',', "."),
            Language::French => |value, _| number(value, ',', "\u{202f}"),
            Language::Spanish => |value, _| number(value, ',', "\u{a0}"),
        }));
        let mut names = Vec::new();
        for file in source(language) {
            let text = if language == Language::Long { lengthened(file) } else { (*file).to_owned() };
            // A file with a mistake still gives all its other texts; a test finds the mistake.
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(text);
            names.extend(resource.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some(message.id.name.to_owned()),
                Entry::Term(_) | Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => None,
                Entry::Junk { .. } => None,
            }));
            bundle.add_resource_overriding(resource);
        }
        let mut catalogue = Self { bundle, plain: HashMap::new() };
        for name in names {
            let Some(text) = catalogue.formatted_exactly(&name, None) else { continue };
            catalogue.plain.insert(name, text);
        }
        catalogue
    }

    /// A text that needs no arguments.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// A text with its arguments; `None` where it is not there or lacks one of them.
    pub(super) fn formatted(&self, name: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        self.formatted_exactly(name, Some(arguments))
    }

    fn formatted_exactly(&self, name: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(name)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// A number as a language writes it: its decimal mark, and groups of three from 10,000 on.
fn number(value: &FluentValue<'_>, mark: char, group: &str) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let text = number.as_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_ref(), None), |(whole, rest)| (whole, Some(rest)));
    let digits = whole.trim_start_matches('-');
    let mut written = if whole.starts_with('-') { "\u{2212}".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && digits.len() > 4 && left % 3 == 0 {
            written.push_str(group);
        }
        written.push(digit);
    }
    if let Some(rest) = rest {
        written.push(mark);
        written.push_str(rest);
    }
    Some(written)
}

/// English between ‹ and ›, with doubled vowels: some 40 % longer, like the longest translations.
fn lengthened(file: &str) -> String {
    let (Ok(mut resource) | Err((mut resource, _))) = parser::parse(file.to_owned());
    for entry in &mut resource.body {
        let Entry::Message(message) = entry else { continue };
        if let Some(pattern) = &mut message.value {
            stretch(pattern);
            pattern.elements.insert(0, PatternElement::TextElement { value: "‹".to_owned() });
            pattern.elements.push(PatternElement::TextElement { value: "›".to_owned() });
        }
    }
    serializer::serialize(&resource)
}

fn stretch(pattern: &mut Pattern<String>) {
    for element in &mut pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                *value = value
                    .chars()
                    .flat_map(|c| std::iter::repeat_n(c, if "aeiouAEIOU".contains(c) { 2 } else { 1 }))
                    .collect();
            }
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                variants.iter_mut().for_each(|variant| stretch(&mut variant.value));
            }
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::Placeable { .. }) } => {}
            PatternElement::Placeable { expression: Expression::Inline(_) } => {}
        }
    }
}

/// A sentence of the English catalogue as it may read: the fixed parts, and between two of them an argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) name: Arc<str>,
    /// One more than there are arguments.
    pub(super) fixed: Vec<String>,
    pub(super) arguments: Vec<String>,
    /// The number that chose this form, if it says a number itself instead of its argument.
    pub(super) exactly: Option<(String, u32)>,
}

/// Every way that the sentences of one English file may read.
pub(super) fn shapes(file: &str) -> Vec<Shape> {
    let (Ok(resource) | Err((resource, _))) = parser::parse(file);
    let mut all = Vec::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let Some(pattern) = &message.value else { continue };
        let begin = Shape { name: message.id.name.into(), fixed: vec![String::new()], ..Shape::default() };
        all.extend(unfold(pattern, vec![begin]));
    }
    all
}

fn unfold(pattern: &Pattern<&str>, mut shapes: Vec<Shape>) -> Vec<Shape> {
    let add = |shapes: &mut Vec<Shape>, text: &str| {
        shapes.iter_mut().filter_map(|shape| shape.fixed.last_mut()).for_each(|fixed| fixed.push_str(text));
    };
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => add(&mut shapes, value),
            PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
                InlineExpression::StringLiteral { value } => add(&mut shapes, value),
                InlineExpression::NumberLiteral { value } => add(&mut shapes, value),
                InlineExpression::VariableReference { id } => {
                    for shape in &mut shapes {
                        shape.arguments.push(id.name.to_owned());
                        shape.fixed.push(String::new());
                    }
                }
                // Not in use: a sentence with one of these is not known again.
                InlineExpression::FunctionReference { .. }
                | InlineExpression::MessageReference { .. }
                | InlineExpression::TermReference { .. }
                | InlineExpression::Placeable { .. } => return Vec::new(),
            },
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                let InlineExpression::VariableReference { id } = selector else { return Vec::new() };
                let mut chosen = Vec::new();
                for variant in variants {
                    let mut begun = shapes.clone();
                    if let fluent_syntax::ast::VariantKey::NumberLiteral { value } = &variant.key {
                        let number = value.parse().ok().map(|number| (id.name.to_owned(), number));
                        begun.iter_mut().for_each(|shape| shape.exactly.clone_from(&number));
                    } else if let fluent_syntax::ast::VariantKey::Identifier { name: "one" } = &variant.key {
                        begun.iter_mut().for_each(|shape| shape.exactly = Some((id.name.to_owned(), 1)));
                    }
                    chosen.extend(unfold(&variant.value, begun));
                }
                shapes = chosen;
            }
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        let written = |value: f64, mark, group| number(&FluentValue::from(value), mark, group).expect("a number");
        assert_eq!(written(1234.0, '.', ","), "1234");
        assert_eq!(written(12345.0, '.', ","), "12,345");
        assert_eq!(written(1_234_567.5, ',', "."), "1.234.567,5");
        assert_eq!(written(-3.5, ',', "."), "\u{2212}3,5");
    }

    #[test]
    fn a_sentence_with_plural_forms_has_a_shape_for_each() {
        let file =
            "gone = { $count ->\n    [one] One call of { $who } ended.\n   *[other] { $count } calls ended.\n}\n";
        let shapes = shapes(file);
        assert_eq!(shapes.len(), 2);
        assert_eq!(shapes[0].fixed, ["One call of ", " ended."]);
        assert_eq!(shapes[0].exactly, Some(("count".into(), 1)));
        assert_eq!(shapes[1].fixed, ["", " calls ended."]);
    }
}
