//! Packets that keep the way through routers and relays open while the agreement lets us send no sound (RFC 6263).
//!
//! Whoever is held sends nothing, and within half a minute the routers on the way forget the call: the music of the holder
//! does not come through, and after the hold one side hears nothing. Relays that send to where packets come from never
//! learn a new address either.

use std::time::Duration;

use crate::model::BootTime;
use crate::sdp::{Negotiated, PayloadType};

/// How often one is sent (RFC 6263 section 7: Tr).
const INTERVAL: Duration = Duration::from_secs(15);
/// When the second one follows the first: a relay that moved with the hold waits for one, and one may get lost.
const AGAIN: Duration = Duration::from_secs(1);

/// When the next packet is due.
#[derive(Debug, Default)]
pub struct KeepAlive {
    /// The last one, and how many since sound was sent last.
    last: Option<(BootTime, u32)>,
}

impl KeepAlive {
    /// Whether a packet is to be sent now; `idle` means that no sound is.
    #[must_use]
    pub fn is_due(&mut self, idle: bool, now: BootTime) -> bool {
        if !idle {
            self.last = None;
            return false;
        }
        let (due, count) = match self.last {
            None => (true, 0),
            Some((at, 1)) => (now.saturating_since(at) >= AGAIN, 1),
            Some((at, count)) => (now.saturating_since(at) >= INTERVAL, count),
        };
        if due {
            self.last = Some((now, count.saturating_add(1)));
        }
        due
    }
}

/// A payload type that means nothing in this call, so that the packet is dropped behind the relay (RFC 6263 section 4.6,
/// RFC 3550 section 5.1).
pub fn unknown_payload_type(plan: &Negotiated) -> PayloadType {
    let means_something = |number: &PayloadType| {
        plan.send.0 == *number
            || plan.receive.iter().any(|(known, _)| known == number)
            || plan.events_send.is_some_and(|events| events.payload_type == *number)
            || plan.events_receive.iter().any(|events| events.payload_type == *number)
            || plan.helpers.redundancy_send == Some(*number)
            || plan.helpers.redundancy_receive == Some(*number)
    };
    (96..=127).rev().find(|number| !means_something(number)).unwrap_or(127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::testing::plan;
    use crate::sdp::Codec;

    #[test]
    fn the_first_comes_at_once_the_second_a_second_later_and_the_others_every_fifteen() {
        let mut keepalive = KeepAlive::default();
        let mut sent = Vec::new();
        for tenth in 0..600_u64 {
            if keepalive.is_due(true, BootTime::from_duration(Duration::from_millis(100 * tenth))) {
                sent.push(tenth);
            }
        }
        assert_eq!(sent, [0, 10, 160, 310, 460]);
        assert!(!keepalive.is_due(false, BootTime::from_duration(Duration::from_secs(100))), "sound flows");
        assert!(keepalive.is_due(true, BootTime::from_duration(Duration::from_secs(101))), "the next hold begins anew");
    }

    #[test]
    fn the_payload_type_is_one_that_nobody_agreed_on() {
        let mut plan = plan(Codec::Opus);
        plan.receive = (100..=127).map(|number| (number, Codec::Opus)).collect();
        assert_eq!(unknown_payload_type(&plan), 99);
    }
}
