//! Header values that have a structure of their own.

use std::fmt;

use super::Method;
use super::params::{Params, split_outside_quotes, unquote};

/// An address in a header: From, To, Contact, Route, P-Asserted-Identity, … (RFC 3261 section 20.10).
#[derive(Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name, unquoted and without control characters.
    pub display: Option<String>,
    /// The URI as it was written, without angle brackets.
    pub uri: String,
    /// The header's parameters, `tag` among them; a URI's own parameters are in `uri`.
    pub params: Params,
}

impl NameAddr {
    /// An address without a name and without parameters.
    pub fn new(uri: &str) -> Self {
        Self { display: None, uri: uri.to_owned(), params: Params::default() }
    }

    /// Parses one value, `"Name" <uri>;params` or `uri;params`. `None` for anything else.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        let (display, rest) = if value.starts_with('"') {
            let end = end_of_quoted(value)?;
            (Some(unquote(value.get(..end)?)), value.get(end..)?.trim_start())
        } else if let Some(open) = value.find('<') {
            let name = value.get(..open)?.trim();
            ((!name.is_empty()).then(|| name.to_owned()), value.get(open..)?)
        } else {
            (None, value)
        };
        let (uri, params) = match rest.strip_prefix('<') {
            Some(inner) => inner.split_once('>')?,
            // Without brackets, parameters belong to the header (RFC 3261 section 20.10); a name needs brackets.
            // A `?` or a comma needs brackets too: whose it is would be a guess (RFC 4475 section 3.1.2.13).
            None if display.is_none() && !rest.contains(['?', ',']) => {
                rest.split_at(rest.find(';').unwrap_or(rest.len()))
            }
            None => return None,
        };
        let uri = uri.trim();
        let (scheme, specific) = uri.split_once(':')?;
        let scheme_valid = scheme.bytes().enumerate().all(|(at, b)| {
            if at == 0 { b.is_ascii_alphabetic() } else { b.is_ascii_alphanumeric() || b"+-.".contains(&b) }
        });
        if scheme.is_empty() || !scheme_valid || specific.is_empty() || uri.contains(char::is_whitespace) {
            return None;
        }
        let display = display
            .map(|name| name.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
            .filter(|name| !name.is_empty());
        Some(Self { display, uri: uri.to_owned(), params: Params::parse(params) })
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }

    /// The same with a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }
}

/// Writes it with brackets, so that no parameter changes its owner.
impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", quote(display))?;
        }
        let mut params = String::new();
        self.params.write(&mut params);
        write!(f, "<{}>{params}", self.uri)
    }
}

// Addresses are personal data.
impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameAddr(…)")
    }
}

/// One Via value (RFC 3261 section 20.42).
#[derive(Clone, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`.
    pub transport: String,
    /// Host and optional port, an IPv6 address in brackets.
    pub sent_by: String,
    /// `branch`, `received`, `rport`, …
    pub params: Params,
}

impl Via {
    /// Parses one value.
    pub fn parse(value: &str) -> Option<Self> {
        let (front, params) = value.split_at(value.find(';').unwrap_or(value.len()));
        // Whitespace may stand around the slashes (RFC 3261 section 25.1, SLASH).
        let (name, rest) = front.split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        if !name.trim().eq_ignore_ascii_case("SIP") || version.trim() != "2.0" {
            return None;
        }
        let rest = rest.trim();
        let (transport, sent_by) = rest.split_once(char::is_whitespace)?;
        let sent_by: String = sent_by.chars().filter(|c| !c.is_whitespace()).collect();
        (!sent_by.is_empty()).then(|| Self { transport: transport.to_owned(), sent_by, params: Params::parse(params) })
    }

    /// The `branch` parameter.
    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = String::new();
        self.params.write(&mut params);
        write!(f, "SIP/2.0/{} {}{params}", self.transport, self.sent_by)
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Via({})", self.transport)
    }
}

/// A CSeq value (RFC 3261 section 20.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number, below 2^31 in what we send.
    pub number: u32,
    /// The method.
    pub method: Method,
}

impl CSeq {
    /// Parses `4711 INVITE`.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let number = words.next()?;
        let method = words.next()?;
        if words.next().is_some() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self { number: number.parse().ok()?, method: Method::from_token(method) })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// A media type (RFC 3261 section 20.15), compared without case.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaType {
    /// `application/sdp`, in lower case.
    pub name: String,
    /// `boundary`, `charset`, …
    pub params: Params,
}

impl MediaType {
    /// Parses `type/subtype;params`.
    pub fn parse(value: &str) -> Option<Self> {
        let (name, params) = value.split_at(value.find(';').unwrap_or(value.len()));
        let (kind, subtype) = name.split_once('/')?;
        let (kind, subtype) = (kind.trim(), subtype.trim());
        let valid = !kind.is_empty() && !subtype.is_empty();
        valid.then(|| Self { name: format!("{kind}/{subtype}").to_ascii_lowercase(), params: Params::parse(params) })
    }
}

/// Splits a comma-separated header value outside of quoted strings and `<…>` (RFC 3261 section 7.3.1).
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    split_outside_quotes(value, ',').into_iter().map(str::trim).filter(|piece| !piece.is_empty())
}

/// A quoted string (RFC 3261 section 25.1); control characters are left out.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The index behind the closing quote of a text that starts with a quote.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_form() {
        for (text, display, uri, tag) in [
            ("\"A. \\\"B\\\", C\" <sip:a@b;lr>;tag=x", Some("A. \"B\", C"), "sip:a@b;lr", Some("x")),
            ("Bob<sips:b@c>", Some("Bob"), "sips:b@c", None),
            ("sip:a@b;tag=1", None, "sip:a@b", Some("1")),
            ("<tel:+1234>;TAG=q", None, "tel:+1234", Some("q")),
        ] {
            let parsed = NameAddr::parse(text).expect(text);
            assert_eq!((parsed.display.as_deref(), parsed.uri.as_str(), parsed.tag()), (display, uri, tag));
            assert_eq!(NameAddr::parse(&parsed.to_string()).as_ref(), Some(&parsed));
        }
    }

    #[test]
    fn s27_broken_addresses_are_refused_without_panic() {
        for text in [
            "</>",
            "\"name\\\" <sip:a@b>",
            "\"\\",
            "<",
            ">",
            "\"x\" sip:a@b",
            "<sip:a@b",
            "",
            "nothing",
            "<:x>",
            "<sip:>",
        ] {
            assert!(NameAddr::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn flags_are_seen_and_lists_split_only_at_real_commas() {
        let focus = NameAddr::parse("<sip:c@d>;isfocus;expires=5").expect("valid");
        assert!(focus.params.has("ISFOCUS") && focus.params.value("isfocus").is_none());
        let list: Vec<_> = split_list("\"a,b\" <sip:x,y@z>;q=1 , <sip:b@c>,,").collect();
        assert_eq!(list, ["\"a,b\" <sip:x,y@z>;q=1", "<sip:b@c>"]);
    }

    #[test]
    fn via_is_read_with_odd_spaces_and_ipv6() {
        let via = Via::parse("SIP / 2.0 / UDP  [2001:db8::1] : 5070;branch=z9hG4bKx;rport").expect("valid");
        assert_eq!(
            (via.transport.as_str(), via.sent_by.as_str(), via.branch()),
            ("UDP", "[2001:db8::1]:5070", Some("z9hG4bKx"))
        );
        assert!(via.params.has("rport"));
        assert!(Via::parse("SIP/2.0/UDP").is_none());
    }
}
