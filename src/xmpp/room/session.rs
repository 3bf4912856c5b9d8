//! Rooms within the session: what comes from a room goes to its machine, what it wants goes out.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use minidom::Element;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::boundary::{RoomCommand, RoomEvent};
use super::machine::{Phase, Room, RoomOutput, RoomStep};
use super::talk::Talk;
use super::{act, read, write};
use crate::model::{BootTime, FullJid, Jid, MessageId, Now, Reason, WallTime};
use crate::xmpp::Checkpoint;
use crate::xmpp::boundary::Event;
use crate::xmpp::iq::Purpose;
use crate::xmpp::outbox::{Outgoing, Progress};
use crate::xmpp::session::{Link, SessionMachine};
use crate::xmpp::stanza::{With as _, ns};
use crate::xmpp::stream_management::Stored;

/// Rooms of one account. When full: no more can be entered.
const MOST_ROOMS: usize = 1_000;
/// Questions to rooms that are open at once; others wait.
const MOST_ASKED: usize = 16;
/// Questions that wait. When full: the newest have no answer.
const MOST_WAITING: usize = 4_096;

/// The rooms of a session.
#[derive(Debug, Default)]
pub(in crate::xmpp) struct Rooms {
    rooms: BTreeMap<Jid, Room>,
    /// What other clients keep in bookmarks.
    pub(super) kept: HashMap<Jid, Vec<Element>>,
    /// Open questions, and those that wait.
    asked: usize,
    waiting: VecDeque<(Jid, RoomOutput)>,
    /// Rooms with something to do.
    busy: BTreeSet<Jid>,
    pub(super) bookmarked: BTreeSet<Jid>,
}

impl Rooms {
    /// Whether somebody wants to be in this room.
    pub(in crate::xmpp) fn contains(&self, jid: &Jid) -> bool {
        self.rooms.get(jid).is_some_and(|room| room.phase != Phase::Out)
    }

    pub(in crate::xmpp) fn poll_timeout(&self) -> Option<BootTime> {
        self.rooms.values().filter_map(Room::poll_timeout).min()
    }

    pub(super) fn has_occupant(&self, jid: &Jid, nick: &str) -> bool {
        self.rooms.get(jid).is_some_and(|room| room.is_joined() && room.occupants.get(nick).is_some())
    }

    /// A question went past those that wait.
    pub(super) fn note_asked(&mut self) {
        self.asked += 1;
    }

    /// The stanza of a message to a room or to somebody in it. Whoever has just gone is no way to anybody: then it is a
    /// stanza that says nothing.
    pub(in crate::xmpp) fn message(&self, outgoing: &Outgoing) -> Element {
        let id = &*outgoing.id.0;
        let Some((jid, nick)) = self.target(&outgoing.to) else {
            let nothing = Element::builder("message", ns::CLIENT).with("type", "headline").with("id", id);
            return nothing.with("to", outgoing.to.domain()).build();
        };
        let (kind, to) = match &nick {
            None => ("groupchat", jid.to_string()),
            Some(nick) => ("chat", format!("{jid}/{nick}")),
        };
        let message = Element::builder("message", ns::CLIENT).with("type", kind).with("id", id).with("to", &to);
        // XEP-0184 section 5.3: hundreds of receipts are of no use to anybody.
        let asks = |element: &Element| element.has_ns(ns::RECEIPTS) || element.has_ns(ns::MARKERS);
        let message = message.append_all(outgoing.what.elements().into_iter().filter(|element| !asks(element)));
        // Section 7.5: marks it as one through the room, for our own other devices (XEP-0280 section 6.1).
        let private = nick.map(|_| Element::bare("x", ns::MUC_USER));
        let origin = Element::builder("origin-id", ns::STANZA_ID).with("id", id).build();
        message.append_all(private).append(origin).build()
    }

    /// Whether a message to a room or to somebody in it may leave now.
    fn is_ready(&self, with: &Jid) -> bool {
        self.target(with).and_then(|(jid, _)| self.rooms.get(&jid)).is_some_and(Room::takes_messages)
    }

    /// The room that carries a conversation, and the nick where it is one with somebody in it.
    fn target(&self, with: &Jid) -> Option<(Jid, Option<Arc<str>>)> {
        match with.occupant() {
            None => Some((with.clone(), None)),
            Some((jid, key)) => {
                let nick = self.rooms.get(&jid)?.nick_of(&key)?;
                Some((jid, Some(nick)))
            }
        }
    }

