//! Rooms (XEP-0045): who is in them, what they may do, and what is known of the room.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{AccountId, Avatar, Jid, Show, WallTime};

/// What somebody is to a room for good (XEP-0045 section 5.2). In this order of rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Affiliation {
    /// Banned.
    Outcast,
    /// Nothing in particular.
    #[default]
    None,
    /// On the list of a room that is only for members.
    Member,
    /// May ban, and make members.
    Admin,
    /// May do everything.
    Owner,
}

impl Affiliation {
    /// The word of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outcast => "outcast",
            Self::None => "none",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the word of the protocol.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Outcast, Self::None, Self::Member, Self::Admin, Self::Owner].into_iter().find(|one| one.as_str() == text)
    }
}

/// What somebody may do in a room while being there (XEP-0045 section 5.1). In this order of rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Not in it.
    #[default]
    None,
    /// May read.
    Visitor,
    /// May write.
    Participant,
    /// May put others out, and give and take the voice.
    Moderator,
}

impl Role {
    /// The word of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Visitor => "visitor",
            Self::Participant => "participant",
            Self::Moderator => "moderator",
        }
    }

    /// Reads the word of the protocol.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Visitor, Self::Participant, Self::Moderator].into_iter().find(|one| one.as_str() == text)
    }
}

/// Something that one occupant may do to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OccupantAction {
    /// Put out; they may come back.
    Kick,
    /// Put out for good.
    Ban,
    /// Let them write.
    GiveVoice,
    /// Let them only read.
    TakeVoice,
    /// Let them moderate.
    MakeModerator,
    /// Let them moderate no longer.
    TakeModerator,
    /// Put them on the list of members.
    MakeMember,
    /// Take every lasting right from them.
    MakeNone,
    /// Let them ban and make members.
    MakeAdmin,
    /// Let them do everything.
    MakeOwner,
}

impl OccupantAction {
    /// Every action, the mildest first.
    pub const ALL: [Self; 10] = [
        Self::GiveVoice,
        Self::TakeVoice,
        Self::MakeModerator,
        Self::TakeModerator,
        Self::MakeMember,
        Self::MakeNone,
        Self::MakeAdmin,
        Self::MakeOwner,
        Self::Kick,
        Self::Ban,
    ];

    /// The word of the control interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::GiveVoice => "give-voice",
            Self::TakeVoice => "take-voice",
            Self::MakeModerator => "make-moderator",
            Self::TakeModerator => "take-moderator",
            Self::MakeMember => "make-member",
            Self::MakeNone => "make-none",
            Self::MakeAdmin => "make-admin",
            Self::MakeOwner => "make-owner",
        }
    }

    /// Reads the word of the control interface.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// The role or the affiliation that it sets (XEP-0045 sections 8 to 10).
    pub fn sets(self) -> Standing {
        match self {
            Self::Kick => Standing::Role(Role::None),
            Self::GiveVoice | Self::TakeModerator => Standing::Role(Role::Participant),
            Self::TakeVoice => Standing::Role(Role::Visitor),
            Self::MakeModerator => Standing::Role(Role::Moderator),
            Self::Ban => Standing::Affiliation(Affiliation::Outcast),
            Self::MakeMember => Standing::Affiliation(Affiliation::Member),
            Self::MakeNone => Standing::Affiliation(Affiliation::None),
            Self::MakeAdmin => Standing::Affiliation(Affiliation::Admin),
            Self::MakeOwner => Standing::Affiliation(Affiliation::Owner),
        }
    }
}

/// A role or an affiliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A role, which ends with the visit.
    Role(Role),
    /// An affiliation, which stays.
    Affiliation(Affiliation),
}

/// Somebody who is in a room.
#[derive(Clone, PartialEq, Eq)]
pub struct Occupant {
    /// The nick: the name in this room, as the room knows it.
    pub nick: Arc<str>,
    /// The nick as it is shown: without hidden characters, and not too long (X20).
    pub shown: Arc<str>,
    /// Who it is whatever the nick, where the room says so (XEP-0421).
    pub id: Option<Arc<str>>,
    /// The address, where the room shows it to us.
    pub jid: Option<Jid>,
    /// What they are to the room.
    pub affiliation: Affiliation,
    /// What they may do now.
    pub role: Role,
    /// Whether they are there.
    pub show: Show,
    /// It is we.
    pub own: bool,
    /// Another's nick looks like this one (X13).
    pub alike: bool,
    /// The hash of their picture, as their presence announces it (XEP-0153): its name among [`RoomView::faces`].
    pub photo: Option<Arc<str>>,
}

