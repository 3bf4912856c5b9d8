//! Addresses of documents on the web, and what fetching one came to. Only `https` (RFC 9110 section 4.2.2) exists here.

use std::fmt;
use std::net::IpAddr;

/// The port where none is written (RFC 9110 section 4.2.2).
const PORT: u16 = 443;
/// The longest address in bytes; what is longer is no address of a document.
const LONGEST: usize = 2048;

/// An `https` address: host, port, path and query. A fragment is never sent and not kept.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HttpsUrl {
    /// Lower case, without a trailing dot; an IPv6 literal without its brackets.
    host: String,
    port: u16,
    /// Begins with `/`.
    path: String,
}

/// Why a text is no address that is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// `http:` or anything else: what comes without encryption can be anybody's.
    #[error("only https addresses are fetched")]
    NotHttps,
    /// `user@` before the host: it hides which host is meant (RFC 9110 section 4.2.4), and a password has no place there.
    #[error("an address with a user name or password in it is not fetched")]
    UserInfo,
    /// The host is missing or contains what no host can.
    #[error("the address names no host")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the address has a port that does not exist")]
    Port,
    /// A space, a control or another character that an address cannot contain.
    #[error("the address contains what an address cannot contain")]
    Character,
    /// More than 2048 bytes.
    #[error("the address is too long")]
    TooLong,
}

impl HttpsUrl {
    /// Reads an absolute address.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if text.len() > LONGEST {
            return Err(InvalidUrl::TooLong);
        }
        let rest = match text.get(..8) {
            Some(scheme) if scheme.eq_ignore_ascii_case("https://") => text.get(8..).unwrap_or_default(),
            Some(_) | None => return Err(InvalidUrl::NotHttps),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return Err(InvalidUrl::UserInfo);
        }
        let (host, port) = authority_parts(authority)?;
        Ok(Self { host, port, path: path_and_query(tail)? })
    }

    /// An address from its parts; `path` begins with `/`.
    pub fn new(host: &str, port: u16, path: &str) -> Result<Self, InvalidUrl> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self::parse(&format!("https://{host}:{port}{slash}{path}"))
    }

    /// Where a `Location` leads from here (RFC 3986 section 5.2).
    pub fn join(&self, reference: &str) -> Result<Self, InvalidUrl> {
        let authority = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let here = format!("https://{authority}:{}", self.port);
        let scheme_end = reference.find(':').filter(|end| {
            let scheme = reference.get(..*end).unwrap_or_default();
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        });
        if scheme_end.is_some() {
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("https://{rest}"));
        }
        if reference.starts_with('/') {
            return Self::parse(&format!("{here}{}", without_dots(reference)));
        }
        let path = self.path.split('?').next().unwrap_or("/");
        if reference.starts_with('?') {
            return Self::parse(&format!("{here}{path}{reference}"));
        }
        if reference.is_empty() || reference.starts_with('#') {
            return Ok(self.clone());
        }
        let folder = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("/");
        Self::parse(&format!("{here}{}", without_dots(&format!("{folder}{reference}"))))
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, as they are sent.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `host` or `host:port`, as the `Host` field wants it (RFC 9110 section 7.2).
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == PORT { host } else { format!("{host}:{}", self.port) }
    }

    /// The same address with this text at the end of its path, before a query.
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let path = match self.path.split_once('?') {
            Some((path, query)) => format!("{path}{suffix}?{query}"),
            None => format!("{}{suffix}", self.path),
        };
        Self { path, ..self.clone() }
    }

    /// The same scheme, host and port (RFC 6454 section 5).
    pub fn same_origin(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }

    /// The host is this domain or one below it.
    pub fn is_within(&self, domain: &str) -> bool {
        let domain = domain.trim_end_matches('.').to_lowercase();
        let below = self.host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
        !domain.is_empty() && (self.host == domain || below)
    }

    /// A name that others know too: no address in numbers, and none that means this machine or this house.
    pub fn is_public_name(&self) -> bool {
        let numbers = self.host.parse::<IpAddr>().is_ok();
        let last = self.host.rsplit('.').next().unwrap_or_default();
        let local = ["localhost", "local", "internal", "arpa"].contains(&last);
        // The last label of a name is never a number (RFC 3696 section 2): such a host is an address in disguise.
        let disguised = last.starts_with(|c: char| c.is_ascii_digit());
        self.host.contains('.') && !numbers && !local && !disguised
    }
}

