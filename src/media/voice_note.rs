//! Voice messages on the media thread: spoken into Opus in Ogg (RFC 7845), and played back from it.

use std::io::Cursor;
use std::sync::Arc;

use super::codec::{CodecFailure, Frame, TICK};
use super::recording::Writer;
use crate::audio::Hearing;
use crate::model::{RecordingChannels, RecordingFormat};

/// The longest voice message that is spoken, in ticks: ten minutes. When full: it ends there, and waits to be sent.
const LONGEST: usize = 60_000;
/// Ticks left out at the beginning: a device that opens gives a click.
const BREATH: usize = 20;
/// Ticks between two words about how far it is.
const TELL: usize = 20;
/// Sound that is taken from a packet at most, in samples (RFC 6716 section 3.4, R5).
const LONGEST_PACKET: usize = 5_760;
/// The longest sound that is played, in packets; what follows is left out. An hour of packets of 20 ms.
const MOST_PACKETS: usize = 180_000;
/// Samples a millisecond.
const PER_MS: u64 = 48;

/// What is to be done with voice messages.
#[derive(Clone, Debug, PartialEq)]
pub enum NoteOrder {
    /// Listen to the microphone. What was being played stops.
    Record,
    /// Enough: comes back as [`NoteNews::Recorded`].
    Finish,
    /// Forget what was spoken.
    Cancel,
    /// Play from here on, in milliseconds.
    Play(Arc<NoteTrack>, u64),
    /// Stop playing.
    StopPlaying,
}

/// What is told about voice messages.
#[derive(Clone, Debug, PartialEq)]
pub enum NoteNews {
    /// So much was spoken, in milliseconds.
    Recording(u64),
    /// It is whole.
    Recorded(Spoken),
    /// It cannot be recorded: the codec does not work.
    Failed,
    /// It is played, and here, in milliseconds.
    Playing(u64),
    /// It was played to its end.
    Played,
}

/// A voice message of the user.
#[derive(Clone, PartialEq)]
pub struct Spoken {
    /// The file.
    pub bytes: Arc<[u8]>,
    /// How long it is, in milliseconds.
    pub ms: u64,
    /// The highest sample: zero where the microphone gave nothing.
    pub peak: f32,
    /// A microphone was open.
    pub microphone_open: bool,
}

impl std::fmt::Debug for Spoken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spoken").field("ms", &self.ms).finish_non_exhaustive()
    }
}

/// Why sound cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// Another format.
    #[error("This sound cannot be played here. Download the file to open it with another program.")]
    Unknown,
    /// Not what the format says.
    #[error("This sound is damaged and cannot be played.")]
    Damaged,
}

/// Sound that can be played: its packets, and how many samples each gives.
#[derive(PartialEq)]
pub struct NoteTrack {
    packets: Vec<(Box<[u8]>, u32)>,
    /// Samples that are left out at the beginning (RFC 7845 section 4.2).
    pre_skip: u64,
    samples: u64,
}

impl std::fmt::Debug for NoteTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoteTrack").field("ms", &self.ms()).finish_non_exhaustive()
    }
}

impl NoteTrack {
    /// Reads Opus in Ogg; a file that breaks off is played until there.
    pub fn read(bytes: &[u8]) -> Result<Self, BadNote> {
        if !bytes.starts_with(b"OggS") {
            return Err(BadNote::Unknown);
        }
        let mut pages = ogg::PacketReader::new(Cursor::new(bytes));
        let mut next = move || pages.read_packet().ok().flatten();
        let head = next().ok_or(BadNote::Damaged)?;
        // RFC 7845 section 5.1: the version's upper half is 0, one or two channels, mapping family 0.
        let pre_skip = match head.data.as_slice() {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', version, channels, low, high, _, _, _, _, _, _, 0, ..]
                if version >> 4 == 0 && (1..=2).contains(channels) =>
            {
                u64::from(u16::from_le_bytes([*low, *high]))
            }
            _ => return Err(BadNote::Unknown),
        };
        next().filter(|tags| tags.data.starts_with(b"OpusTags")).ok_or(BadNote::Damaged)?;
        let mut track = Self { packets: Vec::new(), pre_skip, samples: 0 };
        let mut end = None;
        while let Some(packet) = next() {
            if packet.stream_serial() != head.stream_serial() || track.packets.len() >= MOST_PACKETS {
                break;
            }
            let Ok(samples) = opus::packet::get_nb_samples(&packet.data, 48_000) else { continue };
            let Ok(samples) = u32::try_from(samples) else { continue };
            track.samples += u64::from(samples);
            if packet.last_in_stream() {
                end = Some(packet.absgp_page());
            }
            track.packets.push((packet.data.into_boxed_slice(), samples));
        }
        // The last page may end before its last packet does (RFC 7845 section 4.4).
        track.samples = end.filter(|end| *end < track.samples).unwrap_or(track.samples).saturating_sub(pre_skip);
        if track.packets.is_empty() { Err(BadNote::Damaged) } else { Ok(track) }
    }

