//! Conversations with SIP addresses (RFC 3428) and with occupants of rooms (XEP-0045 section 7.5) beside those with chat
//! addresses, under names that cannot be confused.
//!
//! A conversation is kept under a [`Jid`]. That of a SIP address is one below `sip.invalid`: the top-level domain
//! `invalid` can never exist (RFC 2606 section 2), so no chat address is like it, and nothing that comes over XMPP may
//! use it. The whole address is in it, reversibly, so that two addresses never share a conversation.

use super::{Jid, SipScheme, SipUri};

/// The domain that stands for "a SIP address".
const DOMAIN: &str = "sip.invalid";
/// The domain that stands for "somebody in a room".
const OCCUPANT: &str = "occupant.invalid";
/// The longest local part of a JID, in bytes (RFC 7622 section 3.3.1).
const LONGEST: usize = 1023;

impl Jid {
    /// The name under which a conversation with a SIP address is kept; `None` where the address is too long for one.
    ///
    /// Parameters and headers of the address do not count; scheme, user, host and port do. The user part of a SIP
    /// address is case-sensitive (RFC 3261 section 19.1.4) and a JID's is not, so capitals are escaped.
    #[must_use]
    pub fn of_sip(address: &SipUri) -> Option<Self> {
        name(&address.address_of_record().to_string(), DOMAIN)
    }

    /// The name under which a private conversation with somebody in a room is kept, by what tells the occupants of the
    /// room apart (a nickname, or a lasting name of XEP-0421); `None` where both are too long for one.
    ///
    /// So it is never taken for a conversation with a contact of the same name (X13).
    #[must_use]
    pub fn of_occupant(room: &Self, occupant: &str) -> Option<Self> {
        name(&format!("{room}/{occupant}"), OCCUPANT)
    }

    /// The room and the occupant whose private conversation this names.
    #[must_use]
    pub fn occupant(&self) -> Option<(Self, String)> {
        let text = self.local().filter(|_| self.domain() == OCCUPANT).and_then(unescaped)?;
        let (room, occupant) = text.split_once('/')?;
        Some((Self::parse(room).ok()?, occupant.to_owned()))
    }

    /// Whether this name is one of ours, for what has no chat address. Nothing that comes over XMPP may use one.
    #[must_use]
    pub fn is_made_up(&self) -> bool {
        self.is_sip() || self.domain() == OCCUPANT
    }

    /// Whether this names a conversation with a SIP address, or pretends to.
    #[must_use]
    pub fn is_sip(&self) -> bool {
        self.domain() == DOMAIN
    }

    /// The SIP address whose conversation this names.
    #[must_use]
    pub fn sip_address(&self) -> Option<SipUri> {
        let local = self.local().filter(|_| self.is_sip())?;
        SipUri::parse(&unescaped(local)?).ok()
    }

    /// What people and scripts call it: the chat address, or the SIP address with its scheme.
    #[must_use]
    pub fn shown(&self) -> String {
        self.sip_address().map_or_else(|| self.as_str().to_owned(), |address| address.to_string())
    }

    /// Reads what [`Self::shown`] writes: a chat address (a resource is dropped), or a SIP address with its scheme.
    #[must_use]
    pub fn parse_shown(text: &str) -> Option<Self> {
        match SipUri::parse(text) {
            Ok(address) if address.user().is_some() => Self::of_sip(&address),
            Ok(_) => None,
            Err(_) => Self::parse_dropping_resource(text).ok().filter(|jid| !jid.is_sip()),
        }
    }
}

/// A text as the local part of an address, reversibly.
fn name(text: &str, domain: &str) -> Option<Jid> {
    use std::fmt::Write as _;
    let mut local = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => local.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(local, "_{byte:02x}")),
        }
    }
    (local.len() <= LONGEST).then(|| Jid::parse(&format!("{local}@{domain}")).ok()).flatten()
}

fn unescaped(local: &str) -> Option<String> {
    let mut text = Vec::with_capacity(local.len());
    let mut rest = local.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'_' {
            text.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        text.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(text).ok()
}

/// The address of somebody who withholds it (RFC 3323 section 4.1).
#[must_use]
pub fn anonymous_sip() -> SipUri {
    SipUri::new(SipScheme::Sip, Some("anonymous"), "anonymous.invalid").expect("a literal SIP URI is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sip_address_has_a_conversation_of_its_own() {
        let addresses = [
            "sip:bob@example.com",
            "sips:bob@example.com",
            "sip:Bob@example.com",
            "sip:bob@example.com:5070",
            "sip:bob_5f@example.com",
            "sip:b%40ob@example.com",
            "sip:+49301234;phone-context=x@example.com",
            "sip:bob@[2001:db8::1]",
            "sip:anonymous@anonymous.invalid",
        ];
        let mut names = std::collections::BTreeSet::new();
        for text in addresses {
            let address = SipUri::parse(text).expect("valid");
            let name = Jid::of_sip(&address).expect("a name");
            assert!(name.is_sip());
            assert_eq!(name.sip_address(), Some(address.address_of_record()), "{text}");
            assert_eq!(Jid::parse_shown(&name.shown()), Some(name.clone()), "{text}");
            assert!(names.insert(name), "{text} is like another");
        }
        let same = SipUri::parse("sip:bob@EXAMPLE.com:5060;transport=tcp").expect("valid");
        assert!(!names.insert(Jid::of_sip(&same).expect("a name")), "the same address, written otherwise");
    }

    #[test]
    fn x13_an_occupant_of_a_room_has_a_conversation_that_is_no_contacts() {
        let room = Jid::parse("garden@rooms.example.com").expect("valid");
        for nick in ["Bob", "bob", "b/o b", "Böb", "bob@example.com"] {
            let name = Jid::of_occupant(&room, nick).expect("a name");
            assert!(name.is_made_up() && !name.is_sip());
            assert_eq!(name.occupant(), Some((room.clone(), nick.to_owned())));
        }
        assert!(Jid::of_occupant(&room, "Bob") != Jid::of_occupant(&room, "bob"));
        assert_eq!(Jid::of_occupant(&room, &"x".repeat(1023)), None);
        assert_eq!(Jid::parse("x@occupant.invalid").expect("valid").occupant(), None);
    }

    #[test]
    fn no_chat_address_is_taken_for_one() {
        for text in ["bob@example.com", "bob@sip.example", "sip.invalid.example"] {
            let jid = Jid::parse(text).expect("valid");
            assert_eq!((jid.is_sip(), jid.sip_address(), jid.shown()), (false, None, text.to_owned()));
        }
        assert_eq!(Jid::parse_shown("sip_3abob_40example.com@sip.invalid"), None, "nobody writes the name itself");
        for text in ["sip.invalid", "x@sip.invalid", "_zz@sip.invalid", "_4@sip.invalid", "_ff_fe@sip.invalid"] {
            assert_eq!(Jid::parse(text).expect("valid").sip_address(), None, "{text}");
        }
    }
}
