//! Sound cards through cpal. Everything here runs on the supervisor's thread, except the callbacks, which do ring push
//! and pop and atomics only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, Host, Sample, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedBufferSize, SupportedStreamConfigRange,
};
use rtrb::{Consumer, Producer, RingBuffer};
use thiserror::Error;

use super::link::{Sink, Source};
use crate::audio::capture::CaptureLink;
use crate::audio::frame::SAMPLE_RATE;
use crate::audio::name::DeviceName;
use crate::audio::offer::{self, Found};
use crate::audio::playback::PlaybackLink;
use crate::audio::pulse::Pulse;
use crate::model::DeviceTrouble;
use crate::platform;

/// Room in a device's ring: a second. When full, the callback's samples are lost, which only a stalled media thread
/// causes.
const RING_SECONDS: u32 = 1;

/// The mono samples that a playback callback takes out of the ring at once.
const PIECE: usize = 256;

/// Why a device cannot be used.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The system has no such device at present.
    #[error("it is not there")]
    Absent,
    /// It offers no format that is understood.
    #[error("it offers no usable sound format")]
    NoFormat,
    /// The system refuses; in its words.
    #[error("{0}")]
    System(#[from] cpal::Error),
}

impl DeviceError {
    /// For the user.
    pub fn trouble(&self) -> DeviceTrouble {
        match self {
            Self::Absent => DeviceTrouble::Absent,
            Self::NoFormat => DeviceTrouble::Other(self.to_string().into()),
            Self::System(error) => match error.kind() {
                ErrorKind::DeviceBusy => DeviceTrouble::Held,
                ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => DeviceTrouble::Absent,
                ErrorKind::PermissionDenied => DeviceTrouble::Forbidden,
                _ => DeviceTrouble::Other(error.to_string().into()),
            },
        }
    }
}

/// A running stream; closed when dropped.
pub struct DeviceStream {
    _stream: Stream,
    failed: Arc<AtomicBool>,
    pulse: Arc<Pulse>,
}

impl DeviceStream {
    /// Whether the system said that it cannot go on.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// What the callback tells.
    pub fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }
}

/// The system's devices.
pub struct Devices {
    host: Host,
}

impl Devices {
    /// Connects to the system's sound.
    pub fn new() -> Self {
        Self { host: cpal::default_host() }
    }

    /// Names of the inputs and of the outputs, as people are offered them.
    pub fn names(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        quiet::hush();
        let Ok(devices) = self.host.devices() else { return (Vec::new(), Vec::new()) };
        let found: Vec<Found> = devices.filter_map(|device| identify(&device)).collect();
        (offer::names(&found, true), offer::names(&found, false))
    }

    /// The identifiers of the default input and output.
    pub fn defaults(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let id = |device: Option<Device>| device.and_then(|device| identify(&device)).map(|found| found.id);
        (id(self.host.default_input_device()), id(self.host.default_output_device()))
    }

