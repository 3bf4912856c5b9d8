//! WAV files (RIFF WAVE): reading the header and the samples of the common encodings, writing the header of a recording.

use thiserror::Error;

use super::frame::SAMPLE_RATE;

/// The most bytes of a file's beginning that are searched for its `data` chunk.
pub const HEADER_LIMIT: usize = 64 * 1024;

/// Bytes of the header that a recording begins with.
pub const RECORDING_HEADER: usize = 44;

/// Channels that are read at most; further ones make the file invalid.
const MOST_CHANNELS: u16 = 8;

/// Why a WAV file cannot be played. The file is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WavError {
    /// It does not begin as a WAV file does, or ends within its header.
    #[error("this is not a WAV file")]
    NotWav,
    /// No `data` chunk within [`HEADER_LIMIT`].
    #[error("the WAV file has no sound in it")]
    NoData,
    /// An encoding, rate or number of channels that is not read.
    #[error("the WAV file's encoding is not supported (format {tag}, {bits} bits, {channels} channels, {rate} Hz)")]
    Unsupported {
        /// `wFormatTag`.
        tag: u16,
        /// Bits a sample.
        bits: u16,
        /// Channels.
        channels: u16,
        /// Samples a second.
        rate: u32,
    },
}

/// How one sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Eight bits, unsigned.
    Unsigned8,
    /// Sixteen bits.
    Signed16,
    /// Twenty-four bits.
    Signed24,
    /// Thirty-two bits.
    Signed32,
    /// Floating point, 32 bits.
    Float32,
}

impl Encoding {
    /// Bytes a sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
        }
    }
}

/// What the header of a WAV file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavHeader {
    /// Samples a second and channel, 1,000 to 384,000.
    pub rate: u32,
    /// Channels, 1 to 8.
    pub channels: u16,
    /// How a sample is written.
    pub encoding: Encoding,
    /// Where the samples begin, bytes from the start of the file.
    pub data_start: usize,
    /// Bytes of samples, as the file claims; 0 or 0xFFFFFFFF where a program streamed into it.
    pub data_bytes: u32,
}

