//! Which address of this machine leads somewhere: a look at the system's routes that sends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The address from which the system would reach `to` at this moment; `None`: no route leads there.
///
/// Connecting a datagram socket only chooses the route, and does not wait.
#[must_use]
pub fn local_towards(to: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if to.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(to).ok()?;
    socket.local_addr().ok().map(|at| at.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_this_machine_begins_at_this_machine() {
        let home = IpAddr::from(Ipv4Addr::LOCALHOST);
        assert_eq!(local_towards((home, 5060).into()), Some(home));
    }
}
