//! An icon in the tray of the desktop (StatusNotifierItem over the session bus, with a menu as `com.canonical.dbusmenu`).
//!
//! The window says what the icon is to show now, whole, through a `watch` channel; there is no queue that a storm of changes
//! could fill. What the user does with it comes back as [`TrayHeard`].

use std::sync::Arc;

#[cfg(target_os = "linux")]
mod menu;
#[cfg(target_os = "linux")]
mod service;

#[cfg(target_os = "linux")]
pub use service::tray;

/// A square picture.
#[derive(Clone, PartialEq, Eq)]
pub struct TrayPicture {
    /// Pixels on a side.
    pub side: u16,
    /// Alpha, red, green and blue of each pixel, one byte each, line by line.
    pub argb: Arc<[u8]>,
}

impl std::fmt::Debug for TrayPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrayPicture").field("side", &self.side).finish_non_exhaustive()
    }
}

/// What a line of the menu is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayKind {
    /// It tells something and cannot be chosen.
    Fact,
    /// It does something.
    Action,
    /// One of several, and whether it is the one that holds.
    Choice(bool),
    /// On or off.
    Switch(bool),
    /// A line between groups.
    Separator,
}

/// A line of the menu.
#[derive(Clone, PartialEq, Eq)]
pub struct TrayEntry {
    /// Its number on the bus, above 0: the same line keeps it when others come and go, so that a click that was on its way
    /// never means another line.
    pub id: i32,
    /// What stands there.
    pub label: String,
    /// What it is.
    pub kind: TrayKind,
}

/// Never addresses.
impl std::fmt::Debug for TrayEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrayEntry").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Everything that the icon shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tray {
    /// The name.
    pub title: String,
    /// What is told when the pointer rests on it, one fact a line.
    pub tooltip: String,
    /// It wants to be seen: something rings.
    pub attention: bool,
    /// The picture in several sizes.
    pub pictures: Arc<[TrayPicture]>,
    /// The menu.
    pub menu: Vec<TrayEntry>,
}

/// What happened to the icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayHeard {
    /// Somebody shows it, or nobody does. It is told at the start, and whenever it changes.
    Shown(bool),
    /// The user pressed the icon itself.
    Activated,
    /// The user chose a line of the menu, by its number.
    Chosen(i32),
}
