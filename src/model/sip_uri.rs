//! SIP addresses (RFC 3261 section 19.1), parsed leniently from cards and configuration, compared exactly.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// `sip:` or `sips:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SipScheme {
    /// `sip:`.
    Sip,
    /// `sips:`: TLS on every hop.
    Sips,
}

/// A SIP or SIPS URI without password and headers: those are never taken over from text
/// (RFC 3261 section 19.1.5 lists why headers are dangerous).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SipUri {
    scheme: SipScheme,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    params: Vec<(String, Option<String>)>,
}

/// The text is not a SIP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SIP address")]
pub struct InvalidSipUri;

impl SipUri {
    /// Builds a URI from its parts; the host is checked and lowered.
    pub fn new(scheme: SipScheme, user: Option<&str>, host: &str) -> Result<Self, InvalidSipUri> {
        Ok(Self {
            scheme,
            user: user.map(str::to_owned).filter(|user| !user.is_empty()),
            host: check_host(host)?,
            port: None,
            params: Vec::new(),
        })
    }

    /// Parses `sip:…` or `sips:…`. Headers (`?…`) and passwords are dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidSipUri> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':').ok_or(InvalidSipUri)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "sip" => SipScheme::Sip,
            "sips" => SipScheme::Sips,
            _ => return Err(InvalidSipUri),
        };
        // The user part may itself contain `;` and `?` (RFC 3261 user-unreserved), so split at `@` first.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let rest = rest.split('?').next().unwrap_or_default();
        let mut pieces = rest.split(';');
        let (host, port) = split_host_port(pieces.next().unwrap_or_default())?;
        let user = match user {
            None => None,
            Some(user) => {
                let user = user.split(':').next().unwrap_or_default();
                Some(percent_decode(user).ok_or(InvalidSipUri)?)
            }
        };
        if user.as_deref().is_some_and(|user| user.is_empty() || user.chars().any(char::is_control)) {
            return Err(InvalidSipUri);
        }
        let params = pieces
            .filter(|piece| !piece.is_empty())
            .map(|piece| match piece.split_once('=') {
                Some((name, value)) => (name.to_ascii_lowercase(), Some(value.to_owned())),
                None => (piece.to_ascii_lowercase(), None),
            })
            .collect::<Vec<_>>();
        if params
            .iter()
            .any(|(name, value)| !is_param_text(name) || value.as_deref().is_some_and(|value| !is_param_text(value)))
        {
            return Err(InvalidSipUri);
        }
        Ok(Self { scheme, user, host: check_host(host)?, port, params })
    }

    /// The scheme.
    pub fn scheme(&self) -> SipScheme {
        self.scheme
    }

    /// The user part, decoded.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host: a name in lower case, an IPv4 address, or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where the URI names one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The value of a URI parameter; `Some(None)` for one without a value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_deref())
    }

    /// The same URI with one parameter set.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
        self.params.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.params.push((name.to_ascii_lowercase(), value.map(str::to_owned)));
        self
    }

    /// The same URI with a port.
    #[must_use]
    pub fn with_port(mut self, port: Option<u16>) -> Self {
        self.port = port;
        self
    }

    /// Whether the user part stands for a telephone number (`;user=phone`, RFC 3261 section 19.1.1).
    pub fn is_phone(&self) -> bool {
        self.param("user") == Some(Some("phone"))
    }

    /// The address of record: scheme, user and host only, and the port where it is not the scheme's own.
    /// This is what identities are compared by: whole, with the domain, never by a part.
    #[must_use]
    pub fn address_of_record(&self) -> Self {
        let default = match self.scheme {
            SipScheme::Sip => 5060,
            SipScheme::Sips => 5061,
        };
        Self {
            scheme: self.scheme,
            user: self.user.clone(),
            host: self.host.clone(),
            port: self.port.filter(|port| *port != default),
            params: Vec::new(),
        }
    }

    /// Whether both name the same address of record. `sip:` and `sips:` name the same person;
    /// the user part is case-sensitive (RFC 3261 section 19.1.4), the host is not.
    pub fn same_address(&self, other: &Self) -> bool {
        let (a, b) = (self.address_of_record(), other.address_of_record());
        a.user == b.user && a.host == b.host && a.port == b.port
    }
}

fn is_param_text(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | '?' | '@'))
}

fn split_host_port(text: &str) -> Result<(&str, Option<u16>), InvalidSipUri> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']').ok_or(InvalidSipUri)?;
        (&text[..=end], text[end + 1..].strip_prefix(':').or(if text.len() == end + 1 { None } else { Some("bad") }))
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(InvalidSipUri)).transpose()?;
    Ok((host, port))
}

fn check_host(host: &str) -> Result<String, InvalidSipUri> {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: std::net::Ipv6Addr = inner.parse().map_err(|_| InvalidSipUri)?;
        return Ok(format!("[{address}]"));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let valid = !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        });
    if valid { Ok(host.to_ascii_lowercase()) } else { Err(InvalidSipUri) }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next()?, bytes.next()?];
            let hex = std::str::from_utf8(&hex).ok()?;
            out.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Writes a user part with everything escaped that RFC 3261 does not allow there.
fn write_user(user: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in user.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte);
        if plain {
            write!(f, "{}", char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

impl FromStr for SipUri {
    type Err = InvalidSipUri;

    fn from_str(text: &str) -> Result<Self, InvalidSipUri> {
        Self::parse(text)
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            SipScheme::Sip => "sip:",
            SipScheme::Sips => "sips:",
        })?;
        if let Some(user) = &self.user {
            write_user(user, f)?;
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (name, value) in &self.params {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

// Addresses are personal data: `Debug`, which ends up in logs, shows only the host (style habit 12).
impl fmt::Debug for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SipUri(…@{})", self.host)
    }
}

impl Serialize for SipUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_occur_are_parsed_and_written_back() {
        for (text, written) in [
            ("sip:alice@Example.COM", "sip:alice@example.com"),
            ("SIPS:alice@example.com:5061;transport=tls", "sips:alice@example.com:5061;transport=tls"),
            ("sip:example.com", "sip:example.com"),
            ("sip:a%20b@[2001:DB8::1]:5070", "sip:a%20b@[2001:db8::1]:5070"),
            ("sip:alice:secret@example.com?Replaces=x", "sip:alice@example.com"),
            (
                "sip:+4930123;phone-context=x@gw.example;user=phone",
                "sip:+4930123;phone-context=x@gw.example;user=phone",
            ),
        ] {
            assert_eq!(SipUri::parse(text).expect(text).to_string(), written);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "alice@example.com",
            "sip:",
            "sip:@example.com",
            "sip:a@b:0",
            "sip:a@b:99999",
            "sip:a@[::1",
            "sip:a@ex ample",
            "tel:+1",
            "sip:a@b;<x>",
        ] {
            assert!(SipUri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn identities_compare_whole_and_never_by_a_part() {
        let alice = SipUri::parse("sip:alice@good.example").expect("valid");
        assert!(alice.same_address(&SipUri::parse("sips:alice@GOOD.example:5061;transport=tls").expect("valid")));
        for other in
            ["sip:alice@evil.example", "sip:Alice@good.example", "sip:ali@good.example", "sip:alice@good.example:5080"]
        {
            assert!(!alice.same_address(&SipUri::parse(other).expect("valid")), "{other}");
        }
    }
}
