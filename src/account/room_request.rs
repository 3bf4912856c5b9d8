//! What may be asked about rooms, and what the answers are.

use std::sync::Arc;

use crate::model::{
    AccountId, Affiliated, Affiliation, Form, FoundRoom, Jid, OccupantAction, RoomFacts, RoomNotify, RoomView,
};

/// What may be asked about rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomRequest {
    /// All rooms.
    List,
    /// What is known of a room without entering it.
    Look(Jid),
    /// The rooms of a service; of the account's own server where none is named.
    Search(Option<Jid>),
    /// Enter it, and stay in it on every start.
    Join(EnterRoom),
    /// Leave it; it stays among the bookmarks.
    Leave(Jid),
    /// Leave it, and take it off the bookmarks.
    Forget(Jid),
    /// Take another nick.
    Nick(Jid, Arc<str>),
    /// Set the subject.
    Subject(Jid, Arc<str>),
    /// Call it so in the list; empty: as it calls itself.
    Name(Jid, Arc<str>),
    /// Which messages make themselves heard.
    Notify(Jid, RoomNotify),
    /// Ask somebody in.
    Invite {
        /// Into which.
        room: Jid,
        /// Whom.
        who: Jid,
        /// What to say.
        reason: Option<Arc<str>>,
    },
    /// Answer an invitation.
    AnswerInvitation {
        /// Which.
        id: u64,
        /// Come or not.
        accept: bool,
        /// Why not.
        reason: Option<Arc<str>>,
    },
    /// Do something to somebody in it.
    Act {
        /// In which.
        room: Jid,
        /// To whom, by nick.
        nick: Arc<str>,
        /// What.
        action: OccupantAction,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Give somebody an affiliation who need not be in it.
    Affiliate {
        /// In which.
        room: Jid,
        /// Whom.
        who: Jid,
        /// Which.
        affiliation: Affiliation,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Everybody with an affiliation.
    Affiliations(Jid, Affiliation),
    /// Its settings as a form.
    Settings(Jid),
    /// Change its settings: names and values of fields.
    Configure(Jid, Vec<FilledField>),
    /// These people of it are on the screen, by nick: their pictures are fetched.
    Faces(Jid, Vec<Arc<str>>),
    /// Ask to be allowed to write.
    AskVoice(Jid),
    /// Let somebody write who asked, or not.
    AnswerVoice {
        /// In which.
        room: Jid,
        /// Whom, by nick.
        nick: Arc<str>,
        /// Yes or no.
        allow: bool,
    },
    /// Take back what somebody wrote, by the room's name of the message.
    Retract {
        /// In which.
        room: Jid,
        /// The room's name of the message.
        archive_id: Arc<str>,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// The conversation with one person in it, through it.
    Whisper(Jid, Arc<str>),
    /// Older messages than this one of its archive.
    Older(Jid, Option<Arc<str>>),
    /// End it for everybody.
    Destroy(Jid, Option<Arc<str>>),
}

/// A field's name, and what it is filled in with.
pub type FilledField = (Arc<str>, Vec<Arc<str>>);

/// How a room is entered.
#[derive(Clone, PartialEq, Eq)]
pub struct EnterRoom {
    /// Which.
    pub room: Jid,
    /// With which account; the first one where absent.
    pub account: Option<AccountId>,
    /// With which nick; the own one where absent.
    pub nick: Option<Arc<str>>,
    /// The password.
    pub password: Option<Arc<str>>,
    /// Make it where there is none.
    pub create: bool,
    /// Ask for its settings before it is opened.
    pub configure: bool,
    /// Only for now: not with every start.
    pub once: bool,
}

impl EnterRoom {
    /// As it usually is.
    pub fn to(room: Jid) -> Self {
        Self { room, account: None, nick: None, password: None, create: false, configure: false, once: false }
    }
}

impl std::fmt::Debug for EnterRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnterRoom").field("create", &self.create).finish_non_exhaustive()
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub enum RoomReply {
    /// All rooms.
    Rooms(Arc<[Arc<RoomView>]>),
    /// What is known of a room.
    Facts(Arc<RoomFacts>),
    /// A list of affiliations.
    Affiliations(Vec<Affiliated>),
    /// The settings.
    Form(Box<Form>),
    /// The rooms of a service.
    Found(Jid, Vec<FoundRoom>),
    /// A conversation.
    Conversation(Jid),
    /// A page of the archive came; whether there is nothing older.
    Older(bool),
}
