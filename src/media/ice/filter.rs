//! Which candidates of a peer are checked at all (M02): nobody gets us to probe what is none of a call's business.

use std::net::{IpAddr, SocketAddr};

/// Ports below belong to services that never receive voice.
const LOWEST_PORT: u16 = 1_024;

/// What part of the world an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Loopback,
    LinkLocal,
    Private,
    /// RFC 6598: behind a provider's translator.
    Shared,
    Public,
}

fn range(ip: IpAddr) -> Option<Range> {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            match () {
                () if ip.is_unspecified() || ip.is_broadcast() || ip.is_multicast() || first == 0 || first >= 240 => {
                    None
                }
                () if ip.is_loopback() => Some(Range::Loopback),
                () if ip.is_link_local() => Some(Range::LinkLocal),
                () if ip.is_private() => Some(Range::Private),
                () if first == 100 && (64..128).contains(&second) => Some(Range::Shared),
                () => Some(Range::Public),
            }
        }
        IpAddr::V6(ip) => match () {
            // An address of version 4 in disguise would slip by the rows above (RFC 4291 section 2.5.5).
            () if ip.is_unspecified() || ip.is_multicast() || ip.to_ipv4_mapped().is_some() => None,
            () if ip.is_loopback() => Some(Range::Loopback),
            () if ip.is_unicast_link_local() => Some(Range::LinkLocal),
            () if ip.is_unique_local() => Some(Range::Private),
            () => Some(Range::Public),
        },
    }
}

/// Whether packets may go from one of these addresses of ours to that one of the peer's. A range that is not public is reached
/// only by whoever has an address in a range of that kind.
pub fn may_check(ours: impl IntoIterator<Item = IpAddr>, theirs: SocketAddr) -> bool {
    let Some(wanted) = range(theirs.ip()) else { return false };
    theirs.port() >= LOWEST_PORT
        && ours
            .into_iter()
            .filter(|ours| ours.is_ipv4() == theirs.is_ipv4())
            .any(|ours| wanted == Range::Public || range(ours) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m02_only_addresses_that_a_call_can_have_are_checked() {
        let rows: &[(&str, &str, bool)] = &[
            ("192.0.2.1", "198.51.100.7:4000", true),
            ("10.0.0.5", "198.51.100.7:4000", true),
            ("10.0.0.5", "192.168.1.9:4000", true),
            ("192.0.2.1", "192.168.1.9:4000", false),
            ("192.0.2.1", "127.0.0.1:4000", false),
            ("127.0.0.1", "127.0.0.1:4000", true),
            ("10.0.0.5", "100.64.3.3:4000", false),
            ("10.0.0.5", "169.254.1.1:4000", false),
            ("192.0.2.1", "0.0.0.0:4000", false),
            ("192.0.2.1", "0.1.2.3:4000", false),
            ("192.0.2.1", "224.0.0.251:5353", false),
            ("192.0.2.1", "255.255.255.255:4000", false),
            ("192.0.2.1", "250.1.1.1:4000", false),
            ("192.0.2.1", "198.51.100.7:0", false),
            ("192.0.2.1", "198.51.100.7:22", false),
            ("192.0.2.1", "198.51.100.7:25", false),
            ("192.0.2.1", "[2001:db8::1]:4000", false),
            ("2001:db8::2", "[2001:db8::1]:4000", true),
            ("2001:db8::2", "[::ffff:10.0.0.1]:4000", false),
            ("2001:db8::2", "[ff02::1]:4000", false),
            ("2001:db8::2", "[fe80::1]:4000", false),
            ("2001:db8::2", "[fd00::1]:4000", false),
            ("fd00::2", "[fd00::1]:4000", true),
            ("2001:db8::2", "[::]:4000", false),
        ];
        for (ours, theirs, allowed) in rows {
            assert_eq!(may_check([ours.parse().unwrap()], theirs.parse().unwrap()), *allowed, "{ours} -> {theirs}");
        }
    }
}