    /// How long it is, in milliseconds.
    #[must_use]
    pub fn ms(&self) -> u64 {
        self.samples / PER_MS
    }
}

/// What is being spoken.
struct Speaking {
    writer: Writer,
    bytes: Vec<u8>,
    ticks: usize,
    heard: Hearing,
}

/// What is being played.
struct Playing {
    track: Arc<NoteTrack>,
    decoder: opus::Decoder,
    next: usize,
    /// Sound that was decoded and not played, and how much of it was.
    sound: Vec<f32>,
    used: usize,
    /// Samples that are left out before the first that is heard.
    skip: u64,
    played: u64,
    ticks: usize,
}

/// The machine: one is spoken or one is played.
#[derive(Default)]
pub struct VoiceNotes {
    speaking: Option<Box<Speaking>>,
    playing: Option<Box<Playing>>,
}

impl VoiceNotes {
    /// The microphone is needed.
    pub fn listens(&self) -> bool {
        self.speaking.is_some()
    }

    /// The loudspeaker is needed.
    pub fn plays(&self) -> bool {
        self.playing.is_some()
    }

    /// Ticks are needed.
    pub fn lives(&self) -> bool {
        self.listens() || self.plays()
    }

    /// Carries out an order; `serial` tells the streams of files apart.
    pub fn handle(&mut self, order: NoteOrder, serial: u32) -> Option<NoteNews> {
        match order {
            NoteOrder::Record => {
                self.playing = None;
                let Ok((writer, bytes)) = Writer::new(RecordingFormat::Opus, RecordingChannels::Mixed, serial) else {
                    return Some(NoteNews::Failed);
                };
                self.speaking = Some(Box::new(Speaking { writer, bytes, ticks: 0, heard: Hearing::default() }));
                None
            }
            NoteOrder::Finish => self.speaking.take().map(|speaking| speaking.finish()),
            NoteOrder::Cancel => {
                self.speaking = None;
                None
            }
            NoteOrder::Play(track, from) => {
                self.playing = Playing::new(track, from).ok().map(Box::new);
                self.playing.is_none().then_some(NoteNews::Failed)
            }
            NoteOrder::StopPlaying => {
                self.playing = None;
                None
            }
        }
    }

    /// Ten milliseconds: the microphone's sound, what it came from, and where to add what is heard.
    pub fn tick(&mut self, microphone: &Frame, heard: Hearing, out: &mut Frame) -> Option<NoteNews> {
        if let Some(speaking) = &mut self.speaking {
            return match speaking.tick(microphone, heard) {
                Ok(told) if speaking.ticks < LONGEST => told,
                Ok(_) => self.speaking.take().map(|speaking| speaking.finish()),
                Err(CodecFailure) => {
                    self.speaking = None;
                    Some(NoteNews::Failed)
                }
            };
        }
        let playing = self.playing.as_mut()?;
        if playing.tick(out) {
            playing.ticks += 1;
            return playing.ticks.is_multiple_of(TELL).then_some(NoteNews::Playing(playing.played / PER_MS));
        }
        self.playing = None;
        Some(NoteNews::Played)
    }
}

