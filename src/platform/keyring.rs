//! The desktop's keyring (the Secret Service on Linux, Keychain on macOS, the credential store on Windows).

/// The name under which entries are kept.
const SERVICE: &str = "tandem";

/// Why the keyring did not serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No keyring service runs.
    #[error("No keyring service runs on this desktop. Start one, or keep the password in a file or a command.")]
    NoService,
    /// The keyring has no such password.
    #[error("The keyring has no password for this account.")]
    NotFound,
    /// It answered something else.
    #[error("The keyring could not be used: {0}")]
    Failed(String),
}

fn error(error: keyring::Error) -> KeyringError {
    match error {
        keyring::Error::NoEntry => KeyringError::NotFound,
        keyring::Error::NoDefaultStore | keyring::Error::NoStorageAccess(_) => KeyringError::NoService,
        other => KeyringError::Failed(other.to_string()),
    }
}

/// Reads the password of an account. May block on a dialog of the desktop.
pub fn read(address: &str) -> Result<super::Secret, KeyringError> {
    keyring::Entry::new(SERVICE, address).and_then(|entry| entry.get_password()).map(super::Secret::new).map_err(error)
}

/// Takes the password of an account out, if it is there.
pub fn remove(address: &str) {
    // What cannot be taken out stays: nothing asks for it any more.
    let _ = keyring::Entry::new(SERVICE, address).and_then(|entry| entry.delete_credential());
}

/// Stores the password of an account. May block on a dialog of the desktop.
pub fn write(address: &str, password: &super::Secret) -> Result<(), KeyringError> {
    keyring::Entry::new(SERVICE, address).and_then(|entry| entry.set_password(password.expose())).map_err(error)
}
