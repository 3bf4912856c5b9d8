//! What goes out: stanzas with their numbers, messages whose numbers are stored before they leave, acknowledgements
//! that never run ahead of the store.
//!
//! A message leaves in two steps. First its number on the stream is announced with [`Event::Session`] and everything
//! else is held back; when the store has that, it goes. So after a crash the server's count says exactly which messages
//! it has, and none is lost or sent twice. The same way `<a h=…/>` waits until `h` is stored: a server that was told
//! more than the next run remembers would refuse to resume.

use std::collections::VecDeque;
use std::time::Duration;

use minidom::Element;

use super::boundary::{Checkpoint, Event, Session};
use super::chat;
use super::iq::{Purpose, random_id};
use super::keepalive::ANSWER_AFTER_SENDING;
use super::outbox::Progress;
use super::session::{Link, Management, Output, SessionMachine};
use super::stanza::{self, With, ns};
use super::stream_management::{Inbound, Unacknowledged};
use crate::model::{BootTime, FullJid, Jid, MessageId, Now};

/// A store that takes longer delays nothing further: the risk of a double after a crash is smaller than that of silence.
const STORE_WITHIN: Duration = Duration::from_secs(2);
/// So many messages are announced together.
const MOST_ANNOUNCED: usize = 100;
/// An acknowledgement that says nothing new is not repeated sooner (X47).
const REPEAT_ACK_AFTER: Duration = Duration::from_millis(250);
/// After so many stanzas without one the server is asked for an acknowledgement.
const ASK_AFTER: usize = 50;
/// Changes that can wait are stored together after this time.
const COALESCE: Duration = Duration::from_secs(2);

/// What waits for the store before it leaves.
#[derive(Debug, Default)]
pub(super) struct Hold {
    revision: u64,
    /// A numbering is being stored: its revision, and until when that is waited for.
    numbering: Option<(u64, BootTime)>,
    held: VecDeque<(Unacknowledged, Element)>,
    /// States on their way to the store, with the inbound sequence number each says.
    storing: VecDeque<(u64, u64)>,
    /// The inbound sequence number that the store has.
    stored: u64,
    /// The server asked for an acknowledgement: of what, and when.
    owed: Option<(u64, BootTime)>,
    last_ack: Option<(u64, BootTime)>,
    /// The greatest inbound sequence number that the server was told: it does not go back behind that.
    told: u64,
    /// Something changed that should be stored by then.
    dirty: Option<BootTime>,
}

impl Hold {
    pub(super) fn new(inbound: &Inbound) -> Self {
        Self { stored: inbound.sequence_handled(), ..Self::default() }
    }

    /// A new stream, or a new count.
    pub(super) fn clear(&mut self, inbound: &Inbound) {
        *self = Self { revision: self.revision, ..Self::new(inbound) };
    }

    /// The stream broke: what was held stays for the resumption.
    pub(super) fn interrupt(&mut self) {
        self.numbering = None;
        self.owed = None;
        self.last_ack = None;
    }

    /// How many stanzas wait.
    pub(super) fn waiting(&self) -> usize {
        self.held.len()
    }
}

impl SessionMachine {
    /// Sends a stanza that is repeated after a resumption.
    pub(super) fn send_repeatable(&mut self, stanza: Element) {
        self.send(Unacknowledged::Repeatable(stanza.clone()), stanza);
    }

    /// Sends a stanza that is not worth repeating.
    pub(super) fn send_forgotten(&mut self, stanza: Element) {
        self.send(Unacknowledged::Forgotten, stanza);
    }

    fn send(&mut self, kind: Unacknowledged, stanza: Element) {
        if self.hold.numbering.is_some() {
            self.hold.held.push_back((kind, stanza));
        } else {
            self.send_at_once(kind, stanza);
        }
    }

