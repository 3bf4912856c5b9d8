//! A UDP socket towards one server.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::Outgoing;
use super::flow::{Inputs, TRAFFIC_CLASS};
use crate::model::Transport;
use crate::net::mark::mark;
use crate::sip::registration::{FlowProtection, OpenError};
use crate::sip::stack::{FlowId, parse_datagram};
use crate::sip::user_agent::FlowInput;

/// The largest datagram there is.
const LARGEST: usize = 65_535;

/// Carries a socket until it breaks (an error to tell) or until `outgoing` is closed (nothing to tell).
pub(super) async fn carry(
    id: FlowId,
    remote: SocketAddr,
    mut outgoing: mpsc::Receiver<Outgoing>,
    inputs: &Inputs,
) -> Option<OpenError> {
    let (socket, local) = match open(remote).await {
        Ok(opened) => opened,
        Err(error) => return Some(failure(&error)),
    };
    let opened = FlowInput::Opened { local, remote, transport: Transport::Udp, protection: FlowProtection::NONE };
    let _ = inputs.send((id, opened)).await;
    let mut buffer = vec![0; LARGEST];
    loop {
        tokio::select! {
            message = outgoing.recv() => {
                let (to, bytes) = message?;
                match socket.send_to(&bytes, to).await {
                    Ok(_) => {}
                    // The network is down; a lost datagram is the transactions' affair.
                    Err(error) if is_passing(&error) => {}
                    Err(error) => return Some(failure(&error)),
                }
            }
            received = socket.recv_from(&mut buffer) => {
                let (bytes, from) = match received {
                    Ok((length, from)) => (buffer.get(..length).unwrap_or_default(), from),
                    Err(error) if is_passing(&error) => continue,
                    Err(error) => return Some(failure(&error)),
                };
                let input = if bytes.iter().all(|byte| b"\r\n\0".contains(byte)) {
                    FlowInput::Pong
                } else {
                    FlowInput::Message { remote: from, message: parse_datagram(Bytes::copy_from_slice(bytes)).map(Box::new) }
                };
                if inputs.send((id, input)).await.is_err() {
                    return None;
                }
            }
        }
    }
}

/// A socket on the interface that leads to `remote`, and its address.
async fn open(remote: SocketAddr) -> io::Result<(UdpSocket, SocketAddr)> {
    let any: IpAddr = if remote.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    // Connecting a datagram socket sends nothing: it only asks the system for the route.
    let probe = UdpSocket::bind((any, 0)).await?;
    probe.connect(remote).await?;
    let ip = probe.local_addr()?.ip();
    drop(probe);
    // Not connected, so that another port of the proxy can be heard; everything else is dropped by the machine (S01).
    let socket = UdpSocket::bind((ip, 0)).await?;
    mark(&SockRef::from(&socket), TRAFFIC_CLASS);
    let local = socket.local_addr()?;
    Ok((socket, local))
}

/// Errors after which the socket is as good as before (ICMP, a route that is away for the moment).
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::PermissionDenied
    )
}

fn failure(error: &io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable => {
            OpenError::Unreachable
        }
        kind => OpenError::Local(kind.to_string()),
    }
}
