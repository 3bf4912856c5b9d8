//! Presence (RFC 6121 section 4): ours, and that of contacts, per resource; the best resource speaks for a person.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use minidom::Element;

use super::disco;
use super::stanza::{With, ns};
use crate::model::{Jid, Show, WallTime};

/// So many connections of one person are told apart; further ones are ignored.
const MOST_RESOURCES: usize = 16;
/// The longest status text that is kept, in characters.
const LONGEST_STATUS: usize = 1024;
/// So many people may wait for an answer to their request (X49).
const MOST_REQUESTS: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    name: String,
    priority: i8,
    show: Show,
    status: Option<Arc<str>>,
    /// Nobody has been at it since then (XEP-0319).
    idle: Option<WallTime>,
}

/// What one person's best resource says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Best {
    pub(super) show: Show,
    pub(super) status: Option<Arc<str>>,
    /// Nobody has been at it since then.
    pub(super) idle: Option<WallTime>,
}

/// The presence of everybody.
#[derive(Debug, Default)]
pub(super) struct Presences {
    people: HashMap<Jid, Vec<Resource>>,
    photos: HashMap<Jid, Option<Arc<str>>>,
    requests: HashSet<Jid>,
}

impl Presences {
    /// A new stream: nothing is known.
    pub(super) fn clear(&mut self) {
        self.people.clear();
        self.requests.clear();
    }

    /// Somebody left the roster.
    pub(super) fn forget(&mut self, jid: &Jid) {
        self.people.remove(jid);
        self.photos.remove(jid);
    }

    /// A presence of a contact; what the best resource says if that changed.
    pub(super) fn handle(&mut self, jid: &Jid, resource: Option<&str>, stanza: &Element) -> Option<Best> {
        let before = self.best(jid);
        let resources = self.people.entry(jid.clone()).or_default();
        match stanza.attr("type") {
            None => {
                let name = resource.unwrap_or_default();
                resources.retain(|known| known.name != name);
                if resources.len() < MOST_RESOURCES {
                    resources.push(read(name, stanza));
                }
            }
            Some(_) => match resource {
                // Unavailable, or an error from a server that cannot reach them (RFC 6121 section 4.5).
                Some(name) => resources.retain(|known| known.name != name),
                None => resources.clear(),
            },
        }
        if resources.is_empty() {
            self.people.remove(jid);
        }
        let after = self.best(jid);
        (after != before).then_some(after)
    }

    /// What the best resource of somebody says.
    pub(super) fn best(&self, jid: &Jid) -> Best {
        let resources = self.people.get(jid).map(Vec::as_slice).unwrap_or_default();
        // The highest priority; among equals the most available, then the one heard last (which stands last).
        resources
            .iter()
            .enumerate()
            .min_by_key(|(at, resource)| (Reverse(resource.priority), resource.show, Reverse(*at)))
            .map(|(_, resource)| Best { show: resource.show, status: resource.status.clone(), idle: resource.idle })
            .unwrap_or_default()
    }

    /// Everybody who is there, with what their best resource says.
    pub(super) fn all(&self) -> Vec<(Jid, Best)> {
        self.people.keys().map(|jid| (jid.clone(), self.best(jid))).collect()
    }

    /// Notes the picture that a presence announces (XEP-0153 section 3.2). `Some`: there is word of a picture, or that
    /// there is none, and it differs from the last word in this run.
    pub(super) fn handle_photo(&mut self, jid: &Jid, stanza: &Element) -> Option<Option<Arc<str>>> {
        let photo = stanza.get_child("x", ns::VCARD_UPDATE)?.get_child("photo", ns::VCARD_UPDATE)?;
        let hash = photo.text().trim().to_ascii_lowercase();
        let hash = (hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Arc::from(hash.as_str()));
        let news = self.photos.get(jid) != Some(&hash);
        self.photos.insert(jid.clone(), hash.clone());
        news.then_some(hash)
    }

    /// Somebody asks to see our presence. Whether that is news: one request each, and not more than the limit.
    pub(super) fn handle_request(&mut self, jid: &Jid) -> bool {
        self.requests.len() < MOST_REQUESTS && self.requests.insert(jid.clone())
    }

    /// Whether somebody waits for an answer to their request.
    pub(super) fn requested(&self, jid: &Jid) -> bool {
        self.requests.contains(jid)
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, jid: &Jid) {
        self.requests.remove(jid);
    }
}

