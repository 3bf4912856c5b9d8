//! Gives a decoder of Opus the memory of sound that it did not decode.
//!
//! After a hole the decoder goes on from what it made up itself: the next packets, which predict from the past, suffer
//! as well (RFC 6716 section 4.2.7.6). Its memory is written with what was played instead, by a packet of our own.

use opus::{Application, Bandwidth, Bitrate, Channels, Signal};

use super::CodecFailure;

/// Samples in a packet of 20 ms, which is all that the voice layer remembers (RFC 6716 section 4.2.7.9.1).
const PACKET: usize = 960;

/// By so many samples the decoder's sound lags behind what was encoded (`OPUS_GET_LOOKAHEAD`, 6.5 ms).
const LAG: usize = 312;

/// Bits per second: as much as there may be before the encoder leaves its voice layer.
const BITRATE: i32 = 60_000;

/// Sound before the end that [`Memory::packet`] makes use of.
const BEFORE: usize = 2 * PACKET - LAG;

/// Sound behind the end.
const BEHIND: usize = LAG;

/// Writes such packets.
pub struct Memory(opus::Encoder);

impl Memory {
    /// At rest.
    pub fn new() -> Result<Self, CodecFailure> {
        let set_up = || {
            let mut encoder = opus::Encoder::new(48_000, Channels::Mono, Application::Audio)?;
            encoder.set_signal(Signal::Voice)?;
            // More is not heard: it is a memory.
            encoder.set_complexity(1)?;
            encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
            Ok::<_, opus::Error>(encoder)
        };
        set_up().map(Self).map_err(|_| CodecFailure)
    }

    /// A packet that leaves a decoder as if it had played the 20 ms before `end`, in the mode of the stream's own packet
    /// `like`; none for modes without a voice layer of 16 kHz.
    pub fn packet(&mut self, like: &[u8], sound: &[f32], end: usize) -> Option<Vec<u8>> {
        let bandwidth = bandwidth(like)?;
        let sound = sound.get(end.checked_sub(BEFORE)?..end + BEHIND)?;
        let (first, second) = sound.split_at(PACKET);
        let mut payload = vec![0; 1_275];
        let mut write = || {
            self.0.reset_state()?;
            self.0.set_bandwidth(bandwidth)?;
            self.0.set_prediction_disabled(false)?;
            self.0.encode_float(first, &mut payload)?;
            // The decoder's memory is not the encoder's: this packet must not predict from it.
            self.0.set_prediction_disabled(true)?;
            self.0.encode_float(second, &mut payload)
        };
        let length = write().ok()?;
        payload.truncate(length);
        // Another mode would throw the memory away instead of writing it.
        (self::bandwidth(&payload) == Some(bandwidth)).then_some(payload)
    }
}

/// The bandwidth of a payload whose voice layer runs at 16 kHz (RFC 6716 section 3.1); none for all others.
pub fn bandwidth(payload: &[u8]) -> Option<Bandwidth> {
    match payload.first()? >> 3 {
        8..=11 => Some(Bandwidth::Wideband),
        12 | 13 => Some(Bandwidth::Superwideband),
        14 | 15 => Some(Bandwidth::Fullband),
        _ => None,
    }
}
