//! Where the socket of a profile is, and what lies there.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::platform::Profile;

/// Bytes that the path of a socket may have here: `sun_path` has 108 on Linux and 104 elsewhere, one of them is a zero.
const LONGEST_PATH: usize = 103;

/// The place of the profile's socket: one place for one profile, so that an instance finds what a dead one left.
pub(super) fn choose(profile: &Profile) -> PathBuf {
    let digest = Sha256::digest(profile.control_path.as_os_str().as_bytes());
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = Profile::runtime_folder().join(format!("tandem-{name}.sock"));
    if path.as_os_str().len() <= LONGEST_PATH { path } else { PathBuf::from(format!("/tmp/tandem-{name}.sock")) }
}

/// Where the profile's `control.path` says that the socket is.
pub(super) fn read(profile: &Profile) -> Option<PathBuf> {
    let text = fs::read_to_string(&profile.control_path).ok()?;
    let path = text.trim_end_matches('\n');
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Connects to the socket of a living instance.
///
/// A socket that somebody else has put there is none: in a folder where all may write it would hear what we ask.
pub(super) fn connect(path: &Path) -> Option<UnixStream> {
    is_ours(path).then(|| UnixStream::connect(path).ok())?
}

fn is_ours(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|data| data.file_type().is_socket() && data.uid() == rustix::process::geteuid().as_raw())
}

/// The files of a running instance; they go when this is dropped.
pub(super) struct Files {
    socket: PathBuf,
    control_path: PathBuf,
    /// Held while the instance lives; the system lets go of it however the instance ends.
    _lock: File,
}

impl Files {
    /// Makes this the instance of the profile. `AddrInUse`: another one lives.
    pub(super) fn claim(profile: &Profile) -> io::Result<(Self, std::os::unix::net::UnixListener)> {
        let folder = profile.control_path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let lock = lock(&folder.join("control.lock"))?;
        let socket = choose(profile);
        let old = read(profile).filter(|old| *old != socket);
        for path in old.iter().chain([&socket]) {
            if connect(path).is_some() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            if is_ours(path) {
                fs::remove_file(path)?;
            }
        }
        let listener = std::os::unix::net::UnixListener::bind(&socket)?;
        let files = Self { socket, control_path: profile.control_path.clone(), _lock: lock };
        fs::set_permissions(&files.socket, fs::Permissions::from_mode(0o600))?;
        write_whole(&files.control_path, &files.socket)?;
        Ok((files, listener))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What cannot be removed is found dead by the next instance.
        let _ = fs::remove_file(&self.control_path);
        let _ = fs::remove_file(&self.socket);
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::AddrInUse.into()),
        // A file system without locks: whether the socket answers has to tell.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Nobody ever reads half a path.
fn write_whole(path: &Path, socket: &Path) -> io::Result<()> {
    let fresh = path.with_extension("path.new");
    let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(socket.as_os_str().as_bytes())?;
    file.write_all(b"\n")?;
    fs::rename(&fresh, path)
}
