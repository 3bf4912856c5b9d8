//! TCP connections to the first address that answers ("Happy Eyeballs", RFC 8305).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::net::TcpStream;

/// The head start of one attempt before the next begins (RFC 8305 section 5, "Connection Attempt Delay").
const STAGGER: Duration = Duration::from_millis(250);

/// Why no connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// There was no address to try.
    #[error("there is no address to connect to")]
    NoAddress,
    /// Every address refused; the last one for this reason.
    #[error("the connection was refused ({0})")]
    Refused(std::io::ErrorKind),
    /// None answered in time.
    #[error("no connection in time")]
    Timeout,
}

/// Connects to the first of `addresses` that answers, within `limit` altogether.
///
/// Families alternate, IPv6 first, otherwise in the given order (RFC 8305 section 4). Each attempt has a head start of
/// 250 ms; a failed one starts the next at once. `TCP_NODELAY` is set: signalling is small and urgent.
pub async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<TcpStream, ConnectError> {
    tokio::time::timeout(limit, race(alternate(addresses))).await.unwrap_or(Err(ConnectError::Timeout))
}

async fn race(mut waiting: VecDeque<SocketAddr>) -> Result<TcpStream, ConnectError> {
    let mut attempts = FuturesUnordered::new();
    let mut outcome = ConnectError::NoAddress;
    loop {
        if let Some(next) = waiting.pop_front() {
            attempts.push(TcpStream::connect(next));
        }
        let finished = if waiting.is_empty() {
            attempts.next().await
        } else {
            match tokio::time::timeout(STAGGER, attempts.next()).await {
                Ok(finished) => finished,
                Err(_elapsed) => continue,
            }
        };
        match finished {
            Some(Ok(stream)) => {
                // Without it the connection works too, only slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Some(Err(error)) => outcome = ConnectError::Refused(error.kind()),
            None if waiting.is_empty() => return Err(outcome),
            None => {}
        }
    }
}

fn alternate(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let (mut v6, mut v4): (VecDeque<SocketAddr>, VecDeque<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6());
    let mut ordered = VecDeque::with_capacity(addresses.len());
    while !v6.is_empty() || !v4.is_empty() {
        ordered.extend(v6.pop_front());
        ordered.extend(v4.pop_front());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_and_ipv6_begins() {
        let [a, b, c]: [SocketAddr; 3] =
            ["192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1"].map(|text| text.parse().expect("an address"));
        assert_eq!(alternate(&[a, b, c]), [c, a, b]);
    }

    #[tokio::test]
    async fn a_dead_address_only_costs_its_head_start() {
        let alive = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let refused = dead.local_addr().expect("bound");
        drop(dead);
        let there = alive.local_addr().expect("bound");
        let stream = connect(&[refused, there], Duration::from_secs(5)).await.expect("the second answers");
        assert_eq!(stream.peer_addr().expect("connected"), there);
        let all_dead = connect(&[refused], Duration::from_secs(5)).await;
        assert_eq!(all_dead.err(), Some(ConnectError::Refused(std::io::ErrorKind::ConnectionRefused)));
        assert_eq!(connect(&[], Duration::from_secs(5)).await.err(), Some(ConnectError::NoAddress));
    }
}
