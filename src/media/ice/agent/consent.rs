//! Consent (RFC 7675): a chosen pair is checked again and again, and nothing is sent to whoever does not answer.

use std::net::SocketAddr;
use std::time::Duration;

use rand::Rng as _;

use super::{Agent, Output};
use crate::media::ice::Way;
use crate::media::stun::{Class, Message};
use crate::model::Now;

/// Between two checks of a chosen pair (RFC 7675 section 5.1), varied by a fifth.
const CONSENT: Duration = Duration::from_secs(5);
/// Without an answer for this long nothing more is sent (RFC 7675 section 5.1).
pub(super) const CONSENT_LOST: Duration = Duration::from_secs(30);
/// Checks of consent whose answers may still come.
const MOST_CONSENT_CHECKS: usize = 8;

impl Agent {
    /// Whether this answers a check of consent.
    pub(super) fn consent_answered(&mut self, way: Way, from: SocketAddr, message: &Message<'_>, now: Now) -> bool {
        let Some(at) = self.consent_checks.iter().position(|(id, _)| *id == message.transaction) else { return false };
        let asked = self.consent_checks.remove(at).map_or(now.boot, |(_, asked)| asked);
        if message.class == Class::Success && self.selected == Some((way, from)) {
            self.heard_at = now.boot;
            if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.way == way && pair.remote == from) {
                pair.round_trip = Some(now.boot.saturating_since(asked));
            }
        }
        true
    }

    /// How long ago the peer last confirmed that our packets on the chosen pair reach it.
    #[must_use]
    pub fn consent_age(&self, now: Now) -> Option<Duration> {
        self.selected.map(|_| now.boot.saturating_since(self.heard_at))
    }

    pub(super) fn schedule_consent(&mut self, now: Now) {
        self.next_consent = Some(now.boot + CONSENT.mul_f64(self.random.random_range(0.8..1.2)));
    }

    pub(super) fn keep_consent(&mut self, now: Now) {
        let (Some((way, remote)), Some(due)) = (self.selected, self.next_consent) else { return };
        if now.boot.saturating_since(self.heard_at) >= CONSENT_LOST {
            self.over = true;
            self.outputs.push_back(Output::ConsentLost);
            return;
        }
        if now.boot < due {
            return;
        }
        let Some(at) = self.pairs.iter().position(|pair| pair.way == way && pair.remote == remote) else { return };
        let id = self.random.random();
        self.consent_checks.push_back((id, now.boot));
        if self.consent_checks.len() > MOST_CONSENT_CHECKS {
            self.consent_checks.pop_front();
        }
        // RFC 8445 section 8.1.1: the choice is repeated for a controlled side that missed it; it does no harm.
        self.request(at, id, true);
        self.schedule_consent(now);
    }
}
