//! What a chat server keeps for its user: settings for both accounts, or an account for calls.

use std::fmt;
use std::sync::Arc;

/// What the server of a chat account answered when it was asked for settings after the sign-in.
#[derive(Clone, PartialEq, Eq)]
pub enum ServerSettings {
    /// There is nothing, or no answer came.
    None,
    /// A provisioning document, from a node that only the account itself can read and write (XEP-0223).
    Document {
        /// Its text.
        text: Arc<str>,
        /// An Ed25519 signature over that text, in base64.
        signature: Option<Arc<str>>,
    },
    /// An account for calls (Openfire's `sipark`).
    Phone(PhoneAccount),
    /// There is something that cannot be trusted: a sentence says why.
    Refused(Arc<str>),
}

/// An account for calls as a chat server describes it. Nothing in it is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneAccount {
    /// The user part of its address.
    pub user: String,
    /// The name for the sign-in, where it is another one.
    pub sign_in_as: Option<String>,
    /// A password made for this account; none: the user's own.
    pub password: Option<String>,
    /// The domain.
    pub server: String,
    /// Where requests are sent first.
    pub proxy: Option<String>,
}

/// Addresses and passwords stay out of logs.
impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Document { .. } => "Document(…)",
            Self::Phone(_) => "Phone(…)",
            Self::Refused(_) => "Refused(…)",
        })
    }
}

impl fmt::Debug for PhoneAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneAccount(…)")
    }
}
