//! One room: how it is entered, kept and left (XEP-0045).
//!
//! ```text
//! Out --Join--> Offline --stream--> Looking --facts--> Entering --110--> Joined
//!  ^              ^  ^                 |                  |                 |
//!  |Leave         |  +--- stream gone -+---- Waiting <----+--- cut, full ---+
//!  +--------------+                          (back-off)   |
//!                            Stuck <--- banned, password, kicked: until the user acts
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use rand::Rng as _;
use rand::rngs::StdRng;

use super::boundary::{Create, Join, RoomCommand, RoomEvent, RoomNote, Since};
use super::occupants::Occupants;
use super::read::{self, Abilities};
use super::sync::Sync;
use super::write::{self, History};
use crate::model::{Affiliation, BootTime, Jid, MessageId, Now, Reason, RoomFact, RoomFacts, Show};
use crate::xmpp::stanza::{With as _, ns};

/// How long entering may take without anything coming from the room.
pub(super) const ENTER_WITHIN: Duration = Duration::from_secs(60);
/// The first wait before entering is tried again; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A room that was silent so long is asked whether we are still in it (XEP-0410).
const PING_AFTER: Duration = Duration::from_secs(15 * 60);
/// Who came and went is told together after this time.
const TELL_AFTER: Duration = Duration::from_millis(250);
/// Messages of a room's history that are asked for where it has no archive and none is known.
const FIRST_HISTORY: u32 = 50;
/// Lines about what happens that are told in a minute. When full: the rest of the minute is silent.
const MOST_NOTES: u32 = 30;
/// That minute.
const NOTES_WITHIN: Duration = Duration::from_secs(60);

/// What the machine wants done, in this order.
#[derive(Debug)]
pub(super) enum RoomOutput {
    /// Send a stanza.
    Send(Element),
    /// Ask the room, or (for a ping) ourselves in it.
    Ask { step: RoomStep, set: bool, own: bool, payload: Element },
    /// Tell `account`.
    Event(RoomEvent),
}

/// A question to the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::xmpp) enum RoomStep {
    /// What it is, before entering; for this ticket, or on the way in.
    Look(Option<u64>),
    /// Are we still in it?
    Ping,
    /// As its service makes rooms.
    Instant,
    /// A page of the archive, by the query's name.
    Page(String),
    /// A page of older messages for a ticket, by the query's name.
    Older(u64, String),
    /// The people with an affiliation.
    Affiliations(u64, Affiliation),
    /// The settings.
    Settings(u64),
    /// Something that is done or refused.
    Act(u64),
    /// A picture of somebody, by its hash.
    Photo(Arc<str>),
    /// The bookmarks, all of them.
    Bookmarks,
    /// A bookmark was written.
    Bookmarked,
    /// The components of a server.
    FindItems(u64),
    /// What one of them is; the others.
    FindInfo(u64, Vec<Jid>),
    /// The rooms of a service.
    FindRooms(u64),
}

/// Where we stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody wants in.
    Out,
    /// Wanted, but there is no stream, or we are invisible.
    Offline,
    /// Asking what it is.
    Looking,
    /// Our presence is out; something must come by then.
    Entering(BootTime),
    /// In it.
    Joined,
    /// Tried again then.
    Waiting(BootTime),
    /// Not let in until the user acts.
    Stuck,
}

