//! Opening the file: one instance at a time, newer ones refused, damaged ones kept and replaced.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use crate::store::boundary::{Loaded, StoreError};
use crate::store::core::Store;
use crate::store::{error, load, schema};

/// How long a statement waits for another program that reads the file.
const BUSY: Duration = Duration::from_millis(500);

/// Held for as long as the store is open: no second instance uses the file.
#[derive(Debug)]
pub(in crate::store) struct Lock(#[allow(dead_code, reason = "dropping it is its use")] File);

/// Opens the database at `path`, makes it where there is none, and reads what is needed at the start.
///
/// A damaged file is kept beside it under the name in [`Loaded::damaged`], and a new one begun.
///
/// # Errors
///
/// [`StoreError::InUse`], [`StoreError::Newer`], or that the file can be neither read nor made.
pub fn open(path: &Path) -> Result<(Store, Loaded), StoreError> {
    let lock = lock(path)?;
    match try_open(path) {
        Ok((db, loaded)) => finish(db, lock, loaded),
        Err(Trouble::Refused(refusal)) => Err(refusal),
        Err(Trouble::Sqlite(failure)) if error::is_damage(&failure) => {
            let kept = put_aside(path)?;
            let (db, mut loaded) = try_open(path).map_err(|trouble| match trouble {
                Trouble::Refused(refusal) => refusal,
                Trouble::Sqlite(failure) => error::explain(&failure),
            })?;
            loaded.damaged = Some(kept.to_string_lossy().as_ref().into());
            finish(db, lock, loaded)
        }
        Err(Trouble::Sqlite(failure)) => Err(error::explain(&failure)),
    }
}

fn finish(db: Connection, lock: Lock, loaded: Loaded) -> Result<(Store, Loaded), StoreError> {
    let store = Store::new(db, lock).map_err(|failure| error::explain(&failure))?;
    Ok((store, loaded))
}

enum Trouble {
    Refused(StoreError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(failure: rusqlite::Error) -> Self {
        Self::Sqlite(failure)
    }
}

fn try_open(path: &Path) -> Result<(Connection, Loaded), Trouble> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    let found = schema::version(&db)?;
    if found > schema::VERSION {
        return Err(Trouble::Refused(StoreError::Newer { found, known: schema::VERSION }));
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    schema::migrate(&mut db)?;
    let loaded = load::load(&db)?;
    Ok((db, loaded))
}

/// A lock of the operating system on a file beside the database: it goes with the process, however that ends.
fn lock(path: &Path) -> Result<Lock, StoreError> {
    let failed = |failure: std::io::Error| match failure.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Unwritable(failure.to_string().into()),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(beside(path, "lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(failure)) => Err(failed(failure)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Renames a damaged database, its log with it: what is in there may still be of use to somebody.
fn put_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let kept = beside(path, &format!("damaged-{seconds}"));
    fs::rename(path, &kept).map_err(|failure| StoreError::Unwritable(failure.to_string().into()))?;
    for log in ["wal", "shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("-{log}"));
        let mut target = kept.as_os_str().to_owned();
        target.push(format!("-{log}"));
        // Absent after a clean end.
        let _ = fs::rename(name, target);
    }
    Ok(kept)
}
