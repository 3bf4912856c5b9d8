//! Which tone the user should hear, from all calls together.

use crate::media::Tone;
use crate::model::{Call, CallState, Direction, Ringtone};

/// The tone for these calls: ringing wins over everything while nobody talks; beside a conversation a waiting call
/// only knocks; `ringtone` says how a call rings; our own ringback plays while it rings there and nothing is heard from there.
pub fn wanted_tone<'a>(
    calls: impl Iterator<Item = &'a Call> + Clone,
    ringtone: impl Fn(&Call) -> Ringtone,
) -> Option<Tone> {
    let talking = calls.clone().any(|call| matches!(call.state, CallState::Active | CallState::Held));
    let rings = calls
        .clone()
        .find(|call| call.direction == Direction::Incoming && call.state == CallState::Ringing && !call.silenced);
    if let Some(call) = rings {
        return Some(if talking { Tone::CallWaiting } else { Tone::Ringing(ringtone(call)) });
    }
    let mut tone = None;
    for call in calls {
        match (call.direction, call.state) {
            (Direction::Outgoing, CallState::Ringing) => return Some(Tone::Ringback),
            (Direction::Outgoing, CallState::Ended) if !talking => {
                tone = match call.end.as_ref().map(|end| &*end.code) {
                    Some("busy" | "declined") => Some(Tone::Busy),
                    Some("not-found" | "unreachable" | "refused" | "failed") => Some(Tone::Congestion),
                    Some(_) | None => tone,
                };
            }
            _ => {}
        }
    }
    tone
}
