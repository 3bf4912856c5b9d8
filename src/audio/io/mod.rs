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
mod watch;

pub use handset::{Handset, HandsetError, HandsetEvent};
