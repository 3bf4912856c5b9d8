//! `provision`: the shape of its result, and the same in words for the command line.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::client::ClientError;
use super::wire::Fault;
use crate::account::{ProvisionReport, Refusal};

/// The result of `provision`.
pub fn report(report: &ProvisionReport) -> Value {
    json!({
        "steps": report.steps.iter().map(|step| json!({ "text": step.text, "found": step.found })).collect::<Vec<_>>(),
        "document": {
            "from": report.name,
            "method": report.method.as_str(),
            "signed": report.signed,
            "title": report.title,
            "serial": report.serial,
            "withdrawn": report.withdrawn,
        },
        "changes": report
            .changes
            .iter()
            .map(|change| json!({
                "key": change.key,
                "old": change.old,
                "new": change.new,
                "origin": change.origin,
                "locked": change.locked,
            }))
            .collect::<Vec<_>>(),
        "applied": report.applied,
    })
}

/// A refusal as the socket would give it.
pub fn refused(refusal: Refusal) -> ClientError {
    ClientError::Refused(Fault::from(refusal).to_json())
}

/// The result in words, a line each.
pub fn words(result: &Value) -> String {
    let mut text = String::new();
    let shown = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // Writing into a string never fails.
    for step in result["steps"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "{}", shown(&step["text"]));
    }
    let document = &result["document"];
    let _ = writeln!(text, "Document: {}, from {}", shown(&document["title"]), shown(&document["from"]));
    let signed =
        if document["signed"] == true { "signed with the pinned key" } else { "no key is pinned, not checked" };
    let _ = writeln!(text, "Signature: {signed}");
    if document["withdrawn"] == true {
        let _ = writeln!(text, "The document takes everything back that it provisioned.");
    }
    let changes = result["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    if changes.is_empty() {
        let _ = writeln!(text, "Nothing changes.");
    }
    for change in changes {
        let locked = if change["locked"] == true { ", locked" } else { "" };
        let _ = writeln!(
            text,
            "{}: {} -> {} ({}{locked})",
            shown(&change["key"]),
            shown(&change["old"]),
            shown(&change["new"]),
            shown(&change["origin"]),
        );
    }
    let _ = writeln!(
        text,
        "{}",
        if result["applied"] == true {
            "These settings count from now on."
        } else {
            "Nothing was changed: this was a dry run."
        }
    );
    text
}
