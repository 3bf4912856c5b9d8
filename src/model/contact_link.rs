//! What somebody pastes to add a person: an address, or an `xmpp:` link (RFC 5122, XEP-0147).

use super::Jid;

/// The longest name or group that is taken over from a link, in characters; what is longer is cut.
const LONGEST: usize = 256;
/// The longest link that is read, in bytes; what is longer is no link.
const LONGEST_LINK: usize = 2048;

/// A person, as a link names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactLink {
    /// Who.
    pub jid: Jid,
    /// What the link calls them.
    pub name: Option<String>,
    /// The group that the link puts them into.
    pub group: Option<String>,
    /// What they gave along so that they need not be asked (XEP-0379 section 3.1).
    pub token: Option<String>,
}

impl ContactLink {
    /// Reads `frank@example.com`, `xmpp:frank@example.com` and `xmpp:frank@example.com?roster;name=Frank;group=Work` (XEP-0147
    /// section 8.3; parts separated by semicolons, or by the ampersands that some write). `None`: it names no person.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST_LINK {
            return None;
        }
        let link = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("xmpp:")).and_then(|_| text.get(5..));
        let (address, query) = match link {
            Some(rest) => {
                let rest = rest.split('#').next().unwrap_or(rest);
                // `xmpp://account@here/them` names the account first (RFC 5122 section 2.2).
                let rest = match rest.strip_prefix("//") {
                    Some(named) => named.split_once('/').map_or(named, |(_, them)| them),
                    None => rest,
                };
                let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
                (unescaped(address)?, query)
            }
            None => (text.to_owned(), ""),
        };
        let jid = Jid::parse_dropping_resource(&address).ok().filter(|jid| jid.local().is_some())?;
        let (mut name, mut group, mut token) = (None, None, None);
        for part in query.split([';', '&']) {
            let Some((key, value)) = part.split_once('=') else { continue };
            let value = unescaped(value).map(|value| shown(&value)).filter(|value| !value.is_empty());
            match key {
                "name" => name = value,
                "group" => group = value,
                "preauth" => token = value,
                _ => {}
            }
        }
        Some(Self { jid, name, group, token })
    }
}

/// An address as it stands in a link (RFC 5122 section 2.2): what could be taken for something else is percent-encoded.
pub fn link_address(jid: &Jid) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@' | b'+');
    let mut text = String::with_capacity(jid.as_str().len());
    for byte in jid.as_str().bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Without controls and characters that hide or turn others.
fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.trim().chars().filter(|c| !hidden(*c)).take(LONGEST).collect()
}

/// Undoes percent-encoding (RFC 3986 section 2.1); `None` where it is none, or no UTF-8.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_every_kind_of_link_name_the_same_person() {
        let read = |text: &str| ContactLink::read(text).map(|link| (link.jid.to_string(), link.name, link.group));
        let frank = |name: Option<&str>, group: Option<&str>| {
            Some(("frank@example.com".to_owned(), name.map(str::to_owned), group.map(str::to_owned)))
        };
        for plain in [
            "frank@example.com",
            " Frank@Example.com/phone ",
            "xmpp:frank@example.com",
            "XMPP:frank@example.com?subscribe",
            "xmpp:frank@example.com?message;body=hi#x",
            "xmpp://alice@example.com/frank@example.com",
            "xmpp:frank%40example.com",
            "xmpp:frank@example.com?roster;name=",
        ] {
            assert_eq!(read(plain), frank(None, None), "{plain}");
        }
        let full = "xmpp:frank@example.com?roster;name=Frank%20M%C3%BCller;group=Work";
        assert_eq!(read(full), frank(Some("Frank Müller"), Some("Work")));
        assert_eq!(read("xmpp:frank@example.com?roster&name=Frank"), frank(Some("Frank"), None));
        // What hides or turns letters does not come along.
        assert_eq!(read("xmpp:frank@example.com?roster;name=%E2%80%AEknarF"), frank(Some("knarF"), None));
    }

    #[test]
    fn what_names_nobody_is_no_link() {
        let long = format!("xmpp:frank@example.com?roster;name={}", "x".repeat(3000));
        for nobody in
            ["", "xmpp:", "example.com", "frank", "xmpp:%", "xmpp:%zz@x", "xmpp:%ff@x", "a b@@c", "xmpp:é?", &long]
        {
            assert_eq!(ContactLink::read(nobody), None, "{nobody}");
        }
    }
}
