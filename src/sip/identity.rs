//! Who the other side of a call or a message says it is.

use std::fmt;
use std::sync::Arc;

use crate::model::Jid;

/// An address with a display name.
#[derive(Clone, PartialEq, Eq)]
pub struct NameAddress {
    /// The display name, unquoted, controls removed.
    pub display: Option<Arc<str>>,
    /// The address as text: `sip:`, `sips:` or `tel:`.
    pub uri: Arc<str>,
}

impl fmt::Debug for NameAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameAddress(…)")
    }
}

/// Who the other side says it is, and who vouches for it (P-7 of the manual).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallIdentity {
    /// The From header.
    pub from: NameAddress,
    /// P-Asserted-Identity, only when it came on our registration's own flow or from our own proxy; else empty.
    pub asserted: Vec<NameAddress>,
    /// The From's domain is ours and our registrar's proxy delivered it.
    pub from_own_domain: bool,
    /// The caller withholds its identity: `Privacy: id|user|header` or an anonymous From.
    pub anonymous: bool,
    /// `Call-Info: <xmpp:…>;purpose=impp` (RFC 6993): a hint where to look first, never proof.
    pub call_info: Option<Jid>,
}

/// Whether we say who we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anonymity {
    /// We do.
    #[default]
    Named,
    /// We do not (RFC 3323, RFC 3325): anonymous From, `Privacy: id`, neutral Contact.
    Anonymous,
}
