//! SDP offer/answer (RFC 3264) for audio, with SDES keys (RFC 4568) and the fingerprints of DTLS-SRTP (RFC 5763).
//! Text in, decisions out; no IO, no clock.
//!
//! [`Negotiation`] is the whole interface: it writes offers and answers, and says what was agreed ([`Negotiated`]).

mod answer;
mod crypto;
mod description;
mod dtls;
mod error;
mod formats;
#[cfg(test)]
mod fuzz_tests;
mod groups;
mod ice;
mod keying;
#[cfg(test)]
mod keying_tests;
mod levels;
mod negotiated;
mod negotiation;
mod paths;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod text_tests;

pub use dtls::Fingerprint;
pub use error::SdpError;
pub use ice::{Candidate, CandidateKind, Credentials, IceDescription, IcePlan, MAX_CANDIDATES, later_candidates};
pub use negotiated::{
    Capabilities, Codec, CryptoSuite, DtlsPlan, Helpers, KeyAgreement, LocalMedia, MasterKey, MediaProtection, Mki,
    Negotiated, PayloadType, SrtpKeys, TelephoneEvent,
};
pub use negotiation::Negotiation;
pub use text::{TextPlan, TextWish};
