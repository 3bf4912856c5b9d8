//! What counts: the built-in values, a provisioning document, the user's file and the command line, laid over each other.

use std::sync::Arc;

use toml_edit::{Array, Document, Item, Table, Value};

use super::Problem;
use super::json::Json;
use super::layer::{Layer, Person, has_placeholder};
use super::merge::merge;
use super::origins::{Locks, Origin, Origins, Setting};
use super::parse::read;
use super::settings::{Config, Network};
use super::table::{Place, Problems};

/// A document as a layer of the configuration.
#[derive(Clone)]
pub struct Provisioned {
    /// What it says.
    pub json: Arc<Json>,
    /// Keys of its outermost object that are about the document and are no settings.
    pub without: &'static [&'static str],
    /// What it locks.
    pub locks: Locks,
    /// What it calls its publisher.
    pub title: Arc<str>,
    /// Whose placeholders; where absent, the user's file says it.
    pub person: Option<Person>,
}

/// The configuration that counts, and where each value of it comes from.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The values.
    pub config: Config,
    /// Where they come from.
    pub origins: Arc<Origins>,
    /// Every key with its value and where that comes from.
    pub settings: Arc<[Setting]>,
    /// What the user wrote and a lock overrules, one sentence each.
    pub overruled: Vec<Arc<str>>,
}

/// Reads the user's text (empty where there is no file) over a document and under the command line.
///
/// `file` is the name of the user's file in problems. Every problem is told, with the place where it can be repaired.
pub fn effective(
    text: &str,
    file: &str,
    provisioned: Option<&Provisioned>,
    command_line: &Network,
) -> Result<Effective, Vec<Problem>> {
    effective_with_places(text, file, provisioned, command_line).map(|(effective, _)| effective)
}

pub(super) fn effective_with_places(
    text: &str,
    file: &str,
    provisioned: Option<&Provisioned>,
    command_line: &Network,
) -> Result<(Effective, Vec<Place>), Vec<Problem>> {
    let user = match Document::parse(text.to_owned()) {
        Ok(document) => document,
        Err(error) => {
            let mut problems = Problems::new(file, text);
            problems.report(error.span(), error.message().trim().replace('\n', ", "));
            return Err(problems.into_found());
        }
    };
    let shift = text.len() + 1;
    let (layer, below, locks, title) = match provisioned {
        Some(provisioned) => {
            let person = provisioned.person.clone().or_else(|| person_of(user.as_table()));
            let Some(person) = person.or_else(|| nobody(provisioned)) else {
                return Err(vec![provisioned.json.problem(
                    &provisioned.json.root,
                    "this document is for people whose address is known: sign in with your address",
                )]);
            };
            let layer = Layer::of(&provisioned.json, provisioned.without, &person, shift);
            let below = layer.tree()?;
            (Some(layer), below, provisioned.locks.clone(), provisioned.title.clone())
        }
        None => (None, nothing()?, Locks::default(), "".into()),
    };
    let mut merged = merge(user.as_table(), below.as_table(), &locks, &title);
    put_command_line(&mut merged.root, &mut merged.origins, &locks, command_line);
    let mut problems = match &layer {
        Some(layer) => Problems::over(file, text, layer),
        None => Problems::new(file, text),
    };
    let config = read(&merged.root, &mut problems);
    let settings = std::mem::take(&mut problems.values)
        .into_iter()
        .map(|(key, value)| merged.origins.setting(&key, value.as_deref()))
        .collect();
    let places = std::mem::take(&mut problems.places);
    let overruled = merged
        .overruled
        .iter()
        .map(|(key, span)| {
            let line = problems.line(span.clone());
            let why = match key.starts_with("[[") {
                true => "what it adds to is not in your administrator's document any more".to_owned(),
                false => format!("it is set by your administrator ({title})"),
            };
            format!("{file}:{line}: {key} does not count: {why}").into()
        })
        .collect();
    let found = problems.into_found();
    if !found.is_empty() {
        return Err(found);
    }
    Ok((Effective { config, settings, origins: Arc::new(merged.origins), overruled }, places))
}

/// Reads a document alone, for its problems: the same readers, the same sentences.
pub(crate) fn judge(provisioned: &Provisioned, person: &Person) -> Vec<Problem> {
    let layer = Layer::of(&provisioned.json, provisioned.without, person, 0);
    match layer.tree() {
        Ok(tree) => {
            let mut problems = Problems::over(provisioned.json.file(), "", &layer);
            read(tree.as_table(), &mut problems);
            problems.into_found()
        }
        Err(problems) => problems,
    }
}

/// The tree of no document.
fn nothing() -> Result<Document<String>, Vec<Problem>> {
    Document::parse(String::new()).map_err(|_| Vec::new())
}

/// Who the user says to be: `provisioning.address`, else the address that the document is found by.
fn person_of(user: &Table) -> Option<Person> {
    let section = user.get("provisioning")?;
    let said = |key: &str| section.get(key).and_then(Item::as_str).filter(|text| !text.contains("://"));
    Person::of_address(said("address").or_else(|| said("source"))?)
}

/// For a document that is the same for everybody.
fn nobody(provisioned: &Provisioned) -> Option<Person> {
    let needs = provisioned.json.any_text(&has_placeholder);
    (!needs).then(|| Person { user: "".into(), domain: "".into() })
}

fn put_command_line(root: &mut Table, origins: &mut Origins, locks: &Locks, given: &Network) {
    let files: Array = given.ca_files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let values = [
        ("resolver", given.resolver.map(|address| Value::from(address.to_string()))),
        ("ca-files", (!files.is_empty()).then_some(Value::Array(files))),
    ];
    for (key, value) in values {
        let name = format!("network.{key}");
        let Some(value) = value.filter(|_| !locks.cover(&name)) else { continue };
        if !root.contains_key("network") {
            root.insert("network", Item::Table(Table::new()));
        }
        if let Some(network) = root.get_mut("network").and_then(Item::as_table_like_mut) {
            network.insert(key, Item::Value(value));
            origins.set(&name, Origin::CommandLine);
        }
    }
}
