//! The rooms that the user is in or has bookmarked, as they are shown, and what is remembered of each over restarts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::effect::Ticket;
use super::people::clean;
use crate::model::{
    AccountId, Affiliation, Avatar, Form, Jid, Occupant, Role, RoomFact, RoomFacts, RoomInvitation, RoomLine,
    RoomNotify, RoomState, RoomView, WallTime,
};
use crate::xmpp::room::{Bookmark, Create, Join, Since};

/// Lines about what happens that are kept of one room. When full: the oldest goes.
const MOST_LINES: usize = 50;
/// Invitations that wait. When full: further ones are dropped; whoever means it asks again (X49).
const MOST_INVITATIONS: usize = 32;
/// People of one room who wait for a voice. When full: further ones are dropped.
const MOST_VOICES: usize = 20;
/// The memo of a room: `room:ADDRESS`.
pub(super) const MEMO: &str = "room:";

/// One room.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) jid: Jid,
    pub(super) account: AccountId,
    pub(super) nick: Arc<str>,
    pub(super) password: Option<Arc<str>>,
    pub(super) state: RoomState,
    /// The user, or a bookmark, wants to be in it.
    pub(super) wanted: bool,
    pub(super) bookmark: Option<Bookmark>,
    /// The server does not know it yet: other devices would look for a room that is not there before we are in it.
    pub(super) owed: bool,
    pub(super) notify: RoomNotify,
    pub(super) facts: Arc<RoomFacts>,
    pub(super) occupants: BTreeMap<Arc<str>, Arc<Occupant>>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) since: Since,
    /// Messages that were there before us are no news: until the archive has been read once, or since when we are in it.
    pub(super) fresh: Option<WallTime>,
    pub(super) mentions: u32,
    pub(super) avatar: Option<Avatar>,
    pub(super) faces: Arc<BTreeMap<Arc<str>, Avatar>>,
    /// The hashes of pictures that were asked for.
    pub(super) asked_faces: BTreeSet<Arc<str>>,
    pub(super) form: Option<Form>,
    pub(super) voices: Vec<Arc<str>>,
    /// Its settings are to be asked of the user, because it is new.
    pub(super) configure: bool,
    lines: VecDeque<RoomLine>,
    next_line: u64,
    shared: Option<Arc<RoomView>>,
}

impl Entry {
    pub(super) fn new(jid: Jid, account: AccountId, nick: Arc<str>) -> Self {
        Self {
            jid,
            account,
            nick,
            password: None,
            state: RoomState::Out,
            wanted: false,
            bookmark: None,
            owed: false,
            notify: RoomNotify::default(),
            facts: Arc::default(),
            occupants: BTreeMap::new(),
            subject: None,
            since: Since::default(),
            fresh: None,
            mentions: 0,
            avatar: None,
            faces: Arc::default(),
            asked_faces: BTreeSet::new(),
            form: None,
            voices: Vec::new(),
            configure: false,
            lines: VecDeque::new(),
            next_line: 0,
            shared: None,
        }
    }

    /// Whatever is shown of it changed.
    pub(super) fn touch(&mut self) {
        self.shared = None;
    }

    /// What it is called.
    pub(super) fn name(&self) -> Arc<str> {
        let given = self.bookmark.as_ref().and_then(|bookmark| bookmark.name.as_deref());
        let name = given.or(self.facts.name.as_deref()).map(clean).filter(|name| !name.trim().is_empty());
        name.unwrap_or_else(|| self.jid.local().unwrap_or(self.jid.as_str()).into())
    }

    /// How it is entered.
    pub(super) fn join(&self, create: Create) -> Join {
        Join { nick: self.nick.clone(), password: self.password.clone(), create, since: self.since.clone() }
    }

    /// What we are in it.
    pub(super) fn standing(&self) -> (Affiliation, Role) {
        let own = self.occupants.get(&self.nick).filter(|occupant| occupant.own);
        own.or_else(|| self.occupants.values().find(|occupant| occupant.own))
            .map_or_else(Default::default, |own| (own.affiliation, own.role))
    }

    /// Adds a line about what happened.
    pub(super) fn line(&mut self, text: String, time: WallTime) {
        if self.lines.len() >= MOST_LINES {
            self.lines.pop_front();
        }
        self.next_line += 1;
        self.lines.push_back(RoomLine { number: self.next_line, time, text: text.into() });
        self.touch();
    }

