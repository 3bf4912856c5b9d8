//! The native protocol of PulseAudio, which PipeWire speaks too: which microphones and loudspeakers there are, which of
//! them are the default ones, and streams that stay on the device they were opened on.
//!
//! ALSA shows a sound server as one device; a Bluetooth headset, or the second of two cards, exists only here. Version 13
//! of the protocol is spoken, which every server since 2009 understands. The pure parts are here, the sockets in `io`.

mod directory;
mod stream;
mod wire;

pub use directory::{Directory, Listed};
pub use stream::{StreamEvent, StreamMachine};
