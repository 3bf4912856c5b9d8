//! A call in the engine: its sockets, and its session once a plan is there.

use std::collections::VecDeque;
use std::sync::Arc;

use super::mixing::Tap;
use super::sockets::Sockets;
use crate::media::session::{Channel, Output, Session};
use crate::media::{Event, rtp};
use crate::model::{CallId, Now};
use crate::sdp::Negotiated;

/// Datagrams that are read from one socket before the others get their turn.
const DATAGRAMS_AT_ONCE: usize = 64;

/// A call that has sockets.
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Where it sends and receives.
    pub sockets: Sockets,
    /// What flows; none before [`Call::start`].
    pub session: Option<Session>,
    /// Its sound by itself, while it is in a conference or recorded.
    pub tap: Option<Box<Tap>>,
    muted: bool,
}

impl Call {
    /// With its sockets.
    pub fn new(id: CallId, sockets: Sockets) -> Self {
        Self { id, sockets, session: None, tap: None, muted: false }
    }

    /// Starts or changes what flows. A first plan that cannot work is told, a later one leaves things as they are.
    pub fn start(&mut self, plan: Arc<Negotiated>, seed: [u8; 32], now: Now, events: &mut VecDeque<Event>) {
        let result = match &mut self.session {
            Some(session) => session.handle_plan(plan, now),
            None => Session::new(plan, seed, now).map(|mut session| {
                session.set_muted(self.muted && self.tap.is_none());
                self.session = Some(session);
            }),
        };
        if let Err(error) = result {
            tracing::warn!(call = %self.id, %error, "the media plan cannot be used");
            if self.session.is_none() {
                let reason = format!("The sound of this call cannot start: {error}.").into();
                events.push_back(Event::OpenFailed { call: self.id, reason });
            }
        }
    }

    /// Silence instead of the microphone, also from the start of a session that is yet to come.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.apply_mute();
    }

    /// Whether our microphone is off in this call.
    pub fn is_muted(&self) -> bool {
        self.muted
    }

    /// Tapped, the others' voices go out although ours does not: then the microphone is left out where they are mixed.
    pub fn apply_mute(&mut self) {
        if let Some(session) = &mut self.session {
            session.set_muted(self.muted && self.tap.is_none());
        }
    }

    /// Reads what has come. Without a session it is thrown away: nobody has said who may send.
    pub fn receive(&mut self, channel: Channel, now: Now, events: &mut VecDeque<Event>) {
        let mut datagram = [0; rtp::LARGEST_PACKET + 1];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let (length, from) = match self.sockets.socket(channel).recv_from(&mut datagram) {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                // An ICMP error for something that was sent: the next read goes on.
                Err(_) => continue,
            };
            if let (Some(session), Some(packet)) = (&mut self.session, datagram.get(..length)) {
                session.handle_packet(channel, from, packet, now);
            }
        }
        self.drain(events);
    }

    /// Carries out what the session wants.
    pub fn drain(&mut self, events: &mut VecDeque<Event>) {
        let Some(session) = &mut self.session else { return };
        let call = self.id;
        while let Some(output) = session.poll_output() {
            match output {
                Output::Transmit { channel, to, packet } => self.sockets.send(channel, to, &packet),
                Output::Flowing => events.push_back(Event::Flowing { call }),
                Output::Digit(digit) => events.push_back(Event::Digit { call, digit }),
                Output::Silence(silent) => events.push_back(Event::Silence { call, silent }),
            }
        }
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Now, events: &mut VecDeque<Event>) {
        if let Some(session) = &mut self.session {
            session.handle_close(now);
        }
        self.drain(events);
    }
}
