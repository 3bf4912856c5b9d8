//! Codecs: 48 kHz mono sound to payloads, and payloads to sound at the codec's own rate.

mod g711;
mod g722;
mod memory;
mod opus;

use std::time::Duration;

use super::pauses::Pauses;
use super::resample::{Decimator, Interpolator};
use crate::sdp::{Codec, Negotiated};

pub use crate::audio::{FRAME_SAMPLES as TICK, Frame};

/// The longest payload that is decoded, in time: what Opus allows at most (RFC 6716 section 3.4, R5).
pub const LONGEST_PACKET: Duration = Duration::from_millis(120);

/// Why a payload was not decoded: always the peer's fault, and the payload counts as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    /// Nothing in it.
    #[error("the payload is empty")]
    Empty,
    /// More than 120 ms.
    #[error("the payload is longer than 120 ms")]
    TooLong,
    /// Not what the codec allows.
    #[error("the payload breaks the codec's rules")]
    Corrupt,
}

/// The codec library refused to work: our own fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the codec cannot be set up")]
pub struct CodecFailure;

/// Samples per second that a codec's decoder gives.
pub fn sound_rate(codec: Codec) -> u32 {
    match codec {
        Codec::Opus => 48_000,
        Codec::G722 => 16_000,
        Codec::Pcmu | Codec::Pcma => 8_000,
    }
}

fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).clamp(-32_768.0, 32_767.0) as i16
}

fn to_f32(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// What became of a tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coded {
    /// The packet is not complete.
    Collecting,
    /// A payload.
    Sound(Vec<u8>),
    /// The description of a pause (RFC 3389), which stands for one packet.
    Noise(Vec<u8>),
    /// A packet of a pause: nothing is sent for it.
    Pause,
}

/// Collects ticks of the microphone into payloads of the negotiated length.
pub struct Encoder {
    kind: EncoderKind,
    /// Ticks per packet.
    ticks: usize,
    collected: usize,
    /// Watches for pauses, where the codec does not do that itself.
    pauses: Option<Pauses>,
}

enum EncoderKind {
    Opus { encoder: Box<opus::Encoder>, sound: Vec<f32> },
    G722 { encoder: Box<g722::Encoder>, down: Decimator, low: Vec<f32> },
    G711 { law: fn(i16) -> u8, down: Decimator, low: Vec<f32> },
}

impl Encoder {
    /// An encoder for what was agreed on. Packet times outside 10 to 60 ms are taken as the nearest inside.
    pub fn new(plan: &Negotiated) -> Result<Self, CodecFailure> {
        let wanted = (plan.packet_time.as_millis() / 10).clamp(1, 6) as usize;
        let (kind, ticks) = match plan.send.1 {
            Codec::Opus => {
                let encoder = Box::new(opus::Encoder::new(plan.opus_fec, plan.opus_max_bitrate, plan.discontinuous)?);
                (EncoderKind::Opus { encoder, sound: Vec::with_capacity(6 * TICK) }, opus_ticks(wanted))
            }
            Codec::G722 => {
                let (encoder, down) = (Box::new(g722::Encoder::new()), Decimator::new(3));
                (EncoderKind::G722 { encoder, down, low: Vec::new() }, wanted)
            }
            Codec::Pcmu | Codec::Pcma => {
                let law = if plan.send.1 == Codec::Pcmu { g711::mu_law } else { g711::a_law };
                (EncoderKind::G711 { law, down: Decimator::new(6), low: Vec::new() }, wanted)
            }
        };
        // Without an agreement on comfort noise a pause could not be told from a dead line.
        let watched = plan.discontinuous && plan.helpers.noise_send.is_some() && plan.send.1 != Codec::Opus;
        let pauses = watched.then(|| Pauses::new(sound_rate(plan.send.1) as usize / 100));
        Ok(Self { kind, ticks, collected: 0, pauses })
    }

    /// Ticks per packet.
    pub fn ticks(&self) -> usize {
        self.ticks
    }

    /// Takes a tick; answers a payload when one is complete.
    pub fn push(&mut self, frame: &Frame) -> Option<Vec<u8>> {
        match self.code(frame) {
            Coded::Sound(payload) => Some(payload),
            Coded::Collecting | Coded::Noise(_) | Coded::Pause => None,
        }
    }

