//! What a handshake for keys does to the stream: nothing flows before it is done, and everything is protected after.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Channel, Output, Session};
use crate::media::demux;
use crate::media::dtls::Identity;
use crate::media::securing::Securing;
use crate::media::sending::SendingError;
use crate::model::Now;
use crate::sdp::{Negotiated, SrtpKeys, TextPlan};

impl Session {
    /// Who we are in handshakes; without it a stream that needs one stays silent.
    pub fn set_identity(&mut self, identity: Arc<Identity>, now: Now) {
        self.identity = Some(identity);
        self.begin_handshake(now);
    }

    /// From here on packets get through to where the description says, by whatever path was found. `checked`: what comes in from
    /// there was proven to be the peer's by checks, and the handshake counts only there (M06).
    pub fn handle_path(&mut self, checked: bool, now: Now) {
        self.checked = checked;
        let selected = self.selected();
        if let Some(securing) = &mut self.securing {
            securing.select(selected);
            securing.handle_path(now.boot);
        }
        self.drive_handshake(now);
    }

    /// The one address whose handshake counts.
    fn selected(&self) -> Option<SocketAddr> {
        (self.checked && self.plan.ice.is_some()).then_some(self.plan.remote_rtp)
    }

    /// Keys are still to be agreed on: nothing is sent, and nothing is played.
    pub fn is_blocked(&self) -> bool {
        let secured = |association| {
            self.securing
                .as_ref()
                .is_some_and(|securing| securing.association() == association && securing.keys().is_some())
        };
        self.plan.dtls.as_ref().is_some_and(|dtls| !secured(dtls.association))
    }

    /// The keys in force: from SDP or from the handshake; none as long as there are none.
    pub fn keys(&self) -> Option<SrtpKeys> {
        self.with_keys(&self.plan).srtp
    }

    /// What was agreed on for text beside the sound.
    pub fn text(&self) -> Option<&TextPlan> {
        self.plan.text.as_deref()
    }

    /// Our source.
    pub fn source(&self) -> u32 {
        self.sending.ssrc()
    }

    /// Where our packets go.
    pub fn destination(&self) -> SocketAddr {
        self.receiving.authenticated_address().unwrap_or(self.plan.remote_rtp)
    }

    /// The plan with the keys that the handshake gave.
    pub(super) fn with_keys(&self, plan: &Negotiated) -> Negotiated {
        let mut plan = plan.clone();
        if let (Some(dtls), Some(securing)) = (&plan.dtls, &self.securing)
            && dtls.association == securing.association()
        {
            plan.srtp = securing.keys().cloned();
        }
        plan
    }

    /// Begins the handshake that the plan wants, if it is not under way or done.
    pub(super) fn begin_handshake(&mut self, now: Now) {
        let selected = self.selected();
        let Some(plan) = &self.plan.dtls else {
            self.securing = None;
            return;
        };
        match &mut self.securing {
            Some(securing) if securing.association() == plan.association => {
                securing.set_named(self.plan.remote_rtp);
                securing.set_plan(plan, now.boot);
                securing.select(selected);
            }
            Some(_) | None => {
                let Some(identity) = &self.identity else { return };
                let mut securing = Securing::new(identity.clone(), plan.clone(), self.plan.remote_rtp, now.boot);
                securing.select(selected);
                self.securing = Some(securing);
            }
        }
        self.drive_handshake(now);
    }

    /// A datagram of the handshake; whether the packet is done with.
    pub(super) fn take_handshake(&mut self, channel: Channel, from: SocketAddr, packet: &[u8], now: Now) -> bool {
        if demux::kind(packet) != Some(demux::Kind::Dtls) {
            return self.is_blocked();
        }
        if let Some(securing) = self.securing.as_mut().filter(|_| channel == Channel::Rtp) {
            securing.handle_packet(from, packet, now.boot);
            self.drive_handshake(now);
        }
        true
    }

    /// Sends what the handshake wants, and starts the stream when it is done.
    pub(super) fn drive_handshake(&mut self, now: Now) {
        let Some(securing) = &mut self.securing else { return };
        securing.handle_timeout(now.boot);
        let mut datagrams = Vec::new();
        while let Some(datagram) = securing.poll_transmit() {
            datagrams.push(datagram);
        }
        let outcome = securing.poll_outcome();
        for (to, packet) in datagrams {
            self.output(Output::Transmit { channel: Channel::Rtp, to, packet });
        }
        match outcome {
            Some(Ok(())) => match self.start_protected(now) {
                Ok(()) => self.output(Output::Secured),
                Err(_) => self.output(Output::SecurityFailed(crate::media::dtls::DtlsError::SetUp)),
            },
            Some(Err(error)) => self.output(Output::SecurityFailed(error)),
            None => {}
        }
        if self.is_blocked() {
            // Silence counts from when something can be heard.
            self.last_packet = now.boot;
        }
    }

    fn start_protected(&mut self, now: Now) -> Result<(), SendingError> {
        let plan = self.with_keys(&self.plan);
        self.sending.change(&plan, &mut self.random)?;
        self.receiving.change(&plan, now.boot)?;
        self.last_packet = now.boot;
        Ok(())
    }

    /// Both sides chose the same source (RFC 3550 section 8.2): ours says goodbye and goes on under another one.
    pub(super) fn avoid_collision(&mut self, now: Now) {
        if self.collisions >= MOST_COLLISIONS || self.receiving.source() != Some(self.sending.ssrc()) {
            return;
        }
        self.collisions += 1;
        self.send_report(true, now);
        self.sending.change_source(&mut self.random);
    }

    /// Tells once that the keys have nearly protected all that they may.
    pub(super) fn watch_keys(&mut self) {
        let aging = self.sending.needs_new_keys() || self.receiving.needs_new_keys();
        if aging && !self.keys_aging {
            self.output(Output::KeysAging);
        }
        self.keys_aging = aging;
        let turned = self.sending.has_turned();
        if turned && !self.keys_turned {
            self.output(Output::KeysTurned);
        }
        self.keys_turned = turned;
    }
}

/// Changes of our source in one call. Whoever echoes our packets would else make us change for ever.
const MOST_COLLISIONS: u8 = 4;
