//! What an `xmpp:` link wants done with an address (RFC 5122, XEP-0147).

use std::fmt;
use std::sync::Arc;

use super::Jid;
use super::contact_link::{ContactLink, unescaped};

/// The longest link that is read, in bytes; what is longer is no link.
const LONGEST: usize = 8192;
/// The longest text or password that is taken from a link, in characters; what is longer is cut.
const LONGEST_TEXT: usize = 4000;

/// What is to be done.
#[derive(Clone, PartialEq, Eq)]
pub enum XmppAction {
    /// Show the conversation.
    Open,
    /// Write this to them (XEP-0147 section 8.1).
    Message(Arc<str>),
    /// Enter the room, with this password (XEP-0045 section 17.3).
    Join(Option<Arc<str>>),
    /// Put them on the list (XEP-0147 section 8.3, XEP-0379 section 3.2).
    Add(Box<ContactLink>),
    /// Make an account there (XEP-0077, XEP-0445 section 4).
    Register,
}

// What people write to each other is personal.
impl fmt::Debug for XmppAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Message(_) => "Message",
            Self::Join(_) => "Join",
            Self::Add(_) => "Add",
            Self::Register => "Register",
        })
    }
}

/// An address, and what is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmppLink {
    /// Whom or which room it is about.
    pub jid: Jid,
    /// What is to be done.
    pub action: XmppAction,
}

impl XmppLink {
    /// Reads `xmpp:them@example.com`, `…?message;body=Hello` and `…?join;password=…`. What else a link asks for only shows the
    /// conversation. `None`: it is no such link, or names nobody.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("xmpp:") && text.len() <= LONGEST)?;
        let rest = text.get(scheme.len()..)?.split('#').next()?;
        // `xmpp://account@here/them` names the account first (RFC 5122 section 2.2).
        let rest = match rest.strip_prefix("//") {
            Some(named) => named.split_once('/').map(|(_, them)| them)?,
            None => rest,
        };
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let jid = Jid::parse_dropping_resource(&unescaped(address)?).ok()?;
        let mut parts = query.split([';', '&']);
        let wanted = parts.next().unwrap_or_default();
        let value = |key: &str| {
            let value = parts.clone().find_map(|part| part.split_once('=').filter(|(known, _)| *known == key))?.1;
            let text = unescaped(value)?;
            let kept = text.chars().filter(|c| *c == '\n' || !c.is_control()).take(LONGEST_TEXT);
            Some(kept.collect::<String>()).filter(|text| !text.trim().is_empty())
        };
        let action = match wanted {
            "join" => XmppAction::Join(value("password").map(Into::into)),
            "roster" | "subscribe" => match ContactLink::read(text) {
                Some(link) => XmppAction::Add(Box::new(link)),
                None => XmppAction::Open,
            },
            "register" => XmppAction::Register,
            "message" => value("body").map_or(XmppAction::Open, |body| XmppAction::Message(body.into())),
            _ => XmppAction::Open,
        };
        Some(Self { jid, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_to_be_done() {
        let read = |text: &str| XmppLink::read(text).map(|link| (link.jid.to_string(), link.action));
        let of = |jid: &str, action| Some((jid.to_owned(), action));
        for open in [
            "xmpp:bob@example.com",
            " XMPP:Bob@example.com/phone ",
            "xmpp:bob@example.com?message",
            "xmpp:bob@example.com?message;body=",
            "xmpp:bob@example.com?remove",
            "xmpp://alice@example.com/bob@example.com?chat",
            "xmpp:bob%40example.com#join",
        ] {
            assert_eq!(read(open), of("bob@example.com", XmppAction::Open), "{open}");
        }
        let body = "xmpp:bob@example.com?message;subject=x;body=Here%27s%20a%0D%0Atest%1B";
        assert_eq!(read(body), of("bob@example.com", XmppAction::Message("Here's a\ntest".into())));
        assert_eq!(read("xmpp:example.com?register;preauth=t1"), of("example.com", XmppAction::Register));
        assert_eq!(read("xmpp:tea@rooms.example.com?join"), of("tea@rooms.example.com", XmppAction::Join(None)));
        let guarded = "xmpp:tea@rooms.example.com?join;password=s%3Bt";
        assert_eq!(read(guarded), of("tea@rooms.example.com", XmppAction::Join(Some("s;t".into()))));
        assert!(!format!("{:?}", XmppLink::read(guarded)).contains("s;t"), "a log names no password");
    }

    #[test]
    fn what_is_no_link_or_too_long_is_nothing() {
        let long = format!("xmpp:bob@example.com?message;body={}", "x".repeat(9000));
        for nothing in
            ["", "xmpp:", "xmpp:%", "xmpp:?join", "bob@example.com", "xmpp://bob", "sip:bob@example.com", &long]
        {
            assert_eq!(XmppLink::read(nothing), None, "{nothing}");
        }
        let cut = format!("xmpp:bob@example.com?message;body={}", "x".repeat(5000));
        let Some(XmppLink { action: XmppAction::Message(body), .. }) = XmppLink::read(&cut) else {
            panic!("a message")
        };
        assert_eq!(body.len(), LONGEST_TEXT);
    }
}
