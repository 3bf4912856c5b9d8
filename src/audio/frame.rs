//! The one format inside: 48 kHz, mono, `f32`, ten milliseconds at a time.

/// Samples a second, everywhere between the device links and the codecs.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in one tick of the media thread (10 ms).
pub const FRAME_SAMPLES: usize = 480;

/// Ten milliseconds of mono sound, samples from -1 to 1.
pub type Frame = [f32; FRAME_SAMPLES];

/// A frame of nothing.
pub const SILENCE: Frame = [0.0; FRAME_SAMPLES];
