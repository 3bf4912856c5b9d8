//! From whom messages over SIP are taken (C-06, C-08).

use crate::model::SipUri;

/// From whom messages over SIP (RFC 3428) are taken. Nobody's by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagePolicy {
    /// Where no exception says otherwise.
    pub by_default: bool,
    /// Whole addresses, which decide before hosts.
    pub addresses: Vec<(SipUri, bool)>,
    /// Hosts, in lower case.
    pub hosts: Vec<(String, bool)>,
}

impl MessagePolicy {
    /// Whether anybody's are taken: then MESSAGE is an allowed method.
    pub fn takes_any(&self) -> bool {
        self.by_default || self.addresses.iter().any(|(_, on)| *on) || self.hosts.iter().any(|(_, on)| *on)
    }

    /// Whether those of this address are taken.
    pub fn takes(&self, from: &SipUri) -> bool {
        let address = self.addresses.iter().rev().find(|(known, _)| known.same_address(from)).map(|(_, on)| *on);
        let host = || self.hosts.iter().rev().find(|(host, _)| host == from.host()).map(|(_, on)| *on);
        address.or_else(host).unwrap_or(self.by_default)
    }
}
