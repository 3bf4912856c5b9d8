//! A socket of the file system.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{lock, lock_file, read, write_whole};
use crate::platform::Profile;

/// Bytes that the path of a socket may have here: `sun_path` has 108 on Linux and 104 elsewhere, one of them is a zero.
const LONGEST_PATH: usize = 103;

/// A connection of somebody who asks.
pub(in crate::control) type Stream = tokio::net::UnixStream;

/// The asking side of a connection; blocking.
pub(in crate::control) type Asking = UnixStream;

/// Where connections come in.
pub(in crate::control) struct Listener(tokio::net::UnixListener);

impl Listener {
    /// The next connection. Nothing is lost when this is dropped before it is done.
    pub(in crate::control) async fn accept(&mut self) -> io::Result<Stream> {
        self.0.accept().await.map(|(stream, _)| stream)
    }
}

/// Whether the asking program runs for the same user.
pub(in crate::control) fn is_same_user(stream: &Stream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// Connects to the living instance of a profile.
pub(in crate::control) fn connect(profile: &Profile) -> Option<Asking> {
    connect_to(&read(profile)?)
}

/// A socket that somebody else has put there is none: in a folder where all may write it would hear what we ask.
fn connect_to(path: &Path) -> Option<Asking> {
    is_ours(path).then(|| UnixStream::connect(path).ok())?
}

fn is_ours(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|data| data.file_type().is_socket() && data.uid() == rustix::process::geteuid().as_raw())
}

/// The place of the profile's socket: one place for one profile, so that an instance finds what a dead one left.
fn choose(profile: &Profile) -> PathBuf {
    let digest = Sha256::digest(profile.control_path.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = Profile::runtime_folder().join(format!("tandem-{name}.sock"));
    if path.as_os_str().len() <= LONGEST_PATH { path } else { PathBuf::from(format!("/tmp/tandem-{name}.sock")) }
}

/// The files of a running instance; they go when this is dropped.
pub(in crate::control) struct Files {
    socket: PathBuf,
    control_path: PathBuf,
    /// Held while the instance lives.
    _lock: File,
}

/// Makes this the instance of the profile, inside a tokio runtime. `AddrInUse`: another one lives.
pub(in crate::control) fn claim(profile: &Profile) -> io::Result<(Files, Listener)> {
    let lock_file = lock_file(profile);
    fs::create_dir_all(lock_file.parent().unwrap_or(Path::new(".")))?;
    let lock = lock(&lock_file)?;
    let socket = choose(profile);
    let old = read(profile).filter(|old| *old != socket);
    for path in old.iter().chain([&socket]) {
        if connect_to(path).is_some() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        if is_ours(path) {
            fs::remove_file(path)?;
        }
    }
    let listener = std::os::unix::net::UnixListener::bind(&socket)?;
    let files = Files { socket, control_path: profile.control_path.clone(), _lock: lock };
    fs::set_permissions(&files.socket, fs::Permissions::from_mode(0o600))?;
    write_whole(&files.control_path, &files.socket)?;
    listener.set_nonblocking(true)?;
    Ok((files, Listener(tokio::net::UnixListener::from_std(listener)?)))
}

impl Drop for Files {
    fn drop(&mut self) {
        // What cannot be removed is found dead by the next instance.
        let _ = fs::remove_file(&self.control_path);
        let _ = fs::remove_file(&self.socket);
    }
}
