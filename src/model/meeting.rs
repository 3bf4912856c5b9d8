//! A meeting: a conference of calls and a room of chat that belong together, as people see it (RFC 7081 section 4).

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{AccountId, CallId, ConferenceId, Jid};

/// How somebody takes part (C-40): what reaches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Involvement {
    /// Text and sound.
    Both,
    /// Sound only.
    Audio,
    /// They are being called, or call in; nothing reaches them yet.
    Coming,
    /// Text only.
    Text,
}

/// What is known of somebody's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoundState {
    /// They are not in the call.
    None,
    /// They are being called, or call in.
    Coming,
    /// They hear and are heard.
    Talking,
    /// They are in the call and let nothing be heard.
    Muted,
    /// They are in the call, and a moderator lets nobody hear them.
    MutedByModerator,
    /// They are in the call, and it is held.
    OnHold,
}

/// Somebody in a meeting.
#[derive(Clone, PartialEq, Eq)]
pub struct Participant {
    /// What they are called.
    pub name: Arc<str>,
    /// What reaches them.
    pub involvement: Involvement,
    /// What is known of their sound.
    pub sound: SoundState,
    /// They speak now. `false` where nobody tells who speaks, and of ourselves.
    pub speaking: bool,
    /// It is we.
    pub own: bool,
    /// They moderate, on either side.
    pub moderator: bool,
    /// Their address in the call.
    pub address: Option<Arc<str>>,
    /// Their nick in the room.
    pub nick: Option<Arc<str>>,
    /// Who they are, where that is confirmed or the room shows it.
    pub jid: Option<Jid>,
    /// Our call with them, where we join the calls: for what is to be heard of them.
    pub call: Option<CallId>,
    /// Why the one in the call and the one in the room are taken for one person, a sentence.
    pub proof: Option<Arc<str>>,
    /// They may be the same person as this other row, and nobody vouches for it.
    pub maybe: Option<Arc<str>>,
    /// All of that in words: "Bob: text and sound, muted by a moderator".
    pub text: Arc<str>,
}

// Who meets whom is personal.
impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("involvement", &self.involvement)
            .field("sound", &self.sound)
            .finish_non_exhaustive()
    }
}

/// Who says that a room has a call. The order is that of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferSource {
    /// Somebody in the room invites to it (XEP-0482).
    Invite,
    /// The room's own description of itself (RFC 7081 section 4).
    RoomInfo,
    /// Somebody in the room names it in their presence.
    Presence,
    /// The room's card.
    Card,
    /// A link in the room's description or subject.
    Link,
}

/// A call that a room offers. Nobody vouches for it: whoever may write there can name any address.
#[derive(Clone, PartialEq, Eq)]
pub struct CallOffer {
    /// Whom to call.
    pub uri: Arc<str>,
    /// Who says so.
    pub source: OfferSource,
    /// By which nick, as shown.
    pub by: Option<Arc<str>>,
    /// Who says to be in it, as shown (XEP-0482); their word only.
    pub accepted: Arc<[Arc<str>]>,
    /// It is our own invitation.
    pub own: bool,
    /// What it may cost, in words.
    pub cost: Arc<str>,
    /// All of that in words.
    pub text: Arc<str>,
}

impl fmt::Debug for CallOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOffer").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A room that a conference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomOffer {
    /// Which.
    pub room: Jid,
    /// In words, with who says so.
    pub text: Arc<str>,
}

/// Whether it is known who is in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Knowledge {
    /// It is.
    Known,
    /// It is being asked for.
    Asking,
    /// It is not, and [`MeetingView::why`] says why.
    Unknown,
    /// We are in no call.
    NoCall,
}

/// Something that was done to somebody on one side, and could be done on the other as well. Nothing is done by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// In words: "You put Bob out of the call. Put Bob out of the room too?"
    pub text: Arc<str>,
}

/// A meeting as it is shown: our call with a conference or the calls that we join, the room that belongs to it, or a room that
/// offers a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingView {
    /// Our call with the conference.
    pub call: Option<CallId>,
    /// The calls that we join ourselves.
    pub conference: Option<ConferenceId>,
    /// The voice account of the call.
    pub account: Option<AccountId>,
    /// The room that belongs to it.
    pub room: Option<Jid>,
    /// The contact who invites to it, where no room does.
    pub contact: Option<Jid>,
    /// We are in the room.
    pub in_room: bool,
    /// What it is called.
    pub title: Arc<str>,
    /// Nobody else is let in.
    pub locked: bool,
    /// The address of the conference.
    pub address: Option<Arc<str>>,
    /// The conference is one of our own provider, whose word counts for who is who.
    pub trusted: bool,
    /// Whether it is known who is in the call.
    pub knowledge: Knowledge,
    /// Why it is not known, a sentence.
    pub why: Option<Arc<str>>,
    /// Everybody: first we, then by involvement and name.
    pub participants: Arc<[Participant]>,
    /// How many more there are than are listed.
    pub more: u32,
    /// How many there are of each involvement, in words.
    pub text: Arc<str>,
    /// Rooms that the conference names and that nobody has entered or turned down.
    pub rooms: Arc<[RoomOffer]>,
    /// Calls that the room offers, the surest first.
    pub offers: Arc<[CallOffer]>,
    /// We may put people out of the call.
    pub moderates: bool,
    /// Something that could be done on the other side too.
    pub mirror: Option<Mirror>,
}
