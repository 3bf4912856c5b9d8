//! The log: to standard error and to a file in the profile. Addresses, names and digits stay below INFO.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

/// A log file that grew beyond this is put aside at the next start, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;

/// Lines that a report may take over; older ones are forgotten.
const RECENT: usize = 200;
/// The longest line that is kept for a report, bytes.
const LONGEST_LINE: usize = 4096;

/// The newest lines of this run.
static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// The newest lines of this run's log, oldest first.
#[must_use]
pub fn recent() -> Vec<String> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

/// Keeps the newest lines in memory. The subscriber writes each event at once.
struct Recent;

impl io::Write for Recent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        for line in String::from_utf8_lossy(bytes.get(..LONGEST_LINE).unwrap_or(bytes)).lines() {
            if lines.len() >= RECENT {
                lines.pop_front();
            }
            lines.push_back(line.to_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts logging; `level` is `error` to `trace`. `TANDEM_LOG` overrides it. Without a folder only to standard error.
pub fn start(level: &str, folder: Option<&Path>) {
    let filter =
        EnvFilter::try_from_env("TANDEM_LOG").unwrap_or_else(|_| EnvFilter::new(format!("warn,tandem={level}")));
    let builder = builder().with_env_filter(filter);
    let started = match folder.and_then(open) {
        Some(file) => builder.with_writer(Mutex::new(file).and(std::io::stderr).and(|| Recent)).try_init(),
        None => builder.with_writer(std::io::stderr.and(|| Recent)).try_init(),
    };
    // A second start in one process (tests) keeps the first subscriber.
    drop(started);
}

/// How a line is written: plain text, in which control characters of others are written out (S17).
fn builder() -> tracing_subscriber::fmt::SubscriberBuilder<impl for<'w> FormatFields<'w> + Send + Sync + 'static> {
    let fields = format::debug_fn(|writer, field, value| {
        let text = written_out(format!("{value:?}"));
        if field.name() == "message" { write!(writer, "{text}") } else { write!(writer, "{}={text}", field.name()) }
    });
    tracing_subscriber::fmt().with_target(true).with_ansi(false).fmt_fields(fields.delimited(" "))
}

/// Text as the log shows it: a character that moves a cursor or starts a line is written out.
fn written_out(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

fn open(folder: &Path) -> Option<File> {
    fs::create_dir_all(folder).ok()?;
    let path = folder.join("tandem.log");
    if fs::metadata(&path).is_ok_and(|data| data.len() > LONGEST) {
        fs::rename(&path, folder.join("tandem.log.1")).ok()?;
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn s17_what_others_write_cannot_move_the_cursor_of_whoever_reads_the_log() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = super::builder().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let hostile = "busy\u{1b}[2J\u{1b}]0;owned\u{7}";
            tracing::warn!(reason = hostile, shown = %hostile, "the peer said {hostile}");
        });
        let log = String::from_utf8(kept.0.lock().expect("one thread").clone()).expect("text");
        assert!(log.contains("busy") && !log.contains('\u{1b}'), "{log:?}");
    }
}
