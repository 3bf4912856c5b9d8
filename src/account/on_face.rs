//! Pictures of people in rooms: fetched when they are on the screen, kept for this run, a bounded number of them.

use std::sync::Arc;

use super::effect::Effect;
use super::manager::Manager;
use crate::model::{Avatar, Jid, RoomState};
use crate::xmpp::room::RoomCommand;

/// Pictures of one room that are kept (36 KB each). When full: the first goes, and is fetched again when it is looked at.
const MOST_FACES: usize = 200;
/// Pictures of one room that were asked for, told apart. When full: all are forgotten, and may be asked for again.
const MOST_ASKED: usize = 2_000;
/// People of one screen.
const MOST_LOOKED_AT: usize = 64;
/// What stands before a hash in the name that a picture is decoded under; no private conversation begins so.
const FACE_KEY: char = '!';

impl Manager {
    /// People of a room are on the screen. Contacts have their own pictures.
    pub(super) fn look_at_faces(&mut self, room: &Jid, nicks: &[Arc<str>]) {
        let Some(entry) = self.rooms.get(room).filter(|entry| entry.state == RoomState::Joined) else { return };
        let known = |jid: &Option<Jid>| jid.as_ref().is_some_and(|jid| self.people.contact(jid).is_some());
        let wanted: Vec<(Arc<str>, Arc<str>)> = nicks
            .iter()
            .take(MOST_LOOKED_AT)
            .filter_map(|nick| entry.occupants.get(nick))
            .filter(|one| !known(&one.jid))
            .filter_map(|one| Some((one.nick.clone(), one.photo.clone()?)))
            .filter(|(_, hash)| !entry.faces.contains_key(hash) && !entry.asked_faces.contains(hash))
            .collect();
        let account = entry.account.clone();
        for (nick, hash) in wanted {
            let Some(entry) = self.rooms.get_mut(room) else { return };
            if entry.asked_faces.len() >= MOST_ASKED {
                entry.asked_faces.clear();
            }
            if entry.asked_faces.insert(hash.clone()) {
                self.room_command(&account, room, RoomCommand::Photo { nick, hash });
            }
        }
    }

    pub(super) fn decode_face(&mut self, room: &Jid, hash: &str, picture: Arc<[u8]>) {
        if let Some(jid) = Jid::of_occupant(room, &format!("{FACE_KEY}{hash}")) {
            self.effects.push_back(Effect::Decode { jid, picture });
        }
    }

    /// A picture was decoded; whether it is one of somebody in a room.
    pub(super) fn take_face(&mut self, jid: &Jid, avatar: Option<&Avatar>) -> bool {
        let Some((room, key)) = jid.occupant() else { return false };
        let Some(hash) = key.strip_prefix(FACE_KEY) else { return false };
        if let (Some(entry), Some(avatar)) = (self.rooms.get_mut(&room), avatar) {
            let faces = Arc::make_mut(&mut entry.faces);
            if faces.len() >= MOST_FACES
                && let Some((gone, _)) = faces.pop_first()
            {
                entry.asked_faces.remove(&gone);
            }
            faces.insert(hash.into(), avatar.clone());
        }
        true
    }
}
