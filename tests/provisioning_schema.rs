//! The published schema of documents says what the readers accept: compared key by key, and by an independent validator.
#![allow(clippy::unwrap_used, reason = "tests: a failure here is a failed test, and says why")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};
use tandem::config::{Kind, Shape, keys, shapes};
use tandem::provisioning::{is_refused, may_lock, read};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a text must look like, where the readers ask for more than a text.
const PATTERNS: &[(&str, &str)] = &[
    ("chat.address", r"^(\{address\}|[^@/\s]+@[^@/\s]+)$"),
    ("voice.address", r"^sips?:(\{address\}|[^@\s]+@[^@\s]+)$"),
    ("calls.region", "^[A-Za-z]{2}$"),
    ("numbers.region", "^[A-Za-z]{2}$"),
    ("numbers.trunk-prefix", "^[0-9*#]{1,8}$"),
    ("numbers.international-prefix", "^[0-9*#]{1,8}$"),
    ("numbers.outside-prefix", "^[0-9*#]{1,8}$"),
    ("numbers.area-code", "^[0-9*#]{1,8}$"),
    ("connection.grace", r"^([0-9]{1,2}|[1-5][0-9]{2}|600)\s*s$"),
    ("connection.voice-patience", r"^([0-9]{1,2}|[1-5][0-9]{2}|600)\s*s$"),
    ("chat.certificate-pins", "^([0-9A-Fa-f]{2}:?){32}$"),
    ("voice.certificate-pins", "^([0-9A-Fa-f]{2}:?){32}$"),
    ("voice.outbound-proxy", r"^sips?:\S+$"),
    ("audio.codecs", "^([Oo][Pp][Uu][Ss]|[Gg]722|[Pp][Cc][Mm][AaUu])$"),
];

/// Lists of objects.
const LISTS: &[&str] =
    &["chat", "voice", "relation", "numbers.rule", "numbers.class", "domain-features", "contact-features"];

/// Keys that a list's object needs although no reader asks for them in the usual way.
const NEEDED: &[(&str, &str)] =
    &[("numbers.rule", "match"), ("domain-features", "domain"), ("contact-features", "contact")];

/// The comments of `config.example.toml`: what each key means.
fn meanings() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("config.example.toml")).unwrap();
    let (mut section, mut comment, mut found) = (String::new(), String::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("# ") {
            comment = if comment.is_empty() { said.to_owned() } else { format!("{comment} {said}") };
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']).to_owned();
            comment.clear();
        } else if let Some((key, _)) = line.trim_start_matches('#').split_once(" = ") {
            let said = comment.replace(" (without a default)", "");
            found.insert(format!("{section}.{key}"), said);
            comment.clear();
        } else {
            comment.clear();
        }
    }
    found
}

fn value(name: &str, shape: &Shape, meaning: &str) -> Value {
    let pattern = PATTERNS.iter().find(|(key, _)| *key == name).map_or(r"\S", |(_, pattern)| *pattern);
    let text = json!({ "type": "string", "pattern": pattern });
    let mut schema = match &shape.kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Words(words) => json!({ "enum": words }),
        Kind::Text => text,
        Kind::Texts => {
            let least = usize::from(name == "audio.codecs");
            json!({ "type": "array", "items": text, "maxItems": 1024, "minItems": least })
        }
    };
    schema["description"] = meaning.into();
    schema
}

/// One object with the keys of a table.
fn object(table: &str, known: &BTreeMap<String, Shape>, meanings: &BTreeMap<String, String>) -> Value {
    let mut properties = Map::new();
    let mut required: BTreeSet<&str> = NEEDED.iter().filter(|(list, _)| *list == table).map(|(_, key)| *key).collect();
    for (name, shape) in known {
        let Some((of, key)) = name.rsplit_once('.') else { continue };
        if of != table || is_refused(name) {
            continue;
        }
        let meaning = meanings.get(name).map_or("", String::as_str);
        properties.insert(key.to_owned(), value(name, shape, meaning));
        if shape.required {
            required.insert(key);
        }
    }
    if ["chat", "voice"].contains(&table) {
        let description = "A password made for this program alone. Without one, the password of the sign-in serves.";
        properties.insert(
            "token".to_owned(),
            json!({ "type": "string", "pattern": r"^[^\r\n]+$", "description": description }),
        );
    }
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if table == "numbers.class" {
        schema["anyOf"] = json!([{ "required": ["prefix"] }, { "required": ["match"] }]);
    }
    schema
}

