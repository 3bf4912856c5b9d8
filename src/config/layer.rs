//! A layer of the configuration that came as JSON, in the shape that `config.toml` has.
//!
//! One grammar serves both: the JSON becomes a TOML text that the same readers read, and every place of that text
//! leads back to the line and the JSON pointer that it came from.

use std::sync::Arc;

use toml_edit::{Document, Key, Value};

use super::Problem;
use super::json::{Data, Json, Node};

/// What the placeholders of a document stand for: the person whose document it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The part before the `@`: `{user}`.
    pub user: Arc<str>,
    /// The part behind it: `{domain}`.
    pub domain: Arc<str>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

impl Person {
    /// From an address like `alice@example.com`.
    pub fn of_address(address: &str) -> Option<Self> {
        let jid = crate::model::Jid::parse_dropping_resource(address).ok()?;
        Some(Self { user: jid.local()?.into(), domain: jid.domain().into() })
    }

    /// The placeholders and what they stand for.
    fn values(&self) -> [(&'static str, String); 3] {
        [
            ("{user}", self.user.to_string()),
            ("{domain}", self.domain.to_string()),
            ("{address}", format!("{}@{}", self.user, self.domain)),
        ]
    }

    /// The text with the placeholders replaced.
    fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let is_sip = text.starts_with("sip:") || text.starts_with("sips:");
        self.values().iter().fold(text.to_owned(), |text, (placeholder, value)| {
            // RFC 3261 section 25.1: what a user part may hold of itself, the rest is escaped.
            if is_sip { text.replace(placeholder, &escaped(value)) } else { text.replace(placeholder, value) }
        })
    }
}

/// Escapes what may not stand in the user part of a SIP URI; the `@` of a whole address stays.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether a text has a placeholder.
pub(crate) fn has_placeholder(text: &str) -> bool {
    ["{user}", "{domain}", "{address}"].iter().any(|placeholder| text.contains(placeholder))
}

/// The key of an account that holds a password made for this program alone.
pub const TOKEN: &str = "token";

fn is_account(path: &[&str]) -> bool {
    matches!(path, ["chat" | "voice"])
}

/// A layer: TOML text, and where its pieces stood in the JSON.
#[derive(Clone)]
pub(super) struct Layer {
    toml: String,
    /// Where it begins.
    shift: usize,
    /// Offset in `toml`, line, pointer; by offset.
    places: Vec<(usize, u32, Arc<str>)>,
    file: Arc<str>,
}

impl Layer {
    /// The layer that a document's object is, without the keys `without`; `shift` bytes stand before it, so that places of
    /// another text can be told from its own.
    pub(super) fn of(json: &Json, without: &[&str], person: &Person, shift: usize) -> Self {
        let layer = Self { toml: "\n".repeat(shift), shift, places: Vec::new(), file: json.file().clone() };
        let mut writer = Writer { json, person, layer };
        if let Data::Object(items) = &json.root.value {
            let items = items.iter().filter(|(key, _, _)| !without.contains(&key.as_str()));
            writer.table(&[], items.collect());
        }
        writer.layer
    }

    /// The tree; a failure would be one of this file.
    pub(super) fn tree(&self) -> Result<Document<String>, Vec<Problem>> {
        Document::parse(self.toml.clone()).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![self.problem(at, error.message().trim().replace('\n', ", ").into())]
        })
    }

    /// Whether a place of the merged tree is one of this layer.
    pub(super) fn has(&self, at: usize) -> bool {
        at >= self.shift
    }

    /// A problem at a place of the tree's text.
    pub(super) fn problem(&self, at: usize, text: Arc<str>) -> Problem {
        let before = self.places.partition_point(|(offset, _, _)| *offset <= at);
        let place = before.checked_sub(1).and_then(|index| self.places.get(index));
        let (line, pointer) = place.map_or((1, "".into()), |(_, line, pointer)| (*line, pointer.clone()));
        Problem { file: self.file.clone(), line, pointer, text }
    }
}

struct Writer<'j> {
    json: &'j Json,
    person: &'j Person,
    layer: Layer,
}

impl Writer<'_> {
    /// What is written next came from there.
    fn place(&mut self, line: u32, node: &Node) {
        let pointer = self.json.pointer(node).into();
        self.layer.places.push((self.layer.toml.len(), line, pointer));
    }

    fn table(&mut self, path: &[&str], items: Vec<&(String, u32, Node)>) {
        // TOML: what belongs to a table itself stands before the tables in it.
        let has_token = items.iter().any(|(key, _, _)| key == TOKEN);
        let (tables, values): (Vec<_>, Vec<_>) = items.into_iter().partition(|(_, _, node)| is_table(node));
        for (key, line, node) in values {
            self.place(*line, node);
            // The administrator's word for a password that is made for this program alone.
            let key = if key == TOKEN && is_account(path) { "password" } else { key };
            self.layer.toml.push_str(&written_key(key));
            self.layer.toml.push_str(" = ");
            self.value(node);
            self.layer.toml.push('\n');
        }
        if is_account(path) && !has_token {
            // The password that the user signs in with, kept as the user chose.
            self.layer.toml.push_str("password-keyring = true\n");
        }
        for (key, line, node) in tables {
            let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
            let header = path.iter().map(|step| written_key(step)).collect::<Vec<_>>().join(".");
            match &node.value {
                Data::Object(items) => {
                    self.place(*line, node);
                    self.layer.toml.push_str(&format!("[{header}]\n"));
                    self.table(&path, items.iter().collect());
                }
                Data::List(list) => {
                    for entry in list {
                        self.place(entry.line, entry);
                        self.layer.toml.push_str(&format!("[[{header}]]\n"));
                        if let Data::Object(items) = &entry.value {
                            self.table(&path, items.iter().collect());
                        }
                    }
                }
                Data::Text(_) | Data::Whole(_) | Data::Real(_) | Data::Flag(_) => {}
            }
        }
    }

    fn value(&mut self, node: &Node) {
        self.place(node.line, node);
        match &node.value {
            Data::Text(text) => {
                let text = Value::from(self.person.fill(text)).to_string();
                self.layer.toml.push_str(text.trim());
            }
            Data::Whole(number) => self.layer.toml.push_str(&number.to_string()),
            Data::Real(number) => {
                let text = Value::from(*number).to_string();
                self.layer.toml.push_str(text.trim());
            }
            Data::Flag(flag) => self.layer.toml.push_str(if *flag { "true" } else { "false" }),
            Data::List(list) => {
                self.layer.toml.push('[');
                for (index, entry) in list.iter().enumerate() {
                    if index > 0 {
                        self.layer.toml.push_str(", ");
                    }
                    self.value(entry);
                }
                self.layer.toml.push(']');
            }
            Data::Object(items) => {
                self.layer.toml.push('{');
                for (index, (key, line, entry)) in items.iter().enumerate() {
                    if index > 0 {
                        self.layer.toml.push_str(", ");
                    }
                    self.place(*line, entry);
                    self.layer.toml.push_str(&written_key(key));
                    self.layer.toml.push_str(" = ");
                    self.value(entry);
                }
                self.layer.toml.push('}');
            }
        }
    }
}

fn written_key(key: &str) -> String {
    Key::new(key).display_repr().into_owned()
}

/// An object, or a list of nothing but objects: a table of its own in TOML.
fn is_table(node: &Node) -> bool {
    match &node.value {
        Data::Object(_) => true,
        Data::List(list) => !list.is_empty() && list.iter().all(|entry| matches!(entry.value, Data::Object(_))),
        Data::Text(_) | Data::Whole(_) | Data::Real(_) | Data::Flag(_) => false,
    }
}
