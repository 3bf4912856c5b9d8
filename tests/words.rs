//! The window's words: every language says everything, with the same arguments, and nothing is said in the code alone.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure here is a failed test")]

#[path = "support/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use sources::below;
use tandem::gui::words::{FILES, source};
use tandem::model::Language;

const TRANSLATED: [Language; 3] = [Language::German, Language::French, Language::Spanish];

/// Texts that are rightly the same as in English.
const SAME: &str = "tests/data/words_same_as_english.txt";
/// Literals in the code of the window that look like words and are none.
const NOT_WORDS: &str = "tests/data/words_in_the_code.txt";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a list, without comments.
fn listed(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Compares a list with what was found; `TANDEM_BLESS=1` writes it anew, keeping its first comment lines.
fn compare(file: &str, found: &BTreeSet<String>, about: &str) {
    let known = listed(file);
    if std::env::var_os("TANDEM_BLESS").is_some() {
        let old = fs::read_to_string(root().join(file)).unwrap_or_default();
        let head: String =
            old.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let body: String = found.iter().map(|line| format!("{line}\n")).collect();
        fs::write(root().join(file), head + &body).unwrap();
        return;
    }
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(found).collect();
    assert!(new.is_empty(), "{about}, and not on the list {file}: {new:#?}");
    assert!(gone.is_empty(), "on the list {file} for nothing: {gone:#?}");
}

/// A text as it is written, and the arguments it takes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Text {
    fixed: String,
    arguments: BTreeSet<String>,
    /// The words of each form.
    forms: BTreeSet<String>,
    /// What it ends with, if that is not an argument.
    end: String,
}

fn read(pattern: &Pattern<&str>, text: &mut Text) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                text.fixed.push_str(value);
                (*value).clone_into(&mut text.end);
            }
            PatternElement::Placeable { expression: Expression::Inline(inline) } => reference(inline, text),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                reference(selector, text);
                for variant in variants {
                    let mut form = Text::default();
                    read(&variant.value, &mut form);
                    text.arguments.extend(form.arguments);
                    text.fixed.push_str(&form.fixed);
                    text.forms.insert(form.fixed);
                }
            }
        }
    }
}

fn reference(inline: &InlineExpression<&str>, text: &mut Text) {
    match inline {
        InlineExpression::VariableReference { id } => {
            text.arguments.insert(id.name.to_owned());
            text.end.clear();
        }
        InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => {
            text.fixed.push_str(value);
            (*value).clone_into(&mut text.end);
        }
        other => panic!("the catalogues use texts and arguments only: {other:?}"),
    }
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

fn texts(language: Language) -> BTreeMap<String, Text> {
    let mut all = BTreeMap::new();
    for (name, file) in FILES.iter().zip(source(language)) {
        let resource = parser::parse(*file).unwrap_or_else(|(_, errors)| panic!("{name} ({language:?}): {errors:?}"));
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut text = Text::default();
            read(message.value.as_ref().unwrap(), &mut text);
            let id = message.id.name.to_owned();
            assert!(id.starts_with(&format!("{name}-")), "{id} stands in {name}.ftl");
            assert!(all.insert(id.clone(), text).is_none(), "{id} stands twice ({language:?})");
        }
    }
    all
}

#[test]
fn every_file_of_the_catalogues_is_built_in() {
    for language in ["en", "de", "fr", "es"] {
        let folder = root().join("assets/i18n").join(language);
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(files, FILES.iter().map(|file| (*file).to_owned()).collect(), "{language}");
    }
}