fn schema() -> Value {
    let (known, meanings) = (shapes(), meanings());
    let tables: BTreeSet<&str> = known
        .keys()
        .filter(|name| !is_refused(name))
        .filter_map(|name| name.rsplit_once('.'))
        .map(|(table, _)| table)
        .collect();
    let mut properties = Map::new();
    properties.insert("$schema".into(), json!({ "type": "string" }));
    properties.insert("version".into(), json!({ "const": 1, "description": "The version of the format." }));
    properties.insert("serial".into(), json!({ "type": "integer", "minimum": 0, "description": "Counts up with each edition of the document, for people who compare." }));
    properties.insert("title".into(), json!({ "type": "string", "pattern": r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]{1,80}$", "description": "Who publishes the document: it stands beside every value that comes from it." }));
    properties.insert("refresh".into(), json!({ "type": "integer", "minimum": 5, "maximum": 10080, "description": "After how many minutes to fetch the document again; a day if absent." }));
    properties.insert("withdrawn".into(), json!({ "type": "boolean", "description": "True: everything that the document set up is taken back. What was said is kept." }));
    properties.insert("locked".into(), json!({
        "type": "array", "maxItems": 256, "items": { "enum": locks(&known) },
        "description": "Keys that users cannot change: \"table.key\", or \"table.*\" for all of a table. For accounts it holds for those of this document.",
    }));
    for table in tables {
        let schema = object(table, &known, &meanings);
        let schema = match LISTS.contains(&table) {
            true => {
                json!({ "type": "array", "items": schema, "maxItems": if ["chat", "voice"].contains(&table) { 64 } else { 1024 } })
            }
            false => schema,
        };
        match table.split_once('.') {
            Some((outer, inner)) => properties[outer]["properties"][inner] = schema,
            None => {
                properties.insert(table.to_owned(), schema);
            }
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tandem provisioning document, version 1",
        "description": "Sets up chat (XMPP) and calls (SIP) as one service (RFC 7081). The keys are those of config.toml. In every text {user}, {domain} and {address} stand for the person's own.",
        "type": "object",
        "required": ["version", "title"],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn keys_of(known: &BTreeMap<String, Shape>) -> BTreeSet<String> {
    known.keys().cloned().collect()
}

/// What may stand in `locked`.
fn locks(known: &BTreeMap<String, Shape>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for name in known.keys() {
        let Some((table, _)) = name.rsplit_once('.') else { continue };
        if !is_refused(&format!("{table}.*")) {
            names.insert(format!("{table}.*"));
        }
        // A list is one value.
        if !table.contains('.') && (!is_refused(name) || may_lock(name)) {
            names.insert(name.clone());
        }
    }
    names.into_iter().collect()
}

/// `TANDEM_BLESS=1` writes it anew.
#[test]
fn the_published_schema_has_exactly_the_keys_that_the_readers_know() {
    let known = shapes();
    assert_eq!(keys(), keys_of(&known), "every key says what it may be");
    for name in known.keys().filter(|name| !is_refused(name)) {
        assert!(meanings().get(name).is_some_and(|text| text.len() > 5), "{name} is explained in config.example.toml");
    }
    let wanted = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    let path = root().join("docs/provisioning.schema.json");
    if std::env::var_os("TANDEM_BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(published == wanted, "docs/provisioning.schema.json is not up to date: TANDEM_BLESS=1 writes it");
}

fn documents(folder: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("tests/data/provisioning").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// What we say about a file: each problem's pointer, and its line as it is printed.
fn ours(path: &Path) -> (BTreeSet<String>, String) {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    match read(&text, &name) {
        Ok(_) => Default::default(),
        Err(problems) => (
            problems.iter().map(|problem| problem.pointer.to_string()).collect(),
            problems.iter().map(|problem| format!("{problem}\n")).collect(),
        ),
    }
}

/// What the distribution's validator says, by file: the pointers of what is wrong.
fn theirs(files: &[PathBuf]) -> BTreeMap<String, BTreeSet<String>> {
    const PROGRAM: &str = r#"
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
def pointer(path):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
out = {}
for name in sys.argv[2:]:
    found = set()
    for error in validator.iter_errors(json.load(open(name))):
        path = list(error.absolute_path)
        if error.validator == "additionalProperties":
            found |= {pointer(path + [key]) for key in error.instance if key not in error.schema["properties"]}
        else:
            found.add(pointer(path))
    out[name] = sorted(found)
print(json.dumps(out))
"#;
    let output = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(root().join("docs/provisioning.schema.json"))
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "python3-jsonschema (scripts/install test) failed: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn s01_an_independent_validator_agrees_about_every_document_line_by_line() {
    let (good, bad, beyond) = (documents("good"), documents("bad"), documents("beyond"));
    let all: Vec<PathBuf> = good.iter().chain(&bad).chain(&beyond).cloned().collect();
    let verdicts = theirs(&all);
    let said = |path: &PathBuf| &verdicts[&path.display().to_string()];
    for path in &good {
        assert_eq!(ours(path).1, "", "{}", path.display());
        assert!(said(path).is_empty(), "{}: {:?}", path.display(), said(path));
    }
    for path in &bad {
        let (pointers, lines) = ours(path);
        assert!(!lines.is_empty(), "{} is wrong", path.display());
        assert_eq!(&pointers, said(path), "{}\n{lines}", path.display());
    }
    // What no schema can say: references, what would be dangerous in a value, what is there twice.
    for path in &beyond {
        assert!(!ours(path).1.is_empty(), "{} is wrong", path.display());
        assert!(said(path).is_empty(), "{}: {:?}", path.display(), said(path));
    }
    assert!(bad.len() >= 15 && beyond.len() >= 6 && good.len() >= 4, "{} {} {}", bad.len(), beyond.len(), good.len());
}

/// Every wrong document beside its `.out` with exactly what is said about it. `TANDEM_BLESS=1` writes them anew.
#[test]
fn each_wrong_document_gets_exactly_its_lines() {
    let mut wrong = Vec::new();
    for path in documents("bad").into_iter().chain(documents("beyond")).chain(documents("broken")) {
        let (_, said) = ours(&path);
        let expected = path.with_extension("out");
        if std::env::var_os("TANDEM_BLESS").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != said || said.is_empty() {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_example_of_the_administrators_page_is_right() {
    let page = fs::read_to_string(root().join("docs/provisioning.md")).unwrap();
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let document = read(example, "docs/provisioning.md").unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(document.refresh().as_secs(), 720 * 60);
    let wrong = example.replace("\"tls\"", "\"sctp\"");
    let said = read(&wrong, "example.json").unwrap_err()[0].to_string();
    assert!(page.contains(&said), "the page shows what is said: {said}");
    let withdrawn = page.split('`').find(|part| part.contains("\"withdrawn\": true}")).unwrap();
    assert!(read(withdrawn, "x").is_ok_and(|document| document.is_withdrawn()));
}