impl Speaking {
    fn tick(&mut self, microphone: &Frame, heard: Hearing) -> Result<Option<NoteNews>, CodecFailure> {
        self.ticks += 1;
        if self.ticks <= BREATH {
            return Ok(None);
        }
        self.heard.voice_peak = self.heard.voice_peak.max(microphone.iter().fold(0.0, |peak, s| s.abs().max(peak)));
        self.heard.open |= heard.open;
        self.writer.push(microphone, &mut self.bytes)?;
        Ok(self.ticks.is_multiple_of(TELL).then(|| NoteNews::Recording(self.ms())))
    }

    fn ms(&self) -> u64 {
        self.ticks.saturating_sub(BREATH) as u64 * 10
    }

    fn finish(mut self) -> NoteNews {
        if self.writer.finish(&mut self.bytes).is_err() {
            return NoteNews::Failed;
        }
        NoteNews::Recorded(Spoken {
            ms: self.ms(),
            peak: self.heard.voice_peak,
            microphone_open: self.heard.open,
            bytes: self.bytes.into(),
        })
    }
}

impl Playing {
    fn new(track: Arc<NoteTrack>, from_ms: u64) -> Result<Self, opus::Error> {
        let decoder = opus::Decoder::new(48_000, opus::Channels::Mono)?;
        let wanted = from_ms.saturating_mul(PER_MS).min(track.samples);
        // The decoder needs 80 ms until it sounds right (RFC 7845 section 4.6).
        let begin = (wanted + track.pre_skip).saturating_sub(80 * PER_MS);
        let (mut at, mut next) = (0_u64, 0);
        while let Some((_, samples)) = track.packets.get(next)
            && at + u64::from(*samples) <= begin
        {
            at += u64::from(*samples);
            next += 1;
        }
        let skip = wanted + track.pre_skip - at;
        Ok(Self { track, decoder, next, sound: Vec::new(), used: 0, skip, played: wanted, ticks: 0 })
    }

    /// False: it is over.
    fn tick(&mut self, out: &mut Frame) -> bool {
        while self.sound.len() - self.used < TICK {
            if !self.decode() {
                break;
            }
        }
        let left = self.track.samples.saturating_sub(self.played);
        let ready = self.sound.get(self.used..).unwrap_or_default();
        let length = ready.len().min(TICK).min(usize::try_from(left).unwrap_or(TICK));
        for (heard, sample) in out.iter_mut().zip(ready.iter().take(length)) {
            *heard = (*heard + sample).clamp(-1.0, 1.0);
        }
        self.used += length;
        self.played += length as u64;
        length > 0
    }

