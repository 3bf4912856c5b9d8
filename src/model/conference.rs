//! Calls that are joined: everybody in them hears everybody else.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{CallId, WallTime};

/// The name of a conference, unique for this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConferenceId(pub u64);

impl fmt::Display for ConferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{}", self.0)
    }
}

impl ConferenceId {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('k')?.parse().ok().map(Self)
    }
}

impl Serialize for ConferenceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How a party takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Attendance {
    /// Hears and is heard (unless muted).
    Talking,
    /// We hold it, or it is being taken back: it hears nobody and nobody hears it.
    Held,
    /// It holds us: nobody hears what it plays meanwhile.
    Away,
    /// It has not answered yet.
    Calling,
}

/// A call in a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which call.
    pub call: CallId,
    /// Nobody in the conference hears it, we included.
    pub muted: bool,
    /// How it takes part.
    pub attendance: Attendance,
}

/// Calls that are joined here, by mixing their sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// Its name.
    pub id: ConferenceId,
    /// The calls in it, in the order in which they joined.
    pub parties: Vec<Party>,
    /// Our microphone is off for all of them.
    pub muted: bool,
    /// All of it is held.
    pub held: bool,
    /// Since when.
    pub since: WallTime,
    /// It is being recorded.
    pub recording: Option<super::Recording>,
}

impl Conference {
    /// The party of a call.
    pub fn party(&self, call: CallId) -> Option<&Party> {
        self.parties.iter().find(|party| party.call == call)
    }
}

/// The name of a party's sound in what we mix: the contributing source of its packets (RFC 3550 section 7.1) and the `src-id` of
/// the conference's state (RFC 4575 section 5.8.3). It is our own, for what the party itself calls its source may change.
pub fn source_of(call: CallId) -> u32 {
    scattered(call.0)
}

/// The name of our own sound in what we mix.
pub fn own_source_of(conference: ConferenceId) -> u32 {
    scattered(conference.0 ^ u64::MAX)
}

/// Numbers that are near each other, far from each other (the finalizer of SplitMix64): two parties of one conference have the
/// same with a chance of one in four thousand million.
fn scattered(number: u64) -> u32 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as u32
}

/// The loudness of the parties, 0 to 1, peak over the last 50 ms. Cheap to clone.
pub type PartyLevels = Arc<[(CallId, f32)]>;

#[cfg(test)]
mod tests {
    use super::ConferenceId;

    #[test]
    fn a_name_is_read_back() {
        assert_eq!(ConferenceId::parse(&ConferenceId(7).to_string()), Some(ConferenceId(7)));
        assert_eq!(ConferenceId::parse("c7"), None);
    }
}
