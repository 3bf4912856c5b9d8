//! What this client can do: service discovery (XEP-0030), entity capabilities (XEP-0115), software version (XEP-0092).
//!
//! Calls over chat (`urn:xmpp:jingle:apps:rtp:*`) are announced only where they are on: calls of an account with a voice
//! account beside it are made by SIP (C-06).

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
    // XEP-0172 section 4.3: what people call themselves is told.
    ns::NICK,
    ns::NICK_NOTIFY,
    // XEP-0084 section 4.2: a changed picture is told.
    ns::AVATAR_NOTIFY,
    // Our own devices tell each other of calls.
    ns::OWN_CALLS_NOTIFY,
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

/// What is implemented for calls over chat (XEP-0166, 0167, 0176, 0181, 0320, 0338, 0353). What
/// is only understood and never taken up (XEP-0293, 0294, 0339) is not announced.
const CALLS: &[&str] = &[
    ns::JINGLE_MESSAGE,
    ns::JINGLE,
    ns::JINGLE_DTLS,
    ns::GROUPING,
    ns::JINGLE_RTP,
    ns::JINGLE_AUDIO,
    ns::JINGLE_DTMF,
    ns::JINGLE_ICE,
];

/// Everything that is announced, in the order of XEP-0115 section 5.1.
fn features(calls: bool) -> Vec<&'static str> {
    let calls = if calls { CALLS } else { &[] };
    let mut all: Vec<&str> = FEATURES.iter().chain(calls).copied().collect();
    all.sort_unstable();
    all
}

/// The verification string's hash (XEP-0115 section 5.1).
fn verification(calls: bool) -> String {
    let mut text = format!("client/pc//{NAME}<");
    for feature in features(calls) {
        text.push_str(feature);
        text.push('<');
    }
    BASE64_STANDARD.encode(Sha1::digest(text))
}

/// The `<c/>` for our presence.
pub(super) fn caps(calls: bool) -> Element {
    Element::builder("c", ns::CAPS).with("hash", "sha-1").with("node", NODE).with("ver", &verification(calls)).build()
}

/// The answer to a disco#info request, with calls over chat or without; `None`: we have no such node. What rooms are told is
/// without them.
pub(super) fn info(query: &Element, calls: bool) -> Option<Element> {
    let node = query.attr("node");
    let of = |calls| format!("{NODE}#{}", verification(calls));
    let calls = match node {
        None => calls,
        Some(node) if node == NODE || node == of(calls) => calls,
        Some(node) if node == of(false) => false,
        Some(_) => return None,
    };
    let mut answer = Element::builder("query", ns::DISCO_INFO);
    if let Some(node) = node {
        answer = answer.with("node", node);
    }
    let identity = Element::builder("identity", ns::DISCO_INFO)
        .with("category", "client")
        .with("type", "pc")
        .with("name", NAME)
        .build();
    let features = features(calls)
        .into_iter()
        .map(|feature| Element::builder("feature", ns::DISCO_INFO).with("var", feature).build());
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
        for calls in [false, true] {
            let node = format!("{NODE}#{}", verification(calls));
            let query = Element::builder("query", ns::DISCO_INFO).with("node", &node).build();
            let answer = info(&query, calls).expect("our node");
            let said: Vec<_> = answer.children().filter_map(|child| child.attr("var")).collect();
            let mut sorted = said.clone();
            sorted.sort_unstable();
            assert_eq!(said, sorted, "XEP-0115 section 5.1 sorts");
            assert_eq!(answer.attr("node"), Some(node.as_str()));
            assert_eq!(caps(calls).attr("ver"), Some(verification(calls).as_str()));
            let other = Element::builder("query", ns::DISCO_INFO).with("node", "x").build();
            assert!(info(&other, calls).is_none());
        }
    }

    #[test]
    fn c_06_calls_over_xmpp_are_not_announced() {
        assert!(!features(false).iter().any(|feature| feature.contains("jingle")));
        let on =
            Element::builder("query", ns::DISCO_INFO).with("node", &format!("{NODE}#{}", verification(true))).build();
        assert!(info(&on, false).is_none(), "nor where somebody asks for what was announced before");
    }

    #[test]
    fn c_08_an_account_that_stands_alone_announces_calls_over_chat() {
        for needed in [ns::JINGLE, ns::JINGLE_RTP, ns::JINGLE_AUDIO, ns::JINGLE_ICE, ns::JINGLE_DTLS] {
            assert!(features(true).contains(&needed), "{needed}");
        }
    }
}