    /// Whether a message has nobody to go to any more: the room is joined, and whom it was meant for is not in it.
    fn is_lost(&self, with: &Jid) -> bool {
        with.occupant().is_some_and(|(jid, key)| {
            self.rooms.get(&jid).is_some_and(|room| room.takes_messages() && room.nick_of(&key).is_none())
        })
    }
}

impl SessionMachine {
    /// One command about a room, or about rooms.
    pub(in crate::xmpp) fn room_command(&mut self, jid: Jid, command: RoomCommand, now: Now) {
        let online = self.link == Link::Online;
        match command {
            RoomCommand::Bookmark(bookmark, keep) => self.write_bookmark(&bookmark, keep, now),
            RoomCommand::Send { id, what, written } => self.send_to_room(id, jid, what, written),
            RoomCommand::Search(ticket) => self.search_rooms(&jid, ticket, online),
            RoomCommand::Photo { nick, hash } if online => self.ask_photo(&jid, &nick, hash, now),
            RoomCommand::Photo { .. } => {}
            RoomCommand::Decline { to, reason } => {
                let id = self.new_id();
                if online {
                    self.send_repeatable(write::decline(&jid, &to, reason.as_deref(), &id));
                }
            }
            command => {
                if !self.rooms.rooms.contains_key(&jid) && self.rooms.rooms.len() >= MOST_ROOMS {
                    let why = Reason::new("full", "You are in too many rooms. Leave one first.");
                    let event = match act::ticket(&command) {
                        Some(ticket) => RoomEvent::Answered(ticket, Err(why)),
                        None => RoomEvent::Left { reason: Some(why), again: false },
                    };
                    return self.event(Event::Room(jid, event));
                }
                let own = (self.own_show, self.own_status.clone());
                let account = self.own.clone();
                let rng = &mut self.rng;
                let room = self
                    .rooms
                    .rooms
                    .entry(jid.clone())
                    .or_insert_with(|| Room::new(account, jid.clone(), StdRng::from_rng(rng), own, now));
                room.handle_command(command, online, now);
                self.rooms.busy.insert(jid);
            }
        }
        self.pump_rooms(now);
    }

    /// Does what the rooms want done.
    pub(in crate::xmpp) fn pump_rooms(&mut self, now: Now) {
        while let Some(jid) = self.rooms.busy.pop_first() {
            while let Some(output) = self.rooms.rooms.get_mut(&jid).and_then(Room::poll_output) {
                match output {
                    RoomOutput::Send(stanza) => self.send_repeatable(stanza),
                    RoomOutput::Event(event) => self.event(Event::Room(jid.clone(), event)),
                    ask @ RoomOutput::Ask { .. } => self.rooms.waiting.push_back((jid.clone(), ask)),
                }
            }
            // Whoever only looked at a room, or left it, needs nothing of it any more.
            let idle = |room: &Room| room.phase == Phase::Out && room.is_quiet();
            if self.rooms.rooms.get(&jid).is_some_and(idle) && !self.rooms.waiting.iter().any(|(of, _)| *of == jid) {
                self.rooms.rooms.remove(&jid);
            }
        }
        self.pump_questions(now);
        self.pump_messages(now);
    }

    pub(super) fn pump_questions(&mut self, now: Now) {
        while self.rooms.waiting.len() > MOST_WAITING {
            self.rooms.waiting.pop_back();
        }
        while self.rooms.asked < MOST_ASKED
            && self.link == Link::Online
            && let Some((jid, RoomOutput::Ask { step, set, own, payload })) = self.rooms.waiting.pop_front()
        {
            let full = match (own, self.rooms.rooms.get(&jid)) {
                (true, Some(room)) => FullJid::parse(&room.own_address()).ok(),
                _ => None,
            };
            let kind = if set { "set" } else { "get" };
            let purpose = Purpose::Room(jid.clone(), step.clone());
            let asked = match full {
                Some(full) => self.request_full(kind, &full, purpose, payload, now),
                None => self.request(kind, Some(&jid), purpose, payload, now),
            };
            if asked {
                self.rooms.asked += 1;
            } else {
                self.room_answered(&jid, &step, None, now);
            }
        }
    }

