//! Opus (RFC 6716) by libopus, as RFC 7587 carries it: 48 kHz, one channel, voice.

use opus::{Application, Bitrate, Channels, Signal};

use opusic_c::SampleRate;

use super::memory::Memory;
use super::{BadPayload, CodecFailure, Coded};

/// How hard the encoder works, 0 to 10. Nine costs about one percent of a core per call.
const COMPLEXITY: i32 = 9;

/// The same with many calls at once: a third of the work, hardly audible.
const THRIFTY: i32 = 3;

/// From this effort on, 0 to 10, the decoder guesses what is lost with a neural network (libopus: deep PLC). It works only
/// where something is lost.
const DEEP: u8 = 5;

/// The network guesses holes of packets up to this length better, in samples, whatever else helps. With longer ones, which
/// we fill from both sides, it gains where much is lost, and loses beside copies (RFC 2198).
const LONGEST_FOR_DEEP: usize = 480;

/// Bits per second where the peer sets no lower limit: full-band speech without audible loss.
const BITRATE: u32 = 32_000;

/// Bits per second that more of is not heard in one voice.
const HIGHEST_BITRATE: u32 = 48_000;

/// Bits per second below which libopus makes no sense of voice.
const LOWEST_BITRATE: u32 = 6_000;

/// The largest payload: what 60 ms at the highest rate that we use need, with room.
const LARGEST_PAYLOAD: usize = 1_275;

/// Payloads of so many bytes carry no sound: the encoder has found a pause (RFC 6716 section 2.1.9).
const PAUSE_PAYLOAD: usize = 2;

/// A voice encoder.
pub struct Encoder {
    inner: opus::Encoder,
    fec: bool,
    loss: u8,
    bitrate: u32,
    /// What the peer allows at most.
    limit: u32,
    thrifty: bool,
    /// The last payload was of a pause.
    pausing: bool,
}

impl Encoder {
    /// An encoder; `fec` where the peer wants redundancy, `limit` its `maxaveragebitrate`, `discontinuous` where nothing is
    /// sent in pauses.
    pub fn new(fec: bool, limit: Option<u32>, discontinuous: bool) -> Result<Self, CodecFailure> {
        let limit = limit.unwrap_or(HIGHEST_BITRATE).clamp(LOWEST_BITRATE, HIGHEST_BITRATE);
        let bitrate = BITRATE.min(limit);
        let set_up = || {
            let mut inner = opus::Encoder::new(48_000, Channels::Mono, Application::Voip)?;
            inner.set_complexity(COMPLEXITY)?;
            inner.set_signal(Signal::Voice)?;
            inner.set_bitrate(Bitrate::Bits(bitrate as i32))?;
            inner.set_inband_fec(fec)?;
            inner.set_packet_loss_perc(0)?;
            inner.set_dtx(discontinuous)?;
            Ok::<_, opus::Error>(inner)
        };
        let inner = set_up().map_err(|_| CodecFailure)?;
        Ok(Self { inner, fec, loss: 0, bitrate, limit, thrifty: false, pausing: false })
    }

    /// One frame of 10, 20, 40 or 60 ms becomes one payload.
    pub fn encode(&mut self, sound: &[f32]) -> Coded {
        let mut payload = vec![0; LARGEST_PAYLOAD];
        // Frames of these lengths are never refused.
        let Ok(length) = self.inner.encode_float(sound, &mut payload) else { return Coded::Pause };
        payload.truncate(length);
        let was = std::mem::replace(&mut self.pausing, length <= PAUSE_PAYLOAD);
        // The first one is sent: without it the other side would take the pause for loss until the encoder's next sign
        // of life, which comes after 400 ms.
        if was && self.pausing { Coded::Pause } else { Coded::Sound(payload) }
    }

    /// Works less hard, or at full effort again.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        let complexity = if thrifty { THRIFTY } else { COMPLEXITY };
        if thrifty != self.thrifty && self.inner.set_complexity(complexity).is_ok() {
            self.thrifty = thrifty;
        }
    }

    /// The peer misses `percent` of our packets.
    pub fn set_expected_loss(&mut self, percent: u8) {
        let percent = percent.min(100);
        if self.fec && percent != self.loss && self.inner.set_packet_loss_perc(i32::from(percent)).is_ok() {
            self.loss = percent;
        }
    }

    /// Sets the rate, within what the peer allows.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        let bitrate = bitrate.clamp(LOWEST_BITRATE, self.limit);
        if bitrate != self.bitrate && self.inner.set_bitrate(Bitrate::Bits(bitrate as i32)).is_ok() {
            self.bitrate = bitrate;
        }
    }
}

/// Whether somebody speaks, by the bits of voice activity of RFC 6716 section 4.2.3; none for payloads that have none. What
/// is too short for sound is silence.
pub fn is_spoken(payload: &[u8]) -> Option<bool> {
    match payload {
        [] => None,
        [_] | [_, _] => Some(false),
        [_, first, ..] => silk_frames(payload).map(|frames| first >> (8 - frames) != 0),
    }
}

/// Whether a payload carries redundancy about the one before it: the LBRR flag of RFC 6716 section 4.2.4, which follows
/// one bit of voice activity per frame of 20 ms. Only packets of one frame of one channel are looked into.
pub fn carries_redundancy(payload: &[u8]) -> bool {
    let (Some(frames), &[_, first, ..]) = (silk_frames(payload), payload) else { return false };
    first >> (7 - frames) & 1 == 1
}

