//! What a person gives to be provisioned with: an address, an https link, or a file.

use std::fmt;

use super::signature::PinnedKey;
use crate::model::{HttpsUrl, InvalidUrl, Jid};
use crate::platform::Secret;

/// The name of the key in a link's fragment, which never goes to the server: `https://…#ed25519=BASE64`.
const KEY_IN_FRAGMENT: &str = "ed25519=";
/// The name of the token there: `https://…#token=TOKEN`, or both with `&` between them.
const TOKEN_IN_FRAGMENT: &str = "token=";
/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 512;
/// Endings of what is taken for a file although it is written without a folder.
const FILE_ENDINGS: [&str; 4] = [".json", ".png", ".jpg", ".jpeg"];

/// Where a document is looked for.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// The address of a person, or a domain alone: found by discovery.
    Address(Jid),
    /// A link that somebody gave.
    Link {
        /// Where.
        url: HttpsUrl,
        /// The key that its signature has to be made with, if the link carries one.
        key: Option<PinnedKey>,
        /// What the server is told instead of a password, if the link carries it.
        token: Option<Secret>,
    },
    /// A file of this machine: a document, or a picture with a code.
    File(String),
}

/// The text is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A link that is not fetched.
    #[error("This link cannot be used: {0}.")]
    Link(InvalidUrl),
    /// The fragment names a key that is none.
    #[error("The key in this link is not one: it has to be 32 bytes in base64.")]
    Key,
    /// The fragment names a token that none is.
    #[error("The token in this link is not one: it has to be made of letters, digits and -._~+/=.")]
    Token,
    /// Nothing of the three.
    #[error("Write an address like alice@example.com, a link that begins with https://, or the name of a file.")]
    Unknown,
}

impl Source {
    /// Reads what was written, pasted or handed over.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if let Some((scheme, rest)) = text.split_once("://") {
            if scheme.eq_ignore_ascii_case("file") {
                return Ok(Self::File(rest.to_owned()));
            }
            return Self::link(text);
        }
        let lower = text.to_ascii_lowercase();
        let path = text.starts_with(['/', '.', '~']) || text.contains(['/', '\\']);
        if path || FILE_ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
            return Ok(Self::File(text.to_owned()));
        }
        let address = ["xmpp:", "sip:", "sips:", "acct:"]
            .iter()
            .find_map(|scheme| lower.starts_with(scheme).then(|| text.get(scheme.len()..)).flatten())
            .unwrap_or(text);
        match Jid::parse(address) {
            Ok(jid) if jid.domain().contains('.') => Ok(Self::Address(jid)),
            Ok(_) | Err(_) => Err(SourceError::Unknown),
        }
    }

    fn link(text: &str) -> Result<Self, SourceError> {
        let url = HttpsUrl::parse(text).map_err(SourceError::Link)?;
        let fragment = text.split_once('#').map_or("", |(_, fragment)| fragment);
        let part = |name: &str| fragment.split('&').find_map(|part| part.strip_prefix(name));
        let key = match part(KEY_IN_FRAGMENT) {
            Some(key) => Some(PinnedKey::parse(key).ok_or(SourceError::Key)?),
            None => None,
        };
        let token = match part(TOKEN_IN_FRAGMENT) {
            Some(token) if is_token(token) => Some(Secret::new(token)),
            Some(_) => return Err(SourceError::Token),
            None => None,
        };
        Ok(Self::Link { url, key, token })
    }
}

/// A `b64token` (RFC 6750 section 2.1).
pub fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && text.len() <= LONGEST_TOKEN && body.bytes().all(valid)
}

/// As a configuration keeps it: the key and the token of a link are kept beside it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(jid) => f.write_str(jid.as_str()),
            Self::Link { url, .. } => url.fmt(f),
            Self::File(path) => f.write_str(path),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address(_) => "Address(…)",
            Self::Link { .. } => "Link(…)",
            Self::File(_) => "File(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_links_and_files_are_told_apart() {
        for (text, expected) in [
            ("alice@example.com", "Address(…) alice@example.com"),
            (" xmpp:alice@example.com ", "Address(…) alice@example.com"),
            ("acct:alice@example.com", "Address(…) alice@example.com"),
            ("example.com", "Address(…) example.com"),
            ("https://example.com/a", "Link(…) https://example.com/a"),
            ("/tmp/a", "File(…) /tmp/a"),
            ("./a", "File(…) ./a"),
            ("card.PNG", "File(…) card.PNG"),
            ("document.json", "File(…) document.json"),
            ("file:///tmp/a", "File(…) /tmp/a"),
        ] {
            let source = Source::parse(text).expect(text);
            assert_eq!(format!("{source:?} {source}"), expected);
        }
        for text in ["", "alice", "alice@", "http://example.com/", "ftp://example.com", "a b"] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_carries_the_key_in_its_fragment_and_never_to_the_server() {
        let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let source = Source::parse(&format!("https://example.com/a#ed25519={key}")).expect("a link");
        let Source::Link { url, key: Some(pinned), token: None } = source else { panic!("a link with a key") };
        assert_eq!(url.to_string(), "https://example.com/a");
        assert_eq!(pinned.to_string(), key);
        assert_eq!(Source::parse("https://example.com/a#ed25519=short"), Err(SourceError::Key));
    }

    #[test]
    fn a_link_carries_a_token_in_its_fragment_beside_the_key() {
        let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        for text in [
            "https://example.com/a#token=ab.C-1_~+/==".to_owned(),
            format!("https://example.com/a#ed25519={key}&token=ab.C-1_~+/=="),
        ] {
            let Ok(Source::Link { url, token: Some(token), .. }) = Source::parse(&text) else { panic!("{text}") };
            assert_eq!((url.to_string().as_str(), token.expose()), ("https://example.com/a", "ab.C-1_~+/=="));
        }
        for wrong in ["", "=", "a b", "a\r\nX: y", &"a".repeat(600)] {
            let text = format!("https://example.com/a#token={wrong}");
            assert_eq!(Source::parse(&text), Err(SourceError::Token), "{text:.60}");
        }
    }
}
