//! The only place with `cfg(target_os)`: clocks, paths, logging with redaction, keyring,
//! whether the desktop is dark, the button of a headset, notifications, the icon in the tray, starting with the
//! session, opening links.

#[cfg(all(target_os = "linux", feature = "gui"))]
mod appearance;
mod clock;
mod downloads;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod headset;
pub mod keyring;
pub mod logging;
#[cfg(feature = "gui")]
mod login;
#[cfg(feature = "gui")]
mod notifications;
#[cfg(feature = "gui")]
mod opener;
mod paths;
mod secret;
#[cfg(feature = "gui")]
mod tray;

#[cfg(all(target_os = "linux", feature = "gui"))]
pub use appearance::desktop_dark;
pub use clock::now;
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use headset::headset_button;
#[cfg(feature = "gui")]
pub use login::{AtLogin, NotSet, at_login, set_at_login};
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use notifications::notifications;
#[cfg(feature = "gui")]
pub use notifications::{Heard, Note, Notes, Urgency};
#[cfg(feature = "gui")]
pub use opener::open_link;
pub use paths::Profile;
pub use secret::Secret;
#[cfg(all(target_os = "linux", feature = "gui"))]
pub use tray::tray;
#[cfg(feature = "gui")]
pub use tray::{Tray, TrayEntry, TrayHeard, TrayKind, TrayPicture};
