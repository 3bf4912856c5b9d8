//! What crosses between rooms and `account`.

use std::fmt;
use std::sync::Arc;

pub use super::call::CallWord;
use crate::model::{
    Affiliated, Affiliation, Form, FoundRoom, Jid, MessageId, Occupant, Reason, Role, RoomFacts, RoomNotify, Standing,
    WallTime,
};
use crate::xmpp::Checkpoint;

/// How a room is entered.
#[derive(Clone, PartialEq, Eq)]
pub struct Join {
    /// The nick to take.
    pub nick: Arc<str>,
    /// The password.
    pub password: Option<Arc<str>>,
    /// Make the room if there is none (XEP-0045 section 10.1).
    pub create: Create,
    /// What of its history is known.
    pub since: Since,
}

impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("create", &self.create).finish_non_exhaustive()
    }
}

/// What to do where there is no such room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Create {
    /// Say so.
    #[default]
    No,
    /// Make it as the service makes rooms (XEP-0045 section 10.1.2).
    Instant,
    /// Make it, and ask for its settings first (section 10.1.3).
    Configured,
}

/// Up to where a room's history is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Everything up to the message that the room's archive calls so is stored.
    pub archive_id: Option<Arc<str>>,
    /// The newest message that is stored.
    pub time: Option<WallTime>,
}

