//! Pictures of people in rooms: announced in their presence (XEP-0153, by their servers for them: XEP-0398), fetched through the
//! room when somebody looks.

use std::sync::Arc;

use minidom::Element;

use super::boundary::RoomEvent;
use super::machine::RoomStep;
use crate::model::{FullJid, Jid, Now};
use crate::xmpp::boundary::Event;
use crate::xmpp::iq::Purpose;
use crate::xmpp::session::SessionMachine;
use crate::xmpp::stanza::ns;
use crate::xmpp::vcard_temp;

impl SessionMachine {
    /// Asks somebody in a room for the card with the picture; only who is there can be asked.
    pub(super) fn ask_photo(&mut self, room: &Jid, nick: &str, hash: Arc<str>, now: Now) {
        let there = self.rooms.has_occupant(room, nick);
        let Some(full) = FullJid::parse(&format!("{room}/{nick}")).ok().filter(|_| there) else { return };
        let purpose = Purpose::Room(room.clone(), RoomStep::Photo(hash));
        if self.request_full("get", &full, purpose, Element::bare("vCard", ns::VCARD_TEMP), now) {
            self.rooms.note_asked();
        }
    }

    /// Only the picture that was announced is taken: another one is nobody's word.
    pub(super) fn photo_answered(&mut self, room: &Jid, hash: &Arc<str>, answer: Option<&Element>) {
        let Some(form) = answer.filter(|iq| iq.attr("type") == Some("result")).and_then(vcard_temp::read) else {
            return;
        };
        if let (Some(photo), Some(found)) = (form.photo, form.photo_hash)
            && found == *hash
        {
            self.event(Event::Room(room.clone(), RoomEvent::Photo(found, photo)));
        }
    }
}
