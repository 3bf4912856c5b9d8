//! RTP to samples and back: sessions, jitter, playout, concealment, codecs, SRTP, DTMF, tones, and the media thread in `io`.
//!
//! What crosses to `account` is [`Command`] and [`Event`]. A [`session::Session`] is one call's stream as a machine; the
//! engine in `io` gives it packets and ticks of 10 ms.

mod acknowledged;
mod blocks;
mod boundary;
mod bridge;
pub mod codec;
mod conceal;
mod delay;
pub mod demux;
pub mod dtls;
mod dtmf;
mod evidence;
#[cfg(test)]
mod fuzz_tests;
mod glide;
pub mod ice;
pub mod io;
mod jitter;
mod keepalive;
mod mixer;
mod noise;
mod pauses;
mod pitch;
mod playout;
mod quality;
mod rate;
mod receiving;
mod recording;
mod redundancy;
mod rehearsal;
mod resample;
pub mod rtcp;
pub mod rtp;
mod securing;
mod sending;
pub mod session;
mod source;
pub mod srtp;
mod stretch;
pub mod stun;
#[cfg(test)]
mod testing;
pub mod text;
mod tone;
pub mod turn;
mod voice_note;
mod voices;

pub use crate::model::{DeviceRole, Processing};
pub use boundary::{Command, Event, Pace, RecordOrder, RecordingNews, RecordingWish, Tone};
pub use rehearsal::{Rehearsal, Rehearsed, Stage};
pub use voice_note::{BadNote, NoteNews, NoteOrder, NoteTrack, Spoken};
