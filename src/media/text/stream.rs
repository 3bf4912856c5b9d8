//! The text of one call as a machine: protection, whose packets count, and what both ends make of them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::blocks;
use super::characters::{Decoder, Filter, MISSING};
use super::receiving::{Piece, Receiving};
use super::sending::Sending;
use crate::media::rtp::Header;
use crate::media::source::{Heard, Latch, Sources};
use crate::media::srtp::{self, SrtpError};
use crate::model::{BootTime, MediaDirection};
use crate::sdp::{SrtpKeys, TextPlan};

/// How often what was read is told at most: whoever types is not told of letter by letter.
const TELL: Duration = Duration::from_millis(100);
/// Characters a second that are read, many times what anybody types or was told that we take.
const MOST_PER_SECOND: usize = 300;
/// Characters that are read at once: a page that was pasted. When full, the rest is dropped and marked.
const MOST_AT_ONCE: usize = 3_000;
/// Outputs that wait at most; the shell drains them after every input, so this is never reached.
const MOST_OUTPUTS: usize = 64;

/// What the stream wants.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// A packet goes out.
    Transmit {
        /// To this address.
        to: SocketAddr,
        /// As it goes on the wire.
        packet: Vec<u8>,
    },
    /// The peer typed this.
    Received(Arc<str>),
}

// What people write is theirs, and an address is personal: neither is shown (style habit 12).
impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transmit { packet, .. } => write!(f, "Transmit({} bytes)", packet.len()),
            Self::Received(text) => write!(f, "Received({} characters)", text.chars().count()),
        }
    }
}

/// Both directions of SRTP under one pair of keys.
struct Protection {
    keys: SrtpKeys,
    outbound: srtp::Outbound,
    inbound: srtp::Inbound,
}

/// The machine.
pub struct TextStream {
    plan: TextPlan,
    /// Nothing flows before there are keys.
    protection: Option<Protection>,
    latch: Latch,
    sources: Sources,
    sending: Sending,
    receiving: Receiving,
    decoder: Decoder,
    filter: Filter,
    /// What was read and is not told yet.
    read: String,
    tell_at: BootTime,
    /// Characters that may still be read now, and when that was counted.
    room: (usize, BootTime),
    outputs: VecDeque<Output>,
}

impl TextStream {
    /// Starts what was agreed on. `keys` are those of the sound, for a stream that is bundled with it.
    ///
    /// # Errors
    /// Keys that do not fit their suite.
    pub fn new(plan: TextPlan, keys: Option<&SrtpKeys>, seed: [u8; 32], now: BootTime) -> Result<Self, SrtpError> {
        let mut random = StdRng::from_seed(seed);
        let mut stream = Self {
            latch: Latch::new(plan.remote),
            protection: None,
            sources: Sources::default(),
            sending: Sending::new(&mut random, now),
            receiving: Receiving::default(),
            decoder: Decoder::default(),
            filter: Filter::default(),
            read: String::new(),
            tell_at: now,
            room: (MOST_AT_ONCE, now),
            outputs: VecDeque::new(),
            plan,
        };
        stream.set_keys(keys, now)?;
        Ok(stream)
    }

    /// A later exchange changed what was agreed on; text that waits goes on.
    ///
    /// # Errors
    /// Keys that do not fit their suite; what held before goes on.
    pub fn handle_plan(&mut self, plan: TextPlan, keys: Option<&SrtpKeys>, now: BootTime) -> Result<(), SrtpError> {
        if plan.remote != self.plan.remote {
            self.latch = Latch::new(plan.remote);
        }
        let before = std::mem::replace(&mut self.plan, plan);
        let set = self.set_keys(keys, now);
        if set.is_err() {
            self.plan = before;
        }
        set
    }

    /// Whether packets with this payload type are ours, in a bundle.
    pub fn takes(&self, payload_type: u8) -> bool {
        payload_type == self.plan.receive || Some(payload_type) == self.plan.receive_redundancy
    }

    /// Whether it shares the sockets of the sound.
    pub fn is_bundled(&self) -> bool {
        self.plan.bundled
    }

    /// The keys that protect it: its own, or in a bundle those of the sound.
    fn set_keys(&mut self, of_sound: Option<&SrtpKeys>, now: BootTime) -> Result<(), SrtpError> {
        let keys = if self.plan.bundled { of_sound } else { self.plan.srtp.as_ref() };
        match (keys, &mut self.protection) {
            (Some(keys), Some(protection)) if protection.keys == *keys => {}
            (Some(keys), protection) => {
                let (outbound, mut inbound) = (srtp::Outbound::new(keys)?, srtp::Inbound::new(keys)?);
                if let Some(old) = protection.take() {
                    inbound = inbound.after(old.inbound, now);
                }
                *protection = Some(Protection { keys: keys.clone(), outbound, inbound });
            }
            (None, protection) => *protection = None,
        }
        Ok(())
    }

