//! The UDP sockets of a call: an even port for RTP, the next one for RTCP (RFC 3550 section 11).

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

use rand::Rng;
use rand::rngs::StdRng;
use socket2::{Domain, Protocol, Socket, Type};

use crate::media::session::Channel;

/// Expedited forwarding (RFC 3246), in the upper six bits of the traffic class: routers that know it let voice pass first.
const EXPEDITED: u32 = 0xb8;

/// Pairs that are tried before the port range counts as used up.
const TRIES: u32 = 100;

/// Both sockets, non-blocking.
pub struct Sockets {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    address: SocketAddr,
}

impl Sockets {
    /// Binds a pair on this address, at a random even port of the range.
    pub fn bind(address: IpAddr, ports: &RangeInclusive<u16>, random: &mut StdRng) -> io::Result<Self> {
        let (low, high) = (ports.start().div_ceil(2), ports.end().saturating_sub(1) / 2);
        if low > high {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no pair of ports in the range"));
        }
        let mut last = io::ErrorKind::AddrInUse.into();
        for _ in 0..TRIES {
            let port = random.random_range(low..=high) * 2;
            let pair =
                udp(SocketAddr::new(address, port)).and_then(|rtp| Ok((rtp, udp(SocketAddr::new(address, port + 1))?)));
            match pair {
                Ok((rtp, rtcp)) => return Ok(Self { rtp, rtcp, address: SocketAddr::new(address, port) }),
                // Somebody has one of the two: try others.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Our RTP address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// One of the two.
    pub fn socket(&self, channel: Channel) -> &UdpSocket {
        match channel {
            Channel::Rtp => &self.rtp,
            Channel::Rtcp => &self.rtcp,
        }
    }

    /// Sends; whatever the network answers to a datagram, the next one is tried just the same.
    pub fn send(&self, channel: Channel, to: SocketAddr, packet: &[u8]) {
        if let Err(error) = self.socket(channel).send_to(packet, to) {
            tracing::trace!(kind = ?error.kind(), "a packet was not sent");
        }
    }
}

/// A datagram socket for sound.
pub fn udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Without the right to mark packets they go unmarked.
    match address {
        SocketAddr::V4(_) => drop(socket.set_tos_v4(EXPEDITED)),
        SocketAddr::V6(_) => {
            socket.set_only_v6(true)?;
            #[cfg(unix)]
            drop(socket.set_tclass_v6(EXPEDITED));
        }
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}
