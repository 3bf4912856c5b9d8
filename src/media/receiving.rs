//! The receiving half of a stream: packets are authenticated, their source is pinned, sound and digits come out.

use std::net::SocketAddr;

use super::codec::{Frame, TICK, ToEngine};
use super::dtmf;
use super::playout::Playout;
use super::redundancy;
use super::rtcp::{self, Part, Reception};
use super::rtp::Header;
use super::source::{Heard, Latch, Sources};
use super::srtp::{Inbound, SrtpError};
use super::voices::Contributors;
use crate::model::{BootTime, MediaDirection};
use crate::sdp::{Codec, Helpers, Negotiated, SrtpKeys};

/// What a packet brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Nothing: it was dropped.
    Dropped,
    /// Sound, or an event that was known.
    Media,
    /// A digit.
    Digit(char),
}

/// Why packets were dropped, in numbers; nothing of them is ever logged one by one (M04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Not RTP at all.
    pub malformed: u64,
    /// Forged, replayed or damaged.
    pub not_authentic: u64,
    /// From an address that is not the peer's.
    pub foreign: u64,
    /// Of a synchronisation source that is not listened to.
    pub other_source: u64,
    /// Of a payload type that was not negotiated.
    pub unknown_type: u64,
}

/// Opens, orders and plays what comes in.
pub struct Receiving {
    inbound: Option<(Inbound, SrtpKeys)>,
    latch: Latch,
    remote_rtcp: SocketAddr,
    sources: Sources,
    reception: Option<Reception>,
    formats: Vec<(u8, Codec)>,
    events: Vec<u8>,
    helpers: Helpers,
    digits: dtmf::Receiver,
    playout: Option<(Playout, ToEngine)>,
    active: bool,
    thrifty: bool,
    received: u64,
    /// Of streams that ended: expected, lost, late, concealed milliseconds.
    before: Totals,
    dropped: Dropped,
    sound: Vec<f32>,
    /// Who contributed to the last packet, where it said so.
    contributors: Option<Contributors>,
}

/// Numbers over the whole call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Packets that should have come.
    pub expected: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came too late.
    pub late: u64,
    /// Sound made up.
    pub concealed_ms: u64,
}

impl Receiving {
    /// For what was agreed on.
    pub fn new(plan: &Negotiated) -> Result<Self, SrtpError> {
        Ok(Self {
            inbound: inbound(plan)?,
            latch: Latch::new(plan.remote_rtp),
            remote_rtcp: plan.remote_rtcp,
            sources: Sources::default(),
            reception: None,
            formats: plan.receive.clone(),
            events: plan.events_receive.iter().map(|events| events.payload_type).collect(),
            helpers: plan.helpers,
            digits: dtmf::Receiver::default(),
            playout: None,
            active: receives(plan.direction),
            thrifty: false,
            received: 0,
            before: Totals::default(),
            dropped: Dropped::default(),
            sound: Vec::with_capacity(TICK),
            contributors: None,
        })
    }

    /// A later offer/answer exchange. On an error the old state stays.
    pub fn change(&mut self, plan: &Negotiated, now: BootTime) -> Result<(), SrtpError> {
        let theirs =
            |keys: &SrtpKeys| (keys.suite, keys.remote.clone(), keys.mki.remote.clone(), keys.mki.others.clone());
        let old = self.inbound.as_ref().map(|(_, keys)| theirs(keys));
        if plan.srtp.as_ref().map(theirs) != old {
            let fresh = inbound(plan)?;
            self.inbound = match (fresh, self.inbound.take()) {
                // Keys of a handshake have nothing to do with those before it.
                (Some((fresh, keys)), Some((old, _))) if plan.dtls.is_none() => Some((fresh.after(old, now), keys)),
                (fresh, _) => fresh,
            };
            self.sources = Sources::default();
        }
        if plan.remote_rtp != self.latch.named() {
            self.latch = Latch::new(plan.remote_rtp);
            self.sources = Sources::default();
        }
        self.remote_rtcp = plan.remote_rtcp;
        self.formats.clone_from(&plan.receive);
        self.events = plan.events_receive.iter().map(|events| events.payload_type).collect();
        self.helpers = plan.helpers;
        let active = receives(plan.direction);
        if active != self.active {
            self.active = active;
            // What was left from before the hold is not played after it.
            self.retire_playout();
        }
        Ok(())
    }

