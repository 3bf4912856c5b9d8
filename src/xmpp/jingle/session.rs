//! One session: where it stands, and what both sides said of the sound.
//!
//! ```text
//! ours:    Proposed --proceed--> Initiated --session-accept--> Active
//! theirs:  Invited --Proceed--> Proceeding --session-initiate--> Offered --Accept--> Active
//! without messages (XEP-0353) ours begin with Initiated and theirs with Offered
//! ```

use std::collections::VecDeque;

use super::description::{Description, Direction, Transport};
use super::digits::Digits;
use super::reason::Condition;
use crate::model::{BootTime, CallId, FullJid, Jid};
use crate::sdp::{Candidate, MAX_CANDIDATES};

/// Changes of theirs that may wait for our negotiation. When full: further ones change nothing.
pub(super) const MOST_CHANGES: usize = 8;

/// Which request of ours an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `session-initiate`.
    Initiate,
    /// `session-accept`.
    Accept,
    /// Anything within the session.
    Within,
    /// A digit (XEP-0181): what is not taken becomes a tone.
    Digit,
    /// `session-terminate`: whatever comes back, it is over.
    Terminate,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Our wish is out.
    Proposed,
    /// Our `session-initiate` is out.
    Initiated,
    /// Their wish came.
    Invited,
    /// We answered the wish; their `session-initiate` is due by then.
    Proceeding(BootTime),
    /// Their `session-initiate` came, and ours is the word.
    Offered,
    /// Both sides agreed.
    Active,
}

/// A change of theirs that waits for our negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// They hold us, or not any more.
    Hold(bool),
    /// They look for paths anew.
    Restart(Transport),
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) call: CallId,
    pub(super) sid: String,
    pub(super) peer: Jid,
    /// The connection that it belongs to, once that is known (X18).
    pub(super) full: Option<FullJid>,
    /// We began it.
    pub(super) ours: bool,
    pub(super) state: State,
    /// Messages tell all devices of it (XEP-0353).
    pub(super) told: bool,
    pub(super) local: Option<Description>,
    pub(super) remote: Option<Description>,
    pub(super) held_here: bool,
    pub(super) held_there: bool,
    /// Their microphone is off.
    pub(super) muted_there: bool,
    /// What another device of ours said of the call after we had answered it.
    pub(super) rival: Option<Condition>,
    /// Digits of ours that go beside the stream.
    pub(super) digits: Digits,
    /// Our new credentials are out, and theirs are due.
    pub(super) restarting: bool,
    /// Changes of theirs on their way through our negotiation, oldest first; at most [`MOST_CHANGES`].
    pub(super) changes: VecDeque<Change>,
    /// Candidates that came before they are wanted: none is used before the user answered (M01). When full: the rest is left
    /// out, and the checks of the other side find us.
    early: Vec<Candidate>,
    /// Contents of their offer that are nothing for us.
    pub(super) others: Vec<String>,
}

impl Session {
    pub(super) fn new(call: CallId, sid: String, peer: Jid, ours: bool, state: State) -> Self {
        Self {
            call,
            sid,
            peer,
            full: None,
            ours,
            state,
            told: false,
            local: None,
            remote: None,
            held_here: false,
            held_there: false,
            muted_there: false,
            rival: None,
            digits: Digits::default(),
            restarting: false,
            changes: VecDeque::new(),
            early: Vec::new(),
            others: Vec::new(),
        }
    }

    /// The name of the content.
    pub(super) fn content(&self) -> &str {
        let about = if self.ours { &self.local } else { &self.remote };
        about.as_ref().map_or("audio", |about| &about.name)
    }

    /// Whether digits go as events in the stream (RFC 4733).
    pub(super) fn agreed_on_events(&self) -> bool {
        let takes = |about: &Option<Description>| {
            let about = about.iter().flat_map(|about| &about.formats);
            about.into_iter().any(|format| format.name.eq_ignore_ascii_case("telephone-event"))
        };
        takes(&self.local) && takes(&self.remote)
    }

    /// Where words about it go: to the connection, once that is known (XEP-0353 section 3), and before that to all devices.
    pub(super) fn address(&self) -> &str {
        self.full.as_ref().map_or(self.peer.as_str(), FullJid::as_str)
    }

    /// Keeps candidates for later.
    pub(super) fn keep(&mut self, candidates: Vec<Candidate>) {
        let room = MAX_CANDIDATES.saturating_sub(self.early.len());
        self.early.extend(candidates.into_iter().take(room));
    }

    /// Those that were kept, as what the call's negotiation reads.
    pub(super) fn take_early(&mut self) -> Option<String> {
        let candidates = std::mem::take(&mut self.early);
        let credentials = self.remote.as_ref()?.transport.credentials.as_ref()?;
        let transport = Transport { candidates, ..Transport::default() };
        (!transport.candidates.is_empty()).then(|| transport.to_fragment(credentials))
    }

    /// Their description as an answer to a later offer of ours: with the direction that our hold and theirs make, and the
    /// role in the handshake that is in force (RFC 8842 section 5.2).
    pub(super) fn their_answer(&self) -> Option<String> {
        let mut remote = self.remote.clone()?;
        remote.direction = Direction::of(!self.held_here, !self.held_there);
        remote.transport.setup = match self.local.as_ref().and_then(|local| local.transport.setup) {
            Some("active") => Some("passive"),
            Some("passive") => Some("active"),
            Some(_) | None if remote.transport.setup == Some("passive") => Some("passive"),
            Some(_) | None => Some("active"),
        };
        Some(remote.to_sdp())
    }

    /// Their description as a later offer.
    pub(super) fn their_offer(&self, transport: Option<&Transport>, held: bool) -> Option<String> {
        let mut remote = self.remote.clone()?;
        if let Some(transport) = transport {
            remote.transport = Transport {
                credentials: transport.credentials.clone(),
                candidates: transport.candidates.clone(),
                ..remote.transport
            };
        }
        remote.direction = Direction::of(true, !held);
        remote.transport.setup = Some("actpass");
        Some(remote.to_sdp())
    }
}