    /// Takes a tick; answers what is to be sent.
    pub fn code(&mut self, frame: &Frame) -> Coded {
        self.collected += 1;
        let complete = self.collected >= self.ticks;
        if complete {
            self.collected = 0;
        }
        let (down, low) = match &mut self.kind {
            EncoderKind::Opus { encoder, sound } => {
                sound.extend_from_slice(frame);
                if !complete {
                    return Coded::Collecting;
                }
                let coded = encoder.encode(sound);
                sound.clear();
                return coded;
            }
            EncoderKind::G722 { down, low, .. } | EncoderKind::G711 { down, low, .. } => (down, low),
        };
        let before = low.len();
        down.process(frame, low);
        if let Some(pauses) = &mut self.pauses {
            pauses.tick(low.get(before..).unwrap_or_default());
        }
        if !complete {
            return Coded::Collecting;
        }
        if let Some(pauses) = self.pauses.as_mut().filter(|pauses| pauses.is_pause()) {
            // The codec's memory rests: that of the other side does as well.
            low.clear();
            return pauses.describe().map_or(Coded::Pause, |noise| Coded::Noise(noise.write()));
        }
        let samples: Vec<i16> = low.drain(..).map(to_i16).collect();
        Coded::Sound(match &mut self.kind {
            EncoderKind::G722 { encoder, .. } => {
                let mut bytes = Vec::with_capacity(samples.len() / 2);
                encoder.encode(&samples, &mut bytes);
                bytes
            }
            EncoderKind::G711 { law, .. } => samples.into_iter().map(law).collect(),
            // Was answered above.
            EncoderKind::Opus { .. } => return Coded::Collecting,
        })
    }

    /// Packets are so many ticks long from the next one on, or the nearest that the codec has; answers whether that changes
    /// anything. A packet that has begun is finished first.
    pub fn set_ticks(&mut self, ticks: usize) -> bool {
        let ticks = match (&self.kind, ticks.clamp(1, 6)) {
            (EncoderKind::Opus { .. }, wanted) => opus_ticks(wanted),
            (EncoderKind::G722 { .. } | EncoderKind::G711 { .. }, wanted) => wanted,
        };
        let changes = self.collected == 0 && ticks != self.ticks;
        if changes {
            self.ticks = ticks;
        }
        changes
    }

    /// Drops what a packet has collected so far: an event takes its place.
    pub fn restart_packet(&mut self) {
        self.collected = 0;
        match &mut self.kind {
            EncoderKind::Opus { sound, .. } => sound.clear(),
            EncoderKind::G722 { low, .. } | EncoderKind::G711 { low, .. } => low.clear(),
        }
    }

    /// Works less hard, where the codec can, or at full effort again.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        match &mut self.kind {
            EncoderKind::Opus { encoder, .. } => encoder.set_thrifty(thrifty),
            EncoderKind::G722 { .. } | EncoderKind::G711 { .. } => {}
        }
    }

    /// Tells how many packets in a hundred the peer misses (from its RTCP reports), so that Opus adds redundancy.
    pub fn set_expected_loss(&mut self, percent: u8) {
        match &mut self.kind {
            EncoderKind::Opus { encoder, .. } => encoder.set_expected_loss(percent),
            EncoderKind::G722 { .. } | EncoderKind::G711 { .. } => {}
        }
    }

    /// Sets the rate of Opus in bits per second; the other codecs have only one.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        match &mut self.kind {
            EncoderKind::Opus { encoder, .. } => encoder.set_bitrate(bitrate),
            EncoderKind::G722 { .. } | EncoderKind::G711 { .. } => {}
        }
    }
}

/// Opus has frames of 10, 20, 40 and 60 ms (RFC 6716 section 2.1.4).
fn opus_ticks(wanted: usize) -> usize {
    match wanted {
        3 => 2,
        5 => 4,
        other => other,
    }
}

/// Whether an Opus payload is one frame of one channel with a voice layer of 16 kHz, whose memory can be written.
pub fn has_voice_layer(payload: &[u8]) -> bool {
    memory::bandwidth(payload).is_some() && opus::silk_frames(payload).is_some()
}

/// Whether somebody speaks in an Opus payload; none where it does not say so.
pub fn is_spoken(payload: &[u8]) -> Option<bool> {
    opus::is_spoken(payload)
}

/// Whether an Opus payload carries redundancy about the one before it.
pub fn carries_redundancy(payload: &[u8]) -> bool {
    opus::carries_redundancy(payload)
}

/// Turns payloads into sound at [`sound_rate`].
pub enum Decoder {
    /// Opus, with its own concealment.
    Opus(Box<opus::Decoder>),
    /// G.722.
    G722(Box<g722::Decoder>),
    /// G.711 by this law.
    G711(fn(u8) -> i16),
}

