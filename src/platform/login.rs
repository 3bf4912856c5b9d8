//! Starting with the session: an entry in the desktop's folder for it (Desktop Application Autostart Specification 0.5).
//!
//! The file itself is the truth, and no setting beside it: desktops have switches of their own that change it.

/// What happens when the user signs in to the computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLogin {
    /// Nothing.
    Off,
    /// The window opens.
    Window,
    /// The window opens put away.
    Minimized,
}

/// The entry cannot be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("Starting at login cannot be changed: {0}. Look whether you may write there.")]
pub struct NotSet(String);

/// What happens at login, and how to change it. Nothing where the platform has no such folder.
#[cfg(target_os = "linux")]
pub fn at_login() -> Option<AtLogin> {
    Some(entry::Places::of_the_user()?.read())
}

/// The same elsewhere.
#[cfg(not(target_os = "linux"))]
pub fn at_login() -> Option<AtLogin> {
    None
}

/// Changes it.
///
/// # Errors
///
/// The entry cannot be written or removed.
#[cfg(target_os = "linux")]
pub fn set_at_login(wish: AtLogin) -> Result<(), NotSet> {
    let places = entry::Places::of_the_user().ok_or_else(|| NotSet("there is no home folder".to_owned()))?;
    places.write(wish)
}

/// The same elsewhere.
#[cfg(not(target_os = "linux"))]
pub fn set_at_login(_wish: AtLogin) -> Result<(), NotSet> {
    Err(NotSet("this system has no folder for it".to_owned()))
}

