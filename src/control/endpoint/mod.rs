//! Where the running instance of a profile is reached, and by whom: a socket in a private folder, and on Windows a named pipe.
//!
//! Each system has the same names: `claim` makes this program the instance of its profile and listens, `connect` asks the one
//! that runs, `is_same_user` says who has come.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub(super) use unix::{Asking, Files, Listener, Stream, claim, connect, is_same_user};
#[cfg(windows)]
pub(super) use windows::{Asking, Files, Listener, Stream, claim, connect, is_same_user};

use crate::platform::Profile;

/// Where the profile's `control.path` says that the instance is.
fn read(profile: &Profile) -> Option<PathBuf> {
    let text = fs::read_to_string(&profile.control_path).ok()?;
    let path = text.trim_end_matches('\n');
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// The file whose lock an instance holds while it lives; the system lets go of it however the instance ends.
fn lock_file(profile: &Profile) -> PathBuf {
    profile.control_path.parent().unwrap_or(Path::new(".")).join("control.lock")
}

fn lock(path: &Path) -> io::Result<File> {
    // Windows locks no file that is open for appending only.
    let file = private(OpenOptions::new().create(true).read(true).append(true)).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::AddrInUse.into()),
        // A file system without locks: whether the instance answers has to tell.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Nobody ever reads half a path.
fn write_whole(path: &Path, place: &Path) -> io::Result<()> {
    let fresh = path.with_extension("path.new");
    let mut file = private(OpenOptions::new().create(true).write(true).truncate(true)).open(&fresh)?;
    file.write_all(place.as_os_str().as_encoded_bytes())?;
    file.write_all(b"\n")?;
    fs::rename(&fresh, path)
}

/// For the user's eyes only. Windows gives a file the rights of its folder, and the profile's is the user's own.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