fn read(name: &str, stanza: &Element) -> Resource {
    let child = |name: &str| stanza.get_child(name, ns::CLIENT).map(Element::text);
    let show = match child("show").as_deref().map(str::trim) {
        Some("chat") => Show::Chat,
        Some("away") => Show::Away,
        Some("xa") => Show::Xa,
        Some("dnd") => Show::Dnd,
        // RFC 6121 section 4.7.2.1: what is not in the schema is treated as absent.
        Some(_) | None => Show::Available,
    };
    Resource {
        name: name.to_owned(),
        priority: child("priority").and_then(|text| text.trim().parse().ok()).unwrap_or(0),
        show,
        status: child("status").and_then(|text| short_text(&text)),
        idle: stanza.get_child("idle", ns::IDLE).and_then(|idle| WallTime::parse_rfc3339(idle.attr("since")?)),
    }
}

/// A status or request text, trimmed and shortened; `None` for nothing.
pub(super) fn short_text(text: &str) -> Option<Arc<str>> {
    let text: String = text.trim().chars().take(LONGEST_STATUS).collect();
    (!text.is_empty()).then(|| text.into())
}

/// Our own presence, with capabilities (XEP-0115).
pub(super) fn own(show: Show, status: Option<&str>, calls: bool) -> Element {
    own_as(None, show, status, calls)
}

/// The same, to a room: nobody is called there.
pub(super) fn own_to(to: Option<&str>, show: Show, status: Option<&str>) -> Element {
    own_as(to, show, status, false)
}

fn own_as(to: Option<&str>, show: Show, status: Option<&str>, calls: bool) -> Element {
    let show = match show {
        Show::Offline => return unavailable(),
        Show::Available => None,
        Show::Chat => Some("chat"),
        Show::Away => Some("away"),
        Show::Xa => Some("xa"),
        Show::Dnd => Some("dnd"),
    };
    let mut presence = Element::builder("presence", ns::CLIENT);
    if let Some(to) = to {
        presence = presence.with("to", to);
    }
    if let Some(show) = show {
        presence = presence.with_text_child("show", ns::CLIENT, show);
    }
    if let Some(status) = status {
        presence = presence.with_text_child("status", ns::CLIENT, status);
    }
    presence.append(disco::caps(calls)).build()
}

/// We leave, as far as others can see.
pub(super) fn unavailable() -> Element {
    Element::builder("presence", ns::CLIENT).with("type", "unavailable").build()
}

/// A subscription stanza (RFC 6121 section 3).
pub(super) fn subscription(kind: &'static str, to: &Jid) -> Element {
    Element::builder("presence", ns::CLIENT).with("type", kind).with("to", to.as_str()).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presence(inner: &str) -> Element {
        format!("<presence xmlns='jabber:client'>{inner}</presence>").parse().expect("valid")
    }

    #[test]
    fn the_best_resource_speaks_for_a_person() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut presences = Presences::default();
        let away = presence("<show>away</show><priority>5</priority><status>out</status>");
        let best = presences.handle(&bob, Some("phone"), &away).expect("news");
        assert_eq!((best.show, best.status.as_deref()), (Show::Away, Some("out")));
        assert_eq!(presences.handle(&bob, Some("desk"), &presence("<priority>1</priority>")), None);
        let best = presences.handle(&bob, Some("desk"), &presence("<priority>5</priority>")).expect("news");
        assert_eq!(best.show, Show::Available);
        let gone: Element = "<presence xmlns='jabber:client' type='unavailable'/>".parse().expect("valid");
        assert_eq!(presences.handle(&bob, Some("desk"), &gone).expect("news").show, Show::Away);
        assert_eq!(presences.handle(&bob, Some("phone"), &gone).expect("news").show, Show::Offline);
        assert_eq!(presences.handle(&bob, Some("phone"), &gone), None);
    }

    #[test]
    fn x49_resources_and_requests_of_a_flood_are_bounded() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut presences = Presences::default();
        for n in 0..1000 {
            presences.handle(&bob, Some(&n.to_string()), &presence("<priority>999</priority>"));
        }
        assert_eq!(presences.people[&bob].len(), MOST_RESOURCES);
        let mut news = 0;
        for n in 0..10_000 {
            let jid = Jid::parse(&format!("u{n}@evil.example")).expect("valid");
            news += usize::from(presences.handle_request(&jid)) + usize::from(presences.handle_request(&jid));
        }
        assert_eq!(news, MOST_REQUESTS);
    }

    #[test]
    fn a_changed_picture_is_noticed_once() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut presences = Presences::default();
        let with =
            presence("<x xmlns='vcard-temp:x:update'><photo>01B8C0E4E3EE2A4E1D0E6BB1B9B1F2F3A4B5C6D7</photo></x>");
        assert!(presences.handle_photo(&bob, &with).flatten().is_some());
        assert_eq!(presences.handle_photo(&bob, &with), None);
        assert_eq!(presences.handle_photo(&bob, &presence("<x xmlns='vcard-temp:x:update'/>")), None, "not ready");
        let none = presence("<x xmlns='vcard-temp:x:update'><photo/></x>");
        assert_eq!(presences.handle_photo(&bob, &none), Some(None));
    }
}
