//! A call as the user's own devices tell each other of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{CallId, Direction, Jid, Via, WallTime};

/// A call of one of the user's devices.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedCall {
    /// Its name on that device; nobody else's.
    pub id: CallId,
    /// Who placed it.
    pub direction: Direction,
    /// How it was carried.
    pub via: Via,
    /// The own address over which it went.
    pub account: Arc<str>,
    /// The other side's address.
    pub uri: Arc<str>,
    /// What they were called.
    pub display: Arc<str>,
    /// The contact, where it was one for certain.
    pub jid: Option<Jid>,
    /// When it began.
    pub started: WallTime,
    /// When it was answered there.
    pub answered: Option<WallTime>,
    /// How long they talked, so far.
    pub duration: Duration,
    /// How it ended, as a code; absent while it goes on.
    pub end: Option<Arc<str>>,
}

// Whom people call is personal.
impl fmt::Debug for SharedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedCall")
            .field("direction", &self.direction)
            .field("answered", &self.answered.is_some())
            .field("ended", &self.end.is_some())
            .finish_non_exhaustive()
    }
}
