//! A call in the engine: its sockets, and its session once a plan is there.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use super::mixing::Tap;
use super::sockets::Sockets;
use super::text::CallText;
use super::ways::Ways;
use crate::media::dtls::Identity;
use crate::media::session::{Channel, Output, Session};
use crate::media::text;
use crate::media::{Event, rtp};
use crate::model::{CallId, Now, Stats};
use crate::platform;
use crate::sdp::{Negotiated, TextPlan};

/// Datagrams that are read from one socket before the others get their turn.
const DATAGRAMS_AT_ONCE: usize = 64;

/// A call that has sockets.
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Where it sends and receives.
    pub sockets: Sockets,
    /// The paths that are looked for, where they are.
    pub ways: Option<Ways>,
    /// What flows; none before [`Call::start`].
    pub session: Option<Session>,
    /// What is typed in it.
    pub text: CallText,
    /// Its sound by itself, while it is in a conference or recorded.
    pub tap: Option<Box<Tap>>,
    /// The tick with which its packets begin to leave; none before there is a session.
    pub turn: Option<u64>,
    /// That tick has come.
    begun: bool,
    /// Its session met a defect and is gone; not told yet.
    broken: bool,
    muted: bool,
    identity: Option<Arc<Identity>>,
    /// For the source and the numbers of text that begins with the handshake's end.
    text_seed: [u8; 32],
}

impl Call {
    /// With its sockets.
    pub fn new(id: CallId, sockets: Sockets, identity: Option<Arc<Identity>>) -> Self {
        Self {
            id,
            sockets,
            ways: None,
            session: None,
            text: CallText::default(),
            tap: None,
            turn: None,
            begun: false,
            broken: false,
            muted: false,
            identity,
            text_seed: [0; 32],
        }
    }

