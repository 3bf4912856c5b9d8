//! What the dependencies are: where they come from, under which licences, and which must never come back.
//! `.deny.toml` holds the lists; `make audit` runs this and looks everything up in a database of advisories.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn deny() -> toml_edit::DocumentMut {
    read(".deny.toml").parse().unwrap()
}

/// Name, version and source of every package in the lock file.
fn locked() -> Vec<(String, String, Option<String>)> {
    let lock: toml_edit::DocumentMut = read("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array_of_tables().unwrap();
    let text = |table: &toml_edit::Table, key: &str| table.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let found: Vec<_> = packages
        .iter()
        .map(|table| (text(table, "name").unwrap(), text(table, "version").unwrap(), text(table, "source")))
        .collect();
    assert!(found.len() > 100, "the lock file was read");
    found
}

/// Whether a licence expression can be met with the allowed ones: one alternative of each part joined by AND.
fn allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // "MIT/Apache-2.0" is how older packages write OR. No expression in use nests deeper than (A OR B) AND C.
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        part.trim_matches(|c| c == '(' || c == ')').split(" OR ").any(|licence| allowed.contains(licence.trim()))
    })
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let dependencies: Vec<_> = locked().into_iter().filter(|(name, _, _)| name != "tandem").collect();
    // One registry for all, and no git repository, path or other index beside it.
    let registry = dependencies.first().and_then(|(_, _, source)| source.clone()).expect("there are dependencies");
    assert!(registry.starts_with("registry+"), "{registry}");
    let strangers: Vec<_> =
        dependencies.iter().filter(|(_, _, source)| source.as_deref() != Some(registry.as_str())).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[test]
fn banned_packages_stay_out() {
    let deny = deny();
    let banned: BTreeSet<String> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry.as_inline_table().unwrap().get("crate").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert!(banned.contains("native-tls"), "the list was read");
    let present: Vec<_> = locked().into_iter().filter(|(name, ..)| banned.contains(name)).collect();
    assert!(present.is_empty(), "{present:?}");
}

#[test]
fn there_is_one_tls_library_and_one_provider_of_cryptography() {
    for name in ["rustls", "ring", "rustls-webpki"] {
        let versions: Vec<_> =
            locked().into_iter().filter(|(package, ..)| package == name).map(|found| found.1).collect();
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
}

#[test]
fn every_licence_is_one_that_we_accept() {
    let deny = deny();
    let accepted: BTreeSet<String> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap().to_owned()).collect();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--features", "gui-test"])
        .args(["--filter-platform", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "cargo knows the packages");
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| allowed(licence, &accepted)))
        .map(|package| format!("{} {}", package["name"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_licence_expression_needs_every_part_and_one_of_each_choice() {
    let accepted: BTreeSet<String> = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
    assert!(allowed("MIT/Apache-2.0", &accepted));
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &accepted));
    assert!(!allowed("Apache-2.0 OR GPL-3.0", &accepted));
    assert!(!allowed("MIT AND GPL-3.0", &accepted));
}
