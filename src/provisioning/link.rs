//! The link to a document, as a JRD (RFC 7033 section 4.4) or an XRD (RFC 6415 section 3) names it.

use rxml::error::EndOrError;
use rxml::{Event, Parse as _, Parser};
use serde_json::Value;

use crate::model::{HttpsUrl, InvalidUrl, Jid};

/// The relation of a person, or of a domain, to a document for both accounts (an extension relation, RFC 8288 section 2.1.2).
pub const RELATION: &str = "urn:x-cusax:rel:provisioning";
/// Links that are looked at. When full, the rest does not count.
const MOST_LINKS: usize = 256;
/// The namespace of XRD 1.0.
const NS_XRD: &str = "http://docs.oasis-open.org/ns/xri/xrd-1.0";

/// Why a description leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It cannot be read at all.
    #[error("the answer cannot be read")]
    Unreadable,
    /// It names no document.
    #[error("no settings are named")]
    None,
    /// It names one that is not fetched.
    #[error("settings are named that are not fetched: {0}")]
    Refused(InvalidUrl),
    /// It names one on an address that only this machine or this house knows.
    #[error("settings are named at a private address")]
    Private,
}

/// Whose document is looked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    /// `acct:alice@example.com` (RFC 7565), or `https://example.com/` for a domain alone.
    pub uri: String,
    /// The domain.
    pub domain: String,
}

impl Subject {
    /// The subject of an address.
    pub fn of(address: &Jid) -> Self {
        let domain = address.domain().to_owned();
        let uri = match address.local() {
            // RFC 7565 section 7: what is not unreserved in the user part is percent-encoded.
            Some(local) => format!("acct:{}@{domain}", encode(local)),
            None => format!("https://{domain}/"),
        };
        Self { uri, domain }
    }

    /// A link, or a template of one with `{uri}` in it (RFC 6415 section 3.1.1).
    fn resolve(&self, link: &str) -> Result<HttpsUrl, LinkError> {
        let url = HttpsUrl::parse(&link.replace("{uri}", &encode(&self.uri))).map_err(LinkError::Refused)?;
        if url.is_public_name() || url.is_within(&self.domain) { Ok(url) } else { Err(LinkError::Private) }
    }

    /// The path and query of a WebFinger question (RFC 7033 section 4.1).
    pub fn webfinger(&self) -> String {
        format!("/.well-known/webfinger?resource={}&rel={}", encode(&self.uri), encode(RELATION))
    }

    /// A path with `{uri}` in it, filled.
    pub fn fill(&self, path: &str) -> String {
        path.replace("{uri}", &encode(&self.uri))
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subject(…)")
    }
}

/// Everything but unreserved characters (RFC 3986 section 2.3), percent-encoded.
pub fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The document that a JRD names for `subject`.
pub fn in_jrd(body: &[u8], subject: &Subject) -> Result<HttpsUrl, LinkError> {
    let jrd: Value = serde_json::from_slice(body).map_err(|_| LinkError::Unreadable)?;
    let links = match (jrd.is_object(), jrd.get("links")) {
        (false, _) => return Err(LinkError::Unreadable),
        (true, None) => return Err(LinkError::None),
        (true, Some(links)) => links.as_array().ok_or(LinkError::Unreadable)?,
    };
    let text = |link: &Value, key: &str| link.get(key).and_then(Value::as_str).map(str::to_owned);
    let links = links.iter().take(MOST_LINKS).map(|link| Link {
        rel: text(link, "rel").unwrap_or_default(),
        kind: text(link, "type"),
        target: text(link, "href").or_else(|| text(link, "template")),
    });
    choose(links, subject)
}

/// The document that an XRD names for `subject`. Read as a stream of tags: no tree, so nothing to nest.
pub fn in_xrd(body: &[u8], subject: &Subject) -> Result<HttpsUrl, LinkError> {
    let mut parser = Parser::default();
    let mut rest = body;
    let mut links = Vec::new();
    let mut depth = 0usize;
    loop {
        match parser.parse(&mut rest, true) {
            Ok(Some(Event::StartElement(_, (namespace, name), attributes))) => {
                depth += 1;
                if depth == 1 && (namespace.as_str() != NS_XRD || name.as_str() != "XRD") {
                    return Err(LinkError::Unreadable);
                }
                if depth == 2 && namespace.as_str() == NS_XRD && name.as_str() == "Link" && links.len() < MOST_LINKS {
                    let text = |key: &str| {
                        let named = attributes.iter().find(|((ns, name), _)| ns.is_empty() && name.as_str() == key);
                        named.map(|(_, value)| value.clone())
                    };
                    links.push(Link {
                        rel: text("rel").unwrap_or_default(),
                        kind: text("type"),
                        target: text("href").or_else(|| text("template")),
                    });
                }
            }
            Ok(Some(Event::EndElement(_))) => depth = depth.saturating_sub(1),
            Ok(Some(Event::XmlDeclaration(..) | Event::Text(..))) => {}
            Ok(None) => break,
            Err(EndOrError::NeedMoreData | EndOrError::Error(_)) => return Err(LinkError::Unreadable),
        }
    }
    choose(links.into_iter(), subject)
}

struct Link {
    rel: String,
    kind: Option<String>,
    target: Option<String>,
}