    /// Reads one RTP packet.
    pub fn packet(&mut self, from: SocketAddr, packet: &[u8], now: BootTime) -> Received {
        let Ok(header) = Header::parse(packet) else {
            self.dropped.malformed += 1;
            return Received::Dropped;
        };
        // Authentication comes before any state of the stream is touched (M03).
        let opened = match &mut self.inbound {
            Some((inbound, _)) => match inbound.rtp(&header, packet, now) {
                Ok(plain) => Some(plain),
                Err(_) => {
                    self.dropped.not_authentic += 1;
                    return Received::Dropped;
                }
            },
            None => None,
        };
        let plain = opened.as_deref().unwrap_or(packet);
        let Ok(payload) = header.payload(plain) else {
            self.dropped.malformed += 1;
            return Received::Dropped;
        };
        let Some((kind, payload, copies)) = self.unpack(header.payload_type, payload) else {
            self.dropped.malformed += 1;
            return Received::Dropped;
        };
        let codec = self.formats.iter().find(|(known, _)| *known == kind).map(|(_, codec)| *codec);
        let event = self.events.contains(&header.payload_type);
        let noise = codec.is_none() && self.helpers.noise_receive == Some(kind);
        if codec.is_none() && !event && !noise {
            self.dropped.unknown_type += 1;
            return Received::Dropped;
        }
        if !self.latch.accepts(from, header.sequence, opened.is_some()) {
            self.dropped.foreign += 1;
            return Received::Dropped;
        }
        match self.sources.hear(header.ssrc, header.sequence) {
            Heard::Current => {}
            Heard::Changed => self.change_source(),
            Heard::Ignored => {
                self.dropped.other_source += 1;
                return Received::Dropped;
            }
        }
        self.received += 1;
        let number = self.helpers.levels_receive.filter(|_| codec.is_some());
        self.contributors = number.and_then(|number| Contributors::read(plain, &header, number));
        if noise {
            return self.believe_noise(&header, payload, now);
        }
        let received = self.believe(&header, codec, payload, now);
        self.believe_copies(&header, payload, &copies, now);
        received
    }