impl Decoder {
    /// A decoder for a codec.
    pub fn new(codec: Codec) -> Result<Self, CodecFailure> {
        Ok(match codec {
            Codec::Opus => Self::Opus(Box::new(opus::Decoder::new()?)),
            Codec::G722 => Self::G722(Box::new(g722::Decoder::new())),
            Codec::Pcmu => Self::G711(g711::from_mu_law),
            Codec::Pcma => Self::G711(g711::from_a_law),
        })
    }

    /// The samples in a payload, without decoding it.
    pub fn samples(&self, payload: &[u8]) -> Result<usize, BadPayload> {
        if payload.is_empty() {
            return Err(BadPayload::Empty);
        }
        let (samples, longest) = match self {
            Self::Opus(_) => (opus::samples(payload)?, 5_760),
            Self::G722(_) => (payload.len() * 2, 1_920),
            Self::G711(_) => (payload.len(), 960),
        };
        if samples > longest { Err(BadPayload::TooLong) } else { Ok(samples) }
    }

    /// Decodes a payload and appends the sound.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<f32>) -> Result<(), BadPayload> {
        let samples = self.samples(payload)?;
        match self {
            Self::Opus(decoder) => decoder.decode(payload, samples, false, out),
            Self::G722(decoder) => {
                decoder.decode(payload, |sample| out.push(to_f32(sample)));
                Ok(())
            }
            Self::G711(law) => {
                out.extend(payload.iter().map(|code| to_f32(law(*code))));
                Ok(())
            }
        }
    }

    /// The sound of a lost packet of `samples` from the redundancy in the one after it (RFC 6716 section 2.1.7).
    pub fn recover(&mut self, next: &[u8], samples: usize, out: &mut Vec<f32>) -> Result<(), BadPayload> {
        match self {
            Self::Opus(decoder) => decoder.decode(next, samples, true, out),
            Self::G722(_) | Self::G711(_) => Err(BadPayload::Corrupt),
        }
    }

    /// Tells a codec that predicts what was played for a lost packet: `before` was heard, `made_up` follows it, `more`
    /// would follow that.
    pub fn follow(&mut self, before: &[f32], made_up: &[f32], more: &[f32]) {
        let Self::G722(decoder) = self else { return };
        let before = before.get(before.len().saturating_sub(g722::FILTERS)..).unwrap_or_default();
        let silence = g722::FILTERS - before.len();
        let sound = before.iter().chain(made_up).chain(more.iter().take(g722::FILTERS));
        let sound: Vec<i16> = std::iter::repeat_n(0, silence).chain(sound.map(|sample| to_i16(*sample))).collect();
        decoder.follow(&sound);
    }

    /// Guesses what is lost with less work, where the codec can, or at full effort again.
    pub fn set_thrifty(&mut self, thrifty: bool) {
        match self {
            Self::Opus(decoder) => decoder.set_thrifty(thrifty),
            Self::G722(_) | Self::G711(_) => {}
        }
    }

    /// The peer sends copies of its packets (RFC 2198): few holes are left to be guessed.
    pub fn expect_copies(&mut self) {
        match self {
            Self::Opus(decoder) => decoder.expect_copies(),
            Self::G722(_) | Self::G711(_) => {}
        }
    }

    /// The codec's own guess at `samples` of missing sound; `false` when the codec has none.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) -> bool {
        match self {
            Self::Opus(decoder) => decoder.decode(&[], samples, false, out).is_ok(),
            Self::G722(_) | Self::G711(_) => false,
        }
    }
}

/// Brings a codec's sound to 48 kHz.
pub struct ToEngine(Option<Interpolator>);

impl ToEngine {
    /// For the sound of this codec.
    pub fn new(codec: Codec) -> Self {
        Self(match codec {
            Codec::Opus => None,
            Codec::G722 => Some(Interpolator::new(3)),
            Codec::Pcmu | Codec::Pcma => Some(Interpolator::new(6)),
        })
    }

    /// Converts one tick.
    pub fn process(&mut self, sound: &[f32], frame: &mut Frame) {
        match &mut self.0 {
            None => {
                for (out, sample) in frame.iter_mut().zip(sound) {
                    *out = *sample;
                }
            }
            Some(interpolator) => interpolator.process(sound, frame),
        }
    }
}

#[cfg(test)]
mod tests;
