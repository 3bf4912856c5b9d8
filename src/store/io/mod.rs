//! The store's shell: opening the file, and the one thread that waits for the disk.

mod foreign;
mod open;
mod thread;

pub use foreign::{ForeignError, rows as foreign_rows};
pub(super) use open::Lock;
pub use open::open;
pub use thread::{Handle, QUEUE, spawn};
