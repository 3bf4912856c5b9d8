//! Conversations with SIP addresses (RFC 3428) beside those with chat addresses, under names that cannot be confused.
//!
//! A conversation is kept under a [`Jid`]. That of a SIP address is one below `sip.invalid`: the top-level domain
//! `invalid` can never exist (RFC 2606 section 2), so no chat address is like it, and nothing that comes over XMPP may
//! use it. The whole address is in it, reversibly, so that two addresses never share a conversation.

use super::{Jid, SipScheme, SipUri};

/// The domain that stands for "a SIP address".
const DOMAIN: &str = "sip.invalid";
/// The longest local part of a JID, in bytes (RFC 7622 section 3.3.1).
const LONGEST: usize = 1023;

impl Jid {
    /// The name under which a conversation with a SIP address is kept; `None` where the address is too long for one.
    ///
    /// Parameters and headers of the address do not count; scheme, user, host and port do. The user part of a SIP
    /// address is case-sensitive (RFC 3261 section 19.1.4) and a JID's is not, so capitals are escaped.
    #[must_use]
    pub fn of_sip(address: &SipUri) -> Option<Self> {
        use std::fmt::Write as _;
        let mut local = String::new();
        for byte in address.address_of_record().to_string().bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => local.push(char::from(byte)),
                // Writing to a string cannot fail.
                _ => drop(write!(local, "_{byte:02x}")),
            }
        }
        (local.len() <= LONGEST).then(|| Self::parse(&format!("{local}@{DOMAIN}")).ok()).flatten()
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
        SipUri::parse(std::str::from_utf8(&text).ok()?).ok()
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