/// One room.
#[derive(Debug)]
pub(super) struct Room {
    /// The account that is in it.
    pub(super) account: Jid,
    pub(super) jid: Jid,
    pub(super) rng: StdRng,
    pub(super) outputs: VecDeque<RoomOutput>,
    pub(super) phase: Phase,
    pub(super) wish: Option<Join>,
    /// Our nick, or the one that is tried.
    pub(super) nick: Arc<str>,
    pub(super) occupants: Occupants,
    pub(super) facts: Option<Arc<RoomFacts>>,
    pub(super) can: Abilities,
    pub(super) sync: Sync,
    pub(super) subject: Option<Arc<str>>,
    pub(super) own: (Show, Option<Arc<str>>),
    pub(super) nick_tries: u8,
    pub(super) tries: u32,
    pub(super) heard_at: BootTime,
    pub(super) silent: u8,
    /// Questions without an answer.
    pub(super) open: u32,
    tell_at: Option<BootTime>,
    notes: (BootTime, u32),
    /// The calls that people name in their presence, by nick.
    pub(super) named_calls: BTreeMap<Arc<str>, Arc<str>>,
    /// The ids of what we said over this connection, the oldest first.
    pub(super) said: VecDeque<MessageId>,
}

impl Room {
    pub(super) fn new(account: Jid, jid: Jid, rng: StdRng, own: (Show, Option<Arc<str>>), now: Now) -> Self {
        Self {
            account,
            jid,
            rng,
            outputs: VecDeque::new(),
            phase: Phase::Out,
            wish: None,
            nick: "".into(),
            occupants: Occupants::default(),
            facts: None,
            can: Abilities::default(),
            sync: Sync::default(),
            subject: None,
            own,
            nick_tries: 0,
            tries: 0,
            heard_at: now.boot,
            silent: 0,
            open: 0,
            tell_at: None,
            notes: (now.boot, 0),
            named_calls: BTreeMap::new(),
            said: VecDeque::new(),
        }
    }

