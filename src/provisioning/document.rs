//! The document: what is about itself, and the layer of settings in it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::local;
use crate::config::{Data, Json, Locks, Node, Person, Problem, Provisioned, TOKEN, judge, keys};

/// The version of the format that is read.
pub const VERSION: i64 = 1;
/// The keys that are about the document; all others are those of `config.toml`.
pub(super) const ABOUT: &[&str] = &["$schema", "version", "serial", "title", "refresh", "withdrawn", "locked"];
/// How long a document counts as fresh where it does not say it.
pub const REFRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest and the longest time between two fetches that a document may ask for, in minutes.
const REFRESH_MINUTES: std::ops::RangeInclusive<i64> = 5..=10_080;
/// Accounts of both kinds together. When more: the document is refused.
const MOST_ACCOUNTS: usize = 64;
/// The longest title, in characters: it stands in the settings beside each value. When longer: refused.
const LONGEST_TITLE: usize = 80;
/// Keys that a document may lock. When more: refused.
const MOST_LOCKS: usize = 256;

/// A provisioning document that is right in every point.
#[derive(Clone)]
pub struct Document {
    text: Arc<str>,
    json: Arc<Json>,
    title: Arc<str>,
    serial: i64,
    refresh: Duration,
    withdrawn: bool,
    locks: Locks,
    person: Option<Person>,
}

impl fmt::Debug for Document {
    /// Addresses, numbers and tokens stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("serial", &self.serial)
            .field("withdrawn", &self.withdrawn)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.person == other.person
    }
}

impl Document {
    /// What the document calls its publisher: "Example Ltd".
    pub fn title(&self) -> &Arc<str> {
        &self.title
    }

    /// Counts up with each version of the document; 0 where it does not say.
    pub fn serial(&self) -> i64 {
        self.serial
    }

    /// After how long it should be fetched again.
    pub fn refresh(&self) -> Duration {
        self.refresh
    }

    /// Everything that it provisioned is taken back.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// The text as it was read, for keeping it.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The name it was read under: a path or an address.
    pub fn name(&self) -> &Arc<str> {
        self.json.file()
    }

    /// Whether it has placeholders, so that it can be used only for somebody whose address is known.
    pub fn needs_person(&self) -> bool {
        self.json.any_text(&|text| ["{user}", "{domain}", "{address}"].iter().any(|name| text.contains(name)))
    }

    /// The same document for this person; without one, `provisioning.address` of the user's file says who it is.
    #[must_use]
    pub fn for_person(mut self, person: Person) -> Self {
        self.person = Some(person);
        self
    }

    /// The layer under the user's file; none where everything is taken back.
    pub fn layer(&self) -> Option<Provisioned> {
        (!self.withdrawn).then(|| self.settings())
    }

    fn settings(&self) -> Provisioned {
        Provisioned {
            json: self.json.clone(),
            without: ABOUT,
            locks: self.locks.clone(),
            title: self.title.clone(),
            person: self.person.clone(),
        }
    }
}

