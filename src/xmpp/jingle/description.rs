//! What one side says of the sound of a call, in the types that `sdp` and `media` use.

use std::fmt;

use super::extras::{Extras, Feedback};
use crate::model::MediaDirection;
use crate::sdp::{Candidate, Credentials};

/// Payload types that are read of a description (XEP-0167 section 4); further ones are not looked at.
pub(super) const MOST_FORMATS: usize = 64;
/// Parameters that are read of a payload type; further ones are not looked at.
pub(super) const MOST_PARAMETERS: usize = 16;
/// The longest name or value that is taken, in bytes. When longer: the thing is left out.
pub(super) const LONGEST_WORD: usize = 128;
/// Fingerprints that are read; further ones are not looked at.
pub(super) const MOST_FINGERPRINTS: usize = 8;
/// Feedback types, header extensions and sources that are read each; further ones are not looked at.
pub(super) const MOST_NOTES: usize = 16;

/// A payload type (XEP-0167 section 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Its number, 0 to 127.
    pub id: u8,
    /// The encoding's name; empty for static ones that give none.
    pub name: String,
    /// The clock in Hz; 8000 where nothing is said.
    pub clock_hz: u32,
    /// Channels; 1 where nothing is said.
    pub channels: u32,
    /// Names and values; a name may be empty.
    pub parameters: Vec<(String, String)>,
    /// The feedback that is wished for it (XEP-0293).
    pub feedback: Feedback,
}

/// How the packets travel (XEP-0176), and whose certificate the keys come from (XEP-0320).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Transport {
    /// Name and password of the checks.
    pub credentials: Option<Credentials>,
    /// Addresses.
    pub candidates: Vec<Candidate>,
    /// `sha-256 AB:…`, as in SDP; which of them can be used is decided by `sdp`.
    pub fingerprints: Vec<String>,
    /// `active`, `passive`, `actpass`, `holdconn`.
    pub setup: Option<&'static str>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { candidates, fingerprints, setup, .. } = self;
        write!(f, "Transport({} candidates, {} fingerprints, {setup:?})", candidates.len(), fingerprints.len())
    }
}

/// What one side says of the sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The name of the content (XEP-0166 section 7.3).
    pub name: String,
    /// Payload types, preferred first.
    pub formats: Vec<Format>,
    /// Reports share the port of the sound (RFC 5761).
    pub rtcp_mux: bool,
    /// The wished length of packets, milliseconds.
    pub ptime: Option<u32>,
    /// The longest packets that are taken, milliseconds.
    pub maxptime: Option<u32>,
    /// Where sound flows, as seen from the side that describes it.
    pub direction: Direction,
    /// Feedback, header extensions, sources and groups, of which our side uses only the group of one port.
    pub extras: Extras,
    /// How the packets travel.
    pub transport: Transport,
}

/// A direction with a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction(pub MediaDirection);

impl Default for Direction {
    fn default() -> Self {
        Self(MediaDirection::SendRecv)
    }
}

impl Direction {
    /// Whether the describing side sends, and receives.
    #[must_use]
    pub fn flows(self) -> (bool, bool) {
        match self.0 {
            MediaDirection::SendRecv => (true, true),
            MediaDirection::SendOnly => (true, false),
            MediaDirection::RecvOnly => (false, true),
            MediaDirection::Inactive => (false, false),
        }
    }

    /// From whether it sends, and receives.
    #[must_use]
    pub fn of(sends: bool, receives: bool) -> Self {
        Self(match (sends, receives) {
            (true, true) => MediaDirection::SendRecv,
            (true, false) => MediaDirection::SendOnly,
            (false, true) => MediaDirection::RecvOnly,
            (false, false) => MediaDirection::Inactive,
        })
    }

    /// The `senders` of a content (XEP-0166 section 7.3), where the initiator (or not) describes it.
    #[must_use]
    pub fn senders(self, initiator: bool) -> &'static str {
        match (self.flows(), initiator) {
            ((true, true), _) => "both",
            ((false, false), _) => "none",
            ((true, false), true) | ((false, true), false) => "initiator",
            ((true, false), false) | ((false, true), true) => "responder",
        }
    }

    /// From `senders`, as the initiator (or not) means it.
    #[must_use]
    pub fn of_senders(senders: Option<&str>, initiator: bool) -> Option<Self> {
        Some(match senders {
            None | Some("both") => Self::of(true, true),
            Some("none") => Self::of(false, false),
            Some("initiator") => Self::of(initiator, !initiator),
            Some("responder") => Self::of(!initiator, initiator),
            Some(_) => return None,
        })
    }
}
