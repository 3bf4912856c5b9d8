//! Links in texts that others write: what is one, and what is odd about it (X22).
//!
//! Only a few schemes lead anywhere, and nothing is opened before the user clicks. A link whose words could deceive is
//! shown in full first.

use std::ops::Range;
use std::sync::Arc;

/// The longest link, in bytes; what is longer stays text.
const LONGEST: usize = 2048;
/// A link longer than this, in bytes, is shown in full before it is opened: its end is easily overlooked.
const UNUSUAL: usize = 300;
/// So many links of one text are found; further ones stay text.
const MOST: usize = 32;
/// The schemes that lead somewhere; everything else stays text.
const SCHEMES: &[(&str, LinkKind)] = &[
    ("https://", LinkKind::Web),
    ("http://", LinkKind::Web),
    ("mailto:", LinkKind::Mail),
    ("xmpp:", LinkKind::Chat),
    ("sips:", LinkKind::Call),
    ("sip:", LinkKind::Call),
    ("tel:", LinkKind::Call),
];

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// To the browser.
    Web,
    /// To the mail program.
    Mail,
    /// To a conversation.
    Chat,
    /// To a call, which is always asked about.
    Call,
}

/// What about a link could deceive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkOddity {
    /// What stands before an "@" looks like the site and is not.
    UserInfo,
    /// The site's name has letters that look like others.
    ForeignLetters,
    /// A number stands where the site's name should.
    NoName,
    /// It is so long that its end is easily overlooked.
    Long,
}

/// A link.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// The whole link as it was written.
    pub uri: Arc<str>,
    /// Where it leads.
    pub kind: LinkKind,
    /// The site, of a link to the web: what a browser would connect to, in ASCII where that is known.
    pub host: Option<Arc<str>>,
    /// What could deceive.
    pub odd: Option<LinkOddity>,
}

// What people send each other is personal (style habit 12).
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("kind", &self.kind).field("odd", &self.odd).finish_non_exhaustive()
    }
}

impl Link {
    /// Reads a text that is nothing but a link; `None`: it is none, or one of a scheme that leads nowhere.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let kind = scheme(text)?;
        if text.len() > LONGEST || text.chars().any(ends) {
            return None;
        }
        let rest = text.split_once(':').map(|(_, rest)| rest)?;
        let (host, odd) = match kind {
            LinkKind::Web => web(rest.strip_prefix("//")?)?,
            LinkKind::Mail | LinkKind::Chat | LinkKind::Call if rest.is_empty() => return None,
            // Whom these reach is shown, and asked about, by whoever opens them.
            LinkKind::Mail | LinkKind::Chat | LinkKind::Call => (None, None),
        };
        let odd = odd.or_else(|| (text.len() > UNUSUAL).then_some(LinkOddity::Long));
        Some(Self { uri: text.into(), kind, host, odd })
    }
}

/// The site of a link to the web and what is odd about it; `None`: there is no site.
fn web(rest: &str) -> Option<(Option<Arc<str>>, Option<LinkOddity>)> {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let host = match place.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() || host.starts_with('.') {
        return None;
    }
    let numeric =
        place.starts_with('[') || host.split('.').all(|label| label.parse::<u32>().is_ok() || hexadecimal(label));
    let foreign = !host.is_ascii() || host.split('.').any(|label| label.to_ascii_lowercase().starts_with("xn--"));
    let odd = if user.is_some() {
        Some(LinkOddity::UserInfo)
    } else if foreign {
        Some(LinkOddity::ForeignLetters)
    } else if numeric {
        Some(LinkOddity::NoName)
    } else {
        None
    };
    Some((Some(host.into()), odd))
}

/// Browsers read `0x7f000001` as an address.
fn hexadecimal(label: &str) -> bool {
    let digits = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit()))
}

fn scheme(text: &str) -> Option<LinkKind> {
    SCHEMES
        .iter()
        .find(|(scheme, _)| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
        .map(|(_, kind)| *kind)
}

/// What no link contains: white space, quotation marks and brackets that stand around links, and everything that is not
/// seen or turns its neighbours around (X20).
fn ends(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '\u{ab}' | '\u{bb}' | '\u{201c}' | '\u{201d}' | '\u{201e}')
        || is_hidden(c)
}

/// Characters that are not seen, or that turn the direction of their neighbours (X20).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Finds the links of a text in their order, each with its place in bytes. The work grows with the length of the text only.
#[must_use]
pub fn find_links(text: &str) -> Vec<(Range<usize>, Link)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(colon) = text.get(at..).and_then(|rest| rest.find(':')) {
        let colon = at + colon;
        at = colon + 1;
        let Some(start) = begin(text, colon) else { continue };
        if found.last().is_some_and(|(range, _): &(Range<usize>, Link)| start < range.end) {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let raw = rest.split(ends).next().unwrap_or_default();
        if raw.len() > LONGEST {
            at = start + raw.len();
            continue;
        }
        let trimmed = trimmed(raw);
        if let Some(link) = Link::parse(trimmed) {
            at = start + trimmed.len();
            found.push((start..at, link));
            if found.len() == MOST {
                break;
            }
        }
    }
    found
}

