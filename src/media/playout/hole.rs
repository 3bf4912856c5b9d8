//! Holes whose far side is here: they are filled from both sides.

use super::super::codec::Decoder;
use super::super::{bridge, codec, glide, pitch};
use super::{LONGEST_BRIDGE_MS, Playout, us};
use crate::model::BootTime;
use crate::sdp::Codec;

/// Shorter holes in Opus are left to libopus, which guesses them better than we do, in milliseconds.
const SHORTEST_IN_OPUS_MS: usize = 20;

/// How what was played of a hole leads over to what fills the rest, in microseconds.
const JOINT_US: usize = 4_000;

/// So long the sound behind a hole in G.722 suffers most from it, in microseconds: the decoder predicts it from what was made
/// up. After 2.5 ms it is 7 dB above its error, at the end of the packet 11.
const SUFFERS_US: usize = 2_000;

/// More of a guess than the hole is long, in microseconds: for what is brought into step.
const BEYOND_US: usize = 10_000;

/// Samples of Opus behind a hole that are looked at: a packet of 20 ms.
const LOOK: usize = 960;

impl Playout {
    /// What helps with a lost packet comes with the next one: redundancy of Opus (RFC 6716 section 2.1.7), or the far side
    /// of the hole. It counts as the lost packet, so that the depth lets it come in time where much is lost.
    pub(super) fn wait_for_help(&mut self, sequence: u16, timestamp: u64, payload: &[u8], now: BootTime) {
        let Ok(samples) = self.decoder.samples(payload) else { return };
        let helps = match self.codec {
            Codec::Opus => {
                codec::carries_redundancy(payload)
                    || (samples * 1_000 >= SHORTEST_IN_OPUS_MS * self.rate as usize && codec::has_voice_layer(payload))
            }
            Codec::Pcmu | Codec::Pcma | Codec::G722 => true,
        };
        let Some(highest) = self.jitter.highest().filter(|_| helps) else { return };
        if super::extend_sequence(highest, sequence) == highest && !self.jitter.was_seen(highest - 1) {
            let before = timestamp.saturating_sub(self.units_of(samples));
            self.delays.packet(self.stream_us(before), us(now));
        }
    }

    /// Whether a hole is filled from both sides.
    ///
    /// G.711 has no memory: what follows a hole is as true as what precedes it. The voice layer of Opus tells its pitch in
    /// every packet, whatever was lost before (RFC 6716 section 4.2.7.6.1), and its memory can be written. The next packet
    /// of G.722 suffers from the hole as well, but not for long.
    pub(super) fn bridges(&self, missing: usize) -> bool {
        let ms = |samples: usize| samples * 1_000 / self.rate as usize;
        match self.codec {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => ms(missing) <= LONGEST_BRIDGE_MS,
            Codec::Opus => {
                !self.thrifty
                    && (SHORTEST_IN_OPUS_MS..=LONGEST_BRIDGE_MS).contains(&ms(self.made_up + missing))
                    && self.jitter.first().is_some_and(|first| codec::has_voice_layer(&first.payload))
            }
        }
    }

    /// Fills a hole whose far side is here.
    pub(super) fn bridge(&mut self, missing: usize) {
        if self.codec == Codec::Opus {
            self.mend(missing);
            return;
        }
        let at = self.sound.len();
        self.make_up(missing);
        let mut more = self.sound.split_off(at + missing);
        self.made_up -= more.len();
        self.concealer.conceal(&[], pitch::samples(self.rate, BEYOND_US), &mut more);
        let head = if self.codec == Codec::G722 { pitch::samples(self.rate, SUFFERS_US) } else { 0 };
        if self.codec == Codec::G722 {
            self.follow_with(&more);
        }
        let follows = self.sound.len();
        // The bridge ends in the true sound: no joint is wanted there.
        self.concealer.reset();
        self.decode_next();
        self.decode_until(follows + bridge::ahead(self.rate));
        // The bridge reaches into what suffers, and leads over to it there.
        let (Some(guess), Some(suffering)) = (more.get(..head), self.sound.get_mut(follows..follows + head)) else {
            return;
        };
        let decoded = suffering.to_vec();
        suffering.copy_from_slice(guess);
        let (hole, after) = self.sound.split_at_mut(follows + head);
        if let (Some(hole), Some(more)) = (hole.get_mut(at..), more.get(head..)) {
            bridge::bridge(self.rate, hole, more, after);
        }
        for (n, (sample, decoded)) in self.sound.iter_mut().skip(follows).zip(decoded).enumerate() {
            let weight = (n + 1) as f32 / (head + 1) as f32;
            *sample = *sample * (1.0 - weight) + decoded * weight;
        }
    }

