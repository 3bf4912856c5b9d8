//! The shells: the media thread's handset, the supervisor's thread, files and sound cards.

mod control;
#[cfg(feature = "audio")]
mod device;
#[cfg(not(feature = "audio"))]
#[path = "no_device.rs"]
mod device;
mod file;
mod handset;
mod link;
mod open;
#[cfg(all(feature = "audio", unix))]
mod sound_server;
#[cfg(not(all(feature = "audio", unix)))]
#[path = "no_sound_server.rs"]
mod sound_server;
mod watch;

pub use handset::{Handset, HandsetError, HandsetEvent};