    /// The payload type and payload that a packet really has, and the copies that it carries (RFC 2198).
    fn unpack<'p>(&self, kind: u8, payload: &'p [u8]) -> Option<(u8, &'p [u8], redundancy::Copies<'p>)> {
        if self.helpers.redundancy_receive != Some(kind) {
            return Some((kind, payload, redundancy::Copies::default()));
        }
        let (opus, _) = self.formats.iter().find(|(_, codec)| *codec == Codec::Opus)?;
        let (copies, own) = redundancy::read(payload, *opus)?;
        Some((*opus, own, copies))
    }

    fn believe_copies(&mut self, header: &Header, payload: &[u8], copies: &redundancy::Copies<'_>, now: BootTime) {
        let (true, Some((playout, _))) = (self.active, &mut self.playout) else { return };
        let Some(length) = playout.units_in(payload).filter(|length| *length > 0) else { return };
        for copy in copies.iter().filter(|copy| !copy.payload.is_empty()) {
            // Packets of one length: which one it was follows from when it was.
            let Ok(back) = u16::try_from(copy.older / length) else { continue };
            if back > 0 && copy.older % length == 0 {
                let (sequence, timestamp) =
                    (header.sequence.wrapping_sub(back), header.timestamp.wrapping_sub(copy.older));
                playout.put_copy(sequence, timestamp, copy.payload, now);
            }
        }
    }

    fn believe(&mut self, header: &Header, codec: Option<Codec>, payload: &[u8], now: BootTime) -> Received {
        let clock_hz = codec.map_or(8_000, Codec::clock_hz);
        let reception = self.reception.get_or_insert_with(|| Reception::new(header.ssrc, header.sequence, clock_hz));
        let Some(codec) = codec else {
            // The timestamp of an event stands still: it says nothing about jitter.
            reception.count(header.sequence);
            return self.digits.packet(header.timestamp, payload).map_or(Received::Media, Received::Digit);
        };
        reception.set_clock(codec.clock_hz());
        reception.packet(header.sequence, header.timestamp, now);
        if !self.active {
            return Received::Media;
        }
        if self.playout.as_ref().is_none_or(|(playout, _)| playout.codec() != codec) {
            self.retire_playout();
            self.playout = Playout::new(codec).ok().map(|playout| (playout, ToEngine::new(codec)));
        }
        if let Some((playout, _)) = &mut self.playout {
            playout.set_thrifty(self.thrifty);
            playout.put(header.sequence, header.timestamp, payload, now);
        }
        Received::Media
    }

    /// A pause, as the peer describes it (RFC 3389). Before there was any sound it says nothing that could be used.
    fn believe_noise(&mut self, header: &Header, payload: &[u8], now: BootTime) -> Received {
        if let Some(reception) = &mut self.reception {
            reception.packet(header.sequence, header.timestamp, now);
        }
        if let (true, Some((playout, _))) = (self.active, &mut self.playout) {
            playout.put_noise(header.sequence, header.timestamp, payload, now);
        }
        Received::Media
    }

    /// Who contributed to the last packet, once.
    pub fn take_contributors(&mut self) -> Option<Contributors> {
        self.contributors.take()
    }

    /// Whether the peer said that it is silent, so that nothing comes.
    pub fn is_pause(&self) -> bool {
        self.active && self.playout.as_ref().is_some_and(|(playout, _)| playout.is_pause())
    }

    /// Reads one RTCP packet; none when it is not believed.
    pub fn report(&mut self, from: SocketAddr, packet: &[u8], now: BootTime) -> Option<Vec<Part>> {
        let parts = match &mut self.inbound {
            Some((inbound, _)) => match inbound.rtcp(packet, now) {
                Ok(plain) => rtcp::parse(&plain),
                Err(_) => {
                    self.dropped.not_authentic += 1;
                    return None;
                }
            },
            None if self.latch.accepts_report(from, self.remote_rtcp) => rtcp::parse(packet),
            None => {
                self.dropped.foreign += 1;
                return None;
            }
        };
        for part in &parts {
            if let (Part::Sender { ssrc, ntp_middle }, Some(reception)) = (part, &mut self.reception)
                && *ssrc == reception.ssrc()
            {
                reception.sender_report(*ntp_middle, now);
            }
        }
        Some(parts)
    }

    /// With many calls at once holes are filled with less work.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        self.thrifty = thrifty;
    }

    /// Adds one tick of the peer's sound to a frame.
    pub fn play_into(&mut self, frame: &mut Frame, now: BootTime) {
        let (true, Some((playout, up))) = (self.active, &mut self.playout) else { return };
        self.sound.clear();
        playout.tick(now, &mut self.sound);
        let mut tick = [0.0; TICK];
        up.process(&self.sound, &mut tick);
        for (out, sample) in frame.iter_mut().zip(tick) {
            *out += sample;
        }
    }

    /// The address of an authenticated peer: media may be sent there. Without SRTP nothing is sent to a learned address (M03).
    pub fn authenticated_address(&self) -> Option<SocketAddr> {
        self.inbound.as_ref().and(self.latch.pinned())
    }

    /// The source that is listened to.
    pub fn source(&self) -> Option<u32> {
        self.reception.as_ref().map(Reception::ssrc)
    }

    /// The peer's keys have nearly protected all that they may.
    pub fn needs_new_keys(&self) -> bool {
        self.inbound.as_ref().is_some_and(|(inbound, _)| inbound.is_nearly_used_up())
    }

    /// The block for the next report.
    pub fn block(&mut self, now: BootTime) -> Option<rtcp::ReportBlock> {
        self.reception.as_mut().map(|reception| reception.report(now))
    }

    /// Packets accepted.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// What was dropped.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Interarrival jitter in milliseconds.
    pub fn jitter_ms(&self) -> f64 {
        self.reception.as_ref().map_or(0.0, |reception| reception.jitter().as_secs_f64() * 1_000.0)
    }

    /// The depth of the jitter buffer in milliseconds.
    pub fn depth_ms(&self, now: BootTime) -> f64 {
        self.playout.as_ref().map_or(0.0, |(playout, _)| playout.depth(now).as_secs_f64() * 1_000.0)
    }

    /// Numbers over the whole call.
    pub fn totals(&self) -> Totals {
        let mut totals = self.before;
        if let Some(reception) = &self.reception {
            totals.expected += reception.expected();
            totals.lost += reception.lost();
        }
        if let Some((playout, _)) = &self.playout {
            totals.late += playout.counters().late;
            totals.concealed_ms += playout.concealed_ms();
        }
        totals
    }

    fn change_source(&mut self) {
        if let Some(reception) = self.reception.take() {
            self.before.expected += reception.expected();
            self.before.lost += reception.lost();
        }
        self.digits.reset();
        self.retire_playout();
    }

    fn retire_playout(&mut self) {
        if let Some((playout, _)) = self.playout.take() {
            self.before.late += playout.counters().late;
            self.before.concealed_ms += playout.concealed_ms();
        }
    }
}

fn inbound(plan: &Negotiated) -> Result<Option<(Inbound, SrtpKeys)>, SrtpError> {
    plan.srtp.as_ref().map(|keys| Inbound::new(keys).map(|inbound| (inbound, keys.clone()))).transpose()
}

fn receives(direction: MediaDirection) -> bool {
    match direction {
        MediaDirection::SendRecv | MediaDirection::RecvOnly => true,
        MediaDirection::SendOnly | MediaDirection::Inactive => false,
    }
}
