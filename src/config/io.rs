//! Reading and writing `config.toml`, and fetching passwords from where it says they are.

mod passwords;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::effective::effective_with_places;
use super::parse::parse_with_places;
use super::table::{Place, PlaceOf};
use super::{
    Accounts, Config, Effective, Network, NotToml, Problem, Provisioned, Provisioning, SecretSource, parse, write,
    write_password, write_provisioned, write_source,
};
use crate::platform::{Secret, keyring};

pub use self::passwords::{forget_password, keep_first_password};

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
    let text = match read_text(path, &name) {
        Ok(Some(text)) => text,
        Ok(None) => return Loaded::Missing,
        Err(problem) => return Loaded::Broken(vec![problem]),
    };
    match parse_with_places(&text, &name) {
        Ok((mut config, places)) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            resolve_paths(&mut config, folder);
            let (problems, warnings) = judge(places, &name, path, folder);
            if problems.is_empty() { Loaded::Config(Box::new(config), warnings) } else { Loaded::Broken(problems) }
        }
        Err(problems) => Loaded::Broken(problems),
    }
}

/// What reading all layers came to.
#[derive(Debug)]
pub enum Layered {
    /// They are right together, with accounts or without any ([`Config::is_without_accounts`]). Warnings draw attention
    /// without refusing.
    Effective(Box<Effective>, Vec<Problem>),
    /// There is no file.
    Missing,
    /// Something is wrong; every problem.
    Broken(Vec<Problem>),
}

/// Reads and checks the file over a document and under the command line.
pub fn load_layers(path: &Path, provisioned: Option<&Provisioned>, command_line: &Network) -> Layered {
    let name = path.display().to_string();
    let text = match read_text(path, &name) {
        Ok(Some(text)) => text,
        // A document without the user's file is what an earlier user left.
        Ok(None) => return Layered::Missing,
        Err(problem) => return Layered::Broken(vec![problem]),
    };
    match effective_with_places(&text, &name, provisioned, command_line) {
        Ok((mut effective, places)) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            resolve_paths(&mut effective.config, folder);
            let (problems, warnings) = judge(places, &name, path, folder);
            if problems.is_empty() {
                Layered::Effective(Box::new(effective), warnings)
            } else {
                Layered::Broken(problems)
            }
        }
        Err(problems) => Layered::Broken(problems),
    }
}

/// The file's text; `None` where there is no file.
fn read_text(path: &Path, name: &str) -> Result<Option<String>, Problem> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(name, &format!("cannot be read: {error}"))),
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let right = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = u32::try_from(right.iter().filter(|byte| **byte == b'\n').count() + 1).unwrap_or(u32::MAX);
        Problem { line, ..problem(name, "this is no UTF-8: save the file in that encoding") }
    })
}

/// What only the disk can tell about what the file names: problems, and warnings.
fn judge(places: Vec<Place>, name: &str, path: &Path, folder: &Path) -> (Vec<Problem>, Vec<Problem>) {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    for Place { line, what } in places {
        let told = |text: String| Problem { file: name.into(), line, pointer: "".into(), text: text.into() };
        match what {
            PlaceOf::CaFile(file) => {
                let file = folder.join(file);
                if let Err(error) = fs::File::open(&file) {
                    problems.push(told(format!("the certificate file {} cannot be read: {error}", file.display())));
                }
            }
            PlaceOf::PasswordFile(file) => {
                let file = folder.join(file);
                if let Err(error) = fs::File::open(&file) {
                    problems.push(told(format!("the password file {} cannot be read: {error}", file.display())));
                } else if readable_by_others(&file) {
                    warnings.push(told(format!("{} can be read by others: run chmod 600 on it", file.display())));
                }
            }
            PlaceOf::KeyFile(file) => {
                let file = folder.join(file);
                if let Err(error) = fs::File::open(&file) {
                    problems.push(told(format!("the key file {} cannot be read: {error}", file.display())));
                } else if readable_by_others(&file) {
                    warnings.push(told(format!("{} can be read by others: run chmod 600 on it", file.display())));
                }
            }
            PlaceOf::Password(id) => {
                warnings.push(told(format!(
                    "the password of {id:?} stands in the file itself: password-keyring keeps it safer"
                )));
                if readable_by_others(path) {
                    warnings.push(told(format!("{} can be read by others: run chmod 600 on it", path.display())));
                }
            }
        }
    }
    (problems, warnings)
}

fn problem(file: &str, text: &str) -> Problem {
    Problem { file: file.into(), line: 1, pointer: "".into(), text: text.into() }
}

