//! A call whose machine gets another address while it lives (F07): other sockets, then an offer that names them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::machine::{Phase, UserCall};
use crate::media;
use crate::model::{BootTime, CallState, Now};
use crate::sip;

/// Between two tries: to bind at the new address, or to tell the peer.
const AGAIN: Duration = Duration::from_millis(500);

/// Tries at most: a peer that takes no new offer is not asked for ever.
const TRIES: u8 = 8;

/// How far a move is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moving {
    step: Step,
    due: Option<BootTime>,
    tries: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Sockets are being bound at the new address.
    Binding,
    /// The peer is to be told.
    Telling,
    /// The peer was told and has not answered yet.
    Told,
}

/// What the system's routes said about the way to the other side's sound, when they were last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    to: Option<SocketAddr>,
    local: Option<IpAddr>,
}

impl UserCall {
    /// Where our sound goes, while that is one address: with checks (ICE) consent tells when a path is lost.
    #[must_use]
    pub fn far_end(&self) -> Option<SocketAddr> {
        let plan = self.plan.as_ref().filter(|plan| matches!(self.phase, Phase::Talking) && plan.ice.is_none())?;
        Some(plan.remote_rtp).filter(|to| !to.ip().is_unspecified() && to.port() != 0)
    }

    /// The same, where the way there was not looked at yet.
    #[must_use]
    pub fn unknown_way(&self) -> Option<SocketAddr> {
        self.far_end().filter(|to| self.way.to != Some(*to))
    }

    /// The address that leads to the other side's sound at this moment. Where it used to be ours and is another one now, the
    /// sound moves: a private network that came up may carry the sound and not the signalling.
    pub fn handle_way(&mut self, to: SocketAddr, local: Option<IpAddr>, now: Now) {
        if self.far_end() != Some(to) {
            return;
        }
        let before = self.way.local.filter(|_| self.way.to == Some(to));
        self.way = Way { to: Some(to), local };
        if let Some(local) = local.filter(|local| before.is_some_and(|before| before != *local))
            && before == Some(self.settings.local_address)
        {
            self.set_local_address(local, now);
        }
    }

    /// The phone account is registered over this address. The sound follows it, unless its own way is known to be another one.
    pub fn follow_registration(&mut self, address: IpAddr, now: Now) {
        let own_way = self.way.to.is_some() && self.way.to == self.far_end();
        if !(own_way && self.way.local == Some(self.settings.local_address)) {
            self.set_local_address(address, now);
        }
    }

    /// The phone account reports the address that leads to it now. Where that is another one, the sound moves there at once
    /// and the peer is told by a re-INVITE.
    pub fn set_local_address(&mut self, address: IpAddr, now: Now) {
        if self.settings.local_address == address {
            return;
        }
        self.settings.local_address = address;
        match self.phase {
            // The sockets that are asked for already are of no use any more.
            Phase::Preparing(_) | Phase::Offered { .. } | Phase::Inviting | Phase::AwaitingAnswer | Phase::Talking => {
                let due = Some(now.boot + self.binding_patience());
                self.moving = Some(Moving { step: Step::Binding, due, tries: 0 });
                self.send_media(media::Command::Move { call: self.view.id, address });
            }
            Phase::Ending { .. } | Phase::Ended => {}
        }
    }

    /// The path that was found is of no use any more: others are looked for, from other sockets and with other credentials
    /// (RFC 8445 section 9). Consent takes half a minute to be lost, so this cannot become a storm.
    pub(super) fn restart_paths(&mut self, now: Now) {
        if matches!(self.phase, Phase::Talking) && self.moving.is_none() {
            let (call, address) = (self.view.id, self.settings.local_address);
            let due = Some(now.boot + self.binding_patience());
            self.moving = Some(Moving { step: Step::Binding, due, tries: 0 });
            self.send_media(media::Command::Move { call, address });
        }
    }

    /// The peer has to be told something that only an offer can say; as a change of address it is put off and tried again.
    pub(super) fn tell_soon(&mut self, now: Now) {
        if self.moving.is_none() {
            self.moving = Some(Moving { step: Step::Telling, due: Some(now.boot), tries: 0 });
            self.retry_move(now);
        }
    }

