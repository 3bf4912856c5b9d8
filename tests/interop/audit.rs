//! The look-up of dependencies in a database of advisories: it must find what is there, and say so when there is none.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::real::process::program;

/// Writes one advisory about rustls and runs the look-up; its status and what it said.
fn audit(patched: &str, informational: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("crates/rustls");
    fs::create_dir_all(&place).unwrap();
    let advisory = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2099-0001\"\npackage = \"rustls\"\ndate = \"2099-01-01\"\n{informational}\n\
         [versions]\npatched = {patched}\n```\n\n# Something bad\n"
    );
    fs::write(place.join("RUSTSEC-2099-0001.md"), advisory).unwrap();
    run(folder.path())
}

fn run(database: &Path) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/audit");
    let output = Command::new(program("python3")).arg("-B").arg(script).arg(database).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_known_vulnerability_of_a_dependency_is_found_and_a_patched_one_is_not() {
    let (status, said) = audit("[\">= 99.0.0\"]", "");
    assert!(status == 1 && said.contains("VULNERABLE: rustls 0.23") && said.contains("Something bad"), "{said}");
    for patched in ["[\">= 0.23.5\", \">= 0.22.4, < 0.23.0\"]", "[\"^0.23\"]", "[\"0.23.1\"]", "[\"~0.23\"]", "[\"*\"]"]
    {
        let (status, said) = audit(patched, "");
        assert!(status == 0 && said.contains(" 0 known against them"), "{patched}: {said}");
    }
    for unpatched in ["[]", "[\"^0.22\"]", "[\"~0.22.4\"]", "[\"= 0.23.0\"]", "[\"> 0.23.0, < 0.23.1\"]", "[\"^1\"]"] {
        let (status, said) = audit(unpatched, "");
        assert_eq!(status, 1, "{unpatched}: {said}");
    }
    let (status, said) = audit("[]", "informational = \"unmaintained\"");
    assert!(status == 0 && said.contains("unmaintained: rustls"), "{said}");
}

#[test]
fn without_a_database_it_says_what_it_needs_and_fails() {
    let (status, said) = run(Path::new("/nowhere"));
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("NOT looked for") && said.contains("TANDEM_ADVISORIES"), "{said}");
}
