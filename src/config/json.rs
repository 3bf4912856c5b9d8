//! Strict JSON (RFC 8259) with the place of every value: what a document is read from before anything is believed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Problem;

/// The largest document, in bytes. When larger: refused, whatever is in it.
pub const LONGEST: usize = 256 * 1024;
/// Objects and lists inside each other. When deeper: refused.
pub const DEEPEST: usize = 16;
/// Values of a document, all together. When more: refused.
const MOST_VALUES: usize = 16_384;
/// Entries of one list. When more: refused.
const MOST_ENTRIES: usize = 1024;
/// The longest name of a key, in bytes: that of a domain fits (RFC 1035 section 2.3.4). When longer: refused.
const LONGEST_KEY: usize = 256;
/// The most problems that one reading tells; the rest would say nothing new.
const MOST_PROBLEMS: usize = 100;

/// A text that is JSON, with places.
#[derive(Clone)]
pub struct Json {
    /// The outermost object.
    pub root: Node,
    file: Arc<str>,
    /// Each value's parent and its own step, for the pointer.
    steps: Vec<(usize, Box<str>)>,
}

/// One value.
#[derive(Clone)]
pub struct Node {
    /// What it is.
    pub value: Data,
    /// Its line, from 1.
    pub line: u32,
    at: usize,
}

/// What a value is.
#[derive(Clone)]
pub enum Data {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Another number.
    Real(f64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Node>),
    /// An object: each key, its line, its value.
    Object(Vec<(String, u32, Node)>),
}

impl Json {
    /// Reads a text; `file` is its name in problems.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Problem>> {
        let file: Arc<str> = file.into();
        let problem =
            |line: u32, text: String| Problem { file: file.clone(), line, pointer: "".into(), text: text.into() };
        if text.len() > LONGEST {
            return Err(vec![problem(1, format!("this is larger than {} KiB, and was not read", LONGEST / 1024))]);
        }
        // The judge of what is JSON is a parser that nothing here configures; the other one knows the places.
        if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
            let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            return Err(vec![problem(line, format!("this is no JSON: {said}"))]);
        }
        let parsed = parse_to_ast(text, &CollectOptions::default(), &strict()).map_err(|error| {
            vec![problem(line_of(text, error.range().start), format!("this is no JSON: {}", error.kind()))]
        })?;
        let mut builder = Builder {
            text,
            file: file.clone(),
            steps: vec![(0, "".into())],
            problems: Vec::new(),
            line: Lines::default(),
        };
        let root = match parsed.value {
            Some(value @ Value::Object(_)) => builder.node(&value, 0, 1),
            Some(_) | None => return Err(vec![problem(1, "a document is one object: { … }".to_owned())]),
        };
        match root {
            Some(root) if builder.problems.is_empty() => Ok(Self { root, file, steps: builder.steps }),
            Some(_) | None => Err(builder.problems),
        }
    }

    /// The JSON pointer (RFC 6901) of a value.
    pub fn pointer(&self, node: &Node) -> String {
        pointer(&self.steps, node.at)
    }

    /// A problem with a value.
    pub fn problem(&self, node: &Node, text: impl Into<Arc<str>>) -> Problem {
        Problem { file: self.file.clone(), line: node.line, pointer: self.pointer(node).into(), text: text.into() }
    }

    /// The name in problems.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Whether any text in it is one that `wanted` says yes to.
    pub fn any_text(&self, wanted: &dyn Fn(&str) -> bool) -> bool {
        fn any(node: &Node, wanted: &dyn Fn(&str) -> bool) -> bool {
            match &node.value {
                Data::Text(text) => wanted(text),
                Data::List(list) => list.iter().any(|entry| any(entry, wanted)),
                Data::Object(items) => items.iter().any(|(_, _, entry)| any(entry, wanted)),
                Data::Whole(_) | Data::Real(_) | Data::Flag(_) => false,
            }
        }
        any(&self.root, wanted)
    }

    /// The value of a key of the outermost object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.root.value {
            Data::Object(items) => items.iter().find(|(name, _, _)| name == key).map(|(_, _, node)| node),
            Data::Text(_) | Data::Whole(_) | Data::Real(_) | Data::Flag(_) | Data::List(_) => None,
        }
    }
}

