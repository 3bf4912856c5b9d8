//! A server that helps calls, named by a service of the user's (XEP-0215).

use std::fmt;
use std::sync::Arc;

use super::{Transport, WallTime};

/// A server that says what a router makes of our address (STUN), or a relay (TURN).
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalService {
    /// It relays packets.
    pub relay: bool,
    /// Its name or address.
    pub host: Arc<str>,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub transport: Transport,
    /// Name and password of a relay.
    pub login: Option<(Arc<str>, Arc<str>)>,
    /// When the password ends, by the clock of whoever named it.
    pub expires: Option<WallTime>,
}

// Where the user's sound may pass is personal, and the password is one (style habit 12).
impl fmt::Debug for ExternalService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalService(relay {}, {:?})", self.relay, self.transport)
    }
}
