//! A user's call: signalling and media brought together as one pure machine, from the click to the last word.

mod actions;
mod admission;
mod alive;
mod chat;
mod conference;
mod connected;
mod digits;
mod end;
mod health;
mod machine;
mod moving;
mod own_end;
mod paths;
mod recording;
mod securing;
mod signalling;
mod text;
mod tone;
mod transfer;

pub use admission::{Admission, Circumstances, Forwarding, MOST_DIVERSIONS, NOTICE, Place, admit};
pub use chat::Whom;
pub use conference::{Conference, MOST_PARTIES, Output as ConferenceOutput};
pub use end::{describe, end_of_status};
pub use health::{Health, Surroundings, is_dead};
pub use machine::{IncomingCall, OutgoingCall, Output, Paths, Settings, UserCall};
pub use recording::file_name;
pub use tone::wanted_tone;
pub use transfer::CannotTransfer;
