//! RTP to samples and back: sessions, jitter, playout, concealment, codecs, SRTP, DTMF, tones, and the media thread in `io`.
//!
//! What crosses to `account` is [`Command`] and [`Event`].

mod boundary;

pub use boundary::{Command, Event, Tone};

pub use crate::model::{DeviceRole, Processing};
