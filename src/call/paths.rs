//! What signalling tells of paths after the first exchange: candidates that come later (RFC 8838), and the pair that was chosen.

use super::machine::{Phase, UserCall};
use crate::media;
use crate::media::ice::Nominated;
use crate::model::Now;
use crate::sdp::{Candidate, later_candidates};
use crate::sip;

/// Candidates of ours that wait for the call to be answered. When full: further ones are not told; the checks find them.
const MOST_LATER: usize = 16;

impl UserCall {
    /// The peer found more addresses (RFC 8840).
    pub(super) fn handle_candidates(&mut self, fragment: &str) {
        let Some(ice) = self.plan.as_ref().and_then(|plan| plan.ice.as_ref()) else { return };
        let candidates = later_candidates(fragment, &ice.remote.credentials);
        if !candidates.is_empty() {
            self.send_media(media::Command::Candidates { call: self.view.id, candidates: candidates.into() });
        }
    }

    /// A server answered late: what it says stands in the answer that is yet to be written, or is told when the call is there.
    pub(super) fn handle_later_candidates(&mut self, further: &[Candidate]) {
        match (&self.phase, &mut self.negotiation) {
            (Phase::Offered { .. } | Phase::Preparing(_), Some(negotiation)) => {
                let _ = negotiation.add_candidates(further);
            }
            (_, _) => {
                let room = MOST_LATER.saturating_sub(self.later.len());
                self.later.extend(further.iter().take(room).cloned());
                self.tell_later_candidates();
            }
        }
    }

    /// INFO works only within a call (RFC 8840 section 4.3).
    pub(super) fn tell_later_candidates(&mut self) {
        if !matches!(self.phase, Phase::Talking) || self.later.is_empty() {
            return;
        }
        let further = std::mem::take(&mut self.later);
        if let Some(fragment) = self.negotiation.as_mut().and_then(|negotiation| negotiation.add_candidates(&further)) {
            self.send(sip::Command::Candidates { call: self.view.id, fragment: fragment.into() });
        }
    }

    /// Both sides settled on a path.
    pub(super) fn handle_nominated(&mut self, nominated: Nominated, now: Now) {
        let Nominated { local, remote, controlling } = nominated;
        let Some(negotiation) = &mut self.negotiation else { return };
        if negotiation.settle(local, remote, controlling) {
            self.tell_soon(now);
        }
    }
}