    /// Starts or changes what flows. A first plan that cannot work is told, a later one leaves things as they are.
    pub fn start(&mut self, plan: Arc<Negotiated>, seed: [u8; 32], turn: u64, now: Now, events: &mut VecDeque<Event>) {
        if let Some(ways) = &mut self.ways {
            ways.handle_plan(&plan, now);
        }
        let typed = plan.text.clone();
        let result = match &mut self.session {
            Some(session) => session.handle_plan(plan, now),
            None => Session::new(plan, seed, now).map(|mut session| {
                self.turn = Some(turn);
                session.set_muted(self.muted && self.tap.is_none());
                if let Some(identity) = &self.identity {
                    session.set_identity(identity.clone(), now);
                }
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
        self.start_text(typed.as_deref(), seed, now);
        // A handshake begins at once.
        self.drain(events);
    }

    /// Starts or changes the text beside the sound.
    fn start_text(&mut self, plan: Option<&TextPlan>, seed: [u8; 32], now: Now) {
        let Some(session) = &self.session else { return };
        // Another generator than that of the sound.
        self.text_seed = seed.map(|byte| byte ^ 0x5a);
        self.text.start(plan, session.keys().as_ref(), session.source(), self.text_seed, now);
    }

    /// A tick begins: it is this call's turn, or not yet.
    pub fn take_turn(&mut self, tick: u64) {
        self.begun |= self.turn.is_some_and(|turn| turn <= tick);
    }

    /// What is ticked: the session, once its turn has come.
    pub fn ticking(&mut self) -> Option<&mut Session> {
        self.session.as_mut().filter(|_| self.begun)
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
            let Some(packet) = datagram.get(..length) else { continue };
            match (&mut self.ways, channel) {
                (Some(ways), Channel::Rtp) => {
                    if let Some(inbound) = ways.receive(0, from, packet, now) {
                        self.hand_on(Channel::Rtp, inbound.from, &inbound.bytes, now);
                    }
                }
                (Some(ways), Channel::Rtcp) => {
                    if let Some(inbound) = ways.receive_report(from, packet, now) {
                        self.hand_on(Channel::Rtcp, inbound.from, &inbound.bytes, now);
                    }
                }
                (None, _) => self.hand_on(channel, from, packet, now),
            }
        }
        self.drain(events);
    }

    /// A packet of the peer.
    fn hand_on(&mut self, channel: Channel, from: SocketAddr, packet: &[u8], now: Now) {
        if channel == Channel::Rtp && self.text.takes(packet) {
            return self.text.handle_packet(from, packet, now);
        }
        self.shelter(|session| {
            #[cfg(test)]
            assert!(packet != super::tests::BREAKING, "a defect for the test");
            session.handle_packet(channel, from, packet, now);
        });
    }

    /// Does something with the session. A defect there, which a packet of the peer may have found, ends this session and leaves
    /// the other calls their sound (F30).
    pub fn shelter(&mut self, does: impl FnOnce(&mut Session)) {
        let Some(session) = &mut self.session else { return };
        if panic::catch_unwind(AssertUnwindSafe(|| does(session))).is_err() {
            self.session = None;
            self.broken = true;
        }
    }

    /// Reads what has come on a socket beside the call's own, numbered from 1.
    pub fn receive_extra(&mut self, number: u8, now: Now, events: &mut VecDeque<Event>) {
        let mut datagram = [0; rtp::LARGEST_PACKET + 1];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let Some(ways) = &mut self.ways else { return };
            let Some(socket) = ways.extra().get(usize::from(number).wrapping_sub(1)) else { return };
            let (length, from) = match socket.recv_from(&mut datagram) {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(_) => continue,
            };
            let inbound = datagram.get(..length).and_then(|packet| ways.receive(number, from, packet, now));
            if let Some(inbound) = inbound {
                self.hand_on(Channel::Rtp, inbound.from, &inbound.bytes, now);
            }
        }
        self.drain(events);
    }

    /// What the paths have to do now, and what came over streams.
    pub fn attend(&mut self, now: Now, events: &mut VecDeque<Event>) {
        self.text.handle_timeout(now);
        self.drain_text(events);
        let Some(ways) = &mut self.ways else { return };
        ways.handle_timeout(now);
        for (channel, inbound) in ways.arrivals(now) {
            self.hand_on(channel, inbound.from, &inbound.bytes, now);
        }
        self.drain(events);
    }

    /// Statistics of the sound with those of the path.
    pub fn stats(&self, underruns: u64, now: Now) -> Option<Stats> {
        let path = self.ways.as_ref().and_then(|ways| ways.stats(now)).map(Box::new);
        self.session.as_ref().map(|session| Stats { path, ..session.stats(underruns, now) })
    }

    /// Sends as the session wants it, or over the path that was found instead.
    fn transmit(&mut self, channel: Channel, to: SocketAddr, packet: &[u8]) {
        match (&mut self.ways, channel) {
            (Some(ways), Channel::Rtp) if ways.carries() => ways.send(to, packet, platform::now()),
            (Some(ways), Channel::Rtcp) if ways.carries() => ways.send_report(to, packet, platform::now()),
            (Some(_) | None, _) => self.sockets.send(channel, to, packet),
        }
    }

    /// Carries out what the session and the paths want.
    pub fn drain(&mut self, events: &mut VecDeque<Event>) {
        self.drain_session(events);
        let Some(ways) = &mut self.ways else { return };
        let now = platform::now();
        if let Some(checked) = ways.drain(self.id, &self.sockets, events, now) {
            // There is a way now: a handshake takes it at once, also before one is chosen for good (RFC 8842 section 6).
            if let Some(session) = &mut self.session {
                session.handle_path(checked, now);
            }
            self.drain_session(events);
            if let Some(ways) = &mut self.ways {
                ways.drain(self.id, &self.sockets, events, now);
            }
        }
    }

    fn drain_session(&mut self, events: &mut VecDeque<Event>) {
        let call = self.id;
        if std::mem::take(&mut self.broken) {
            let reason = "a fault in Tandem itself ended it. The folder of the log has a report of it.".into();
            events.push_back(Event::OpenFailed { call, reason });
        }
        while let Some(output) = self.session.as_mut().and_then(Session::poll_output) {
            match output {
                Output::Transmit { channel, to, packet } => self.transmit(channel, to, &packet),
                Output::Flowing => events.push_back(Event::Flowing { call }),
                Output::Digit(digit) => events.push_back(Event::Digit { call, digit }),
                Output::Silence(silent) => events.push_back(Event::Silence { call, silent }),
                Output::Speaking(sources) => events.push_back(Event::Speaking { call, sources }),
                Output::Secured => {
                    self.secure_text();
                    events.push_back(Event::Secured { call });
                }
                Output::SecurityFailed(error) => events.push_back(Event::SecurityFailed { call, error }),
                Output::KeysAging => events.push_back(Event::KeysAging { call }),
                Output::KeysTurned => events.push_back(Event::KeysTurned { call }),
            }
        }
    }

    /// The keys of the sound are there.
    fn secure_text(&mut self) {
        let Some(session) = &self.session else { return };
        let plan = session.text();
        self.text.start(plan, session.keys().as_ref(), session.source(), self.text_seed, platform::now());
    }

    /// Carries out what the text wants.
    fn drain_text(&mut self, events: &mut VecDeque<Event>) {
        while let Some(output) = self.text.poll_output() {
            match output {
                text::Output::Transmit { packet, .. } => {
                    // With the sound: where that goes.
                    if let Some(to) = self.session.as_ref().map(Session::destination) {
                        self.transmit(Channel::Rtp, to, &packet);
                    }
                }
                text::Output::Received(text) => {
                    if let Some(session) = &mut self.session {
                        session.note_text(platform::now());
                    }
                    events.push_back(Event::Text { call: self.id, text });
                }
            }
        }
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Now, events: &mut VecDeque<Event>) {
        if let Some(session) = &mut self.session {
            session.handle_close(now);
        }
        self.drain(events);
        if let Some(ways) = &mut self.ways {
            ways.close(self.id, &self.sockets, now);
        }
    }
}
