//! The shells: the media thread's handset, the supervisor's thread, files and sound cards.

mod control;
mod file;
mod handset;
mod link;

pub use handset::{Handset, HandsetError, HandsetEvent};
