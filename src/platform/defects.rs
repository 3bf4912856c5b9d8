//! Reports of defects in the program itself: a file for each, without anything of the user's (F30).

use std::fs;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::thread;

use super::{clock, logging};

/// So many reports are kept; the oldest go first.
const MOST_REPORTS: usize = 10;
/// How a report's file is called at its beginning.
const PREFIX: &str = "defect-";

/// From now on every panic leaves a report in the folder of the log, and a line in the log.
///
/// The text of a panic may hold what the user or somebody else wrote: it is written only where it is a literal of the source.
pub fn watch(folder: &Path) {
    let folder = folder.to_path_buf();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let what = literal(info);
        let thread = thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(place, what, thread, "a defect in Tandem");
        let report = format!(
            "Tandem {} met a defect of its own at {place}, in {thread}: {what}\n\nThe log before it:\n{}\n",
            env!("CARGO_PKG_VERSION"),
            logging::recent().join("\n"),
        );
        // Where it cannot be written, the log says where the defect is.
        let _ = keep(&folder, &report);
    }));
}

fn literal(info: &PanicHookInfo<'_>) -> &'static str {
    info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(its words may be private)")
}

/// Writes a report, and removes the oldest ones.
fn keep(folder: &Path, report: &str) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut kept: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX)))
        .collect();
    kept.sort();
    for old in kept.iter().take((kept.len() + 1).saturating_sub(MOST_REPORTS)) {
        fs::remove_file(old)?;
    }
    let path = folder.join(format!("{PREFIX}{:015}.txt", clock::now().wall.unix_ms()));
    fs::write(&path, report)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f30_reports_have_a_bound_and_the_newest_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..MOST_REPORTS + 3 {
            fs::write(folder.path().join(format!("{PREFIX}{number:015}.txt")), "old").expect("written");
        }
        fs::write(folder.path().join("tandem.log"), "stays").expect("written");
        let newest = keep(folder.path(), "new").expect("kept");
        let names: Vec<_> =
            fs::read_dir(folder.path()).expect("there").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names.len(), MOST_REPORTS + 1, "{names:?}");
        assert_eq!(fs::read_to_string(newest).expect("readable"), "new");
        assert!(folder.path().join("tandem.log").exists());
    }

    #[test]
    fn f30_what_somebody_wrote_is_not_in_a_report() {
        let folder = tempfile::tempdir().expect("a folder");
        let before = panic::take_hook();
        watch(folder.path());
        let said = String::from("meet me at six");
        let one = thread::spawn(move || panic!("{said}")).join();
        let two = thread::spawn(|| panic!("the buffer is never empty here")).join();
        let _ = panic::take_hook();
        panic::set_hook(before);
        assert!(one.is_err() && two.is_err());
        let text: String = fs::read_dir(folder.path())
            .expect("there")
            .flatten()
            .map(|entry| fs::read_to_string(entry.path()).expect("readable"))
            .collect();
        assert!(text.contains("defects.rs") && !text.contains("six"), "{text}");
        assert!(text.contains("never empty here"), "{text}");
    }
}
