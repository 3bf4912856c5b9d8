//! The people of a room in the window: their pictures, and what of their messages concerns the user.

use std::sync::Arc;

use iced::widget::image;

use super::app::{App, Effect, Purpose};
use super::rooms::Sheet;
use super::update::ask_for;
use crate::account::{Request, RoomRequest};
use crate::model::{ConversationKind, Message, MessageDirection, Occupant, Role, RoomFact, RoomView};

/// Pictures of people that were asked for, told apart. When full: forgotten, and asked for again.
const MOST_FACES: usize = 2_000;

impl App {
    /// Asks for the pictures of the people on the screen, each once.
    pub(super) fn ask_faces(&mut self) -> Vec<Effect> {
        let Some(room) = self.open_room().cloned() else { return Vec::new() };
        let seen = super::screen::room::people_in_view(self, &room);
        let people = room.occupants.get(seen).unwrap_or_default();
        let wanted: Vec<Arc<str>> = people
            .iter()
            .filter_map(|one| Some((one, one.photo.clone()?)))
            .filter(|(_, hash)| !room.faces.contains_key(hash) && self.rooms.faces.insert(hash.clone()))
            .map(|(one, _)| one.nick.clone())
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        if self.rooms.faces.len() > MOST_FACES {
            self.rooms.faces.clear();
        }
        ask_for(Request::Room(RoomRequest::Faces(room.jid.clone(), wanted)), Purpose::Quiet)
    }

    /// The picture of somebody in a room: a contact's own, else the one that they announce.
    pub fn face(&self, room: &RoomView, one: &Occupant) -> Option<image::Handle> {
        let contact = one.jid.as_ref().and_then(|jid| self.people.contact(&self.snapshot, jid));
        let announced = || one.photo.as_ref().and_then(|hash| room.faces.get(hash));
        self.picture(contact.and_then(|contact| contact.avatar.as_ref()).or_else(announced))
    }

    /// Whether a message of a room names the user.
    pub fn names_me(&self, message: &Message) -> bool {
        let theirs = message.details.kind == ConversationKind::Room && message.direction == MessageDirection::In;
        let room = self.snapshot.room(&message.with).filter(|_| theirs && !message.details.retracted);
        room.is_some_and(|room| crate::account::names_nick(&message.body, &room.nick))
    }

    /// How a message of somebody else is removed for everybody, where the user moderates the room and it can do that.
    pub fn removal(&self, message: &Message) -> Option<Sheet> {
        let theirs = message.direction == MessageDirection::In && !message.details.retracted;
        let room = self.snapshot.room(&message.with).filter(|_| theirs)?;
        let may = room.role == Role::Moderator && room.facts.has(RoomFact::Moderation);
        let archive = message.details.archive.as_ref().filter(|archive| may && archive.by == room.jid)?;
        Some(Sheet::Remove(room.jid.clone(), archive.id.clone()))
    }
}
