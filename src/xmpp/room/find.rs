//! Looking for rooms: which service has them, and which it lists (XEP-0045 sections 6.1 to 6.3).

use std::sync::Arc;

use minidom::Element;

use super::boundary::{RoomAnswer, RoomEvent};
use super::machine::RoomStep;
use super::read;
use crate::model::{FoundRoom, Jid, Reason};
use crate::xmpp::boundary::Event;
use crate::xmpp::session::SessionMachine;
use crate::xmpp::stanza::{self, ns};

/// Components of a server that are looked at for the one with rooms.
const MOST_COMPONENTS: usize = 20;
/// Rooms of a service that are listed. When full: the rest is left out.
const MOST_FOUND: usize = 2_000;

impl SessionMachine {
    /// Looks for rooms: of this service, or of whichever the account's own server has.
    pub(super) fn search_rooms(&mut self, jid: &Jid, ticket: u64, online: bool) {
        if !online {
            let why = Reason::new("offline", "Chat is not connected.");
            return self.event(Event::Room(jid.clone(), RoomEvent::Answered(ticket, Err(why))));
        }
        let own = jid.as_str() == self.own.domain();
        let step = if own { RoomStep::FindItems(ticket) } else { RoomStep::FindRooms(ticket) };
        self.ask_beside(jid.clone(), step, false, Element::bare("query", ns::DISCO_ITEMS));
    }

    pub(super) fn found_components(&mut self, ticket: u64, answer: Option<&Element>) {
        let mut components: Vec<Jid> = items_of(answer).take(MOST_COMPONENTS).map(|(jid, _)| jid).collect();
        // Services of rooms are usually called so: the others are asked later.
        let usual = |jid: &Jid| {
            ["conference.", "muc.", "rooms.", "chat.", "groups."].iter().any(|name| jid.domain().starts_with(name))
        };
        components.sort_by_key(|jid| !usual(jid));
        self.ask_component(ticket, components);
    }

    fn ask_component(&mut self, ticket: u64, mut rest: Vec<Jid>) {
        if rest.is_empty() {
            let why =
                Reason::new("not-found", "Your chat server has no rooms. Give the address of a service of rooms.");
            return self.event(Event::Room(self.own.clone(), RoomEvent::Answered(ticket, Err(why))));
        }
        let next = rest.remove(0);
        self.ask_beside(next, RoomStep::FindInfo(ticket, rest), false, Element::bare("query", ns::DISCO_INFO));
    }

    pub(super) fn found_component(&mut self, jid: &Jid, ticket: u64, rest: Vec<Jid>, answer: Option<&Element>) {
        let query = answer.and_then(|iq| iq.get_child("query", ns::DISCO_INFO));
        let fits = query.is_some_and(|query| {
            query.children().any(|child| {
                child.is("identity", ns::DISCO_INFO)
                    && child.attr("category") == Some("conference")
                    && child.attr("type") == Some("text")
            }) && query.children().any(|child| child.attr("var") == Some(ns::MUC))
        });
        if fits {
            let payload = Element::bare("query", ns::DISCO_ITEMS);
            self.ask_beside(jid.clone(), RoomStep::FindRooms(ticket), false, payload);
        } else {
            self.ask_component(ticket, rest);
        }
    }

    pub(super) fn found_rooms(&mut self, jid: &Jid, ticket: u64, answer: Option<&Element>) {
        let result = match answer.filter(|iq| iq.attr("type") == Some("result")) {
            Some(_) => {
                let rooms = items_of(answer).filter(|(jid, _)| jid.local().is_some()).take(MOST_FOUND);
                let mut found: Vec<FoundRoom> = rooms
                    .map(|(jid, name)| {
                        let name = name.unwrap_or_else(|| jid.local().unwrap_or_default().into());
                        FoundRoom { jid, name }
                    })
                    .collect();
                found.sort_by_key(|room| room.name.to_lowercase());
                Ok(RoomAnswer::Found(jid.clone(), found))
            }
            None => {
                let why = answer.map(stanza::stanza_error);
                Err(why.unwrap_or_else(|| Reason::new("timeout", "The service did not answer in time.")))
            }
        };
        self.event(Event::Room(jid.clone(), RoomEvent::Answered(ticket, result)));
    }
}

/// The items of an answer: address and name.
fn items_of(answer: Option<&Element>) -> impl Iterator<Item = (Jid, Option<Arc<str>>)> + '_ {
    let query = answer.and_then(|iq| iq.get_child("query", ns::DISCO_ITEMS));
    let items = query.into_iter().flat_map(Element::children).filter(|child| child.is("item", ns::DISCO_ITEMS));
    items.filter_map(|item| Some((Jid::parse(item.attr("jid")?).ok()?, item.attr("name").and_then(read::words))))
}