impl fmt::Debug for Occupant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occupant")
            .field("affiliation", &self.affiliation)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Whether somebody may do something to somebody (XEP-0045 sections 5.1.1, 5.2.1 and 8 to 10).
pub fn may(own: (Affiliation, Role), action: OccupantAction, other: &Occupant) -> bool {
    use OccupantAction as A;
    let (affiliation, role) = own;
    if other.own {
        return false;
    }
    let moderator = role == Role::Moderator;
    let administers = affiliation >= Affiliation::Admin;
    // Nobody acts on their equals or betters, but owners, who may on everybody.
    let above = affiliation == Affiliation::Owner || other.affiliation < affiliation.max(Affiliation::Admin);
    let plain = other.affiliation < Affiliation::Admin;
    match action {
        A::Kick => moderator && above && other.role != Role::None,
        A::Ban => administers && above && other.affiliation != Affiliation::Outcast,
        A::GiveVoice => moderator && other.role == Role::Visitor,
        A::TakeVoice => moderator && plain && other.role == Role::Participant,
        A::MakeModerator => administers && other.role == Role::Participant,
        // Admins and owners are always moderators (section 5.1.3).
        A::TakeModerator => administers && plain && other.role == Role::Moderator,
        A::MakeMember => administers && above && other.affiliation != Affiliation::Member,
        A::MakeNone => administers && above && other.affiliation != Affiliation::None,
        A::MakeAdmin => affiliation == Affiliation::Owner && other.affiliation != Affiliation::Admin,
        A::MakeOwner => affiliation == Affiliation::Owner && other.affiliation != Affiliation::Owner,
    }
}

/// Something that is true of a room and that people should know before they write in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoomFact {
    /// Everybody in it can read everybody's address.
    AddressesForAll,
    /// Only its moderators can.
    AddressesForModerators,
    /// Only members come in.
    MembersOnly,
    /// Not everybody may write.
    Moderated,
    /// It asks for a password.
    Password,
    /// It stays when everybody has left.
    Persistent,
    /// It goes when everybody has left.
    Temporary,
    /// It is not listed.
    Hidden,
    /// Anybody can find it.
    Public,
    /// The server keeps what is written.
    Archived,
    /// What is written may be published.
    Logged,
    /// Moderators can take back what others wrote (XEP-0425).
    Moderation,
    /// Names are told apart by more than the nick (XEP-0421).
    OccupantIds,
}

/// What is known of a room without being in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomFacts {
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Its description.
    pub description: Option<Arc<str>>,
    /// How many are in it, as its service counts.
    pub occupants: Option<u32>,
    /// What is true of it.
    pub facts: Vec<RoomFact>,
    /// The call that belongs to it, as it says itself (RFC 7081 section 4).
    pub call: Option<Arc<str>>,
}

impl RoomFacts {
    /// Whether something is true of it.
    pub fn has(&self, fact: RoomFact) -> bool {
        self.facts.contains(&fact)
    }
}

/// Where we stand with a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomState {
    /// Not in it, and not on the way.
    Out,
    /// On the way in.
    Joining,
    /// In it.
    Joined,
    /// It cannot be entered until somebody does something: a stable code, and a sentence.
    Refused(Arc<str>, Arc<str>),
}

impl RoomState {
    /// The word of the control interface.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Joining => "joining",
            Self::Joined => "joined",
            Self::Refused(..) => "refused",
        }
    }
}

/// Which messages of a room make themselves heard (XEP-0492).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomNotify {
    /// Every one.
    All,
    /// Those that name us.
    #[default]
    Mentions,
    /// None.
    None,
}

impl RoomNotify {
    /// The word of the control interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::None => "none",
        }
    }

    /// Reads the word of the control interface.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Mentions, Self::None].into_iter().find(|one| one.as_str() == text)
    }
}

/// Something that happened in a room and is no message of anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLine {
    /// Counts up, so that a line has a name.
    pub number: u64,
    /// When.
    pub time: WallTime,
    /// A sentence.
    pub text: Arc<str>,
}

