//! BYEs that find no way out: they wait for the next registration, so that a peer is not left in a call that is over.
//!
//! RFC 3261 section 8.1.3.1 takes a BYE without an answer for answered with 408 or 503, and section 15.1.1 ends the call on
//! our side then. The peer knows nothing of it: its microphone would stay open until its own timers find out.

use std::time::Duration;

use super::UserAgent;
use crate::model::{BootTime, CallId, Now};
use crate::sip::digest::Rounds;
use crate::sip::stack::{ClientFailure, Method, Request};
use crate::sip::usage::{CallInput, CallMachine, RequestKey};

/// How many BYEs wait. When full: a further one fails as any request without a connection does.
pub(super) const MAX_LATE: usize = 128;
/// How long one waits. A peer without our sound has hung up by itself after that, or nobody listens any more.
pub(super) const LATE_FOR: Duration = Duration::from_secs(180);

/// A BYE that waits for a registration.
pub(super) struct Late {
    call: CallId,
    key: RequestKey,
    request: Request,
    until: BootTime,
}

impl<M: CallMachine> UserAgent<M> {
    /// Keeps a BYE for the next registration, and tells its call how long it may take. `false` when it must fail: it is no
    /// BYE, nobody is going to register, it has waited for [`LATE_FOR`] before, or too many wait.
    pub(super) fn put_off(&mut self, call: CallId, key: RequestKey, request: &Request, now: Now) -> bool {
        let known = self.calls.get(&call).and_then(|call| call.late_until);
        let until = known.unwrap_or(now.boot + LATE_FOR);
        let hopeless = self.registration.is_over() || self.registration.is_leaving() || until <= now.boot;
        if request.method != Method::Bye || hopeless || self.late.len() >= MAX_LATE {
            return false;
        }
        if let Some(call) = self.calls.get_mut(&call) {
            call.late_until = Some(until);
        }
        self.late.push(Late { call, key, request: request.clone(), until });
        self.tell(call, CallInput::PutOff { key, until }, now);
        true
    }

    /// There is a registration: sends what waited for it.
    pub(super) fn send_late(&mut self, now: Now) {
        for late in std::mem::take(&mut self.late) {
            self.send_for_call(late.call, late.key, late.request, Rounds::default(), now);
        }
    }

    /// Gives up what has waited too long, and everything when nobody is going to register.
    pub(super) fn give_up_late(&mut self, now: Now) {
        let hopeless = self.registration.is_over();
        let (gone, waiting) =
            std::mem::take(&mut self.late).into_iter().partition(|late| hopeless || late.until <= now.boot);
        self.late = waiting;
        for late in Vec::<Late>::from_iter(gone) {
            self.tell(late.call, CallInput::Failed { key: late.key, why: ClientFailure::Transport }, now);
        }
    }

    /// When the first one has waited too long.
    pub(super) fn late_deadline(&self) -> Option<BootTime> {
        self.late.iter().map(|late| late.until).min()
    }
}