/// Where the scheme before a colon begins, where it is one that leads somewhere and stands alone.
fn begin(text: &str, colon: usize) -> Option<usize> {
    let before = text.get(..colon)?;
    let name = before.bytes().rev().take(6).take_while(u8::is_ascii_alphabetic).count();
    let start = colon - name;
    scheme(text.get(start..)?)?;
    // In the middle of a word or of another address it is none.
    let alone = before
        .get(..start)?
        .chars()
        .next_back()
        .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '@' | '/' | ':' | '.' | '-' | '_' | '+' | '%' | '='));
    // The directives of styling may stand in front.
    let styled = before.get(..start)?.ends_with('_');
    (alone || styled).then_some(start)
}

/// Without the marks that end a sentence, and closing brackets that the link does not open.
fn trimmed(raw: &str) -> &str {
    let mut link = raw;
    while let Some(last) = link.chars().next_back() {
        let pair = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => None,
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => return link,
        };
        if let Some(open) = pair
            && link.matches(open).count() >= link.matches(last).count()
        {
            return link;
        }
        link = link.get(..link.len() - last.len_utf8()).unwrap_or_default();
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        find_links(text)
            .into_iter()
            .map(|(range, link)| {
                assert_eq!(text.get(range), Some(&*link.uri));
                link.uri.to_string()
            })
            .collect()
    }

    #[test]
    fn links_are_found_as_people_write_them() {
        let rows: &[(&str, &[&str])] = &[
            ("see https://example.com/a.", &["https://example.com/a"]),
            ("(https://example.com/a_(b))", &["https://example.com/a_(b)"]),
            ("<https://example.com> and HTTP://EXAMPLE.org!", &["https://example.com", "HTTP://EXAMPLE.org"]),
            ("*https://example.com/x*", &["https://example.com/x"]),
            ("_https://example.com/x_", &["https://example.com/x"]),
            ("call tel:+4930123456, write mailto:a@example.com", &["tel:+4930123456", "mailto:a@example.com"]),
            ("xmpp:room@conf.example?join", &["xmpp:room@conf.example?join"]),
            ("at 10:30 it is note: this", &[]),
            ("https:// nothing", &[]),
            ("https://a.example:https://b.example", &["https://a.example:https://b.example"]),
        ];
        for (text, expected) in rows {
            assert_eq!(found(text), *expected, "{text}");
        }
    }

    #[test]
    fn x22_only_schemes_that_lead_to_the_web_mail_chats_and_calls_are_links() {
        for text in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "smb://host/share",
            "\\\\host\\share",
            "ms-msdt:/id",
            "data:text/html,x",
            "vbscript:x",
            "ssh://host",
            "myhttps://example.com",
            "x-https://example.com",
            "view-source:https://example.com",
        ] {
            assert!(Link::parse(text).is_none(), "{text}");
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn x22_a_link_that_could_deceive_says_why() {
        let rows = [
            ("https://bank.example@evil.example/", Some(LinkOddity::UserInfo), Some("evil.example")),
            ("https://bank.example:443@evil.example", Some(LinkOddity::UserInfo), Some("evil.example")),
            ("https://pаypal.example", Some(LinkOddity::ForeignLetters), Some("pаypal.example")),
            ("https://xn--pypal-4ve.example", Some(LinkOddity::ForeignLetters), Some("xn--pypal-4ve.example")),
            ("http://192.0.2.7/x", Some(LinkOddity::NoName), Some("192.0.2.7")),
            ("http://2130706433", Some(LinkOddity::NoName), Some("2130706433")),
            ("http://0x7f000001", Some(LinkOddity::NoName), Some("0x7f000001")),
            ("http://[2001:db8::1]:8080/", Some(LinkOddity::NoName), Some("2001:db8::1")),
            ("https://good.example\\@evil.example", None, Some("good.example")),
            ("https://example.com:8443/a@b", None, Some("example.com")),
            ("mailto:a@example.com", None, None),
        ];
        for (text, odd, host) in rows {
            let link = Link::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((link.odd, link.host.as_deref()), (odd, host), "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(UNUSUAL));
        assert_eq!(Link::parse(&long).and_then(|link| link.odd), Some(LinkOddity::Long));
    }

    #[test]
    fn x20_a_link_ends_where_hidden_characters_begin() {
        assert_eq!(found("https://example.com/\u{202e}gpj.exe"), ["https://example.com/"]);
        assert!(Link::parse("https://exam\u{200b}ple.com").is_none());
    }

    #[test]
    fn x21_a_flood_of_links_and_colons_costs_little() {
        let many = "https://a.example ".repeat(10_000);
        assert_eq!(find_links(&many).len(), MOST);
        assert!(find_links(&":".repeat(200_000)).is_empty());
        assert!(find_links(&format!("https://{}", "a".repeat(200_000))).is_empty());
        assert!(find_links(&"https:".repeat(50_000)).is_empty());
    }
}
