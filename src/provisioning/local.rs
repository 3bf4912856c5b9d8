//! What a document may not say: keys that are the machine's or the user's alone.

use crate::config::{Data, Json, Node, Problem};

/// Keys of a document that are refused, as `table.key` or `table.*`, and why. A document comes from elsewhere: it must
/// never run a command, read or write a file, or make the user's machine less careful.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("chat.password", PASSWORD),
    ("chat.password-command", COMMAND),
    ("chat.password-file", FILE),
    ("chat.password-keyring", KEYRING),
    ("chat.certificate-exceptions", EXCEPTION),
    ("chat.client-certificate", FILE),
    ("chat.client-key", FILE),
    ("chat.accept-weaker", CONSENT),
    ("voice.client-certificate", FILE),
    ("voice.client-key", FILE),
    ("voice.accept-weaker", CONSENT),
    ("voice.password", PASSWORD),
    ("voice.password-command", COMMAND),
    ("voice.password-file", FILE),
    ("voice.password-keyring", KEYRING),
    ("voice.certificate-exceptions", EXCEPTION),
    ("network.*", "names and trust are the machine's own: set them there, or with --resolver and --ca-file"),
    ("audio.input", DEVICE),
    ("audio.output", DEVICE),
    ("audio.ring", DEVICE),
    ("recording.folder", FILE),
    ("calls.auto-answer", "whose calls open the microphone by themselves is the user's word"),
    ("log.*", "what is logged on a machine is decided there"),
    ("provisioning.*", "where documents come from is the user's word"),
];

const PASSWORD: &str =
    "a document is no place for a password: leave it out, and the one of the sign-in serves, or give a token";
const COMMAND: &str = "a document may not run commands";
const FILE: &str = "a document may not name files of the user's machine";
const KEYRING: &str = "where a password is kept is the user's choice: leave it out";
const EXCEPTION: &str =
    "a document may not make a certificate acceptable that does not verify: pin the right one instead";
const CONSENT: &str = "less protection is the user's consent to give, not a document's";
const DEVICE: &str = "sound devices are the machine's own, and may name files";

/// Every refused key of a document.
pub(super) fn refused(json: &Json) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Data::Object(items) = &json.root.value else { return problems };
    for (table, _, node) in items {
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| refused.strip_suffix(".*") == Some(table)) {
            problems.push(json.problem(node, format!("{table} does not belong into a document: {why}")));
            continue;
        }
        match &node.value {
            Data::List(list) => list.iter().for_each(|entry| in_table(json, table, entry, &mut problems)),
            Data::Object(_) => in_table(json, table, node, &mut problems),
            Data::Text(_) | Data::Whole(_) | Data::Real(_) | Data::Flag(_) => {}
        }
    }
    problems
}

fn in_table(json: &Json, table: &str, node: &Node, problems: &mut Vec<Problem>) {
    let Data::Object(items) = &node.value else { return };
    for (key, _, value) in items {
        let name = format!("{table}.{key}");
        let why = REFUSED.iter().find(|(refused, _)| name == *refused);
        if let Some((_, why)) = why {
            problems.push(json.problem(value, format!("{key} does not belong into a document: {why}")));
        }
    }
}

/// Whether a refused key may be locked all the same: then it has its built-in value, which is the more careful one.
pub fn may_lock(name: &str) -> bool {
    name.ends_with(".accept-weaker") || name.ends_with(".certificate-exceptions")
}

/// Whether a key, as `table.key`, is refused.
pub fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|(refused, _)| match refused.strip_suffix('*') {
        Some(table) => name.starts_with(table),
        None => name == *refused,
    })
}
