//! Temporary addresses (XEP-0152): of contacts, from their presence and from their node; and our own.

use std::collections::HashMap;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use crate::model::{Jid, Now, ReachAddress, Reason};

/// So many addresses of one person count; further ones are not read.
const MOST_ADDRESSES: usize = 8;
/// The longest address, in bytes; a longer one is no address.
const LONGEST_URI: usize = 1024;
/// The longest description, in characters; what follows is cut off.
const LONGEST_DESCRIPTION: usize = 120;
/// Connections of one person whose presence may bring addresses; further ones are not read.
const MOST_RESOURCES: usize = 16;

/// Reads a `<reach/>`, in its order: that is the order of preference (XEP-0152 section 3).
pub(super) fn read(reach: &Element) -> Vec<ReachAddress> {
    let mut found: Vec<ReachAddress> = Vec::new();
    for addr in reach.children().filter(|child| child.is("addr", ns::REACH)) {
        let Some(uri) = addr.attr("uri").map(str::trim) else { continue };
        if uri.is_empty() || uri.len() > LONGEST_URI || found.iter().any(|known| *known.uri == *uri) {
            continue;
        }
        let description =
            addr.get_child("desc", ns::REACH).map(|desc| plain(&desc.text())).filter(|text| !text.is_empty());
        found.push(ReachAddress { uri: uri.into(), description: description.map(Into::into) });
        if found.len() == MOST_ADDRESSES {
            break;
        }
    }
    found
}

/// Somebody's words on one line, without controls and without what turns the direction of writing (X20).
fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let shown: String = text.chars().filter(|c| !hidden(*c)).take(LONGEST_DESCRIPTION).collect();
    shown.trim().to_owned()
}

fn write(addresses: &[ReachAddress]) -> Element {
    let addr = |address: &ReachAddress| {
        let mut addr = Element::builder("addr", ns::REACH).with("uri", &address.uri);
        if let Some(description) = &address.description {
            addr = addr.with_text_child("desc", ns::REACH, &plain(description));
        }
        addr.build()
    };
    Element::builder("reach", ns::REACH).append_all(addresses.iter().take(MOST_ADDRESSES).map(addr)).build()
}

#[derive(Debug, Default)]
struct Sources {
    /// From the node: replaced as a whole.
    node: Vec<ReachAddress>,
    /// From presence, by resource: gone with the next presence that does not have them (XEP-0152 section 4.1).
    presence: Vec<(String, Vec<ReachAddress>)>,
}

impl Sources {
    fn all(&self) -> Vec<ReachAddress> {
        let mut all: Vec<ReachAddress> = Vec::new();
        for address in self.node.iter().chain(self.presence.iter().flat_map(|(_, addresses)| addresses)) {
            if all.len() < MOST_ADDRESSES && !all.iter().any(|known| known.uri == address.uri) {
                all.push(address.clone());
            }
        }
        all
    }
}

/// Who can be reached where for now.
#[derive(Debug, Default)]
pub(super) struct Reaches {
    people: HashMap<Jid, Sources>,
}

impl Reaches {
    /// A presence of somebody: what they can be reached at now, if that changed.
    pub(super) fn handle_presence(
        &mut self,
        jid: &Jid,
        resource: Option<&str>,
        stanza: &Element,
    ) -> Option<Vec<ReachAddress>> {
        let reach = stanza.get_child("reach", ns::REACH).map(read).unwrap_or_default();
        let available = stanza.attr("type").is_none();
        if reach.is_empty() && !self.people.contains_key(jid) {
            return None;
        }
        self.change(jid, |sources| {
            match (available, resource) {
                (false, None) => sources.presence.clear(),
                (_, resource) => {
                    let resource = resource.unwrap_or_default();
                    sources.presence.retain(|(known, _)| known != resource);
                    if available && !reach.is_empty() && sources.presence.len() < MOST_RESOURCES {
                        sources.presence.push((resource.to_owned(), reach));
                    }
                }
            };
        })
    }

    /// The node's content: what they can be reached at now, if that changed.
    pub(super) fn handle_node(&mut self, jid: &Jid, addresses: Vec<ReachAddress>) -> Option<Vec<ReachAddress>> {
        if addresses.is_empty() && !self.people.contains_key(jid) {
            return None;
        }
        self.change(jid, |sources| sources.node = addresses)
    }

    fn change(&mut self, jid: &Jid, act: impl FnOnce(&mut Sources)) -> Option<Vec<ReachAddress>> {
        let sources = self.people.entry(jid.clone()).or_default();
        let before = sources.all();
        act(sources);
        let after = sources.all();
        if sources.node.is_empty() && sources.presence.is_empty() {
            self.people.remove(jid);
        }
        (before != after).then_some(after)
    }

    /// Somebody left the roster.
    pub(super) fn forget(&mut self, jid: &Jid) {
        self.people.remove(jid);
    }

    /// A new stream: nothing is known. Whose addresses are void now.
    pub(super) fn clear(&mut self) -> Vec<Jid> {
        self.people.drain().map(|(jid, _)| jid).collect()
    }
}