fn authority_parts(authority: &str) -> Result<(String, u16), InvalidUrl> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (literal, after) = rest.split_once(']').ok_or(InvalidUrl::Host)?;
            let _: std::net::Ipv6Addr = literal.parse().map_err(|_| InvalidUrl::Host)?;
            (literal, if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(InvalidUrl::Host)?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        None | Some("") => PORT,
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok().filter(|port| *port != 0).ok_or(InvalidUrl::Port)?
        }
        Some(_) => return Err(InvalidUrl::Port),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
    // A letter of another script is allowed here; the name becomes A-labels before it is asked for.
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    if host.is_empty() || host.len() > 253 || host.contains("..") || !host.chars().all(allowed) {
        return Err(InvalidUrl::Host);
    }
    Ok((host, port))
}

fn path_and_query(tail: &str) -> Result<String, InvalidUrl> {
    let sent = tail.split('#').next().unwrap_or_default();
    if !sent.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`')) {
        return Err(InvalidUrl::Character);
    }
    Ok(if sent.starts_with('/') { sent.to_owned() } else { format!("/{sent}") })
}

/// RFC 3986 section 5.2.4, on the path; a query is left alone.
fn without_dots(reference: &str) -> String {
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    let (path, rest) = reference.split_at(end);
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}{rest}", kept.join("/"))
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.path)
    }
}

/// The query may name a person: only that there is an address.
impl fmt::Debug for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpsUrl(…)")
    }
}

/// A page that was fetched whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it was in the end, after redirects.
    pub url: HttpsUrl,
    /// The body.
    pub body: Vec<u8>,
    /// `ETag`, for the next time (RFC 9110 section 8.8.3).
    pub etag: Option<String>,
    /// The field `Provisioning-Signature`.
    pub signature: Option<String>,
}

/// What a server says that was asked.
#[derive(Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The page.
    Page(Page),
    /// What we have is still right (RFC 9110 section 15.4.5).
    NotModified,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(page) => page.fmt(f),
            Self::NotModified => f.write_str("NotModified"),
        }
    }
}

/// Why there is no page: whose fault it is decides what follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The name has no address.
    #[error("there is no such host")]
    NoHost,
    /// No name server answered.
    #[error("the name servers did not answer")]
    NoNames,
    /// Nobody listens there.
    #[error("nobody answers there")]
    Unreachable,
    /// Not done in time.
    #[error("there was no answer in time")]
    Timeout,
    /// The certificate is not one of this host's, by the authorities that count: a sentence.
    #[error("the server could not prove who it is: {0}")]
    Certificate(String),
    /// The connection broke, or what came is no HTTP.
    #[error("the connection broke")]
    Broken,
    /// The server says that there is nothing (404) or nothing any more (410).
    #[error("the server has nothing there (status {0})")]
    Gone(u16),
    /// The server wants to know who asks (401).
    #[error("the server wants to know who asks")]
    Unauthorized,
    /// Any other status that brings nothing.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// More redirects than are followed.
    #[error("the server sends us on and on")]
    TooManyRedirects,
    /// A redirect that is not followed.
    #[error("the server sends us where we do not go: {0}")]
    Redirect(InvalidUrl),
    /// A redirect to this machine, to an address in numbers, or to a name of this house.
    #[error("the server sends us to a private address")]
    PrivateRedirect,
    /// The body is larger than what is read.
    #[error("the answer is too large")]
    TooLarge,
    /// The body is not of a kind that was asked for.
    #[error("the answer is of the wrong kind ({0})")]
    WrongKind(String),
    /// The body is compressed although we asked for none of that.
    #[error("the answer is packed, which was not asked for")]
    Packed,
    /// The file of authorities cannot be used: a sentence.
    #[error("{0}")]
    Authorities(String),
}

impl WebError {
    /// The server itself says, over a verified connection, that there is nothing.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone(_))
    }

    /// Nobody was reached at all: no server said anything.
    pub fn is_network(&self) -> bool {
        matches!(self, Self::NoHost | Self::NoNames | Self::Unreachable | Self::Timeout | Self::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> HttpsUrl {
        HttpsUrl::parse(text).expect(text)
    }

    #[test]
    fn addresses_are_read_and_written_in_one_form() {
        for (text, written) in [
            ("https://Example.COM", "https://example.com/"),
            ("HTTPS://example.com.:443/a?b=c#d", "https://example.com/a?b=c"),
            ("https://example.com:8443?x", "https://example.com:8443/?x"),
            ("https://[2001:db8::1]:444/p", "https://[2001:db8::1]:444/p"),
            ("https://192.0.2.1/p", "https://192.0.2.1/p"),
        ] {
            assert_eq!(url(text).to_string(), written);
        }
        assert_eq!(format!("{:?}", url("https://example.com/?alice")), "HttpsUrl(…)");
    }

    #[test]
    fn x46_what_is_no_plain_https_address_is_refused_by_name() {
        for (text, why) in [
            ("http://example.com/", InvalidUrl::NotHttps),
            ("file:///etc/passwd", InvalidUrl::NotHttps),
            ("//example.com/", InvalidUrl::NotHttps),
            ("https://example.com@evil.example/", InvalidUrl::UserInfo),
            ("https://alice:secret@example.com/", InvalidUrl::UserInfo),
            ("https://", InvalidUrl::Host),
            ("https:///path", InvalidUrl::Host),
            ("https://a..b/", InvalidUrl::Host),
            ("https://a b/", InvalidUrl::Host),
            ("https://[::1/", InvalidUrl::Host),
            ("https://[::1]x/", InvalidUrl::Host),
            ("https://example.com:0/", InvalidUrl::Port),
            ("https://example.com:65536/", InvalidUrl::Port),
            ("https://example.com:+1/", InvalidUrl::Port),
            ("https://example.com/a b", InvalidUrl::Character),
            ("https://example.com/\r\nHost: evil", InvalidUrl::Character),
            ("https://example.com/\u{202e}", InvalidUrl::Character),
        ] {
            assert_eq!(HttpsUrl::parse(text), Err(why), "{text}");
        }
        assert_eq!(HttpsUrl::parse(&format!("https://e.example/{}", "a".repeat(3000))), Err(InvalidUrl::TooLong));
    }

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        let base = url("https://a.example:8443/b/c/d?q");
        for (reference, expected) in [
            ("g", "https://a.example:8443/b/c/g"),
            ("./g", "https://a.example:8443/b/c/g"),
            ("g/", "https://a.example:8443/b/c/g/"),
            ("/g", "https://a.example:8443/g"),
            ("//g.example", "https://g.example/"),
            ("?y", "https://a.example:8443/b/c/d?y"),
            ("", "https://a.example:8443/b/c/d?q"),
            ("#s", "https://a.example:8443/b/c/d?q"),
            ("..", "https://a.example:8443/b/"),
            ("../g", "https://a.example:8443/b/g"),
            ("../../../g", "https://a.example:8443/g"),
            ("/./g", "https://a.example:8443/g"),
            ("https://other.example/x:y", "https://other.example/x:y"),
        ] {
            assert_eq!(base.join(reference).expect(reference).to_string(), expected, "{reference}");
        }
        assert_eq!(base.join("http://a.example/"), Err(InvalidUrl::NotHttps));
        assert_eq!(base.join("javascript:alert(1)"), Err(InvalidUrl::NotHttps));
    }

    #[test]
    fn a_host_within_a_domain_ends_with_it_at_a_dot() {
        assert!(url("https://example.com/").is_within("Example.com"));
        assert!(url("https://setup.example.com/").is_within("example.com."));
        assert!(!url("https://badexample.com/").is_within("example.com"));
        assert!(!url("https://example.com.evil.example/").is_within("example.com"));
        assert!(!url("https://example.com/").is_within(""));
    }

    #[test]
    fn x46_only_names_that_others_know_too_are_public() {
        for (text, public) in [
            ("https://setup.example.com/", true),
            ("https://localhost/", false),
            ("https://a.localhost/", false),
            ("https://printer.local/", false),
            ("https://intranet/", false),
            ("https://127.0.0.1/", false),
            ("https://127.1/", false),
            ("https://0x7f.0x1/", false),
            ("https://[::1]/", false),
        ] {
            assert_eq!(url(text).is_public_name(), public, "{text}");
        }
    }

    #[test]
    fn a_suffix_goes_before_the_query() {
        assert_eq!(url("https://e.example/a?b").with_suffix(".sig").to_string(), "https://e.example/a.sig?b");
        assert_eq!(url("https://e.example/a").with_suffix(".sig").to_string(), "https://e.example/a.sig");
    }
}
