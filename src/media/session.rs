//! One call's stream: RTP and RTCP in both directions, as a machine.
//!
//! Inputs: packets, ticks of 10 ms with the microphone's sound, digits, a changed plan. Outputs: packets to send and what
//! `account` must know. The engine calls [`Session::handle_tick`] every 10 ms and plays the frame that it fills.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::acknowledged::Acknowledged;
use super::codec::Frame;
use super::dtls::{DtlsError, Identity};
use super::keepalive::{KeepAlive, unknown_payload_type};
use super::quality;
use super::rate::Rate;
use super::receiving::{Dropped, Received, Receiving, Totals};
use super::rtcp::{self, Part};
use super::rtp;
use super::securing::Securing;
use super::sending::{Sending, SendingError};
use super::srtp;
use super::voices::{Contributors, Voices};
use crate::model::{BootTime, CallHealth, DelayBudget, MediaDirection, Now, Stats, WallTime};
use crate::sdp::{Codec, Negotiated};

mod handshake;

/// Without a packet for this long although the peer should send, the user is told (F16).
pub const SILENCE: Duration = Duration::from_secs(5);

/// The same for a peer that said that it is silent (RFC 3389): nothing need come until it speaks again.
const SILENCE_IN_PAUSES: Duration = Duration::from_secs(60);

/// Seconds over which loss is shown.
const LOSS_SECONDS: usize = 5;

/// Outputs that wait at most; the shell drains them after every input, so this is never reached.
const MOST_OUTPUTS: usize = 256;

/// Which socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The even port.
    Rtp,
    /// The odd one; with `a=rtcp-mux` both share the even one.
    Rtcp,
}

/// What the session wants.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// A packet goes out.
    Transmit {
        /// From this socket.
        channel: Channel,
        /// To this address.
        to: SocketAddr,
        /// As it goes on the wire.
        packet: Vec<u8>,
    },
    /// The first packet of the peer was accepted.
    Flowing,
    /// The peer pressed a key.
    Digit(char),
    /// Nothing has come for five seconds, or it came back.
    Silence(bool),
    /// Who speaks now among those whom the peer mixes, or the peer itself where we mix: their sources.
    Speaking(Arc<[u32]>),
    /// The handshake is done: from here on everything is protected.
    Secured,
    /// There are no keys and there will be none: nothing was sent, and nothing will be.
    SecurityFailed(DtlsError),
    /// The keys have nearly protected all that they may: new ones are to be agreed on.
    KeysAging,
    /// The counters of our keys are about to be past their first round.
    KeysTurned,
}

// A digit may be a PIN and an address is personal: neither is shown (style habit 12).
impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transmit { channel, packet, .. } => write!(f, "Transmit({channel:?}, {} bytes)", packet.len()),
            Self::Flowing => f.write_str("Flowing"),
            Self::Digit(_) => f.write_str("Digit"),
            Self::Silence(silent) => write!(f, "Silence({silent})"),
            Self::Speaking(sources) => write!(f, "Speaking({} sources)", sources.len()),
            Self::Secured => f.write_str("Secured"),
            Self::SecurityFailed(error) => write!(f, "SecurityFailed({error:?})"),
            Self::KeysAging => f.write_str("KeysAging"),
            Self::KeysTurned => f.write_str("KeysTurned"),
        }
    }
}

/// The machine.
pub struct Session {
    pub(super) plan: Arc<Negotiated>,
    random: StdRng,
    sending: Sending,
    pub(super) receiving: Receiving,
    pub(super) acknowledged: Acknowledged,
    muted: bool,
    name: String,
    started: (WallTime, BootTime),
    next_report: BootTime,
    pub(super) last_packet: BootTime,
    silent: bool,
    flowing: bool,
    round_trip: Option<Duration>,
    /// Who we are in handshakes.
    identity: Option<Arc<Identity>>,
    /// The handshake for the keys, also after it is done: the peer may have missed its end.
    securing: Option<Securing>,
    /// Only packets of the path that checks have proven come in.
    checked: bool,
    keys_aging: bool,
    keys_turned: bool,
    collisions: u8,
    rate: Rate,
    keepalive: KeepAlive,
    voices: Voices,
    /// Totals at the ends of the last seconds, the oldest first.
    seconds: VecDeque<Totals>,
    next_second: BootTime,
    outputs: VecDeque<Output>,
}

