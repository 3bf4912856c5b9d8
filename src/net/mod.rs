//! What every network shell shares: names (DNS), TLS with our own verifier, and the monitor of addresses.

pub mod dns;
pub mod tls;