/// Relative paths in the file are relative to the file.
pub(crate) fn resolve_paths(config: &mut Config, folder: &Path) {
    let absolute = |path: &mut PathBuf| {
        if path.is_relative() {
            *path = folder.join(&path);
        }
    };
    config.network.ca_files.iter_mut().for_each(absolute);
    let chats = config.chat.iter_mut().filter_map(|account| account.client_certificate.as_mut());
    let voices = config.voice.iter_mut().filter_map(|account| account.client_certificate.as_mut());
    for (certificate, key) in chats.chain(voices) {
        absolute(certificate);
        absolute(key);
    }
    let secrets = config
        .chat
        .iter_mut()
        .map(|account| &mut account.secret)
        .chain(config.voice.iter_mut().map(|account| &mut account.secret))
        .chain(&mut config.media.turn_secret)
        .chain(config.provisioning.token.as_mut());
    for secret in secrets {
        if let SecretSource::File(path) = secret {
            absolute(path);
        }
    }
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

/// The name of the password file that a set-up writes beside `config.toml`.
const PASSWORD_FILE: &str = "password";
/// The private file that keeps the token for the provisioning document.
const TOKEN_FILE: &str = "provisioning-token";

/// Writes what a set-up found: the password to the keyring or to a private file, and the accounts to `config.toml`.
///
/// Every account of `accounts` gets this password. A file that cannot be kept (not TOML, or still wrong with the new
/// accounts) is set aside as `config.toml.old`. May block on a dialog of the desktop. The error is a sentence.
pub fn write_set_up(path: &Path, accounts: &Accounts, password: &Secret, keyring: bool) -> Result<(), String> {
    let keep: &KeepInKeyring<'_> = &|address, password| keyring::write(address, password).map_err(|e| e.to_string());
    write_set_up_with(path, accounts, password, keyring.then_some(keep))
}

/// The same for accounts of a document: only where it comes from is written, and where each password is.
pub fn write_provisioned_set_up(
    path: &Path,
    provisioning: &Provisioning,
    accounts: &Accounts,
    password: &Secret,
    keyring: bool,
) -> Result<(), String> {
    let keep: &KeepInKeyring<'_> = &|address, password| keyring::write(address, password).map_err(|e| e.to_string());
    let mut accounts = accounts.clone();
    // A token stays in the document.
    let typed = |secret: &SecretSource| !matches!(secret, SecretSource::Inline(_));
    let (mut chat, mut voice) = (accounts.chat.clone(), accounts.voice.clone());
    chat.retain(|chat| typed(&chat.secret));
    voice.retain(|voice| typed(&voice.secret));
    let with_password = Accounts { chat, voice, ..accounts.clone() };
    if !with_password.chat.is_empty() || !with_password.voice.is_empty() {
        let secret = keep_passwords(path, &with_password, password, keyring.then_some(keep))?;
        accounts.chat.iter_mut().filter(|chat| typed(&chat.secret)).for_each(|chat| chat.secret = secret.clone());
        accounts.voice.iter_mut().filter(|voice| typed(&voice.secret)).for_each(|voice| voice.secret = secret.clone());
    }
    make_relative(&mut accounts, path.parent().unwrap_or(Path::new(".")));
    let provisioning = &keep_token(path, provisioning)?;
    let existing = read_existing(path)?;
    let text = match write_provisioned(&existing, provisioning, &accounts) {
        Ok(text) => text,
        Err(NotToml) => {
            write_private(&beside(path, ".old"), &existing).map_err(|error| unwritable(path, &error))?;
            write_provisioned("", provisioning, &accounts)
                .map_err(|NotToml| "The configuration cannot be composed.".to_owned())?
        }
    };
    write_private(path, &text).map_err(|error| unwritable(path, &error))
}

/// Writes where the document comes from into the file.
pub fn keep_source(path: &Path, provisioning: &Provisioning) -> Result<(), String> {
    let provisioning = &keep_token(path, provisioning)?;
    let text = write_source(&read_existing(path)?, provisioning).map_err(|error| unwritable(path, &error))?;
    write_private(path, &text).map_err(|error| unwritable(path, &error))
}

/// A token that a link brought goes into a private file beside the configuration, which then names the file.
pub(crate) fn keep_token(path: &Path, provisioning: &Provisioning) -> Result<Provisioning, String> {
    let Some(SecretSource::Inline(token)) = &provisioning.token else { return Ok(provisioning.clone()) };
    let file = path.parent().unwrap_or(Path::new(".")).join(TOKEN_FILE);
    write_private(&file, token.expose()).map_err(|error| unwritable(&file, &error))?;
    Ok(Provisioning { token: Some(SecretSource::File(TOKEN_FILE.into())), ..provisioning.clone() })
}

type KeepInKeyring<'a> = dyn Fn(&str, &Secret) -> Result<(), String> + 'a;

fn write_set_up_with(
    path: &Path,
    accounts: &Accounts,
    password: &Secret,
    keyring: Option<&KeepInKeyring<'_>>,
) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let secret = keep_passwords(path, accounts, password, keyring)?;
    let mut accounts = accounts.clone();
    accounts.chat.iter_mut().for_each(|account| account.secret = secret.clone());
    accounts.voice.iter_mut().for_each(|account| account.secret = secret.clone());
    make_relative(&mut accounts, folder);
    let existing = read_existing(path)?;
    let name = path.display().to_string();
    let text = match write(&existing, &accounts) {
        Ok(text) if parse(&text, &name).is_ok() => text,
        Ok(_) | Err(NotToml) => {
            write_private(&beside(path, ".old"), &existing).map_err(|error| unwritable(path, &error))?;
            let text = write("", &accounts).map_err(|NotToml| "The configuration cannot be composed.".to_owned())?;
            parse(&text, &name).map_err(|problems| {
                problems.first().map_or_else(String::new, |problem| format!("The accounts do not fit: {problem}"))
            })?;
            text
        }
    };
    write_private(path, &text).map_err(|error| unwritable(path, &error))
}