    /// Somebody asks for a voice; whether that is news.
    pub(super) fn ask_voice(&mut self, nick: Arc<str>) -> bool {
        if self.voices.contains(&nick) || self.voices.len() >= MOST_VOICES {
            return false;
        }
        self.voices.push(nick);
        self.touch();
        true
    }

    /// As it is shown.
    pub(super) fn view(&mut self) -> Arc<RoomView> {
        if let Some(shared) = &self.shared {
            return shared.clone();
        }
        let (affiliation, role) = self.standing();
        let joined = self.state == RoomState::Joined;
        let mut occupants: Vec<Arc<Occupant>> = self.occupants.values().cloned().collect();
        occupants.sort_by_cached_key(|one| (Reverse(one.role), Reverse(one.affiliation), one.shown.to_lowercase()));
        let view = Arc::new(RoomView {
            jid: self.jid.clone(),
            account: self.account.clone(),
            name: self.name(),
            nick: self.nick.clone(),
            state: self.state.clone(),
            autojoin: self.bookmark.as_ref().is_some_and(|bookmark| bookmark.autojoin),
            bookmarked: self.bookmark.is_some(),
            subject: self.subject.clone(),
            facts: self.facts.clone(),
            occupants: occupants.into(),
            affiliation,
            role,
            // Section 8.1: moderators always, others where the room says so; the room itself decides in the end.
            may_set_subject: joined && role >= Role::Participant,
            may_write: !joined || role >= Role::Participant,
            notify: self.notify,
            mentions: self.mentions,
            lines: self.lines.iter().cloned().collect(),
            voices: self.voices.as_slice().into(),
            configure: self.configure,
            avatar: self.avatar.clone(),
            faces: self.faces.clone(),
        });
        self.shared = Some(view.clone());
        view
    }

    /// What is remembered over restarts: a line each.
    pub(super) fn memo(&self) -> String {
        let one_line = |text: &str| text.replace(['\n', '\r'], " ");
        let bookmark = self.bookmark.as_ref();
        [
            self.account.as_str().to_owned(),
            one_line(&self.nick),
            u8::from(self.wanted).to_string(),
            u8::from(bookmark.is_some()).to_string(),
            u8::from(bookmark.is_some_and(|bookmark| bookmark.autojoin)).to_string(),
            self.notify.as_str().to_owned(),
            self.mentions.to_string(),
            one_line(bookmark.and_then(|bookmark| bookmark.name.as_deref()).unwrap_or_default()),
            self.since.archive_id.as_deref().map(one_line).unwrap_or_default(),
            self.since.time.map(|time| time.unix_ms().to_string()).unwrap_or_default(),
        ]
        .join("\n")
    }

    /// Reads what was remembered; `None` for what cannot be understood.
    fn remembered(jid: Jid, memo: &str) -> Option<Self> {
        let mut lines = memo.split('\n');
        let mut next = || lines.next();
        let account = AccountId::new(next()?);
        let nick = next()?;
        let mut entry = Self::new(jid.clone(), account, nick.into());
        entry.wanted = next()? == "1";
        let bookmarked = next()? == "1";
        let autojoin = next()? == "1";
        entry.notify = RoomNotify::parse(next()?)?;
        entry.mentions = next()?.parse().ok()?;
        let name = next()?;
        let some = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        entry.bookmark = bookmarked.then(|| Bookmark {
            room: jid,
            name: some(name),
            nick: some(nick),
            password: None,
            autojoin,
            notify: Some(entry.notify),
        });
        entry.since.archive_id = some(next()?);
        entry.since.time = next()?.parse().ok().map(WallTime::from_unix_ms);
        Some(entry)
    }
}

/// What an answer of a room is for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ticket: Option<Ticket>,
    pub(super) room: Jid,
    pub(super) what: AskedFor,
}

/// Which question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedFor {
    /// Nothing but its end.
    Nothing,
    /// The settings' form.
    Form,
    /// The end of the room for all.
    Destroy,
}

/// All rooms.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    pub(super) rooms: BTreeMap<Jid, Entry>,
    pub(super) invitations: Vec<RoomInvitation>,
    pub(super) asked: BTreeMap<u64, Asked>,
    next: u64,
    next_invitation: u64,
    /// When the oldest invitation of a stranger came is nothing that is kept; how many did is.
    shown: Option<Arc<[Arc<RoomView>]>>,
}

