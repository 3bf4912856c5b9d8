//! Notifications of personal nodes (XEP-0163): whose word counts, and what it leads to.

use minidom::Element;

use super::boundary::Event;
use super::own_card::OwnCardEvent;
use super::reach;
use super::session::SessionMachine;
use super::stanza::ns;
use crate::model::{Jid, Now};

impl SessionMachine {
    /// A notification in a message of somebody's bare address: the node's owner is that address and nobody else (XEP-0163
    /// section 4.3; X09). Strangers' nodes are not looked at.
    pub(super) fn handle_personal_event(&mut self, event: &Element, from: &Jid, now: Now) {
        let own = *from == self.own;
        if !own && !self.contacts.contains(from) {
            return;
        }
        for part in event.children() {
            match part.attr("node") {
                Some(ns::VCARD4_NODE) if own => self.event(Event::OwnCard(OwnCardEvent::Notified)),
                Some(ns::BOOKMARKS) if own => self.bookmarks_changed(part, now),
                Some(ns::VCARD4_NODE) => {
                    let card = item(part, "vcard", ns::VCARD4);
                    self.cards.handle_notification(from, card, now);
                    self.pump_cards(now);
                }
                Some(ns::AVATAR) if own => {
                    let hash = item(part, "metadata", ns::AVATAR).and_then(super::people::announced_picture);
                    self.own_picture_told(hash, now);
                }
                Some(ns::AVATAR) => {
                    let hash = item(part, "metadata", ns::AVATAR).and_then(super::people::announced_picture);
                    self.event(Event::People(super::PeopleEvent::Picture(from.clone(), hash)));
                }
                Some(ns::OWN_CALLS) if own => self.own_calls_told(part, ns::PUBSUB_EVENT),
                // What is retracted or empty says nothing any more (XEP-0172 section 4.3).
                Some(ns::NICK) if !own => {
                    let nick = item(part, "nick", ns::NICK).and_then(|nick| super::people::short(&nick.text()));
                    self.event(Event::People(super::PeopleEvent::Nick(from.clone(), nick)));
                }
                Some(ns::DISPLAYED) if own => self.displayed_items(part, ns::PUBSUB_EVENT),
                Some(ns::REACH) => {
                    // What was retracted, purged or deleted holds no more.
                    let addresses = item(part, "reach", ns::REACH).map(reach::read).unwrap_or_default();
                    if let Some(addresses) = self.reaches.handle_node(from, addresses) {
                        self.event(Event::Reach { jid: from.clone(), addresses });
                    }
                }
                Some(_) | None => {}
            }
        }
    }
}

/// The payload of the last item of `<items/>`; `None` for a retraction, `<purge/>` and `<delete/>`.
fn item<'a>(part: &'a Element, name: &str, namespace: &str) -> Option<&'a Element> {
    if part.name() != "items" {
        return None;
    }
    part.children().filter(|child| child.is("item", ns::PUBSUB_EVENT)).last()?.get_child(name, namespace)
}
