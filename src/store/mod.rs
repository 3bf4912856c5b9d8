//! SQLite: messages, calls, the roster and card caches, the outbox, and the state of a resumable stream.

mod boundary;

pub use boundary::{CallRecord, Command, Event, Loaded, StoreError};