    /// The sockets are there. True: they replace others in a call that was under way.
    pub(super) fn moved(&mut self, rtp: SocketAddr, now: Now) -> bool {
        let hides_address = self.hides_address();
        match (&self.phase, &mut self.negotiation) {
            (Phase::Inviting | Phase::AwaitingAnswer | Phase::Talking, Some(negotiation)) => {
                if !hides_address && rtp.ip() != self.settings.local_address {
                    // The answer to what was asked before the address changed.
                    return true;
                }
                negotiation.relocate(rtp.ip(), rtp.port());
                if let Some((candidates, complete)) = self.candidates.take() {
                    // Other credentials too: for the peer it is a restart (RFC 8445 section 9).
                    negotiation.set_candidates(candidates, complete);
                }
                self.moving = Some(Moving { step: Step::Telling, due: Some(now.boot), tries: 0 });
                self.retry_move(now);
                true
            }
            // Nobody was told an address yet: the negotiation begins with the new one.
            (_, _) => {
                if hides_address || rtp.ip() == self.settings.local_address {
                    self.moving = None;
                }
                false
            }
        }
    }

    /// The system does not let us bind there yet.
    pub(super) fn handle_move_failed(&mut self, now: Now) {
        if let Some(moving) = self.moving.as_mut().filter(|moving| moving.step == Step::Binding) {
            moving.due = Some(now.boot + AGAIN);
        }
    }

    /// How long sockets at a new address may take, with the servers that are asked about it.
    fn binding_patience(&self) -> Duration {
        if self.settings.paths.is_some() { AGAIN * 16 } else { AGAIN * 4 }
    }

    /// When [`Self::retry_move`] is due.
    pub(super) fn move_due(&self) -> Option<BootTime> {
        self.moving.and_then(|moving| moving.due)
    }

    /// The next try of what has not happened yet.
    pub(super) fn retry_move(&mut self, now: Now) {
        let patience = self.binding_patience();
        let Some(moving) = &mut self.moving else { return };
        if moving.due.is_none_or(|due| now.boot < due) {
            return;
        }
        moving.tries = moving.tries.saturating_add(1);
        if moving.tries > TRIES {
            tracing::warn!(call = %self.view.id, "the other side does not take our new address");
            self.moving = None;
            return;
        }
        moving.due = Some(now.boot + if moving.step == Step::Binding { patience } else { AGAIN });
        match moving.step {
            Step::Binding => {
                let address = self.settings.local_address;
                self.send_media(media::Command::Move { call: self.view.id, address });
            }
            Step::Telling => self.tell_move(),
            Step::Told => moving.due = None,
        }
    }

    /// Our address changed while it rang, so that the answer could not find us: the call is placed again, and the user is told.
    pub(super) fn place_again(&mut self, now: Now) {
        if matches!(self.phase, Phase::Inviting) {
            (self.adrift, self.early) = (true, None);
            self.set_state(CallState::Dialing);
            self.view.said = Some("Your network changed: the call is being placed again.".into());
            self.changed();
            self.retry_move(now);
            self.offer_anew();
        }
    }

    /// As soon as the sockets are at the new address.
    fn offer_anew(&mut self) {
        let binding = self.moving.is_some_and(|moving| moving.step == Step::Binding);
        let (true, false, Some(negotiation)) = (self.adrift, binding, &mut self.negotiation) else { return };
        negotiation.start_over();
        if let Ok(offer) = negotiation.offer(false) {
            (self.adrift, self.moving) = (false, None);
            self.send(sip::Command::Offer { call: self.view.id, sdp: offer.into() });
        }
    }

    fn tell_move(&mut self) {
        if self.adrift {
            return self.offer_anew();
        }
        // RFC 3264 section 4: no new offer before the one that is out is answered. An unanswered INVITE is told afterwards.
        let busy = self.pending_hold.is_some() || self.awaiting_ack_answer.is_some();
        if busy || !matches!(self.phase, Phase::Talking) {
            if let Some(moving) = &mut self.moving {
                // Waiting for the other side is no try.
                moving.tries = 0;
            }
            return;
        }
        let hold = self.held_here;
        let Some(negotiation) = &mut self.negotiation else { return };
        if let Ok(offer) = negotiation.offer(hold) {
            if let Some(moving) = &mut self.moving {
                (moving.step, moving.due) = (Step::Told, None);
            }
            self.send(sip::Command::Offer { call: self.view.id, sdp: offer.into() });
        }
    }

    /// An offer or answer of ours that names the new address reached the peer.
    pub(super) fn handle_move_answered(&mut self) {
        if self.moving.is_some_and(|moving| moving.step != Step::Binding) {
            self.moving = None;
        }
    }

    /// The peer refused: it is asked again where that was only a matter of the moment.
    pub(super) fn handle_move_refused(&mut self, code: u16, now: Now) {
        let Some(moving) = self.moving.as_mut().filter(|moving| moving.step == Step::Told) else { return };
        match code {
            // Crossed a change of theirs, no answer in time, a service that is busy.
            408 | 491 | 500 | 503 | 504 => {
                (moving.step, moving.due) = (Step::Telling, Some(now.boot + AGAIN));
            }
            _ => self.moving = None,
        }
    }
}