impl SessionMachine {
    /// XEP-0152 section 4.2: published to the own node; an empty `<reach/>` says that nothing holds any more.
    pub(super) fn publish_reach(&mut self, addresses: &[ReachAddress], now: Now) {
        if self.link != Link::Online {
            return self.reach_published(Err(Reason::new("offline", "Chat is not connected.")));
        }
        let item = Element::builder("item", ns::PUBSUB).with("id", "current").append(write(addresses)).build();
        let publish = Element::builder("publish", ns::PUBSUB).with("node", ns::REACH).append(item).build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(publish).build();
        if !self.request("set", None, Purpose::Reach, pubsub, now) {
            self.reach_published(Err(Reason::new("busy", "Too much is on its way to the server.")));
        }
    }

    /// The server answered, or (`None`) will not.
    pub(super) fn reach_answered(&mut self, iq: Option<&Element>) {
        let outcome = match iq {
            None => Err(Reason::new("timeout", "The server did not answer.")),
            Some(iq) if iq.attr("type") == Some("error") => Err(stanza::stanza_error(iq)),
            Some(_) => Ok(()),
        };
        self.reach_published(outcome);
    }

    fn reach_published(&mut self, outcome: Result<(), Reason>) {
        self.event(Event::ReachPublished(outcome));
    }

    pub(super) fn clear_reaches(&mut self) {
        for jid in self.reaches.clear() {
            self.event(Event::Reach { jid, addresses: Vec::new() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(text: &str) -> Element {
        text.parse().expect("valid")
    }

    fn presence(kind: &str, inner: &str) -> Element {
        element(&format!("<presence xmlns='jabber:client' {kind}>{inner}</presence>"))
    }

    const DESK: &str = "<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:desk@example.com'><desc xml:lang='en'>At the desk\
        </desc></addr><addr uri='tel:+4930901820'/></reach>";

    #[test]
    fn c21_addresses_in_presence_go_with_the_next_presence_without_them() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut reaches = Reaches::default();
        let told = reaches.handle_presence(&bob, Some("a"), &presence("", DESK)).expect("news");
        assert_eq!(
            told.iter().map(|address| &*address.uri).collect::<Vec<_>>(),
            ["sip:desk@example.com", "tel:+4930901820"]
        );
        assert_eq!(told[0].description.as_deref(), Some("At the desk"));
        assert_eq!(reaches.handle_presence(&bob, Some("a"), &presence("", DESK)), None, "no news");
        let phone = "<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:mobile@example.com'/></reach>";
        assert_eq!(reaches.handle_presence(&bob, Some("b"), &presence("", phone)).expect("news").len(), 3);
        assert_eq!(reaches.handle_presence(&bob, Some("a"), &presence("", "")).expect("cleared").len(), 1);
        assert_eq!(reaches.handle_presence(&bob, Some("b"), &presence("type='unavailable'", phone)), Some(Vec::new()));
        assert!(reaches.people.is_empty());
    }

    #[test]
    fn c21_an_empty_reach_of_the_node_clears_it_and_presence_is_apart() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut reaches = Reaches::default();
        assert_eq!(reaches.handle_node(&bob, read(&element(DESK))).expect("news").len(), 2);
        assert_eq!(reaches.handle_presence(&bob, Some("a"), &presence("", "")), None, "the node stays");
        assert_eq!(reaches.handle_node(&bob, read(&element("<reach xmlns='urn:xmpp:reach:0'/>"))), Some(Vec::new()));
        reaches.handle_node(&bob, read(&element(DESK)));
        assert_eq!(reaches.clear(), [bob]);
    }

    #[test]
    fn addresses_and_descriptions_of_a_flood_are_bounded_and_hide_nothing() {
        let many: String = (0..1000).map(|n| format!("<addr uri='sip:{n}@example.com'/>")).collect();
        let reach = element(&format!("<reach xmlns='urn:xmpp:reach:0'>{many}</reach>"));
        assert_eq!(read(&reach).len(), MOST_ADDRESSES);
        let long = "x".repeat(LONGEST_URI);
        let words = "\u{202e}call\u{2066} me\u{200b}\n".to_owned() + &"y".repeat(1000);
        let reach = element(&format!(
            "<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:{long}'/><addr uri=''/><addr/>\
             <addr uri='sip:bob@example.com'><desc>{words}</desc></addr></reach>"
        ));
        let found = read(&reach);
        assert_eq!(found.len(), 1);
        let description = found[0].description.as_deref().expect("words");
        assert!(
            description.starts_with("call mey") && description.chars().count() == LONGEST_DESCRIPTION,
            "{description}"
        );
        let bob = Jid::parse("bob@example.com").expect("valid");
        let mut reaches = Reaches::default();
        for n in 0..1000 {
            let one = format!("<reach xmlns='urn:xmpp:reach:0'><addr uri='sip:{n}@example.com'/></reach>");
            reaches.handle_presence(&bob, Some(&n.to_string()), &presence("", &one));
        }
        assert_eq!(reaches.people[&bob].presence.len(), MOST_RESOURCES);
    }
}