impl Session {
    /// Starts what was agreed on; the first packet leaves with the first tick.
    pub fn new(plan: Arc<Negotiated>, seed: [u8; 32], now: Now) -> Result<Self, SendingError> {
        let mut random = StdRng::from_seed(seed);
        let sending = Sending::new(&plan, &mut random)?;
        let receiving = Receiving::new(&plan)?;
        // RFC 7022 section 4.2: a name for this call only, of 96 random bits.
        let name = format!("{:016x}{:08x}", random.random::<u64>(), random.random::<u32>());
        let mut session = Self {
            plan,
            random,
            sending,
            receiving,
            acknowledged: Acknowledged::default(),
            muted: false,
            name,
            started: (now.wall, now.boot),
            next_report: now.boot,
            last_packet: now.boot,
            silent: false,
            flowing: false,
            round_trip: None,
            identity: None,
            securing: None,
            checked: false,
            keys_aging: false,
            keys_turned: false,
            collisions: 0,
            rate: Rate::default(),
            keepalive: KeepAlive::default(),
            voices: Voices::default(),
            seconds: VecDeque::new(),
            next_second: now.boot + Duration::from_secs(1),
            outputs: VecDeque::new(),
        };
        // The first report comes after half the interval (RFC 3550 section 6.2).
        session.schedule_report(rtcp::REPORT_INTERVAL / 2, now);
        Ok(session)
    }

    /// A later offer/answer exchange changed the plan. On an error the old one stays in force.
    pub fn handle_plan(&mut self, plan: Arc<Negotiated>, now: Now) -> Result<(), SendingError> {
        let keyed = self.with_keys(&plan);
        if let Some(keys) = &keyed.srtp {
            // Both halves are looked at before either is changed.
            srtp::check(keys)?;
        }
        self.sending.change(&keyed, &mut self.random)?;
        self.receiving.change(&keyed, now.boot)?;
        if plan.direction != self.plan.direction {
            // Hold is not a timeout.
            self.last_packet = now.boot;
            self.hear(now);
            self.acknowledged.restart(self.sending.packets());
        }
        self.plan = plan;
        self.begin_handshake(now);
        Ok(())
    }

    /// A packet came on a socket.
    pub fn handle_packet(&mut self, channel: Channel, from: SocketAddr, packet: &[u8], now: Now) {
        if self.take_handshake(channel, from, packet, now) {
            return;
        }
        let report = match channel {
            Channel::Rtcp => true,
            Channel::Rtp => self.plan.rtcp_mux && rtp::is_rtcp(packet),
        };
        if report {
            if let Some(parts) = self.receiving.report(from, packet, now.boot) {
                self.handle_report(&parts, now);
            }
            return;
        }
        match self.receiving.packet(from, packet, now.boot) {
            Received::Dropped => return,
            Received::Media => {}
            Received::Digit(digit) => self.output(Output::Digit(digit)),
        }
        if let Some(contributors) = self.receiving.take_contributors() {
            contributors.iter().for_each(|(source, level)| self.voices.hear(source, level, now.boot));
        }
        self.avoid_collision(now);
        self.last_packet = now.boot;
        if !self.flowing {
            self.flowing = true;
            self.output(Output::Flowing);
        }
        self.hear(now);
    }

    /// Ten milliseconds: the microphone's sound goes out, the peer's is added to `heard`.
    pub fn handle_tick(&mut self, microphone: &Frame, heard: &mut Frame, now: Now) {
        self.hear_peer(heard, now);
        self.speak(microphone, now);
    }

    /// The first half of a tick, where what goes out depends on what all others bring: the peer's sound is added to `heard`.
    pub fn hear_peer(&mut self, heard: &mut Frame, now: Now) {
        self.receiving.play_into(heard, now.boot);
    }

