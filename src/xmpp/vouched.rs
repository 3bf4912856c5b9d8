//! A person's chat account says which certificates the two ends of a call have (docs/verified-media.md): sent to one contact, live,
//! and believed from a contact only in their own name.

use std::fmt;
use std::sync::Arc;

use minidom::Element;

use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use crate::model::Jid;
use crate::sdp::Fingerprint;

/// The certificates of a call's two ends, as one end sees them.
#[derive(Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Of the one who says so.
    pub own: Arc<str>,
    /// Of the other end, as the one who says so saw it in the handshake.
    pub seen: Arc<str>,
}

impl fmt::Debug for Vouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vouched(…)")
    }
}

impl Vouched {
    /// Both fingerprints, where both can be read; nothing weaker than SHA-256 can.
    #[must_use]
    pub fn fingerprints(&self) -> Option<(Fingerprint, Fingerprint)> {
        Fingerprint::parse(&self.own).zip(Fingerprint::parse(&self.seen))
    }

    fn read(message: &Element) -> Option<Self> {
        let element = message.get_child("keys", ns::VERIFIED_MEDIA)?;
        let text = |name: &'static str| {
            let fingerprint = element.attr(name).filter(|text| text.len() <= LONGEST);
            fingerprint.filter(|text| Fingerprint::parse(text).is_some()).map(Arc::<str>::from)
        };
        Some(Self { own: text("own")?, seen: text("seen")? })
    }
}

/// The longest fingerprint, in bytes: SHA-512 with its name. When longer: it is none.
const LONGEST: usize = 256;

impl SessionMachine {
    /// Tells a contact which certificates a call with them has. Nobody keeps it: it is true only for this call.
    pub(super) fn vouch_media(&mut self, to: &Jid, keys: &Vouched) {
        if self.link != Link::Online {
            return;
        }
        let element = Element::builder("keys", ns::VERIFIED_MEDIA).with("own", &keys.own).with("seen", &keys.seen);
        let message = Element::builder("message", ns::CLIENT)
            .with("type", "chat")
            .with("to", to.as_str())
            .with("id", &self.new_id())
            .append(element.build())
            .append(Element::bare("no-store", ns::HINTS))
            .append(Element::bare("no-copy", ns::HINTS));
        self.send_forgotten(message.build());
    }

    /// What a message says of certificates. It counts live, in the sender's own name and from a contact: what was kept, copied or
    /// sent back proves nothing of a call that goes on now.
    pub(super) fn vouched_media(&self, message: &Element, from: &Jid) -> Option<Vouched> {
        let live = message.attr("type") != Some("error") && !message.has_child("delay", ns::DELAY);
        let person = live && *from != self.own && self.contacts.sees_us(from);
        Vouched::read(message).filter(|_| person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fingerprints_that_nobody_can_forge_are_read() {
        let good = format!("sha-256 {}", vec!["AB"; 32].join(":"));
        let of = |own: &str, seen: &str| {
            let text = format!(
                "<message xmlns='jabber:client'><keys xmlns='urn:x-cusax:verified-media:0' own='{own}' seen='{seen}'/></message>"
            );
            Vouched::read(&text.parse().expect("valid")).is_some()
        };
        assert!(of(&good, &good));
        for bad in ["", "sha-1 AB", "sha-256 AB", &"x".repeat(1_000), &good.replace("sha-256", "md5")] {
            assert!(!of(&good, bad) && !of(bad, &good), "{bad}");
        }
    }
}
