//! Recordings as bytes: WAV whose header is true at any moment, and Opus in Ogg (RFC 7845), whole page by whole page.

use ogg::{PacketWriteEndInfo, PacketWriter};
use opus::{Application, Bitrate, Channels};

use super::codec::{CodecFailure, Frame, TICK};
use crate::audio::soft_limit;
use crate::model::{RecordingChannels, RecordingFormat};

/// Bytes of a WAV file's header.
pub const WAV_HEADER: usize = 44;

/// The most bytes of sound in a WAV file: its header counts in 32 bits.
pub const WAV_LIMIT: u64 = u32::MAX as u64 - WAV_HEADER as u64;

/// Samples of one channel in an Opus packet: 20 ms.
const OPUS_FRAME: usize = 960;

/// Packets on a page of Ogg: one second. What a crash leaves is whole up to the last page (RFC 3533 section 6).
const PACKETS_A_PAGE: u32 = 50;

/// Bits a second and channel: speech and music on hold without audible loss.
const BITRATE: i32 = 32_000;

/// The largest packet of two channels (RFC 6716 section 3.2.1, twice).
const LARGEST_PACKET: usize = 2_550;

/// What is sent to the writer for one tick: left and right interleaved, or both in one.
pub fn interleave(channels: RecordingChannels, ours: &Frame, theirs: &Frame) -> ([f32; 2 * TICK], usize) {
    let mut out = [0.0; 2 * TICK];
    match channels {
        RecordingChannels::Stereo => {
            for (pair, (left, right)) in out.chunks_exact_mut(2).zip(ours.iter().zip(theirs)) {
                if let [a, b] = pair {
                    (*a, *b) = (soft_limit(*left), soft_limit(*right));
                }
            }
            (out, 2 * TICK)
        }
        RecordingChannels::Mixed => {
            for (sum, (left, right)) in out.iter_mut().zip(ours.iter().zip(theirs)) {
                *sum = soft_limit(left + right);
            }
            (out, TICK)
        }
    }
}

/// Turns sound into the bytes of a file.
pub struct Writer {
    channels: RecordingChannels,
    kind: Kind,
}

enum Kind {
    Wav { bytes: u64 },
    Opus(Box<OpusWriter>),
}

struct OpusWriter {
    encoder: opus::Encoder,
    pages: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    /// Interleaved sound that fills no packet yet.
    sound: Vec<f32>,
    /// The packet that waits: the last one of all carries the end of the stream.
    waiting: Option<(Vec<u8>, u64)>,
    /// Samples of one channel that the decoder gives before the first that was said (RFC 7845 section 5.1).
    pre_skip: u64,
    /// Samples of one channel that were encoded.
    samples: u64,
    packets: u32,
}

impl Writer {
    /// A writer, and what a file begins with. `serial` tells the streams of an Ogg file apart.
    pub fn new(
        format: RecordingFormat,
        channels: RecordingChannels,
        serial: u32,
    ) -> Result<(Self, Vec<u8>), CodecFailure> {
        match format {
            RecordingFormat::Wav => {
                Ok((Self { channels, kind: Kind::Wav { bytes: 0 } }, wav_header(channels, 0).to_vec()))
            }
            RecordingFormat::Opus => {
                let (writer, start) = OpusWriter::new(channels, serial)?;
                Ok((Self { channels, kind: Kind::Opus(Box::new(writer)) }, start))
            }
        }
    }

    /// Takes interleaved sound; appends what is to be written at the end of the file.
    pub fn push(&mut self, sound: &[f32], out: &mut Vec<u8>) -> Result<(), CodecFailure> {
        match &mut self.kind {
            Kind::Wav { bytes } => {
                // `as` saturates and turns NaN into 0.
                out.extend(sound.iter().flat_map(|sample| ((sample * 32_767.0).round() as i16).to_le_bytes()));
                *bytes += 2 * sound.len() as u64;
                Ok(())
            }
            Kind::Opus(writer) => writer.push(sound, self.channels, out),
        }
    }

