//! Rooms (XEP-0045): a machine for each, and what surrounds them (bookmarks, invitations, search).
//!
//! The session owns one [`Room`] for each room that somebody wants to be in, hands it what comes from that address, and
//! does what it wants done. Whose word counts: the room's own address for what concerns the room, an occupant only for what
//! they write, and nobody for a room that we are not in.

mod act;
mod bookmarks;
mod boundary;
mod call;
mod enter;
mod find;
mod machine;
mod nick;
mod occupants;
mod photo;
mod read;
mod session;
mod stay;
mod sync;
mod talk;
#[cfg(test)]
mod tests;
mod write;

pub use boundary::{Bookmark, CallWord, Create, Join, RoomAnswer, RoomCommand, RoomEvent, RoomNote, Since};
pub(super) use call::{read_call_word, write_call_word};
pub(super) use machine::RoomStep;
pub use nick::names;
pub(super) use session::Rooms;

use crate::model::Occupant;

/// What stands before a lasting name (XEP-0421) in the name of a private conversation.
const ID_KEY: char = '#';
/// What stands before a nick there, where the room has no lasting names.
const NICK_KEY: char = '=';

/// What a private conversation with somebody in a room is named after (`Jid::of_occupant`): so it stays theirs whoever takes
/// their nick later, where the room can tell (X13).
pub fn key(occupant: &Occupant) -> String {
    match &occupant.id {
        Some(id) => format!("{ID_KEY}{id}"),
        None => format!("{NICK_KEY}{}", occupant.nick),
    }
}
