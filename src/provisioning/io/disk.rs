//! Documents on the disk: the last good one, and one that an administrator wants checked.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::super::{Document, Problem, looks_like_document, read};
use crate::config::io::{Layered, Loaded, load, load_layers};
use crate::config::{LONGEST, NO_ACCOUNT, Network};

/// The document that was last applied, and what is wrong with it where it cannot be read any more.
pub fn kept(path: &Path) -> (Option<Document>, Vec<Problem>) {
    let name = path.display().to_string();
    match text(path) {
        Ok(Some(text)) => match read(&text, &name) {
            Ok(document) => (Some(document), Vec::new()),
            Err(problems) => (None, problems),
        },
        Ok(None) => (None, Vec::new()),
        Err(problem) => (None, vec![problem]),
    }
}

/// Checks a file: a document where it begins with a brace, else a configuration, over the document that is kept at
/// `kept_path` where there is one. Warnings, or every problem; no problem: there is no file.
pub fn check(path: &Path, kept_path: &Path) -> Result<Vec<Problem>, Vec<Problem>> {
    let name = path.display().to_string();
    if let Ok(Some(text)) = text(path)
        && looks_like_document(&text)
    {
        return read(&text, &name).map(|_| Vec::new());
    }
    let (document, _) = kept(kept_path);
    match document.as_ref().and_then(Document::layer) {
        Some(layer) => match load_layers(path, Some(&layer), &Network::default()) {
            Layered::Effective(effective, warnings) => match effective.config.is_without_accounts() {
                false => Ok(warnings),
                true => Err(vec![whole_file(path, NO_ACCOUNT)]),
            },
            Layered::Missing => Err(Vec::new()),
            Layered::Broken(problems) => Err(problems),
        },
        None => match load(path) {
            Loaded::Config(_, warnings) => Ok(warnings),
            Loaded::Missing => Err(Vec::new()),
            Loaded::Broken(problems) => Err(problems),
        },
    }
}

fn whole_file(path: &Path, text: &str) -> Problem {
    Problem { file: path.display().to_string().into(), line: 1, pointer: "".into(), text: text.into() }
}

/// A file that is not larger than a document may be, and one byte more, so that its reader sees that.
fn text(path: &Path) -> Result<Option<String>, Problem> {
    let problem = |text: String| whole_file(path, &text);
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(format!("cannot be read: {error}"))),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| problem(format!("cannot be read: {error}")))?;
    // What is cut in the middle of a character is too long anyway.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