    /// Opens a microphone.
    pub fn capture(&self, name: &DeviceName) -> Result<(Source, DeviceStream), DeviceError> {
        let device = self.find(name, true)?;
        let (mut config, format) = choose(device.supported_input_configs()?, 1)?;
        let mut last = DeviceError::NoFormat;
        for buffer_size in [config.buffer_size, BufferSize::Default] {
            config.buffer_size = buffer_size;
            let (ring, consumer) = RingBuffer::new((config.sample_rate * RING_SECONDS) as usize);
            let health = Health::default();
            match build_capture(&device, config, format, ring, &health)
                .and_then(|stream| stream.play().map(|()| stream))
            {
                Ok(stream) => {
                    let link = CaptureLink::new(consumer, health.pulse.clone(), config.sample_rate);
                    return Ok((Source::Device(Box::new(link)), health.serve(stream)));
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    /// Opens a loudspeaker.
    pub fn playback(&self, name: &DeviceName) -> Result<(Sink, DeviceStream), DeviceError> {
        let device = self.find(name, false)?;
        let (mut config, format) = choose(device.supported_output_configs()?, 2)?;
        let mut last = DeviceError::NoFormat;
        for buffer_size in [config.buffer_size, BufferSize::Default] {
            config.buffer_size = buffer_size;
            let (producer, ring) = RingBuffer::new((config.sample_rate * RING_SECONDS) as usize);
            let health = Health::default();
            match build_playback(&device, config, format, ring, &health)
                .and_then(|stream| stream.play().map(|()| stream))
            {
                Ok(stream) => {
                    let link = PlaybackLink::new(producer, health.pulse.clone(), config.sample_rate);
                    return Ok((Sink::Device(Box::new(link)), health.serve(stream)));
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    fn find(&self, name: &DeviceName, input: bool) -> Result<Device, DeviceError> {
        quiet::hush();
        let found = match name {
            DeviceName::Default if input => self.host.default_input_device(),
            DeviceName::Default => self.host.default_output_device(),
            DeviceName::System(wanted) => {
                let (mut devices, found): (Vec<Device>, Vec<Found>) =
                    self.host.devices()?.filter_map(|device| identify(&device).map(|found| (device, found))).unzip();
                offer::position(&found, wanted, input).map(|at| devices.swap_remove(at))
            }
            DeviceName::Null | DeviceName::All | DeviceName::File { .. } => None,
        };
        found.ok_or(DeviceError::Absent)
    }
}

/// What the list of devices needs to know.
fn identify(device: &Device) -> Option<Found> {
    let id = device.id().ok()?;
    let name = device.description().map_or_else(|_| id.id().to_owned(), |description| description.name().to_owned());
    Some(Found {
        id: id.id().into(),
        name: name.trim().into(),
        input: device.supports_input(),
        output: device.supports_output(),
    })
}

/// ALSA writes what it thinks of each plug-in that it cannot load to the standard error, among what a person sees.
#[cfg(target_os = "linux")]
mod quiet {
    /// Keeps this thread's messages in memory; those of before are forgotten, so that they do not gather.
    pub fn hush() {
        let _ = alsa::Output::local_error_handler();
    }
}

#[cfg(not(target_os = "linux"))]
mod quiet {
    /// Only ALSA is loud.
    pub fn hush() {}
}

#[derive(Default)]
struct Health {
    failed: Arc<AtomicBool>,
    pulse: Arc<Pulse>,
}

impl Health {
    fn serve(self, stream: Stream) -> DeviceStream {
        DeviceStream { _stream: stream, failed: self.failed, pulse: self.pulse }
    }

    fn on_error(&self) -> impl FnMut(cpal::Error) + Send + 'static {
        let failed = self.failed.clone();
        move |error| match error.kind() {
            // The stream goes on by itself after these.
            ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => failed.store(true, Ordering::Release),
        }
    }
}

/// The format nearest to ours: 48 kHz, few channels, floating point, and ten milliseconds a callback.
fn choose(
    offered: impl Iterator<Item = SupportedStreamConfigRange>,
    channels: u16,
) -> Result<(StreamConfig, SampleFormat), DeviceError> {
    let best = offered
        .filter(|range| supported(range.sample_format()))
        .min_by_key(|range| {
            let rate = rate_of(range);
            (
                rate.abs_diff(SAMPLE_RATE),
                range.channels().abs_diff(channels),
                !matches!(range.sample_format(), SampleFormat::F32),
                !matches!(range.sample_format(), SampleFormat::I16),
            )
        })
        .ok_or(DeviceError::NoFormat)?;
    let sample_rate = rate_of(&best);
    let period = sample_rate / 100;
    let buffer_size = match best.buffer_size() {
        SupportedBufferSize::Range { min, max } => BufferSize::Fixed(period.clamp(*min, *max)),
        SupportedBufferSize::Unknown => BufferSize::Fixed(period),
    };
    Ok((StreamConfig { channels: best.channels(), sample_rate, buffer_size }, best.sample_format()))
}

fn rate_of(range: &SupportedStreamConfigRange) -> u32 {
    // Above 384 kHz and below 1 kHz no converter is made.
    SAMPLE_RATE.clamp(
        range.min_sample_rate().max(1_000),
        range.max_sample_rate().clamp(1_000, 384_000).max(range.min_sample_rate().max(1_000)),
    )
}

fn supported(format: SampleFormat) -> bool {
    matches!(
        format,
        SampleFormat::F32
            | SampleFormat::F64
            | SampleFormat::I8
            | SampleFormat::I16
            | SampleFormat::I32
            | SampleFormat::U8
            | SampleFormat::U16
            | SampleFormat::U32
    )
}

fn build_capture(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    ring: Producer<f32>,
    health: &Health,
) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::F64 => capture_as::<f64>(device, config, ring, health),
        SampleFormat::I8 => capture_as::<i8>(device, config, ring, health),
        SampleFormat::I16 => capture_as::<i16>(device, config, ring, health),
        SampleFormat::I32 => capture_as::<i32>(device, config, ring, health),
        SampleFormat::U8 => capture_as::<u8>(device, config, ring, health),
        SampleFormat::U16 => capture_as::<u16>(device, config, ring, health),
        SampleFormat::U32 => capture_as::<u32>(device, config, ring, health),
        _ => capture_as::<f32>(device, config, ring, health),
    }
}

fn capture_as<T>(
    device: &Device,
    config: StreamConfig,
    mut ring: Producer<f32>,
    health: &Health,
) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let pulse = health.pulse.clone();
    let channels = usize::from(config.channels.max(1));
    let scale = 1.0 / channels as f32;
    device.build_input_stream::<T, _, _>(
        config,
        move |data, _| {
            let moments = data.len() / channels;
            for moment in data.chunks_exact(channels) {
                let sum: f32 = moment.iter().map(|sample| f32::from_sample(*sample)).sum();
                let _ = ring.push(sum * scale);
            }
            pulse.beat(moments, platform::now().boot);
        },
        health.on_error(),
        None,
    )
}

fn build_playback(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    ring: Consumer<f32>,
    health: &Health,
) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::F64 => playback_as::<f64>(device, config, ring, health),
        SampleFormat::I8 => playback_as::<i8>(device, config, ring, health),
        SampleFormat::I16 => playback_as::<i16>(device, config, ring, health),
        SampleFormat::I32 => playback_as::<i32>(device, config, ring, health),
        SampleFormat::U8 => playback_as::<u8>(device, config, ring, health),
        SampleFormat::U16 => playback_as::<u16>(device, config, ring, health),
        SampleFormat::U32 => playback_as::<u32>(device, config, ring, health),
        _ => playback_as::<f32>(device, config, ring, health),
    }
}

fn playback_as<T>(
    device: &Device,
    config: StreamConfig,
    mut ring: Consumer<f32>,
    health: &Health,
) -> Result<Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let pulse = health.pulse.clone();
    let channels = usize::from(config.channels.max(1));
    let mut begun = false;
    let mut last = 0.0_f32;
    device.build_output_stream::<T, _, _>(
        config,
        move |data, _| {
            let mut dry = false;
            let mut piece = [0.0_f32; PIECE];
            for part in data.chunks_mut(channels * PIECE) {
                let wanted = piece.get_mut(..part.len() / channels).unwrap_or_default();
                let missing = {
                    let (_, missing) = ring.pop_partial_slice(wanted);
                    missing.len()
                };
                let from = wanted.len() - missing;
                begun |= from > 0;
                dry |= missing > 0;
                for (n, sample) in wanted.iter_mut().enumerate() {
                    // Where sound is missing, the last sample dies away: a step would click.
                    last = if n < from { *sample } else { last * 0.98 };
                    *sample = last;
                }
                for (moment, sample) in part.chunks_exact_mut(channels).zip(wanted.iter()) {
                    moment.fill(T::from_sample(*sample));
                }
            }
            // Before the first sound there is nothing to miss.
            if dry && begun {
                pulse.ran_dry();
            }
            pulse.beat(data.len() / channels, platform::now().boot);
        },
        health.on_error(),
        None,
    )
}
