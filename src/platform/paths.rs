//! Where everything that the program reads and writes lives.

use std::env;
use std::path::{Path, PathBuf};

/// The places of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `config.toml`.
    pub config: PathBuf,
    /// The folder of the database.
    pub data: PathBuf,
    /// The folder of files that were sent to the user.
    pub downloads: PathBuf,
    /// The folder of the log.
    pub logs: PathBuf,
    /// The file that says where the control socket is.
    pub control_path: PathBuf,
}

/// The home folder, and the folders in which programs keep their settings and their data.
pub fn home_folders() -> (PathBuf, PathBuf, PathBuf) {
    let home =
        env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let folder = |variable: &str, fallback: &str| {
        env::var_os(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| home.join(fallback))
    };
    let (config, data) = if cfg!(target_os = "macos") {
        (home.join(".config"), home.join("Library/Application Support"))
    } else if cfg!(target_os = "windows") {
        (folder("APPDATA", "AppData/Roaming"), folder("LOCALAPPDATA", "AppData/Local"))
    } else {
        (folder("XDG_CONFIG_HOME", ".config"), folder("XDG_DATA_HOME", ".local/share"))
    };
    (home, config, data)
}

impl Profile {
    /// Everything in one folder.
    pub fn in_folder(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self {
            config: folder.join("config.toml"),
            data: folder.clone(),
            downloads: folder.join("downloads"),
            logs: folder.join("logs"),
            control_path: folder.join("control.path"),
        }
    }

    /// The platform's folders (XDG base directories on Linux).
    pub fn default_folders() -> Self {
        let home = env::var_os("HOME")
            .or_else(|| env::var_os("USERPROFILE"))
            .map_or_else(|| PathBuf::from("."), PathBuf::from);
        let folder = |variable: &str, fallback: PathBuf| {
            env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or(fallback)
                .join("tandem")
        };
        let (config, data, state) = if cfg!(target_os = "macos") {
            let support = home.join("Library/Application Support/tandem");
            (support.clone(), support, home.join("Library/Logs/tandem"))
        } else if cfg!(target_os = "windows") {
            let roaming = folder("APPDATA", home.join("AppData/Roaming"));
            let local = folder("LOCALAPPDATA", home.join("AppData/Local"));
            (roaming, local.clone(), local.join("logs"))
        } else {
            (
                folder("XDG_CONFIG_HOME", home.join(".config")),
                folder("XDG_DATA_HOME", home.join(".local/share")),
                folder("XDG_STATE_HOME", home.join(".local/state")),
            )
        };
        Self {
            config: config.join("config.toml"),
            control_path: data.join("control.path"),
            downloads: super::downloads::downloads_folder(&home),
            data,
            logs: state,
        }
    }

    /// A short folder for the control socket: a socket's path may have only 108 bytes.
    pub fn runtime_folder() -> PathBuf {
        env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|path| path.is_dir() && path.as_os_str().len() < 60)
            .unwrap_or_else(env::temp_dir)
    }
}
