//! A user's call: signalling and media brought together as one pure machine, from the click to the last word.

mod actions;
mod end;
mod machine;
mod moving;
mod own_end;
mod signalling;
mod tone;

pub use end::{describe, end_of_status};
pub use machine::{IncomingCall, OutgoingCall, Output, Settings, UserCall};
pub use tone::wanted_tone;