    /// An answer, or none in time.
    pub(in crate::xmpp) fn room_question_over(
        &mut self,
        jid: &Jid,
        step: &RoomStep,
        answer: Option<&Element>,
        now: Now,
    ) {
        self.rooms.asked = self.rooms.asked.saturating_sub(1);
        self.room_answered(jid, step, answer, now);
        self.pump_rooms(now);
    }

    fn room_answered(&mut self, jid: &Jid, step: &RoomStep, answer: Option<&Element>, now: Now) {
        match step {
            RoomStep::Bookmarks => self.take_bookmarks(answer),
            RoomStep::Bookmarked => {}
            RoomStep::Photo(hash) => self.photo_answered(jid, hash, answer),
            RoomStep::FindItems(ticket) => self.found_components(*ticket, answer),
            RoomStep::FindInfo(ticket, rest) => self.found_component(jid, *ticket, rest.clone(), answer),
            RoomStep::FindRooms(ticket) => self.found_rooms(jid, *ticket, answer),
            step => {
                if let Some(room) = self.rooms.rooms.get_mut(jid) {
                    room.handle_answer(step, answer, now);
                    self.rooms.busy.insert(jid.clone());
                }
            }
        }
    }

    /// A new stream, or the old one resumed.
    pub(in crate::xmpp) fn rooms_online(&mut self, resumed: bool, now: Now) {
        for (jid, room) in &mut self.rooms.rooms {
            if resumed {
                room.handle_resumed(now)
            } else {
                room.handle_online(now)
            }
            self.rooms.busy.insert(jid.clone());
        }
        if !resumed {
            let items = Element::builder("items", ns::PUBSUB).with("node", ns::BOOKMARKS).build();
            let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
            self.ask_beside(self.own.clone(), RoomStep::Bookmarks, false, payload);
        }
        self.pump_rooms(now);
    }

    /// The stream cannot be resumed: nobody knows us in any room.
    pub(in crate::xmpp) fn rooms_offline(&mut self, now: Now) {
        self.rooms.asked = 0;
        let waiting = std::mem::take(&mut self.rooms.waiting);
        for (jid, room) in &mut self.rooms.rooms {
            room.handle_offline();
            self.rooms.busy.insert(jid.clone());
        }
        for (jid, output) in waiting {
            if let RoomOutput::Ask { step, .. } = output {
                self.room_answered(&jid, &step, None, now);
            }
        }
        self.pump_rooms(now);
        self.rooms.asked = 0;
    }

    /// The user's presence is another one: rooms are told it too (section 7.7).
    pub(in crate::xmpp) fn rooms_see_us(&mut self, now: Now) {
        let online = self.link == Link::Online;
        for (jid, room) in &mut self.rooms.rooms {
            room.handle_own_presence(self.own_show, self.own_status.clone(), online, now);
            self.rooms.busy.insert(jid.clone());
        }
        self.pump_rooms(now);
    }

    pub(in crate::xmpp) fn rooms_timeout(&mut self, now: Now) {
        for (jid, room) in &mut self.rooms.rooms {
            if room.poll_timeout().is_some_and(|at| at <= now.boot) {
                room.handle_timeout(now);
                self.rooms.busy.insert(jid.clone());
            }
        }
        if !self.rooms.busy.is_empty() {
            self.pump_rooms(now);
        }
    }

    /// A presence; `true`: it came from a room and is dealt with.
    pub(in crate::xmpp) fn room_presence(
        &mut self,
        stanza: &Element,
        from: &Jid,
        nick: Option<&str>,
        now: Now,
    ) -> bool {
        if !self.rooms.contains(from) {
            return false;
        }
        if let Some(room) = self.rooms.rooms.get_mut(from) {
            room.handle_presence(stanza, nick, now);
        }
        self.rooms.busy.insert(from.clone());
        self.pump_rooms(now);
        true
    }

