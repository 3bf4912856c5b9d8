//! What may be asked about meetings.

use std::fmt;
use std::sync::Arc;

use super::CallTo;
use crate::model::{CallId, ConferenceId, Jid};

/// Which meeting: by our call with the conference, or by the calls that we join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingOf {
    /// Our call with it.
    Call(CallId),
    /// The calls that we join.
    Conference(ConferenceId),
}

/// A side of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingSide {
    /// The call.
    Call,
    /// The room.
    Room,
}

impl MeetingSide {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Call => Self::Room,
            Self::Room => Self::Call,
        }
    }
}

/// What a moderator does to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderation {
    /// Nobody hears them, or they may only read.
    Mute,
    /// They are heard again, or may write.
    Unmute,
    /// They are put out.
    Remove,
}

/// What may be asked about meetings.
#[derive(Clone, PartialEq, Eq)]
pub enum MeetingRequest {
    /// All meetings.
    List,
    /// Call what a room offers, or a contact who invites.
    JoinCall {
        /// Which room or contact.
        room: Jid,
        /// Which of its offers, by address; the surest where absent.
        uri: Option<Arc<str>>,
        /// What it may cost is accepted.
        confirm: bool,
    },
    /// The call of a room or a contact is not wanted; it is offered again when somebody invites anew.
    DeclineCall(Jid),
    /// Enter a room that a conference names.
    EnterRoom {
        /// Our call with the conference.
        call: CallId,
        /// Which room.
        room: Jid,
    },
    /// Do not offer that room for this conference again.
    DeclineRoom {
        /// Our call with the conference.
        call: CallId,
        /// Which room.
        room: Jid,
    },
    /// Call people of a room and join the calls; where the room offers a call, that one is called.
    Start {
        /// Which room.
        room: Jid,
        /// Whom to call.
        people: Vec<Jid>,
        /// What it may cost is accepted.
        confirm: bool,
    },
    /// Invite everybody in a room, or a contact, to the call (XEP-0482).
    Announce {
        /// Which meeting.
        of: MeetingOf,
        /// Which room or contact; the room that belongs to it where absent.
        room: Option<Jid>,
    },
    /// Have somebody called into the call: by the conference (RFC 4579 section 5.5), or by ourselves where we join the calls.
    Invite {
        /// Which meeting.
        of: MeetingOf,
        /// Whom.
        to: CallTo,
        /// What it may cost is accepted.
        confirm: bool,
    },
    /// Do something to somebody on one side.
    Moderate {
        /// Which meeting.
        of: MeetingOf,
        /// Whom: the address in the call, or the nick in the room.
        who: Arc<str>,
        /// On which side.
        side: MeetingSide,
        /// What.
        what: Moderation,
    },
    /// Do the same on the other side, or leave it.
    Mirror {
        /// Which meeting.
        of: MeetingOf,
        /// Do it.
        yes: bool,
    },
}

impl fmt::Debug for MeetingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "List",
            Self::JoinCall { .. } => "JoinCall",
            Self::DeclineCall(_) => "DeclineCall",
            Self::EnterRoom { .. } => "EnterRoom",
            Self::DeclineRoom { .. } => "DeclineRoom",
            Self::Start { .. } => "Start",
            Self::Announce { .. } => "Announce",
            Self::Invite { .. } => "Invite",
            Self::Moderate { .. } => "Moderate",
            Self::Mirror { .. } => "Mirror",
        })
    }
}
