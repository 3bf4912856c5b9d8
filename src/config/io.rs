//! Reading and writing `config.toml`, and fetching passwords from where it says they are.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::{Config, Problem, SecretSource, parse};
use crate::platform::{Secret, keyring};

/// What reading the file came to.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// It is right. Warnings draw attention without refusing.
    Config(Box<Config>, Vec<Problem>),
    /// There is no file.
    Missing,
    /// It is broken; every problem.
    Broken(Vec<Problem>),
}

/// Reads and checks the file.
pub fn load(path: &Path) -> Loaded {
    let name = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Loaded::Missing,
        Err(error) => return Loaded::Broken(vec![problem(&name, &format!("cannot be read: {error}"))]),
    };
    match parse(&text, &name) {
        Ok(mut config) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            resolve_paths(&mut config, folder);
            let warnings = warnings(&config, &name);
            Loaded::Config(Box::new(config), warnings)
        }
        Err(problems) => Loaded::Broken(problems),
    }
}

fn problem(file: &str, text: &str) -> Problem {
    Problem { file: file.into(), line: 1, text: text.into() }
}

/// Relative paths in the file are relative to the file.
fn resolve_paths(config: &mut Config, folder: &Path) {
    let absolute = |path: &mut PathBuf| {
        if path.is_relative() {
            *path = folder.join(&path);
        }
    };
    config.network.ca_files.iter_mut().for_each(absolute);
    let secrets = config
        .chat
        .iter_mut()
        .map(|account| &mut account.secret)
        .chain(config.voice.iter_mut().map(|account| &mut account.secret));
    for secret in secrets {
        if let SecretSource::File(path) = secret {
            absolute(path);
        }
    }
}

fn warnings(config: &Config, file: &str) -> Vec<Problem> {
    let accounts = config
        .chat
        .iter()
        .map(|account| (&account.id, &account.secret))
        .chain(config.voice.iter().map(|account| (&account.id, &account.secret)));
    let mut found = Vec::new();
    for (id, secret) in accounts {
        let id = id.as_str();
        match secret {
            SecretSource::Inline(_) => found.push(problem(
                file,
                &format!("the password of \"{id}\" stands in the file itself: password-keyring keeps it safer"),
            )),
            SecretSource::File(path) if readable_by_others(path) => {
                found.push(problem(file, &format!("{} can be read by others: run chmod 600 on it", path.display())))
            }
            SecretSource::File(_) | SecretSource::Keyring | SecretSource::Command(_) => {}
        }
    }
    found
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

/// Why a password is not to be had, a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SecretError(pub Arc<str>);

/// Fetches a password. May block for as long as a keyring dialog or a command takes: not for an async worker.
pub fn secret(source: &SecretSource, address: &str) -> Result<Secret, SecretError> {
    let fail = |text: String| SecretError(text.into());
    match source {
        SecretSource::Inline(secret) => Ok(secret.clone()),
        SecretSource::Keyring => keyring::read(address).map_err(|error| fail(error.to_string())),
        SecretSource::File(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| fail(format!("The password file {} cannot be read: {error}", path.display())))?;
            first_line(&text).ok_or_else(|| fail(format!("The password file {} is empty.", path.display())))
        }
        SecretSource::Command(command) => {
            let output = Command::new("sh")
                .args(["-c", command])
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()
                .map_err(|error| fail(format!("The password command could not be started: {error}")))?;
            if !output.status.success() {
                return Err(fail(format!("The password command failed ({}).", output.status)));
            }
            first_line(&String::from_utf8_lossy(&output.stdout))
                .ok_or_else(|| fail("The password command printed nothing.".to_owned()))
        }
    }
}

fn first_line(text: &str) -> Option<Secret> {
    text.lines().next().filter(|line| !line.is_empty()).map(Secret::new)
}

/// Writes a file that only the user can read, whole or not at all.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}