fn pointer(steps: &[(usize, Box<str>)], mut at: usize) -> String {
    let mut parts = Vec::new();
    while at != 0 {
        let Some((parent, step)) = steps.get(at) else { break };
        parts.push(step.replace('~', "~0").replace('/', "~1"));
        at = *parent;
    }
    parts.iter().rev().fold(String::new(), |path, part| path + "/" + part)
}

/// Nothing beyond RFC 8259.
fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX - 1) + 1
}

/// Lines of places that come in their order.
#[derive(Default)]
struct Lines {
    at: usize,
    line: u32,
}

impl Lines {
    fn of(&mut self, text: &str, at: usize) -> u32 {
        if at < self.at {
            return line_of(text, at);
        }
        self.line += line_of(text.get(self.at..).unwrap_or_default(), at - self.at) - 1;
        self.at = at;
        self.line + 1
    }
}

struct Builder<'t> {
    text: &'t str,
    file: Arc<str>,
    steps: Vec<(usize, Box<str>)>,
    problems: Vec<Problem>,
    line: Lines,
}

impl Builder<'_> {
    fn report(&mut self, at: usize, line: u32, text: String) {
        if self.problems.len() < MOST_PROBLEMS {
            let pointer = pointer(&self.steps, at).into();
            self.problems.push(Problem { file: self.file.clone(), line, pointer, text: text.into() });
        }
    }

    /// One value at the step `at`; `None` where it, or something in it, cannot be used.
    fn node(&mut self, value: &Value<'_>, at: usize, depth: usize) -> Option<Node> {
        let line = self.line.of(self.text, value.range().start);
        if depth > DEEPEST {
            self.report(at, line, format!("this is nested deeper than {DEEPEST}, and was not read"));
            return None;
        }
        let value = match value {
            Value::StringLit(text) => Data::Text(text.value.clone().into_owned()),
            Value::BooleanLit(flag) => Data::Flag(flag.value),
            Value::NumberLit(number) => match (number.value.parse(), number.value.parse::<f64>()) {
                (Ok(whole), _) => Data::Whole(whole),
                (Err(_), Ok(real)) if real.is_finite() => Data::Real(real),
                (Err(_), Ok(_) | Err(_)) => {
                    self.report(at, line, "this number is too large".to_owned());
                    return None;
                }
            },
            Value::NullKeyword(_) => {
                self.report(at, line, "null is no value: leave the key out".to_owned());
                return None;
            }
            Value::Array(array) => {
                if array.elements.len() > MOST_ENTRIES {
                    self.report(at, line, format!("this list has more than {MOST_ENTRIES} entries, and was not read"));
                    return None;
                }
                let mut list = Vec::new();
                for (index, element) in array.elements.iter().enumerate() {
                    let step = self.step(at, &index.to_string(), line)?;
                    list.extend(self.node(element, step, depth + 1));
                }
                Data::List(list)
            }
            Value::Object(object) => {
                let mut items = Vec::new();
                let mut names = BTreeSet::new();
                for property in &object.properties {
                    let name = property.name.as_str();
                    let line = self.line.of(self.text, property.range.start);
                    if name.len() > LONGEST_KEY {
                        self.report(at, line, "the name of a key is too long".to_owned());
                        continue;
                    }
                    let step = self.step(at, name, line)?;
                    // RFC 8259 section 4: what a reader makes of two is anybody's guess.
                    if !names.insert(name.to_owned()) {
                        self.report(step, line, format!("{name} is there twice"));
                        continue;
                    }
                    if let Some(node) = self.node(&property.value, step, depth + 1) {
                        items.push((name.to_owned(), line, node));
                    }
                }
                Data::Object(items)
            }
        };
        Some(Node { value, line, at })
    }

    fn step(&mut self, parent: usize, name: &str, line: u32) -> Option<usize> {
        if self.steps.len() >= MOST_VALUES {
            self.report(parent, line, format!("the document has more than {MOST_VALUES} values, and was not read"));
            return None;
        }
        self.steps.push((parent, name.into()));
        Some(self.steps.len() - 1)
    }
}
