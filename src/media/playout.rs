//! From packets to a steady stream of sound: decides each tick whether to decode, recover, conceal, shorten or lengthen.
//!
//! The *depth* is the time from the arrival of the fastest packet to its being played. It follows what the late packets
//! need ([`Delays`]): sound is stretched by whole periods of the voice until the depth fits. A packet is wanted at a
//! tick, so the part of the depth that decides is counted in whole ticks; what is left over between the decoded sound and
//! the tick is waste, and is shortened away where it is long enough.

use std::time::Duration;

use super::codec::{self, CodecFailure, Decoder, sound_rate};
use super::conceal::Concealer;
use super::delay::{DEEPEST_MS, Delays};
use super::jitter::{JitterBuffer, Put};
use super::rtp::extend_sequence;
use super::{pitch, stretch};
use crate::model::BootTime;
use crate::sdp::Codec;

mod hole;
mod pause;

/// A tick, in microseconds.
const TICK_US: i64 = 10_000;

/// Depth beyond what the late packets need: for the jitter of our own thread.
const MARGIN_US: i64 = 3_000;

/// So much of the margin may be used up before the sound is lengthened.
const SLACK_US: i64 = 1_500;

/// A spare depth below this is left alone, so that the depth does not swing.
const WORTH_IT_US: i64 = 5_000;

/// A spare depth beyond this is shortened also where the sound does not repeat well.
const URGENT_US: i64 = 60_000;

/// Ticks for which a stretch waits for sound that repeats well.
const PATIENCE: u32 = 60;

/// Ticks between two stretches: at most a quarter of the sound is changed.
const REST: u32 = 3;

/// So much of a hole is bridged, in milliseconds.
const LONGEST_BRIDGE_MS: usize = 60;

/// Sound made up for this long ends the talk spurt; the next packet starts afresh.
const GIVE_UP: Duration = Duration::from_millis(500);

/// The codec's own concealment fades between these, in seconds.
const FADE_FROM: f32 = 0.1;
const FADE_TO: f32 = 0.4;

/// What the playout has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that came too late.
    pub late: u64,
    /// Samples made up, at the sound's rate.
    pub concealed: u64,
    /// Packets recovered from the redundancy in the next one.
    pub recovered: u64,
    /// Periods left out or repeated.
    pub stretched: u64,
}

/// The receiving end of one source in one codec.
pub struct Playout {
    codec: Codec,
    rate: u32,
    clock_hz: u32,
    per_tick: usize,
    jitter: JitterBuffer,
    delays: Delays,
    decoder: Decoder,
    concealer: Concealer,
    /// Decoded and not yet played.
    sound: Vec<f32>,
    /// Played last.
    past: Vec<f32>,
    /// The timestamp of what follows `sound`; none between talk spurts.
    next: Option<u64>,
    /// Samples made up since something was decoded.
    made_up: usize,
    /// Samples of the packet decoded last.
    packet: usize,
    rest: u32,
    waited: u32,
    pause: pause::Pause,
    /// The period of the voice before a hole in Opus, in samples; 0 without a voice.
    period: usize,
    /// Little work is spent on holes.
    thrifty: bool,
    counters: Counters,
}

impl Playout {
    /// For a codec.
    pub fn new(codec: Codec) -> Result<Self, CodecFailure> {
        let rate = sound_rate(codec);
        let per_tick = rate as usize / 100;
        Ok(Self {
            codec,
            rate,
            clock_hz: codec.clock_hz(),
            per_tick,
            jitter: JitterBuffer::new(codec.clock_hz()),
            delays: Delays::new(),
            decoder: Decoder::new(codec)?,
            concealer: Concealer::new(rate),
            sound: Vec::new(),
            past: Vec::new(),
            next: None,
            made_up: 0,
            packet: per_tick * 2,
            rest: 0,
            waited: 0,
            pause: pause::Pause::default(),
            period: 0,
            thrifty: false,
            counters: Counters::default(),
        })
    }