    /// Nothing may flow: keys are still to be agreed on.
    fn is_blocked(&self) -> bool {
        self.plan.protected && self.protection.is_none()
    }

    /// The user types. False: too much waits already, and the rest was not taken.
    pub fn handle_text(&mut self, text: &str, now: BootTime) -> bool {
        let taken = self.sending.push(text);
        self.handle_timeout(now);
        taken
    }

    /// A packet came.
    pub fn handle_packet(&mut self, from: SocketAddr, packet: &[u8], now: BootTime) {
        let receives = matches!(self.plan.direction, MediaDirection::SendRecv | MediaDirection::RecvOnly);
        let Ok(header) = Header::parse(packet) else { return };
        if self.is_blocked() || !receives || !self.takes(header.payload_type) {
            return;
        }
        let plain = match &mut self.protection {
            Some(protection) => match protection.inbound.rtp(&header, packet, now) {
                Ok(plain) => Some(plain),
                Err(_) => return,
            },
            None => None,
        };
        if !self.latch.accepts(from, header.sequence, plain.is_some()) {
            return;
        }
        match self.sources.hear(header.ssrc, header.sequence) {
            Heard::Current => {}
            Heard::Changed => {
                (self.receiving, self.decoder, self.filter) = Default::default();
            }
            Heard::Ignored => return,
        }
        let Ok(payload) = header.payload(plain.as_deref().unwrap_or(packet)) else { return };
        let found = if Some(header.payload_type) == self.plan.receive_redundancy {
            let Some(found) = blocks::read(payload, self.plan.receive) else { return };
            found
        } else {
            vec![payload]
        };
        let pieces = self.receiving.handle_packet(header.sequence, &found, now);
        self.take(pieces, now);
        self.handle_timeout(now);
    }

    fn take(&mut self, pieces: Vec<Piece>, now: BootTime) {
        for piece in pieces {
            let text = match piece {
                Piece::Block(bytes) => self.filter.pass(&self.decoder.decode(&bytes)),
                Piece::Lost => {
                    self.decoder.break_off();
                    MISSING.to_string()
                }
            };
            let (room, then) = self.room;
            let grown = now.saturating_since(then).as_millis() as usize * MOST_PER_SECOND / 1_000;
            // Time that gives no whole character yet is not lost.
            let then = if grown > 0 { now } else { then };
            let mut room = room.saturating_add(grown).min(MOST_AT_ONCE);
            for c in text.chars() {
                if room > 0 {
                    room -= 1;
                    self.read.push(c);
                } else if !self.read.ends_with(MISSING) {
                    self.read.push(MISSING);
                }
            }
            self.room = (room, then);
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let sends = matches!(self.plan.direction, MediaDirection::SendRecv | MediaDirection::SendOnly);
        let sending = (sends && !self.is_blocked()).then(|| self.sending.poll_timeout(&self.plan)).flatten();
        let telling = (!self.read.is_empty()).then_some(self.tell_at);
        sending.into_iter().chain(telling).chain(self.receiving.poll_timeout()).min()
    }

    /// Sends what is due, and tells what was read. Spurious calls are harmless.
    pub fn handle_timeout(&mut self, now: BootTime) {
        let pieces = self.receiving.handle_timeout(now);
        self.take(pieces, now);
        if !self.read.is_empty() && self.tell_at <= now {
            self.tell_at = now + TELL;
            let read = std::mem::take(&mut self.read);
            self.output(Output::Received(read.into()));
        }
        let sends = matches!(self.plan.direction, MediaDirection::SendRecv | MediaDirection::SendOnly);
        if !sends || self.is_blocked() {
            return;
        }
        let Some(packet) = self.sending.handle_timeout(&self.plan, now) else { return };
        let sealed = match &mut self.protection {
            Some(protection) => protection.outbound.rtp(&packet).ok(),
            None => Some(packet),
        };
        let authenticated = self.latch.pinned().filter(|_| self.protection.is_some());
        let to = authenticated.unwrap_or(self.plan.remote);
        // `c=0.0.0.0` means hold (RFC 3264 section 8.4).
        if let Some(packet) = sealed
            && !(to.ip().is_unspecified() || to.ip().is_multicast() || to.port() == 0)
        {
            self.output(Output::Transmit { to, packet });
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Our source, which must not be that of the sound under the same key.
    pub fn ssrc(&self) -> u32 {
        self.sending.ssrc()
    }

    fn output(&mut self, output: Output) {
        if self.outputs.len() < MOST_OUTPUTS {
            self.outputs.push_back(output);
        }
    }

    /// Blocks that wait for a missing one, for the tests of limits.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.receiving.held()
    }
}
