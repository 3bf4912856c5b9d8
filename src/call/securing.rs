//! How the sound of a call is protected at this moment, and what becomes of a call whose keys fail or wear out.

use super::machine::{Phase, UserCall};
use super::own_end::{end, incompatible};
use crate::media::dtls::DtlsError;
use crate::model::{EndedBy, KeyState, MediaEncryption, Now};
use crate::sdp::{Fingerprint, Negotiated, SdpError};
use crate::sip;

impl UserCall {
    fn is_secured(&self, plan: &Negotiated) -> bool {
        plan.dtls.as_ref().is_some_and(|dtls| self.secured == Some(dtls.association))
    }

    /// What is true now: a handshake that is under way protects nothing yet.
    pub(super) fn encryption_of(&self, plan: &Negotiated) -> MediaEncryption {
        match (&plan.srtp, &plan.dtls) {
            (_, Some(_)) if self.is_secured(plan) => MediaEncryption::Dtls,
            (_, Some(_)) => MediaEncryption::None,
            (Some(_), None) => MediaEncryption::Sdes,
            (None, None) => MediaEncryption::None,
        }
    }

    pub(super) fn key_state_of(&self, plan: &Negotiated) -> KeyState {
        match &plan.dtls {
            Some(_) if !self.is_secured(plan) => KeyState::Agreeing,
            // RFC 5763 section 8: without the integrity of the signalling, fingerprints could be anybody's.
            Some(_) if !self.settings.capabilities.secure_signalling => KeyState::Unvouched,
            Some(dtls) => match self.proof {
                // A word about one handshake says nothing of the next.
                Some((association, state)) if association == dtls.association => state,
                Some(_) | None => KeyState::Settled,
            },
            None => KeyState::Settled,
        }
    }

    /// The handshake that is done and whose certificate the other end has, where there is one and only one that it can have.
    pub fn proven_certificate(&self) -> Option<(u32, Fingerprint)> {
        let plan = self.plan.as_ref().filter(|plan| self.is_secured(plan))?;
        let dtls = plan.dtls.as_ref()?;
        match dtls.fingerprints.as_slice() {
            [only] => Some((dtls.association, only.clone())),
            _ => None,
        }
    }

    /// What their chat account says of the keys of the present handshake.
    pub fn set_key_proof(&mut self, state: KeyState) {
        let (Some((association, _)), Some(plan)) = (self.proven_certificate(), self.plan.clone()) else { return };
        if self.proof != Some((association, state)) {
            self.proof = Some((association, state));
            self.view.keys = self.key_state_of(&plan);
            self.changed();
        }
    }

    /// The handshake of the present plan is done.
    pub(super) fn handle_secured(&mut self, now: Now) {
        let Some(plan) = self.plan.clone() else { return };
        self.secured = plan.dtls.as_ref().map(|dtls| dtls.association);
        self.view.keys = self.key_state_of(&plan);
        let encryption = self.encryption_of(&plan);
        if let Some(media) = &mut self.view.media {
            media.encryption = encryption;
        }
        self.follow_text(&plan, now);
        self.changed();
    }

    /// There will be no keys: the call ends rather than going on in the clear or in silence (M07).
    pub(super) fn handle_security_failed(&mut self, error: DtlsError, now: Now) {
        let text = match error {
            DtlsError::Fingerprint => {
                "The other device's certificate is not the one that was announced: somebody may stand between you. The call \
                 was ended, and nothing was said in the clear."
            }
            DtlsError::Timeout => {
                "The two devices could not agree on keys: the network lets nothing of it through, or the other side does not \
                 answer. The call was ended, and nothing was said in the clear."
            }
            DtlsError::Profile | DtlsError::SetUp => {
                "The two devices found no way to encrypt sound that both know. The call was ended, and nothing was said in the \
                 clear."
            }
        };
        match self.phase {
            Phase::Inviting | Phase::AwaitingAnswer | Phase::Talking => {
                self.hang_up(now);
                self.view.end = Some(end("not-secure", text, EndedBy::Local));
            }
            Phase::Preparing(_) | Phase::Offered { .. } | Phase::Ending { .. } | Phase::Ended => {}
        }
    }

    /// The other side cannot use what was offered. It is offered the next way to keys that the policy allows, never a weaker
    /// one; when there is none, the call ends as it was refused.
    pub(super) fn offer_other_keys(&mut self) {
        let call = self.view.id;
        match self.other_keys() {
            Some(offer) => self.send(sip::Command::Offer { call, sdp: offer.into() }),
            None => self.send(sip::Command::Hangup { call }),
        }
    }

    fn other_keys(&mut self) -> Option<String> {
        let negotiation = self.negotiation.as_mut()?;
        let other = negotiation.try_other_keys();
        negotiation.offer(false).ok().filter(|_| other)
    }

    /// The call was answered with keys that cannot be used, as old phones do that only look at the profile. The other way to keys
    /// is offered within it, and nothing flows before that is agreed on. False: there is none.
    pub(super) fn mend_keys(&mut self, error: SdpError, now: Now) -> bool {
        let about_keys = match error {
            SdpError::Keys | SdpError::Fingerprint | SdpError::DtlsOnly | SdpError::Unprotected => true,
            SdpError::Malformed
            | SdpError::NoAudio
            | SdpError::Rejected
            | SdpError::NoCommonCodec
            | SdpError::Address
            | SdpError::AnswerMismatch
            | SdpError::NoOffer
            | SdpError::OpenSignalling => false,
        };
        let Some(offer) = about_keys.then(|| self.other_keys()).flatten() else { return false };
        self.talk(now);
        self.pending_hold = Some(false);
        self.send(sip::Command::Offer { call: self.view.id, sdp: offer.into() });
        true
    }

    /// Whether the call was answered and waits for keys; then a refusal of what was offered last is its end.
    pub(super) fn end_without_keys(&mut self, now: Now) -> bool {
        let waits = matches!(self.phase, Phase::Talking) && self.plan.is_none();
        if waits {
            self.hang_up(now);
            self.view.end = Some(incompatible(SdpError::Keys));
        }
        waits
    }

    /// The keys have protected nearly all that they may (RFC 4568 section 6.1): the next offer brings new ones.
    pub(super) fn renew_keys(&mut self) {
        if matches!(self.phase, Phase::Talking) && self.plan.as_ref().is_some_and(|plan| plan.srtp.is_some()) {
            self.wants_keys = true;
            self.hold(self.held_here);
        }
    }
}