/// Whether a text means to be a document and no `config.toml`: it begins with a brace.
pub fn looks_like_document(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// Reads a document; `name` is what problems call it. Either everything is right or every problem is told.
pub fn read(text: &str, name: &str) -> Result<Document, Vec<Problem>> {
    let json = Json::parse(text, name)?;
    let mut problems = Vec::new();
    read_version(&json, &mut problems);
    let title = read_title(&json, &mut problems);
    let serial = match json.get("serial") {
        Some(node) => whole(&json, node, 0..=i64::MAX, "serial", &mut problems).unwrap_or_default(),
        None => 0,
    };
    let refresh = match json.get("refresh") {
        Some(node) => whole(&json, node, REFRESH_MINUTES, "refresh (in minutes)", &mut problems)
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map_or(REFRESH, |minutes| Duration::from_secs(minutes * 60)),
        None => REFRESH,
    };
    let withdrawn = match json.get("withdrawn").map(|node| (node, &node.value)) {
        Some((_, Data::Flag(flag))) => *flag,
        Some((node, _)) => {
            problems.push(json.problem(node, "withdrawn must be true or false"));
            false
        }
        None => false,
    };
    if let Some(node) = json.get("$schema")
        && !matches!(node.value, Data::Text(_))
    {
        problems.push(json.problem(node, "$schema must be a text"));
    }
    let locks = read_locks(&json, &mut problems);
    read_accounts(&json, &mut problems);
    problems.extend(local::refused(&json));
    let document =
        Document { text: text.into(), json: Arc::new(json), title, serial, refresh, withdrawn, locks, person: None };
    // Whoever it is: what is wrong with the settings is wrong for everybody.
    let somebody = Person { user: "somebody".into(), domain: "example.org".into() };
    for problem in judge(&document.settings(), &somebody) {
        // A key that is refused need not be right as well.
        let told = |known: &Problem| {
            let below = problem.pointer.strip_prefix(&*known.pointer);
            !known.pointer.is_empty() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !problems.iter().any(told) {
            problems.push(problem);
        }
    }
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(document) } else { Err(problems) }
}

fn read_version(json: &Json, problems: &mut Vec<Problem>) {
    match json.get("version").map(|node| (node, &node.value)) {
        Some((_, Data::Whole(VERSION))) => {}
        Some((node, Data::Whole(_))) => problems.push(json.problem(
            node,
            format!("this is a version of the format that is not known here: version must be {VERSION}"),
        )),
        Some((node, _)) => problems.push(json.problem(node, format!("version must be the number {VERSION}"))),
        None => problems.push(json.problem(&json.root, format!("the document needs \"version\": {VERSION}"))),
    }
}

fn read_title(json: &Json, problems: &mut Vec<Problem>) -> Arc<str> {
    match json.get("title").map(|node| (node, &node.value)) {
        Some((node, Data::Text(text))) => {
            let wrong =
                text.trim().is_empty() || text.chars().count() > LONGEST_TITLE || text.chars().any(char::is_control);
            if wrong {
                problems.push(
                    json.problem(node, format!("title must be a name of 1 to {LONGEST_TITLE} characters in one line")),
                );
            }
            text.trim().into()
        }
        Some((node, _)) => {
            problems.push(json.problem(node, "title must be a text"));
            "".into()
        }
        None => {
            problems.push(json.problem(&json.root, "the document needs a title: the name of who publishes it"));
            "".into()
        }
    }
}

fn whole(
    json: &Json,
    node: &Node,
    range: std::ops::RangeInclusive<i64>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<i64> {
    match node.value {
        Data::Whole(number) if range.contains(&number) => Some(number),
        Data::Whole(_) | Data::Real(_) | Data::Text(_) | Data::Flag(_) | Data::List(_) | Data::Object(_) => {
            let text = match *range.end() {
                i64::MAX => format!("{name} must be a whole number from {}", range.start()),
                end => format!("{name} must be a whole number from {} to {end}", range.start()),
            };
            problems.push(json.problem(node, text));
            None
        }
    }
}

/// `["calls.region", "chat.*"]`: each names a key or all keys of a table, and one that exists.
fn read_locks(json: &Json, problems: &mut Vec<Problem>) -> Locks {
    let Some(node) = json.get("locked") else { return Locks::default() };
    let Data::List(list) = &node.value else {
        problems.push(json.problem(node, "locked must be a list of keys: [\"calls.region\", \"chat.*\"]"));
        return Locks::default();
    };
    if list.len() > MOST_LOCKS {
        problems.push(json.problem(node, format!("locked has more than {MOST_LOCKS} entries")));
        return Locks::default();
    }
    let known = keys();
    let mut locks: Vec<Arc<str>> = Vec::new();
    for entry in list {
        let Data::Text(text) = &entry.value else {
            problems.push(json.problem(entry, "locked must hold texts only"));
            continue;
        };
        let exists = match text.strip_suffix(".*") {
            Some(table) => known.iter().any(|key| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))),
            // A list of tables is one value: it is locked whole.
            None => known.contains(text.as_str()) && text.matches('.').count() == 1,
        };
        if !exists {
            problems.push(
                json.problem(entry, format!("there is no key {text:?} to lock: write \"table.key\" or \"table.*\"")),
            );
        } else if local::is_refused(text) && !local::may_lock(text) {
            problems.push(json.problem(entry, format!("{text} is not a document's to lock")));
        } else if locks.iter().any(|lock| **lock == **text) {
            problems.push(json.problem(entry, format!("{text:?} is there twice")));
        } else {
            locks.push(text.as_str().into());
        }
    }
    Locks::new(locks)
}

/// What only accounts of a document have, and how many there may be.
fn read_accounts(json: &Json, problems: &mut Vec<Problem>) {
    let mut count = 0;
    for service in ["chat", "voice"] {
        let Some(node) = json.get(service) else { continue };
        let Data::List(list) = &node.value else { continue };
        count += list.len();
        if count > MOST_ACCOUNTS {
            problems.push(json.problem(node, format!("there are more than {MOST_ACCOUNTS} accounts")));
            return;
        }
        for account in list {
            let Data::Object(items) = &account.value else { continue };
            for (key, _, value) in items {
                match &value.value {
                    Data::Text(text) if key == TOKEN && (text.is_empty() || text.contains(['\n', '\r'])) => {
                        problems.push(json.problem(value, "token must be a text in one line"));
                    }
                    Data::Text(text) => unknown_placeholder(json, value, text, problems),
                    _ if key == TOKEN => problems.push(json.problem(value, "token must be a text in one line")),
                    Data::Whole(_) | Data::Real(_) | Data::Flag(_) | Data::List(_) | Data::Object(_) => {}
                }
            }
        }
    }
}

/// A misspelled placeholder would otherwise become part of everybody's address.
fn unknown_placeholder(json: &Json, node: &Node, text: &str, problems: &mut Vec<Problem>) {
    for part in text.split('{').skip(1) {
        let Some((name, _)) = part.split_once('}') else { continue };
        if !["user", "domain", "address"].contains(&name) {
            problems.push(json.problem(
                node,
                format!("{{{name}}} stands for nothing: there are {{user}}, {{domain}} and {{address}}"),
            ));
        }
    }
}
