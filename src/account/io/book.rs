//! Files of people, read and written off the runtime's workers.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::effect::Input;
use super::super::{BookEvent, BookFile};
use crate::cusax::{LARGEST_FILE, PeopleFile, read_people};

/// Reads or writes; the answer is [`Input::Book`]. A relative path is one in the configuration's folder.
pub(super) fn run(file: BookFile, config_path: PathBuf, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        let done = tokio::task::spawn_blocking(move || match file {
            BookFile::Read { ticket, path, directory } => {
                let folder = config_path.parent().unwrap_or_else(|| Path::new(""));
                let result = read(&folder.join(&*path)).map(Box::new);
                BookEvent::Read { ticket, directory, result }
            }
            BookFile::Write { ticket, path, text, people } => {
                BookEvent::Written { ticket, people, result: write(Path::new(&*path), &text) }
            }
        });
        if let Ok(event) = done.await {
            let _ = inputs.send(Input::Book(event)).await;
        }
    });
}

fn read(path: &Path) -> Result<PeopleFile, Arc<str>> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    // A pipe or a device would never end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file.", path.display()).into());
    }
    let mut bytes = Vec::new();
    let limit = LARGEST_FILE as u64 + 1;
    fs::File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(read_people(&bytes))
}

/// Why a file cannot be read, a sentence.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Arc<str> {
    match error.kind() {
        ErrorKind::NotFound => format!("There is no file {}.", path.display()),
        ErrorKind::PermissionDenied => format!("You may not read {}.", path.display()),
        _ => format!("{} cannot be read: {error}.", path.display()),
    }
    .into()
}

/// Into a new file that only the user can read: other people's numbers are nobody else's business.
fn write(path: &Path, text: &str) -> Result<(), Arc<str>> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|error| -> Arc<str> {
        match error.kind() {
            ErrorKind::AlreadyExists => format!("{} is there already: choose another name.", path.display()),
            ErrorKind::NotFound => format!("There is no folder for {}.", path.display()),
            _ => format!("{} cannot be written: {error}.", path.display()),
        }
        .into()
    })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a file would look like a whole one.
        let _ = fs::remove_file(path);
        format!("{} cannot be written: {error}.", path.display()).into()
    })
}
