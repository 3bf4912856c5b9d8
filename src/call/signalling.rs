//! What signalling and the media thread do to a call.

use std::net::SocketAddr;
use std::time::Duration;

use super::chat::Whom;
use super::end::{caption, describe};
use super::machine::{OutgoingCall, Output, Phase, UserCall};
use super::own_end::{end, incompatible};
use crate::media;
use crate::model::{CallState, EndedBy, Now};
use crate::sdp::{Negotiation, SdpError};
use crate::sip::{self, ForkId};

/// How many of the other side's digits are kept.
const DIGITS_KEPT: usize = 64;

/// How long the ACK to our 200 can be under way: 64 * T1 (RFC 3261 section 13.3.1.4).
const ACK_PATIENCE: Duration = Duration::from_secs(32);

/// How long a change waits that crossed one of the other side.
const POSTPONED: Duration = Duration::from_secs(1);

impl UserCall {
    /// What the media thread says.
    pub fn handle_media(&mut self, event: &media::Event, now: Now) {
        match event {
            media::Event::Opened { rtp, .. } => self.handle_opened(*rtp, now),
            media::Event::Candidates { candidates, complete, .. } => {
                self.candidates = Some((candidates.to_vec(), *complete));
            }
            media::Event::LaterCandidates { candidates, .. } => self.handle_later_candidates(candidates),
            media::Event::Nominated { nominated, .. } => self.handle_nominated(*nominated, now),
            media::Event::PathLost { .. } => self.restart_paths(now),
            media::Event::MoveFailed { .. } => self.handle_move_failed(now),
            media::Event::OpenFailed { reason, .. } => {
                match self.phase {
                    Phase::Offered { .. } => self.send(sip::Command::Reject { call: self.view.id, code: 480 }),
                    Phase::Inviting | Phase::AwaitingAnswer | Phase::Talking => {
                        self.send(sip::Command::Hangup { call: self.view.id });
                    }
                    Phase::Preparing(_) | Phase::Ending { .. } | Phase::Ended => {}
                }
                self.finish(end("failed", &format!("No sound can be sent: {reason}"), EndedBy::Local), now);
            }
            media::Event::Digit { digit, .. } => self.handle_digit(*digit),
            media::Event::Silence { silent, .. } => self.hear(!silent),
            media::Event::Secured { .. } => self.handle_secured(now),
            media::Event::SecurityFailed { error, .. } => self.handle_security_failed(*error, now),
            media::Event::KeysAging { .. } => self.renew_keys(),
            media::Event::KeysTurned { .. } => {
                if let Some(negotiation) = &mut self.negotiation {
                    negotiation.note_turned();
                }
            }
            media::Event::Flowing { .. } => self.hear(true),
            media::Event::TextOpened { port, .. } => self.handle_text_opened(*port, now),
            media::Event::Text { text, .. } => self.handle_text(text, now),
            media::Event::Stats { .. }
            | media::Event::Helped { .. }
            | media::Event::Meters(_)
            | media::Event::Speaking { .. }
            | media::Event::Pace(_)
            | media::Event::Recording { .. }
            | media::Event::Rehearsed(_)
            | media::Event::Devices(_)
            | media::Event::Identity(_)
            | media::Event::Note(_)
            | media::Event::DeviceProblem(_) => {}
        }
    }

    /// F16: silence is worth a word only while the two talk; a held call is silent by agreement.
    fn hear(&mut self, heard: bool) {
        let silent = !heard && matches!(self.phase, Phase::Talking) && self.view.state == CallState::Active;
        if self.view.silent != silent {
            self.view.silent = silent;
            self.changed();
        }
    }

    fn handle_opened(&mut self, rtp: SocketAddr, now: Now) {
        if self.moved(rtp, now) {
            return;
        }
        let mut negotiation = Negotiation::new(self.settings.capabilities.clone(), self.local_media(rtp));
        if let Some((candidates, complete)) = self.candidates.take() {
            negotiation.set_candidates(candidates, complete);
        }
        self.negotiation = Some(negotiation);
        self.prepare_text();
        match &self.phase {
            Phase::Preparing(outgoing) => {
                let outgoing = outgoing.clone();
                self.invite(*outgoing, now);
            }
            Phase::Offered { answered: true, .. } => self.accept(now),
            Phase::Offered { answered: false, .. }
            | Phase::Inviting
            | Phase::AwaitingAnswer
            | Phase::Talking
            | Phase::Ending { .. }
            | Phase::Ended => {}
        }
    }

    fn invite(&mut self, outgoing: OutgoingCall, now: Now) {
        let Some(negotiation) = &mut self.negotiation else { return };
        match negotiation.offer(false) {
            Ok(offer) => {
                self.digits = outgoing.digits;
                self.phase = Phase::Inviting;
                match outgoing.callee {
                    Whom::Phone(to) => self.send(sip::Command::Invite {
                        call: self.view.id,
                        to,
                        offer: offer.into(),
                        call_info: outgoing.call_info,
                        anonymity: outgoing.anonymity,
                        referral: outgoing.referral,
                    }),
                    Whom::Chat(to) => self.outputs.push_back(Output::Propose(to, offer.into())),
                }
                self.set_state(CallState::Dialing);
            }
            Err(error) => self.finish(incompatible(error), now),
        }
    }