#[test]
fn every_language_says_everything_with_the_same_arguments() {
    let english = texts(Language::English);
    assert!(english.len() > 700, "the catalogues were read");
    let mut wrong = Vec::new();
    for language in TRANSLATED {
        let translated = texts(language);
        for (id, text) in &english {
            match translated.get(id) {
                None => wrong.push(format!("{}: {id} is missing: {}", language.tag(), text.fixed)),
                // A plural form may say "one" itself; another argument, or one that is not used, is a mistake.
                Some(said) if said.arguments != text.arguments => wrong.push(format!(
                    "{}: {id} takes {:?} and not {:?}",
                    language.tag(),
                    said.arguments,
                    text.arguments
                )),
                Some(said) if has_letters(&text.fixed) && !has_letters(&said.fixed) => {
                    wrong.push(format!("{}: {id} is empty", language.tag()));
                }
                Some(_) => {}
            }
        }
        let strangers = translated.keys().filter(|id| !english.contains_key(*id));
        wrong.extend(strangers.map(|id| format!("{}: {id} is not in English", language.tag())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_that_are_the_same_as_in_english_stand_on_a_list() {
    let english = texts(Language::English);
    let mut same = BTreeSet::new();
    for language in TRANSLATED {
        for (id, said) in texts(language) {
            if english.get(&id).is_some_and(|text| text.fixed == said.fixed && has_letters(&said.fixed)) {
                same.insert(format!("{} {id}", language.tag()));
            }
        }
    }
    compare(SAME, &same, "these are said as in English");
}

#[test]
fn translations_keep_blanks_and_dots_where_english_has_them() {
    let english = texts(Language::English);
    let mut odd = Vec::new();
    for language in TRANSLATED {
        for (id, said) in texts(language) {
            // Names of months, days and keys are shortened with a dot in some languages.
            let shortened = id.starts_with("when-") || id.starts_with("shortcuts-key-");
            let whole = |text: &&Text| text.forms.is_empty() && !shortened;
            let Some(text) = english.get(&id).filter(whole) else { continue };
            for sign in [' ', '.', '…', '?'] {
                if text.end.ends_with(sign) != said.end.ends_with(sign) {
                    odd.push(format!("{} {id}: “{}”, “{}”", language.tag(), text.fixed, said.fixed));
                }
            }
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn sentences_of_the_core_are_told_apart_by_more_than_their_arguments() {
    for (id, text) in texts(Language::English).iter().filter(|(id, _)| id.starts_with("told-")) {
        let letters = text.fixed.chars().filter(|c| c.is_alphabetic()).count();
        assert!(text.arguments.is_empty() || letters >= 3, "{id} would be found in anything: {}", text.fixed);
        assert!(text.forms.is_empty(), "{id}: the core writes out each form");
    }
}

#[test]
fn what_the_core_says_is_said_in_the_language_of_the_user() {
    use tandem::gui::words::{speak, told};
    speak(Language::German);
    for (english, german) in [
        ("They hung up.", "Die andere Seite hat aufgelegt."),
        ("Claims to be Bob, not confirmed.", "Gibt sich als Bob aus, nicht bestätigt."),
        (
            "The call was not transferred to Ana: They are busy.",
            "Das Gespräch wurde nicht an Ana übergeben: Dort ist besetzt.",
        ),
        (
            "You can be reached by chat, but not called: no voice account.",
            "Sie sind über den Chat zu erreichen, aber nicht anzurufen: kein Telefonkonto.",
        ),
        // One after the other, and what nobody has translated stays as it is.
        (
            "Premium numbers are asked about before every call. Something new.",
            "Bei Sondernummern wird vor jedem Anruf gefragt. Something new.",
        ),
        ("No answer. (503) Try again in 5 minutes.", "No answer. (503) Versuchen Sie es in 5 Minuten wieder."),
        ("A sentence that nobody knows.", "A sentence that nobody knows."),
        ("You lose 12 % of what they say.", "Ihnen gehen 12 % von dem verloren, was gesagt wird."),
    ] {
        assert_eq!(told(english), german);
    }
    speak(Language::English);
    assert_eq!(told("They hung up."), "They hung up.");
}

/// Folders whose sentences the window may show.
const SPEAKS: [&str; 8] = [
    "src/account",
    "src/call",
    "src/cusax",
    "src/phone",
    "src/provisioning",
    "src/store",
    "src/xmpp/login",
    "src/xmpp/room",
];
/// Sentences of the core that are said in English to everybody.
const UNTOLD: &str = "tests/data/sentences_in_english_only.txt";

/// How a literal may read, and its sentences; nothing where it is none.
fn sentences_of(literal: &str) -> (String, Vec<String>) {
    let mut filled = String::new();
    let mut deep = 0_u32;
    for c in literal.chars() {
        match c {
            '{' => {
                deep += 1;
                // What follows a sentence without a blank is another sentence, or nothing.
                let behind = filled.ends_with(['.', '?']);
                filled.push_str(if deep == 1 && !behind { "Xx" } else { "" });
            }
            '}' => deep = deep.saturating_sub(1),
            c if deep == 0 => filled.push(c),
            _ => {}
        }
    }
    let whole = reads_like_words(&filled) && filled.ends_with(['.', '?', '…']) && !filled.contains("::");
    let said = |word: &&str| word.replace("Xx", "").chars().any(char::is_alphabetic) && word.len() > 1;
    let words = |text: &&str| text.split(' ').filter(said).count() > 1;
    if !whole {
        return (filled, Vec::new());
    }
    let sentences =
        filled.split_inclusive(". ").map(|text| own(text.trim())).filter(words).map(str::to_owned).collect();
    (filled, sentences)
}

/// A sentence without those before it that come from elsewhere.
fn own(sentence: &str) -> &str {
    match sentence.strip_prefix("Xx ") {
        Some(rest) if rest.starts_with(char::is_uppercase) => own(rest),
        Some(_) | None => sentence,
    }
}

#[test]
fn sentences_of_the_core_are_translated_or_stand_on_a_list() {
    use tandem::gui::words::{speak, told};
    speak(Language::German);
    let mut untold = BTreeSet::new();
    let mut known = 0;
    for (file, code) in SPEAKS.iter().flat_map(|folder| sources(folder)) {
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        for (before, literal) in literals(&code) {
            let silent =
                ["tracing::", "expect(", "panic!", "assert", "reason ="].iter().any(|word| before.contains(word));
            let (filled, sentences) = if silent { Default::default() } else { sentences_of(&literal) };
            let said = told(&filled).into_owned();
            for sentence in sentences {
                // Alone, or in a translation of several together.
                if said.contains(&sentence) && told(&sentence) == sentence {
                    untold.insert(format!("{file}: {sentence}"));
                } else {
                    known += 1;
                }
            }
        }
    }
    speak(Language::English);
    assert!(known > 400, "the sentences were found: {known}");
    compare(UNTOLD, &untold, "these are said in English to everybody");
}

/// The Rust files below a folder.
fn sources(folder: &str) -> Vec<(String, String)> {
    let found = below(folder);
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (relative(path), code(&fs::read_to_string(path).unwrap()))).collect()
}

/// The code of a file without its unit tests and comments.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    let lines = lines.map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The text literals of a piece of code, as they read at run time, with what stands before each on its line.
fn literals(code: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut before = String::new();
    while let Some(at) = rest.find(['"', '\'', '\n']) {
        before.push_str(&rest[..at]);
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'\n' => before.clear(),
            // A character, and not a lifetime: '"' or '\''.
            b'\'' if rest.starts_with("\"'") => rest = &rest[2..],
            b'\'' if rest.starts_with("\\\"'") || rest.starts_with("\\''") => rest = &rest[3..],
            b'\'' => {}
            _ => {
                let mut literal = String::new();
                let mut chars = rest.char_indices();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '"' => {
                            rest = &rest[at + 1..];
                            break;
                        }
                        '\\' => match chars.next().map(|(_, c)| c) {
                            Some('\n') => {
                                let skipped = rest[at + 2..].len() - rest[at + 2..].trim_start().len();
                                (0..rest[at + 2..at + 2 + skipped].chars().count()).for_each(|_| {
                                    chars.next();
                                });
                            }
                            Some('n') => literal.push('\n'),
                            Some('u') => {
                                let digits: String =
                                    chars.by_ref().map(|(_, c)| c).skip(1).take_while(|c| *c != '}').collect();
                                literal.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                            }
                            Some(c) => literal.push(c),
                            None => {}
                        },
                        c => literal.push(c),
                    }
                }
                found.push((before.clone(), literal));
                before.push_str("\"\"");
            }
        }
    }
    found
}

#[test]
fn literals_are_found_as_they_read() {
    let code = "a(\"one \\\n     two\", '\"', \"\\u{201c}three\\\"\")\n b(\"\")";
    let found: Vec<String> = literals(code).into_iter().map(|(_, literal)| literal).collect();
    assert_eq!(found, ["one two", "“three\"", ""]);
}

#[test]
fn every_name_in_the_code_is_in_the_catalogues_and_the_other_way_round() {
    let english = texts(Language::English);
    let mut named = BTreeSet::new();
    let mut unknown = Vec::new();
    for (file, code) in sources("src/gui") {
        // `words! { NAME = "id"; }`, `word("id")`, `say!("id", …)`.
        let mut block = false;
        let mut opened = false;
        for line in code.lines() {
            block |= line.starts_with("words! {");
            block &= line != "}";
            for (before, literal) in literals(line) {
                let begin = before.trim_end();
                let is_name = begin.ends_with("word(")
                    || begin.ends_with("say!(")
                    || begin.ends_with("named(")
                    || (block && begin.ends_with('='))
                    || (begin.is_empty() && opened);
                if is_name && !literal.is_empty() && !english.contains_key(&literal) {
                    unknown.push(format!("{file}: {literal}"));
                }
                named.insert(literal);
            }
            opened = line.ends_with("say!(") || line.ends_with("word(");
        }
    }
    assert!(unknown.is_empty(), "these are in no catalogue and are shown as they are: {unknown:#?}");
    let unused: Vec<_> = english
        .keys()
        .filter(|id| !id.starts_with("told") && !id.starts_with("setting-") && !named.contains(*id))
        .collect();
    assert!(unused.is_empty(), "nobody says these: {unused:#?}");
}

#[test]
fn every_sentence_of_a_meeting_is_said_in_the_language_of_the_user() {
    use tandem::gui::words::{speak, told};
    let files = [
        "meeting_view",
        "meeting_words",
        "on_conference",
        "on_host",
        "on_invited",
        "on_meeting",
        "on_meeting_request",
        "on_moderate",
    ];
    let mut sentences = 0;
    let mut unknown = Vec::new();
    speak(Language::German);
    for file in files {
        let text = code(&fs::read_to_string(root().join(format!("src/account/{file}.rs"))).unwrap());
        for line in text.lines().filter(|line| !line.contains("tracing::")) {
            for (_, literal) in literals(line) {
                let ends = literal.ends_with('.') || literal.ends_with('?');
                if !ends
                    || literal.split(' ').count() < 3
                    || !literal.starts_with(|first: char| first.is_uppercase() || first == '{')
                {
                    continue;
                }
                // What is put in is somebody's name or address; a summary is put together by the window itself.
                let mut said = String::new();
                let mut rest = literal.as_str();
                while let Some((before, after)) = rest.split_once('{') {
                    said += before;
                    said += "Xy";
                    rest = after.split_once('}').map_or("", |(_, rest)| rest);
                }
                said += rest;
                sentences += 1;
                if !said.starts_with("Xy: Xy") && told(&said) == said {
                    unknown.push(format!("{file}: {literal}"));
                }
            }
        }
    }
    speak(Language::English);
    assert!(sentences > 50, "the sentences are found: {sentences}");
    assert!(unknown.is_empty(), "these are said in English to everybody: {unknown:#?}");
}

/// Whether a literal reads like words for people.
fn reads_like_words(literal: &str) -> bool {
    let letters = literal.chars().filter(|c| c.is_alphabetic()).count();
    let begins = literal.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    let spaced = literal.split(' ').filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count() > 1;
    letters > 2 && (begins || spaced)
}

#[test]
fn no_words_of_the_window_stand_in_its_code() {
    let mut found = BTreeSet::new();
    for (file, code) in sources("src/gui") {
        // Its texts are data: the names that emoji are searched by, and the words of a language itself.
        if file.ends_with("text/emoji.rs") {
            continue;
        }
        for line in code.lines() {
            let silent = ["tracing::", "#[", "error(", "expect(", "reason ="].iter().any(|word| line.contains(word));
            if silent {
                continue;
            }
            for (_, literal) in literals(line) {
                if reads_like_words(&literal) {
                    found.insert(format!("{file}: {literal}"));
                }
            }
        }
    }
    compare(NOT_WORDS, &found, "these look like words that nobody can translate");
}
