//! The media thread's ends of whatever serves a role. Nothing here blocks or allocates.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rtrb::{Consumer, Producer};

use crate::audio::capture::CaptureLink;
use crate::audio::frame::Frame;
use crate::audio::playback::PlaybackLink;
use crate::audio::process::Processor;
use crate::audio::supervise::Wishes;
use crate::model::{BootTime, DeviceProblem, DeviceRole, Devices, Processing};

/// From the supervisor to the media thread.
pub enum Delivery {
    /// What the microphone's sound comes from.
    Source(Source),
    /// Where a role's sound goes.
    Sink(DeviceRole, Sink),
    /// A processor that knows nothing of the room yet, because another device is in use: building one takes memory and
    /// time that the media thread has not.
    Processor(Box<Processor>),
    /// The devices, or the ones in use, changed.
    Devices(Devices),
    /// A problem, or its end.
    Problem(Option<DeviceProblem>),
}

/// From the media thread to the supervisor.
pub enum Order {
    /// Everything that is wanted.
    Wishes(Wishes),
    /// What the processors to come shall do.
    Processing(Processing),
    /// Whom to call when something is delivered.
    Bell(Bell),
    /// Dispose of a source: freeing memory is not for the media thread.
    OldSource(Source),
    /// Dispose of a sink.
    OldSink(Sink),
    /// Dispose of a processor.
    OldProcessor(Box<Processor>),
}

/// Wakes the media thread, which sleeps while no call lives. Called from the supervisor's thread.
pub type Bell = Box<dyn Fn() + Send>;

/// Where the microphone's sound comes from.
#[derive(Default)]
pub enum Source {
    /// Nowhere.
    #[default]
    Silence,
    /// A file, read ahead by its own thread.
    File {
        /// Samples read ahead.
        ring: Consumer<f32>,
        /// The file has no more.
        ended: Arc<AtomicBool>,
        /// Something was read already.
        begun: bool,
    },
    /// A microphone.
    Device(Box<CaptureLink>),
}

impl Source {
    /// Fills a frame; false when it should have had sound and had not.
    pub fn read(&mut self, frame: &mut Frame, now: BootTime) -> bool {
        match self {
            Self::Silence => {
                frame.fill(0.0);
                true
            }
            Self::File { ring, ended, begun } => {
                // Read before the ring is: what was put in before the end was declared is then seen.
                let ended = ended.load(Ordering::Acquire);
                let enough = ring.slots() >= frame.len();
                if !enough && !ended {
                    // The first samples are still being read, or the disk is slow.
                    frame.fill(0.0);
                    return !*begun;
                }
                let (_, missing) = ring.pop_partial_slice(frame);
                missing.fill(0.0);
                *begun = true;
                true
            }
            Self::Device(link) => link.read(frame, now),
        }
    }

    /// Milliseconds that a sound has been under way before [`Source::read`] gives it.
    pub fn latency_ms(&self) -> u32 {
        match self {
            Self::Silence | Self::File { .. } => 0,
            Self::Device(link) => link.latency_ms(),
        }
    }

    /// Whether there is anything to clean.
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Silence => true,
            Self::File { .. } | Self::Device(_) => false,
        }
    }
}

/// Where sound goes.
#[derive(Default)]
pub enum Sink {
    /// Nowhere.
    #[default]
    Nothing,
    /// A recording, written by its own thread.
    File(Producer<f32>),
    /// A loudspeaker.
    Device(Box<PlaybackLink>),
    /// All loudspeakers at once.
    Several(Box<[Sink]>),
}

impl Sink {
    /// Takes a frame; false when there was no room for it, or when the device ran dry since the last one.
    pub fn write(&mut self, frame: &Frame, now: BootTime) -> bool {
        match self {
            Self::Nothing => true,
            Self::File(ring) => ring.push_entire_slice(frame).is_ok(),
            Self::Device(link) => link.write(frame, now),
            Self::Several(sinks) => {
                // Each has its own clock; one that ran dry does not hold up the others.
                sinks.iter_mut().filter_map(|sink| (!sink.write(frame, now)).then_some(())).count() == 0
            }
        }
    }

    /// Milliseconds until a sound that [`Sink::write`] takes is heard.
    pub fn latency_ms(&self) -> u32 {
        match self {
            Self::Nothing | Self::File(_) => 0,
            Self::Device(link) => link.latency_ms(),
            Self::Several(sinks) => sinks.iter().map(Self::latency_ms).max().unwrap_or_default(),
        }
    }
}