    /// What stands at the beginning of the file for all that was pushed; none where the beginning never changes.
    pub fn header(&self) -> Option<[u8; WAV_HEADER]> {
        match &self.kind {
            Kind::Wav { bytes } => Some(wav_header(self.channels, u32::try_from(*bytes).unwrap_or(u32::MAX))),
            Kind::Opus(_) => None,
        }
    }

    /// Whether the file holds as much as its kind can count.
    pub fn is_full(&self) -> bool {
        match &self.kind {
            // A second of room, so that what is on its way fits.
            Kind::Wav { bytes } => *bytes + 4 * 48_000 > WAV_LIMIT,
            Kind::Opus(_) => false,
        }
    }

    /// The end of the file.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), CodecFailure> {
        match &mut self.kind {
            Kind::Wav { .. } => Ok(()),
            Kind::Opus(writer) => writer.finish(self.channels, out),
        }
    }
}

impl OpusWriter {
    fn new(channels: RecordingChannels, serial: u32) -> Result<(Self, Vec<u8>), CodecFailure> {
        let layout = match channels {
            RecordingChannels::Stereo => Channels::Stereo,
            RecordingChannels::Mixed => Channels::Mono,
        };
        let set_up = || {
            let mut encoder = opus::Encoder::new(48_000, layout, Application::Audio)?;
            encoder.set_bitrate(Bitrate::Bits(BITRATE * channels.count() as i32))?;
            let lookahead = encoder.get_lookahead()?;
            Ok::<_, opus::Error>((encoder, lookahead))
        };
        let (encoder, lookahead) = set_up().map_err(|_| CodecFailure)?;
        let pre_skip = u64::from(lookahead.unsigned_abs());
        let mut writer = Self {
            encoder,
            pages: PacketWriter::new(Vec::new()),
            serial,
            sound: Vec::new(),
            waiting: None,
            pre_skip,
            samples: 0,
            packets: 0,
        };
        // RFC 7845 section 3: both headers stand on pages of their own, at position 0.
        writer.page(opus_head(channels, pre_skip as u16), PacketWriteEndInfo::EndPage, 0)?;
        writer.page(opus_tags(), PacketWriteEndInfo::EndPage, 0)?;
        let start = std::mem::take(writer.pages.inner_mut());
        Ok((writer, start))
    }

    fn page(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, position: u64) -> Result<(), CodecFailure> {
        self.pages.write_packet(packet, self.serial, end, position).map_err(|_| CodecFailure)
    }

    fn push(&mut self, sound: &[f32], channels: RecordingChannels, out: &mut Vec<u8>) -> Result<(), CodecFailure> {
        self.sound.extend_from_slice(sound);
        let length = OPUS_FRAME * channels.count();
        while self.sound.len() >= length {
            self.packet(length)?;
            self.samples += OPUS_FRAME as u64;
            self.sound.drain(..length);
        }
        out.append(self.pages.inner_mut());
        Ok(())
    }

    /// Encodes the first `length` samples; the packet before goes onto its page.
    fn packet(&mut self, length: usize) -> Result<(), CodecFailure> {
        let mut payload = vec![0; LARGEST_PACKET];
        let sound = self.sound.get(..length).unwrap_or_default();
        let size = self.encoder.encode_float(sound, &mut payload).map_err(|_| CodecFailure)?;
        payload.truncate(size);
        self.flush()?;
        // RFC 7845 section 4: the position counts every sample that a decoder gives, up to the end of the packet.
        self.waiting = Some((payload, self.samples + OPUS_FRAME as u64));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CodecFailure> {
        let Some((packet, position)) = self.waiting.take() else { return Ok(()) };
        self.packets += 1;
        let end = if self.packets.is_multiple_of(PACKETS_A_PAGE) {
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        self.page(packet, end, position)
    }

    fn finish(&mut self, channels: RecordingChannels, out: &mut Vec<u8>) -> Result<(), CodecFailure> {
        let said = self.samples + (self.sound.len() / channels.count()) as u64;
        // What the encoder still holds back comes out with silence behind it; the end's position cuts that off
        // (RFC 7845 section 4.4).
        let length = OPUS_FRAME * channels.count();
        while self.samples < said + self.pre_skip || self.waiting.is_none() {
            self.sound.resize(length, 0.0);
            self.packet(length)?;
            self.samples += OPUS_FRAME as u64;
            self.sound.clear();
        }
        if let Some((packet, _)) = self.waiting.take() {
            self.page(packet, PacketWriteEndInfo::EndStream, said + self.pre_skip)?;
        }
        out.append(self.pages.inner_mut());
        Ok(())
    }
}

/// RFC 7845 section 5.1.
fn opus_head(channels: RecordingChannels, pre_skip: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels.count() as u8);
    head.extend(pre_skip.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    // No gain, mapping family 0.
    head.extend([0, 0, 0]);
    head
}

/// RFC 7845 section 5.2. Nothing about who spoke: the file may be handed on.
fn opus_tags() -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    let vendor = b"Tandem";
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor);
    tags.extend(0_u32.to_le_bytes());
    tags
}

