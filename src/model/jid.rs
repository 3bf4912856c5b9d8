//! XMPP addresses (RFC 7622).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A bare JID, `local@domain` or `domain`, prepared and compared as RFC 7622 says. Cheap to copy: a person of the roster
/// stands under it in half a dozen tables.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jid(Arc<::jid::BareJid>);

/// A full JID: a bare JID and the resource of one connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullJid(::jid::FullJid);

/// The text is not a JID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an XMPP address")]
pub struct InvalidJid;

impl Jid {
    /// Parses a bare JID; a resource is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidJid> {
        ::jid::BareJid::new(text).map(Self::from).map_err(|_| InvalidJid)
    }

    /// Parses any JID and drops the resource.
    pub fn parse_dropping_resource(text: &str) -> Result<Self, InvalidJid> {
        ::jid::Jid::new(text).map(|jid| jid.to_bare().into()).map_err(|_| InvalidJid)
    }

    /// The local part, absent for a server or a component.
    pub fn local(&self) -> Option<&str> {
        self.0.node().map(|node| node.as_str())
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        self.0.domain().as_str()
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address of one connection of this account.
    pub fn with_resource(&self, resource: &str) -> Result<FullJid, InvalidJid> {
        self.0.with_resource_str(resource).map(FullJid).map_err(|_| InvalidJid)
    }
}

impl FullJid {
    /// Parses a full JID; the resource must be there.
    pub fn parse(text: &str) -> Result<Self, InvalidJid> {
        ::jid::FullJid::new(text).map(Self).map_err(|_| InvalidJid)
    }

    /// The address without the resource.
    pub fn bare(&self) -> Jid {
        self.0.to_bare().into()
    }

    /// The resource.
    pub fn resource(&self) -> &str {
        self.0.resource().as_str()
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Jid {
    type Err = InvalidJid;

    fn from_str(text: &str) -> Result<Self, InvalidJid> {
        Self::parse(text)
    }
}

impl From<::jid::BareJid> for Jid {
    fn from(jid: ::jid::BareJid) -> Self {
        Self(Arc::new(jid))
    }
}

impl From<Jid> for ::jid::BareJid {
    fn from(jid: Jid) -> Self {
        Arc::unwrap_or_clone(jid.0)
    }
}

impl From<::jid::FullJid> for FullJid {
    fn from(jid: ::jid::FullJid) -> Self {
        Self(jid)
    }
}

impl fmt::Display for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for FullJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// Addresses are personal data: `Debug`, which ends up in logs, shows only the domain (style habit 12).
impl fmt::Debug for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jid(…@{})", self.domain())
    }
}

impl fmt::Debug for FullJid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FullJid(…@{}/…)", self.0.domain())
    }
}

impl Serialize for Jid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_resource_are_handled_as_rfc_7622_says() {
        let jid = Jid::parse_dropping_resource("Alice@Example.COM/Desk").expect("valid");
        assert_eq!(jid.as_str(), "alice@example.com");
        assert!(Jid::parse("alice@example.com/desk").is_err());
        assert!(Jid::parse("").is_err());
    }

    #[test]
    fn debug_hides_the_person() {
        let jid = Jid::parse("alice@example.com").expect("valid");
        assert!(!format!("{jid:?}").contains("alice"));
    }
}
