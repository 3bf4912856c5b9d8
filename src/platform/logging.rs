//! The log: to standard error and to a file in the profile. Addresses, names and digits stay below INFO.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

/// A log file that grew beyond this is put aside at the next start, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;

/// Starts logging; `level` is `error` to `trace`. `TANDEM_LOG` overrides it. Without a folder only to standard error.
pub fn start(level: &str, folder: Option<&Path>) {
    let filter =
        EnvFilter::try_from_env("TANDEM_LOG").unwrap_or_else(|_| EnvFilter::new(format!("warn,tandem={level}")));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(true).with_ansi(false);
    let started = match folder.and_then(open) {
        Some(file) => builder.with_writer(Mutex::new(file).and(std::io::stderr)).try_init(),
        None => builder.with_writer(std::io::stderr).try_init(),
    };
    // A second start in one process (tests) keeps the first subscriber.
    drop(started);
}

fn open(folder: &Path) -> Option<File> {
    fs::create_dir_all(folder).ok()?;
    let path = folder.join("tandem.log");
    if fs::metadata(&path).is_ok_and(|data| data.len() > LONGEST) {
        fs::rename(&path, folder.join("tandem.log.1")).ok()?;
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}
