//! People with several addresses: one row, one timeline, and which address is written to.

use super::app::App;
use crate::model::{Jid, MessageDirection, Presence, Show};

impl App {
    /// The address under which a person stands in the list.
    pub(super) fn first_of(&self, jid: &Jid) -> Jid {
        self.addresses_of(jid).first().cloned().unwrap_or_else(|| jid.clone())
    }

    /// All addresses of a person who has several; else none.
    pub(super) fn addresses_of(&self, jid: &Jid) -> &[Jid] {
        let of = self.snapshot.same_persons.iter().find(|person| person.contains(jid));
        of.map_or(&[], |person| person)
    }

    /// Whether both are of the same person.
    pub(super) fn is_same(&self, one: &Jid, other: &Jid) -> bool {
        one == other || self.addresses_of(one).contains(other)
    }

    /// The address that messages go to: the chosen one, else the one that they last wrote from, else the first.
    pub(super) fn writes_to(&self, jid: &Jid) -> Jid {
        let all = self.addresses_of(jid);
        if all.is_empty() {
            return jid.clone();
        }
        if let Some(chosen) = self.contacts.writes.get(jid).filter(|chosen| all.contains(chosen)) {
            return chosen.clone();
        }
        let messages = self.chats.get(jid).map(|chat| chat.messages.as_slice()).unwrap_or_default();
        let last = messages.iter().rev().find(|message| message.direction == MessageDirection::In);
        last.map(|message| message.with.clone()).filter(|with| all.contains(with)).unwrap_or_else(|| jid.clone())
    }

    /// To whom the open conversation writes.
    pub(super) fn writing_to(&self) -> Option<Jid> {
        self.open.as_ref().map(|jid| self.writes_to(jid))
    }

    /// How a person is there: at the address where they are most.
    pub(super) fn presence_of<'a>(&'a self, contact: &'a crate::model::Contact) -> &'a Presence {
        let others = self.addresses_of(&contact.jid).iter();
        let known = others.filter_map(|jid| self.people.contact(&self.snapshot, jid)).map(|contact| &contact.presence);
        known.chain([&contact.presence]).min_by_key(|presence| distance(presence.show)).unwrap_or(&contact.presence)
    }
}

/// How far somebody is from answering.
fn distance(show: Show) -> u8 {
    match show {
        Show::Chat => 0,
        Show::Available => 1,
        Show::Away => 2,
        Show::Dnd => 3,
        Show::Xa => 4,
        Show::Offline => 5,
    }
}
