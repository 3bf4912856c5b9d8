//! Name lookups with bounded time: addresses, SRV (RFC 2782), NAPTR (RFC 3403).

use std::net::{IpAddr, SocketAddr};

/// Looks names up, at the system's resolvers or at one that the configuration names.
#[derive(Clone)]
pub struct Resolver {
    #[expect(dead_code, reason = "filled by the implementation")]
    inner: std::sync::Arc<()>,
}

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host, without the trailing dot; "." means that the service does not exist here.
    pub target: String,
}

/// One NAPTR record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// Lower first.
    pub order: u16,
    /// Lower first among equal orders.
    pub preference: u16,
    /// `s`, `a`, `u`, ...
    pub flags: String,
    /// `SIP+D2T`, `SIPS+D2T`, `SIP+D2U`, ...
    pub services: String,
    /// The next name.
    pub replacement: String,
}

/// Why a lookup failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist or has no such record. (Lookups answer an empty list instead where that is not an error.)
    #[error("no such name")]
    NotFound,
    /// The name servers answered with a failure.
    #[error("the name servers failed")]
    ServerFailure,
    /// No answer in time.
    #[error("no answer from the name servers")]
    Timeout,
}

impl Resolver {
    /// A resolver at `server` (UDP and TCP), or at the system's when absent. `/etc/hosts` counts in both cases.
    pub fn new(server: Option<SocketAddr>) -> Self {
        let _ = server;
        todo!("net")
    }

    /// The SRV records of `name`, unordered, at most 64; empty when there are none. Within 5 s.
    pub async fn srv(&self, name: &str) -> Result<Vec<Srv>, DnsError> {
        let _ = name;
        todo!("net")
    }

    /// The NAPTR records of `name`, unordered, at most 64; empty when there are none. Within 5 s.
    pub async fn naptr(&self, name: &str) -> Result<Vec<Naptr>, DnsError> {
        let _ = name;
        todo!("net")
    }

    /// The IPv6 and IPv4 addresses of `host` (a literal answers itself), at most 16. Within 5 s.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        let _ = host;
        todo!("net")
    }
}

/// Orders SRV records as RFC 2782 says: by priority, then by weighted chance drawn from `seed`.
pub fn order_srv(records: Vec<Srv>, seed: u64) -> Vec<Srv> {
    let _ = (records, seed);
    todo!("net")
}