/// Frames of 20 ms at most in the SILK part of a payload with one frame of one channel; none for all others.
pub fn silk_frames(payload: &[u8]) -> Option<u8> {
    let toc = payload.first()?;
    // Section 3.1: configurations 0 to 11 are SILK of 10, 20, 40, 60 ms, 12 to 15 hybrid of 10 and 20 ms.
    let frames = match toc >> 3 {
        config @ 0..=11 => (config & 3).max(1),
        12..=15 => 1,
        _ => return None,
    };
    (toc & 0x07 == 0).then_some(frames)
}

/// A decoder to one channel.
pub struct Decoder {
    inner: opusic_c::Decoder,
    thrifty: bool,
    /// The stream's packets are short.
    short: bool,
    /// The peer sends copies of its packets.
    copied: bool,
    /// The network is on.
    deep: bool,
    /// Only tells the pitch of packets. Made when something is lost for the first time.
    reader: Option<opus::Decoder>,
    /// The payload that was decoded last; at most [`LARGEST_PAYLOAD`] bytes are kept.
    last: Vec<u8>,
    /// Made when something is lost for the first time.
    memory: Option<Memory>,
}

impl Decoder {
    /// A decoder at rest.
    pub fn new() -> Result<Self, CodecFailure> {
        let inner = opusic_c::Decoder::new(opusic_c::Channels::Mono, SampleRate::Hz48000).map_err(|_| CodecFailure)?;
        // Its effort is 0 until it is set.
        Ok(Self {
            inner,
            thrifty: false,
            short: false,
            copied: false,
            deep: false,
            reader: None,
            last: Vec::new(),
            memory: None,
        })
    }

    /// Guesses what is lost with less work, or at full effort again.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        self.thrifty = thrifty;
        self.choose_effort();
    }

    /// The peer sends copies of its packets.
    pub fn expect_copies(&mut self) {
        self.copied = true;
        self.choose_effort();
    }

    fn choose_effort(&mut self) {
        let deep = (self.short || !self.copied) && !self.thrifty;
        if deep != self.deep && self.inner.set_complexity(if deep { DEEP } else { 0 }).is_ok() {
            self.deep = deep;
        }
    }

    /// The period of the voice at the end of what was decoded last, in samples of 48 kHz; 0 where there is none.
    pub fn period(&mut self) -> usize {
        let last = std::mem::take(&mut self.last);
        let period = self.period_of(&last);
        self.last = last;
        period
    }

    /// The period of the voice at the end of a payload, in samples of 48 kHz; 0 where there is none. Nothing of it is
    /// remembered: the voice layer tells it in every packet, whatever was lost before (RFC 6716 section 4.2.7.6.1).
    pub(super) fn period_of(&mut self, payload: &[u8]) -> usize {
        if self.reader.is_none() {
            self.reader = opus::Decoder::new(48_000, Channels::Mono).ok();
        }
        let (Some(reader), Ok(samples)) = (&mut self.reader, samples(payload)) else { return 0 };
        if reader.decode_float(payload, &mut vec![0.0; samples], false).is_err() {
            return 0;
        }
        reader.get_pitch().ok().and_then(|period| usize::try_from(period).ok()).unwrap_or_default()
    }

    /// Goes on as if the sound before `end` had been decoded from packets like `like`; false where it cannot.
    pub fn remember(&mut self, like: &[u8], sound: &[f32], end: usize) -> bool {
        if self.memory.is_none() {
            self.memory = Memory::new().ok();
        }
        let packet = self.memory.as_mut().and_then(|memory| memory.packet(like, sound, end));
        packet.is_some_and(|packet| self.run(&packet, 960, false, &mut Vec::new()).is_ok())
    }

    /// Decodes into exactly `samples`; an empty payload conceals, `fec` asks for the redundancy about the packet before.
    pub fn decode(&mut self, payload: &[u8], samples: usize, fec: bool, out: &mut Vec<f32>) -> Result<(), BadPayload> {
        if !fec && (1..=LARGEST_PAYLOAD).contains(&payload.len()) {
            self.last.clear();
            self.last.extend_from_slice(payload);
            self.short = samples <= LONGEST_FOR_DEEP;
            self.choose_effort();
        }
        self.run(payload, samples, fec, out)
    }

    fn run(&mut self, payload: &[u8], samples: usize, fec: bool, out: &mut Vec<f32>) -> Result<(), BadPayload> {
        let start = out.len();
        out.resize(start + samples, 0.0);
        let decoded = match out.get_mut(start..) {
            Some(space) => self.inner.decode_float_to_slice(payload, space, fec),
            None => return Err(BadPayload::Corrupt),
        };
        match decoded {
            Ok(decoded) => {
                out.truncate(start + decoded.min(samples));
                Ok(())
            }
            Err(_) => {
                out.truncate(start);
                Err(BadPayload::Corrupt)
            }
        }
    }
}

/// The samples of 48 kHz in a payload (RFC 6716 section 3.2).
pub fn samples(payload: &[u8]) -> Result<usize, BadPayload> {
    opus::packet::get_nb_samples(payload, 48_000).map_err(|_| BadPayload::Corrupt)
}
