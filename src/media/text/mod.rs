//! Real-time text in a call (RFC 4103): what somebody types is carried character by character, in RTP beside the sound.
//!
//! Inputs: what the user types, packets, the time. Outputs: packets, and what the peer typed. Typed text is one alphabet in both
//! directions: characters, [`BACKSPACE`], `\n` for a new line, and towards the user [`MISSING`] where text was lost.

mod blocks;
mod characters;
#[cfg(test)]
mod fuzz_tests;
mod receiving;
mod sending;
mod stream;
#[cfg(test)]
pub(super) mod tests;

pub use characters::{BACKSPACE, MISSING};
pub use stream::{Output, TextStream};