#[cfg(target_os = "linux")]
mod entry {
    use std::env;
    use std::fs;
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};

    use super::{AtLogin, NotSet};

    const FILE: &str = "autostart/tandem.desktop";
    /// The longest entry that is read, in bytes.
    const LONGEST: u64 = 64 * 1024;

    /// Where entries are.
    pub(super) struct Places {
        /// The user's own.
        own: PathBuf,
        /// Everybody's, the first that is there counts.
        system: Vec<PathBuf>,
        /// The program that is to be started.
        program: PathBuf,
    }

    impl Places {
        pub(super) fn of_the_user() -> Option<Self> {
            let absolute = |path: PathBuf| path.is_absolute().then_some(path);
            let own = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).and_then(absolute);
            let own = own.or_else(|| Some(absolute(PathBuf::from(env::var_os("HOME")?))?.join(".config")))?;
            let system = env::var_os("XDG_CONFIG_DIRS").filter(|dirs| !dirs.is_empty());
            let system =
                system.map_or_else(|| vec![PathBuf::from("/etc/xdg")], |dirs| env::split_paths(&dirs).collect());
            Some(Self { own, system, program: env::current_exe().ok()? })
        }

        pub(super) fn read(&self) -> AtLogin {
            let text = |folder: &Path| {
                let file = folder.join(FILE);
                // A file that somebody else wrote there may be anything.
                let small = fs::metadata(&file).ok().filter(|found| found.is_file() && found.len() <= LONGEST);
                small.and_then(|_| fs::read_to_string(file).ok())
            };
            text(&self.own).or_else(|| self.system.iter().find_map(|folder| text(folder))).map_or(
                AtLogin::Off,
                |text| {
                    let has =
                        |wanted: &str| text.lines().any(|line| line.replace(' ', "").eq_ignore_ascii_case(wanted));
                    let minimized = text
                        .lines()
                        .any(|line| line.starts_with("Exec") && line.split(' ').any(|word| word == "--minimized"));
                    match (has("Hidden=true") || has("X-GNOME-Autostart-enabled=false"), minimized) {
                        (true, _) => AtLogin::Off,
                        (false, true) => AtLogin::Minimized,
                        (false, false) => AtLogin::Window,
                    }
                },
            )
        }

        pub(super) fn write(&self, wish: AtLogin) -> Result<(), NotSet> {
            let file = self.own.join(FILE);
            let failed = |error: std::io::Error| NotSet(format!("{}: {error}", file.display()));
            let everybody = self.system.iter().any(|folder| folder.join(FILE).exists());
            if wish == AtLogin::Off && !everybody {
                return match fs::remove_file(&file) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
                    Ok(()) | Err(_) => Ok(()),
                };
            }
            let text = self.entry(wish)?;
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(failed)?;
            }
            // Whole or not at all: a desktop may read it at any moment.
            let new = file.with_extension("desktop.new");
            fs::write(&new, text).and_then(|()| fs::rename(&new, &file)).map_err(failed)
        }

        fn entry(&self, wish: AtLogin) -> Result<String, NotSet> {
            let program = self.program.to_str().filter(|path| !path.contains(['\n', '\r']));
            let program =
                program.ok_or_else(|| NotSet(format!("{} cannot be written down", self.program.display())))?;
            let option = if wish == AtLogin::Minimized { " --minimized" } else { "" };
            // A file of the administrator's is hidden by one of the user's own.
            let hidden = if wish == AtLogin::Off { "Hidden=true\n" } else { "" };
            Ok(format!(
                "[Desktop Entry]\nType=Application\nName=Tandem\nIcon=tandem\nTerminal=false\n\
                 Exec={}{option}\n{hidden}",
                quoted(program)
            ))
        }
    }

    /// A path as one argument of Exec (Desktop Entry Specification, "The Exec key"): quoted, with its own escapes, and these
    /// once more for the string that it stands in.
    fn quoted(path: &str) -> String {
        let mut quoted = String::from("\"");
        for c in path.chars() {
            match c {
                '"' | '`' | '$' => quoted.extend(['\\', '\\', c]),
                '\\' => quoted.push_str("\\\\\\\\"),
                '%' => quoted.push_str("%%"),
                c => quoted.push(c),
            }
        }
        quoted + "\""
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn places(folder: &Path) -> Places {
            let program = PathBuf::from("/opt/my apps/tandem");
            Places { own: folder.join("own"), system: vec![folder.join("system")], program }
        }

        #[test]
        fn what_is_chosen_is_what_is_read_and_off_leaves_no_file() {
            let folder = tempfile::tempdir().unwrap();
            let places = places(folder.path());
            assert_eq!(places.read(), AtLogin::Off);
            places.write(AtLogin::Off).unwrap();
            for wish in [AtLogin::Window, AtLogin::Minimized, AtLogin::Window] {
                places.write(wish).unwrap();
                assert_eq!(places.read(), wish);
            }
            let file = places.own.join(FILE);
            assert!(fs::read_to_string(&file).unwrap().contains("\nExec=\"/opt/my apps/tandem\"\n"));
            places.write(AtLogin::Off).unwrap();
            assert_eq!((places.read(), file.exists()), (AtLogin::Off, false));
            assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0, "nothing is left behind");
        }

        #[test]
        fn an_entry_of_the_administrator_counts_until_the_user_decides_otherwise() {
            let folder = tempfile::tempdir().unwrap();
            let places = places(folder.path());
            let theirs = places.system[0].join(FILE);
            fs::create_dir_all(theirs.parent().unwrap()).unwrap();
            fs::write(&theirs, "[Desktop Entry]\nType=Application\nName=T\nExec=tandem --minimized\n").unwrap();
            assert_eq!(places.read(), AtLogin::Minimized);
            places.write(AtLogin::Off).unwrap();
            assert_eq!(places.read(), AtLogin::Off);
            places.write(AtLogin::Window).unwrap();
            assert_eq!(places.read(), AtLogin::Window);
            // What the desktop's own switch writes counts too.
            fs::write(places.own.join(FILE), "[Desktop Entry]\nExec=tandem\nX-GNOME-Autostart-enabled=false\n")
                .unwrap();
            assert_eq!(places.read(), AtLogin::Off);
        }

        #[test]
        fn no_path_becomes_more_than_one_argument_or_a_command_of_a_shell() {
            for (path, expected) in [
                ("/usr/bin/tandem", "\"/usr/bin/tandem\""),
                ("/a b/t", "\"/a b/t\""),
                ("/a$HOME`id`\"/t", "\"/a\\\\$HOME\\\\`id\\\\`\\\\\"/t\""),
                ("/a\\b", "\"/a\\\\\\\\b\""),
                ("/100%u/t", "\"/100%%u/t\""),
            ] {
                assert_eq!(quoted(path), expected);
            }
            let folder = tempfile::tempdir().unwrap();
            let places = Places { program: "/a\nExec=evil".into(), ..places(folder.path()) };
            assert!(places.write(AtLogin::Window).is_err());
            assert_eq!(places.read(), AtLogin::Off);
        }

        #[test]
        fn a_folder_that_cannot_be_written_is_a_sentence() {
            let folder = tempfile::tempdir().unwrap();
            let places = places(folder.path());
            fs::write(&places.own, "a file where a folder should be").unwrap();
            let error = places.write(AtLogin::Window).unwrap_err().to_string();
            assert!(error.starts_with("Starting at login cannot be changed: "), "{error}");
        }
    }
}