    /// The next thing to be done, until `None`.
    pub(super) fn poll_output(&mut self) -> Option<RoomOutput> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        let phase = match self.phase {
            Phase::Entering(at) | Phase::Waiting(at) => Some(at),
            Phase::Joined => Some(self.heard_at + PING_AFTER),
            Phase::Out | Phase::Offline | Phase::Looking | Phase::Stuck => None,
        };
        [phase, self.tell_at].into_iter().flatten().min()
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Now) {
        if self.tell_at.is_some_and(|at| at <= now.boot) {
            self.tell_news();
        }
        match self.phase {
            Phase::Entering(at) if at <= now.boot => {
                self.wait(Reason::new("timeout", "The room did not answer in time. Tandem keeps trying."), now);
            }
            Phase::Waiting(at) if at <= now.boot => self.enter(now),
            Phase::Joined if self.heard_at + PING_AFTER <= now.boot => self.ping(now),
            Phase::Entering(_)
            | Phase::Waiting(_)
            | Phase::Joined
            | Phase::Out
            | Phase::Offline
            | Phase::Looking
            | Phase::Stuck => {}
        }
    }

    /// Whether a message for the room may leave: we are in it, and know what it already has.
    pub(super) fn takes_messages(&self) -> bool {
        self.phase == Phase::Joined && self.sync.is_done()
    }

    pub(super) fn is_joined(&self) -> bool {
        self.phase == Phase::Joined
    }

    /// Nothing is to be done, and no answer is waited for.
    pub(super) fn is_quiet(&self) -> bool {
        self.open == 0 && self.outputs.is_empty()
    }

    /// An answer came, or will not come any more.
    pub(super) fn note_answer(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Something came from the room.
    pub(super) fn note_heard(&mut self, now: Now) {
        self.heard_at = now.boot;
    }

    /// The nick of somebody whom a private conversation is named after (see [`super::key`]).
    pub(super) fn nick_of(&self, key: &str) -> Option<Arc<str>> {
        if let Some(nick) = key.strip_prefix(super::NICK_KEY) {
            return self.occupants.get(nick).map(|occupant| occupant.nick.clone());
        }
        self.occupants.nick_of_id(key.strip_prefix(super::ID_KEY)?)
    }

    pub(super) fn event(&mut self, event: RoomEvent) {
        self.outputs.push_back(RoomOutput::Event(event));
    }

    pub(super) fn send(&mut self, stanza: Element) {
        self.outputs.push_back(RoomOutput::Send(stanza));
    }

    pub(super) fn ask(&mut self, step: RoomStep, set: bool, payload: Element) {
        self.open += 1;
        self.outputs.push_back(RoomOutput::Ask { step, set, own: false, payload });
    }

    pub(super) fn new_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.rng.random::<u64>(), self.rng.random::<u64>())
    }

    /// Tells a line, unless there were too many lately.
    pub(super) fn note(&mut self, note: RoomNote, now: Now) {
        if self.notes.0 + NOTES_WITHIN <= now.boot {
            self.notes = (now.boot, 0);
        }
        self.notes.1 += 1;
        if self.notes.1 <= MOST_NOTES {
            self.event(RoomEvent::Line(note));
        }
    }

    fn tell_news(&mut self) {
        self.tell_at = None;
        if self.phase == Phase::Joined && self.occupants.has_news() {
            let (set, gone) = self.occupants.take_news();
            self.event(RoomEvent::Occupants { set, gone });
        }
        if let Some(since) = self.sync.take_news() {
            self.event(RoomEvent::Synced(since));
        }
    }

    pub(super) fn tell_soon(&mut self, now: Now) {
        self.tell_at.get_or_insert(now.boot + TELL_AFTER);
    }

    /// Somebody wants in, with this nick.
    pub(super) fn join(&mut self, join: Join, online: bool, now: Now) {
        if self.is_joined() {
            if join.nick != self.nick {
                self.change_nick(&join.nick);
            }
            self.wish = Some(join);
            return;
        }
        self.nick = self.prepared(&join.nick);
        self.nick_tries = 0;
        self.tries = 0;
        self.sync.restore(&join.since);
        self.wish = Some(join);
        self.phase = Phase::Offline;
        if online {
            self.enter(now);
        }
    }

    /// A nick as the room will write it (RFC 7622 section 3.4); what cannot be one goes as it is, and is refused there.
    pub(super) fn prepared(&self, nick: &str) -> Arc<str> {
        self.jid.with_resource(nick.trim()).map_or_else(|_| nick.trim().into(), |full| full.resource().into())
    }

    /// Our address in the room.
    pub(super) fn own_address(&self) -> String {
        format!("{}/{}", self.jid, self.nick)
    }

    pub(super) fn forget_presence(&mut self) {
        self.occupants.clear();
        self.named_calls.clear();
        self.sync.interrupt();
        self.tell_at = None;
    }

    /// Goes in, after asking what it is where that is not known.
    pub(super) fn enter(&mut self, now: Now) {
        if self.own.0 == Show::Offline {
            self.phase = Phase::Offline;
            return;
        }
        self.event(RoomEvent::Joining);
        if self.facts.is_none() {
            self.phase = Phase::Looking;
            self.ask(RoomStep::Look(None), false, Element::bare("query", ns::DISCO_INFO));
        } else {
            self.send_presence(now);
        }
    }

    pub(super) fn send_presence(&mut self, now: Now) {
        let Some(wish) = &self.wish else { return };
        self.occupants.clear();
        let history = match (self.can.archive, self.sync.since().time) {
            (true, _) => History::Nothing,
            (false, Some(time)) => History::Since(time),
            (false, None) => History::Newest(FIRST_HISTORY),
        };
        let own = (self.own.0, self.own.1.as_deref());
        let stanza = write::enter(&self.own_address(), own, wish.password.as_deref(), Some(history));
        self.phase = Phase::Entering(now.boot + ENTER_WITHIN);
        self.send(stanza);
    }

    /// What the room is, or that it does not say.
    pub(super) fn handle_facts(&mut self, answer: Option<&Element>, now: Now) {
        let result = answer.filter(|iq| iq.attr("type") == Some("result"));
        let missing = answer.is_some_and(|iq| {
            let error = iq.get_child("error", ns::CLIENT);
            error.is_some_and(|error| error.has_child("item-not-found", ns::STANZA_ERROR))
        });
        if let Some(query) = result.and_then(|iq| iq.get_child("query", ns::DISCO_INFO)) {
            self.take_facts(query, now);
        }
        if self.phase != Phase::Looking {
            return;
        }
        let create = self.wish.as_ref().map(|wish| wish.create).unwrap_or_default();
        if missing && create == Create::No {
            let text = "There is no room with this address. It may have been ended, or is written otherwise.";
            return self.stick(Reason::new("no-such-room", text));
        }
        self.send_presence(now);
    }

    fn take_facts(&mut self, query: &Element, now: Now) {
        let (facts, can) = read::facts(query);
        let before = self.facts.clone();
        if let Some(before) = before.as_deref() {
            for (fact, note) in [
                (RoomFact::AddressesForAll, RoomNote::AddressesForAll),
                (RoomFact::AddressesForModerators, RoomNote::AddressesForModerators),
            ] {
                if facts.has(fact) && !before.has(fact) {
                    self.note(note, now);
                }
            }
        }
        self.can = can;
        let facts = Arc::new(facts);
        self.facts = Some(facts.clone());
        self.event(RoomEvent::Facts(facts));
    }

    /// Tries again later.
    pub(super) fn wait(&mut self, reason: Reason, now: Now) {
        self.forget_presence();
        let wait = FIRST_WAIT.saturating_mul(1 << self.tries.min(10)).min(LONGEST_WAIT);
        // A quarter either way: a service that comes back is not stormed.
        let wait = wait.mul_f64(self.rng.random_range(0.75..=1.25));
        self.tries = self.tries.saturating_add(1);
        self.phase = Phase::Waiting(now.boot + wait);
        self.event(RoomEvent::Left { reason: Some(reason), again: true });
    }

    /// Not again until the user acts.
    pub(super) fn stick(&mut self, reason: Reason) {
        self.forget_presence();
        self.phase = Phase::Stuck;
        self.event(RoomEvent::Left { reason: Some(reason), again: false });
    }

    /// As the service makes rooms (section 10.1.2).
    pub(super) fn make_instant(&mut self) {
        let form = Element::builder("x", ns::DATA_FORM).with("type", "submit").build();
        self.ask(RoomStep::Instant, true, Element::builder("query", ns::MUC_OWNER).append(form).build());
    }

    pub(super) fn look(&mut self, ticket: Option<u64>) {
        self.ask(RoomStep::Look(ticket), false, Element::bare("query", ns::DISCO_INFO));
    }

    /// Leaves.
    pub(super) fn leave(&mut self) {
        if matches!(self.phase, Phase::Joined | Phase::Entering(_)) {
            let stanza = write::leave(&self.own_address());
            self.send(stanza);
        }
        self.wish = None;
        self.phase = Phase::Out;
        self.forget_presence();
        self.event(RoomEvent::Left { reason: None, again: false });
    }

    /// Takes another nick (section 7.6).
    pub(super) fn change_nick(&mut self, nick: &str) {
        let nick = self.prepared(nick);
        if let Some(wish) = &mut self.wish {
            wish.nick = nick.clone();
        }
        if self.phase == Phase::Joined {
            let to = format!("{}/{nick}", self.jid);
            let stanza = write::enter(&to, (self.own.0, self.own.1.as_deref()), None, None);
            self.send(stanza);
        } else {
            self.nick = nick;
        }
    }

    /// A new nick or password for a room that did not let us in.
    pub(super) fn known_since(&self) -> Since {
        self.sync.since().clone()
    }

    /// One command.
    pub(super) fn handle_command(&mut self, command: RoomCommand, online: bool, now: Now) {
        match command {
            RoomCommand::Join(join) => self.join(join, online, now),
            RoomCommand::Leave => self.leave(),
            RoomCommand::Nick(nick) => self.change_nick(&nick),
            other => self.act(other, online),
        }
    }
}
