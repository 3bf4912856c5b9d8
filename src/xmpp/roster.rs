//! The roster (RFC 6121 section 2): reading it, and knowing who is a contact.

use std::collections::HashMap;

use minidom::{Element, Node};

use super::boundary::RosterItem;
use super::stanza::{With, ns};
use crate::model::{Jid, Subscription};

/// The longest name or group name that is kept, in characters.
const LONGEST_NAME: usize = 256;
/// So many groups of one contact are kept.
const MOST_GROUPS: usize = 32;

/// A roster entry as the server writes it.
pub(super) enum Item {
    /// There is one.
    Present(RosterItem),
    /// There is none any more.
    Removed(Jid),
}

/// The request (RFC 6121 section 2.1.3); `version` only where the server knows versions (section 2.6.1).
pub(super) fn query(version: Option<&str>) -> Element {
    let query = Element::builder("query", ns::ROSTER);
    match version {
        Some(version) => query.with("ver", version).build(),
        None => query.build(),
    }
}

/// Reads one `<item/>`; `None` where the address cannot be read.
pub(super) fn item(element: &Element) -> Option<Item> {
    let jid = Jid::parse_dropping_resource(element.attr("jid")?).ok()?;
    let subscription = match element.attr("subscription") {
        Some("remove") => return Some(Item::Removed(jid)),
        Some("both") => Subscription::Both,
        Some("to") => Subscription::To,
        Some("from") => Subscription::From,
        Some(_) | None => Subscription::None,
    };
    let groups = element
        .children()
        .filter(|child| child.is("group", ns::ROSTER))
        .map(|group| shortened(&group.text()))
        .filter(|group| !group.is_empty())
        .take(MOST_GROUPS)
        .collect();
    let name = element.attr("name").map(shortened).filter(|name| !name.is_empty());
    Some(Item::Present(RosterItem { jid, name, groups, subscription, asked: element.attr("ask") == Some("subscribe") }))
}

/// Takes a whole roster out of its query; unreadable entries are left out. Each entry is freed as it is read: the tree of a
/// large roster would else leave holes among what is kept of it.
pub(super) fn items(query: &mut Element) -> Vec<RosterItem> {
    let entries = query.take_nodes().into_iter().filter_map(|node| match node {
        Node::Element(entry) if entry.is("item", ns::ROSTER) => item(&entry),
        Node::Element(_) | Node::Text(_) => None,
    });
    entries
        .filter_map(|item| match item {
            Item::Present(item) => Some(item),
            Item::Removed(_) => None,
        })
        .collect()
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(LONGEST_NAME).collect()
}

/// Who is on the roster.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    people: HashMap<Jid, Subscription>,
}

impl Contacts {
    /// From a whole roster.
    pub(super) fn new(items: &[RosterItem]) -> Self {
        Self { people: items.iter().map(|item| (item.jid.clone(), item.subscription)).collect() }
    }

    /// One entry changed.
    pub(super) fn set(&mut self, item: &RosterItem) {
        self.people.insert(item.jid.clone(), item.subscription);
    }

    /// One entry is gone.
    pub(super) fn remove(&mut self, jid: &Jid) {
        self.people.remove(jid);
    }

    /// Whether somebody is on the roster.
    pub(super) fn contains(&self, jid: &Jid) -> bool {
        self.people.contains_key(jid)
    }

    /// Whether somebody sees our presence, so that an answer tells nothing that they do not know (X14).
    pub(super) fn sees_us(&self, jid: &Jid) -> bool {
        match self.people.get(jid) {
            Some(Subscription::From | Subscription::Both) => true,
            Some(Subscription::None | Subscription::To) | None => false,
        }
    }

    /// Whether we see somebody's presence.
    pub(super) fn seen_by_us(&self, jid: &Jid) -> bool {
        self.people.get(jid).is_some_and(|subscription| subscription.sees_contact())
    }

    /// Everybody.
    pub(super) fn all(&self) -> impl Iterator<Item = &Jid> {
        self.people.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roster_is_read_and_unreadable_entries_are_left_out() {
        let mut query: Element = "<query xmlns='jabber:iq:roster' ver='7'>\
            <item jid='bob@example.com' name=' Bob ' subscription='both'><group>Work</group><group/></item>\
            <item jid='@' subscription='both'/><item subscription='to'/>\
            <item jid='carol@example.com/x' ask='subscribe' subscription='strange'/>\
            <item jid='dave@example.com' subscription='remove'/></query>"
            .parse()
            .expect("valid");
        let items = items(&mut query);
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].name.as_deref(), Some("Bob"));
        assert_eq!(items[0].groups, ["Work"]);
        assert_eq!((items[1].subscription, items[1].asked), (Subscription::None, true));
        let contacts = Contacts::new(&items);
        assert!(contacts.sees_us(&items[0].jid) && !contacts.sees_us(&items[1].jid));
    }
}
