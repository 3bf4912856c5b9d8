//! Known tones as WAV files, and finding them again in recordings.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The rate of the tones that we write.
const RATE: u32 = 48_000;

/// Writes a mono WAV file of one tone at a quarter of full scale.
pub fn write_tone(path: &Path, hz: f64, length: Duration) {
    let count = (length.as_secs_f64() * f64::from(RATE)) as usize;
    let samples: Vec<i16> =
        (0..count).map(|index| (8192.0 * (TAU * hz * index as f64 / f64::from(RATE)).sin()) as i16).collect();
    write_samples(path, &samples);
}

/// Writes 48 kHz mono samples as a WAV file.
pub fn write_samples(path: &Path, samples: &[i16]) {
    let size = u32::try_from(samples.len() * 2).unwrap();
    let mut wire = Vec::with_capacity(samples.len() * 2 + 44);
    wire.extend(b"RIFF");
    wire.extend((36 + size).to_le_bytes());
    wire.extend(b"WAVEfmt ");
    wire.extend(16u32.to_le_bytes());
    for part in [1u16, 1] {
        wire.extend(part.to_le_bytes());
    }
    for part in [RATE, RATE * 2] {
        wire.extend(part.to_le_bytes());
    }
    for part in [2u16, 16] {
        wire.extend(part.to_le_bytes());
    }
    wire.extend(b"data");
    wire.extend(size.to_le_bytes());
    wire.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs::write(path, wire).unwrap();
}

/// Mono samples of a recording that may still grow.
pub struct Recording {
    /// Samples a second.
    pub rate: u32,
    /// The samples; of several channels the first.
    pub samples: Vec<i16>,
}

impl Recording {
    /// Reads what is there of a 16-bit WAV file. A header that says nothing yet about the length is believed to mean the rest.
    pub fn read(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let half = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let mut at = 12;
        let (mut channels, mut rate, mut float) = (1, RATE, false);
        while bytes.get(at..at + 4)? != b"data" {
            if &bytes[at..at + 4] == b"fmt " {
                (channels, rate) = (half(at + 10)?, word(at + 12)?);
                float = half(at + 22)? == 32;
            }
            at += 8 + word(at + 4)? as usize;
        }
        let data = &bytes[(at + 8).min(bytes.len())..];
        let width = if float { 4 } else { 2 };
        let samples = data
            .chunks_exact(usize::from(channels.max(1)) * width)
            .map(|frame| match float {
                false => i16::from_le_bytes([frame[0], frame[1]]),
                true => {
                    (f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]).clamp(-1.0, 1.0) * 32767.0) as i16
                }
            })
            .collect();
        Some(Self { rate, samples })
    }

    /// The share of the energy that is at one frequency, 0 to 1, and the tone's amplitude, in the last `window`.
    pub fn tone(&self, hz: f64, window: Duration) -> (f64, f64) {
        let count = ((window.as_secs_f64() * f64::from(self.rate)) as usize).min(self.samples.len());
        tone_of(&self.samples[self.samples.len() - count..], self.rate, hz)
    }

    /// Whether somewhere there is half a second in which this tone carries most of the energy.
    pub fn has_tone(&self, hz: f64) -> bool {
        self.has_share(hz, 0.7)
    }

    /// Whether somewhere there is half a second in which this tone carries at least this share of the energy.
    pub fn has_share(&self, hz: f64, least: f64) -> bool {
        let window = self.rate as usize / 2;
        self.samples.windows(window.max(1)).step_by(window / 2 + 1).any(|part| {
            let (share, amplitude) = tone_of(part, self.rate, hz);
            share > least && amplitude > 500.0
        })
    }

    /// What was recorded from this time on.
    pub fn after(&self, time: Duration) -> Self {
        let skipped = (time.as_secs_f64() * f64::from(self.rate)) as usize;
        Self { rate: self.rate, samples: self.samples.iter().skip(skipped).copied().collect() }
    }

    /// The length.
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate.max(1)))
    }
}

/// Goertzel's sum: the share of the energy at `hz`, and the amplitude.
fn tone_of(samples: &[i16], rate: u32, hz: f64) -> (f64, f64) {
    let count = samples.len() as f64;
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if energy == 0.0 {
        return (0.0, 0.0);
    }
    let (mut cosine, mut sine) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let angle = TAU * hz * index as f64 / f64::from(rate);
        cosine += f64::from(*sample) * angle.cos();
        sine += f64::from(*sample) * angle.sin();
    }
    let power = cosine.powi(2) + sine.powi(2);
    (2.0 * power / (count * energy), 2.0 * power.sqrt() / count)
}

#[test]
fn a_tone_is_found_where_it_is_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tone.wav");
    write_tone(&file, 700.0, Duration::from_secs(1));
    let recording = Recording::read(&file).unwrap();
    assert_eq!(recording.length(), Duration::from_secs(1));
    assert!(recording.has_tone(700.0));
    assert!(!recording.has_tone(900.0));
    let (share, amplitude) = recording.tone(700.0, Duration::from_millis(500));
    assert!(share > 0.99 && (amplitude - 8192.0).abs() < 50.0, "{share} {amplitude}");
}
