//! Pauses of the peer, in which it sends nothing: they sound like its room, end with the next word, and are no loss.
//!
//! G.711 and G.722 tell of a pause by comfort noise (RFC 3389). Opus stops after payloads without voice (RFC 7587 section 3.1.3)
//! and its decoder goes on with noise of its own. In a pause the stream's time rests: what comes next is played as the start
//! of a talk spurt is, after the present depth and from its beginning.

use super::super::codec;
use super::super::noise::{Noise, NoiseMaker};
use super::super::pitch;
use super::Playout;
use crate::sdp::Codec;

/// Opus without voice for so long, in samples: when nothing follows it is a pause. Encoders wait for 200 ms.
const QUIET: usize = 48_000 / 10;

/// What is louder than this is no pause although the codec hears no voice in it, such as a tone: -45 dB of full scale.
const LOUD: f32 = 3.2e-5;

/// Time that passed without a packet although none was lost is a pause from here on, in milliseconds. Below, it may be a
/// peer that counts wrongly.
const GAP_MS: u64 = 100;

/// What is played while nothing comes.
#[derive(Debug, Default)]
pub(super) enum Sound {
    /// Nothing.
    #[default]
    Silence,
    /// What the decoder of Opus makes of nothing.
    Codec,
    /// What the peer described.
    Noise(Box<NoiseMaker>),
}

/// What is known of pauses.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Samples without voice at the end of what was decoded.
    quiet: usize,
    /// The last payload said that nothing would follow.
    announced: bool,
    sound: Sound,
}

impl Pause {
    /// The stream starts anew.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// A payload was decoded to this sound.
    pub(super) fn decoded(&mut self, codec: Codec, payload: &[u8], sound: &[f32]) {
        let spoken = if codec == Codec::Opus { codec::is_spoken(payload) } else { None };
        let quiet = spoken == Some(false) && pitch::power(sound) < LOUD;
        self.quiet = if quiet { self.quiet.saturating_add(sound.len()) } else { 0 };
        self.announced = spoken == Some(false) && payload.len() <= 2;
        self.sound = Sound::Silence;
    }
}

impl Playout {
    /// Whether the peer sends nothing because it is silent.
    pub fn is_pause(&self) -> bool {
        self.next.is_none() && !matches!(self.pause.sound, Sound::Silence)
    }

    /// Nothing is there: whether that is a pause rather than loss or delay.
    pub(super) fn falls_silent(&self) -> bool {
        self.made_up == 0 && (self.pause.announced || self.pause.quiet >= QUIET)
    }

    /// Whether so many units of the clock in which nothing was lost are a pause.
    pub(super) fn is_gap(&self, units: u64) -> bool {
        units * 1_000 >= GAP_MS * u64::from(self.clock_hz) || (units > 0 && self.pause.quiet >= QUIET)
    }

    /// The talk spurt is over.
    pub(super) fn begin_pause(&mut self) {
        self.next = None;
        self.made_up = 0;
        self.concealer.reset();
        if self.codec == Codec::Opus {
            self.pause.sound = Sound::Codec;
        }
        self.hear_pauses();
    }

    /// Takes descriptions of the pause out of the buffer.
    pub(super) fn hear_pauses(&mut self) {
        while self.next.is_none() && self.jitter.first().is_some_and(|first| first.noise) {
            let Some(noise) = self.jitter.take().and_then(|packet| Noise::parse(&packet.payload)) else { continue };
            match &mut self.pause.sound {
                Sound::Noise(maker) => maker.follow(noise),
                Sound::Silence | Sound::Codec => {
                    self.pause.sound = Sound::Noise(Box::new(NoiseMaker::new(self.rate, noise)));
                }
            }
        }
    }

    /// Sound was lost before the pause: it is made up until the pause begins.
    pub(super) fn make_up_to_pause(&mut self, missing: usize) {
        match missing.min(self.per_tick) {
            0 => self.begin_pause(),
            some => self.make_up(some),
        }
    }

    /// Fills the tick with what the pause sounds like.
    pub(super) fn fill_pause(&mut self) {
        let missing = self.per_tick.saturating_sub(self.sound.len());
        if missing == 0 {
            return;
        }
        match &mut self.pause.sound {
            Sound::Silence => {}
            Sound::Codec => {
                // Opus conceals in steps of 2.5 ms.
                let step = self.rate as usize / 400;
                self.decoder.conceal(missing.div_ceil(step) * step, &mut self.sound);
            }
            Sound::Noise(maker) => maker.make(missing, &mut self.sound),
        }
        // In a pause nothing waits behind the tick.
        self.sound.resize(self.per_tick, 0.0);
    }
}