    fn send_at_once(&mut self, kind: Unacknowledged, stanza: Element) {
        self.outputs.push_back(Output::Send(stanza));
        match self.management {
            Management::Off => {}
            Management::Requested | Management::On => {
                self.outbound.sent(kind);
                if self.management == Management::On && self.outbound.outstanding().is_multiple_of(ASK_AFTER) {
                    self.outputs.push_back(Output::Send(Element::bare("r", ns::SM)));
                }
            }
        }
    }

    /// Opens a request; false: too many are open.
    pub(super) fn query(&mut self, to: Option<&Jid>, purpose: Purpose, payload: Element, now: Now) -> bool {
        self.request("get", to, purpose, payload, now)
    }

    /// The same, also to change something (`set`).
    pub(super) fn request(
        &mut self,
        kind: &'static str,
        to: Option<&Jid>,
        purpose: Purpose,
        payload: Element,
        now: Now,
    ) -> bool {
        let Some(id) = self.queries.open(&self.own, to, purpose, now.boot, &mut self.rng) else { return false };
        self.send_repeatable(stanza::iq(kind, &id, to.map(Jid::as_str), Some(payload)));
        true
    }

    /// The same to one connection, or to one name in a room.
    pub(super) fn request_full(
        &mut self,
        kind: &'static str,
        to: &FullJid,
        purpose: Purpose,
        payload: Element,
        now: Now,
    ) -> bool {
        let Some(id) = self.queries.open_full(to, purpose, now.boot, &mut self.rng) else { return false };
        self.send_repeatable(stanza::iq(kind, &id, Some(to.as_str()), Some(payload)));
        true
    }

