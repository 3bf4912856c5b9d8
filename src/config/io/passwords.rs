//! The password of an account that is added or taken out.

use std::fs;
use std::path::Path;

use super::{PASSWORD_FILE, SecretSource, unwritable, write_password_file, write_private};
use crate::model::AccountId;
use crate::platform::{Secret, keyring};

/// Keeps the password of an account that is new, in the keyring or in a private file of its own beside the configuration,
/// and says where. Without a password there is a place where it will be kept once it is typed; no keyring is no obstacle then.
///
/// May block on a dialog of the desktop. The error is a sentence.
pub fn keep_first_password(
    config_path: &Path,
    id: &AccountId,
    address: &str,
    password: &Secret,
    keyring: bool,
) -> Result<SecretSource, String> {
    let nothing = password.expose().is_empty();
    let serves = || !matches!(keyring::read(address), Err(keyring::KeyringError::NoService));
    if keyring && !nothing {
        keyring::write(address, password).map_err(|error| error.to_string())?;
        return Ok(SecretSource::Keyring);
    }
    if keyring && serves() {
        return Ok(SecretSource::Keyring);
    }
    let name = format!("{PASSWORD_FILE}-{}", id.as_str());
    let file = config_path.parent().unwrap_or(Path::new(".")).join(&name);
    match nothing {
        true => write_private(&file, "").map_err(|error| unwritable(&file, &error))?,
        false => write_password_file(&file, password)?,
    }
    Ok(SecretSource::File(name.into()))
}

/// Forgets the password of an account that is no more, as far as it was kept by [`keep_first_password`].
pub fn forget_password(source: &SecretSource, address: &str, config_path: &Path) {
    match source {
        SecretSource::Keyring => keyring::remove(address),
        SecretSource::File(path) => {
            let own = path.file_name().and_then(|name| name.to_str());
            if own.is_some_and(|name| name.starts_with(&format!("{PASSWORD_FILE}-"))) {
                // Whatever else became of it: nothing asks for it any more.
                let _ = fs::remove_file(config_path.parent().unwrap_or(Path::new(".")).join(path));
            }
        }
        SecretSource::Command(_) | SecretSource::Inline(_) => {}
    }
}
