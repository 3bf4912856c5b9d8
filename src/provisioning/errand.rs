//! What it takes to fetch a document, and what that comes to.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Method, PinnedKey, SignatureState, Source};
use crate::model::{HttpsUrl, Jid, WebError};
use crate::platform::Secret;

/// One errand: find a document, fetch it, and check its signature.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Where to look.
    pub source: Source,
    /// A name server instead of the system's.
    pub resolver: Option<std::net::SocketAddr>,
    /// Files of more authorities.
    pub ca_files: Vec<PathBuf>,
    /// Whether the system's authorities count.
    pub system_authorities: bool,
    /// The user and the password of the sign-in, told only to servers of the user's own domain that ask for it.
    pub password: Option<(Jid, Secret)>,
    /// The key that the document has to be signed with; one in the link itself counts too.
    pub key: Option<PinnedKey>,
    /// What we have already: the `ETag` of the document at this address.
    pub known: Option<(HttpsUrl, String)>,
    /// Told instead of a password to the server of the document, when it asks (RFC 6750); one in the link itself counts too.
    pub token: Option<Secret>,
    /// The document is here already: the chat server had it.
    pub offered: Option<Offered>,
}

/// A document that the chat server keeps for its user.
#[derive(Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its text.
    pub text: Arc<str>,
    /// Its signature, in base64.
    pub signature: Option<Arc<str>>,
    /// What problems in it call it.
    pub name: Arc<str>,
}

/// What the document says stays out of logs.
impl std::fmt::Debug for Offered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Offered(…)")
    }
}

/// What was brought back.
#[derive(Clone, PartialEq, Eq)]
pub struct Brought {
    /// The document's text.
    pub text: Arc<str>,
    /// What problems in it call it: its address or its file.
    pub name: Arc<str>,
    /// How it was found.
    pub method: Method,
    /// Its address on the web, for the next time; none for a file.
    pub url: Option<HttpsUrl>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// What is known of its signature.
    pub signature: SignatureState,
    /// The key that it was checked with.
    pub key: Option<PinnedKey>,
    /// The token of the link that led to it.
    pub token: Option<Secret>,
}

/// What the document says stays out of logs.
impl std::fmt::Debug for Brought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brought")
            .field("method", &self.method)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// What an errand came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A document.
    Brought(Box<Brought>),
    /// The document that we have is still the right one.
    NotModified,
    /// Nobody publishes one for this address.
    NotOffered,
    /// The server itself says, over a verified connection, that it is not there (any more).
    Gone,
    /// The server wants to know who asks: it is at this address.
    Unauthorized(HttpsUrl),
    /// Nobody was reached: nothing is known.
    Unreachable(WebError),
    /// There is something that is not taken: a sentence says why.
    Refused(Arc<str>),
}