/// Keeps one password for all these accounts, and says where.
fn keep_passwords(
    path: &Path,
    accounts: &Accounts,
    password: &Secret,
    keyring: Option<&KeepInKeyring<'_>>,
) -> Result<SecretSource, String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(match keyring {
        Some(keep) => {
            let chat = accounts.chat.iter().map(|account| account.address.to_string());
            let voice = accounts.voice.iter().map(|account| account.address.to_string());
            chat.chain(voice).try_for_each(|address| keep(&address, password))?;
            SecretSource::Keyring
        }
        None => {
            write_password_file(&folder.join(PASSWORD_FILE), password)?;
            SecretSource::File(PASSWORD_FILE.into())
        }
    })
}

/// Files beside the configuration are named without their folder.
fn make_relative(accounts: &mut Accounts, folder: &Path) {
    for file in &mut accounts.network.ca_files {
        if let Ok(relative) = file.strip_prefix(folder) {
            *file = relative.to_owned();
        }
    }
}

/// Writes into `config.toml` which voice account belongs to a chat account; `None`: none does. The error is a sentence.
pub fn write_relation(
    path: &Path,
    chat: &crate::model::AccountId,
    voice: Option<&crate::model::AccountId>,
) -> Result<(), String> {
    let existing = read_existing(path)?;
    let text = super::write_relation(&existing, chat.as_str(), voice.map(crate::model::AccountId::as_str))
        .map_err(|error| format!("{} cannot be changed: {error}.", path.display()))?;
    write_private(path, &text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

/// Keeps a changed password where the account's password is. `address` is the account's address as it is written.
///
/// May block on a dialog of the desktop. The error is a sentence.
pub fn keep_password(
    source: &SecretSource,
    address: &str,
    password: &Secret,
    config_path: &Path,
) -> Result<(), String> {
    match source {
        SecretSource::Keyring => keyring::write(address, password).map_err(|error| error.to_string()),
        SecretSource::File(path) => {
            let folder = config_path.parent().unwrap_or(Path::new("."));
            write_password_file(&folder.join(path), password)
        }
        SecretSource::Inline(_) => {
            let existing = read_existing(config_path)?;
            let text = write_password(&existing, address, password)
                .map_err(|error| unwritable(config_path, &error))?
                .ok_or_else(|| format!("{} holds no password for this account.", config_path.display()))?;
            write_private(config_path, &text).map_err(|error| unwritable(config_path, &error))
        }
        SecretSource::Command(_) => {
            Err("The password comes from a command and cannot be written: change it where the command finds it.".into())
        }
    }
}

fn write_password_file(path: &Path, password: &Secret) -> Result<(), String> {
    let text = password.expose();
    // Only the first line is read back.
    if text.is_empty() || text.contains(['\n', '\r']) {
        return Err("A password of a file cannot be empty and cannot contain a line break.".into());
    }
    let line = zeroize::Zeroizing::new(format!("{text}\n"));
    write_private(path, &line).map_err(|error| unwritable(path, &error))
}

/// The file's text as well as it can be read; empty where there is none.
pub fn read_existing(path: &Path) -> Result<String, String> {
    match fs::read(path) {
        // What is not UTF-8 is not TOML either, and is set aside as well as it can be.
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("{} cannot be read: {error}.", path.display())),
    }
}

fn unwritable(path: &Path, error: &dyn std::error::Error) -> String {
    format!("{} cannot be written: {error}.", path.display())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Writes a file that only the user can read, whole or not at all. A symbolic link stays one.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_private_folder(folder)?;
    let draft = beside(&path, ".new");
    // What a crash left behind may have other permissions.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    // The rename itself is on the disk only when the folder is; where folders cannot be opened, that is as good as it gets.
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
#[path = "io_tests.rs"]
mod tests;