impl Rooms {
    /// With what was remembered.
    pub(super) fn load(memos: &BTreeMap<String, String>) -> Self {
        let mut rooms = Self::default();
        for (key, memo) in memos.range(MEMO.to_owned()..).take_while(|(key, _)| key.starts_with(MEMO)) {
            let jid = key.strip_prefix(MEMO).and_then(|jid| Jid::parse(jid).ok());
            if let Some(entry) = jid.and_then(|jid| Entry::remembered(jid, memo)) {
                rooms.rooms.insert(entry.jid.clone(), entry);
            }
        }
        rooms
    }

    /// The room, to be changed.
    pub(super) fn get_mut(&mut self, jid: &Jid) -> Option<&mut Entry> {
        let entry = self.rooms.get_mut(jid)?;
        entry.touch();
        self.shown = None;
        Some(entry)
    }

    pub(super) fn get(&self, jid: &Jid) -> Option<&Entry> {
        self.rooms.get(jid)
    }

    /// The room, made where it is not known yet.
    pub(super) fn entry(&mut self, jid: &Jid, account: &AccountId, nick: &Arc<str>) -> &mut Entry {
        self.shown = None;
        let entry =
            self.rooms.entry(jid.clone()).or_insert_with(|| Entry::new(jid.clone(), account.clone(), nick.clone()));
        entry.touch();
        entry
    }

    pub(super) fn remove(&mut self, jid: &Jid) {
        self.rooms.remove(jid);
        self.shown = None;
    }

    /// All of them by name.
    pub(super) fn shown(&mut self) -> Arc<[Arc<RoomView>]> {
        if let Some(shown) = &self.shown {
            return shown.clone();
        }
        let mut views: Vec<Arc<RoomView>> = self.rooms.values_mut().map(Entry::view).collect();
        views.sort_by_cached_key(|view| (view.name.to_lowercase(), view.jid.clone()));
        let shown: Arc<[Arc<RoomView>]> = views.into();
        self.shown = Some(shown.clone());
        shown
    }

    /// A question to a room; its number.
    pub(super) fn ask(&mut self, ticket: Option<Ticket>, room: &Jid, what: AskedFor) -> u64 {
        self.next += 1;
        self.asked.insert(self.next, Asked { ticket, room: room.clone(), what });
        self.next
    }

    /// Somebody asks us in; whether that is news.
    pub(super) fn invited(&mut self, invitation: RoomInvitation) -> Option<u64> {
        let same = |known: &RoomInvitation| known.room == invitation.room && known.from == invitation.from;
        if self.invitations.iter().any(same) || self.rooms.get(&invitation.room).is_some_and(|room| room.wanted) {
            return None;
        }
        // What strangers send must not crowd out what contacts do.
        if self.invitations.len() >= MOST_INVITATIONS {
            let stranger = self.invitations.iter().position(|known| !known.known);
            match stranger.filter(|_| invitation.known) {
                Some(at) => drop(self.invitations.remove(at)),
                None => return None,
            }
        }
        self.next_invitation += 1;
        let id = self.next_invitation;
        self.invitations.push(RoomInvitation { id, ..invitation });
        Some(id)
    }
}

/// What is true of a room, for people: the most important first.
pub fn room_fact(fact: RoomFact) -> &'static str {
    match fact {
        RoomFact::AddressesForAll => "Everybody in it can read your address.",
        RoomFact::AddressesForModerators => "Its moderators can read your address, others see only your nick.",
        RoomFact::MembersOnly => "Only members may come in.",
        RoomFact::Moderated => "Not everybody may write.",
        RoomFact::Password => "It asks for a password.",
        RoomFact::Persistent => "It stays when everybody has left.",
        RoomFact::Temporary => "It goes when everybody has left.",
        RoomFact::Hidden => "It is not listed.",
        RoomFact::Public => "Anybody can find it.",
        RoomFact::Archived => "Its server keeps what is written.",
        RoomFact::Logged => "What is written may be published.",
        RoomFact::Moderation => "Its moderators can take back messages.",
        RoomFact::OccupantIds => "People are told apart by more than their nick.",
    }
}
