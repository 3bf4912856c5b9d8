//! The store's shell: opening the file, and the one thread that waits for the disk.

mod open;
mod thread;

pub(super) use open::Lock;
pub use open::open;
pub use thread::{Handle, QUEUE, spawn};
