//! Opus (RFC 6716) by libopus, as RFC 7587 carries it: 48 kHz, one channel, voice.

use opus::{Application, Bitrate, Channels, Signal};

use super::{BadPayload, CodecFailure};

/// How hard the encoder works, 0 to 10. Nine costs about one percent of a core per call.
const COMPLEXITY: i32 = 9;

/// The same with many calls at once: a third of the work, hardly audible.
const THRIFTY: i32 = 3;

/// Bits per second where the peer sets no lower limit: full-band speech without audible loss.
const BITRATE: u32 = 32_000;

/// Bits per second that more of is not heard in one voice.
const HIGHEST_BITRATE: u32 = 40_000;

/// Bits per second below which libopus makes no sense of voice.
const LOWEST_BITRATE: u32 = 6_000;

/// The largest payload: what 60 ms at the highest rate that we use need, with room.
const LARGEST_PAYLOAD: usize = 1_275;

/// A voice encoder.
pub struct Encoder {
    inner: opus::Encoder,
    fec: bool,
    loss: u8,
    bitrate: u32,
    /// What the peer allows at most.
    limit: u32,
    thrifty: bool,
}

impl Encoder {
    /// An encoder; `fec` where the peer wants redundancy, `limit` its `maxaveragebitrate`.
    pub fn new(fec: bool, limit: Option<u32>) -> Result<Self, CodecFailure> {
        let limit = limit.unwrap_or(HIGHEST_BITRATE).clamp(LOWEST_BITRATE, HIGHEST_BITRATE);
        let bitrate = BITRATE.min(limit);
        let set_up = || {
            let mut inner = opus::Encoder::new(48_000, Channels::Mono, Application::Voip)?;
            inner.set_complexity(COMPLEXITY)?;
            inner.set_signal(Signal::Voice)?;
            inner.set_bitrate(Bitrate::Bits(bitrate as i32))?;
            inner.set_inband_fec(fec)?;
            inner.set_packet_loss_perc(0)?;
            Ok::<_, opus::Error>(inner)
        };
        Ok(Self { inner: set_up().map_err(|_| CodecFailure)?, fec, loss: 0, bitrate, limit, thrifty: false })
    }

    /// One frame of 10, 20, 40 or 60 ms becomes one payload.
    pub fn encode(&mut self, sound: &[f32]) -> Option<Vec<u8>> {
        let mut payload = vec![0; LARGEST_PAYLOAD];
        let length = self.inner.encode_float(sound, &mut payload).ok()?;
        payload.truncate(length);
        Some(payload)
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

/// Whether a payload carries redundancy about the one before it: the LBRR flag of RFC 6716 section 4.2.4, which follows
/// one bit of voice activity per frame of 20 ms. Only packets of one frame of one channel are looked into.
pub fn carries_redundancy(payload: &[u8]) -> bool {
    let &[toc, first, ..] = payload else { return false };
    let (config, stereo_or_more) = (toc >> 3, toc & 0x07);
    // Section 3.1: configurations 0 to 11 are SILK of 10, 20, 40, 60 ms, 12 to 15 hybrid of 10 and 20 ms.
    let frames = match config {
        0..=11 => (config & 3).max(1),
        12..=15 => 1,
        _ => return false,
    };
    stereo_or_more == 0 && first >> (7 - frames) & 1 == 1
}

/// A decoder to one channel.
pub struct Decoder(opus::Decoder);

impl Decoder {
    /// A decoder at rest.
    pub fn new() -> Result<Self, CodecFailure> {
        opus::Decoder::new(48_000, Channels::Mono).map(Self).map_err(|_| CodecFailure)
    }

    /// Decodes into exactly `samples`; an empty payload conceals, `fec` asks for the redundancy about the packet before.
    pub fn decode(&mut self, payload: &[u8], samples: usize, fec: bool, out: &mut Vec<f32>) -> Result<(), BadPayload> {
        let start = out.len();
        out.resize(start + samples, 0.0);
        let decoded = match out.get_mut(start..) {
            Some(space) => self.0.decode_float(payload, space, fec),
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
