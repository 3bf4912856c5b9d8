//! Files of conversations, written off the runtime's workers.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::effect::Input;
use super::super::export::{ExportPart, ExportWritten};

/// Writes a part; the answer is [`Input::Exported`].
pub(super) fn run(part: ExportPart, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        let id = part.id;
        if let Ok(result) = tokio::task::spawn_blocking(move || write(&part)).await {
            let _ = inputs.send(Input::Exported(ExportWritten { id, result })).await;
        }
    });
}

fn write(part: &ExportPart) -> Result<(), Arc<str>> {
    let path = Path::new(&*part.path);
    let mut options = OpenOptions::new();
    if part.first {
        options.write(true).create_new(true);
        // What people wrote to each other is nobody else's business.
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
    } else {
        options.append(true);
    }
    let failed = |error: std::io::Error| -> Arc<str> {
        match error.kind() {
            ErrorKind::AlreadyExists => format!("{} is there already: choose another name.", path.display()),
            ErrorKind::NotFound => format!("There is no folder for {}.", path.display()),
            ErrorKind::PermissionDenied => format!("You may not write {}.", path.display()),
            ErrorKind::StorageFull => format!("The disk has no room for {}.", path.display()),
            _ => format!("{} cannot be written: {error}.", path.display()),
        }
        .into()
    };
    let mut file = options.open(path).map_err(failed)?;
    let written = file.write_all(part.text.as_bytes()).and_then(|()| if part.last { file.sync_all() } else { Ok(()) });
    written.map_err(|error| {
        // Half a conversation would look like a whole one.
        let _ = fs::remove_file(path);
        failed(error)
    })
}
