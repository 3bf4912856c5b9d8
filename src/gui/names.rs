//! What people are called beside their messages.

use super::app::App;
use super::text;
use super::update::is_own;
use crate::gui::words::say;
use crate::model::{ConversationKind, Jid, Message as Chatted};

impl App {
    /// What somebody is called, without what would turn the words beside it around (X20).
    pub(super) fn name_of(&self, jid: &Jid) -> String {
        let contact = self.people.contact(&self.snapshot, jid);
        contact.map_or_else(|| jid.shown(), |contact| text::plain(&contact.name).into_owned())
    }

    /// What the writer of a message is called.
    pub(super) fn called(&self, message: &Chatted) -> String {
        match (&message.details.nick, is_own(message.direction)) {
            (Some(nick), _) => text::plain(nick).into_owned(),
            (None, true) => self.own_name(message),
            (None, false) => self.name_of(&message.with),
        }
    }

    /// What the user is called: by the own card, else by the address.
    fn own_name(&self, message: &Chatted) -> String {
        let card = self.snapshot.cards.iter().find(|card| card.address == message.from);
        let card = card.and_then(|card| card.card.as_ref());
        let name = card.and_then(|card| card.nickname.as_ref().or(card.full_name.as_ref()));
        name.map_or_else(|| self.name_of(&message.from), |name| text::plain(name).into_owned())
    }

    /// Who reacted.
    pub(super) fn reactor(&self, message: &Chatted, who: &str) -> String {
        let own = |jid: &Jid| self.snapshot.accounts.iter().any(|account| *account.address == *jid.as_str());
        match Jid::parse(who) {
            // In a room people are known by their nicks; only the user is known by an address.
            Ok(jid) if message.details.kind != ConversationKind::Person && own(&jid) => text::talk::YOU.to_owned(),
            Ok(_) if message.details.kind != ConversationKind::Person => text::plain(who).into_owned(),
            Ok(jid) if is_own(message.direction) && jid == message.from => text::talk::YOU.to_owned(),
            Ok(jid) if message.with != jid && message.details.kind == ConversationKind::Person => {
                text::talk::YOU.to_owned()
            }
            Ok(jid) => self.name_of(&jid),
            Err(_) => text::plain(who).into_owned(),
        }
    }

    /// Over which account a message went, and whether it lies at the server too.
    pub(super) fn way(&self, message: &Chatted) -> String {
        let own = self.snapshot.accounts.iter().find(|account| *account.address == *message.from.as_str());
        let service = if message.with.is_sip() { text::VOICE } else { text::CHAT };
        match own {
            Some(account) => say!("screen-service-as", service, address = account.address),
            None => say!("screen-service-from", service, address = message.from.shown()),
        }
    }
}
