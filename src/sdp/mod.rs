//! SDP offer/answer (RFC 3264) for audio, with SDES keys (RFC 4568). Text in, decisions out; no IO, no clock.

mod negotiated;

pub use negotiated::{Capabilities, Codec, CryptoSuite, LocalMedia, MasterKey, MediaProtection, Negotiated, PayloadType, SrtpKeys, TelephoneEvent};