/// A room as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomView {
    /// Its address.
    pub jid: Jid,
    /// The account that is in it.
    pub account: AccountId,
    /// What it is called: by the user, by itself, or its address.
    pub name: Arc<str>,
    /// Our nick.
    pub nick: Arc<str>,
    /// Where we stand.
    pub state: RoomState,
    /// It is entered with every start, on every device (XEP-0402).
    pub autojoin: bool,
    /// It is among the bookmarks.
    pub bookmarked: bool,
    /// The subject.
    pub subject: Option<Arc<str>>,
    /// What is known of it.
    pub facts: Arc<RoomFacts>,
    /// Who is in it, by rank and name.
    pub occupants: Arc<[Arc<Occupant>]>,
    /// What we are to it.
    pub affiliation: Affiliation,
    /// What we may do.
    pub role: Role,
    /// The subject may be changed by us.
    pub may_set_subject: bool,
    /// We may write.
    pub may_write: bool,
    /// Which messages make themselves heard.
    pub notify: RoomNotify,
    /// Unread messages that name us.
    pub mentions: u32,
    /// What happened lately, oldest first.
    pub lines: Arc<[RoomLine]>,
    /// Who asks to be allowed to write, by nick.
    pub voices: Arc<[Arc<str>]>,
    /// It is new, and nobody has said yet how it shall be: its settings wait.
    pub configure: bool,
    /// Its picture.
    pub avatar: Option<Avatar>,
    /// Pictures of people in it, by [`Occupant::photo`], as far as they were looked at.
    pub faces: Arc<BTreeMap<Arc<str>, Avatar>>,
}

/// A room that a service lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRoom {
    /// Its address.
    pub jid: Jid,
    /// Its name.
    pub name: Arc<str>,
}

/// Somebody on a list of affiliations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affiliated {
    /// Who.
    pub jid: Jid,
    /// What they are to the room.
    pub affiliation: Affiliation,
    /// Why, where somebody said.
    pub reason: Option<Arc<str>>,
}

/// Somebody asks us into a room.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomInvitation {
    /// Its name here.
    pub id: u64,
    /// The account that was asked.
    pub account: AccountId,
    /// Into which.
    pub room: Jid,
    /// Who asks; the room's word for it where the room passed it on.
    pub from: Jid,
    /// What they say.
    pub reason: Option<Arc<str>>,
    /// The password that comes with it.
    pub password: Option<Arc<str>>,
    /// It came through the room, which can be told that we decline (XEP-0045 section 7.8.2).
    pub mediated: bool,
    /// Who asks is a contact.
    pub known: bool,
}

impl fmt::Debug for RoomInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomInvitation").field("id", &self.id).field("mediated", &self.mediated).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occupant(affiliation: Affiliation, role: Role) -> Occupant {
        Occupant {
            nick: "bob".into(),
            shown: "bob".into(),
            id: None,
            jid: None,
            affiliation,
            role,
            show: Show::Available,
            own: false,
            alike: false,
            photo: None,
        }
    }

    #[test]
    fn who_may_do_what_follows_the_tables_of_the_protocol() {
        use Affiliation as A;
        use OccupantAction as D;
        use Role as R;
        let plain = occupant(A::None, R::Participant);
        let all =
            |own, other: &Occupant| -> Vec<D> { D::ALL.into_iter().filter(|one| may(own, *one, other)).collect() };
        assert_eq!(all((A::None, R::Participant), &plain), []);
        assert_eq!(all((A::Member, R::Visitor), &plain), []);
        assert_eq!(all((A::None, R::Moderator), &plain), [D::TakeVoice, D::Kick]);
        assert_eq!(
            all((A::Admin, R::Moderator), &plain),
            [D::TakeVoice, D::MakeModerator, D::MakeMember, D::Kick, D::Ban]
        );
        assert_eq!(all((A::Admin, R::Moderator), &occupant(A::Admin, R::Moderator)), []);
        assert_eq!(all((A::Admin, R::Moderator), &occupant(A::Owner, R::Moderator)), []);
        assert_eq!(
            all((A::Owner, R::Moderator), &occupant(A::Owner, R::Moderator)),
            [D::MakeMember, D::MakeNone, D::MakeAdmin, D::Kick, D::Ban]
        );
        assert_eq!(all((A::None, R::Moderator), &occupant(A::Member, R::Visitor)), [D::GiveVoice, D::Kick]);
        let own = Occupant { own: true, ..occupant(A::None, R::Participant) };
        assert_eq!(all((A::Owner, R::Moderator), &own), []);
    }

    #[test]
    fn words_of_the_protocol_are_read_as_they_are_written() {
        for action in OccupantAction::ALL {
            assert_eq!(OccupantAction::parse(action.as_str()), Some(action));
        }
        assert_eq!(Affiliation::parse("god"), None);
        assert_eq!(Role::parse("moderator"), Some(Role::Moderator));
        assert_eq!(RoomNotify::parse("mentions"), Some(RoomNotify::Mentions));
    }
}
