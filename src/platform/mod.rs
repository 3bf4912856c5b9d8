//! The only place with `cfg(target_os)`: clocks, paths, logging with redaction, keyring,
//! bells that wake threads, whether the desktop is dark, whether anybody is there, the button of a headset, notifications,
//! the icon in the tray, starting with the session, opening links, the clipboard, choosing files.

#[cfg(all(target_os = "linux", feature = "gui"))]
mod appearance;
pub mod bell;
#[cfg(feature = "gui")]
mod clipboard;
mod clock;
pub mod defects;
mod downloads;
#[cfg(feature = "gui")]
mod file_chooser;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod headset;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod idle;
pub mod keyring;
#[cfg(feature = "gui")]
mod language;
pub mod logging;
#[cfg(feature = "gui")]
mod login;
#[cfg(feature = "gui")]
mod notifications;
#[cfg(feature = "gui")]
mod opener;
mod paths;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod presenting;
mod secret;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod shortcuts;
#[cfg(feature = "gui")]
mod tray;

#[cfg(all(target_os = "linux", feature = "gui"))]
pub use appearance::desktop_dark;
#[cfg(feature = "gui")]
pub use clipboard::{Clip, ClipPicture, read_clipboard};
pub use clock::now;
#[cfg(feature = "gui")]
pub use file_chooser::{NoChooser, choose_files, path_of_uri};
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use headset::headset_button;
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use idle::idle;
#[cfg(feature = "gui")]
pub use language::language;
#[cfg(feature = "gui")]
pub use login::{AtLogin, NotSet, at_login, set_at_login};
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use notifications::notifications;
#[cfg(feature = "gui")]
pub use notifications::{Heard, Note, Notes, Urgency};
#[cfg(feature = "gui")]
pub use opener::open_link;
pub use paths::{Profile, home_folders};
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use presenting::presenting;
pub use secret::Secret;
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use shortcuts::{ShortcutHeard, shortcuts};
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use tray::tray;
#[cfg(feature = "gui")]
pub use tray::{Tray, TrayEntry, TrayHeard, TrayKind, TrayPicture};