    /// Fills a hole in Opus: the voice goes on with a pitch that leads to that of the next packet, or what follows is carried
    /// back, and the decoder's memory is written with it before it decodes that packet. What was played of the hole stays.
    fn mend(&mut self, missing: usize) {
        let (at, played) = (self.sound.len(), self.made_up);
        self.make_up(missing);
        let heard: Vec<f32> = self.past.iter().chain(&self.sound).copied().collect();
        let (past, guess) = heard.split_at(heard.len().saturating_sub(self.made_up));
        if let Some(payload) = self.jitter.first().map(|first| first.payload.clone())
            && let Some(fill) = self.fill_from_both_sides(past, guess, &payload)
            && let Some(hole) = self.sound.get_mut(at..)
        {
            let joint = if played > 0 { pitch::samples(self.rate, JOINT_US) } else { 1 };
            for (n, (sample, filled)) in hole.iter_mut().zip(fill.into_iter().skip(played)).enumerate() {
                let weight = ((n + 1) as f32 / joint as f32).min(1.0);
                *sample = *sample * (1.0 - weight) + filled * weight;
            }
        }
        self.decode();
    }

    /// What a hole is filled with for which there is a `guess`; the decoder remembers it. None where the far side does not
    /// help: the decoder has then heard the next packet once already, which does no harm.
    fn fill_from_both_sides(&mut self, past: &[f32], guess: &[f32], payload: &[u8]) -> Option<Vec<f32>> {
        let hole = guess.len();
        let mut more = Vec::new();
        self.decoder.conceal(LOOK, &mut more);
        let mut after = Vec::new();
        self.decoder.decode(payload, &mut after).ok()?;
        let packet = after.len();
        let (before, behind) = (self.period, self.decoder.period());
        let mut filled = if before > 0 && behind > 0 {
            let before = glide::refine(past, self.rate, before);
            let behind = glide::same_octave(before, behind as f32);
            let mut voice = glide::go_on(past, (before, behind), hole, packet, hole + LOOK);
            // In step with the voice, the next packet shows how loud it became.
            after = self.decode_after(&voice, past, hole, payload)?;
            let start = after.get(..after.len().min(pitch::samples(self.rate, 10_000)))?;
            glide::swell(&mut voice, hole, start);
            voice
        } else {
            let mut filled = guess.to_vec();
            bridge::bridge(self.rate, &mut filled, &more, &after);
            filled.extend(after);
            filled
        };
        self.remember(&filled, past, hole, payload).then(|| {
            filled.truncate(hole);
            filled
        })
    }

    fn remember(&mut self, filled: &[f32], past: &[f32], hole: usize, payload: &[u8]) -> bool {
        let whole: Vec<f32> = past.iter().chain(filled).copied().collect();
        self.decoder.remember(payload, &whole, past.len() + hole)
    }

    fn decode_after(&mut self, filled: &[f32], past: &[f32], hole: usize, payload: &[u8]) -> Option<Vec<f32>> {
        let mut after = Vec::new();
        (self.remember(filled, past, hole, payload) && self.decoder.decode(payload, &mut after).is_ok())
            .then_some(after)
    }

    /// Lets a codec that predicts hear what was made up.
    pub(super) fn follow(&mut self) {
        let mut more = Vec::new();
        self.concealer.clone().conceal(&[], self.per_tick, &mut more);
        self.follow_with(&more);
    }

    /// The same, where it is known what `more` would have been made up.
    fn follow_with(&mut self, more: &[f32]) {
        let heard: Vec<f32> = self.past.iter().chain(&self.sound).copied().collect();
        let (before, made_up) = heard.split_at(heard.len().saturating_sub(self.made_up));
        self.decoder.follow(before, made_up, more);
    }
}

// A decoder is either one: what only Opus has is nothing in the others.
impl Decoder {
    /// The period of the voice in what was decoded last, in samples of 48 kHz; 0 where there is none.
    pub(super) fn period(&mut self) -> usize {
        match self {
            Self::Opus(decoder) => decoder.period(),
            Self::G722(_) | Self::G711(_) => 0,
        }
    }

    /// Goes on as if the sound before `end` had been decoded from packets like `like`; false where it cannot.
    fn remember(&mut self, like: &[u8], sound: &[f32], end: usize) -> bool {
        match self {
            Self::Opus(decoder) => decoder.remember(like, sound, end),
            Self::G722(_) | Self::G711(_) => false,
        }
    }
}
