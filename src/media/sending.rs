//! The sending half of a stream: the microphone's ticks become RTP packets, digits become events.

use rand::Rng;
use rand::rngs::StdRng;

use super::codec::{CodecFailure, Coded, Encoder, Frame};
use super::dtmf;
use super::rate::Wish;
use super::redundancy::History;
use super::rtcp::Sent;
use super::rtp::Header;
use super::srtp::{Outbound, SrtpError};
use super::voices::Contributors;
use crate::model::MediaDirection;
use crate::sdp::{Negotiated, SrtpKeys};

/// Where an event stands: its timestamp stays that of its start (RFC 4733 section 2.2.1).
struct Event {
    timestamp: u32,
}

/// Numbers, encodes and protects what goes out.
pub struct Sending {
    ssrc: u32,
    sequence: u16,
    /// Where timestamps start, whatever the clock.
    offset: u32,
    /// Ticks since the start: the stream's own time, which goes on while nothing is sent.
    ticks: u64,
    encoder: Encoder,
    payload_type: u8,
    /// The payload type of packets with copies, where the peer takes them.
    redundancy: Option<u8>,
    history: History,
    /// The payload type of comfort noise, where the peer takes it.
    noise: Option<u8>,
    /// How many copies go with each packet.
    level: u8,
    clock_hz: u32,
    /// Ticks of a packet that the network asks for, and those that were agreed on, shortest and longest.
    ticks_wanted: usize,
    ticks_agreed: (usize, usize),
    /// Everything in the plan that the encoder depends on.
    plan: EncoderPlan,
    events: Option<crate::sdp::TelephoneEvent>,
    digits: dtmf::Sender,
    /// Digits are tones in the sound, whatever was agreed on.
    in_band: bool,
    event: Option<Event>,
    active: bool,
    /// The next packet starts a talk spurt.
    marker: bool,
    outbound: Option<(Outbound, SrtpKeys)>,
    packets: u32,
    octets: u32,
    /// Packets that could not be protected.
    unprotected: u64,
    /// Whose sound the next packet carries, where we mix (RFC 3550 section 7.1).
    contributors: Contributors,
    /// The number under which the peer reads how loud they are.
    levels: Option<u8>,
}

#[derive(PartialEq)]
struct EncoderPlan {
    send: (u8, crate::sdp::Codec),
    packet_time: std::time::Duration,
    fec: bool,
    bitrate: Option<u32>,
    /// Pauses are not sent, and whether comfort noise tells of them.
    pauses: (bool, bool),
}

impl EncoderPlan {
    fn of(plan: &Negotiated) -> Self {
        Self {
            send: plan.send,
            packet_time: plan.packet_time,
            fec: plan.opus_fec,
            bitrate: plan.opus_max_bitrate,
            pauses: (plan.discontinuous, plan.helpers.noise_send.is_some()),
        }
    }
}

