//! What this client can do: service discovery (XEP-0030), entity capabilities (XEP-0115), software version (XEP-0092).
//!
//! No `urn:xmpp:jingle:apps:rtp:*` here: calls of an account with a voice account beside it are made by SIP (C-06).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;
use sha1::{Digest, Sha1};

use super::stanza::{With, ns};

/// The node of the capabilities: a name for the program, not a place that is visited.
const NODE: &str = "https://tandem.chat/";
const NAME: &str = "Tandem";

/// What is implemented, in the order of XEP-0115 section 5.1 (by octets); the hash is taken over exactly this.
const FEATURES: &[&str] = &[
    ns::CAPS,
    ns::CHAT_STATES,
    ns::DISCO_INFO,
    ns::MUC,
    ns::VERSION,
    // XEP-0249 section 4.
    ns::CONFERENCE,
    // XEP-0402 section 3: other devices' changes are told.
    ns::BOOKMARKS_NOTIFY,
    ns::MARKERS,
    ns::FALLBACK,
    ns::DISPLAYED_NOTIFY,
    ns::CORRECTION,
    ns::RETRACT,
    ns::PING,
    // XEP-0152 section 5: what we publish, and that we want to be told of others' (XEP-0163 section 4.3.1).
    ns::REACH,
    ns::REACH_NOTIFY,
    ns::REACTIONS,
    ns::RECEIPTS,
    ns::REPLY,
    ns::STANZA_ID,
    ns::STYLING,
    // XEP-0292 section 4: a changed card is told, so that it is verified again at once.
    ns::VCARD4_NOTIFY,
];

/// The verification string's hash (XEP-0115 section 5.1).
fn verification() -> String {
    let mut text = format!("client/pc//{NAME}<");
    for feature in FEATURES {
        text.push_str(feature);
        text.push('<');
    }
    BASE64_STANDARD.encode(Sha1::digest(text))
}

/// The `<c/>` for our presence.
pub(super) fn caps() -> Element {
    Element::builder("c", ns::CAPS).with("hash", "sha-1").with("node", NODE).with("ver", &verification()).build()
}

/// The answer to a disco#info request; `None`: we have no such node.
pub(super) fn info(query: &Element) -> Option<Element> {
    let node = query.attr("node");
    if node.is_some_and(|node| node != NODE && node.strip_prefix(NODE) != Some(&format!("#{}", verification()))) {
        return None;
    }
    let mut answer = Element::builder("query", ns::DISCO_INFO);
    if let Some(node) = node {
        answer = answer.with("node", node);
    }
    let identity = Element::builder("identity", ns::DISCO_INFO)
        .with("category", "client")
        .with("type", "pc")
        .with("name", NAME)
        .build();
    let features =
        FEATURES.iter().map(|feature| Element::builder("feature", ns::DISCO_INFO).with("var", feature).build());
    Some(answer.append(identity).append_all(features).build())
}

/// The answer to a version request. The operating system is nobody's business.
pub(super) fn version() -> Element {
    Element::builder("query", ns::VERSION)
        .with_text_child("name", ns::VERSION, NAME)
        .with_text_child("version", ns::VERSION, env!("CARGO_PKG_VERSION"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_over_what_the_answer_says() {
        let node = format!("{NODE}#{}", verification());
        let query = Element::builder("query", ns::DISCO_INFO).with("node", &node).build();
        let answer = info(&query).expect("our node");
        let said: Vec<_> = answer.children().filter_map(|child| child.attr("var")).collect();
        let mut sorted = said.clone();
        sorted.sort_unstable();
        assert_eq!(said, sorted, "XEP-0115 section 5.1 sorts");
        assert_eq!(answer.attr("node"), Some(node.as_str()));
        assert_eq!(caps().attr("ver"), Some(verification().as_str()));
        let other = Element::builder("query", ns::DISCO_INFO).with("node", "x").build();
        assert!(info(&other).is_none());
    }

    #[test]
    fn c_06_calls_over_xmpp_are_not_announced() {
        assert!(!FEATURES.iter().any(|feature| feature.contains("jingle")));
    }
}