/// What `account` asks of a room. Commands with a ticket are answered by [`RoomEvent::Answered`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomCommand {
    /// Enter, and stay in, through every reconnection.
    Join(Join),
    /// Leave.
    Leave,
    /// Send a message that is already in the store; this command's address is that of the conversation, which may be one
    /// with somebody in the room.
    Send {
        /// The stanza id, also the name in the store.
        id: MessageId,
        /// What.
        what: crate::xmpp::Outbound,
        /// When the user wrote it.
        written: WallTime,
    },
    /// Ask what is known of it without entering. Answered.
    Look(u64),
    /// Take another nick. Answered by the room's presence.
    Nick(Arc<str>),
    /// Set the subject.
    Subject(Arc<str>),
    /// Give somebody in it another role. Answered.
    SetRole {
        /// Names the answer.
        ticket: u64,
        /// Whom, by nick.
        nick: Arc<str>,
        /// Which.
        role: Role,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Give somebody another affiliation. Answered.
    SetAffiliation {
        /// Names the answer.
        ticket: u64,
        /// Whom.
        jid: Jid,
        /// Which.
        affiliation: Affiliation,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Everybody with an affiliation. Answered.
    Affiliations {
        /// Names the answer.
        ticket: u64,
        /// Which.
        affiliation: Affiliation,
    },
    /// Its settings as a form. Answered.
    Settings(u64),
    /// Change its settings. Answered.
    Configure(u64, Box<Form>),
    /// Ask somebody in; `direct`: not through the room (XEP-0249).
    Invite {
        /// Whom.
        jid: Jid,
        /// What to say.
        reason: Option<Arc<str>>,
        /// Straight to them.
        direct: bool,
        /// The password, where they need one.
        password: Option<Arc<str>>,
    },
    /// Say that we do not come (XEP-0045 section 7.8.2).
    Decline {
        /// Who asked.
        to: Jid,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Ask to be allowed to write.
    AskVoice,
    /// Let somebody write who asked for it, or not.
    AnswerVoice {
        /// Their nick.
        nick: Arc<str>,
        /// Yes or no.
        allow: bool,
    },
    /// Take back what somebody wrote (XEP-0425). Answered.
    Retract {
        /// Names the answer.
        ticket: u64,
        /// The room's name of the message (XEP-0359).
        archive_id: Arc<str>,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Older messages of the archive than this one. Answered.
    Older {
        /// Names the answer.
        ticket: u64,
        /// The archive's name of the oldest message that is known; absent: the newest page.
        before: Option<Arc<str>>,
    },
    /// End the room for everybody. Answered.
    Destroy {
        /// Names the answer.
        ticket: u64,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Remember it on the server, or forget it there (XEP-0402).
    Bookmark(Box<Bookmark>, bool),
    /// Say something about a call in it (XEP-0482).
    Call(CallWord),
    /// Fetch somebody's picture through the room (XEP-0153 section 3.2). Comes back as [`RoomEvent::Photo`] where it is the one
    /// that was announced.
    Photo {
        /// Whose.
        nick: Arc<str>,
        /// Its hash.
        hash: Arc<str>,
    },
    /// The rooms of a service; this command's address is the service's, or the account's own domain to find one. Answered.
    Search(u64),
}

/// A bookmark (XEP-0402).
#[derive(Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// Which room.
    pub room: Jid,
    /// What the user calls it.
    pub name: Option<Arc<str>>,
    /// The nick to take.
    pub nick: Option<Arc<str>>,
    /// The password.
    pub password: Option<Arc<str>>,
    /// Enter it with every start.
    pub autojoin: bool,
    /// Which messages make themselves heard (XEP-0492), where the bookmark says so.
    pub notify: Option<RoomNotify>,
}

impl fmt::Debug for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bookmark").field("room", &self.room).field("autojoin", &self.autojoin).finish_non_exhaustive()
    }
}

/// What a room, or the service of rooms, tells `account`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomEvent {
    /// On the way in.
    Joining,
    /// In it, with everybody who was there before.
    Joined {
        /// Everybody.
        occupants: Vec<Arc<Occupant>>,
        /// The room is new: nobody has said how it shall be.
        created: bool,
    },
    /// Not in it any more, or not let in.
    Left {
        /// Why, for people.
        reason: Option<Reason>,
        /// It is tried again by itself.
        again: bool,
    },
    /// Who is in it changed: who came or changed, and which nicks went.
    Occupants {
        /// Came or changed.
        set: Vec<Arc<Occupant>>,
        /// Went.
        gone: Vec<Arc<str>>,
    },
    /// Something happened that people should read.
    Line(RoomNote),
    /// The subject.
    Subject(Option<Arc<str>>),
    /// What is known of it.
    Facts(Arc<RoomFacts>),
    /// It is new and stays locked until somebody says how it shall be (XEP-0045 section 10.1.3).
    SettingsWanted,
    /// Its picture is another one.
    Picture,
    /// A picture of somebody in it, by its hash.
    Photo(Arc<str>, Arc<[u8]>),
    /// What somebody wrote was taken back by a moderator (XEP-0425).
    Retracted {
        /// The room's name of the message.
        archive_id: Arc<str>,
        /// By whom, as a nick.
        by: Option<Arc<str>>,
        /// Why.
        reason: Option<Arc<str>>,
        /// Stored up to here when committed.
        checkpoint: Checkpoint,
    },
    /// A message of ours was refused by the room.
    Refused {
        /// Which.
        id: MessageId,
        /// Why.
        reason: Reason,
        /// Stored up to here when committed.
        checkpoint: Checkpoint,
    },
    /// A message of ours will not leave: whom it was meant for is not there any more.
    Lost(MessageId),
    /// Everything up to here is known of its archive.
    Synced(Since),
    /// Somebody asks to be allowed to write.
    VoiceAsked {
        /// Their nick.
        nick: Arc<str>,
        /// Their address, where the room says it.
        jid: Option<Jid>,
    },
    /// Somebody asks us in.
    Invited {
        /// Who.
        from: Jid,
        /// What they say.
        reason: Option<Arc<str>>,
        /// The password that comes with it.
        password: Option<Arc<str>>,
        /// Through the room.
        mediated: bool,
        /// Who asks is in our roster.
        known: bool,
    },
    /// Somebody says something about a call (XEP-0482).
    Call {
        /// Who, as shown; empty where the room itself does.
        by: Arc<str>,
        /// It is we, perhaps on another device.
        own: bool,
        /// What.
        word: CallWord,
        /// When.
        time: WallTime,
    },
    /// Somebody names a call in their presence, or no longer.
    CallNamed {
        /// The nick.
        nick: Arc<str>,
        /// The address.
        uri: Option<Arc<str>>,
    },
    /// Whom we asked does not come.
    Declined {
        /// Who.
        from: Jid,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// The bookmarks: all of them.
    Bookmarks(Vec<Bookmark>),
    /// A bookmark is new or different.
    Bookmarked(Bookmark),
    /// A bookmark is gone.
    Unbookmarked,
    /// What became of a command.
    Answered(u64, Result<RoomAnswer, Reason>),
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomAnswer {
    /// It is done.
    Done,
    /// What is known of a room.
    Facts(Arc<RoomFacts>),
    /// A list.
    Affiliations(Vec<Affiliated>),
    /// The settings.
    Form(Box<Form>),
    /// The rooms of this service.
    Found(Jid, Vec<FoundRoom>),
    /// A page of the archive came; whether there is nothing older.
    Older(bool),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomNote {
    /// Somebody got another standing.
    Standing {
        /// Who, as shown.
        nick: Arc<str>,
        /// It is we.
        own: bool,
        /// Which.
        standing: Standing,
        /// By whom, where the room says so.
        by: Option<Arc<str>>,
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// Somebody took another nick.
    Nick {
        /// The old one, as shown.
        from: Arc<str>,
        /// The new one, as shown.
        to: Arc<str>,
        /// It is we.
        own: bool,
    },
    /// The nick that we wanted was not to be had.
    NickGiven(Arc<str>),
    /// Somebody set the subject.
    Subject {
        /// Who, as shown.
        by: Arc<str>,
        /// To what.
        subject: Arc<str>,
    },
    /// The room shows everybody's address to everybody from now on.
    AddressesForAll,
    /// The room shows addresses only to moderators from now on.
    AddressesForModerators,
    /// What is written is published from now on.
    Logged,
    /// It is not published any more.
    NotLogged,
    /// The settings of the room were changed.
    Configured,
}