    /// The codec.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// With many calls at once holes are filled with less work.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        self.thrifty = thrifty;
        self.decoder.set_thrifty(thrifty);
    }

    /// What was done so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Milliseconds of sound made up so far.
    pub fn concealed_ms(&self) -> u64 {
        self.counters.concealed * 1_000 / u64::from(self.rate)
    }

    /// Puts a packet in as it comes.
    pub fn put(&mut self, sequence: u16, timestamp: u32, payload: &[u8], now: BootTime) {
        let put = self.jitter.put(sequence, timestamp, payload, now);
        if let Some(timestamp) = self.take_note(put, now) {
            self.wait_for_help(sequence, timestamp, payload, now);
        }
    }

    /// Puts in the description of a pause (RFC 3389) as it comes.
    pub fn put_noise(&mut self, sequence: u16, timestamp: u32, payload: &[u8], now: BootTime) {
        let put = self.jitter.put_noise(sequence, timestamp, payload, now);
        self.take_note(put, now);
    }

    /// Learns from what became of a packet; its timestamp where something was before it.
    fn take_note(&mut self, put: Put, now: BootTime) -> Option<u64> {
        let timestamp = match put {
            Put::Kept(timestamp) => timestamp,
            Put::Late(timestamp) => {
                self.counters.late += 1;
                timestamp
            }
            Put::Restarted(timestamp) => {
                self.pause();
                // Nothing is missing before the first one.
                self.delays.packet(self.stream_us(timestamp), us(now));
                return None;
            }
            Put::Duplicate | Put::Strange => return None,
        };
        self.delays.packet(self.stream_us(timestamp), us(now));
        Some(timestamp)
    }

    /// How long a payload is, in units of the clock; none when it breaks the codec's rules.
    pub fn units_in(&self, payload: &[u8]) -> Option<u32> {
        let samples = self.decoder.samples(payload).ok()?;
        u32::try_from(self.units_of(samples)).ok()
    }

    /// Puts in a copy of an earlier packet that another one brought (RFC 2198).
    pub fn put_copy(&mut self, sequence: u16, timestamp: u32, payload: &[u8], now: BootTime) {
        self.decoder.expect_copies();
        match self.jitter.put_copy(sequence, timestamp, payload, now) {
            Put::Kept(timestamp) => {
                self.counters.recovered += 1;
                self.delays.packet(self.stream_us(timestamp), us(now));
            }
            // It would have helped had the buffer been deeper.
            Put::Late(timestamp) => self.delays.packet(self.stream_us(timestamp), us(now)),
            Put::Duplicate | Put::Strange | Put::Restarted(_) => {}
        }
    }

    /// Appends one tick of sound.
    pub fn tick(&mut self, now: BootTime, out: &mut Vec<f32>) {
        if self.next.is_none() {
            self.start(now);
        }
        // Each round decodes, drops or makes up something: the bound only states that it ends.
        for _ in 0..256 {
            if self.sound.len() >= self.per_tick || self.next.is_none() {
                break;
            }
            self.fill();
        }
        self.adjust(now);
        self.fill_pause();
        let tick = self.sound.drain(..self.per_tick);
        let played = self.past.len();
        self.past.extend(tick);
        out.extend_from_slice(self.past.get(played..).unwrap_or_default());
        // All that is asked of the past: a tenth of a second for the holes of Opus.
        let keep = Concealer::history(self.rate).max(self.rate as usize / 10);
        if self.past.len() > 2 * keep {
            self.past.drain(..self.past.len() - keep);
        }
    }

    /// The present depth, between two ticks.
    pub fn depth(&self, now: BootTime) -> Duration {
        let waste = (self.sound.len() % self.per_tick) as i64 * 1_000_000 / i64::from(self.rate);
        // What follows is wanted at the next tick.
        let depth = self.depth_us(now).map_or(0, |depth| depth + TICK_US + waste);
        Duration::from_micros(u64::try_from(depth).unwrap_or_default())
    }

    /// A timestamp in microseconds.
    fn stream_us(&self, timestamp: u64) -> i64 {
        // Below 2^64 for any stream that lasts less than a year.
        i64::try_from(timestamp.saturating_mul(1_000_000) / u64::from(self.clock_hz)).unwrap_or(i64::MAX)
    }

    fn samples_of(&self, units: u64) -> usize {
        usize::try_from(units * u64::from(self.rate) / u64::from(self.clock_hz)).unwrap_or(usize::MAX)
    }

    fn units_of(&self, samples: usize) -> u64 {
        samples as u64 * u64::from(self.clock_hz) / u64::from(self.rate)
    }

    /// The depth in whole ticks after the fastest packet; none where nothing is known.
    fn depth_us(&self, now: BootTime) -> Option<i64> {
        let (next, baseline) = (self.next?, self.delays.baseline_us()?);
        let ticks = (self.sound.len() / self.per_tick) as i64;
        Some(us(now) + ticks * TICK_US - self.stream_us(next) - baseline)
    }

    /// The depth that is wanted.
    fn target_us(&self) -> i64 {
        self.delays.needed_us().min(DEEPEST_MS as i64 * 1_000) + MARGIN_US
    }

    /// Starts a talk spurt once its first packet has waited as long as the depth asks.
    fn start(&mut self, now: BootTime) {
        self.hear_pauses();
        let Some(first) = self.jitter.first() else { return };
        let due = self
            .delays
            .baseline_us()
            .map_or(0, |baseline| self.stream_us(first.timestamp) + baseline + self.target_us());
        if us(now) >= due || us(now) - us(first.arrived) >= DEEPEST_MS as i64 * 1_000 {
            self.next = Some(first.timestamp);
        }
    }

    fn pause(&mut self) {
        self.pause.end();
        self.next = None;
        self.made_up = 0;
        self.concealer.reset();
        self.delays.forget_baseline();
    }

    /// Appends something to `sound`, or drops a packet whose time has passed.
    fn fill(&mut self) {
        let Some(next) = self.next else { return };
        let Some(first) = self.jitter.first() else {
            if self.falls_silent() {
                self.begin_pause();
                return;
            }
            // Nothing is there: the packet may be late, so the stream's time stands still.
            self.make_up(self.per_tick);
            if self.made_up * 1_000 > GIVE_UP.as_millis() as usize * self.rate as usize {
                self.pause();
            }
            return;
        };
        let (timestamp, sequence, noise) = (first.timestamp, first.sequence, first.noise);
        if timestamp < next && noise {
            self.begin_pause();
            return;
        }
        if timestamp < next {
            self.jitter.take();
            self.counters.late += 1;
            return;
        }
        let missing = self.samples_of(timestamp - next).saturating_sub(self.made_up);
        let lost = self.jitter.last_taken().is_some_and(|taken| sequence > taken + 1);
        if !lost && (noise || self.is_gap(timestamp - next)) {
            self.begin_pause();
        } else if noise {
            self.make_up_to_pause(missing);
        } else if missing == 0 || missing * 1_000 > DEEPEST_MS * self.rate as usize {
            self.decode();
        } else if lost && self.recover(missing) {
            self.next = Some(timestamp);
        } else if self.bridges(missing) {
            self.bridge(missing);
        } else {
            self.make_up(missing.min(self.per_tick));
        }
    }

    fn decode(&mut self) {
        if self.made_up > 0 && self.codec == Codec::G722 {
            self.follow();
        }
        self.decode_next();
    }

    /// Decodes the next packet with a decoder that knows what was made up.
    fn decode_next(&mut self) {
        let Some(packet) = self.jitter.take() else { return };
        let at = self.sound.len();
        match self.decoder.decode(&packet.payload, &mut self.sound) {
            Ok(()) => {
                self.packet = self.sound.len() - at;
                self.counters.concealed += self.made_up as u64;
                self.join(at);
                self.made_up = 0;
                self.next = Some(packet.timestamp + self.units_of(self.packet));
                self.pause.decoded(self.codec, &packet.payload, self.sound.get(at..).unwrap_or_default());
            }
            // A payload that breaks the rules counts as lost: its time is made up when the next one is there.
            Err(_) => self.sound.truncate(at),
        }
    }

    /// Recovers one whole lost packet from the one after it.
    fn recover(&mut self, missing: usize) -> bool {
        let Some(first) = self.jitter.first() else { return false };
        // Asked for redundancy that is not there, libopus makes something up without a word.
        let none = codec::has_voice_layer(&first.payload) && !codec::carries_redundancy(&first.payload);
        if none || self.decoder.samples(&first.payload) != Ok(missing) {
            return false;
        }
        let recovered = self.decoder.recover(&first.payload, missing, &mut self.sound).is_ok();
        if recovered {
            self.counters.recovered += 1;
            self.counters.concealed += self.made_up as u64;
            self.made_up = 0;
        }
        recovered
    }

    fn make_up(&mut self, samples: usize) {
        // Opus conceals in steps of 2.5 ms.
        let step = self.rate as usize / 400;
        let samples = samples.div_ceil(step) * step;
        let at = self.sound.len();
        if self.made_up == 0 && !self.thrifty {
            self.period = self.decoder.period();
        }
        if self.decoder.conceal(samples, &mut self.sound) {
            // The codec would hum on for ever where the sound was a steady one.
            let fades: Vec<f32> = (0..samples).map(|n| self.fade(self.made_up + n)).collect();
            for (sample, fade) in self.sound.iter_mut().skip(at).zip(fades) {
                *sample *= fade;
            }
        } else {
            let known: Vec<f32> = self.past.iter().chain(&self.sound).copied().collect();
            self.concealer.conceal(&known, samples, &mut self.sound);
        }
        self.made_up += samples;
    }

    /// How loud the codec's concealment still is after so many samples of it.
    fn fade(&self, made_up: usize) -> f32 {
        let (full, silent) = (self.rate as f32 * FADE_FROM, self.rate as f32 * FADE_TO);
        ((silent - made_up as f32) / (silent - full)).clamp(0.0, 1.0)
    }

    /// Blends from what was made up to what was decoded, from `at` on.
    fn join(&mut self, at: usize) {
        let faded = self.fade(self.made_up);
        match &self.decoder {
            // The codec leads over by itself; only what was faded here must be raised again.
            Decoder::Opus(_) if faded < 1.0 => {
                let ramp = self.per_tick / 2;
                for (n, sample) in self.sound.iter_mut().skip(at).take(ramp).enumerate() {
                    *sample *= faded + (1.0 - faded) * n as f32 / ramp as f32;
                }
            }
            Decoder::Opus(_) => {}
            Decoder::G722(_) | Decoder::G711(_) => self.concealer.join(&mut self.sound, at),
        }
    }

    /// Moves the depth towards the target.
    fn adjust(&mut self, now: BootTime) {
        self.rest = self.rest.saturating_sub(1);
        let (Some(depth), 0, 0) = (self.depth_us(now), self.made_up, self.rest) else { return };
        let target = self.target_us();
        let waste = (self.sound.len() % self.per_tick) as i64 * 1_000_000 / i64::from(self.rate);
        let spare = waste + (depth - target).max(0) / TICK_US * TICK_US;
        let changed = if depth < target - SLACK_US {
            let past =
                self.past.get(self.past.len().saturating_sub(Concealer::history(self.rate))..).unwrap_or_default();
            let most = pitch::samples(self.rate, TICK_US as usize);
            stretch::lengthen(past, &mut self.sound, self.rate, most, self.waited >= PATIENCE)
        } else if depth >= target && spare >= WORTH_IT_US {
            self.decode_until(self.per_tick + 2 * pitch::longest(self.rate));
            let most = pitch::samples(self.rate, spare as usize).min(self.sound.len().saturating_sub(self.per_tick));
            stretch::shorten(&mut self.sound, self.rate, most, spare >= URGENT_US || self.waited >= PATIENCE)
        } else {
            self.waited = 0;
            return;
        };
        if changed > 0 {
            self.counters.stretched += 1;
            self.rest = REST;
            self.waited = 0;
        } else {
            self.waited += 1;
        }
    }

    /// Decodes what follows without a gap, until there are `enough` samples.
    fn decode_until(&mut self, enough: usize) {
        // At most one packet per 2.5 ms, the shortest there is.
        for _ in 0..16 {
            let follows = self.jitter.first().is_some_and(|first| Some(first.timestamp) == self.next && !first.noise);
            if self.sound.len() >= enough || !follows {
                return;
            }
            self.decode();
        }
    }
}

fn us(at: BootTime) -> i64 {
    i64::try_from(at.as_duration().as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
