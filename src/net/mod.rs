//! What every network shell shares: names (DNS), TCP connections, TLS with our own verifier, one bounded GET over HTTPS,
//! routes, marks for networks, and the monitor of addresses.

pub mod dns;
pub mod http;
pub mod mark;
pub mod monitor;
pub mod route;
pub mod tcp;
pub mod tls;
