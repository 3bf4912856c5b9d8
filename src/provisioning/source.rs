//! What a person gives to be provisioned with: an address, an https link, or a file.

use std::fmt;

use super::signature::PinnedKey;
use crate::model::{HttpsUrl, InvalidUrl, Jid};

/// The name of the key in a link's fragment, which never goes to the server: `https://…#ed25519=BASE64`.
const KEY_IN_FRAGMENT: &str = "ed25519=";
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
        let key = match text.split_once('#').and_then(|(_, fragment)| fragment.strip_prefix(KEY_IN_FRAGMENT)) {
            Some(key) => Some(PinnedKey::parse(key).ok_or(SourceError::Key)?),
            None => None,
        };
        Ok(Self::Link { url, key })
    }
}

/// As a configuration keeps it: the key of a link is kept beside it.
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
        let Source::Link { url, key: Some(pinned) } = source else { panic!("a link with a key") };
        assert_eq!(url.to_string(), "https://example.com/a");
        assert_eq!(pinned.to_string(), key);
        assert_eq!(Source::parse("https://example.com/a#ed25519=short"), Err(SourceError::Key));
    }
}