    /// A message; `true`: it concerns rooms and is dealt with.
    pub(in crate::xmpp) fn room_message(
        &mut self,
        message: &Element,
        from: &Jid,
        nick: Option<&str>,
        checkpoint: Checkpoint,
        now: Now,
    ) -> bool {
        if self.room_invitation(message, from, nick) {
            return true;
        }
        if !self.rooms.contains(from) {
            // What looks like a word through a room that we are not in is nobody's we know (X05, X13).
            return matches!(message.attr("type"), Some("groupchat")) || message.has_child("x", ns::MUC_USER);
        }
        let Some(room) = self.rooms.rooms.get_mut(from) else { return false };
        let talk = room.handle_message(message, nick, checkpoint, now);
        self.rooms.busy.insert(from.clone());
        match talk {
            Talk::Nothing => {}
            Talk::Change(with, change) => {
                self.inbound.wait_for_store(checkpoint, Stored::Plainly, None);
                self.event(Event::Change { with, change, checkpoint });
            }
            Talk::Told => self.inbound.wait_for_store(checkpoint, Stored::Plainly, None),
            Talk::Message(heard) => {
                self.inbound.wait_for_store(checkpoint, Stored::WithCount, None);
                self.event(Event::Message(*heard, checkpoint));
            }
        }
        self.pump_rooms(now);
        true
    }

    /// An invitation, or the news that somebody does not come. Through the room (section 7.8.2), or straight (XEP-0249).
    fn room_invitation(&mut self, message: &Element, from: &Jid, nick: Option<&str>) -> bool {
        if matches!(message.attr("type"), Some("error" | "groupchat" | "headline")) {
            return false;
        }
        let address = |element: &Element, name: &str| Jid::parse_dropping_resource(element.attr(name)?).ok();
        if let (Some(x), None) = (message.get_child("x", ns::MUC_USER), nick) {
            if let Some(invite) = x.get_child("invite", ns::MUC_USER) {
                let Some(who) = address(invite, "from") else { return true };
                let event = RoomEvent::Invited {
                    // What the room says of who asks is the room's word only.
                    known: self.contacts.contains(&who),
                    from: who,
                    reason: read::text_of(invite, "reason", ns::MUC_USER),
                    password: read::text_of(x, "password", ns::MUC_USER),
                    mediated: true,
                };
                self.event(Event::Room(from.clone(), event));
                return true;
            }
            if let Some(decline) = x.get_child("decline", ns::MUC_USER) {
                if let (true, Some(who)) = (self.rooms.contains(from), address(decline, "from")) {
                    let reason = read::text_of(decline, "reason", ns::MUC_USER);
                    self.event(Event::Room(from.clone(), RoomEvent::Declined { from: who, reason }));
                }
                return true;
            }
        }
        let direct = message.get_child("x", ns::CONFERENCE).filter(|_| !message.has_child("x", ns::MUC_USER));
        let Some((direct, room)) = direct.and_then(|x| Some((x, address(x, "jid")?))) else { return false };
        if room.local().is_none() || room.is_made_up() || self.rooms.contains(from) {
            return false;
        }
        let event = RoomEvent::Invited {
            from: from.clone(),
            reason: direct.attr("reason").and_then(read::words),
            password: direct.attr("password").map(Arc::from),
            mediated: false,
            known: self.contacts.contains(from),
        };
        self.event(Event::Room(room, event));
        true
    }

    /// Messages to rooms wait until they may leave: they do not count among those that wait for the stream alone.
    pub(in crate::xmpp) fn park_room_messages(&mut self) {
        let rooms = &self.rooms;
        let lost =
            self.outbox.sort_rooms(|outgoing| rooms.is_ready(&outgoing.to), |outgoing| rooms.is_lost(&outgoing.to));
        for (id, to) in lost {
            self.outbox.acknowledged(&id);
            let jid = to.occupant().map_or(to, |(jid, _)| jid);
            self.event(Event::Room(jid, RoomEvent::Lost(id)));
        }
    }

    /// Our message for a room.
    fn send_to_room(&mut self, id: MessageId, to: Jid, what: crate::xmpp::Outbound, written: WallTime) {
        let jid = to.occupant().map_or_else(|| to.clone(), |(jid, _)| jid);
        if let Some(room) = self.rooms.rooms.get_mut(&jid) {
            room.note_said(&id);
        }
        self.outbox.push(Outgoing { id, to, what, written, room: true, progress: Progress::Parked });
    }

    pub(super) fn ask_beside(&mut self, jid: Jid, step: RoomStep, set: bool, payload: Element) {
        self.rooms.waiting.push_back((jid, RoomOutput::Ask { step, set, own: false, payload }));
    }
}
