//! SQLite: messages, calls, the roster and card caches, the outbox, and the state of a resumable stream.
//!
//! [`open`] gives the synchronous [`Store`]; [`io::spawn`] puts it on a thread of its own. What an event tells is on the
//! disk (WAL, `synchronous = FULL`): commit first, then acknowledge.

mod archive;
mod book;
mod boundary;
mod calls;
mod changes;
mod column;
mod core;
mod delivery;
mod error;
mod filling;
mod identity;
pub mod io;
mod load;
#[cfg(test)]
mod many_tests;
mod messages;
#[cfg(test)]
mod order_tests;
mod place;
mod read_state;
mod schema;
mod search;
mod standing;
mod synced;
mod talk;
#[cfg(test)]
mod talk_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timeline_tests;
mod together;

pub use self::core::Store;
pub use boundary::{
    CallFilter, CallRecord, Command, Event, Loaded, LoadedChat, MessageSearch, SEEN_CALLS, SaidChange, SaidOf,
    StoreError,
};
pub use calls::same_peer;
pub use io::open;
pub use synced::{ArchiveStored, ReadUpTo};
pub use talk::{OwnChange, Sending, TalkCommand, TalkEvent};
pub use together::Page;