impl WavHeader {
    /// Reads the header from the beginning of a file; [`HEADER_LIMIT`] bytes suffice.
    pub fn parse(start: &[u8]) -> Result<Self, WavError> {
        if start.get(..4) != Some(b"RIFF") || start.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let mut format = None;
        let mut at = 12;
        while let (Some(id), Some(size)) = (start.get(at..at + 4), u32_at(start, at + 4)) {
            let body = at + 8;
            match id {
                b"fmt " => format = Some(parse_format(start.get(body..).unwrap_or_default())?),
                b"data" => {
                    let (rate, channels, encoding) = format.ok_or(WavError::NotWav)?;
                    return Ok(Self { rate, channels, encoding, data_start: body, data_bytes: size });
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            at = body.saturating_add(size as usize).saturating_add((size & 1) as usize);
            if at > HEADER_LIMIT {
                break;
            }
        }
        Err(if format.is_some() { WavError::NoData } else { WavError::NotWav })
    }

    /// Bytes of one moment: a sample of every channel.
    pub fn block(&self) -> usize {
        self.encoding.bytes() * usize::from(self.channels)
    }

    /// Decodes whole blocks to mono, appending to `mono`; an incomplete block at the end is left out.
    pub fn decode(&self, bytes: &[u8], mono: &mut Vec<f32>) {
        let scale = 1.0 / f32::from(self.channels);
        for block in bytes.chunks_exact(self.block()) {
            let sum: f32 = block.chunks_exact(self.encoding.bytes()).map(|sample| self.sample(sample)).sum();
            mono.push(sum * scale);
        }
    }

    fn sample(&self, bytes: &[u8]) -> f32 {
        match (self.encoding, bytes) {
            (Encoding::Unsigned8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Encoding::Signed16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Encoding::Signed24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0,
            (Encoding::Signed32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
            (Encoding::Float32, &[a, b, c, d]) => {
                let sample = f32::from_le_bytes([a, b, c, d]);
                if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
            }
            (_, _) => 0.0,
        }
    }
}

fn parse_format(body: &[u8]) -> Result<(u32, u16, Encoding), WavError> {
    let (Some(mut tag), Some(channels), Some(rate), Some(bits)) =
        (u16_at(body, 0), u16_at(body, 2), u32_at(body, 4), u16_at(body, 14))
    else {
        return Err(WavError::NotWav);
    };
    // WAVE_FORMAT_EXTENSIBLE: the real tag begins the sub-format's GUID.
    if tag == 0xFFFE {
        tag = u16_at(body, 24).ok_or(WavError::NotWav)?;
    }
    let encoding = match (tag, bits) {
        (1, 8) => Some(Encoding::Unsigned8),
        (1, 16) => Some(Encoding::Signed16),
        (1, 24) => Some(Encoding::Signed24),
        (1, 32) => Some(Encoding::Signed32),
        (3, 32) => Some(Encoding::Float32),
        (_, _) => None,
    };
    match encoding {
        Some(encoding) if (1..=MOST_CHANNELS).contains(&channels) && (1_000..=384_000).contains(&rate) => {
            Ok((rate, channels, encoding))
        }
        Some(_) | None => Err(WavError::Unsupported { tag, bits, channels, rate }),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The header of a recording (48 kHz, mono, 16 bits) that holds `data_bytes` of samples so far.
pub fn recording_header(data_bytes: u32) -> [u8; RECORDING_HEADER] {
    let mut header = [0; RECORDING_HEADER];
    let mut rest: &mut [u8] = &mut header;
    let mut put = |bytes: &[u8]| {
        let (now, later) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        now.copy_from_slice(bytes);
        rest = later;
    };
    put(b"RIFF");
    put(&data_bytes.saturating_add(36).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&(SAMPLE_RATE * 2).to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&data_bytes.to_le_bytes());
    header
}

/// One sample of a recording.
pub fn recording_sample(sample: f32) -> [u8; 2] {
    // `as` saturates and turns NaN into 0.
    ((sample * 32_767.0).round() as i16).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Encoding, WavError, WavHeader, recording_header, recording_sample};

    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn every_common_encoding_is_read_as_the_same_sound() {
        let half = 0.5_f32.to_le_bytes();
        let rows: [(u16, u16, &[u8], Encoding); 5] = [
            (1, 8, &[192], Encoding::Unsigned8),
            (1, 16, &[0, 64], Encoding::Signed16),
            (1, 24, &[0, 0, 64], Encoding::Signed24),
            (1, 32, &[0, 0, 0, 64], Encoding::Signed32),
            (3, 32, &half, Encoding::Float32),
        ];
        for (tag, bits, data, encoding) in rows {
            let file = wav(tag, 1, 44_100, bits, data);
            let header = WavHeader::parse(&file).unwrap();
            assert_eq!((header.encoding, header.rate, header.data_bytes as usize), (encoding, 44_100, data.len()));
            let mut mono = Vec::new();
            header.decode(&file[header.data_start..], &mut mono);
            assert_eq!(mono, [0.5], "{encoding:?}");
        }
    }

    #[test]
    fn stereo_becomes_the_mean_of_both_channels() {
        let file = wav(1, 2, 48_000, 16, &[0, 64, 0, 0, 9]);
        let header = WavHeader::parse(&file).unwrap();
        let mut mono = Vec::new();
        header.decode(&file[header.data_start..], &mut mono);
        assert_eq!(mono, [0.25], "the incomplete block is left out");
    }

    #[test]
    fn what_is_no_wav_file_is_refused_by_name() {
        assert_eq!(WavHeader::parse(b""), Err(WavError::NotWav));
        assert_eq!(WavHeader::parse(b"OggS, an honest other format"), Err(WavError::NotWav));
        assert_eq!(WavHeader::parse(b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff"), Err(WavError::NotWav));
        let alaw = wav(6, 1, 8_000, 8, &[]);
        assert!(matches!(WavHeader::parse(&alaw), Err(WavError::Unsupported { tag: 6, .. })));
        assert!(matches!(WavHeader::parse(&wav(1, 0, 8_000, 8, &[])), Err(WavError::Unsupported { .. })));
        let whole = wav(1, 1, 48_000, 16, &[1, 2]);
        for end in 0..whole.len() - 2 {
            let _ = WavHeader::parse(&whole[..end]);
        }
        assert_eq!(WavHeader::parse(&whole[..50]), Err(WavError::NoData));
    }

    #[test]
    fn a_recording_is_read_back() {
        let mut file = recording_header(4).to_vec();
        file.extend(recording_sample(0.5));
        file.extend(recording_sample(-7.0));
        let header = WavHeader::parse(&file).unwrap();
        assert_eq!((header.rate, header.channels, header.data_start, header.data_bytes), (48_000, 1, 44, 4));
        let mut mono = Vec::new();
        header.decode(&file[44..], &mut mono);
        assert!((mono[0] - 0.5).abs() < 1e-4 && mono[1] == -1.0);
    }
}
