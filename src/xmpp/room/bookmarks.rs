//! Bookmarks (XEP-0402): which rooms the user is in, on every device. What other clients keep in one stays in it.
//!
//! Servers that announce `urn:xmpp:bookmarks:1#compat` keep the older forms (XEP-0048) in step themselves; nothing is
//! converted here.

use minidom::Element;

use super::boundary::{Bookmark, RoomEvent};
use super::machine::RoomStep;
use super::nick;
use super::read;
use super::write;
use crate::model::{Jid, Now, RoomNotify};
use crate::xmpp::boundary::Event;
use crate::xmpp::session::SessionMachine;
use crate::xmpp::stanza::{With as _, ns};

/// Bookmarks that are read. When full: the rest is left out.
const MOST: usize = 1_000;
/// What of other clients is kept in one bookmark. When full: the rest is left out.
const MOST_KEPT: usize = 16;
/// The longest password, bytes.
const LONGEST_PASSWORD: usize = 1_023;

/// A bookmark and what else its item holds.
struct Read {
    bookmark: Bookmark,
    kept: Vec<Element>,
}

/// Reads the item of the node, whose id is the room's address (section 3).
fn item(item: &Element) -> Option<Read> {
    let room = Jid::parse(item.attr("id")?).ok().filter(|room| room.local().is_some() && !room.is_made_up())?;
    let conference = item.get_child("conference", ns::BOOKMARKS)?;
    let text =
        |name: &str| conference.get_child(name, ns::BOOKMARKS).map(Element::text).filter(|text| !text.is_empty());
    let extensions = conference.get_child("extensions", ns::BOOKMARKS);
    let notify = extensions.and_then(|extensions| extensions.get_child("notify", ns::NOTIFY));
    let notify = notify.and_then(|notify| {
        notify.children().find_map(|child| match child.name() {
            "always" => Some(RoomNotify::All),
            "on-mention" => Some(RoomNotify::Mentions),
            "never" => Some(RoomNotify::None),
            _ => None,
        })
    });
    let kept = extensions.into_iter().flat_map(Element::children).filter(|child| !child.is("notify", ns::NOTIFY));
    Some(Read {
        bookmark: Bookmark {
            name: conference.attr("name").and_then(read::words),
            nick: text("nick").filter(|text| text.len() <= nick::LONGEST).map(Into::into),
            password: text("password").filter(|text| text.len() <= LONGEST_PASSWORD).map(Into::into),
            autojoin: matches!(conference.attr("autojoin"), Some("true" | "1")),
            notify,
            room,
        },
        kept: kept.take(MOST_KEPT).cloned().collect(),
    })
}

/// The items of an answer or of a notification.
fn items<'a>(items: &'a Element, namespace: &'a str) -> impl Iterator<Item = Read> + 'a {
    items.children().filter(move |child| child.is("item", namespace)).take(MOST).filter_map(item)
}

impl SessionMachine {
    pub(super) fn take_bookmarks(&mut self, answer: Option<&Element>) {
        let Some(iq) = answer else { return };
        // A refusal, also "there is no such node", says nothing: what is remembered here stays.
        if iq.attr("type") != Some("result") {
            return;
        }
        let list = iq.get_child("pubsub", ns::PUBSUB).and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB));
        let mut all = Vec::new();
        self.rooms.kept.clear();
        for read in list.into_iter().flat_map(|list| items(list, ns::PUBSUB)) {
            self.rooms.kept.insert(read.bookmark.room.clone(), read.kept);
            all.push(read.bookmark);
        }
        self.rooms.bookmarked = all.iter().map(|bookmark| bookmark.room.clone()).collect();
        let own = self.own.clone();
        self.event(Event::Room(own, RoomEvent::Bookmarks(all)));
    }

    /// A notification of our own node: the caller has seen that it is (X09).
    pub(in crate::xmpp) fn bookmarks_changed(&mut self, part: &Element, now: Now) {
        if part.name() != "items" {
            // Purged or deleted: what is left is asked for.
            let items = Element::builder("items", ns::PUBSUB).with("node", ns::BOOKMARKS).build();
            let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
            self.ask_beside(self.own.clone(), RoomStep::Bookmarks, false, payload);
            return self.pump_questions(now);
        }
        for read in items(part, ns::PUBSUB_EVENT) {
            let room = read.bookmark.room.clone();
            if !self.rooms.bookmarked.contains(&room) && self.rooms.bookmarked.len() >= MOST {
                continue;
            }
            self.rooms.bookmarked.insert(room.clone());
            self.rooms.kept.insert(room.clone(), read.kept);
            self.event(Event::Room(room, RoomEvent::Bookmarked(read.bookmark)));
        }
        for retract in part.children().filter(|child| child.is("retract", ns::PUBSUB_EVENT)).take(MOST) {
            if let Some(room) = retract.attr("id").and_then(|id| Jid::parse(id).ok())
                && self.rooms.bookmarked.remove(&room)
            {
                self.rooms.kept.remove(&room);
                self.event(Event::Room(room, RoomEvent::Unbookmarked));
            }
        }
    }

    pub(super) fn write_bookmark(&mut self, bookmark: &Bookmark, keep: bool, now: Now) {
        let payload = if keep {
            self.rooms.bookmarked.insert(bookmark.room.clone());
            let kept = self.rooms.kept.get(&bookmark.room).map(Vec::as_slice).unwrap_or_default();
            write::bookmark(bookmark, kept)
        } else {
            self.rooms.bookmarked.remove(&bookmark.room);
            write::unbookmark(&bookmark.room)
        };
        self.ask_beside(self.own.clone(), RoomStep::Bookmarked, true, payload);
        self.pump_questions(now);
    }
}
