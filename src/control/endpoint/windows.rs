//! A named pipe with a name that nobody can guess, written down in the profile's own folder.
//!
//! Who may do what is the system's affair. Without a descriptor of its own a pipe may be written to by its maker, administrators
//! and the system; others may open it for reading only, and a connection that asks nothing hears nothing. Connections from other
//! machines are refused. Only the maker may add an instance of a pipe that is there, and the first one of ours fails where a
//! stranger made one before us (`FILE_FLAG_FIRST_PIPE_INSTANCE`).
//!
//! What is left is a name that a dead instance wrote down and somebody took over: so nobody is asked unless the profile's lock is
//! held, which only a living instance of the same profile does.

use std::cell::Cell;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use tokio::runtime::Runtime;

use super::{lock, lock_file, read, write_whole};
use crate::platform::Profile;

/// What the name of every pipe of ours begins with.
const PREFIX: &str = r"\\.\pipe\tandem-";
/// Every instance of the pipe is taken at this moment (`ERROR_PIPE_BUSY`).
const ALL_BUSY: i32 = 231;
/// How often a busy pipe, or a lock that somebody looks at, is tried again, and after which pause.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A connection of somebody who asks.
pub(in crate::control) type Stream = NamedPipeServer;

/// Where connections come in.
pub(in crate::control) struct Listener {
    name: PathBuf,
    /// The instance of the pipe that the next one connects to.
    next: Option<NamedPipeServer>,
}

impl Listener {
    /// The next connection. Nothing is lost when this is dropped before it is done.
    pub(in crate::control) async fn accept(&mut self) -> io::Result<Stream> {
        let waiting = match &mut self.next {
            Some(waiting) => waiting,
            none => none.insert(ServerOptions::new().create(&self.name)?),
        };
        let connected = waiting.connect().await;
        // The next instance is there before this one is served, or goes: whoever looks for the pipe finds one.
        let next = ServerOptions::new().create(&self.name).ok();
        let stream = std::mem::replace(&mut self.next, next);
        connected?;
        stream.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// The system let nobody else in (see above).
pub(in crate::control) fn is_same_user(_stream: &Stream) -> bool {
    true
}

/// The files of a running instance; they go when this is dropped.
pub(in crate::control) struct Files {
    control_path: PathBuf,
    /// Held while the instance lives.
    _lock: File,
}

/// Makes this the instance of the profile, inside a tokio runtime. `AddrInUse`: another one lives.
pub(in crate::control) fn claim(profile: &Profile) -> io::Result<(Files, Listener)> {
    let lock_file = lock_file(profile);
    fs::create_dir_all(lock_file.parent().unwrap_or(Path::new(".")))?;
    let lock = lock_in_the_end(&lock_file)?;
    let name = PathBuf::from(format!("{PREFIX}{:032x}", StdRng::from_os_rng().random::<u128>()));
    let first = ServerOptions::new().first_pipe_instance(true).create(&name)?;
    let files = Files { control_path: profile.control_path.clone(), _lock: lock };
    write_whole(&files.control_path, &name)?;
    Ok((files, Listener { name, next: Some(first) }))
}

/// Somebody who looks whether an instance lives has the lock for a moment.
fn lock_in_the_end(path: &Path) -> io::Result<File> {
    for _ in 1..TRIES {
        match lock(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => std::thread::sleep(PAUSE),
            locked => return locked,
        }
    }
    lock(path)
}

impl Drop for Files {
    fn drop(&mut self) {
        // What cannot be removed says nothing without the lock.
        let _ = fs::remove_file(&self.control_path);
    }
}

/// Whether an instance of the profile lives.
fn lives(profile: &Profile) -> bool {
    File::open(lock_file(profile)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Connects to the living instance of a profile.
pub(in crate::control) fn connect(profile: &Profile) -> Option<Asking> {
    let name = read(profile).filter(|name| name.to_str().is_some_and(|name| name.starts_with(PREFIX)))?;
    if !lives(profile) {
        return None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let pipe = {
        let _inside = runtime.enter();
        open(&name)?
    };
    Some(Asking { runtime, pipe, read_timeout: Cell::new(None), write_timeout: Cell::new(None) })
}

fn open(name: &Path) -> Option<NamedPipeClient> {
    for _ in 0..TRIES {
        match ClientOptions::new().open(name) {
            Ok(pipe) => return Some(pipe),
            Err(error) if error.raw_os_error() == Some(ALL_BUSY) => std::thread::sleep(PAUSE),
            Err(_) => return None,
        }
    }
    None
}

/// The asking side of a connection; blocking. A pipe knows no patience, so a runtime of its own has it.
pub(in crate::control) struct Asking {
    runtime: Runtime,
    pipe: NamedPipeClient,
    read_timeout: Cell<Option<Duration>>,
    write_timeout: Cell<Option<Duration>>,
}

impl Asking {
    /// How long a read may take; `None`: as long as it does.
    pub(in crate::control) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.read_timeout.set(timeout);
        Ok(())
    }

    /// How long a write may take; `None`: as long as it does.
    pub(in crate::control) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.write_timeout.set(timeout);
        Ok(())
    }
}

async fn within<T>(timeout: Option<Duration>, done: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, done).await.map_err(|_| io::ErrorKind::TimedOut)?,
        None => done.await,
    }
}

impl Read for Asking {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.runtime.block_on(within(self.read_timeout.get(), self.pipe.read(bytes))) {
            // The other end has closed.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            read => read,
        }
    }
}

impl Write for Asking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.runtime.block_on(within(self.write_timeout.get(), self.pipe.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.runtime.block_on(within(self.write_timeout.get(), self.pipe.flush()))
    }
}