    /// Answers an incoming call as soon as the user has answered and the sockets are there.
    pub(super) fn accept(&mut self, now: Now) {
        if self.awaits_description() {
            return self.proceed();
        }
        let Phase::Offered { offer, answered: true } = &self.phase else { return };
        let Some(negotiation) = &mut self.negotiation else { return };
        let call = self.view.id;
        match offer.clone() {
            Some(offer) => match negotiation.answer(&offer, false) {
                Ok((answer, plan)) => {
                    self.send(sip::Command::Answer { call, sdp: answer.into() });
                    self.start(plan, now);
                    self.talk(now);
                }
                Err(error) => {
                    self.send(sip::Command::Reject { call, code: error.status() });
                    self.finish(incompatible(error), now);
                }
            },
            None => match negotiation.offer(false) {
                Ok(offer) => {
                    self.send(sip::Command::Answer { call, sdp: offer.into() });
                    self.phase = Phase::AwaitingAnswer;
                    self.note_answered(now);
                    self.set_state(CallState::Active);
                }
                Err(error) => {
                    self.send(sip::Command::Reject { call, code: 488 });
                    self.finish(incompatible(error), now);
                }
            },
        }
    }

    /// What the user agent says of this call.
    pub fn handle_sip(&mut self, event: &sip::Event, now: Now) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        match event {
            sip::Event::Progress { code, text, fork, sdp, .. } => {
                self.note_said(*code, text.as_deref());
                self.handle_progress(*code, *fork, sdp.as_deref(), now);
            }
            sip::Event::Answered { fork, sdp, .. } => self.handle_answered(*fork, sdp.as_deref(), now),
            sip::Event::Confirmed { sdp, .. } => self.handle_confirmed(sdp.as_deref(), now),
            sip::Event::OfferReceived { sdp, .. } => self.handle_offer(sdp.as_deref(), now),
            sip::Event::OfferAnswered { sdp, .. } => self.handle_offer_answered(sdp, now),
            sip::Event::OfferRefused { code, .. } => self.handle_offer_refused(*code, now),
            sip::Event::Ended { end, .. } => {
                let end = match (&self.phase, self.view.end.take()) {
                    // What we decided ourselves (no answer in time) says more than the 487 that follows.
                    (Phase::Ending { .. }, Some(ours)) => ours,
                    (_, _) => describe(end),
                };
                self.finish(end, now);
            }
            sip::Event::Unanswered { .. } => {
                self.end_unanswered(408, now);
            }
            sip::Event::Adrift { .. } => self.place_again(now),
            sip::Event::Digit { digit, .. } => self.handle_digit(*digit),
            sip::Event::Candidates { fragment, .. } => self.handle_candidates(fragment),
            sip::Event::DigitsRefused { digits, .. } => self.handle_digits_refused(digits),
            sip::Event::Transfer { news, .. } => self.handle_transfer(news, now),
            sip::Event::Redirected { .. }
            | sip::Event::Focus { .. }
            | sip::Event::Connected { .. }
            | sip::Event::PeerAsked { .. }
            | sip::Event::Connecting
            | sip::Event::OtherDevices(_)
            | sip::Event::Registered { .. }
            | sip::Event::Probed { .. }
            | sip::Event::Subscription { .. }
            | sip::Event::MessagesWaiting(_)
            | sip::Event::Unregistered { .. }
            | sip::Event::Failed(_)
            | sip::Event::MessageReceived(_)
            | sip::Event::MessageAnswered { .. }
            | sip::Event::Incoming(_) => {}
        }
    }

    /// A key of the other side, by RFC 4733 or by INFO; the oldest give way, so that nobody fills our memory.
    fn handle_digit(&mut self, digit: char) {
        let surplus = (self.view.digits_received.chars().count() + 1).saturating_sub(DIGITS_KEPT);
        let kept = self.view.digits_received.chars().skip(surplus);
        self.view.digits_received = kept.chain([digit]).collect::<String>().into();
    }

    /// C-42: what the provider says beside the sound is shown as a caption until the call is answered.
    fn note_said(&mut self, code: u16, text: Option<&str>) {
        let said = if matches!(self.phase, Phase::Inviting) { caption(code, text) } else { None };
        if said.is_some() && said != self.view.said {
            self.view.said = said;
            self.changed();
        }
    }

    fn handle_progress(&mut self, code: u16, fork: ForkId, sdp: Option<&str>, now: Now) {
        if !matches!(self.phase, Phase::Inviting) {
            return;
        }
        // RFC 3960: early media of the first branch that sends any is played; others do not interrupt it.
        if let Some(sdp) = sdp
            && self.early.is_none_or(|heard| heard == fork)
            && let Some(negotiation) = &mut self.negotiation
            && let Ok(plan) = negotiation.accept_answer(sdp)
        {
            self.early = Some(fork);
            self.start(plan, now);
        }
        if self.early.is_some() {
            self.set_state(CallState::Early);
        } else if code == 180 || code == 181 || code == 182 {
            self.set_state(CallState::Ringing);
        }
    }

    fn handle_answered(&mut self, fork: ForkId, sdp: Option<&str>, now: Now) {
        if !matches!(self.phase, Phase::Inviting) {
            return;
        }
        self.view.said = None;
        let agreed = match (sdp, &mut self.negotiation) {
            // An early UPDATE of theirs (RFC 3311) replaced our offer, and is answered: the 2xx only repeats itself.
            (Some(sdp), Some(negotiation)) => match negotiation.accept_answer(sdp) {
                Err(SdpError::NoOffer) if self.early == Some(fork) => Ok(None),
                agreed => agreed.map(Some),
            },
            // The answer came reliably before the 2xx (RFC 3262).
            (None, Some(_)) if self.early == Some(fork) => Ok(None),
            (None, _) | (_, None) => Err(SdpError::NoAudio),
        };
        match agreed {
            Ok(plan) => {
                if let Some(plan) = plan {
                    self.start(plan, now);
                }
                self.talk(now);
            }
            Err(error) if self.mend_keys(error, now) => {}
            Err(error) => {
                self.hang_up(now);
                self.view.end = Some(incompatible(error));
            }
        }
    }

    fn handle_confirmed(&mut self, sdp: Option<&str>, now: Now) {
        if !matches!(self.phase, Phase::AwaitingAnswer) {
            return;
        }
        let agreed = match (sdp, &mut self.negotiation) {
            (Some(sdp), Some(negotiation)) => negotiation.accept_answer(sdp),
            (None, _) | (_, None) => Err(SdpError::NoAudio),
        };
        match agreed {
            Ok(plan) => {
                self.start(plan, now);
                self.talk(now);
            }
            Err(error) => {
                self.hang_up(now);
                self.view.end = Some(incompatible(error));
            }
        }
    }

    /// A re-INVITE or UPDATE of the peer (RFC 3261 section 14, RFC 3311).
    fn handle_offer(&mut self, sdp: Option<&str>, now: Now) {
        let call = self.view.id;
        let hold = self.held_here;
        // RFC 3311 section 5.1: before the call is answered, only after a first answer went the other way.
        let ripe = match self.phase {
            Phase::Talking => true,
            Phase::Inviting => self.early.is_some(),
            Phase::Preparing(_)
            | Phase::Offered { .. }
            | Phase::AwaitingAnswer
            | Phase::Ending { .. }
            | Phase::Ended => false,
        };
        let Some(negotiation) = self.negotiation.as_mut().filter(|_| ripe) else {
            self.send(sip::Command::AnswerOffer { call, result: Err(488) });
            return;
        };
        let result = match sdp {
            Some(offer) => negotiation.answer(offer, hold).map(|(text, plan)| (text, Some(plan))),
            None => negotiation.offer(hold).map(|text| (text, None)),
        };
        match result {
            Ok((text, plan)) => {
                self.send(sip::Command::AnswerOffer { call, result: Ok(text.into()) });
                self.awaiting_ack_answer = plan.is_none().then(|| now.boot + ACK_PATIENCE);
                // Our answer named the new address.
                self.handle_move_answered();
                if let Some(plan) = plan {
                    self.start(plan, now);
                }
            }
            Err(error) => self.send(sip::Command::AnswerOffer { call, result: Err(error.status()) }),
        }
    }

    /// 491: the other side wanted a change at the same moment; ours is tried again after theirs (RFC 3261 section 14.1).
    fn handle_offer_refused(&mut self, code: u16, now: Now) {
        if matches!(self.phase, Phase::Inviting) {
            return self.offer_other_keys();
        }
        if self.end_without_keys(now) || self.end_unanswered(code, now) {
            return;
        }
        self.handle_text_refused();
        self.handle_move_refused(code, now);
        let wish = self.pending_hold.take();
        // Whoever changed their mind meanwhile wants what already is.
        let changed = self.next_hold.take().is_some();
        if code == 491 && !changed {
            self.postponed_hold = wish.map(|hold| (hold, now.boot + POSTPONED));
        }
        self.transfer_held(Some(code));
    }

    fn handle_offer_answered(&mut self, sdp: &str, now: Now) {
        let Some(negotiation) = &mut self.negotiation else { return };
        let agreed = negotiation.accept_answer(sdp);
        if self.awaiting_ack_answer.take().is_some() {
            // The answer to an offer that they asked for changes nothing of what we wished; a wish waited for it.
            if let Ok(plan) = agreed {
                self.start(plan, now);
            }
            if let Some((hold, _)) = self.postponed_hold.take() {
                self.hold(hold);
            }
            return;
        }
        let wish = self.pending_hold.take();
        self.handle_move_answered();
        let failed = agreed.is_err().then_some(488);
        if let Ok(plan) = agreed {
            if let Some(hold) = wish {
                self.held_here = hold;
                self.view.silent = false;
                self.view.state = if hold { CallState::Held } else { CallState::Active };
            }
            self.start(plan, now);
        } else if self.end_without_keys(now) {
            return;
        }
        self.transfer_held(failed);
        if let Some(hold) = self.next_hold.take() {
            self.hold(hold);
        }
    }
}
