//! Handing a link to the program that the desktop has for it.

use std::process::{Command, Stdio};

/// The desktop has no program for it, or does not start it.
#[derive(Debug, thiserror::Error)]
#[error("the desktop did not open the link: {0}")]
pub struct NotOpened(String);

/// Opens a link to the web or a mail address with the desktop's program for it. The text must be a link that was read as one:
/// it begins with its scheme, so that no program takes it for an option.
///
/// # Errors
///
/// There is no such program.
pub fn open_link(uri: &str) -> Result<(), NotOpened> {
    #[cfg(target_os = "macos")]
    let (program, before): (&str, &[&str]) = ("open", &[]);
    #[cfg(windows)]
    let (program, before): (&str, &[&str]) = ("rundll32", &["url.dll,FileProtocolHandler"]);
    #[cfg(not(any(target_os = "macos", windows)))]
    let (program, before): (&str, &[&str]) = ("xdg-open", &[]);
    let mut child = Command::new(program)
        .args(before)
        .arg(uri)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| NotOpened(error.to_string()))?;
    // Waited for, so that nothing is left behind in the table of processes.
    std::thread::spawn(move || drop(child.wait()));
    Ok(())
}