/// The first link of our relation that may be fetched: a weaker one before it does not count (XEP-0156 says why), and the
/// order of the rest is the publisher's preference (RFC 7033 section 4.4.4).
fn choose(links: impl Iterator<Item = Link>, subject: &Subject) -> Result<HttpsUrl, LinkError> {
    let mut refused = LinkError::None;
    for link in links.filter(|link| link.rel == RELATION) {
        let json = |kind: &String| kind == "application/json" || kind.ends_with("+json");
        let Some(target) = link.target.filter(|_| link.kind.as_ref().is_none_or(json)) else { continue };
        match subject.resolve(&target) {
            Ok(url) => return Ok(url),
            Err(why) if refused == LinkError::None => refused = why,
            Err(_) => {}
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Subject {
        Subject::of(&Jid::parse("alice@example.com").expect("an address"))
    }

    fn jrd(links: &str) -> Result<String, LinkError> {
        in_jrd(format!("{{\"subject\":\"acct:x\",\"links\":[{links}]}}").as_bytes(), &alice())
            .map(|url| url.to_string())
    }

    #[test]
    fn the_question_is_the_one_of_rfc_7033() {
        assert_eq!(
            alice().webfinger(),
            "/.well-known/webfinger?resource=acct%3Aalice%40example.com&rel=urn%3Ax-cusax%3Arel%3Aprovisioning"
        );
        let odd = Subject::of(
            &Jid::parse("o'neil&co@example.com").unwrap_or_else(|_| Jid::parse("a+b@example.com").expect("valid")),
        );
        assert!(!odd.webfinger().contains("&co"), "a name cannot add a parameter");
        assert_eq!(Subject::of(&Jid::parse("example.com").expect("a domain")).uri, "https://example.com/");
    }

    #[test]
    fn a_jrd_names_the_document_by_our_relation() {
        let ours = |href: &str| format!("{{\"rel\":\"{RELATION}\",\"type\":\"application/json\",\"href\":\"{href}\"}}");
        assert_eq!(jrd(&ours("https://example.com/d")), Ok("https://example.com/d".to_owned()));
        let other = "{\"rel\":\"http://webfinger.net/rel/avatar\",\"href\":\"https://example.com/a.png\"}";
        assert_eq!(jrd(&format!("{other},{}", ours("https://e.example/d"))), Ok("https://e.example/d".to_owned()));
        assert_eq!(jrd(other), Err(LinkError::None));
        assert_eq!(in_jrd(b"{}", &alice()), Err(LinkError::None));
        for nonsense in ["", "[]", "{\"links\":{}}", "<XRD/>", "{\"links\":[1,null,{}]"] {
            assert_eq!(in_jrd(nonsense.as_bytes(), &alice()), Err(LinkError::Unreadable), "{nonsense}");
        }
        let template = format!("{{\"rel\":\"{RELATION}\",\"template\":\"https://example.com/d?u={{uri}}\"}}");
        assert_eq!(jrd(&template), Ok("https://example.com/d?u=acct%3Aalice%40example.com".to_owned()));
    }

    #[test]
    fn x46_a_weaker_link_before_a_good_one_is_not_taken() {
        let ours = |href: &str| format!("{{\"rel\":\"{RELATION}\",\"href\":\"{href}\"}}");
        let mixed = format!("{},{}", ours("http://example.com/d"), ours("https://example.com/d"));
        assert_eq!(jrd(&mixed), Ok("https://example.com/d".to_owned()));
        assert_eq!(jrd(&ours("http://example.com/d")), Err(LinkError::Refused(InvalidUrl::NotHttps)));
        for private in ["https://127.0.0.1/d", "https://localhost/d", "https://[::1]/d", "https://router.local/d"] {
            assert_eq!(jrd(&ours(private)), Err(LinkError::Private), "{private}");
        }
        let many = vec!["{}"; MOST_LINKS].join(",");
        assert_eq!(jrd(&format!("{many},{}", ours("https://example.com/d"))), Err(LinkError::None));
    }

    #[test]
    fn x46_an_xrd_is_read_without_a_tree() {
        let xrd = |inside: &str| {
            let text = format!("<?xml version='1.0' encoding='UTF-8'?><XRD xmlns='{NS_XRD}'>{inside}</XRD>");
            in_xrd(text.as_bytes(), &alice()).map(|url| url.to_string())
        };
        let ours = format!("<Link rel='{RELATION}' type='application/json' href='https://example.com/d?a=1&amp;b=2'/>");
        assert_eq!(xrd(&ours), Ok("https://example.com/d?a=1&b=2".to_owned()));
        assert_eq!(xrd("<Subject>https://example.com</Subject>"), Err(LinkError::None));
        assert_eq!(xrd(&format!("<X>{ours}</X>")), Err(LinkError::None), "only a link of the description itself");
        let foreign = ours.replace("<Link", "<Link xmlns='urn:other'");
        assert_eq!(xrd(&foreign), Err(LinkError::None));
        let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
        assert_eq!(xrd(&deep), Err(LinkError::None));
        for nonsense in ["<!DOCTYPE XRD [<!ENTITY a 'b'>]><XRD/>", "<html/>", "", "<XRD", "{}"] {
            assert_eq!(in_xrd(nonsense.as_bytes(), &alice()), Err(LinkError::Unreadable), "{nonsense}");
        }
    }
}