    /// Asks the server for a sign of life, to come within that time.
    pub(super) fn ask_for_life(&mut self, within: Duration, now: Now) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.handle_asked(within, now.boot);
            self.send_question(now);
        }
    }

    /// `<r/>`, or a ping (XEP-0199) where stanzas are not counted.
    pub(super) fn send_question(&mut self, now: Now) {
        match self.management {
            Management::On => self.outputs.push_back(Output::Send(Element::bare("r", ns::SM))),
            Management::Off | Management::Requested => {
                if let Ok(server) = Jid::parse(self.own.domain()) {
                    self.query(Some(&server), Purpose::Ping, Element::bare("ping", ns::PING), now);
                }
            }
        }
    }

    /// Sends messages that wait, as far as the stream is ready for them.
    pub(super) fn pump_messages(&mut self, now: Now) {
        self.park_room_messages();
        let ready = self.link == Link::Online && self.management != Management::Requested;
        if !ready || self.hold.numbering.is_some() || !self.announce() {
            return;
        }
        if self.management == Management::On && self.resumption.is_some() {
            self.begin_hold(now);
        } else {
            self.release_hold(now);
        }
    }

    /// Announces what waits; whether anything is announced. Nothing is while it is not known what of earlier messages arrived:
    /// the order of messages stays.
    fn announce(&mut self) -> bool {
        if !self.outbox.is_in_doubt() {
            self.outbox.advance(Progress::Waiting, Progress::Announced, MOST_ANNOUNCED);
        }
        self.outbox.at(Progress::Announced).next().is_some()
    }

    fn begin_hold(&mut self, now: Now) {
        let revision = self.store_session();
        self.hold.numbering = Some((revision, now.boot + STORE_WITHIN));
    }

    /// After a resumption: `again` is sent anew, and nothing leaves before the store forgot the numbers of `stale` messages.
    pub(super) fn restart_hold(&mut self, again: Vec<Element>, stale: bool, now: Now) {
        let held = std::mem::take(&mut self.hold.held);
        self.hold.held =
            again.into_iter().map(|stanza| (Unacknowledged::Repeatable(stanza.clone()), stanza)).chain(held).collect();
        let announced = self.announce();
        if stale || announced || self.config.session.is_some() {
            self.begin_hold(now);
        } else {
            self.store_session();
            self.release_hold(now);
        }
    }

    /// The numbers are stored: the messages go, then everything that waited behind them.
    fn release_hold(&mut self, now: Now) {
        self.hold.numbering = None;
        let due: Vec<(MessageId, Element)> = self
            .outbox
            .at(Progress::Announced)
            .map(|outgoing| {
                let room = || self.rooms.message(outgoing);
                (outgoing.id.clone(), if outgoing.room { room() } else { chat::message(outgoing, now) })
            })
            .collect();
        self.outbox.advance(Progress::Announced, Progress::Sent, usize::MAX);
        let some = !due.is_empty();
        for (id, stanza) in due {
            self.send_at_once(Unacknowledged::Message(id.clone()), stanza);
            if self.management == Management::Off {
                // Nobody will say that it arrived: handing it to the connection is all there is.
                self.messages_acknowledged(vec![id]);
            }
        }
        for (kind, stanza) in std::mem::take(&mut self.hold.held) {
            self.send_at_once(kind, stanza);
        }
        if some {
            self.ask_for_life(ANSWER_AFTER_SENDING, now);
        }
        self.pump_messages(now);
    }

    pub(super) fn messages_acknowledged(&mut self, ids: Vec<MessageId>) {
        for id in ids {
            self.outbox.acknowledged(&id);
            self.event(Event::Acknowledged(id));
        }
    }

    /// `<a/>`.
    pub(super) fn handle_ack(&mut self, ack: &Element, now: Now) {
        let h = ack.attr("h").and_then(|h| h.parse::<u32>().ok());
        let (Some(h), Management::On) = (h, self.management) else { return };
        match self.outbound.acknowledge(h) {
            Ok(messages) => {
                if !messages.is_empty() {
                    self.hold.dirty.get_or_insert(now.boot + COALESCE);
                }
                self.messages_acknowledged(messages);
            }
            Err(_) => self.handled_count_too_high(h, now),
        }
    }

    /// `<r/>`.
    pub(super) fn handle_ack_request(&mut self, now: Now) {
        if self.management == Management::On {
            // One answer serves all requests that are open (X47).
            let since = self.hold.owed.map_or(now.boot, |(_, since)| since);
            self.hold.owed = Some((self.inbound.sequence_received(), since));
            self.pump_ack(now);
        }
    }

    /// Answers `<r/>` with what is stored; what is not stored yet follows when it is.
    pub(super) fn pump_ack(&mut self, now: Now) {
        let Some((asked, since)) = self.hold.owed else { return };
        if self.link != Link::Online || self.management != Management::On {
            return;
        }
        let handled = self.inbound.sequence_handled();
        let mut safe = handled;
        let late = since + STORE_WITHIN <= now.boot;
        if self.resumption.is_some() && self.hold.stored < handled && !late {
            safe = self.hold.stored;
            if self.hold.storing.is_empty() {
                self.store_session();
            }
        }
        let news = self.hold.last_ack.is_none_or(|(last, at)| last != safe || at + REPEAT_ACK_AFTER <= now.boot);
        if safe >= asked {
            if news || late {
                self.hold.owed = None;
                self.send_ack(safe, now);
            }
        } else if late {
            // Tell what there is, and the rest when it is stored.
            self.hold.owed = Some((asked, now.boot));
            self.send_ack(safe, now);
        }
    }

    fn send_ack(&mut self, sequence: u64, now: Now) {
        self.hold.last_ack = Some((sequence, now.boot));
        self.hold.told = sequence;
        let ack = Element::builder("a", ns::SM).with("h", &(sequence as u32).to_string());
        self.outputs.push_back(Output::Send(ack.build()));
    }

    /// A last word before the stream is closed.
    pub(super) fn acknowledge_now(&mut self, now: Now) {
        if self.management == Management::On {
            self.send_ack(self.inbound.sequence_handled(), now);
        }
    }

    /// Everything up to a checkpoint is stored.
    pub(super) fn committed(&mut self, checkpoint: Checkpoint, now: Now) {
        let (receipts, counted) = self.inbound.committed(checkpoint);
        self.hold.stored = self.hold.stored.max(counted.unwrap_or(0));
        for receipt in receipts {
            if self.link == Link::Online {
                self.send_forgotten(receipt);
            }
        }
        self.pump_ack(now);
    }

    /// A state of the stream is stored.
    pub(super) fn session_stored(&mut self, revision: u64, now: Now) {
        while let Some((_, sequence)) = self.hold.storing.front().filter(|(stored, _)| *stored <= revision) {
            self.hold.stored = self.hold.stored.max(*sequence);
            self.hold.storing.pop_front();
        }
        if self.hold.numbering.is_some_and(|(waited, _)| waited <= revision) {
            self.release_hold(now);
        }
        self.pump_ack(now);
    }

    /// Hands the state of the stream to the store, messages about to leave included; its revision.
    pub(super) fn store_session(&mut self) -> u64 {
        self.hold.dirty = None;
        self.hold.revision += 1;
        let Some(resumption) = &self.resumption else { return self.hold.revision };
        let mut unacknowledged: Vec<(u32, MessageId)> =
            self.outbound.messages().map(|(number, id)| (number, id.clone())).collect();
        let mut number = self.outbound.sent_count();
        for outgoing in self.outbox.at(Progress::Announced) {
            number = number.wrapping_add(1);
            unacknowledged.push((number, outgoing.id.clone()));
        }
        let session = Session {
            id: resumption.id.clone(),
            bound: resumption.bound.clone(),
            location: resumption.location.clone(),
            handled: self.inbound.handled(),
            acknowledged: self.outbound.acknowledged_count(),
            unacknowledged,
            copies: self.archives.copies,
            archive: self.archives.trusted,
            revision: self.hold.revision,
        };
        self.hold.storing.push_back((self.hold.revision, self.inbound.sequence_handled()));
        self.event(Event::Session(Some(session)));
        self.hold.revision
    }

    /// The count to resume from: what the store has, and which stanzas therefore come again.
    pub(super) fn resume_from(&mut self) -> u32 {
        let stored = self.hold.stored.max(self.hold.told).min(self.inbound.sequence_handled());
        self.inbound.resumed(stored);
        stored as u32
    }

    /// Says something that is no message: what the user does, or has seen. It is worth nothing later.
    pub(super) fn say_in_passing(&mut self, to: &Jid, element: Element, kept: bool) {
        if self.link == Link::Online {
            let stanza = super::payload::passing(to.as_str(), &self.new_id(), element, kept);
            self.send_forgotten(stanza);
        }
    }

    /// A fresh id for a stanza of ours.
    pub(super) fn new_id(&mut self) -> String {
        random_id(&mut self.rng)
    }

    pub(super) fn online_timeout(&mut self, now: Now) {
        for purpose in self.queries.expired(now.boot) {
            self.query_failed(purpose, now);
        }
        if self.hold.numbering.is_some_and(|(_, until)| until <= now.boot) {
            self.release_hold(now);
        }
        self.pump_ack(now);
        if self.hold.dirty.is_some_and(|at| at <= now.boot) {
            self.store_session();
        }
        self.archive_timeout(now);
        self.pump_cards(now);
        self.rooms_timeout(now);
        self.jingle_timeout(now);
        self.people_timeout(now);
    }

    pub(super) fn online_deadline(&self) -> Option<BootTime> {
        let handled = self.inbound.sequence_handled();
        let safe = if self.resumption.is_some() { self.hold.stored.min(handled) } else { handled };
        let owed = self.hold.owed.map(|(asked, since)| match self.hold.last_ack {
            Some((last, at)) if safe >= asked && last == safe => at + REPEAT_ACK_AFTER,
            Some(_) | None => since + STORE_WITHIN,
        });
        let numbering = self.hold.numbering.map(|(_, until)| until);
        let (rooms, archive) = (self.rooms.poll_timeout(), self.archive_deadline());
        let calls = self.jingle.poll_timeout();
        let others = [self.hold.dirty, self.queries.deadline(), self.cards.deadline(), rooms, archive, calls];
        [owed, numbering, self.people_deadline()].into_iter().chain(others).flatten().min()
    }
}