/// Why sending cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendingError {
    /// The codec cannot be set up.
    #[error(transparent)]
    Codec(#[from] CodecFailure),
    /// The keys are unusable.
    #[error(transparent)]
    Srtp(#[from] SrtpError),
}

impl Sending {
    /// Starts with random numbers (RFC 3550 section 5.1). The sequence starts in the lower half, so that SRTP's rollover
    /// counter cannot be guessed wrong (RFC 3711 section 3.3.1).
    pub fn new(plan: &Negotiated, random: &mut StdRng) -> Result<Self, SendingError> {
        let mut sending = Self {
            ssrc: random.random(),
            sequence: random.random_range(0..0x8000),
            offset: random.random(),
            ticks: 0,
            encoder: Encoder::new(plan)?,
            payload_type: plan.send.0,
            redundancy: plan.helpers.redundancy_send,
            history: History::default(),
            noise: plan.helpers.noise_send,
            level: 0,
            clock_hz: plan.send.1.clock_hz(),
            ticks_wanted: 1,
            ticks_agreed: ticks_agreed(plan),
            plan: EncoderPlan::of(plan),
            events: plan.events_send,
            digits: dtmf::Sender::new(),
            in_band: false,
            event: None,
            active: sends(plan.direction),
            marker: true,
            outbound: match &plan.srtp {
                Some(keys) => Some((Outbound::new(keys)?, keys.clone())),
                None => None,
            },
            packets: 0,
            octets: 0,
            unprotected: 0,
            contributors: Contributors::default(),
            levels: plan.helpers.levels_send,
        };
        // The first packet leaves with the first tick: what it still lacks is silence.
        for _ in 1..sending.encoder.ticks() {
            let _ = sending.encoder.push(&[0.0; 480]);
            sending.ticks += 1;
        }
        Ok(sending)
    }

    /// The rollover counter of our key is not zero any more, or will not be soon (RFC 3711 section 3.3.1).
    pub fn has_turned(&self) -> bool {
        self.outbound.as_ref().is_some_and(|(outbound, _)| outbound.has_turned())
    }

    /// A later offer/answer exchange. On an error the old state stays.
    pub fn change(&mut self, plan: &Negotiated, random: &mut StdRng) -> Result<(), SendingError> {
        let wanted = EncoderPlan::of(plan);
        if wanted != self.plan {
            self.encoder = Encoder::new(plan)?;
            self.plan = wanted;
            self.payload_type = plan.send.0;
            self.clock_hz = plan.send.1.clock_hz();
            self.history.clear();
            self.marker = true;
        }
        self.redundancy = plan.helpers.redundancy_send;
        self.noise = plan.helpers.noise_send;
        self.levels = plan.helpers.levels_send;
        self.ticks_agreed = ticks_agreed(plan);
        let ours = |keys: &SrtpKeys| (keys.suite, keys.local.clone(), keys.mki.local.clone());
        match (&plan.srtp, &self.outbound) {
            (Some(keys), Some((_, old))) if ours(keys) == ours(old) => {}
            (Some(keys), _) => {
                self.outbound = Some((Outbound::new(keys)?, keys.clone()));
                // A new SSRC with every new context: no two packets ever share a key stream (M05, RFC 3711 section 9.1).
                self.change_source(random);
            }
            (None, _) => self.outbound = None,
        }
        self.events = plan.events_send;
        let active = sends(plan.direction);
        self.marker |= active && !self.active;
        self.active = active;
        Ok(())
    }

    /// Goes on under another source, with counters from the start.
    pub fn change_source(&mut self, random: &mut StdRng) {
        self.ssrc = random.random();
        self.sequence = random.random_range(0..0x8000);
        (self.packets, self.octets) = (0, 0);
        self.marker = true;
    }

    /// For tests of what happens after thousands of packets.
    #[cfg(test)]
    pub fn begin_at(&mut self, sequence: u16) {
        self.sequence = sequence;
    }

    /// For tests of two sides that chose alike.
    #[cfg(test)]
    pub fn take_source(&mut self, ssrc: u32) {
        self.ssrc = ssrc;
    }

    /// Our keys have nearly protected all that they may.
    pub fn needs_new_keys(&self) -> bool {
        self.outbound.as_ref().is_some_and(|(outbound, _)| outbound.is_nearly_used_up())
    }

    /// Our synchronisation source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets sent.
    pub fn packets(&self) -> u64 {
        u64::from(self.packets)
    }

    /// For a sender report; none while nothing was sent.
    pub fn sent(&self) -> Option<Sent> {
        (self.packets > 0).then(|| Sent {
            packets: self.packets,
            octets: self.octets,
            timestamp: self.timestamp(self.ticks, self.clock_hz),
        })
    }

    /// Queues digits.
    pub fn push_digits(&mut self, digits: &str, in_band: bool) {
        self.in_band = in_band;
        self.digits.push(digits);
    }

    /// Follows what the network bears.
    pub fn adapt(&mut self, wish: Wish) {
        self.encoder.set_expected_loss(wish.expected_loss);
        self.encoder.set_bitrate(wish.bitrate);
        self.level = wish.copies;
        self.ticks_wanted = wish.ticks;
    }

    /// Whether the peer takes copies.
    pub fn has_redundancy(&self) -> bool {
        self.redundancy.is_some()
    }

    /// How hard the encoder works.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        self.encoder.set_thrifty(thrifty);
        // Fewer packets are the other half of the work.
        self.ticks_agreed.0 =
            if thrifty { 2.min(self.ticks_agreed.1).max(self.plan_ticks()) } else { self.plan_ticks() };
    }

    /// Whose sound the next tick is, where we mix.
    pub fn contribute(&mut self, contributors: &Contributors) {
        contributors.iter().for_each(|(source, level)| self.contributors.add(source, level));
    }

    /// One tick of the microphone, or of silence; answers a packet when one is due.
    pub fn tick(&mut self, frame: &Frame) -> Option<Vec<u8>> {
        let at = self.ticks;
        self.ticks += 1;
        if !self.active {
            return None;
        }
        let (shortest, longest) = self.ticks_agreed;
        if self.encoder.set_ticks(self.ticks_wanted.clamp(shortest, longest)) {
            // Copies stand for packets of one length.
            self.history.clear();
        }
        let (tick, tones) = match self.events.filter(|_| !self.in_band) {
            Some(events) => (self.digits.tick(events.clock_hz), None),
            None => (dtmf::Tick::Sound, self.digits.tick_in_band()),
        };
        match tick {
            dtmf::Tick::Sound => {
                self.event = None;
                let coded = self.encoder.code(tones.as_ref().unwrap_or(frame));
                let start = self.ticks.saturating_sub(self.encoder.ticks() as u64);
                let payload = match coded {
                    Coded::Sound(payload) => payload,
                    Coded::Collecting => return None,
                    Coded::Noise(payload) => {
                        self.begin_pause();
                        let timestamp = self.timestamp(start, self.clock_hz);
                        return self.packet(self.noise?, false, timestamp, &payload);
                    }
                    Coded::Pause => {
                        self.begin_pause();
                        return None;
                    }
                };
                let marker = std::mem::take(&mut self.marker);
                let timestamp = self.timestamp(start, self.clock_hz);
                let Some(redundant) = self.redundancy else {
                    return self.packet(self.payload_type, marker, timestamp, &payload);
                };
                let packet = if self.level == 0 {
                    self.packet(self.payload_type, marker, timestamp, &payload)
                } else {
                    let whole = self.history.write(self.level, self.payload_type, timestamp, &payload);
                    self.packet(redundant, marker, timestamp, &whole)
                };
                self.history.push(timestamp, payload);
                packet
            }
            dtmf::Tick::Quiet => None,
            dtmf::Tick::Packet { first, payload } => {
                let events = self.events?;
                if first {
                    // The event takes the place of the sound (RFC 4733 section 2.1): what was collected is dropped.
                    self.encoder.restart_packet();
                    self.history.clear();
                    self.marker = true;
                    self.event = Some(Event { timestamp: self.timestamp(at, events.clock_hz) });
                }
                let timestamp = self.event.as_ref().map(|event| event.timestamp)?;
                self.packet(events.payload_type, first, timestamp, &payload)
            }
        }
    }

    /// A packet without sound, of a payload type that means nothing to the peer.
    pub fn keep_alive(&mut self, payload_type: u8) -> Option<Vec<u8>> {
        self.packet(payload_type, false, self.timestamp(self.ticks, self.clock_hz), &[])
    }

    /// What follows a pause is marked (RFC 3551 section 4.1); copies reach back only over packets that were sent in a row.
    fn begin_pause(&mut self) {
        self.marker = true;
        self.history.clear();
    }

    /// Protects a report.
    pub fn report(&mut self, packet: Vec<u8>) -> Option<Vec<u8>> {
        match &mut self.outbound {
            Some((outbound, _)) => outbound.rtcp(&packet).ok(),
            None => Some(packet),
        }
    }

    fn plan_ticks(&self) -> usize {
        (self.plan.packet_time.as_millis() / 10).clamp(1, 6) as usize
    }

    fn timestamp(&self, ticks: u64, clock_hz: u32) -> u32 {
        self.offset.wrapping_add((ticks * u64::from(clock_hz / 100)) as u32)
    }

    fn packet(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) -> Option<Vec<u8>> {
        let header = Header {
            padding: false,
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            length: 12,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let packet = std::mem::take(&mut self.contributors).write(&header, self.levels, payload);
        let packet = match &mut self.outbound {
            // What cannot be protected is not sent.
            Some((outbound, _)) => match outbound.rtp(&packet) {
                Ok(protected) => protected,
                Err(_) => {
                    self.unprotected += 1;
                    return None;
                }
            },
            None => packet,
        };
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        Some(packet)
    }
}

/// Ticks of 10 ms in the packets that were agreed on, and in the longest that the peer takes.
fn ticks_agreed(plan: &Negotiated) -> (usize, usize) {
    let ticks = |time: std::time::Duration| (time.as_millis() / 10).clamp(1, 6) as usize;
    let agreed = ticks(plan.packet_time);
    (agreed, ticks(plan.longest_packet).max(agreed))
}

fn sends(direction: MediaDirection) -> bool {
    match direction {
        MediaDirection::SendRecv | MediaDirection::SendOnly => true,
        MediaDirection::RecvOnly | MediaDirection::Inactive => false,
    }
}
