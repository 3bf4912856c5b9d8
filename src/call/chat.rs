//! What differs where a call goes over chat (XEP-0166): it is placed to a chat address, and one that comes in may describe its
//! sound only after it was answered (XEP-0353). All else is as with SIP: offer and answer.

use std::sync::Arc;

use super::machine::{Output, Phase, UserCall};
use super::own_end::incompatible;
use crate::model::{Call, CallEnd, CallState, Jid, Now, Via};
use crate::sdp::{Negotiation, SdpError};
use crate::sip::{self, Callee};

/// Whom a call is placed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A SIP address.
    Phone(Callee),
    /// A chat address.
    Chat(Jid),
}

impl UserCall {
    /// Whether an offer can be answered at all, whatever the user does.
    pub(super) fn trial(&self, offer: &str) -> Result<(), SdpError> {
        // Any port will do to see whether the offer can be answered at all.
        let local = self.local_media((self.settings.local_address, 9).into());
        let mut trial = Negotiation::new(self.settings.capabilities.clone(), local);
        if self.settings.paths.is_some() {
            // Checks find the addresses: that of the description may be of another kind than ours.
            trial.set_candidates(Vec::new(), false);
        }
        trial.answer(offer, false).map(|_| ())
    }

    /// Whether a call over chat was answered here before its sound was described.
    pub(super) fn awaits_description(&self) -> bool {
        self.settings.via == Via::Jingle && matches!(self.phase, Phase::Offered { offer: None, answered: true })
    }

    /// Says that the call is taken, and that its sound may be described.
    pub(super) fn proceed(&mut self) {
        if !self.outputs.contains(&Output::Proceed) {
            self.outputs.push_back(Output::Proceed);
            // The user has answered: it rings no more, and the other side's words are due within seconds.
            self.view.silenced = true;
            self.view.said = Some("Connecting.".into());
            self.changed();
        }
    }

    /// The description of a call that came in without one.
    pub fn handle_description(&mut self, described: &Arc<str>, now: Now) {
        self.set_said(None);
        let answered = match &mut self.phase {
            Phase::Offered { offer: offer @ None, answered } => {
                *offer = Some(described.clone());
                *answered
            }
            Phase::Offered { .. }
            | Phase::Preparing(_)
            | Phase::Inviting
            | Phase::AwaitingAnswer
            | Phase::Talking
            | Phase::Ending { .. }
            | Phase::Ended => return,
        };
        if let Err(error) = self.trial(described) {
            self.send(sip::Command::Reject { call: self.view.id, code: error.status() });
            self.finish(incompatible(error), now);
        } else if answered {
            self.accept(now);
        }
    }

    /// Goes on with what another call with the same person was (XEP-0353 section 4.2): answered, with the microphone as it was,
    /// and on hold where that was.
    pub fn continue_call(&mut self, before: &Call, now: Now) {
        self.mute(before.muted);
        if before.state == CallState::Held {
            self.postponed_hold = Some((true, now.boot));
        }
        self.answer(now);
    }

    /// It rings there.
    pub fn handle_ringing(&mut self) {
        if matches!(self.phase, Phase::Inviting) && self.view.state == CallState::Dialing {
            self.set_state(CallState::Ringing);
        }
    }

    /// The other side says whether its microphone is off.
    pub fn set_muted_there(&mut self, muted: bool) {
        if self.view.muted_by_peer != muted {
            self.view.muted_by_peer = muted;
            self.changed();
        }
    }

    /// The other side says something that is worth showing, or takes it back.
    pub fn set_said(&mut self, said: Option<&str>) {
        if self.view.said.as_deref() != said {
            self.view.said = said.map(Arc::from);
            self.changed();
        }
    }

    /// It is over, by the other side's word or the network's. What we decided ourselves says more than what follows it.
    pub fn over(&mut self, end: CallEnd, now: Now) {
        let end = match (&self.phase, self.view.end.take()) {
            (Phase::Ending { .. }, Some(ours)) => ours,
            (_, _) => end,
        };
        self.finish(end, now);
    }
}