fn wav_header(channels: RecordingChannels, bytes: u32) -> [u8; WAV_HEADER] {
    let count = channels.count() as u32;
    let mut header = [0; WAV_HEADER];
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &bytes.saturating_add(36).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &(count as u16).to_le_bytes(),
        &48_000_u32.to_le_bytes(),
        &(96_000 * count).to_le_bytes(),
        &(2 * count as u16).to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &bytes.to_le_bytes(),
        &[],
    ];
    for (to, from) in header.iter_mut().zip(parts.concat()) {
        *to = from;
    }
    header
}

/// The tone that tells everybody in a call that it is recorded: 1,400 Hz for a fifth of a second, every fifteen seconds.
#[derive(Clone, Debug, Default)]
pub struct Beep {
    tick: usize,
}

impl Beep {
    const EVERY: usize = 1_500;
    const LENGTH: usize = 20;
    const LEVEL: f32 = 0.08;

    /// The next tick of it; none in between.
    pub fn tick(&mut self) -> Option<Frame> {
        let at = self.tick;
        self.tick = (at + 1) % Self::EVERY;
        (at < Self::LENGTH).then(|| {
            std::array::from_fn(|n| {
                let sample = at * TICK + n;
                // Faded over 5 ms at both ends, so that it does not click.
                let edge = sample.min(Self::LENGTH * TICK - sample).min(240) as f32 / 240.0;
                let phase = (sample * 1_400 % 48_000) as f32 / 48_000.0;
                Self::LEVEL * edge * (phase * std::f32::consts::TAU).sin()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::testing::{sine, tone_level};

    fn file(format: RecordingFormat, channels: RecordingChannels, ticks: usize, finish: bool) -> Vec<u8> {
        let (mut writer, mut file) = Writer::new(format, channels, 7).unwrap();
        for tick in 0..ticks {
            let (sound, length) = interleave(channels, &sine(600.0, 0.3, tick), &sine(1_100.0, 0.3, tick));
            writer.push(&sound[..length], &mut file).unwrap();
        }
        if finish {
            writer.finish(&mut file).unwrap();
        }
        if let Some(header) = writer.header() {
            file[..WAV_HEADER].copy_from_slice(&header);
        }
        file
    }

    /// The channels of an Ogg file, decoded; and the position that its last page names.
    fn decoded(file: &[u8], channels: usize) -> (Vec<Vec<f32>>, u64, bool) {
        let mut reader = ogg::PacketReader::new(std::io::Cursor::new(file));
        let head = reader.read_packet().unwrap().unwrap();
        assert_eq!((&head.data[..8], usize::from(head.data[9])), (&b"OpusHead"[..], channels));
        let skip = usize::from(u16::from_le_bytes([head.data[10], head.data[11]]));
        assert_eq!(&reader.read_packet().unwrap().unwrap().data[..8], b"OpusTags");
        let layout = if channels == 2 { Channels::Stereo } else { Channels::Mono };
        let mut decoder = opus::Decoder::new(48_000, layout).unwrap();
        let (mut sound, mut position, mut ended) = (vec![Vec::new(); channels], 0, false);
        while let Ok(Some(packet)) = reader.read_packet() {
            let mut out = vec![0.0; OPUS_FRAME * channels];
            assert_eq!(decoder.decode_float(&packet.data, &mut out, false).unwrap(), OPUS_FRAME);
            for moment in out.chunks_exact(channels) {
                sound.iter_mut().zip(moment).for_each(|(sound, sample)| sound.push(*sample));
            }
            (position, ended) = (packet.absgp_page(), packet.last_in_stream());
        }
        for sound in &mut sound {
            sound.truncate(position as usize);
            sound.drain(..skip.min(sound.len()));
        }
        (sound, position, ended)
    }

    #[test]
    fn both_sides_lie_apart_in_stereo_and_together_where_they_are_mixed() {
        let (sides, _, ended) = decoded(&file(RecordingFormat::Opus, RecordingChannels::Stereo, 205, true), 2);
        assert!(ended);
        assert!(sides.iter().all(|side| side.len() == 205 * TICK), "not a sample more or less than was said");
        for (side, own, other) in [(0, 600.0, 1_100.0), (1, 1_100.0, 600.0)] {
            let sound = &sides[side][9_600..86_400];
            assert!((tone_level(sound, own) - 0.3).abs() < 0.03, "{side}");
            assert!(tone_level(sound, other) < 0.01, "{side}: {}", tone_level(sound, other));
        }
        let (mixed, ..) = decoded(&file(RecordingFormat::Opus, RecordingChannels::Mixed, 200, true), 1);
        assert!([600.0, 1_100.0].iter().all(|hz| tone_level(&mixed[0][9_600..86_400], *hz) > 0.25));
    }

    #[test]
    fn an_opus_file_that_was_cut_off_anywhere_plays_up_to_its_last_whole_page() {
        let whole = file(RecordingFormat::Opus, RecordingChannels::Stereo, 500, false);
        let (sound, ..) = decoded(&whole, 2);
        assert!(sound[0].len() > 3 * 48_000, "all but the last page: {}", sound[0].len());
        for cut in (200..whole.len()).step_by(997) {
            let (part, ..) = decoded(&whole[..cut], 2);
            assert!(part[0].len() <= sound[0].len());
        }
    }

    #[test]
    fn a_wav_file_is_true_at_any_moment() {
        for (channels, block) in [(RecordingChannels::Stereo, 4), (RecordingChannels::Mixed, 2)] {
            for ticks in [0, 1, 50] {
                let file = file(RecordingFormat::Wav, channels, ticks, false);
                let count = u32::from_le_bytes(file[40..44].try_into().unwrap()) as usize;
                assert_eq!((count, file.len()), (ticks * TICK * block, WAV_HEADER + count));
                assert_eq!(usize::from(file[22]), channels.count());
            }
        }
        let stereo = file(RecordingFormat::Wav, RecordingChannels::Stereo, 100, true);
        let left: Vec<f32> = stereo[WAV_HEADER..]
            .chunks_exact(4)
            .map(|block| f32::from(i16::from_le_bytes([block[0], block[1]])) / 32_768.0)
            .collect();
        assert!((tone_level(&left, 600.0) - 0.3).abs() < 0.01 && tone_level(&left, 1_100.0) < 0.001);
    }

    #[test]
    fn the_beep_comes_every_fifteen_seconds_and_does_not_click() {
        let mut beep = Beep::default();
        let sound: Vec<f32> = (0..3_000).flat_map(|_| beep.tick().unwrap_or([0.0; TICK])).collect();
        for start in [0, 15 * 48_000] {
            assert!(tone_level(&sound[start..start + 9_600], 1_400.0) > 0.06);
            assert!(sound[start + 9_600..start + 15 * 48_000].iter().all(|sample| *sample == 0.0));
        }
        assert!(crate::media::testing::largest_step(&sound) < 0.02);
    }
}
