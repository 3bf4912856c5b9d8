//! Holds the direction of dependencies: who may name whom, which names occur only in shells, how long a file may be.

#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use sources::below;

/// Lines that a source file may have.
const LONGEST_FILE: usize = 500;

/// Folder under `src/`, and the folders that its pure files may name. Shells (`io` folders and files) may also name
/// `net` and `platform`.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("platform", &["model"]),
    ("net", &["model", "platform"]),
    ("phone", &["model"]),
    ("sdp", &["model"]),
    ("xmpp", &["model", "sdp"]),
    ("sip", &["model"]),
    ("media", &["model", "sdp", "audio"]),
    ("audio", &["model"]),
    ("cusax", &["model", "phone", "xmpp", "sip"]),
    ("call", &["model", "sdp", "sip", "media"]),
    ("store", &["model", "xmpp"]),
    ("config", &["model", "platform", "phone", "sip", "xmpp", "sdp", "media"]),
    ("provisioning", &["model", "platform", "config"]),
    (
        "account",
        &[
            "model",
            "platform",
            "phone",
            "cusax",
            "call",
            "sdp",
            "sip",
            "xmpp",
            "media",
            "audio",
            "store",
            "config",
            "provisioning",
        ],
    ),
    ("control", &["model", "platform", "account", "media", "config", "provisioning"]),
    ("gui", &["model", "platform", "account", "media", "config", "store"]),
    ("manual", &[]),
];

/// Names that only a shell may utter.
const ONLY_IN_SHELLS: &[&str] = &[
    "tokio::",
    "cpal::",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "Instant::now",
    "SystemTime::now",
    "std::thread",
    "std::fs",
];

fn sources() -> Vec<PathBuf> {
    let found = below("src");
    assert!(found.len() > 20, "the walk finds the sources");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_string_lossy().into_owned()
}

/// Whether a file is a shell: allowed to do IO.
fn is_shell(file: &str) -> bool {
    file == "main.rs"
        || file.contains("/io/")
        || file.ends_with("/io.rs")
        || ["net/", "platform/", "gui/", "control/", "store/io"].iter().any(|folder| file.starts_with(folder))
        || file == "account/handle.rs"
}

/// The code of a file without its unit tests and comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let tests = below("tests");
    assert!(tests.len() > 20, "the walk finds the tests");
    let long: Vec<String> = [sources(), tests]
        .concat()
        .iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(path).unwrap().lines().count();
            (lines > LONGEST_FILE).then(|| format!("{}: {lines}", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "split these by noun: {long:#?}");
}

#[test]
fn every_folder_names_only_what_lies_below_it() {
    let mut offences = Vec::new();
    for path in sources() {
        let file = relative(&path);
        let Some((folder, _)) = file.split_once('/') else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == folder) else {
            panic!("{folder} is not in the table: decide what it may name");
        };
        for line in code(&text) {
            for (at, _) in line.match_indices("crate::") {
                let named: String =
                    line[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let known = MAY_NAME.iter().any(|(name, _)| *name == named);
                let shell = is_shell(&file) && ["net", "platform", "account"].contains(&named.as_str());
                if known && named != folder && !allowed.contains(&named.as_str()) && !shell {
                    offences.push(format!("{file} names {named}: {}", line.trim()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn only_shells_do_io_or_read_clocks() {
    let mut offences = Vec::new();
    for path in sources() {
        let file = relative(&path);
        // Test files read their inputs.
        if is_shell(&file) || file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for line in code(&text) {
            for name in ONLY_IN_SHELLS {
                if line.contains(name) {
                    offences.push(format!("{file}: {}", line.trim()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}