    /// The second half of a tick: this sound goes out.
    pub fn speak(&mut self, sound: &Frame, now: Now) {
        let silence = [0.0; 480];
        let wanted = if self.muted { &silence } else { sound };
        let packet = if self.is_blocked() { None } else { self.sending.tick(wanted) };
        if let Some(packet) = packet {
            let to = self.receiving.authenticated_address().unwrap_or(self.plan.remote_rtp);
            self.output(Output::Transmit { channel: Channel::Rtp, to, packet });
        }
        self.handle_timeout(now);
    }

    /// The peer is this loud: for whoever mixes it.
    pub fn note_voice(&mut self, source: u32, level: u8, now: Now) {
        self.voices.hear(source, level, now.boot);
    }

    /// Whose sound goes out with the next [`Self::speak`], where it is mixed.
    pub fn contribute(&mut self, contributors: &Contributors) {
        self.sending.contribute(contributors);
    }

    /// Reports, the watch for silence, the second's numbers. Spurious calls are harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.drive_handshake(now);
        self.keep_alive(now);
        if now.boot >= self.next_report {
            self.send_report(false, now);
            self.schedule_report(rtcp::REPORT_INTERVAL, now);
        }
        if now.boot >= self.next_second {
            self.next_second = now.boot + Duration::from_secs(1);
            self.watch_keys();
            self.seconds.push_back(self.receiving.totals());
            if self.seconds.len() > LOSS_SECONDS {
                self.seconds.pop_front();
            }
        }
        if let Some(sources) = self.voices.news(now.boot) {
            self.output(Output::Speaking(sources));
        }
        let expected = self.plan.direction == MediaDirection::SendRecv;
        if expected && !self.silent && self.unheard(now) >= SILENCE {
            self.silent = true;
            self.output(Output::Silence(true));
        }
    }

    /// The microphone off or on: silence is sent instead.
    pub fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// With many calls at once the encoder works less hard, or at full effort again.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        self.sending.set_thrifty(thrifty);
        self.receiving.set_thrifty(thrifty);
    }

    /// Sends digits, one after the other; `,` pauses for two seconds.
    pub fn handle_digits(&mut self, digits: &str, in_band: bool) {
        self.sending.push_digits(digits, in_band);
    }

    /// Says goodbye (RFC 3550 section 6.6); drain the outputs once more, then drop the session.
    pub fn handle_close(&mut self, now: Now) {
        self.send_report(true, now);
    }

    /// What is to be done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether the microphone is wanted.
    pub fn wants_microphone(&self) -> bool {
        matches!(self.plan.direction, MediaDirection::SendRecv | MediaDirection::SendOnly)
    }

    /// What was dropped, and why.
    pub fn dropped(&self) -> Dropped {
        self.receiving.dropped()
    }

    /// How the call is doing; `underruns` are the sound device's.
    pub fn stats(&self, underruns: u64, now: Now) -> Stats {
        let totals = self.receiving.totals();
        let before = self.seconds.front().copied().unwrap_or_default();
        let part =
            |lost: u64, expected: u64| if expected == 0 { 0.0 } else { (lost as f64 / expected as f64).min(1.0) };
        let expected = totals.expected.saturating_sub(before.expected);
        let lost = totals.lost.saturating_sub(before.lost);
        let unplayed = lost + totals.late.saturating_sub(before.late);
        let buffer_ms = self.receiving.depth_ms(now.boot);
        let codec = self.plan.send.1;
        // From mouth to ear: the network, a packet that is collected, the buffer, and a tick at each sound device.
        let one_way = self.round_trip.unwrap_or_default() / 2
            + self.plan.packet_time
            + Duration::from_secs_f64(buffer_ms / 1_000.0)
            + Duration::from_millis(20);
        let fec = codec == Codec::Opus && self.plan.opus_fec;
        Stats {
            sent_packets: self.sending.packets(),
            received_packets: self.receiving.received(),
            lost_packets: totals.lost,
            late_packets: totals.late,
            concealed_ms: totals.concealed_ms,
            jitter_ms: self.receiving.jitter_ms(),
            round_trip_ms: self.round_trip.map(|time| time.as_secs_f64() * 1_000.0),
            buffer_ms,
            delay: Box::new(DelayBudget::of_call(
                self.plan.packet_time.as_secs_f64() * 1_000.0,
                self.round_trip.map(|time| time.as_secs_f64() * 1_000.0),
                buffer_ms,
            )),
            loss_percent: part(lost, expected) * 100.0,
            mos: quality::opinion_score(codec, fec, part(unplayed, expected), one_way),
            underruns,
            evidence: self.evidence(one_way, now),
            health: CallHealth::default(),
            path: None,
        }
    }

    /// How long nothing came although something should have.
    pub(super) fn unheard(&self, now: Now) -> Duration {
        let unheard = now.boot.saturating_since(self.last_packet);
        if self.receiving.is_pause() && unheard < SILENCE_IN_PAUSES { Duration::ZERO } else { unheard }
    }

    /// Text of the peer came beside the sound: it is there.
    pub fn note_text(&mut self, now: Now) {
        self.hear(now);
    }

    fn hear(&mut self, now: Now) {
        self.last_packet = now.boot;
        if self.silent {
            self.silent = false;
            self.output(Output::Silence(false));
        }
    }

    fn handle_report(&mut self, parts: &[Part], now: Now) {
        let ssrc = self.sending.ssrc();
        let block = parts.iter().find_map(|part| match part {
            Part::Report(block) if block.ssrc == ssrc => Some(block),
            Part::Report(_) | Part::Sender { .. } | Part::Bye { .. } => None,
        });
        self.acknowledged.report(block, self.sending.packets(), self.plan.send.1.clock_hz(), now.boot);
        for part in parts {
            if let Part::Report(block) = part
                && block.ssrc == self.sending.ssrc()
            {
                let ntp = rtcp::ntp(self.started, now.boot);
                let round_trip = rtcp::round_trip(block, ntp);
                self.round_trip = round_trip.or(self.round_trip);
                self.rate.report(block.fraction_lost, round_trip, now.boot);
                let wish = self.rate.wish(self.sending.has_redundancy());
                self.sending.adapt(wish);
            }
        }
    }

    fn send_report(&mut self, bye: bool, now: Now) {
        if self.is_blocked() {
            return;
        }
        let ntp = rtcp::ntp(self.started, now.boot);
        let block = self.receiving.block(now.boot);
        let packet = rtcp::write(self.sending.ssrc(), ntp, self.sending.sent(), block, &self.name, bye);
        let Some(packet) = self.sending.report(packet) else { return };
        let (channel, to) = if self.plan.rtcp_mux {
            (Channel::Rtp, self.receiving.authenticated_address().unwrap_or(self.plan.remote_rtp))
        } else {
            (Channel::Rtcp, self.plan.remote_rtcp)
        };
        self.output(Output::Transmit { channel, to, packet });
    }

    /// While we are held nothing else goes to the port of the sound.
    fn keep_alive(&mut self, now: Now) {
        let idle = !self.wants_microphone() && !self.is_blocked();
        if self.keepalive.is_due(idle, now.boot)
            && let Some(packet) = self.sending.keep_alive(unknown_payload_type(&self.plan))
        {
            let to = self.receiving.authenticated_address().unwrap_or(self.plan.remote_rtp);
            self.output(Output::Transmit { channel: Channel::Rtp, to, packet });
        }
    }

    /// The interval varies by half, so that reports of many parties do not fall together (RFC 3550 section 6.2).
    fn schedule_report(&mut self, middle: Duration, now: Now) {
        self.next_report = now.boot + middle.mul_f64(self.random.random_range(0.5..1.5));
    }

    fn output(&mut self, output: Output) {
        if let Output::Transmit { to, .. } = &output
            && (to.ip().is_unspecified() || to.ip().is_multicast() || to.port() == 0)
        {
            // `c=0.0.0.0` means hold (RFC 3264 section 8.4); a system would take it for itself.
            return;
        }
        if self.outputs.len() < MOST_OUTPUTS {
            self.outputs.push_back(output);
        }
    }
}

#[cfg(test)]
mod mute_tests;
#[cfg(test)]
mod pause_tests;
#[cfg(test)]
mod sound_tests;
#[cfg(test)]
mod tests;
