//! Sound devices: format, resampling, mixing, levels, echo/noise/gain processing, and the device supervisor.
//!
//! The media thread owns one [`Handset`]: each tick of 10 ms it reads one microphone frame and writes one output frame.
//! Everything slow (opening devices, files) happens on the supervisor's thread and on the files' own threads; between
//! them and the media thread lie wait-free rings. The device clocks are brought to the media thread's by `pace`.
#![cfg_attr(not(feature = "audio"), allow(dead_code, reason = "without sound cards nobody brings clocks together"))]

mod capture;
mod frame;
mod hearing;
mod io;
mod level;
mod mix;
mod name;
mod offer;
mod pace;
mod playback;
mod process;
mod pulse;
mod resample;
mod server;
mod supervise;
mod wav;

pub use frame::{FRAME_SAMPLES, Frame, SAMPLE_RATE, SILENCE};
pub use hearing::Hearing;
pub use io::{Handset, HandsetError, HandsetEvent};
pub use level::PeakMeter;
pub use mix::{Mixer, soft_limit};
pub use name::DeviceName;
pub use process::Processor;
pub use supervise::{InUse, Wishes};