    /// The next packet; false where there is none.
    fn decode(&mut self) -> bool {
        let Some((packet, _)) = self.track.packets.get(self.next) else { return false };
        self.next += 1;
        self.sound.drain(..self.used);
        self.used = 0;
        let begin = self.sound.len();
        self.sound.resize(begin + LONGEST_PACKET, 0.0);
        let room = self.sound.get_mut(begin..).unwrap_or_default();
        // What cannot be decoded is silence of no length: the next packet goes on.
        let decoded = self.decoder.decode_float(packet, room, false).unwrap_or(0);
        self.sound.truncate(begin + decoded);
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(decoded);
        self.skip -= skipped as u64;
        self.sound.drain(begin..begin + skipped);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of a kilohertz, this tick of it.
    fn tone(tick: usize) -> Frame {
        std::array::from_fn(|at| {
            let at = (tick * TICK + at) as f32;
            0.5 * (at * 1_000.0 * std::f32::consts::TAU / 48_000.0).sin()
        })
    }

    fn spoken(ticks: usize) -> Spoken {
        let mut notes = VoiceNotes::default();
        assert_eq!(notes.handle(NoteOrder::Record, 7), None);
        let open = Hearing { open: true, ..Hearing::default() };
        let mut told = 0;
        for tick in 0..ticks {
            let mut out = [0.0; TICK];
            told += usize::from(notes.tick(&tone(tick), open, &mut out).is_some());
            assert_eq!(out, [0.0; TICK], "nobody hears themselves");
        }
        assert!(told >= ticks / 25, "{told}");
        match notes.handle(NoteOrder::Finish, 0) {
            Some(NoteNews::Recorded(spoken)) => spoken,
            other => panic!("{other:?}"),
        }
    }

    /// Everything that is heard of a track from here on.
    fn heard(track: &Arc<NoteTrack>, from: u64) -> Vec<f32> {
        let mut notes = VoiceNotes::default();
        assert_eq!(notes.handle(NoteOrder::Play(track.clone(), from), 0), None);
        let mut all = Vec::new();
        loop {
            let mut out = [0.0; TICK];
            let told = notes.tick(&[0.0; TICK], Hearing::default(), &mut out);
            if told == Some(NoteNews::Played) {
                assert!(!notes.lives());
                return all;
            }
            all.extend(out);
        }
    }

    fn loudness(sound: &[f32]) -> f32 {
        (sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32).sqrt()
    }

    #[test]
    fn what_is_spoken_is_a_file_that_sounds_the_same_and_is_as_long() {
        let note = spoken(300);
        assert_eq!((note.ms, note.microphone_open), (2_800, true));
        assert!(note.bytes.len() < 20_000, "{} bytes for three seconds", note.bytes.len());
        let track = Arc::new(NoteTrack::read(&note.bytes).expect("Opus in Ogg"));
        assert!((2_780..=2_820).contains(&track.ms()), "{}", track.ms());
        let sound = heard(&track, 0);
        assert!((sound.len() as i64 - 2_800 * 48).abs() < 2_000, "{}", sound.len());
        let level = loudness(&sound[4_800..sound.len() - 4_800]);
        assert!((0.3..0.4).contains(&level), "half of full scale is {level}");
        let later = heard(&track, 2_000);
        assert!((later.len() as i64 - 800 * 48).abs() < 2_000, "from the place that was chosen: {}", later.len());
        assert!(heard(&track, 99_000).is_empty(), "behind the end is nothing");
    }

    #[test]
    fn silence_from_the_microphone_can_be_told_from_speech() {
        let mut notes = VoiceNotes::default();
        notes.handle(NoteOrder::Record, 7);
        for _ in 0..100 {
            notes.tick(&[0.0; TICK], Hearing::default(), &mut [0.0; TICK]);
        }
        let Some(NoteNews::Recorded(note)) = notes.handle(NoteOrder::Finish, 0) else { panic!("recorded") };
        assert_eq!((note.peak, note.microphone_open), (0.0, false));
        notes.handle(NoteOrder::Record, 7);
        notes.handle(NoteOrder::Cancel, 0);
        assert!(!notes.lives() && notes.handle(NoteOrder::Finish, 0).is_none(), "nothing is left of it");
    }

    #[test]
    fn nobody_speaks_longer_than_ten_minutes_by_mistake() {
        let mut notes = VoiceNotes::default();
        notes.handle(NoteOrder::Record, 7);
        let quiet = [0.0; TICK];
        let ended = (0..LONGEST + 1).find_map(|_| match notes.tick(&quiet, Hearing::default(), &mut [0.0; TICK]) {
            Some(NoteNews::Recorded(spoken)) => Some(spoken),
            _ => None,
        });
        let note = ended.expect("it ends by itself");
        assert_eq!(note.ms, 599_800);
        assert!(note.bytes.len() < 4_000_000);
    }

    #[test]
    fn sound_cut_anywhere_or_with_any_byte_changed_does_no_harm() {
        let whole = spoken(60).bytes;
        for end in (0..whole.len()).step_by(3) {
            if let Ok(track) = NoteTrack::read(&whole[..end]) {
                heard(&Arc::new(track), 0);
            }
        }
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[at] ^= 0x55;
            if let Ok(track) = NoteTrack::read(&changed) {
                heard(&Arc::new(track), 100);
            }
        }
        assert_eq!(NoteTrack::read(b"RIFF").expect_err("another format"), BadNote::Unknown);
        assert_eq!(NoteTrack::read(b"OggS").expect_err("nothing in it"), BadNote::Damaged);
    }
}
