//! Nothing of a blocked person gets through, whatever the server lets pass (XEP-0191 section 2.2: a server drops it; one that
//! blocks late, by address only, or hands over what it kept, does not).

use super::manager::Manager;
use crate::model::{AccountId, Jid, MessageDirection};
use crate::store;
use crate::xmpp::room::RoomEvent;
use crate::xmpp::{Event, Inbound, PeopleEvent};

impl Manager {
    /// The event, unless somebody who is blocked is behind it. What the server wants to have acknowledged is.
    pub(super) fn unless_blocked(&mut self, id: &AccountId, event: Event) -> Option<Event> {
        let blocked = |jid: &Jid| self.blocks(jid);
        if let Event::ArchivePage(mut page) = event {
            // An archive keeps what was written before the block, and what a server without a filter let in.
            for item in &mut page.items {
                item.what = item.what.take().filter(|what| match what {
                    Inbound::Message(message) => {
                        message.direction == MessageDirection::Out
                            || !(blocked(&message.from) || blocked(&message.with))
                    }
                    Inbound::Change { change, .. } => !blocked(&change.from),
                    Inbound::Delivery { .. } | Inbound::Read { .. } => true,
                });
            }
            return Some(Event::ArchivePage(page));
        }
        let checkpoint = match &event {
            // What we wrote to them ourselves, elsewhere, is ours.
            Event::Message(message, checkpoint) if message.direction == MessageDirection::In => {
                (blocked(&message.from) || blocked(&message.with)).then_some(Some(*checkpoint))
            }
            Event::Presence { jid, .. } | Event::ChatState(jid, _) | Event::SubscriptionRequest { from: jid, .. } => {
                blocked(jid).then_some(None)
            }
            // Another device of ours may still say something about what they wrote before.
            Event::Change { change, checkpoint, .. } => blocked(&change.from).then_some(Some(*checkpoint)),
            Event::People(
                PeopleEvent::Nick(jid, _)
                | PeopleEvent::Picture(jid, _)
                | PeopleEvent::LastActive(jid, _)
                | PeopleEvent::Token(jid, _),
            ) => blocked(jid).then_some(None),
            Event::Room(room, RoomEvent::Invited { from, .. }) => (blocked(from) || blocked(room)).then_some(None),
            _ => None,
        };
        match checkpoint {
            None => Some(event),
            Some(checkpoint) => {
                if let Some(checkpoint) = checkpoint {
                    self.commit(store::Command::Barrier(checkpoint), checkpoint, id);
                }
                None
            }
        }
    }
}
