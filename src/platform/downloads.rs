//! The folder into which the user's programs put what they fetch.

use std::env;
use std::path::{Path, PathBuf};

/// The user's folder for downloads: on Linux what `user-dirs.dirs` says (xdg-user-dirs), else `Downloads` at home.
pub fn downloads_folder(home: &Path) -> PathBuf {
    let named = env::var_os("XDG_DOWNLOAD_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| configured(home)).unwrap_or_else(|| home.join("Downloads"))
}

fn configured(home: &Path) -> Option<PathBuf> {
    let config = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let file = config.unwrap_or_else(|| home.join(".config")).join("user-dirs.dirs");
    read(&std::fs::read_to_string(file).ok()?, home)
}

/// Lines are `XDG_DOWNLOAD_DIR="$HOME/Downloads"` or with an absolute path; a folder that is the home itself means none.
fn read(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let value = value.trim().trim_matches('"').replace("\\\"", "\"");
    let path = match value.strip_prefix("$HOME") {
        Some(rest) => home.join(rest.trim_start_matches('/')),
        None => PathBuf::from(value),
    };
    (path.is_absolute() && path != home).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_folder_is_found() {
        let home = Path::new("/home/alice");
        let found = |text: &str| read(text, home);
        let line = "# comment\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\nXDG_DOWNLOAD_DIR=\"$HOME/Geladenes\"\n";
        assert_eq!(found(line), Some("/home/alice/Geladenes".into()));
        assert_eq!(found("XDG_DOWNLOAD_DIR=\"/data/in\""), Some("/data/in".into()));
        for nothing in ["", "XDG_DOWNLOAD_DIR=\"$HOME/\"", "XDG_DOWNLOAD_DIR=\"relative\""] {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }
}
